"""One text, confirmed word for word by both sides: offered, hashed, confirmed, concluded, amended, ended.

Sources: domain.md §2 step 3, §4 協定書 (the clauses, and the minimum of 横浜市条例), §6; 小平 (an agreement document is not
compulsory: minutes in which both sides recognise their roles count).
"""

import datetime
import re
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime, nowdate

from kyodo_frappe.common import printing, scheduling, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, rules_speak
from kyodo_frappe.letters.wording import fill
from kyodo_frappe.messages.due import Due
from kyodo_frappe.partnership import dissolution, negotiation
from kyodo_frappe.partnership import parties as sides
from kyodo_frappe.permissions.people import REPRESENTATIVE, organisations_of, sections_of
from kyodo_frappe.programme.versions import rules_of, rules_of_project
from kyodo_frappe.rules.canonical import content_hash as hash_text
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import DECIDED, WAITING, WRITING, category, category_of, states

AGREEMENT = "Kyodo Agreement"
KINDS = ("Agreement", "Memorandum", "Minutes")
# categories: of agreements that hold or may come to hold; of projects that may still agree on something
ALIVE = (WRITING, WAITING, DECIDED)
UNDER_WAY = (WRITING, WAITING)
TABLES = {
	"parties": ("side", "organisation", "section", "party_name", "representative"),
	"roles": ("side", "role"),
	"costs": ("side", "description", "amount"),
	"clauses": ("heading", "body"),
}
# annexes: part of the text where there are some, so that a text without them keeps the hash it always had
ANNEXES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
}
AMOUNTS = ("amount", "baseline", "target")
# of what was agreed, what becomes the plan again
AGREED_PLAN = {
	"roles": ("side", "role"),
	"schedule": ANNEXES["schedule"],
	"indicators": ANNEXES["indicators"],
}


# -- the text ------------------------------------------------------------------------------


def hash_of(agreement: Document) -> str:
	"""sha256 (hex) over everything that the parties agree on, in its order, annexed files included."""
	content = {
		"project": agreement.project,
		"kind": agreement.agreement_kind,
		"form": agreement.form or "",
		"from": _iso(agreement.effective_from),
		"to": _iso(agreement.effective_to),
	}
	for table, fields in TABLES.items():
		content[table] = _rows(agreement, table, fields)
	content |= {key: value for key, value in _annexed(agreement).items() if value}
	with rules_speak():
		return hash_text(content)


def _annexed(agreement: Document) -> dict:
	return {
		**{table: _rows(agreement, table, fields) for table, fields in ANNEXES.items()},
		"annexes": [{"document": row.document, "file": _file_hash(agreement, row.file)} for row in agreement.annexes],
		"minutes_date": _iso(agreement.minutes_date),
		"minutes_text": agreement.minutes_text or "",
		"replaces": agreement.replaces or "",
		"amend_reason": agreement.amend_reason or "",
	}


def _rows(agreement: Document, table: str, fields: tuple[str, ...]) -> list[dict]:
	return [{field: _value(row, field) for field in fields} for row in agreement.get(table)]


def _value(row: Document, field: str) -> str | float:
	# an empty amount comes back from the database as 0
	return flt(row.get(field)) if field in AMOUNTS else (row.get(field) or "")


def _iso(value) -> str:
	return str(getdate(value)) if value else ""


def _file_hash(agreement: Document, url: str | None) -> str:
	if not url:
		return ""
	hashes = frappe.get_all("File", {"file_url": url}, pluck="content_hash", order_by="creation asc", limit=1)
	return (hashes and hashes[0]) or url


# -- drafting ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def draft_for(project: str, kind: str = "Agreement") -> str:
	"""Draft the agreement of a project from its plan and the programme's clauses; either side may. Returns its name, or
	that of the one there is.

	`kind`: Agreement, or Memorandum or Minutes where the programme (or the form) asks for no agreement document.
	Raises PermissionError, ValidationError.
	"""
	source = sides.opened("Kyodo Project", project, "write")
	sides.voice_of(source)
	existing = frappe.db.get_value(AGREEMENT, {"project": project, "workflow_state": ["in", states(AGREEMENT, *ALIVE)]})
	if existing:
		return existing
	check_under_way(source)
	dissolution.check_still_there(source)
	programme = rules_of(source)
	agreement = frappe.get_doc(
		{
			"doctype": AGREEMENT,
			"project": project,
			"agreement_kind": kind,
			"form": source.form,
			"parties": _parties(source, programme),
			"clauses": _clauses(source, programme) if kind != "Minutes" else [],
			**_plan_of(source),
		}
	)
	# an organisation has no right to make agreements by hand, but may begin the talk as well as the city
	agreement.insert(ignore_permissions=True)
	return agreement.name


