"""Install, migrate twice, uninstall and install again, with nothing left behind or broken.

The first installation is the host's: its dump `app` is its dump `bare` after `bench install-app` of the app as it is. Needs a site of
its own and is skipped on other benches than the host's.
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
indexes = "select distinct index_name from information_schema.statistics where table_schema = database() and index_name like 'kyodo%'"
found["Indexes"] = sorted(row[0] for row in frappe.db.sql(indexes))
found["Series"] = sorted(str(row[0]) for row in frappe.qb.from_(series).select(series.name).run())
print("FOUND" + json.dumps(found))
"""


@pytest.fixture
def site_of_its_own(site_place):
	"""(home, name) of a site to be restored from the host's dumps."""
	home = Home(sites.INSIDE.parents[1])
	if site_place[0] != home.sites.resolve():
		pytest.skip("needs the host's own bench: this one makes a site")
	with home.lock("seed", "test_install"):  # the other process may be at test_upgrade
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
BELIEVABLE = """
import json, re, frappe
frappe.init({site!r}, sites_path="."); frappe.connect()
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.rules.era import fiscal_year
year = lambda row, day: (int(re.search(r"-([0-9]+)-", row.name)[1]), fiscal_year(frappe.utils.getdate(row[day])))
rows = lambda doctype, **more: frappe.get_all(doctype, more, ["*"], order_by="name")
others = re.compile("鎌倉|小平|国立市|国分寺|○○|〇〇|（その[0-9]）")
sources = ("source", "basis", "bases", "default_body", "snapshot", "rules")
def texts(doctype):
	columns = [df.fieldname for df in frappe.get_meta(doctype).fields if df.fieldtype in ("Data", "Text", "Small Text", "Long Text")]
	for row in rows(doctype):
		yield from ((doctype, row.name, column) for column in columns if column not in sources and others.search(str(row[column] or "")))
found = {{
	"proposals": [year(row, "creation") for row in rows("Kyodo Proposal")],
	"projects": [year(row, "from_date") for row in rows("Kyodo Project")],
	"meetings": [year(row, "meeting_date") for row in rows("Kyodo Meeting") if row.meeting_date],
	"again": len([row for row in rows("Kyodo Proposal") if row.previous_proposal]),
	"foreign": [text for doctype in RECORD_RULES for text in texts(doctype)],
	"future": [row.name for doctype in RECORD_RULES for row in rows(doctype) if max(row.creation, row.modified) > frappe.utils.now_datetime()],
	"years": sorted({{row.creation.year for row in rows("Kyodo Progress Note")}}),
	"outcomes": sorted({{row.outcome for row in rows("Kyodo Evaluation Round", workflow_state="Published")}}),
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


def test_install_migrate_demo_and_uninstall_leave_nothing_behind(site_of_its_own):
	home, name = site_of_its_own

	def bench(*words):
		return sites.bench(home, "--site", name, *words, log="test-install")

	sites.restore(home, home.dumps / "bare", name)
	before = look(home, name)
	sites.restore(home, home.dumps / "app", name)
	installed = look(home, name)
	assert "Kyodo Officer" in installed["Role"] and installed["Home page"] == ["kyodo"]
	bench("migrate")
	bench("migrate")
	assert look(home, name) == installed

	bench("kyodo", "demo", "--size", "18")
	states = json.loads(python(home, name, STATES).split("FOUND")[1])
	asked_after_the_talk_or_in_two_steps = {"Writing Documents", "Documents Handed In", "Step 2"}
	assert set(states["Kyodo Proposal"]) | asked_after_the_talk_or_in_two_steps == {
		*("Draft", "Submitted", "Returned", "Received", "In Consultation", "Step 1", "Reserve", "Pending Budget", "Adopted", "Declined"),
		*("Not Adopted", "Withdrawn", *asked_after_the_talk_or_in_two_steps),
	}
	assert {"Running", "Completed", "Verified", "Planning", "Cancelled"} <= set(states["Kyodo Project"]), states
	assert {"Draft", "Returned", "Applied", "Registered"} <= set(states["Kyodo Organisation"]), states
	assert {"Offered", "Concluded"} <= set(states["Kyodo Agreement"]), states
	told = json.loads(python(home, name, BELIEVABLE).split("FOUND")[1])
	for kind in ("proposals", "projects", "meetings"):
		assert told[kind] and all(named == dated for named, dated in told[kind]), (kind, "years in names agree with dates")
	assert told["foreign"] == [] and told["future"] == []
	assert told["again"] >= 3 and len(told["years"]) >= 2 and len(told["outcomes"]) >= 4, told
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
