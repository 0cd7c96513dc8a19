"""Protection against renaming: letters, minutes and links cite records by name."""

import frappe
from frappe import _
from frappe.model.document import Document


def before_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False):
	"""Raise PermissionError unless the DocType allows renaming or a service merges duplicates (hooks.py: before_rename)."""
	if doc.meta.allow_rename or frappe.flags.kyodo_merged_away == (doc.doctype, old):
		return
	frappe.throw(_("{0} cannot be renamed, because letters and minutes cite its number.").format(_(doc.doctype)), frappe.PermissionError)
