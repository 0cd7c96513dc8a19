"""The page of a report, in the shape of the plan: what was planned beside what was done, reached and spent."""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.common import corrections, vocabulary
from kyodo_frappe.partnership import parties, report_documents, report_figures
from kyodo_frappe.partnership.project_frame import file_names, side_label
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.programme import form_text
from kyodo_frappe.programme.versions import rules_of_project
from kyodo_frappe.rules.achievement import achievement
from kyodo_frappe.web import fields, forms, inputs, words
from kyodo_frappe.web.blocks import MOST, accepted_files, task, titles_of
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, category_of, states

REPORT = report_figures.REPORT


def report(name: str) -> dict:
	"""Context of a report's page. Raises PermissionError."""
	doc = page_record(REPORT, name)
	typed = forms.refused_input(f"report:{name}")
	questions_of_form = form_of.fields_of(doc, form_of.PORTAL, former=True)
	questions = [
		question for question in questions_of_form if question.name not in report_figures.PLAN_TABLES and not question.is_attachments
	]
	files = [question for question in questions if question.is_file]
	documents = _documents(doc)
	slots = {slot.row for slot in documents}
	return {
		"title": frappe.db.get_value("Kyodo Project", doc.project, "project_name"),
		"doc": pick(
			doc,
			*("name", "project", "fiscal_year", "report_kind", "workflow_state", "modified", "completed_on", "due_date"),
			*("submitted_on", "return_reason", "granted_amount", "settled_amount", "unused_amount", "total_cost"),
			*("eligible_cost", "paid_amount", "refund_amount", "payable_amount", "settlement_note"),
		),
		"asked": [point for point in corrections.as_points(doc) if point["sent"] and not point["settled"]],
		"takes_part": parties.is_participant(frappe.get_doc("Kyodo Project", doc.project)),
		"values": _values(doc, questions, typed),
		"labels": {question.name: question.label for question in questions_of_form},
		"questions": [inputs.input_for(question) for question in questions if not question.is_file],
		"answers": form_text.blocks(doc, form_of.PORTAL, only=questions),
		"files": [
			{"name": question.name, "label": question.label, "help": question.help, "file": doc.get(question.name)} for question in files
		],
		"editing": category_of(doc) == WRITING and doc.has_permission("write"),
		"typed": typed,
		"done_choices": forms.choices("Kyodo Schedule Result", "done"),
		"documents": documents,
		"photos": [pick(row, "name", "document", "file") for row in doc.photos if row.name not in slots],
		"file_names": file_names([row.file for row in doc.photos]),
		"voucher_hint": _voucher_hint(doc),
		"with_money": doc.report_kind != report_figures.MID_TERM,
		**accepted_files(doc),
	}


def _documents(doc: Document) -> list[dict]:
	"""[{document, help, required, row, file}] of the documents that go with the report, with what is attached."""
	there = report_documents.attached(doc)
	found = []
	for wanted in report_documents.documents_of(doc):
		row = there.get(wanted.document)
		slot = {"row": row.name, "file": row.file} if row else {"row": "", "file": ""}
		found.append(frappe._dict(slot, document=wanted.document, help=wanted.help_text or "", required=wanted.required))
	return found


def _voucher_hint(doc: Document) -> str:
	"""Which expenses need a voucher; "" where the programme asks for none."""
	rules = rules_of_project(doc.project)
	if not rules.voucher_required:
		return ""
	if most := flt(rules.voucher_above):
		return _("Expenses above {0} without a voucher are not recognised. Please record them with a photo of the voucher.").format(
			words.yen(most)
		)
	return _("Expenses without a voucher are not recognised. Please record them with a photo of the voucher.")


def _values(doc: Document, questions: list[form_of.Field], typed: dict) -> dict:
	"""What the inputs hold, including the columns that a row only displays."""
	names, tables = fields.split(questions)
	shaped = {table: (*planned, *answered) for table, (planned, answered) in report_figures.PLAN_TABLES.items()}
	values = forms.view(doc, names, {**tables, **shaped}, typed)
	for table, columns in _displayed_columns(doc).items():
		_add_columns(values[table], doc.get(table), **columns)
	return values


def _displayed_columns(doc: Document) -> dict[str, dict[str, Callable]]:
	"""{table: {column: function from a row to its text}}."""
	vouchers = _vouchers(doc)
	return {
		"schedule": {"side": lambda row: side_label(row.side)},
		"indicators": {"planned": _target_text, "achieved": _achievement_text},
		"income": {
			"category_text": lambda row: vocabulary.word(vocabulary.INCOME, row.category),
			"planned": lambda row: words.yen(row.budget),
		},
		"settlement": {
			"budget_line": lambda row: row.budget_line or "",
			"vouchers": lambda row: vouchers.get(row.budget_line or "-", []),
			"planned": lambda row: words.yen(row.budget),
			"spent": lambda row: words.yen(row.actual),
			"recognised": lambda row: words.yen(row.recognised),
			"finding": lambda row: row.finding or "",
			"refused": lambda row: row.refused or "",
		},
	}


def _add_columns(values: list[dict], rows: list[Document], **columns):
	"""Add displayed columns to the rows of a form."""
	stored = {row.name: row for row in rows}
	for value in values:
		row = stored.get(value.get("name"))
		for column, text in columns.items():
			value[column] = text(row) if row else ""


def _target_text(row: Document) -> str:
	unit = row.unit or ""
	text = f"{words.number(row.target)}{unit}"
	return _("{0} or less").format(text) if row.direction == "Lower" else text


def _achievement_text(row: Document) -> str:
	if not flt(row.actual) and not row.result_note:
		return ""
	result = achievement(flt(row.baseline), flt(row.target), flt(row.actual), row.direction)
	word = _("reached") if result.reached else _("not reached")
	return f"{result.percent:g}% {word}" if result.percent is not None else word


def _vouchers(doc: Document) -> dict[str, list[dict]]:
	"""{budget line: [its vouchers]}."""
	if doc.report_kind == report_figures.MID_TERM:
		return {}
	project = frappe.get_doc("Kyodo Project", doc.project)
	plan = {row.name for row in project.expenses}
	result = {}
	for voucher in report_figures.vouchers_of(doc, project):
		shown = pick(voucher.row, "name", "paid_on", "amount", "description", "payee", "receipt")
		shown.reasons = voucher.reasons
		result.setdefault(report_figures.line_key(voucher, plan), []).append(shown)
	return result


def reports_due(titles: dict[str, str] | None = None) -> list[dict]:
	"""Tasks for the reports that the user's organisations have to write or correct. titles: {project: title} as far as known."""
	rows = frappe.get_list(
		"Kyodo Report",
		{"workflow_state": ["in", states("Kyodo Report", WRITING)]},
		["name", "project", "due_date", "workflow_state", "return_reason"],
		order_by="due_date asc",
		limit=MOST,
	)
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in rows], titles)
	return [
		task(
			_("Report to submit") if row.workflow_state == "Draft" else _("Returned report"),
			titles.get(row.project),
			f"/kyodo/my/reports/{row.name}",
			row.return_reason if row.workflow_state == "Returned" else "",
			row.due_date,
			_("Write the report"),
		)
		for row in rows
	]
