"""Attachments of our records: checked, private, and as readable as the record they hang on (frappe-notes 11).

`attach` is the way in for the portal and for services. What comes in through Frappe's own doors (upload_file, REST)
meets the same checks in hooks of File. Sources: design.md §8 "bad input gets a clear sentence".
"""

import io
import re
import shutil
import unicodedata
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filetype
import frappe
from frappe import _
from frappe.core.doctype.file.file import File, has_permission as core_has_permission
from frappe.model.document import Document
from frappe.utils import cint
from PIL import Image
from pypdf import PdfReader

from kyodo_frappe.permissions.doors import DOORS
from kyodo_frappe.permissions.hooks import attach_fields, attach_levels
from kyodo_frappe.permissions.roles import knows_the_portal_only, may_publish
from kyodo_frappe.workflows import guard

LONGEST_NAME = 80
MOST_BYTES = 240  # a file system takes 255; Frappe adds a few letters to a name that is taken
# What a browser or a computer would run is refused, whatever a programme accepts.
NEVER = {
	*("svg", "html", "htm", "xhtml", "xht", "shtml", "mht", "xml", "js", "mjs", "css", "swf", "php", "py", "sh"),
	*("exe", "dll", "com", "bat", "cmd", "msi", "scr", "ps1", "vbs", "jar", "apk", "lnk", "reg", "docm", "xlsm", "pptm"),
}
IMPORT_TYPES = ("csv", "txt", "xlsx")
OFFICE_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}
OPEN_DOCUMENTS = {
	"odt": b"application/vnd.oasis.opendocument.text",
	"ods": b"application/vnd.oasis.opendocument.spreadsheet",
	"odp": b"application/vnd.oasis.opendocument.presentation",
}
OLD_OFFICE = ("doc", "xls", "ppt")
TEXTS = ("txt", "csv")
SAME_TYPE = {"jpeg": "jpg", "tiff": "tif", "heif": "heic"}
# They end an address or are read as part of markup: written in full width they stay what the person called the file.
_WIDE = str.maketrans('#?%&"\'<>|*:;', "＃？％＆”’＜＞｜＊：；")
NOTES = ("txt",)  # plain text does no harm: Frappe's own doors take it, besides what the programme asks for
_PICTURES = ("jpg", "png", "gif", "webp", "tif")
# what a browser shows or saves without running anything of it at the city's address
HARMLESS = {*_PICTURES, *SAME_TYPE, "pdf", *TEXTS, *OFFICE_FOLDERS, *OPEN_DOCUMENTS}


def content_of(file: Document) -> bytes:
	"""The bytes of a File, stored or about to be. Frappe's `get_content` answers with text whatever it can decode, on v16
	in encodings that fit most PDFs."""
	if not file.get("content"):
		return Path(file.get_full_path()).read_bytes()
	content = file.get_content()
	return content.encode() if isinstance(content, str) else content


def attach(
	doc: Document,
	*,
	filename: str,
	content: bytes,
	fieldname: str,
	table: str | None = None,
	row: str | None = None,
) -> Document:
	"""Put a file into an Attach field of a record, or of the row named `row` of its table `table`, and save the record
	by the rights of the caller; returns the File. What the field held before is deleted.

	Raises PermissionError where the caller may not write the record or the field, ValidationError with one sentence
	for what is wrong with the file, and whatever the guard of the record's state says.
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
	file.insert(ignore_permissions=True)  # the right to write the record was asked above
	replaced = target.get(fieldname)
	target.set(fieldname, file.file_url)
	doc.save()
	if _target(doc, fieldname, table, target.name).get(fieldname) != file.file_url:
		frappe.throw(_("You may not attach a file here."), frappe.PermissionError)
	_remove(doc, replaced)
	return file


def detach(doc: Document, *, fieldname: str, table: str | None = None, row: str | None = None):
	"""Empty an Attach field as `attach` fills it, and delete the file. Raises as `attach` does."""
	doc.check_permission("write")
	target = _target(doc, fieldname, table, row)
	replaced = target.get(fieldname)
	target.set(fieldname, None)
	doc.save()
	_remove(doc, replaced)


def keep_print(doc: Document, content: bytes, fieldname: str = "pdf") -> str:
	"""Keep what was printed of a record as a private file of its own, named after it; returns the file's URL."""
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
	).insert(ignore_permissions=True)  # a job prints, for nobody in particular; the file's right follows the record
	doc.db_set(fieldname, file.file_url)
	return file.file_url


