"""Photos from the work that both sides have released: smaller, and without what the camera wrote into them (place, time, device)."""

import io

import frappe
from PIL import Image, ImageOps

from kyodo_frappe.common import file_types
from kyodo_frappe.partnership import public
from kyodo_frappe.web.resources import Resource

LONGEST_SIDE = 1280
QUALITY = 82
HOUR = 60 * 60


def photo(name: str, row: str) -> tuple[bytes, str] | None:
	"""Return a released photo of a public project as JPEG, or None. `row`: of the note's table of photos."""
	url = public.photo_url(name, row)
	attached = {"file_url": url, "attached_to_doctype": public.NOTE}
	file = url and frappe.db.get_value("File", attached, "name", order_by="creation")
	if not file:
		return None
	key = f"kyodo-photo:{file}"
	content = frappe.cache.get_value(key, expires=True)
	if content is None:
		try:
			content = without_traces(file_types.content_of(frappe.get_doc("File", file)))
		except (OSError, Image.DecompressionBombError):  # Pillow's errors of damaged pictures are OSErrors, too
			return None
		frappe.cache.set_value(key, content, expires_in_sec=HOUR)
	return content, "image/jpeg"


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
