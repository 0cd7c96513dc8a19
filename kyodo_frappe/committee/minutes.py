"""Minutes: what each member sees of them, checks by the members in turn, publication. The draft: minutes_draft.py.

Members do not see the items for which they step aside, nor the public the closed ones; items are found by their heading line
(rules/minutes.py).
"""

import datetime
from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, get_datetime, getdate, now_datetime

from kyodo_frappe import messages
from kyodo_frappe.committee import convening, interests, minutes_draft, seats
from kyodo_frappe.committee.errors import MinutesNotCheckable, MinutesNotChecked, ReasonRequired
from kyodo_frappe.committee.meeting_record import MEETING, locked, save_own_part
from kyodo_frappe.common import scheduling
from kyodo_frappe.common.errors import InputMissing, InvalidChoice
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.rules import minutes as text_of
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.workflows.states import DECIDED, category_of

# -- for a member ------------------------------------------------------------------


def recused_items(meeting: Document, user: str) -> set[str]:
	"""Return the names of the agenda items for which a user steps aside."""
	return {item.name for item in meeting.agenda if user in interests.recused(meeting, item)}


def member_text(meeting: str, user: str) -> str:
	"""Return the minutes without the items for which the member steps aside; empty before closing.

	If a heading has been edited away, the items cannot be told apart, and the text is drafted again from the record. Raises
	PermissionError for users who do not sit in the meeting.
	"""
	doc = frappe.get_doc(MEETING, meeting)
	check_seat(doc, user)
	if category_of(doc) != DECIDED:
		return ""
	hidden = recused_items(doc, user)
	headings = {item.name: minutes_draft.heading(item) for item in doc.agenda}
	try:
		return text_of.redact(
			doc.minutes, headings.values(), {headings[name]: f"{headings[name]}\n{minutes_draft.recused_line()}" for name in hidden}
		)
	except RuleError:
		return minutes_draft.draft(doc, hidden)


def check_seat(meeting: Document, user: str):
	"""Raise PermissionError unless `user` sits in the meeting or works for the office."""
	sitting = user in {seats.sitting_user(row) for row in meeting.attendance}
	if user != frappe.session.user or not sitting:
		require(OFFICER, MANAGER)
	if not frappe.has_permission(MEETING, "read", meeting, user=user):
		frappe.throw(_("You do not sit in this meeting."), frappe.PermissionError)


def parts_of(meeting: Document, text: str) -> list[tuple[str | None, str]]:
	"""Return minutes by items: [(heading, text without the heading)], preceded by what comes before the first under None.

	Where the headings have been edited away, all of it is under None.
	"""
	try:
		found = text_of.split_by_headings(text, [minutes_draft.heading(item) for item in meeting.agenda])
	except RuleError:
		return [(None, text)]
	return [(title, part if title is None else part.partition("\n")[2]) for title, part in found]


# -- checks by the members in turn --------------------------------------------------


@frappe.whitelist(methods=["POST"])
def start_checks(meeting: str) -> int:
	"""Ask the members to check the minutes, one after the other. Returns how many are asked.

	If the programme requires no checks, the office may still ask everyone present. Raises PermissionError, ValidationError.
	"""
	require(OFFICER)
	doc = locked(meeting, "write")
	if doc.workflow_state != "Closed":
		frappe.throw(_("Minutes are checked after the session is closed and before they are confirmed."), MinutesNotCheckable)
	if doc.minutes_checks:
		frappe.throw(_("The members have already been asked to check these minutes."), MinutesNotCheckable)
	if not (doc.minutes or "").strip():
		frappe.throw(_("There are no minutes to check yet."), MinutesNotCheckable)
	people = checkers(doc)
	if not people:
		frappe.throw(
			_("No member who was present has a login to check the minutes. Please give the reason in “{0}”.").format(
				_(doc.meta.get_label("check_waived"))
			),
			exc=ReasonRequired,
		)
	for user, name in people:
		doc.append("minutes_checks", {"user": user, "member_name": name})
	_request_next_check(doc)
	save_own_part(doc)
	return len(people)


def checkers(meeting: Document) -> list[tuple[str, str]]:
	"""Return [(user, name)] of the members who check the minutes, in the order of the attendance."""
	rule = frappe.get_cached_value("Kyodo Programme", meeting.programme, "minutes_checked_by")
	chairs = set(seats.chairs(meeting.committee)) if rule == "The Chair" else None
	return [(user, name) for user, name in _participants(meeting) if chairs is None or user in chairs]


