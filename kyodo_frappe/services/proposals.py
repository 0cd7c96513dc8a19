"""From the first draft to the hand-over to the meeting, and the way back after a refusal."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.workflows.guard import by_service, move

CARRIED_OVER = (
	"title",
	"programme",
	"origin",
	"organisation",
	"section",
	"needs_budget",
	"requested_amount",
	"purpose",
	"needs",
	"budget_scale",
	"plan",
	"independence",
	"continuity",
	"profile",
	"public_summary",
	"plain_summary",
)
CARRIED_TABLES = ("partners", "roles", "schedule", "indicators", "income", "expenses")
PARTS = ("purpose", "needs", "budget_scale", "plan", "independence", "continuity", "profile")


def missing_parts(proposal: Document) -> list[str]:
	"""Headings of what the programme wants filled before a proposal may be handed in."""
	programme = frappe.get_cached_doc("Kyodo Programme", proposal.programme)
	missing = [
		part.label_text
		for part in programme.sheet_parts
		if part.required and not (proposal.get(part.field) or "").strip()
	]
	if proposal.origin != "City" and not proposal.organisation:
		missing.insert(0, _("Organisation"))
	if not proposal.acknowledged_on:
		missing.append(_("Acknowledgement of the definition of kyodo"))
	if proposal.needs_budget and not proposal.requested_amount:
		missing.append(_("Requested Amount"))
	return missing


@frappe.whitelist(methods=["POST"])
def propose_again(proposal: str) -> str:
	"""Make a new draft from a refused proposal, with its text; returns the new name (再提案).

	Raises PermissionError for who may not write for the organisation, ValidationError if it was not refused.
	"""
	old = frappe.get_doc("Kyodo Proposal", proposal)
	old.check_permission("read")
	if old.workflow_state != "Not Adopted":
		frappe.throw(_("Only a proposal that was not adopted can be proposed again."))
	new = frappe.new_doc("Kyodo Proposal")
	new.update({field: old.get(field) for field in CARRIED_OVER})
	for table in CARRIED_TABLES:
		for row in old.get(table):
			new.append(table, _content(row))
	new.previous_proposal = old.name
	with by_service(new):  # previous_proposal is read-only in the form; create permission is checked as usual
		new.insert()
	return new.name


def _content(row: Document) -> dict:
	fields = [df.fieldname for df in row.meta.fields if not df.no_copy]
	return {field: row.get(field) for field in fields if field != "consented_on"}


def advice_for(proposal: Document) -> dict[str, list[dict]]:
	"""{part of the sheet or "": [{question, finding, reason}]} from the refusal that this proposal answers."""
	if not proposal.previous_proposal:
		return {}
	decision = last_decision(proposal.previous_proposal)
	if decision is None:
		return {}
	beside = {}
	for row in decision.reasons:
		beside.setdefault(row.field or "", []).append(
			{"question": row.question, "finding": row.finding, "reason": row.reason}
		)
	if decision.advice:
		beside.setdefault("", []).append({"question": _("Advice"), "finding": "", "reason": decision.advice})
	return beside


def last_decision(proposal: str) -> Document | None:
	name = frappe.db.get_value(
		"Kyodo Decision", {"proposal": proposal, "docstatus": 1}, "name", order_by="creation desc"
	)
	return frappe.get_doc("Kyodo Decision", name) if name else None


def carry_out(decision: Document):
	"""Move the proposal as a decision of the meeting says. The workflow's own conditions ask for the decision."""
	action = {
		"Passed to Step 2": "Pass to Step 2",
		"Adopted": "Adopt",
		"Adopted Conditionally": "Adopt",
		"Adopted Pending Budget": "Adopt Pending Budget",
		"Not Adopted": "Turn Down",
	}[decision.result]
	move(frappe.get_doc("Kyodo Proposal", decision.proposal), action)
