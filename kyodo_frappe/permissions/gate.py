"""Permission checks in front of Frappe's own functions, REST API and pages.

`check_request` runs for every request after authentication (hooks.py: auth_hooks), whatever address it uses.

- Portal users and users without a role may call only the functions that `frappe_functions.json` opens to them.
- For guests and desk users, each call of a function of Frappe is checked for the records, columns and conditions that it
  names. Unlisted functions get the strictest check and are recorded for the administrator (`unknown_functions`).
- Other apps of the city are not affected: neither their functions nor Frappe's own where only their records are named.

Administrator passes. Records attached to ours (comments, shares, versions …) are closed by `attached_records.py`.
"""

import re

import frappe
from frappe import _
from frappe.boot import get_additional_filters_from_hooks
from frappe.database.operator_map import OPERATOR_MAP
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.permissions import get_user_permissions

from kyodo_frappe.common.addresses import OLD
from kyodo_frappe.permissions import titles
from kyodo_frappe.permissions.columns import hidden_fields, reads_somewhere
from kyodo_frappe.permissions.functions import Entry, entry_of
from kyodo_frappe.permissions.hooks import child_doctypes, has_closed_table
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.request import CONDITIONS, NAMES, ParsedRequest, compared, our_doctypes
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, is_portal_user

UNKNOWN_FUNCTIONS = "kyodo_unknown_functions"
# {DocType of Frappe: methods} that portal users may use over REST: files by the rules of permissions/attachments.py, users
# by `query_user`, which shows nobody but themselves
PORTAL_RECORDS = {"File": ("GET", "POST", "PUT", "DELETE"), "User": ("GET",)}
UNLISTED = Entry("read", "Not known yet.")
# temporary name of an unsaved form: the desk requests it, gets "not found" and shows an empty form
UNSAVED = re.compile(r"new(-[\w-]+)?")
# our own pages, and the shell of the desk, which loads its content by requests of its own
OPEN_PAGES = ("kyodo", "app", "desk")


def check_request():
	"""Raise PermissionError if a request would bypass our rules through one of Frappe's functions (hooks.py: auth_hooks)."""
	request = getattr(frappe.local, "request", None)
	if not request or frappe.session.user == "Administrator":
		return
	parsed = ParsedRequest(request.path, frappe.local.form_dict, _raw_body(request))
	_remove_permission_flags(parsed)
	titles.remove_columns(parsed)
	_check_names(parsed)
	_check_custom_tables(parsed)
	for function in parsed.functions:
		_check_function(function, parsed)
	if parsed.kind == "rest":
		_check_rest(parsed, request.method)
	elif parsed.kind == "page":
		_check_page(parsed)


def _raw_body(request) -> bytes | None:
	"""Return the body if Frappe would parse it as JSON regardless of its content type."""
	if request.is_json or request.mimetype in ("multipart/form-data", "application/x-www-form-urlencoded"):
		return None
	return request.get_data() if request.method in ("POST", "PUT", "PATCH", "DELETE") else None


def _remove_permission_flags(parsed: ParsedRequest):
	"""Remove arguments that switch permission checks off, which Frappe accepts from its own code."""
	for switch in ("ignore_permissions", "ignore_user_permissions"):
		if switch in parsed.given and (parsed.ours or is_portal_user(frappe.session.user)):
			frappe.local.form_dict.pop(switch, None)


# -- functions ----------------------------------------------------------------------


def _check_function(function: str, parsed: ParsedRequest):
	function = _overridden_function(function)
	if not function.startswith("frappe."):
		return  # our functions check permissions themselves; those of other apps are not our concern
	_refuse_alias(function, parsed)
	entry = entry_of(function)
	for_portal = entry is not None and entry.portal
	if is_portal_user(frappe.session.user):
		_apply_check(entry, parsed) if for_portal else _require_other_apps(parsed)
	elif frappe.session.user == "Guest":
		if parsed.ours and not (for_portal and entry.ask == "nothing"):
			_refuse()
	else:
		if entry is None:
			_record_unknown(function)
		_apply_check(entry or UNLISTED, parsed, is_known=entry is not None)


