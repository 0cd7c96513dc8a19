"""Markdown as HTML that is safe to show, whoever wrote it.

Two walls: Markdown's own HTML is written out instead of obeyed, and of what Markdown makes only known elements pass, with
no attribute but the address of a link to a page, a mail or a place in the text.
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
# the page has its own first heading
LOWER = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "s": "del", "strike": "del"}
_ADDRESS = re.compile(r"(https?://[^\s]+|mailto:[^\s]+|/(?![/\\])[^\s\\]*|#[^\s]+)", re.IGNORECASE)
# the line under a table's head
_RULE = re.compile(r"\s*\|?(\s*:?-{2,}:?\s*\|)+(\s*:?-{2,}:?\s*)?")


def to_html(text: str | None) -> Markup:
	"""The text as HTML that templates print as it is; headings begin at the second level. "" for nothing."""
	if not (text or "").strip():
		return Markup()
	made = str(markdown2.markdown((text or "").replace("\x00", ""), safe_mode="escape", extras=list(EXTRAS)))
	page = BeautifulSoup(made, "html.parser")
	for note in page.find_all(string=lambda part: isinstance(part, Comment)):
		note.extract()
	for element in page.find_all(True):
		_clean(element)
	return Markup(str(page).strip())


def to_text(text: str | None) -> str:
	"""The text as it reads, line by line, without the signs of Markdown: for comparing two versions."""
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
	"""The headings of a text, in order: the parts that a remark can name."""
	page = BeautifulSoup(to_html(text), "html.parser")
	return [heading.get_text(" ", strip=True) for heading in page.find_all(re.compile(r"^h[2-6]$"))]


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
