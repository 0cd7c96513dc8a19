"""Frappe's own doors that ask for no right to the record (seen in 15.0; later versions have mended some): here they do.

`check_request` looks at every request once it is known who asks (hooks.py: auth_hooks), whatever name a function is
called by. Where an answer has to be another one than a refusal, a function of this file takes the place of Frappe's
(override_whitelisted_methods). Records that are not ours, and the Administrator, are Frappe's own affair.
"""

import re
from collections.abc import Callable, Iterator

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document

from kyodo_frappe.permissions.doors import DOORS
from kyodo_frappe.permissions.hooks import child_doctypes, criterion
from kyodo_frappe.permissions.roles import is_portal_login

_PATH = re.compile(r"/api/(?:v\d+/)?(method|resource|document|doctype)/([^/]+)")
# what names fields in a request for a list, besides the conditions
_NAMING = (
	*("fields", "fieldname", "field", "filter_fields", "searchfield", "order_by", "group_by", "stats"),
	*("field_map", "sort_field"),
)
# a chart or a card of the desk that a request brings along: all of it names fields, of the kind it says
_FIGURES = ("chart", "doc")
_CONDITIONS = ("filters", "or_filters", "current_filters")
# what names a record
_NAMES = (
	*("name", "names", "docname", "docnames", "doc_name", "document_name", "dn", "old_name", "new_name", "parent"),
	*("reference_name", "reference_docname", "ref_docname", "link_name", "share_name"),
)


def check_request():
	"""Raise PermissionError where a request would get by the doors, whichever of Frappe's functions it asks."""
	if not getattr(frappe.local, "request", None) or frappe.session.user in ("Guest", "Administrator"):
		return
	kind, named = _asked()
	form = frappe.local.form_dict
	doctype = named if kind in ("resource", "document") else form.get("doctype")
	_check_names(doctype, form, kind in ("resource", "document"))
	_check_no_hidden_fields(doctype, form)
	_check_figure(form)
	if is_portal_login(frappe.session.user):
		_check_no_foreign_fields(doctype, form)
	check = _CHECKS.get(_called(named if kind == "method" else form.get("cmd")))
	if check:
		check(form)


def _asked() -> tuple[str, str]:
	found = _PATH.match(frappe.local.request.path)
	return found.groups() if found else ("", "")


def _called(method: str | None) -> str:
	"""The home of a function that a request names; functions can be called by the name of any module that knows them."""
	try:
		function = frappe.get_attr(method) if method and "." in method else None
	except Exception:
		return ""  # Frappe says what is wrong with the name
	return f"{getattr(function, '__module__', '')}.{getattr(function, '__name__', '')}"


# -- names -----------------------------------------------------------------------------


def _check_names(doctype: str | None, form: dict, is_record: bool):
	"""Frappe takes conditions in place of a name, and says whether something meets them before it looks whether that is
	open: guess by guess it would tell what stands in a draft. `is_record`: the request itself is a record (/api/resource)."""
	given = {key: _parsed(value) for key, value in form.items() if key not in _CONDITIONS}
	parts = [(key, value, doctype if is_record else None) for key, value in given.items()]
	if "fieldname" in form:  # frappe.client.set_value: {field: value}, or one field and its value
		field = given["fieldname"]
		parts += [(field, form.get("value"), doctype)] if isinstance(field, str) else [("", field, doctype)]
	if all(_is_called_by_name(*part) for part in parts):
		return
	if is_portal_login(frappe.session.user) or not _ours().isdisjoint([doctype, *_texts(given)]):
		frappe.throw(_("A record is asked for by its name, not by conditions."), frappe.PermissionError)


def _is_called_by_name(key: str, value: object, doctype: str | None) -> bool:
	"""Whether no conditions stand where a name does: under `key` of a request, or of a record of `doctype`."""
	if not isinstance(value, dict | list):
		return True
	df = frappe.get_meta(doctype).get_field(key) if doctype in {*_ours(), "File"} else None
	names = key in _NAMES or bool(df and df.fieldtype in ("Link", "Dynamic Link", "Data"))
	rows_of = df.options if df and df.fieldtype in table_fields else doctype
	if isinstance(value, dict):
		record = value.get("doctype") if isinstance(value.get("doctype"), str) else rows_of
		return not names and all(_is_called_by_name(*part, record) for part in value.items() if part[0] not in _CONDITIONS)
	return all(_is_called_by_name(key if names else "", part, rows_of) and not (names and isinstance(part, list)) for part in value)


