"""Introducing the two sides of a need (domain.md §3: 国立市, コーディネート); whom it fits is in support/matching.py.

Nobody's private contact goes to the other side before both have said yes; what is given then is what each side names.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.partnership import parties as project_parties
from kyodo_frappe.rules import matching as rules
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.matching import (
	IN_TALKS,
	LIVE,
	MATCH,
	NEED,
	OPEN,
	ORGANISATION,
	PERSON,
	is_of,
	name_parties,
	party_of,
	standing,
	tell_party,
	unreached,
)
from kyodo_frappe.workflows.guard import by_service

INTRODUCED, TALKING, TOGETHER, NOT_AGREED = "Introduced", "Talking", "Came Together", "Not Agreed"
NEED_SIDE, OTHER_SIDE = "need", "other"
PAGE = "/kyodo/my/support#matches"


@frappe.whitelist(methods=["POST"])
def introduce(need: str, kind: str, target: str) -> str:
	"""Introduce a need to another one, an organisation or a person (`kind`: Need, Organisation, Person); both sides are
	told and asked whether they would like to talk. Returns the match. For the centre and the office.

	Raises PermissionError, ValidationError (no longer open, introduced already, one's own).
	"""
	centre.require_centre()
	places = {"Need": "other_need", "Organisation": "organisation", "Person": "person"}
	if kind not in places:
		frappe.throw(_("Please choose one of the answers."))
	match = frappe.get_doc({"doctype": MATCH, "need": need, "kind": kind, places[kind]: target})
	return match.insert().name


def prepare_match(match: Document):
	"""Whom a match brings together, when it is made. Raises ValidationError."""
	if not match.is_new():
		return
	need = project_parties.get_permitted(NEED, match.need, lock=True)
	if need.state not in LIVE:
		frappe.throw(_("“{0}” is no longer open.").format(need.title))
	match.person = match.person if match.kind == "Person" else None
	match.other_need = match.other_need if match.kind == "Need" else None
	if match.kind != "Organisation":
		match.organisation = _other_organisation(match, need)
	target = match.other_need or match.person or match.organisation
	if not target:
		frappe.throw(_("Please say whom to introduce."))
	if match.organisation and match.organisation == need.organisation:
		frappe.throw(_("Both are of the same organisation."))
	fieldname = {"Need": "other_need", "Organisation": "organisation", "Person": "person"}[match.kind]
	if frappe.db.exists(MATCH, {"need": need.name, "kind": match.kind, fieldname: target}):
		frappe.throw(_("These two were introduced already."))
	match.introduced_on, match.introduced_by = nowdate(), frappe.session.user


def _other_organisation(match: Document, need: Document) -> str | None:
	if match.kind != "Need" or not match.other_need:
		return None
	other = project_parties.get_permitted(NEED, match.other_need)
	if other.state not in LIVE:
		frappe.throw(_("“{0}” is no longer open.").format(other.title))
	if rules.OPPOSITE[need.kind] != other.kind:
		frappe.throw(_("What is sought goes with what is offered: please choose one of the other kind."))
	return other.organisation


def tell_introduced(match: Document):
	"""Both sides learn of each other, without contacts, and are asked for their word."""
	_settle(match)
	need = frappe.get_doc(NEED, match.need)
	around = _around([match])
	for side, parts in _sides(match, need).items():
		tell_party("Introduction Made", match, parts, PAGE, other=_about(match, side, *around))
	if sentence := phone_sentence(match):
		frappe.msgprint(sentence, title=_("Please phone"), indicator="orange")


def phone_sentence(match: Document) -> str:
	"""Whom no mail has told of an introduction, in one sentence; "" for nobody."""
	parties = _sides(match, frappe.get_doc(NEED, match.need)).values()
	names = [name for party in parties if (name := unreached(party))]
	return _("No mail reaches {0}: no address is recorded. Please phone.").format("、".join(names)) if names else ""


def _around(matches: list) -> tuple[dict[str, dict], dict[str, str]]:
	"""({need: what is told of it}, {person or organisation: its name}) of matches, in a few queries."""
	names = sorted({name for match in matches for name in (match.need, match.other_need) if name})
	needs = frappe.get_all(
		NEED,
		{"name": ["in", names]},
		["name", "title", "kind", "party", "organisation", "section", "description", "contact_name", "contact"],
		order_by="name",
	)
	name_parties(needs)
	people = sorted({match.person for match in matches if match.person})
	titles = {
		row.name: "　".join(filter(None, [row.belongs_to, row.person_name]))
		for row in frappe.get_all(PERSON, {"name": ["in", people or [""]]}, ["name", "person_name", "belongs_to"], order_by="name")
	}
	groups = sorted({match.organisation for match in matches if match.organisation})
	titles |= dict(
		frappe.get_all(ORGANISATION, {"name": ["in", groups or [""]]}, ["name", "organisation_name"], as_list=True, order_by="name")
	)
	return {row.name: row for row in needs}, titles


def _about(match: dict, seen_by: str, needs: dict[str, dict], titles: dict[str, str]) -> str:
	"""What a side is told of the other one; nothing of it is a contact."""
	if seen_by == OTHER_SIDE:
		return _need_text(needs[match.need])
	if match.other_need:
		return _need_text(needs[match.other_need])
	text = (
		_("Person that we introduce: {0} (about “{1}”)", lang=RECORD_LANGUAGE)
		if match.person
		else _("Organisation that we introduce: {0} (about “{1}”)", lang=RECORD_LANGUAGE)
	)
	return text.format(titles.get(match.person or match.organisation, ""), needs[match.need].title)


def _need_text(need: dict) -> str:
	whose = need.whose if need.party != "Private Person" else _("a private person", lang=RECORD_LANGUAGE)
	text = _("Wanted: {0} ({1})", lang=RECORD_LANGUAGE) if need.kind == rules.LOOKING_FOR else _("Offered: {0} ({1})", lang=RECORD_LANGUAGE)
	return f"{text.format(need.title, whose)}\n{need.description}"


def of_user(states: tuple[str, ...] | None = None, most: int = 50) -> list[dict]:
	"""Introductions as the sides see them for which the current user writes: {name, side, title, about, state, answer,
	contact, own_contact, outcome, introduced_on}; `contact` is the other side's, and there only once both have said yes,
	`own_contact` what one's own entry names. The number of queries does not grow with them."""
	filters = {"state": ["in", states]} if states else {}
	names = frappe.get_list(MATCH, filters, pluck="name", order_by="introduced_on desc, name desc", limit=most)
	if not names:
		return []
	# matches that are open to this login, with the contacts, which are handed on below
	rows = frappe.get_all(
		MATCH,
		{"name": ["in", names]},
		[
			*("name", "need", "other_need", "person", "organisation", "state", "introduced_on", "outcome"),
			*("need_answer", "need_contact", "other_answer", "other_contact"),
		],
		order_by="introduced_on desc, name desc",
	)
	needs, titles = _around(rows)
	mine = standing()
	return [_as_side(row, side, needs, titles) for row in rows for side in _sides_of(row, needs, mine)]


def _as_side(row: dict, side: str, needs: dict[str, dict], titles: dict[str, str]) -> dict:
	other = OTHER_SIDE if side == NEED_SIDE else NEED_SIDE
	own = needs.get(row.need if side == NEED_SIDE else row.other_need)
	return frappe._dict(
		name=row.name,
		side=side,
		title=needs[row.need].title,
		about=_about(row, side, needs, titles),
		state=row.state,
		introduced_on=row.introduced_on,
		answer=row.get(f"{side}_answer"),
		contact=row.get(f"{other}_contact") if row.state in (TALKING, TOGETHER) else None,
		own_contact=_contact_in(own) if own else "",
		outcome=row.outcome,
	)


@frappe.whitelist(methods=["POST"])
def answer_introduction(match: str, side: str, answer: str, contact: str = ""):
	"""A side says whether it would like to talk, and where it can be reached; where both do, each learns the contact of
	the other. `side`: need or other; `answer`: Yes or No. For those of the side, the centre and the office, who have
	asked. Raises PermissionError, ValidationError.
	"""
	doc = project_parties.get_permitted(MATCH, match, lock=True)
	need = frappe.get_doc(NEED, doc.need)
	_check_answer(doc, side, answer)
	contact = contact.strip() or _known_contact(doc, need, side)
	if answer == "Yes" and not contact:
		frappe.throw(_("Please say where you can be reached: the other side learns it once both would like to talk."))
	doc.set(f"{side}_answer", answer)
	doc.set(f"{side}_contact", contact[:140] if answer == "Yes" else None)
	if answer == "No":
		doc.state = NOT_AGREED
	elif doc.need_answer == doc.other_answer == "Yes":
		doc.state = TALKING
	_save_match(doc, need)


def _check_answer(doc: Document, side: str, answer: str):
	if side not in (NEED_SIDE, OTHER_SIDE) or answer not in ("Yes", "No"):
		frappe.throw(_("Please choose one of the answers."))
	if side not in own_sides(doc) and not centre.works_there():
		raise frappe.PermissionError
	if doc.state != INTRODUCED:
		frappe.throw(_("This introduction was answered already."))


def own_sides(match: Document) -> list[str]:
	"""The sides of a match for which the current user writes."""
	return _sides_of(match, _around([match])[0], standing())


def _sides_of(match: dict, needs: dict[str, dict], mine: tuple[list[str], list[str]]) -> list[str]:
	other = is_of(needs[match.other_need], *mine) if match.other_need else match.organisation in mine[0]
	return [side for side, own in ((NEED_SIDE, is_of(needs[match.need], *mine)), (OTHER_SIDE, other)) if own]


def _known_contact(match: Document, need: Document, side: str) -> str:
	"""What a side has given to the centre to be passed on."""
	if side == OTHER_SIDE and match.person:
		row = frappe.db.get_value(PERSON, match.person, ["email", "phone"], as_dict=True)
		return row.email or row.phone or ""
	named = need if side == NEED_SIDE else match.other_need and frappe.get_doc(NEED, match.other_need)
	if named and named.party == "City":
		row = frappe.db.get_value("Kyodo Section", named.section, ["section_name", "phone", "email"], as_dict=True)
		return "　".join(filter(None, [row.section_name, row.phone, row.email])) if row.phone or row.email else ""
	return _contact_in(named) if named else ""


def _contact_in(need: dict) -> str:
	return "　".join(filter(None, [need.contact_name, need.contact])) if need.contact else ""


@frappe.whitelist(methods=["GET"])
def sides_to_answer(match: str) -> list[str]:
	"""The sides of an introduction whose answer is waited for and may be given by the current user: one's own; for the
	centre and the office, who note what they are told, both. Raises PermissionError."""
	doc = project_parties.get_permitted(MATCH, match)
	mine = {NEED_SIDE, OTHER_SIDE} if centre.works_there() else own_sides(doc)
	waits = doc.state == INTRODUCED
	return [side for side in (NEED_SIDE, OTHER_SIDE) if waits and side in mine and not doc.get(f"{side}_answer")]


@frappe.whitelist(methods=["POST"])
def conclude(match: str, came_together: int, outcome: str = ""):
	"""What came of an introduction. For the centre and the office. Raises PermissionError, ValidationError."""
	centre.require_centre()
	doc = project_parties.get_permitted(MATCH, match, "write", lock=True)
	if doc.state in (TOGETHER, NOT_AGREED):
		frappe.throw(_("This introduction is over already."))
	if cint(came_together) and doc.state != TALKING:
		frappe.throw(_("Both sides have to say yes before they come together."))
	doc.state = TOGETHER if cint(came_together) else NOT_AGREED
	doc.outcome = outcome.strip() or None
	_save_match(doc, frappe.get_doc(NEED, doc.need))


def _save_match(match: Document, need: Document):
	before = match.get_doc_before_save() or frappe.get_doc(MATCH, match.name)
	with by_service(match):
		match.save(ignore_permissions=True)  # which side may say what has been checked; the record is the centre's
	_settle(match)
	if before.state == match.state:
		return
	around = _around([match])
	if match.state == TALKING:
		for side, parts in _sides(match, need).items():
			other = match.other_contact if side == NEED_SIDE else match.need_contact
			tell_party("Introduction Agreed", match, parts, PAGE, other=_about(match, side, *around), other_contact=other)
	elif match.state == NOT_AGREED and before.state == INTRODUCED:
		for side, parts in _sides(match, need).items():
			tell_party("Introduction Not Agreed", match, parts, PAGE, other=_about(match, side, *around))
	if match.state in (TALKING, NOT_AGREED):
		messages.send("Introduction Result", match, agreed=match.state == TALKING, link=f"/kyodo/my/centre/needs/{need.name}")


def _settle(match: Document):
	"""The needs of a match are in talks while an introduction of theirs is."""
	for name in filter(None, (match.need, match.other_need)):
		need = frappe.get_doc(NEED, name)
		live = {"state": ["in", (INTRODUCED, TALKING)]}
		talks = frappe.db.exists(MATCH, {"need": name, **live}) or frappe.db.exists(MATCH, {"other_need": name, **live})
		wanted = IN_TALKS if talks else OPEN
		if need.state in LIVE and need.state != wanted:
			need.state = wanted
			with by_service(need):
				need.save(ignore_permissions=True)  # follows from the introductions, which have been checked


# -- whom to tell --------------------------------------------------------------------------------------


def _sides(match: Document, need: Document) -> dict[str, dict]:
	if match.other_need:
		other = party_of(frappe.get_doc(NEED, match.other_need))
	elif match.person:
		row = frappe.db.get_value(PERSON, match.person, ["person_name", "email"], as_dict=True)
		other = {"email": row.email, "name": row.person_name}
	else:
		other = {"organisation": match.organisation}
	return {NEED_SIDE: party_of(need), OTHER_SIDE: other}
