"""The overview of the support centre with everything that waits, and its figures of the year."""

from functools import partial

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.permissions.roles import SUPPORT
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.support import dispatches, introductions, matching, surveys
from kyodo_frappe.support import figures as centre_figures
from kyodo_frappe.support import public as centre_public
from kyodo_frappe.support.pages.listing import (
	case_rows,
	dispatch_rows,
	follow_up_rows,
	introduction_rows,
	need_rows,
	require_staff_page,
	survey_rows,
)
from kyodo_frappe.web.blocks import MOST, task
from kyodo_frappe.web.listing import asked_year, uncounted_page
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.words import year
from kyodo_frappe.workflows.states import WRITING, states


def overview() -> dict:
	"""Everything that waits for the centre, on one page."""
	require_staff_page()
	today = nowdate()
	waiting = {"state": ["in", (introductions.INTRODUCED, introductions.TALKING)]}
	under_way = uncounted_page(partial(introduction_rows, waiting), "/kyodo/my/centre#h-matches")
	return {
		"title": centre_public.centre().name,
		"open_cases": case_rows({"state": "Open"}),
		"follow_ups": follow_up_rows(today),
		"advice": advice_requests() if SUPPORT in frappe.get_roles() else [],
		"to_publish": need_rows({"wants_publishing": 1, "state": ["in", matching.LIVE]}),
		"introductions": under_way["rows"],
		"introduction_pages": under_way["pages"],
		"dispatches": dispatch_rows({"state": ["in", (dispatches.ASKED, dispatches.WILL_COME)]}, limit=PAGE),
		"surveys": survey_rows({"state": surveys.OPEN}),
		"is_support": SUPPORT in frappe.get_roles(),
		"today": today,
		"most": PAGE,
	}


def advice_requests() -> list[dict]:
	"""Return a task for each draft proposal whose authors have asked the centre for advice."""
	rows = frappe.get_list(
		"Kyodo Proposal",
		{"advice_access": ["is", "set"], "workflow_state": ["in", states("Kyodo Proposal", WRITING)]},
		["name", "title", "advice_question"],
		order_by="advice_asked_on asc",
		limit=MOST,
	)
	return [
		task(_("Advice requested on a draft"), row.title, f"/kyodo/my/proposals/{row.name}", row.advice_question, act=_("Read the draft"))
		for row in rows
	]


def tasks() -> list[dict]:
	"""Return the tasks of the centre's staff for their own page: open cases and follow-ups that are due."""
	found = [
		task(_("Question to the support centre"), row.subject, f"/kyodo/my/centre/cases/{row.name}", act=_("Give an answer"))
		for row in case_rows({"state": "Open"}, limit=MOST)
	]
	return found + [
		task(_("Case to follow up"), row.subject, f"/kyodo/my/centre/cases/{row.name}", due=row.next_on, act=_("Open the case"))
		for row in follow_up_rows(nowdate(), MOST)
	]


def figures() -> dict:
	"""The figures of a fiscal year, this one unless the query string names another."""
	require_staff_page()
	this_year = fiscal_year(getdate())
	asked = asked_year() or this_year
	asked = min(max(asked, this_year - 20), this_year + 1)
	return {
		"title": _("Figures of the year"),
		"asked": asked,
		"years": [(value, year(value)) for value in range(this_year, this_year - 10, -1)],
		"figures": centre_figures.figures_of_year(asked),
	}


PAGES = (
	Page("my/centre", "support/centre", overview),
	Page("my/centre/figures", "support/centre_figures", figures),
)
