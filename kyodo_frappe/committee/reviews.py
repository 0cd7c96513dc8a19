"""Reviews (審査票): each member marks alone, and sees the others' marks only when all are in or marking is closed.

There is one review for each proposal on the agenda and each member who sits, or the member's substitute, in the steps in which the
rules of the proposal want score sheets. The review of a member who steps aside or is replaced by a substitute does not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, now_datetime
from pypika.terms import Criterion

from kyodo_frappe.committee import entered_marks, interests, seats
from kyodo_frappe.committee.errors import IncompleteReview, MarkingClosed, NotOnAgenda, ReasonRequired
from kyodo_frappe.committee.meeting_record import CALLED, locked
from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.queries import NO_NAME, among
from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme.call_rules import STEPS, in_step, is_marked
from kyodo_frappe.programme.versions import Rules, rules_of_each, rules_of_proposal
from kyodo_frappe.rules import points, scoring, totals
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.scoring import Scorer, SheetScore, Summary, check_comments, check_whole, passes, score_sheet, summarise
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import category, category_of

FIELDS = ("name", "proposal", "member", "meeting", "submitted_on", "released", "not_counted", "comment", "total")


def criteria_of(rules: Document | Rules, step: str) -> list[dict]:
	"""Return the criteria of a step: [{code, question, help_text, and the columns of rules/scoring.py}]."""
	fields = (
		*("code", "question", "scale", "least_points", "max_points", "point_step", "weight", "veto"),
		*("least_average", "comment_below", "help_text"),
	)
	return [{field: row.get(field) for field in fields} for row in rules.criteria if in_step(row, step)]


def marked_criteria(rules: Document | Rules, step: str) -> list[dict]:
	"""Return the criteria that members mark in a step, none where it is decided without score sheets."""
	return criteria_of(rules, step) if is_marked(rules, step) else []


# -- reviews of a meeting ----------------------------------------------------------


def step_of(meeting: Document) -> str:
	"""Return the standard type a meeting is held like; for meetings that review proposals this is their step."""
	return vocabulary.held_like(meeting.meeting_type)


def sync_reviews(meeting: Document):
	"""Bring the reviews in line with agenda, attendance and recusals; called after every change of the meeting."""
	if step_of(meeting) not in STEPS:
		return
	open_reviews(meeting)
	items = _proposal_items(meeting)
	reviewers = {proposal: _reviewers(meeting, item) for proposal, item in items.items()}
	changed = set()
	for row in _reviews(list(items), step_of(meeting)):
		not_counted = int(row.member not in reviewers[row.proposal])
		if not_counted != row.not_counted:
			_set_not_counted(row, not_counted, meeting, items[row.proposal])
			changed.add(row.proposal)
	for proposal in sorted(changed):
		_release_if_complete(proposal, step_of(meeting))


def open_reviews(meeting: Document) -> list[str]:
	"""Create the reviews of members who sit and proposals on the agenda that are missing; return their names.

	A review that was not submitted for an earlier meeting is moved to this one.
	"""
	items = _marked_items(meeting)
	if not items:
		return []
	existing = {(row.member, row.proposal): row for row in _reviews(list(items), step_of(meeting))}
	made = []
	for proposal, item in items.items():
		for member in _reviewers(meeting, item):
			row = existing.get((member, proposal))
			if row is None:
				made.append(_create_review(meeting, proposal, member))
			elif row.meeting != meeting.name and not row.submitted_on:
				frappe.db.set_value("Kyodo Review", row.name, "meeting", meeting.name)
	return made


def _create_review(meeting: Document, proposal: str, member: str) -> str:
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
		# the office has no right to write reviews; it creates them by convening the meeting
		review.insert(ignore_permissions=True)
	return review.name


def _proposal_items(meeting: Document) -> dict[str, Document]:
	"""Return {proposal: agenda item}."""
	return {row.proposal: row for row in meeting.agenda if row.item_type == "Proposal" and row.proposal}


def _marked_items(meeting: Document) -> dict[str, Document]:
	"""As `_proposal_items`, only those that are marked in the step of the meeting."""
	items = _proposal_items(meeting) if step_of(meeting) in STEPS else {}
	return {name: items[name] for name, rules in rules_by_proposal(list(items)).items() if is_marked(rules, step_of(meeting))}


def marked_proposals(meeting: Document) -> list[str]:
	"""Return the proposals on the agenda for which members fill in score sheets."""
	return list(_marked_items(meeting))


def are_marked(meeting: Document) -> bool:
	"""Whether members fill in score sheets for anything on the agenda."""
	return bool(_marked_items(meeting))


def _reviewers(meeting: Document, item: Document) -> list[str]:
	"""Return the users who sit in a meeting and do not step aside for an item."""
	recused = interests.recused(meeting, item)
	users = [seats.sitting_user(row) for row in meeting.attendance]
	return [user for user in users if user and user not in recused]


def _set_not_counted(row: dict, not_counted: int, meeting: Document, item: Document):
	values = {"not_counted": not_counted}
	overruled = any(
		recusal.user == row.member and recusal.agenda_item == item.name and recusal.ruling == "Overruled" for recusal in meeting.recusals
	)
	if not not_counted and overruled:
		values.update(interest_declared=0, interest_reason=None)  # the meeting keeps the chair's ruling
	frappe.db.set_value("Kyodo Review", row.name, values)


# -- marking -----------------------------------------------------------------------


def lock_marking(meeting: str):
	"""Lock the meeting while marks are submitted: the last review releases them all.

	Raises MarkingClosed if the office has closed marking meanwhile.
	"""
	fields = ["workflow_state", "marking_closed_on"]
	locking.lock(("Kyodo Meeting", meeting))
	row = frappe.db.get_value("Kyodo Meeting", meeting, fields, as_dict=True, for_update=True)
	if reason := why_closed(row):
		frappe.throw(reason, MarkingClosed)


@frappe.whitelist(methods=["POST"])
def submit_review(review: str, marks: dict | str, comment: str | None = None, comments: dict | str | None = None) -> dict:
	"""Submit the marks of a review: {criterion code: mark}. Returns {"total": 0–100, "released": bool}.

	Raises PermissionError for users other than the member, IncompleteReview if a mark is missing, MarkingClosed if it is
	too late.
	"""
	doc = frappe.get_doc("Kyodo Review", review)
	doc.check_permission("write")
	lock_marking(doc.meeting)
	doc = frappe.get_doc("Kyodo Review", review, for_update=True)
	if doc.submitted_on or doc.released:
		frappe.throw(_("These marks have been submitted and can no longer be changed."), MarkingClosed)
	apply_marks(doc, request_json.values(marks), comment, request_json.values(comments))
	sheet = score_review(doc)
	if not sheet.complete:
		questions = {row.criterion: row.question for row in doc.marks}
		frappe.throw(_("Not marked yet: {0}").format(_(", ").join(questions[code] for code in sheet.missing)), IncompleteReview)
	_check_comments(doc)
	doc.total = sheet.total
	doc.submitted_on = now_datetime()
	with by_service(doc):
		doc.save()
	_release_if_complete(doc.proposal, doc.step)
	return {"total": sheet.total, "released": bool(frappe.db.get_value("Kyodo Review", doc.name, "released"))}


def apply_marks(review: Document, marks: dict, comment: str | None, comments: dict):
	"""Write marks and comments {criterion: value} into a review; criteria that are not named keep theirs."""
	for row in review.marks:
		row.mark = marks.get(row.criterion, row.mark)
		row.comment = comments.get(row.criterion, row.comment)
	review.comment = comment if comment is not None else review.comment


@frappe.whitelist(methods=["POST"])
def declare_interest(review: str, reason: str) -> None:
	"""Step aside for the proposal of a review: the review does not count, nor does the member in the quorum.

	Possible until the meeting is over, even after submitting. Raises PermissionError, ValidationError.
	"""
	doc = frappe.get_doc("Kyodo Review", review)
	doc.check_permission("write")
	if not (reason or "").strip():
		frappe.throw(_("Please say in a few words what your interest is."), ReasonRequired)
	item = frappe.db.get_value("Kyodo Agenda Item", {"parent": doc.meeting, "proposal": doc.proposal})
	if not item:
		frappe.throw(_("This proposal is not on the agenda of the meeting."), NotOnAgenda)
	# stored in the review first: a later meeting about the same proposal has to find it too
	frappe.db.set_value("Kyodo Review", review, {"interest_declared": 1, "interest_reason": reason.strip()})
	interests.declare(doc.meeting, item, reason)


@frappe.whitelist(methods=["POST"])
def close_marking(meeting: str) -> int:
	"""Close marking: submitted reviews are released, open ones stay empty. Returns how many are released.

	Raises PermissionError for users outside the office, MarkingClosed if the meeting is not convened or is over.
	"""
	require(OFFICER)
	doc = locked(meeting, "write")
	if category_of(doc) not in CALLED:
		frappe.throw(_("Marks can be given only from the invitation to the end of the meeting."), MarkingClosed)
	if not doc.marking_closed_on:
		doc.marking_closed_on = now_datetime().replace(microsecond=0)
		with by_service(doc):
			doc.save()
	return release_all(doc)


def release_all(meeting: Document) -> int:
	"""Release the submitted reviews of every proposal on the agenda; return how many."""
	return _release(_reviews(list(_proposal_items(meeting)), step_of(meeting), lock=True))


def check_marking_open(meeting: str):
	"""Raise MarkingClosed if reviews cannot be marked for a meeting."""
	row = frappe.db.get_value("Kyodo Meeting", meeting, ["workflow_state", "marking_closed_on"], as_dict=True)
	if reason := why_closed(row):
		frappe.throw(reason, MarkingClosed)


def why_closed(meeting: dict | None) -> str | None:
	"""Return why reviews cannot be marked; None if they can. `meeting`: {workflow_state, marking_closed_on}."""
	if not meeting or category("Kyodo Meeting", meeting.workflow_state) not in CALLED:
		return _("Marks can be given only from the invitation to the end of the meeting.")
	if meeting.marking_closed_on:
		return _("The office closed marking on {0}. Please give your views in the meeting.").format(
			era_date(getdate(meeting.marking_closed_on))
		)
	return None


def score_review(review: Document) -> SheetScore:
	"""Return the score of a review's marks so far. Raises MarkOutOfScale, and MarkNotWhole where only whole points are given."""
	rules = rules_of_proposal(review.proposal)
	criteria = criteria_of(rules, review.step)
	with translate_rule_errors():
		if cint(rules.whole_points):
			check_whole(criteria, review.marks)
		return score_sheet(criteria, review.marks)


