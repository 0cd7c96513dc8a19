"""My page: what waits for a user, and what is theirs, as far as permissions allow, by explicit lists of fields."""

import frappe
from frappe import _
from frappe.utils import getdate

from kyodo_frappe.committee import pages as meeting_pages
from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.evaluation import pages as evaluation_pages
from kyodo_frappe.front import city_work, inbox, own_record_kinds, own_records
from kyodo_frappe.front.own_records import Found, Row
from kyodo_frappe.organisations import pages as organisation_pages
from kyodo_frappe.partnership import pages as partnership_pages
from kyodo_frappe.partnership import report_pages
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION, SUPPORT
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import pages as proposal_pages
from kyodo_frappe.support.pages import centre as centre_pages
from kyodo_frappe.support.pages import organisation as support_pages
from kyodo_frappe.web.listing import page_number, pages_of, query_text
from kyodo_frappe.web.page import Page
from kyodo_frappe.workflows.states import WRITING, category

FIRST_TASKS = 8
FIRST_ROWS = 5


def home() -> dict:
	"""The current user's tasks, records, deadlines and meetings."""
	found = own_records.find()
	roles = set(frappe.get_roles())
	tasks = tasks_of(found)
	sections = [_section(kind, kind.rows(found)) for kind in own_records.kinds()]
	return {
		"title": _("My page"),
		"tasks": tasks,
		"first_tasks": FIRST_TASKS,
		"sections": [section for section in sections if section["count"]],
		"begins": _first_steps(found, roles, tasks),
		"city_work": city_work.box(),
		"deadlines": deadlines(),
		"unread": inbox.unread(),
		"is_member": COMMITTEE in roles,
		"is_support": SUPPORT in roles,
		"is_organisation": ORGANISATION in roles,
		"may_propose": bool(organisations_of(frappe.session.user, WRITERS)),
		"meetings": meeting_pages.upcoming() if COMMITTEE in roles else [],
	}


def _section(kind: own_records.Kind, rows: list[Row]) -> dict:
	current, over = [row for row in rows if not row.over], [row for row in rows if row.over]
	return {
		"kind": kind,
		"count": len(rows),
		"rows": current[:FIRST_ROWS],
		"left": len(current[FIRST_ROWS:]),
		"over": over[:FIRST_ROWS],
		"over_count": len(over),
	}


def _first_steps(found: Found, roles: set[str], tasks: list[dict]) -> dict | None:
	"""What comes first for somebody who has nothing yet: {steps: [(title, text)], place, address, act}; None for others.

	`place`: the number of the step to take now, counted from 0.
	"""
	others = roles & {COMMITTEE, SUPPORT, SECTION} or city_work.desk.works_there()
	if others or found.proposals or found.projects or tasks:
		return None
	registered = [row for row in found.organisations if category(own_records.ORGANISATIONS, row.workflow_state) not in (WRITING, None)]
	steps = [
		(_("Register your organisation"), _("Who you are and what you do. The office checks it.")),
		(_("Talk about your idea"), _("The support centre and the section help before you write.")),
		(_("Write and hand in your proposal"), _("Save as often as you like; nobody else reads a draft.")),
	]
	if registered:
		return {"steps": steps, "place": 2, "address": "/kyodo/my/proposals/new", "act": _("Write a proposal")}
	return {"steps": steps, "place": 0, "address": "/kyodo/my/organisation?name=new", "act": _("Register an organisation")}


def list_of(kind: str) -> dict:
	"""All of the user's records of a kind, page by page; those that are over with `?over=1`. Raises PageDoesNotExistError."""
	chosen = next((each for each in own_records.kinds() if each.id == kind), None)
	if chosen is None:
		raise frappe.PageDoesNotExistError
	over = query_text("over") == "1"
	rows = [row for row in chosen.rows(own_records.find()) if row.over == over]
	page = page_number()
	address = f"/kyodo/my/list/{kind}"
	return {
		"title": chosen.title,
		"kind": chosen,
		"over": over,
		"count": len(rows),
		"rows": rows[(page - 1) * PAGE : page * PAGE],
		"pages": pages_of(address, page, len(rows), over="1" if over else ""),
		"address": address,
	}


# -- what waits ------------------------------------------------------------------------------


def tasks_of(found: Found) -> list[dict]:
	"""Return [{kind, title, address, note, due, act, late}, …] of the user's roles: dated ones first, the earliest on top."""
	roles = set(frappe.get_roles())
	tasks = proposal_pages.tasks(found.proposals) + organisation_pages.tasks(found.organisations)
	if roles & {ORGANISATION, SECTION} and found.projects:
		tasks += _tasks_in_projects(found)
	if ORGANISATION in roles:
		tasks += proposal_pages.consents_to_give() + support_pages.tasks(with_sheets=own_record_kinds.SHEETS in found.there)
	if SUPPORT in roles:
		tasks += centre_pages.advice_requests() + centre_pages.tasks()
	if COMMITTEE in roles:
		tasks += meeting_pages.tasks(found.reviews)
	today = getdate()
	for task in tasks:
		task.late = bool(task.due) and getdate(task.due) < today
	return sorted(tasks, key=lambda task: str(task.due or "9999"))


def _tasks_in_projects(found: Found) -> list[dict]:
	titles = {row.name: row.project_name for row in found.projects}
	tasks = partnership_pages.points_to_answer() if own_record_kinds.POINTS in found.there else []
	tasks += partnership_pages.agreements_to_confirm() if own_record_kinds.AGREEMENTS in found.there else []
	tasks += report_pages.reports_due(titles) if own_record_kinds.REPORTS in found.there else []
	tasks += evaluation_pages.tasks(found.evaluations)
	return tasks + partnership_pages.running_tasks(own_record_kinds.NOTES in found.there, own_record_kinds.CHANGES in found.there, titles)


def deadlines() -> list[dict]:
	"""Return the next deadlines of the running programmes, with the programme's name where there are several."""
	several = programme_public.programmes()
	if len(several) < 2:
		return [row for programme in several for row in programme_public.next_deadlines(programme.name)]
	rows = [
		{**row, "label": f"{row.label}（{programme.programme_name}）"}
		for programme in several
		for row in programme_public.next_deadlines(programme.name)
	]
	return sorted(rows, key=lambda row: row["due"])


PAGES = (
	Page("my", "front/my_page", home),
	Page("my/list/<kind>", "front/my_list", list_of),
)
