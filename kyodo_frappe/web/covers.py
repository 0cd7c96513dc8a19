"""Icons, and covers drawn from a field of activity for records that have no photo.

A cover is an SVG whose colours are classes of public/css/portal/covers.css, so that it follows light and dark mode. The same
field and title always give the same picture.
"""

import re
from functools import lru_cache
from pathlib import Path
from zlib import crc32

import frappe
import markupsafe

FIELD = "Kyodo Activity Field"
DEFAULT_ICON = "heart-handshake"
HUES = ("blue", "cyan", "green", "lime", "yellow", "orange", "purple")
# what stands around the handshake of the front page: (icon, left, top) of discs in the frame of a cover
AROUND = (
	("mood-kid", 60, 150),
	("leaf", 150, 60),
	("school", 470, 50),
	("palette", 560, 130),
	("building-community", 130, 205),
	("friends", 480, 200),
)
WIDTH, HEIGHT = 640, 280


def icon(name: str, title: str = "") -> markupsafe.Markup:
	"""Return an icon of public/icons/tabler as SVG; `title`: its accessible name if there is no text beside it.

	Raises KeyError for an icon that is not shipped.
	"""
	told = markupsafe.Markup('role="img" aria-label="{}"').format(title) if title else markupsafe.Markup('aria-hidden="true"')
	return markupsafe.Markup('<svg class="icon" viewBox="0 0 24 24" focusable="false" {}>{}</svg>').format(told, _strokes()[name])


def cover_art(field: str | None, title: str) -> dict:
	"""Return {hue, icon, shapes} of a cover. `field`: name of a Kyodo Activity Field, or "".

	`icon`: the strokes of the field's icon; `shapes`: [(class, path data)] from back to front in a frame of WIDTH by HEIGHT.
	"""
	name = (field and frappe.get_cached_value(FIELD, field, "icon")) or DEFAULT_ICON
	strokes = _strokes()
	return {
		"hue": HUES[crc32((field or title).encode()) % len(HUES)],
		"icon": strokes.get(name, strokes[DEFAULT_ICON]),
		"shapes": _shapes(crc32(title.encode())),
	}


def scene() -> dict:
	"""Return {hue, icon, shapes, around} of the drawn picture of a front page; `around`: [(strokes, left, top)] of discs."""
	strokes = _strokes()
	art = {"hue": "cyan", "icon": strokes[DEFAULT_ICON], "shapes": _shapes(1)[1:]}
	return {**art, "around": [(strokes[name], left, top) for name, left, top in AROUND]}


def _shapes(seed: int) -> list[tuple[str, str]]:
	"""A sun and two ranges of hills; where they stand depends on the seed."""
	shift = [seed >> bits & 63 for bits in (0, 6, 12, 18)]
	return [
		("art-sun", _circle(60 + shift[0] * 3, 40 + shift[1], 46 + shift[2] % 24)),
		("art-far", _hills(150 + shift[1] // 2, 40 + shift[2] // 2)),
		("art-near", _hills(205 + shift[3] // 4, -30 - shift[0] // 2)),
	]


def _circle(x: int, y: int, radius: int) -> str:
	return f"M{x - radius} {y}a{radius} {radius} 0 1 0 {2 * radius} 0a{radius} {radius} 0 1 0 {-2 * radius} 0z"


def _hills(level: int, rise: int) -> str:
	"""A wave over the whole width, filled to the bottom; it rises first where `rise` is positive."""
	quarter = WIDTH // 4
	return f"M0 {level}q{quarter} {-rise * 2} {2 * quarter} 0t{2 * quarter} 0V{HEIGHT}H0z"


@lru_cache
def _strokes() -> dict[str, markupsafe.Markup]:
	"""Return {name: what is drawn} of all icons, read once per process."""
	folder = Path(frappe.get_app_path("kyodo_frappe", "public", "icons", "tabler"))
	files = {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.svg")}
	# the first path of each is an empty frame
	return {name: markupsafe.Markup("".join(re.findall(r'<path d="[^"]*" />', text))) for name, text in files.items()}
