"""Registration of organisations: what it requires, how long it is valid, its renewal, and its notifications."""

import datetime
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common import corrections, request_json
from kyodo_frappe.common.errors import InputMissing, InvalidChoice, RowMissing, TooMany
from kyodo_frappe.messages.due import Due
from kyodo_frappe.organisations.errors import DocumentsFixed, OrganisationNotRegistered, RegistrationIncomplete, RenewalNotOpen
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.programme import form
from kyodo_frappe.rules.codes import valid_postal_code
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.textkeys import kana_valid
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, WRITING, allows, drafts, states

DOCTYPE = "Kyodo Organisation"
# {field of a document: its code in the programme's list}
DOCUMENT_CODES = {"rules_attachment": "rules", "members_attachment": "members", "accounts_attachment": "accounts"}
WINDOW_DAYS = 60
MAX_DOCUMENTS = 30


# -- what is missing ----------------------------------------------------------------


def missing_parts(doc: Document) -> list[dict]:
	"""[{field, text}] of what is missing before an application can be handed in; field: for pointing at the input."""
	labels = form.headings(doc)
	found = [
		_part(field, labels.get(field) or _(doc.meta.get_label(field)))
		for field in needed_fields(doc)
		if not form.is_filled(doc, doc.meta.get_field(field))
	]
	if doc.organisation_kana and not kana_valid(doc.organisation_kana):
		found.append(_part("organisation_kana", _("Name in kana: please write it in katakana")))
	if doc.postal_code and not valid_postal_code(doc.postal_code):
		found.append(_part("postal_code", _("Postal code: seven digits, such as 248-8686")))
	return found + _unanswered(doc) + _not_attached(doc)


def answer_fields(doc: Document) -> list[form.Field]:
	"""Return the fields that an organisation answers about itself; they are fixed once it is registered."""
	return [field for field in form.fields_of(doc, form.PORTAL) if field.step in ("basics", "sheet")]


def contact_fields(doc: Document) -> list[form.Field]:
	"""Return the fields that an organisation may change in every state."""
	return [field for field in form.fields_of(doc, form.PORTAL) if field.step in ("contact", "publication")]


def single_value_names(fields: list[form.Field]) -> list[str]:
	"""Return the names of the fields that hold one value."""
	return [field.name for field in fields if not field.is_table]


def _part(field: str, text: str) -> dict:
	return frappe._dict(field=field, text=text)


def needed_fields(doc: Document) -> list[str]:
	"""Return the names of the fields that have to be filled: those that the workflow needs, then those that the form requires."""
	steps = specs()[DOCTYPE]["transitions"]
	found = list(next(step["needs"] for step in steps if step["action"] == "Apply for Registration"))
	return found + [field.name for field in form.fields_of(doc) if field.required and not field.is_file and field.name not in found]


def _unanswered(doc: Document) -> list[dict]:
	answers = {row.code: row for row in doc.requirement_checks}
	found = []
	for required in requirements(doc):
		row = answers.get(required.code)
		if row is None or not row.fulfilled:
			found.append(_part(f"requirement-{required.code}", _("Requirement “{0}”: please answer").format(required.requirement)))
		elif row.fulfilled == "No" and not (row.note or "").strip():
			text = _("Requirement “{0}”: please explain why it is not met").format(required.requirement)
			found.append(_part(f"requirement-{required.code}", text))
	return found


def _not_attached(doc: Document) -> list[dict]:
	return [
		_part("documents", _("Document “{0}”").format(slot.title)) for slot in document_slots(doc) if slot.required and not slot.file_url
	]


def check_complete(doc: Document):
	"""Raise RegistrationIncomplete with everything that is missing."""
	if missing := missing_parts(doc):
		texts = _(", ").join(frappe.utils.escape_html(part.text) for part in missing)
		frappe.throw(_("Not filled in yet: {0}.").format(texts), exc=RegistrationIncomplete)


