"""Deliberation on an agenda item: who takes part, how they vote, and the draft decision until the meeting closes."""

from collections import Counter, defaultdict
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html

from kyodo_frappe.committee import amendments, interests, seats
from kyodo_frappe.committee.errors import InvalidResult, NotAboutProposal, NothingRecorded, NotImpartial
from kyodo_frappe.committee.meeting_record import locked
from kyodo_frappe.common import request_json, typed_input, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.names import name_of
from kyodo_frappe.permissions import people
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import call_rules, years
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.quorum import Balance, Quorum, present_at, quorum
from kyodo_frappe.rules.scoring import check_votes, decide_vote
from kyodo_frappe.workflows.guard import by_service

# -- who takes part ----------------------------------------------------------------------


@dataclass(frozen=True)
class Participation:
	"""Who takes part in an agenda item.

	present: rows of the attendance that count; quorum, balance: computed from them.
	"""

	present: list[Document]
	quorum: Quorum
	balance: Balance


def participation(meeting: Document, item: Document) -> Participation:
	"""Return who takes part in an item: present (or heard by document), and without a conflict of interest."""
	recused = interests.recused(meeting, item)
	here = _present_rows(meeting, item)
	rows = [
		{
			"member": row.name,
			"side": row.side,
			"present": row.name in here,
			"conflicted": seats.sitting_user(row) in recused,
		}
		for row in meeting.attendance
	]
	rule, chair = _quorum_rule(meeting, item)
	with translate_rule_errors():
		counted = quorum((row for row in rows if row["member"] not in chair), rule)
	present = [row for row in meeting.attendance if row.name in here and seats.sitting_user(row) not in recused]
	return Participation(present, counted, seats.room_balance(meeting, present))


def item_quorum(meeting: Document, item: Document) -> Quorum:
	"""Return the quorum of an item, counting members without a conflict of interest."""
	return participation(meeting, item).quorum


def _quorum_rule(meeting: Document, item: Document) -> tuple[str, set[str]]:
	"""(rule of the quorum, names of the attendance rows that it leaves out): of the call that the proposal answers, or of the programme."""
	proposal = item.proposal or amendments.proposal_of(item)
	calls = meeting.flags.kyodo_calls or {}
	if proposal and proposal not in calls:
		names = [proposal, *(row.proposal for row in meeting.agenda if row.proposal)]
		found = frappe.get_all("Kyodo Proposal", {"name": ["in", names]}, ["name", "call"], as_list=True, order_by="name")
		calls = meeting.flags.kyodo_calls = dict(found)
	programme = frappe.get_cached_doc("Kyodo Programme", meeting.programme)
	own = call_rules.own(calls.get(proposal), programme)
	leaves_out = own.get("quorum_without_chair", programme.quorum_without_chair)
	return own.get("quorum_rule") or programme.quorum_rule or "More Than Half", seats.chair_rows(meeting) if leaves_out else set()


def _present_rows(meeting: Document, item: Document) -> set[str]:
	"""Return the names of the attendance rows that are present for an item.

	With times, a row counts if the member was in the room when the item was called. In a document review (書面審議) a member
	is present who has given an opinion on the item, or whose paper the office has marked as received.
	"""
	present = [row for row in meeting.attendance if row.present]
	if meeting.document_review:
		voters = {row.user for row in meeting.opinions if row.agenda_item == item.name}
		return {row.name for row in meeting.attendance if row.present or seats.sitting_user(row) in voters}
	called_at = item.called_at or item.begins_at
	if not called_at:
		return {row.name for row in present}
	rows = [{"member": row.name, "arrived_at": row.arrived_at, "left_at": row.left_at} for row in present]
	with translate_rule_errors():
		return set(present_at(rows, called_at))


# -- votes -----------------------------------------------------------------------


@dataclass(frozen=True)
class Votes:
	"""The votes on an item. for_, against, abstained: numbers of votes; carried: None if nobody voted for or against."""

	for_: int
	against: int
	abstained: int
	carried: bool | None

	def __str__(self) -> str:
		return _("{0} for, {1} against, {2} abstentions", lang=RECORD_LANGUAGE).format(self.for_, self.against, self.abstained)


def item_votes(meeting: Document, item: Document) -> Votes | None:
	"""Return the recorded votes on an item, or those of the written opinions; None if nobody voted.

	Raises TooManyVotes, and ChairMustDecide for a tie that the chair has not broken.
	"""
	for_, against, abstained = (cint(item.get(f"votes_{way}")) for way in ("for", "against", "abstained"))
	if meeting.document_review and not (for_ or against or abstained):
		given = Counter(row.opinion for row in meeting.opinions if row.agenda_item == item.name)
		for_, against, abstained = given["For"], given["Against"], given["Abstain"]
	if not (for_ or against):
		return Votes(0, 0, abstained, None) if abstained else None
	check_votes(for_ + against + abstained, len(participation(meeting, item).present))
	chair = {"For": True, "Against": False}.get(item.chair_vote)
	return Votes(for_, against, abstained, decide_vote(for_, against, chair))


