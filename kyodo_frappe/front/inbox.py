"""The inbox of My page: the messages sent to a user by mail or to the desk's bell, from Frappe's Notification Log.

Frappe deletes entries after the time set in the site's Log Settings. The text of a message is shown as long as the user may read
its record; after that, only its day.
"""

import html
import re
from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.utils import strip_html

from kyodo_frappe.common.queries import PAGE, among
from kyodo_frappe.learning import registrations
from kyodo_frappe.permissions.people import organisations_of
from kyodo_frappe.support.pages import organisation as support_pages
from kyodo_frappe.web import forms
from kyodo_frappe.web.listing import page_number, pages_of
from kyodo_frappe.web.page import Page

LOG = "Notification Log"
ADDRESS = "/kyodo/my/inbox"
_LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"', re.IGNORECASE)
_END_OF_LINE = re.compile(r"<br\s*/?>|</(li|tr)>", re.IGNORECASE)
_END_OF_PART = re.compile(r"</(p|div|h[1-6]|ul|ol|table)>", re.IGNORECASE)
FIELDS = ("name", "subject", "creation", "read", "document_type", "document_name")


def unread() -> int:
	"""Return the number of unread messages of the current user."""
	return frappe.db.count(LOG, {"for_user": frappe.session.user, "read": 0})


def inbox() -> dict:
	"""The messages of the current user, the latest first."""
	own = {"for_user": frappe.session.user}
	page = page_number()
	rows = frappe.get_all(LOG, own, FIELDS, order_by="creation desc, name desc", start=(page - 1) * PAGE, limit=PAGE)
	_hide_closed(rows)
	count = frappe.db.count(LOG, own)
	return {"title": _("Inbox"), "rows": rows, "count": count, "unread": unread(), "pages": pages_of(ADDRESS, page, count)}


def message(name: str) -> dict:
	"""One message, which is then read. Raises PageDoesNotExistError for those of others."""
	own = {"for_user": frappe.session.user, "name": name}
	row = frappe.db.get_value(LOG, own, [*FIELDS, "email_content"], as_dict=True)
	if row is None:
		raise frappe.PageDoesNotExistError
	_hide_closed([row])
	if not row.read:
		mark_read(name)
	content = row.pop("email_content") if row.open else ""
	link = _link_in(content)
	text, label = _text_of(content, link)
	return {"title": row.subject, "row": row, "text": text, "label": label, "link": _own_page(link)}


def mark_read(name: str | None = None):
	"""Mark one message of the current user, or all of them, as read."""
	own = {"for_user": frappe.session.user, "read": 0, **({"name": name} if name else {})}
	frappe.db.set_value(LOG, own, "read", 1, update_modified=False)
	frappe.local.flags.commit = True  # also when a page is read


def _hide_closed(rows: list[dict]):
	"""Set `open` of each row, and replace the subject of those whose record the user may not read (any more)."""
	readable = _readable(rows)
	for row in rows:
		row.open = not row.document_type or (row.document_type, row.document_name) in readable
		row.subject = _plain(row.subject) if row.open else _("A message about something that you cannot read any more")


def _readable(rows: list[dict]) -> set[tuple[str, str]]:
	"""{(DocType, name)} of the records of messages that the user may read: one question for each DocType."""
	named: dict[str, set[str]] = {}
	for row in rows:
		if row.document_type and row.document_name:
			named.setdefault(row.document_type, set()).add(row.document_name)
	return {(doctype, name) for doctype, names in named.items() for name in _open_names(doctype, sorted(names))}


def _open_names(doctype: str, names: list[str]) -> set[str]:
	found = set()
	if frappe.has_permission(doctype, "read"):
		found |= set(frappe.get_list(doctype, {"name": ["in", names]}, pluck="name", order_by="name", limit=PAGE))
	if doctype in _TAKES_PART:
		found |= _TAKES_PART[doctype](names) & set(names)
	return found


def _events(names: list[str]) -> set[str]:
	return registrations.events_of_user(frappe.session.user, names)


def _surveys(_names: list[str]) -> set[str]:
	return {row.survey for row in support_pages.sheets()}


def _dispatches(names: list[str]) -> set[str]:
	own = {"name": ["in", names], "organisation": among(organisations_of(frappe.session.user))}
	return set(frappe.get_all("Kyodo Dispatch", own, pluck="name", order_by="name"))


# records that people take part in without a permission to read them: {DocType: function of names to those of the user}
_TAKES_PART = {"Kyodo Event": _events, "Kyodo Survey": _surveys, "Kyodo Dispatch": _dispatches}


def _link_in(content: str | None) -> str:
	"""The first page of ours that a message links to (messages/templates.py), or ""."""
	found = [html.unescape(address) for address in _LINK.findall(content or "")]
	return next((address for address in found if _own_page(address)), "")


def _text_of(content: str | None, link: str) -> tuple[str, str]:
	"""Return (text of a message without markup and link, label of its button, which is the line above the link)."""
	lines = _plain(_END_OF_LINE.sub("\n", _END_OF_PART.sub("\n\n", (content or "").replace("\n", " ")))).split("\n")
	lines = [line.strip() for line in lines]
	label = ""
	if link and link in lines:
		at = lines.index(link)
		label = lines[at - 1] if at else ""
		del lines[at - 1 if label else at : at + 1]
	return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), label


def _plain(content: str | None) -> str:
	return html.unescape(strip_html(content or ""))


def _own_page(link: str | None) -> str:
	"""The page of ours that a message leads to, or ""."""
	parts = urlsplit(link or "")
	path = f"{parts.path}?{parts.query}" if parts.query else parts.path
	return path if forms.safe_address(path) == path else ""


PAGES = (
	Page("my/inbox", "front/inbox", inbox),
	Page("my/inbox/<name>", "front/message", message),
)
