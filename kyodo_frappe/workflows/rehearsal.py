"""What a step of a workflow would send, shown before it is taken."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.messages.rehearsal import rehearsing
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.workflows.guard import move
from kyodo_frappe.workflows.spec import specs


@frappe.whitelist(methods=["GET"])
def of_step(doctype: str, name: str, action: str) -> dict:
	"""Return what a step would send, by taking it and undoing it (messages/rehearsal.py).

	Raises PermissionError, and everything with which the step itself is refused.
	"""
	require(OFFICER, SECTION, MANAGER)
	if doctype not in specs():
		raise frappe.PermissionError
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("write")
	return _rehearse(doc, action)


def _rehearse(doc: Document, action: str) -> dict:
	with rehearsing() as found:
		move(doc, action)
	return found.as_dict()