def requirements(doc: Document) -> list[Document]:
	"""Return the requirements of today's programme."""
	return frappe.get_cached_doc("Kyodo Programme", doc.programme).requirements if doc.programme else []


def document_slots(doc: Document) -> list[dict]:
	"""[{key, title, help_text, required, fieldname or row, file_url}] of the documents that may be attached.

	First those with a field of their own, then the programme's others, then those that the organisation added.
	"""
	required = {row.code: row for row in _required_documents(doc)}
	attachments = [field for field in form.fields_of(doc, form.PORTAL) if field.is_file]
	slots = [_slot_of_field(doc, field, required.pop(DOCUMENT_CODES.get(field.name), None)) for field in attachments]
	rows = {row.document: row for row in doc.attachments}
	for code, row in required.items():
		slots.append(_slot(code, row, row.document, row=rows.pop(row.document, None)))
	return slots + [_slot("", None, title, row=row) for title, row in rows.items()]


def _required_documents(doc: Document) -> list[Document]:
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme) if doc.programme else None
	return [row for row in programme.required_documents if row.used_for == "Registration"] if programme else []


def _slot_of_field(doc: Document, field: form.Field, required: Document | None) -> dict:
	slot = _slot("", required, required.document if required else field.label, fieldname=field.name)
	slot.update(file_url=doc.get(field.name), required=slot.required or field.required, help_text=slot.help_text or field.help)
	return slot


def _slot(code, required, title, fieldname=None, row=None) -> dict:
	return frappe._dict(
		key=fieldname or (row.name if row else f"code:{code}"),
		title=title,
		help_text=required.help_text if required else "",
		required=bool(required and required.required),
		fieldname=fieldname,
		row=row.name if row else None,
		file_url=row.file if row else None,
	)


def documents_editable(doc: Document) -> bool:
	"""Whether documents may be attached: while the entries are open, and for a renewal."""
	return doc.workflow_state in open_states() or may_renew(doc)


def attach_document(doc: Document, key: str, title: str, filename: str, content: bytes):
	"""Attach a file as one of the documents (`key` of its slot), or as a further one with a `title`.

	Raises PermissionError without the right to write, ValidationError in a closed state, or for a file that is not accepted.
	"""
	doc.check_permission("write")
	_check_documents_editable(doc)
	slot = _slot_by_key(doc, key) if key else frappe._dict(title=" ".join(title.split())[:140])
	if not slot.title:
		frappe.throw(_("Please say what the document is."), InputMissing)
	with by_service(doc):  # a registered organisation attaches the documents of its renewal
		if slot.fieldname:
			attachments.attach(doc, filename=filename, content=content, fieldname=slot.fieldname)
			return
		if not slot.row:
			if len(doc.attachments) >= MAX_DOCUMENTS:
				frappe.throw(_("There are too many documents. Please remove some first."), TooMany)
			doc.append("attachments", {"document": slot.title})
			doc.save()
		row = slot.row or doc.attachments[-1].name
		attachments.attach(doc, filename=filename, content=content, table="attachments", row=row, fieldname="file")


def remove_document(doc: Document, key: str):
	"""Remove a document. Raises as `attach_document`."""
	doc.check_permission("write")
	_check_documents_editable(doc)
	slot = _slot_by_key(doc, key)
	with by_service(doc):
		if slot.fieldname:
			attachments.detach(doc, fieldname=slot.fieldname)
		elif slot.row:
			attachments.detach(doc, table="attachments", row=slot.row, fieldname="file")
			doc.set("attachments", [row for row in doc.attachments if row.name != slot.row])
			doc.save()


def _check_documents_editable(doc: Document):
	if not documents_editable(doc):
		frappe.throw(_("Documents cannot be changed in the state {0}.").format(_(doc.workflow_state)), DocumentsFixed)


def _slot_by_key(doc: Document, key: str) -> dict:
	slot = next((slot for slot in document_slots(doc) if slot.key == key), None)
	if slot is None:
		frappe.throw(_("This document no longer exists. Please reload the page."), RowMissing)
	return slot


