"""The parts of the sheet and what a registration had to answer become rows of the declared forms, in programmes and in the
versions of their rules. What the app's code asked before, every programme asks now by a row of its own."""

import json

import frappe

from kyodo_frappe.common.stored_values import plain
from kyodo_frappe.programme import form, presets
from kyodo_frappe.programme import versions as programme_versions

SHEET, REGISTRATION = ("Kyodo Sheet Part", "sheet_parts"), ("Kyodo Registration Item", "registration_items")


def execute():
	for name in frappe.get_all("Kyodo Programme", pluck="name", order_by="name"):
		programme = frappe.get_doc("Kyodo Programme", name)
		if not programme.form_fields:
			_declare(programme)
	for doctype, _field in (SHEET, REGISTRATION):
		# later versions remove what is no longer ours by themselves; the rows stay in the database
		frappe.delete_doc("DocType", doctype, force=True, ignore_permissions=True, ignore_missing=True)
	frappe.clear_cache(doctype="Kyodo Programme")
	form.forget_content()


def _declare(programme):
	sheet, registration = _rows(programme.name, *SHEET), _rows(programme.name, *REGISTRATION)
	programme.extend("form_fields", form.rows_from_former_tables(sheet, registration))
	programme.update_children()
	frappe.clear_document_cache(programme.doctype, programme.name)
	if programme.preset:
		presets.rename_mark(programme.preset, programme.name, "sheet_parts", _state(sheet), "form_fields")
	for version in frappe.get_all("Kyodo Programme Version", {"programme": programme.name}, ["name", "rules"], order_by="number"):
		rules = json.loads(version.rules)
		if "sheet_parts" in rules:
			rules["form_fields"] = form.rows_from_former_tables(rules.pop("sheet_parts"), registration)
			programme_versions.rewrite(version.name, rules)


def _rows(programme: str, doctype: str, parentfield: str) -> list[dict]:
	"""The rows that the table of a DocType that is gone still holds."""
	if not frappe.db.table_exists(doctype):
		return []
	table = frappe.qb.DocType(doctype)
	mine = (table.parent == programme) & (table.parentfield == parentfield)
	return frappe.qb.from_(table).select("*").where(mine).orderby(table.idx).run(as_dict=True)


def _state(rows: list[dict]) -> list[dict]:
	"""As common/stored_values.py: state_of told them, when the DocType was there."""
	columns = ("field", "label_text", "help_text", "criterion", "required", "basis")
	return [{column: plain(row[column]) for column in columns if plain(row[column]) != ""} for row in rows]
