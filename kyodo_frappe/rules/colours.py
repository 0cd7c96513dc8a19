"""A city's colour, and whether text in it and on it is legible.

Source: JIS X 8341-3:2016 (WCAG 2.1) 1.4.3: text and background have a contrast of at least 4.5 : 1. The colour is the
background of white text, and the colour of text on white and pale backgrounds. In dark mode a lighter colour of the same hue
takes its place.
"""

from __future__ import annotations

import re
import unicodedata

from .errors import RuleError

MIN_CONTRAST = 4.5
# --tint in public/css/portal/tokens.css, in light and in dark mode
DARKEST_BACKGROUND = "#f4f6f8"
LIGHTEST_DARK_BACKGROUND = "#262626"
_COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.ASCII)


class NotAColour(RuleError):
	"""A text is not a colour in hexadecimal notation."""

	source = "“{0}” is not a colour. Write it as # and six digits (0 to 9, A to F), such as #003366."


class TooPale(RuleError):
	"""White text on the colour lacks contrast."""

	source = "The colour {0} is too pale: white text on it is hard to read (contrast {1} : 1, at least 4.5 : 1 is required). {2} would be dark enough."


def as_colour(text: str) -> str:
	"""A colour as it is stored, #0f4c5c, from #0F4C5C, ＃０ｆ４ｃ５ｃ or #048. Raises NotAColour."""
	plain = unicodedata.normalize("NFKC", text).strip().lower() if isinstance(text, str) else ""
	if not _COLOUR.fullmatch(plain):
		raise NotAColour(str(text)[:40])
	return plain if len(plain) == 7 else "#" + "".join(digit * 2 for digit in plain[1:])


def readable_colour(text: str) -> str:
	"""`as_colour`, if it has enough contrast. Raises NotAColour, TooPale, which suggests a darker colour."""
	colour = as_colour(text)
	found = contrast(colour, DARKEST_BACKGROUND)
	if found < MIN_CONTRAST:
		raise TooPale(colour, f"{int(found * 10) / 10:.1f}", _darker(colour))
	return colour


def on_dark(colour: str) -> str:
	"""The darkest colour of the hue of a stored colour that is legible on dark backgrounds, and under dark text."""
	for percent in range(101):
		lighter = "#" + "".join(f"{part + (255 - part) * percent // 100:02x}" for part in _channels(colour))
		if contrast(lighter, LIGHTEST_DARK_BACKGROUND) >= MIN_CONTRAST:
			return lighter
	return "#ffffff"


def contrast(one: str, other: str) -> float:
	"""The WCAG contrast of two stored colours, 1–21."""
	dark, light = sorted((_luminance(one), _luminance(other)))
	return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
	parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (one / 255 for one in _channels(colour))]
	return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _channels(colour: str) -> list[int]:
	return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def _darker(colour: str) -> str:
	"""The lightest colour of the same hue with enough contrast."""
	for percent in range(99, -1, -1):
		darker = "#" + "".join(f"{part * percent // 100:02x}" for part in _channels(colour))
		if contrast(darker, DARKEST_BACKGROUND) >= MIN_CONTRAST:
			return darker
	return "#000000"
