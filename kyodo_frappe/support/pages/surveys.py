"""Pages of surveys as the centre's staff see them."""

from functools import partial

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.support import figures as centre_figures
from kyodo_frappe.support import portal_fields, survey_results, surveys
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.pages.listing import (
	MOST_CHOICES,
	NEW,
	ORGANISATION,
	SURVEY,
	new_or_opened,
	require_staff_page,
	survey_rows,
)
from kyodo_frappe.web import forms
from kyodo_frappe.web.listing import uncounted_page
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import pick

SURVEY_SHOWN = ("name", "modified", "state", "asked_count", "answered_count", "asked_of", "closes_on", "publish_totals")


def survey_list() -> dict:
	"""All surveys, the latest first."""
	require_staff_page()
	return {"title": _("Surveys"), **uncounted_page(partial(survey_rows, {}), "/kyodo/my/centre/surveys")}


def survey(name: str) -> dict:
	"""The form of a survey, with answer rates and totals once it is open."""
	require_staff_page()
	today = getdate()
	doc = new_or_opened(SURVEY, name, programme=centre.default_programme(), fiscal_year=fiscal_year(today), opens_on=nowdate())
	draft = name == NEW or doc.state == surveys.DRAFT
	answered = name != NEW and not draft
	return {
		"title": doc.title or _("Make a survey"),
		"doc": pick(doc, *SURVEY_SHOWN),
		"new": name == NEW,
		"draft": draft,
		"values": forms.view(doc, portal_fields.SURVEY, portal_fields.SURVEY_TABLES, forms.refused_input(f"survey:{name}")),
		"kinds": forms.choices("Kyodo Survey Question", "kind"),
		"types": [pair for pair in forms.choices(ORGANISATION, "organisation_type") if pair[0]],
		"activity_fields": organisation_public.activity_fields(),
		"rates": survey_results.rates(name) if answered else [],
		"totals": survey_results.totals(name) if answered else [],
		"words": centre_figures.statistic_labels(),
		"waiting": _not_answered(name) if answered and doc.state == surveys.OPEN else [],
	}


def _not_answered(survey: str) -> list[dict]:
	return frappe.get_list(
		surveys.RESPONSE,
		{"survey": survey, "state": ["!=", surveys.ANSWERED]},
		["organisation_name", "state", "reminded_on"],
		order_by="organisation_name asc",
		limit=MOST_CHOICES,
	)


PAGES = (
	Page("my/centre/surveys", "support/centre_surveys", survey_list),
	Page("my/centre/surveys/<name>", "support/centre_survey", survey),
)
