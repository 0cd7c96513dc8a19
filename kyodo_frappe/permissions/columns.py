"""Columns that a login may not read: fields on a permission level above its own, in a record and in its rows."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.hooks import child_doctypes


def hidden_fields(doctype: str) -> set[str]:
	"""Fieldnames of a record and its rows, or of rows, on a level that the current user may not read."""
	parents = child_doctypes().get(doctype, [])
	metas = [(frappe.get_meta(doctype), parents)]
	metas += [(frappe.get_meta(table.options), [doctype]) for table in metas[0][0].get_table_fields()]

	def hidden(df, of):
		return df.permlevel and not any(
			df.permlevel in frappe.get_meta(one).get_permlevel_access() for one in of or [doctype]
		)

	fields = {df.fieldname for meta, of in metas for df in meta.fields if hidden(df, of)}
	tables = ((one, table) for one in parents or [doctype] for table in frappe.get_meta(one).get_table_fields())
	return fields | _columns_of_hidden_tables(metas, {table.options for one, table in tables if hidden(table, [one])})


def _columns_of_hidden_tables(metas: list[tuple], tables: set[str]) -> set[str]:
	"""Columns of tables that are hidden as a whole; not those whose names other tables share."""
	shown = {df.fieldname for meta, _of in metas if meta.name not in tables for df in meta.fields}
	return {df.fieldname for table in tables for df in frappe.get_meta(table).fields} - shown


def shorten_answer(doc: Document):
	"""The answer to a save holds no more than its reader may read; Frappe would hand out every level of the record. For
	on_change of records that somebody may write without reading them whole; a service goes on with the whole."""
	if not doc.flags.kyodo_service:
		doc.apply_fieldlevel_read_permissions()
