"""The members of an organisation: roles, leaving, and handing over when its officers change.

Members are added by invitation (accounts/invitations.py) or by the office; the controller checks that, and that there is always a
representative.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.accounts.invitations import managed_organisation
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations import change_notices
from kyodo_frappe.organisations.errors import DocumentsFixed, NotAMember
from kyodo_frappe.organisations.registration import open_states
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service

ORGANISATION = "Kyodo Organisation"
LEAVE = "Leave"
REPRESENTATIVE = "Representative"


@frappe.whitelist(methods=["POST"])
def change_role(organisation: str, user: str, member_role: str):
	"""Change a member's role. Raises PermissionError, ValidationError where no representative would be left."""
	doc = managed_organisation(organisation)
	_row(doc, user).member_role = member_role
	doc.save()


@frappe.whitelist(methods=["POST"])
def remove(organisation: str, user: str):
	"""Remove a member. Raises as `change_role`."""
	doc = managed_organisation(organisation)
	doc.remove(_row(doc, user))
	doc.save()


@frappe.whitelist(methods=["POST"])
def leave(organisation: str):
	"""Leave an organisation. Raises PermissionError for others than members, ValidationError for its only representative."""
	if not frappe.db.exists(ORGANISATION, organisation):
		raise frappe.PermissionError
	locking.lock((ORGANISATION, organisation))
	doc = frappe.get_doc(ORGANISATION, organisation, for_update=True)
	if not doc.role_of(frappe.session.user):
		raise frappe.PermissionError
	doc.remove(_row(doc, frappe.session.user))
	with by_service(doc):
		doc.save(ignore_permissions=True)  # viewers may remove their own row


@frappe.whitelist(methods=["POST"])
def hand_over(organisation: str, successor: str, own_role: str = "Viewer", representative: str = "") -> str | None:
	"""Make another member a representative and step down (役員の交代).

	own_role: Editor, Viewer or Leave. representative: name of the new representative, where it changes; a registered organisation hands in
	a change notice, whose name is returned. Raises PermissionError for others than representatives, ValidationError.
	"""
	doc = managed_organisation(organisation)
	user = frappe.session.user
	if doc.role_of(user) != REPRESENTATIVE:
		frappe.throw(_("Only a representative of the organisation may do this."), frappe.PermissionError)
	if own_role not in ("Editor", "Viewer", LEAVE) or successor == user:
		frappe.throw(_("Please choose who takes over, and your role afterwards."), InputMissing)
	# before the roles change, as only a representative may give the notice
	notice = _rename_representative(doc, representative.strip())
	_row(doc, successor).member_role = REPRESENTATIVE
	if own_role == LEAVE:
		doc.remove(_row(doc, user))
	else:
		_row(doc, user).member_role = own_role
	doc.save()
	return notice


def _rename_representative(doc: Document, name: str) -> str | None:
	if not name or name == doc.representative:
		return None
	if doc.workflow_state in open_states():
		doc.representative = name
		return None
	if doc.workflow_state != "Registered":
		frappe.throw(
			_("The office is checking the organisation now. Please tell the office the new representative's name."), DocumentsFixed
		)
	return change_notices.give(doc.name, {"representative": name}, reason=_("Change of officers", lang=RECORD_LANGUAGE))


def _row(doc: Document, user: str) -> Document:
	row = next((row for row in doc.members if row.user == user), None)
	if row is None:
		frappe.throw(_("This person does not belong to the organisation."), NotAMember)
	return row
