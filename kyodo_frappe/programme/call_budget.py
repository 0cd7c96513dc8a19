"""The budget of a call for all of its proposals together, and what is left of it. Amounts are whole yen."""

from collections import defaultdict
from dataclasses import asdict, dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.programme.errors import CallBudgetExceeded
from kyodo_frappe.workflows.states import OVER, drafts, states

DECISION = "Kyodo Decision"
ADOPTED = ("Adopted", "Adopted Conditionally", "Adopted Pending Budget")
RESERVE = "Reserve"  # the result and the state


@dataclass(frozen=True)
class CallBudget:
	"""frame: of the call, 0 for none; asked: by the submitted proposals; granted: by decisions and on moving up, of a project that was
	called off only what was paid; left: None without a frame; proposals: number."""

	frame: int
	asked: int
	granted: int
	left: int | None
	proposals: int


def budgets(calls: list[str], except_for: str | None = None, lock: bool = False) -> dict[str, CallBudget]:
	"""{call: CallBudget} in four queries, however many calls.

	except_for: a proposal whose decision is left out; lock: read decisions as they are committed by now, with a lock.
	"""
	frames = dict(frappe.get_all("Kyodo Call", {"name": ["in", calls or [""]]}, ["name", "frame"], as_list=True, order_by="name"))
	proposals = frappe.get_all(
		"Kyodo Proposal",
		{
			"call": ["in", calls or [""]],
			"workflow_state": ["not in", [*drafts("Kyodo Proposal"), *states("Kyodo Proposal", OVER), "Not Adopted"]],
		},
		["name", "call", "requested_amount"],
		order_by="name",
	)
	granted = _granted([row.name for row in proposals if row.name != except_for], lock)
	found = defaultdict(lambda: [0, 0, 0])
	for row in proposals:
		sums = found[row.call]
		sums[0] += cint(row.requested_amount)
		sums[1] += granted.get(row.name, 0)
		sums[2] += 1
	for row in _called_off(calls):
		if row.proposal != except_for:
			found[row.call][1] += row.paid - granted.get(row.proposal, 0)
	return {call: _budget(cint(frame), *found[call]) for call, frame in frames.items()}


@frappe.whitelist(methods=["GET"])
def frame_of(call: str) -> dict:
	"""Return the CallBudget of a call as a dict, for the office.

	It includes decisions that are noted and not announced, and what competitors request. Raises PermissionError.
	"""
	require(OFFICER, MANAGER)
	doc = frappe.get_doc("Kyodo Call", call)
	doc.check_permission("read")
	return asdict(budgets([doc.name])[doc.name])


def check_budget(decision: Document):
	"""Raise CallBudgetExceeded for an adoption that the budget of its call can no longer pay."""
	if decision.result not in ADOPTED or not cint(decision.amount):
		return
	left = left_for(decision.proposal)
	if left is not None and cint(decision.amount) > left:
		frappe.throw(
			_(
				"{0}: the budget of the call has {1} yen left; {2} yen exceed it by {3} yen. Grant less, or raise the budget in the call."
			).format(
				decision.proposal_title or decision.proposal,
				*(f"{n:,}" for n in (left, cint(decision.amount), cint(decision.amount) - left)),
			),
			exc=CallBudgetExceeded,
		)


def left_for(proposal: str) -> int | None:
	"""Return what the budget of its call has left for a proposal in yen; None without a call or a frame.

	Locks the call: of two simultaneous decisions, the second waits here and counts the first.
	"""
	call = frappe.db.get_value("Kyodo Proposal", proposal, "call")
	if not call:
		return None
	frappe.db.get_value("Kyodo Call", call, "name", for_update=True)
	return budgets([call], except_for=proposal, lock=True)[call].left


def granted_by(decision: Document | dict) -> int:
	"""Return the yen that a decision grants; for a reserve what it was granted on moving up, 0 before."""
	if decision.result == RESERVE:
		return cint(decision.moved_up_amount)
	return cint(decision.amount)


def _called_off(calls: list[str]) -> list[dict]:
	"""[{call, proposal, paid}] of the proposals whose project was called off and not begun anew; paid: yen, less refunds."""
	proposal, project = frappe.qb.DocType("Kyodo Proposal"), frappe.qb.DocType("Kyodo Project")
	payment = frappe.qb.DocType("Kyodo Payment")
	rows = (
		frappe.qb.from_(project)
		.join(proposal)
		.on(proposal.name == project.proposal)
		.left_join(payment)
		.on((payment.parent == project.name) & (payment.parenttype == "Kyodo Project") & payment.paid_on.isnotnull())
		.select(proposal.call, project.proposal, project.workflow_state, payment.kind, payment.amount)
		.where(proposal.call.isin(calls or [""]))
		.orderby(project.name)
		.run(as_dict=True)
	)
	alive = {row.proposal for row in rows if row.workflow_state != "Cancelled"}
	found = {row.proposal: frappe._dict(call=row.call, proposal=row.proposal, paid=0) for row in rows if row.proposal not in alive}
	for row in rows:
		if row.proposal in found:
			found[row.proposal].paid += cint(row.amount) * (-1 if row.kind == "Refund" else 1)
	return list(found.values())


def _budget(frame: int, asked: int, granted: int, proposals: int) -> CallBudget:
	return CallBudget(frame, asked, granted, frame - granted if frame else None, proposals)


def _granted(proposals: list[str], lock: bool = False) -> dict[str, int]:
	"""{proposal: yen of its last decision}, noted ones included: a meeting grants one after the other."""
	table = frappe.qb.DocType(DECISION)
	query = (
		frappe.qb.from_(table)
		.select(table.proposal, table.result, table.amount, table.moved_up_amount)
		.where(table.proposal.isin(proposals or [""]) & (table.docstatus < 2))
		.orderby(table.creation)
	)
	rows = (query.for_update() if lock else query).run(as_dict=True)
	return {row.proposal: granted_by(row) if row.result in (*ADOPTED, RESERVE) else 0 for row in rows}
