"""How many records there are by programme, fiscal year and state, kept in Redis until one of them changes.

Every list shows such numbers, and counting takes longer the more records there are. A cached result is used only while it is valid:
no record of its DocTypes has been saved since (`modified`, which is indexed), and none was deleted or committed late (a number that
`on_change` raises after the commit). `kept` caches other results that many people ask for in the same way.
"""

from collections.abc import Callable

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Count, Max

from kyodo_frappe.common.indexes import CHANGED
from kyodo_frappe.permissions.reading_cache import cached_while_reading

COUNTED_BY = ("programme", "fiscal_year", "workflow_state", "state")
KEPT = 3600  # seconds


def count(doctype: str, filters: dict) -> int:
	"""Return how many records match.

	filters: {field: value, [operator, value]}, with "=", "in", "not in" on COUNTED_BY, and on other fields the operators of `frappe.get_all`.
	"""
	return sum(row.number for row in matching(doctype, filters))


def by_state(doctype: str, filters: dict) -> dict[str, int]:
	"""{state: number of records}. filters: as in `count`."""
	found: dict[str, int] = {}
	for row in matching(doctype, filters):
		found[row.workflow_state] = found.get(row.workflow_state, 0) + row.number
	return found


def years(doctype: str, filters: dict) -> list[int]:
	"""Return the fiscal years of the records that match, the latest first. filters: as in `count`."""
	return sorted({row.fiscal_year for row in matching(doctype, filters) if row.fiscal_year}, reverse=True)


def matching(doctype: str, filters: dict) -> list[dict]:
	"""[{programme, fiscal_year, workflow_state, number}] of the records that match. filters: as in `count`."""
	counted_by = [field for field in COUNTED_BY if frappe.get_meta(doctype).has_field(field)]
	tests = {field: _test(wanted) for field, wanted in filters.items() if field in counted_by}
	others = {field: wanted for field, wanted in filters.items() if field not in counted_by}
	return [row for row in _tally(doctype, others, counted_by) if all(test(row[field]) for field, test in tests.items())]


def _test(wanted) -> Callable[[object], bool]:
	operator, value = wanted if isinstance(wanted, list | tuple) else ("=", wanted)
	return {"=": lambda one: one == value, "in": lambda one: one in value, "not in": lambda one: one not in value}[operator]


def _tally(doctype: str, filters: dict, counted_by: list[str]) -> list[dict]:
	rows = kept(
		f"tally:{doctype}:{sorted(filters.items())}", (doctype,), lambda: [dict(row) for row in _count(doctype, filters, counted_by)]
	)
	return [frappe._dict(row) for row in rows]


def kept(key: str, doctypes: tuple[str, ...], compute: Callable[[], object]):
	"""Return the result of `compute`, cached until a record of these DocTypes (of CHANGED) changes.

	The key names the request and those who may read the result.
	"""
	if frappe.db.transaction_writes:
		return compute()  # others do not see yet what this transaction has written
	key, stamp = f"kyodo-kept:{key}", "".join(stamp_of for doctype in doctypes for stamp_of in _stamp(doctype))
	found = frappe.cache.get_value(key, expires=True)
	if not found or found["stamp"] != stamp:
		found = {"stamp": stamp, "value": compute()}
		frappe.cache.set_value(key, found, expires_in_sec=KEPT)
	return found["value"]


def _count(doctype: str, filters: dict, counted_by: list[str]) -> list[dict]:
	table = frappe.qb.DocType(doctype)
	columns = [table[field] for field in counted_by]
	query = frappe.qb.from_(table).select(*columns, Count("*").as_("number")).groupby(*columns)
	for field, wanted in filters.items():
		operator, value = wanted if isinstance(wanted, list) else ("=", wanted)
		query = query.where(_CONDITIONS[operator](table[field], value))
	return query.run(as_dict=True)


_CONDITIONS = {
	"=": lambda column, value: column == value,
	">=": lambda column, value: column >= value,
	"in": lambda column, value: column.isin(value),
	"is": lambda column, value: column.isnotnull() if value == "set" else column.isnull(),
}


@cached_while_reading
def _stamp(doctype: str) -> list[str]:
	"""[a string that identifies the last change of a DocType], read once for a page."""
	table = frappe.qb.DocType(doctype)
	latest = frappe.qb.from_(table).select(Max(table.modified)).run()[0][0]
	changes = frappe.cache.get(_changes_key(doctype))
	return [f"{doctype} {latest} {changes.decode() if isinstance(changes, bytes) else changes};"]


def _changes_key(doctype: str):
	return frappe.cache.make_key(f"kyodo-tally-changes:{doctype}")


# -- what has changed ----------------------------------------------------------------------------------------------


def on_change(doc: Document, method: str | None = None, *_names):
	"""Count the records of a DocType again after the transaction (doc_events of all DocTypes)."""
	if doc.doctype == "Kyodo Programme":
		_changed(CHANGED)  # renamed, for one
	elif doc.doctype in CHANGED:
		_changed([doc.doctype])


def _changed(doctypes: list[str] | tuple[str, ...]):
	waiting = getattr(frappe.local, "kyodo_tallies_waiting", None)
	if waiting is None:
		waiting = frappe.local.kyodo_tallies_waiting = set()
		frappe.db.after_commit.add(_raise)
		frappe.db.after_rollback.add(_forget)
	waiting.update(doctypes)


def _raise():
	waiting = getattr(frappe.local, "kyodo_tallies_waiting", None) or ()
	_forget()
	for doctype in waiting:
		frappe.cache.incr(_changes_key(doctype))


def _forget():
	frappe.local.kyodo_tallies_waiting = None
