"""What the pages of an organisation send. Plain forms: each endpoint answers with a redirect (portal/forms.py)."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.rate_limiter import rate_limit

from kyodo_frappe.portal import fields, forms
from kyodo_frappe.portal.forms import answers_form
from kyodo_frappe.portal.records import check_unchanged, clock_now, writable
from kyodo_frappe.workflows.guard import move


def _organisation_page(name: str = "", **_rest) -> str:
	return f"/kyodo/my/organisation?name={name or 'new'}"


@frappe.whitelist(methods=["POST"])
@answers_form(lambda **_given: "/kyodo/my/organisation?name=new")
@rate_limit(limit=20, seconds=60 * 60)
def begin_organisation(form: str = "", **given: str):
	"""Begin the registration of an organisation; whoever begins it is its first representative."""
	if frappe.session.user == "Guest":
		raise frappe.PermissionError
	doc = frappe.new_doc("Kyodo Organisation")
	forms.fill(doc, (*fields.ORGANISATION, *fields.ORGANISATION_ALWAYS), {}, given)
	if not doc.organisation_name:
		frappe.throw(_("Please give the name of the organisation."))
	doc.programme = frappe.db.get_value("Kyodo Programme", {"is_active": 1}, "name", order_by="creation asc")
	_choose_activities(doc, given)
	doc.set("members", [{"user": frappe.session.user, "member_role": "Representative"}])
	# anybody with a login may ask for registration: the role that gives the right comes with being named in it
	doc.insert(ignore_permissions=True)
	return _("The organisation is saved as a draft. Check it and apply for registration."), f"/kyodo/my/organisation?name={doc.name}"


@frappe.whitelist(methods=["POST"])
@answers_form(_organisation_page)
def save_organisation(name: str, modified: str = "", then: str = "save", form: str = "", **given: str):
	"""Save what may be changed in the organisation's state; `then`: save, or the step Apply for Registration or Renew."""
	doc = writable("Kyodo Organisation", name)
	check_unchanged(doc, modified)
	open_now = doc.workflow_state in ("Draft", "Returned", "Expired")
	allowed = (*fields.ORGANISATION, *fields.ORGANISATION_ALWAYS) if open_now else fields.ORGANISATION_ALWAYS
	forms.fill(doc, allowed, {}, given)
	if open_now:
		_choose_activities(doc, given)
		forms.fill_existing(doc, "requirement_checks", fields.ORGANISATION_TABLES["requirement_checks"], given)
	doc.save()
	address = f"/kyodo/my/organisation?name={name}"
	if then in ("Apply for Registration", "Renew"):
		frappe.db.savepoint(forms.SAVEPOINT)
		move(doc, then)
		return _("The application is handed in. The office will look through it."), address
	return _("Saved at {0}.").format(clock_now()), address


def _choose_activities(doc: Document, given: dict):
	if "has-activities" in given:
		codes = [key.removeprefix("activity-") for key in given if key.startswith("activity-") and given[key]]
		doc.set("activity_fields", [{"activity_field": code} for code in codes])
