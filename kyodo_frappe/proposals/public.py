"""What everybody may read of proposals, by explicit fields.

A proposal is public with the proposer's consent from the moment the office has received it.
"""

import datetime
from collections.abc import Iterable, Iterator

import frappe
from frappe import _
from frappe.utils import get_datetime, get_timedelta, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.queries import PAGE, among, by_parent, in_batches, page_of, rows_of
from kyodo_frappe.organisations.public import name_fields, name_organisations
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.programme import form_public
from kyodo_frappe.programme.call_budget import RESERVE, granted_by
from kyodo_frappe.programme.call_conditions import adopted_states
from kyodo_frappe.rules import points
from kyodo_frappe.rules.scoring import Score
from kyodo_frappe.rules.totals import PERCENT
from kyodo_frappe.workflows import tallies
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, by_category, states

PROPOSAL = "Kyodo Proposal"
PROPOSAL_FIELDS = (
	*("name", "title", "programme", "workflow_state", "fiscal_year", "organisation", "origin", "public_summary"),
	*("plain_summary", "needs_budget", "decided_on", "received_on", "previous_proposal", "programme_version", "call"),
)
CHAIN_FIELDS = ["name", "title", "workflow_state", "fiscal_year", "previous_proposal"]
LONGEST_CHAIN = 5
WITH_AGENDA = (WAITING, EXAMINED, DECIDED)


def public_filters(**more) -> dict:
	"""Return the filters of public proposals, extended by `more`."""
	shown = states("Kyodo Proposal", public=True)
	return {"publish_consent": 1, "workflow_state": ["in", shown], **programme_visibility.without_drafts(), **more}


def proposals(year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE, programme: str | None = None):
	"""(rows, total) of public proposals: [{name, title, programme, workflow_state, fiscal_year, organisation, …}]"""
	filters = public_filters(**({"programme": programme} if programme else {}))
	if year:
		filters["fiscal_year"] = year
	if state in states("Kyodo Proposal", public=True):
		filters["workflow_state"] = state
	count = tallies.count(PROPOSAL, filters)
	rows = page_of(PROPOSAL, filters, PROPOSAL_FIELDS, [("received_on", "desc"), ("name", "desc")], start, limit, count)
	return _shown(rows), count


def batches() -> Iterator[list[dict]]:
	"""Yield the public proposals, some hundred at a time, by name."""
	return map(_shown, in_batches(PROPOSAL, public_filters(), PROPOSAL_FIELDS))


def _shown(rows: list[dict]) -> list[dict]:
	"""Return the same rows as far as everybody may read them."""
	form_public.blank_undeclared("Kyodo Proposal", rows)
	name_organisations(rows)
	name_fields(rows)
	return rows


def published(names: Iterable[str | None]) -> set[str]:
	"""Return those of the proposals that are public."""
	wanted = sorted({name for name in names if name})
	return set(frappe.get_all(PROPOSAL, public_filters(name=["in", wanted]), pluck="name", order_by="name")) if wanted else set()


def of_fiscal_year(programme: str, year: int) -> list[dict]:
	"""Public proposals of a programme and fiscal year that have been decided, with their last result, in the order of the receipt.

	[{name, title, organisation_name, workflow_state, requested_amount, decided_on, result}]; result: as in `results`. The same number of
	queries however many there are.
	"""
	fields = [*PROPOSAL_FIELDS, "requested_amount", "section"]
	rows = frappe.get_all(PROPOSAL, public_filters(programme=programme, fiscal_year=year), fields, order_by="received_on asc, name asc")
	form_public.blank_undeclared(PROPOSAL, rows)
	name_organisations(rows)
	decided = results([row.name for row in rows])
	for row in rows:
		row.result = next(reversed(decided.get(row.name, [])), None)
	return [row for row in rows if row.result]


