"""Matching the rows of an imported list with the organisations of the site, and writing what is new."""

import datetime
import json
import re
from collections import defaultdict
from typing import Any, NamedTuple

import frappe
from frappe import _
from frappe.model.naming import is_autoincremented
from frappe.utils import cstr, getdate, now_datetime

from kyodo_frappe.common import search
from kyodo_frappe.common.queries import among
from kyodo_frappe.organisations import duplicates
from kyodo_frappe.organisations.registration import importable_states, inactive_states
from kyodo_frappe.rules.textkeys import compact_key

ORGANISATION = "Kyodo Organisation"
ACTIVITY = "Kyodo Organisation Activity"
SERIES = "KO-"
FIELDS = (
	*("organisation_name", "organisation_kana", "organisation_type", "corporate_number", "representative"),
	*("postal_code", "address", "phone", "email", "website", "purpose", "established_on", "authority", "member_count"),
)
TERM_FIELDS = ("registered_on", "valid_until")
KEY_FIELDS = ("search_key", "name_key")
SAME_PLACE = ("postal_code", "address", "phone", "email", "representative")


class Entry(NamedTuple):
	"""What identifies an organisation. name: of its record, "" for one to be created; row: of the list, 0 for one of the site."""

	name: str
	row: int
	values: dict


class Known:
	"""The organisations of the site and of the rows so far, by corporate number and by name."""

	UNCLEAR = object()

	def __init__(self):
		self.numbers: dict[str, Entry] = {}
		self.names: dict[str, list[Entry]] = defaultdict(list)
		fields = ["name", "organisation_name", "name_key", "corporate_number", *SAME_PLACE]
		for row in frappe.get_all(ORGANISATION, fields=fields, order_by="creation asc"):
			self.add(row, row.name, 0)

	def add(self, record: dict, name: str, number: int):
		"""Add a record. number: its row in the list, 0 for a record of the site."""
		entry = Entry(name, number, {key: record.get(key) for key in ("corporate_number", *SAME_PLACE)})
		if record.get("corporate_number"):
			self.numbers.setdefault(record["corporate_number"], entry)
		self.names[record.get("name_key") or _name_key(record)].append(entry)

	def find(self, record: dict) -> tuple[object, int | None, str | None]:
		"""(organisation, duplicate row, others) that match a record.

		organisation: name of a record of the site, None, or UNCLEAR; duplicate row: of the list; others: where its name is known besides.
		"""
		alike = self.names.get(_name_key(record), [])
		found = self.numbers.get(record.get("corporate_number")) or self._by_name(record, alike)
		if found is self.UNCLEAR:
			return self.UNCLEAR, None, None
		if found is None:
			return None, None, _("、").join(sorted({entry.name or _("row {0}").format(entry.row) for entry in alike})[:3])
		return found.name or None, found.row or None, None

	def _by_name(self, record: dict, alike: list[Entry]) -> Entry | object | None:
		"""Of the entries of the same name the one at the same place; without a place, the only one.

		Two different corporate numbers are two organisations.
		"""
		number, place = record.get("corporate_number"), _place(record)
		possible = [entry for entry in alike if not (number and entry.values["corporate_number"])]
		if place:
			return next((entry for entry in possible if place & _place(entry.values)), None)
		if len(possible) > 1:
			return self.UNCLEAR
		return possible[0] if possible else None


def _place(record: dict) -> set[tuple[str, str]]:
	"""{(field, normalised value)} of what says where an organisation is and who represents it."""
	return {(key, _same_spelling(key, record[key])) for key in SAME_PLACE if record.get(key)}


def _same_spelling(key: str, value: str) -> str:
	"""A value regardless of its spelling, a number by its digits only."""
	plain = compact_key(value)
	return (re.sub(r"\D", "", plain) or plain) if key in ("postal_code", "phone") else plain


def _name_key(record: dict) -> str:
	return duplicates.key_of(record["organisation_name"])


def keys_of(values: dict) -> dict[str, str]:
	"""{search_key, name_key}, as the controller would set them; a bulk insert bypasses it."""
	return {"search_key": search.key_of(ORGANISATION, values), "name_key": _name_key(values)}


