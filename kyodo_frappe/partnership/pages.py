"""The addresses of the room, and the tasks that its two sides find on their own page."""

from collections.abc import Callable

import frappe
from frappe import _

from kyodo_frappe.partnership import (
	agreement_pages,
	change_pages,
	expense_pages,
	note_pages,
	parties,
	payment_pages,
	plan_pages,
	project_pages,
	report_pages,
)
from kyodo_frappe.permissions.people import WRITERS, projects_of_organisations, sections_of
from kyodo_frappe.web.blocks import MOST, task, titles_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.workflows.states import WAITING, WRITING, states

NOTE, CHANGE = note_pages.NOTE, change_pages.CHANGE

PAGES = (
	Page("projects", "partnership/public_projects", project_pages.public_projects, menu="Projects"),
	Page("my/projects/<name>", "partnership/project", project_pages.project),
	Page("my/projects/<name>/plan", "partnership/project_plan", plan_pages.plan),
	Page("my/agreements/<name>", "partnership/agreement", agreement_pages.agreement),
	Page("my/agreements/<name>/edit", "partnership/agreement_edit", agreement_pages.agreement_edit),
	Page("my/projects/<name>/notes", "partnership/notes", note_pages.notes),
	Page("my/projects/<name>/expenses", "partnership/expenses", expense_pages.expenses_page),
	Page("my/projects/<name>/payments", "partnership/payments", payment_pages.payments_page),
	Page("my/projects/<name>/changes", "partnership/changes", change_pages.changes),
	Page("my/changes/<name>", "partnership/change", change_pages.change),
	Page("my/reports/<name>", "partnership/report", report_pages.report),
)


points_to_answer, agreements_to_confirm = plan_pages.points_to_answer, agreement_pages.agreements_to_confirm


def running_tasks(with_notes: bool = True, with_changes: bool = True, titles: dict[str, str] | None = None) -> list[dict]:
	"""Tasks for notes to acknowledge (one per project) and for changes to answer or to finish.

	with_notes, with_changes: whether there are any; titles: {project: title} as far as known.
	"""
	side_in = _side_in_projects()
	notes = _notes_to_acknowledge(side_in) if with_notes else []
	changes = _changes_to_handle(side_in) if with_changes else []
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in (*notes, *changes)], titles)
	note_tasks = {}
	for row in notes:
		address = f"/kyodo/my/projects/{row.project}/notes"
		note_tasks.setdefault(
			row.project, task(_("Note to acknowledge"), titles.get(row.project), address, row.subject, act=_("Read the note"))
		)
	return [*note_tasks.values(), *(_change_task(row, titles.get(row.project)) for row in changes)]


def _change_task(row: dict, title: str | None) -> dict:
	label = _("Change of the plan to answer") if row.workflow_state == "Proposed" else _("Change of the plan to finish")
	note = row.return_reason if row.workflow_state == "Returned" else row.reason
	act = _("Give an answer") if row.workflow_state == "Proposed" else _("Continue writing")
	return task(label, title, f"/kyodo/my/changes/{row.name}", note, act=act)


def _side_in_projects() -> Callable[[dict], str | None]:
	"""A function from a row with `project` and `section` to the side the user writes for there, as `parties.side_of`."""
	user = frappe.session.user
	own, writable = set(projects_of_organisations(user)), set(projects_of_organisations(user, WRITERS))
	sections = set(sections_of(user))

	def side_in(row: dict) -> str | None:
		if row.project in own:
			return parties.ORGANISATION if row.project in writable else None
		return parties.CITY if row.section in sections else None

	return side_in


def _notes_to_acknowledge(side_in: Callable[[dict], str | None]) -> list[dict]:
	rows = frappe.get_list(
		NOTE,
		{"acknowledged_on": ["is", "not set"]},
		["name", "project", "section", "side", "subject"],
		order_by="creation asc",
		limit=MOST,
	)
	return [row for row in rows if (side := side_in(row)) and side != row.side]


def _changes_to_handle(side_in: Callable[[dict], str | None]) -> list[dict]:
	"""Proposed changes of the other side, and drafts of the user's own side."""
	rows = frappe.get_list(
		CHANGE,
		{"workflow_state": ["in", states(CHANGE, WRITING, WAITING)]},
		["name", "project", "section", "side", "workflow_state", "return_reason", "reason"],
		order_by="creation asc",
		limit=MOST,
	)
	return [row for row in rows if (side := side_in(row)) and (side == row.side) != (row.workflow_state == "Proposed")]
