"""Endpoints of the forms of an organisation: entries, documents, people, change notices. Each answers with a redirect (web/forms.py)."""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.accounts import invitations
from kyodo_frappe.common import corrections
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.organisations import change_notices, membership, pages
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme.form import Field
from kyodo_frappe.web import fields, forms, inputs
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.rate_limit import limited
from kyodo_frappe.web.records import check_unchanged, current_time, writable
from kyodo_frappe.web.typed_values import parse
from kyodo_frappe.workflows.guard import move

DOCTYPE = "Kyodo Organisation"
MAX_ANSWER = 2000


def _page_address(page: str = ""):
	"""A function from the arguments of a request to the address of a page of the organisation it names."""
	return lambda name="", **_rest: _address(name, page)


def _address(name: str, page: str = "") -> str:
	return f"/kyodo/my/organisation{page}?name={quote(name or 'new', safe='')}"


# -- entries -------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@limited(limit=20, seconds=60 * 60)
@answers_form(lambda **_given: _address("new"))
def begin_organisation(form: str = "", **given: str):
	"""Create a draft of an organisation with the user as its first representative.

	Raises PermissionError for guests, ValidationError without a name.
	"""
	if frappe.session.user == "Guest":
		raise frappe.PermissionError
	doc = frappe.new_doc(DOCTYPE)
	doc.programme = programme_visibility.first()
	_fill(doc, [*organisations.answer_fields(doc), *organisations.contact_fields(doc)], given)
	if not doc.organisation_name:
		frappe.throw(_("Please give the name of the organisation."), InputMissing)
	_choose_activities(doc, given)
	doc.set("members", [{"user": frappe.session.user, "member_role": "Representative"}])
	# every user may apply for registration; the role with the permission is granted to its members on save
	doc.insert(ignore_permissions=True)
	return _("The organisation is saved as a draft. Continue below; what is still missing is listed."), _address(doc.name), "step-basics"


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address())
def save_organisation(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save what may be changed in the organisation's state. then: save, documents or check (to go there), or Apply for Registration."""
	doc = _saved(name, modified, given)
	if then == "Apply for Registration":
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, then)
		return _("The application is handed in. The office will check it."), _address(name, "/receipt")
	return _("Saved at {0}.").format(current_time()), _address(name, f"/{then}" if then in ("documents", "check") else "")


@frappe.whitelist(methods=["POST"])
def autosave_organisation(name: str, modified: str = "", form: str = "", then: str = "", **given: str) -> dict:
	"""Save the entries while they are written; returns {at, modified, steps: {step: {state, word, note}}, missing: [field]}.

	Raises as the form does.
	"""
	doc = _saved(name, modified, given)
	steps = {step["name"]: {key: step[key] for key in ("state", "word", "note")} for step in pages.steps_of(doc)}
	missing = [part.field for part in organisations.missing_parts(doc)]
	return {"at": current_time(), "modified": str(doc.modified), "steps": steps, "missing": missing}


def _saved(name: str, modified: str, given: dict) -> Document:
	"""Store what may be written in the organisation's state. Raises as `check_unchanged`, and for what cannot be read."""
	doc = writable(DOCTYPE, name)
	check_unchanged(doc, modified)
	if doc.workflow_state in organisations.open_states():
		_fill_answers(doc, given)
		_answer_corrections(doc, given)
	else:
		_fill(doc, organisations.contact_fields(doc), given)
	doc.flags.agrees_to = inputs.consented_fields(given)
	doc.save()
	return doc


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/renew"))
def renew_organisation(name: str, modified: str = "", form: str = "", **given: str):
	"""Save the answers of a renewal and hand it in, both or neither. Raises as `registration.hand_in_renewal`."""
	doc = writable(DOCTYPE, name)
	check_unchanged(doc, modified)
	_fill_answers(doc, given)
	doc.flags.agrees_to = inputs.consented_fields(given)
	organisations.hand_in_renewal(doc)
	return _("The renewal is handed in. The office will check it."), _address(name, "/receipt")


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address())
def withdraw_organisation(name: str, withdraw_reason: str = "", form: str = ""):
	"""Withdraw the registration or the application. Raises ValidationError without a reason."""
	doc = writable(DOCTYPE, name)
	if not withdraw_reason.strip():
		frappe.throw(_("Please give the reason."), InputMissing)
	doc.withdraw_reason = withdraw_reason.strip()
	doc.save()
	move(doc, "Withdraw")
	return _("The organisation is withdrawn."), _address(name)


def _fill(doc: Document, form_fields: list[Field], given: dict):
	names, tables = fields.split(field for field in form_fields if field.name != "activity_fields")
	forms.fill(doc, names, tables, given)


def _fill_answers(doc: Document, given: dict):
	_fill(doc, [*organisations.answer_fields(doc), *organisations.contact_fields(doc)], given)
	_choose_activities(doc, given)
	answers = {}
	for row in organisations.requirements(doc):
		typed = {column: given.get(f"requirement-{row.code}-{column}") for column in ("fulfilled", "note")}
		answers[row.code] = {column: _parse_column("Kyodo Requirement Check", column, text) for column, text in typed.items()}
	organisations.answer_requirements(doc, answers)


