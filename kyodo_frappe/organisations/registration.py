"""Registration of organisations over the years: what it takes, how long it holds, its renewal, and the mails."""

import datetime
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common import corrections
from kyodo_frappe.messages.due import Due
from kyodo_frappe.organisations.errors import RegistrationIncomplete, RenewalNotOpen
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
# documents that have a field of their own: {field: its code in the programme's list}
DOCUMENT_CODES = {"rules_attachment": "rules", "members_attachment": "members", "accounts_attachment": "accounts"}
WINDOW_DAYS = 60
MOST_DOCUMENTS = 30


# -- what is missing ----------------------------------------------------------------


def missing_parts(doc: Document) -> list[dict]:
	"""[{field, text}] of what stands between the answers and handing them in; `field` for pointing at it."""
	labels = form.headings(doc)
	found = [
		_part(field, labels.get(field) or _(doc.meta.get_label(field)))
		for field in needed_fields(doc)
		if not form.filled(doc, doc.meta.get_field(field))
	]
	if doc.organisation_kana and not kana_valid(doc.organisation_kana):
		found.append(_part("organisation_kana", _("Name in kana: please write it in katakana")))
	if doc.postal_code and not valid_postal_code(doc.postal_code):
		found.append(_part("postal_code", _("Postal code: seven digits, such as 248-8686")))
	return found + _unanswered(doc) + _not_attached(doc)


def answers_of(doc: Document) -> list[form.Field]:
	"""What an organisation answers about itself: fixed once it is registered."""
	return [one for one in form.fields_of(doc, form.PORTAL) if one.step in ("basics", "sheet")]


def contact_of(doc: Document) -> list[form.Field]:
	"""What it may change in every state."""
	return [one for one in form.fields_of(doc, form.PORTAL) if one.step in ("contact", "publication")]


def values_of(fields: list[form.Field]) -> list[str]:
	"""The names of those that hold one value."""
	return [one.name for one in fields if not one.is_table]


def _part(field: str, text: str) -> dict:
	return frappe._dict(field=field, text=text)


def needed_fields(doc: Document) -> list[str]:
	"""Fields that have to be answered: those of the workflow's step, then those that the form requires."""
	steps = specs()[DOCTYPE]["transitions"]
	found = list(next(step["needs"] for step in steps if step["action"] == "Apply for Registration"))
	return found + [one.name for one in form.fields_of(doc) if one.required and not one.is_file and one.name not in found]


def _unanswered(doc: Document) -> list[dict]:
	answers = {row.code: row for row in doc.requirement_checks}
	found = []
	for asked in requirements(doc):
		row = answers.get(asked.code)
		if row is None or not row.fulfilled:
			found.append(_part(f"requirement-{asked.code}", _("Requirement “{0}”: please answer").format(asked.requirement)))
		elif row.fulfilled == "No" and not (row.note or "").strip():
			text = _("Requirement “{0}”: please explain why it is not met").format(asked.requirement)
			found.append(_part(f"requirement-{asked.code}", text))
	return found


def _not_attached(doc: Document) -> list[dict]:
	return [
		_part("documents", _("Document “{0}”").format(slot.title)) for slot in document_slots(doc) if slot.required and not slot.file_url
	]


def check_complete(doc: Document):
	"""Raise ValidationError with a list of everything that is missing."""
	if missing := missing_parts(doc):
		texts = _(", ").join(frappe.utils.escape_html(part.text) for part in missing)
		frappe.throw(_("Not filled in yet: {0}.").format(texts), exc=RegistrationIncomplete)


def requirements(doc: Document) -> list[Document]:
	"""What the programme of today asks of an organisation."""
	return frappe.get_cached_doc("Kyodo Programme", doc.programme).requirements if doc.programme else []


def document_slots(doc: Document) -> list[dict]:
	"""[{key, title, help_text, required, fieldname or row, file_url}]: the documents that may be attached.

	First those with a field of their own, then the programme's others, then what the organisation added.
	"""
	asked = {row.code: row for row in _required_documents(doc)}
	attachments = [one for one in form.fields_of(doc, form.PORTAL) if one.is_file]
	slots = [_slot_of_field(doc, one, asked.pop(DOCUMENT_CODES.get(one.name), None)) for one in attachments]
	rows = {row.document: row for row in doc.attachments}
	for code, row in asked.items():
		slots.append(_slot(code, row, row.document, row=rows.pop(row.document, None)))
	return slots + [_slot("", None, title, row=row) for title, row in rows.items()]


def _required_documents(doc: Document) -> list[Document]:
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme) if doc.programme else None
	return [row for row in programme.required_documents if row.used_for == "Registration"] if programme else []


def _slot_of_field(doc: Document, one: form.Field, asked: Document | None) -> dict:
	slot = _slot("", asked, asked.document if asked else one.label, fieldname=one.name)
	slot.update(file_url=doc.get(one.name), required=slot.required or one.required, help_text=slot.help_text or one.help)
	return slot


