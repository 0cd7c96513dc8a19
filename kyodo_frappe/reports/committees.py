"""Balance of the two sides and attendance of the committees: per meeting, per committee over the years, or per member."""

from collections import defaultdict
from functools import cache

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max, Sum
from frappe.utils import cint

from kyodo_frappe.common import vocabulary
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.proposals.figures import number
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked
from kyodo_frappe.rules.quorum import SIDES, balance
from kyodo_frappe.workflows.states import DECIDED, states

MEETING, COMMITTEE = "Kyodo Meeting", "Kyodo Committee"
GROUPS = ("Meeting", "Committee", "Member")
SEATS, PRESENT = "seats", "present"


def committee_balance(filters: dict | None = None) -> table.Table:
	"""Return the report about meetings that have been held. Filters: programme, fiscal_year, years, committee, group_by (GROUPS).

	Raises PermissionError for everybody but the office.
	"""
	scope.require_reader(OFFICER, MANAGER)
	asked = scope.asked(filters, GROUPS)
	if asked.by == "Member":
		return _members(asked)
	rows = [_counted(row) for row in _grouped(asked)]
	total = table.sums(rows, "meetings", SEATS, PRESENT, "absent")
	total["share"] = table.share(total[PRESENT], total[SEATS])
	uneven = sum(not _balance_of(row).met for row in rows)
	shown, page = table.cut(rows, asked.page)
	drawn = [_balanced(row) for row in rows[-20:]]
	return table.Table(
		_columns(asked.by),
		[_balanced(row) for row in shown],
		{name: value for name, value in total.items() if name != "meetings" or asked.by == "Committee"},
		table.chart(
			[row.label for row in drawn],
			[(_("City side"), [row.city for row in drawn]), (_("Organisation side"), [row.organisation for row in drawn])],
		),
		[
			table.figure(_("Meetings Held"), total["meetings"]),
			table.percentage(_("Attendance Rate"), total["share"]),
			table.figure(_("Meetings Not Balanced") if asked.by == "Meeting" else _("Committees Not Balanced"), uneven),
		],
		len(rows),
		page,
	)


def _grouped(asked: Asked) -> list[dict]:
	"""Per meeting or committee: {name, label, …, meetings, and seats_… and present_… of each side}."""
	row, meeting, committee = (frappe.qb.DocType(name) for name in ("Kyodo Attendance", MEETING, COMMITTEE))
	programme = frappe.qb.DocType("Kyodo Programme")
	group = meeting.name if asked.by == "Meeting" else committee.name
	query = (
		_held(asked, row, meeting)
		.join(committee)
		.on(committee.name == meeting.committee)
		.left_join(programme)
		.on(programme.name == meeting.programme)
		.select(group.as_("name"), Max(committee.name).as_("committee"), Max(committee.committee_name).as_("committee_name"))
		.select(Max(meeting.meeting_title).as_("title"), Max(meeting.meeting_type).as_("meeting_type"))
		.select(Max(meeting.meeting_date).as_("meeting_date"), Count(meeting.name).distinct().as_("meetings"))
		.select(Max(programme.balance_tolerance).as_("tolerance"))
	)
	for side in SIDES:
		query = query.select(number(row.side == side).as_(f"{SEATS}_{side}"))
		query = query.select(number((row.side == side) & (row.present == 1)).as_(f"{PRESENT}_{side}"))
	return query.groupby(group).orderby(Max(meeting.meeting_date)).orderby(group).run(as_dict=True)


def _held(asked: Asked, row, meeting):
	held = meeting.workflow_state.isin(states(MEETING, DECIDED) or [""])
	return (
		frappe.qb.from_(row)
		.join(meeting)
		.on((row.parent == meeting.name) & (row.parenttype == MEETING))
		.where(scope.readable(MEETING) & held & asked.narrow(meeting, "programme", "committee"))
	)


