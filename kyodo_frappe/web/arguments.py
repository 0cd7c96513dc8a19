"""Validation of the arguments that a request passes to our whitelisted functions (hooks.py: auth_hooks).

Frappe passes on whatever arrives as JSON or as a form; only later versions check types. Here a list in place of a name, a
text in place of a number and a missing argument are refused with a clear message, and characters that the database cannot
store are removed.
"""

import inspect
import json
import math
import re
import typing
from collections.abc import Callable, Iterator
from urllib.parse import unquote

import frappe
from frappe import _

from kyodo_frappe.common.addresses import OLD
from kyodo_frappe.common.errors import InvalidNumber, InvalidRequest
from kyodo_frappe.permissions.field_limits import MAX_INT
from kyodo_frappe.permissions.request import our_doctypes

OURS = "kyodo_frappe."
_PATH = re.compile(r"/api/(?:v[0-9]+/)?method/([^/?]+)")
_RESOURCE = re.compile(r"/api/(?:v[0-9]+/)?(?:resource|document)/([^/?]+)")
_NUMBERS = (int, float, bool)


def check_request():
	"""Refuse arguments of the wrong type for a function or a record of this app. Raises InvalidRequest, InvalidNumber."""
	for doctype, values in _records(frappe.local.form_dict):
		_check_rows(doctype, values)
	function = _requested_function()
	if function is None:
		return
	sent = frappe.local.form_dict
	for name in list(sent):
		sent[name] = _clean(sent[name])
	_check_arguments(function, sent)


def _requested_function() -> Callable | None:
	"""Return the function of this app that the request calls; None for others, and for one that Frappe will not find."""
	method = _requested_method()
	if not method.startswith(OURS):
		return None
	try:
		return frappe.get_attr(method)
	except Exception:
		frappe.clear_messages()
		return None


def _check_arguments(function: Callable, sent: dict):
	hints = typing.get_type_hints(inspect.unwrap(function))
	parameters = inspect.signature(function).parameters
	for name, parameter in parameters.items():
		if parameter.kind is parameter.VAR_POSITIONAL:
			continue
		kinds = _types(hints.get(name))
		if parameter.kind is parameter.VAR_KEYWORD:
			for other in set(sent) - set(parameters):
				_check(other, sent[other], kinds)
		elif name in sent:
			_check(name, sent[name], kinds)
		elif parameter.default is parameter.empty:
			frappe.throw(_("“{0}” is missing in this request.").format(name), InvalidRequest)


def _records(form: dict) -> Iterator[tuple[str, dict]]:
	"""Yield (DocType, values) of the records of this app in a request: its body over REST, or its arguments."""
	place = _RESOURCE.match(frappe.local.request.path)
	parts = [form if place else None, *(_plain(form.get(key)) for key in ("data", "doc", "docs"))]
	for part in parts:
		for values in part if isinstance(part, list) else [part]:
			if isinstance(values, dict):
				doctype = values.get("doctype") or (unquote(place[1]) if place else None)
				if isinstance(doctype, str) and doctype in our_doctypes().values():
					yield doctype, values


def _plain(value):
	try:
		return json.loads(value) if isinstance(value, str) else value
	except ValueError:
		return None  # Frappe reports invalid JSON itself


def _check_rows(doctype: str, values: dict):
	"""Raise InvalidRequest if a table is not a list of rows; Frappe would fail with a server error."""
	for table in frappe.get_meta(doctype).get_table_fields():
		rows = values.get(table.fieldname)
		if rows and not (isinstance(rows, list) and all(isinstance(row, dict) for row in rows)):
			frappe.throw(_("“{0}” must be a list of rows.").format(_(table.label or table.fieldname)), InvalidRequest)


def _requested_method() -> str:
	found = _PATH.match(frappe.local.request.path)
	method = str((found and found[1]) or frappe.local.form_dict.get("cmd") or "")
	return OLD.get(method, method)


def _types(hint) -> tuple:
	"""Return the types of an annotation, unions split and generics reduced to their origin; () without an annotation."""
	parts = typing.get_args(hint) if typing.get_origin(hint) not in (None, list, dict, tuple) else (hint,)
	return tuple(typing.get_origin(part) or part for part in parts if part is not None)


def _check(name: str, value, types: tuple):
	if not types or value is None:
		return
	label = frappe.utils.escape_html(name[:40])
	if isinstance(value, list | dict):
		if type(value) not in types and dict not in types:
			frappe.throw(_("“{0}” must be text.").format(label), InvalidRequest)
	elif value != "" and _takes_numbers_only(types) and not _is_number(value):
		shown = frappe.utils.escape_html(str(value)[:40])
		frappe.throw(_("“{0}”: “{1}” is not a number.").format(label, shown), InvalidNumber)


def _takes_numbers_only(types: tuple) -> bool:
	return bool(set(types) & set(_NUMBERS)) and not set(types) & {str, list, dict}


def _is_number(value) -> bool:
	if str(value).lower() in ("true", "false"):
		return True
	try:
		number = float(value)
	except (TypeError, ValueError):
		return False
	return math.isfinite(number) and abs(number) <= MAX_INT


def _clean(value):
	if isinstance(value, str):
		return value.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
	if isinstance(value, list):
		return [_clean(one) for one in value]
	if isinstance(value, dict):
		return {_clean(key): _clean(one) for key, one in value.items()}
	return value