def proposal(name: str) -> dict | None:
	"""Return a public proposal with its timeline, project and, once decided, the results; None where it is not public."""
	fields = (
		*("name", "title", "programme", "workflow_state", "fiscal_year", "organisation", "origin", "section"),
		*("public_summary", "plain_summary", "needs_budget", "requested_amount", "previous_proposal"),
		*("submitted_on", "received_on", "decided_on", "programme_version", "call"),
	)
	rows = frappe.get_all("Kyodo Proposal", public_filters(name=name), fields, limit=1)
	if not rows:
		return None
	row = form_public.blank_undeclared("Kyodo Proposal", rows)[0]
	row.more = form_public.further_blocks("Kyodo Proposal", rows)[row.name]
	name_organisations(rows)
	name_fields(rows)
	row.earlier, row.later, row.continues = _earlier(row), _later(row), _continued_project(name)
	row.attempts = attempts([*row.earlier, row, *row.later])
	row.project = next(iter(_projects_of([row.name]).values()), None)
	row.results = results([row.name]).get(row.name, [])
	return row


def of_project(name: str | None) -> list[dict]:
	"""Return the attempts (see `attempts`) that led to a project from its proposal; empty where the proposal is not public."""
	rows = _in_chain(name) if name else []
	return attempts([*_earlier(rows[0]), *rows]) if rows else []


def is_public(name: str) -> bool:
	"""Whether everybody may read a proposal."""
	return bool(_in_chain(name))


@cached_while_reading
def _in_chain(name: str) -> list[dict]:
	return frappe.get_all(PROPOSAL, public_filters(name=name), CHAIN_FIELDS, order_by="name", limit=1)


def attempts(chain: list[dict]) -> list[dict]:
	"""[{name, title, workflow_state, fiscal_year, steps}] of a proposal and its re-proposals, oldest first, all of them public.

	steps: as in `timeline`; a fixed number of queries for the whole chain.
	"""
	steps = {row.name: [] for row in chain}
	for event in timeline(list(steps)):
		steps[event.proposal].append(event)
	fields = ("name", "title", "workflow_state", "fiscal_year")
	return [frappe._dict({field: row[field] for field in fields}, steps=steps[row.name]) for row in chain]


def _continued_project(name: str) -> dict | None:
	"""{name, project_name, fiscal_year} of the published project that a proposal continues."""
	project = frappe.db.get_value("Kyodo Proposal", name, "continued_project")
	shown = {"name": project, "published": 1, "workflow_state": ["in", states("Kyodo Project", public=True)]}
	return frappe.db.get_value("Kyodo Project", shown, ["name", "project_name", "fiscal_year"], as_dict=True) if project else None


def _earlier(row: dict) -> list[dict]:
	"""The public proposals that this one follows, oldest first."""
	found, wanted = [], row.previous_proposal
	while wanted and len(found) < LONGEST_CHAIN:
		rows = frappe.get_all("Kyodo Proposal", public_filters(name=wanted), CHAIN_FIELDS, limit=1)
		found = rows + found
		wanted = rows[0].previous_proposal if rows else None
	return found


def _later(row: dict) -> list[dict]:
	"""The public proposals that follow this one, oldest first."""
	found, newest = [], [row.name]
	for _generation in range(LONGEST_CHAIN):
		rows = frappe.get_all(
			"Kyodo Proposal",
			public_filters(previous_proposal=["in", newest]),
			CHAIN_FIELDS,
			order_by="creation asc",
			limit=PAGE,
		)
		if not rows:
			break
		found += rows
		newest = [r.name for r in rows]
	return found


def timeline(names: list[str], public: bool = True) -> list[dict]:
	"""[{on, at, text, link, proposal}] of what happened to these proposals, oldest first; at: the moment, None where only the day is known.

	public: False for the proposer, who also sees consultations, returns and meetings in every state.
	"""
	drafts, returns = ([], []) if public else (_draft_events(names), _return_events(names))
	found = [
		*drafts,
		*_proposal_events(names, public),
		*returns,
		*_consultation_events(names, public),
		*_meeting_events(names),
		*_decision_events(names, public),
	]
	return sorted((event for event in found if event), key=_in_order)


def _in_order(event: dict) -> tuple:
	"""By day and kind, as a meeting comes before what it decides; then by the moment, and what has none at the end."""
	return event.on, event.weight, event.at is None, event.at or event.on