def _target(doc: Document, fieldname: str, table: str | None, row: str | None) -> Document:
	target = doc
	if table:
		target = next((child for child in doc.get(table) or [] if child.name == row), None)
		if target is None:
			frappe.throw(_("This row is not there any more. Please open the page again."))
	field = target.meta.get_field(fieldname)
	if not field or field.fieldtype not in ("Attach", "Attach Image") or field.read_only:
		frappe.throw(_("You may not attach a file here."), frappe.PermissionError)
	return target


def _remove(doc: Document, url: str | None):
	"""Delete the file behind an address, unless another field of the record still shows it."""
	if not url or url in attached_urls(doc):
		return
	filters = {"file_url": url, "attached_to_doctype": doc.doctype, "attached_to_name": doc.name}
	for name in frappe.get_all("File", filters, pluck="name", order_by="creation"):
		# the record was saved without this file by the rights of the caller
		frappe.delete_doc("File", name, ignore_permissions=True)


def attached_urls(doc: Document) -> set[str]:
	"""Addresses in all Attach fields of a record and its rows."""
	return {part.get(fieldname) for part, fieldname, _level in _attach_fields(doc)} - {None, ""}


def _attach_fields(doc: Document) -> Iterator[tuple[Document, str, int]]:
	"""(record or row, fieldname, permission level) of all Attach fields."""
	for part in (doc, *doc.get_all_children()):
		of_table = cint(doc.meta.get_field(part.parentfield).permlevel) if part.get("parentfield") else 0
		for field in attach_fields(part.meta):
			yield part, field.fieldname, cint(field.permlevel) or of_table


def claim(doc: Document, fieldname: str, url: str) -> str | None:
	"""The address under which a record may show a file in one of its Attach fields, None if it may not: the file hangs
	on it already, or the writer has uploaded it and it hangs on nothing yet; then it is checked and hangs from now on.
	A service may also copy what the caller can read. Raises ValidationError as `check` does."""
	if not str(url).startswith(("/files/", "/private/files/")):
		return None
	candidates = [
		frappe.get_doc("File", name)
		for name in frappe.get_all("File", {"file_url": url, "is_folder": 0}, pluck="name", order_by="creation")
	]
	place = (doc.doctype, doc.name)
	if any(_place(file) == place for file in candidates):
		return url
	loose = [file for file in candidates if not file.attached_to_name and file.owner == frappe.session.user]
	if loose:
		return _hang(loose[0], doc, fieldname)
	if doc.flags.kyodo_service and (readable := [file for file in candidates if _may_read(file)]):
		return _copy(readable[0], doc, fieldname)
	return None


def _hang(file: Document, doc: Document, fieldname: str) -> str:
	check(doc, file.file_name, content_of(file), also=NOTES)
	if not file.is_private:
		_make_private(file)
	place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "attached_to_field": fieldname}
	file.db_set(place, update_modified=False)
	return file.file_url


def _copy(file: Document, doc: Document, fieldname: str) -> str:
	place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "attached_to_field": fieldname}
	copied = frappe.get_doc(
		{"doctype": "File", "file_name": file.file_name, "content": content_of(file), "is_private": 1, **place}
	)
	copied.insert(ignore_permissions=True)  # a service copies the record, and its caller can read the file
	return copied.file_url


# -- what is a good file ---------------------------------------------------------


def clean_name(filename: str) -> str:
	"""The name to keep: Japanese as typed, without folders, control and direction characters, short enough for the
	disk; what would end an address or be read as markup in full width."""
	name = unicodedata.normalize("NFC", str(filename or "")).replace("\\", "/").rpartition("/")[2]
	name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
	name = " ".join(name.translate(_WIDE).split()).lstrip(". ")
	stem, dot, ending = name.rpartition(".")
	if not dot:
		stem, ending = name, ""
	tail = f"{dot}{ending}"
	while stem and (len(stem + tail) > LONGEST_NAME or len((stem + tail).encode()) > MOST_BYTES):
		stem = stem[:-1]
	return stem + tail


