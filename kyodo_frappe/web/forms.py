"""Plain HTML forms: reading input, showing notices, and restoring input after an error.

The endpoint of a form responds with a redirect (303), so that a reload never submits twice. The notice, and after an error
the user's input, are cached under a token in the address of the page, readable by the same user only.

Names of inputs: the fieldname for a field of the record; `has-<field>` accompanies a checkbox, because an unticked one
sends nothing; for tables `rows-<table>` (the number of rows) and `<table>-<number>-<column>`. Fields that a request does
not name keep their values.
"""

import functools
import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import strip_html

from kyodo_frappe.common import outcome, vocabulary
from kyodo_frappe.common.file_types import clean_name
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.web.typed_values import as_typed, missing_fields_message, parse

KEEP_SECONDS = 2 * 60 * 60
MAX_ROWS = 1000
MAX_ADDRESS_LENGTH = 1000
SAVEPOINT = "kyodo_form"
Tables = dict[str, tuple[str, ...]]
HOME = "/kyodo/my"
_OUR_PAGES = re.compile(r"/kyodo(/[A-Za-z0-9_.~%-]+)*/?(\?[A-Za-z0-9_.~%&=+-]*)?")


# -- reading --------------------------------------------------------------------


def fill(doc: Document, fields: Iterable[str], tables: Tables, given: dict) -> None:
	"""Set the given fields and table columns of `doc`, and no others, from a form. Raises ValidationError as `parse`."""
	for fieldname in fields:
		df = doc.meta.get_field(fieldname)
		if df.fieldtype == "Check":
			if f"has-{fieldname}" in given or fieldname in given:
				doc.set(fieldname, int(str(given.get(fieldname) or "0") not in ("", "0")))
		elif fieldname in given:
			doc.set(fieldname, parse(df, given[fieldname]))
	for table, columns in tables.items():
		if f"rows-{table}" in given:
			_fill_rows(doc, table, columns, given)


def _fill_rows(doc: Document, table: str, columns: tuple[str, ...], given: dict) -> None:
	meta = frappe.get_meta(doc.meta.get_field(table).options)
	written = [column for column in columns if vocabulary.is_typed(meta.get_field(column))]
	stored = {row.name: row for row in doc.get(table)}
	defaults = {column: ("", str(meta.get_field(column).default or "")) for column in written}
	rows = []
	for typed in typed_rows(table, (*columns, *(f"has-{c}" for c in columns)), given):
		if all(str(typed.get(column) or "").strip() in defaults[column] for column in written):
			continue  # a blank row
		row = _typed_row(meta, columns, typed)
		if kept := stored.get(typed.get("name")):
			row = {**{df.fieldname: kept.get(df.fieldname) for df in meta.fields}, "name": kept.name, **row}
		rows.append(row)
	doc.set(table, rows)


def _typed_row(meta, columns: tuple[str, ...], typed: dict) -> dict:
	"""Return {column: value} of the columns that a submitted row contains."""
	row = {}
	for df in map(meta.get_field, columns):
		text = typed.get(df.fieldname)
		if df.fieldtype == "Check":
			if typed.get(f"has-{df.fieldname}"):
				row[df.fieldname] = int(bool(text))
		elif text is not None:
			row[df.fieldname] = parse(df, text)
	return row


def fill_existing(doc: Document, table: str, columns: tuple[str, ...], given: dict) -> None:
	"""Set columns of existing rows by their names, without adding or removing rows. Raises ValidationError as `parse`."""
	rows = {row.name: row for row in doc.get(table)}
	for typed in typed_rows(table, columns, given):
		row = rows.get(typed["name"])
		for column in columns if row else ():
			if typed[column] is not None:
				row.set(column, parse(row.meta.get_field(column), typed[column]))


def typed_rows(table: str, columns: Iterable[str], given: dict) -> list[dict]:
	"""Return the submitted rows of a table as typed: [{"name": …, column: text or None}]."""
	count = min(_row_count(given.get(f"rows-{table}")), MAX_ROWS)
	return [{column: given.get(f"{table}-{number}-{column}") for column in ("name", *columns)} for number in range(count)]


def _row_count(text) -> int:
	return int(text) if re.fullmatch(r"[0-9]{1,4}", str(text or "")) else 0


# -- showing --------------------------------------------------------------------


def view(doc: Document, fields: Iterable[str], tables: Tables, typed: dict | None = None) -> dict:
	"""Return the values of a form's inputs as text: the user's input if there is any, else the stored values."""
	typed = typed or {}
	values = {fieldname: _field_value(doc, fieldname, typed) for fieldname in fields}
	return values | {table: _row_values(doc, table, columns, typed) for table, columns in tables.items()}


def _field_value(doc: Document, fieldname: str, typed: dict) -> str | bool:
	df = doc.meta.get_field(fieldname)
	if df.fieldtype == "Check":
		return bool((typed if f"has-{fieldname}" in typed else doc).get(fieldname))
	return typed.get(fieldname, as_typed(df, doc.get(fieldname)))


def _row_values(doc: Document, table: str, columns: tuple[str, ...], typed: dict) -> list[dict]:
	if f"rows-{table}" in typed:
		return [{key: value or "" for key, value in row.items()} for row in typed_rows(table, columns, typed)]
	meta = frappe.get_meta(doc.meta.get_field(table).options)
	return [{"name": row.name or "", **{c: as_typed(meta.get_field(c), row.get(c)) for c in columns}} for row in doc.get(table)]


def choices(doctype: str, fieldname: str) -> list[tuple[str, str]]:
	"""Return [(value, label)] of a Select or term field."""
	return vocabulary.options(frappe.get_meta(doctype).get_field(fieldname))


