"""Several records of a list at once: an action of the workflow, a field, or a workbook of what the list shows.

Each record is changed on its own, as in its form. A refused one stays unchanged, and the reason is shown beside its title.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import frappe
import openpyxl
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import vocabulary, workbooks
from kyodo_frappe.common.errors import TooMany
from kyodo_frappe.common.request_json import names as parse_names
from kyodo_frappe.permissions.columns import hidden_fields
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows import guard, locking
from kyodo_frappe.workflows.spec import specs

MOST = 500
WIDTHS = {"Date": 16, "Currency": 14, "Int": 10}
REFUSALS = (frappe.ValidationError, frappe.PermissionError)


@cache
def settable() -> dict[str, list[str]]:
	"""Return {DocType: fields that may be set in several records at once}."""
	return json.loads(Path(__file__).with_name("settable_fields.json").read_text(encoding="utf-8"))


def extend_bootinfo(bootinfo: dict):
	"""Tell the desk which fields may be set in several records at once, as `kyodo_settable` (public/js/desk/bulk_actions.js)."""
	bootinfo["kyodo_settable"] = settable()


@frappe.whitelist(methods=["POST"])
def act(doctype: str, names: list | str, action: str) -> dict[str, list[dict]]:
	"""Take an action of the workflow for each record, as far as the guard lets the user.

	Returns {done, failed: [{name, title, reason}]}. Raises PermissionError, InvalidRequest.
	"""
	require(OFFICER, MANAGER, SECTION)
	if doctype not in specs():
		raise frappe.PermissionError
	return _each(doctype, names, lambda doc: guard.move(doc, action))


@frappe.whitelist(methods=["POST"])
def set_field(doctype: str, names: list | str, field: str, value: str) -> dict[str, list[dict]]:
	"""Set a field of each record, as far as the guard lets the user. Returns and raises like `act`."""
	require(OFFICER, MANAGER, SECTION)
	if field not in settable().get(doctype, ()):
		raise frappe.PermissionError

	def change(doc: Document):
		doc.check_permission("write")
		doc.set(field, value)
		doc.save()

	return _each(doctype, names, change)


@frappe.whitelist(methods=["POST"])
def export(doctype: str, names: list | str) -> None:
	"""Respond with a workbook of the records, with the columns of their list. Raises PermissionError, InvalidRequest."""
	require(OFFICER, MANAGER, SECTION)
	if not doctype.startswith("Kyodo ") or not frappe.has_permission(doctype, "export"):
		raise frappe.PermissionError
	fields = _columns(doctype)
	wanted = {"name": ["in", _few(names)]}
	rows = frappe.get_list(doctype, wanted, ["name", *(df.fieldname for df in fields)], order_by="name", limit=MOST)
	workbooks.respond(_workbook(doctype, fields, rows), f"{_(doctype)}.xlsx")


# -- each by itself ----------------------------------------------------------------------------


def _few(names: list | str) -> list[str]:
	found = list(dict.fromkeys(parse_names(names)))
	if len(found) > MOST:
		frappe.throw(_("Please choose at most {0} records at once.").format(MOST), TooMany)
	return found


def _each(doctype: str, names: list | str, change: Callable[[Document], object]) -> dict[str, list[dict]]:
	found = _few(names)
	locking.lock(*((doctype, name) for name in found))
	outcome: dict[str, list[dict]] = {"done": [], "failed": []}
	for name in found:
		title, reason = _one(doctype, name, change)
		outcome["failed" if reason else "done"].append({"name": name, "title": title, "reason": reason})
	return outcome


def _one(doctype: str, name: str, change: Callable[[Document], object]) -> tuple[str, str]:
	"""Return (title, reason why it was refused or "")."""
	point, said = "kyodo_many", len(frappe.local.message_log)
	title = name
	frappe.db.savepoint(point)
	try:
		doc = frappe.get_doc(doctype, name)
		doc.check_permission("read")
		title = doc.get_title() or name
		change(doc)
	except REFUSALS as refusal:
		frappe.db.rollback(save_point=point)
		frappe.clear_document_cache(doctype, name)
		# told beside the title instead of in a box of its own: the request as a whole has not failed
		del frappe.local.message_log[said:]
		frappe.local.response.pop("exc_type", None)
		return title, frappe.utils.strip_html(str(refusal)) or _("You are not permitted to do this.")
	return title, ""


# -- the workbook ------------------------------------------------------------------------------


def _columns(doctype: str) -> list:
	meta, hidden = frappe.get_meta(doctype), hidden_fields(doctype)
	shown = [df for df in meta.fields if df.fieldname == meta.title_field]
	shown += [df for df in meta.fields if df.fieldname in ("workflow_state", "state", "result")]
	shown += [df for df in meta.fields if df.in_list_view]
	return [df for df in dict.fromkeys(shown) if df.fieldname not in hidden]


def _workbook(doctype: str, fields: list, rows: list[dict]) -> bytes:
	book = openpyxl.Workbook()
	sheet = book.active
	titles = {df.fieldname: _titles(df, rows) for df in fields if df.fieldtype == "Link"}
	for column, label in enumerate([_("Number"), *(_(df.label) for df in fields)], 1):
		workbooks.write_cell(sheet, 1, column, label, head=True)
		df = fields[column - 2] if column > 1 else None
		sheet.column_dimensions[sheet.cell(1, column).column_letter].width = WIDTHS.get(df.fieldtype, 28) if df else 16
	for number, row in enumerate(rows, 2):
		workbooks.write_cell(sheet, number, 1, row.name)
		for column, df in enumerate(fields, 2):
			value = row[df.fieldname]
			workbooks.write_cell(
				sheet, number, column, titles[df.fieldname].get(value, value) if df.fieldtype == "Link" else _said(df, value)
			)
	sheet.freeze_panes = "B2"
	return workbooks.as_bytes(book)


def _said(df, value):
	if df.fieldtype in ("Date", "Datetime"):
		return era_date(frappe.utils.getdate(value)) if value else ""
	if df.fieldtype == "Check":
		return _("Yes") if value else _("No")
	if df.fieldtype in ("Int", "Float", "Currency", "Percent"):
		return value
	return vocabulary.shown(df, value)


def _titles(df, rows: list[dict]) -> dict[str, str]:
	"""Return {name: title} of linked records that the user may read; others keep their names. Two queries for a column."""
	named = sorted({row[df.fieldname] for row in rows if row[df.fieldname]})
	if df.options == "Workflow State":
		return {name: _(name) for name in named}
	if vocabulary.is_term(df):
		return {name: vocabulary.word(df.options, name) for name in named}
	title = frappe.get_meta(df.options).title_field
	if not named or not title or not df.options.startswith("Kyodo "):
		return {}
	wanted = {"name": ["in", named]}
	return {row.name: row[title] for row in frappe.get_list(df.options, wanted, ["name", title], order_by="name", limit_page_length=0)}
