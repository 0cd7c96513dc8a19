"""Frappe's Workflow Action of our records: which roles may act in the state that a record has entered.

Frappe's own bookkeeping (`process_workflow_actions`, for every DocType) checks the permission of every user of every role on
each change of state, and leaves the old action open when a record returns to a state. Ours runs before it and writes the
same rows, by role as Frappe 16 does; Frappe then finds the action of this state and leaves it alone. A Workflow with Frappe's
e-mail alerts is left to Frappe, which needs the users.
"""

import frappe
from frappe.desk.notifications import clear_doctype_notifications
from frappe.model.document import Document
from frappe.model.workflow import get_workflow, is_transition_condition_satisfied
from frappe.utils import cint

from kyodo_frappe.common import audit_trail
from kyodo_frappe.workflows.facts import SeenByConditions
from kyodo_frappe.workflows.guard import STATE
from kyodo_frappe.workflows.spec import specs

ACTION = "Workflow Action"


def on_update(doc: Document, method: str | None = None):
	"""Complete the open actions of a record that has entered a state, and open the one of this state."""
	before = doc.get_doc_before_save()
	if doc.doctype not in specs() or (before is not None and before.get(STATE) == doc.get(STATE)):
		return
	workflow = get_workflow(doc.doctype)
	if cint(workflow.send_email_alert):
		return
	if before is not None:
		_complete(doc)
	clear_doctype_notifications(ACTION)
	if roles := _roles_that_may_act(workflow, doc):
		_open(doc, roles)


def _complete(doc: Document):
	action = frappe.qb.DocType(ACTION)
	(
		frappe.qb.update(action)
		.set(action.status, "Completed")
		.set(action.completed_by, frappe.session.user)
		.set(action.modified, frappe.utils.now())
		.set(action.modified_by, frappe.session.user)
		.where((action.reference_doctype == doc.doctype) & (action.reference_name == doc.name) & (action.status == "Open"))
		.run()
	)


def _roles_that_may_act(workflow: Document, doc: Document) -> list[str]:
	optional = {row.state for row in workflow.states if cint(row.is_optional_state)}
	steps = [row for row in workflow.transitions if row.state == doc.get(STATE) and row.next_state not in optional]
	shown = SeenByConditions(doc)
	return sorted({row.allowed for row in steps if is_transition_condition_satisfied(row, shown)})


def _open(doc: Document, roles: list[str]):
	values = {"reference_doctype": doc.doctype, "reference_name": doc.name, "workflow_state": doc.get(STATE), "status": "Open"}
	action = frappe.get_doc({"doctype": ACTION, **values})
	for role in roles:
		action.append("permitted_roles", {"role": role})
	action.set_user_and_timestamp()
	action.set_new_name()
	action.set_parent_in_children()
	action.db_insert()  # there is nothing in it to validate, and nobody to notify
	audit_trail.insert(action.permitted_roles)
