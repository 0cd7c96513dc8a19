"""The content of an annual report on a fiscal year, only from what the rooms publish (`public.py`, `public_figures.py`).

| part | source |
|---|---|
| figures and pictures | front/yearly_figures.py, as on /kyodo/figures: public proposals, published projects and evaluations |
| projects | partnership/public.py: published ones that ran in the year; evaluation/public.py: published rounds of the year |
| decisions and reasons | proposals/public.py: public proposals of the year; no reasons of closed items |
| committee | committee/public.py: public meetings; names of members only where the programme's minutes name them |
| events | learning/public.py: public events that were held |
| deadlines | partnership/public.py (reports of published projects), front/yearly_figures.py (days to a decision, to an answer) |

What is not published is not counted either: the figures are those of the public page. The number of queries does not grow with the
number of projects.
"""

import frappe
from frappe import _

from kyodo_frappe.committee import public as committee_public
from kyodo_frappe.committee.minutes_draft import GROUPS
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.printing import day, lines, number, word, yen
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.front import figures, yearly_figures
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.programme.call_budget import ADOPTED
from kyodo_frappe.programme.call_conditions import adopted_states
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules.era import era_year

YEARS_IN_PICTURES = 5


def figures_of(programme: str, year: int) -> dict:
	"""Return {rows, charts, known} of a fiscal year: [(label, text)] of its figures, pictures of the years up to it."""
	years = [row for row in _years(programme) if row["fiscal_year"] <= year][-YEARS_IN_PICTURES:]
	own = next((row for row in years if row["fiscal_year"] == year), None)
	meetings = committee_public.count_held(programme, year)
	return {
		"known": bool(own or meetings),
		"rows": _rows(own or {}, meetings),
		"charts": [chart for chart in figures.charts_of(years) if chart] if own else [],
	}


@cached_while_reading
def _years(programme: str) -> list[dict]:
	return yearly_figures.compute(programme)["years"]


def _rows(row: dict, meetings: int) -> list[tuple[str, str]]:
	days = lambda value: "－" if value is None else _("{0} days").format(number(value))
	mark = lambda value: "－" if value is None else number(value)
	return [
		(_("Proposals"), _("{0} items").format(row.get("proposals", 0))),
		(_("Adopted"), _("{0} items").format(row.get("adopted", 0))),
		(_("Proposed again after a refusal"), _("{0} items").format(row.get("again", 0))),
		(_("Amount Asked For"), yen(row["asked"]) if row.get("asked") is not None else "－"),
		(_("Amount Granted"), yen(row.get("granted", 0))),
		(_("Meetings held"), _("{0} times").format(meetings)),
		(_("Days from receipt to decision"), days(row.get("days"))),
		(_("Published evaluations"), _("{0} items").format(row.get("rounds", 0))),
		(_("Marks of the city on average"), mark(row.get("mark_city"))),
		(_("Marks of the organisations on average"), mark(row.get("mark_organisation"))),
	]


def projects_of(programme: str, year: int) -> list[dict]:
	"""Return the projects of a fiscal year, each with its texts, figures, indicators and `evaluation` (or None)."""
	rows = project_public.of_fiscal_year(programme, year)
	evaluations = evaluation_public.of_fiscal_year([row.name for row in rows], year)
	return [_project(row, evaluations.get(row.name)) for row in rows]


def _project(row: dict, evaluation: dict | None) -> dict:
	dates = [day(value) for value in (row.from_date, row.completed_on or row.to_date)]
	return frappe._dict(
		name=row.name,
		project_name=row.project_name,
		summary=row.public_summary or row.plain_summary or "",
		facts=[
			(_("Organisation"), row.organisation_name or _("(name not published)")),
			(_("Section in Charge"), row.section or "－"),
			(_("Form of Collaboration"), row.form or "－"),
			(_("Period"), _("from {0} to {1}").format(*dates) if all(dates) else dates[0]),
			(_("State"), word(row.workflow_state)),
			(_("Borne by the city"), yen(row.granted) if row.granted else "－"),
			(_("Settled Amount"), yen(row.settled) if row.settled is not None else _("(not settled yet)")),
		],
		indicators=[_indicator(one, row.reported) for one in row.indicators],
		photos=row.photos,
		evaluation=_evaluation(evaluation) if evaluation else None,
	)