def _plan_of(project: Document) -> dict:
	"""What of a project's plan goes into the agreement's text and annexes."""
	return {
		"effective_from": project.from_date,
		"effective_to": project.to_date,
		**{table: [{field: row.get(field) for field in fields} for row in project.get(table)] for table, fields in AGREED_PLAN.items()},
		"costs": [
			{
				"side": "City" if vocabulary.like(vocabulary.INCOME, row.category) == "City" else "Organisation",
				"description": row.description or vocabulary.word(vocabulary.INCOME, row.category, RECORD_LANGUAGE),
				"amount": row.amount,
			}
			for row in project.income
		],
	}


def _parties(project: Document, programme: Document) -> list[dict]:
	parties = [{"side": "City", "section": project.section, "party_name": programme.municipality_name}]
	for name in sides.organisations_in(project):
		organisation = frappe.db.get_value("Kyodo Organisation", name, ["organisation_name", "representative"], as_dict=True)
		parties.append(
			{
				"side": "Organisation",
				"organisation": name,
				"party_name": organisation.organisation_name,
				"representative": organisation.representative,
			}
		)
	return parties


def _clauses(project: Document, programme: Document) -> list[dict]:
	values = _tokens(project, programme)
	return [{"heading": row.heading, "body": fill(row.body, values.get)} for row in _library(programme, project.form)]


def _refilled(clauses: list[Document], project: Document) -> list[dict]:
	"""Clauses whose words are still the programme's own, with the days, amounts and names of the plan as it is now; what
	the two sides have worded themselves stays as they have it."""
	programme = rules_of(project)
	values = _tokens(project, programme)
	templates = [row.body for row in _library(programme, project.form)]
	rows = []
	for row in clauses:
		own = next((body for body in templates if _is_filled(row.body, body)), None)
		rows.append({"heading": row.heading, "body": fill(own, values.get) if own else row.body})
	return rows


def follow_term(agreement: Document):
	"""Days named in clauses that are still the programme's own words follow a term that is changed in a draft."""
	before = agreement.get_doc_before_save()
	term = lambda doc: (_iso(doc.effective_from), _iso(doc.effective_to))
	if not before or agreement.workflow_state != "Drafting" or term(before) == term(agreement):
		return
	project = frappe.get_doc("Kyodo Project", agreement.project)
	project.from_date, project.to_date = agreement.effective_from, agreement.effective_to
	for row, clause in zip(agreement.clauses, _refilled(agreement.clauses, project), strict=True):
		row.body = clause["body"]


def _is_filled(text: str | None, template: str) -> bool:
	"""Whether a text is a template with some values in the place of its tokens."""
	pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(template.strip()))
	return bool(re.fullmatch(pattern, (text or "").strip().replace("\r\n", "\n")))


def _tokens(project: Document, programme: Document) -> dict:
	return {
		"project_name": project.project_name,
		"municipality_name": programme.municipality_name,
		"organisation_name": frappe.db.get_value("Kyodo Organisation", project.organisation, "organisation_name") or "",
		"section_name": project.section or "",
		"from_date": era_date(getdate(project.from_date)) if project.from_date else "",
		"to_date": era_date(getdate(project.to_date)) if project.to_date else "",
		"granted_amount": printing.yen(project.granted_amount),
		"retention_years": programme.retention_years,
	}


def _library(programme: Document, form: str | None) -> list[Document]:
	"""The programme's clauses for a form of collaboration, those for every form among them."""
	code = next((row.code for row in programme.forms if row.form_name == form), None)
	return [row for row in programme.clauses if not row.form_code or row.form_code == code]


