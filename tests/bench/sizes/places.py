"""What `./kyodo measure --size` asks of a small and of a large city: places that people and programs open.

A place is (name, group, who, address, SQL). {names} in an address stand for records that both cities have (NAMES). The SQL asks a
database by hand for the rows that the place shows, where that can be said in one query.
"""

import json
import time
from typing import NamedTuple
from urllib.parse import urlencode

PUBLIC, PORTAL, DESK, REST, REPORT, FILE = "public", "portal", "desk", "REST", "report", "file"
GUEST, APPLICANT, MEMBER, CENTRE = "Guest", "Kyodo Organisation Member", "Kyodo Committee Member", "Kyodo Support Staff"
OFFICE, SECTION = "Kyodo Officer", "Kyodo Section Officer"

YEAR = time.localtime().tm_year - (time.localtime().tm_mon < 4)  # this fiscal year

# {word of an address: (DocType, filters, whose list it is the first record of)}
NAMES = {
	"call": ("Kyodo Call", {"published": 1}, "Administrator"),
	"result": ("Kyodo Call", {"results_published": 1}, "Administrator"),
	"proposal": ("Kyodo Proposal", {"publish_consent": 1, "workflow_state": "Adopted"}, "Administrator"),
	"project": ("Kyodo Project", {"published": 1, "workflow_state": "Verified"}, "Administrator"),
	"organisation": ("Kyodo Organisation", {"publish_profile": 1, "workflow_state": "Registered"}, "Administrator"),
	"meeting": ("Kyodo Meeting", {"workflow_state": "Published"}, "Administrator"),
	"event": ("Kyodo Event", {}, "Administrator"),
	"waiting": ("Kyodo Proposal", {"workflow_state": "Submitted"}, "Administrator"),
	"own_proposal": ("Kyodo Proposal", {}, APPLICANT),
	"draft": ("Kyodo Proposal", {"workflow_state": "Draft"}, "Administrator"),
	"own_project": ("Kyodo Project", {}, APPLICANT),
	"own_meeting": ("Kyodo Meeting", {"workflow_state": "Published"}, MEMBER),
	"review": ("Kyodo Review", {}, MEMBER),
}


class Place(NamedTuple):
	"""See the module. who: a login of the demo city, by its role."""

	name: str
	group: str
	who: str
	address: str
	sql: str = ""


def _method(function: str, **arguments) -> str:
	return f"/api/method/{function}?{urlencode(arguments, safe='{}')}"


def _list(doctype: str, fields: str, order: str = "modified desc") -> str:
	"""As a list of the desk asks."""
	asked = {"doctype": doctype, "fields": fields, "order_by": f"`tab{doctype}`.{order}", "start": 0, "page_length": 20, "view": "List"}
	return _method("frappe.desk.reportview.get", **asked)


def _count(doctype: str) -> str:
	return _method("frappe.desk.reportview.get_count", doctype=doctype, filters="[]", fields="[]", distinct="false", limit=1001)


def _rest(doctype: str, fields: str) -> str:
	return f"/api/resource/{doctype}?fields={fields}&limit_page_length=20&order_by=modified desc"


def _report(name: str, **filters) -> str:
	return _method("frappe.desk.query_report.run", report_name=name, filters=json.dumps(filters))


def _pages(group: str, who: str, *addresses: str) -> list[Place]:
	return [Place(f"/kyodo/{address}".rstrip("/"), group, who, f"/kyodo/{address}") for address in addresses]


