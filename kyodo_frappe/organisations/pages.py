"""Pages of a user's own organisation (entries, documents, people, renewal, change notices), and the public list."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.accounts import invitations
from kyodo_frappe.common import corrections
from kyodo_frappe.common.names import name_of
from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.organisations import change_notices
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.programme import form, form_text
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.web import fields, forms, inputs, progress
from kyodo_frappe.web.blocks import accepted_files, task
from kyodo_frappe.web.listing import page_number, pages_of, query_text
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, allows, category_of

DOCTYPE = "Kyodo Organisation"
SHOWN_FIELDS = ("name", "organisation_name", "workflow_state", "modified", "valid_until", "return_reason", "registered_on", "applied_on")
NOTICE_FIELDS = ["name", "workflow_state", "submitted_on", "accepted_on", "return_reason"]


# -- entries ------------------------------------------------------------------------


def organisation() -> dict:
	"""Context of the user's organisation (`name` in the query where there are several), or of the form of a new one."""
	doc = _requested_organisation()
	if doc is None:
		return _begin()
	may_write = doc.has_permission("write")
	editing = may_write and category_of(doc) == WRITING
	return {
		**_entries(doc, "edit" if editing else "read", may_write),
		"renewable": may_write and organisations.may_renew(doc),
		"opens": organisations.renewal_opens(doc) if doc.workflow_state == "Registered" else None,
		"notices": _notices(doc.name),
		"may_notify": may_write and doc.workflow_state == "Registered",
		"may_withdraw": _is_representative(doc) and allows(doc, "Withdraw", ORGANISATION),
		"withdraw_reason": forms.refused_input(f"withdraw:{doc.name}").get("withdraw_reason", ""),
	}


def renewal() -> dict:
	"""Context of the renewal of a registration, filled with last year's answers. Raises PageDoesNotExistError where it is closed."""
	doc = _requested_organisation()
	if doc is None or not doc.has_permission("write") or not organisations.may_renew(doc):
		raise frappe.PageDoesNotExistError
	return {**_entries(doc, "renew", True), "title": _("Renewal of the registration"), **_NO_ACTIONS}


_NO_ACTIONS = {
	"renewable": False,
	"opens": None,
	"notices": [],
	"may_notify": False,
	"may_withdraw": False,
	"withdraw_reason": "",
}


def entries_of(doc: Document) -> dict:
	"""Context of the form of a draft, for users who may write it."""
	return {**_entries(doc, "edit", True), **_NO_ACTIONS}


def _begin() -> dict:
	doc = frappe.new_doc(DOCTYPE)
	doc.programme = (programme_public.programme() or {}).get("name")
	return {**_entries(doc, "begin", True), "title": _("Register an organisation"), **_NO_ACTIONS}


def _entries(doc: Document, mode: str, may_write: bool) -> dict:
	"""Context of the form of an organisation. mode: begin, edit, renew or read."""
	form_name = f"{mode}:{doc.name or ''}"
	typed = forms.refused_input(form_name)
	is_new = mode == "begin"
	if mode in ("edit", "renew"):
		doc.ask_requirements()  # shown now, stored with the next save
	answers, contact = organisations.answer_fields(doc), organisations.contact_fields(doc)
	return {
		"title": doc.organisation_name,
		"doc": pick(doc, *SHOWN_FIELDS),
		"mode": mode,
		"form": form_name,
		"values": {
			**{tick.name: typed.get(tick.name) for tick in inputs.consent_checkboxes(doc)},
			**forms.view(doc, *fields.split([*answers, *contact]), typed),
		},
		"groups": _groups(doc, [field for field in answers if field.step == "basics"] if is_new else answers),
		"later": [] if is_new else _groups(doc, contact),
		"steps": _steps_shown(doc, mode),
		"registered": form_text.blocks(doc, form.PORTAL, only=answers),
		"requirements": _requirements(doc, typed),
		"activity_fields": organisation_public.activity_fields(),
		"chosen": _chosen_fields(doc, typed),
		"needed": organisations.needed_fields(doc),
		"missing": organisations.missing_parts(doc) if mode in ("edit", "renew") else [],
		"asked": _open_corrections(doc, typed),
		"documents": [] if is_new else organisations.document_slots(doc),
		"may_write": may_write,
		"people": [] if is_new else [(row.member_name or row.user, row.member_role) for row in doc.members],
		"others": [row for row in my_organisations() if row.name != doc.name],
	}


