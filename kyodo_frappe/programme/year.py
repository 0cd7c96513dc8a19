"""The year of a programme: calls, meetings, deadlines and events in one calendar; creating its calls and events."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.stored_values import columns_of
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.programme import call_rules, deadlines
from kyodo_frappe.programme.calls import FROM_SCREENING
from kyodo_frappe.programme.errors import NotPlanned
from kyodo_frappe.rules.deadlines import due_date
from kyodo_frappe.rules.era import era_date, in_year
from kyodo_frappe.rules.meeting_plan import year_plan
from kyodo_frappe.rules.programme_year import call_plan, event_plan

CALL, EVENT = "Kyodo Call", "Kyodo Event"
CALL_FIELDS = (
	*("call_name", "call_type", "ceiling", "rate", "rounding", "frame", "years", "one_per_organisation", "places"),
	*("for_next_year", "description"),
	*call_rules.PLANNED,
)
EVENT_FIELDS = ("event_name", "event_kind", "audience", "begins_at", "capacity", "description")


@frappe.whitelist(methods=["POST"])
def make_calls(programme: str, fiscal_year: int) -> list[str]:
	"""Create the calls of a fiscal year from the programme's plan, unpublished; returns the names of the new ones.

	A call that exists is not created again. Where the programme takes themes and selections of a partner from the service screening, these
	are left out. Raises PermissionError, ValidationError.
	"""
	doc = _locked_programme(programme, "call_plan")
	year = cint(fiscal_year)
	with translate_rule_errors():
		plan = call_plan(_rows(doc.call_plan), year, deadlines.closures(doc))
	existing = _existing_titles(CALL, "call_name", doc.name, year)
	names = []
	for call in plan:
		from_screening = doc.theme_from_screening and call.row["call_type"] in FROM_SCREENING
		name = in_year(call.row["call_name"], year)
		if name not in existing and not from_screening:
			values = {field: call.row.get(field) for field in CALL_FIELDS}
			values |= {"call_name": name, "programme": doc.name, "fiscal_year": year, "opens_on": call.opens, "closes_on": call.closes}
			values |= _tables_of_last_year(doc.name, call.row["call_name"], year)
			names.append(_insert(CALL, values))
	return names


@frappe.whitelist(methods=["POST"])
def make_events(programme: str, fiscal_year: int) -> list[str]:
	"""Create the events of a fiscal year from the programme's plan, unannounced; returns the names of the new ones.

	An event that exists is not created again. Raises PermissionError, ValidationError.
	"""
	doc = _locked_programme(programme, "event_plan")
	year = cint(fiscal_year)
	with translate_rule_errors():
		plan = event_plan(_rows(doc.event_plan), year)
	existing = _existing_titles(EVENT, "event_name", doc.name, year)
	names = []
	for event in plan:
		name = in_year(event.row["event_name"], year)
		if name not in existing:
			values = {field: event.row.get(field) for field in EVENT_FIELDS}
			names.append(_insert(EVENT, {**values, "event_name": name, "programme": doc.name, "held_on": event.day}))
	return names


@frappe.whitelist(methods=["GET"])
def calendar(programme: str, fiscal_year: int) -> list[dict]:
	"""Return `year_of` a programme in words. Raises PermissionError, ValidationError."""
	doc = frappe.get_doc("Kyodo Programme", programme)
	doc.check_permission("read")
	return describe(year_of(doc, cint(fiscal_year)))


def year_of(programme: Document, fiscal_year: int) -> list[dict]:
	"""[{on, kind, title, note}] of a fiscal year by date; `programme` may be unsaved.

	kind: Call Opens, Call Closes, Meeting, Deadline, Event. Raises ValidationError for a day that does not exist.
	"""
	with translate_rule_errors():
		found = [*_call_days(programme, fiscal_year), *_meeting_days(programme, fiscal_year)]
		found += [*deadline_days(programme, fiscal_year), *_event_days(programme, fiscal_year)]
	return sorted(found, key=lambda row: (row["on"], row["kind"], row["title"]))


def describe(rows: list[dict]) -> list[dict]:
	"""Return the rows of `year_of` with era dates, and their kinds in the language of the user."""
	kinds = {
		"Call Opens": _("Call Opens"),
		"Call Closes": _("Call Closes"),
		"Meeting": _("Meeting"),
		"Deadline": _("Deadline"),
		"Event": _("Event"),
	}
	return [{**row, "on": str(row["on"]), "day": era_date(row["on"]), "kind_shown": kinds[row["kind"]]} for row in rows]


def kind_of_call(call_type: str) -> str:
	"""Return a type of call in the language of the user; “Open” means any theme, not that the call is open now."""
	return _("Any theme") if call_type == "Open" else _(call_type)


def _call_days(programme, year):
	for call in call_plan(_rows(programme.call_plan), year, deadlines.closures(programme)):
		note = kind_of_call(call.row["call_type"])
		name = in_year(call.row["call_name"], year)
		yield _day(call.opens, "Call Opens", name, note)
		yield _day(call.closes, "Call Closes", name, note)


def _meeting_days(programme, year):
	for meeting in year_plan(_rows(programme.meeting_plan), year, deadlines.closures(programme)):
		yield _day(
			meeting.day, "Meeting", vocabulary.word(vocabulary.MEETING_TYPE, meeting.meeting_type), meeting.topic or meeting.begins_at
		)


def deadline_days(programme: Document, year: int) -> Iterator[dict]:
	"""Yield the days of a programme's yearly deadlines in a fiscal year, as rows of `year_of`."""
	for row in programme.deadline_rules:
		rule = deadlines.rule_of(programme, row.code)
		if rule.yearly:
			yield _day(due_date(rule, fiscal_year=year, closures=deadlines.closures(programme)), "Deadline", rule.label, rule.remedy)


