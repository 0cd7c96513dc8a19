"""What the public may read of the support centre, by explicit lists of fields: no contacts, no person without consent.

Guests have no permission on any DocType; their pages read through this module.
"""

import frappe
from frappe import _
from frappe.utils import nowdate

from kyodo_frappe.common.queries import PAGE, among
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.support import dispatches, matching, survey_results, surveys
from kyodo_frappe.workflows import tallies

MAX_SURVEYS = 100
NEED_FIELDS = ("name", "title", "kind", "what", "party", "organisation", "section", "description", "places", "open_until")
PERSON_FIELDS = ("name", "person_name", "belongs_to", "can_be", "themes")
EVENT_FIELDS = ("name", "event_name", "event_kind", "held_on", "begins_at", "place", "state")


def centre() -> dict:
	"""Return {name, functions: [{title, description}, …]} of the active programme's support centre."""
	programme = programme_public.programme()
	doc = frappe.get_cached_doc("Kyodo Programme", programme.name) if programme else None
	return frappe._dict(
		name=(doc and doc.get("support_centre_name")) or _("Support Centre"),
		functions=[{"title": row.title, "description": row.description} for row in doc.support_functions] if doc else [],
	)


def events() -> list[dict]:
	"""Return announced events of the support centre that are still to come."""
	event = frappe.qb.DocType("Kyodo Event")
	own = (event.organiser == "Support Centre") & (event.audience == "Everybody")
	return learning_public.announced(own, EVENT_FIELDS, PAGE)


def needs(kind: str = "", what: str = "", field: str = "", start: int = 0) -> tuple[list[dict], int]:
	"""Return a page of the published open needs and offers, the latest first, with the name of their party but no contact, and how many
	there are."""
	filters = {**_need_filters(), **_in_field(matching.NEED, field)}
	filters |= {name: value for name, value in (("kind", kind), ("what", what)) if value}
	rows = frappe.get_all(matching.NEED, filters, NEED_FIELDS, order_by="creation desc, name desc", start=start, limit=PAGE)
	return _with_names(rows), _how_many(matching.NEED, filters)


def _in_field(doctype: str, field: str) -> dict:
	if not field:
		return {}
	in_field = {"parenttype": doctype, "activity_field": field}
	return {"name": among(frappe.get_all("Kyodo Organisation Activity", in_field, pluck="parent", order_by="parent"))}


def _how_many(doctype: str, filters: dict) -> int:
	# a list of names is no key under which anybody would find the number again
	return frappe.db.count(doctype, filters) if "name" in filters else tallies.count(doctype, filters)


def need(name: str) -> dict | None:
	"""Return a published open need or offer, or None."""
	rows = _with_names(frappe.get_all(matching.NEED, _need_filters(name=name), NEED_FIELDS, limit=1))
	return rows[0] if rows else None


def _need_filters(**more) -> dict:
	return {
		"published": 1,
		"state": ["in", matching.LIVE],
		"open_until": [">=", nowdate()],
		**programme_visibility.without_drafts(),
		**more,
	}


def _with_names(rows: list[dict]) -> list[dict]:
	names = organisation_public.public_names([row.organisation for row in rows])
	sections = sorted({row.section for row in rows if row.section})
	titles = {}
	if sections:
		titles = dict(frappe.get_all("Kyodo Section", {"name": ["in", sections]}, ["name", "section_name"], as_list=True, order_by="name"))
	labels = dict(organisation_public.activity_fields()) if rows else {}
	fields = _values_by_parent(matching.NEED, rows, "Kyodo Organisation Activity", "activity_field")
	skills = _values_by_parent(matching.NEED, rows, "Kyodo Skill", "skill")
	for row in rows:
		named = {"Organisation": names.get(row.organisation), "City": titles.get(row.section)}
		unnamed = {"Organisation": _("An organisation"), "City": _("The city")}
		row.whose = named.get(row.party) or unnamed.get(row.party) or _("A private person")
		row.fields = [labels.get(code, code) for code in fields.get(row.name, [])]
		row.skills, row.places = skills.get(row.name, []), list(matching.split_lines(row.places))
		del row["organisation"], row["section"]
	return rows


def people(field: str = "", start: int = 0) -> tuple[list[dict], int]:
	"""Return a page of the people who can be sent and have agreed to publication, and how many there are: name, affiliation, themes and
	fields of activity."""
	filters = {"publish_consent": 1, "active": 1, **programme_visibility.without_drafts(), **_in_field(dispatches.PERSON, field)}
	order = "person_kana asc, person_name asc, name asc"
	rows = frappe.get_all(dispatches.PERSON, filters, PERSON_FIELDS, order_by=order, start=start, limit=PAGE)
	labels = dict(organisation_public.activity_fields()) if rows else {}
	fields = _values_by_parent(dispatches.PERSON, rows, "Kyodo Organisation Activity", "activity_field")
	for row in rows:
		row.fields = [labels.get(code, code) for code in fields.get(row.name, [])]
		row.themes = list(matching.split_lines(row.themes))
		del row["name"]
	return rows, _how_many(dispatches.PERSON, filters)


def _values_by_parent(parenttype: str, rows: list[dict], child: str, fieldname: str) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	filters = {"parenttype": parenttype, "parent": among([row.name for row in rows])}
	for row in frappe.get_all(child, filters, ["parent", fieldname], order_by="parent, idx"):
		found.setdefault(row.parent, []).append(row[fieldname])
	return found


def _survey_filters(**more) -> dict:
	return {"state": surveys.CLOSED, "publish_totals": 1, **programme_visibility.without_drafts(), **more}


SURVEY_FIELDS = (
	*("name", "title", "fiscal_year", "opens_on", "closes_on", "introduction"),
	*("asked_of", "asked_count", "answered_count"),
)


def published_surveys() -> list[dict]:
	"""Return closed surveys whose totals are published, the latest first."""
	return frappe.get_all(surveys.SURVEY, _survey_filters(), SURVEY_FIELDS, order_by="fiscal_year desc, name desc", limit=MAX_SURVEYS)


def survey(name: str) -> dict | None:
	"""Return a closed survey with published totals, or None: no free texts, no totals of fewer than five answers."""
	rows = frappe.get_all(surveys.SURVEY, _survey_filters(name=name), SURVEY_FIELDS, limit=1)
	if not rows:
		return None
	row = rows[0]
	row.rate = surveys.rules.rate(row.answered_count, row.asked_count)
	row.totals = [total for total in survey_results.totals(name, public=True) if total.kind != surveys.rules.TEXT]
	return row
