"""Install, migrate twice, uninstall and install again, with nothing left behind or broken.

Needs a site of its own and is skipped on other benches than the host's.
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
for doctype in ("Desktop Icon", "Workspace Sidebar"):  # v16
	if frappe.db.table_exists(doctype) and frappe.db.has_column(doctype, "app"):
		found[doctype] = sorted(frappe.get_all(doctype, {{"app": "kyodo_frappe"}}, pluck="name"))
found["DefaultValue"] = sorted(map(str, frappe.get_all("DefaultValue", fields=["parent", "defkey"], as_list=True)))
found["Has Role"] = sorted(map(str, frappe.get_all("Has Role", fields=["parent", "role"], as_list=True)))
found["Home page"] = [frappe.db.get_single_value("Website Settings", "home_page") or ""]
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


STATES = """
import json, frappe
frappe.init({site!r}, sites_path="."); frappe.connect()
from kyodo_frappe.workflows.spec import specs
found = {{
	doctype: sorted(set(frappe.get_all(doctype, pluck="workflow_state")) & {{row["state"] for row in spec["states"]}})
	for doctype, spec in specs().items()
}}
print("FOUND" + json.dumps(found))
"""
LEAVE_SOMETHING = """
import frappe
frappe.init({site!r}, sites_path="."); frappe.connect(); frappe.set_user("Administrator")
from kyodo_frappe.programme.presets import load_preset
organisation = frappe.get_doc({{"doctype": "Kyodo Organisation", "organisation_name": "残る会"}}).insert()
proposal = frappe.get_doc({{"doctype": "Kyodo Proposal", "title": "残る提案", "organisation": organisation.name,
	"programme": load_preset("kamakura"), "expenses": [{{"category": "Other", "amount": 1}}]}}).insert()
proposal.add_comment("Comment", "残るか")
frappe.get_doc({{"doctype": "File", "file_name": "a.txt", "content": "x", "attached_to_doctype": proposal.doctype,
	"attached_to_name": proposal.name}}).insert()
frappe.db.commit()
"""


def python(home, name, source):
	from host.shell import run

	return run(home, [home.python, "-c", source.format(site=name)], log="test-install", cwd=home.sites)


def test_install_migrate_demo_and_uninstall_leave_nothing_behind(bare):
	home, name = bare

	def bench(*words):
		return sites.bench(home, "--site", name, *words, log="test-install")

	before = look(home, name)
	bench("install-app", "kyodo_frappe")
	installed = look(home, name)
	assert "Kyodo Officer" in installed["Role"] and installed["Home page"] == ["kyodo"]
	bench("migrate")
	bench("migrate")
	assert look(home, name) == installed

	bench("kyodo", "demo", "--size", "18")
	states = json.loads(python(home, name, STATES).split("FOUND")[1])
	assert len(states["Kyodo Proposal"]) == 11, states  # every one of them
	assert {"Running", "Completed", "Reported", "Verified", "Planning"} <= set(states["Kyodo Project"]), states
	assert {"Draft", "Returned", "Applied", "Registered"} <= set(states["Kyodo Organisation"]), states
	assert {"Offered", "Concluded"} <= set(states["Kyodo Agreement"]), states
	bench("kyodo", "demo", "--clear")
	cleared = look(home, name)
	counters = ("Series", "DefaultValue")  # numbers given are not given again; the preset's marks stay
	assert {kind: rows for kind, rows in cleared.items() if kind not in counters} == {
		kind: rows for kind, rows in installed.items() if kind not in counters
	}

	python(home, name, LEAVE_SOMETHING)
	bench("uninstall-app", "kyodo_frappe", "--yes", "--no-backup")
	after = look(home, name)
	left = {kind: sorted(set(after[kind]) - set(before[kind])) for kind in before if after[kind] != before[kind]}
	assert left == {}
	bench("install-app", "kyodo_frappe")
	assert look(home, name) == installed
