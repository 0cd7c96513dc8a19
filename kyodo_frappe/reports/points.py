"""The points of the items of a meeting, per criterion or per member.

Points are secret until marking is over, and always from those who step aside: only released score sheets and submitted decisions
count, and a reader with an interest in a proposal does not find it here, office or not.
"""

import frappe
from frappe import _
from frappe.query_builder import Case, CustomFunction
from frappe.query_builder.functions import Avg, Coalesce, Count
from frappe.utils import flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.permissions import people
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, readable

MEETING, DECISION, REVIEW, PROPOSAL = "Kyodo Meeting", "Kyodo Decision", "Kyodo Review", "Kyodo Proposal"
GROUPS = ("Criterion", "Member")
DRAWN = 30  # items in the chart
_rounded = CustomFunction("ROUND", ["value", "places"])


def points_by_meeting(filters: dict | None = None) -> table.Table:
	"""Return the report: a row for each item. Filters: programme, fiscal_year, years, committee, meeting, group_by (GROUPS).

	Columns per criterion or member need one meeting; over several the report shows results. Raises PermissionError for everybody but
	the office.
	"""
	scope.require_reader(OFFICER, MANAGER)
	asked = scope.asked(filters, GROUPS)
	barred = sorted(people.barred_from(frappe.session.user))
	found = _counted(asked, barred)
	page = table.existing_page(asked.page, found.shown)
	rows = _results(asked, barred, page)
	first = rows if page in (0, 1) else _results(asked, barred, 1)
	cells = []
	if asked.more.get("meeting") and rows:
		cells = _members(asked, rows) if asked.by == "Member" else _criteria(rows)
	return table.Table(
		[*_columns(not asked.more.get("meeting")), *cells],
		rows,
		None,
		table.chart([row.title for row in first[:DRAWN]], [(_("Points (out of 100)"), [row.percent for row in first[:DRAWN]])]),
		[
			table.figure(_("Items on the Agenda"), found.shown),
			table.figure(_("Mean (out of 100)"), table.rounded(found.mean)),
		],
		found.shown,
		page,
		_note(asked, found.hidden),
	)


def _note(asked: Asked, hidden: int) -> str:
	said = [] if asked.more.get("meeting") else [_("Choose a meeting to see the points on each criterion or by each member.")]
	if hidden:
		said.append(_("{0} items are not shown, because you step aside from them.").format(hidden))
	return " ".join(said)


def _decisions(asked: Asked):
	"""(decisions about proposals with their meetings, both tables)"""
	decision, meeting = frappe.qb.DocType(DECISION), frappe.qb.DocType(MEETING)
	query = frappe.qb.from_(decision).join(meeting).on(meeting.name == decision.meeting)
	query = query.where((decision.docstatus == 1) & decision.proposal.isnotnull() & readable(DECISION) & readable(MEETING))
	query = query.where(asked.narrow(meeting, "programme", "committee"))
	if asked.more.get("meeting"):
		query = query.where(decision.meeting == str(asked.more["meeting"]))
	return query, decision, meeting


def _counted(asked: Asked, barred: list[str]) -> dict:
	"""{shown, hidden: numbers of items, mean: out of 100, None without any}"""
	query, decision, _meeting = _decisions(asked)
	hidden = 0
	if barred:
		hidden = query.select(Count(decision.name)).where(decision.proposal.isin(barred)).run()[0][0]
		query = query.where(decision.proposal.notin(barred))
	points, out_of = _rounded(Coalesce(decision.score_points, 0), 1), _rounded(decision.score_out_of, 1)
	percent = Case().when(decision.score_out_of > 0, _rounded(points * 100 / out_of, 1))
	percent = percent.when(decision.average_score > 0, _rounded(decision.average_score, 1))
	found = query.select(Count(decision.name).as_("shown"), Avg(percent).as_("mean")).run(as_dict=True)[0]
	found.hidden = hidden
	return found


