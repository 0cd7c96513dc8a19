"""Fields that a user may not read: those of permission levels above the user's own, in records and their rows."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.changed_rows import WritesChangedRows
from kyodo_frappe.permissions.hooks import child_doctypes, level_everywhere, open_levels
from kyodo_frappe.permissions.record_rules import RECORD_RULES


class ScopedDocument(WritesChangedRows):
	"""Base class of records with fields on higher permission levels.

	A level counts only through roles that open this very record. Frappe combines the levels of all roles of a user,
	whichever of them opens the record.
	"""

	def get_permlevel_access(self, permission_type="write"):
		"""Return the permission levels that the user has on this record."""
		return open_levels(self, permission_type, super().get_permlevel_access(permission_type))


def hidden_fields(doctype: str) -> set[str]:
	"""Return the fieldnames of a DocType and its child tables that the current user may not read."""
	parents = child_doctypes().get(doctype, [])
	metas = [(frappe.get_meta(doctype), parents)]
	metas += [(frappe.get_meta(table.options), [doctype]) for table in metas[0][0].get_table_fields()]

	def hidden(df, of):
		return df.permlevel and not any(_reads(one, df.permlevel) for one in of or [doctype])

	fields = {df.fieldname for meta, of in metas for df in meta.fields if hidden(df, of)}
	tables = ((one, table) for one in parents or [doctype] for table in frappe.get_meta(one).get_table_fields())
	return fields | _columns_of_hidden_tables(metas, {table.options for one, table in tables if hidden(table, [one])})


def reads_somewhere(doctype: str) -> bool:
	"""Whether the current user reads a permission level in some records of a list but not in others."""
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
	"""Return the columns of tables that are hidden as a whole, without names that visible tables share."""
	shown = {df.fieldname for meta, _of in metas if meta.name not in tables for df in meta.fields}
	return {df.fieldname for table in tables for df in frappe.get_meta(table).fields} - shown


def remove_unreadable_fields(doc: Document):
	"""Remove the fields that the user may not read from the response to a save; Frappe would return every level.

	For `on_change` of records that users may write without reading every field. Services keep the whole record.
	"""
	if not doc.flags.kyodo_service:
		doc.apply_fieldlevel_read_permissions()