def _proposal_events(names: list[str], public: bool) -> Iterator[dict | None]:
	fields = [
		*("submitted_on", "first_submitted_on", "received_on", "budget_voted_on", "withdrawn_on"),
		*("name", "moved_up_on", "declined_on", "documents_handed_in_on"),
	]
	for row in frappe.get_all("Kyodo Proposal", {"name": ["in", names]}, fields, order_by="creation asc"):
		same = "%Y-%m-%d" if public else "%Y-%m-%d %H:%M"
		moments = {moment.strftime(same): moment for moment in (row.submitted_on, row.first_submitted_on) if moment}
		for moment in moments.values():
			yield _event(row.name, moment, _("Handed in"))
		yield _event(row.name, row.received_on, _("Received by the office"))
		yield _event(row.name, row.documents_handed_in_on, _("Documents after the section talk handed in"))
		yield _event(row.name, row.budget_voted_on, _("Budget voted"))
		yield _event(row.name, row.withdrawn_on, _("Withdrawn"))
		yield _event(row.name, row.moved_up_on, _("Moved up from the reserve list and adopted"), weight=3)
		yield _event(row.name, row.declined_on, _("Declined by the organisation"), weight=4)


def _draft_events(names: list[str]) -> list[dict]:
	rows = frappe.get_all("Kyodo Proposal", {"name": ["in", names]}, ["name", "creation"], order_by="creation asc")
	return [_event(row.name, row.creation, _("Draft begun")) for row in rows]


def _return_events(names: list[str]) -> list[dict]:
	return [_event(name, moment, _("Correction asked for")) for name, moment in _returns(names)]


def _consultation_events(names: list[str], public: bool) -> Iterator[dict | None]:
	shown = {"kind": "Section Talk"} if public else {"visible_to_organisation": 1}
	filters = {"proposal": ["in", names], **shown}
	for row in frappe.get_all("Kyodo Consultation", filters, ["proposal", "held_on", "kind"], order_by="held_on asc"):
		yield _event(row.proposal, row.held_on, _("Talk with the section in charge") if row.kind == "Section Talk" else _("Advice"))


def _decision_events(names: list[str], public: bool) -> Iterator[dict | None]:
	for decision in _decisions(names):
		text = _("Decision corrected: {0}") if decision.replaces else _("Decision: {0}")
		words = text.format(vocabulary.word(vocabulary.RESULT, decision.result))
		yield _event(decision.proposal, decision.decided_on, words, weight=2)
	for project in _projects_of(names, published=public).values():
		link = f"/kyodo/projects/{project.name}" if project.published else None
		yield _event(project.proposal, project.creation, _("Became a project: {0}").format(project.project_name), link, 3)


def _returns(names: list[str]) -> list[tuple[str, datetime.datetime]]:
	"""[(proposal, moment of a request for corrections)]."""
	rows = frappe.get_all(
		"Kyodo Correction",
		{"parenttype": "Kyodo Proposal", "parent": ["in", names], "returned_on": ["is", "set"]},
		["parent", "returned_on"],
		order_by="returned_on",
	)
	moments = {(row.parent, get_datetime(row.returned_on).replace(second=0, microsecond=0)) for row in rows}
	return sorted(moments, key=lambda pair: pair[1])


def _event(proposal: str, on, text: str, link: str | None = None, weight: int = 0):
	"""An event of `timeline`. on: a day, or a moment."""
	at = on if isinstance(on, datetime.datetime) else None
	return frappe._dict(proposal=proposal, on=getdate(on), at=at, text=text, link=link, weight=weight) if on else None


def _meeting_events(names: list[str]) -> list[dict]:
	items = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": "Kyodo Meeting", "proposal": ["in", names]},
		["parent", "proposal"],
		order_by="parent asc",
	)
	if not items:
		return []
	rows = frappe.get_all(
		"Kyodo Meeting",
		{"name": ["in", [item.parent for item in items]], "workflow_state": ["in", states("Kyodo Meeting", *WITH_AGENDA)]},
		["name", "meeting_type", "meeting_date", "begins_at"],
		order_by="meeting_date asc",
	)
	return [
		_event(
			proposal,
			_beginning(row),
			_("On the agenda of a meeting ({0})").format(vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type)),
			f"/kyodo/meetings/{row.name}",
			1,
		)
		for row in rows
		for proposal in dict.fromkeys(item.proposal for item in items if item.parent == row.name)
	]


