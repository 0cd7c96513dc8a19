"""The parts of the front page besides its texts: the cycle with its present step, stories, coming dates, figures.

All of it comes from the rooms' public.py; the number of queries does not depend on the number of records.
"""

import frappe
from frappe import _
from frappe.utils import add_days, getdate, nowdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, WRITING

SOON = 45  # days: a meeting so near means that proposals are being examined
COMING = 6
STORIES = 3
SUMMARY_LENGTH = 70


def happenings(meetings: list[dict], programme: str | None) -> list[dict]:
	"""[{on, clock, title, kind, place, address, programme, free}] of the next meetings and events, the next first."""
	held = [
		frappe._dict(
			on=row.meeting_date,
			clock=row.begins_at,
			title=f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)}".strip(),
			kind=_("Open to the public") if row.open_to_public else _("Meeting"),
			place=row.place,
			address=f"/kyodo/meetings/{row.name}",
			programme=row.programme,
		)
		for row in meetings
	]
	events = [
		frappe._dict(
			on=row.held_on,
			clock=row.begins_at,
			title=row.event_name,
			kind=_(row.event_kind) if row.event_kind else "",
			place=row.place,
			address=f"/kyodo/events/{row.name}",
			programme=row.programme,
		)
		for row in learning_public.coming_events(limit=COMING, programme=programme)
	]
	return sorted([*held, *events], key=lambda row: (str(row.on), str(row.clock or "")))[:COMING]


def stories(programme: str | None) -> list[dict]:
	"""Return the newest published projects, each with `activity_field` for its cover and a `summary` of one or two lines."""
	rows = project_public.newest(STORIES, programme)
	organisation_public.name_fields(rows)
	for row in rows:
		text = " ".join((row.public_summary or row.plain_summary or "").split())
		row.summary = text[:SUMMARY_LENGTH] + "…" if len(text) > SUMMARY_LENGTH else text
	return rows


def figures(proposals: int, programme: str | None) -> list[dict]:
	"""[{number, label, address}] of what is public in all years."""
	return [
		{"number": proposals, "label": _("Proposals"), "address": "/kyodo/proposals"},
		{"number": sum(project_public.counts(programme).values()), "label": _("Projects"), "address": "/kyodo/projects"},
		{"number": organisation_public.count(), "label": _("Registered organisations"), "address": "/kyodo/organisations"},
	]


def cycle(calls: list[dict], meetings: list[dict], programme: str | None) -> list[dict]:
	"""[{key, label, icon, note, now}] of the six steps of a programme's cycle; `now` is True for the present step.

	`calls`, `meetings`: those that are open or will come. The present step is an open call, else a meeting that is near, else
	the first step at which something is being done.
	"""
	proposals = proposal_public.counts(programme)
	projects = project_public.counts(programme)
	talking = proposals.get(WAITING, 0) + proposals.get(EXAMINED, 0)
	notes = {
		"propose": _call_note(calls),
		"talk": _("{0} proposals").format(talking) if talking else "",
		"examine": _("Meeting on {0}").format(_in_short(meetings[0].meeting_date)) if meetings else "",
		"agree": _being(projects.get(WRITING, 0)),
		"carry-out": _being(projects.get(WAITING, 0)),
		"evaluate": _being(projects.get(EXAMINED, 0) + projects.get(DECIDED, 0)),
	}
	near = bool(meetings) and getdate(meetings[0].meeting_date) <= getdate(add_days(nowdate(), SOON))
	active = {**{key: bool(note) for key, note in notes.items()}, "propose": any(call.open for call in calls), "examine": near}
	order = ("propose", "examine", "talk", "agree", "carry-out", "evaluate")
	now = next((key for key in order if active[key]), None)
	return [{"key": key, "label": label, "icon": icon, "note": notes[key], "now": key == now} for key, label, icon in _steps()]


def _steps() -> list[tuple[str, str, str]]:
	return [
		("propose", _("Proposing"), "pencil-plus"),
		("talk", _("Talking it over"), "messages"),
		("examine", _("Examining"), "clipboard-check"),
		("agree", _("Agreeing"), "writing-sign"),
		("carry-out", _("Carrying out"), "tools"),
		("evaluate", _("Evaluating"), "chart-bar"),
	]


def _call_note(calls: list[dict]) -> str:
	opened = [call for call in calls if call.open]
	if opened:
		return _("Open until {0}").format(_in_short(opened[0].closes_on)) if opened[0].closes_on else _("Open all year")
	opening = sorted(str(call.opens_on) for call in calls if call.opens_on)
	return _("Opens on {0}").format(_in_short(opening[0])) if opening else ""


def _in_short(value) -> str:
	"""A day without its year, because there is little room and the day is near."""
	date = getdate(value)
	return _("{0}/{1} (month/day)").format(date.month, date.day)


def _being(number: int) -> str:
	return _("{0} projects").format(number) if number else ""