def _check_comments(review: Document):
	"""Raise CommentMissing for marks without the comment that the rules require."""
	rules = rules_of_proposal(review.proposal)
	with translate_rule_errors():
		check_comments(criteria_of(rules, review.step), review.marks, rules.criterion_comments == "Required")


# -- releasing -----------------------------------------------------------------------


def _release_if_complete(proposal: str, step: str):
	rows = _locked_reviews(proposal, step)
	if not any(row.submitted_on is None and not row.not_counted for row in rows):
		_release(rows)


def _release(rows: list[dict]) -> int:
	ready = [row.name for row in rows if row.submitted_on and not (row.released or row.not_counted)]
	if ready:
		frappe.db.set_value("Kyodo Review", {"name": ["in", ready]}, "released", 1)
	return len(ready)


def _locked_reviews(proposal: str, step: str) -> list[dict]:
	"""Return the current reviews: a locking read sees those submitted since this transaction began."""
	return _reviews([proposal], step, lock=True)


def _reviews(proposals: list[str], step: str, lock: bool = False, released: bool = False) -> list[dict]:
	"""Return the reviews of a step without checking permissions; callers decide what may be shown. released: only those that count."""
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
	if released:
		query = query.where(_counts(table))
	return (query.for_update() if lock else query).run(as_dict=True)


