"""Conflicts of interest: found in the data, declared by members, ruled on by the chair.

A found or declared interest holds until the chair overrules it: in doubt a member does not take part (domain.md §4,
§6). In a partner selection an interest in one proposal extends to the whole contest.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname, now_datetime, nowdate
from pypika.terms import Criterion

from kyodo_frappe.committee import seats
from kyodo_frappe.committee.errors import InvalidInterest, MeetingOver, NotImpartial, NotOnAgenda, ReasonRequired
from kyodo_frappe.committee.meeting_record import locked, save_own_part
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.permissions import people
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules.conflicts import conflicts
from kyodo_frappe.workflows.states import UNDECIDED, category_of

RULINGS = ("Confirmed", "Overruled")
RULING_FIELDS = ("ruling", "ruling_reason", "ruled_by", "ruled_on")


# -- recusals --------------------------------------------------------------------


def recused(meeting: Document, item: Document) -> dict[str, Document]:
	"""Return {user: recusal row} of the members who step aside for an item; overruled interests do not count."""
	return {row.user: row for row in meeting.recusals if row.agenda_item == item.name and row.ruling != "Overruled"}


def check_impartial(meeting: Document, item: Document):
	"""Raise NotImpartial if the user steps aside for an item or belongs to an organisation it is about (four eyes)."""
	user = frappe.session.user
	if user in recused(meeting, item) or _is_proposer(user, item):
		frappe.throw(_("You have stepped aside for this item. A colleague has to enter this."), NotImpartial)


def _is_proposer(user: str, item: Document) -> bool:
	organisations = people.organisations_of(user)
	proposal = organisations and _proposal_of(item)
	if not proposal:
		return False
	own = frappe.db.get_value("Kyodo Proposal", proposal, "organisation") in organisations
	return own or proposal in people.records_with_partner("Kyodo Proposal", user)


# -- finding ---------------------------------------------------------------------


def update_recusals(meeting: Document):
	"""Update the recusals of a meeting from the data; declarations and rulings are kept."""
	# rows in a request are ignored: only `declare` and `rule` write declarations and rulings
	before = None if meeting.flags.kyodo_service else meeting.get_doc_before_save()
	stored = {(row.agenda_item, row.user): row for row in (before or meeting).recusals}
	sitting = {user: row for row in meeting.attendance if (user := seats.sitting_user(row))}
	meeting.set("recusals", [])
	if not sitting:
		return
	found = _detected(meeting, sitting)
	for item in meeting.agenda:
		for user, seat in sitting.items():
			old = stored.get((item.name, user))
			reason = found.get((item.name, user)) or (old and old.source == "Declared" and (old.reason, "Declared"))
			if reason:
				meeting.append("recusals", _recusal(item, user, seat, *reason, old))


def _recusal(item: Document, user: str, seat: Document, reason: str, source: str, old: Document | None) -> dict:
	kept = {field: old.get(field) for field in ("name", "__islocal", "owner", "creation", *RULING_FIELDS)} if old else {}
	return {
		**kept,
		"agenda_item": item.name,
		"subject": item.subject,
		"user": user,
		"member_name": seat.substitute_name if seat.substitute_user else seat.member_name,
		"reason": reason[:140],
		"source": source,
	}


def _detected(meeting: Document, sitting: dict[str, Document]) -> dict[tuple[str, str], tuple[str, str]]:
	"""Return {(agenda item, user): (reason, Found or Declared)}."""
	parties = _parties_by_item(meeting)
	members = {
		user: {
			"user": user,
			"name": row.substitute_name if row.substitute_user else row.member_name,
			"organisations": organisations,
			"sections": sections,
			"relations": relations,
		}
		for user, row, organisations, sections, relations in _sitting_members(meeting, sitting)
	}
	declared = _declared_reasons(meeting)
	found = {}
	for item in meeting.agenda:
		for user, member in members.items():
			reasons = conflicts(member, parties[item.name]) if item.name in parties else []
			if reasons:
				found[item.name, user] = (_reason_text(reasons[0]), "Found")
			elif reason := declared.get((item.proposal, user)):
				found[item.name, user] = (reason, "Declared")
	_extend_to_contests(meeting, found)
	return found


def _reason_text(reason) -> str:
	name = frappe.db.get_value("Kyodo Organisation", reason.subject, "organisation_name")
	return _(reason.source, lang=RECORD_LANGUAGE).format(name or reason.subject)


def _sitting_members(meeting: Document, sitting: dict[str, Document]):
	organisations = _memberships("Kyodo Organisation", "Kyodo Organisation Member", list(sitting))
	sections = _memberships("Kyodo Section", "Kyodo Section Member", list(sitting))
	relations = _relations(meeting, list(sitting))
	for user, row in sitting.items():
		yield user, row, organisations[user], sections[user], relations[user]


def _memberships(parenttype: str, child: str, users: list[str]) -> dict[str, list[str]]:
	found = defaultdict(list)
	for row in frappe.get_all(child, {"parenttype": parenttype, "user": ["in", users]}, ["user", "parent"], order_by="parent"):
		found[row.user].append(row.parent)
	return found


def _relations(meeting: Document, users: list[str]) -> dict[str, list[str]]:
	"""Return {user: organisations and sections to which a relation is declared and has not ended before the meeting}."""
	found = defaultdict(list)
	day = str(meeting.meeting_date or nowdate())
	for row in frappe.get_all(
		"Kyodo Interest",
		{"member": ["in", users], "programme": meeting.programme},
		["member", "organisation", "section", "ended_on"],
		order_by="name",
	):
		if not row.ended_on or str(row.ended_on) >= day:
			found[row.member] += [subject for subject in (row.organisation, row.section) if subject]
	return found


def _declared_reasons(meeting: Document) -> dict[tuple[str, str], str]:
	"""Return {(proposal, user): reason} from the reviews of the meeting's step."""
	names = [item.proposal for item in meeting.agenda if item.proposal]
	if not names:
		return {}
	rows = frappe.get_all(
		"Kyodo Review",
		{"proposal": ["in", names], "step": vocabulary.held_like(meeting.meeting_type), "interest_declared": 1},
		["proposal", "member", "interest_reason"],
		order_by="name",
	)
	return {(row.proposal, row.member): row.interest_reason for row in rows}


