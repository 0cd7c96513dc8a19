"""Introductions between the two sides of a need (domain.md §3: 国立市, コーディネート); candidates: support/matching.py.

No contact is passed on before both sides have agreed; then each side learns the contact that the other has given.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe import messages
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import among
from kyodo_frappe.partnership import parties as project_parties
from kyodo_frappe.rules import matching as rules
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.errors import IntroductionError
from kyodo_frappe.support.matching import (
	IN_TALKS,
	LIVE,
	MATCH,
	NEED,
	OPEN,
	ORGANISATION,
	PERSON,
	add_party_names,
	belongs_to,
	name_if_unreachable,
	notify_party,
	party_of,
	represented_parties,
)
from kyodo_frappe.workflows.guard import by_service

INTRODUCED, TALKING, TOGETHER, NOT_AGREED = "Introduced", "Talking", "Came Together", "Not Agreed"
NEED_SIDE, OTHER_SIDE = "need", "other"
TARGET_FIELDS = {"Need": "other_need", "Organisation": "organisation", "Person": "person"}
PAGE = "/kyodo/my/support#matches"


@frappe.whitelist(methods=["POST"])
def introduce(need: str, kind: str, target: str) -> str:
	"""Introduce a need to a candidate, tell both sides, and return the name of the Kyodo Match.

	`kind`: Need, Organisation or Person; `target`: its name. For the centre and the office. Raises PermissionError, and
	IntroductionError (no longer open, introduced already, of the same organisation).
	"""
	centre.require_centre()
	if kind not in TARGET_FIELDS:
		frappe.throw(_("Please choose one of the answers."), exc=IntroductionError)
	match = frappe.get_doc({"doctype": MATCH, "need": need, "kind": kind, TARGET_FIELDS[kind]: target})
	return match.insert().name


def notify_introduced(match: Document):
	"""Notify both sides about each other, without contacts, with the question whether they would like to talk."""
	_update_needs(match)
	need = frappe.get_doc(NEED, match.need)
	around = _related_records([match])
	for side, parts in _parties_by_side(match, need).items():
		notify_party("Introduction Made", match, parts, PAGE, other=_describe_other_side(match, side, *around))
	if sentence := phone_message(match):
		frappe.msgprint(sentence, title=_("Please phone"), indicator="orange")


def phone_message(match: Document) -> str:
	"""Return a sentence that names the sides to be phoned because no mail reaches them, "" if there are none."""
	parties = _parties_by_side(match, frappe.get_doc(NEED, match.need)).values()
	names = [name for party in parties if (name := name_if_unreachable(party))]
	return _("{0} cannot be reached by mail: no address is recorded. Please phone.").format("、".join(names)) if names else ""


def _related_records(matches: list) -> tuple[dict[str, dict], dict[str, str]]:
	"""Return ({need: its row}, {person or organisation: its name}) of all matches, in a few queries."""
	names = sorted({name for match in matches for name in (match.need, match.other_need) if name})
	needs = frappe.get_all(
		NEED,
		{"name": ["in", names]},
		["name", "title", "kind", "party", "organisation", "section", "description", "contact_name", "contact"],
		order_by="name",
	)
	add_party_names(needs)
	people = sorted({match.person for match in matches if match.person})
	titles = {
		row.name: "　".join(filter(None, [row.belongs_to, row.person_name]))
		for row in frappe.get_all(PERSON, {"name": among(people)}, ["name", "person_name", "belongs_to"], order_by="name")
	}
	groups = sorted({match.organisation for match in matches if match.organisation})
	titles |= dict(frappe.get_all(ORGANISATION, {"name": among(groups)}, ["name", "organisation_name"], as_list=True, order_by="name"))
	return {row.name: row for row in needs}, titles


def _describe_other_side(match: dict, seen_by: str, needs: dict[str, dict], titles: dict[str, str]) -> str:
	"""Return what a side learns about the other one, without any contact."""
	if seen_by == OTHER_SIDE:
		return _describe_need(needs[match.need])
	if match.other_need:
		return _describe_need(needs[match.other_need])
	text = (
		_("Person that we introduce: {0} (about “{1}”)", lang=RECORD_LANGUAGE)
		if match.person
		else _("Organisation that we introduce: {0} (about “{1}”)", lang=RECORD_LANGUAGE)
	)
	return text.format(titles.get(match.person or match.organisation, ""), needs[match.need].title)


def _describe_need(need: dict) -> str:
	whose = need.whose if need.party != "Private Person" else _("a private person", lang=RECORD_LANGUAGE)
	text = _("Wanted: {0} ({1})", lang=RECORD_LANGUAGE) if need.kind == rules.LOOKING_FOR else _("Offered: {0} ({1})", lang=RECORD_LANGUAGE)
	return f"{text.format(need.title, whose)}\n{need.description}"


def list_for_user(states: tuple[str, ...] | None = None, most: int = 50) -> list[dict]:
	"""Return introductions as the sides see them that the current user represents, in a bounded number of queries.

	{name, side, title, about, state, answer, contact, own_contact, outcome, introduced_on}: `contact` is the other side's
	and set only once both have agreed; `own_contact` is the one recorded in the side's own need.
	"""
	filters = {"state": ["in", states]} if states else {}
	names = frappe.get_list(MATCH, filters, pluck="name", order_by="introduced_on desc, name desc", limit=most)
	if not names:
		return []
	# the user may read these matches; `_row_for_side` decides about the contacts
	rows = frappe.get_all(
		MATCH,
		{"name": ["in", names]},
		[
			*("name", "need", "other_need", "person", "organisation", "state", "introduced_on", "outcome"),
			*("need_answer", "need_contact", "other_answer", "other_contact"),
		],
		order_by="introduced_on desc, name desc",
	)
	needs, titles = _related_records(rows)
	mine = represented_parties()
	return [_row_for_side(row, side, needs, titles) for row in rows for side in _represented_sides(row, needs, mine)]


def _row_for_side(row: dict, side: str, needs: dict[str, dict], titles: dict[str, str]) -> dict:
	other = OTHER_SIDE if side == NEED_SIDE else NEED_SIDE
	own = needs.get(row.need if side == NEED_SIDE else row.other_need)
	return frappe._dict(
		name=row.name,
		side=side,
		title=needs[row.need].title,
		about=_describe_other_side(row, side, needs, titles),
		state=row.state,
		introduced_on=row.introduced_on,
		answer=row.get(f"{side}_answer"),
		contact=row.get(f"{other}_contact") if row.state in (TALKING, TOGETHER) else None,
		own_contact=_contact_line(own) if own else "",
		outcome=row.outcome,
	)


@frappe.whitelist(methods=["POST"])
def answer_introduction(match: str, side: str, answer: str, contact: str = ""):
	"""Record whether a side would like to talk, and its contact; once both would, each learns the other's contact.

	`side`: need or other; `answer`: Yes or No. For the side itself, and for the centre and the office on its behalf.
	Raises PermissionError, IntroductionError (answered already, no contact).
	"""
	doc = project_parties.get_permitted(MATCH, match, lock=True)
	need = frappe.get_doc(NEED, doc.need)
	_check_answer(doc, side, answer)
	contact = contact.strip() or _recorded_contact(doc, need, side)
	if answer == "Yes" and not contact:
		message = _("Please say where you can be reached: the other side sees it once both would like to talk.")
		frappe.throw(message, exc=IntroductionError)
	doc.set(f"{side}_answer", answer)
	doc.set(f"{side}_contact", contact[:140] if answer == "Yes" else None)
	if answer == "No":
		doc.state = NOT_AGREED
	elif doc.need_answer == doc.other_answer == "Yes":
		doc.state = TALKING
	_save_match(doc, need)


def _check_answer(doc: Document, side: str, answer: str):
	if side not in (NEED_SIDE, OTHER_SIDE) or answer not in ("Yes", "No"):
		frappe.throw(_("Please choose one of the answers."), exc=IntroductionError)
	if side not in own_sides(doc) and not centre.is_centre_staff():
		raise frappe.PermissionError
	if doc.state != INTRODUCED:
		frappe.throw(_("This introduction has been answered already."), exc=IntroductionError)


def own_sides(match: Document) -> list[str]:
	"""Return the sides of a match that the current user represents."""
	return _represented_sides(match, _related_records([match])[0], represented_parties())


def _represented_sides(match: dict, needs: dict[str, dict], mine: tuple[list[str], list[str]]) -> list[str]:
	other = belongs_to(needs[match.other_need], *mine) if match.other_need else match.organisation in mine[0]
	return [side for side, own in ((NEED_SIDE, belongs_to(needs[match.need], *mine)), (OTHER_SIDE, other)) if own]


def _recorded_contact(match: Document, need: Document, side: str) -> str:
	"""Return the contact of a side that the centre has on record and may pass on, or ""."""
	if side == OTHER_SIDE and match.person:
		row = frappe.db.get_value(PERSON, match.person, ["email", "phone"], as_dict=True)
		return row.email or row.phone or ""
	named = need if side == NEED_SIDE else match.other_need and frappe.get_doc(NEED, match.other_need)
	if named and named.party == "City":
		row = frappe.db.get_value("Kyodo Section", named.section, ["section_name", "phone", "email"], as_dict=True)
		return "　".join(filter(None, [row.section_name, row.phone, row.email])) if row.phone or row.email else ""
	return _contact_line(named) if named else ""


def _contact_line(need: dict) -> str:
	return "　".join(filter(None, [need.contact_name, need.contact])) if need.contact else ""


@frappe.whitelist(methods=["GET"])
def sides_to_answer(match: str) -> list[str]:
	"""Return the sides of an introduction without an answer for which the current user may answer.

	The centre and the office may answer for both sides. Raises PermissionError.
	"""
	doc = project_parties.get_permitted(MATCH, match)
	mine = {NEED_SIDE, OTHER_SIDE} if centre.is_centre_staff() else own_sides(doc)
	is_waiting = doc.state == INTRODUCED
	return [side for side in (NEED_SIDE, OTHER_SIDE) if is_waiting and side in mine and not doc.get(f"{side}_answer")]


@frappe.whitelist(methods=["POST"])
def conclude(match: str, came_together: int, outcome: str = ""):
	"""Record the outcome of an introduction, for the centre and the office.

	Raises PermissionError, IntroductionError (over already, or came together without both sides' agreement).
	"""
	centre.require_centre()
	doc = project_parties.get_permitted(MATCH, match, "write", lock=True)
	if doc.state in (TOGETHER, NOT_AGREED):
		frappe.throw(_("This introduction is over already."), exc=IntroductionError)
	if cint(came_together) and doc.state != TALKING:
		frappe.throw(_("Both sides have to agree before they come together."), exc=IntroductionError)
	doc.state = TOGETHER if cint(came_together) else NOT_AGREED
	doc.outcome = outcome.strip() or None
	_save_match(doc, frappe.get_doc(NEED, doc.need))


def _save_match(match: Document, need: Document):
	before = match.get_doc_before_save() or frappe.get_doc(MATCH, match.name)
	with by_service(match):
		match.save(ignore_permissions=True)  # the caller has checked the side; the record is the centre's
	_update_needs(match)
	if before.state == match.state:
		return
	around = _related_records([match])
	if match.state == TALKING:
		for side, parts in _parties_by_side(match, need).items():
			other = match.other_contact if side == NEED_SIDE else match.need_contact
			notify_party("Introduction Agreed", match, parts, PAGE, other=_describe_other_side(match, side, *around), other_contact=other)
	elif match.state == NOT_AGREED and before.state == INTRODUCED:
		for side, parts in _parties_by_side(match, need).items():
			notify_party("Introduction Not Agreed", match, parts, PAGE, other=_describe_other_side(match, side, *around))
	if match.state in (TALKING, NOT_AGREED):
		messages.send("Introduction Result", match, agreed=match.state == TALKING, link=f"/kyodo/my/centre/needs/{need.name}")


def _update_needs(match: Document):
	"""Set the needs of a match to IN_TALKS while they have an introduction that is not over, else to OPEN."""
	for name in filter(None, (match.need, match.other_need)):
		need = frappe.get_doc(NEED, name)
		live = {"state": ["in", (INTRODUCED, TALKING)]}
		talks = frappe.db.exists(MATCH, {"need": name, **live}) or frappe.db.exists(MATCH, {"other_need": name, **live})
		wanted = IN_TALKS if talks else OPEN
		if need.state in LIVE and need.state != wanted:
			need.state = wanted
			with by_service(need):
				need.save(ignore_permissions=True)  # follows from the match, for which permission has been checked


def _parties_by_side(match: Document, need: Document) -> dict[str, dict]:
	if match.other_need:
		other = party_of(frappe.get_doc(NEED, match.other_need))
	elif match.person:
		row = frappe.db.get_value(PERSON, match.person, ["person_name", "email"], as_dict=True)
		other = {"email": row.email, "name": row.person_name}
	else:
		other = {"organisation": match.organisation}
	return {NEED_SIDE: party_of(need), OTHER_SIDE: other}