# -- steps ---------------------------------------------------------------------------

REQUIREMENTS, DOCUMENTS, CHECK = "requirements", "documents", "check"


def _legends() -> dict[str, str]:
	"""{step: legend} in the order of writing."""
	return {
		"basics": _("The organisation"),
		"sheet": _("Activity"),
		REQUIREMENTS: _("Requirements"),
		"contact": _("Contact"),
		"publication": _("What may be shown publicly"),
		DOCUMENTS: _("Documents"),
		CHECK: _("Check and apply"),
	}


def steps_of(doc: Document) -> list[dict]:
	"""[{name, title, address, state, word, note}] of the steps of a registration."""
	by_step = {}
	for field in form.fields_of(doc, form.PORTAL):
		by_step.setdefault(field.step, []).append(field)
	asked = {REQUIREMENTS: organisations.requirements(doc), DOCUMENTS: organisations.document_slots(doc), CHECK: [CHECK]}
	missing = _missing_by_step(doc)
	to_correct = _steps_to_correct(doc)
	return [
		{
			"name": step,
			"title": title,
			"address": _step_address(doc, step),
			**_so_far(doc, step, by_step.get(step, []), missing, to_correct),
		}
		for step, title in _legends().items()
		if by_step.get(step) or asked.get(step)
	]


def _steps_shown(doc: Document, mode: str) -> list[dict]:
	"""The steps above the form: of a new organisation only the first can be opened, and a renewal is handed in from the form itself."""
	steps = steps_of(doc)
	if mode == "begin":
		return [{**step, "address": "#step-basics"} for step in steps]
	return [step for step in steps if mode != "renew" or step["name"] != CHECK]


def _step_address(doc: Document, step: str) -> str:
	if step in (DOCUMENTS, CHECK):
		return f"/kyodo/my/organisation/{step}?name={doc.name or ''}"
	return f"/kyodo/my/organisation?name={doc.name or 'new'}#step-{step}"


def _so_far(doc: Document, step: str, fields_of_step: list[form.Field], missing: dict[str, int], to_correct: set[str]) -> dict:
	"""{state, word, note} of a step (web/progress.py)."""
	if step == CHECK:
		return {"state": "", "word": "", "note": ""}
	needed = organisations.needed_fields(doc)
	answered = progress.answered(doc, fields_of_step)
	required = sum(field.name in needed for field in fields_of_step)
	if step == REQUIREMENTS:
		answered, required = [row.code for row in doc.requirement_checks if row.fulfilled], len(organisations.requirements(doc))
	if step == DOCUMENTS:
		slots = organisations.document_slots(doc)
		answered, required = [slot.key for slot in slots if slot.file_url], sum(slot.required for slot in slots)
	begun_only = set(answered) <= {"organisation_name"}
	return progress.step(len(answered), missing.get(step, 0), required, step in to_correct, begun_only)


def _missing_by_step(doc: Document) -> dict[str, int]:
	found = {}
	for part in organisations.missing_parts(doc):
		step = _step_of(doc, part.field)
		found[step] = found.get(step, 0) + 1
	return found


def _step_of(doc: Document, fieldname: str) -> str:
	if fieldname == "requirement_checks" or fieldname.startswith("requirement-"):
		return REQUIREMENTS
	if fieldname in ("documents", "attachments"):
		return DOCUMENTS
	field = form.field_of(doc, fieldname)
	return field.step if field else ""