@frappe.whitelist(methods=["POST"])
def take_plan(agreement: str) -> str:
	"""Take roles, schedule, evaluation items, costs and term over from the plan as it is now; returns the name."""
	doc = sides.opened(AGREEMENT, agreement, "write", lock=True)
	if doc.workflow_state != "Drafting":
		frappe.throw(_("The text is fixed in the state {0}. Take it back to work on it first.").format(_(doc.workflow_state)))
	project = frappe.get_doc("Kyodo Project", doc.project)
	doc.update({**_plan_of(project), "clauses": _refilled(doc.clauses, project)})
	doc.save()
	return doc.name


def differs_from_plan(agreement: Document) -> list[str]:
	"""Labels of what the plan says otherwise than the text by now."""
	plan = frappe.get_doc({"doctype": AGREEMENT, **_plan_of(frappe.get_doc("Kyodo Project", agreement.project))})
	columns = {**TABLES, **ANNEXES}
	tables = [table for table in (*AGREED_PLAN, "costs") if _rows(plan, table, columns[table]) != _rows(agreement, table, columns[table])]
	dates = [field for field in ("effective_from", "effective_to") if _iso(plan.get(field)) != _iso(agreement.get(field))]
	return [_(agreement.meta.get_label(field)) for field in (*dates, *tables)]


# -- what must be there ----------------------------------------------------------------------


def missing_clauses(agreement: Document) -> list[str]:
	"""Headings of the compulsory clauses of the programme that the text lacks (横浜市条例: purpose, how it is run, roles,
	costs, responsibility). Only an agreement document has to have them."""
	if agreement.agreement_kind != "Agreement":
		return []
	programme = rules_of_project(agreement.project)
	written = {search_key(row.heading) for row in agreement.clauses if (row.body or "").strip()}
	wanted = [row.heading for row in _library(programme, agreement.form) if row.is_minimum]
	return [heading for heading in dict.fromkeys(wanted) if search_key(heading) not in written]


def missing_parts(agreement: Document) -> list[str]:
	"""Sentences that say what stands between a draft and offering it."""
	return [
		*_wrong_parties(agreement),
		*_silent_sides(agreement),
		*_missing_text(agreement),
		*_wrong_term(agreement),
		*_open_points(agreement),
	]


def _silent_sides(agreement: Document) -> Iterator[str]:
	parties, with_roles = ({row.side for row in rows} for rows in (agreement.parties, agreement.roles))
	for side in sides.SIDES:
		if side not in parties:
			yield _("The agreement has no party on the side “{0}”.").format(_(side))
		if side not in with_roles:
			yield _("The division of roles says nothing about the side “{0}”.").format(_(side))


def _missing_text(agreement: Document) -> Iterator[str]:
	if headings := missing_clauses(agreement):
		yield _("Compulsory clauses are missing: {0}.").format(_(", ").join(headings))
	if agreement.agreement_kind == "Agreement":
		if not agreement.clauses:
			yield _("The agreement has no clauses yet.")
	elif not agreement.clauses and not (agreement.minutes_text or "").strip():
		yield _("Please write down in the minutes what both sides recognised.")


def _wrong_term(agreement: Document) -> Iterator[str]:
	first, last = agreement.effective_from, agreement.effective_to
	if first and last and getdate(last) < getdate(first):
		yield _("The agreement ends before it takes effect. Please correct its term.")


def _open_points(agreement: Document) -> Iterator[str]:
	if points := negotiation.open_points(agreement.project):
		subjects = _(", ").join(row.subject for row in points)
		yield _("Still open between the two sides: {0}. Settle or withdraw this first.").format(subjects)


def _wrong_parties(agreement: Document) -> list[str]:
	"""Who confirms has to be who runs the project; and a confirmation is known by the name of its party."""
	project = frappe.get_doc("Kyodo Project", agreement.project)
	wanted = [(sides.CITY, project.section or ""), *((sides.ORGANISATION, name) for name in sides.organisations_in(project))]
	there = [
		(row.side, (row.section or project.section if row.side == sides.CITY else row.organisation) or "") for row in agreement.parties
	]
	found = []
	if sorted(there) != sorted(wanted):
		found.append(_("The parties are the section in charge and every organisation of the project, each of them once."))
	if len({row.party_name for row in agreement.parties}) < len(agreement.parties):
		found.append(_("Two parties bear the same name. Please name them so that they can be told apart."))
	return found


