"""Balance of the two sides and attendance of the committees: per meeting, per committee over the years, or per member."""

from collections import defaultdict
from functools import cache

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Max, Sum
from frappe.utils import cint
from pypika.terms import ExistsCriterion

from kyodo_frappe.common import indexes, vocabulary
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.proposals.figures import number
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked
from kyodo_frappe.rules.quorum import SIDES, balance
from kyodo_frappe.workflows.states import DECIDED, states

MEETING, COMMITTEE, ATTENDANCE = "Kyodo Meeting", "Kyodo Committee", "Kyodo Attendance"
GROUPS = ("Meeting", "Committee", "Member")
SEATS, PRESENT = "seats", "present"
DRAWN = 20  # the latest rows, in the chart


def committee_balance(filters: dict | None = None) -> table.Table:
	"""Return the report about meetings that have been held. Filters: programme, fiscal_year, years, committee, group_by (GROUPS).

	Raises PermissionError for everybody but the office.
	"""
	scope.require_reader(OFFICER, MANAGER)
	asked = scope.asked(filters, GROUPS)
	if asked.by == "Member":
		return _members(asked)
	alike = _alike(asked)
	total = table.sums(alike, "meetings", SEATS, PRESENT, "absent")
	total["share"] = table.share(total[PRESENT], total[SEATS])
	if asked.by == "Committee":
		rows = [_balanced(_counted(row)) for row in _committees(asked)]
		(shown, page), count, last = table.cut(rows, asked.page), len(rows), rows[-DRAWN:]
		uneven = sum(not _balance_of(row).met for row in rows)
	else:
		count = total["meetings"]
		page = table.existing_page(asked.page, count)
		shown = _meetings(asked, page)
		last = shown[-DRAWN:] if count <= len(shown) else _latest_meetings(asked)
		uneven = sum(row.meetings for row in alike if not _balance_of(row).met)
	return table.Table(
		_columns(asked.by),
		shown,
		{name: value for name, value in total.items() if name != "meetings" or asked.by == "Committee"},
		table.chart(
			[row.label for row in last],
			[(_("City side"), [row.city for row in last]), (_("Organisation side"), [row.organisation for row in last])],
		),
		[
			table.figure(_("Meetings Held"), total["meetings"]),
			table.percentage(_("Attendance Rate"), total["share"]),
			table.figure(_("Meetings Not Balanced") if asked.by == "Meeting" else _("Committees Not Balanced"), uneven),
		],
		count,
		page,
	)


def _seats(meetings: list[str] | None = None):
	"""Per meeting, of these or of all, how many seats of each side there are, and how many of them were taken."""
	row = frappe.qb.DocType(ATTENDANCE)
	query = frappe.qb.from_(row).select(row.parent).where(row.parenttype == MEETING).groupby(row.parent)
	if meetings is not None:
		query = query.where(row.parent.isin(meetings or [""]))
	for side in SIDES:
		query = query.select(number(row.side == side).as_(f"{SEATS}_{side}"))
		query = query.select(number((row.side == side) & (row.present == 1)).as_(f"{PRESENT}_{side}"))
	return query


def _held(asked: Asked, query, meeting):
	"""Limit a query to meetings that have been held, within the filters."""
	held = meeting.workflow_state.isin(states(MEETING, DECIDED) or [""])
	return query.where(scope.readable(MEETING) & held & asked.narrow(meeting, "programme", "committee"))


def _with_committee(asked: Asked, query, meeting):
	"""(query of meetings held with their committee and programme, both tables)"""
	committee, programme = frappe.qb.DocType(COMMITTEE), frappe.qb.DocType("Kyodo Programme")
	query = query.left_join(committee).on(committee.name == meeting.committee)
	query = query.left_join(programme).on(programme.name == meeting.programme).where(meeting.committee.isnotnull())
	return _held(asked, query, meeting), committee, programme