def _participants(meeting: Document) -> list[tuple[str, str]]:
	"""Return [(user, name)] of the members who were present or took part by document."""
	people = []
	for row in meeting.attendance:
		user = seats.sitting_user(row)
		if user and (row.present or (meeting.document_review and row.answer == "By Document")):
			people.append((user, row.substitute_name if row.substitute_user else row.member_name))
	return people


@frappe.whitelist(methods=["POST"])
def answer_check(meeting: str, answer: str, remark: str = "") -> None:
	"""Agree to the minutes or add a remark; the next member is asked then.

	`answer`: Agreed, or Remark with its text. Raises PermissionError out of turn, ValidationError.
	"""
	doc = locked(meeting, "read")
	row = pending_check(doc)
	if row is None or row.user != frappe.session.user or doc.workflow_state != "Closed":
		frappe.throw(_("It is not your turn to check these minutes."), frappe.PermissionError)
	if answer not in ("Agreed", "Remark"):
		frappe.throw(_("Please choose whether you agree to the minutes or have a remark."), InvalidChoice)
	if answer == "Remark" and not (remark or "").strip():
		frappe.throw(_("Please write what should be changed in the minutes."), InputMissing)
	row.answer = answer
	row.remark = (remark or "").strip() or None
	row.checked_on = now_datetime().replace(microsecond=0)
	_request_next_check(doc)
	save_own_part(doc)


def pending_check(meeting: Document) -> Document | None:
	"""Return the check that is waiting for its answer, or None."""
	return next((row for row in meeting.minutes_checks if not row.checked_on), None)


def skip_overdue_check(meeting: str, today) -> bool:
	"""Ask the next member if the current one has not answered in time; return whether that was the case."""
	doc = frappe.get_doc(MEETING, meeting, for_update=True)
	days = cint(frappe.get_cached_value("Kyodo Programme", doc.programme, "minutes_turn_days"))
	row = pending_check(doc)
	if doc.workflow_state != "Closed" or not (row and row.asked_on and days):
		return False
	if getdate(add_days(get_datetime(row.asked_on), days)) >= getdate(today):
		return False
	row.answer = "Passed Over"
	row.checked_on = now_datetime().replace(microsecond=0)
	_request_next_check(doc)
	save_own_part(doc)
	return True


def _request_next_check(doc: Document):
	row = pending_check(doc)
	if row is not None:
		row.asked_on = now_datetime().replace(microsecond=0)
		request_check(doc, row)


def request_check(doc: Document, row: Document):
	"""Tell a member that the minutes are waiting for their check."""
	messages.send("Minutes Check", doc, to=people.recipient(row.user, row.member_name), **check_facts(doc, row))


def check_facts(doc: Document, row: Document) -> dict:
	"""Return the facts {meeting_title, when, check_by} of the message to a checker."""
	days = cint(frappe.get_cached_value("Kyodo Programme", doc.programme, "minutes_turn_days"))
	until = era_date(getdate(add_days(get_datetime(row.asked_on), days))) if days else ""
	return {"meeting_title": convening.title(doc), "when": convening.schedule_text(doc), "check_by": until}


def skip_overdue_checks(today: datetime.date | str | None = None) -> list[str]:
	"""Pass overdue checks on to the next member; runs daily. Returns the meetings it has handled."""
	names = frappe.get_all(MEETING, {"workflow_state": "Closed"}, pluck="name", order_by="meeting_date, name")
	return scheduling.for_each(MEETING, names, lambda name: skip_overdue_check(name, getdate(today)))


def check_before_confirming(meeting: Document):
	"""Check that the minutes may be confirmed.

	Raises MinutesNotChecked while a check is open or nobody was asked, unless the office has given a reason to waive it;
	PermissionError for a member who was absent.
	"""
	if OFFICER not in frappe.get_roles() and frappe.session.user not in dict(_participants(meeting)):
		frappe.throw(_("Minutes are confirmed by the office or by a member who was present."), frappe.PermissionError)
	if (meeting.check_waived or "").strip():
		return
	waived = _(meeting.meta.get_label("check_waived"))
	pending = [row.member_name for row in meeting.minutes_checks if not row.checked_on]
	if pending:
		frappe.throw(
			_("These members have not checked the minutes yet: {0}. Wait for them, or enter in “{1}” why you do not.").format(
				_(", ").join(pending), waived
			),
			MinutesNotChecked,
		)
	rule = frappe.get_cached_value("Kyodo Programme", meeting.programme, "minutes_checked_by")
	if meeting.minutes_checks or rule in (None, "", "Nobody") or not checkers(meeting):
		return
	frappe.throw(
		_("In this programme members check the minutes first. Press “Ask for Checks”, or enter in “{0}” why they need not.").format(waived),
		MinutesNotChecked,
	)