def _find_openly(form: dict):
	"""The first record that meets the conditions and is open to who asks; nothing open is answered like nothing there."""
	doctype, filters = form.get("doctype"), _parsed(form.get("filters"))
	if form.get("name") or not isinstance(filters, dict | list) or doctype not in {*_ours(), "File"}:
		return
	more = {"parent_doctype": form["parent"]} if form.get("parent") else {}
	found = frappe.get_list(doctype, filters=filters, pluck="name", order_by="creation desc", limit=1, **more)
	if not found:
		raise frappe.PermissionError
	form.update(name=found[0], filters=None)


# -- the right to the record ---------------------------------------------------------


def _asks(right: str, doctype_key: str = "doctype", name_key: str = "name") -> Callable[[dict], None]:
	def check(form: dict):
		doctype = form.get(doctype_key)
		if doctype in DOORS:
			for name in _names(form.get(name_key)):
				_check_open(doctype, name, right)

	return check


def _check_open(doctype: str, name: str, right: str):
	"""Raises PermissionError, the same for what is not there."""
	if not frappe.db.exists(doctype, name):
		raise frappe.PermissionError
	frappe.get_doc(doctype, name).check_permission(right)


def _names(given: object) -> list[str]:
	"""One name, or several as a list in JSON."""
	if isinstance(given, str) and given.startswith("["):
		given = frappe.parse_json(given)
	return given if isinstance(given, list) else [given]


def _check_search(form: dict):
	"""Frappe searches past the doors for who says that user permissions do not matter."""
	if form.get("doctype") in _ours():
		form.pop("ignore_user_permissions", None)
	if is_portal_login(frappe.session.user) and (form.get("query") or form.get("doctype") == "User"):
		raise frappe.PermissionError


def _check_mail(form: dict):
	"""No login of the portal sends mail about through the city's server, and nobody files that they may not read."""
	if is_portal_login(frappe.session.user):
		raise frappe.PermissionError
	for attached in frappe.parse_json(form.get("attachments") or "[]"):
		if isinstance(attached, str):
			_check_open("File", attached, "read")


def _sign_comment(form: dict):
	"""A comment is signed by who writes it."""
	form.update(comment_email=frappe.session.user, comment_by=frappe.utils.get_fullname(frappe.session.user))


def _only_the_desk(form: dict):
	if is_portal_login(frappe.session.user):
		raise frappe.PermissionError


_CHECKS = {
	"frappe.client.get": _find_openly,
	"frappe.core.doctype.communication.email.make": _check_mail,
	"frappe.core.doctype.user.user.user_query": _only_the_desk,
	"frappe.desk.search.search_link": _check_search,
	"frappe.desk.search.search_widget": _check_search,
	"frappe.desk.search.get_names_for_mentions": _only_the_desk,
	"frappe.desk.form.utils.add_comment": _sign_comment,
	# the form of the desk comes with its history, where columns of every level stand
	"frappe.desk.form.load.getdoc": _only_the_desk,
	"frappe.desk.form.load.get_docinfo": _only_the_desk,
	"frappe.desk.form.save.savedocs": _only_the_desk,
	"frappe.desk.form.assign_to.add": _asks("write"),
	"frappe.desk.form.assign_to.add_multiple": _asks("write"),
	"frappe.desk.form.assign_to.remove": _asks("write"),
	"frappe.desk.form.assign_to.remove_multiple": _asks("write", name_key="names"),
	"frappe.desk.form.assign_to.close": _asks("read"),
	"frappe.desk.form.document_follow.follow_document": _asks("read", name_key="doc_name"),
	"frappe.desk.form.document_follow.update_follow": _asks("read", name_key="doc_name"),
	"frappe.desk.form.document_follow.get_follow_users": _asks("read", name_key="doc_name"),
	"frappe.desk.form.linked_with.get_submitted_linked_docs": _asks("read"),
	"frappe.desk.like.toggle_like": _asks("read"),
	"frappe.desk.doctype.tag.tag.add_tag": _asks("write", "dt", "dn"),
	"frappe.desk.doctype.tag.tag.add_tags": _asks("write", "dt", "docs"),
	"frappe.desk.doctype.tag.tag.remove_tag": _asks("write", "dt", "dn"),
	"frappe.desk.doctype.tag.tag.get_documents_for_tag": _only_the_desk,
	"frappe.share.get_users": _asks("read"),
}


