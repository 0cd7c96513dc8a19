"""Self-checks (自己点検): a person's own look at their attitudes, private to them; the office sees totals only.

Sources: 002 (eight attitudes of officials, eight of NPOs), 001 and 003 (principles). A check is its person's: nobody else
reads it (permissions/record_rules.py). Its marks stay as they were from the next day on, and a total is made of whole groups of
people (rules/tally.py), so that nobody who looks twice learns what one person marked.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.common import request_json
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, PORTAL, SECTION, require
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.rules.tally import shown, tally

CHECK = "Kyodo Self Check"
LISTS = ("City", "Organisation", "Principles")
MARKS = range(1, 5)
EVERYBODY = (MANAGER, OFFICER, SECTION, *PORTAL)
MOST = 200


@frappe.whitelist(methods=["GET"])
def items(audience: str, programme: str | None = None) -> list[str]:
	"""The items of a list, in the programme's order. Raises PermissionError for who has no role of ours."""
	require(*EVERYBODY)
	programme_visibility.check_visible(programme)
	return items_of(programme or current_programme(), audience)


@frappe.whitelist(methods=["POST"])
def keep(audience: str, marks: dict | str, note: str = "") -> str:
	"""Keep a check of the current user: {number of the item: 1 to 4}; returns its name.

	Raises PermissionError for who has no role of ours, ValidationError where an item has no mark.
	"""
	require(*EVERYBODY)
	programme = current_programme()
	given = {cint(number): cint(mark) for number, mark in request_json.values(marks).items()}
	wanted = range(1, len(items_of(programme, audience)) + 1)
	if not len(wanted) or any(given.get(number) not in MARKS for number in wanted):
		frappe.throw(_("Please mark every item."))
	doc = frappe.get_doc(
		{
			"doctype": CHECK,
			"programme": programme,
			"audience": audience,
			"answers": [{"mark": given[number]} for number in wanted],
			"note": (note or "").strip() or None,
		}
	)
	return doc.insert(ignore_permissions=True).name  # in the portal nobody writes records; this one is its writer's own


@frappe.whitelist(methods=["POST"])
def keep_note(check: str, note: str = ""):
	"""Change the note of an own check. Raises PermissionError for another's."""
	doc = _own(check)
	doc.note = (note or "").strip() or None
	doc.save(ignore_permissions=True)  # its person's own, as checked


@frappe.whitelist(methods=["POST"])
def delete(check: str):
	"""Delete an own check, for good. Raises PermissionError for another's."""
	doc = _own(check)
	# its person's own, as checked; nothing of it is kept anywhere
	frappe.delete_doc(CHECK, doc.name, ignore_permissions=True, delete_permanently=True)


def mine(audience: str) -> dict:
	"""The current user's checks of a list side by side, the last first: {checks: [{name, checked_on, note}],
	items: [{item, marks: [mark or None]}]}"""
	checks = frappe.get_all(
		CHECK,
		{"user": frappe.session.user, "audience": audience},
		["name", "checked_on", "note"],
		order_by="creation desc",
		limit=MOST,
	)
	rows = frappe.get_all(
		"Kyodo Self Check Answer",
		{"parenttype": CHECK, "parent": ["in", [check.name for check in checks] or [""]]},
		["parent", "item", "mark"],
		order_by="parent, idx",
	)
	marks = {(row.parent, row.item): row.mark for row in rows}
	known = list(dict.fromkeys([*items_of(current_programme(), audience), *(row.item for row in rows)]))
	return {
		"checks": checks,
		"items": [{"item": item, "marks": [marks.get((check.name, item)) for check in checks]} for item in known],
	}


@frappe.whitelist(methods=["GET"])
def totals(audience: str, fiscal_year: int | None = None, programme: str | None = None) -> dict:
	"""{people, items: [{item, count, average, counts}]} of a list in a year, for the office: of whole groups of five
	people, each with the first check of the year, without who looks: deleting an own check would put another person in its
	place, and tell them apart. Raises PermissionError."""
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
	chosen = list(first.values())[: shown(len(first))]
	return {"people": len(chosen), "items": _items_of_checks(chosen)}


def _items_of_checks(checks: list[str]) -> list[dict]:
	rows = frappe.get_all(
		"Kyodo Self Check Answer",
		{"parenttype": CHECK, "parent": ["in", checks or [""]], "mark": ["in", list(MARKS)]},
		["item", "mark"],
		order_by="idx, item",
	)
	found = []
	for item in dict.fromkeys(row.item for row in rows):
		made = tally([row.mark for row in rows if row.item == item], MARKS)
		# a list that was changed within the year: of an item that few have seen, nothing
		if shown(made.count) == made.count:
			found.append({"item": item, "count": made.count, "average": made.average, "counts": [list(pair) for pair in made.counts]})
	return found


# -- what is true of a check ------------------------------------------------------------------


def items_of(programme: str | None, audience: str) -> list[str]:
	"""The items of a list: attitudes of a side, or the principles, as the programme words them."""
	if not programme or audience not in LISTS:
		return []
	doc = frappe.get_cached_doc("Kyodo Programme", programme)
	wanted = "Both" if audience == "Principles" else audience
	found = [row.item for row in doc.self_check_items if row.audience == wanted]
	if audience == "Principles" and not found:
		found = [f"{row.title}：{row.description}" if row.description else row.title for row in doc.principles]
	return list(dict.fromkeys(found))


def lists() -> list[str]:
	"""The lists that the programme has items for."""
	programme = current_programme()
	return [audience for audience in LISTS if items_of(programme, audience)]


def current_programme() -> str | None:
	found = programme_public.programme()
	return found.name if found else None


def this_year() -> int:
	return fiscal_year(getdate(nowdate()))


def _own(check: str) -> Document:
	if frappe.db.get_value(CHECK, check, "user") != frappe.session.user:
		raise frappe.PermissionError
	return frappe.get_doc(CHECK, check)