# -- publication -------------------------------------------------------------------


def publish(meeting: Document):
	"""Write the public text: closed items reduced to number and legal ground, names as the programme says.

	Raises ValidationError if the heading of a closed item is no longer in the text.
	"""
	headings = {item.name: minutes_draft.heading(item) for item in meeting.agenda}
	closed = {headings[item.name]: _closed_heading(item) for item in meeting.agenda if item.closed}
	with translate_rule_errors():
		text = text_of.redact(meeting.minutes, headings.values(), closed)
	for row in meeting.recusals:
		# the recusal is public, its reason is not
		interest = _("because of a conflict of interest", lang=RECORD_LANGUAGE)
		text = text.replace(f"（{row.reason}）", f"（{interest}）") if row.reason else text
	if frappe.get_cached_value("Kyodo Programme", meeting.programme, "minutes_names") == "Sides Only":
		text = text_of.replace_names(text, _pseudonyms(meeting))
	meeting.minutes_public = text


def public_parts(hidden: dict[str, set[int]]) -> dict[str, list[tuple[str | None, str]]]:
	"""{meeting: its published minutes by items: [(heading, text without the heading)]}, what comes before the first under None.

	hidden: {meeting: numbers of the items that are cut out}, as the record of an item can be published or withdrawn after its minutes are
	published. Where the headings have been edited away, all of it is under None. Empty if there is no such text, or an item cannot be cut
	out. Two queries.
	"""
	if not hidden:
		return {}
	texts = dict(frappe.get_all(MEETING, {"name": ["in", list(hidden)]}, ["name", "minutes_public"], as_list=True, order_by="name"))
	headings = _public_headings(list(hidden))
	return {meeting: _parts_of(texts.get(meeting), headings[meeting], numbers) for meeting, numbers in hidden.items()}


def _parts_of(text: str | None, headings: dict[int, str], hidden: set[int]) -> list[tuple[str | None, str]]:
	text = _without(text, headings, hidden)
	if not text:
		return []
	shown = [_hidden_heading(idx) if idx in hidden else found for idx, found in headings.items()]
	try:
		found = text_of.split_by_headings(text, shown)
	except RuleError:
		return [(None, text)]
	return [(heading, part if heading is None else part.partition("\n")[2]) for heading, part in found]


def _without(text: str | None, headings: dict[int, str], hidden: set[int]) -> str | None:
	"""Return published minutes without the items `hidden` (numbers); None if these cannot be cut out."""
	if not text or not hidden:
		return text or None
	try:
		return text_of.redact(text, headings.values(), {headings[idx]: _hidden_heading(idx) for idx in hidden})
	except RuleError:
		return None


def _public_headings(meetings: list[str]) -> dict[str, dict[int, str]]:
	"""{meeting: {number of an item: its heading in the published minutes}}"""
	rows = frappe.get_all(
		"Kyodo Agenda Item",
		{"parenttype": MEETING, "parent": ["in", meetings]},
		["parent", "idx", "subject", "closed", "legal_ground"],
		order_by="parent, idx",
	)
	found: dict[str, dict[int, str]] = {meeting: {} for meeting in meetings}
	for row in rows:
		found[row.parent][row.idx] = _closed_heading(row) if row.closed else minutes_draft.heading(row)
	return found


def _hidden_heading(number: int) -> str:
	return _("Item {0}: (not published)", lang=RECORD_LANGUAGE).format(number)


def _closed_heading(item: Document) -> str:
	return _("Item {0}: not public ({1})", lang=RECORD_LANGUAGE).format(item.idx, item.legal_ground or "－")


def _pseudonyms(meeting: Document) -> dict[str, str]:
	words, count = {}, defaultdict(int)
	for row in meeting.attendance:
		side = minutes_draft.SIDES[row.side]
		count[side] += 1
		words[row.member_name] = _("Member ({0}) {1}", lang=RECORD_LANGUAGE).format(side, _letter_label(count[side]))
		if row.substitute_name:
			words[row.substitute_name] = _("Attending substitute", lang=RECORD_LANGUAGE)
	for guest in meeting.guests:
		of = guest.section
		if guest.organisation:
			of = frappe.get_cached_value("Kyodo Organisation", guest.organisation, "organisation_name")
		words.setdefault(
			guest.guest_name, _("Person concerned", lang=RECORD_LANGUAGE) if of else _("Person with expert knowledge", lang=RECORD_LANGUAGE)
		)
	return words


def _letter_label(number: int) -> str:
	"""Return A, B, … Z, AA, …"""
	letters = ""
	while number:
		number, rest = divmod(number - 1, 26)
		letters = chr(65 + rest) + letters
	return letters