def _steps_to_correct(doc: Document) -> set[str]:
	rows = _open_corrections(doc, {})
	return {_step_of(doc, name) for name in rows if name and not all(row.answer for row in rows[name])} - {""}


def check() -> dict:
	"""Context of the page that shows the whole registration once more before it is handed in."""
	doc = _requested_organisation(required=True)
	if not doc.has_permission("write") or category_of(doc) != WRITING:
		raise frappe.PageDoesNotExistError
	doc.ask_requirements()
	steps = steps_of(doc)
	return {
		"title": _("Check and apply"),
		"doc": pick(doc, *SHOWN_FIELDS),
		"form": f"edit:{doc.name}",
		"steps": steps,
		"position": len(steps),
		"missing": organisations.missing_parts(doc),
		"reading": [(step, form_text.blocks(doc, form.PORTAL, empty=True, only=fields)) for step, fields in _fields_by_step(doc).items()],
		"titles": _legends(),
		"requirements": _requirements(doc, {}),
		"documents": organisations.document_slots(doc),
	}


def _fields_by_step(doc: Document) -> dict[str, list[form.Field]]:
	found = {}
	for field in [*organisations.answer_fields(doc), *organisations.contact_fields(doc)]:
		found.setdefault(field.step, []).append(field)
	return found


def receipt() -> dict:
	"""Context of the receipt of an application: its number, and when it was handed in. Raises PageDoesNotExistError before that."""
	doc = _requested_organisation(required=True)
	if not doc.applied_on:
		raise frappe.PageDoesNotExistError
	return {
		"title": _("Receipt of the application"),
		"doc": pick(doc, *SHOWN_FIELDS),
		"by": name_of(doc.applied_by) if doc.applied_by else "",
		"documents": [slot for slot in organisations.document_slots(doc) if slot.file_url],
	}


def _chosen_fields(doc: Document, typed: dict) -> set[str]:
	if typed:
		return {key.removeprefix("activity-") for key in typed if key.startswith("activity-")}
	return {row.activity_field for row in doc.activity_fields}


def _groups(doc: Document, fields_to_ask: list[form.Field]) -> list[tuple[str, str, list[list[dict]]]]:
	"""[(step, legend, screens of inputs)] of the entries by step."""
	needed = organisations.needed_fields(doc)
	legends = _legends()
	found = {}
	for field in fields_to_ask:
		shown = inputs.input_for(field)
		shown.required = field.name in needed
		if field.name == "publish_profile":
			separate = [*organisation_public.CONSENTS, *(other.name for other in form.unconsented_fields(doc))]  # have a tick of their own
			shown.help = shown.help or inputs.consent_sentence(doc, separate)
		found.setdefault(field.step, []).append(shown)
		if field.name == "publish_profile":
			found[field.step] += inputs.consent_checkboxes(doc)
	return [(step, legends[step], inputs.screens(shown)) for step, shown in found.items()]


def _requirements(doc: Document, typed: dict) -> list[dict]:
	help_texts = {row.code: row.description for row in organisations.requirements(doc)}
	return [
		frappe._dict(
			code=row.code,
			requirement=row.requirement,
			description=help_texts.get(row.code) or "",
			fulfilled=typed.get(f"requirement-{row.code}-fulfilled", row.fulfilled or ""),
			note=typed.get(f"requirement-{row.code}-note", row.note or ""),
		)
		for row in doc.requirement_checks
	]


def _open_corrections(doc: Document, typed: dict) -> dict[str, list[dict]]:
	"""{fieldname: [{name, reason, answer}]} of the corrections that the office asks for, while the organisation is returned."""
	if doc.workflow_state != "Returned":
		return {}
	by_field = corrections.open_by_field(doc)
	for row in (row for rows in by_field.values() for row in rows):
		row.answer = typed.get(f"answer-{row.name}", row.answer)
	return by_field


