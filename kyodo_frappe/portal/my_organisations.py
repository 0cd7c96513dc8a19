"""Pages of one's own organisation."""

import frappe
from frappe import _

from kyodo_frappe.permissions.people import organisations_of
from kyodo_frappe.portal import fields, forms
from kyodo_frappe.portal.my import my_organisations
from kyodo_frappe.portal.records import only, opened
from kyodo_frappe.services import publication


def organisation() -> dict:
	"""One's own organisation (`name` in the query where there are several), or the form of a new one."""
	names = organisations_of(frappe.session.user)
	asked = str(frappe.form_dict.get("name") or "")
	beginning = asked == "new" or not names
	if asked and asked != "new" and asked not in names:
		raise frappe.PageDoesNotExistError
	form = f"organisation:{'' if beginning else asked or names[0]}"
	typed = forms.typed_before(form)
	doc = frappe.new_doc("Kyodo Organisation") if beginning else opened("Kyodo Organisation", asked or names[0])
	may_write = beginning or doc.has_permission("write")
	state = None if beginning else doc.workflow_state
	chosen = {row.activity_field for row in doc.activity_fields}
	if typed:
		chosen = {key.removeprefix("activity-") for key in typed if key.startswith("activity-")}
	return {
		"title": _("Register an organisation") if beginning else doc.organisation_name,
		"doc": only(doc, "name", "organisation_name", "workflow_state", "modified", "valid_until", "return_reason"),
		"form": form,
		"beginning": beginning,
		"values": forms.view(
			doc, (*fields.ORGANISATION, *fields.ORGANISATION_ALWAYS), fields.ORGANISATION_TABLES, typed
		),
		"requirements": [row.requirement for row in doc.requirement_checks],
		"types": forms.choices("Kyodo Organisation", "organisation_type"),
		"activity_fields": publication.activity_fields(),
		"chosen": chosen,
		"may_write": may_write,
		"editing": may_write and (beginning or state in ("Draft", "Returned", "Expired")),
		"actions": _organisation_actions(state) if may_write else [],
		"people": [(row.member_name or row.user, _(row.member_role)) for row in doc.members],
		"others": [row for row in my_organisations() if row.name != doc.name],
	}


def _organisation_actions(state: str | None) -> list[str]:
	return {"Draft": ["Apply for Registration"], "Returned": ["Apply for Registration"], "Expired": ["Renew"]}.get(state, [])