class Stored:
	"""The stored records of a batch, read in three queries."""

	def __init__(self, names: list[str]):
		fields = ["name", "source", "workflow_state", *FIELDS, *TERM_FIELDS, *KEY_FIELDS]
		within = among(names)
		rows = frappe.get_all(ORGANISATION, {"name": within}, fields, order_by="name")
		self.rows = {row.name: row for row in rows}
		parents = {"parenttype": ORGANISATION, "parent": within}
		self.with_people = set(frappe.get_all("Kyodo Organisation Member", parents, pluck="parent", order_by="parent", distinct=True))
		for row in frappe.get_all(ACTIVITY, parents, ["parent", "activity_field"], order_by="parent, idx"):
			self.rows[row.parent].setdefault("activity_fields", []).append(row.activity_field)

	def changes(self, name: str, wanted: dict[str, Any]) -> dict[str, Any]:
		"""{fieldname: value} that a list may change in an organisation."""
		row = self.rows.get(name)
		if row is None or row.workflow_state in inactive_states():
			return {}
		from_list = row.source == "Imported" and name not in self.with_people and row.workflow_state in importable_states()
		changed = {
			fieldname: value
			for fieldname, value in wanted.items()
			if (from_list or _may_fill(row, fieldname)) and not _same(row.get(fieldname), value)
		}
		if from_list and changed.get("workflow_state") and not row.registered_on:
			changed.setdefault("registered_on", getdate())
		if "organisation_name" in changed or "organisation_kana" in changed:
			changed |= keys_of({**row, **changed})
		return changed

	def write(self, changes: list[tuple[str, dict]]):
		"""Write changes [(organisation, {fieldname: value})] with a version of each."""
		moment, user = now_datetime(), frappe.session.user
		activities, traces = [], []
		for name, change in changes:
			traces.append(self._version_row(name, change, moment, user))
			values = {fieldname: value for fieldname, value in change.items() if fieldname != "activity_fields"}
			frappe.db.set_value(ORGANISATION, name, {**values, "modified": moment, "modified_by": user})
			if "activity_fields" in change:
				activities += activity_rows(name, change["activity_fields"], moment, user)
		renewed = list({row[5] for row in activities})
		if renewed:
			frappe.db.delete(ACTIVITY, {"parenttype": ORGANISATION, "parent": ["in", renewed]})
		insert_activities(activities)
		columns = ["name", "creation", "modified", "owner", "modified_by", "docstatus", "idx", "ref_doctype", "docname", "data"]
		frappe.db.bulk_insert("Version", columns, traces)

	def _version_row(self, name: str, change: dict, moment: datetime.datetime, user: str) -> list:
		"""The row of Frappe's Version for a change."""
		changed = [
			[fieldname, _text(self.rows[name].get(fieldname)), _text(value)]
			for fieldname, value in change.items()
			if fieldname not in KEY_FIELDS
		]
		data = json.dumps({"changed": changed, "added": [], "removed": [], "row_changed": []}, ensure_ascii=False)
		numbered = is_autoincremented("Version")
		key = frappe.db.get_next_sequence_val("Version") if numbered else _random_name()
		return [key, moment, moment, user, user, 0, 0, ORGANISATION, name, data]


def _may_fill(row: dict, fieldname: str) -> bool:
	"""Whether a list may fill an empty field of an organisation that has people; never its state and term."""
	return fieldname not in (*TERM_FIELDS, "workflow_state") and row.get(fieldname) in (None, "", 0, [])


def _same(old: Any, new: Any) -> bool:
	if isinstance(new, list):
		return sorted(old or []) == sorted(new)
	if isinstance(new, datetime.date):
		return bool(old) and getdate(old) == new
	return cstr(old).strip() == cstr(new)


def _text(value: Any) -> str:
	return ", ".join(value) if isinstance(value, list) else cstr(value)


def activity_rows(parent: str, codes: list[str], moment: datetime.datetime, user: str) -> list[list]:
	"""Return the rows of the activity table for an organisation, as `insert_activities` takes them."""
	return [
		[_random_name(), moment, moment, user, user, parent, ORGANISATION, "activity_fields", idx, 0, code]
		for idx, code in enumerate(codes, 1)
	]


def insert_activities(rows: list[list]):
	"""Insert rows of `activity_rows` in bulk."""
	columns = ["name", "creation", "modified", "owner", "modified_by", "parent", "parenttype", "parentfield", "idx", "docstatus"]
	if rows:
		frappe.db.bulk_insert(ACTIVITY, [*columns, "activity_field"], rows)


def _random_name() -> str:
	return frappe.generate_hash(length=10)


def reserve_names(count: int) -> list[str]:
	"""Return the next names of the naming series, reserved under a lock."""
	series = frappe.qb.DocType("Series")
	taken = frappe.qb.from_(series).select(series.current).where(series.name == SERIES).for_update().run()
	if taken:
		current = taken[0][0] or 0
		frappe.qb.update(series).set(series.current, current + count).where(series.name == SERIES).run()
	else:
		current = 0
		frappe.qb.into(series).columns("name", "current").insert(SERIES, count).run()
	return [f"{SERIES}{number:05}" for number in range(current + 1, current + count + 1)]
