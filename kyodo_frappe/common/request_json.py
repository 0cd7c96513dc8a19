"""Parsing of JSON arguments: lists and objects of plain values, or InvalidRequest."""

import frappe
from frappe import _

from kyodo_frappe.common.errors import InvalidRequest

PLAIN = (str, int, float, type(None))


def names(given: list | str | None) -> list[str]:
	"""Parse a list of names. Raises InvalidRequest for anything else."""
	found = _parsed(given, [])
	return found if isinstance(found, list) and all(isinstance(name, str) for name in found) else _refuse()


def rows(given: list | str | None) -> list[dict]:
	"""Parse a list of objects with plain values. Raises InvalidRequest for anything else."""
	found = _parsed(given, [])
	return found if isinstance(found, list) and all(_is_plain(row) for row in found) else _refuse()


def values(given: dict | str | None) -> dict:
	"""Parse an object with plain values. Raises InvalidRequest for anything else."""
	found = _parsed(given, {})
	return found if _is_plain(found) else _refuse()


def mapping(given: dict | str | None) -> dict:
	"""Parse an object whose values the caller parses one by one. Raises InvalidRequest for anything else."""
	found = _parsed(given, {})
	return found if isinstance(found, dict) else _refuse()


def nested_values(given: dict | str | None) -> dict[str, dict]:
	"""Parse an object whose values are objects with plain values. Raises InvalidRequest for anything else."""
	found = _parsed(given, {})
	return found if isinstance(found, dict) and all(_is_plain(row) for row in found.values()) else _refuse()


def document(given: dict | str | None) -> dict:
	"""Parse a record as forms send it: plain values, and lists of objects with plain values. Raises InvalidRequest."""
	found = _parsed(given, {})
	tables = [value for value in found.values() if isinstance(value, list)] if isinstance(found, dict) else _refuse()
	plain = {key: value for key, value in found.items() if not isinstance(value, list)}
	return found if _is_plain(plain) and all(_is_plain(row) for table in tables for row in table) else _refuse()


def _parsed(given: object, nothing: list | dict) -> object:
	if given in (None, ""):
		return nothing
	try:
		return frappe.parse_json(given)
	except (ValueError, RecursionError):
		_refuse()


def _is_plain(row: object) -> bool:
	return isinstance(row, dict) and all(isinstance(value, PLAIN) for value in row.values())


def _refuse():
	frappe.throw(_("These changes cannot be read. Please reload the page."), InvalidRequest)
