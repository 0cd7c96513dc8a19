"""What is a good file: its name, its size, its type, and whether its content is what its name says.

Sources: design.md §8 "bad input gets a clear sentence".
"""

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
_WIDE = str.maketrans("#?%&\"'<>|*:;", "＃？％＆”’＜＞｜＊：；")
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
	ending = ending_of(filename)
	label = frappe.utils.escape_html(filename)
	if not ending or not Path(filename).stem:
		frappe.throw(_("The file needs a name with an ending such as {0}.").format(".pdf"))
	if not content:
		frappe.throw(_("The file “{0}” is empty.").format(label))
	if most_mb and len(content) > most_mb * 1024 * 1024:
		frappe.throw(_("The file “{0}” is too large: up to {1} MB are possible.").format(label, most_mb))
	if ending not in endings:
		frappe.throw(
			_("Files of the type “{0}” are not accepted. Possible are: {1}.").format(frappe.utils.escape_html(ending), ", ".join(endings))
		)
	if not is_truly(ending, content):
		refuse_broken(filename, ending)


def refuse_broken(filename: str, ending: str):
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


def ending_of(filename: str) -> str:
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
		return is_pdf(content)
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


def is_pdf(content: bytes) -> bool:
	"""Whether pypdf finds the pages: later versions of Frappe ask it on arrival, and pass its errors on as they are."""
	try:
		reader = PdfReader(io.BytesIO(content))
		return reader.is_encrypted or len(reader.pages) > 0
	except Exception:  # a damaged file fails in as many ways as there are damages
		return False
