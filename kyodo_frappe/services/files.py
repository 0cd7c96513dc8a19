"""Attachments of our records are private, whatever the uploading program asks for (frappe-notes 11)."""

from pathlib import Path

import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.doors import DOORS


def stay_private(file: Document, method: str | None = None):
	"""Before a File is saved again: it is not made public."""
	if _ours(file) and not file.is_new():
		file.is_private = 1


def become_private(file: Document, method: str | None = None):
	"""After a File came into being: a private file's right follows the record that it hangs on."""
	if file.is_private or not _ours(file):
		return
	_free_the_name(file)
	file.reload()
	file.is_private = 1
	file.save(ignore_permissions=True)  # who may attach to the record has been checked when it was uploaded


def _ours(file: Document) -> bool:
	return file.attached_to_doctype in DOORS and not file.is_folder and not file.is_remote_file


def _free_the_name(file: Document):
	"""Frappe refuses to make a file private when a private one has its name already: give it a name of its own."""
	name = Path(file.file_url).name
	if not Path(frappe.get_site_path("private", "files", name)).exists():
		return
	public = Path(frappe.get_site_path("public", "files", name))
	renamed = public.with_stem(f"{public.stem}-{frappe.generate_hash(length=8)}")
	public.rename(renamed)
	file.db_set("file_url", f"/files/{renamed.name}")
