"""Partner selection by contest (国分寺市: プロポーザル方式): the proposals of one call are compared and ranked together."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.committee import deliberation, interests, reviews
from kyodo_frappe.committee.errors import NotOnAgenda, ReasonRequired
from kyodo_frappe.committee.meeting_record import locked
from kyodo_frappe.common import request_json
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.proposals.reserve import RESERVE
from kyodo_frappe.rules import ranking
from kyodo_frappe.rules.scoring import Summary

CHOSEN_RESULTS = ("Adopted", "Adopted Conditionally", "Adopted Pending Budget", "Passed to Step 2")


@frappe.whitelist(methods=["GET"])
def comparison(meeting: str, call: str) -> dict:
	"""Return the comparison of a contest for the session page.

	{call_name, places, rows: [{agenda_item, proposal, title, organisation, requested_amount, average, points, spread, passed,
	rank, tied, decided}]}; points: the result where it is not the average out of 100, best average first. Raises PermissionError for users outside the office.
	"""
	require(OFFICER)
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.check_permission("write")
	for item in _contest_items(doc, call):
		interests.check_impartial(doc, item)
	return compare(doc, call)


def compare(meeting: Document, call: str) -> dict:
	"""Return the same as `comparison` without checking permissions; only released marks are used."""
	items = _contest_items(meeting, call)
	names = [item.proposal for item in items]
	fields = ["name", "title", "organisation", "requested_amount"]
	facts = {row.name: row for row in frappe.get_all("Kyodo Proposal", {"name": ["in", names]}, fields, order_by="name")}
	organisations = dict(
		frappe.get_all(
			"Kyodo Organisation",
			{"name": among([row.organisation for row in facts.values() if row.organisation])},
			["name", "organisation_name"],
			as_list=True,
			order_by="name",
		)
	)
	scores = reviews.summaries(names, reviews.step_of(meeting))
	results, rules = _recorded_results(meeting, items), reviews.rules_by_proposal(names)
	rows = []
	for ranked in ranking.by_score({name: _standing(scores[name][0]) for name in names}):
		fact, (summary, passed) = facts[ranked.name], scores[ranked.name]
		item = next(item for item in items if item.proposal == ranked.name)
		rows.append(
			{
				"agenda_item": item.name,
				"proposal": ranked.name,
				"title": fact.title,
				"organisation": organisations.get(fact.organisation, ""),
				"requested_amount": fact.requested_amount,
				"average": summary.average,
				"points": reviews.own_points(rules[ranked.name], summary),
				"spread": summary.spread,
				"passed": passed,
				"rank": ranked.rank,
				"tied": ranked.tied,
				"decided": results.get(item.name),
			}
		)
	call_row = frappe.db.get_value("Kyodo Call", call, ["call_name", "places"], as_dict=True)
	return {"call_name": call_row.call_name, "places": places_of(call), "rows": rows}


@frappe.whitelist(methods=["POST"])
def record_selection(
	meeting: str,
	call: str,
	order: list | str,
	chosen: list | str,
	reasons: dict | str | None = None,
	result: str = "Adopted",
	note: str | None = None,
	reserves: list | str | None = None,
) -> list[str]:
	"""Record the outcome of a contest as one ranked draft decision per proposal; all of them or none. Returns their names.

	`order`: proposals, best first; `chosen`: those that are selected, possibly none; `reserves`: those of the others that are put on
	the reserve list, in that order; `reasons`: {proposal: reason}, required for each that is turned down, and for each that is
	selected below the pass mark; `result`: of the chosen ones; `note`: why the order differs from the averages, required if it
	does. Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	doc = locked(meeting, "write")
	order, chosen, reasons = request_json.names(order), request_json.names(chosen), request_json.values(reasons)
	waiting = [name for name in order if name in request_json.names(reserves or []) and name not in chosen]
	items = {item.proposal: item for item in _contest_items(doc, call)}
	with translate_rule_errors():
		ranking.check_ranking(order, chosen, items, places_of(call))
	if result not in CHOSEN_RESULTS:
		frappe.throw(_("Please choose the result for the selected proposals."), InputMissing)
	_check_reasons(items, order, [*chosen, *waiting], reasons)
	_check_note(doc, order, note)
	_forget_ranks(doc, items.values())
	names = []
	for place, name in enumerate(order, 1):
		outcome = result if name in chosen else RESERVE if name in waiting else "Not Adopted"
		rank = waiting.index(name) + 1 if name in waiting else place
		names.append(_record(doc, items[name], rank, call, outcome, reasons.get(name), note))
	return names


def _standing(summary: Summary) -> float | None:
	"""Return what proposals are compared by: the result in percent, as members who step aside make a sum smaller."""
	return summary.score.percent if summary.score else None


def open_points(meeting: Document) -> list[str]:
	"""Return sentences about contests in which more proposals are chosen than there are places."""
	found = []
	for call, items in interests.contests(meeting).items():
		results = _recorded_results(meeting, items)
		chosen = [item.subject for item in items if results.get(item.name) in CHOSEN_RESULTS]
		if len(chosen) > places_of(call):
			found.append(
				_("More proposals are selected in a contest than it has places ({0}): {1}.").format(places_of(call), _(", ").join(chosen))
			)
	return found


def places_of(call: str) -> int:
	"""Return how many proposals a contest selects."""
	return cint(frappe.db.get_value("Kyodo Call", call, "places")) or 1


def _contest_items(meeting: Document, call: str) -> list[Document]:
	items = interests.contests(meeting).get(call)
	if not items:
		frappe.throw(_("No proposals of that contest are on the agenda of this meeting."), NotOnAgenda)
	return items


def _recorded_results(meeting: Document, items: list[Document]) -> dict[str, str]:
	rows = frappe.get_all(
		"Kyodo Decision",
		{"meeting": meeting.name, "agenda_item": ["in", [item.name for item in items]], "docstatus": ["<", 2]},
		["agenda_item", "result"],
		order_by="name",
	)
	return {row.agenda_item: row.result for row in rows}


def _check_reasons(items: dict[str, Document], order: list[str], chosen: list[str], reasons: dict):
	without_reason = [items[name].subject for name in order if name not in chosen and not str(reasons.get(name) or "").strip()]
	if without_reason:
		frappe.throw(
			_("Please give a reason for each proposal that is not selected: {0}.").format(_(", ").join(without_reason)), ReasonRequired
		)


def _check_note(meeting: Document, order: list[str], note: str | None):
	scores = reviews.summaries(order, reviews.step_of(meeting))
	if ranking.departs_from_scores(order, {name: _standing(scores[name][0]) for name in order}) and not (note or "").strip():
		frappe.throw(_("The order differs from the average scores. Please give the reason."), ReasonRequired)


def _forget_ranks(meeting: Document, items: Iterable[Document]):
	"""Clear the ranks of the drafts that are recorded again, so that two reserves can change places."""
	drafts = deliberation.draft_decisions(meeting.name)
	for item in items:
		if item.name in drafts:
			frappe.db.set_value("Kyodo Decision", drafts[item.name], "rank", 0, update_modified=False)


def _record(meeting: Document, item: Document, rank: int, call: str, result: str, reason: str | None, note: str | None) -> str:
	decision = deliberation.draft_decision(meeting.name, item.name)
	rows = [{"question": _("Comparison of the proposals", lang=RECORD_LANGUAGE), "reason": text} for text in (reason, note) if text]
	below_reason = reason if result != "Not Adopted" else None
	content = {"result": result, "rank": rank, "call": call, "reasons": rows, "below_reason": below_reason}
	return deliberation.write_decision(meeting, item.name, decision, content, grant_requested=True)
