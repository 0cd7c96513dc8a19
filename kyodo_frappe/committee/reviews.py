"""Each member marks alone; nobody sees another's marks before all are in or the office closes marking.

Who marks follows the table: a sheet for whoever sits (the substitute, where one comes for the member) and every
proposal on the agenda. The sheet of a member who steps aside, or in whose place somebody else sits, does not count.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime
from pypika.terms import Criterion

from kyodo_frappe.committee import interests, seats
from kyodo_frappe.committee.meeting_record import CALLED, locked
from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme.versions import Rules, rules_of, rules_of_proposal
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.scoring import SheetScore, Summary, passes, score_sheet, summarise
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import category, category_of

STEPS = ("Step 1", "Step 2")
FIELDS = ("name", "proposal", "member", "meeting", "submitted_on", "released", "not_counted", "comment", "total")


def criteria_of(rules: Document | Rules, step: str) -> list[dict]:
	"""The criteria for a step in the rules of a programme: [{code, question, scale, max_points, weight, veto, help_text}]."""
	fields = ("code", "question", "scale", "max_points", "weight", "veto", "help_text")
	return [{field: row.get(field) for field in fields} for row in rules.criteria if row.step in ("Both", step)]


# -- who marks ---------------------------------------------------------------------


def step_of(meeting: Document) -> str:
	"""The standard type that a meeting is held like: the step of its marks, if it is one of the steps."""
	return vocabulary.held_like(meeting.meeting_type)


def follow(meeting: Document):
	"""Bring the sheets in line with the agenda, who sits and who steps aside; after every change of the meeting."""
	if step_of(meeting) not in STEPS:
		return
	open_reviews(meeting)
	items = _items(meeting)
	sitting = {proposal: _sitting(meeting, item) for proposal, item in items.items()}
	changed = set()
	for row in _reviews(list(items), step_of(meeting)):
		out = int(row.member not in sitting[row.proposal])
		if out != row.not_counted:
			_count(row, out, meeting, items[row.proposal])
			changed.add(row.proposal)
	for proposal in sorted(changed):
		_release_when_all_are_in(proposal, step_of(meeting))


def open_reviews(meeting: Document) -> list[str]:
	"""An empty sheet for each member who sits and proposal of the agenda, where there is none yet; names of the new.

	A sheet that was not handed in for an earlier meeting goes on in this one.
	"""
	items = _items(meeting)
	if step_of(meeting) not in STEPS or not items:
		return []
	existing = {(row.member, row.proposal): row for row in _reviews(list(items), step_of(meeting))}
	made = []
	for proposal, item in items.items():
		for member in _sitting(meeting, item):
			row = existing.get((member, proposal))
			if row is None:
				made.append(_open(meeting, proposal, member))
			elif row.meeting != meeting.name and not row.submitted_on:
				frappe.db.set_value("Kyodo Review", row.name, "meeting", meeting.name)
	return made


def _open(meeting: Document, proposal: str, member: str) -> str:
	review = frappe.get_doc(
		{
			"doctype": "Kyodo Review",
			"meeting": meeting.name,
			"proposal": proposal,
			"step": step_of(meeting),
			"member": member,
		}
	)
	with by_service(review):
		# the office convenes; it may not write reviews otherwise
		review.insert(ignore_permissions=True)
	return review.name


def _items(meeting: Document) -> dict[str, Document]:
	"""{proposal: row of the agenda}"""
	return {row.proposal: row for row in meeting.agenda if row.item_type == "Proposal" and row.proposal}


def _sitting(meeting: Document, item: Document) -> list[str]:
	"""Logins that sit in a meeting and do not step aside for an item."""
	aside = interests.aside(meeting, item)
	users = [seats.sitting_user(row) for row in meeting.attendance]
	return [user for user in users if user and user not in aside]


def _count(row: dict, out: int, meeting: Document, item: Document):
	values = {"not_counted": out}
	ruled = any(aside.user == row.member and aside.agenda_item == item.name and aside.ruling == "Overruled" for aside in meeting.recusals)
	if not out and ruled:
		values.update(interest_declared=0, interest_reason=None)  # the chair's word stands in the meeting
	frappe.db.set_value("Kyodo Review", row.name, values)


# -- marking -----------------------------------------------------------------------


def take_turn(meeting: str):
	"""Wait for others who hand in marks of this meeting at the same moment: the last one in releases them all.

	Raises ValidationError where the office has closed marking while this one waited.
	"""
	fields = ["workflow_state", "marking_closed_on"]
	locking.lock(("Kyodo Meeting", meeting))
	row = frappe.db.get_value("Kyodo Meeting", meeting, fields, as_dict=True, for_update=True)
	if reason := why_closed(row):
		frappe.throw(reason)


@frappe.whitelist(methods=["POST"])
def submit_review(review: str, marks: dict | str, comment: str | None = None, comments: dict | str | None = None) -> dict:
	"""A member hands in its marks: {criterion code: mark}. Returns {"total": 0–100, "released": bool}.

	Raises PermissionError for anybody but the member, ValidationError when something is missing or it is too late.
	"""
	doc = frappe.get_doc("Kyodo Review", review)
	doc.check_permission("write")
	take_turn(doc.meeting)
	doc = frappe.get_doc("Kyodo Review", review, for_update=True)
	if doc.submitted_on or doc.released:
		frappe.throw(_("These marks are handed in and cannot be changed any more."))
	put(doc, request_json.values(marks), comment, request_json.values(comments))
	sheet = scored(doc)
	if not sheet.complete:
		questions = {row.criterion: row.question for row in doc.marks}
		frappe.throw(_("Not marked yet: {0}").format(_(", ").join(questions[code] for code in sheet.missing)))
	doc.total = sheet.total
	doc.submitted_on = now_datetime()
	with by_service(doc):
		doc.save()
	_release_when_all_are_in(doc.proposal, doc.step)
	return {"total": sheet.total, "released": bool(frappe.db.get_value("Kyodo Review", doc.name, "released"))}


def put(review: Document, marks: dict, comment: str | None, comments: dict):
	"""Put marks and comments, by criterion, into a sheet; what is not named stays as it is."""
	for row in review.marks:
		row.mark = marks.get(row.criterion, row.mark)
		row.comment = comments.get(row.criterion, row.comment)
	review.comment = comment if comment is not None else review.comment


@frappe.whitelist(methods=["POST"])
def declare_interest(review: str, reason: str) -> None:
	"""A member steps aside for the item of its sheet: the sheet does not count, nor does the member in the quorum.

	Possible until the meeting is over, also after handing in. Raises PermissionError, ValidationError.
	"""
	doc = frappe.get_doc("Kyodo Review", review)
	doc.check_permission("write")
	if not (reason or "").strip():
		frappe.throw(_("Please say in a few words what your interest is."))
	item = frappe.db.get_value("Kyodo Agenda Item", {"parent": doc.meeting, "proposal": doc.proposal})
	if not item:
		frappe.throw(_("This proposal is not on the agenda of the meeting."))
	# before the meeting follows: a later meeting about the same proposal has to know it too
	frappe.db.set_value("Kyodo Review", review, {"interest_declared": 1, "interest_reason": reason.strip()})
	interests.declare(doc.meeting, item, reason)


@frappe.whitelist(methods=["POST"])
def close_marking(meeting: str) -> int:
	"""The office ends marking: marks that are in are released, open sheets stay empty. Returns how many."""
	require(OFFICER)
	doc = locked(meeting, "write")
	if category_of(doc) not in CALLED:
		frappe.throw(_("Marks can be given from the invitation to the end of the meeting only."))
	if not doc.marking_closed_on:
		doc.marking_closed_on = now_datetime().replace(microsecond=0)
		with by_service(doc):
			doc.save()
	return release_all(doc)


def release_all(meeting: Document) -> int:
	"""Release the marks that are in for every proposal of the agenda; how many."""
	return sum(_release(_latest(proposal, step_of(meeting))) for proposal in _items(meeting))


def check_marking(meeting: str):
	"""Raises ValidationError, with the reason, where marks cannot be given for a meeting (any more)."""
	row = frappe.db.get_value("Kyodo Meeting", meeting, ["workflow_state", "marking_closed_on"], as_dict=True)
	if reason := why_closed(row):
		frappe.throw(reason)


def why_closed(meeting: dict | None) -> str | None:
	"""Why marks cannot be given for a meeting {workflow_state, marking_closed_on}; None where they can."""
	if not meeting or category("Kyodo Meeting", meeting.workflow_state) not in CALLED:
		return _("Marks can be given from the invitation to the end of the meeting only.")
	if meeting.marking_closed_on:
		return _("The office closed marking on {0}. Please say what you think in the meeting.").format(
			era_date(getdate(meeting.marking_closed_on))
		)
	return None


def scored(review: Document) -> SheetScore:
	"""rules.scoring.SheetScore of a review's marks so far."""
	with translate_rule_errors():
		return score_sheet(criteria_of(rules_of_proposal(review.proposal), review.step), review.marks)


