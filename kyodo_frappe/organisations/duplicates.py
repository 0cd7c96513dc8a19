"""Organisations that may be the same: found by corporate number, or by name without its legal form.

For the office only: an organisation is never told about another.
"""

from collections import defaultdict

import frappe
from frappe import _
from frappe.model import display_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.model.rename_doc import rename_doc
from frappe.utils import escape_html, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations.errors import DuplicateCorporateNumber, NotMergeable
from kyodo_frappe.organisations.registration import is_valid, valid_states
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.rules.textkeys import name_key
from kyodo_frappe.workflows.guard import by_service, merged_away

DOCTYPE = "Kyodo Organisation"
SHOWN_FIELDS = ("name", "organisation_name", "organisation_type", "corporate_number", "address", "workflow_state", "creation")
KEYS = ("corporate_number", "name_key")
MAX_KEY = 140
# not filled from the dropped record
NOT_CARRIED = ("source", "search_key", "name_key", "return_reason", "withdraw_reason", "renewed_on", "applied_on", "applied_by")


def key_of(name: str | None) -> str:
	"""The key that organisations of the same name share, as their records store it."""
	return name_key(name)[:MAX_KEY]


@frappe.whitelist(methods=["GET"])
def candidates(organisation: str) -> list[dict]:
	"""[{name, organisation_name, …, same}] of organisations that may be this one; same: corporate_number or name_key.

	Raises PermissionError for others than officers and managers.
	"""
	require(OFFICER, MANAGER)
	keys = frappe.db.get_value(DOCTYPE, organisation, KEYS, as_dict=True)
	wanted = {key: value for key, value in (keys or {}).items() if value}
	if not wanted:
		return []
	rows = frappe.get_list(
		DOCTYPE,
		filters={"name": ["!=", organisation]},
		or_filters=wanted,
		fields=[*SHOWN_FIELDS, "name_key"],
		order_by="creation asc",
	)
	for row in rows:
		row.same = next(key for key in KEYS if wanted.get(key) and wanted[key] == row.get(key))
	return rows


def suspected() -> list[list[dict]]:
	"""Return groups of organisations that share a number or a name; rows as in `candidates`. One query."""
	require(OFFICER, MANAGER)
	rows = frappe.get_list(
		DOCTYPE,
		filters={"workflow_state": ["!=", "Withdrawn"]},
		fields=[*SHOWN_FIELDS, "name_key"],
		order_by="creation asc",
		limit_page_length=0,
	)
	groups = []
	for key in KEYS:
		found = defaultdict(list)
		for row in rows:
			if row.get(key):
				found[row.get(key)].append(row)
		known = [{row.name for row in group} for group in groups]
		for group in found.values():
			if len(group) > 1 and {row.name for row in group} not in known:
				groups.append([frappe._dict(row, same=key) for row in group])
	return groups


def check_number_free(doc: Document):
	"""Raise DuplicateCorporateNumber where another registered organisation has the same corporate number."""
	if not doc.corporate_number:
		return
	others = frappe.get_all(
		DOCTYPE,
		{"corporate_number": doc.corporate_number, "name": ["!=", doc.name], "workflow_state": ["in", valid_states()]},
		["name", "organisation_name", "workflow_state", "registered_on", "valid_until"],
		order_by="creation asc",
	)
	for other in others:
		if other.workflow_state == "Registered" or is_valid(other, getdate()):
			frappe.throw(
				_("{0} ({1}) is registered with the same corporate number. Please merge the two, or return this one.").format(
					escape_html(other.organisation_name), other.name
				),
				exc=DuplicateCorporateNumber,
			)


# -- merging ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def merge(keep: str, drop: str) -> str:
	"""Merge organisation `drop` into `keep`; returns `keep`.

	What `keep` lacks is filled from `drop`, with its people, documents and every record that links to it; a comment on `keep` holds the
	values of `drop`. Raises PermissionError for others than officers and managers, and for the user's own organisations (four eyes);
	ValidationError for two different corporate numbers, or a registered organisation into one that is not.
	"""
	require(OFFICER, MANAGER)
	kept, dropped = (frappe.get_doc(DOCTYPE, name, for_update=True) for name in (keep, drop))
	_check_mergeable(kept, dropped)
	summary = _describe(dropped)
	_carry_over(kept, dropped)
	with by_service(kept):
		kept.save(ignore_permissions=True)  # managers may merge without the right to write
	with merged_away(dropped):
		# as above
		rename_doc(DOCTYPE, drop, keep, force=True, merge=True, ignore_permissions=True, show_alert=False)
	kept.reload()
	kept.add_comment("Info", summary)
	return keep