def _counted(row: dict) -> dict:
	for kind in (SEATS, PRESENT):
		row[kind] = sum(cint(row[f"{kind}_{side}"]) for side in SIDES)
	row.absent = row.seats - row.present
	return row


def _balance_of(row: dict):
	return _balance(tuple(cint(row[f"{PRESENT}_{side}"]) for side in SIDES), cint(row.tolerance))


@cache
def _balance(present: tuple[int, ...], tolerance: int):
	"""The balance of so many present of each side: many meetings are alike."""
	sides = [(side, number) for side, count in zip(SIDES, present, strict=True) for number in range(count)]
	return balance([{"member": f"{side} {number}", "side": side} for side, number in sides], tolerance)


def _balanced(row: dict) -> dict:
	"""Add what a row shows besides its counts."""
	found = _balance_of(row)
	row.update(label=row.title or row.committee_name, city=found.city, organisation=found.organisation, others=found.others)
	row.kind = vocabulary.word("Kyodo Meeting Type", row.meeting_type)
	row.share = table.share(row.present, row.seats)
	row.difference = found.difference
	row.even = _("Balanced") if found.met else _("Not Balanced")
	return row


def _columns(by: str) -> list[dict]:
	if by == "Meeting":
		first = [
			table.text("title", _("Meeting"), 260, (MEETING, "name")),
			table.day("meeting_date", _("Date")),
			table.text("kind", _("Type of Meeting"), 120),
			table.text("committee_name", _("Committee"), 200, (COMMITTEE, "committee")),
		]
	else:
		first = [table.text("committee_name", _("Committee"), 260, (COMMITTEE, "committee")), table.number("meetings", _("Meetings Held"))]
	return [
		*first,
		table.number(SEATS, _("Seats")),
		table.number(PRESENT, _("Present")),
		table.number("absent", _("Absent")),
		table.percent("share", _("Attendance Rate")),
		table.number("city", _("Present of the City Side"), 120),
		table.number("organisation", _("Present of the Organisation Side"), 120),
		table.number("others", _("Present of Neither Side"), 120),
		table.number("difference", _("Difference of the Sides"), 110),
		table.text("even", _("Balance of the Sides"), 110),
	]


# -- members ------------------------------------------------------------------------------------------------------------


def _members(asked: Asked) -> table.Table:
	row, meeting = frappe.qb.DocType("Kyodo Attendance"), frappe.qb.DocType(MEETING)
	rows = (
		_held(asked, row, meeting)
		.select(row.user, row.side, Max(row.member_name).as_("member_name"), Count(row.name).as_(SEATS))
		.select(Sum(row.present).as_(PRESENT), number(row.answer == "Substitute").as_("substitutes"))
		.groupby(row.user, row.side)
		.orderby(row.side)
		.orderby(row.user)
		.run(as_dict=True)
	)
	table.whole(rows, SEATS, PRESENT, "substitutes")
	sides = defaultdict(lambda: [0, 0])
	for one in rows:
		one.share, one.absent = table.share(one.present, one.seats), one.seats - one.present
		one.member_name, one.side = one.member_name or _("Not Set"), _(one.side)
		sides[one.side][0] += one.present
		sides[one.side][1] += one.seats
	total = table.sums(rows, SEATS, PRESENT, "absent", "substitutes")
	total["share"] = table.share(total[PRESENT], total[SEATS])
	shown, page = table.cut(rows, asked.page)
	return table.Table(
		[
			table.text("member_name", _("Member"), 200),
			table.text("side", _("Side"), 120),
			table.number(SEATS, _("Meetings Invited To"), 120),
			table.number(PRESENT, _("Present")),
			table.number("absent", _("Absent")),
			table.number("substitutes", _("By a Substitute"), 120),
			table.percent("share", _("Attendance Rate")),
		],
		shown,
		total,
		table.chart(list(sides), [(_("Attendance Rate"), [table.share(*counts) for counts in sides.values()])]),
		[table.figure(_("Members"), len(rows)), table.percentage(_("Attendance Rate"), total["share"])],
		len(rows),
		page,
	)
