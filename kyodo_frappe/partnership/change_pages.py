"""The pages of changes of a plan: the list of a project, and one change with its answer."""

import frappe
from frappe import _

from kyodo_frappe.partnership import parties, plan_changes, portal_fields
from kyodo_frappe.partnership.project_frame import opened_project, project_frame, side_label
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, allows, category_of

CHANGE = plan_changes.CHANGE


def changes(name: str) -> dict:
	"""Context of the page that lists the changes of a plan. Raises PermissionError."""
	project = opened_project(name)
	side = parties.side_of(project)
	rows = frappe.get_list(
		CHANGE,
		{"project": name},
		["name", "side", "reason", "workflow_state", "changes", "submitted_on", "approved_on", "creation"],
		order_by="creation desc",
		limit=MOST,
	)
	return {
		**project_frame(project, _("Changes of the plan")),
		# a draft is visible only to the side that writes it
		"rows": [row for row in rows if row.workflow_state != "Draft" or row.side == side],
		"may_begin": bool(side) and project.workflow_state == "Running",
		"reason": forms.refused_input(f"changes:{name}").get("reason", ""),
	}


def change(name: str) -> dict:
	"""Context of the page of one change: its draft, its effects and the answer of the other side.

	A draft is visible only to the side that writes it. Raises PermissionError, PageDoesNotExistError.
	"""
	doc = page_record(CHANGE, name)
	project = opened_project(doc.project)
	side = parties.side_of(project)
	if doc.workflow_state == "Draft" and doc.side != side:
		raise frappe.PageDoesNotExistError
	editing = category_of(doc) == WRITING and doc.side == side
	typed = forms.refused_input(f"change:{name}")
	return {
		**project_frame(project, _("Change of the plan")),
		"doc": pick(
			doc,
			*("name", "side", "reason", "workflow_state", "modified", "return_reason", "needs_approval"),
			*("changes_agreement", "moved_amount", "moved_share", "submitted_on", "agreed_on", "approved_on"),
			"yearly_amounts",
		),
		"changes": doc.changes.split("\n") if doc.changes else [],
		"approval_reasons": doc.approval_reason.split("\n") if doc.approval_reason else [],
		"editing": editing,
		"values": forms.view(doc, portal_fields.CHANGE, portal_fields.CHANGE_TABLES, typed) if editing else {},
		"may_propose": editing,
		"may_answer": doc.workflow_state == "Proposed" and side == parties.other(doc.side),
		"may_withdraw": allows(doc, "Withdraw") and side == doc.side,
		"return_reason": forms.refused_input(f"answer:{name}").get("return_reason", ""),
		"choices": _plan_choices(),
	}


def _plan_choices() -> dict[str, list[tuple[str, str]]]:
	return {
		"side": [(value, side_label(value)) for value in ("Organisation", "City")],
		"who": [(value, side_label(value)) for value in ("Both", "Organisation", "City")],
		"direction": forms.choices("Kyodo Indicator", "direction"),
		"income": forms.choices("Kyodo Income Line", "category"),
		"expenses": forms.choices("Kyodo Expense Line", "category"),
	}