# -- releasing -----------------------------------------------------------------------


def _release_when_all_are_in(proposal: str, step: str):
	rows = _latest(proposal, step)
	if not any(row.submitted_on is None and not row.not_counted for row in rows):
		_release(rows)


def _release(rows: list[dict]) -> int:
	ready = [row.name for row in rows if row.submitted_on and not (row.released or row.not_counted)]
	for name in ready:
		frappe.db.set_value("Kyodo Review", name, "released", 1)
	return len(ready)


def _latest(proposal: str, step: str) -> list[dict]:
	"""Sheets as they are now: a locking read sees what others have handed in since this transaction began."""
	return _reviews([proposal], step, lock=True)


def _reviews(proposals: list[str], step: str, lock: bool = False) -> list[dict]:
	"""Sheets of a step, whoever asks: the rules of this module decide what of them is handed out."""
	if not proposals:
		return []
	table = frappe.qb.DocType("Kyodo Review")
	query = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in FIELDS))
		.where(Criterion.all([table.proposal.isin(proposals), table.step == step]))
		.orderby(table.creation)
		.orderby(table.name)
	)
	return (query.for_update() if lock else query).run(as_dict=True)


# -- what came of it -----------------------------------------------------------------


def summary_of(proposal: str, step: str) -> tuple[Summary, bool | None]:
	"""rules.scoring.Summary of the released marks, and whether they pass."""
	return summaries([proposal], step)[proposal]


