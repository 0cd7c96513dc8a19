"""Pages of one's own organisation: its entries, documents, people, renewal, change notices."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.accounts import invitations
from kyodo_frappe.common import corrections, file_types
from kyodo_frappe.common.queries import PAGE
from kyodo_frappe.organisations import change_notices
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.programme import form, form_text
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.web import fields, forms, inputs
from kyodo_frappe.web.blocks import task
from kyodo_frappe.web.listing import page_number, pages_of, query_text
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, allows, category_of

DOCTYPE = "Kyodo Organisation"
SHOWN = ("name", "organisation_name", "workflow_state", "modified", "valid_until", "return_reason", "registered_on")
NOTICE_FIELDS = ["name", "workflow_state", "submitted_on", "accepted_on", "return_reason"]


# -- entries ------------------------------------------------------------------------


def organisation() -> dict:
	"""One's own organisation (`name` in the query where there are several), or the form of a new one."""
	doc = _asked_for()
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
	"""The renewal of a registration, with last year's answers filled in."""
	doc = _asked_for()
	if doc is None or not doc.has_permission("write") or not organisations.may_renew(doc):
		raise frappe.PageDoesNotExistError
	return {**_entries(doc, "renew", True), "title": _("Renewal of the registration"), **_NOTHING_MORE}


_NOTHING_MORE = {
	"renewable": False,
	"opens": None,
	"notices": [],
	"may_notify": False,
	"may_withdraw": False,
	"withdraw_reason": "",
}


def entries_of(doc: Document) -> dict:
	"""What the form of a draft shows to who may write it."""
	return {**_entries(doc, "edit", True), **_NOTHING_MORE}


def _begin() -> dict:
	doc = frappe.new_doc(DOCTYPE)
	doc.programme = (programme_public.programme() or {}).get("name")
	return {**_entries(doc, "begin", True), "title": _("Register an organisation"), **_NOTHING_MORE}


def _entries(doc: Document, mode: str, may_write: bool) -> dict:
	"""What the form of an organisation shows. mode: begin, edit, renew or read."""
	form_name = f"{mode}:{doc.name or ''}"
	typed = forms.refused_input(form_name)
	is_new = mode == "begin"
	if mode in ("edit", "renew"):
		doc.ask_requirements()  # shown at once, kept with the next save
	answers, contact = organisations.answers_of(doc), organisations.contact_of(doc)
	return {
		"title": doc.organisation_name,
		"doc": pick(doc, *SHOWN),
		"mode": mode,
		"form": form_name,
		"values": {
			**{tick.name: typed.get(tick.name) for tick in inputs.consent_checkboxes(doc)},
			**forms.view(doc, *fields.split([*answers, *contact]), typed),
		},
		"groups": _groups(doc, answers),
		"later": _groups(doc, contact),
		"registered": form_text.blocks(doc, form.PORTAL, only=answers),
		"requirements": _requirements(doc, typed),
		"activity_fields": organisation_public.activity_fields(),
		"chosen": _chosen_fields(doc, typed),
		"needed": organisations.needed_fields(doc),
		"missing": organisations.missing_parts(doc) if mode in ("edit", "renew") else [],
		"asked": _asked_corrections(doc, typed),
		"documents": [] if is_new else organisations.document_slots(doc),
		"may_write": may_write,
		"people": [] if is_new else [(row.member_name or row.user, row.member_role) for row in doc.members],
		"others": [row for row in my_organisations() if row.name != doc.name],
	}


def _chosen_fields(doc: Document, typed: dict) -> set[str]:
	if typed:
		return {key.removeprefix("activity-") for key in typed if key.startswith("activity-")}
	return {row.activity_field for row in doc.activity_fields}


def _groups(doc: Document, asked: list[form.Field]) -> list[tuple[str, str, list[dict]]]:
	"""[(step, legend, inputs)] of the entries, step by step."""
	needed = organisations.needed_fields(doc)
	legends = {
		"basics": _("The organisation"),
		"sheet": _("Activity"),
		"contact": _("Contact"),
		"publication": _("What may be shown publicly"),
	}
	found = {}
	for one in asked:
		shown = inputs.input_for(one)
		shown.required = one.name in needed
		if one.name == "publish_profile":
			apart = [*organisation_public.CONSENTS, *(one.name for one in form.not_agreed(doc))]  # with ticks of their own
			shown.help = shown.help or inputs.consent_sentence(doc, apart)
		found.setdefault(one.step, []).append(shown)
		if one.name == "publish_profile":
			found[one.step] += inputs.consent_checkboxes(doc)
	return [(step, legends[step], shown) for step, shown in found.items()]


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


def _asked_corrections(doc: Document, typed: dict) -> dict[str, list[dict]]:
	"""{field: [{name, reason, answer}]} of what the office wants corrected, while it is to be."""
	if doc.workflow_state != "Returned":
		return {}
	asked = corrections.open_by_field(doc)
	for row in (row for rows in asked.values() for row in rows):
		row.answer = typed.get(f"answer-{row.name}", row.answer)
	return asked


# -- documents -----------------------------------------------------------------------


def documents() -> dict:
	"""The documents of an organisation, one form each."""
	return documents_of(_asked_for(must=True))


