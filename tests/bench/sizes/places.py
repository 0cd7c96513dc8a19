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
	"""See the module. who: a login of the demo city, by its role; sql: one or several statements; once: whether it takes so long in a
	large city that it is asked for once."""

	name: str
	group: str
	who: str
	address: str
	sql: str = ""
	once: bool = False


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


def _runs_in(year: int) -> str:
	"""Whether a project runs in part of a fiscal year."""
	since = f"fiscal_year <= {year} and (from_date is null or from_date <= '{year + 1}-03-31')"
	return f"({since} and ifnull(coalesce(completed_on, to_date, from_date) >= '{year}-04-01', fiscal_year >= {year}))"


# what a report of all years tells, asked of the database by hand: the same figures and rows, several statements where the report has both
BY_HAND = {
	"Kyodo Proposals by State": "select section, workflow_state, datediff(decided_on, received_on) days, count(*) from `tabKyodo Proposal` group by 1, 2, 3",
	"Kyodo Inventory": f"""
		select plan_or_policy, sum(origin = 'Existing Service' and {_runs_in(YEAR)}),
			{", ".join(f"sum({_runs_in(year)})" for year in range(YEAR - 4, YEAR + 1))}
			from `tabKyodo Project` where workflow_state != 'Cancelled' group by 1;
		select project.name, project_name, section, plan_or_policy, form, origin, organisation.organisation_name, fiscal_year,
			project.workflow_state, is_model_project from `tabKyodo Project` project
			left join `tabKyodo Organisation` organisation on organisation.name = project.organisation
			where project.workflow_state != 'Cancelled' and {_runs_in(YEAR)} order by section, project.name limit 500;
		select count(*), sum(workflow_state = 'Screened') from `tabKyodo Service Screening` where fiscal_year = {YEAR}
	""",
	"Kyodo Equality": """
		create temporary table chosen select name, project_name, proposal, decision, organisation, section from `tabKyodo Project`
			where workflow_state != 'Cancelled' order by fiscal_year desc, name limit 500;
		select chosen.name, member.user, member.member_role from chosen join `tabKyodo Organisation Member` member on member.parent = chosen.organisation
			where member.parenttype = 'Kyodo Organisation';
		select chosen.name, officer.user from chosen join `tabKyodo Section Member` officer on officer.parent = chosen.section;
		select note.project, note.side, note.creation, note.acknowledged_on from chosen join `tabKyodo Progress Note` note on note.project = chosen.name;
		select said.parent, said.side, said.said_on from chosen join `tabKyodo Open Point` point on point.project = chosen.name
			join `tabKyodo Point Reply` said on said.parent = point.name;
		select deal.project, party.side, deal.offered_on, cost.amount from chosen join `tabKyodo Agreement` deal on deal.project = chosen.name
			left join `tabKyodo Agreement Party` party on party.parent = deal.name left join `tabKyodo Agreement Cost` cost on cost.parent = deal.name;
		select sheet.project, sheet.side, sheet.submitted_on, mark.item_code, mark.mark from chosen
			join `tabKyodo Evaluation Round` held on held.project = chosen.name
			join `tabKyodo Evaluation Sheet` sheet on sheet.evaluation_round = held.name join `tabKyodo Evaluation Mark` mark on mark.parent = sheet.name;
		select deal.project, signed.side, signed.confirmed_on from chosen join `tabKyodo Agreement` deal on deal.project = chosen.name
			join `tabKyodo Agreement Confirmation` signed on signed.parent = deal.name;
		select report.project, report.submitted_on, report.accepted_on from chosen join `tabKyodo Report` report on report.project = chosen.name;
		select proposal.name, proposal.requested_amount, decision.amount from chosen join `tabKyodo Proposal` proposal on proposal.name = chosen.proposal
			left join `tabKyodo Decision` decision on decision.name = chosen.decision;
		select version.docname, version.owner, version.creation, version.data from chosen
			join `tabVersion` version on version.ref_doctype = 'Kyodo Project' and version.docname = chosen.name;
		select version.docname, version.owner, version.creation, version.data from chosen join `tabKyodo Agreement` deal on deal.project = chosen.name
			join `tabVersion` version on version.ref_doctype = 'Kyodo Agreement' and version.docname = deal.name;
		select version.docname, version.creation, version.data from chosen
			join `tabVersion` version on version.ref_doctype = 'Kyodo Proposal' and version.docname = chosen.proposal;
		drop temporary table chosen
	""",
	"Kyodo Pipeline": """
		select proposal.call, count(*), sum(received_on is not null), sum(proposal.workflow_state = 'Adopted'),
			sum(decided_on is not null or exists (select 1 from `tabKyodo Agenda Item` item where item.proposal = proposal.name)),
			sum(exists (select 1 from `tabKyodo Project` project join `tabKyodo Agreement` deal on deal.project = project.name
				where project.proposal = proposal.name and deal.concluded_on is not null)),
			sum(exists (select 1 from `tabKyodo Project` project where project.proposal = proposal.name and completed_on is not null))
		from `tabKyodo Proposal` proposal group by 1
	""",
	"Kyodo Results by Year": """
		select proposal.fiscal_year, count(*), sum(proposal.workflow_state = 'Adopted'), sum(proposal.requested_amount), sum(decision.amount),
			avg(datediff(proposal.decided_on, proposal.received_on))
		from `tabKyodo Proposal` proposal left join `tabKyodo Decision` decision on decision.proposal = proposal.name and decision.docstatus = 1
			and not exists (select 1 from `tabKyodo Decision` later where later.replaces = decision.name)
		group by 1
	""",
	"Kyodo Section Load": """
		select section, workflow_state, count(*) from `tabKyodo Proposal` group by 1, 2;
		select section, workflow_state, count(*) from `tabKyodo Project` group by 1, 2;
		select section, count(*), avg(datediff(accepted_on, submitted_on)) from `tabKyodo Report` group by 1;
		select section, count(*), avg(datediff(acknowledged_on, creation)) from `tabKyodo Progress Note` group by 1
	""",
	"Kyodo Settlement": """
		select report.fiscal_year, count(*), sum(report.granted_amount), sum(report.settled_amount), sum(paid.amount) from `tabKyodo Project` project
			left join `tabKyodo Report` report on report.project = project.name and report.report_kind in ('Final', 'Annual')
			left join (select parent, sum(amount) amount from `tabKyodo Payment` where paid_on is not null group by parent) paid on paid.parent = project.name
			group by 1;
		select project.name, project.project_name, report.fiscal_year, report.granted_amount, report.settled_amount, paid.amount
			from `tabKyodo Project` project
			left join `tabKyodo Report` report on report.project = project.name and report.report_kind in ('Final', 'Annual')
			left join (select parent, sum(amount) amount from `tabKyodo Payment` where paid_on is not null group by parent) paid on paid.parent = project.name
			order by report.fiscal_year desc, project.name limit 500
	""",
	"Kyodo Register": """
		select count(*), sum(valid_until <= curdate() + interval 90 day), sum(member_count) from `tabKyodo Organisation`
			where workflow_state = 'Registered';
		select count(*) from `tabKyodo Organisation` organisation where workflow_state = 'Registered' and exists (select 1
			from `tabKyodo Proposal` own where own.organisation = organisation.name and own.workflow_state = 'Adopted' and own.fiscal_year is not null);
		select organisation.name, organisation_name, organisation_type, organisation.workflow_state, registered_on, valid_until, member_count,
			made.proposals, made.adopted, made.last_adopted,
			(select group_concat(field.label_text order by activity.idx) from `tabKyodo Organisation Activity` activity
				join `tabKyodo Activity Field` field on field.name = activity.activity_field where activity.parent = organisation.name)
			from `tabKyodo Organisation` organisation
			left join (select organisation, count(*) proposals, sum(workflow_state = 'Adopted') adopted,
				max(if(workflow_state = 'Adopted', fiscal_year, null)) last_adopted from `tabKyodo Proposal` where workflow_state != 'Draft' group by 1) made
			on made.organisation = organisation.name where organisation.workflow_state = 'Registered'
			order by organisation_kana, organisation.name limit 500;
		select field.label_text, count(*) from `tabKyodo Organisation` organisation
			join `tabKyodo Organisation Activity` activity on activity.parent = organisation.name
			join `tabKyodo Activity Field` field on field.name = activity.activity_field
			where organisation.workflow_state = 'Registered' group by field.name order by field.code
	""",
	"Kyodo Re-Proposals": """
		select refused.fiscal_year, count(*), count(again.name), sum(again.workflow_state = 'Adopted') from `tabKyodo Proposal` refused
			left join `tabKyodo Proposal` again on again.previous_proposal = refused.name where refused.workflow_state = 'Not Adopted' group by 1;
		select refused.name, refused.title, again.name, again.title from `tabKyodo Proposal` refused
			left join `tabKyodo Proposal` again on again.previous_proposal = refused.name where refused.workflow_state = 'Not Adopted'
			order by refused.fiscal_year desc, refused.name limit 500
	""",
	"Kyodo Deadlines Kept": """
		select count(*), sum(datediff(coalesce(submitted_on, now()), due_date) > 0) from `tabKyodo Report`;
		select sheet.side, count(*), sum(datediff(coalesce(sheet.submitted_on, now()), held.due_date) > 0) from `tabKyodo Evaluation Sheet` sheet
			join `tabKyodo Evaluation Round` held on held.name = sheet.evaluation_round group by 1;
		select note.side, count(*), sum(datediff(coalesce(note.acknowledged_on, now()), note.creation) > programme.reply_days)
			from `tabKyodo Progress Note` note join `tabKyodo Project` project on project.name = note.project
			join `tabKyodo Programme` programme on programme.name = project.programme group by 1;
		select count(*), sum(datediff(coalesce(seat.answered_on, meeting.meeting_date), meeting.answer_by) > 0) from `tabKyodo Meeting` meeting
			join `tabKyodo Attendance` seat on seat.parent = meeting.name and seat.parenttype = 'Kyodo Meeting'
	""",
	"Kyodo Evaluation Gaps": """
		select mark.item, count(distinct sheet.evaluation_round), count(*), avg(mark.mark), avg(other.mark), avg(abs(mark.mark - other.mark))
		from `tabKyodo Evaluation Sheet` sheet join `tabKyodo Evaluation Sheet` facing on facing.evaluation_round = sheet.evaluation_round
			and facing.side = 'Organisation' and facing.released = 1
			join `tabKyodo Evaluation Mark` mark on mark.parent = sheet.name
			join `tabKyodo Evaluation Mark` other on other.parent = facing.name and other.item_code = mark.item_code
		where sheet.side = 'City' and sheet.released = 1 and mark.mark > 0 and other.mark > 0 group by 1
	""",
	"Kyodo Points by Meeting": """
		select count(*), avg(score_points * 100 / nullif(score_out_of, 0)) from `tabKyodo Decision` where docstatus = 1;
		select decision.name, proposal.title, meeting.meeting_title, meeting.meeting_date, decision.score_points from `tabKyodo Decision` decision
			join `tabKyodo Meeting` meeting on meeting.name = decision.meeting join `tabKyodo Proposal` proposal on proposal.name = decision.proposal
			where decision.docstatus = 1 order by meeting.meeting_date desc, decision.score_points desc limit 500
	""",
	"Kyodo Committee Balance": """
		select meeting.name, meeting.meeting_title, meeting.meeting_date, sum(side = 'City' and present), sum(side = 'Organisation' and present), count(*)
		from `tabKyodo Meeting` meeting join `tabKyodo Attendance` seat on seat.parent = meeting.name and seat.parenttype = 'Kyodo Meeting'
		group by meeting.name order by meeting.meeting_date limit 500
	""",
	"Kyodo Support Figures": """
		select topic, count(*), sum(small_group), sum(state = 'Open'), sum(state = 'Answered'), sum(state = 'Closed'), count(answered_on),
			avg(datediff(answered_on, received_on)), max(datediff(answered_on, received_on)), min(if(state = 'Open', received_on, null))
			from `tabKyodo Support Case` group by 1;
		select count(*), sum(state = 'Came Together') from `tabKyodo Match` where introduced_on is not null;
		select count(*) from `tabKyodo Dispatch` where from_date is not null and state != 'Declined'
	""",
}
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
	*_pages(PUBLIC, GUEST, "proposals?year=2024", "proposals?state=Adopted", "proposals?page=2", "proposals?page=40"),
	*_pages(PUBLIC, GUEST, "proposals/{proposal}"),
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
		Place(f"open data: {kind}", FILE, GUEST, _method("kyodo_frappe.front.actions.download", kind=kind, file_format="csv"), once=True)
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
	Place("reading queue", DESK, OFFICE, _method("kyodo_frappe.proposals.reading.queue", proposal="{waiting}")),
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
	Place("report: without a row", REPORT, OFFICE, _report("Kyodo Re-Proposals", programme="-")),
	*(
		place
		for name, sql in BY_HAND.items()
		for place in (
			# as the desk opens it, of one year; and of all years
			Place(f"report: {name}", REPORT, OFFICE, _report(name, fiscal_year=YEAR)),
			Place(f"report: {name} (all years)", REPORT, OFFICE, _report(name), sql),
		)
	),
]