def check(doc: Document, filename: str, content: bytes, also: tuple[str, ...] = ()):
	"""Whether a record takes this file (`also`: endings besides the programme's). Raises ValidationError with the
	sentence that says why not: no name, empty, too large, a type that the programme does not accept, or content that
	is not what the name says."""
	endings, most_mb = accepted(doc)
	endings += [ending for ending in also if ending not in endings]
	ending = _ending(filename)
	label = frappe.utils.escape_html(filename)
	if not ending or not Path(filename).stem:
		frappe.throw(_("The file needs a name with an ending such as {0}.").format(".pdf"))
	if not content:
		frappe.throw(_("The file “{0}” is empty.").format(label))
	if most_mb and len(content) > most_mb * 1024 * 1024:
		frappe.throw(_("The file “{0}” is too large: up to {1} MB are possible.").format(label, most_mb))
	if ending not in endings:
		frappe.throw(
			_("Files of the type “{0}” are not accepted. Possible are: {1}.").format(
				frappe.utils.escape_html(ending), ", ".join(endings)
			)
		)
	if not is_truly(ending, content):
		_refuse_broken(filename, ending)


def _refuse_broken(filename: str, ending: str):
	frappe.throw(
		_("The file “{0}” is broken, or it is not what its ending says. Please save it again as {1}.").format(
			frappe.utils.escape_html(filename), ending
		)
	)


def accepted(doc: Document) -> tuple[list[str], int]:
	"""(endings, most MB or 0) for the attachments of a record."""
	if doc.doctype == "Kyodo Organisation Import":
		return list(IMPORT_TYPES), 0
	meta = frappe.get_meta("Kyodo Programme")
	programme = _programme_of(doc)
	values = {
		field: programme and frappe.get_cached_value("Kyodo Programme", programme, field)
		for field in ("attachment_types", "attachment_max_mb")
	}
	types = values["attachment_types"] or meta.get_field("attachment_types").default
	words = [word.strip(" .").lower() for word in re.split(r"[,、，\s]+", types)]
	most = cint(values["attachment_max_mb"] or meta.get_field("attachment_max_mb").default)
	return [word for word in words if word and word not in NEVER], most


def _programme_of(doc: Document) -> str | None:
	if doc.get("programme"):
		return doc.programme
	for link in ("proposal", "project", "organisation"):
		field = doc.meta.get_field(link)
		if field and doc.get(link) and frappe.get_meta(field.options).has_field("programme"):
			return frappe.db.get_value(field.options, doc.get(link), "programme")
	return None


def _ending(filename: str) -> str:
	return unicodedata.normalize("NFKC", Path(filename).suffix).lower().lstrip(".")


def is_truly(ending: str, content: bytes) -> bool:
	"""Whether bytes are what a file's ending says. What only calls itself so is False; so is a picture or a PDF that
	cannot be opened."""
	ending = SAME_TYPE.get(ending, ending)
	if ending in TEXTS:
		return _is_text(content)
	if ending in OFFICE_FOLDERS or ending in OPEN_DOCUMENTS:
		return _is_office(ending, content)
	if ending in OLD_OFFICE:
		return content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	if ending == "heic":
		return content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
	found = filetype.guess(content)
	if not found or SAME_TYPE.get(found.extension, found.extension) != ending:
		return False
	if ending == "pdf":
		return _is_pdf(content)
	return ending not in _PICTURES or _is_picture(content)


def _is_text(content: bytes) -> bool:
	if b"\0" in content or re.match(rb"\s*<(!doctype|html|script|svg|\?xml)", content, re.IGNORECASE):
		return False
	for encoding in ("utf-8", "cp932"):
		try:
			content.decode(encoding)
			return True
		except UnicodeDecodeError:
			continue
	return False


