"""Pages of needs and offers as the centre's staff see them."""

from functools import partial

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.support import matching, portal_fields
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.pages.listing import (
	NEED,
	NEW,
	introduction_rows,
	need_choices,
	need_rows,
	new_or_opened,
	organisation_choices,
	query_choice,
	require_staff_page,
)
from kyodo_frappe.web import forms
from kyodo_frappe.web.listing import query_text, uncounted_page
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import pick


def needs() -> dict:
	"""Needs and offers, filtered by kind, subject and state."""
	require_staff_page()
	states = [value for value, _label in forms.choices(NEED, "state")]
	asked = {key: query_choice(key, values) for key, values in need_choices().items()} | {"state": query_choice("state", states)}
	filters = {key: value for key, value in asked.items() if value}
	if unseen := query_text("unseen"):
		filters = {"state": ["in", matching.LIVE], **filters, "wants_publishing": 1}
	asked["unseen"] = "1" if unseen else ""
	return {
		"title": _("Needs and Offers"),
		**uncounted_page(partial(need_rows, filters), "/kyodo/my/centre/needs", **asked),
		"asked": asked,
		"states": forms.choices(NEED, "state"),
		"kinds": forms.choices(NEED, "kind"),
		"whats": forms.choices(NEED, "what"),
	}


def need(name: str) -> dict:
	"""The form of a need or offer, with its candidates and introductions."""
	require_staff_page()
	doc = new_or_opened(NEED, name, programme=centre.default_programme())
	live = name != NEW and doc.state in matching.LIVE
	return {
		"title": doc.title or _("Record a need or an offer"),
		"doc": pick(doc, "name", "modified", "state", "kind", "outcome", "published", "wants_publishing"),
		"new": name == NEW,
		"live": live or name == NEW,
		**need_form(doc, portal_fields.NEED, f"need:{name}"),
		"parties": forms.choices(NEED, "party"),
		"organisations": organisation_choices(doc.organisation),
		"sections": [("", "－"), *_sections()],
		"found": matching.candidates(name) if live else None,
		"introductions": introduction_rows({"need": name}) + introduction_rows({"other_need": name}) if name != NEW else [],
	}


def need_form(doc: Document, names: tuple[str, ...], form: str) -> dict:
	"""Return the context of a need's form, for staff and for its organisation alike."""
	typed = forms.refused_input(form)
	return {
		"values": forms.view(doc, names, {}, typed),
		"whats": forms.choices(NEED, "what"),
		"kinds": forms.choices(NEED, "kind"),
		**profile_form(doc, typed),
	}


def profile_form(doc: Document, typed: dict) -> dict:
	"""Return the context of the inputs for fields of activity and skills."""
	chosen = {row.activity_field for row in doc.activity_fields}
	if typed:
		chosen = {key.removeprefix("activity-") for key in typed if key.startswith("activity-")}
	return {
		"activity_fields": organisation_public.activity_fields(),
		"chosen": chosen,
		"skills": typed.get("skill_lines", "\n".join(row.skill for row in doc.skills)),
	}


def _sections() -> list[tuple[str, str]]:
	# the centre has no right to read sections, but has to be able to name one
	return frappe.get_all("Kyodo Section", fields=["name", "section_name"], as_list=True, order_by="section_name asc")


PAGES = (
	Page("my/centre/needs", "support/centre_needs", needs),
	Page("my/centre/needs/<name>", "support/centre_need", need),
)
