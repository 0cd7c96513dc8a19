"""Checks of uploaded files: name, size, type, and whether the content matches the extension (design.md §8)."""

import io
import re
import unicodedata
import zipfile
from pathlib import Path

import filetype
import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint
from PIL import Image
from pypdf import PdfReader

from kyodo_frappe.common.errors import FileContentMismatch, FileNotAccepted

MAX_NAME_LENGTH = 80
MAX_NAME_BYTES = 240  # file systems allow 255; Frappe appends a few letters to a name that is taken
# types that a browser or a computer would execute: refused whatever a programme accepts
FORBIDDEN_TYPES = {
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
TYPE_ALIASES = {"jpeg": "jpg", "tiff": "tif", "heif": "heic"}
# These end a URL or are read as markup. In full width the name still reads as it was typed.
_WIDE = str.maketrans("#?%&\"'<>|*:;", "＃？％＆”’＜＞｜＊：；")
_PICTURES = ("jpg", "png", "gif", "webp", "tif")
# types that a browser displays or saves without executing anything at the city's address
SAFE_TYPES = {*_PICTURES, *TYPE_ALIASES, "pdf", *TEXTS, *OFFICE_FOLDERS, *OPEN_DOCUMENTS}


def content_of(file: Document) -> bytes:
	"""Return the bytes of a File, stored or about to be.

	Frappe's `get_content` returns text whenever it can decode the content; on v16 that includes most PDFs.
	"""
	if not file.get("content"):
		return Path(file.get_full_path()).read_bytes()
	content = file.get_content()
	return content.encode() if isinstance(content, str) else content


def clean_name(filename: str) -> str:
	"""Return a file name that is safe to store.

	Japanese stays as typed; folders, control and direction characters are removed, characters that would end a URL or be
	read as markup become full-width, and the name is cut to what the file system allows.
	"""
	name = unicodedata.normalize("NFC", str(filename or "")).replace("\\", "/").rpartition("/")[2]
	name = "".join(char for char in name if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
	name = " ".join(name.translate(_WIDE).split()).lstrip(". ")
	stem, dot, ending = name.rpartition(".")
	if not dot:
		stem, ending = name, ""
	tail = f"{dot}{ending}"
	while stem and (len(stem + tail) > MAX_NAME_LENGTH or len((stem + tail).encode()) > MAX_NAME_BYTES):
		stem = stem[:-1]
	return stem + tail


def check(doc: Document, filename: str, content: bytes, also: tuple[str, ...] = ()):
	"""Check that a record may have this file. `also`: extensions allowed besides the programme's.

	Raises FileNotAccepted for a file that has no name, is empty or too large, or is of a type that the programme does not
	accept, and FileContentMismatch.
	"""
	endings, most_mb = accepted(doc)
	endings += [ending for ending in also if ending not in endings]
	ending = extension_of(filename)
	label = frappe.utils.escape_html(filename)
	if not ending or not Path(filename).stem:
		frappe.throw(_("The file name needs an extension such as {0}.").format(".pdf"), FileNotAccepted)
	if not content:
		frappe.throw(_("The file “{0}” is empty.").format(label), FileNotAccepted)
	if most_mb and len(content) > most_mb * 1024 * 1024:
		frappe.throw(_("The file “{0}” is too large: the maximum is {1} MB.").format(label, most_mb), FileNotAccepted)
	if ending not in endings:
		frappe.throw(
			_("Files of the type “{0}” are not accepted. Accepted types: {1}.").format(
				frappe.utils.escape_html(ending), ", ".join(endings)
			),
			FileNotAccepted,
		)
	if not content_matches(ending, content):
		refuse_damaged(filename, ending)


def refuse_damaged(filename: str, ending: str):
	"""Raise FileContentMismatch for a file that is damaged or is not what its extension says."""
	frappe.throw(
		_("The file “{0}” is damaged, or its content does not match its extension. Please save it again as {1}.").format(
			frappe.utils.escape_html(filename), ending
		),
		FileContentMismatch,
	)


def accepted(doc: Document) -> tuple[list[str], int]:
	"""Return (extensions, maximum MB or 0 for no limit) for the attachments of a record."""
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
	return [word for word in words if word and word not in FORBIDDEN_TYPES], most


def _programme_of(doc: Document) -> str | None:
	if doc.get("programme"):
		return doc.programme
	for link in ("proposal", "project", "organisation"):
		field = doc.meta.get_field(link)
		if field and doc.get(link) and frappe.get_meta(field.options).has_field("programme"):
			return frappe.db.get_value(field.options, doc.get(link), "programme")
	return None


def extension_of(filename: str) -> str:
	"""Return the extension of a file name, lower case and without the dot."""
	return unicodedata.normalize("NFKC", Path(filename).suffix).lower().lstrip(".")


def content_matches(ending: str, content: bytes) -> bool:
	"""Whether the content is of the type that the extension says, and can be opened if it is an image or a PDF."""
	ending = TYPE_ALIASES.get(ending, ending)
	if ending in TEXTS:
		return _is_text(content)
	if ending in OFFICE_FOLDERS or ending in OPEN_DOCUMENTS:
		return _is_office(ending, content)
	if ending in OLD_OFFICE:
		return content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	if ending == "heic":
		return content[4:8] == b"ftyp" and content[8:12] in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")
	found = filetype.guess(content)
	if not found or TYPE_ALIASES.get(found.extension, found.extension) != ending:
		return False
	if ending == "pdf":
		return is_pdf(content)
	return ending not in _PICTURES or _is_picture(content)


def _is_text(content: bytes) -> bool:
	"""Whether the content is text in an encoding of offices, and no markup. Only UTF-16 (Excel's “Unicode text”) has zeros."""
	wide = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-16-le", "utf-16-be")
	for encoding in wide if b"\0" in content else ("utf-8", "cp932"):
		try:
			text = content.decode(encoding)
		except UnicodeDecodeError:
			continue
		return "\0" not in text and not re.match(r"[\s\ufeff]*<(!doctype|html|script|svg|\?xml)", text, re.IGNORECASE)
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
	"""Whether an image can be opened within memory limits; Frappe opens images on upload and would fail."""
	try:
		with Image.open(io.BytesIO(content)) as picture:
			width, height = picture.size
			return width * height <= (Image.MAX_IMAGE_PIXELS or 0)
	except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
		return False


def is_pdf(content: bytes) -> bool:
	"""Whether pypdf can read the pages; later versions of Frappe use it on upload and pass its errors on unchanged."""
	try:
		reader = PdfReader(io.BytesIO(content))
		return reader.is_encrypted or len(reader.pages) > 0
	except Exception:  # pypdf documents no common base class for what damaged files raise
		return False