# -- documents -----------------------------------------------------------------------


def documents() -> dict:
	"""Context of the page of the documents."""
	return documents_of(_requested_organisation(required=True))


def documents_of(doc: Document) -> dict:
	"""As `documents`, of one organisation. The caller has checked the permission to read it."""
	slots = organisations.document_slots(doc)
	urls = [slot.file_url for slot in slots if slot.file_url]
	filters = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name, "file_url": ["in", urls]}
	names = frappe.get_all("File", filters, ["file_url", "file_name"], order_by="creation") if urls else []
	editing = doc.has_permission("write") and category_of(doc) == WRITING
	steps = steps_of(doc) if editing else []
	return {
		"title": _("Documents of the organisation"),
		"doc": pick(doc, *SHOWN_FIELDS),
		"documents": slots,
		"file_names": {row.file_url: row.file_name for row in names},
		"asked": _open_corrections(doc, {}),
		"steps": steps,
		"position": next((number for number, step in enumerate(steps, 1) if step["name"] == DOCUMENTS), 0),
		"accepted": accepted_files(doc),
		"may_attach": doc.has_permission("write") and organisations.documents_editable(doc),
		"back": _back_to_form(doc),
	}


def _back_to_form(doc: Document) -> str:
	renewing = organisations.may_renew(doc) and doc.has_permission("write")
	return f"/kyodo/my/organisation{'/renew' if renewing else ''}?name={doc.name}"


# -- people ----------------------------------------------------------------------------


def people() -> dict:
	"""Context of the members, and for representatives of the forms that change them."""
	doc = _requested_organisation(required=True)
	user = frappe.session.user
	manages = _is_representative(doc)
	rows = [frappe._dict(user=row.user, name=row.member_name or row.user, role=row.member_role, me=row.user == user) for row in doc.members]
	return {
		"title": _("People of the organisation"),
		"doc": pick(doc, *SHOWN_FIELDS, "representative"),
		"people": rows,
		"manages": manages,
		"only_representative": manages and sum(row.role == "Representative" for row in rows) == 1,
		"invited": [_invitation(row) for row in invitations.open_invitations(doc.name)] if manages else [],
		"roles": [(role, _(role)) for role in ("Representative", "Editor", "Viewer")],
		"typed_invitation": forms.refused_input(f"invite:{doc.name}"),
		"typed_hand_over": forms.refused_input(f"hand-over:{doc.name}"),
		"may_rename": doc.workflow_state in (*organisations.open_states(), "Registered"),
	}


def _invitation(row: dict) -> dict:
	row.expired = row.expires_on < frappe.utils.now_datetime()
	return row


# -- change notices -----------------------------------------------------------------------


def change() -> dict:
	"""Context of a change notice with the registered values; an open notice is shown instead of a new one."""
	doc = _requested_organisation(required=True)
	if not doc.has_permission("write"):
		raise frappe.PageDoesNotExistError
	open_notice = change_notices.open_notice(doc.name)
	notice = page_record("Kyodo Change Notice", open_notice) if open_notice else frappe._dict(changes=[])
	form_name = f"change:{doc.name}"
	fields_of_notice = change_notices.fields_of(doc)
	return {
		"title": _("Change notice"),
		"doc": pick(doc, *SHOWN_FIELDS),
		"form": form_name,
		"given": pick(notice, *NOTICE_FIELDS, "modified") if open_notice else None,
		"changes": [_change(row) for row in notice.changes],
		"asked": [
			inputs.input_for(field).update(help=_("Registered now: {0}").format(form_text.text_of(doc, field) or "－"))
			for field in fields_of_notice
		],
		**_change_values(doc, fields_of_notice, notice, forms.refused_input(form_name)),
		"may_give": doc.workflow_state == "Registered" and notice.workflow_state != "Submitted",
	}