def _is_office(ending: str, content: bytes) -> bool:
	try:
		with zipfile.ZipFile(io.BytesIO(content)) as archive:
			names = archive.namelist()
			if ending in OPEN_DOCUMENTS:
				with archive.open("mimetype") as stated:
					return stated.read(100).strip() == OPEN_DOCUMENTS[ending]
			return "[Content_Types].xml" in names and any(name.startswith(OFFICE_FOLDERS[ending]) for name in names)
	except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError, OSError):
		return False


def _is_picture(content: bytes) -> bool:
	"""Frappe opens pictures on arrival; one that cannot be opened or would fill the memory is refused before."""
	try:
		with Image.open(io.BytesIO(content)) as picture:
			width, height = picture.size
			return width * height <= (Image.MAX_IMAGE_PIXELS or 0)
	except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
		return False


def _is_pdf(content: bytes) -> bool:
	"""Whether pypdf finds the pages: later versions of Frappe ask it on arrival, and pass its errors on as they are."""
	try:
		reader = PdfReader(io.BytesIO(content))
		return reader.is_encrypted or len(reader.pages) > 0
	except Exception:  # a damaged file fails in as many ways as there are damages
		return False


# -- Frappe's own doors to File ---------------------------------------------------------


def has_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""The record decides about the files that hang on it, also for who once uploaded them; Frappe about all others.

	A new file is checked here because nothing comes earlier: Frappe writes it to the disk right after. Raises
	ValidationError as `check` does.
	"""
	if ptype == "create":
		_check_upload(doc)
	elif _ours(doc) and frappe.db.exists(*_place(doc)) and user != "Administrator":
		reading = ptype in ("read", "select", "print", "email", "report", "export", None)
		record = _record_of(doc)
		with quietly():
			is_open = frappe.has_permission(doc.attached_to_doctype, "read" if reading else "write", doc=record, user=user)
		return bool(is_open) and _is_shown(doc, record)
	return core_has_permission(doc, ptype=ptype, user=user)


def _is_shown(file: Document, record: Document) -> bool:
	"""A file in a field on a level of its own is as open as the field; one that no field shows any more, as the field that
	is the least open."""
	readable = set(record.get_permlevel_access("read"))
	shown_on = {level for part, fieldname, level in _attach_fields(record) if part.get(fieldname) == file.file_url}
	return bool(shown_on & readable) if shown_on else attach_levels(record.doctype) <= readable


def check_upload(file: Document, method: str | None = None):
	"""Before a File is inserted: what guests upload, where a site lets them, ignores permissions, but not this check."""
	if frappe.session.user == "Guest":
		_check_upload(file)


def stay_private(file: Document, method: str | None = None):
	"""Before a File is saved again: it is not made public, and it points and hangs where its owner may look."""
	if file.is_new() or file.is_folder:
		return
	before = file.get_doc_before_save()
	if before and before.file_url != file.file_url and not file.flags.ignore_permissions:
		_check_address(file)
	if _ours(file):
		file.is_private = 1
		if before and _place(before) != _place(file) and not file.flags.ignore_permissions:
			_record_of(file).check_permission("write")
	elif before and not file.is_private and (before.is_private or before.file_url != file.file_url):
		_check_public(file)


def stay_on_record(file: Document, method: str | None = None):
	"""Before a File is deleted: what a record shows is taken away only by who may change the record now."""
	if not _ours(file) or frappe.session.user == "Administrator" or not frappe.db.exists(*_place(file)):
		return
	record = _record_of(file)
	if file.file_url in attached_urls(record):
		record.load_doc_before_save()
		for part, fieldname, _level in _attach_fields(record):
			if part.get(fieldname) == file.file_url:
				part.set(fieldname, None)
		guard.validate(record)


def become_private(file: Document, method: str | None = None):
	"""After a File came into being: a private file's right follows the record that it hangs on."""
	if not file.is_private and (_ours(file) or frappe.session.user == "Guest") and not file.is_remote_file:
		_make_private(file)


