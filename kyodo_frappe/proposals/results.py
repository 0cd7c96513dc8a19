"""The public table of results of a call: who proposed what, what was asked for, how it came out.

Source: domain.md §7 "Criteria" (points in the published table); issue 15, point 5 (申請額, points, 決定額, totals). A row says what the
public page of its proposal says already, and nothing else.
"""

import datetime

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.utils import cint

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.queries import PAGE, among
from kyodo_frappe.organisations.public import name_organisations
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import form_public
from kyodo_frappe.programme.call_budget import ADOPTED, RESERVE
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.workflows import tallies
from kyodo_frappe.workflows.states import states

CALL, PROPOSAL = "Kyodo Call", "Kyodo Proposal"
CALL_FIELDS = ("name", "call_name", "programme", "fiscal_year", "closes_on", "section")
FIELDS = (
	*("name", "title", "programme", "programme_version", "call", "workflow_state", "organisation", "origin", "fiscal_year"),
	*("requested_amount", "decided_on"),
)
DECLINED = "Declined"
# whose records the public table is made of
DEPENDS_ON = ("Kyodo Proposal", "Kyodo Decision", "Kyodo Call", "Kyodo Meeting", "Kyodo Programme")
# results of a step that is not the last
NOT_FINAL = ("Passed to Step 2",)


def calls(programme: str | None = None, limit: int = PAGE) -> list[dict]:
	"""[{name, call_name, programme, fiscal_year, closes_on, section}] of the calls whose results are published, the latest first."""
	return frappe.get_all(
		CALL, _published(programme=programme), CALL_FIELDS, order_by="fiscal_year desc, closes_on desc, name", limit=limit
	)


def of_call(name: str, start: int = 0, limit: int | None = None) -> dict | None:
	"""Return {…, rows, number, requested, granted, with_points, others} of a call, None where its results are not published.

	rows: as `rows_of`, from a place on; number: of all rows; requested, granted: totals in yen; others: the number of decided proposals
	that are not public.
	"""
	found = frappe.get_all(CALL, _published(name=name), CALL_FIELDS, limit=1)
	if not found:
		return None
	call = found[0]
	# many people read a long table on the day it is published
	key = f"results:{name}:{sorted(proposal_public.public_filters().items())}"
	rows, call.others = tallies.kept(key, DEPENDS_ON, lambda: _with_others(name))
	call.rows, call.number = _named([frappe._dict(row) for row in rows[start : None if limit is None else start + limit]]), len(rows)
	call.requested = sum(row.requested_amount or 0 for row in rows)
	call.granted = sum(row.amount or 0 for row in rows)
	call.with_points = any(row.score for row in rows)
	return call


def _with_others(name: str) -> tuple[list[dict], int]:
	"""(the rows of a call, the number of decided proposals that are not public)"""
	rows = _decided_rows([name])
	return rows, len(_decided(name) - {row.name for row in rows})


def rows_of(calls: list[str]) -> list[dict]:
	"""[{name, title, call, organisation_name, requested_amount, score, amount, result, decided_on, closed, …}] of the public proposals to
	these calls that have been decided, in the order of the results; result: in words.

	score: as the programme publishes it; amount: yen granted. Both are None where the proposal has none.
	"""
	return _named(_decided_rows(calls))


def _named(rows: list[dict]) -> list[dict]:
	"""Give rows the names of their organisations and their results in words; return them."""
	name_organisations(rows)
	for row in rows:
		row.result = _in_words(row)
	return rows


def _decided_rows(calls: list[str]) -> list[dict]:
	"""As `rows_of`, without organisations and words."""
	rows = frappe.get_all(PROPOSAL, proposal_public.public_filters(call=among(calls)), FIELDS, order_by="received_on, name")
	form_public.blank_undeclared(PROPOSAL, rows)
	results = proposal_public.results([row.name for row in rows], texts=False)
	found = []
	for row in rows:
		last = next(reversed(results.get(row.name, [])), None)
		if last is None or last.result in NOT_FINAL:
			continue
		declined = row.workflow_state == DECLINED
		row.update(result_id=last.result, score=last.score, closed=last.closed, decided_on=last.decided_on)
		row.reserve_rank, row.requested_amount = last["rank"], cint(row.requested_amount) or None
		row.amount = None if declined else last.amount or None
		found.append(row)
	return sorted(found, key=_place)


def decided_on(call: str) -> datetime.date | None:
	"""Return the last day on which a result of a call was decided that everybody may read, None before."""
	proposal, decision = frappe.qb.DocType(PROPOSAL), frappe.qb.DocType("Kyodo Decision")
	public = (proposal.publish_consent == 1) & proposal.workflow_state.isin(states(PROPOSAL, public=True))
	final = (decision.docstatus == 1) & decision.result.notin(NOT_FINAL)
	joined = frappe.qb.from_(decision).join(proposal).on(proposal.name == decision.proposal)
	return joined.select(Max(decision.decided_on)).where((decision.call == call) & final & public).run()[0][0]


def _published(**more) -> dict:
	filters = {field: value for field, value in more.items() if value}
	return {"results_published": 1, **({} if filters.get("programme") else programme_visibility.without_drafts()), **filters}


def _decided(call: str) -> set[str]:
	"""The names of the proposals to a call that have been decided for good, public or not."""
	proposal, decision = frappe.qb.DocType(PROPOSAL), frappe.qb.DocType("Kyodo Decision")
	rows = (
		frappe.qb.from_(decision)
		.join(proposal)
		.on(proposal.name == decision.proposal)
		.select(proposal.name)
		.distinct()
		.where((proposal.call == call) & (decision.docstatus == 1) & decision.result.notin(NOT_FINAL))
		.orderby(proposal.name)
		.run(as_dict=True)
	)
	return {row.name for row in rows}


def _in_words(row: dict) -> str:
	word = vocabulary.word(vocabulary.RESULT, row.result_id)
	if row.workflow_state == DECLINED:
		return _("{0}, declined by the organisation").format(word)
	if row.result_id == RESERVE and row.workflow_state != RESERVE:
		return _("{0}, moved up and adopted").format(word)
	return word + (_("(rank {0})").format(row.reserve_rank) if row.result_id == RESERVE else "")


def _place(row: dict) -> tuple:
	"""Adopted proposals first, the highest points first as far as they are published."""
	group = 0 if row.result_id in ADOPTED else 1 if row.result_id == RESERVE else 2
	return (row.workflow_state == DECLINED, group, row.reserve_rank, -(row.score.percent if row.score else 0))
