"""Each member marks alone; nobody sees another's marks before all are in or the office closes marking."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules.scoring import passes, score_sheet, summarise
from kyodo_frappe.services.speech import rules_speak
from kyodo_frappe.workflows.guard import by_service


def criteria_of(programme: str, step: str) -> list[dict]:
	"""The programme's criteria for a step: [{code, question, scale, max_points, weight, veto, help_text}]."""
	fields = ("code", "question", "scale", "max_points", "weight", "veto", "help_text")
	return [
		{field: row.get(field) for field in fields}
		for row in frappe.get_cached_doc("Kyodo Programme", programme).criteria
		if row.step in ("Both", step)
	]


def open_reviews(meeting: Document) -> list[str]:
	"""An empty review for each member and proposal of the agenda, where there is none yet; names of the new."""
	if meeting.meeting_type not in ("Step 1", "Step 2"):
		return []
	members = [row.user for row in meeting.attendance if row.user]
	proposals = [row.proposal for row in meeting.agenda if row.item_type == "Proposal" and row.proposal]
	if not (members and proposals):
		return []
	existing = {
		(row.member, row.proposal)
		for row in frappe.get_all(
			"Kyodo Review",
			{"step": meeting.meeting_type, "proposal": ["in", proposals]},
			["member", "proposal"],
			order_by="name",
		)
	}
	aside = {(row.user, row.agenda_item) for row in meeting.recusals}
	items = {row.proposal: row.name for row in meeting.agenda}
	made = []
	for proposal in proposals:
		for member in members:
			if (member, proposal) in existing or (member, items[proposal]) in aside:
				continue
			review = frappe.get_doc(
				{
					"doctype": "Kyodo Review",
					"meeting": meeting.name,
					"proposal": proposal,
					"step": meeting.meeting_type,
					"member": member,
				}
			)
			with by_service(review):
				# the office convenes; it may not write reviews otherwise
				review.insert(ignore_permissions=True)
			made.append(review.name)
	return made


@frappe.whitelist(methods=["POST"])
def submit_review(review: str, marks: dict | str, comment: str | None = None) -> dict:
	"""A member hands in its marks: {criterion code: mark}. Returns {"total": 0–100, "released": bool}.

	Raises PermissionError for anybody but the member, ValidationError when something is missing or it is too late.
	"""
	doc = frappe.get_doc("Kyodo Review", review)
	doc.check_permission("write")
	if doc.submitted_on or doc.released:
		frappe.throw(_("These marks are handed in and cannot be changed any more."))
	given = frappe.parse_json(marks)
	for row in doc.marks:
		row.mark = given.get(row.criterion, row.mark)
	doc.comment = comment if comment is not None else doc.comment
	sheet = scored(doc)
	if not sheet.complete:
		questions = {row.criterion: row.question for row in doc.marks}
		frappe.throw(_("Not marked yet: {0}").format(_(", ").join(questions[code] for code in sheet.missing)))
	doc.total = sheet.total
	doc.submitted_on = now_datetime()
	with by_service(doc):
		doc.save()
	_release_when_all_are_in(doc)
	return {"total": sheet.total, "released": bool(frappe.db.get_value("Kyodo Review", doc.name, "released"))}


@frappe.whitelist(methods=["POST"])
def declare_interest(review: str, reason: str) -> None:
	"""A member steps aside for an item: its review is closed without marks and it does not count in the quorum."""
	doc = frappe.get_doc("Kyodo Review", review)
	doc.check_permission("write")
	if doc.submitted_on:
		frappe.throw(_("These marks are handed in and cannot be changed any more."))
	if not (reason or "").strip():
		frappe.throw(_("Please say in a few words what your interest is."))
	doc.interest_declared = 1
	doc.interest_reason = reason
	doc.save()
	_release_when_all_are_in(doc)


@frappe.whitelist(methods=["POST"])
def close_marking(meeting: str) -> int:
	"""The office ends marking: marks that are in are released, open reviews stay empty. Returns how many were released."""
	require(OFFICER)
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.check_permission("write")
	return sum(_release(row.proposal, doc.meeting_type) for row in doc.agenda if row.proposal)


def scored(review: Document):
	"""rules.scoring.SheetScore of a review's marks so far."""
	programme = frappe.db.get_value("Kyodo Proposal", review.proposal, "programme")
	with rules_speak():
		return score_sheet(criteria_of(programme, review.step), review.marks)


def _release_when_all_are_in(review: Document):
	waiting = frappe.db.count(
		"Kyodo Review",
		{
			"proposal": review.proposal,
			"step": review.step,
			"submitted_on": ["is", "not set"],
			"interest_declared": 0,
		},
	)
	if not waiting:
		_release(review.proposal, review.step)


def _release(proposal: str, step: str) -> int:
	names = frappe.get_all(
		"Kyodo Review",
		{"proposal": proposal, "step": step, "submitted_on": ["is", "set"], "released": 0},
		pluck="name",
		order_by="name",
	)
	for name in names:
		frappe.db.set_value("Kyodo Review", name, "released", 1)
	return len(names)


def summary_of(proposal: str, step: str):
	"""rules.scoring.Summary of the released marks, and whether they pass: (Summary, bool | None)."""
	reviews = frappe.get_all(
		"Kyodo Review",
		{"proposal": proposal, "step": step, "released": 1, "submitted_on": ["is", "set"]},
		pluck="name",
		order_by="name",
	)
	programme = frappe.db.get_value("Kyodo Proposal", proposal, "programme")
	pass_mark = frappe.get_cached_value("Kyodo Programme", programme, "pass_mark")
	with rules_speak():
		summary = summarise([scored(frappe.get_doc("Kyodo Review", name)) for name in reviews])
		return summary, passes(summary, pass_mark or None)


def shared_marks(proposal: str, step: str) -> list[dict]:
	"""What the members of the table may see of each other: released marks, and nothing for who steps aside.

	[{member_name, comment, marks: [{criterion, question, mark}]}]
	"""
	user = frappe.session.user
	mine = frappe.get_all(
		"Kyodo Review",
		{"proposal": proposal, "step": step, "member": user},
		["interest_declared"],
		order_by="name",
	)
	if not mine or mine[0].interest_declared:
		return []
	names = frappe.get_all(
		"Kyodo Review", {"proposal": proposal, "step": step, "released": 1}, pluck="name", order_by="name"
	)
	return [_shared(frappe.get_doc("Kyodo Review", name)) for name in names]


def _shared(review: Document) -> dict:
	return {
		"member_name": frappe.utils.get_fullname(review.member),
		"comment": review.comment,
		"marks": [{"criterion": row.criterion, "question": row.question, "mark": row.mark} for row in review.marks],
	}