def _beginning(meeting: dict) -> datetime.datetime | datetime.date:
	"""When a meeting begins; its day where the time is not known."""
	time = get_timedelta(meeting.begins_at) if meeting.begins_at else None
	known = time is not None and not time.microseconds  # Frappe fills an empty Time with the time of insertion
	return datetime.datetime.combine(meeting.meeting_date, datetime.time()) + time if known else meeting.meeting_date


def _decisions(names: list[str]) -> list[dict]:
	return frappe.get_all(
		"Kyodo Decision",
		{"proposal": ["in", names], "docstatus": 1},
		[
			*("name", "proposal", "result", "rank", "decided_on", "amount", "conditions", "meeting", "agenda_item", "replaces"),
			*("below_reason", "moved_up_amount"),
		],
		order_by="decided_on asc, creation asc",
	)


def corrections_of(decisions: list[str]) -> dict[str, object]:
	"""{decision: day on which a later decision replaced it}"""
	rows = frappe.get_all(
		"Kyodo Decision",
		{"replaces": ["in", decisions], "docstatus": 1},
		["replaces", "decided_on"],
		order_by="creation asc",
	)
	return {row.replaces: row.decided_on for row in rows}


def scores_of(decisions: list[str]) -> dict[str, Score]:
	"""{decision: its result in the points of the city, or its average out of 100} of scored decisions whose programme publishes scores."""
	decision, programme = frappe.qb.DocType("Kyodo Decision"), frappe.qb.DocType("Kyodo Programme")
	committee = frappe.qb.DocType("Kyodo Committee")
	rows = (
		frappe.qb.from_(decision)
		.join(committee)
		.on(committee.name == decision.committee)
		.join(programme)
		.on(programme.name == committee.programme)
		.select(decision.name, decision.average_score, decision.score_points, decision.score_out_of)
		.where(decision.name.isin(decisions or [""]) & (programme.publish_scores == 1))
		.where((decision.average_score > 0) | (decision.score_out_of > 0))
		.orderby(decision.name)
		.run(as_dict=True)
	)
	# decisions of former versions have their average only
	return {row.name: Score(row.score_points, row.score_out_of) if row.score_out_of else Score(row.average_score, PERCENT) for row in rows}


def points_of(decisions: list[str]) -> dict[str, list[dict]]:
	"""{decision: [{question, points, average, out_of}]} of scored decisions whose programme publishes the points per item.

	points: in words, in the scale that was marked; average, out_of: the figures, None on the scale ○△×.
	"""
	decision, programme = frappe.qb.DocType("Kyodo Decision"), frappe.qb.DocType("Kyodo Programme")
	committee, point = frappe.qb.DocType("Kyodo Committee"), frappe.qb.DocType("Kyodo Decision Point")
	rows = (
		frappe.qb.from_(point)
		.join(decision)
		.on((decision.name == point.parent) & (point.parenttype == "Kyodo Decision"))
		.join(committee)
		.on(committee.name == decision.committee)
		.join(programme)
		.on(programme.name == committee.programme)
		.select(decision.name, point.criterion, point.question, point.average, point.out_of, point.marks)
		.where(decision.name.isin(decisions or [""]) & (programme.points_per_item == 1))
		.orderby(decision.name)
		.orderby(point.idx)
		.run(as_dict=True)
	)
	found = {}
	for row in rows:
		shown = frappe._dict(question=row.question or row.criterion, points=points.text(row), average=None, out_of=None)
		if not row.marks:
			shown.update(average=row.average, out_of=row.out_of)
		found.setdefault(row.name, []).append(shown)
	return found