def _check_mergeable(kept: Document, dropped: Document):
	for doc in (kept, dropped):
		doc.check_permission("read")
		if frappe.session.user in doc.own_people() and frappe.session.user != "Administrator":
			frappe.throw(_("You belong to one of these organisations, so a colleague has to do this."), frappe.PermissionError)
	if kept.name == dropped.name:
		frappe.throw(_("Please choose two organisations."), NotMergeable)
	if kept.corporate_number and dropped.corporate_number and kept.corporate_number != dropped.corporate_number:
		frappe.throw(_("Their corporate numbers differ: these are two organisations."), NotMergeable)
	if dropped.registered_on and not kept.registered_on:
		frappe.throw(_("{0} is or was registered: please merge the other one into it.").format(dropped.name), NotMergeable)
	if kept.workflow_state == "Withdrawn" and dropped.workflow_state != "Withdrawn":
		frappe.throw(_("{0} has withdrawn: please merge it into the other one.").format(kept.name), NotMergeable)


def _carry_over(kept: Document, dropped: Document):
	"""Fill what the kept record lacks from the dropped one."""
	_fill_empty_fields(kept, dropped)
	_add_rows(kept, dropped, "members", "user", ("member_name", "member_role"))
	if not kept.activity_fields:
		kept.set("activity_fields", [{"activity_field": row.activity_field} for row in dropped.activity_fields])
	_add_rows(kept, dropped, "attachments", "file", ("document", "note"))
	answers = {row.code: row for row in dropped.requirement_checks}
	for row in kept.requirement_checks:
		if not row.fulfilled and row.code in answers:
			row.update({"fulfilled": answers[row.code].fulfilled, "note": answers[row.code].note})


def _fill_empty_fields(kept: Document, dropped: Document):
	for df in kept.meta.fields:
		if _is_carried(df) and kept.get(df.fieldname) in (None, "", 0) and dropped.get(df.fieldname):
			kept.set(df.fieldname, dropped.get(df.fieldname))


def _is_carried(df) -> bool:
	if df.fieldtype in display_fieldtypes or df.fieldtype in table_fields:
		return False
	return df.fieldname not in (*NOT_CARRIED, "workflow_state") and not df.fieldname.startswith("publish_")


def _add_rows(kept: Document, dropped: Document, table: str, key: str, columns: tuple[str, ...]):
	"""Add the rows that the kept record does not have yet, identified by the column `key`."""
	known = {row.get(key) for row in kept.get(table)}
	for row in dropped.get(table):
		if row.get(key) not in known:
			kept.append(table, {column: row.get(column) for column in (key, *columns)})


def _describe(doc: Document) -> str:
	"""The values of a record as lines of a comment."""
	lines = [_("Merged from {0}:", lang=RECORD_LANGUAGE).format(doc.name)]
	for df in doc.meta.fields:
		value = doc.get(df.fieldname)
		if df.fieldtype in display_fieldtypes or (df.hidden and df.fieldname != "workflow_state") or not value:
			continue
		if df.fieldtype in table_fields:
			value = " / ".join(_describe_row(row) for row in value)
		elif vocabulary.is_choice(df):
			value = vocabulary.shown(df, value, RECORD_LANGUAGE)
		elif df.fieldtype == "Link":  # a state
			value = _(str(value), lang=RECORD_LANGUAGE)
		lines.append(f"{_(df.label, lang='ja')}: {value}")
	return "<br>".join(escape_html(line).replace("\n", "<br>") for line in lines)


def _describe_row(row: Document) -> str:
	values = (row.get(df.fieldname) for df in row.meta.fields if df.fieldtype not in display_fieldtypes)
	return ", ".join(str(value) for value in values if value)
