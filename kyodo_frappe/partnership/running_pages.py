"""A project under way, as the two sides see it: notes, expenses, changes of the plan, reports.

For those who take part in it only; who may merely read a project has its public page.
"""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.partnership import expenses, parties, plan_changes, portal_fields, report_figures
from kyodo_frappe.partnership import notes as running
from kyodo_frappe.permissions.people import WRITERS, projects_of_organisations, sections_of
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.programme import form_text
from kyodo_frappe.rules.achievement import achievement
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.web import fields, forms, inputs, words
from kyodo_frappe.web.blocks import MOST, accepted_files, task, titles_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import DECIDED, WAITING, WRITING, allows, category_of, states

NOTE, EXPENSE, CHANGE, REPORT = running.NOTE, expenses.EXPENSE, plan_changes.CHANGE, report_figures.REPORT
NOTES_SHOWN = 200
EXPENSES_SHOWN = 500


def _project(name: str) -> Document:
	project = page_record("Kyodo Project", name)
	parties.check_takes_part(project)
	return project


def _frame(project: Document, title: str) -> dict:
	"""What every page of a project shows: where it belongs, and which side reads it."""
	return {
		"title": title,
		"project": pick(project, "name", "project_name", "workflow_state", "from_date", "to_date"),
		"side": parties.side_of(project),
	}


def file_names(urls: list[str]) -> dict[str, str]:
	"""{address: name} of attached files."""
	wanted = sorted({url for url in urls if url})
	if not wanted:
		return {}
	return dict(frappe.get_all("File", {"file_url": ["in", wanted]}, ["file_url", "file_name"], as_list=True, order_by="creation asc"))


# -- notes ---------------------------------------------------------------------------------


def notes(name: str) -> dict:
	"""The notes of a project, the latest first, and the form for one's own."""
	project = _project(name)
	side = parties.side_of(project)
	editing = _own_open_note(project, side)
	doc = editing or frappe.new_doc(NOTE, project=name, note_date=nowdate())
	typed = forms.refused_input(f"note:{editing.name if editing else 'new'}")
	return {
		**_frame(project, _("Notes of the project")),
		"notes": _notes(project, side),
		"kinds": [(kind, label) for kind, label in forms.choices(NOTE, "kind")],
		"may_write": bool(side) and not running.is_over(project),
		"editing": pick(editing, "name", "modified") if editing else None,
		"photos": [pick(row, "name", "document", "file") for row in editing.photos] if editing else [],
		"values": forms.view(doc, portal_fields.NOTE, {}, typed),
		"typed": bool(typed),
		"answers": _typed_answers(),
		"reports": _reports(project),
		"may_look_back": bool(side) and project.workflow_state == "Running",
		"year": fiscal_year(getdate(nowdate())),
		**accepted_files(doc),
	}


def _reports(project: Document) -> list[dict]:
	return frappe.get_list(
		REPORT,
		{"project": project.name},
		["name", "report_kind", "fiscal_year", "workflow_state", "due_date"],
		order_by="creation desc",
		limit=MOST,
	)


def _own_open_note(project: Document, side: str | None) -> Document | None:
	name = frappe.form_dict.get("edit")
	if not name or not side:
		return None
	doc = page_record(NOTE, name)
	mine = doc.project == project.name and doc.side == side and not doc.acknowledged_on
	return doc if mine else None


def _typed_answers() -> dict[str, str]:
	"""What was typed as an answer before it was refused: {note: text}."""
	typed = (forms.current_notice() or {}).get("typed") or {}
	return {typed["note"]: typed.get("answer", "")} if typed.get("note") and "answer" in typed else {}


