"""Lists of organisations to import, and their runs in this process."""

import csv
import io

import frappe

from kyodo_frappe.organisations import import_list as imports
from kyodo_frappe.organisations.import_known import ORGANISATION
from kyodo_frappe.organisations.import_list import DOCTYPE


def as_csv(rows, encoding="utf-8-sig", delimiter=",") -> bytes:
	text = io.StringIO()
	csv.writer(text, delimiter=delimiter).writerows(rows)
	return text.getvalue().encode(encoding)


def attach(doc, content: bytes, filename: str):
	place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_private": 1}
	file = frappe.get_doc({"doctype": "File", "file_name": filename, "content": content, **place}).insert()
	doc.source_file = file.file_url
	doc.save()


def run(town, name: str, dry: bool = False):
	with town.officer:
		imports.check_list(name)
		imports.run(name, dry=True)
		checked = frappe.get_doc(DOCTYPE, name)
		if dry or checked.status != "Checked":
			return checked
		imports.import_list(name)
		imports.run(name, dry=False)
		return frappe.get_doc(DOCTYPE, name)


def counts(doc) -> tuple:
	assert doc.status in ("Checked", "Import Done"), (doc.message, frappe.get_last_doc("Error Log").error)
	return tuple(doc.get(count) for count in imports.COUNTS)


def organisation(name: str):
	return frappe.get_doc(ORGANISATION, {"organisation_name": name})