def _indicator(row: dict, reported: bool) -> tuple[str, ...]:
	found = paper_forms.result_of(frappe._dict(row, result_note="－" if reported else "", actual=row.get("actual")))
	return found["indicator"], found["baseline"], found["target"], found["actual"] or "－", found["achieved"] or "－"


def _evaluation(row: dict) -> dict:
	mark = lambda value: "－" if value is None else number(value)
	return {
		"phase": word(row.phase),
		"marks": (mark(row.city), mark(row.organisation), mark(row.gap)),
		"talk": [*lines(row.dialogue), *row.talks],
		"outcome": word(row.outcome),
		"summary": lines(row.summary),
	}


def decisions_of(programme: str, year: int) -> list[dict]:
	"""Return the decided public proposals of a fiscal year, each {title, organisation, result, amount, decided_on, reasons, closed}.

	reasons: [text] of a refusal, as far as it is public; closed: the ground on which the meeting was not open, else "".
	"""
	found = []
	for row in proposal_public.of_fiscal_year(programme, year):
		result, refused = row.result, row.result.result not in ADOPTED and not row.result.amount
		reasons = [*map(_reason, result.reasons), *lines(result.conditions)] if refused else []
		found.append(
			frappe._dict(
				title=row.title,
				organisation=row.organisation_name or ("" if row.has_organisation else row.section or ""),
				result=_result(row),
				amount=yen(result.amount) if result.amount else "－",
				decided_on=day(result.decided_on),
				refused=refused,
				reasons=reasons,
				closed=(result.legal_ground or _("not open to the public")) if result.closed else "",
			)
		)
	return found


def _result(row: dict) -> str:
	"""What became of a proposal in the end: the budget may have been voted after the decision."""
	if row.workflow_state in adopted_states():
		return word(row.workflow_state)
	return vocabulary.word(vocabulary.RESULT, row.result.result, RECORD_LANGUAGE)


def _reason(row: dict) -> str:
	finding = f"（{row.finding}）" if row.finding else ""
	return f"{row.question or ''}{finding}　{row.reason or ''}".strip("　")


def committees_of(programme: str, year: int) -> list[dict]:
	"""Return the committees that met in a fiscal year: {committee, members, names, meetings}, as texts."""
	found = []
	for row in committee_public.committees_of_year(programme, year):
		sides = "、".join(f"{GROUPS.get(side, side)}　{_('{0} people').format(count)}" for side, count in row.members.items())
		found.append(frappe._dict(committee=row.committee, members=sides, names="、".join(row.names), meetings=map(_meeting, row.meetings)))
	return found


def _meeting(row: dict) -> tuple[str, ...]:
	return (
		day(row.meeting_date),
		vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE),
		_("Examined in writing") if row.document_review else row.place or "－",
		str(row["items"]),
		str(row.present),
	)


def evaluations_of(projects: list[dict]) -> list[tuple[str, ...]]:
	"""Return [(project, marks of the city, of the organisation, difference)] of the evaluated projects, the largest difference first."""
	rows = [(row.project_name, *row.evaluation["marks"]) for row in projects if row.evaluation]
	return sorted(rows, key=lambda row: -1.0 if row[-1] == "－" else float(row[-1]), reverse=True)


def events_of(programme: str, year: int) -> list[tuple[str, ...]]:
	"""Return [(day, name, kind, people who were there)] of the events of a fiscal year."""
	return [
		(day(row.held_on), row.event_name, word(row.event_kind), _("{0} people").format(row.attended) if row.attended else "－")
		for row in learning_public.events_of_year(programme, year)
	]


def deadlines_of(programme: str, year: int) -> list[tuple[str, str]]:
	"""Return [(label, text)]: how many reports came in time, how long decisions and answers took."""
	kept, due = project_public.reports_in_time(programme, year)
	row = next((one for one in _years(programme) if one["fiscal_year"] == year), {})
	days = lambda value: "－" if value is None else _("{0} days").format(number(value))
	return [
		(_("Reports handed in by their day"), _("{0} of {1} reports").format(kept, due) if due else "－"),
		(_("Days from receipt to decision"), days(row.get("days"))),
		(_("Answer of the city (median)"), days(row.get("answer_city"))),
		(_("Answer of the organisations (median)"), days(row.get("answer_organisation"))),
	]


def year_words(year: int) -> str:
	"""Return a fiscal year as the report writes it."""
	return era_year(year)
