"""The council's vote on the budget, recorded for several proposals at once (採択候補 → 採択 | 不採択)."""

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.committee.errors import NothingRecorded, ReasonRequired
from kyodo_frappe.common import request_json, typed_input
from kyodo_frappe.common.errors import InputMissing, InvalidDate
from kyodo_frappe.messages.rehearsal import rehearsing
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.workflows.guard import move

PROPOSAL = "Kyodo Proposal"
SAVEPOINT = "kyodo_budget_vote"


@frappe.whitelist(methods=["POST"])
def record(proposals: list | str, voted_on: str, passed: bool | int | str, reason: str = "") -> list[str]:
	"""Record the budget vote for proposals in the state Pending Budget; all of them or none.

	`passed` confirms the adoptions; otherwise they are turned down with `reason`, which the letter quotes. Each proposal is
	checked as if it were recorded alone, four eyes included. Returns the new states in the order of `proposals`. Raises
	PermissionError, ValidationError.
	"""
	require(OFFICER)
	names = list(dict.fromkeys(request_json.names(proposals)))
	passed, voted_on = bool(cint(passed)), typed_input.day(voted_on, _("Budget Voted On"))
	_check(names, voted_on, passed, reason)
	frappe.db.savepoint(SAVEPOINT)
	try:
		return [_record(name, voted_on, passed, reason) for name in names]
	except Exception:
		frappe.db.rollback(save_point=SAVEPOINT)
		raise


@frappe.whitelist(methods=["GET"])
def what_is_sent(proposals: list | str, voted_on: str, passed: bool | int | str, reason: str = "") -> dict:
	"""Return what `record` would send, by recording the vote and undoing it (messages/rehearsal.py). Arguments and errors as there."""
	require(OFFICER)
	with rehearsing() as found:
		record(proposals, voted_on, passed, reason)
	return found.as_dict()


def _check(names: list[str], voted_on: str, passed: bool, reason: str):
	if not names:
		frappe.throw(_("Please choose the proposals covered by the vote."), InputMissing)
	if not voted_on or getdate(voted_on) > getdate(nowdate()):
		frappe.throw(_("Please enter the date of the vote. It cannot be in the future."), InvalidDate)
	if not passed and not (reason or "").strip():
		frappe.throw(_("Please give the reason. It is quoted in the letter to the proposers."), ReasonRequired)
	pending = frappe.get_all(PROPOSAL, {"name": ["in", names], "workflow_state": "Pending Budget"}, pluck="name", order_by="name")
	if others := [name for name in names if name not in pending]:
		frappe.throw(
			_("These proposals are not waiting for the budget vote: {0}. Nothing has been recorded.").format(_(", ").join(others)),
			NothingRecorded,
		)


def _record(name: str, voted_on: str, passed: bool, reason: str) -> str:
	doc = frappe.get_doc(PROPOSAL, name, for_update=True)
	doc.check_permission("write")
	doc.budget_voted_on = getdate(voted_on)
	if not passed:
		doc.budget_failed_reason = reason.strip()
	doc.save()
	return move(doc, "Confirm Budget" if passed else "Budget Failed").workflow_state