def _slot(code, asked, title, fieldname=None, row=None) -> dict:
	return frappe._dict(
		key=fieldname or (row.name if row else f"code:{code}"),
		title=title,
		help_text=asked.help_text if asked else "",
		required=bool(asked and asked.required),
		fieldname=fieldname,
		row=row.name if row else None,
		file_url=row.file if row else None,
	)


def documents_open(doc: Document) -> bool:
	"""Whether documents may be attached: while the entries are open, and for a renewal."""
	return doc.workflow_state in open_states() or may_renew(doc)


def attach_document(doc: Document, key: str, title: str, filename: str, content: bytes):
	"""Attach a file as one of the documents (`key` of its slot), or as a further one with a `title`.

	Raises PermissionError for who may not write the organisation, ValidationError for a closed state or a bad file.
	"""
	doc.check_permission("write")
	_check_documents_open(doc)
	slot = _slot_by_key(doc, key) if key else frappe._dict(title=" ".join(title.split())[:140])
	if not slot.title:
		frappe.throw(_("Please say what the document is."))
	with by_service(doc):  # for a renewal, a registered organisation adds this year's documents
		if slot.fieldname:
			attachments.attach(doc, filename=filename, content=content, fieldname=slot.fieldname)
			return
		if not slot.row:
			if len(doc.attachments) >= MOST_DOCUMENTS:
				frappe.throw(_("There are too many documents. Please remove some first."))
			doc.append("attachments", {"document": slot.title})
			doc.save()
		row = slot.row or doc.attachments[-1].name
		attachments.attach(doc, filename=filename, content=content, table="attachments", row=row, fieldname="file")


def remove_document(doc: Document, key: str):
	"""Take a document away. Raises as `attach_document`."""
	doc.check_permission("write")
	_check_documents_open(doc)
	slot = _slot_by_key(doc, key)
	with by_service(doc):
		if slot.fieldname:
			attachments.detach(doc, fieldname=slot.fieldname)
		elif slot.row:
			attachments.detach(doc, table="attachments", row=slot.row, fieldname="file")
			doc.set("attachments", [row for row in doc.attachments if row.name != slot.row])
			doc.save()


def _check_documents_open(doc: Document):
	if not documents_open(doc):
		frappe.throw(_("Documents cannot be changed in the state {0}.").format(_(doc.workflow_state)))


def _slot_by_key(doc: Document, key: str) -> dict:
	slot = next((slot for slot in document_slots(doc) if slot.key == key), None)
	if slot is None:
		frappe.throw(_("This document is not there any more. Please open the page again."))
	return slot


# -- states -------------------------------------------------------------------------------


def open_states() -> list[str]:
	"""In these its people may write what the registration rests on."""
	return states(DOCTYPE, editor=ORGANISATION)


def counting_states() -> list[str]:
	"""In these a registration counts until its last day: while the office checks the renewal, too."""
	return [state for state in states(DOCTYPE, WRITING, WAITING, EXAMINED, DECIDED) if state not in drafts(DOCTYPE)]


def states_of_a_list() -> list[str]:
	"""The states that a list of organisations may give or change: nobody is looking at the registration, and it is not gone."""
	return [*drafts(DOCTYPE), *states(DOCTYPE, DECIDED), *(state for state in states(DOCTYPE, OVER) if state in open_states())]


# -- how long it holds ------------------------------------------------------------------


def is_registered(organisation: str, on: datetime.date | str | None = None) -> bool:
	"""Whether an organisation counts as registered on a day (today), also while its renewal is being checked."""
	row = frappe.db.get_value(DOCTYPE, organisation, ["workflow_state", "registered_on", "valid_until"], as_dict=True)
	return bool(row) and counts(row, getdate(on))


def counts(row: dict, on: datetime.date) -> bool:
	"""As `is_registered`, for an organisation's values."""
	if not row.registered_on or not row.valid_until or getdate(row.valid_until) < on:
		return False
	return row.workflow_state in counting_states()


def next_term(doc: Document, today: datetime.date) -> datetime.date:
	"""Last day of the term that begins with registering now: a renewal before the end goes on where that ends."""
	years = max(cint(_programme_value(doc, "registration_years")), 1)
	first = fiscal_year(today)
	if doc.registered_on and doc.valid_until and getdate(doc.valid_until) >= today:
		first = fiscal_year(getdate(doc.valid_until)) + 1
	return fiscal_year_range(first + years - 1)[1]


def renewal_opens(doc: Document) -> datetime.date | None:
	"""First day on which a registration may be renewed; None for one that has no end."""
	if not doc.valid_until:
		return None
	days = _programme_value(doc, "renewal_window")
	return getdate(add_days(doc.valid_until, -(WINDOW_DAYS if days is None else cint(days))))


def may_renew(doc: Document, today: datetime.date | None = None) -> bool:
	if doc.workflow_state == "Expired":
		return True
	opens = renewal_opens(doc)
	return doc.workflow_state == "Registered" and bool(opens) and (today or getdate()) >= opens


