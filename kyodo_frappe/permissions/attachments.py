"""Attachments of our records: checked, private, and as readable as the record they belong to (frappe-notes 11).

The portal and services use `attach`. Files that arrive through Frappe's own upload functions and REST pass the same checks
in hooks of File.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import frappe
from frappe import _
from frappe.core.doctype.file.file import File
from frappe.core.doctype.file.file import has_permission as core_has_permission
from frappe.model.document import Document
from frappe.utils import add_days, cint, nowdate

from kyodo_frappe.common.errors import FileNotAccepted, RowMissing
from kyodo_frappe.common.file_types import (
	FORBIDDEN_TYPES,
	SAFE_TYPES,
	check,
	clean_name,
	content_matches,
	content_of,
	extension_of,
	is_pdf,
	refuse_damaged,
)
from kyodo_frappe.permissions.errors import RemoteFile, UnsafePublicFile
from kyodo_frappe.permissions.hooks import attach_fields, attach_levels
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.roles import is_portal_user, may_publish
from kyodo_frappe.workflows import guard

RECENT_DAYS, PDFS_AT_A_TIME = 14, 50
PLAIN_TEXT = ("txt",)  # harmless: accepted from Frappe's own upload functions besides the programme's types


def attach(
	doc: Document,
	*,
	filename: str,
	content: bytes,
	fieldname: str,
	table: str | None = None,
	row: str | None = None,
) -> Document:
	"""Attach a file to a field of a record, or of row `row` of its table `table`, and save the record; returns the File.

	The file that the field held before is deleted. Raises PermissionError if the user may not write the record or the field,
	ValidationError if the file is refused, and the errors of the workflow guard.
	"""
	doc.check_permission("write")
	target = _target(doc, fieldname, table, row)
	name = clean_name(filename)
	check(doc, name, content)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": name,
			"content": content,
			"is_private": 1,
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": fieldname,
		}
	)
	file.insert(ignore_permissions=True)  # write permission on the record was checked above
	replaced = target.get(fieldname)
	target.set(fieldname, file.file_url)
	doc.save()
	if _target(doc, fieldname, table, target.name).get(fieldname) != file.file_url:
		frappe.throw(_("You cannot attach a file here."), frappe.PermissionError)
	remove(doc, replaced)
	return file


def detach(doc: Document, *, fieldname: str, table: str | None = None, row: str | None = None):
	"""Clear an Attach field and delete the file. Takes the same arguments and raises the same errors as `attach`."""
	doc.check_permission("write")
	target = _target(doc, fieldname, table, row)
	replaced = target.get(fieldname)
	target.set(fieldname, None)
	doc.save()
	remove(doc, replaced)


def store_pdf(doc: Document, content: bytes, fieldname: str = "pdf") -> str:
	"""Store the PDF of a record as its private file, named after the record; returns the file's URL."""
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{doc.name}.pdf",
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"attached_to_field": fieldname,
			"is_private": 1,
			"content": content,
		}
	).insert(ignore_permissions=True)  # background jobs print, too; access to the file follows the record
	doc.db_set(fieldname, file.file_url)
	return file.file_url


def without_pdf(doctype: str, states: list[str] | tuple[str, ...]) -> list[str]:
	"""Return recently changed records in these states whose PDF is missing, the oldest first."""
	recent = {"workflow_state": ["in", states], "pdf": ["is", "not set"], "modified": [">", add_days(nowdate(), -RECENT_DAYS)]}
	return frappe.get_all(doctype, recent, pluck="name", order_by="creation asc", limit=PDFS_AT_A_TIME)