# -- states -------------------------------------------------------------------------------


def open_states() -> list[str]:
	"""Return the states in which an organisation's members may write what the registration rests on."""
	return states(DOCTYPE, editor=ORGANISATION)


def valid_states() -> list[str]:
	"""Return the states in which a registration is valid until its last day, also while the office checks the renewal."""
	return [state for state in states(DOCTYPE, WRITING, WAITING, EXAMINED, DECIDED) if state not in drafts(DOCTYPE)]


def importable_states() -> list[str]:
	"""Return the states that an imported list may give or change: nobody is checking the registration, and it is active."""
	return [*drafts(DOCTYPE), *states(DOCTYPE, DECIDED), *(state for state in states(DOCTYPE, OVER) if state in open_states())]


# -- validity ------------------------------------------------------------------


def is_registered(organisation: str, on: datetime.date | str | None = None) -> bool:
	"""Whether an organisation is registered on a day (today), also while its renewal is being checked."""
	row = frappe.db.get_value(DOCTYPE, organisation, ["workflow_state", "registered_on", "valid_until"], as_dict=True)
	return bool(row) and is_valid(row, getdate(on))


def is_valid(row: dict, on: datetime.date) -> bool:
	"""As `is_registered`, for the values of an organisation."""
	if not row.registered_on or not row.valid_until or getdate(row.valid_until) < on:
		return False
	return row.workflow_state in valid_states()


def next_term(doc: Document, today: datetime.date) -> datetime.date:
	"""Return the last day of the term that a registration today begins; a renewal before the end continues from there."""
	years = max(cint(_programme_value(doc, "registration_years")), 1)
	first = fiscal_year(today)
	if doc.registered_on and doc.valid_until and getdate(doc.valid_until) >= today:
		first = fiscal_year(getdate(doc.valid_until)) + 1
	return fiscal_year_range(first + years - 1)[1]


def renewal_opens(doc: Document) -> datetime.date | None:
	"""Return the first day on which a registration may be renewed; None for one without an end."""
	if not doc.valid_until:
		return None
	days = _programme_value(doc, "renewal_window")
	return getdate(add_days(doc.valid_until, -(WINDOW_DAYS if days is None else cint(days))))


def may_renew(doc: Document, today: datetime.date | None = None) -> bool:
	"""Whether a registration may be renewed today, or on another day."""
	if doc.workflow_state == "Expired":
		return True
	opens = renewal_opens(doc)
	return doc.workflow_state == "Registered" and bool(opens) and (today or getdate()) >= opens


def check_renewable(doc: Document, state: str | None = None):
	"""Raise RenewalNotOpen, with the first day, where a registration cannot be renewed yet."""
	opens = renewal_opens(doc)
	if (state or doc.workflow_state) == "Registered" and opens and getdate() < opens:
		frappe.throw(_("The registration can be renewed from {0}.").format(era_date(opens)), exc=RenewalNotOpen)


def _programme_value(doc: Document, fieldname: str):
	return frappe.get_cached_value("Kyodo Programme", doc.programme, fieldname) if doc.programme else None


# -- renewal ----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def renew(organisation: str, answers: dict | str | None = None) -> str:
	"""Hand in a renewal with new answers; returns the new state.

	answers: {fieldname: value, "activity_fields": [codes], "requirements": {code: {"fulfilled": …, "note": …}}}; what is not named stays.
	Raises PermissionError without the right to write, InvalidRequest for answers of another shape, ValidationError (too early,
	incomplete, an unknown field); then nothing is saved.
	"""
	doc = frappe.get_doc(DOCTYPE, organisation, for_update=True)
	doc.check_permission("write")
	answers = request_json.mapping(answers)
	known = single_value_names([*answer_fields(doc), *contact_fields(doc)])
	unknown = set(answers) - {*known, "activity_fields", "requirements"}
	if unknown:
		frappe.throw(_("These cannot be changed here: {0}.").format(_(", ").join(sorted(unknown))), InvalidChoice)
	doc.update(request_json.values({field: value for field, value in answers.items() if field in known}))
	if "activity_fields" in answers:
		doc.set("activity_fields", [{"activity_field": code} for code in request_json.names(answers["activity_fields"])])
	answer_requirements(doc, request_json.nested_values(answers.get("requirements")))
	return hand_in_renewal(doc)


