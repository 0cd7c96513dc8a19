"""Atom feeds (RFC 4287).

Made with Python's own ElementTree, which escapes every text: a library for feeds would bring nothing else but lxml with it.
"""

import datetime
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from kyodo_frappe.common.calendar_files import in_tokyo

NAMESPACE = "http://www.w3.org/2005/Atom"
# characters that no XML document may contain, not even escaped
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
	"""An entry of a feed. `address`: of its page, which is its id as well; `published`, `updated`: moments of the database."""

	title: str
	address: str
	published: datetime.datetime
	updated: datetime.datetime
	summary: str = ""
	category: str = ""


def atom(title: str, author: str, address: str, page: str, entries: list[Entry]) -> bytes:
	"""Return a feed. `address`: of the feed; `page`: of the list that it follows; `entries`: in the order in which they are read."""
	ET.register_namespace("", NAMESPACE)
	feed = ET.Element(_name("feed"))
	_add(feed, "title", title)
	_add(feed, "id", address)
	_add(feed, "link", rel="self", type="application/atom+xml", href=address)
	_add(feed, "link", rel="alternate", type="text/html", href=page)
	_add(feed, "updated", _moment(max((entry.updated for entry in entries), default=datetime.datetime(2000, 1, 1))))
	_add(_add(feed, "author"), "name", author)
	for entry in entries:
		_add_entry(feed, entry)
	return ET.tostring(feed, encoding="utf-8", xml_declaration=True)


def _add_entry(feed: ET.Element, entry: Entry):
	found = _add(feed, "entry")
	_add(found, "title", entry.title)
	_add(found, "id", entry.address)
	_add(found, "link", rel="alternate", type="text/html", href=entry.address)
	_add(found, "published", _moment(entry.published))
	_add(found, "updated", _moment(entry.updated))
	if entry.category:
		_add(found, "category", term=entry.category)
	if entry.summary:
		_add(found, "summary", entry.summary)


def _name(tag: str) -> str:
	return f"{{{NAMESPACE}}}{tag}"


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
	child = ET.SubElement(parent, _name(tag), {key: _clean(value) for key, value in attributes.items()})
	child.text = None if text is None else _clean(text)
	return child


def _clean(text: str) -> str:
	return _FORBIDDEN.sub("", str(text))


def _moment(value: datetime.datetime) -> str:
	return in_tokyo(value).isoformat(timespec="seconds")
