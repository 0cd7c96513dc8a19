"""Queries that every room makes alike."""

import frappe

PAGE = 20  # rows of a list on one page


def rows_of(child: str, parenttype: str, parent: str | list[str], fields: list[str]) -> list[dict]:
	"""Rows of a child table of one or several records, with `parent`, in their order. One query."""
	parents = parent if isinstance(parent, list) else [parent]
	return frappe.get_all(
		child,
		{"parenttype": parenttype, "parent": ["in", parents or [""]]},
		["parent", *fields],
		order_by="parent, idx",
	)


def by_parent(rows: list[dict]) -> dict[str, list[dict]]:
	"""{parent: its rows}"""
	found = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def published_years(doctype: str, filters: dict) -> list[int]:
	"""The fiscal years of these records, the latest first."""
	found = frappe.get_all(doctype, filters, pluck="fiscal_year", distinct=True, order_by="fiscal_year desc")
	return [year for year in found if year]
