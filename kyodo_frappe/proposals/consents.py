"""Who has to agree before a proposal goes in the name of several: partners, the section, an organisation whose
paper the office typed in (鎌倉 2(2)1(2): proposals come from either side, or from both together).

A consent is given by the side itself, in the portal or the desk, and carries its name and time.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe import messages
from kyodo_frappe.permissions.people import REPRESENTATIVE, organisations_of, sections_of
from kyodo_frappe.permissions.roles import OFFICER, SECTION
from kyodo_frappe.proposals import notifications
from kyodo_frappe.proposals.errors import ConsentMissing
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of, states

BEFORE_RECEIVED = (WRITING, WAITING)


def missing(proposal: Document) -> list[str]:
	"""What still has to be agreed before the proposal may be handed in, as the heads of a list."""
	found = [_("Consent of {0}").format(partner_title(row)) for row in proposal.partners if not row.consented_on]
	if proposal.origin == "Joint" and not proposal.section_consented_on:
		found.append(_("Consent of the section in charge") if proposal.section else _("Section in Charge"))
	if _written_by_others(proposal) and proposal.organisation and not _agreed(proposal):
		found.append(_("Consent of {0}").format(_name(proposal.organisation)))
	return found


def _agreed(proposal: Document) -> bool:
	"""Whether the first organisation stands behind what others have written in its name."""
	return bool(proposal.confirmed_on or (proposal.confirmation_note or "").strip() or _wrote_it_itself(proposal))


def _written_by_others(proposal: Document) -> bool:
	"""Whether the city speaks in the first organisation's name: by the proposal's origin, or because a section began it.
	(What the office types from paper is handed in first, and confirmed before it is received.)"""
	if proposal.origin != "Organisation":
		return True
	roles = frappe.get_roles(proposal.owner)
	return SECTION in roles and OFFICER not in roles and proposal.organisation not in organisations_of(proposal.owner)


def _wrote_it_itself(proposal: Document) -> bool:
	return proposal.organisation in organisations_of(proposal.owner, REPRESENTATIVE)


def check_paper_confirmed(proposal: Document):
	"""A proposal that the office typed from paper is received when the organisation has confirmed the typing."""
	for sentence in unconfirmed(proposal):
		frappe.throw(sentence, exc=ConsentMissing)


def unconfirmed(proposal: Document) -> list[str]:
	"""The sentence that says what a proposal from paper waits for; empty when nothing."""
	if proposal.intake != "Paper" or _agreed(proposal):
		return []
	sentence = _(
		"The organisation has not confirmed yet what was entered from its paper. It can confirm in the portal; "
		"or note under “{0}” how it confirmed."
	)
	return [sentence.format(_("How It Was Confirmed"))]


def waiting_for(proposal: Document, user: str) -> str | None:
	"""What `user` could agree to here: "partner", "organisation", "section", or None."""
	if category_of(proposal) not in BEFORE_RECEIVED:
		return None
	mine = organisations_of(user, REPRESENTATIVE)
	if any(row.organisation in mine and not row.consented_on for row in proposal.partners):
		return "partner"
	asked = _written_by_others(proposal) or proposal.intake == "Paper"
	if asked and proposal.organisation in mine and not _agreed(proposal):
		return "organisation"
	needs_section = proposal.origin == "Joint" and proposal.section and not proposal.section_consented_on
	if needs_section and SECTION in frappe.get_roles(user) and proposal.section in sections_of(user):
		return "section"
	return None


def asked_of(user: str) -> list[dict]:
	"""[{name, title}] of the proposals that wait for `user`'s word as a representative; a fixed number of queries."""
	mine = organisations_of(user, REPRESENTATIVE)
	if not mine:
		return []
	as_partner = frappe.get_all(
		"Kyodo Partner",
		{"parenttype": "Kyodo Proposal", "organisation": ["in", mine], "consented_on": ["is", "not set"]},
		pluck="parent",
		order_by="parent",
	)
	open_now = {"workflow_state": ["in", states("Kyodo Proposal", *BEFORE_RECEIVED)]}
	fields = ["name", "title", "owner", "origin", "intake", "organisation"]
	rows = frappe.get_all("Kyodo Proposal", {**open_now, "name": ["in", as_partner or [""]]}, fields, order_by="name")
	unconfirmed = {"organisation": ["in", mine], "confirmed_on": ["is", "not set"], "confirmation_note": ["is", "not set"]}
	written = frappe.get_all("Kyodo Proposal", {**open_now, **unconfirmed}, fields, order_by="name")
	sections = _sections_among({row.owner for row in written})
	own = set(_people_of(mine))
	for row in written:
		by_the_city = row.origin != "Organisation" or row.intake == "Paper" or row.owner in sections
		if by_the_city and (row.organisation, row.owner) not in own and row.name not in as_partner:
			rows.append(row)
	return [frappe._dict(name=row.name, title=row.title) for row in rows]


