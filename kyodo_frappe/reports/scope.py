"""What a report counts: the records its reader may read, narrowed by its filters, as criteria of the database."""

from dataclasses import dataclass, field
from datetime import date

import frappe
from frappe.query_builder import Criterion, CustomFunction, Field
from frappe.utils import cint

from kyodo_frappe.permissions.hooks import criterion, restrictions
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.record_rules import HANDED_IN, Condition
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, links, require
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.workflows.states import drafts

# days from the second moment to the first
days_between = CustomFunction("DATEDIFF", ["later", "earlier"])
NAMED = ("programme", "section", "call", "committee")


@dataclass(frozen=True)
class Asked:
	"""The filters of a report. first_year, last_year: fiscal years, 0 for all; by: the group; page: as in table.py; more: its other
	filters."""

	named: dict[str, str]
	first_year: int
	last_year: int
	by: str
	page: int
	more: dict = field(default_factory=dict)

	def narrow(self, table, *fieldnames: str, year: str | None = "fiscal_year") -> Criterion:
		"""Return the condition of the filters on fields of a table. year: its field with a fiscal year, None if it has none."""
		parts = [table[name] == self.named[name] for name in fieldnames if self.named.get(name)]
		if self.last_year and year:
			parts.append(table[year][self.first_year : self.last_year])
		return Criterion.all(parts or [table.name.isnotnull()])

	def within(self, column: Field) -> Criterion:
		"""Return the condition that a day or moment is within the fiscal years."""
		if not self.last_year:
			return column.isnotnull()
		return (column >= self.first_day) & (column <= f"{self.last_day} 23:59:59")

	@property
	def first_day(self) -> date:
		"""First day of the fiscal years."""
		return fiscal_year_range(self.first_year)[0]

	@property
	def last_day(self) -> date:
		"""Last day of the fiscal years."""
		return fiscal_year_range(self.last_year)[1]


def asked(filters: dict | None, groups: tuple[str, ...] = ("",)) -> Asked:
	"""Read the filters of a report: programme, section, call, committee, fiscal_year, years (that many up to fiscal_year), group_by (the
	first of `groups` by default), page."""
	given = frappe._dict(filters or {})
	named = {name: str(given[name]) for name in NAMED if given.get(name)}
	# a project or a meeting is looked at with all of its years
	last = 0 if given.project or given.meeting else cint(given.fiscal_year)
	last = last if 1 < last < 9000 else 0
	first = max(last - max(cint(given.years), 1) + 1, 1) if last else 0
	page = max(cint(given.get("page", 1)), 0) if given.get("page") not in (None, "") else 1
	by = given.group_by if given.group_by in groups else groups[0]
	more = {key: value for key, value in given.items() if key not in (*NAMED, "fiscal_year", "years", "page", "group_by")}
	return Asked(named, first, last, by, page, more)


def acts_as(*roles: str) -> bool:
	"""Whether the reader has one of the roles, or a role of the city's that reads like it."""
	own = set(frappe.get_roles())
	return bool(set(roles) & (own | {ours for role, ours in links().items() if role in own}))


def require_reader(*roles: str):
	"""Raise PermissionError unless the reader has one of the roles, or a role of the city's that reads like it."""
	if not acts_as(*roles):
		require(*roles)


def office_or_section():
	"""Raise PermissionError for everybody but the office, sections, and who reads like them."""
	require_reader(OFFICER, MANAGER, SECTION)


def handed_in(doctype: str) -> Criterion:
	"""Return the condition for the records that the reader may read and that are no drafts."""
	table = frappe.qb.DocType(doctype)
	return readable(doctype, (HANDED_IN[doctype],)) & table.workflow_state.notin(drafts(doctype) or [""])


def readable(doctype: str, given: tuple[Condition, ...] = ()) -> Criterion:
	"""Return the condition for the records of a DocType that the reader may read, for queries on `frappe.qb.DocType(doctype)`.

	As lists of the desk: rules of this app and Frappe's User Permissions. Officers of a section who also sit on a committee count their
	section's records only. given: as in `permissions.hooks.criterion`.
	"""
	table, user = frappe.qb.DocType(doctype), frappe.session.user
	if user == "Administrator":
		return table.name.isnotnull()
	rows = criterion(doctype, user, given=given)
	if rows is None:
		return table.name.isnull()
	parts = [rows, *restrictions(doctype, user)]
	if not acts_as(OFFICER, MANAGER) and frappe.get_meta(doctype).has_field("section"):
		parts.append(table.section.isin(sections_of(user) or [""]))
	return Criterion.all(parts)
