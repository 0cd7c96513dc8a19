"""Agreements that both sides confirm word for word: what an offer requires, confirming, concluding.

Sources: domain.md §2 step 3, §4 協定書 (the clauses, and the minimum of 横浜市条例), §6; 小平 (minutes in which both sides
recognise their roles can replace an agreement document).
"""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.partnership import dissolution, negotiation, payments
from kyodo_frappe.partnership import parties as project_parties
from kyodo_frappe.partnership.agreement_drafts import check_project_active, missing_clauses
from kyodo_frappe.partnership.agreement_terms import end_agreement
from kyodo_frappe.partnership.agreement_text import AGREED_PLAN, AGREEMENT, hash_of, table_rows
from kyodo_frappe.partnership.errors import CannotConfirm, NotYourSide, TextChanged, TextFixed
from kyodo_frappe.permissions.people import REPRESENTATIVE, organisations_of, sections_of
from kyodo_frappe.workflows.guard import by_service, move

# -- requirements of an offer ----------------------------------------------------------------------


def missing_for_offer(agreement: Document) -> list[str]:
	"""Sentences that say what is missing or wrong in a draft; empty if it can be offered."""
	return [
		*party_errors(agreement),
		*_sides_without_party_or_role(agreement),
		*_missing_text_errors(agreement),
		*_term_errors(agreement),
		*_open_point_errors(agreement),
		*_grant_errors(agreement),
	]


def _sides_without_party_or_role(agreement: Document) -> Iterator[str]:
	parties, with_roles = ({row.side for row in rows} for rows in (agreement.parties, agreement.roles))
	for side in project_parties.SIDES:
		if side not in parties:
			yield _("The agreement has no party on the side “{0}”.").format(_(side))
		if side not in with_roles:
			yield _("The division of roles has no role for the side “{0}”.").format(_(side))


def _missing_text_errors(agreement: Document) -> Iterator[str]:
	if headings := missing_clauses(agreement):
		yield _("Compulsory clauses are missing: {0}.").format(_(", ").join(headings))
	if agreement.agreement_kind == "Agreement":
		if not agreement.clauses:
			yield _("The agreement has no clauses yet.")
	elif not agreement.clauses and not (agreement.minutes_text or "").strip():
		yield _("Please write down in the minutes what both sides have recognised.")


def _term_errors(agreement: Document) -> Iterator[str]:
	first, last = agreement.effective_from, agreement.effective_to
	if first and last and getdate(last) < getdate(first):
		yield _("The agreement ends before it takes effect. Please correct its term.")


def _open_point_errors(agreement: Document) -> Iterator[str]:
	if points := negotiation.open_points(agreement.project):
		subjects = _(", ").join(row.subject for row in points)
		yield _("Points still open between the two sides: {0}. Please settle or withdraw them first.").format(subjects)


def _grant_errors(agreement: Document) -> Iterator[str]:
	if error := payments.grant_error(frappe.get_doc("Kyodo Project", agreement.project)):
		yield error


def party_errors(agreement: Document) -> list[str]:
	"""Sentences on parties that are not those of the project, or that share a name.

	Confirmations refer to a party by its name, so names have to be unique.
	"""
	project = frappe.get_doc("Kyodo Project", agreement.project)
	wanted = [
		(project_parties.CITY, project.section or ""),
		*((project_parties.ORGANISATION, name) for name in project_parties.organisations_in(project)),
	]
	there = [
		(row.side, (row.section or project.section if row.side == project_parties.CITY else row.organisation) or "")
		for row in agreement.parties
	]
	found = []
	if sorted(there) != sorted(wanted):
		found.append(_("The parties have to be the section in charge and every organisation of the project, each listed once."))
	if len({row.party_name for row in agreement.parties}) < len(agreement.parties):
		found.append(_("Two parties have the same name. Please give them names that differ."))
	return found


