"""A decision that was wrong: corrected only by a new decision of a meeting, which cites the old one.

An item of the type Correction names the decision; what the meeting notes on it replaces that one when it closes.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.proposals import proposals
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import DECIDED, WAITING, states

STATE_OF = {
	"Adopted": "Adopted",
	"Adopted Conditionally": "Adopted",
	"Adopted Pending Budget": "Pending Budget",
	"Passed to Step 2": "Step 2",
	"Not Adopted": "Not Adopted",
}


def can_say(state: str) -> list[str]:
	"""The results that a correction can give a proposal in a state; what the budget vote settles is not the meeting's to
	correct."""
	same = [result for result, target in STATE_OF.items() if target == state]
	if state == "Not Adopted":
		return list(STATE_OF)
	return [*same, "Not Adopted"] if same and state != "Pending Budget" else same


def proposal_of(item: Document) -> str | None:
	"""The proposal that an item of the type Correction is about."""
	return frappe.db.get_value("Kyodo Decision", item.corrects, "proposal") if item.corrects else None


@frappe.whitelist(methods=["POST"])
def put_on_agenda(decision: str, meeting: str) -> None:
	"""Put the correction of a decision on the agenda of a meeting that is not over; twice changes nothing.

	Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	doc = frappe.get_doc("Kyodo Meeting", meeting, for_update=True)
	doc.check_permission("write")
	if any(row.corrects == decision for row in doc.agenda):
		return
	_check_colleague(decision)
	title = frappe.db.get_value("Kyodo Decision", {"name": decision, "docstatus": 1}, "proposal_title")
	subject = _("Correction of the decision on “{0}”", lang=RECORD_LANGUAGE).format(title or decision)
	doc.append("agenda", {"item_type": "Correction", "corrects": decision, "subject": subject[:140]})
	doc.save()


def _check_colleague(decision: str):
	proposal = frappe.db.get_value("Kyodo Decision", decision, "proposal")
	organisations = frappe.get_doc("Kyodo Proposal", proposal).own_organisations() if proposal else []
	filters = {"parenttype": "Kyodo Organisation", "parent": ["in", organisations or [""]], "user": frappe.session.user}
	if frappe.db.exists("Kyodo Organisation Member", filters):
		frappe.throw(_("You belong to an organisation that proposes this, so a colleague has to do this."), frappe.PermissionError)


def check(decision: Document, state: str):
	"""Raise ValidationError unless `decision` can replace the one it cites, with its proposal in `state`."""
	old = frappe.get_doc("Kyodo Decision", decision.replaces)
	last = proposals.last_decision(old.proposal)
	if old.docstatus != 1 or last is None or last.name != old.name:
		frappe.throw(_("Only the last decision on a proposal can be corrected. The last one is {0}.").format(last and last.name))
	confirmed = old.result == "Adopted Pending Budget" and state == "Adopted"
	if state != STATE_OF[old.result] and not confirmed:
		frappe.throw(
			_("“{0}” has gone on to the state {1} since: this decision cannot be corrected any more.").format(old.proposal_title, _(state))
		)
	if decision.result not in can_say(state):
		frappe.throw(
			_("A proposal in the state {0} cannot be corrected to “{1}”.").format(
				_(state), vocabulary.word(vocabulary.RESULT, decision.result)
			)
		)
	_check_project(decision, old)


def step_of(decision: Document) -> str:
	"""The step in which the proposal was decided: of a correction, that of the decision it replaces first of all."""
	while decision.replaces:
		decision = frappe.get_doc("Kyodo Decision", decision.replaces)
	return decision.from_state


def carry_out(decision: Document):
	"""Move the proposal where the correction says, and take its project along."""
	target = STATE_OF[decision.result]
	state = frappe.db.get_value("Kyodo Proposal", decision.proposal, "workflow_state")
	if target == "Not Adopted" and state == "Adopted":
		_call_off(decision)
	if state != target:
		proposals.apply_decision(decision)
	elif state == "Adopted":
		_change_amount(decision)


def _project_of(proposal: str) -> Document | None:
	name = frappe.db.get_value("Kyodo Project", {"proposal": proposal, "workflow_state": ["!=", "Cancelled"]})
	return frappe.get_doc("Kyodo Project", name) if name else None


def _check_project(decision: Document, old: Document):
	"""What both sides are signing or have signed is not changed over their heads."""
	project = _project_of(old.proposal)
	if project is None or (decision.result != "Not Adopted" and cint(decision.amount) == cint(project.granted_amount)):
		return
	agreed = frappe.db.exists(
		"Kyodo Agreement", {"project": project.name, "workflow_state": ["in", states("Kyodo Agreement", WAITING, DECIDED)]}
	)
	if agreed or project.workflow_state != "Planning":
		frappe.throw(
			_(
				"“{0}” has an agreement with both sides' word, or is running: change the agreement with the partner, or call the project off, first."
			).format(project.project_name)
		)


def _call_off(decision: Document):
	if project := _project_of(decision.proposal):
		project.cancel_reason = _("By the correction of the decision, {0}", lang=RECORD_LANGUAGE).format(decision.name)
		with by_service(project):
			project.save()
		move(project, "Call Off")


def _change_amount(decision: Document):
	if project := _project_of(decision.proposal):
		project.update({"decision": decision.name, "granted_amount": decision.amount or 0})
		with by_service(project):
			project.save()