# -- results -------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
	"""What the marks of a proposal make in a step.

	sheets: its released reviews with their marks; further: as `entered_marks.of_proposals`; passed: None where the marks cannot tell.
	"""

	rules: Document | Rules | None
	sheets: list[dict]
	further: list[dict]
	summary: Summary
	passed: bool | None


def summary_of(proposal: str, step: str) -> tuple[Summary, bool | None]:
	"""Return the summary of the released marks and whether the proposal passes (None: no pass mark)."""
	return summaries([proposal], step)[proposal]


def summaries(proposals: list[str], step: str) -> dict[str, tuple[Summary, bool | None]]:
	"""Return {proposal: (summary of the released marks, whether it passes)} in three queries for any number of proposals."""
	rules = rules_by_proposal(proposals)
	found = results({proposal: rules.get(proposal) for proposal in proposals}, step, texts=False)
	return {proposal: (result.summary, result.passed) for proposal, result in found.items()}


def results(rules: dict[str, Document | Rules | None], step: str, texts: bool = True) -> dict[str, Result]:
	"""Return {proposal: its result}, in three queries for any number of proposals.

	rules: {proposal: its rules}; texts: whether sheets come with what is written on them, and not only with their marks.
	"""
	released = _released_reviews(rules, step) if texts else _released_marks(rules, step)
	further = entered_marks.of_proposals(rules, step)
	tally = _Tally(step)
	return {
		proposal: Result(of, released[proposal], further[proposal], *tally.summary(of, released[proposal], further[proposal]))
		for proposal, of in rules.items()
	}