def _results(asked: Asked, barred: list[str], page: int) -> list[dict]:
	query, decision, meeting = _decisions(asked)
	query = query.select(decision.name).orderby(meeting.meeting_date, order=frappe.qb.desc)
	query = query.orderby(decision.score_points, order=frappe.qb.desc).orderby(decision.name)
	names = table.on_page(query.where(decision.proposal.notin(barred)) if barred else query, page).run(pluck=True)
	rows = _rows(names)
	for row in rows:
		marked = row.score_out_of or row.average_score
		row.result = vocabulary.word("Kyodo Result", row.result)
		row.points = table.rounded(row.score_points if row.score_out_of else row.average_score) if marked else None
		row.out_of = (table.rounded(row.score_out_of) or 100) if marked else None
		row.percent = table.share(row.points, row.out_of)
	return rows


def _rows(names: list[str]) -> list[dict]:
	"""The decisions with these names, which their reader may read, in that order."""
	decision, meeting, proposal = frappe.qb.DocType(DECISION), frappe.qb.DocType(MEETING), frappe.qb.DocType(PROPOSAL)
	query = (
		frappe.qb.from_(decision)
		.join(meeting)
		.on(meeting.name == decision.meeting)
		.join(proposal)
		.on(proposal.name == decision.proposal)
		.select(decision.name, decision.proposal, decision.meeting, decision.result, decision.score_points, decision.score_out_of)
		.select(decision.average_score, decision.members_present, decision.members_aside)
		.select(proposal.title, meeting.meeting_title, meeting.meeting_date)
		.where(decision.name.isin(names or [""]))
	)
	rows = {row.name: row for row in query.run(as_dict=True)}
	return [rows[name] for name in names if name in rows]


def _columns(several: bool) -> list[dict]:
	meeting = [table.text("meeting_title", _("Meeting"), 220, (MEETING, "meeting")), table.day("meeting_date", _("Date"))]
	return [
		table.text("title", _("Proposal"), 280, (PROPOSAL, "proposal")),
		*(meeting if several else []),
		table.text("result", _("Result"), 130, (DECISION, "name")),
		table.decimal("points", _("Points")),
		table.decimal("out_of", _("Highest Points")),
		table.number("members_present", _("Members Present"), 110),
		table.number("members_aside", _("Members Stepping Aside"), 130),
	]


def _criteria(rows: list[dict]) -> list[dict]:
	"""Give the rows their points per criterion; return the columns."""
	by_decision = {row.name: row for row in rows}
	found = frappe.get_all(
		"Kyodo Decision Point",
		{"parenttype": DECISION, "parent": ["in", list(by_decision)]},
		["parent", "criterion", "question", "average", "out_of", "marks"],
		order_by="parent, idx",
	)
	columns = {}
	for point in found:
		key = f"criterion_{frappe.scrub(point.criterion)}"
		by_decision[point.parent][key] = point.marks or table.rounded(point.average)
		title = f"{point.question} ({flt(point.out_of):g})" if point.out_of else point.question
		columns.setdefault(key, table.text(key, title, 150) if point.marks else table.decimal(key, title, 150))
	return list(columns.values())


def _members(asked: Asked, rows: list[dict]) -> list[dict]:
	"""Give the rows what each member's released sheet makes out of 100; return the columns."""
	review, by_proposal = frappe.qb.DocType(REVIEW), {row.proposal: row for row in rows}
	counted = (review.released == 1) & (review.not_counted == 0) & review.submitted_on.isnotnull()
	found = (
		frappe.qb.from_(review)
		.select(review.proposal, review.member, review.total)
		.where(readable(REVIEW) & counted & (review.meeting == str(asked.more["meeting"])))
		.where(review.proposal.isin(list(by_proposal)))
		.orderby(review.member)
		.run(as_dict=True)
	)
	names = table.names("User", "full_name", (row.member for row in found))
	columns = {}
	for row in found:
		key = f"member_{list(names).index(row.member)}" if row.member in names else "member_unknown"
		by_proposal[row.proposal][key] = table.rounded(row.total)
		columns.setdefault(key, table.decimal(key, names.get(row.member) or _("Not Set"), 130))
	return list(columns.values())