# -- fields of other records -------------------------------------------------------------


def _check_no_foreign_fields(doctype: str | None, form: dict):
	"""`organisation.phone` in a list of one's own records reads a record that is not open: Frappe joins it unasked."""
	if doctype not in _ours():
		return
	meta = frappe.get_meta(doctype)
	for text in _named(form):
		for fieldname in re.findall(r"(?<![\w`.@])(\w+)\s*\.", text):
			df = meta.get_field(fieldname)
			if df and df.fieldtype == "Link":
				frappe.throw(_("There is no field “{0}”.").format(frappe.utils.escape_html(text[:60])), frappe.PermissionError)


def _check_no_hidden_fields(doctype: str | None, form: dict):
	"""Frappe leaves columns of a higher level out of what it shows, not out of conditions and orders: guess by guess they
	would tell what stands there. Who has an interest in an item learns nothing of its discussion (design.md §3)."""
	hidden = hidden_fields(doctype) if doctype in _ours() else set()
	if not hidden:
		return
	for text in _named(form):
		for fieldname in re.findall(r"\w+", text):
			if fieldname in hidden:
				frappe.throw(_("There is no field “{0}”.").format(fieldname), frappe.PermissionError)


def _check_figure(form: dict):
	for key in _FIGURES:
		figure = _parsed(form.get(key))
		if isinstance(figure, dict) and (doctype := figure.get("document_type")) in _ours():
			_check_no_hidden_fields(doctype, {**form, "fields": figure})


def hidden_fields(doctype: str) -> set[str]:
	"""Fields of a record and its rows, or of rows, that stand on a level this login may not read."""
	parents = child_doctypes().get(doctype, [])
	metas = [(frappe.get_meta(doctype), parents)]
	metas += [(frappe.get_meta(table.options), [doctype]) for table in metas[0][0].get_table_fields()]
	hidden = lambda df, of: df.permlevel and not any(  # noqa: E731
		df.permlevel in frappe.get_meta(one).get_permlevel_access() for one in of or [doctype]
	)
	fields = {df.fieldname for meta, of in metas for df in meta.fields if hidden(df, of)}
	tables = ((one, table) for one in parents or [doctype] for table in frappe.get_meta(one).get_table_fields())
	return fields | _columns_of_hidden_tables(metas, {table.options for one, table in tables if hidden(table, [one])})


def _columns_of_hidden_tables(metas: list[tuple], tables: set[str]) -> set[str]:
	"""Columns of tables that stand on a hidden level as a whole; not those whose names others share."""
	shown = {df.fieldname for meta, _of in metas if meta.name not in tables for df in meta.fields}
	return {df.fieldname for table in tables for df in frappe.get_meta(table).fields} - shown


def _named(form: dict) -> Iterator[str]:
	"""Texts of a request that name fields."""
	named = [_parsed(form.get(key)) for key in _NAMING]
	asked = [part for key in _CONDITIONS for part in _conditions(_parsed(form.get(key)))]
	return _texts([named, asked])


def _parsed(given: object) -> object:
	try:
		return frappe.parse_json(given) if isinstance(given, str) and given[:1] in ("[", "{") else given
	except ValueError:
		return given


def _conditions(filters: object) -> list:
	"""What names fields in conditions: {field: value}, or [[…, field, operator, value]]."""
	if isinstance(filters, dict):
		return list(filters)
	return [part[:-1] for part in filters or [] if isinstance(part, list)] if isinstance(filters, list) else []