def documents_of(doc: Document) -> dict:
	"""What the page of the documents shows. The caller has asked for the right to read the organisation."""
	slots = organisations.document_slots(doc)
	urls = [slot.file_url for slot in slots if slot.file_url]
	filters = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name, "file_url": ["in", urls]}
	names = frappe.get_all("File", filters, ["file_url", "file_name"], order_by="creation") if urls else []
	types, most_mb = file_types.accepted(doc)
	return {
		"title": _("Documents of the organisation"),
		"doc": pick(doc, *SHOWN),
		"documents": slots,
		"file_names": {row.file_url: row.file_name for row in names},
		"asked": _asked_corrections(doc, {}),
		"types": ", ".join(types),
		"most_mb": most_mb,
		"may_attach": doc.has_permission("write") and organisations.documents_open(doc),
		"back": _back_to_form(doc),
	}


def _back_to_form(doc: Document) -> str:
	renewing = organisations.may_renew(doc) and doc.has_permission("write")
	return f"/kyodo/my/organisation{'/renew' if renewing else ''}?name={doc.name}"


# -- people ----------------------------------------------------------------------------


def people() -> dict:
	"""Who belongs to an organisation; for its representatives, how to change that."""
	doc = _asked_for(must=True)
	user = frappe.session.user
	manages = _is_representative(doc)
	rows = [frappe._dict(user=row.user, name=row.member_name or row.user, role=row.member_role, me=row.user == user) for row in doc.members]
	return {
		"title": _("People of the organisation"),
		"doc": pick(doc, *SHOWN, "representative"),
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
	"""The form of a change notice with what is registered now; `notice` in the query to mend a returned one."""
	doc = _asked_for(must=True)
	if not doc.has_permission("write"):
		raise frappe.PageDoesNotExistError
	waiting = change_notices.open_notice(doc.name)
	notice = page_record("Kyodo Change Notice", waiting) if waiting else frappe._dict(changes=[])
	form_name = f"change:{doc.name}"
	asked = change_notices.fields_of(doc)
	return {
		"title": _("Change notice"),
		"doc": pick(doc, *SHOWN),
		"form": form_name,
		"given": pick(notice, *NOTICE_FIELDS, "modified") if waiting else None,
		"changes": [_change(row) for row in notice.changes],
		"asked": [inputs.input_for(one).update(help=_("Registered now: {0}").format(form_text.text_of(doc, one) or "－")) for one in asked],
		**_change_values(doc, asked, notice, forms.refused_input(form_name)),
		"may_give": doc.workflow_state == "Registered" and notice.workflow_state != "Submitted",
	}


def _change_values(doc: Document, asked: list[form.Field], notice: dict, typed: dict) -> dict:
	"""What the inputs hold: what was typed, else what the notice says, else what is registered."""
	values = forms.view(doc, [one.name for one in asked], {}, typed)
	if not typed:
		values |= {row.field: row.new_value or "" for row in notice.changes}
	return {
		"values": values,
		"effective_on": typed.get("effective_on", str(notice.effective_on or "")),
		"reason": typed.get("reason", notice.reason or ""),
	}


def _change(row: Document) -> dict:
	values = {side: change_notices.worded(row.field, row.get(side)) for side in ("old_value", "new_value")}
	return {"field_label": row.field_label, **values}


def _notices(organisation: str) -> list[dict]:
	return frappe.get_list("Kyodo Change Notice", {"organisation": organisation}, NOTICE_FIELDS, order_by="creation desc", limit=10)


# -- which one ------------------------------------------------------------------------------


def _asked_for(must: bool = False) -> Document | None:
	"""The organisation named in the query, or the login's first; None where a new one is begun.

	Raises PageDoesNotExistError for one the login does not belong to, and with `must` where there is none.
	"""
	names = organisations_of(frappe.session.user)
	asked = str(frappe.form_dict.get("name") or "")
	if (asked and asked != "new" and asked not in names) or (must and not (names and asked != "new")):
		raise frappe.PageDoesNotExistError
	if asked == "new" or not names:
		return None
	return page_record(DOCTYPE, asked or names[0])


def _is_representative(doc: Document) -> bool:
	return doc.role_of(frappe.session.user) == "Representative"


# -- what everybody sees ---------------------------------------------------------------


def public_organisations() -> dict:
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
	names = organisations_of(frappe.session.user)
	if not names:
		return []
	return frappe.get_list(
		"Kyodo Organisation",
		{"name": ["in", names]},
		["name", "organisation_name", "workflow_state", "valid_until", "return_reason", "programme"],
		order_by="creation asc",
	)


def tasks() -> list[dict]:
	"""Registrations to finish, to correct, or to renew."""
	found = []
	writable = organisations_of(frappe.session.user, WRITERS)
	for row in my_organisations():
		if row.workflow_state in organisations.open_states():
			note = row.return_reason if row.workflow_state == "Returned" else ""
			address = f"/kyodo/my/organisation?name={row.name}"
			found.append(task(_("Registration of the organisation"), row.organisation_name, address, note))
		elif row.name in writable and organisations.may_renew(row):
			address = f"/kyodo/my/organisation/renew?name={row.name}"
			found.append(task(_("Renewal of the registration"), row.organisation_name, address, "", row.valid_until))
	return found


PAGES = (
	Page("organisations", "organisations/public_organisations", public_organisations, menu="Organisations"),
	Page("my/organisation", "organisations/organisation", organisation),
	Page("my/organisation/renew", "organisations/organisation", renewal),
	Page("my/organisation/documents", "organisations/organisation_documents", documents),
	Page("my/organisation/people", "organisations/organisation_people", people),
	Page("my/organisation/change", "organisations/organisation_change", change),
)
