"""My page: the tasks of a user and their own records, as far as permissions allow, by explicit lists of fields."""

import frappe
from frappe import _

from kyodo_frappe.committee import pages as meeting_pages
from kyodo_frappe.evaluation import pages as evaluation_pages
from kyodo_frappe.organisations import pages as organisation_pages
from kyodo_frappe.partnership import pages as partnership_pages
from kyodo_frappe.partnership import project_pages, report_pages
from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION, SUPPORT
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import pages as proposal_pages
from kyodo_frappe.support.pages import centre as centre_pages
from kyodo_frappe.support.pages import organisation as support_pages
from kyodo_frappe.web.page import Page


def home() -> dict:
	"""The current user's tasks, records, deadlines and meetings."""
	mine = proposal_pages.own_proposals()
	return {
		"title": _("My page"),
		"organisations": organisation_pages.my_organisations(),
		"proposals": mine,
		"projects": project_pages.own_projects(),
		"waiting": _tasks(mine),
		"deadlines": _deadlines(),
		"is_member": COMMITTEE in frappe.get_roles(),
		"is_support": SUPPORT in frappe.get_roles(),
		"is_organisation": ORGANISATION in frappe.get_roles(),
		"meetings": meeting_pages.upcoming() if COMMITTEE in frappe.get_roles() else [],
	}


def _tasks(mine: list[dict]) -> list[dict]:
	"""Return [{kind, title, address, note, due}, …] of the user's roles, the earliest due first."""
	roles = set(frappe.get_roles())
	found = proposal_pages.tasks(mine) + organisation_pages.tasks()
	if roles & {ORGANISATION, SECTION}:
		found += (
			partnership_pages.negotiation_tasks()
			+ report_pages.reports_due()
			+ evaluation_pages.tasks()
			+ partnership_pages.running_tasks()
		)
	if ORGANISATION in roles:
		found += proposal_pages.consents_to_give() + support_pages.tasks()
	if SUPPORT in roles:
		found += centre_pages.advice_requests() + centre_pages.tasks()
	if COMMITTEE in roles:
		found += meeting_pages.tasks()
	return sorted(found, key=lambda task: str(task.due or "9999"))


def _deadlines() -> list[dict]:
	several = programme_public.programmes()
	if len(several) < 2:
		return [row for programme in several for row in programme_public.next_deadlines(programme.name)]
	rows = [
		{**row, "label": f"{row.label}（{programme.programme_name}）"}
		for programme in several
		for row in programme_public.next_deadlines(programme.name)
	]
	return sorted(rows, key=lambda row: row["due"])


PAGES = (Page("my", "front/my_page", home),)