def _require_other_apps(parsed: ParsedRequest):
	"""Raise PermissionError unless a portal user's request names only records of other apps."""
	if not _names_other_apps_only(parsed):
		_refuse()
	_check_joins(parsed)


def _overridden_function(function: str) -> str:
	"""Return the function of Frappe that one of ours overrides, so that both addresses get the same check."""
	ours = frappe.get_hooks("override_whitelisted_methods") or {}
	return next((theirs for theirs, answers in ours.items() if function in answers and theirs not in OLD), function)


def _names_other_apps_only(parsed: ParsedRequest) -> bool:
	apps = parsed.apps()
	return bool(apps) and not apps & {"frappe", "kyodo_frappe"}


def _refuse_alias(function: str, parsed: ParsedRequest):
	"""Raise PermissionError if an overridden function is called by an alias, which would reach Frappe's original."""
	ours = frappe.get_hooks("override_whitelisted_methods") or {}
	if function in ours and parsed.ours and not _is_called_directly(function, parsed):
		_refuse()


def _is_called_directly(function: str, parsed: ParsedRequest) -> bool:
	return function in (parsed.form.get("cmd"), *parsed.segments)


def _apply_check(entry: Entry, parsed: ParsedRequest, is_known: bool = True):
	"""Apply the check of an entry to the request. `is_known`: False for unlisted functions. Raises PermissionError."""
	if entry.ask == "never" and parsed.ours:
		_refuse()
	if entry.ask == "nothing":
		return
	_check_columns(parsed, everywhere=not is_known)
	_check_joins(parsed)
	if entry.ask in ("read", "write"):
		_check_named_records(entry, parsed, is_known)
	elif entry.ask == "blank":
		_blank_closed_records(parsed)
	elif entry.ask in ("list", "itself"):
		_check_rows(parsed)
		_find_readable(parsed)


def _check_named_records(entry: Entry, parsed: ParsedRequest, is_known: bool):
	records = parsed.records(entry.names)
	for doctypes, name in records:
		_require_permission(doctypes, name, entry.ask)
	if not is_known and parsed.ours and not records and not _is_office():
		_refuse()  # it might list records it does not name; the office may read nearly all of them anyway


def _is_office() -> bool:
	return bool({OFFICER, MANAGER} & set(frappe.get_roles()))


def _record_unknown(function: str):
	frappe.cache.hset(UNKNOWN_FUNCTIONS, function, 1)
	frappe.logger("kyodo_frappe").warning(f"function of Frappe that the app does not know yet: {function}")


def unknown_functions() -> list[str]:
	"""Return the unlisted functions of Frappe that desk users have called."""
	return sorted(frappe.safe_decode(name) for name in frappe.cache.hkeys(UNKNOWN_FUNCTIONS))


# -- REST and pages -------------------------------------------------------------------


def _check_rest(parsed: ParsedRequest, verb: str):
	if is_portal_user(frappe.session.user):
		_check_rest_of_portal(parsed, verb)
	elif frappe.session.user == "Guest" and parsed.ours:
		_refuse()
	row_of = our_doctypes().get(compared(parsed.doctype))
	if row_of in child_doctypes() and parsed.record:
		_require_permission({row_of}, parsed.record, "read")
	_check_rows(parsed)
	_check_columns(parsed)
	_check_joins(parsed)


def _check_rest_of_portal(parsed: ParsedRequest, verb: str):
	doctype = parsed.doctype
	if doctype and doctype in our_doctypes().values():
		if parsed.segments[0] == "doctype":
			_refuse()  # metadata of DocTypes; the portal has its own forms
	elif verb not in PORTAL_RECORDS.get(doctype, ()) and not _names_other_apps_only(parsed):
		_refuse()


def _check_page(parsed: ParsedRequest):
	"""Check pages that are not ours: Frappe shows lists, prints and records at addresses of their own."""
	if parsed.segments and parsed.segments[0] in OPEN_PAGES:
		return
	if parsed.ours:
		if frappe.session.user == "Guest" or is_portal_user(frappe.session.user):
			_refuse()
		_apply_check(Entry("read", ""), parsed)
	elif is_portal_user(frappe.session.user) and parsed.doctype and not _names_other_apps_only(parsed):
		_refuse()


# -- records ----------------------------------------------------------------------------


