"""The page 今日 of the desk: what waits for the reader, the days of this week, what others are waited for, and the year.

What can wait is declared in `pending_work.py`. All of it is counted in one query and its first rows are read in another one, so that a page
costs the same with ten and with a hundred thousand records. Every count and row is limited to what the reader may read.
"""

import datetime
import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.meta import Meta
from frappe.query_builder import Case, Criterion
from frappe.query_builder.functions import Coalesce, Count, Min, Sum
from frappe.utils import cint, getdate, nowdate
from pypika.terms import NullValue, ValueWrapper

from kyodo_frappe.accounts import landing
from kyodo_frappe.common import indexes
from kyodo_frappe.common.language import _lt
from kyodo_frappe.common.queries import union
from kyodo_frappe.front import pending_work, year_days
from kyodo_frappe.front.pending_work import PendingWork
from kyodo_frappe.permissions import hooks
from kyodo_frappe.permissions.people import organisations_of, sections_of
from kyodo_frappe.permissions.reading_cache import while_reading
from kyodo_frappe.permissions.record_rules import HANDED_IN
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.rules import era
from kyodo_frappe.rules.era import era_day, era_year, fiscal_year
from kyodo_frappe.web import desk
from kyodo_frappe.workflows.states import drafts

ROLES = (OFFICER, SECTION, MANAGER)
ROWS = 7  # of a group
MORE_ROWS = 50
MAX_TITLE = 80
TITLES = {
	pending_work.ORGANISATIONS: _lt("From organisations"),
	pending_work.SECTIONS: _lt("From sections"),
	pending_work.MEMBERS: _lt("From members of committees"),
	pending_work.OFFICE: _lt("From the office"),
}
# the column of each part of a row, in the order of the union
_PARTS = ("name", "title", "since", "due", "organisation", "section")


@frappe.whitelist(methods=["GET"])
def today() -> dict:
	"""Return what the page shows the current user: {day, year, name, groups, others, week, ribbon}. Raises PermissionError.

	groups: [{id, title, count, days, late, doctype, filters, action, place, takes_up, rows: [{name, title, note, since, days, due, late}]}], late ones
	first; others: [{title, groups}], where only late groups have rows: the page folds the rest and loads them with `more`; week, ribbon:
	as `year_days`. `days` counts from the day since when something waits.
	"""
	require(*ROLES)
	with while_reading():
		roles = frappe.get_roles()
		own, followed = pending_work.of_roles(roles), pending_work.for_others(roles)
		groups = {group["id"]: group for group in _groups(own, followed)}
		now = getdate()
		return {
			"day": era_day(now),
			"year": era_year(fiscal_year(now)),
			"name": frappe.utils.get_fullname(),
			"groups": _late_first(groups[work.id] for work in own if work.id in groups),
			"others": _by_whom(followed, groups),
			**year_days.shown(now),
		}


@frappe.whitelist(methods=["GET"])
def more(group: str, start: int = 0) -> list[dict]:
	"""Return the first ROWS of a group that `today` folds, or MORE_ROWS further ones from a place on. Raises PermissionError."""
	require(*ROLES)
	with while_reading():
		roles = frappe.get_roles()
		work = next((one for one in (*pending_work.of_roles(roles), *pending_work.for_others(roles)) if one.id == group), None)
		source = _source(work) if work else None
		if source is None:
			raise frappe.PermissionError
		begin = max(cint(start), 0)
		return _read_rows({work.id: source}, MORE_ROWS if begin else ROWS, begin).get(work.id, [])


@frappe.whitelist(methods=["GET"])
def year() -> list[dict]:
	"""Return the days of this fiscal year in words, as `year_days.in_words`. Raises PermissionError."""
	require(*ROLES)
	with while_reading():
		now = getdate()
		return year_days.in_words(year_days.of_year(fiscal_year(now)), now)


@frappe.whitelist(methods=["POST"])
def remind(group: str, name: str) -> int:
	"""Send the reminder of a record that the current user waits for now; returns the number of people.

	Raises PermissionError for records that the user does not wait for, and as `reminders.send_now`.
	"""
	require(OFFICER, SECTION)
	work = next((one for one in pending_work.for_others(frappe.get_roles()) if one.id == group and one.remind), None)
	if work is None or not _is_waiting(work, name):
		raise frappe.PermissionError
	return frappe.get_attr(frappe.get_hooks("kyodo_send_reminder")[-1])(work.remind, name)


def _is_waiting(work: PendingWork, name: str) -> bool:
	source = _source(work, further=frappe.qb.DocType(work.doctype).name == name)
	return source is not None and bool(_read_rows({work.id: source}, 1).get(work.id))


