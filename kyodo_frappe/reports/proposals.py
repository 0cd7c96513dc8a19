"""Proposals by state and their waiting times, per section or fiscal year.

One query for any number of proposals: the database counts them per group, state and number of days, from which a median can be
told. v15 and v16 have no common SQL for one.
"""

from collections import Counter

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import cint

from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, days_between
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.spec import initial_state
from kyodo_frappe.workflows.states import CATEGORIES, DECIDED, EXAMINED, OVER, WAITING, WRITING, category
from kyodo_frappe.workflows.states import states as states_of

DOCTYPE = "Kyodo Proposal"
GROUPS = {"Section": "section", "Fiscal Year": "fiscal_year"}


def proposals_by_state(filters: dict | None = None) -> table.Table:
	"""Return the report. Filters: programme, fiscal_year, years, section, call, group_by (a key of GROUPS)."""
	asked = scope.asked(filters, tuple(GROUPS))
	counted = _counted(asked)
	states = _states(counted)
	groups = {}
	for row in counted:
		groups.setdefault(row.group_id or None, []).append(row)
	# proposals without a section or year come last
	keys = sorted(groups, key=lambda key: (key is None, key or ""))
	rows = [_row(key, groups[key], states, asked.by) for key in keys]
	numbers = ("total", *map(state_field, states), "proposed_again")
	total = table.sums(rows, *numbers) | {"answer_days": _median(counted)}
	shown, page = table.cut(rows, asked.page)
	by_category = Counter({name: sum(row.number for row in counted if category(DOCTYPE, row.state) == name) for name in CATEGORIES})
	return table.Table(
		_columns(states, asked.by),
		shown,
		total,
		_chart(rows[:30], states),
		[
			table.figure(_("Proposals"), total["total"]),
			table.figure(_("Under Examination"), by_category[WAITING] + by_category[EXAMINED]),
			table.figure(_("Decided"), by_category[DECIDED]),
			table.figure(_("Median Days from Submission to Receipt"), total["answer_days"]),
		],
		len(rows),
		page,
	)


def state_field(state: str) -> str:
	"""The fieldname of the column of a state."""
	return "state_" + frappe.scrub(state)


def _counted(asked: Asked) -> list[dict]:
	"""[{group_id, state, days, number, again}]; days: from submission to receipt, None for those that have not been received"""
	proposal = frappe.qb.DocType(DOCTYPE)
	group, state = proposal[GROUPS[asked.by]], Coalesce(proposal.workflow_state, initial_state(DOCTYPE))
	days = days_between(proposal.received_on, proposal.submitted_on)
	again = Sum(Case().when(proposal.previous_proposal.isnotnull(), 1).else_(0))
	rows = (
		frappe.qb.from_(proposal)
		.select(group.as_("group_id"), state.as_("state"), days.as_("days"), Count("*").as_("number"), again.as_("again"))
		.where(scope.readable(DOCTYPE) & asked.narrow(proposal, "programme", "section", "call"))
		.groupby(group, state, days)
		.orderby(group)
		.run(as_dict=True)
	)
	return table.whole(rows, "number", "again")


def _states(counted: list[dict]) -> list[str]:
	"""The states of the site's workflow in its order, followed by former states that still occur."""
	known = states_of(DOCTYPE)
	return known + sorted({row.state for row in counted} - set(known))


def _row(key, counted: list[dict], states: list[str], by: str) -> dict:
	numbers = Counter()
	for row in counted:
		numbers[row.state] += row.number
	return frappe._dict(
		group=(era_year(key) if by == "Fiscal Year" else key) if key else _("Not Set"),
		group_id=key,
		total=numbers.total(),
		proposed_again=sum(row.again for row in counted),
		answer_days=_median(counted),
		**{state_field(state): numbers[state] for state in states},
	)


def _median(counted: list[dict]) -> float | None:
	"""The median of days that are given with their numbers."""
	numbers = Counter()
	for row in counted:
		if row.days is not None:
			numbers[cint(row.days)] += row.number
	count = numbers.total()
	if not count:
		return None
	middle = [_nth(numbers, (count - 1) // 2), _nth(numbers, count // 2)]
	return sum(middle) / 2 if sum(middle) % 2 else sum(middle) // 2


def _nth(numbers: dict[int, int], place: int) -> int:
	passed = 0
	for days in sorted(numbers):
		passed += numbers[days]
		if place < passed:
			return days
	raise IndexError(place)


def _columns(states: list[str], by: str) -> list[dict]:
	group = ("group", _("Fiscal Year"), 180) if by == "Fiscal Year" else ("group", _("Section"), 180, ("Kyodo Section", "group_id"))
	return [
		table.text(*group),
		table.number("total", _("Proposals"), 90),
		*(table.number(state_field(state), _(state), 110) for state in states),
		table.number("proposed_again", _("Proposed Again"), 120),
		table.decimal("answer_days", _("Median Days from Submission to Receipt"), 200),
	]


def _chart(rows: list[dict], states: list[str]) -> dict | None:
	titles = {
		WRITING: _("Writing"),
		WAITING: _("Waiting"),
		EXAMINED: _("Examined"),
		DECIDED: _("Decided"),
		OVER: _("Over"),
	}
	drawn = []
	for name, title in titles.items():
		fields = [state_field(state) for state in states if category(DOCTYPE, state) == name]
		values = [sum(row[field] for field in fields) for row in rows]
		if any(values):
			drawn.append((title, values))
	return table.chart([row.group for row in rows], drawn, stacked=True)
