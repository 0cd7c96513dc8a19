"""Rows of the support centre's records as its pages list them, and helpers that these pages share."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.queries import PAGE, among
from kyodo_frappe.permissions import hooks
from kyodo_frappe.support import cases as support_cases
from kyodo_frappe.support import dispatches, matching, surveys
from kyodo_frappe.support import staff as centre
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, titles_of
from kyodo_frappe.web.listing import query_text
from kyodo_frappe.web.records import page_record
from kyodo_frappe.workflows.states import drafts

CASE, NEED, MATCH, PERSON = support_cases.CASE, matching.NEED, matching.MATCH, dispatches.PERSON
DISPATCH, SURVEY, ORGANISATION = dispatches.DISPATCH, surveys.SURVEY, "Kyodo Organisation"
NEW = "new"
MOST_CHOICES = 2000
CASE_FIELDS = ["name", "subject", "topic", "channel", "state", "small_group", "organisation"]
CASE_FIELDS += ["client_name", "received_on", "next_on"]


def require_staff_page():
	"""Raise PageDoesNotExistError unless the current user works at the centre or in the office."""
	if not centre.is_centre_staff():
		raise frappe.PageDoesNotExistError


def new_or_opened(doctype: str, name: str, **values) -> Document:
	"""Return a new record with `values` where `name` is NEW, else the record, which the user must be able to read."""
	return frappe.new_doc(doctype, **values) if name == NEW else page_record(doctype, name)


def query_choice(key: str, values: list[str]) -> str:
	"""Return a value of the query string if it is one of `values`, else ""."""
	return text if (text := query_text(key)) in values else ""


def organisation_choices(chosen: str | None) -> list[tuple[str, str]]:
	"""Return [("", "－"), (name, title), …] of the organisations that the user may read, and always the one already chosen."""
	rows = frappe.get_list(
		ORGANISATION,
		{"workflow_state": ["not in", [*drafts(ORGANISATION), "Withdrawn"]]},
		["name", "organisation_name"],
		order_by="organisation_kana asc, organisation_name asc",
		limit=MOST_CHOICES,
	)
	found = [(row.name, row.organisation_name) for row in rows]
	if chosen and chosen not in dict(found):
		found.append((chosen, frappe.db.get_value(ORGANISATION, chosen, "organisation_name")))
	return [("", "－"), *found]


def case_rows(filters: dict, order: str = "received_on asc, name asc", start: int = 0, limit: int = PAGE) -> list[dict]:
	"""Return cases with `whose`, the name of the organisation or client."""
	rows = frappe.get_list(CASE, filters, CASE_FIELDS, order_by=order, start=start, limit=limit)
	names = titles_of(ORGANISATION, "organisation_name", [row.organisation for row in rows])
	for row in rows:
		row.whose = names.get(row.organisation) or row.client_name or _("Without a name")
	return rows


def follow_up_rows(today: str, limit: int = PAGE) -> list[dict]:
	"""Return open cases whose follow-up day has come."""
	readable, case = hooks.as_listed(CASE), frappe.qb.DocType(CASE)
	if readable is None:
		return []
	# not by a filter of Frappe's, which treats an empty date as an early one and which no index of the days answers
	waiting = (case.next_on <= today) & (case.state != "Closed")
	query = frappe.qb.from_(case).select(case.name).where(waiting if readable is True else waiting & readable)
	names = query.orderby(case.next_on).orderby(case.name).limit(limit).run(pluck=True)
	return case_rows({"name": among(names)}, "next_on asc, name asc", limit=limit)


def need_rows(filters: dict, start: int = 0, limit: int = PAGE) -> list[dict]:
	"""Return needs and offers with `whose`, the name of the organisation or section; a private person is not named."""
	rows = frappe.get_list(
		NEED,
		filters,
		[
			*("name", "title", "kind", "what", "party", "organisation", "section", "state"),
			*("published", "wants_publishing", "open_until"),
		],
		order_by="modified desc, name desc",
		start=start,
		limit=limit,
	)
	organisations = titles_of(ORGANISATION, "organisation_name", [row.organisation for row in rows])
	sections = titles_of("Kyodo Section", "section_name", [row.section for row in rows])
	for row in rows:
		row.whose = organisations.get(row.organisation) or sections.get(row.section) or _("Private Person")
	return rows


def introduction_rows(filters: dict, start: int = 0, limit: int = MOST) -> list[dict]:
	"""Return introductions with `with_whom`, the name of the other need, organisation or person."""
	rows = frappe.get_list(
		MATCH,
		filters,
		[
			*("name", "need", "need_title", "kind", "other_need", "organisation", "person", "state", "introduced_on"),
			*("need_answer", "other_answer", "need_contact", "other_contact", "outcome"),
		],
		order_by="introduced_on desc, name desc",
		start=start,
		limit=limit,
	)
	titles = {
		"Need": titles_of(NEED, "title", [row.other_need for row in rows]),
		"Organisation": titles_of(ORGANISATION, "organisation_name", [row.organisation for row in rows]),
		"Person": titles_of(PERSON, "person_name", [row.person for row in rows]),
	}
	for row in rows:
		target = {"Need": row.other_need, "Person": row.person}.get(row.kind, row.organisation)
		row.with_whom = titles[row.kind].get(target, "")
	return rows


def dispatch_rows(filters: dict, start: int = 0, limit: int = MOST) -> list[dict]:
	"""Return dispatches by their first day."""
	return frappe.get_list(
		DISPATCH,
		filters,
		["name", "person", "person_name", "purpose", "topic", "sent_to", "state", "from_date", "to_date", "report"],
		order_by="from_date asc, name asc",
		start=start,
		limit=limit,
	)


def survey_rows(filters: dict, start: int = 0, limit: int = PAGE) -> list[dict]:
	"""Return surveys with `rate`, the share of sheets handed in (0–100 %)."""
	rows = frappe.get_list(
		SURVEY,
		filters,
		["name", "title", "fiscal_year", "state", "opens_on", "closes_on", "asked_count", "answered_count"],
		order_by="opens_on desc, name desc",
		start=start,
		limit=limit,
	)
	for row in rows:
		row.rate = surveys.rules.rate(row.answered_count, row.asked_count)
	return rows


def need_choices() -> dict[str, list[str]]:
	"""Return {fieldname: its options} of the fields by which needs are filtered."""
	return {key: [value for value, _label in forms.choices(NEED, key)] for key in ("kind", "what")}