def _notes(project: Document, side: str | None) -> list[dict]:
	rows = frappe.get_list(
		NOTE,
		{"project": project.name},
		[
			*("name", "kind", "side", "note_date", "subject", "note", "participants", "decisions", "next_talk_on", "owner"),
			*("answer", "acknowledged_on", "acknowledged_by", "settled_on", "may_publish", "creation"),
		],
		order_by="note_date desc, creation desc",
		limit=NOTES_SHOWN,
	)
	photos = _photos([row.name for row in rows])
	days = frappe.get_cached_value("Kyodo Programme", project.programme, "reply_days")
	for row in rows:
		row.photos = photos.get(row.name, [])
		row.by = frappe.utils.get_fullname(row.owner)
		row.answered_by = frappe.utils.get_fullname(row.acknowledged_by) if row.acknowledged_by else ""
		row.late = not row.acknowledged_on and running.overdue(row.creation, days)
		row.mine = side == row.side
		row.to_answer = bool(side) and not row.mine and not row.acknowledged_on
		row.may_settle = bool(side) and row.kind == running.ISSUE and not row.settled_on and (not row.mine or bool(row.acknowledged_on))
	return sorted(rows, key=lambda row: not row.to_answer)


def _photos(names: list[str]) -> dict[str, list[dict]]:
	if not names:
		return {}
	found = frappe.get_all(
		"Kyodo Attachment",
		{"parenttype": NOTE, "parent": ["in", names], "file": ["is", "set"]},
		["parent", "document", "file"],
		order_by="parent asc, idx asc",
	)
	by_note = {}
	for row in found:
		row.picture = row.file.lower().endswith((".jpg", ".jpeg", ".png", ".gif", ".webp"))
		by_note.setdefault(row.parent, []).append(row)
	return by_note


# -- expenses ------------------------------------------------------------------------------


def expenses_page(name: str) -> dict:
	"""The expenses of a project with what is wrong with each, what is left per line of the plan, and the form."""
	project = _project(name)
	side = parties.side_of(project)
	editing = _own_expense(project, side)
	doc = editing or frappe.new_doc(EXPENSE, project=name, paid_on=nowdate())
	typed = forms.refused_input(f"expense:{editing.name if editing else 'new'}")
	lines = expenses.budget(project)
	rows = _expenses(project, side)
	return {
		**_frame(project, _("Expenses and vouchers")),
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
		"addressee_hint": _addressee(project, side),
		**accepted_files(doc),
	}


def _line_label(line: dict) -> str:
	return " ".join(filter(None, [vocabulary.word(vocabulary.COST, line.category), line.description]))


def _own_expense(project: Document, side: str | None) -> Document | None:
	name = frappe.form_dict.get("edit")
	if not name or not side:
		return None
	doc = page_record(EXPENSE, name)
	return doc if doc.project == project.name and doc.side == side and not doc.report else None


def _addressee(project: Document, side: str | None) -> str:
	if side == parties.CITY:
		return frappe.get_cached_value("Kyodo Programme", project.programme, "municipality_name")
	return frappe.db.get_value("Kyodo Organisation", project.organisation, "organisation_name") or ""