def extend_bootinfo(bootinfo: dict):
	"""Say in the boot info of the desk whether the user begins the day on this page, as `kyodo_today` (public/js/desk/landing.js).

	builds: whether the user also administers the site; alone: whether the user has no roles but those of this app.
	"""
	roles = frappe.get_roles()
	begins = {"page": desk.TODAY, "builds": "System Manager" in roles, "alone": landing.is_only_ours(roles)}
	bootinfo["kyodo_today"] = begins if desk.works_there() else None


# -- groups ---------------------------------------------------------------------------------------


def _groups(own: list[PendingWork], followed: list[PendingWork]) -> list[dict]:
	"""Return the groups in which something waits, in the order in which they are declared."""
	readable = functools.cache(hooks.as_listed)
	sources = {work.id: source for work in (*own, *followed) if (source := _source(work, readable)) is not None}
	counts = _counts(sources)
	unfolded = {work.id for work in own} | {name for name, count in counts.items() if cint(count.late)}
	rows = _read_rows({name: sources[name] for name in counts if name in unfolded}, ROWS)
	waiting = [(work, work in own) for work in (*own, *followed) if work.id in counts]
	return [_group(work, counts[work.id], rows.get(work.id, []), is_own) for work, is_own in waiting]


def _group(work: PendingWork, count: dict, rows: list[dict], is_own: bool) -> dict:
	may_remind = not is_own and bool({OFFICER, SECTION} & set(frappe.get_roles()))
	return {
		"id": work.id,
		"title": _(work.title),
		"count": count.number,
		"days": _days_since(_day(count.oldest), getdate()),
		"late": cint(count.late),
		"doctype": work.doctype,
		"filters": None if work.where else work.filters(),
		"action": work.action if is_own else "",
		"remind": work.remind if may_remind else "",
		"place": work.place,
		"takes_up": work.takes_up if is_own and work.takes_up and frappe.has_permission(work.takes_up, "create") else "",
		"rows": rows,
	}


def _late_first(groups: Iterable[dict]) -> list[dict]:
	return sorted(groups, key=lambda group: not group["late"])


def _by_whom(followed: list[PendingWork], groups: dict[str, dict]) -> list[dict]:
	"""[{title, groups}] of what others are waited for."""
	found = []
	for whom, title in TITLES.items():
		own = [groups[work.id] for work in followed if work.whom == whom and work.id in groups]
		if own:
			found.append({"title": _(title), "groups": _late_first(own)})
	return found


# -- queries --------------------------------------------------------------------------------------


class _Source(NamedTuple):
	"""All rows of a kind of work that the user may read. query: without columns; columns: {one of _PARTS: its term}; in_order: whether an index
	has the rows in the order of `since`."""

	query: Any
	columns: dict[str, Any]
	in_order: bool


def _source(work: PendingWork, readable: Callable = hooks.as_listed, further: Criterion | None = None) -> _Source | None:
	"""Return the rows of a kind of work, None if there can be none. readable: `hooks.as_listed`, or a cache of it."""
	table, meta, filters = frappe.qb.DocType(work.doctype), frappe.get_meta(work.doctype), work.filters()
	conditions = [readable(work.doctype, _given(work.doctype, filters)), _scope(work, table), *_filtered(table, meta, filters)]
	if any(condition is None for condition in conditions):
		return None
	conditions += [work.where(table)] if work.where else []
	conditions += [further] if further is not None else []
	title = work.titled or meta.title_field or "name"
	columns = {
		"name": table.name,
		"title": table[title],
		"since": _term(table, work.since),
		"due": _term(table, work.due),
		**{part: table[part] if meta.has_field(part) else NullValue() for part in ("organisation", "section")},
	}
	query = frappe.qb.from_(table).where(Criterion.all([one for one in conditions if one is not True]))
	in_order = isinstance(work.since, str) and indexes.gives_order(work.doctype, _fixed(filters), work.since)
	return _Source(query, columns, in_order)


def _given(doctype: str, filters: dict) -> tuple:
	"""The conditions of permission rules that the filters make anyway: an index of the states need not read the columns of other rules."""
	handed_in, wanted = HANDED_IN.get(doctype), filters.get("workflow_state")
	is_made = handed_in and isinstance(wanted, list) and wanted[0] == "in" and not set(wanted[1]) & set(drafts(doctype))
	return (handed_in,) if is_made else ()


def _fixed(filters: dict) -> set[str]:
	"""The fields that have one value each in all rows."""
	return {
		fieldname
		for fieldname, wanted in filters.items()
		if not isinstance(wanted, list) or (wanted[0] == "in" and len(wanted[1]) == 1) or wanted == pending_work.UNSET
	}


def _term(table, what):
	found = what(table) if callable(what) else table[what] if what else None
	return NullValue() if found is None else found


