"""Install, migrate twice, uninstall, install again: nothing left behind, nothing broken.

Needs a site of its own, so it runs on the host's bench only; elsewhere it says so.
"""

import json

import pytest
from host import sites
from host.home import Home

TABLES_OF_INTEREST = """
import json, frappe
frappe.init({site!r}, sites_path="."); frappe.connect()
found = {{"tables": sorted(frappe.db.get_tables(cached=False))}}
for doctype in ("Role", "Workflow", "Workflow State", "Workflow Action Master", "Module Def", "Custom Field",
	"Property Setter", "Print Format", "Report", "Workspace", "Notification", "Number Card", "Dashboard Chart",
	"Email Template", "DocType", "File", "User"):
	found[doctype] = sorted(frappe.get_all(doctype, pluck="name"))
found["DefaultValue"] = sorted(map(str, frappe.get_all("DefaultValue", fields=["parent", "defkey"], as_list=True)))
found["Has Role"] = sorted(map(str, frappe.get_all("Has Role", fields=["parent", "role"], as_list=True)))
series = frappe.qb.DocType("Series")
found["Series"] = sorted(str(row[0]) for row in frappe.qb.from_(series).select(series.name).run())
print("FOUND" + json.dumps(found))
"""


@pytest.fixture
def bare(site_place):
	"""(home, name) of a fresh Frappe site without the app."""
	home = Home(sites.INSIDE.parents[1])
	if site_place[0] != home.sites.resolve():
		pytest.skip("needs the host's own bench: this one makes a site")
	sites.restore(home, home.dumps / "bare", sites.SEED_SITE)
	yield home, sites.SEED_SITE
	sites._remove(home, sites.SEED_SITE)


def look(home, name) -> dict:
	from host.shell import run

	printed = run(home, [home.python, "-c", TABLES_OF_INTEREST.format(site=name)], log="test-install", cwd=home.sites)
	return json.loads(printed.split("FOUND")[1])


def test_install_migrate_uninstall_install(bare):
	home, name = bare

	def bench(*words):
		return sites.bench(home, "--site", name, *words, log="test-install")

	before = look(home, name)
	bench("install-app", "kyodo_frappe")
	installed = look(home, name)
	assert "Kyodo Officer" in installed["Role"]
	bench("migrate")
	bench("migrate")
	assert look(home, name) == installed
	bench("kyodo", "cycle", "--keep")
	bench("kyodo", "demo", "--size", "18")
	bench("kyodo", "demo", "--clear")
	bench("uninstall-app", "kyodo_frappe", "--yes", "--no-backup")
	after = look(home, name)
	left = {kind: sorted(set(after[kind]) - set(before[kind])) for kind in before if after[kind] != before[kind]}
	# the logins that the walk was told to keep are the city's accounts, not ours to delete
	assert all("@kyodo.example" in user for user in left.pop("User", []))
	left.pop("Has Role", None)
	assert left == {}
	bench("install-app", "kyodo_frappe")
	again = look(home, name)
	assert {kind: again[kind] for kind in ("Role", "Workflow", "tables")} == {
		kind: installed[kind] for kind in ("Role", "Workflow", "tables")
	}
