"""Pages of people who can be sent, and of their dispatches."""

from functools import partial

import frappe
from frappe import _
from frappe.utils import nowdate

from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.support import dispatches, matching, portal_fields
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.pages.listing import (
	DISPATCH,
	NEW,
	PERSON,
	dispatch_rows,
	new_or_opened,
	organisation_choices,
	query_choice,
	require_staff_page,
)
from kyodo_frappe.support.pages.needs import profile_form
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST
from kyodo_frappe.web.listing import page_number, pages_of, query_text, uncounted_page
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import pick
from kyodo_frappe.web.words import day

ADDRESS = "/kyodo/my/centre/people"


def people() -> dict:
	"""People who can be sent, filtered by text, field of activity and role."""
	require_staff_page()
	field = query_text("field")
	can_be = query_choice("can_be", [value for value, _label in forms.choices(PERSON, "can_be")])
	asked = {"q": query_text("q"), "field": field, "can_be": can_be, "all": "1" if query_text("all") else ""}
	found, page = dispatches.find_people(asked["q"], field, can_be, active=not asked["all"]), page_number()
	rows = found[(page - 1) * PAGE : page * PAGE]
	waiting = {"state": ["in", (dispatches.ASKED, dispatches.WILL_COME)]}
	coming = uncounted_page(partial(dispatch_rows, waiting), f"{ADDRESS}#h-sent", "sent", **asked)
	labels = dict(organisation_public.activity_fields())
	for row in rows:
		row.labels = [labels.get(code, code) for code in row.fields]
		row.theme_list = matching.split_lines(row.themes)
	return {
		"title": _("People to Send"),
		"rows": rows,
		"count": len(found),
		"pages": pages_of(ADDRESS, page, len(found), **asked),
		"asked": asked,
		"fields": organisation_public.activity_fields(),
		"kinds": forms.choices(PERSON, "can_be"),
		"coming": coming["rows"],
		"coming_pages": coming["pages"],
	}


def person(name: str) -> dict:
	"""The form of a person, with their dispatches."""
	require_staff_page()
	doc = new_or_opened(PERSON, name, programme=centre.default_programme())
	typed = forms.refused_input(f"person:{name}")
	asked = forms.refused_input(f"dispatch:{name}")
	blank = frappe.new_doc(DISPATCH, purpose=doc.can_be)
	return {
		"title": doc.person_name or _("Record a person"),
		"doc": pick(doc, "name", "modified", "active"),
		"new": name == NEW,
		"values": forms.view(doc, portal_fields.PERSON, {}, typed),
		"kinds": forms.choices(PERSON, "can_be"),
		**profile_form(doc, typed),
		"dispatch": forms.view(blank, portal_fields.DISPATCH, {}, asked),
		"asking": bool(asked),
		"purposes": forms.choices(DISPATCH, "purpose"),
		"events": _coming_events(),
		"committees": [("", "－"), *_committees()],
		"organisations": organisation_choices(None),
		"rows": dispatch_rows({"person": name}, limit=MOST * 2) if name != NEW else [],
	}


def _coming_events() -> list[tuple[str, str]]:
	rows = frappe.get_list(
		"Kyodo Event",
		{"held_on": [">=", nowdate()], "state": ["in", ("Planned", "Announced")]},
		["name", "event_name", "held_on"],
		order_by="held_on asc",
		limit=MOST,
	)
	return [("", "－"), *((row.name, f"{row.event_name}（{day(row.held_on)}）") for row in rows)]


def _committees() -> list[tuple[str, str]]:
	# the centre has no right to read committees, but has to be able to name one
	filters = {"disabled": 0}
	return frappe.get_all("Kyodo Committee", filters, ["name", "committee_name"], as_list=True, order_by="committee_name asc")


PAGES = (
	Page("my/centre/people", "support/centre_people", people),
	Page("my/centre/people/<name>", "support/centre_person", person),
)