def check_new(agreement: Document):
	"""Raise ValidationError for an agreement of a project that is over, that has one already, or that amends the one of
	another project. A text that replaces another comes from `begin_amendment`."""
	project = frappe.get_doc("Kyodo Project", agreement.project, for_update=True)  # two at once get one
	check_under_way(project)
	earlier = agreement.amended_from and frappe.db.get_value(AGREEMENT, agreement.amended_from, ["project", "docstatus"])
	if agreement.amended_from and earlier != (agreement.project, 2):
		frappe.throw(_("Only a terminated agreement of the same project is taken up again."))
	alive = {"project": project.name, "workflow_state": ["in", states(AGREEMENT, *ALIVE)]}
	existing = frappe.db.get_value(AGREEMENT, alive, for_update=True)
	if existing and not agreement.replaces:
		frappe.throw(_("The project has an agreement already: {0}. Amend that one.").format(existing))


def check_kind(agreement: Document):
	"""Raise ValidationError where the programme asks for an agreement document and the record is none (小平 3(2)③)."""
	if agreement.agreement_kind == "Agreement":
		return
	programme = rules_of_project(agreement.project)
	form = next((row for row in programme.forms if row.form_name == agreement.form), None)
	if not programme.agreement_optional and (form is None or form.needs_agreement):
		frappe.throw(_("This programme asks for an agreement document. A memorandum or minutes alone are not enough for this form."))


def check_under_way(project: Document):
	if category_of(project) not in UNDER_WAY:
		frappe.throw(_("The project is in the state {0}: nothing is agreed for it any more.").format(_(project.workflow_state)))


# -- confirming ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def confirm(agreement: str, content_hash: str, position: str | None = None) -> dict:
	"""A party confirms the text it has read, named by its hash. Returns {"state", "waiting": [party names]}.

	The last confirmation concludes the agreement. Raises PermissionError for who cannot speak for a party,
	ValidationError if the text is another one than was read.
	"""
	name = sides.opened(AGREEMENT, agreement).project
	# the project first, as calling it off does: of the two, one waits for the other and is told
	project = frappe.get_doc("Kyodo Project", name, for_update=True)
	doc = frappe.get_doc(AGREEMENT, agreement, for_update=True)
	_check_read(doc, content_hash)
	party = _party_to_confirm(doc)
	position = (position or "").strip() or _known_position(party)
	if not position:
		frappe.throw(_("Please enter your position: it stands beside your name in the agreement."))
	check_under_way(project)
	dissolution.check_still_there(project)
	_sign(doc, party, position)
	if doc.all_confirmed:
		doc = move(doc, "Conclude")
	return {"state": doc.workflow_state, "waiting": waiting_for(doc)}


def _check_read(doc: Document, content_hash: str):
	if doc.workflow_state != "Offered":
		frappe.throw(_("This agreement is not on offer now, so there is nothing to confirm."))
	if content_hash != doc.content_hash or doc.content_hash != hash_of(doc):
		frappe.throw(_("The text has changed since you read it. Please read it again and confirm the new text."))


def _party_to_confirm(doc: Document) -> Document:
	party = party_of(doc, frappe.session.user)
	if party is None:
		frappe.throw(_("You cannot confirm for one of the parties."), frappe.PermissionError)
	if party.party_name not in waiting_for(doc):
		frappe.throw(_("{0} has confirmed this text already.").format(party.party_name))
	return party


def _sign(doc: Document, party: Document, position: str):
	doc.append(
		"confirmations",
		{
			"party": party.party_name,
			"side": party.side,
			"signatory_name": frappe.utils.get_fullname(frappe.session.user),
			"position": position,
			"user": frappe.session.user,
			"confirmed_on": now_datetime(),
			"content_hash": doc.content_hash,
		},
	)
	with by_service(doc):  # confirmations are read-only in the form
		doc.save()


