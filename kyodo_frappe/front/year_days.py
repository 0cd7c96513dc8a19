"""The days of a fiscal year at the desk: calls, meetings, deadlines and events, as a week and as a ribbon from April to March."""

import datetime
from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Criterion
from frappe.utils import add_days, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.permissions import hooks, programme_visibility
from kyodo_frappe.programme import year as programme_year
from kyodo_frappe.rules import era
from kyodo_frappe.rules.era import fiscal_year, fiscal_year_range
from kyodo_frappe.web import charts
from kyodo_frappe.workflows import tallies
from kyodo_frappe.workflows.states import OVER, WRITING, states

CALL, MEETING, EVENT, DEADLINE, DUE = "Call", "Meeting", "Event", "Deadline", "Due"
MOST = 300  # of each kind in a year
MOST_DUE = 50
MOST_OF_DAY = 20  # of the week
WEEK = 7
_READ = ("Kyodo Call", "Kyodo Meeting", "Kyodo Event", "Kyodo Programme", "Kyodo Meeting Type")  # what the days are read from


def shown(today: datetime.date) -> dict:
	"""{week, ribbon} as functions of these names have them, kept until something changes that they are read from."""
	ribbon_of = lambda: ribbon(of_year(fiscal_year(today)), today)
	return {"week": week(today), "ribbon": _kept("ribbon", today, ribbon_of)}


def _kept(what: str, today: datetime.date, compute: Callable[[], Any]) -> Any:
	readable = [str(hooks.as_listed(doctype)) for doctype in _READ]
	return tallies.kept(f"days:{what}:{today}:{frappe.local.lang}:{readable}", _READ, compute)


def of_year(year: int) -> list[dict]:
	"""[{kind, begin, end, title, doctype, name}] of a fiscal year that the user may read, by day; `end`: of calls, else as `begin`."""
	return _between(*fiscal_year_range(year))


def _between(first: datetime.date, last: datetime.date) -> list[dict]:
	found = [*_calls(first, last), *_meetings(first, last), *_events(first, last), *_deadlines(first, last)]
	return sorted(found, key=lambda row: (row["begin"], row["kind"], row["title"]))


def week(today: datetime.date) -> list[dict]:
	"""[{day, today, rows: [{kind, title, doctype, name}], more}] of the days from today on that have something. more: beside MOST_OF_DAY rows."""
	last = getdate(add_days(today, WEEK - 1))
	by_day: dict[datetime.date, list[dict]] = {}
	for row in [*_kept("week", today, lambda: _moments(_between(today, last))), *_due(today, last)]:
		if today <= row["on"] <= last:
			by_day.setdefault(row["on"], []).append({part: row[part] for part in ("kind", "title", "doctype", "name")})
	return [
		{
			"day": era.short_day(day, today),
			"today": day == today,
			"rows": by_day[day][:MOST_OF_DAY],
			"more": max(len(by_day[day]) - MOST_OF_DAY, 0),
		}
		for day in sorted(by_day)
	]


def ribbon(days: list[dict], today: datetime.date) -> dict:
	"""{months, now, lanes, bars, marks, days, next}: the year as `web/charts.py` places it.

	marks: one for each kind and day, with `more` days of that kind beside the one that it names; days: how many rows `in_words` has; next: the
	first of them from today on, or None.
	"""
	first, last = fiscal_year_range(fiscal_year(today))
	scale = charts.YearScale(first, last)
	calls = [row for row in days if row["kind"] == CALL]
	lanes = charts.lanes([(row["begin"], row["end"]) for row in calls])
	moments = [row["on"] for row in _moments(days) if first <= row["on"] <= last]
	return {
		"months": [{"x": x, "width": width, "month": _("{0} (month)").format(month)} for month, x, width in scale.months()],
		"now": scale.place(today),
		"lanes": max(lanes, default=-1) + 1,
		"bars": [
			{**_shown(row, today), "lane": lane, **dict(zip(("x", "width"), scale.bar(row["begin"], row["end"]), strict=True))}
			for row, lane in zip(calls, lanes, strict=True)
		],
		"marks": _marks(days, scale, today),
		"days": len(moments),
		"next": next(iter(in_words([row for row in days if row["end"] >= today], today, today)), None),
	}


def _marks(days: list[dict], scale: charts.YearScale, today: datetime.date) -> list[dict]:
	found: dict[tuple, dict] = {}
	for row in days:
		if row["kind"] == CALL:
			continue
		spot = (row["kind"], row["begin"])
		if spot in found:
			found[spot]["more"] += 1
		else:
			found[spot] = {**_shown(row, today), "x": scale.place(row["begin"]), "more": 0}
	return list(found.values())


