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


@dataclass(frozen=True)
class CallBudget:
	"""frame: of the call, 0 for none; asked: by the submitted proposals; granted: by decisions; left: None without a frame; proposals: number."""

	frame: int
	asked: int
	granted: int
	left: int | None
	proposals: int


def budgets(calls: list[str], except_for: str | None = None, lock: bool = False) -> dict[str, CallBudget]:
	"""{call: CallBudget} in three queries, however many calls.

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
	call = frappe.db.get_value("Kyodo Proposal", decision.proposal, "call")
	if not call or decision.result not in ADOPTED or not cint(decision.amount):
		return
	# of two simultaneous decisions, the second waits here and counts the first
	frappe.db.get_value("Kyodo Call", call, "name", for_update=True)
	left = budgets([call], except_for=decision.proposal, lock=True)[call].left
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


def _budget(frame: int, asked: int, granted: int, proposals: int) -> CallBudget:
	return CallBudget(frame, asked, granted, frame - granted if frame else None, proposals)


def _granted(proposals: list[str], lock: bool = False) -> dict[str, int]:
	"""{proposal: yen of its last decision}, noted ones included: a meeting grants one after the other."""
	table = frappe.qb.DocType(DECISION)
	query = (
		frappe.qb.from_(table)
		.select(table.proposal, table.result, table.amount)
		.where(table.proposal.isin(proposals or [""]) & (table.docstatus < 2))
		.orderby(table.creation)
	)
	rows = (query.for_update() if lock else query).run(as_dict=True)
	return {row.proposal: cint(row.amount) if row.result in ADOPTED else 0 for row in rows}
