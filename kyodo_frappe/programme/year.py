"""The year of a programme: its calls, meetings, deadlines and events, as one calendar; and making its calls and events."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.programme import deadlines
from kyodo_frappe.programme.calls import FROM_SCREENING
from kyodo_frappe.rules.deadlines import due_date
from kyodo_frappe.rules.era import era_date, in_year
from kyodo_frappe.rules.meeting_plan import year_plan
from kyodo_frappe.rules.programme_year import call_plan, event_plan

CALL, EVENT = "Kyodo Call", "Kyodo Event"
OF_CALL = (
	*("call_name", "call_type", "ceiling", "rate", "rounding", "frame", "years", "one_per_organisation", "places"),
	*("for_next_year", "description"),
)
OF_EVENT = ("event_name", "event_kind", "audience", "begins_at", "capacity", "description")


@frappe.whitelist(methods=["POST"])
def make_calls(programme: str, fiscal_year: int) -> list[str]:
	"""Make the calls of a fiscal year from the programme's plan, not published yet; one that is there is not made again.

	Calls that the programme takes from the service screening (themes, selections of a partner) are left to it. Returns the
	names of the new ones.
	Raises PermissionError, ValidationError.
	"""
	doc = _planned(programme, "call_plan")
	year = cint(fiscal_year)
	with translate_rule_errors():
		plan = call_plan(_rows(doc.call_plan), year, deadlines.closures(doc))
	there = _there(CALL, "call_name", doc.name, year)
	made = []
	for call in plan:
		from_screening = doc.theme_from_screening and call.row["call_type"] in FROM_SCREENING
		name = in_year(call.row["call_name"], year)
		if name not in there and not from_screening:
			values = {field: call.row.get(field) for field in OF_CALL}
			values |= {"call_name": name, "programme": doc.name, "fiscal_year": year, "opens_on": call.opens, "closes_on": call.closes}
			made.append(_insert(CALL, values))
	return made


@frappe.whitelist(methods=["POST"])
def make_events(programme: str, fiscal_year: int) -> list[str]:
	"""Make the events of a fiscal year from the programme's plan, not announced yet; one that is there is not made again.

	Returns the names of the new ones. Raises PermissionError, ValidationError.
	"""
	doc = _planned(programme, "event_plan")
	year = cint(fiscal_year)
	with translate_rule_errors():
		plan = event_plan(_rows(doc.event_plan), year)
	there = _there(EVENT, "event_name", doc.name, year)
	made = []
	for event in plan:
		name = in_year(event.row["event_name"], year)
		if name not in there:
			values = {field: event.row.get(field) for field in OF_EVENT}
			made.append(_insert(EVENT, {**values, "event_name": name, "programme": doc.name, "held_on": event.day}))
	return made


@frappe.whitelist(methods=["GET"])
def calendar(programme: str, fiscal_year: int) -> list[dict]:
	"""`year_of` a programme with the days in words, for its form. Raises PermissionError, ValidationError."""
	doc = frappe.get_doc("Kyodo Programme", programme)
	doc.check_permission("read")
	return in_words(year_of(doc, cint(fiscal_year)))


def year_of(programme: Document, fiscal_year: int) -> list[dict]:
	"""[{on, kind, title, note}] of a fiscal year in the order of the days; `programme` may be one that is not saved yet.

	kind: Call Opens, Call Closes, Meeting, Deadline, Event. Raises ValidationError for a day that does not exist.
	"""
	with translate_rule_errors():
		found = [*_call_days(programme, fiscal_year), *_meeting_days(programme, fiscal_year)]
		found += [*_deadline_days(programme, fiscal_year), *_event_days(programme, fiscal_year)]
	return sorted(found, key=lambda row: (row["on"], row["kind"], row["title"]))


def in_words(rows: list[dict]) -> list[dict]:
	"""The calendar with its days in the Japanese era and its kinds in the reader's language."""
	kinds = {
		"Call Opens": _("Call Opens"),
		"Call Closes": _("Call Closes"),
		"Meeting": _("Meeting"),
		"Deadline": _("Deadline"),
		"Event": _("Event"),
	}
	return [{**row, "on": str(row["on"]), "day": era_date(row["on"]), "kind_shown": kinds[row["kind"]]} for row in rows]


def kind_of_call(call_type: str) -> str:
	"""A type of call in the reader's words; “Open” means any theme, not that it is open now."""
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


def _deadline_days(programme, year):
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


def _planned(programme: str, table: str) -> Document:
	require(OFFICER, MANAGER)
	# two who press the button at once: the second waits here and finds what the first has made
	doc = frappe.get_doc("Kyodo Programme", programme, for_update=True)
	if not doc.get(table):
		frappe.throw(_("The programme plans none yet. Enter them there under “{0}”.").format(_(doc.meta.get_label(table))))
	return doc


def _there(doctype: str, title: str, programme: str, year: int) -> set[str]:
	# as they are at this moment, not as they were when the transaction began (a locking read)
	table = frappe.qb.DocType(doctype)
	of_year = (table.programme == programme) & (table.fiscal_year == year)
	return set(frappe.qb.from_(table).select(table[title]).where(of_year).orderby(table.name).for_update().run(pluck=True))


def _insert(doctype: str, values: dict) -> str:
	return frappe.get_doc({"doctype": doctype, **values}).insert().name
