"""Photos from the work that both sides have released: smaller, and without what the camera wrote into them (place, time, device)."""

import io

import frappe
from PIL import Image, ImageOps

from kyodo_frappe.common import file_types
from kyodo_frappe.common.queries import among
from kyodo_frappe.partnership import public
from kyodo_frappe.web.resources import Resource

LONGEST_SIDE = 1280
QUALITY = 82
HOUR = 60 * 60


def photo(name: str, row: str) -> tuple[bytes, str] | None:
	"""Return a released photo of a public project as JPEG, or None. `row`: of the note's table of photos."""
	found = photos({row: name}).get(row)
	return (found, "image/jpeg") if found else None


def photos(wanted: dict[str, str]) -> dict[str, bytes]:
	"""{row of a note's table of photos: JPEG} of those that are released, in a number of queries that does not grow with them.

	wanted: {row: the public project that it is shown with}
	"""
	urls = public.photo_urls(wanted)
	attached = {"file_url": among([*urls.values()]), "attached_to_doctype": public.NOTE}
	files = frappe.get_all("File", attached, ["name", "file_url"], order_by="creation desc") if urls else []
	first = {file.file_url: file.name for file in files}
	kept = {name: frappe.cache.get_value(_key(name), expires=True) for name in first.values()}
	unread = [name for name, content in kept.items() if content is None]
	for file in frappe.get_all("File", {"name": ["in", unread]}, ["*"], order_by="name") if unread else ():
		kept[file.name] = _read(file)
	return {row: content for row, url in urls.items() if (content := kept.get(first.get(url)))}


def _key(file: str) -> str:
	return f"kyodo-photo:{file}"


def _read(file: dict) -> bytes | None:
	try:
		content = without_traces(file_types.content_of(frappe.get_doc({**file, "doctype": "File"})))
	except (OSError, Image.DecompressionBombError):  # Pillow's errors of damaged pictures are OSErrors, too
		return None
	frappe.cache.set_value(_key(file.name), content, expires_in_sec=HOUR)
	return content


def without_traces(content: bytes) -> bytes:
	"""Return a picture as a JPEG of moderate size, upright, with its pixels and nothing else. Raises OSError for no picture."""
	picture = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
	picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
	clean = Image.new("RGB", picture.size, "white")
	shown = picture.convert("RGBA")
	clean.paste(shown, mask=shown)
	kept = io.BytesIO()
	clean.save(kept, "JPEG", quality=QUALITY)
	return kept.getvalue()


# a browser asks each time whether there is a photo still: the release can be withdrawn
RESOURCES = (Resource("projects/<name>/photos/<row>", photo),)
