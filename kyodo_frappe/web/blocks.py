"""Pieces that several pages show: the text of a proposal, titles of records, what waits for somebody."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.common import file_types
from kyodo_frappe.programme import form
from kyodo_frappe.programme.form_text import blocks

MOST = 50


def task(kind: str, title: str | None, address: str, note: str | None = "", due=None) -> dict:
	return frappe._dict(kind=kind, title=title or "", address=address, note=note or "", due=due)


def titles_of(doctype: str, fieldname: str, names: list[str]) -> dict[str, str]:
	"""Titles of records that lists open to this login have named."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	return dict(frappe.get_all(doctype, {"name": ["in", wanted]}, ["name", fieldname], as_list=True, order_by="name"))


def sheet_of(doc: Document, empty: bool = False) -> dict:
	"""What a proposal says, for reading; with its empty parts too, where several stand side by side."""
	return frappe._dict(
		name=doc.name,
		title=doc.title,
		organisation=frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		blocks=[block for block in blocks(doc, form.REVIEW, empty) if block.name != "title"],
	)


def accepted_files(doc: Document) -> dict:
	"""What a form for files says and lets choose."""
	types, most_mb = file_types.accepted(doc)
	return {"types": "、".join(types), "accept": ",".join(f".{ending}" for ending in types), "most_mb": most_mb}
