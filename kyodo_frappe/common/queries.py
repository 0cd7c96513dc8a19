"""Queries that several rooms share."""

import frappe

PAGE = 20  # rows per page of a list


def rows_of(child: str, parenttype: str, parent: str | list[str], fields: list[str]) -> list[dict]:
	"""Return the rows of a child table of one or several records, in order, with `parent` among the fields. One query."""
	parents = parent if isinstance(parent, list) else [parent]
	return frappe.get_all(
		child,
		{"parenttype": parenttype, "parent": ["in", parents or [""]]},
		["parent", *fields],
		order_by="parent, idx",
	)


def by_parent(rows: list[dict]) -> dict[str, list[dict]]:
	"""Group rows by their parent: {parent: [rows]}."""
	found = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def published_years(doctype: str, filters: dict) -> list[int]:
	"""Return the fiscal years of the records that match the filters, latest first."""
	found = frappe.get_all(doctype, filters, pluck="fiscal_year", distinct=True, order_by="fiscal_year desc")
	return [year for year in found if year]
