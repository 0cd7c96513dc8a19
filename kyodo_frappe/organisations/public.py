"""What everybody may read of organisations, by explicit fields and as far as each has consented."""

from collections.abc import Iterable

import frappe
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.queries import PAGE, by_parent, page_of, rows_of
from kyodo_frappe.common.search import found_by
from kyodo_frappe.permissions.once import once
from kyodo_frappe.programme import form_public
from kyodo_frappe.workflows import tallies
from kyodo_frappe.workflows.states import states

ORGANISATION = "Kyodo Organisation"
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
	total = frappe.db.count(ORGANISATION, filters) if text or field else count()
	order = [("organisation_kana", "asc"), ("organisation_name", "asc"), ("name", "asc")]
	rows = page_of(ORGANISATION, filters, ORGANISATION_FIELDS, order, start, limit, total)
	_add_activity_fields(rows)
	return [_without_unconsented(row) for row in rows], total


def organisation(name: str) -> dict | None:
	"""Return a public organisation as far as it has consented, or None."""
	return next(iter(public_rows([name])), None)


def public_rows(names: list[str]) -> list[dict]:
	"""Return the public ones among these organisations as far as they have consented, with `more` of their forms."""
	rows = frappe.get_all("Kyodo Organisation", public_filters(name=["in", names or [""]]), ORGANISATION_FIELDS, order_by="name")
	_add_activity_fields(rows)
	more = form_public.further_blocks("Kyodo Organisation", rows)
	for row in rows:
		_without_unconsented(row).more = more[row.name]
	return rows


def activities_of(names: list[str | None]) -> dict[str, tuple[str, ...]]:
	"""{organisation: codes of its fields of activity} of public organisations whose form opens them."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	columns = ["name", "programme", "profile_fields"]
	rows = frappe.get_all("Kyodo Organisation", public_filters(name=["in", wanted]), columns, order_by="name")
	opening = form_public.records_that_open("Kyodo Organisation", rows, "activity_fields")
	chosen = by_parent(rows_of("Kyodo Organisation Activity", "Kyodo Organisation", sorted(opening), ["activity_field"]))
	return {name: tuple(row.activity_field for row in found) for name, found in chosen.items()}


def _without_unconsented(row: dict) -> dict:
	for field, consent in CONSENTS.items():
		if not row.get(consent):
			row[field] = None
	for consent in set(CONSENTS.values()):
		row.pop(consent, None)
	form_public.blank_undeclared("Kyodo Organisation", [row])
	if not row.activity_fields:
		row.activity_field = ""
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
		codes = [r.activity_field for r in chosen.get(row.name, [])]
		row.activity_fields, row.activity_field = [labels.get(code, code) for code in codes], next(iter(codes), "")


@once
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
	known = {row.name: row for row in _consenting(row.organisation for row in rows)}
	for row in rows:
		name = row.organisation
		row.has_organisation = bool(name)
		row.organisation_name = known[name].organisation_name if name in known else None
		row.organisation = name if name in known and _has_page(known[name]) else None


def name_fields(rows: list[dict]):
	"""Set `activity_field` of records: the code of the first field of activity that their organisation shows, else ""."""
	shown = [row for row in _consenting(row.organisation for row in rows) if _has_page(row)]
	_add_activity_fields(shown)
	fields = {row.name: _without_unconsented(row).activity_field for row in shown}
	for row in rows:
		row.activity_field = fields.get(row.organisation, "")


def _consenting(names: Iterable[str | None]) -> list[dict]:
	"""Return those of the organisations that have consented to be named, with ORGANISATION_FIELDS and their state."""
	return [frappe._dict(row) for row in _read_consenting(tuple(sorted({name for name in names if name})))]


@once
def _read_consenting(names: tuple[str, ...]) -> list[dict]:
	if not names:
		return []
	fields = [*ORGANISATION_FIELDS, "workflow_state"]
	return frappe.get_all(ORGANISATION, {"name": ["in", names], "publish_profile": 1}, fields, order_by="name")


def _has_page(row: dict) -> bool:
	"""As `public_filters`, of an organisation that has consented."""
	shown = states(ORGANISATION, public=True)
	return bool(row.workflow_state in shown and row.registered_on and row.valid_until and row.valid_until >= getdate(nowdate()))


def count() -> int:
	"""Return the number of public organisations."""
	return tallies.count(ORGANISATION, public_filters())
