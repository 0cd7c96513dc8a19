"""Numbers, days and names in the conditions of a request, read as in a record (hooks.py: auth_hooks; common/typed_input.py).

Frappe would search for 0 in place of １２０，０００ and for a day in 2008 in place of 令和8年12月18日, and show other records. A part of a
name is looked for in every spelling (common/search.py).
"""

import json
import re

import frappe
from frappe import _
from frappe.model.meta import Meta

from kyodo_frappe.common import search, typed_input
from kyodo_frappe.permissions.request import ParsedRequest, our_doctypes

CONDITIONS = ("filters", "or_filters")
PART = re.compile(r"%([^%_]+)%")
COMPARED = {"=", "!=", "<", ">", "<=", ">=", "between", "in", "not in"}


def check_request():
	"""Read the texts in conditions on our DocTypes and in the filters of our reports. Raises InvalidNumber, InvalidDate."""
	form = frappe.local.form_dict
	if not any(form.get(key) for key in CONDITIONS):
		return
	doctype = _doctype(form)
	if doctype not in our_doctypes().values():
		return
	for key in CONDITIONS:
		sent = form.get(key)
		given = _parsed(sent)
		if isinstance(given, list | dict) and given:
			read = _read(frappe.get_meta(doctype), given)
			form[key] = json.dumps(read) if isinstance(sent, str) else read


def _doctype(form: dict) -> str | None:
	if isinstance(report := form.get("report_name"), str):
		return frappe.get_cached_value("Report", report, "ref_doctype") if frappe.db.exists("Report", report) else None
	return ParsedRequest(frappe.local.request.path, {key: form[key] for key in ("doctype", "dt") if key in form}).doctype


def _parsed(value: object) -> object:
	try:
		return json.loads(value) if isinstance(value, str) else value
	except ValueError:
		return None  # Frappe reports invalid JSON itself


def _read(meta: Meta, given: list | dict) -> list | dict:
	if isinstance(given, dict):
		read = {field: _condition(meta, field, value) for field, value in given.items()}
		return dict(_in_every_spelling(meta, field, value) for field, value in read.items())
	if any(isinstance(part, list | dict) for part in given[:1]):
		return [_read(meta, part) if isinstance(part, list | dict) else part for part in given]
	if len(given) >= 4 and isinstance(given[0], str) and given[0] in our_doctypes().values():
		owner, (field, operator, value) = frappe.get_meta(given[0]), given[1:4]
		field, (operator, value) = _in_every_spelling(owner, field, [operator, _value(owner, field, operator, value)])
		return [given[0], field, operator, value, *given[4:]]
	if len(given) == 3:
		field, (operator, value) = _in_every_spelling(meta, given[0], [given[1], _value(meta, *given)])
		return [field, operator, value]
	return given


def _in_every_spelling(meta: Meta, field: object, condition: object) -> tuple[object, object]:
	"""(field, condition), of the search key where a condition looks for a part of a name: [“like”, “%髙橋%”]."""
	if field not in search.NAMES.get(meta.name, ()) or not isinstance(condition, list) or len(condition) != 2:
		return field, condition
	operator, text = condition
	is_part = isinstance(text, str) and str(operator).lower() in ("like", "not like") and PART.fullmatch(text)
	key = search.found_by(is_part[1]) if is_part else None
	return ("search_key", [operator, key[1]]) if key else (field, condition)


def _condition(meta: Meta, field: str, value: object) -> object:
	"""The value of {field: value} or {field: [operator, value]}."""
	if isinstance(value, list) and len(value) == 2:
		return [value[0], _value(meta, field, *value)]  # also [“is”, “not set”], of which nothing is read
	return _value(meta, field, "=", value)


def _value(meta: Meta, field: object, operator: object, value: object) -> object:
	df = meta.get_field(field) if isinstance(field, str) else None
	if df is None or not typed_input.is_read(df) or df.fieldtype == "Data" or str(operator).strip().lower() not in COMPARED:
		return value
	if isinstance(value, list):
		return [_value(meta, field, operator, part) for part in value]
	if typed_input.is_short_year(df, value):
		value = str(value)
	if not isinstance(value, str) or not value.strip():
		return value
	if "in" in str(operator).split():
		return [typed_input.read(df, part) for part in value.split(",")]
	return typed_input.read(df, value, _("Filter: {0}").format(_(df.label)))