# -- parties of an item ------------------------------------------------------------


def _parties_by_item(meeting: Document) -> dict[str, dict]:
	"""Return {agenda item: parties as rules.conflicts expects them} in a bounded number of queries."""
	proposals = _proposal_parties(meeting)
	found = {item.name: proposals[name] for item in meeting.agenda if (name := _proposal_of(item)) in proposals}
	for fieldname, doctype in (("report", "Kyodo Report"), ("evaluation_round", "Kyodo Evaluation Round")):
		names = {item.get(fieldname): item.name for item in meeting.agenda if item.get(fieldname)}
		if names:
			fields = ["name", "project", "organisation", "section"]
			rows = frappe.get_all(doctype, {"name": ["in", list(names)]}, fields, order_by="name")
			partners = _partners("Kyodo Project", [row.project for row in rows])
			for row in rows:
				organisations = [row.organisation, *partners[row.project]]
				found[names[row.name]] = {"name": row.name, "organisations": organisations, "section": row.section}
	return found


def _proposal_of(item: Document) -> str | None:
	return item.proposal or (item.corrects and frappe.db.get_value("Kyodo Decision", item.corrects, "proposal", cache=True))


def _proposal_parties(meeting: Document) -> dict[str, dict]:
	names = sorted({name for item in meeting.agenda if (name := _proposal_of(item))})
	if not names:
		return {}
	partners = _partners("Kyodo Proposal", names)
	fields = ["name", "organisation", "origin", "section", "owner", "submitted_by"]
	rows = frappe.get_all("Kyodo Proposal", {"name": ["in", names]}, fields, order_by="name")
	organisations = {row.name: [name for name in (row.organisation, *partners[row.name]) if name] for row in rows}
	representatives = _representatives({name for names in organisations.values() for name in names})
	return {row.name: _parties_of_proposal(row, organisations[row.name], representatives) for row in rows}


def _parties_of_proposal(row: dict, organisations: list[str], representatives: dict[str, str]) -> dict:
	return {
		"name": row.name,
		"organisations": organisations,
		"section": row.section if row.origin != "Organisation" else None,
		"written_by": [user for user in (row.owner, row.submitted_by) if user and user != "Administrator"],
		"representatives": [representatives[name] for name in organisations if representatives.get(name)],
	}


def _partners(parenttype: str, names: list[str]) -> dict[str, list[str]]:
	found = defaultdict(list)
	for row in frappe.get_all(
		"Kyodo Partner",
		{"parenttype": parenttype, "parent": ["in", names]},
		["parent", "organisation"],
		order_by="idx",
	):
		found[row.parent].append(row.organisation)
	return found


