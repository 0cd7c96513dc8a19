"""Numbers as people type them.

Source: domain.md §5 "Text" (full-width digits are read as what they mean). Nothing here knows Frappe.
"""

from __future__ import annotations

import re
import unicodedata

_NUMBER = re.compile(r"(?:[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))?")


def plain_number(text: str) -> str | None:
	"""A typed number in ASCII: "１，２００円" → "1200", "−３" → "-3", "" → "". None for a text that is no number."""
	plain = re.sub(r"[,、\s円¥]", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
	return plain if _NUMBER.fullmatch(plain) else None
