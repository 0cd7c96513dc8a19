"""The points of the items of a meeting, per criterion or per member.

Points are secret until marking is over, and always from those who step aside: only released score sheets and submitted decisions
count, and a reader with an interest in a proposal does not find it here, office or not.
"""

import frappe
from frappe import _
from frappe.utils import flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.permissions import people
from kyodo_frappe.permissions.roles import MANAGER, OFFICER
from kyodo_frappe.reports import scope, table
from kyodo_frappe.reports.scope import Asked, readable

MEETING, DECISION, REVIEW, PROPOSAL = "Kyodo Meeting", "Kyodo Decision", "Kyodo Review", "Kyodo Proposal"
GROUPS = ("Criterion", "Member")
MOST_RESULTS = 5000  # decisions of the years that are looked at; a meeting has a few


def points_by_meeting(filters: dict | None = None) -> table.Table:
	"""Return the report: a row for each item. Filters: programme, fiscal_year, years, committee, meeting, group_by (GROUPS).

	Columns per criterion or member need one meeting; over several the report shows results. Raises PermissionError for everybody but
	the office.
	"""
	scope.require_reader(OFFICER, MANAGER)
	asked = scope.asked(filters, GROUPS)
	rows = _results(asked)
	barred = people.barred_from(frappe.session.user, {row.proposal for row in rows})
	shown = [row for row in rows if row.proposal not in barred]
	cells = []
	if asked.more.get("meeting") and shown:
		cells = _members(asked, shown) if asked.by == "Member" else _criteria(shown)
	on_page, page = table.cut(shown, asked.page)
	scores = [row.percent for row in shown if row.percent is not None]
	return table.Table(
		[*_columns(not asked.more.get("meeting")), *cells],
		on_page,
		None,
		table.chart([row.title for row in shown[:30]], [(_("Points (out of 100)"), [row.percent for row in shown[:30]])]),
		[
			table.figure(_("Items on the Agenda"), len(shown)),
			table.figure(_("Mean (out of 100)"), round(sum(scores) / len(scores), 1) if scores else None),
		],
		len(shown),
		page,
		_note(asked, len(rows) - len(shown)),
	)


def _note(asked: Asked, hidden: int) -> str:
	said = [] if asked.more.get("meeting") else [_("Choose a meeting to see the points on each criterion or by each member.")]
	if hidden:
		said.append(_("{0} items are not shown, because you step aside from them.").format(hidden))
	return " ".join(said)


def _results(asked: Asked) -> list[dict]:
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
		.where((decision.docstatus == 1) & readable(DECISION) & readable(MEETING) & asked.narrow(meeting, "programme", "committee"))
		.orderby(meeting.meeting_date, order=frappe.qb.desc)
		.orderby(decision.score_points, order=frappe.qb.desc)
		.orderby(decision.name)
		.limit(MOST_RESULTS)
	)
	if asked.more.get("meeting"):
		query = query.where(decision.meeting == str(asked.more["meeting"]))
	rows = query.run(as_dict=True)
	for row in rows:
		marked = row.score_out_of or row.average_score
		row.result = vocabulary.word("Kyodo Result", row.result)
		row.points = table.rounded(row.score_points if row.score_out_of else row.average_score) if marked else None
		row.out_of = (table.rounded(row.score_out_of) or 100) if marked else None
		row.percent = table.share(row.points, row.out_of)
	return rows


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
