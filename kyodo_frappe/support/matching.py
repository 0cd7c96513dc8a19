"""Needs and offers, and whom they fit (domain.md §3: 国立市, コーディネート; rules/matching.py).

How two sides are introduced is in support/introductions.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, get_url_to_form, getdate, nowdate, validate_email_address

from kyodo_frappe import messages
from kyodo_frappe.common import vocabulary
from kyodo_frappe.messages import people
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.people import WRITERS, organisations_of, sections_of
from kyodo_frappe.rules import matching as rules
from kyodo_frappe.support import staff as centre
from kyodo_frappe.workflows.guard import by_service, changed_fields

NEED, MATCH, PERSON, ORGANISATION = "Kyodo Need", "Kyodo Match", "Kyodo Resource Person", "Kyodo Organisation"
OPEN, IN_TALKS, MET, EXPIRED, WITHDRAWN = "Open", "In Talks", "Met", "Expired", "Withdrawn"
LIVE = (OPEN, IN_TALKS)
MONTHS_OPEN = 6
MOST = 1000  # records of a kind that are looked through
MOST_OWN = 30  # needs of one organisation at a time
SAID_PUBLICLY = {"title", "kind", "what", "description", "activity_fields", "places", "skills"}


# -- needs ------------------------------------------------------------------------------------


def save_own(need: Document):
	"""An organisation saves a need of its own; the centre looks at it before the public sees it, after a change again.

	`need`: filled by the form, not trusted. Raises PermissionError for who does not write for the organisation.
	"""
	_check_own(need)
	before = None if need.is_new() else frappe.get_doc(NEED, need.name)
	_check_can_save(need, before)
	need.party, need.published = "Organisation", before.published if before else 0
	need.programme = before.programme if before else centre.programme_of(need.organisation)
	changed = not before or SAID_PUBLICLY & set(changed_fields(need, before))
	if changed and need.published:
		need.published, need.wants_publishing = 0, 1
	need.save(ignore_permissions=True)  # whoever writes for the organisation writes its needs; checked above
	if changed:
		page = f"/kyodo/my/centre/needs/{need.name}"
		messages.send("Need Recorded", need, new=not before, wants_publishing=bool(need.wants_publishing), link=page)


def _check_can_save(need: Document, before: Document | None):
	if before:
		if before.state not in LIVE:
			frappe.throw(_("This need or offer is no longer open. Please open it again before you change it."))
	elif frappe.db.count(NEED, {"organisation": need.organisation, "state": ["in", LIVE]}) >= MOST_OWN:
		frappe.throw(_("Your organisation has many open needs and offers already. Please close some first."))


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
	doc = parties.get_permitted(NEED, need, lock=True)
	if not centre.works_there() and not stands_for(doc):
		raise frappe.PermissionError
	return doc


def stands_for(need: Document) -> bool:
	"""Whether the current user writes for the organisation or works at the section whose need it is."""
	return is_of(need, *standing())


def standing() -> tuple[list[str], list[str]]:
	"""The organisations for which the current user writes, and the sections at which they work."""
	return organisations_of(frappe.session.user, WRITERS), sections_of(frappe.session.user)


def is_of(need: dict, own_organisations: list[str], own_sections: list[str]) -> bool:
	"""Whether a need is of one of these organisations or sections."""
	if need.party == "Organisation":
		return need.organisation in own_organisations
	return need.party == "City" and need.section in own_sections


def _enter(need: Document, state: str):
	need.state = state
	if state not in LIVE:
		need.published = 0
	with by_service(need):
		need.save(ignore_permissions=True)  # who asks has been checked; the state is read-only for everybody


def expire_needs(today: str | None = None) -> list[str]:
	"""Daily: needs whose last day is over close themselves, unless two sides are talking; returns them."""
	over = frappe.get_all(NEED, {"state": OPEN, "open_until": ["<", today or nowdate()]}, pluck="name", order_by="name")
	for name in over:
		need = frappe.get_doc(NEED, name)
		_enter(need, EXPIRED)
		tell_party("Need Expired", need, party_of(need), "/kyodo/my/support#needs")
	return over


def party_of(need: Document) -> dict:
	"""Whose a need is, as `tell_party` takes it."""
	if need.party == "Organisation":
		return {"organisation": need.organisation}
	if need.party == "City":
		return {"section": need.section}
	email = validate_email_address(need.contact or "")
	return {"email": email, "name": need.contact_name}


def tell_party(event: str, record: Document, party: dict, path: str, **facts):
	"""Tell those whose a need is, or who are introduced to it; whoever has no address is phoned by the centre. A section is
	led to the desk, and a person without a login nowhere."""
	if party.get("organisation"):
		messages.send(event, record, to=people.members_of(party["organisation"], WRITERS), link=path, **facts)
	elif party.get("section"):
		form = get_url_to_form(record.doctype, record.name)
		messages.send(event, record, to=people.officers_of(party["section"]), link=form, **facts)
	elif party.get("email"):
		to = [frappe._dict(email=party["email"], name=party["name"])]
		messages.send(event, record, to=to, link="", by_mail_only=True, **facts)


def unreached(party: dict) -> str:
	"""The name of those to whom `tell_party` can mail nothing; "" where it can."""
	if name := party.get("organisation"):
		return "" if people.members_of(name, WRITERS) else frappe.db.get_value(ORGANISATION, name, "organisation_name")
	if name := party.get("section"):
		return "" if people.officers_of(name) else name
	return "" if party.get("email") else party.get("name") or _("Private Person")


# -- whom it fits ---------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def candidates(need: str) -> dict[str, list[dict]]:
	"""Whom a need fits, the best first: {needs, organisations, people: [{name, title, note, score, reasons, introduced}]}.

	For the centre and the office. Organisations are those that show their profile to the public, people those that are
	available. The number of queries does not depend on how many there are. Raises PermissionError.
	"""
	centre.require_centre()
	doc = parties.get_permitted(NEED, need)
	wanted = _side(doc, list_of(doc.activity_fields, "activity_field"), list_of(doc.skills, "skill"))
	labels = dict(organisation_public.activity_fields())
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
	name_parties(rows)
	return [
		(name, how, {"title": row.title, "note": row.whose})
		for name, how, row in _ranked(NEED, wanted, rows, lambda row, fields, skills: _side(row, fields, skills))
	]


def _organisations(need: Document, wanted: rules.Side) -> list[tuple]:
	rows = frappe.get_list(
		ORGANISATION,
		{
			"workflow_state": ["in", organisations.valid_states()],
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
		(name, how, {"title": row.organisation_name, "note": vocabulary.word(vocabulary.ORGANISATION_TYPE, row.organisation_type)})
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


def name_parties(rows: list[dict]):
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