def _require_permission(doctypes: set[str], name: str, right: str):
	"""Raise PermissionError if the user lacks a permission on a record, or if it does not exist.

	`doctypes`: those that the request names; the ones that have a record of this name are checked.
	"""
	there = [doc for doctype in sorted(doctypes) if (doc := _checked(doctype, name))]
	if not there and not UNSAVED.fullmatch(name):
		_refuse()
	for doc in there:
		if doc.doctype in child_doctypes():
			doc = _checked(doc.parenttype, doc.parent) or frappe.get_doc(doc.parenttype, doc.parent)
		doc.check_permission(right)


def _checked(doctype: str, name: str) -> Document | None:
	"""A record for a check of permission, or None. Its tables are read only where Frappe looks into them, for User Permissions."""
	if frappe.get_meta(doctype).issingle or get_user_permissions(frappe.session.user):
		return frappe.get_doc(doctype, name) if frappe.db.exists(doctype, name) else None
	table = frappe.qb.DocType(doctype)
	rows = frappe.qb.from_(table).select("*").where(table.name == name).run(as_dict=True)
	if not rows:
		return None
	doc = frappe.get_doc({**rows[0], "doctype": doctype})
	doc.flags.kyodo_stored = rows[0]
	return doc


def _check_rows(parsed: ParsedRequest):
	"""Check access to child rows, which are as open as their record.

	For a row read by itself v16 checks the DocType only; for rows listed with a parent it ignores the permission level of
	their table.
	"""
	parent = our_doctypes().get(compared(parsed.given.get("parent") or parsed.given.get("parent_doctype")))
	for child in parsed.ours & set(child_doctypes()) if parent in RECORD_RULES else ():
		if has_closed_table(parent, child, frappe.session.user):
			_refuse()
	for doctypes, name in parsed.records():
		rows = {doctype for doctype in doctypes & set(child_doctypes()) if frappe.db.exists(doctype, name)}
		if rows:
			_require_permission(rows, name, "read")


def _check_custom_tables(parsed: ParsedRequest):
	"""Refuse direct access to child tables that the city has added to our records, except for the office.

	Frappe would list the rows of all records to users who may read any of them.
	"""
	if parsed.doctype and not _is_office():
		held = {"dt": ["in", list(RECORD_RULES)], "fieldtype": ["in", table_fields], "options": parsed.doctype}
		if frappe.db.exists("Custom Field", held):
			_refuse()


def _is_readable(doctypes: set[str], name: str) -> bool:
	muted, frappe.flags.mute_messages = frappe.flags.mute_messages, True
	try:
		_require_permission(doctypes, name, "read")
	except frappe.PermissionError:
		return False
	finally:
		frappe.flags.mute_messages = muted
	return True


def _blank_closed_records(parsed: ParsedRequest):
	nowhere = frappe.generate_hash(length=20)  # v16 answers an empty name with an error
	for doctypes, name in parsed.records():
		if not _is_readable(doctypes, name):
			frappe.local.form_dict.update({key: nowhere for key in NAMES if parsed.given.get(key) == name})


def _find_readable(parsed: ParsedRequest):
	"""Make `frappe.client.get` with conditions return the first matching record that is open to the user.

	Raises PermissionError if there is none, whether or not others match.
	"""
	doctype, filters = parsed.given.get("doctype"), parsed.given.get("filters")
	is_record = parsed.functions == ["frappe.client.get"] and not parsed.given.get("name")
	if not is_record or not isinstance(filters, dict | list) or doctype not in {*our_doctypes().values(), "File"}:
		return
	more = {"parent_doctype": parsed.given["parent"]} if parsed.given.get("parent") else {}
	found = frappe.get_list(doctype, filters=filters, pluck="name", order_by="creation desc", limit=1, **more)
	if not found:
		_refuse()
	frappe.local.form_dict.update(name=found[0], filters=None)


# -- names ------------------------------------------------------------------------------


