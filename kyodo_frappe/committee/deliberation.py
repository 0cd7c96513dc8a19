"""The table: who takes part in an item, its votes, and what it decides, noted until the meeting closes."""

from collections import Counter
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, get_fullname

from kyodo_frappe.committee import amendments, interests, seats
from kyodo_frappe.committee.meeting_record import locked
from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.quorum import Balance, Quorum, present_at, quorum
from kyodo_frappe.rules.scoring import check_votes, decide_vote
from kyodo_frappe.workflows.guard import by_service

# -- who takes part ----------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
	"""Who is at the table for an item. present: rows of the attendance that count; quorum, balance: of these."""

	present: list[Document]
	quorum: Quorum
	balance: Balance


def table_of(meeting: Document, item: Document) -> Table:
	"""Who takes part in an item: in the room (or heard by document), and without an interest in it."""
	aside = interests.aside(meeting, item)
	here = _here(meeting, item)
	rows = [
		{
			"member": row.name,
			"side": row.side,
			"present": row.name in here,
			"conflicted": seats.sitting_user(row) in aside,
		}
		for row in meeting.attendance
	]
	rule = frappe.get_cached_value("Kyodo Programme", meeting.programme, "quorum_rule")
	with translate_rule_errors():
		counted = quorum(rows, rule or "More Than Half")
	present = [row for row in meeting.attendance if row.name in here and seats.sitting_user(row) not in aside]
	return Table(present, counted, seats.room_balance(meeting, present))


def quorum_of(meeting: Document, item: Document) -> Quorum:
	"""Whether enough members without an interest are present for an item."""
	return table_of(meeting, item).quorum


def _here(meeting: Document, item: Document) -> set[str]:
	"""Rows of the attendance present when the item was called; without times, present at all. In a document
	review (書面審議): who has given an opinion on the item, or whose paper the office has ticked as present."""
	present = [row for row in meeting.attendance if row.present]
	if meeting.document_review:
		heard = {row.user for row in meeting.opinions if row.agenda_item == item.name}
		return {row.name for row in meeting.attendance if row.present or seats.sitting_user(row) in heard}
	called = item.called_at or item.begins_at
	if not called:
		return {row.name for row in present}
	rows = [{"member": row.name, "arrived_at": row.arrived_at, "left_at": row.left_at} for row in present]
	with translate_rule_errors():
		return set(present_at(rows, called))


# -- votes -----------------------------------------------------------------------


@dataclass(frozen=True)
class Votes:
	"""for_, against, abstained: numbers of votes; carried: None where nobody has voted."""

	for_: int
	against: int
	abstained: int
	carried: bool | None

	def __str__(self) -> str:
		return _("{0} for, {1} against, {2} abstained", lang=RECORD_LANGUAGE).format(self.for_, self.against, self.abstained)


def votes_of(meeting: Document, item: Document) -> Votes | None:
	"""The votes on an item as noted, or as the written opinions give them; None where nobody voted.

	Raises TooManyVotes, and ChairMustDecide for a tie that the chair has not broken.
	"""
	for_, against, abstained = (cint(item.get(f"votes_{way}")) for way in ("for", "against", "abstained"))
	if meeting.document_review and not (for_ or against or abstained):
		given = Counter(row.opinion for row in meeting.opinions if row.agenda_item == item.name)
		for_, against, abstained = given["For"], given["Against"], given["Abstain"]
	if not (for_ or against):
		return Votes(0, 0, abstained, None) if abstained else None
	check_votes(for_ + against + abstained, len(table_of(meeting, item).present))
	chair = {"For": True, "Against": False}.get(item.chair_vote)
	return Votes(for_, against, abstained, decide_vote(for_, against, chair))


def votes_problem(meeting: Document, item: Document, result: str) -> str | None:
	"""A sentence that says why the votes noted do not lead to `result`; None where they do, or nobody voted."""
	try:
		votes = votes_of(meeting, item)
	except RuleError as error:
		return f"{item.subject}: {_(error.source).format(*error.args_)}"
	if votes is None or votes.carried is None or votes.carried != (result == "Not Adopted"):
		return None
	return _("{0}: the votes noted ({1}) do not lead to “{2}”. Correct the votes or the decision.").format(item.subject, votes, _(result))


def people_of_item(item: Document) -> set[str]:
	"""Logins of the organisations whose proposal an item decides: for four eyes."""
	proposal = item.proposal or amendments.proposal_of(item)
	if not proposal:
		return set()
	doc = frappe.get_doc("Kyodo Proposal", proposal)
	filters = {"parenttype": "Kyodo Organisation", "parent": ["in", doc.own_organisations() or [""]]}
	return set(frappe.get_all("Kyodo Organisation Member", filters, pluck="user", order_by="idx"))