def _alike(asked: Asked) -> list[dict]:
	"""[{meetings, tolerance, seats, present, absent, present_… of each side}]: meetings at which as many of each side were present are one
	row. present_…: at each of them."""
	meeting, row = frappe.qb.DocType(MEETING), frappe.qb.DocType(ATTENDANCE)
	# meeting by meeting the database would take the index of the parent alone, and read every seat
	seats = frappe.qb.from_(row).force_index(indexes.name_of(indexes.SEATS))
	seats = seats.select(row.parent, Count("*").as_(SEATS)).where(row.parenttype == MEETING).groupby(row.parent)
	seats = seats.select(*(number((row.side == side) & (row.present == 1)).as_(f"{PRESENT}_{side}") for side in SIDES)).as_("seats")
	query = frappe.qb.from_(meeting).join(seats).on(seats.parent == meeting.name)
	query, _committee, programme = _with_committee(asked, query, meeting)
	present = [seats[f"{PRESENT}_{side}"] for side in SIDES]
	query = query.select(programme.balance_tolerance.as_("tolerance"), Count("*").as_("meetings"), Sum(seats[SEATS]).as_(SEATS))
	rows = query.select(*present).groupby(programme.balance_tolerance, *present).run(as_dict=True)
	for found in table.whole(rows, "meetings", SEATS, *(f"{PRESENT}_{side}" for side in SIDES)):
		found.present = sum(found[f"{PRESENT}_{side}"] for side in SIDES) * found.meetings
		found.absent = found.seats - found.present
	return rows


def _meetings(asked: Asked, page: int) -> list[dict]:
	query, meeting = _with_seats(asked)
	query = query.orderby(meeting.meeting_date).orderby(meeting.name)
	return _seated(table.on_page(query, page).run(as_dict=True), everything=not page)


def _latest_meetings(asked: Asked) -> list[dict]:
	query, meeting = _with_seats(asked)
	query = query.orderby(meeting.meeting_date, order=frappe.qb.desc).orderby(meeting.name, order=frappe.qb.desc)
	return list(reversed(_seated(query.limit(DRAWN).run(as_dict=True))))


def _with_seats(asked: Asked):
	"""(query of meetings held that have seats, table)"""
	row, meeting = frappe.qb.DocType(ATTENDANCE), frappe.qb.DocType(MEETING)
	query, committee, programme = _with_committee(asked, frappe.qb.from_(meeting), meeting)
	seats = frappe.qb.from_(row).select(row.name).where((row.parent == meeting.name) & (row.parenttype == MEETING))
	query = query.select(meeting.name, meeting.meeting_title.as_("title"), meeting.meeting_type, meeting.meeting_date)
	query = query.select(committee.name.as_("committee"), committee.committee_name, programme.balance_tolerance.as_("tolerance"))
	return query.where(ExistsCriterion(seats)), meeting


def _seated(meetings: list[dict], everything: bool = False) -> list[dict]:
	"""Give meetings their seats. everything: whether they are so many that those of all meetings are read."""
	seats = _seats(None if everything else [row.name for row in meetings])
	found = {row.pop("parent"): row for row in seats.run(as_dict=True)}
	return [_balanced(_counted(frappe._dict(row, meetings=1, **found[row.name]))) for row in meetings]


def _committees(asked: Asked) -> list[dict]:
	"""[{name, committee, committee_name, tolerance, meetings, and seats_… and present_… of each side}], as they have met last."""
	meeting, seats = frappe.qb.DocType(MEETING), _seats().as_("seats")
	query = frappe.qb.from_(meeting).join(seats).on(seats.parent == meeting.name)
	query, committee, programme = _with_committee(asked, query, meeting)
	query = query.select(committee.name, committee.name.as_("committee"), committee.committee_name, Count("*").as_("meetings"))
	query = query.select(Max(programme.balance_tolerance).as_("tolerance"))
	for kind in (SEATS, PRESENT):
		query = query.select(*(Sum(seats[f"{kind}_{side}"]).as_(f"{kind}_{side}") for side in SIDES))
	query = query.groupby(committee.name, committee.committee_name)
	return query.orderby(Max(meeting.meeting_date)).orderby(committee.name).run(as_dict=True)


def _counted(row: dict) -> dict:
	"""Add the counts of all sides. A row of several meetings alike has what was present at one of them."""
	for name in (*(f"{kind}_{side}" for kind in (SEATS, PRESENT) for side in SIDES), "meetings"):
		row[name] = cint(row[name])
	row.seats = sum(row[f"{SEATS}_{side}"] for side in SIDES)
	row.present = sum(row[f"{PRESENT}_{side}"] for side in SIDES)
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
	row, meeting = frappe.qb.DocType(ATTENDANCE), frappe.qb.DocType(MEETING)
	seats = frappe.qb.from_(row).join(meeting).on((row.parent == meeting.name) & (row.parenttype == MEETING))
	rows = (
		_held(asked, seats, meeting)
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
