"""Needs and offers, whom they fit, and introducing the two sides (domain.md §3: 国立市, コーディネート; rules/matching.py).

Nobody's private contact goes to the other side before both have said yes; what is given then is what each side names.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, cint, get_url_to_form, getdate, nowdate, validate_email_address

from kyodo_frappe.permissions.people import WRITERS, organisations_of, sections_of
from kyodo_frappe.permissions.roles import OFFICER, SECTION, SUPPORT
from kyodo_frappe.rules import matching as rules
from kyodo_frappe.services import centre, organisations, publication, sides
from kyodo_frappe.workflows.guard import by_service, changed_fields

NEED, MATCH, PERSON, ORGANISATION = "Kyodo Need", "Kyodo Match", "Kyodo Resource Person", "Kyodo Organisation"
OPEN, IN_TALKS, MET, EXPIRED, WITHDRAWN = "Open", "In Talks", "Met", "Expired", "Withdrawn"
LIVE = (OPEN, IN_TALKS)
INTRODUCED, TALKING, TOGETHER, NOT_AGREED = "Introduced", "Talking", "Came Together", "Not Agreed"
NEED_SIDE, OTHER_SIDE = "need", "other"
MONTHS_OPEN = 6
MOST = 1000  # records of a kind that are looked through
MOST_OWN = 30  # needs of one organisation at a time
SAID_PUBLICLY = {"title", "kind", "what", "description", "activity_fields", "places", "skills"}


# -- needs ------------------------------------------------------------------------------------


def prepare(need: Document):
	"""Whose a need is and how long it is open. Raises PermissionError, ValidationError."""
	before = need.get_doc_before_save()
	_check_party(need)
	if not need.open_until and need.state in LIVE:
		need.open_until = add_months(nowdate(), MONTHS_OPEN)
	if before and need.state not in LIVE and not need.flags.kyodo_service and changed_fields(need, before):
		frappe.throw(_("This need or offer is no longer open. Please open it again before you change it."))
	over = need.open_until and getdate(need.open_until) < getdate(nowdate())
	if over and need.state in LIVE and (not before or str(before.open_until) != str(need.open_until)):
		frappe.throw(_("The last day is over already. Please choose one that is still to come."))
	if need.published:
		need.wants_publishing = 0


def _check_party(need: Document):
	roles = set(frappe.get_roles())
	if need.party != "City" and SECTION in roles and not need.flags.kyodo_service and not roles & {OFFICER, SUPPORT}:
		frappe.throw(_("A section records needs and offers of its own only."), frappe.PermissionError)
	if need.party != "Organisation":
		need.organisation = None
	elif not need.organisation:
		frappe.throw(_("Please say which organisation it is."))
	if need.party != "City":
		need.section = None
	elif not need.section:
		frappe.throw(_("Please say which section it is."))
	if need.party == "Private Person":
		if not (need.contact_name and need.contact):
			frappe.throw(_("Please note name and contact of the person; they are not shown to anybody else."))
		if need.has_value_changed("contact"):
			need.contact = need.contact.strip()


def save_own(need: Document):
	"""An organisation saves a need of its own; the centre looks at it before the public sees it, after a change again.

	`need`: filled by the form, not trusted. Raises PermissionError for who does not write for the organisation.
	"""
	_check_own(need)
	before = None if need.is_new() else frappe.get_doc(NEED, need.name)
	if before and before.state not in LIVE:
		frappe.throw(_("This need or offer is no longer open. Please open it again before you change it."))
	own = {"organisation": need.organisation, "state": ["in", LIVE]}
	if need.is_new() and frappe.db.count(NEED, own) >= MOST_OWN:
		frappe.throw(_("Your organisation has many open needs and offers already. Please close some first."))
	need.party, need.published = "Organisation", before.published if before else 0
	need.programme = before.programme if before else centre.programme_of(need.organisation)
	changed = not before or SAID_PUBLICLY & set(changed_fields(need, before))
	if changed and need.published:
		need.published, need.wants_publishing = 0, 1
	need.save(ignore_permissions=True)  # whoever writes for the organisation writes its needs; checked above
	if changed:
		text = f"「{need.title}」が登録されました。" if not before else f"「{need.title}」の内容が変わりました。"
		ask = ["公開の希望があります。内容を確かめて、公開してください。"] if need.wants_publishing else []
		centre.tell_centre("求む・提供の登録", [text, *ask], f"/kyodo/my/centre/needs/{need.name}", need)


def _check_own(need: Document):
	if not need.organisation or need.organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Only those who write for an organisation record its needs and offers."), frappe.PermissionError)


@frappe.whitelist(methods=["POST"])
def close_need(need: str, result: str, outcome: str = ""):
	"""A need is met, or taken back. For those whose it is, the centre and the office.

	`result`: Met or Withdrawn; `outcome`: what came of it. Raises PermissionError, ValidationError.
	"""
	if result not in (MET, WITHDRAWN):
		frappe.throw(_("Please choose one of the answers."))
	doc = _own_need(need)
	if doc.state not in LIVE:
		frappe.throw(_("This need or offer is closed already."))
	doc.outcome = outcome.strip() or None
	_enter(doc, result)


@frappe.whitelist(methods=["POST"])
def reopen_need(need: str, open_until: str = ""):
	"""Open a need again, until a day (half a year, where none is named). As `close_need`."""
	doc = _own_need(need)
	if doc.state in LIVE:
		frappe.throw(_("This need or offer is open."))
	doc.open_until = getdate(open_until) if open_until else add_months(nowdate(), MONTHS_OPEN)
	_enter(doc, OPEN)


def _own_need(need: str) -> Document:
	doc = sides.opened(NEED, need, lock=True)
	if not centre.works_there() and not stands_for(doc):
		raise frappe.PermissionError
	return doc


def stands_for(need: Document) -> bool:
	"""Whether the current user writes for the organisation or works at the section whose need it is."""
	return _is_of(need, *_standing())


def _enter(need: Document, state: str):
	need.state = state
	if state not in LIVE:
		need.published = 0
	with by_service(need):
		need.save(ignore_permissions=True)  # who asks has been checked; the state is read-only for everybody


def expire_needs(today: str | None = None) -> list[str]:
	"""Daily: needs whose last day is over close themselves, unless two sides are talking; returns them."""
	over = frappe.get_all(
		NEED, {"state": OPEN, "open_until": ["<", today or nowdate()]}, pluck="name", order_by="name"
	)
	for name in over:
		need = frappe.get_doc(NEED, name)
		_enter(need, EXPIRED)
		_tell_side(
			_side_of_need(need), need, "掲載期限が過ぎました",
			[f"「{need.title}」の掲載期限が過ぎたため、公開を終えました。続けるときは、ページで受付を再開してください。"],
			"/kyodo/my/support#needs",
		)  # fmt: skip
	return over


# -- whom it fits ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def candidates(need: str) -> dict[str, list[dict]]:
	"""Whom a need fits, the best first: {needs, organisations, people: [{name, title, note, score, reasons, introduced}]}.

	For the centre and the office. Organisations are those that show their profile to the public, people those that are
	available. The number of queries does not depend on how many there are. Raises PermissionError.
	"""
	centre.require_centre()
	doc = sides.opened(NEED, need)
	wanted = _side(doc, list_of(doc.activity_fields, "activity_field"), list_of(doc.skills, "skill"))
	labels = dict(publication.activity_fields())
	known = frappe.get_all(MATCH, {"need": need}, ["other_need", "organisation", "person", "kind"], order_by="name")
	introduced = {(row.kind, row.other_need if row.kind == "Need" else row.person or row.organisation) for row in known}
	found = {"Need": _needs(doc, wanted), "Organisation": _organisations(doc, wanted), "Person": _people(doc, wanted)}
	return {
		place: [
			{
				**row, "name": name, "kind": kind, "score": how.score, "introduced": (kind, name) in introduced,
				"reasons": [said(reason, labels) for reason in how.reasons],
			}
			for name, how, row in found[kind]
		]
		for place, kind in (("needs", "Need"), ("organisations", "Organisation"), ("people", "Person"))
	}  # fmt: skip


def said(reason: rules.Reason, labels: dict[str, str]) -> str:
	"""A reason in words."""
	text = _(rules.SENTENCES[reason.code])
	if reason.code == rules.FIELDS:
		return text.format(len(reason.values), "、".join(labels.get(code, code) for code in reason.values))
	if reason.code == rules.SAME_KIND:
		return text.format("、".join(_(value) for value in reason.values))
	return text.format("、".join(reason.values))


def list_of(rows: list, fieldname: str) -> list[str]:
	return [row.get(fieldname) for row in rows or []]


def lines_of(text: str | None) -> tuple[str, ...]:
	return tuple(line.strip() for line in (text or "").replace("、", "\n").splitlines() if line.strip())


def _side(row: dict, fields: list[str], skills: list[str], text: str = "", themes: str = "") -> rules.Side:
	return rules.Side(
		fields=frozenset(fields),
		places=lines_of(row.get("places")),
		skills=tuple(skills),
		themes=lines_of(themes),
		what=row.get("what") or "",
		kind=row.get("kind") or "",
		text=text or f"{row.get('title') or ''}\n{row.get('description') or ''}",
	)


def _rows_of(child: str, fieldname: str, parenttype: str, names: list[str]) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	filters = {"parenttype": parenttype, "parent": ["in", names or [""]]}
	for row in frappe.get_all(child, filters, ["parent", fieldname], order_by="parent, idx"):
		found.setdefault(row.parent, []).append(row[fieldname])
	return found


def _ranked(doctype: str, wanted: rules.Side, rows: list[dict], side_of) -> list[tuple]:
	names = [row.name for row in rows]
	fields = _rows_of("Kyodo Organisation Activity", "activity_field", doctype, names)
	skills = _rows_of("Kyodo Skill", "skill", doctype, names) if doctype != ORGANISATION else {}
	pairs = [(row.name, side_of(row, fields.get(row.name, []), skills.get(row.name, []))) for row in rows]
	by_name = {row.name: row for row in rows}
	return [(name, how, by_name[name]) for name, how in rules.ranked(wanted, pairs)]


def _needs(need: Document, wanted: rules.Side) -> list[tuple]:
	rows = frappe.get_list(
		NEED,
		{"state": ["in", LIVE], "kind": rules.OPPOSITE[need.kind], "name": ["!=", need.name]},
		["name", "title", "kind", "what", "party", "organisation", "section", "places", "description"],
		order_by="modified desc",
		limit=MOST,
	)
	rows = [row for row in rows if not need.organisation or row.organisation != need.organisation]
	_name_parties(rows)
	return [
		(name, how, {"title": row.title, "note": row.whose})
		for name, how, row in _ranked(NEED, wanted, rows, lambda row, fields, skills: _side(row, fields, skills))
	]


def _organisations(need: Document, wanted: rules.Side) -> list[tuple]:
	rows = frappe.get_list(
		ORGANISATION,
		{
			"workflow_state": ["in", organisations.COUNTING],
			"registered_on": ["is", "set"],
			"valid_until": [">=", nowdate()],
			"publish_profile": 1,
			"name": ["!=", need.organisation or ""],
		},
		["name", "organisation_name", "organisation_type", "address", "publish_address", "purpose"],
		order_by="organisation_kana asc, name asc",
		limit=MOST,
	)

	def side_of(row, fields, _skills):
		# an organisation names no areas: its address counts, where it shows it
		places = [place for place in wanted.places if row.publish_address and rules.mentions(row.address or "", place)]
		return _side({"places": "\n".join(places)}, fields, [], text=row.purpose or " ")

	return [
		(name, how, {"title": row.organisation_name, "note": _(row.organisation_type)})
		for name, how, row in _ranked(ORGANISATION, wanted, rows, side_of)
	]


def _people(need: Document, wanted: rules.Side) -> list[tuple]:
	if need.kind != rules.LOOKING_FOR:
		return []
	rows = frappe.get_list(
		PERSON,
		{"active": 1},
		["name", "person_name", "can_be", "belongs_to", "themes", "places", "experience"],
		order_by="person_kana asc, name asc",
		limit=MOST,
	)

	def side_of(row, fields, skills):
		return _side(row, fields, skills, text=row.experience or " ", themes=row.themes)

	return [
		(name, how, {"title": row.person_name, "note": "　".join(filter(None, [_(row.can_be), row.belongs_to]))})
		for name, how, row in _ranked(PERSON, wanted, rows, side_of)
	]


def _name_parties(rows: list[dict]):
	"""Adds `whose` to needs: the name of the organisation or section, never of a person."""
	places = ((ORGANISATION, "organisation", "organisation_name"), ("Kyodo Section", "section", "section_name"))
	for doctype, fieldname, title in places:
		names = sorted({row.get(fieldname) for row in rows if row.get(fieldname)})
		known = {}
		if names:
			known = dict(frappe.get_all(doctype, {"name": ["in", names]}, ["name", title], as_list=True, order_by="name"))
		for row in rows:
			if row.get(fieldname):
				row["whose"] = known.get(row.get(fieldname), "")
	for row in rows:
		row.setdefault("whose", _("Private Person"))


# -- introducing ------------------------------------------------------------------------------------


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
	need = sides.opened(NEED, match.need, lock=True)
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
	other = sides.opened(NEED, match.other_need)
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
	lines = ["支援センターから、次のとおりご紹介します。お話を進めてよいか、ページでお答えください。連絡先は、双方が「話を進める」と答えるまで相手方に伝わりません。"]
	for side, parts in _sides(match, need).items():
		_tell_side(parts, match, "ご紹介", [*lines, _about(match, side, *around)], "/kyodo/my/support#matches")


def _around(matches: list) -> tuple[dict[str, dict], dict[str, str]]:
	"""({need: what is told of it}, {person or organisation: its name}) of matches, in a few queries."""
	names = sorted({name for match in matches for name in (match.need, match.other_need) if name})
	needs = frappe.get_all(
		NEED,
		{"name": ["in", names]},
		["name", "title", "kind", "party", "organisation", "section", "description"],
		order_by="name",
	)
	_name_parties(needs)
	people = sorted({match.person for match in matches if match.person})
	titles = {
		row.name: "　".join(filter(None, [row.belongs_to, row.person_name]))
		for row in frappe.get_all(
			PERSON, {"name": ["in", people or [""]]}, ["name", "person_name", "belongs_to"], order_by="name"
		)
	}
	groups = sorted({match.organisation for match in matches if match.organisation})
	titles |= dict(
		frappe.get_all(
			ORGANISATION, {"name": ["in", groups or [""]]}, ["name", "organisation_name"], as_list=True, order_by="name"
		)
	)
	return {row.name: row for row in needs}, titles


def _about(match: dict, seen_by: str, needs: dict[str, dict], titles: dict[str, str]) -> str:
	"""What a side is told of the other one; nothing of it is a contact."""
	if seen_by == OTHER_SIDE:
		return _need_text(needs[match.need])
	if match.other_need:
		return _need_text(needs[match.other_need])
	kind = "方" if match.person else "団体"
	return f"ご紹介する{kind}：{titles.get(match.person or match.organisation, '')}（「{needs[match.need].title}」について）"


def _need_text(need: dict) -> str:
	whose = need.whose if need.party != "Private Person" else "個人の方"
	kind = "求む" if need.kind == rules.LOOKING_FOR else "提供"
	return f"【{kind}】{need.title}（{whose}）\n{need.description}"


def introductions(states: tuple[str, ...] | None = None, most: int = 50) -> list[dict]:
	"""Introductions as the sides see them for which the current user writes: {name, side, title, about, state, answer,
	contact, outcome, introduced_on}; `contact` is the other side's, and there only once both have said yes. The number of
	queries does not grow with them."""
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
	mine = _standing()
	return [_as_side(row, side, needs, titles) for row in rows for side in _sides_of(row, needs, mine)]


def _as_side(row: dict, side: str, needs: dict[str, dict], titles: dict[str, str]) -> dict:
	other = OTHER_SIDE if side == NEED_SIDE else NEED_SIDE
	return frappe._dict(
		name=row.name,
		side=side,
		title=needs[row.need].title,
		about=_about(row, side, needs, titles),
		state=row.state,
		introduced_on=row.introduced_on,
		answer=row.get(f"{side}_answer"),
		contact=row.get(f"{other}_contact") if row.state in (TALKING, TOGETHER) else None,
		outcome=row.outcome,
	)


@frappe.whitelist(methods=["POST"])
def answer_introduction(match: str, side: str, answer: str, contact: str = ""):
	"""A side says whether it would like to talk, and where it can be reached; where both do, each learns the contact of
	the other. `side`: need or other; `answer`: Yes or No. For those of the side, the centre and the office, who have
	asked. Raises PermissionError, ValidationError.
	"""
	doc = sides.opened(MATCH, match, lock=True)
	need = frappe.get_doc(NEED, doc.need)
	if side not in (NEED_SIDE, OTHER_SIDE) or answer not in ("Yes", "No"):
		frappe.throw(_("Please choose one of the answers."))
	if side not in own_sides(doc) and not centre.works_there():
		raise frappe.PermissionError
	if doc.state != INTRODUCED:
		frappe.throw(_("This introduction was answered already."))
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


def own_sides(match: Document) -> list[str]:
	"""The sides of a match for which the current user writes."""
	return _sides_of(match, _around([match])[0], _standing())


def _sides_of(match: dict, needs: dict[str, dict], mine: tuple[list[str], list[str]]) -> list[str]:
	other = _is_of(needs[match.other_need], *mine) if match.other_need else match.organisation in mine[0]
	return [side for side, own in ((NEED_SIDE, _is_of(needs[match.need], *mine)), (OTHER_SIDE, other)) if own]


def _standing() -> tuple[list[str], list[str]]:
	"""The organisations for which the current user writes, and the sections at which they work."""
	return organisations_of(frappe.session.user, WRITERS), sections_of(frappe.session.user)


def _is_of(need: dict, own_organisations: list[str], own_sections: list[str]) -> bool:
	if need.party == "Organisation":
		return need.organisation in own_organisations
	return need.party == "City" and need.section in own_sections


def _known_contact(match: Document, need: Document, side: str) -> str:
	"""What a side has given to the centre to be passed on."""
	if side == OTHER_SIDE and match.person:
		row = frappe.db.get_value(PERSON, match.person, ["email", "phone"], as_dict=True)
		return row.email or row.phone or ""
	named = need if side == NEED_SIDE else match.other_need and frappe.get_doc(NEED, match.other_need)
	if named and named.party == "City":
		row = frappe.db.get_value("Kyodo Section", named.section, ["section_name", "phone", "email"], as_dict=True)
		return "　".join(filter(None, [row.section_name, row.phone, row.email])) if row.phone or row.email else ""
	return "　".join(filter(None, [named.contact_name, named.contact])) if named and named.contact else ""


@frappe.whitelist(methods=["GET"])
def sides_to_answer(match: str) -> list[str]:
	"""The sides of an introduction whose answer is waited for and may be given by the current user: one's own; for the
	centre and the office, who note what they are told, both. Raises PermissionError."""
	doc = sides.opened(MATCH, match)
	mine = {NEED_SIDE, OTHER_SIDE} if centre.works_there() else own_sides(doc)
	waits = doc.state == INTRODUCED
	return [side for side in (NEED_SIDE, OTHER_SIDE) if waits and side in mine and not doc.get(f"{side}_answer")]


@frappe.whitelist(methods=["POST"])
def conclude(match: str, came_together: int, outcome: str = ""):
	"""What came of an introduction. For the centre and the office. Raises PermissionError, ValidationError."""
	centre.require_centre()
	doc = sides.opened(MATCH, match, "write", lock=True)
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
			lines = ["双方から「話を進める」とのお答えをいただきました。相手方の連絡先をお知らせしますので、ご連絡ください。"]
			lines += [_about(match, side, *around), f"相手方の連絡先：{other}"]
			_tell_side(parts, match, "ご紹介した相手方の連絡先", lines, "/kyodo/my/support#matches")
	elif match.state == NOT_AGREED and before.state == INTRODUCED:
		for side, parts in _sides(match, need).items():
			lines = ["先のご紹介は、今回は見送りとなりました。", _about(match, side, *around)]
			_tell_side(parts, match, "ご紹介について", lines, "/kyodo/my/support#matches")
	if match.state in (TALKING, NOT_AGREED):
		text = "双方が話を進めます。" if match.state == TALKING else "今回は見送りとなりました。"
		centre.tell_centre("紹介の結果", [f"「{need.title}」の紹介：{text}"], f"/kyodo/my/centre/needs/{need.name}", match)


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
		other = _side_of_need(frappe.get_doc(NEED, match.other_need))
	elif match.person:
		row = frappe.db.get_value(PERSON, match.person, ["person_name", "email"], as_dict=True)
		other = {"email": row.email, "name": row.person_name}
	else:
		other = {"organisation": match.organisation}
	return {NEED_SIDE: _side_of_need(need), OTHER_SIDE: other}


def _side_of_need(need: Document) -> dict:
	if need.party == "Organisation":
		return {"organisation": need.organisation}
	if need.party == "City":
		return {"section": need.section}
	email = validate_email_address(need.contact or "")
	return {"email": email, "name": need.contact_name}


def _tell_side(side: dict, record: Document, subject: str, lines: list[str], path: str):
	"""Mail a side; whoever has no address is phoned by the centre. A section is led to the desk, and a person without a
	login nowhere."""
	if side.get("organisation"):
		centre.tell_organisation(side["organisation"], subject, lines, path, record)
	elif side.get("section"):
		form = get_url_to_form(record.doctype, record.name)
		for person in sides.officers_of(side["section"]):
			centre.tell_person(person.email, person.name, subject, lines, form, record)
	elif side.get("email"):
		closing = "お返事は、このメールの差出人又は支援センターまでお願いします。"
		centre.tell_person(side["email"], side["name"], subject, [*lines, closing], "", record)
