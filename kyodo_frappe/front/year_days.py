"""The days of a fiscal year at the desk: calls, meetings, deadlines and events, as a week and as a ribbon from April to March."""

import datetime

import frappe
from frappe import _
from frappe.utils import add_days, cint, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import year as programme_year
from kyodo_frappe.rules import era
from kyodo_frappe.rules.era import fiscal_year, fiscal_year_range
from kyodo_frappe.web import charts
from kyodo_frappe.workflows.states import OVER, WRITING, states

CALL, MEETING, EVENT, DEADLINE, DUE = "Call", "Meeting", "Event", "Deadline", "Due"
MOST = 300  # of each kind in a year
MOST_DUE = 50
WEEK = 7


def of_year(year: int) -> list[dict]:
	"""[{kind, begin, end, title, doctype, name}] of a fiscal year that the user may read, by day; `end`: of calls, else as `begin`."""
	first, last = fiscal_year_range(year)
	# a week at the end of March goes on in April
	last = max(last, getdate(add_days(getdate(), WEEK))) if first <= getdate() <= last else last
	found = [*_calls(first, last), *_meetings(first, last), *_events(first, last), *_deadlines(first, last)]
	return sorted(found, key=lambda row: (row["begin"], row["kind"], row["title"]))


def week(days: list[dict], today: datetime.date) -> list[dict]:
	"""[{day, today, rows: [{kind, title, doctype, name}]}] of the days from today on that have something."""
	last = getdate(add_days(today, WEEK - 1))
	by_day: dict[datetime.date, list[dict]] = {}
	for row in [*_moments(days), *_due(today, last)]:
		if today <= row["on"] <= last:
			by_day.setdefault(row["on"], []).append({part: row[part] for part in ("kind", "title", "doctype", "name")})
	return [{"day": short_day(day), "today": day == today, "rows": by_day[day]} for day in sorted(by_day)]


def ribbon(days: list[dict], today: datetime.date) -> dict:
	"""{months, now, lanes, bars, marks, list}: the year as `web/charts.py` places it, and the same days in words."""
	first, last = fiscal_year_range(fiscal_year(today))
	scale = charts.YearScale(first, last)
	calls = [row for row in days if row["kind"] == CALL and row["begin"] <= last]
	marks = [row for row in days if row["kind"] != CALL and row["begin"] <= last]
	lanes = charts.lanes([(row["begin"], row["end"]) for row in calls])
	return {
		"months": [{"x": x, "width": width, "month": _("{0} (month)").format(month)} for month, x, width in scale.months()],
		"now": scale.place(today),
		"lanes": max(lanes, default=-1) + 1,
		"bars": [
			{**_shown(row), "lane": lane, **dict(zip(("x", "width"), scale.bar(row["begin"], row["end"]), strict=True))}
			for row, lane in zip(calls, lanes, strict=True)
		],
		"marks": [{**_shown(row), "x": scale.place(row["begin"])} for row in marks],
		"list": [
			{"day": short_day(row["on"]), "month": row["on"].month, "past": row["on"] < today, **_kind_and_title(row)}
			for row in _moments(days)
			if first <= row["on"] <= last
		],
	}


def short_day(day: datetime.date) -> str:
	"""A day as `era.short_day` writes it today."""
	return era.short_day(day, getdate())


def _shown(row: dict) -> dict:
	until = f" – {short_day(row['end'])}" if row["end"] != row["begin"] else ""
	return {**_kind_and_title(row), "day": f"{short_day(row['begin'])}{until}"}


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
	rows = _rows("Kyodo Call", {"opens_on": ["<=", last], "closes_on": [">=", first]}, ["call_name", "opens_on", "closes_on"], "opens_on")
	return [_day(CALL, row.opens_on, row.call_name, "Kyodo Call", row.name, row.closes_on) for row in rows]


def _meetings(first: datetime.date, last: datetime.date) -> list[dict]:
	filters = {"meeting_date": ["between", [first, last]], "workflow_state": ["not in", states("Kyodo Meeting", OVER)]}
	rows = _rows("Kyodo Meeting", filters, ["meeting_title", "meeting_type", "meeting_date", "begins_at"], "meeting_date")
	return [_day(MEETING, row.meeting_date, _meeting_title(row), "Kyodo Meeting", row.name) for row in rows]


def _meeting_title(row: dict) -> str:
	title = row.meeting_title or vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type) or row.name
	return f"{title} {row.begins_at or ''}".strip()


def _events(first: datetime.date, last: datetime.date) -> list[dict]:
	filters = {"held_on": ["between", [first, last]], "state": ["!=", "Cancelled"]}
	rows = _rows("Kyodo Event", filters, ["event_name", "held_on", "begins_at"], "held_on")
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
		filters = {"due_date": ["between", [today, last]], "workflow_state": ["in", states(doctype, WRITING)]}
		for row in _rows(doctype, filters, ["project_name", "due_date"], "due_date", MOST_DUE):
			found.append({**_day(DUE, row.due_date, label.format(row.project_name), doctype, row.name), "on": getdate(row.due_date)})
	return found


def _rows(doctype: str, filters: dict, fields: list[str], by: str, limit: int = MOST) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, filters, ["name", *fields], order_by=f"{by} asc, name asc", limit=cint(limit))


def _day(kind: str, begin, title: str, doctype: str, name: str, end=None) -> dict:
	begin = getdate(begin)
	return {"kind": kind, "begin": begin, "end": getdate(end) if end else begin, "title": title, "doctype": doctype, "name": name}
