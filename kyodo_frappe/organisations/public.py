"""What everybody may read of organisations, by explicit fields and as far as each has consented."""

from collections.abc import Iterable, Iterator

import frappe
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.queries import PAGE, among, by_parent, in_batches, page_of, rows_of
from kyodo_frappe.common.search import found_by
from kyodo_frappe.permissions.reading_cache import cached_while_reading
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
		filters["name"] = among(_organisations_in_field(field))
	total = frappe.db.count(ORGANISATION, filters) if text or field else count()
	order = [("organisation_kana", "asc"), ("organisation_name", "asc"), ("name", "asc")]
	rows = page_of(ORGANISATION, filters, ORGANISATION_FIELDS, order, start, limit, total)
	_add_activity_fields(rows)
	return _without_unconsented(rows), total


def batches() -> Iterator[list[dict]]:
	"""Yield the public organisations, some hundred at a time, by name."""
	for rows in in_batches(ORGANISATION, public_filters(), ORGANISATION_FIELDS):
		_add_activity_fields(rows)
		yield _without_unconsented(rows)


def organisation(name: str) -> dict | None:
	"""Return a public organisation as far as it has consented, or None."""
	return next(iter(public_rows([name])), None)


def public_rows(names: list[str]) -> list[dict]:
	"""Return the public ones among these organisations as far as they have consented, with `more` of their forms."""
	rows = frappe.get_all("Kyodo Organisation", public_filters(name=among(names)), ORGANISATION_FIELDS, order_by="name")
	_add_activity_fields(rows)
	more = form_public.further_blocks("Kyodo Organisation", rows)
	for row in _without_unconsented(rows):
		row.more = more[row.name]
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


def _without_unconsented(rows: list[dict]) -> list[dict]:
	"""Return the same rows as far as each organisation has consented."""
	for row in rows:
		for field, consent in CONSENTS.items():
			if not row.get(consent):
				row[field] = None
		for consent in set(CONSENTS.values()):
			row.pop(consent, None)
	for row in form_public.blank_undeclared(ORGANISATION, rows):  # all at once: each form is read once
		if not row.activity_fields:
			row.activity_field = ""
		if not str(row.website or "").lower().startswith(("http://", "https://")):
			row.website = None  # nothing but a web address becomes a link
	return rows


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


@cached_while_reading
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
	registered = {row.name for row in _with_page(known.values())}
	for row in rows:
		name = row.organisation
		row.has_organisation = bool(name)
		row.organisation_name = known[name].organisation_name if name in known else None
		row.organisation = name if name in registered else None


def name_fields(rows: list[dict]):
	"""Set `activity_field` of records: the code of the first field of activity that their organisation shows, else ""."""
	shown = _with_page(_consenting(row.organisation for row in rows))
	_add_activity_fields(shown)
	fields = {row.name: row.activity_field for row in _without_unconsented(shown)}
	for row in rows:
		row.activity_field = fields.get(row.organisation, "")


def _consenting(names: Iterable[str | None]) -> list[dict]:
	"""Return those of the organisations that have consented to be named, with ORGANISATION_FIELDS and their state."""
	return [frappe._dict(row) for row in _read_consenting(tuple(sorted({name for name in names if name})))]


@cached_while_reading
def _read_consenting(names: tuple[str, ...]) -> list[dict]:
	if not names:
		return []
	fields = [*ORGANISATION_FIELDS, "workflow_state"]
	return frappe.get_all(ORGANISATION, {"name": ["in", names], "publish_profile": 1}, fields, order_by="name")


def _with_page(rows: Iterable[dict]) -> list[dict]:
	"""Return those of some organisations that have consented which have a public page, as `public_filters`."""
	shown, today = states(ORGANISATION, public=True), getdate(nowdate())
	in_time = lambda row: row.registered_on and row.valid_until and row.valid_until >= today
	return [row for row in rows if row.workflow_state in shown and in_time(row)]


def count() -> int:
	"""Return the number of public organisations."""
	return tallies.count(ORGANISATION, public_filters())
