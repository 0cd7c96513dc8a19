"""Self-checks (自己点検) of attitudes and principles: private to the person; the office sees totals only.

Only the person reads a check (permissions/record_rules.py). Its marks are fixed from the next day on, and totals grow by
whole groups of people (rules/tally.py), so that comparing two totals does not reveal what one person marked. Sources: 002
(eight attitudes of officials, eight of NPOs), 001 and 003 (principles).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.common import request_json
from kyodo_frappe.common.queries import among
from kyodo_frappe.learning.errors import MarksMissing
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, PORTAL, SECTION, require
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.rules.tally import publishable_count, tally

CHECK = "Kyodo Self Check"
LISTS = ("City", "Organisation", "Principles")
MARKS = range(1, 5)
EVERYBODY = (MANAGER, OFFICER, SECTION, *PORTAL)
MAX_CHECKS = 200


@frappe.whitelist(methods=["GET"])
def items(audience: str, programme: str | None = None) -> list[str]:
	"""Return the items of a list in the programme's order. Raises PermissionError without a role of this app."""
	require(*EVERYBODY)
	programme_visibility.check_visible(programme)
	return programme_items(programme or current_programme(), audience)


@frappe.whitelist(methods=["POST"])
def keep(audience: str, marks: dict | str, note: str = "") -> str:
	"""Store a self-check of the current user and return its name.

	`marks`: {number of the item: 1 to 4}. Raises PermissionError without a role of this app, ValidationError where an item
	has no mark.
	"""
	require(*EVERYBODY)
	programme = current_programme()
	given = {cint(number): cint(mark) for number, mark in request_json.values(marks).items()}
	wanted = range(1, len(programme_items(programme, audience)) + 1)
	if not len(wanted) or any(given.get(number) not in MARKS for number in wanted):
		frappe.throw(_("Please mark every item."), MarksMissing)
	doc = frappe.get_doc(
		{
			"doctype": CHECK,
			"programme": programme,
			"audience": audience,
			"answers": [{"mark": given[number]} for number in wanted],
			"note": (note or "").strip() or None,
		}
	)
	return doc.insert(ignore_permissions=True).name  # portal roles have no right to create records; this is the user's own


@frappe.whitelist(methods=["POST"])
def keep_note(check: str, note: str = ""):
	"""Change the note of one's own check. Raises PermissionError."""
	doc = _own(check)
	doc.note = (note or "").strip() or None
	doc.save(ignore_permissions=True)  # the user is checked by `_own`


@frappe.whitelist(methods=["POST"])
def delete(check: str):
	"""Delete one's own check for good. Raises PermissionError."""
	doc = _own(check)
	# the user is checked by `_own`; no copy is kept
	frappe.delete_doc(CHECK, doc.name, ignore_permissions=True, delete_permanently=True)


def own_checks(audience: str) -> dict:
	"""Return the current user's checks of a list side by side, the last first.

	{checks: [{name, checked_on, note}, …], items: [{item, marks: [mark or None, …]}, …]}
	"""
	checks = frappe.get_all(
		CHECK,
		{"user": frappe.session.user, "audience": audience},
		["name", "checked_on", "note"],
		order_by="creation desc",
		limit=MAX_CHECKS,
	)
	rows = frappe.get_all(
		"Kyodo Self Check Answer",
		{"parenttype": CHECK, "parent": among([check.name for check in checks])},
		["parent", "item", "mark"],
		order_by="parent, idx",
	)
	marks = {(row.parent, row.item): row.mark for row in rows}
	known = list(dict.fromkeys([*programme_items(current_programme(), audience), *(row.item for row in rows)]))
	return {
		"checks": checks,
		"items": [{"item": item, "marks": [marks.get((check.name, item)) for check in checks]} for item in known],
	}


@frappe.whitelist(methods=["GET"])
def totals(audience: str, fiscal_year: int | None = None, programme: str | None = None) -> dict:
	"""Return the totals of a list in a fiscal year, for the office: {people, items: [{item, count, average, counts}, …]}.

	Counts whole groups of five people, each with their first check of the year. The current user is left out: by deleting
	their own check they could otherwise single out the person who takes its place. Raises PermissionError.
	"""
	require(OFFICER, MANAGER)
	year = cint(fiscal_year) or this_year()
	rows = frappe.get_all(
		CHECK,
		{
			"programme": programme or current_programme(),
			"audience": audience,
			"fiscal_year": year,
			"user": ["!=", frappe.session.user],
		},
		["name", "user"],
		order_by="creation asc, name asc",
	)
	first = {}
	for row in rows:
		first.setdefault(row.user, row.name)
	chosen = list(first.values())[: publishable_count(len(first))]
	return {"people": len(chosen), "items": _item_totals(chosen)}


def _item_totals(checks: list[str]) -> list[dict]:
	rows = frappe.get_all(
		"Kyodo Self Check Answer",
		{"parenttype": CHECK, "parent": among(checks), "mark": ["in", list(MARKS)]},
		["item", "mark"],
		order_by="idx, item",
	)
	found = []
	for item in dict.fromkeys(row.item for row in rows):
		made = tally([row.mark for row in rows if row.item == item], MARKS)
		# the list may have changed within the year: leave out items that few people have seen
		if publishable_count(made.count) == made.count:
			found.append({"item": item, "count": made.count, "average": made.average, "counts": [list(pair) for pair in made.counts]})
	return found


# -- lists and items --------------------------------------------------------------------------


def programme_items(programme: str | None, audience: str) -> list[str]:
	"""Return the items of a list, a side's attitudes or the principles, in the programme's words."""
	if not programme or audience not in LISTS:
		return []
	doc = frappe.get_cached_doc("Kyodo Programme", programme)
	wanted = "Both" if audience == "Principles" else audience
	found = [row.item for row in doc.self_check_items if row.audience == wanted]
	if audience == "Principles" and not found:
		found = [f"{row.title}：{row.description}" if row.description else row.title for row in doc.principles]
	return list(dict.fromkeys(found))


def available_lists() -> list[str]:
	"""Return the lists for which the current programme has items."""
	programme = current_programme()
	return [audience for audience in LISTS if programme_items(programme, audience)]


def current_programme() -> str | None:
	"""Return the name of the programme to which self-checks belong: the first that is public."""
	found = programme_public.programme()
	return found.name if found else None


def this_year() -> int:
	"""Return the present fiscal year."""
	return fiscal_year(getdate(nowdate()))


def _own(check: str) -> Document:
	if frappe.db.get_value(CHECK, check, "user") != frappe.session.user:
		raise frappe.PermissionError
	return frappe.get_doc(CHECK, check)
