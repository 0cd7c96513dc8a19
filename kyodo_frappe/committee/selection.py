"""Partner selection by contest (国分寺市: プロポーザル方式): proposals of one call compared, ranked, one chosen, all told."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.committee import deliberation, interests, reviews
from kyodo_frappe.committee.meeting_record import locked
from kyodo_frappe.common import request_json
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules import ranking

CHOSEN = ("Adopted", "Adopted Conditionally", "Adopted Pending Budget", "Passed to Step 2")


@frappe.whitelist(methods=["GET"])
def comparison(meeting: str, call: str) -> dict:
	"""What the session page shows of a contest: {call_name, places, rows: [{agenda_item, proposal, title,
	organisation, requested_amount, average, spread, passed, rank, tied, decided}]}, best average first.

	For the office; members have a page of their own. Raises PermissionError.
	"""
	require(OFFICER)
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.check_permission("write")
	for item in _items(doc, call):
		interests.check_impartial(doc, item)
	return compare(doc, call)


def compare(meeting: Document, call: str) -> dict:
	"""As `comparison`, without asking who reads; only released marks are in it."""
	items = _items(meeting, call)
	names = [item.proposal for item in items]
	fields = ["name", "title", "organisation", "requested_amount"]
	facts = {row.name: row for row in frappe.get_all("Kyodo Proposal", {"name": ["in", names]}, fields, order_by="name")}
	organisations = dict(
		frappe.get_all(
			"Kyodo Organisation",
			{"name": ["in", [row.organisation for row in facts.values() if row.organisation] or [""]]},
			["name", "organisation_name"],
			as_list=True,
			order_by="name",
		)
	)
	scores = reviews.summaries(names, reviews.step_of(meeting))
	noted = _noted(meeting, items)
	rows = []
	for place in ranking.by_score({name: scores[name][0].average for name in names}):
		fact, (summary, passed) = facts[place.name], scores[place.name]
		item = next(item for item in items if item.proposal == place.name)
		rows.append(
			{
				"agenda_item": item.name,
				"proposal": place.name,
				"title": fact.title,
				"organisation": organisations.get(fact.organisation, ""),
				"requested_amount": fact.requested_amount,
				"average": summary.average,
				"spread": summary.spread,
				"passed": passed,
				"rank": place.rank,
				"tied": place.tied,
				"decided": noted.get(item.name),
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
) -> list[str]:
	"""Note the outcome of a contest: a decision with a rank for each of its proposals. Returns the draft decisions.

	`order`: proposals, best first; `chosen`: those that are taken, none if nobody is; `reasons`: {proposal: why},
	needed for every one that is not; `result`: what the chosen are told; `note`: why the order is not that of the
	averages, needed where it is not. All or nothing. Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	doc = locked(meeting, "write")
	order, chosen, reasons = request_json.names(order), request_json.names(chosen), request_json.values(reasons)
	items = {item.proposal: item for item in _items(doc, call)}
	with translate_rule_errors():
		ranking.check(order, chosen, items, places_of(call))
	if result not in CHOSEN:
		frappe.throw(_("Please say with which result the chosen proposal goes on."))
	_check_reasons(items, order, chosen, reasons)
	_check_note(doc, order, note)
	return [
		_note(doc, items[name], rank, call, result if name in chosen else "Not Adopted", reasons.get(name), note)
		for rank, name in enumerate(order, 1)
	]


def open_points(meeting: Document) -> list[str]:
	"""Sentences for contests that are not settled as a whole."""
	found = []
	for call, items in interests.contests(meeting).items():
		noted = _noted(meeting, items)
		taken = [item.subject for item in items if noted.get(item.name) in CHOSEN]
		if len(taken) > places_of(call):
			found.append(
				_("More proposals of one contest are chosen than it has places ({0}): {1}.").format(places_of(call), _(", ").join(taken))
			)
	return found


def places_of(call: str) -> int:
	"""How many proposals a contest chooses."""
	return cint(frappe.db.get_value("Kyodo Call", call, "places")) or 1


def _items(meeting: Document, call: str) -> list[Document]:
	items = interests.contests(meeting).get(call)
	if not items:
		frappe.throw(_("No proposals of that contest are on the agenda of this meeting."))
	return items


def _noted(meeting: Document, items: list[Document]) -> dict[str, str]:
	rows = frappe.get_all(
		"Kyodo Decision",
		{"meeting": meeting.name, "agenda_item": ["in", [item.name for item in items]], "docstatus": ["<", 2]},
		["agenda_item", "result"],
		order_by="name",
	)
	return {row.agenda_item: row.result for row in rows}


def _check_reasons(items: dict[str, Document], order: list[str], chosen: list[str], reasons: dict):
	silent = [items[name].subject for name in order if name not in chosen and not str(reasons.get(name) or "").strip()]
	if silent:
		frappe.throw(_("Please give the reason for each that is not chosen: {0}.").format(_(", ").join(silent)))


def _check_note(meeting: Document, order: list[str], note: str | None):
	scores = reviews.summaries(order, reviews.step_of(meeting))
	if ranking.departs(order, {name: scores[name][0].average for name in order}) and not (note or "").strip():
		frappe.throw(_("The order is not that of the average scores. Please say why."))


def _note(meeting: Document, item: Document, rank: int, call: str, result: str, reason: str | None, note: str | None) -> str:
	decision = deliberation.draft_of(meeting.name, item.name)
	rows = [{"question": _("Comparison of the proposals", lang=RECORD_LANGUAGE), "reason": text} for text in (reason, note) if text]
	content = {"result": result, "rank": rank, "call": call, "reasons": rows}
	return deliberation.write_decision(meeting, item.name, decision, content, grant_requested=True)
