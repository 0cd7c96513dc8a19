"""Public pages of the support centre: what it does, what is sought and offered, surveys with their totals."""

import frappe

from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.support import figures as centre_figures
from kyodo_frappe.support import public as centre_public
from kyodo_frappe.support import surveys
from kyodo_frappe.support.pages.listing import NEED, need_choices, query_choice
from kyodo_frappe.web import forms
from kyodo_frappe.web.listing import page_number, pages_of, query_text
from kyodo_frappe.web.page import Page


def support() -> dict:
	"""What the centre does, which needs and offers are open, and who can be sent; filtered by the query string."""
	asked = {key: query_choice(key, values) for key, values in need_choices().items()}
	field = query_text("field") if query_text("field") in dict(organisation_public.activity_fields()) else ""
	shown = centre_public.centre()
	needs_page, people_page = page_number(), page_number("people")
	needs, need_count = centre_public.needs(asked["kind"], asked["what"], field, (needs_page - 1) * PAGE)
	people, people_count = centre_public.people(field, (people_page - 1) * PAGE)
	return {
		"title": shown.name,
		"functions": shown.functions,
		"events": centre_public.events(),
		"needs": needs,
		"need_count": need_count,
		"need_pages": pages_of("/kyodo/support#h-needs", needs_page, need_count, **asked, field=field),
		"people": people,
		"people_pages": pages_of("/kyodo/support#h-people", people_page, people_count, key="people", field=field),
		"surveys": centre_public.published_surveys(),
		"asked": {**asked, "field": field},
		"filtered": bool(field or any(asked.values())),
		"kinds": forms.choices(NEED, "kind"),
		"whats": forms.choices(NEED, "what"),
		"fields": organisation_public.activity_fields(),
	}


def need(name: str) -> dict:
	"""A published need or offer."""
	row = centre_public.need(name)
	if row is None:
		raise frappe.PageDoesNotExistError
	return {"title": row.title, "row": row, "centre_name": centre_public.centre().name}


def survey(name: str) -> dict:
	"""The published totals of a survey."""
	row = centre_public.survey(name)
	if row is None:
		raise frappe.PageDoesNotExistError
	return {
		"title": row.title,
		"row": row,
		"words": centre_figures.statistic_labels(),
		"fewest": surveys.rules.MIN_ANSWERS,
		"centre_name": centre_public.centre().name,
	}


PAGES = (
	Page("support", "support/public_centre", support, menu="Support Centre"),
	Page("support/<name>", "support/public_need", need),
	Page("support/surveys/<name>", "support/public_survey", survey),
)
