"""Declining an adoption or a place on the reserve list (辞退), before or after the agreement.

The organisation declines on its page of the portal; of a letter on paper the office records the date and the reason. Source:
domain.md §7 "After" (辞退 by the organisation before and after the agreement, with a letter, the money back in the frame).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common import typed_input
from kyodo_frappe.permissions.people import REPRESENTATIVE, organisations_of
from kyodo_frappe.permissions.roles import OFFICER, ORGANISATION, require
from kyodo_frappe.proposals.errors import DeclineTooLate, InvalidDeclineLetter, NotRepresentative
from kyodo_frappe.workflows.guard import check_still_possible, move
from kyodo_frappe.workflows.states import allows

PROPOSAL, PROJECT = "Kyodo Proposal", "Kyodo Project"


def may_decline(proposal: Document | dict, user: str, project: Document | None = None) -> bool:
	"""Whether a user can decline for the proposal's organisation now. project: of the proposal, where the caller has it."""
	if not (represents(proposal, user) and allows(proposal, "Decline", ORGANISATION)):
		return False
	return allows(project, "Call Off") if project else running_too_far(proposal) is None


def represents(proposal: Document | dict, user: str) -> bool:
	"""Whether a user is a representative of the organisation that proposed."""
	return bool(proposal.organisation) and proposal.organisation in organisations_of(user, REPRESENTATIVE)


def running_too_far(proposal: Document | dict) -> dict | None:
	"""Return {name, project_name, workflow_state} of the project of a proposal that can no longer be called off, or None."""
	current = {"proposal": proposal.name, "workflow_state": ["!=", "Cancelled"]}
	project = frappe.db.get_value(PROJECT, current, ["name", "project_name", "workflow_state"], as_dict=True)
	return project if project and not allows(frappe._dict(project, doctype=PROJECT), "Call Off") else None


@frappe.whitelist(methods=["POST"])
def record(proposal: str, letter_on: str, reason: str) -> str:
	"""Record that an organisation has declined by a letter on paper: the office's act. Returns the new state.

	letter_on: the date of the letter. Raises PermissionError, MandatoryError without a reason, and as `check`.
	"""
	require(OFFICER)
	doc = frappe.get_doc(PROPOSAL, proposal, for_update=True)
	doc.check_permission("write")
	check_still_possible(doc, "Decline")
	doc.decline_letter_on = typed_input.day(letter_on, _(doc.meta.get_label("decline_letter_on")))
	doc.decline_reason = (reason or "").strip()
	doc.save()
	return move(doc, "Decline").workflow_state


def check(proposal: Document):
	"""Check who declines, and that it is not too late.

	Raises NotRepresentative for others of the organisation, InvalidDeclineLetter for the office without the date of the letter,
	DeclineTooLate once the project is completed.
	"""
	if not represents(proposal, frappe.session.user):
		_check_letter(proposal)
	if project := running_too_far(proposal):
		frappe.throw(
			_("The project “{0}” is in the state {1}, so it is too late to decline. Please hand in the report instead.").format(
				project.project_name, _(project.workflow_state)
			),
			DeclineTooLate,
		)


def _check_letter(proposal: Document):
	if OFFICER not in frappe.get_roles():
		frappe.throw(_("Only a representative of the organisation that proposed can decline."), NotRepresentative)
	label = _(proposal.meta.get_label("decline_letter_on"))
	if not proposal.decline_letter_on:
		frappe.throw(_("Please enter “{0}”: the organisation declines on its page, or by a letter.").format(label), InvalidDeclineLetter)
	if getdate(proposal.decline_letter_on) > getdate(nowdate()):
		frappe.throw(_("“{0}” is in the future. Please correct it.").format(label), InvalidDeclineLetter)
