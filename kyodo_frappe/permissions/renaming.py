"""Records of the programme keep their names: letters, minutes and links cite them."""

import frappe
from frappe import _
from frappe.model.document import Document


def before_rename(doc: Document, method: str | None, old: str, new: str, merge: bool = False):
	"""Refuse it unless a service merges duplicates, or the DocType offers it (a section, a programme)."""
	if doc.meta.allow_rename or frappe.flags.kyodo_merged_away == (doc.doctype, old):
		return
	frappe.throw(_("{0} keeps its number: letters and minutes cite it.").format(_(doc.doctype)), frappe.PermissionError)