def _sections_among(users: set[str]) -> set[str]:
	"""Those who write as a section and not as the office."""
	filters = {"parenttype": "User", "parent": ["in", sorted(users) or [""]], "role": ["in", (SECTION, OFFICER)]}
	rows = frappe.get_all("Has Role", filters, ["parent", "role"], order_by="parent")
	return {row.parent for row in rows if row.role == SECTION} - {row.parent for row in rows if row.role == OFFICER}


def _people_of(organisations: list[str]) -> list[tuple[str, str]]:
	filters = {"parenttype": "Kyodo Organisation", "parent": ["in", organisations], "member_role": ["in", REPRESENTATIVE]}
	return [(row.parent, row.user) for row in frappe.get_all("Kyodo Organisation Member", filters, ["parent", "user"], order_by="parent")]


@frappe.whitelist(methods=["POST"])
def consent(proposal: str) -> str:
	"""Agree to a proposal in the name of one's own organisation or section; returns what was agreed to.

	Raises PermissionError where there is nothing that this login could agree to.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("read")
	user = frappe.session.user
	kind = waiting_for(doc, user)
	if kind is None:
		frappe.throw(
			_("There is nothing here that you could consent to. A representative of the organisation does it."),
			frappe.PermissionError,
		)
	now = now_datetime().replace(microsecond=0)
	if kind == "partner":
		mine = organisations_of(user, REPRESENTATIVE)
		for row in doc.partners:
			if row.organisation in mine and not row.consented_on:
				row.consented_on, row.consented_by = now, user
	elif kind == "organisation":
		doc.confirmed_on, doc.confirmed_by, doc.objection = now, user, None
	else:
		doc.section_consented_on, doc.section_consented_by = now, user
	_save(doc)
	return kind


@frappe.whitelist(methods=["POST"])
def object_to(proposal: str, text: str):
	"""Say what was entered wrongly from one's paper, or what one wants changed before agreeing.

	Raises PermissionError for who could not consent either, ValidationError without a text.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("read")
	if waiting_for(doc, frappe.session.user) != "organisation":
		frappe.throw(_("Only a representative of the organisation may do this."), frappe.PermissionError)
	if not text.strip():
		frappe.throw(_("Please say what should be changed."))
	doc.objection = text.strip()
	_save(doc)


def _save(doc: Document):
	with by_service(doc):
		# the fields of consents are nobody's to type; who may consent has been asked above
		doc.save(ignore_permissions=True)


def partner_title(row: Document) -> str:
	"""The partner's name, once it has agreed or where it shows itself publicly; until then its registration number."""
	shown = row.consented_on or frappe.db.get_value("Kyodo Organisation", row.organisation, "publish_profile")
	return _name(row.organisation) if shown else row.organisation


@frappe.whitelist(methods=["POST"])
def ask_partner(proposal: str, organisation: str, role: str = ""):
	"""Name an organisation as a partner of a draft; it is told, and agrees or not.

	Raises ValidationError for one that is not registered or takes part already, PermissionError for who does not write.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("write")
	number = organisation.strip().upper()
	if frappe.db.get_value("Kyodo Organisation", number, "workflow_state") != "Registered":
		frappe.throw(_("There is no registered organisation with the number “{0}”.").format(number))
	if number in doc.own_organisations():
		frappe.throw(_("This organisation takes part already."))
	doc.append("partners", {"organisation": number, "role": role.strip()[:140] or None})
	doc.save()


@frappe.whitelist(methods=["POST"])
def remove_partner(proposal: str, row: str):
	"""Take a partner out of a draft. Raises PermissionError for who does not write it."""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("write")
	doc.set("partners", [partner for partner in doc.partners if partner.name != row])
	doc.save()


def tell_objection(proposal: Document):
	"""Tell the office that somebody asks for changes before they consent."""
	if proposal.objection and proposal.has_value_changed("objection"):
		messages.send("Consent Objection", proposal)


def tell_new_partners(proposal: Document):
	"""Mail the representatives of organisations that have been named as partners since the last save."""
	before = proposal.get_doc_before_save()
	known = {row.organisation for row in before.partners} if before else set()
	for row in proposal.partners:
		if row.organisation not in known and not row.consented_on:
			notifications.ask_consent(proposal, row.organisation)


def _name(organisation: str) -> str:
	return frappe.db.get_value("Kyodo Organisation", organisation, "organisation_name") or organisation