def in_words(days: list[dict], today: datetime.date, since: datetime.date | None = None) -> list[dict]:
	"""[{day, month, past, kind, title, doctype, name}] of the fiscal year's days. since: leave out those before it."""
	first, last = fiscal_year_range(fiscal_year(today))
	return [
		{"day": era.short_day(row["on"], today), "month": row["on"].month, "past": row["on"] < today, **_kind_and_title(row)}
		for row in _moments(days)
		if max(first, since or first) <= row["on"] <= last
	]


def _shown(row: dict, today: datetime.date) -> dict:
	until = f" – {era.short_day(row['end'], today)}" if row["end"] != row["begin"] else ""
	return {**_kind_and_title(row), "day": f"{era.short_day(row['begin'], today)}{until}"}


def _kind_and_title(row: dict) -> dict:
	return {part: row[part] for part in ("kind", "title", "doctype", "name")}


def _moments(days: list[dict]) -> list[dict]:
	"""The rows of `of_year` with the day `on`: a call has two, its first and its last."""
	found = []
	for row in days:
		if row["kind"] == CALL:
			found.append({**row, "on": row["begin"], "title": _("{0} opens").format(row["title"])})
			found.append({**row, "on": row["end"], "title": _("{0} closes").format(row["title"])})
		else:
			found.append({**row, "on": row["begin"]})
	return sorted(found, key=lambda row: row["on"])


# -- where the days come from -------------------------------------------------------------------


def _calls(first: datetime.date, last: datetime.date) -> list[dict]:
	open_then = lambda call: (call.opens_on <= last) & (call.closes_on >= first)
	rows = _rows("Kyodo Call", open_then, ["call_name", "opens_on", "closes_on"], "opens_on")
	return [_day(CALL, row.opens_on, row.call_name, "Kyodo Call", row.name, row.closes_on) for row in rows]


def _meetings(first: datetime.date, last: datetime.date) -> list[dict]:
	planned = lambda meeting: meeting.meeting_date[first:last] & meeting.workflow_state.notin(states("Kyodo Meeting", OVER) or [""])
	rows = _rows("Kyodo Meeting", planned, ["meeting_title", "meeting_type", "meeting_date", "begins_at"], "meeting_date")
	return [_day(MEETING, row.meeting_date, _meeting_title(row), "Kyodo Meeting", row.name) for row in rows]


def _meeting_title(row: dict) -> str:
	title = row.meeting_title or vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type) or row.name
	return f"{title} {row.begins_at or ''}".strip()


def _events(first: datetime.date, last: datetime.date) -> list[dict]:
	planned = lambda event: event.held_on[first:last] & (event.state != "Cancelled")
	rows = _rows("Kyodo Event", planned, ["event_name", "held_on", "begins_at"], "held_on")
	return [_day(EVENT, row.held_on, f"{row.event_name} {row.begins_at or ''}".strip(), "Kyodo Event", row.name) for row in rows]


def _deadlines(first: datetime.date, last: datetime.date) -> list[dict]:
	found = []
	several = len(programme_visibility.running()) > 1
	for name in programme_visibility.running():
		programme = frappe.get_cached_doc("Kyodo Programme", name)
		for year in {fiscal_year(first), fiscal_year(last)}:
			for row in programme_year.deadline_days(programme, year):
				title = f"{row['title']}（{programme.programme_name}）" if several else row["title"]
				if first <= row["on"] <= last:
					found.append(_day(DEADLINE, row["on"], title, "Kyodo Programme", name))
	return found


def _due(today: datetime.date, last: datetime.date) -> list[dict]:
	"""What falls due in these days: reports and evaluation sheets."""
	found = []
	for doctype, label in (("Kyodo Report", _("Report due: {0}")), ("Kyodo Evaluation Round", _("Evaluation due: {0}"))):
		writing = states(doctype, WRITING) or [""]
		due = lambda record, writing=writing: record.due_date[today:last] & record.workflow_state.isin(writing)
		for row in _rows(doctype, due, ["project_name", "due_date"], "due_date", MOST_DUE):
			found.append({**_day(DUE, row.due_date, label.format(row.project_name), doctype, row.name), "on": getdate(row.due_date)})
	return found


def _rows(doctype: str, where: Callable[[Any], Criterion], fields: list[str], by: str, limit: int = MOST) -> list[dict]:
	"""The first records of some days that the user may read. Not through `frappe.get_list`, whose conditions no index of days can answer."""
	readable = hooks.as_listed(doctype)
	if readable is None:
		return []
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name, *(table[field] for field in fields)).where(where(table))
	query = query if readable is True else query.where(readable)
	return query.orderby(table[by]).orderby(table.name).limit(limit).run(as_dict=True)


def _day(kind: str, begin, title: str, doctype: str, name: str, end=None) -> dict:
	begin = getdate(begin)
	return {"kind": kind, "begin": begin, "end": getdate(end) if end else begin, "title": title, "doctype": doctype, "name": name}
