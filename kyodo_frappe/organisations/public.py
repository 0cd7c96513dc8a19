"""What everybody may read of organisations, by explicit fields and as far as each has consented."""

import frappe
from frappe.utils import nowdate

from kyodo_frappe.common.queries import PAGE, by_parent, rows_of
from kyodo_frappe.common.search import found_by
from kyodo_frappe.programme import form_public
from kyodo_frappe.workflows.states import states

CONSENTS = {
	"representative": "publish_representative",
	"address": "publish_address",
	"postal_code": "publish_address",
	"phone": "publish_phone",
	"email": "publish_email",
	"website": "publish_website",
}
ORGANISATION_FIELDS = (
	*("name", "organisation_name", "organisation_kana", "organisation_type", "corporate_number", "purpose"),
	*("established_on", "registered_on", "valid_until", "programme", "profile_fields", *CONSENTS, *sorted(set(CONSENTS.values()))),
)


def public_filters(**more) -> dict:
	"""Return the filters of organisations that are registered (also while their renewal is checked) and public."""
	return {
		"workflow_state": ["in", states("Kyodo Organisation", public=True)],
		"registered_on": ["is", "set"],
		"valid_until": [">=", nowdate()],
		"publish_profile": 1,
		**more,
	}


def organisations(text: str | None = None, field: str | None = None, start: int = 0, limit: int = PAGE):
	"""(rows, total) of public organisations. text: of the name or its reading, in any spelling; field: code of an activity."""
	filters = public_filters()
	if key := found_by(text):
		filters["search_key"] = key
	if field:
		filters["name"] = ["in", _organisations_in_field(field) or [""]]
	rows = frappe.get_all(
		"Kyodo Organisation",
		filters,
		ORGANISATION_FIELDS,
		order_by="organisation_kana asc, organisation_name asc",
		start=start,
		limit=limit,
	)
	_add_activity_fields(rows)
	return [_without_unconsented(row) for row in rows], frappe.db.count("Kyodo Organisation", filters)


def organisation(name: str) -> dict | None:
	"""Return a public organisation as far as it has consented, or None."""
	rows = frappe.get_all("Kyodo Organisation", public_filters(name=name), ORGANISATION_FIELDS, limit=1)
	if not rows:
		return None
	_add_activity_fields(rows)
	row = _without_unconsented(rows[0])
	row.more = form_public.further_blocks("Kyodo Organisation", rows)[row.name]
	return row


def _without_unconsented(row: dict) -> dict:
	for field, consent in CONSENTS.items():
		if not row.get(consent):
			row[field] = None
	for consent in set(CONSENTS.values()):
		row.pop(consent, None)
	form_public.blank_undeclared("Kyodo Organisation", [row])
	if not str(row.website or "").lower().startswith(("http://", "https://")):
		row.website = None  # nothing but a web address becomes a link
	return row


def _organisations_in_field(code: str) -> list[str]:
	return frappe.get_all(
		"Kyodo Organisation Activity",
		{"parenttype": "Kyodo Organisation", "activity_field": code},
		pluck="parent",
		order_by="parent",
	)


def _add_activity_fields(rows: list[dict]):
	labels = dict(activity_fields())
	chosen = by_parent(rows_of("Kyodo Organisation Activity", "Kyodo Organisation", [row.name for row in rows], ["activity_field"]))
	for row in rows:
		row.activity_fields = [labels.get(r.activity_field, r.activity_field) for r in chosen.get(row.name, [])]


def activity_fields() -> list[tuple[str, str]]:
	"""[(code, label)] in the order of the NPO act."""
	return [
		(row.name, row.label_text) for row in frappe.get_all("Kyodo Activity Field", fields=["name", "label_text"], order_by="code asc")
	]


def public_names(names: list[str | None], known_by: str = "organisation_name") -> dict[str, str]:
	"""{organisation: its name} of those that have consented to be named. known_by: or its corporate_number."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	return dict(
		frappe.get_all(
			"Kyodo Organisation",
			{"name": ["in", wanted], "publish_profile": 1},
			["name", known_by],
			as_list=True,
			order_by="name",
		)
	)


def name_organisations(rows: list[dict]):
	"""Set `organisation_name` of rows with an organisation's consent, and clear `organisation` where it has no public page."""
	names = [row.organisation for row in rows if row.organisation]
	known = public_names(names)
	registered = set()
	if known:
		registered = set(frappe.get_all("Kyodo Organisation", public_filters(name=["in", list(known)]), pluck="name", order_by="name"))
	for row in rows:
		name = row.organisation
		row.has_organisation = bool(name)
		row.organisation_name = known.get(name)
		row.organisation = name if name in registered else None


def name_fields(rows: list[dict]):
	"""Set `activity_field` of rows that `name_organisations` has treated: the first field of their organisation.

	"" where the organisation has no public page.
	"""
	names = sorted({row.organisation for row in rows if row.organisation})
	chosen = by_parent(rows_of("Kyodo Organisation Activity", "Kyodo Organisation", names, ["activity_field"])) if names else {}
	for row in rows:
		row.activity_field = next((one.activity_field for one in chosen.get(row.organisation, ())), "")


def count() -> int:
	"""Return the number of public organisations."""
	return frappe.db.count("Kyodo Organisation", public_filters())