def results(names: list[str], texts: bool = True) -> dict[str, list[dict]]:
	"""{proposal: [{result, rank, decided_on, amount, conditions, below_reason, reasons, points, closed, legal_ground, score, replaces,
	corrected_on}]}

	texts: False leaves reasons and points empty, for long tables. Advice is for the proposer alone. Of an item that the meeting dealt with
	behind closed doors only the result and the legal ground are public, not the reasons.
	"""
	rows = _decisions(names)
	if not rows:
		return {}
	names = [row.name for row in rows]
	closed = _closed_items([row.agenda_item for row in rows])
	reasons = by_parent(rows_of("Kyodo Decision Reason", "Kyodo Decision", names if texts else [], ["question", "finding", "reason"]))
	corrected, scores, per_item = corrections_of(names), scores_of(names), points_of(names) if texts else {}
	found = {}
	for row in rows:
		result = {field: row[field] for field in ("result", "decided_on", "replaces")}
		result["amount"] = granted_by(row)
		result |= {
			"rank": row["rank"] if row.result == RESERVE else 0,
			"corrected_on": corrected.get(row.name),
			"closed": row.agenda_item in closed,
			"legal_ground": closed.get(row.agenda_item),
		}
		if result["closed"]:
			result |= {"conditions": None, "below_reason": None, "reasons": [], "score": None, "points": []}
		else:
			result |= {"conditions": row.conditions, "below_reason": row.below_reason, "reasons": reasons.get(row.name, [])}
			result |= {"score": scores.get(row.name), "points": per_item.get(row.name, [])}
		found.setdefault(row.proposal, []).append(frappe._dict(result))
	return found


def _closed_items(names: list[str]) -> dict[str, str]:
	"""{agenda item behind closed doors: its legal ground}"""
	filters = {"name": ["in", names], "closed": 1}
	rows = frappe.get_all("Kyodo Agenda Item", filters, ["name", "legal_ground"], order_by="name")
	return {row.name: row.legal_ground or "" for row in rows}


def _projects_of(proposals: list[str], published: bool = True) -> dict[str, dict]:
	if not proposals:
		return {}
	rows = frappe.get_all(
		"Kyodo Project",
		{"proposal": ["in", proposals], **({"published": 1} if published else {})},
		["name", "project_name", "proposal", "published", "creation", "workflow_state"],
		order_by="creation asc",
	)
	return {row.proposal: row for row in rows}


def of_organisation(organisation: str) -> list[dict]:
	"""[{name, title, workflow_state, fiscal_year, public_summary, plain_summary}] of an organisation's public proposals, latest first."""
	rows = frappe.get_all(
		"Kyodo Proposal",
		public_filters(organisation=organisation),
		PROPOSAL_FIELDS,
		order_by="fiscal_year desc, name desc",
		limit=100,
	)
	return form_public.blank_undeclared("Kyodo Proposal", rows)


def adopted_examples(call: dict, limit: int = 5) -> list[dict]:
	"""[{name, title, fiscal_year, organisation_name, activity_field, public_summary, project, …}] of public proposals that were adopted in earlier calls
	of the same programme and type, the latest first."""
	alike = {"programme": call.programme, "call_type": call.call_type, "name": ["!=", call.name], "published": 1}
	calls = frappe.get_all("Kyodo Call", alike, pluck="name", order_by="name")
	filters = public_filters(call=among(calls), programme=call.programme)
	filters["workflow_state"] = ["in", [state for state in adopted_states() if state in states("Kyodo Proposal", public=True)]]
	rows = page_of(PROPOSAL, filters, PROPOSAL_FIELDS, [("fiscal_year", "desc"), ("decided_on", "desc"), ("name", "desc")], 0, limit, limit)
	form_public.blank_undeclared("Kyodo Proposal", rows)
	name_organisations(rows)
	name_fields(rows)
	projects = _projects_of([row.name for row in rows])
	for row in rows:
		row.project = projects.get(row.name)
	return rows


def years() -> list[int]:
	"""Return the fiscal years of public proposals, latest first."""
	return tallies.years(PROPOSAL, public_filters())


def counts(programme: str | None = None) -> dict[str, int]:
	"""{category of the state: number of public proposals}, of one programme if given."""
	return by_category(PROPOSAL, tallies.by_state(PROPOSAL, public_filters(**({"programme": programme} if programme else {}))))