def summaries(proposals: list[str], step: str) -> dict[str, tuple[Summary, bool | None]]:
	"""{proposal: (Summary of the released marks, whether they pass)} in three queries, however many proposals."""
	return {proposal: _summary(rules, step, sheets) for proposal, (rules, sheets) in _released(proposals, step).items()}


def _summary(rules: Document | Rules | None, step: str, sheets: list[dict]) -> tuple[Summary, bool | None]:
	criteria = asked_of_all(rules, step, sheets)
	pass_mark = rules.pass_mark if rules else None
	with translate_rule_errors():
		summary = summarise([score(criteria, sheet) for sheet in sheets])
		return summary, passes(summary, pass_mark or None)


def asked_of_all(rules: Document | Rules | None, step: str, sheets: list[dict]) -> list[dict]:
	"""The criteria that every sheet answers: one that the city adds or drops while marks are in cannot be compared."""
	criteria = criteria_of(rules, step) if rules else []
	return [row for row in criteria if all(row["code"] in {mark.criterion for mark in sheet.marks} for sheet in sheets)]


def score(criteria: list[dict], sheet: dict) -> SheetScore:
	codes = {row["code"] for row in criteria}
	return score_sheet(criteria, [mark for mark in sheet.marks if mark.criterion in codes])


def _released(proposals: list[str], step: str) -> dict[str, tuple[Document | Rules | None, list[dict]]]:
	"""{proposal: (its rules, [released sheet with its marks])}"""
	fields = ["name", "programme", "programme_version"]
	bound = frappe.get_all("Kyodo Proposal", {"name": ["in", proposals or [""]]}, fields, order_by="name")
	rules = {row.name: rules_of(row) for row in bound if row.programme}
	sheets = [row for row in _reviews(proposals, step) if row.released and row.submitted_on and not row.not_counted]
	marks = defaultdict(list)
	if sheets:
		for mark in frappe.get_all(
			"Kyodo Review Mark",
			{"parenttype": "Kyodo Review", "parent": ["in", [row.name for row in sheets]]},
			["parent", "criterion", "question", "mark", "comment"],
			order_by="parent, idx",
		):
			marks[mark.parent].append(mark)
	found = {proposal: (rules.get(proposal), []) for proposal in proposals}
	for row in sheets:
		row.marks = marks[row.name]
		found[row.proposal][1].append(row)
	return found


def shared_marks(proposal: str, step: str) -> list[dict]:
	"""What the members of the table may see of each other: released marks, and nothing for who steps aside.

	[{member, member_name, comment, total, vetoed, marks: [{criterion, question, mark, comment}]}]. Who has not
	handed in sees them when marking is over.
	"""
	if proposal not in open_to(frappe.session.user, [proposal], step):
		return []
	rules, sheets = _released([proposal], step)[proposal]
	criteria = asked_of_all(rules, step, sheets)
	with translate_rule_errors():
		return [_shared(sheet, score(criteria, sheet)) for sheet in sheets]


def open_to(user: str, proposals: list[str], step: str) -> set[str]:
	"""Those of the proposals whose released marks a member may see: with a sheet of their own that counts, and that is
	handed in or cannot be any more."""
	mine = [row for row in _reviews(proposals, step) if row.member == user and not row.not_counted]
	names = sorted({row.meeting for row in mine if row.meeting})
	meetings = {
		row.name: row
		for row in frappe.get_all(
			"Kyodo Meeting",
			{"name": ["in", names or [""]]},
			["name", "workflow_state", "marking_closed_on"],
			order_by="name",
		)
	}
	return {row.proposal for row in mine if row.submitted_on or why_closed(meetings.get(row.meeting))}


def _shared(sheet: dict, points: SheetScore) -> dict:
	return frappe._dict(
		member=sheet.member,
		member_name=frappe.utils.get_fullname(sheet.member),
		comment=sheet.comment,
		total=points.total,
		vetoed=points.vetoed,
		marks=[{"criterion": row.criterion, "question": row.question, "mark": row.mark, "comment": row.comment} for row in sheet.marks],
	)
