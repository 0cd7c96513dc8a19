"""What every answer of the site goes through at its end (hooks.py: after_request).

The desk shows messages as HTML, and they repeat what people have typed: names, titles, values that were refused, in
Frappe's own sentences too. Script in them is taken out here, once for all of them. And where somebody else was faster, the
person reads a sentence instead of the database's words.

Frappe tells everybody, guests too, where in its code a refusal was raised and with which values. Who does not administer
the site gets the last line of that, which says what went wrong; the whole is in the Error Log where it is an error.
"""

import json
import re

import frappe
from frappe import _
from frappe.utils.html_utils import sanitize_html
from werkzeug.wrappers import Request, Response

from kyodo_frappe.permissions.field_limits import has_tags, with_whole_tags

_ACTIVE = re.compile(
	r"\bon[a-z]+\s*=|javascript:|vbscript:|<\s*/?\s*(script|iframe|object|embed|base|meta|form|svg|math|link)", re.IGNORECASE
)
_TOLD = ("message", "title")
# what Frappe answers with where the database ended one of two transactions, and where its own check of `modified` did: that one
# names two moments
_ENDED = re.compile(r"Query(Deadlock|Timeout)Error|Record has changed since last read")
_STALE = re.compile(r"\(\d{4}-\d\d-\d\d [^)]*, [^)]*\)")
_TRACEBACK = "Traceback (most recent call last)"


def after_request(response: Response, request: Request):
	"""Clean the messages of an answer in JSON, and shorten its traceback; everything else of it stays as it is."""
	if not (response.mimetype or "").endswith("json") or response.direct_passthrough:
		return
	text = response.get_data(as_text=True)
	if response.status_code >= 400 and _says_somebody_was_faster(text):
		_say_it_simply(response, json.loads(text))
		return
	steps = [step for step, is_needed in ((_clean_answer, _has_script), (_shorten_traceback, _has_traceback)) if is_needed(text)]
	told = json.loads(text) if steps else None
	if isinstance(told, dict):
		for step in steps:
			step(told)
		response.set_data(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _says_somebody_was_faster(text: str) -> bool:
	return bool(_ENDED.search(text) or ("TimestampMismatchError" in text and _STALE.search(text)))


def _has_script(text: str) -> bool:
	return any(key in text for key in ("_server_messages", '"messages"', '"errors"')) and bool(_ACTIVE.search(text))


def _has_traceback(text: str) -> bool:
	return _TRACEBACK in text and not _administers()


def _say_it_simply(response: Response, told: dict):
	"""One sentence in the place of the database's words, and a refusal instead of a fault."""
	message = {"message": _("Somebody else saved this at the same moment. Please check and try again."), "indicator": "red"}
	if "errors" in told:
		answer = {"errors": [{"type": "TimestampMismatchError", **message}]}
	else:
		answer = {"exc_type": "TimestampMismatchError", "_server_messages": json.dumps([json.dumps(message)])}
	response.set_data(json.dumps(answer, ensure_ascii=False))
	response.status_code = frappe.TimestampMismatchError.http_status_code


def _administers() -> bool:
	return "System Manager" in frappe.get_roles()


def _shorten_traceback(told: dict):
	if isinstance(told.get("exc"), str):
		tracebacks = frappe.parse_json(told["exc"])
		told["exc"] = json.dumps([_last_line(one) for one in tracebacks] if isinstance(tracebacks, list) else _last_line(tracebacks))
	errors = told.get("errors")
	for error in errors if isinstance(errors, list) else ():
		if isinstance(error, dict):
			error.update({key: _last_line(value) for key, value in error.items() if _TRACEBACK in str(value)})


def _last_line(traceback: object) -> str:
	lines = "".join(traceback) if isinstance(traceback, list) else str(traceback)
	return lines.strip().splitlines()[-1] if lines.strip() else ""


def _clean_answer(told: dict):
	if isinstance(told.get("_server_messages"), str):
		messages = [json.loads(entry) if isinstance(entry, str) else entry for entry in json.loads(told["_server_messages"])]
		told["_server_messages"] = json.dumps([json.dumps(_cleaned(entry)) for entry in messages])
	for key in ("messages", "errors"):
		if isinstance(told.get(key), list):
			told[key] = [_cleaned(entry) for entry in told[key]]
	if isinstance(told.get("_error_message"), str):
		told["_error_message"] = without_script(told["_error_message"])


def _cleaned(entry):
	if isinstance(entry, str):
		return without_script(entry)
	if not isinstance(entry, dict):
		return entry
	return {key: without_script(value) if key in _TOLD and isinstance(value, str) else value for key, value in entry.items()}


def without_script(html: str) -> str:
	"""HTML without what a browser would run; a text in which nothing would run stays as it is."""
	if not has_tags(html) or not _ACTIVE.search(html):
		return html
	return sanitize_html(with_whole_tags(html))