# -- confirming ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def confirm(agreement: str, content_hash: str, position: str | None = None) -> dict:
	"""Confirm the text with the given hash for the party that the user may sign for.

	The last confirmation concludes the agreement. Returns {"state", "waiting": [names of parties]}. Raises NotYourSide,
	TextChanged, CannotConfirm, ProjectNotActive, OrganisationNotRegistered, ValidationError without a position.
	"""
	name = project_parties.get_permitted(AGREEMENT, agreement).project
	# lock the project first, in the order in which calling it off does
	project = frappe.get_doc("Kyodo Project", name, for_update=True)
	doc = frappe.get_doc(AGREEMENT, agreement, for_update=True)
	_check_text(doc, content_hash)
	party = _confirming_party(doc)
	position = (position or "").strip() or recorded_position(party)
	if not position:
		frappe.throw(_("Please enter your position. It appears beside your name in the agreement."), InputMissing)
	check_project_active(project)
	dissolution.check_organisations_registered(project)
	_add_confirmation(doc, party, position)
	if doc.all_confirmed:
		doc = move(doc, "Conclude")
	return {"state": doc.workflow_state, "waiting": parties_to_confirm(doc)}


def _check_text(doc: Document, content_hash: str):
	if doc.workflow_state != "Offered":
		frappe.throw(_("This agreement is not being offered for confirmation."), exc=CannotConfirm)
	if content_hash != doc.content_hash or doc.content_hash != hash_of(doc):
		frappe.throw(_("The text has changed since you read it. Please read it again and confirm the new text."), exc=TextChanged)


def _confirming_party(doc: Document) -> Document:
	party = party_of(doc, frappe.session.user)
	if party is None:
		frappe.throw(_("You are not authorised to confirm for any of the parties."), exc=NotYourSide)
	if party.party_name not in parties_to_confirm(doc):
		frappe.throw(_("{0} has already confirmed this text.").format(party.party_name), exc=CannotConfirm)
	return party


def _add_confirmation(doc: Document, party: Document, position: str):
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
	"""The party that `user` may sign for: a representative for their organisation, a section officer for the city.

	A member of an organisation of the project never signs for the city. A representative of two organisations signs for the one
	that has not confirmed yet.
	"""
	organisations = organisations_of(user, REPRESENTATIVE)
	own = [party for party in agreement.parties if party.side == "Organisation" and party.organisation in organisations]
	if own:
		waiting = parties_to_confirm(agreement)
		return next((party for party in own if party.party_name in waiting), own[0])
	if set(organisations_of(user)) & {party.organisation for party in agreement.parties if party.organisation}:
		return None
	sections = sections_of(user)
	return next(
		(party for party in agreement.parties if party.side == "City" and (party.section or agreement.section) in sections),
		None,
	)


def recorded_position(party: Document) -> str:
	"""The position of the user on record: a section officer's, or 代表者."""
	if party.side == "Organisation":
		return _("Representative", lang=RECORD_LANGUAGE)
	filters = {"parenttype": "Kyodo Section", "parent": party.section, "user": frappe.session.user}
	return frappe.db.get_value("Kyodo Section Member", filters, "position") or ""


def parties_to_confirm(agreement: Document) -> list[str]:
	"""Names of the parties that have not confirmed the current text."""
	done = {row.party for row in agreement.confirmations if row.content_hash == agreement.content_hash}
	return [row.party_name for row in agreement.parties if row.party_name not in done]


def notify_offered(agreement: Document):
	"""Notify both sides that a text is offered for confirmation."""
	project_parties.notify("Agreement Offered", agreement)


# -- concluding --------------------------------------------------------------


def on_conclude(agreement: Document):
	"""Write what was agreed into the plan, end an agreement that was amended, and notify both sides. Raises TextFixed."""
	_update_plan(agreement)
	if agreement.replaces:
		_end_replaced(agreement)
	project_parties.notify("Agreement Concluded", agreement)


def _update_plan(agreement: Document):
	project = frappe.get_doc("Kyodo Project", agreement.project)
	for table, fields in AGREED_PLAN.items():
		if agreement.get(table) and table_rows(agreement, table, fields) != table_rows(project, table, fields):
			project.set(table, [{field: row.get(field) for field in fields} for row in agreement.get(table)])
	project.from_date = agreement.effective_from or project.from_date
	project.to_date = agreement.effective_to or project.to_date
	project.form = agreement.form or project.form
	project.flags.ignore_permissions = True  # the last party to confirm may have no write permission in this state
	with by_service(project):
		project.save()


def _end_replaced(agreement: Document):
	old = frappe.get_doc(AGREEMENT, agreement.replaces, for_update=True)
	if old.workflow_state != "Concluded":
		frappe.throw(
			_("The agreement to be amended is now in the state {0}, so it can no longer be amended.").format(_(old.workflow_state)),
			exc=TextFixed,
		)
	end_agreement(old, replaced_by=agreement.name)