def _check_public(file: Document):
	"""Only the office makes a file public, and only of a type that runs nothing where the city's site is; what others
	upload stays private. Who works with other apps only uploads for those as before, but nothing that runs.
	Raises ValidationError for a type that would."""
	if file.is_private or file.is_remote_file or frappe.session.user == "Administrator":
		return
	if not may_publish(frappe.session.user):
		file.is_private = 1
		return
	name = file.file_name or file.file_url or ""
	if "System Manager" in frappe.get_roles() or (_ending(name) in HARMLESS and is_truly(_ending(name), content_of(file))):
		return
	frappe.throw(
		_("The file “{0}” would be open to everybody. Of that kind are possible: {1}. Please upload it as private.").format(
			frappe.utils.escape_html(name), ", ".join(sorted(HARMLESS))
		)
	)


def _make_private(file: Document):
	"""Move a public file to the private ones under a name that is free; its address changes.

	Not by saving the File: Frappe then moves the addresses of all files with the same content, also those that other
	records show.
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
	"""Nothing hangs on a record of ours that its uploader may not write, that `check` refuses, or that is only an
	address."""
	if file.is_folder:
		return
	if not file.content:
		_check_address(file)
	if file.attached_to_doctype not in DOORS:
		_check_runs_nothing(file)
		_check_public(file)
		_check_readable(file)
		return
	if _of_a_new_form(file):
		_check_readable(file)
		file.attached_to_doctype = file.attached_to_name = file.attached_to_field = None
		file.is_private = 1
		return
	record = _record_of(file)
	record.check_permission("write")
	check(record, file.file_name, content_of(file), also=NOTES)


def _check_runs_nothing(file: Document):
	"""A login of the portal leaves nothing at the city's address that a browser or a computer would run."""
	ending = _ending(file.file_name or file.file_url or "")
	if ending in NEVER and (frappe.session.user == "Guest" or knows_the_portal_only(frappe.session.user)):
		frappe.throw(_("Files of the type “{0}” are not accepted.").format(frappe.utils.escape_html(ending)))


def _check_readable(file: Document):
	"""Whatever a file hangs on: where Frappe is going to read a PDF, a damaged one is refused in words."""
	if not hasattr(File, "check_content") or not file.content or _ending(file.file_name or "") != "pdf":
		return
	if not _is_pdf(content_of(file)):
		_refuse_broken(file.file_name, "pdf")


def _of_a_new_form(file: Document) -> bool:
	"""The desk uploads before the first save, for a name of its own: `claim` checks the file and hangs it at the save."""
	own = str(file.attached_to_name or "").startswith("new-" + frappe.scrub(file.attached_to_doctype).replace("_", "-"))
	return own and not frappe.db.exists(*_place(file))


def _record_of(file: Document) -> Document:
	return frappe.get_doc(*_place(file))


def _place(file: Document) -> tuple[str | None, str | None]:
	return file.attached_to_doctype, file.attached_to_name


def _check_address(file: Document):
	"""A File made from an address alone opens what lies there to its owner: only who can open that already may."""
	if file.attached_to_doctype in DOORS and file.is_remote_file:
		frappe.throw(_("Please attach the file itself, not an address."))
	url = frappe.utils.get_url()
	address = (file.file_url or "").removeprefix(url)
	others = [
		frappe.get_doc("File", name)
		for name in frappe.get_all(
			"File", {"file_url": address, "name": ["!=", file.name or ""]}, pluck="name", order_by="creation"
		)
	]
	if any(_ours(other) for other in others) and not any(_may_read(other) for other in others):
		frappe.throw(_("You may not use this file."), frappe.PermissionError)


def _may_read(file: Document) -> bool:
	with quietly():
		return bool(file.has_permission("read"))


@contextmanager
def quietly() -> Iterator[None]:
	"""Frappe explains every No in a message of its own; here it is not the answer, or not the last."""
	muted = frappe.flags.mute_messages
	frappe.flags.mute_messages = True
	try:
		yield
	finally:
		frappe.flags.mute_messages = muted


def _ours(file: Document) -> bool:
	return file.attached_to_doctype in DOORS and not file.is_folder and not file.is_remote_file

