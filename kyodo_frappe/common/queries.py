"""Queries that several rooms share."""

from collections.abc import Iterable, Iterator

import frappe

PAGE = 20  # rows per page of a list
BATCH = 500  # records that are read at once
REPORT_ROWS = 500  # rows of a report of the desk that a browser gets at once
NO_NAME = "<none>"  # a name that Frappe allows no record


def among(names: Iterable[str]) -> list:
	"""Return the filter "one of these names", which nothing fulfils where there are none.

	Of an empty list, or one with an empty text, Frappe makes a condition that also holds without a value, and that no index answers.
	"""
	return ["in", list(names) or [NO_NAME]]


def rows_of(child: str, parenttype: str, parent: str | list[str], fields: list[str]) -> list[dict]:
	"""Return the rows of a child table of one or several records, in order, with `parent` among the fields. One query."""
	parents = parent if isinstance(parent, list) else [parent]
	if not parents:
		return []
	return frappe.get_all(
		child,
		{"parenttype": parenttype, "parent": ["in", parents]},
		["parent", *fields],
		order_by="parent, idx",
	)


def by_parent(rows: list[dict]) -> dict[str, list[dict]]:
	"""Group rows by their parent: {parent: [rows]}."""
	found = {}
	for row in rows:
		found.setdefault(row.parent, []).append(row)
	return found


def page_of(
	doctype: str, filters: dict, fields: Iterable[str], order: list[tuple[str, str]], start: int, limit: int, count: int
) -> list[dict]:
	"""Return a page of a long list. order: [(field, "asc" or "desc")], the last field is unique; count: number of matching records.

	The names of the page are read from an index that has the order and the conditions (common/indexes.py), from the end of the list that is
	nearer; then its rows by their names.
	"""
	limit = max(min(limit, count - start), 0)
	backwards = start > count // 2
	turned = {"asc": "desc", "desc": "asc"}
	# a field with one value orders nothing, and keeps the database from the order of its index
	moving = [(field, way) for field, way in order if isinstance(filters.get(field), list | tuple | None)]
	said = ", ".join(f"{field} {turned[way] if backwards else way}" for field, way in moving)
	first = count - start - limit if backwards else start
	names = frappe.get_all(doctype, filters, pluck="name", order_by=said, start=first, limit=limit) if limit else []
	rows = {row.name: row for row in frappe.get_all(doctype, {"name": ["in", names]}, list(fields), order_by="name")} if names else {}
	return [rows[name] for name in (reversed(names) if backwards else names)]


def in_batches(doctype: str, filters: dict, fields: Iterable[str], size: int = BATCH) -> Iterator[list[dict]]:
	"""Yield the records that match, by name, some hundred at a time, for files of all of them.

	The names are read once from an index with the conditions: asked for what follows a name, the database sorted all of them for each batch.
	"""
	names = frappe.get_all(doctype, filters, pluck="name", order_by="name asc")
	for first in range(0, len(names), size):
		batch = {**filters, "name": ["in", names[first : first + size]]}
		yield frappe.get_all(doctype, batch, list(fields), order_by="name asc")


def union(queries: list, as_dict: bool = False, locked: bool = False) -> list:
	"""Return the rows of several queries with the same columns, in one query; the first one names the columns.

	locked: until the end of the transaction, as they are committed by now; each of the queries is locked by itself.
	"""
	if not queries:
		return []
	queries = [query.for_update() for query in queries] if locked else queries
	whole = queries[0]
	whole.wrap_set_operation_queries = locked  # each lock belongs to the query within its parentheses
	for query in queries[1:]:
		whole = whole.union_all(query)
		whole.immutable = False  # nobody else has it: it would be copied for each query
	return list(frappe.qb.from_(whole.as_("whole")).select("*").run(as_dict=as_dict))