_SHOWN = "from `tabKyodo Proposal` where publish_consent = 1"
_LAST = "coalesce(received_on, '') desc, name desc limit 20"
PLACES = [
	*_pages(PUBLIC, GUEST, "", "about", "calls", "calls/{call}"),
	Place(
		"/kyodo/proposals",
		PUBLIC,
		GUEST,
		"/kyodo/proposals",
		f"select name, title, fiscal_year, organisation, public_summary {_SHOWN} order by received_on desc, name desc limit 20",
	),
	*_pages(PUBLIC, GUEST, "proposals?year=2024", "proposals?state=Adopted", "proposals?page=40", "proposals/{proposal}"),
	Place(
		"/kyodo/projects",
		PUBLIC,
		GUEST,
		"/kyodo/projects",
		"select name, project_name, fiscal_year, public_summary from `tabKyodo Project` where published = 1 order by fiscal_year desc, name desc limit 20",
	),
	*_pages(PUBLIC, GUEST, "projects?year=2024", "projects/{project}", "organisations", "organisations/{organisation}"),
	*_pages(PUBLIC, GUEST, "meetings", "meetings/{meeting}", "events", "events/{event}", "figures", "guide", "support", "data"),
	*_pages(PUBLIC, GUEST, "results", "results/{result}", "search?q=防災", "search?q=事業", "search?q=子ども", "search?q=水辺の学校"),
	*_pages(FILE, GUEST, "feeds/proposals.atom", "feeds/projects.atom", "calendar.ics", "sitemap.xml"),
	*(
		Place(f"open data: {kind}", FILE, GUEST, _method("kyodo_frappe.front.actions.download", kind=kind, file_format="csv"))
		for kind in ("proposals", "projects", "organisations", "meetings", "figures", "fields")
	),
	*_pages(PORTAL, APPLICANT, "my", "my/proposals", "my/proposals/{own_proposal}", "my/proposals/new", "my/projects/{own_project}"),
	*_pages(PORTAL, APPLICANT, "my/organisation", "my/inbox", "my/calendar", "my/search?q=水"),
	*(place._replace(name=f"{place.name} (member)") for place in _pages(PORTAL, MEMBER, "my", "my/calendar", "my/inbox")),
	*_pages(PORTAL, MEMBER, "my/reviews", "my/reviews/{review}", "my/meetings", "my/meetings/{own_meeting}", "my/interests"),
	*_pages(PORTAL, CENTRE, "my/centre", "my/centre/cases", "my/centre/needs", "my/centre/figures", "my/centre/events"),
	Place("今日 (office)", DESK, OFFICE, _method("kyodo_frappe.front.today.today")),
	Place("今日 (section)", DESK, SECTION, _method("kyodo_frappe.front.today.today")),
	Place("reading page", DESK, OFFICE, _method("kyodo_frappe.proposals.reading.read", proposal="{waiting}")),
	Place("pile", DESK, OFFICE, _method("kyodo_frappe.proposals.reading.pile", proposal="{waiting}")),
	Place("desk search", DESK, OFFICE, _method("kyodo_frappe.front.desk_search.find", text="防災")),
	Place("form: proposal", DESK, OFFICE, _method("frappe.desk.form.load.getdoc", doctype="Kyodo Proposal", name="{proposal}")),
	Place("form: meeting", DESK, OFFICE, _method("frappe.desk.form.load.getdoc", doctype="Kyodo Meeting", name="{meeting}")),
	*(
		place
		for doctype, fields in {
			"Kyodo Proposal": '["name","title","workflow_state","modified","section"]',
			"Kyodo Project": '["name","project_name","workflow_state","modified"]',
			"Kyodo Organisation": '["name","organisation_name","workflow_state","modified"]',
			"Kyodo Meeting": '["name","meeting_title","workflow_state","modified"]',
			"Kyodo Letter": '["name","subject","workflow_state","modified"]',
			"Kyodo Report": '["name","project_name","workflow_state","modified"]',
		}.items()
		for place in (
			Place(f"list: {doctype}", DESK, OFFICE, _list(doctype, fields)),
			Place(
				f"count: {doctype}", DESK, OFFICE, _count(doctype), f"select count(*) from (select 1 from `tab{doctype}` limit 1001) found"
			),
		)
	),
	Place("list: Kyodo Proposal (section)", DESK, SECTION, _list("Kyodo Proposal", '["name","title","workflow_state","modified"]')),
	Place("count: Kyodo Proposal (section)", DESK, SECTION, _count("Kyodo Proposal")),
	*(
		Place(f"REST: {doctype} ({said})", REST, who, _rest(doctype, '["name","modified"]'))
		for who, said, doctypes in (
			(OFFICE, "office", ("Kyodo Proposal", "Kyodo Project")),
			(APPLICANT, "organisation", ("Kyodo Proposal", "Kyodo Project", "Kyodo Organisation", "Kyodo Letter")),
			(MEMBER, "member", ("Kyodo Proposal", "Kyodo Meeting", "Kyodo Review")),
		)
		for doctype in doctypes
	),
	*(
		place
		for name, sql in {
			"Kyodo Proposals by State": "select section, workflow_state, datediff(decided_on, received_on) days, count(*) from `tabKyodo Proposal` group by 1, 2, 3",
			"Kyodo Inventory": "select section, fiscal_year, count(*) from `tabKyodo Project` group by 1, 2",
			"Kyodo Equality": "select project, count(*) from `tabKyodo Progress Note` group by 1 order by 1 limit 500",
			"Kyodo Pipeline": "select fiscal_year, workflow_state, count(*), sum(requested_amount) from `tabKyodo Proposal` group by 1, 2",
			"Kyodo Results by Year": "select fiscal_year, result, count(*), sum(amount) from `tabKyodo Decision` where docstatus = 1 group by 1, 2",
			"Kyodo Section Load": "select section, workflow_state, count(*) from `tabKyodo Proposal` group by 1, 2",
			"Kyodo Settlement": "select project, fiscal_year, granted_amount, settled_amount from `tabKyodo Report` order by project desc limit 500",
			"Kyodo Register": "select name, project_name, fiscal_year, section from `tabKyodo Project` order by fiscal_year desc limit 500",
			"Kyodo Re-Proposals": "",
			"Kyodo Deadlines Kept": "",
			"Kyodo Evaluation Gaps": "",
			"Kyodo Points by Meeting": "",
			"Kyodo Committee Balance": "",
			"Kyodo Support Figures": "",
		}.items()
		for place in (
			# as the desk opens it, of one year; and of all years
			Place(f"report: {name}", REPORT, OFFICE, _report(name, fiscal_year=YEAR)),
			Place(f"report: {name} (all years)", REPORT, OFFICE, _report(name), sql),
		)
	),
]