class _Tally:
	"""Adds up the sheets of proposals; those under the same rules on the same criteria are read by one scorer."""

	def __init__(self, step: str):
		self.step = step
		self._scorers = {}

	def summary(self, rules: Document | Rules | None, sheets: list[dict], further: list[dict]) -> tuple[Summary, bool | None]:
		"""Return (summary of a proposal's sheets, whether it passes)."""
		if rules is None:
			return summarise([]), None
		criteria, scorer = self._scorer(rules, _common_codes(sheets))
		with translate_rule_errors():
			summary = summarise([_score(scorer, sheet) for sheet in sheets], bool(cint(rules.leave_out_extremes)))
			summary = replace(summary, score=totals.score(summary, rules.counted_as, further, is_marked(rules, self.step)))
			pass_mark = rules.pass_mark if summary.score else None  # without a result only vetoes and least averages can tell
			return summary, passes(summary, pass_mark or None, criteria=criteria, reached=_reached(rules, summary))

	def _scorer(self, rules: Document | Rules, codes: frozenset[str] | None) -> tuple[list[dict], Scorer]:
		key = id(rules), codes
		if key not in self._scorers:
			criteria = [row for row in criteria_of(rules, self.step) if codes is None or row["code"] in codes]
			with translate_rule_errors():
				self._scorers[key] = criteria, Scorer(criteria), rules  # the rules stay in memory, and their id theirs
		return self._scorers[key][:2]


def _score(scorer: Scorer, sheet: dict) -> SheetScore:
	return scorer.score([mark[:2] for mark in sheet.marks if mark[0] in scorer.codes])


def _common_codes(sheets: list[dict]) -> frozenset[str] | None:
	"""The criteria that every sheet answers; None without sheets."""
	return frozenset.intersection(*(frozenset(mark.criterion for mark in sheet.marks) for sheet in sheets)) if sheets else None


def _reached(rules: Document | Rules, summary: Summary) -> float | None:
	"""Return the result in the scale of the pass mark."""
	score = summary.score
	return score and (score.percent if cint(rules.pass_mark_percent) else score.points)


def reaches(rules: Document | Rules, summary: Summary) -> bool:
	"""Whether the result reaches the pass mark, regardless of other rules."""
	return summary.score is not None and _reached(rules, summary) >= (rules.pass_mark or 0)


def own_points(rules: Document | Rules, summary: Summary) -> str:
	"""Return the result as the city counts it: 121／150; "" where it is the average out of 100, or not known.

	While further marks that count are not entered yet, what the members' sheets make.
	"""
	in_points = rules.counted_as in (totals.AVERAGE, totals.SUM)
	score = summary.score or (totals.score(summary, rules.counted_as) if in_points else None)
	return points.of_score(score) if score and (in_points or rules.further_marks) else ""


def below_least(rules: Document | Rules, step: str, summary: Summary) -> list[dict]:
	"""[{question, average, least}] of the criteria whose average is below their least one, in their own points."""
	criteria = criteria_of(rules, step)
	with translate_rule_errors():
		found = scoring.below_least(summary, criteria)
	questions = {row["code"]: row["question"] for row in criteria}
	return [{"question": questions[code], "average": average, "least": least} for code, (average, least) in found.items()]


def common_criteria(rules: Document | Rules | None, step: str, sheets: list[dict]) -> list[dict]:
	"""Return the criteria that every review answers; those added or dropped while marking is open cannot be compared."""
	codes = _common_codes(sheets)
	return [row for row in criteria_of(rules, step) if codes is None or row["code"] in codes] if rules else []


def rules_by_proposal(proposals: list[str]) -> dict[str, Document | Rules]:
	"""Return {proposal: its rules} in one query, in the order of `proposals`."""
	rules = rules_of_each(row for row in _bindings(tuple(proposals)) if row.programme)
	return {name: rules[name] for name in proposals if name in rules}