def stored_pdf(doc: Document, fieldname: str = "pdf") -> bytes | None:
	"""Return the content of the file that `store_pdf` has kept, or None. The caller has checked the permission to read the record."""
	named = {"file_url": doc.get(fieldname), "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	name = frappe.db.get_value("File", named) if doc.get(fieldname) else None
	return content_of(frappe.get_doc("File", name)) if name else None


def _target(doc: Document, fieldname: str, table: str | None, row: str | None) -> Document:
	target = doc
	if table:
		target = next((child for child in doc.get(table) or [] if child.name == row), None)
		if target is None:
			frappe.throw(_("This row no longer exists. Please reload the page."), RowMissing)
	field = target.meta.get_field(fieldname)
	if not field or field.fieldtype not in ("Attach", "Attach Image") or field.read_only:
		frappe.throw(_("You cannot attach a file here."), frappe.PermissionError)
	return target


def remove(doc: Document, url: str | None):
	"""Delete the file at a URL unless another field of the record still refers to it."""
	if not url or url in attached_urls(doc):
		return
	filters = {"file_url": url, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	for name in frappe.get_all("File", filters, pluck="name", order_by="creation"):
		# the user has just saved the record without this file, with their own permissions
		frappe.delete_doc("File", name, ignore_permissions=True)


def attached_urls(doc: Document) -> set[str]:
	"""Return the URLs in all Attach fields of a record and its rows."""
	return {part.get(fieldname) for part, fieldname, _level in _attach_fields(doc)} - {None, ""}


def _attach_fields(doc: Document) -> Iterator[tuple[Document, str, int]]:
	"""Yield (record or row, fieldname, permission level) for each Attach field."""
	for part in (doc, *doc.get_all_children()):
		of_table = cint(doc.meta.get_field(part.parentfield).permlevel) if part.get("parentfield") else 0
		for field in attach_fields(part.meta):
			yield part, field.fieldname, cint(field.permlevel) or of_table


def claim(doc: Document, fieldname: str, url: str) -> str | None:
	"""Return the URL under which an Attach field of a record may refer to a file, or None if it may not.

	It may if the file is attached to the record already, or if the user has uploaded it and it is attached to nothing; then
	it is checked and attached. A service may also copy a file that the user can read. Raises ValidationError as `check`.
	"""
	if not str(url).startswith(("/files/", "/private/files/")):
		return None
	candidates = [
		frappe.get_doc("File", name)
		for name in frappe.get_all("File", {"file_url": url, "is_folder": 0}, pluck="name", order_by="creation")
	]
	place = (doc.doctype, doc.name)
	if any(_parent_of(file) == place for file in candidates):
		return url
	loose = [file for file in candidates if not file.attached_to_name and file.owner == frappe.session.user]
	if loose:
		return _attach_upload(loose[0], doc, fieldname)
	if doc.flags.kyodo_service and (readable := [file for file in candidates if _may_read(file)]):
		return _copy(readable[0], doc, fieldname)
	return None


def _attach_upload(file: Document, doc: Document, fieldname: str) -> str:
	check(doc, file.file_name, content_of(file), also=PLAIN_TEXT)
	if not file.is_private:
		_make_private(file)
	place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "attached_to_field": fieldname}
	file.db_set(place, update_modified=False)
	return file.file_url


def _copy(file: Document, doc: Document, fieldname: str) -> str:
	place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "attached_to_field": fieldname}
	copied = frappe.get_doc({"doctype": "File", "file_name": file.file_name, "content": content_of(file), "is_private": 1, **place})
	copied.insert(ignore_permissions=True)  # a service is copying the record, and the user may read the file
	return copied.file_url


# -- hooks of File ---------------------------------------------------------------------