# -- responding -----------------------------------------------------------------


@dataclass(frozen=True)
class FormResult:
	"""Response of an endpoint that needs more than (message, address).

	`kind`: done, wait or refused; `typed`: input to restore in the form; `more`: further values of the notice.
	"""

	text: str
	address: str
	anchor: str = ""
	kind: str = "done"
	typed: dict = field(default_factory=dict)
	more: dict = field(default_factory=dict)


def store_notice(kind: str, text: str, typed: dict | None = None, more: dict | None = None) -> str:
	"""Cache a notice (kind: done, wait or refused) for the user's next page and return its token."""
	token = frappe.generate_hash(length=20)
	value = {"kind": kind, "text": text, "typed": typed or {}, **(more or {})}
	frappe.cache.set_value(_key(token), value, expires_in_sec=KEEP_SECONDS)
	return token


def current_notice() -> dict | None:
	"""Return the user's notice named in the page's address, if any. It stays cached, so that it survives a reload."""
	token = str(frappe.form_dict.get("n") or "")
	if not re.fullmatch(r"[0-9a-zA-Z]{20}", token):
		return None
	return frappe.cache.get_value(_key(token), expires=True)


def refused_input(form: str) -> dict:
	"""Return the input of `form` that was refused, or {}."""
	typed = ((current_notice() or {}).get("typed")) or {}
	return typed if typed.get("form") == form else {}


def _key(token: str) -> str:
	return f"kyodo-notice:{frappe.session.user}:{token}"


def message_of(error: Exception) -> str:
	"""Return the message of an error as plain text."""
	text = missing_fields_message(error) or html.unescape(strip_html(str(error) or "")).strip()
	return text or _("This is not possible.")


def redirect(address: str, token: str | None = None, anchor: str = "") -> None:
	"""Respond with a redirect to a page of this app. `token`: of a notice to show there."""
	frappe.local.response["type"] = "redirect"
	# the address may contain user input and becomes a header: keep it on one line and within the limits of servers
	address = "".join(sign for sign in address if sign.isprintable())[:MAX_ADDRESS_LENGTH]
	query = f"{'&' if '?' in address else '?'}n={token}" if token else ""
	frappe.local.response["location"] = address + query + (f"#{anchor}" if anchor else "")


def answers_form(page: Callable[..., str] | str):
	"""Make a function the endpoint of a form. It returns (message, address), (message, address, anchor) or an Answer.

	After an error the transaction is rolled back and the form is shown again at `page` (an address, or a function of the
	endpoint's arguments) with the reason and the user's input.
	"""

	def decorate(endpoint):
		@functools.wraps(endpoint)
		def wrapper(*args, **kwargs):
			frappe.db.savepoint(SAVEPOINT)
			try:
				with outcome.acting():
					answer = endpoint(*args, **kwargs)
			except Exception as error:
				roll_back()
				frappe.clear_messages()
				back = page if isinstance(page, str) else page(**kwargs)
				redirect(back, store_notice("refused", _refusal_message(error) + _unsaved_files(str(error)), form_input(kwargs)))
			else:
				if not isinstance(answer, FormResult):
					answer = FormResult(*answer)
				token = store_notice(answer.kind, answer.text, answer.typed, answer.more) if answer.text else None
				redirect(answer.address, token, answer.anchor)

		return wrapper

	return decorate


def roll_back(savepoint: str = SAVEPOINT):
	"""Roll back to the savepoint, or the whole transaction if a deadlock has dropped the savepoint."""
	try:
		frappe.db.rollback(save_point=savepoint)
	except Exception:
		frappe.db.rollback()


EXPECTED = (frappe.ValidationError, frappe.PermissionError, RuleError)


def _refusal_message(error: Exception) -> str:
	if isinstance(error, frappe.DoesNotExistError | frappe.PermissionError) and not str(error).strip():
		return _("This record does not exist, or you do not have access to it.")
	if isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError | frappe.TimestampMismatchError):
		return _("Somebody else saved this at the same time. Please check it and try again.")
	if isinstance(error, RuleError):
		return _(error.source).format(*error.args_)
	if isinstance(error, EXPECTED):
		return message_of(error)
	frappe.log_error("Kyodo portal")
	return _("Something went wrong on our side and has been logged. Your input is kept below. Please try again later.")


def _unsaved_files(message: str) -> str:
	"""A sentence about the files that were sent with a refused form, which a browser does not choose again; "" without any.

	A message that names the file says already what is wrong with it.
	"""
	sent = frappe.request.files if getattr(frappe.local, "request", None) else {}
	names = [clean_name(file.filename) for field in sent for file in sent.getlist(field) if file.filename]
	unsaid = [name for name in names if name not in html.unescape(message)]
	if not unsaid:
		return ""
	return " " + _("The chosen file has not been saved: {0}. Please choose it again.").format(_("、").join(unsaid))


def form_input(kwargs: dict) -> dict:
	"""Return the text input of a form without passwords, for restoring it."""
	return {key: value for key, value in kwargs.items() if isinstance(value, str) and not key.startswith(("cmd", "csrf_token", "password"))}


def is_trapped(typed: str) -> bool:
	"""Whether a form of guests was filled in by a program: the input of the macro `trap` is one that people do not see."""
	return bool((typed or "").strip())


def uploaded_files(field: str) -> list:
	"""Return the uploaded files of a form field."""
	sent = frappe.request.files.getlist(field) if frappe.request else []
	return [file for file in sent if file.filename]


# -- redirects ------------------------------------------------------------------------


def safe_address(address) -> str:
	"""Return the address if it is a page of this app, else that of My page. Prevents open redirects."""
	address = str(address or "")
	return address if _OUR_PAGES.fullmatch(address) else HOME