@cached_while_reading
def _bindings(proposals: tuple[str, ...]) -> list[dict]:
	proposal = frappe.qb.DocType("Kyodo Proposal")
	columns = [proposal[field] for field in ("name", "programme", "programme_version", "call")]
	return frappe.qb.from_(proposal).select(*columns).where(proposal.name.isin(proposals or [NO_NAME])).run(as_dict=True)


class _Mark(NamedTuple):
	criterion: str
	mark: str
	question: str | None = None
	comment: str | None = None


def _released_reviews(proposals: Iterable[str], step: str) -> dict[str, list[dict]]:
	"""Return {proposal: [released review with its marks]}."""
	found = {proposal: [] for proposal in proposals}
	sheets = {row.name: row for row in _reviews(list(found), step, released=True)}
	for row in sheets.values():
		row.marks = []
		found[row.proposal].append(row)
	if sheets:
		mark = frappe.qb.DocType("Kyodo Review Mark")
		columns = [mark[field] for field in _Mark._fields]
		query = frappe.qb.from_(mark).select(mark.parent, *columns).orderby(mark.parent).orderby(mark.idx)
		for row in query.where((mark.parenttype == "Kyodo Review") & mark.parent.isin([*sheets])).run():
			sheets[row[0]].marks.append(_Mark(*row[1:]))
	return found


def _released_marks(proposals: Iterable[str], step: str) -> dict[str, list[dict]]:
	"""Return {proposal: [{name, marks} of a released review]}, in one query; marks without question and comment."""
	found = {proposal: {} for proposal in proposals}
	if not found:
		return {}
	review, mark = frappe.qb.DocType("Kyodo Review"), frappe.qb.DocType("Kyodo Review Mark")
	query = (
		frappe.qb.from_(review)
		.left_join(mark)
		.on((mark.parent == review.name) & (mark.parenttype == "Kyodo Review"))
		.select(review.proposal, review.name, mark.criterion, mark.mark)
		.where(review.proposal.isin([*found]) & (review.step == step) & _counts(review))
		.orderby(review.creation)
		.orderby(review.name)
		.orderby(mark.idx)
	)
	for proposal, name, criterion, given in query.run():
		sheet = found[proposal].get(name) or found[proposal].setdefault(name, frappe._dict(name=name, marks=[]))
		if criterion is not None:
			sheet.marks.append(_Mark(criterion, given))
	return {proposal: [*sheets.values()] for proposal, sheets in found.items()}


def _counts(review) -> Criterion:
	"""The criterion for reviews that are released and count."""
	return Criterion.all([review.released == 1, review.submitted_on.isnotnull(), review.not_counted == 0])


def shared_marks(proposal: str, step: str) -> list[dict]:
	"""Return the released marks that the user may see; empty for members who step aside.

	[{member, member_name, comment, total, points, vetoed, marks: [{criterion, question, mark, comment}]}]. Members who have not
	submitted their own see them when marking is over.
	"""
	if proposal not in visible_proposals(frappe.session.user, [proposal], step):
		return []
	sheets = _released_reviews([proposal], step)[proposal]
	criteria = common_criteria(rules_by_proposal([proposal]).get(proposal), step, sheets)
	with translate_rule_errors():
		scorer = Scorer(criteria)
		return [_shared_review(sheet, _score(scorer, sheet)) for sheet in sheets]


def visible_proposals(user: str, proposals: list[str], step: str) -> set[str]:
	"""Return those of the proposals whose released marks `user` may see.

	The user has a review of their own that counts, and has submitted it or can no longer do so.
	"""
	own_reviews = [row for row in _reviews(proposals, step) if row.member == user and not row.not_counted]
	names = sorted({row.meeting for row in own_reviews if row.meeting})
	meetings = {
		row.name: row
		for row in frappe.get_all(
			"Kyodo Meeting",
			{"name": among(names)},
			["name", "workflow_state", "marking_closed_on"],
			order_by="name",
		)
	}
	return {row.proposal for row in own_reviews if row.submitted_on or why_closed(meetings.get(row.meeting))}


def _shared_review(sheet: dict, score: SheetScore) -> dict:
	return frappe._dict(
		member=sheet.member,
		member_name=frappe.utils.get_fullname(sheet.member),
		comment=sheet.comment,
		total=score.total,
		points=points.of(score.points, score.out_of),
		vetoed=score.vetoed,
		marks=[{"criterion": row.criterion, "question": row.question, "mark": row.mark, "comment": row.comment} for row in sheet.marks],
	)