def has_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""Whether a file is open to the user: by the record it is attached to, even for its uploader; otherwise as Frappe decides.

	New files are checked here, too, because Frappe writes them to the disk right afterwards. Raises ValidationError as
	`check`.
	"""
	if ptype == "create":
		_check_upload(doc)
	elif _is_ours(doc) and frappe.db.exists(*_parent_of(doc)) and user != "Administrator":
		reading = ptype in ("read", "select", "print", "email", "report", "export", None)
		record = _record_of(doc)
		with without_messages():
			is_open = frappe.has_permission(doc.attached_to_doctype, "read" if reading else "write", doc=record, user=user)
		return bool(is_open) and _is_readable(doc, record)
	return core_has_permission(doc, ptype=ptype, user=user)


def _is_readable(file: Document, record: Document) -> bool:
	"""Whether the user may read a field that refers to the file; without any such field, all levels with Attach fields."""
	readable = set(record.get_permlevel_access("read"))
	shown_on = {level for part, fieldname, level in _attach_fields(record) if part.get(fieldname) == file.file_url}
	return bool(shown_on & readable) if shown_on else attach_levels(record.doctype) <= readable


def check_upload(file: Document, method: str | None = None):
	"""Check files that guests upload, where a site allows it; Frappe inserts them without permission checks (before_insert)."""
	if frappe.session.user == "Guest":
		_check_upload(file)


def keep_own_file(file: Document, method: str | None = None):
	"""Give a new file of our records a name and a file of its own (before_insert).

	If the site has a file with the same content, Frappe refers to that one: the new file would have the name that somebody else chose,
	and two attachments of a record could look the same. If the name is taken, Frappe renames the file; here only its URL changes.
	"""
	if file.is_folder or file.is_remote_file or not file.content or not (_is_ours(file) or file.flags.kyodo_loose):
		return
	name = _sent_name(file)
	if frappe.db.exists("File", {"file_url": file.file_url, "name": ["!=", file.name or ""]}):
		file.file_url = None
		file.save_file(content=content_of(file), ignore_existing_file_check=True)
		written = Path(file.get_full_path())
		frappe.db.after_rollback.add(lambda: written.unlink(missing_ok=True))
	file.file_name = name
	file.flags.ignore_duplicate_entry_error = True  # for versions that would look for the other file again


def _sent_name(file: Document) -> str:
	"""The name of a new file without the letters of its hash that Frappe adds where the name is taken."""
	stem, dot, ending = file.file_name.rpartition(".")
	added = (file.content_hash or "")[-6:]
	is_renamed = bool(dot and added and stem.endswith(added) and Path(file.file_url or "").name == file.file_name)
	return f"{stem.removesuffix(added)}{dot}{ending}" if is_renamed else file.file_name


def drop_own_file(file: Document, method: str | None = None):
	"""Remove the file of a deleted File of our records from the disk, which Frappe keeps while another has equal content (after_delete)."""
	if not _is_ours(file) or frappe.db.exists("File", {"file_url": file.file_url}):
		return
	path = Path(file.get_full_path())
	frappe.db.after_commit.add(lambda: path.unlink(missing_ok=True))


def keep_private(file: Document, method: str | None = None):
	"""Keep a File private, and check a new URL or a new record that it is attached to (before_validate).

	Raises PermissionError if the user may not read the URL or write the record.
	"""
	if file.is_new() or file.is_folder:
		return
	if before := file.get_doc_before_save():
		_check_changes(file, before)
	if _is_ours(file):
		file.is_private = 1


def _check_changes(file: Document, before: Document):
	is_moved = before.file_url != file.file_url
	if is_moved and not file.flags.ignore_permissions:
		_check_address(file)
	if _is_ours(file):
		if _parent_of(before) != _parent_of(file) and not file.flags.ignore_permissions:
			_record_of(file).check_permission("write")
	elif not file.is_private and (before.is_private or is_moved):
		_check_public(file)


def check_deletion(file: Document, method: str | None = None):
	"""Refuse to delete a file that a record refers to unless the user may change the record now (on_trash)."""
	if not _is_ours(file) or frappe.session.user == "Administrator" or not frappe.db.exists(*_parent_of(file)):
		return
	record = _record_of(file)
	if file.file_url in attached_urls(record):
		record.load_doc_before_save()
		for part, fieldname, _level in _attach_fields(record):
			if part.get(fieldname) == file.file_url:
				part.set(fieldname, None)
		guard.validate(record)


def make_private(file: Document, method: str | None = None):
	"""Make a new file of our records and of guests private, so that access follows the record (after_insert)."""
	if not file.is_private and (_is_ours(file) or frappe.session.user == "Guest") and not file.is_remote_file:
		_make_private(file)


def _check_public(file: Document):
	"""Make a file private unless the user may publish files.

	Raises UnsafePublicFile if it would be public and is of a type that browsers execute at the city's address.
	"""
	if file.is_private or file.is_remote_file or frappe.session.user == "Administrator":
		return
	if not may_publish(frappe.session.user):
		file.is_private = 1
		return
	name = file.file_name or file.file_url or ""
	if "System Manager" in frappe.get_roles() or (
		extension_of(name) in SAFE_TYPES and content_matches(extension_of(name), content_of(file))
	):
		return
	frappe.throw(
		_("The file “{0}” would be public. Public files may be of these types: {1}. Please upload it as a private file.").format(
			frappe.utils.escape_html(name), ", ".join(sorted(SAFE_TYPES))
		),
		UnsafePublicFile,
	)


def _make_private(file: Document):
	"""Move a public file to the private files under an unused name, which changes its URL.

	Saving the File instead would make Frappe change the URLs of all Files with the same content, also in other records.
	"""
	public = Path(frappe.get_site_path("public", "files", Path(file.file_url).name))
	private = Path(frappe.get_site_path("private", "files", public.name))
	if private.exists():
		private = private.with_stem(f"{public.stem}-{frappe.generate_hash(length=8)}")
	shared = frappe.db.exists("File", {"file_url": file.file_url, "name": ["!=", file.name]})
	if shared:
		shutil.copy2(public, private)
		frappe.db.after_rollback.add(lambda: private.unlink(missing_ok=True))
	else:
		shutil.move(public, private)
		frappe.db.after_rollback.add(lambda: shutil.move(private, public) if private.exists() else None)
	file.db_set({"file_url": f"/private/files/{private.name}", "is_private": 1}, update_modified=False)


def _check_upload(file: Document):
	"""Check a new File.

	For a record of ours: the user may write the record, and the file itself is there and passes `check`. For others: it
	executes nothing, is private if it has to be, and Frappe will be able to read it.
	"""
	if file.is_folder:
		return
	if not file.content:
		_check_address(file)
	if file.attached_to_doctype not in RECORD_RULES:
		_refuse_executable(file)
		_check_public(file)
		_refuse_damaged_pdf(file)
		return
	if _is_of_unsaved_form(file):
		_refuse_damaged_pdf(file)
		file.attached_to_doctype = file.attached_to_name = file.attached_to_field = None
		file.flags.kyodo_loose = True
		file.is_private = 1
		return
	record = _record_of(file)
	record.check_permission("write")
	check(record, file.file_name, content_of(file), also=PLAIN_TEXT)


def _refuse_executable(file: Document):
	"""Raise FileNotAccepted if a guest or a portal user uploads a type that a browser or a computer would execute."""
	ending = extension_of(file.file_name or file.file_url or "")
	if ending in FORBIDDEN_TYPES and (frappe.session.user == "Guest" or is_portal_user(frappe.session.user)):
		frappe.throw(_("Files of the type “{0}” are not accepted.").format(frappe.utils.escape_html(ending)), FileNotAccepted)


def _refuse_damaged_pdf(file: Document):
	"""Raise FileContentMismatch for a damaged PDF where this version of Frappe parses PDFs and would fail."""
	if not hasattr(File, "check_content") or not file.content or extension_of(file.file_name or "") != "pdf":
		return
	if not is_pdf(content_of(file)):
		refuse_damaged(file.file_name, "pdf")


def _is_of_unsaved_form(file: Document) -> bool:
	"""Whether the desk uploads for a record not saved yet, under a temporary name. `claim` checks and attaches it on save."""
	own = str(file.attached_to_name or "").startswith("new-" + frappe.scrub(file.attached_to_doctype).replace("_", "-"))
	return own and not frappe.db.exists(*_parent_of(file))


def _record_of(file: Document) -> Document:
	return frappe.get_doc(*_parent_of(file))


def _parent_of(file: Document) -> tuple[str | None, str | None]:
	return file.attached_to_doctype, file.attached_to_name


def _check_address(file: Document):
	"""Check a File made from a URL, which would open the file there to its owner.

	Raises PermissionError unless the user may read that file already, ValidationError for a remote URL on our records.
	"""
	if file.attached_to_doctype in RECORD_RULES and file.is_remote_file:
		frappe.throw(_("Please attach the file itself, not a URL."), RemoteFile)
	url = frappe.utils.get_url()
	address = (file.file_url or "").removeprefix(url)
	others = [
		frappe.get_doc("File", name)
		for name in frappe.get_all("File", {"file_url": address, "name": ["!=", file.name or ""]}, pluck="name", order_by="creation")
	]
	if any(_is_ours(other) for other in others) and not any(_may_read(other) for other in others):
		frappe.throw(_("You may not use this file."), frappe.PermissionError)


def _may_read(file: Document) -> bool:
	with without_messages():
		return bool(file.has_permission("read"))


@contextmanager
def without_messages() -> Iterator[None]:
	"""Mute Frappe's messages about missing permissions, where they are not the final answer."""
	muted = frappe.flags.mute_messages
	frappe.flags.mute_messages = True
	try:
		yield
	finally:
		frappe.flags.mute_messages = muted


def _is_ours(file: Document) -> bool:
	return file.attached_to_doctype in RECORD_RULES and not file.is_folder and not file.is_remote_file
