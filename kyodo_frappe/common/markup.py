"""Conversion of Markdown to HTML that is safe regardless of its author.

HTML inside the Markdown is escaped. Of the HTML that Markdown generates only known elements are kept, with no attribute
other than the address of a link to a page, a mail address or an anchor.
"""

from __future__ import annotations

import re

import markdown2
from bs4 import BeautifulSoup, Comment, Tag
from markupsafe import Markup

EXTRAS = ("tables", "fenced-code-blocks", "cuddled-lists", "strike", "break-on-newline")
ELEMENTS = {
	*("h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code", "a"),
	*("strong", "em", "del", "table", "thead", "tbody", "tr", "th", "td"),
}
HEADING = re.compile(r"h[2-6]")
# the page itself has the first-level heading
LOWER = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "s": "del", "strike": "del"}
_ADDRESS = re.compile(r"(https?://[^\s]+|mailto:[^\s]+|/(?![/\\])[^\s\\]*|#[^\s]+)", re.IGNORECASE)
# the line below the header row of a table
_RULE = re.compile(r"\s*\|?(\s*:?-{2,}:?\s*\|)+(\s*:?-{2,}:?\s*)?")


def to_html(text: str | None) -> Markup:
	"""Convert Markdown to safe HTML whose headings begin at the second level. Empty for an empty text."""
	if not (text or "").strip():
		return Markup()
	made = str(markdown2.markdown((text or "").replace("\x00", ""), safe_mode="escape", extras=list(EXTRAS)))
	page = BeautifulSoup(made, "html.parser")
	for note in page.find_all(string=lambda part: isinstance(part, Comment)):
		note.extract()
	for element in page.find_all(True):
		_clean(element)
	_raise_headings(page)
	return Markup(str(page).strip())


def _raise_headings(page: BeautifulSoup):
	"""Move the headings up so that the highest of them is of the second level: no level is left out below that of the page."""
	found = page.find_all(HEADING)
	above = min((int(heading.name[1]) for heading in found), default=2) - 2
	for heading in found:
		heading.name = f"h{int(heading.name[1]) - above}"


def to_text(text: str | None) -> str:
	"""Return the text without the syntax of Markdown, line by line, for comparing two versions."""
	lines = (text or "").replace("\r\n", "\n").split("\n")
	return "\n".join(_plain(line) for line in lines if not _RULE.fullmatch(line))


def _plain(line: str) -> str:
	line = re.sub(r"^\s*#+\s*", "", line)
	line = re.sub(r"^(\s*)[*+-]\s+", r"\1・", line)
	line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)
	line = re.sub(r"(\*\*|__|`|~~)(.+?)\1", r"\2", line)
	if line.strip().startswith("|"):
		line = "　".join(cell.strip() for cell in line.strip().strip("|").split("|"))
	return line


def headings(text: str | None) -> list[str]:
	"""Return the headings of a text in order; comments refer to them."""
	page = BeautifulSoup(to_html(text), "html.parser")
	return [heading.get_text(" ", strip=True) for heading in page.find_all(HEADING)]


def _clean(element: Tag):
	element.name = LOWER.get(element.name, element.name)
	address = str(element.get("href") or "").strip()
	element.attrs = {}
	if element.name == "img":
		element.extract()
	elif element.name not in ELEMENTS:
		element.unwrap()
	elif element.name == "a":
		if not _ADDRESS.fullmatch(address):
			element.unwrap()
		else:
			element["href"] = address
			if address[:1] not in ("/", "#"):
				element["rel"] = "noopener noreferrer"
