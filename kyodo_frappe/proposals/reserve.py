"""The reserve (補欠): proposals in line for the money of a call, and moving one up when an adoption falls out.

The office decides to move a proposal up, never the app. Source: domain.md §7 "After" (補欠・次点 with a rank, moved up when somebody
declines: all of the amount, or what is left).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import call_budget, payable, years
from kyodo_frappe.programme.call_budget import RESERVE
from kyodo_frappe.programme.errors import CallBudgetExceeded
from kyodo_frappe.proposals.decisions import last_decision
from kyodo_frappe.proposals.errors import NotNextInLine
from kyodo_frappe.workflows.guard import check_still_possible, move
from kyodo_frappe.workflows.states import allows

PROPOSAL, DECISION = "Kyodo Proposal", "Kyodo Decision"
WHOLE, LEFT = "Whole Amount", "What Is Left"


def line_of(proposal: Document | dict, noted: bool = False) -> list[dict]:
	"""[{name, title, rank}] of the proposals in line for the same call (or programme and year without calls), the next one first.

	noted: also those to whom a meeting in session gives a place.
	"""
	same = {"programme": proposal.programme, "call": proposal.call or ["is", "not set"]}
	if not proposal.call:
		same["fiscal_year"] = proposal.fiscal_year
	rows = {row.name: row for row in frappe.get_all(PROPOSAL, same, ["name", "title", "workflow_state"], order_by="name")}
	decisions = frappe.get_all(
		DECISION,
		{"proposal": among(list(rows)), "docstatus": ["<", 2], "result": RESERVE},
		["proposal", "rank", "docstatus"],
		order_by="creation",
	)
	found = {}
	for row in decisions:
		waits = rows[row.proposal].workflow_state == RESERVE
		if waits if row.docstatus == 1 else noted:
			found[row.proposal] = frappe._dict(name=row.proposal, title=rows[row.proposal].title, rank=cint(row.rank))
	return sorted(found.values(), key=lambda row: (row.rank, row.name))


def rank_of(proposal: Document) -> int:
	"""Return the rank that the last decision gave to a reserve; 0 for other proposals."""
	decision = last_decision(proposal.name)
	return cint(decision.rank) if decision and decision.result == RESERVE else 0


def whole_amount(proposal: Document) -> int:
	"""Return what a reserve gets if enough is left: the amount of its decision, else what it requested, within what may be paid."""
	return sum(_whole_by_year(proposal).values())


def _whole_by_year(proposal: Document) -> dict[int, int]:
	"""{fiscal year: yen} of `whole_amount`; the key 0 is the only year of a proposal without amounts per year."""
	decision, found = last_decision(proposal.name), payable.of_proposal(proposal)
	given = years.granted(decision) if decision else {}
	if asked := years.requested(proposal):
		limits = {year: one.limit for year, one in found.years}
		wanted = given if any(given.values()) else asked
	else:
		wanted, limits = {0: cint(decision.amount if decision else 0) or cint(proposal.requested_amount)}, {0: found.limit}
	return {year: amount if limits.get(year) is None else min(amount, limits[year]) for year, amount in wanted.items()}


def was_moved_up(proposal: Document) -> bool:
	"""Whether this save moves a reserve up."""
	before = proposal.get_doc_before_save()
	return bool(before and before.workflow_state == RESERVE and proposal.moved_up_on and not before.moved_up_on)


# -- moving up ----------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def offer(proposal: str) -> dict:
	"""Return what the desk shows before a reserve is moved up: {rank, first, whole, left}.

	first: title of the proposal that has to be moved up before, "" for the next in line; left: yen, None without a frame. Raises
	PermissionError.
	"""
	require(OFFICER)
	doc = frappe.get_doc(PROPOSAL, proposal)
	doc.check_permission("read")
	before = _before_in_line(doc)
	left = call_budget.budgets([doc.call], except_for=doc.name)[doc.call].left if doc.call else None
	return {"rank": rank_of(doc), "first": before.title if before else "", "whole": whole_amount(doc), "left": left}


@frappe.whitelist(methods=["POST"])
def move_up(proposal: str, grant: str, reason: str) -> str:
	"""Move a reserve up: the office's act, documented with its reason. Returns the new state.

	grant: Whole Amount or What Is Left. Raises PermissionError, MandatoryError without a reason, and as `check_move_up`.
	"""
	require(OFFICER)
	doc = frappe.get_doc(PROPOSAL, proposal, for_update=True)
	doc.check_permission("write")
	action = "Move Up Pending Budget" if doc.awaits_budget_vote else "Move Up"
	check_still_possible(doc, action)
	doc.update({"move_up_grant": grant, "move_up_reason": (reason or "").strip()})
	doc.save()
	return move(doc, action).workflow_state


def check_move_up(proposal: Document):
	"""Note what a reserve is granted on moving up with its decision, and the day.

	Raises NotNextInLine while another proposal is before it, CallBudgetExceeded where the budget of the call is spent, or has not the
	whole amount left.
	"""
	if before := _before_in_line(proposal):
		frappe.throw(
			_("“{0}” is before this proposal on the reserve list (rank {1}). Move it up first, or record that it declines.").format(
				before.title, before.rank
			),
			NotNextInLine,
		)
	# with the decision, which the budget of the call reads with a lock
	decision, amounts = last_decision(proposal.name), _grant(proposal)
	frappe.db.set_value(DECISION, decision.name, "moved_up_amount", sum(amounts.values()))
	for row in decision.get(years.ROWS):
		frappe.db.set_value(row.doctype, row.name, "granted", amounts.get(row.fiscal_year, 0))
	proposal.moved_up_on = nowdate()


def _before_in_line(proposal: Document) -> dict | None:
	first = next(iter(line_of(proposal)), None)
	return first if first and first.name != proposal.name else None


def _grant(proposal: Document) -> dict[int, int]:
	"""What a reserve is granted on moving up, as `_whole_by_year`, within what the budget of the call has left in each year."""
	whole, lefts = _whole_by_year(proposal), call_budget.lefts_for(proposal.name)
	left = lambda year: lefts.get(year or min(lefts, default=0))
	limited = {year: (amount, left(year)) for year, amount in whole.items() if amount and left(year) is not None}
	if limited and all(rest <= 0 for _amount, rest in limited.values()):
		frappe.throw(
			_("{0}: the budget of the call is spent, nothing is left to move the proposal up with.").format(proposal.title),
			CallBudgetExceeded,
		)
	short = next(((amount, rest) for amount, rest in limited.values() if amount > rest), None)
	if proposal.move_up_grant == WHOLE and short:
		frappe.throw(
			_("{0}: the budget of the call has {1} yen left of the {2} yen. Choose “{3}”, or raise the budget in the call.").format(
				proposal.title, f"{short[1]:,}", f"{short[0]:,}", _(LEFT)
			),
			CallBudgetExceeded,
		)
	return {year: max(0, min(amount, limited[year][1])) if year in limited else amount for year, amount in whole.items()}


# -- the office is told --------------------------------------------------------------------


def tell_office(proposal: Document):
	"""Notify the office which reserve is next after an adoption has fallen through; nothing if none waits or no budget is left."""
	line = line_of(proposal)
	left = call_budget.budgets([proposal.call])[proposal.call].left if proposal.call else None
	if not line or (left is not None and left <= 0):
		return
	amount = "" if left is None else f"{left:,}"
	messages.send("Reserve Waits", frappe.get_doc(PROPOSAL, line[0].name), rank=line[0].rank, amount=amount)


def tell_office_of_adoption(proposal: Document):
	"""As `tell_office`, for a proposal that was turned down after it had been adopted."""
	before = proposal.get_doc_before_save()
	if before and _is_adopted(before):
		tell_office(proposal)


def tell_office_of_project(project: Document):
	"""As `tell_office`, for a project that was called off although its organisation has not declined."""
	if not project.proposal:
		return
	proposal = frappe.get_doc(PROPOSAL, project.proposal)
	if _is_adopted(proposal):
		tell_office(proposal)


def _is_adopted(proposal: Document) -> bool:
	"""Whether a proposal has an adoption that its organisation could decline."""
	return proposal.workflow_state != RESERVE and allows(proposal, "Decline")
