"""A record as one document: every question of its form with what was written, in the order and the words of its programme.

Read in the desk beside what there is to check (proposals/reading.py, partnership/report_reading.py).
"""

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.file_types import extension_of
from kyodo_frappe.programme import form, form_text
from kyodo_frappe.programme.form import Field

PDF, PICTURE, OTHER = "pdf", "picture", "other"
PICTURES = ("jpg", "jpeg", "png", "gif", "webp")
FILES = "files"


def document_of(record: Document, titles: dict[str, str], without: tuple[str, ...] = ()) -> list[dict]:
	"""[{step, title, blocks}] of all fields of a record's form that the user may read. The caller has checked read permission.

	titles: {step: heading}; without: fields that the page shows elsewhere; blocks: as `form_text.blocks`, or of kind FILES with
	`files`: [{title, name, url, size, kind}], size in bytes.
	"""
	files = files_of(record)
	found: dict[str, list[dict]] = {}
	for field in form.fields_of(record, former=True):
		if field.name not in without and form_text.may_read(record, field):
			found.setdefault(field.step, []).append(_block(record, field, files))
	return [{"step": step, "title": titles.get(step, ""), "blocks": blocks} for step, blocks in found.items()]


def _block(record: Document, field: Field, files: dict[str, dict]) -> dict:
	value = record.get(field.name)
	if field.is_attachments:
		rows = [file_of(row.document, row.file, files) for row in value or () if row.document or row.file]
	elif field.is_file:
		rows = [file_of(field.label, value, files)] if value else []
	else:
		return form_text.block(record, field)
	return {"name": field.name, "label": field.label, "step": field.step, "former": field.former, "kind": FILES, "files": rows}


def files_of(record: Document) -> dict[str, dict]:
	"""{file_url: {file_name, file_size}} of the files attached to a record."""
	mine = {"attached_to_doctype": record.doctype, "attached_to_name": record.name}
	rows = frappe.get_all("File", mine, ["file_url", "file_name", "file_size"], order_by="creation desc")
	return {row.file_url: row for row in rows}


def file_of(title: str | None, url: str | None, files: dict[str, dict]) -> dict:
	"""{title, name, url, size, kind} of a file; files as `files_of`."""
	row = files.get(url) or frappe._dict()
	name = row.file_name or (url or "").rsplit("/", 1)[-1]
	return {"title": title or name, "name": name, "url": url or "", "size": row.file_size or 0, "kind": kind_of(name)}


def kind_of(name: str | None) -> str:
	"""Whether a browser shows a file in place: PDF, PICTURE or OTHER."""
	extension = extension_of(name or "")
	return PDF if extension == "pdf" else PICTURE if extension in PICTURES else OTHER