def party_of(agreement: Document, user: str) -> Document | None:
	"""The party that `user` may bind: a representative its organisation, an officer of the section the city.

	Who belongs to an organisation of the project never binds the city; who may bind two organisations binds the one that
	has not confirmed yet.
	"""
	organisations = organisations_of(user, REPRESENTATIVE)
	own = [party for party in agreement.parties if party.side == "Organisation" and party.organisation in organisations]
	if own:
		waiting = waiting_for(agreement)
		return next((party for party in own if party.party_name in waiting), own[0])
	if set(organisations_of(user)) & {party.organisation for party in agreement.parties if party.organisation}:
		return None
	sections = sections_of(user)
	return next(
		(party for party in agreement.parties if party.side == "City" and (party.section or agreement.section) in sections),
		None,
	)


def _known_position(party: Document) -> str:
	"""The position that the records give this login on its side: of the section's officer, or 代表者."""
	if party.side == "Organisation":
		return _("Representative", lang=RECORD_LANGUAGE)
	filters = {"parenttype": "Kyodo Section", "parent": party.section, "user": frappe.session.user}
	return frappe.db.get_value("Kyodo Section Member", filters, "position") or ""


def waiting_for(agreement: Document) -> list[str]:
	"""Names of the parties that have not confirmed the text as it stands."""
	done = {row.party for row in agreement.confirmations if row.content_hash == agreement.content_hash}
	return [row.party_name for row in agreement.parties if row.party_name not in done]


def tell_offered(agreement: Document):
	"""Mail both sides that a text waits to be read and confirmed."""
	sides.tell("Agreement Offered", agreement)


# -- concluding, amending, ending --------------------------------------------------------------


def conclude(agreement: Document):
	"""What was agreed becomes the plan, and an agreement that this one amends has done its time."""
	_carry_back(agreement)
	if agreement.replaces:
		_replace(agreement)
	sides.tell("Agreement Concluded", agreement)


def _carry_back(agreement: Document):
	project = frappe.get_doc("Kyodo Project", agreement.project)
	for table, fields in AGREED_PLAN.items():
		if agreement.get(table) and _rows(agreement, table, fields) != _rows(project, table, fields):
			project.set(table, [{field: row.get(field) for field in fields} for row in agreement.get(table)])
	project.from_date = agreement.effective_from or project.from_date
	project.to_date = agreement.effective_to or project.to_date
	project.form = agreement.form or project.form
	project.flags.ignore_permissions = True  # the last party to confirm may have no right to the plan in this state
	with by_service(project):
		project.save()


def _replace(agreement: Document):
	old = frappe.get_doc(AGREEMENT, agreement.replaces, for_update=True)
	if old.workflow_state != "Concluded":
		frappe.throw(
			_("The agreement that this one amends is in the state {0} by now, so it cannot be amended.").format(_(old.workflow_state))
		)
	_end(old, replaced_by=agreement.name)


def _end(agreement: Document, **values):
	"""End what was agreed by its own terms (an amendment that both sides confirmed, a day that has passed). No role may
	take this step for it, so it is no step of the workflow."""
	agreement.db_set({"workflow_state": "Ended", **values})
	agreement.add_comment("Workflow", _("Ended"))


@frappe.whitelist(methods=["POST"])
def begin_amendment(agreement: str, reason: str) -> str:
	"""Draft an amendment of a concluded agreement from the plan as it is now; either side or the office may.

	The old one holds until the amendment is concluded, and stays readable after. Returns the draft's name (that of the
	one there is). Raises PermissionError, ValidationError.
	"""
	old = sides.opened(AGREEMENT, agreement, lock=True)
	project = frappe.get_doc("Kyodo Project", old.project)
	sides.voice_of(project)
	if old.workflow_state != "Concluded":
		frappe.throw(_("Only a concluded agreement is amended; this one is in the state {0}.").format(_(old.workflow_state)))
	if existing := frappe.db.get_value(
		AGREEMENT, {"replaces": agreement, "workflow_state": ["in", states(AGREEMENT, WRITING, WAITING)]}, for_update=True
	):
		return existing
	if not reason.strip():
		frappe.throw(_("Please say why the agreement is amended."))
	check_under_way(project)
	draft = frappe.get_doc(
		{
			"doctype": AGREEMENT,
			"project": old.project,
			"agreement_kind": old.agreement_kind,
			"form": project.form or old.form,
			"replaces": old.name,
			"amend_reason": reason.strip(),
			"parties": [{field: row.get(field) for field in TABLES["parties"]} for row in old.parties],
			"clauses": _refilled(old.clauses, project),
			"annexes": [{"document": row.document, "file": row.file} for row in old.annexes],
			"minutes_text": old.minutes_text,
			**_plan_of(project),
		}
	)
	with by_service(draft):  # `replaces` is written here only
		draft.insert(ignore_permissions=True)  # as draft_for: an organisation may begin the talk, too
	return draft.name


