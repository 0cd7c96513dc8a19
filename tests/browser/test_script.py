"""No page of the desk runs a script that is stored in a text (by an older version, in the database, or by another program)."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.permissions import field_limits

from .screens import at_rest

pytest.importorskip("playwright.sync_api")
DESK_TIMEOUT = 20000
PAYLOAD = '<img src=x onerror="window.__xss=(window.__xss||0)+1" y='
REPORTS = (
	*("Kyodo Inventory", "Kyodo Proposals by State", "Kyodo Equality", "Kyodo Support Figures"),
	*("Kyodo Suspected Duplicates", "Kyodo Re-Proposals", "Kyodo Evaluation Gaps", "Kyodo Points by Meeting", "Kyodo Settlement"),
	"Kyodo Register",
)


def add_script(doctype: str, name: str):
	"""Add a script to every text of a record and its rows, straight in the database."""
	doc = frappe.get_doc(doctype, name)
	for part in (doc, *doc.get_all_children()):
		values = {}
		for field in part.meta.fields:
			if field.fieldtype in field_limits.TEXTS and not field.options and part.get(field.fieldname) and not _is_key(field):
				values[field.fieldname] = f"{part.get(field.fieldname)[:60]} {PAYLOAD}"
		if values:
			frappe.db.set_value(part.doctype, part.name, values, update_modified=False)
	frappe.clear_document_cache(doctype, name)


def _is_key(field) -> bool:
	return field.fieldname.endswith(("_at", "_on", "_hash", "code", "criterion", "form", "field", "number"))


@pytest.fixture
def records_with_script(city):
	project = city.adopted()
	group, officer = city.clients["group"], city.clients["officer"]
	proposal = cycle_steps.draft(group, city.programme, city.organisation, "見守り", section=city.section)
	cycle_steps.submit(group, proposal)
	cycle_steps.receive(officer, proposal)
	cycle_steps.refer(officer, proposal, city.section)
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 1", [cycle_steps.proposal_item(proposal)])
	cycle_steps.convene(officer, meeting)
	cycle_steps.open_session(officer, meeting)
	records = [
		("Kyodo Organisation", city.organisation),
		("Kyodo Proposal", proposal),
		("Kyodo Meeting", meeting),
		("Kyodo Project", project),
		("Kyodo Committee", city.committee),
		("Kyodo Decision", frappe.db.get_value("Kyodo Decision", {"organisation": city.organisation})),
		("Kyodo Letter", frappe.db.get_value("Kyodo Letter", {"organisation": city.organisation})),
	]
	for doctype, name in records:
		add_script(doctype, name)
	frappe.db.commit()
	return dict(records)


# {first part of a route: whether the page of it is there, as JavaScript}
SHOWN = {
	"List": "cur_list && cur_list.doctype === route[1] && cur_list.view_name === (route[2] || 'List') && cur_list.data.length",
	"Form": "cur_frm && cur_frm.docname === route[2] && cur_frm.$wrapper.is(':visible')",
	"query-report": "frappe.query_report && frappe.query_report.report_name === route[1] && frappe.query_report.data",
	"kyodo-session": "document.querySelector('.session__row')",
}


def script_ran(page, route: list[str]) -> bool:
	page.wait_for_function(f"(route) => {SHOWN[route[0]]}", arg=route, timeout=DESK_TIMEOUT)
	at_rest(page)
	return page.evaluate("() => window.__xss !== undefined")


def test_stored_script_does_not_run_in_desk(city, records_with_script, page_as):
	page = page_as(city.users["officer"], viewport={"width": 1400, "height": 900})
	page.goto("/app")
	page.wait_for_function("() => window.frappe && frappe.boot && frappe.router && frappe.get_route", timeout=DESK_TIMEOUT)
	routes = []
	for doctype, name in records_with_script.items():
		routes += [["List", doctype], ["List", doctype, "Report"], ["Form", doctype, name]]
	routes += [["query-report", report] for report in REPORTS]
	routes.append(["kyodo-session", records_with_script["Kyodo Meeting"]])
	guilty = []
	for route in routes:
		page.evaluate("route => frappe.set_route(route)", route)
		page.wait_for_function("wanted => frappe.get_route().join('/').startsWith(wanted)", arg="/".join(route[:2]), timeout=DESK_TIMEOUT)
		if script_ran(page, route):
			guilty.append(" ".join(route))
			page.evaluate("() => { delete window.__xss }")
	assert not guilty, "; ".join(guilty)