def check_renewable(doc: Document, state: str | None = None):
	"""Raise ValidationError, with the first day, where a registration cannot be renewed yet."""
	opens = renewal_opens(doc)
	if (state or doc.workflow_state) == "Registered" and opens and getdate() < opens:
		frappe.throw(_("The registration can be renewed from {0}.").format(era_date(opens)), exc=RenewalNotOpen)


def _programme_value(doc: Document, fieldname: str):
	return frappe.get_cached_value("Kyodo Programme", doc.programme, fieldname) if doc.programme else None


# -- renewal ----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def renew(organisation: str, answers: dict | str | None = None) -> str:
	"""Hand in the renewal with new answers: {fieldname: value, "activity_fields": [codes], "requirements": {code:
	{"fulfilled": …, "note": …}}}. What is not named stays as it was. Returns the new state.

	Raises PermissionError for who may not write for the organisation, ValidationError (too early, missing parts, a
	field that is no answer); then nothing is saved.
	"""
	doc = frappe.get_doc(DOCTYPE, organisation, for_update=True)
	doc.check_permission("write")
	answers = frappe.parse_json(answers) if answers else {}
	known = values_of([*answers_of(doc), *contact_of(doc)])
	unknown = set(answers) - {*known, "activity_fields", "requirements"}
	if unknown:
		frappe.throw(_("These cannot be changed here: {0}.").format(_(", ").join(sorted(unknown))))
	doc.update({field: value for field, value in answers.items() if field in known})
	if "activity_fields" in answers:
		doc.set("activity_fields", [{"activity_field": code} for code in answers["activity_fields"]])
	answer_requirements(doc, answers.get("requirements") or {})
	return hand_in_renewal(doc)


def hand_in_renewal(doc: Document) -> str:
	"""Save an organisation with its new answers and hand it in, both or neither; returns the new state.

	The caller has asked for the right to write and put in nothing but answers.
	"""
	if not allows(doc, "Renew"):
		frappe.throw(_("Only a registration that exists can be renewed."))
	check_renewable(doc)
	frappe.db.savepoint("kyodo_renewal")
	try:
		with by_service(doc):  # a registered organisation's answers are fixed otherwise
			doc.save()
		return move(doc, "Renew").workflow_state
	except frappe.ValidationError:
		frappe.db.rollback(save_point="kyodo_renewal")
		raise


def answer_requirements(doc: Document, answers: dict[str, dict]):
	"""Put answers into the rows of requirements, by their codes; rows that the programme added meanwhile appear."""
	doc.ask_requirements()
	for row in doc.requirement_checks:
		answer = answers.get(row.code) or {}
		for column in ("fulfilled", "note"):
			if answer.get(column) is not None:
				row.set(column, answer[column])


def expire_registrations(today: str | None = None) -> list[str]:
	"""Daily: registrations whose term is over expire; returns the organisations. They renew with last year's answers."""
	over = frappe.get_all(
		DOCTYPE,
		{"workflow_state": "Registered", "valid_until": ["<", today or nowdate()]},
		pluck="name",
		order_by="name",
	)
	for name in over:
		move(frappe.get_doc(DOCTYPE, name), "Expire")
	return over


# -- mails ------------------------------------------------------------------------------


def tell(doc: Document):
	"""Tell the representatives what became of their organisation (consequence of the steps of the office)."""
	before = doc.get_doc_before_save()
	resumed = doc.workflow_state == "Registered" and before and before.workflow_state == "Suspended"
	facts = {"corrections": corrections.as_lines(doc)} if doc.workflow_state == "Returned" else {}
	messages.send("Organisation Resumed" if resumed else f"Organisation {doc.workflow_state}", doc, **facts)


def tell_office(doc: Document):
	messages.send("Organisation Handed In", doc)


def renewals_open(today: datetime.date) -> Iterator[Due]:
	"""Once each term, when its renewal opens, the representatives are told."""
	rows = frappe.get_all(
		DOCTYPE,
		{"workflow_state": "Registered", "valid_until": [">=", today]},
		["name", "programme", "valid_until", "workflow_state"],
		order_by="valid_until asc, name asc",
	)
	for row in rows:
		if opens := renewal_opens(row):
			yield Due(DOCTYPE, row.name, row.programme, getdate(row.valid_until), before=(getdate(row.valid_until) - opens).days)


# -- organisations that are gone -----------------------------------------------------


def gone_states() -> list[str]:
	"""The organisation is no partner any more, and does not become one by itself."""
	ours = states("Kyodo Organisation", editor=ORGANISATION)
	return [state for state in states("Kyodo Organisation", OVER) if state not in ours]


def gone(organisation: str | None) -> bool:
	"""Whether an organisation has withdrawn (dissolved) or is suspended; one whose registration ran out is not gone."""
	return bool(organisation) and frappe.db.get_value("Kyodo Organisation", organisation, "workflow_state") in gone_states()