def vote_problem(meeting: Document, item: Document, result: str) -> str | None:
	"""Return a sentence that says why the votes do not support `result`; None if they do, or if nobody voted."""
	try:
		votes = item_votes(meeting, item)
	except RuleError as error:
		return f"{item.subject}: {_(error.source).format(*error.args_)}"
	if votes is None or votes.carried is None or votes.carried != (result == "Not Adopted"):
		return None
	return _("{0}: the recorded votes ({1}) do not support “{2}”. Correct the votes or the decision.").format(
		item.subject, votes, _(result)
	)


def check_not_proposer(meeting: Document, agenda_item: str | None = None):
	"""Raise NotImpartial if the user belongs to an organisation whose proposal is decided (four eyes).

	`agenda_item`: check this item only; otherwise the whole agenda.
	"""
	organisations = people.organisations_of(frappe.session.user)
	if frappe.session.user == "Administrator" or not organisations:
		return
	items = [item for item in meeting.agenda if agenda_item in (None, item.name)]
	proposals = {item.proposal or amendments.proposal_of(item) for item in items} - {None, ""}
	if people.proposals_made_by(organisations, proposals):
		frappe.throw(_("You belong to an organisation behind this proposal. A colleague has to do this."), NotImpartial)


# -- decisions -------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def record_decision(
	meeting: str,
	agenda_item: str,
	result: str,
	reasons: list | str | None = None,
	advice: str | None = None,
	conditions: str | None = None,
	amount: int | None = None,
	seen: str | None = None,
	rank: int | None = None,
	below_reason: str | None = None,
	yearly: list | str | None = None,
) -> str:
	"""Record the decision on an agenda item as a draft; closing the meeting makes it final. Returns the draft's name.

	`reasons`: rows {criterion, question, finding, reason, field}; `rank`: of a reserve; `below_reason`: why the proposal is adopted
	although its marks do not reach the pass mark; `yearly`: rows {fiscal_year, granted} for a term of several years. A second call
	replaces the draft; with `seen` (its `modified` as last shown, "" for none) only if nobody else has changed it. Raises
	PermissionError, ValidationError, frappe.TimestampMismatchError.
	"""
	doc = _lock_meeting(meeting)
	check_not_proposer(doc, agenda_item)
	decision = draft_decision(meeting, agenda_item)
	content = {
		"result": result,
		"advice": advice,
		"conditions": conditions,
		"amount": amount,
		"below_reason": below_reason,
		"reasons": request_json.rows(reasons),
		years.ROWS: _yearly_rows(yearly),
	}
	if "Reserve" in (result, decision.result):  # the rank of a contest is recorded by committee/selection.py
		content["rank"] = cint(rank) if result == "Reserve" else 0
	if seen is not None and str(decision.modified or "") != seen:
		if decision.name and _has_content(decision, content):
			return decision.name  # sent again because the first answer was lost
		_refuse_changed(decision)
	return write_decision(doc, agenda_item, decision, content)


def _refuse_changed(decision: Document):
	"""Raise TimestampMismatchError for a draft that somebody else has recorded or dropped since it was shown."""
	if decision.name:
		sentence = _(
			"{0} has recorded a decision on this item in the meantime: {1}. Check it, then record yours again if it still applies."
		).format(name_of(decision.modified_by), vocabulary.word(vocabulary.RESULT, decision.result))
	else:
		sentence = _("The decision on this item has been dropped in the meantime. Record yours again if it still applies.")
	frappe.throw(sentence, frappe.TimestampMismatchError)


def _has_content(decision: Document, content: dict) -> bool:
	"""Whether a draft already has this content."""
	columns = ("criterion", "question", "finding", "reason", "field")
	sent = [[row.get(column) or "" for column in columns] for row in content["reasons"]]
	stored = [[row.get(column) or "" for column in columns] for row in decision.reasons]
	texts = ("result", "advice", "conditions", "below_reason")
	same_texts = all((decision.get(field) or "") == (content[field] or "") for field in texts)
	given = {row["fiscal_year"]: row["granted"] for row in content[years.ROWS]}
	if given and given != years.granted(decision):
		return False
	same_numbers = all(cint(decision.get(field)) == cint(content.get(field, decision.get(field))) for field in ("amount", "rank"))
	return same_texts and sent == stored and same_numbers


def _yearly_rows(yearly: list | str | None) -> list[dict]:
	"""[{fiscal_year, granted}] as a browser sends them; amounts as people type them."""
	df = frappe.get_meta("Kyodo Yearly Amount").get_field("granted")
	read = lambda value: cint(typed_input.read(df, value, _("Amount")) if isinstance(value, str) else value)
	return [{"fiscal_year": cint(row.get("fiscal_year")), "granted": read(row.get("granted") or 0)} for row in request_json.rows(yearly)]


