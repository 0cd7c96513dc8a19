"""Consents to a proposal in the name of several: partners, the section, an organisation whose paper the office has entered.

Source: 鎌倉 2(2)1(2), proposals come from either side, or from both together. A consent is given by the side itself, in the portal or
the desk, and carries user and time.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe import messages
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.people import REPRESENTATIVE, organisations_of, sections_of
from kyodo_frappe.permissions.roles import OFFICER, SECTION
from kyodo_frappe.proposals import notifications
from kyodo_frappe.proposals.errors import ConsentMissing, NotAPartner
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of, states

BEFORE_RECEIVED = (WRITING, WAITING)


def missing(proposal: Document) -> list[str]:
	"""Return the consents that a proposal needs before it may be handed in, as items of a list for people."""
	found = [_("Consent of {0}").format(partner_title(row)) for row in proposal.partners if not row.consented_on]
	if proposal.origin == "Joint" and not proposal.section_consented_on:
		found.append(_("Consent of the section in charge") if proposal.section else _("Section in Charge"))
	if _written_by_city(proposal) and proposal.organisation and not _organisation_agreed(proposal):
		found.append(_("Consent of {0}").format(_organisation_name(proposal.organisation)))
	return found


def _organisation_agreed(proposal: Document) -> bool:
	"""Whether the first organisation has agreed to a text that others wrote in its name."""
	return bool(proposal.confirmed_on or (proposal.confirmation_note or "").strip() or _written_by_representative(proposal))


def _written_by_city(proposal: Document) -> bool:
	"""Whether the city writes in the first organisation's name: by the origin, or because a section began the proposal.

	What the office enters from paper is handed in first, and confirmed before it is received.
	"""
	if proposal.origin != "Organisation":
		return True
	roles = frappe.get_roles(proposal.owner)
	return SECTION in roles and OFFICER not in roles and proposal.organisation not in organisations_of(proposal.owner)


def _written_by_representative(proposal: Document) -> bool:
	return proposal.organisation in organisations_of(proposal.owner, REPRESENTATIVE)


def check_paper_confirmed(proposal: Document):
	"""Raise ConsentMissing for a proposal from paper that the organisation has not confirmed."""
	for sentence in unconfirmed_paper(proposal):
		frappe.throw(sentence, exc=ConsentMissing)


def unconfirmed_paper(proposal: Document) -> list[str]:
	"""Return the sentence about a proposal from paper that the organisation has not confirmed; empty where it has."""
	if proposal.intake != "Paper" or _organisation_agreed(proposal):
		return []
	sentence = _(
		"The organisation has not confirmed yet what was entered from its paper. It can confirm in the portal; "
		"or note under “{0}” how it confirmed."
	)
	return [sentence.format(_("How It Was Confirmed"))]


def pending_consent(proposal: Document, user: str) -> str | None:
	"""Return what `user` could consent to here: "partner", "organisation", "section", or None."""
	if category_of(proposal) not in BEFORE_RECEIVED:
		return None
	organisations = organisations_of(user, REPRESENTATIVE)
	if any(row.organisation in organisations and not row.consented_on for row in proposal.partners):
		return "partner"
	needs_organisation = _written_by_city(proposal) or proposal.intake == "Paper"
	if needs_organisation and proposal.organisation in organisations and not _organisation_agreed(proposal):
		return "organisation"
	needs_section = proposal.origin == "Joint" and proposal.section and not proposal.section_consented_on
	if needs_section and SECTION in frappe.get_roles(user) and proposal.section in sections_of(user):
		return "section"
	return None


def proposals_awaiting(user: str) -> list[dict]:
	"""[{name, title}] of the proposals that await the consent of `user` as a representative; a fixed number of queries."""
	organisations = organisations_of(user, REPRESENTATIVE)
	if not organisations:
		return []
	as_partner = frappe.get_all(
		"Kyodo Partner",
		{"parenttype": "Kyodo Proposal", "organisation": ["in", organisations], "consented_on": ["is", "not set"]},
		pluck="parent",
		order_by="parent",
	)
	open_now = {"workflow_state": ["in", states("Kyodo Proposal", *BEFORE_RECEIVED)]}
	fields = ["name", "title", "owner", "origin", "intake", "organisation"]
	rows = frappe.get_all("Kyodo Proposal", {**open_now, "name": ["in", as_partner]}, fields, order_by="name") if as_partner else []
	waiting = {"organisation": ["in", organisations], "confirmed_on": ["is", "not set"], "confirmation_note": ["is", "not set"]}
	written_by_others = frappe.get_all("Kyodo Proposal", {**open_now, **waiting}, fields, order_by="name")
	representatives = set(_representatives_of(organisations)) if written_by_others else set()
	written_by_others = [row for row in written_by_others if (row.organisation, row.owner) not in representatives]
	sections = _section_officers_among({row.owner for row in written_by_others}) if written_by_others else set()
	for row in written_by_others:
		by_the_city = row.origin != "Organisation" or row.intake == "Paper" or row.owner in sections
		if by_the_city and row.name not in as_partner:
			rows.append(row)
	return [frappe._dict(name=row.name, title=row.title) for row in rows]


def _section_officers_among(users: set[str]) -> set[str]:
	"""The users who are section officers and not of the office."""
	filters = {"parenttype": "User", "parent": among(sorted(users)), "role": ["in", (SECTION, OFFICER)]}
	rows = frappe.get_all("Has Role", filters, ["parent", "role"], order_by="parent")
	return {row.parent for row in rows if row.role == SECTION} - {row.parent for row in rows if row.role == OFFICER}


def _representatives_of(organisations: list[str]) -> list[tuple[str, str]]:
	"""[(organisation, user)]"""
	filters = {"parenttype": "Kyodo Organisation", "parent": ["in", organisations], "member_role": ["in", REPRESENTATIVE]}
	return [(row.parent, row.user) for row in frappe.get_all("Kyodo Organisation Member", filters, ["parent", "user"], order_by="parent")]


@frappe.whitelist(methods=["POST"])
def consent(proposal: str) -> str:
	"""Consent to a proposal in the name of the user's organisation or section; returns the kind as `pending_consent`.

	Raises PermissionError where the user has nothing to consent to.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("read")
	user = frappe.session.user
	kind = pending_consent(doc, user)
	if kind is None:
		frappe.throw(
			_("There is nothing here that you can consent to. A representative of the organisation has to consent."),
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
	"""Record what an organisation wants changed before it consents, such as a typing error in what came on paper.

	Raises PermissionError for users who could not consent either, ValidationError without a text.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("read")
	if pending_consent(doc, frappe.session.user) != "organisation":
		frappe.throw(_("Only a representative of the organisation may do this."), frappe.PermissionError)
	if not text.strip():
		frappe.throw(_("Please say what should be changed."), InputMissing)
	doc.objection = text.strip()
	_save(doc)


def _save(doc: Document):
	with by_service(doc):
		# nobody may write the fields of consents; the right to consent was checked by the caller
		doc.save(ignore_permissions=True)


def partner_title(row: Document) -> str:
	"""Return a partner's name once it has consented or is public, until then its registration number."""
	shown = row.consented_on or frappe.db.get_value("Kyodo Organisation", row.organisation, "publish_profile")
	return _organisation_name(row.organisation) if shown else row.organisation


@frappe.whitelist(methods=["POST"])
def ask_partner(proposal: str, organisation: str, role: str = ""):
	"""Add an organisation as a partner of a draft; it is notified and asked for its consent.

	Raises PermissionError without the right to write, ValidationError for an unregistered organisation or one that takes part.
	"""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("write")
	number = organisation.strip().upper()
	if frappe.db.get_value("Kyodo Organisation", number, "workflow_state") != "Registered":
		frappe.throw(_("There is no registered organisation with the number “{0}”.").format(number), NotAPartner)
	if number in doc.own_organisations():
		frappe.throw(_("This organisation already takes part."), NotAPartner)
	doc.append("partners", {"organisation": number, "role": role.strip()[:140] or None})
	doc.save()


@frappe.whitelist(methods=["POST"])
def remove_partner(proposal: str, row: str):
	"""Remove a partner from a draft. Raises PermissionError without the right to write."""
	doc = frappe.get_doc("Kyodo Proposal", proposal, for_update=True)
	doc.check_permission("write")
	doc.set("partners", [partner for partner in doc.partners if partner.name != row])
	doc.save()


def notify_objection(proposal: Document):
	"""Notify the office that an organisation wants changes before it consents."""
	if proposal.objection and proposal.has_value_changed("objection"):
		messages.send("Consent Objection", proposal)


def notify_new_partners(proposal: Document):
	"""Notify the representatives of partners that were added since the last save."""
	before = proposal.get_doc_before_save()
	known = {row.organisation for row in before.partners} if before else set()
	for row in proposal.partners:
		if row.organisation not in known and not row.consented_on:
			notifications.request_consent(proposal, row.organisation)


def _organisation_name(organisation: str) -> str:
	return frappe.db.get_value("Kyodo Organisation", organisation, "organisation_name") or organisation