def _event_days(programme, year):
	for event in event_plan(_rows(programme.event_plan), year):
		yield _day(event.day, "Event", in_year(event.row["event_name"], year), _(event.row.get("event_kind") or ""))


def _day(on, kind: str, title: str, note: str) -> dict:
	return {"on": on, "kind": kind, "title": title, "note": note or ""}


def _rows(table: list[Document]) -> list[dict]:
	return [row.as_dict() for row in table]


def _locked_programme(programme: str, table: str) -> Document:
	require(OFFICER, MANAGER)
	# of two simultaneous requests, the second waits here and finds what the first has created
	doc = frappe.get_doc("Kyodo Programme", programme, for_update=True)
	if not doc.get(table):
		frappe.throw(
			_("The programme plans none yet. Enter them in the programme under “{0}”.").format(_(doc.meta.get_label(table))), NotPlanned
		)
	return doc


def _existing_titles(doctype: str, title: str, programme: str, year: int) -> set[str]:
	# a locking read sees what is committed by now, not what the transaction saw when it began
	table = frappe.qb.DocType(doctype)
	of_year = (table.programme == programme) & (table.fiscal_year == year)
	return set(frappe.qb.from_(table).select(table[title]).where(of_year).orderby(table.name).for_update().run(pluck=True))


def _tables_of_last_year(programme: str, call_name: str, year: int) -> dict:
	"""{table: rows} of the criteria, documents and questions that the same call had of its own in the year before."""
	before = {"programme": programme, "call_name": in_year(call_name, year - 1), "fiscal_year": year - 1}
	if not (name := frappe.db.get_value(CALL, before, "name", order_by="creation desc")):
		return {}
	doc = frappe.get_doc(CALL, name)
	return {table: [{field: row.get(field) for field in columns_of(row.doctype)} for row in doc.get(table)] for table in call_rules.TABLES}


def _insert(doctype: str, values: dict) -> str:
	return frappe.get_doc({"doctype": doctype, **values}).insert().name
