"""Columns that a login may not read: fields on a permission level above its own, in a record and in its rows."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.hooks import child_doctypes, level_everywhere, open_levels
from kyodo_frappe.permissions.record_rules import RECORD_RULES


class ScopedDocument(Document):
	"""A record with fields on a level of their own, which are as open as the record is by the role that has the level.
	Frappe takes the levels of all roles of a login together, whichever of them opens the record."""

	def get_permlevel_access(self, permission_type="write"):
		return open_levels(self, permission_type, super().get_permlevel_access(permission_type))


def hidden_fields(doctype: str) -> set[str]:
	"""Fieldnames of a record and its rows, or of rows, on a level that the current user may not read."""
	parents = child_doctypes().get(doctype, [])
	metas = [(frappe.get_meta(doctype), parents)]
	metas += [(frappe.get_meta(table.options), [doctype]) for table in metas[0][0].get_table_fields()]

	def hidden(df, of):
		return df.permlevel and not any(_reads(one, df.permlevel) for one in of or [doctype])

	fields = {df.fieldname for meta, of in metas for df in meta.fields if hidden(df, of)}
	tables = ((one, table) for one in parents or [doctype] for table in frappe.get_meta(one).get_table_fields())
	return fields | _columns_of_hidden_tables(metas, {table.options for one, table in tables if hidden(table, [one])})


def reads_somewhere(doctype: str) -> bool:
	"""Whether the current user reads a level of a DocType in some of the records that a list shows, and not in others."""
	if doctype not in RECORD_RULES or frappe.session.user == "Administrator":
		return False
	meta = frappe.get_meta(doctype)
	used = {df.permlevel for df in meta.fields if df.permlevel} & set(meta.get_permlevel_access())
	return not all(_reads(doctype, level) for level in used)


def _reads(doctype: str, level: int) -> bool:
	user = frappe.session.user
	if doctype in RECORD_RULES and user != "Administrator":
		return level_everywhere(doctype, level, user)
	return level in frappe.get_meta(doctype).get_permlevel_access()


def _columns_of_hidden_tables(metas: list[tuple], tables: set[str]) -> set[str]:
	"""Columns of tables that are hidden as a whole; not those whose names other tables share."""
	shown = {df.fieldname for meta, _of in metas if meta.name not in tables for df in meta.fields}
	return {df.fieldname for table in tables for df in frappe.get_meta(table).fields} - shown


def shorten_answer(doc: Document):
	"""The answer to a save holds no more than its reader may read; Frappe would hand out every level of the record. For
	on_change of records that somebody may write without reading them whole; a service goes on with the whole."""
	if not doc.flags.kyodo_service:
		doc.apply_fieldlevel_read_permissions()