def _texts(value: object) -> Iterator[str]:
	if isinstance(value, dict):
		value = [*value, *value.values()]
	if isinstance(value, str):
		yield value
	elif isinstance(value, list):
		for part in value:
			yield from _texts(part)


def _ours() -> set[str]:
	return {*DOORS, *child_doctypes()}


# -- other answers ---------------------------------------------------------------------


@frappe.whitelist(methods=["GET", "POST"])
def getdoc(doctype: str, name: str, user: str | None = None) -> None:
	"""A record for the desk's form: its history only for who reads it on every level."""
	from frappe.desk.form.load import getdoc as frappes_own

	frappes_own(doctype, name)
	_without_hidden_history(doctype)


@frappe.whitelist(methods=["GET", "POST"])
def get_docinfo(doc: dict | str | None = None, doctype: str | None = None, name: str | None = None) -> None:
	"""What stands beside a record in the desk's form: its history only for who reads it on every level."""
	from frappe.desk.form.load import get_docinfo as frappes_own

	# `doc` is for Frappe's own callers: a request would bring a record of its own making
	frappes_own(doctype=doctype, name=name)
	_without_hidden_history(doctype)


def _without_hidden_history(doctype: str):
	beside = frappe.local.response.get("docinfo")
	if beside and doctype in DOORS and hidden_fields(doctype):
		# a dropped decision is told among the remarks, too
		beside["versions"] = beside["info_logs"] = []


@frappe.whitelist(methods=["GET", "POST"])
def get_count(doctype: str, filters: dict | list | str | None = None, debug: bool = False, cache: bool = False) -> int:
	"""How many records there are: of ours, only those that are open to who asks."""
	from frappe.client import get_count as frappes_own

	if doctype not in _ours():
		return frappes_own(doctype, filters, debug, cache)
	names = frappe.get_list(
		doctype, filters=frappe.parse_json(filters), pluck="name", order_by="name", limit_page_length=0
	)
	return len(names)


@frappe.whitelist(methods=["GET", "POST"])
def get_link_title(doctype: str, docname: str) -> str | None:
	"""The title of a record; of one that is not open, its name."""
	from frappe.desk.search import get_link_title as frappes_own

	if doctype in DOORS and docname not in _open_names(doctype, [docname]):
		return docname
	return frappes_own(doctype, docname)


@frappe.whitelist(methods=["GET", "POST"])
def get_linked_documents(doctype: str, docname: str) -> dict[str, list]:
	"""What names a record: of ours, only what is open to who asks. DocTypes that are not the reader's are not looked at:
	15.0 lists their records all the same, 15.4x refuses the whole answer."""
	from frappe.desk.form.linked_with import get_linked_docs, get_linked_doctypes

	if doctype in DOORS:
		_check_open(doctype, docname, "read")
	links = {kind: link for kind, link in get_linked_doctypes(doctype).items() if frappe.has_permission(kind)}
	found = get_linked_docs(doctype, docname, links)
	for kind in [kind for kind in found if kind in DOORS]:
		open_names = _open_names(kind, [row["name"] for row in found[kind]])
		found[kind] = [row for row in found[kind] if row["name"] in open_names]
	return {kind: rows for kind, rows in found.items() if rows}


def _open_names(doctype: str, names: list[str]) -> set[str]:
	if frappe.session.user == "Administrator":
		return set(names)
	rows = criterion(doctype, frappe.session.user)
	if rows is None:
		return set()
	table = frappe.qb.DocType(doctype)
	return set(
		frappe.qb.from_(table).select(table.name).where(rows & table.name.isin(names)).orderby(table.name).run(pluck=True)
	)


def shorten_answer(doc: Document):
	"""The answer to a save holds no more than its reader may read; Frappe would hand out every level of the record. For
	on_change of records that somebody may write without reading them whole; a service goes on with the whole."""
	if not doc.flags.kyodo_service:
		doc.apply_fieldlevel_read_permissions()
