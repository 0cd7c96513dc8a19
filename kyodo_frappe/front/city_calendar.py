"""The calendar of the city's staff: meetings, events, days of calls and what is due, as far as the user may read the records.

The desk shows it (public/js/desk/calendar.js), of one kind of record or of all; calendar programs follow it through the
feed of own_calendar.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.utils import getdate

from kyodo_frappe.common import calendar_files
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.columns import hidden_fields
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.programme import deadlines
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.workflows import states

MOST = 500  # entries of one kind; a month has a few dozen
PROGRAMME = "Kyodo Programme"
DEADLINE_COLOUR = "purple"  # of days that rules set, which no state of a record colours


@dataclass(frozen=True)
class Source:
	"""A day of a kind of record. `day`, `title`, `begins_at`, `ends_at`, `place`: its fields; `categories`: of the states that count."""

	doctype: str
	day: str
	title: str
	categories: tuple[str, ...] = ()
	begins_at: str = ""
	ends_at: str = ""
	place: str = ""

	def label(self) -> str:
		"""Return what happens on the day."""
		return {
			("Kyodo Call", "opens_on"): _("Call Opens"),
			("Kyodo Call", "closes_on"): _("Call Closes"),
			("Kyodo Event", "held_on"): _("Event"),
			("Kyodo Meeting", "meeting_date"): _("Meeting"),
			("Kyodo Report", "due_date"): _("Report due"),
			("Kyodo Evaluation Round", "due_date"): _("Evaluation due"),
			("Kyodo Proposal", "documents_due_on"): _("Documents due"),
			("Kyodo Support Case", "next_on"): _("To Follow Up"),
		}[self.doctype, self.day]


_UNDER_WAY = (states.WRITING, states.WAITING, states.EXAMINED, states.DECIDED)
SOURCES = (
	Source("Kyodo Meeting", "meeting_date", "meeting_title", _UNDER_WAY, "begins_at", "ends_at", "place"),
	Source("Kyodo Event", "held_on", "event_name", _UNDER_WAY, "begins_at", "ends_at", "place"),
	Source("Kyodo Call", "opens_on", "call_name"),
	Source("Kyodo Call", "closes_on", "call_name"),
	Source("Kyodo Report", "due_date", "project_name", (states.WRITING,)),
	Source("Kyodo Evaluation Round", "due_date", "project_name", (states.WRITING,)),
	Source("Kyodo Proposal", "documents_due_on", "title", (states.WRITING,)),
	Source("Kyodo Support Case", "next_on", "subject", (states.WAITING, states.EXAMINED)),
)


@frappe.whitelist(methods=["GET"])
def events(start: str, end: str, doctype: str = "", **_further: str) -> list[dict]:
	"""Return the entries between two days that the user may read, for Frappe's calendar; of one DocType, or of all.

	[{name, doctype, record, title, start, end, all_day, colour, docstatus}]. `_further`: what Frappe's calendar sends besides. Raises PermissionError.
	"""
	require(OFFICER, MANAGER, SECTION)
	found = entries(start, end, doctype)
	# Frappe's calendar lets users drag whatever is no submitted record
	fixed = [{**entry, "start": str(entry["start"]), "end": str(entry["end"]), "docstatus": 1} for entry in found]
	return [{**entry, "name": str(number)} for number, entry in enumerate(fixed)]


def entries(start, end, doctype: str = "") -> list[dict]:
	"""Return the entries between two days, by day: [{doctype, record, title, place, start, end, all_day, yearly, colour}]."""
	begin, last = getdate(start), getdate(end)
	found = [entry for source in SOURCES if doctype in ("", source.doctype) for entry in _of_source(source, begin, last)]
	if doctype in ("", PROGRAMME):
		found += _deadlines(begin, last)
	return sorted(found, key=lambda entry: (str(entry["start"]), entry["title"]))


def _of_source(source: Source, begin, last) -> Iterator[dict]:
	if not frappe.has_permission(source.doctype, "read") or source.day in hidden_fields(source.doctype):
		return
	state = _state_field(source.doctype)
	wanted = {source.day: ["between", [begin, last]]}
	if source.categories:
		wanted[state] = ["in", _states(source)]
	fields = [one for one in ("name", source.day, source.title, state, source.begins_at, source.ends_at, source.place) if one]
	for row in frappe.get_list(source.doctype, wanted, list(dict.fromkeys(fields)), order_by=f"{source.day}, name", limit=MOST):
		span = calendar_files.span_of(row[source.day], row.get(source.begins_at), row.get(source.ends_at))
		colour = states.colours_of(source.doctype).get(row.get(state)) if state else DEADLINE_COLOUR
		yield _entry(source.doctype, row.name, f"{source.label()}：{_title(row, source)}", span, colour, row.get(source.place))


def _title(row: dict, source: Source) -> str:
	return row.get(source.title) or row.name


def _states(source: Source) -> list[str]:
	plain = states.without_workflow().get(source.doctype)
	if plain is None:
		return states.states(source.doctype, *source.categories)
	return [state for state, category in plain.items() if category in source.categories]


def _state_field(doctype: str) -> str:
	meta = frappe.get_meta(doctype)
	return next((name for name in ("workflow_state", "state") if meta.has_field(name)), "")


def _deadlines(begin, last) -> Iterator[dict]:
	for name in programme_visibility.running():
		programme = frappe.get_cached_doc(PROGRAMME, name)
		for row in programme.deadline_rules:
			rule = deadlines.rule_of(programme, row.code)
			if not rule.yearly or (row.code == deadlines.DOCUMENTS and not programme.documents_after_talk):
				continue
			for year in range(fiscal_year(begin) - 1, fiscal_year(last) + 1):
				day = deadlines.due(programme, row.code, year=year)
				if day and begin <= day <= last:
					yield _entry(
						PROGRAMME, name, f"{_('Deadline')}：{rule.label}", calendar_files.span_of(day, None, None), DEADLINE_COLOUR
					)


def _entry(doctype: str, record: str, title: str, span: calendar_files.Span, colour: str | None, place: str | None = None) -> dict:
	begin, end = span
	all_day = not hasattr(begin, "hour")
	if all_day:
		end = begin  # Frappe's calendar counts the last day itself
	else:
		begin, end = begin.replace(tzinfo=None), end.replace(tzinfo=None)
	return {
		"doctype": doctype,
		"record": record,
		"title": title,
		"place": place or "",
		"start": begin,
		"end": end,
		"all_day": int(all_day),
		"yearly": int(doctype == PROGRAMME),
		"colour": colour or states.NO_COLOUR,
	}
