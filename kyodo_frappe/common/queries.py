"""Queries that several rooms share."""

import frappe
from frappe.query_builder.functions import Count

PAGE = 20  # rows per page of a list
REPORT_ROWS = 500  # rows of a report of the desk that a browser gets at once


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


def count_by_state(doctype: str, filters: dict) -> dict[str, int]:
	"""{state: number of records} in one query. `filters`: {field: value, ["in", values] or ["not in", values]}."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.workflow_state, Count("*").as_("number")).groupby(table.workflow_state)
	for field, wanted in filters.items():
		operator, value = wanted if isinstance(wanted, list) else ("=", wanted)
		tests = {"=": table[field].__eq__, "in": table[field].isin, "not in": table[field].notin}
		query = query.where(tests[operator](value))
	return {row.workflow_state: row.number for row in query.run(as_dict=True)}


def union(queries: list, as_dict: bool = False) -> list:
	"""Return the rows of several queries with the same columns, in one query; the first one names the columns."""
	if not queries:
		return []
	whole = queries[0]
	for query in queries[1:]:
		whole = whole.union_all(query)
	return list(frappe.qb.from_(whole.as_("whole")).select("*").run(as_dict=as_dict))
