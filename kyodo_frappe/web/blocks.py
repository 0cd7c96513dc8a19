"""Parts of contexts that several pages share: the text of a proposal, titles of linked records, tasks."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import file_types
from kyodo_frappe.programme import form
from kyodo_frappe.programme.form_text import blocks

MOST = 50


def task(kind: str, title: str | None, address: str, note: str | None = "", due=None, act: str = "") -> dict:
	"""Return a task of the user for My page: {kind, title, address, note, due, act}. `act`: what its button says."""
	return frappe._dict(kind=kind, title=title or "", address=address, note=note or "", due=due, act=act or _("See the page"))


def titles_of(doctype: str, fieldname: str, names: list[str], known: dict[str, str] | None = None) -> dict[str, str]:
	"""Return {name: title} of records linked from records that the user may read. Permissions are not checked again.

	known: titles that need not be asked for.
	"""
	known = known or {}
	wanted = sorted({name for name in names if name and name not in known})
	if not wanted:
		return known
	return {**known, **dict(frappe.get_all(doctype, {"name": ["in", wanted]}, ["name", fieldname], as_list=True, order_by="name"))}


def sheet_of(doc: Document, empty: bool = False) -> dict:
	"""Return {name, title, organisation, blocks} of a proposal for reading. `empty`: include empty parts, for comparisons."""
	return frappe._dict(
		name=doc.name,
		title=doc.title,
		organisation=frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		blocks=[block for block in blocks(doc, form.REVIEW, empty) if block.name != "title"],
	)


def accepted_files(doc: Document) -> dict:
	"""Return {types, accept, most_mb} for a file input of a record."""
	types, most_mb = file_types.accepted(doc)
	return {"types": "、".join(types), "accept": ",".join(f".{ending}" for ending in types), "most_mb": most_mb}