def chain_of(agreement: Document) -> list[dict]:
	"""[{name, agreement_kind, workflow_state, concluded_on, amend_reason}] of the text and its amendments, oldest first."""
	rows = frappe.get_all(
		AGREEMENT,
		{"project": agreement.project},
		["name", "agreement_kind", "workflow_state", "concluded_on", "amend_reason", "replaces", "amended_from"],
		order_by="creation asc",
	)
	by_name = {row.name: row for row in rows}
	first = by_name.get(agreement.name)
	while first and (before := by_name.get(first.replaces or first.amended_from)):
		first = before
	found, wanted = [], {first.name} if first else set()
	for row in rows:
		if row.name in wanted or {row.replaces, row.amended_from} & wanted:
			wanted.add(row.name)
			found.append(row)
	return found


def end_with_project(project: Document):
	"""A project that is called off takes its agreements with it: what is not concluded is withdrawn, what is in force is
	terminated."""
	for name in frappe.get_all(
		AGREEMENT, {"project": project.name, "workflow_state": ["in", states(AGREEMENT, *ALIVE)]}, pluck="name", order_by="name"
	):
		doc = frappe.get_doc(AGREEMENT, name)
		if doc.workflow_state == "Concluded":
			doc.termination_reason = project.cancel_reason
			doc.save()
			move(doc, "Terminate")
			continue
		if doc.workflow_state == "Offered":
			doc = move(doc, "Reopen")
		move(doc, "Withdraw")


# -- terms ---------------------------------------------------------------------------------


def end_terms(today: datetime.date | str | None = None) -> list[str]:
	"""Daily: end the agreements whose term is over, together with their project; returns them. One whose project still
	runs is not ended: both sides are reminded that it needs an amendment."""
	today = getdate(today or nowdate())
	over = [
		row.name for row in terms() if getdate(row.effective_to) < today and category("Kyodo Project", row.workflow_state) not in UNDER_WAY
	]
	return scheduling.for_each(AGREEMENT, over, _end_by_name)


def _end_by_name(name: str) -> bool:
	_end(frappe.get_doc(AGREEMENT, name))
	return True


def terms() -> list[dict]:
	"""[{name, programme, effective_to, workflow_state of the project, term_notice_days}] of the agreements in force."""
	agreement, project = frappe.qb.DocType(AGREEMENT), frappe.qb.DocType("Kyodo Project")
	programme = frappe.qb.DocType("Kyodo Programme")
	return (
		frappe.qb.from_(agreement)
		.join(project)
		.on(project.name == agreement.project)
		.join(programme)
		.on(programme.name == project.programme)
		.select(agreement.name, project.programme, agreement.effective_to, project.workflow_state, programme.term_notice_days)
		.where((agreement.workflow_state == "Concluded") & agreement.effective_to.isnotnull())
		.orderby(agreement.effective_to)
		.orderby(agreement.name)
		.run(as_dict=True)
	)


def terms_running_out(today: datetime.date) -> Iterator[Due]:
	"""Both sides are told that the term of an agreement ends, and when it has ended while the project still runs."""
	for row in terms():
		if category("Kyodo Project", row.workflow_state) in UNDER_WAY:
			yield Due(AGREEMENT, row.name, row.programme, getdate(row.effective_to), before=row.term_notice_days, ask=_both_sides)


def _both_sides(agreement: Document) -> tuple[list[dict], dict]:
	project = frappe.get_doc("Kyodo Project", agreement.project)
	return [person for side in sides.SIDES for person in sides.people_on(project, side)], {}