def _answer_corrections(doc: Document, given: dict):
	for row in corrections.open_rows(doc):
		if f"answer-{row.name}" in given:
			row.answer = given[f"answer-{row.name}"].strip()[:MAX_ANSWER] or None


def _parse_column(doctype: str, column: str, text: str | None):
	return None if text is None else parse(frappe.get_meta(doctype).get_field(column), text) or ""


def _choose_activities(doc: Document, given: dict):
	if "has-activities" in given:
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-") and given[key]]
		doc.set("activity_fields", [{"activity_field": code} for code in codes])


# -- documents -----------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/documents"))
def attach_document(name: str, slot: str = "", title: str = "", form: str = ""):
	"""Attach the uploaded file. slot: key of the document, "" for a further one with a `title`."""
	doc = writable(DOCTYPE, name)
	file = next(iter(forms.uploaded_files("file")), None)  # chosen, or photographed: two inputs of one name
	if not file:
		frappe.throw(_("Please choose a file first."), InputMissing)
	organisations.attach_document(doc, slot, title, file.filename, file.stream.read())
	return _("The document is attached."), _address(name, "/documents")


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/documents"))
def remove_document(name: str, slot: str = "", form: str = ""):
	"""Remove an attached document."""
	organisations.remove_document(writable(DOCTYPE, name), slot)
	return _("The document is removed."), _address(name, "/documents")


# -- people ----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_page_address("/people"))
def invite_person(name: str, email: str = "", member_role: str = "", form: str = ""):
	"""Invite somebody by mail. Raises as `invitations.invite`."""
	invitations.invite(name, email, member_role)
	return _("An invitation was sent to {0}.").format(email.strip()), _address(name, "/people")


@frappe.whitelist(methods=["POST"])
@limited(limit=60, seconds=60 * 60)
@answers_form(_page_address("/people"))
def change_invitation(name: str, invitation: str = "", then: str = "", form: str = ""):
	"""Send an invitation again or revoke it. then: again or revoke."""
	if then == "revoke":
		invitations.revoke(invitation)
		return _("The invitation is revoked."), _address(name, "/people")
	invitations.send_again(invitation)
	return _("The invitation was sent again."), _address(name, "/people")


@frappe.whitelist(methods=["POST"])
@answers_form(lambda key="", **_rest: f"/kyodo/join/{quote(key, safe='')}")
def accept_invitation(key: str, form: str = ""):
	"""Accept an invitation as the current user. Raises as `invitations.accept`."""
	organisation = invitations.accept(key)
	return _("You are now a member of the organisation."), _address(organisation)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/people"))
def change_person(name: str, user: str = "", member_role: str = "", then: str = "", form: str = ""):
	"""Change a person's role, or remove the person. then: remove, or anything else to change the role."""
	if then == "remove":
		membership.remove(name, user)
		return _("The person was removed."), _address(name, "/people")
	membership.change_role(name, user, member_role)
	return _("The role is changed."), _address(name, "/people")


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/people"))
def leave_organisation(name: str, form: str = ""):
	"""Leave an organisation. Raises as `membership.leave`."""
	membership.leave(name)
	return _("You have left the organisation."), "/kyodo/my"


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/people"))
def hand_over(name: str, successor: str = "", own_role: str = "", representative: str = "", form: str = ""):
	"""Hand the representation over to another person. Raises as `membership.hand_over`."""
	notice = membership.hand_over(name, successor, own_role, representative)
	message = _("The representation is handed over.")
	if notice:
		message = _("The representation is handed over, and the change notice {0} is handed in.").format(notice)
	return message, "/kyodo/my" if own_role == membership.LEAVE else _address(name, "/people")


# -- change notices -----------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/change"))
def give_notice(name: str, notice: str = "", effective_on: str = "", reason: str = "", form: str = "", **given: str):
	"""Hand in a notice of what differs from the registered entries, or a returned one again. Raises as `change_notices.give`."""
	doc = writable(DOCTYPE, name)
	fieldnames = [field.name for field in change_notices.fields_of(doc)]
	changes = {fieldname: _parse_field(doc, fieldname, given[fieldname]) for fieldname in fieldnames if fieldname in given}
	meta = frappe.get_meta(change_notices.NOTICE)
	change_notices.give(
		name, changes, parse(meta.get_field("effective_on"), effective_on), parse(meta.get_field("reason"), reason) or "", notice or None
	)
	return _("The change notice is handed in. The entries change when the office has accepted it."), _address(name)


@frappe.whitelist(methods=["POST"])
@answers_form(_page_address("/change"))
def withdraw_notice(name: str, notice: str = "", form: str = ""):
	"""Withdraw a change notice."""
	move(writable(change_notices.NOTICE, notice), "Withdraw")
	return _("The change notice is withdrawn."), _address(name)


def _parse_field(doc: Document, field: str, text: str) -> str:
	return change_notices.as_text(parse(doc.meta.get_field(field), text))