def _check_names(parsed: ParsedRequest):
	"""Refuse conditions in place of names.

	Frappe reports whether a record matches before it checks permissions, which would reveal the content of drafts guess by
	guess.
	"""
	own = parsed.doctype if parsed.kind == "rest" else None
	given = {key: value for key, value in parsed.given.items() if key not in CONDITIONS}
	parts = [(key, value, own) for key, value in given.items()]
	if "fieldname" in given:  # frappe.client.set_value takes {field: value}, or one field and its value
		field = given["fieldname"]
		parts += [(field, given.get("value"), parsed.doctype)] if isinstance(field, str) else [("", field, parsed.doctype)]
	if all(_has_no_conditions(*part) for part in parts):
		return
	if parsed.ours or (is_portal_user(frappe.session.user) and not _names_other_apps_only(parsed)):
		frappe.throw(_("Please request a record by its name, not by conditions."), frappe.PermissionError)


def _has_no_conditions(key: str, value: object, doctype: str | None) -> bool:
	"""Whether the value under `key`, of a request or of a record of `doctype`, contains no conditions in place of names."""
	if not isinstance(value, dict | list):
		return True
	df = frappe.get_meta(doctype).get_field(key) if doctype in {*our_doctypes().values(), "File"} else None
	if _is_name_field(key, df):
		return _are_names(value)
	rows_of = df.options if df and df.fieldtype in table_fields else doctype
	if isinstance(value, list):
		return all(_has_no_conditions("", part, rows_of) for part in value)
	record = value["doctype"] if isinstance(value.get("doctype"), str) else rows_of
	return all(_has_no_conditions(*part, record) for part in value.items() if part[0] not in CONDITIONS)


def _are_names(value: dict | list) -> bool:
	"""Whether a value is a list of names rather than a condition."""
	return isinstance(value, list) and not _is_condition(value) and not any(isinstance(part, dict | list) for part in value)


def _is_name_field(key: str, df) -> bool:
	return key in NAMES or bool(df and df.fieldtype in ("Link", "Dynamic Link", "Data"))


def _is_condition(words: list) -> bool:
	"""Whether a list is [field, operator, value], which v16 treats as a condition and v15 as three names."""
	operators = {*OPERATOR_MAP, *get_additional_filters_from_hooks()}
	return len(words) > 2 and any(isinstance(word, str) and word.strip().lower() in operators for word in words)


# -- columns ------------------------------------------------------------------------------


def _check_columns(parsed: ParsedRequest, everywhere: bool = False):
	"""Refuse fields that the user may not read in columns, conditions and sort orders (design.md §3).

	Frappe removes such fields from results only; conditions and orders would reveal their values guess by guess.
	"""
	hidden = {field for doctype in parsed.ours if _has_columns(doctype) for field in hidden_fields(doctype)}
	if not hidden:
		return
	for text in parsed.columns(everywhere):
		if re.search(r"(^|[.`\s,])\*", text) and any(map(reads_somewhere, parsed.ours)):
			_refuse_field("*")  # Frappe expands it to all fields that the user may read in any record
		for fieldname in re.findall(r"\w+", text) if len(text) < 10_000 else ():
			if fieldname in hidden:
				_refuse_field(fieldname)


def _has_columns(doctype: str) -> bool:
	return doctype in RECORD_RULES or doctype in child_doctypes()


def _check_joins(parsed: ParsedRequest):
	"""Refuse joined columns such as `organisation.phone`.

	Frappe joins linked records of this app without checking permissions on them, also from DocTypes of other apps.
	"""
	ours = our_doctypes()
	doctypes = set(parsed.ours)
	if parsed.doctype and parsed.doctype not in doctypes and _is_doctype(parsed.doctype):
		doctypes.add(parsed.doctype)
	links = {
		df.fieldname: df.options
		for doctype in doctypes
		for df in frappe.get_meta(doctype).fields
		if df.fieldtype == "Link" and df.options in ours.values()
	}
	if not links:
		return
	for text in parsed.columns():
		for fieldname in re.findall(r"(?<![\w`.@])`?(\w+)`?\s*\.", text):
			if fieldname in links:
				_refuse_field(text[:60])


def _is_doctype(name: str) -> bool:
	return bool(frappe.db.exists("DocType", name, cache=True))


def _refuse_field(name: str):
	frappe.throw(_("There is no field “{0}”.").format(frappe.utils.escape_html(name)), frappe.PermissionError)


def _refuse():
	frappe.throw(_("You are not permitted to do this."), frappe.PermissionError)