def check_colleague(meeting: Document, agenda_item: str | None = None):
	"""Raise PermissionError for somebody of an organisation whose proposal is decided: a colleague of theirs does it."""
	items = [item for item in meeting.agenda if agenda_item in (None, item.name)]
	if frappe.session.user != "Administrator" and any(frappe.session.user in people_of_item(item) for item in items):
		frappe.throw(_("You belong to an organisation that proposes this, so a colleague has to do this."), frappe.PermissionError)


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
) -> str:
	"""Note what the table decides on an item while the meeting is in session; returns the draft decision.

	`reasons`: rows {criterion, question, finding, reason, field}. Recording again replaces the note; with
	`seen` (its `modified` as it was shown, "" for none) only if nobody else has changed it meanwhile. Closing
	the meeting makes it final. Raises PermissionError, ValidationError, frappe.TimestampMismatchError.
	"""
	doc = _in_session(meeting)
	check_colleague(doc, agenda_item)
	decision = draft_of(meeting, agenda_item)
	content = {
		"result": result,
		"advice": advice,
		"conditions": conditions,
		"amount": amount,
		"reasons": request_json.rows(reasons),
	}
	if seen is not None and str(decision.modified or "") != seen:
		if decision.name and _says(decision, content):
			return decision.name  # sent again after a broken line
		frappe.throw(
			_("{0} has noted a decision on this item meanwhile: {1}. Look at it, then record yours again if it still holds.").format(
				get_fullname(decision.modified_by), vocabulary.word(vocabulary.RESULT, decision.result)
			)
			if decision.name
			else _("The decision on this item has been dropped meanwhile. Record yours again if it still holds."),
			frappe.TimestampMismatchError,
		)
	return write_decision(doc, agenda_item, decision, content)


def _says(decision: Document, content: dict) -> bool:
	"""Whether a note holds what was sent."""
	columns = ("criterion", "question", "finding", "reason", "field")
	told = [[row.get(column) or "" for column in columns] for row in content["reasons"]]
	noted = [[row.get(column) or "" for column in columns] for row in decision.reasons]
	texts = all((decision.get(field) or "") == (content[field] or "") for field in ("result", "advice", "conditions"))
	return texts and told == noted and cint(decision.amount) == cint(content["amount"])


@frappe.whitelist(methods=["POST"])
def record_decisions(meeting: str, agenda_items: list | str, result: str, advice: str | None = None) -> list[str]:
	"""Note one result for several items on which the meeting agrees; all of them or none.

	An adoption grants what was requested. Raises like record_decision, naming the item; a refusal, which says
	why, and a conditional adoption, which says on what condition, are noted one by one.
	"""
	doc = _in_session(meeting)
	for name in request_json.names(agenda_items):
		check_colleague(frappe.get_doc("Kyodo Meeting", meeting), name)
	if result in ("Not Adopted", "Adopted Conditionally"):
		frappe.throw(_("“{0}” needs its own words for each proposal: please record these one by one.").format(_(result)))
	subjects = {row.name: row.subject for row in doc.agenda}
	names = []
	for agenda_item in request_json.names(agenda_items):
		try:
			content = {"result": result, "advice": advice, "conditions": None, "reasons": []}
			names.append(write_decision(doc, agenda_item, draft_of(meeting, agenda_item), content, grant_requested=True))
		except frappe.ValidationError as error:
			frappe.clear_messages()
			frappe.throw(_("Nothing is noted, because of “{0}”: {1}").format(subjects.get(agenda_item) or agenda_item, str(error)))
	return names


@frappe.whitelist(methods=["POST"])
def drop_decision(meeting: str, agenda_item: str) -> None:
	"""Take back what was noted on an item of a meeting in session; its words stay in the meeting's history."""
	doc = _in_session(meeting)
	check_colleague(frappe.get_doc("Kyodo Meeting", meeting), agenda_item)
	decision = draft_of(meeting, agenda_item)
	if not decision.name:
		return
	doc.add_comment(
		"Info",
		_("Decision dropped: {0}, {1}", lang=RECORD_LANGUAGE).format(
			escape_html(decision.proposal_title or decision.proposal), vocabulary.word(vocabulary.RESULT, decision.result, RECORD_LANGUAGE)
		),
	)
	decision.delete()


def draft_of(meeting: str, agenda_item: str) -> Document:
	"""What is noted so far on an item, or a new note."""
	name = frappe.db.get_value("Kyodo Decision", {"meeting": meeting, "agenda_item": agenda_item, "docstatus": 0})
	return frappe.get_doc("Kyodo Decision", name) if name else frappe.new_doc("Kyodo Decision")


def drafts_of(meeting: str) -> dict[str, str]:
	"""{agenda item: draft decision}"""
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting, "docstatus": 0}, ["agenda_item", "name"], order_by="name")
	return {row.agenda_item: row.name for row in rows}


def write_decision(meeting: Document, agenda_item: str, decision: Document, content: dict, *, grant_requested: bool = False) -> str:
	"""Store a note on an item; `meeting` is locked and in session. An item with a note is not postponed."""
	item = next((row for row in meeting.agenda if row.name == agenda_item), None)
	proposal = item and (item.proposal or amendments.proposal_of(item))
	if not proposal:
		frappe.throw(_("This meeting has no proposal under that item of its agenda."))
	decision.update({"proposal": proposal, "meeting": meeting.name, "agenda_item": agenda_item, **content})
	if grant_requested and content["result"].startswith("Adopted"):
		decision.amount = frappe.db.get_value("Kyodo Proposal", proposal, "requested_amount")
	with by_service(decision):  # rank and what it replaces are read-only in the form
		decision.save()
	if item.postponed:
		frappe.db.set_value("Kyodo Agenda Item", item.name, "postponed", 0)
		item.postponed = 0
	return decision.name


def _in_session(meeting: str) -> Document:
	"""The meeting, locked, for an officer who notes what it decides."""
	require(OFFICER)
	return locked(meeting, "write")
