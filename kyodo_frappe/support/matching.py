"""Needs and offers, and their candidates (domain.md §3: 国立市, コーディネート; rules/matching.py).

Introducing two parties to each other: support/introductions.py.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_months, get_url_to_form, getdate, nowdate, validate_email_address

from kyodo_frappe import messages
from kyodo_frappe.common import typed_input, vocabulary
from kyodo_frappe.common.errors import InvalidChoice, TooMany
from kyodo_frappe.common.queries import among
from kyodo_frappe.messages import people
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.people import WRITERS, organisations_of, sections_of
from kyodo_frappe.rules import matching as rules
from kyodo_frappe.support import staff as centre
from kyodo_frappe.support.errors import RecordClosed
from kyodo_frappe.workflows.guard import by_service, changed_fields

NEED, MATCH, PERSON, ORGANISATION = "Kyodo Need", "Kyodo Match", "Kyodo Resource Person", "Kyodo Organisation"
OPEN, IN_TALKS, MET, EXPIRED, WITHDRAWN = "Open", "In Talks", "Met", "Expired", "Withdrawn"
LIVE = (OPEN, IN_TALKS)
MONTHS_OPEN = 6
MAX_CANDIDATES = 1000  # of each kind
MAX_OWN_NEEDS = 30  # open ones of an organisation
PUBLIC_FIELDS = {"title", "kind", "what", "description", "activity_fields", "places", "skills"}


# -- needs ------------------------------------------------------------------------------------


def save_own_need(need: Document):
	"""Save an organisation's own need; the centre reviews it before it is published, and again after a change.

	`need` holds untrusted input of a form. Raises PermissionError unless the user may write for the organisation,
	RecordClosed, and ValidationError where the organisation has MAX_OWN_NEEDS open ones.
	"""
	_check_own(need)
	before = None if need.is_new() else frappe.get_doc(NEED, need.name)
	_check_can_save(need, before)
	need.party, need.published = "Organisation", before.published if before else 0
	need.programme = before.programme if before else centre.default_programme(need.organisation)
	changed = not before or PUBLIC_FIELDS & set(changed_fields(need, before))
	if changed and need.published:
		need.published, need.wants_publishing = 0, 1
	need.save(ignore_permissions=True)  # the user's right to write for the organisation is checked above
	if changed:
		page = f"/kyodo/my/centre/needs/{need.name}"
		messages.send("Need Recorded", need, new=not before, wants_publishing=bool(need.wants_publishing), link=page)


def _check_can_save(need: Document, before: Document | None):
	if before:
		if before.state not in LIVE:
			message = _("This need or offer is no longer open. Please open it again before you change it.")
			frappe.throw(message, exc=RecordClosed)
	elif frappe.db.count(NEED, {"organisation": need.organisation, "state": ["in", LIVE]}) >= MAX_OWN_NEEDS:
		frappe.throw(_("Your organisation has many open needs and offers already. Please close some first."), TooMany)


def _check_own(need: Document):
	if not need.organisation or need.organisation not in organisations_of(frappe.session.user, WRITERS):
		frappe.throw(_("Only people who write for an organisation can record its needs and offers."), frappe.PermissionError)


@frappe.whitelist(methods=["POST"])
def close_need(need: str, result: str, outcome: str = ""):
	"""Close a need as MET or WITHDRAWN (`result`) with its outcome, for its party, the centre and the office.

	Raises PermissionError, RecordClosed, and ValidationError for another result.
	"""
	if result not in (MET, WITHDRAWN):
		frappe.throw(_("Please choose one of the answers."), InvalidChoice)
	doc = _own_need(need)
	if doc.state not in LIVE:
		frappe.throw(_("This need or offer is closed already."), exc=RecordClosed)
	doc.outcome = outcome.strip() or None
	_set_state(doc, result)


@frappe.whitelist(methods=["POST"])
def reopen_need(need: str, open_until: str = ""):
	"""Reopen a need until a day, by default for MONTHS_OPEN months, for its party, the centre and the office.

	Raises PermissionError, RecordClosed where it is open.
	"""
	doc = _own_need(need)
	if doc.state in LIVE:
		frappe.throw(_("This need or offer is open."), exc=RecordClosed)
	day = typed_input.day(open_until, _(doc.meta.get_label("open_until")))
	doc.open_until = getdate(day) if day else add_months(nowdate(), MONTHS_OPEN)
	_set_state(doc, OPEN)


def _own_need(need: str) -> Document:
	doc = parties.get_permitted(NEED, need, lock=True)
	if not centre.is_centre_staff() and not represents(doc):
		raise frappe.PermissionError
	return doc


def represents(need: Document) -> bool:
	"""Return whether the current user represents the organisation or section that a need belongs to."""
	return belongs_to(need, *represented_parties())


def represented_parties() -> tuple[list[str], list[str]]:
	"""Return (organisations, sections) that the current user represents."""
	return organisations_of(frappe.session.user, WRITERS), sections_of(frappe.session.user)


def belongs_to(need: dict, own_organisations: list[str], own_sections: list[str]) -> bool:
	"""Return whether a need belongs to one of these organisations or sections."""
	if need.party == "Organisation":
		return need.organisation in own_organisations
	return need.party == "City" and need.section in own_sections


def _set_state(need: Document, state: str):
	need.state = state
	if state not in LIVE:
		need.published = 0
	with by_service(need):
		need.save(ignore_permissions=True)  # permission is checked by the caller; the state is read-only for all roles


def expire_needs(today: str | None = None) -> list[str]:
	"""Daily: expire open needs after their last day, except those in talks; return their names."""
	over = frappe.get_all(NEED, {"state": OPEN, "open_until": ["<", today or nowdate()]}, pluck="name", order_by="name")
	for name in over:
		need = frappe.get_doc(NEED, name)
		_set_state(need, EXPIRED)
		notify_party("Need Expired", need, party_of(need), "/kyodo/my/support#needs")
	return over


def party_of(need: Document) -> dict:
	"""Return the party of a need as `notify_party` takes it: {organisation}, {section} or {email, name}."""
	if need.party == "Organisation":
		return {"organisation": need.organisation}
	if need.party == "City":
		return {"section": need.section}
	email = validate_email_address(need.contact or "")
	return {"email": email, "name": need.contact_name}


def notify_party(event: str, record: Document, party: dict, path: str, **facts):
	"""Send a message about a need or an introduction to one of its parties (`party_of`).

	The link leads an organisation to `path` in the portal and a section to the record in the desk; a private person gets
	none. Nothing is sent to a person without a mail address.
	"""
	if party.get("organisation"):
		messages.send(event, record, to=people.members_of(party["organisation"], WRITERS), link=path, **facts)
	elif party.get("section"):
		form = get_url_to_form(record.doctype, record.name)
		messages.send(event, record, to=people.officers_of(party["section"]), link=form, **facts)
	elif party.get("email"):
		to = [frappe._dict(email=party["email"], name=party["name"])]
		messages.send(event, record, to=to, link="", by_mail_only=True, **facts)


def name_if_unreachable(party: dict) -> str:
	"""Return the name of a party that no mail reaches, "" for one that `notify_party` can reach."""
	if name := party.get("organisation"):
		return "" if people.members_of(name, WRITERS) else frappe.db.get_value(ORGANISATION, name, "organisation_name")
	if name := party.get("section"):
		return "" if people.officers_of(name) else name
	return "" if party.get("email") else party.get("name") or _("Private Person")


# -- candidates -----------------------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def candidates(need: str) -> dict[str, list[dict]]:
	"""Return the candidates for a need, the best first, for the centre and the office.

	{needs, organisations, people: [{name, kind, title, note, score, reasons, introduced}, …]}: organisations that publish
	their profile, and people who are available. The number of queries is bounded. Raises PermissionError.
	"""
	centre.require_centre()
	doc = parties.get_permitted(NEED, need)
	wanted = _make_side(doc, [row.activity_field for row in doc.activity_fields], [row.skill for row in doc.skills])
	labels = dict(organisation_public.activity_fields())
	known = frappe.get_all(MATCH, {"need": need}, ["other_need", "organisation", "person", "kind"], order_by="name")
	introduced = {(row.kind, row.other_need if row.kind == "Need" else row.person or row.organisation) for row in known}
	found = {"Need": _ranked_needs(doc, wanted), "Organisation": _ranked_organisations(doc, wanted), "Person": _ranked_people(doc, wanted)}
	return {
		place: [
			{
				**row, "name": name, "kind": kind, "score": how.score, "introduced": (kind, name) in introduced,
				"reasons": [describe_reason(reason, labels) for reason in how.reasons],
			}
			for name, how, row in found[kind]
		]
		for place, kind in (("needs", "Need"), ("organisations", "Organisation"), ("people", "Person"))
	}  # fmt: skip


def describe_reason(reason: rules.Reason, labels: dict[str, str]) -> str:
	"""Return the sentence for a reason why a candidate fits; `labels`: {code of a field of activity: label}."""
	text = _(rules.SENTENCES[reason.code])
	if reason.code == rules.FIELDS:
		return text.format(len(reason.values), "、".join(labels.get(code, code) for code in reason.values))
	if reason.code == rules.SAME_KIND:
		return text.format("、".join(_(value) for value in reason.values))
	return text.format("、".join(reason.values))


def split_lines(text: str | None) -> tuple[str, ...]:
	"""Return the entries of a text, one for each line or 、."""
	return tuple(line.strip() for line in (text or "").replace("、", "\n").splitlines() if line.strip())


def _make_side(row: dict, fields: list[str], skills: list[str], text: str = "", themes: str = "") -> rules.Side:
	return rules.Side(
		fields=frozenset(fields),
		places=split_lines(row.get("places")),
		skills=tuple(skills),
		themes=split_lines(themes),
		what=row.get("what") or "",
		kind=row.get("kind") or "",
		text=text or f"{row.get('title') or ''}\n{row.get('description') or ''}",
	)


def _values_by_parent(child: str, fieldname: str, parenttype: str, names: list[str]) -> dict[str, list[str]]:
	found: dict[str, list[str]] = {}
	filters = {"parenttype": parenttype, "parent": among(names)}
	for row in frappe.get_all(child, filters, ["parent", fieldname], order_by="parent, idx"):
		found.setdefault(row.parent, []).append(row[fieldname])
	return found


def _ranked(doctype: str, wanted: rules.Side, rows: list[dict], side_of) -> list[tuple]:
	names = [row.name for row in rows]
	fields = _values_by_parent("Kyodo Organisation Activity", "activity_field", doctype, names)
	skills = _values_by_parent("Kyodo Skill", "skill", doctype, names) if doctype != ORGANISATION else {}
	pairs = [(row.name, side_of(row, fields.get(row.name, []), skills.get(row.name, []))) for row in rows]
	by_name = {row.name: row for row in rows}
	return [(name, how, by_name[name]) for name, how in rules.ranked(wanted, pairs)]


def _ranked_needs(need: Document, wanted: rules.Side) -> list[tuple]:
	rows = frappe.get_list(
		NEED,
		{"state": ["in", LIVE], "kind": rules.OPPOSITE[need.kind], "name": ["!=", need.name]},
		["name", "title", "kind", "what", "party", "organisation", "section", "places", "description"],
		order_by="modified desc",
		limit=MAX_CANDIDATES,
	)
	rows = [row for row in rows if not need.organisation or row.organisation != need.organisation]
	add_party_names(rows)
	return [
		(name, how, {"title": row.title, "note": row.whose})
		for name, how, row in _ranked(NEED, wanted, rows, lambda row, fields, skills: _make_side(row, fields, skills))
	]


def _ranked_organisations(need: Document, wanted: rules.Side) -> list[tuple]:
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
		limit=MAX_CANDIDATES,
	)

	def side_of(row, fields, _skills):
		# an organisation has no areas: a published address counts instead
		places = [place for place in wanted.places if row.publish_address and rules.mentions(row.address or "", place)]
		return _make_side({"places": "\n".join(places)}, fields, [], text=row.purpose or " ")

	return [
		(name, how, {"title": row.organisation_name, "note": vocabulary.word(vocabulary.ORGANISATION_TYPE, row.organisation_type)})
		for name, how, row in _ranked(ORGANISATION, wanted, rows, side_of)
	]


def _ranked_people(need: Document, wanted: rules.Side) -> list[tuple]:
	if need.kind != rules.LOOKING_FOR:
		return []
	rows = frappe.get_list(
		PERSON,
		{"active": 1},
		["name", "person_name", "can_be", "belongs_to", "themes", "places", "experience"],
		order_by="person_kana asc, name asc",
		limit=MAX_CANDIDATES,
	)

	def side_of(row, fields, skills):
		return _make_side(row, fields, skills, text=row.experience or " ", themes=row.themes)

	return [
		(name, how, {"title": row.person_name, "note": "　".join(filter(None, [_(row.can_be), row.belongs_to]))})
		for name, how, row in _ranked(PERSON, wanted, rows, side_of)
	]


def add_party_names(rows: list[dict]):
	"""Add `whose` to needs: the name of their organisation or section, never of a private person."""
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