def _change_values(doc: Document, fields_of_notice: list[form.Field], notice: dict, typed: dict) -> dict:
	"""The values of the inputs: typed ones, else those of the notice, else the registered ones."""
	values = forms.view(doc, [field.name for field in fields_of_notice], {}, typed)
	if not typed:
		values |= {row.field: row.new_value or "" for row in notice.changes}
	return {
		"values": values,
		"effective_on": typed.get("effective_on", str(notice.effective_on or "")),
		"reason": typed.get("reason", notice.reason or ""),
	}


def _change(row: Document) -> dict:
	values = {side: change_notices.display_value(row.field, row.get(side)) for side in ("old_value", "new_value")}
	return {"field_label": row.field_label, **values}


def _notices(organisation: str) -> list[dict]:
	return frappe.get_list("Kyodo Change Notice", {"organisation": organisation}, NOTICE_FIELDS, order_by="creation desc", limit=10)


# -- which one ------------------------------------------------------------------------------


def _requested_organisation(required: bool = False) -> Document | None:
	"""The organisation named in the query, or the user's first; None where a new one is begun.

	Raises PageDoesNotExistError for one that the user does not belong to, and with `required` where there is none.
	"""
	names = organisations_of(frappe.session.user)
	requested = str(frappe.form_dict.get("name") or "")
	if (requested and requested != "new" and requested not in names) or (required and not (names and requested != "new")):
		raise frappe.PageDoesNotExistError
	if requested == "new" or not names:
		return None
	return page_record(DOCTYPE, requested or names[0])


def _is_representative(doc: Document) -> bool:
	return doc.role_of(frappe.session.user) == "Representative"


# -- what everybody sees ---------------------------------------------------------------


def public_organisations() -> dict:
	"""Context of the public list of organisations."""
	text, field = query_text("q"), query_text("field")
	page = page_number()
	rows, count = organisation_public.organisations(text, field, (page - 1) * PAGE)
	return {
		"title": _("Organisations"),
		"rows": rows,
		"count": count,
		"asked": {"q": text, "field": field},
		"fields": organisation_public.activity_fields(),
		"pages": pages_of("/kyodo/organisations", page, count, q=text, field=field),
	}


# -- on one's own page -----------------------------------------------------------------


def my_organisations() -> list[dict]:
	"""Return the organisations of the user, oldest first."""
	names = organisations_of(frappe.session.user)
	if not names:
		return []
	return frappe.get_list(
		"Kyodo Organisation",
		{"name": ["in", names]},
		["name", "organisation_name", "workflow_state", "valid_until", "return_reason", "programme"],
		order_by="creation asc",
	)


def tasks(mine: list[dict]) -> list[dict]:
	"""Tasks for the front page: registrations to finish, correct or renew among `mine` (my_organisations())."""
	found = []
	writable = organisations_of(frappe.session.user, WRITERS)
	for row in mine:
		if row.workflow_state in organisations.open_states():
			note = row.return_reason if row.workflow_state == "Returned" else ""
			address = f"/kyodo/my/organisation?name={row.name}"
			found.append(task(_("Registration of the organisation"), row.organisation_name, address, note, act=_("Fill it in")))
		elif row.name in writable and organisations.may_renew(row):
			address = f"/kyodo/my/organisation/renew?name={row.name}"
			found.append(task(_("Renewal of the registration"), row.organisation_name, address, "", row.valid_until, _("Renew")))
	return found


PAGES = (
	Page("organisations", "organisations/public_organisations", public_organisations, menu="Organisations"),
	Page("my/organisation", "organisations/organisation", organisation),
	Page("my/organisation/renew", "organisations/organisation", renewal),
	Page("my/organisation/check", "organisations/organisation_check", check),
	Page("my/organisation/receipt", "organisations/organisation_receipt", receipt),
	Page("my/organisation/documents", "organisations/organisation_documents", documents),
	Page("my/organisation/people", "organisations/organisation_people", people),
	Page("my/organisation/change", "organisations/organisation_change", change),
)