@frappe.whitelist(methods=["POST"])
def record_decisions(meeting: str, agenda_items: list | str, result: str, advice: str | None = None) -> list[str]:
	"""Record the same result for several agenda items; all of them or none. Returns the names of the drafts.

	An adoption grants the requested amount. Results that need words of their own (refusals and conditional adoptions) are
	recorded one by one. Raises like `record_decision`, naming the item.
	"""
	doc = _lock_meeting(meeting)
	for name in request_json.names(agenda_items):
		check_not_proposer(frappe.get_doc("Kyodo Meeting", meeting), name)
	if result in ("Not Adopted", "Adopted Conditionally"):
		frappe.throw(
			_("“{0}” needs its own reasons or conditions for each proposal. Please record these one by one.").format(_(result)),
			InvalidResult,
		)
	subjects = {row.name: row.subject for row in doc.agenda}
	names = []
	for agenda_item in request_json.names(agenda_items):
		try:
			content = {"result": result, "advice": advice, "conditions": None, "reasons": []}
			names.append(write_decision(doc, agenda_item, draft_decision(meeting, agenda_item), content, grant_requested=True))
		except frappe.ValidationError as error:
			frappe.clear_messages()
			frappe.throw(
				_("Nothing has been recorded, because of “{0}”: {1}").format(subjects.get(agenda_item) or agenda_item, str(error)),
				NothingRecorded,
			)
	return names


@frappe.whitelist(methods=["POST"])
def drop_decision(meeting: str, agenda_item: str) -> None:
	"""Delete the draft decision on an item of a meeting in session; a comment on the meeting keeps its result."""
	doc = _lock_meeting(meeting)
	check_not_proposer(frappe.get_doc("Kyodo Meeting", meeting), agenda_item)
	decision = draft_decision(meeting, agenda_item)
	if not decision.name:
		return
	doc.add_comment(
		"Info",
		_("Decision dropped: {0}, {1}", lang=RECORD_LANGUAGE).format(
			escape_html(decision.proposal_title or decision.proposal), vocabulary.word(vocabulary.RESULT, decision.result, RECORD_LANGUAGE)
		),
	)
	decision.delete()


def draft_decision(meeting: str, agenda_item: str) -> Document:
	"""Return the draft decision on an item, or a new document."""
	name = frappe.db.get_value("Kyodo Decision", {"meeting": meeting, "agenda_item": agenda_item, "docstatus": 0})
	return frappe.get_doc("Kyodo Decision", name) if name else frappe.new_doc("Kyodo Decision")


def draft_decisions(meeting: str) -> dict[str, str]:
	"""Return {agenda item: draft decision} of a meeting."""
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting, "docstatus": 0}, ["agenda_item", "name"], order_by="name")
	return {row.agenda_item: row.name for row in rows}


def decisions_on(meeting: str, agenda_item: str | None = None) -> list[str] | dict[str, list[str]]:
	"""Return the decisions, recorded or made, on an agenda item; without one {agenda item: its decisions} of a whole meeting."""
	filters = {"meeting": meeting, "docstatus": ["<", 2], **({"agenda_item": agenda_item} if agenda_item else {})}
	found = defaultdict(list)
	for row in frappe.get_all("Kyodo Decision", filters, ["name", "agenda_item"], order_by="name"):
		found[row.agenda_item].append(row.name)
	return found[agenda_item] if agenda_item else found


def write_decision(meeting: Document, agenda_item: str, decision: Document, content: dict, *, grant_requested: bool = False) -> str:
	"""Save the draft decision on an item of a locked meeting and return its name. A decided item is no longer postponed.

	`content`: fields of Kyodo Decision; `grant_requested`: adopt with the requested amount.
	"""
	item = next((row for row in meeting.agenda if row.name == agenda_item), None)
	proposal = item and (item.proposal or amendments.proposal_of(item))
	if not proposal:
		frappe.throw(_("This item of the agenda is not about a proposal."), NotAboutProposal)
	decision.update({"proposal": proposal, "meeting": meeting.name, "agenda_item": agenda_item, years.ROWS: [], **content})
	if grant_requested and content["result"].startswith("Adopted"):
		decision.amount = frappe.db.get_value("Kyodo Proposal", proposal, "requested_amount")
	with by_service(decision):  # `rank` and `replaces` are read-only in the form
		decision.save()
	if item.postponed:
		frappe.db.set_value("Kyodo Agenda Item", item.name, "postponed", 0)
		item.postponed = 0
	return decision.name


def _lock_meeting(meeting: str) -> Document:
	"""Lock a meeting for an officer who records its decisions."""
	require(OFFICER)
	return locked(meeting, "write")
