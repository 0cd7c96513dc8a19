"""Appearance of the public pages and the portal: the programme's colour, picture, invitation and menu.

Logo, icon and footer of the site are in common/branding.py. All texts are plain text, and pages load only from the city's
own address, so URLs of other hosts are ignored.
"""

import hashlib
from urllib.parse import urlencode

import filetype
import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import file_types
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.rules.colours import as_colour, on_dark, readable_colour
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.web.errors import DuplicateMenuEntry, InvalidPicture, TextAlternativeMissing

PICTURES = ("jpg", "png", "gif", "webp")
STYLESHEET, PICTURE = "kyodo/look.css", "kyodo/look/picture"


# -- in the context of pages ----------------------------------------------------------------------


def look_of(name: str | None) -> dict:
	"""Return {stylesheet, picture, picture_text, invitation, menu} of a programme, or the defaults without one.

	`stylesheet` and `picture` are addresses or None; `menu` is [(entry, label)] as in `menu_entries`.
	"""
	doc = frappe.get_cached_doc(programme_visibility.PROGRAMME, name) if name else frappe._dict()
	return {
		"stylesheet": _address(STYLESHEET, name, doc.theme_colour) if doc.get("theme_colour") else None,
		"picture": _address(PICTURE, name, doc.picture) if doc.get("picture") else None,
		"picture_text": doc.get("picture_text") or "",
		"invitation": doc.get("invitation") or "",
		"menu": menu_entries(doc.get("menu")),
	}


def menu_entries(rows: list[Document] | None = None) -> list[tuple[str, str]]:
	"""Return [(entry, label)] of a programme's menu; without rows, every entry that Kyodo Menu Entry offers, in that order."""
	if rows:
		return [(row.entry, row.label_text or _(row.entry)) for row in rows]
	offered = frappe.get_meta("Kyodo Menu Entry").get_field("entry").options.split("\n")
	return [(entry, _(entry)) for entry in offered]


def _address(path: str, programme: str, value: str) -> str:
	# the address contains a hash of the value, so that browsers may cache it until it changes
	kept = hashlib.sha256(str(value).encode()).hexdigest()[:12]
	return f"/{path}?{urlencode({'programme': programme, 'v': kept})}"


# -- loaded by pages -----------------------------------------------------------------------------


def stylesheet(programme: str) -> tuple[bytes, str] | None:
	"""Return (content, MIME type) of a stylesheet that sets the programme's colour, or None if it has none to show."""
	try:
		colour = as_colour(_public_programme(programme).get("theme_colour"))
	except RuleError:
		return None
	dark = f"@media (prefers-color-scheme: dark) {{ :root {{ --brand: {on_dark(colour)}; }} }}"
	return f":root {{ --brand: {colour}; }}\n{dark}\n".encode(), "text/css"


def picture(programme: str) -> tuple[bytes, str] | None:
	"""Return (content, MIME type) of the programme's picture, or None unless it is an image attached to the programme."""
	url = _public_programme(programme).get("picture")
	own = {"file_url": url, "attached_to_doctype": programme_visibility.PROGRAMME, "attached_to_name": programme}
	name = url and frappe.db.get_value("File", own, "name", order_by="creation")
	if not name:
		return None
	try:
		content = file_types.content_of(frappe.get_doc("File", name))
	except OSError:
		return None
	found = filetype.guess(content)
	return (content, found.mime) if found and found.extension in PICTURES else None


def _public_programme(programme: str) -> Document | dict:
	"""Return a programme that is open to the public; empty for any other."""
	return (
		frappe.get_cached_doc(programme_visibility.PROGRAMME, programme) if programme in programme_visibility.running() else frappe._dict()
	)


# -- validation ---------------------------------------------------------------------------------


def check(programme: Document):
	"""Validate the appearance of a programme.

	Raises the violations of NotAColour and TooPale (rules/colours.py), InvalidPicture, TextAlternativeMissing and
	DuplicateMenuEntry.
	"""
	if programme.theme_colour:
		with translate_rule_errors():
			programme.theme_colour = readable_colour(programme.theme_colour)
	if programme.picture and str(programme.picture).lower().rpartition(".")[2].replace("jpeg", "jpg") not in PICTURES:
		frappe.throw(_("“{0}” must be an image ({1}).").format(_(programme.meta.get_label("picture")), ", ".join(PICTURES)), InvalidPicture)
	if programme.picture and not (programme.picture_text or "").strip():
		frappe.throw(_("Please describe the picture in a few words for people who cannot see it."), TextAlternativeMissing)
	entries = [row.entry for row in programme.menu]
	if twice := next((entry for entry in entries if entries.count(entry) > 1), None):
		frappe.throw(_("“{0}” is in the menu twice.").format(_(twice)), DuplicateMenuEntry)