def _representatives(organisations: set) -> dict[str, str]:
	names = sorted(name for name in organisations if name)
	if not names:
		return {}
	rows = frappe.get_all("Kyodo Organisation", {"name": ["in", names]}, ["name", "representative"], order_by="name")
	return {row.name: row.representative for row in rows}


def contests(meeting: Document) -> dict[str, list[Document]]:
	"""Return {call: agenda items} of the partner selections on an agenda (国分寺: プロポーザル方式)."""
	names = [item.proposal for item in meeting.agenda if item.proposal]
	if not names:
		return {}
	proposal, call = frappe.qb.DocType("Kyodo Proposal"), frappe.qb.DocType("Kyodo Call")
	rows = (
		frappe.qb.from_(proposal)
		.join(call)
		.on(call.name == proposal.call)
		.select(proposal.name, proposal.call)
		.where(Criterion.all([proposal.name.isin(names), call.call_type == "Partner Selection"]))
		.orderby(proposal.name)
		.run(as_dict=True)
	)
	call_of = {row.name: row.call for row in rows}
	found = defaultdict(list)
	for item in meeting.agenda:
		if item.proposal in call_of:
			found[call_of[item.proposal]].append(item)
	return dict(found)


def _extend_to_contests(meeting: Document, found: dict):
	for items in contests(meeting).values():
		for user in {user for item, user in found if item in {row.name for row in items}}:
			first = next(row for row in items if (row.name, user) in found)
			text = _("Has an interest in a proposal of the same contest: {0}.", lang=RECORD_LANGUAGE).format(first.subject)
			for row in items:
				found.setdefault((row.name, user), (text, "Found"))


# -- declaring and ruling ------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def declare(meeting: str, agenda_item: str, reason: str) -> None:
	"""Step aside for an agenda item of a meeting that is not over. Raises PermissionError, ValidationError."""
	doc = _open_meeting(meeting)
	item = _item(doc, agenda_item)
	user = frappe.session.user
	seat = next((row for row in doc.attendance if seats.sitting_user(row) == user), None)
	if seat is None:
		frappe.throw(_("Only members who sit in this meeting can step aside."), frappe.PermissionError)
	if not (reason or "").strip():
		frappe.throw(_("Please say in a few words what your interest is."), ReasonRequired)
	if any(row.agenda_item == item.name and row.user == user and row.ruling != "Overruled" for row in doc.recusals):
		return
	doc.set("recusals", [row for row in doc.recusals if (row.agenda_item, row.user) != (item.name, user)])
	doc.append("recusals", _recusal(item, user, seat, reason.strip(), "Declared", None))
	save_own_part(doc)


@frappe.whitelist(methods=["POST"])
def rule(meeting: str, agenda_item: str, user: str, ruling: str, reason: str = "") -> None:
	"""Confirm or overrule an interest as the chair; the office may record the chair's ruling.

	`ruling`: Confirmed, or Overruled with a reason. Raises PermissionError, also for a ruling on one's own interest, and
	ValidationError.
	"""
	doc = _open_meeting(meeting)
	ruling_user = frappe.session.user
	if ruling_user not in seats.chairs(doc.committee):
		require(OFFICER)
	if ruling_user == user:
		frappe.throw(_("You cannot rule on your own interest. A colleague has to do this."), NotImpartial)
	row = next((row for row in doc.recusals if row.agenda_item == agenda_item and row.user == user), None)
	if row is None:
		frappe.throw(_("This member has not stepped aside for this item."), InvalidInterest)
	check_impartial(doc, _item(doc, agenda_item))
	if ruling not in RULINGS:
		frappe.throw(_("Please choose whether the interest is confirmed or overruled."), InvalidChoice)
	if ruling == "Overruled" and not (reason or "").strip():
		frappe.throw(_("Please give the reason for overruling the interest."), ReasonRequired)
	row.update(
		{
			"ruling": ruling,
			"ruling_reason": (reason or "").strip(),
			"ruled_by": get_fullname(ruling_user),
			"ruled_on": now_datetime().replace(microsecond=0),
		}
	)
	save_own_part(doc)


def _open_meeting(meeting: str) -> Document:
	doc = locked(meeting)
	if category_of(doc) not in UNDECIDED:
		frappe.throw(_("This meeting is over. The minutes record who stepped aside."), MeetingOver)
	return doc


def _item(meeting: Document, agenda_item: str) -> Document:
	item = next((row for row in meeting.agenda if row.name == agenda_item), None)
	if item is None:
		frappe.throw(_("This meeting has no such item on its agenda."), NotOnAgenda)
	return item
