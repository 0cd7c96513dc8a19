"""The page of a project's expenses and their vouchers."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, nowdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.partnership import expenses, parties, portal_fields
from kyodo_frappe.partnership.project_frame import file_names, opened_project, project_frame
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import accepted_files
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import DECIDED, WRITING, category_of

EXPENSE = expenses.EXPENSE
EXPENSES_SHOWN = 500


def expenses_page(name: str) -> dict:
	"""Context of the expenses page: each expense with its findings, the budget by line, and the form. Raises PermissionError."""
	project = opened_project(name)
	side = parties.side_of(project)
	editing = _requested_expense(project, side)
	doc = editing or frappe.new_doc(EXPENSE, project=name, paid_on=nowdate())
	typed = forms.refused_input(f"expense:{editing.name if editing else 'new'}")
	lines = expenses.budget_lines(project)
	rows = _expenses(project, side)
	return {
		**project_frame(project, _("Expenses and vouchers")),
		"lines": lines,
		"line_choices": [("", _("Not in the plan")), *((line.name, _line_label(line)) for line in lines if line.name)],
		"line_labels": {line.name: _line_label(line) for line in lines if line.name},
		"categories": forms.choices(EXPENSE, "category"),
		"rows": rows,
		"total": sum(flt(line.spent) for line in lines),
		"planned": sum(flt(line.planned) for line in lines),
		"may_write": bool(side) and category_of(project) not in (WRITING, DECIDED) and project.workflow_state != "Closed",
		"editing": pick(editing, "name", "modified", "receipt") if editing else None,
		"values": forms.view(doc, portal_fields.EXPENSE, {}, typed),
		"typed": bool(typed),
		"expected_addressee": _expected_addressee(project, side),
		**accepted_files(doc),
	}


def _line_label(line: dict) -> str:
	return " ".join(filter(None, [vocabulary.word(vocabulary.COST, line.category), line.description]))


def _requested_expense(project: Document, side: str | None) -> Document | None:
	name = frappe.form_dict.get("edit")
	if not name or not side:
		return None
	doc = page_record(EXPENSE, name)
	return doc if doc.project == project.name and doc.side == side and not doc.report else None


def _expected_addressee(project: Document, side: str | None) -> str:
	if side == parties.CITY:
		return frappe.get_cached_value("Kyodo Programme", project.programme, "municipality_name")
	return frappe.db.get_value("Kyodo Organisation", project.organisation, "organisation_name") or ""


def _expenses(project: Document, side: str | None) -> list[dict]:
	rows = frappe.get_list(
		EXPENSE,
		{"project": project.name},
		[
			*("name", "side", "paid_on", "amount", "quantity", "budget_line", "category", "description", "payee", "addressee"),
			*("receipt", "finding", "refused", "checked_on", "report"),
		],
		order_by="paid_on desc, creation desc",
		limit=EXPENSES_SHOWN,
	)
	names = file_names([row.receipt for row in rows])
	for row in rows:
		row.file_name = names.get(row.receipt) or _("Voucher")
		row.findings = (row.finding or "").split("\n") if row.finding and not (row.checked_on and not row.refused) else []
		row.mine = side == row.side and not row.report
	return rows
