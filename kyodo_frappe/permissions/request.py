"""Analysis of a request: the functions it calls, the DocTypes and records it names, the columns it requests.

`gate.py` decides about them. A request can name things in its path, query, form and JSON body, in JSON nested inside any of
these, and in a raw body that Frappe parses as JSON regardless of the content type.
"""

import inspect
import json
import re
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

import frappe
from frappe.model.base_document import get_controller

from kyodo_frappe.common.addresses import OLD

DEPTH = 8  # of JSON nested inside JSON strings; Frappe itself parses two or three levels
CONDITIONS = ("filters", "or_filters", "current_filters", "export_filters", "dynamic_filters_json", "filters_json")
# arguments that contain names of records
NAMES = (
	*("name", "names", "docname", "docnames", "doc_name", "document_name", "dn", "old_name", "new_name", "parent"),
	*("old", "new", "reference_name", "reference_docname", "ref_docname", "ref_name", "link_name", "share_name"),
	*("reminder_docname", "source_name", "source_names"),
)
# arguments that contain prose or a whole record, so that nothing in them is a column
TEXTS = {
	*("cmd", "txt", "text", "value", "content", "doc", "docs", "data", "title", "label", "description", "subject"),
	*("html", "comment_by", "search_term", "message", "reason", "_"),
}
# {argument that names a record of the desk with settings: (its DocType, its field that names a DocType)}
SETTINGS = {
	"web_form": ("Web Form", "doc_type"),
	"web_form_name": ("Web Form", "doc_type"),
	"chart_name": ("Dashboard Chart", "document_type"),
	"board_name": ("Kanban Board", "reference_doctype"),
	"report_name": ("Report", "ref_doctype"),
	"auto_email_report": ("Auto Email Report", "report"),
}


@lru_cache
def our_doctypes() -> dict[str, str]:
	"""Return {name as the database compares it: name} of every DocType of this app."""
	folder = Path(frappe.get_app_path("kyodo_frappe", "kyodo_frappe", "doctype"))
	names = [json.loads(file.read_text())["name"] for file in folder.glob("*/kyodo_*.json")]
	return {compared(name): name for name in names}


def compared(text: object) -> str:
	"""Return a name as the database compares it, ignoring case and trailing blanks; "" for anything but text."""
	return text.casefold().rstrip() if isinstance(text, str) else ""