def _expenses(project: Document, side: str | None) -> list[dict]:
	rows = frappe.get_list(
		EXPENSE,
		{"project": project.name},
		[
			*("name", "side", "paid_on", "amount", "budget_line", "category", "description", "payee", "addressee"),
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


# -- changes of the plan -------------------------------------------------------------------


def changes(name: str) -> dict:
	"""The changes of a project's plan so far, and how to ask for one."""
	project = _project(name)
	side = parties.side_of(project)
	rows = frappe.get_list(
		CHANGE,
		{"project": name},
		["name", "side", "reason", "workflow_state", "changes", "submitted_on", "approved_on", "creation"],
		order_by="creation desc",
		limit=MOST,
	)
	return {
		**_frame(project, _("Changes of the plan")),
		# a draft is its own side's
		"rows": [row for row in rows if row.workflow_state != "Draft" or row.side == side],
		"may_begin": bool(side) and project.workflow_state == "Running",
		"reason": forms.refused_input(f"changes:{name}").get("reason", ""),
	}


def change(name: str) -> dict:
	"""A change of a plan: its draft for the side that asks, what changes for both, and the answer."""
	doc = page_record(CHANGE, name)
	project = _project(doc.project)
	side = parties.side_of(project)
	if doc.workflow_state == "Draft" and doc.side != side:
		raise frappe.PageDoesNotExistError
	editing = category_of(doc) == WRITING and doc.side == side
	typed = forms.refused_input(f"change:{name}")
	return {
		**_frame(project, _("Change of the plan")),
		"doc": pick(
			doc,
			*("name", "side", "reason", "workflow_state", "modified", "return_reason", "needs_approval"),
			*("changes_agreement", "moved_amount", "moved_share", "submitted_on", "agreed_on", "approved_on"),
		),
		"changes": doc.changes.split("\n") if doc.changes else [],
		"approval_reasons": doc.approval_reason.split("\n") if doc.approval_reason else [],
		"editing": editing,
		"values": forms.view(doc, portal_fields.CHANGE, portal_fields.CHANGE_TABLES, typed) if editing else {},
		"may_propose": editing,
		"may_answer": doc.workflow_state == "Proposed" and side == parties.other(doc.side),
		"may_withdraw": allows(doc, "Withdraw") and side == doc.side,
		"return_reason": forms.refused_input(f"answer:{name}").get("return_reason", ""),
		"choices": _choices_of_plan(),
	}


def _choices_of_plan() -> dict[str, list[tuple[str, str]]]:
	return {
		"side": [(value, words_of_side(value)) for value in ("Organisation", "City")],
		"who": [(value, words_of_side(value)) for value in ("Both", "Organisation", "City")],
		"direction": forms.choices("Kyodo Indicator", "direction"),
		"income": forms.choices("Kyodo Income Line", "category"),
		"expenses": forms.choices("Kyodo Expense Line", "category"),
	}


def words_of_side(side: str | None) -> str:
	"""A side as pages name it."""
	return {"City": _("City side"), "Organisation": _("Organisation side"), "Both": _("Both sides")}.get(side, "")


# -- reports -------------------------------------------------------------------------------


def report(name: str) -> dict:
	"""A report in the shape of the plan: what was planned beside what was done, reached and spent."""
	doc = page_record(REPORT, name)
	typed = forms.refused_input(f"report:{name}")
	asked = form_of.fields_of(doc, form_of.PORTAL, former=True)
	questions = [one for one in asked if one.name not in report_figures.IN_SHAPE_OF_PLAN and not one.is_attachments]
	files = [one for one in questions if one.is_file]
	return {
		"title": frappe.db.get_value("Kyodo Project", doc.project, "project_name"),
		"doc": pick(
			doc,
			*("name", "project", "fiscal_year", "report_kind", "workflow_state", "modified", "completed_on", "due_date"),
			*("submitted_on", "return_reason", "granted_amount", "settled_amount", "unused_amount", "total_cost"),
			*("eligible_cost", "paid_amount", "refund_amount", "payable_amount", "settlement_note"),
		),
		"takes_part": parties.takes_part(frappe.get_doc("Kyodo Project", doc.project)),
		"values": _values(doc, questions, typed),
		"labels": {one.name: one.label for one in asked},
		"questions": [inputs.input_for(one) for one in questions if not one.is_file],
		"answers": form_text.blocks(doc, form_of.PORTAL, only=questions),
		"files": [{"name": one.name, "label": one.label, "help": one.help, "file": doc.get(one.name)} for one in files],
		"editing": category_of(doc) == WRITING and doc.has_permission("write"),
		"typed": typed,
		"done_choices": forms.choices("Kyodo Schedule Result", "done"),
		"photos": [pick(row, "name", "document", "file") for row in doc.photos],
		"file_names": file_names([row.file for row in doc.photos]),
		"with_money": doc.report_kind != report_figures.MID_TERM,
		**accepted_files(doc),
	}


def _values(doc: Document, questions: list[form_of.Field], typed: dict) -> dict:
	"""What the inputs hold, with what was planned and what follows from it beside each row."""
	names, tables = fields.split(questions)
	shaped = {table: (*planned, *answered) for table, (planned, answered) in report_figures.IN_SHAPE_OF_PLAN.items()}
	values = forms.view(doc, names, {**tables, **shaped}, typed)
	for table, columns in _shown_beside(doc).items():
		_beside(values[table], doc.get(table), **columns)
	return values


def _shown_beside(doc: Document) -> dict[str, dict[str, Callable]]:
	"""{table: {column: how a row says it}}"""
	vouchers = _vouchers(doc)
	return {
		"schedule": {"side": lambda row: words_of_side(row.side)},
		"indicators": {"planned": _target, "achieved": _achieved},
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


def _beside(values: list[dict], rows: list[Document], **columns):
	"""Put what is only shown beside what is typed, row by row."""
	stored = {row.name: row for row in rows}
	for value in values:
		row = stored.get(value.get("name"))
		for column, text in columns.items():
			value[column] = text(row) if row else ""


def _target(row: Document) -> str:
	unit = row.unit or ""
	text = f"{words.number(row.target)}{unit}"
	return _("{0} or less").format(text) if row.direction == "Lower" else text


def _achieved(row: Document) -> str:
	if not flt(row.actual) and not row.result_note:
		return ""
	found = achievement(flt(row.baseline), flt(row.target), flt(row.actual), row.direction)
	word = _("reached") if found.reached else _("not reached")
	return f"{found.percent:g}% {word}" if found.percent is not None else word


def _vouchers(doc: Document) -> dict[str, list[dict]]:
	"""{line: its vouchers}"""
	if doc.report_kind == report_figures.MID_TERM:
		return {}
	project = frappe.get_doc("Kyodo Project", doc.project)
	plan = {row.name for row in project.expenses}
	found = {}
	for voucher in report_figures.vouchers_of(doc, project):
		shown = pick(voucher.row, "name", "paid_on", "amount", "description", "payee", "receipt")
		shown.reasons = voucher.reasons
		found.setdefault(report_figures.line_key(voucher, plan), []).append(shown)
	return found


# -- what waits ----------------------------------------------------------------------------


def tasks() -> list[dict]:
	"""Notes to acknowledge and changes to answer or to mend, for the side that has to."""
	user = frappe.session.user
	own, writable = set(projects_of_organisations(user)), set(projects_of_organisations(user, WRITERS))
	sections = set(sections_of(user))

	def side_in(row: dict) -> str | None:
		if row.project in own:
			return parties.ORGANISATION if row.project in writable else None
		return parties.CITY if row.section in sections else None

	notes_, changes_ = _notes_to_answer(side_in), _changes_to_answer(side_in)
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in (*notes_, *changes_)])
	found = {}
	for row in notes_:  # one task for all notes of a project
		found.setdefault(
			row.project,
			task(_("Note to acknowledge"), titles.get(row.project), f"/kyodo/my/projects/{row.project}/notes", row.subject),
		)
	return [
		*found.values(),
		*(
			task(
				_("Change of the plan to answer") if row.workflow_state == "Proposed" else _("Change of the plan to finish"),
				titles.get(row.project),
				f"/kyodo/my/changes/{row.name}",
				row.return_reason if row.workflow_state == "Returned" else row.reason,
			)
			for row in changes_
		),
	]


def _notes_to_answer(side_in) -> list[dict]:
	rows = frappe.get_list(
		NOTE,
		{"acknowledged_on": ["is", "not set"]},
		["name", "project", "section", "side", "subject"],
		order_by="creation asc",
		limit=MOST,
	)
	return [row for row in rows if (side := side_in(row)) and side != row.side]


def _changes_to_answer(side_in) -> list[dict]:
	rows = frappe.get_list(
		CHANGE,
		{"workflow_state": ["in", states(CHANGE, WRITING, WAITING)]},
		["name", "project", "section", "side", "workflow_state", "return_reason", "reason"],
		order_by="creation asc",
		limit=MOST,
	)
	return [row for row in rows if (side := side_in(row)) and (side == row.side) != (row.workflow_state == "Proposed")]


def reports_due() -> list[dict]:
	rows = frappe.get_list(
		"Kyodo Report",
		{"workflow_state": ["in", states("Kyodo Report", WRITING)]},
		["name", "project", "due_date", "workflow_state", "return_reason"],
		order_by="due_date asc",
		limit=MOST,
	)
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in rows])
	return [
		task(
			_("Report to hand in") if row.workflow_state == "Draft" else _("Returned report"),
			titles.get(row.project),
			f"/kyodo/my/reports/{row.name}",
			row.return_reason if row.workflow_state == "Returned" else "",
			row.due_date,
		)
		for row in rows
	]


PAGES = (
	Page("my/projects/<name>/notes", "partnership/notes", notes),
	Page("my/projects/<name>/expenses", "partnership/expenses", expenses_page),
	Page("my/projects/<name>/changes", "partnership/changes", changes),
	Page("my/changes/<name>", "partnership/change", change),
	Page("my/reports/<name>", "partnership/report", report),
)
