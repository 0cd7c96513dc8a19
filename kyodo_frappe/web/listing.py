"""List pages: parameters in the address, pagination, filters by year and state."""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.rules.era import is_fiscal_year
from kyodo_frappe.web.words import with_query, year


def or_not_found(row: dict | None) -> dict:
	"""Return the row. Raises PageDoesNotExistError if there is none."""
	if row is None:
		raise frappe.PageDoesNotExistError
	return row


def query_text(key: str) -> str:
	"""Return a query parameter (`?key=`), cut to 140 characters."""
	return str(frappe.form_dict.get(key) or "")[:140]


def page_number(key: str = "page") -> int:
	"""Return the requested page of a list (`?page=`, or another parameter), counted from 1."""
	return min(max(cint(frappe.form_dict.get(key)), 1), 100000)


def asked_year() -> int:
	"""Return the fiscal year in the address (`?year=`), 0 for none and for what is no year."""
	asked = cint(frappe.form_dict.get("year"))
	return asked if is_fiscal_year(asked) else 0


def listing(title: str, address: str, rows_of: Callable, states: tuple[str, ...], years: list[int]) -> dict:
	"""Return the context of a list with filters by year and state.

	`rows_of`: called with (year, state, start), returns (rows, total count); `years`: the years that have rows.
	"""
	of_year = asked_year()
	state = query_text("state") if query_text("state") in states else ""
	page = page_number()
	rows, count = rows_of(of_year or None, state or None, (page - 1) * PAGE)
	return {
		"title": title,
		"rows": rows,
		"count": count,
		"address": address,
		"asked": {"year": of_year, "state": state},
		"years": [(value, year(value)) for value in years],
		"states": [(value, _(value)) for value in states],
		"pages": pages_of(address, page, count, year=of_year or "", state=state),
	}


def pages_of(address: str, page: int, count: int, rows: int = PAGE, key: str = "page", **asked) -> dict:
	"""Return {page, last, before, after}; `before` and `after` are the addresses of the adjacent pages, or None.

	rows: on a page; key: the parameter of the address that names the page.
	"""
	last = max(-(-count // rows), 1)
	return {"page": page, "last": last, **_adjacent(address, page, 1 < page <= last, page < last, key, asked)}


def uncounted_page(read: Callable, address: str, key: str = "page", **asked) -> dict:
	"""Return {rows, pages} of the requested page of a list whose rows are not counted: `pages.last` is None.

	read: called with (start, limit), returns at most `limit` rows from `start` on; key: the parameter of the address that names the page;
	asked: its other parameters.
	"""
	page = page_number(key)
	rows = read((page - 1) * PAGE, PAGE + 1)
	pages = {"page": page, "last": None, **_adjacent(address, page, page > 1, len(rows) > PAGE, key, asked)}
	return {"rows": rows[:PAGE], "pages": pages}


def _adjacent(address: str, page: int, has_before: bool, has_after: bool, key: str, asked: dict) -> dict:
	return {
		"before": with_query(address, **asked, **{key: page - 1}) if has_before else None,
		"after": with_query(address, **asked, **{key: page + 1}) if has_after else None,
	}


def query_programme(known: list[dict]) -> str | None:
	"""Return the requested programme (`?programme=`) if it is among the known ones, else None."""
	asked = query_text("programme")
	return asked if asked in {row.name for row in known} else None