class ParsedRequest:
	"""A request and everything it names.

	`kind`: method, rest, file or page; `given`: its arguments with all nested JSON parsed; `segments`: its path without the
	prefix of the API.
	"""

	def __init__(self, path: str, form: dict, body: bytes | str | None = None):
		self.form = form
		self.given = {_without_surrogates(key): _parse_nested(value) for key, value in form.items()}
		if body and (raw := _json(body if isinstance(body, str) else body.decode("utf-8", "replace"))) is not None:
			self.given["raw body"] = _parse_nested(raw)
		self.segments = [part for part in path.split("/") if part]
		self.version = ""
		self.kind = self._kind()

	def _kind(self) -> str:
		if self.segments[:1] != ["api"]:
			place = self.segments[0] if self.segments else ""
			return "file" if place in ("files", "private", "assets", "backups") else "page"
		self.segments = self.segments[1:]
		if self.segments and re.fullmatch(r"v\d+", self.segments[0]):
			self.version = self.segments.pop(0)
		kind = self.segments[0] if self.segments else ""
		return "rest" if kind in ("resource", "document", "doctype") else "method"

	@property
	def doctype(self) -> str | None:
		"""The main DocType of the request, in its path or arguments."""
		if self.kind == "rest":
			return self.segments[1] if len(self.segments) > 1 else None
		found = self.given.get("doctype") or self.given.get("dt")
		return found if isinstance(found, str) else None

	@property
	def record(self) -> str | None:
		"""The name of the record in a path of the REST API."""
		rest = list(self.segments[2:]) if self.kind == "rest" else []
		if len(rest) > 2 and rest[-2] == "method":
			rest = rest[:-2]
		elif len(rest) > 1 and rest[-1] == "copy":
			rest = rest[:-1]
		return "/".join(rest) or None

	# -- functions ----------------------------------------------------------------

	@cached_property
	def functions(self) -> list[str]:
		"""Full names, by the defining module, of the functions that the request calls or passes on to be called.

		A request may name a function through any module that imports it. Names that are no functions are omitted.
		"""
		named = [self.form.get("cmd")]
		if self.kind == "method":
			named.append(self._function_in_path())
		found = [_full_name(OLD.get(name, name)) for name in named if isinstance(name, str) and name]
		found += [_full_name(text) for text in texts(self.given) if re.fullmatch(r"frappe(\.\w+)+", text)]
		found += [_method_name(*pair) for pair in self._methods_of_records()]
		return list(dict.fromkeys(name for name in found if name))

	def _function_in_path(self) -> str | None:
		called = self.segments[1:]
		if self.version and self.version != "v1" and len(called) == 2:
			return _doctype_function(*called)
		return called[0] if called else None

	def _methods_of_records(self) -> Iterator[tuple[str, str]]:
		if self.kind == "rest":
			if "run_method" in self.given:
				yield self.doctype, self.given["run_method"]
			if len(self.segments) > 4 and self.segments[-2] == "method":
				yield self.doctype, self.segments[-1]
		if "method" in self.given:
			for key in ("dt", "docs", "document", "doctype"):
				part = self.given.get(key)
				doctype = part.get("doctype") if isinstance(part, dict) else part
				if isinstance(doctype, str):
					yield doctype, self.given["method"]

	# -- DocTypes and records -----------------------------------------------------

	@cached_property
	def texts(self) -> set[str]:
		"""All texts of the request that could be names."""
		named = {*texts(self.given), *self.segments}
		return {text for text in named if len(text) <= 140} | {  # table names in SQL-like columns
			found.strip() for text in named for found in re.findall(r"tab([A-Z][\w ]+)", text)
		}

	@cached_property
	def ours(self) -> set[str]:
		"""The DocTypes of this app that the request names anywhere."""
		known = our_doctypes()
		named = {known[compared(text)] for text in self.texts if compared(text) in known}
		return named | {found for found in self._doctypes_of_settings() if found in known.values()}

	def _doctypes_of_settings(self) -> Iterator[str]:
		for key, (doctype, field) in SETTINGS.items():
			name = self.given.get(key)
			if isinstance(name, str) and frappe.db.exists(doctype, name):
				yield frappe.db.get_value(doctype, name, field)

	def settings(self) -> Iterator[dict]:
		"""Yield the records of the desk, named by the request, that determine which columns are shown."""
		for key in ("chart_name", "board_name"):
			name, doctype = self.given.get(key), SETTINGS[key][0]
			if isinstance(name, str) and frappe.db.exists(doctype, name):
				yield _parse_nested(frappe.get_doc(doctype, name).as_dict(convert_dates_to_str=True))

	def apps(self) -> set[str]:
		"""Return the apps whose DocTypes the request names; "" for custom DocTypes of the city."""
		# "doctype" is usually a key of an argument, not the DocType of that name
		named = self.texts - {"doctype"} if "doctype" not in _values(self.given) else self.texts
		rows = frappe.get_all("DocType", {"name": ["in", sorted(named)]}, ["name", "module", "custom"], order_by="name")
		apps = {"" if row.custom else frappe.local.module_app.get(frappe.scrub(row.module), "") for row in rows}
		return apps | {"kyodo_frappe" for _doctype in self.ours}

	def records(self, more_names: tuple[str, ...] = ()) -> list[tuple[set[str], str]]:
		"""Return [(possible DocTypes of this app, name)] of the records that the request names outside of conditions."""
		found = list(_records(self.given, set(), (*NAMES, *more_names)))
		if self.kind == "page" and len(self.segments) > 1 and self.ours:
			found.append((self.ours, "/".join(self.segments[1:])))
		return found

	# -- columns ------------------------------------------------------------------

	def columns(self, everywhere: bool = False) -> Iterator[str]:
		"""Yield texts that may name columns. `everywhere`: also in arguments that usually contain a record or prose."""
		given = dict(self.given)
		for key in ("doc", "chart"):  # a chart or number card passed as a document
			figure = given.get(key)
			if isinstance(figure, dict) and figure.get("document_type"):
				given[f"figure {key}"] = figure
		for key, value in given.items():
			if key in CONDITIONS:
				yield from _fields_of_conditions(value)
			elif everywhere or key not in TEXTS:
				yield from _columns(value)
		for settings in self.settings():
			yield from _columns(settings)


def _columns(value: object) -> Iterator[str]:
	if isinstance(value, dict):
		for key, part in value.items():
			yield str(key)
			yield from _fields_of_conditions(part) if key in CONDITIONS else _columns(part)
	elif isinstance(value, list):
		for part in value:
			yield from _columns(part)
	elif isinstance(value, str):
		yield value