def _scope(work: PendingWork, table) -> Criterion | bool | None:
	"""The reader's part of a kind of work: of sections only their own; nobody decides about their own organisations."""
	user, roles, meta = frappe.session.user, set(frappe.get_roles()), frappe.get_meta(work.doctype)
	of_section = SECTION in roles and (SECTION in work.roles or not {OFFICER, MANAGER} & roles)
	if of_section and not work.everywhere:
		sections = sections_of(user)
		return table.section.isin(sections) if sections and meta.has_field("section") else None
	own = organisations_of(user) if OFFICER in work.roles and meta.has_field("organisation") else []
	return table.organisation.isnull() | table.organisation.notin(own) if own else True


def _filtered(table, meta: Meta, filters: dict) -> list[Criterion | None]:
	"""Return the criteria of a list's filters; None for one that nothing can fulfil."""
	return [_criterion(table[fieldname], wanted, _is_moment(meta, fieldname)) for fieldname, wanted in filters.items()]


def _is_moment(meta: Meta, fieldname: str) -> bool:
	field = meta.get_field(fieldname)
	return field is not None and field.fieldtype in ("Date", "Datetime")


def _criterion(column, wanted, is_moment: bool) -> Criterion | None:
	operator, value = wanted if isinstance(wanted, list) else ("=", wanted)
	if operator in ("in", "not in") and not value:
		return None if operator == "in" else column.isnotnull()
	if operator == "in" and len(value) == 1:
		operator, value = "=", value[0]  # an index then gives the order of the days within this state
	if operator == "is":
		empty = column.isnull() if is_moment else column.isnull() | (column == "")
		return empty if value == "not set" else column.isnotnull()
	tests = {"=": "__eq__", "!=": "__ne__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__", "in": "isin", "not in": "notin"}
	return getattr(column, tests[operator])(value)


def _counts(sources: dict) -> dict[str, dict]:
	"""{kind of work: {number, oldest, late}} of those that have rows. One query."""
	queries, today = [], nowdate()
	for name, (query, columns, _in_order) in sources.items():
		due = columns["due"]
		late = NullValue() if isinstance(due, NullValue) else Sum(Case().when(due < today, 1).else_(0))
		terms = {"kind": ValueWrapper(name), "number": Count("*"), "oldest": Min(columns["since"]), "late": late}
		queries.append(query.select(*(term if queries else term.as_(part) for part, term in terms.items())))
	return {row.kind: row for row in union(queries, as_dict=True) if row.number}


def _read_rows(sources: dict, limit: int, start: int = 0) -> dict[str, list[dict]]:
	"""{kind of work: its rows, the oldest first}. One query, and one for the names of organisations."""
	queries = []
	for name, (query, columns, in_order) in sources.items():
		# else by a term: the database would follow an index of the days through all records, to find the few that wait
		since = columns["since"] if in_order else Coalesce(columns["since"], NullValue())
		terms = [ValueWrapper(name).as_("kind"), *(columns[part].as_(part) for part in _PARTS)]
		page = query.select(*terms)
		page.immutable = False  # a copy of ours already: each step would copy it once more
		page.orderby(since, columns["name"]).limit(limit).offset(start)
		queries.append(frappe.qb.from_(page.as_("page")).select("*"))
	rows = union(queries, as_dict=True)
	names = _organisation_names({row.organisation for row in rows if row.organisation})
	found: dict[str, list[dict]] = {}
	now = getdate()
	for row in rows:
		found.setdefault(row.kind, []).append(_row(row, names, now))
	return found


def _organisation_names(names: set[str]) -> dict[str, str]:
	if not names or not frappe.has_permission("Kyodo Organisation", "read"):
		return {}
	rows = frappe.get_list(
		"Kyodo Organisation", {"name": ["in", sorted(names)]}, ["name", "organisation_name"], order_by="name", limit=len(names)
	)
	return {row.name: row.organisation_name for row in rows}


def _row(row: dict, names: dict[str, str], now: datetime.date) -> dict:
	title = " ".join((row.title or row.name).split())
	since, due = _day(row.since), _day(row.due)
	return {
		"name": row.name,
		"title": title if len(title) <= MAX_TITLE else f"{title[:MAX_TITLE]}…",
		"note": names.get(row.organisation, ""),
		"section": row.section or "",
		"since": era.short_day(since, now) if since else "",
		"days": _days_since(since, now),
		"due": era.short_day(due, now) if due else "",
		"late": bool(due) and due < now,
	}


def _day(moment: datetime.date | datetime.datetime | str | None) -> datetime.date | None:
	"""The day of a moment as the database gives it: in a union with what has none it is a text."""
	return datetime.date.fromisoformat(str(moment)[:10]) if moment else None


def _days_since(day: datetime.date | None, now: datetime.date) -> int:
	return max((now - day).days, 0) if day else 0
