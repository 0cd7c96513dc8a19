"""Corrections of decisions: a new decision of a meeting replaces an earlier one and cites it.

An agenda item of the type Correction names the decision. The result recorded on the item replaces that decision when
the meeting closes.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.committee.errors import AlreadyAgreed, NotCorrectable, NotImpartial
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import among
from kyodo_frappe.partnership import project_years
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import years
from kyodo_frappe.proposals import proposals
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import DECIDED, WAITING, states

STATE_BY_RESULT = {
	"Adopted": "Adopted",
	"Adopted Conditionally": "Adopted",
	"Adopted Pending Budget": "Pending Budget",
	"Passed to Step 2": "Step 2",
	"Reserve": "Reserve",
	"Not Adopted": "Not Adopted",
}


def possible_results(state: str) -> list[str]:
	"""Return the results that a correction can give to a proposal in `state`.

	The outcome of the budget vote is the council's and cannot be corrected by a meeting.
	"""
	same = [result for result, target in STATE_BY_RESULT.items() if target == state]
	if state == "Not Adopted":
		return list(STATE_BY_RESULT)
	return [*same, "Not Adopted"] if same and state != "Pending Budget" else same


def proposal_of(item: Document) -> str | None:
	"""Return the proposal of the decision that an agenda item corrects; None for other items."""
	return frappe.db.get_value("Kyodo Decision", item.corrects, "proposal") if item.corrects else None


@frappe.whitelist(methods=["POST"])
def put_on_agenda(decision: str, meeting: str) -> None:
	"""Put the correction of a decision on the agenda of a meeting that is not over. Calling it again changes nothing.

	Raises PermissionError, also for a member of the proposing organisation, and ValidationError.
	"""
	require(OFFICER)
	doc = frappe.get_doc("Kyodo Meeting", meeting, for_update=True)
	doc.check_permission("write")
	if any(row.corrects == decision for row in doc.agenda):
		return
	_check_not_proposer(decision)
	title = frappe.db.get_value("Kyodo Decision", {"name": decision, "docstatus": 1}, "proposal_title")
	subject = _("Correction of the decision on “{0}”", lang=RECORD_LANGUAGE).format(title or decision)
	doc.append("agenda", {"item_type": "Correction", "corrects": decision, "subject": subject[:140]})
	doc.save()


def _check_not_proposer(decision: str):
	proposal = frappe.db.get_value("Kyodo Decision", decision, "proposal")
	organisations = frappe.get_doc("Kyodo Proposal", proposal).own_organisations() if proposal else []
	filters = {"parenttype": "Kyodo Organisation", "parent": among(organisations), "user": frappe.session.user}
	if frappe.db.exists("Kyodo Organisation Member", filters):
		frappe.throw(_("You belong to an organisation behind this proposal. A colleague has to do this."), NotImpartial)


def check_correction(decision: Document, state: str):
	"""Check that `decision` can replace the decision it cites while its proposal is in `state`.

	Raises NotCorrectable if a later decision exists, the proposal has moved on, the result does not fit the state, or the
	partners have already agreed.
	"""
	old = frappe.get_doc("Kyodo Decision", decision.replaces)
	last = proposals.last_decision(old.proposal)
	if old.docstatus != 1 or last is None or last.name != old.name:
		frappe.throw(
			_("Only the last decision on a proposal can be corrected. The last one is {0}.").format(last and last.name), NotCorrectable
		)
	confirmed = old.result in ("Adopted Pending Budget", "Reserve") and state == "Adopted"
	if state != STATE_BY_RESULT[old.result] and not confirmed:
		frappe.throw(
			_("“{0}” has since moved on to the state {1}. This decision can no longer be corrected.").format(old.proposal_title, _(state)),
			NotCorrectable,
		)
	if decision.result not in possible_results(state):
		frappe.throw(
			_("A proposal in the state {0} cannot be corrected to “{1}”.").format(
				_(state), vocabulary.word(vocabulary.RESULT, decision.result)
			),
			NotCorrectable,
		)
	_check_project(decision, old)


def step_of(decision: Document) -> str:
	"""Return the step in which a proposal was decided. A correction has the step of the first decision in its chain."""
	while decision.replaces:
		decision = frappe.get_doc("Kyodo Decision", decision.replaces)
	return decision.from_state


def carry_out(decision: Document) -> Document | None:
	"""Move the proposal to the state of the corrected result, and update or cancel its project. Returns a proposal that was moved."""
	target = STATE_BY_RESULT[decision.result]
	state = frappe.db.get_value("Kyodo Proposal", decision.proposal, "workflow_state")
	if target == "Not Adopted" and state == "Adopted":
		_cancel_project(decision)
	if state != target:
		return proposals.apply_decision(decision)
	if state == "Adopted":
		_update_project(decision)
	return None


def _project_of(proposal: str) -> Document | None:
	name = frappe.db.get_value("Kyodo Project", {"proposal": proposal, "workflow_state": ["!=", "Cancelled"]})
	return frappe.get_doc("Kyodo Project", name) if name else None


def _check_project(decision: Document, old: Document):
	"""Refuse to change a project that both sides have agreed on or that is already running."""
	project = _project_of(old.proposal)
	if project is None or (decision.result != "Not Adopted" and _grants_the_same(decision, project)):
		return
	agreed = frappe.db.exists(
		"Kyodo Agreement", {"project": project.name, "workflow_state": ["in", states("Kyodo Agreement", WAITING, DECIDED)]}
	)
	if agreed or project.workflow_state != "Planning":
		frappe.throw(
			_(
				"“{0}” has an agreement that both sides are confirming, or is already running. First amend the agreement with the partner, or cancel the project."
			).format(project.project_name),
			AlreadyAgreed,
		)


def _grants_the_same(decision: Document, project: Document) -> bool:
	return cint(decision.amount) == cint(project.granted_amount) and years.granted(decision) == years.granted(project)


def _cancel_project(decision: Document):
	if project := _project_of(decision.proposal):
		project.cancel_reason = _("By correction of the decision ({0})", lang=RECORD_LANGUAGE).format(decision.name)
		with by_service(project):
			project.save()
		move(project, "Call Off")


def _update_project(decision: Document):
	if project := _project_of(decision.proposal):
		project.update({"decision": decision.name, "granted_amount": decision.amount or 0})
		project.set(years.ROWS, project_years.rows_from(decision))
		project_years.note_in_proposal(frappe.get_doc("Kyodo Proposal", decision.proposal), decision)
		with by_service(project):
			project.save()