def _fields_of_conditions(filters: object) -> Iterator[str]:
	"""Yield everything but the values of {field: value}, [[…, field, operator, value]] or [field, operator, value]."""
	if isinstance(filters, dict):
		yield from map(str, filters)
	elif isinstance(filters, list):
		lists = [part for part in filters if isinstance(part, list | dict)]
		for part in lists:
			yield from (
				_fields_of_conditions(part)
				if isinstance(part, dict) or any(isinstance(inner, list) for inner in part[:-1])
				else texts(part[:-1])
			)
		if not lists:
			yield from texts(filters[:-1])
	elif isinstance(filters, str):
		yield filters


# -- reading ----------------------------------------------------------------------


def _json(text: str) -> object:
	if text.lstrip()[:1] not in ("[", "{"):
		return None
	try:
		return json.loads(text)
	except ValueError:
		return None


def _parse_nested(value: object, depth: int = DEPTH) -> object:
	"""Return a value with the JSON nested in its strings parsed, up to `depth` levels."""
	if isinstance(value, str):
		found = _json(value) if depth else None
		return _without_surrogates(value) if found is None else _parse_nested(found, depth - 1)
	if isinstance(value, dict):
		return {_without_surrogates(key): _parse_nested(part, depth) for key, part in value.items()}
	if isinstance(value, list | tuple):
		return [_parse_nested(part, depth) for part in value]
	return value


def _without_surrogates(text: str) -> str:
	"""Return a text without lone surrogates, which JSON may contain and the database cannot store."""
	return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def texts(value: object) -> Iterator[str]:
	"""Yield all texts in a value, including keys."""
	if isinstance(value, dict):
		value = [*value, *value.values()]
	if isinstance(value, str):
		yield value
	elif isinstance(value, list):
		for part in value:
			yield from texts(part)


def _values(value: object) -> set[str]:
	"""Return all texts in a value, without keys."""
	parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
	return {part for part in parts if isinstance(part, str)}.union(*map(_values, parts))


def _named(value: object) -> Iterator[str]:
	"""Yield the names in a value: one, or a list of several."""
	for part in value if isinstance(value, list) else [value]:
		if isinstance(part, str | int) and not isinstance(part, bool) and str(part):
			yield str(part)


def _records(value: object, around: set[str], names: tuple[str, ...]) -> Iterator[tuple[set[str], str]]:
	if isinstance(value, list):
		for part in value:
			yield from _records(part, around, names)
	elif isinstance(value, dict):
		here = _doctypes_in(value)
		of = here or around
		if of:
			yield from ((of, name) for name in _names_under(value, names))
		if isinstance(value.get("doctype"), str) and here:
			return  # a whole record: its rows are not named one by one
		for key, part in value.items():
			if key not in CONDITIONS:
				yield from _records(part, of, names)


def _doctypes_in(value: dict) -> set[str]:
	known = our_doctypes()
	return {known[compared(part)] for part in value.values() if isinstance(part, str) and compared(part) in known}


def _names_under(value: dict, keys: tuple[str, ...]) -> Iterator[str]:
	return (name for key in keys for name in _named(value.get(key)) if compared(name) not in our_doctypes())


# -- functions ----------------------------------------------------------------------


def _full_name(name: str) -> str:
	"""Return the full name of a function where it is defined, or "" if Frappe will not find it."""
	name = name.split("/")[0]
	try:
		if "." in name:
			function = frappe.get_attr(name)
		else:
			from frappe import handler

			function = getattr(handler, name)
	except Exception:
		return ""  # Frappe reports the invalid name itself
	return _defining_name(function)


def _defining_name(function: object) -> str:
	function = inspect.unwrap(function) if callable(function) else None
	if "<locals>" in getattr(function, "__qualname__", ""):  # decorators of 15.0 without functools.wraps
		held = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
		wrapped = [one for one in held if inspect.isfunction(one)]
		if wrapped:
			return _defining_name(wrapped[0])
	return f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}" if callable(function) else ""


def _doctype_function(doctype: str, method: str) -> str:
	from frappe.modules.utils import load_doctype_module

	try:
		return f"{load_doctype_module(doctype).__name__}.{method}"
	except Exception:
		return ""


def _method_name(doctype: object, method: object) -> str:
	try:
		return _defining_name(getattr(get_controller(doctype), method)) if isinstance(method, str) and "." not in method else ""
	except Exception:
		return ""
