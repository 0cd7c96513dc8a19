"""Postprocessing of every response (hooks.py: after_request).

- The desk shows messages as HTML, and messages, Frappe's own included, repeat user input. Scripts are removed from them.
- Conflicts between simultaneous transactions become a readable message instead of the database's error.
- Frappe sends tracebacks with their values to everybody, guests included. Users other than System Managers get the last
  line only; errors are in the Error Log in full.
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
_MESSAGE_KEYS = ("message", "title")
# responses after the database has ended one of two transactions, and after Frappe's own check of `modified`, whose message
# contains two timestamps
_TRANSACTION_ENDED = re.compile(r"Query(Deadlock|Timeout)Error|Record has changed since last read")
_STALE = re.compile(r"\(\d{4}-\d\d-\d\d [^)]*, [^)]*\)")
_TRACEBACK = "Traceback (most recent call last)"


def after_request(response: Response, request: Request):
	"""Clean the messages and shorten the tracebacks of a JSON response. Other responses and parts stay unchanged."""
	if not (response.mimetype or "").endswith("json") or response.direct_passthrough:
		return
	text = response.get_data(as_text=True)
	if response.status_code >= 400 and _is_conflict(text):
		_replace_conflict(response, json.loads(text))
		return
	steps = [step for step, is_needed in ((_clean_answer, _has_script), (_shorten_traceback, _has_traceback)) if is_needed(text)]
	told = json.loads(text) if steps else None
	if isinstance(told, dict):
		for step in steps:
			step(told)
		response.set_data(json.dumps(told, ensure_ascii=False, separators=(",", ":")))


def _is_conflict(text: str) -> bool:
	return bool(_TRANSACTION_ENDED.search(text) or ("TimestampMismatchError" in text and _STALE.search(text)))


def _has_script(text: str) -> bool:
	return any(key in text for key in ("_server_messages", '"messages"', '"errors"')) and bool(_ACTIVE.search(text))


def _has_traceback(text: str) -> bool:
	return _TRACEBACK in text and not _is_system_manager()


def _replace_conflict(response: Response, told: dict):
	"""Replace the database's error by one message and the status of a conflict (409)."""
	message = {"message": _("Somebody else saved this at the same time. Please check it and try again."), "indicator": "red"}
	if "errors" in told:
		answer = {"errors": [{"type": "TimestampMismatchError", **message}]}
	else:
		answer = {"exc_type": "TimestampMismatchError", "_server_messages": json.dumps([json.dumps(message)])}
	response.set_data(json.dumps(answer, ensure_ascii=False))
	response.status_code = frappe.TimestampMismatchError.http_status_code


def _is_system_manager() -> bool:
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
		told["_server_messages"] = json.dumps([json.dumps(_clean_message(entry)) for entry in messages])
	for key in ("messages", "errors"):
		if isinstance(told.get(key), list):
			told[key] = [_clean_message(entry) for entry in told[key]]
	if isinstance(told.get("_error_message"), str):
		told["_error_message"] = without_script(told["_error_message"])


def _clean_message(entry):
	if isinstance(entry, str):
		return without_script(entry)
	if not isinstance(entry, dict):
		return entry
	return {key: without_script(value) if key in _MESSAGE_KEYS and isinstance(value, str) else value for key, value in entry.items()}


def without_script(html: str) -> str:
	"""Return HTML without anything that a browser would execute; harmless texts are returned unchanged."""
	if not has_tags(html) or not _ACTIVE.search(html):
		return html
	return sanitize_html(with_whole_tags(html))
