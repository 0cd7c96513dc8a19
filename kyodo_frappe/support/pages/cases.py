"""Pages of the support centre's cases."""

from functools import partial

import frappe
from frappe import _
from frappe.utils import nowdate

from kyodo_frappe.common.names import name_of
from kyodo_frappe.support import portal_fields
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.pages.listing import (
	CASE,
	NEED,
	NEW,
	case_rows,
	new_or_opened,
	organisation_choices,
	query_choice,
	require_staff_page,
)
from kyodo_frappe.web import forms
from kyodo_frappe.web.listing import query_text, uncounted_page
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import pick

ADDRESS = "/kyodo/my/centre/cases"
CASE_SHOWN = ("name", "modified", "state", "asked_by", "channel", "answered_on", "closed_on", "organisation", "client_contact")


def cases() -> dict:
	"""Cases, filtered by state, topic or an open follow-up."""
	require_staff_page()
	state = query_choice("state", [value for value, _label in forms.choices(CASE, "state")])
	topic = query_choice("topic", [value for value, _label in forms.choices(CASE, "topic")])
	follow = bool(query_text("follow"))
	filters = {key: value for key, value in (("state", state), ("topic", topic)) if value}
	if follow:
		filters |= {"next_on": ["is", "set"], "state": ["!=", "Closed"]}
	order = "next_on asc, name asc" if follow else "received_on desc, name desc"
	return {
		"title": _("Support Cases"),
		**uncounted_page(partial(case_rows, filters, order), ADDRESS, state=state, topic=topic, follow="1" if follow else ""),
		"asked": {"state": state, "topic": topic, "follow": follow},
		"states": forms.choices(CASE, "state"),
		"topics": forms.choices(CASE, "topic"),
		"today": nowdate(),
	}


def case(name: str) -> dict:
	"""The form of a case, or of a new one."""
	require_staff_page()
	doc = new_or_opened(CASE, name, programme=centre.default_programme(), received_on=nowdate())
	typed = forms.refused_input(f"case:{name}")
	need = doc.about_need and frappe.db.get_value(NEED, doc.about_need, ["name", "title"], as_dict=True)
	return {
		"title": doc.subject or _("Record a visit or a call"),
		"doc": pick(doc, *CASE_SHOWN),
		"new": name == NEW,
		"values": forms.view(doc, portal_fields.CASE, portal_fields.CASE_TABLES, typed),
		"choices": {key: forms.choices(CASE, key) for key in ("topic", "channel")},
		"organisations": organisation_choices(doc.organisation),
		"asker": doc.asked_by and name_of(doc.asked_by),
		"need": need,
		"may_invite": not doc.organisation and name != NEW,
		"email": typed.get("email") or (doc.client_contact if "@" in (doc.client_contact or "") else ""),
	}


PAGES = (
	Page("my/centre/cases", "support/centre_cases", cases),
	Page("my/centre/cases/<name>", "support/centre_case", case),
)