def hand_in_renewal(doc: Document) -> str:
	"""Save an organisation with its new answers and hand it in, both or neither; returns the new state.

	The caller has checked the permission to write, and has set nothing but answers. Raises RenewalNotOpen, RegistrationIncomplete.
	"""
	if not allows(doc, "Renew"):
		frappe.throw(_("Only a registration that exists can be renewed."), OrganisationNotRegistered)
	check_renewable(doc)
	frappe.db.savepoint("kyodo_renewal")
	try:
		with by_service(doc):  # the answers of a registered organisation are read-only
			doc.save()
		return move(doc, "Renew").workflow_state
	except frappe.ValidationError:
		frappe.db.rollback(save_point="kyodo_renewal")
		raise


def answer_requirements(doc: Document, answers: dict[str, dict]):
	"""Set answers {code: {fulfilled, note}} in the rows of requirements; requirements that the programme has added appear."""
	doc.ask_requirements()
	for row in doc.requirement_checks:
		answer = answers.get(row.code) or {}
		for column in ("fulfilled", "note"):
			if answer.get(column) is not None:
				row.set(column, answer[column])


def expire_registrations(today: str | None = None) -> list[str]:
	"""Expire the registrations whose term is over, daily; returns the organisations."""
	expired = frappe.get_all(
		DOCTYPE,
		{"workflow_state": "Registered", "valid_until": ["<", today or nowdate()]},
		pluck="name",
		order_by="name",
	)
	for name in expired:
		move(frappe.get_doc(DOCTYPE, name), "Expire")
	return expired


# -- notifications ------------------------------------------------------------------------------


def notify_representatives(doc: Document):
	"""Notify the representatives of the new state of their organisation."""
	before = doc.get_doc_before_save()
	resumed = doc.workflow_state == "Registered" and before and before.workflow_state == "Suspended"
	facts = {"corrections": corrections.as_lines(doc)} if doc.workflow_state == "Returned" else {}
	if doc.workflow_state == "Applied":
		receipt = f"/kyodo/my/organisation/receipt?name={doc.name}"
		facts = {"number": doc.name, **messages.receipt(doc.applied_on, receipt)}
	messages.send("Organisation Resumed" if resumed else f"Organisation {doc.workflow_state}", doc, **facts)


def notify_office(doc: Document):
	"""Notify the office that an application was handed in."""
	messages.send("Organisation Handed In", doc)


def renewals_open(today: datetime.date) -> Iterator[Due]:
	"""Yield the reminders that a renewal opens, once a term."""
	rows = frappe.get_all(
		DOCTYPE,
		{"workflow_state": "Registered", "valid_until": [">=", today]},
		["name", "programme", "valid_until", "workflow_state"],
		order_by="valid_until asc, name asc",
	)
	for row in rows:
		if opens := renewal_opens(row):
			yield Due(DOCTYPE, row.name, row.programme, getdate(row.valid_until), before=(getdate(row.valid_until) - opens).days)


# -- inactive organisations -----------------------------------------------------


def inactive_states() -> list[str]:
	"""Return the states of organisations that are no partner any more and do not return by themselves."""
	ours = states("Kyodo Organisation", editor=ORGANISATION)
	return [state for state in states("Kyodo Organisation", OVER) if state not in ours]


def is_inactive(organisation: str | None) -> bool:
	"""Whether an organisation is withdrawn (dissolved) or suspended; an expired registration is not inactive."""
	return bool(organisation) and frappe.db.get_value("Kyodo Organisation", organisation, "workflow_state") in inactive_states()
