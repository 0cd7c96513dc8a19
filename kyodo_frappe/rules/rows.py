"""Reading a row that may be a dict, a Frappe document or any object with attributes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def read(row: Any, name: str, default: Any = None) -> Any:
	"""The value `name` of a row; `default` where the row does not have it."""
	if isinstance(row, Mapping):
		return row.get(name, default)
	return getattr(row, name, default)


def words(value: Any) -> list[str]:
	"""A list of names: a list stays, a text is split at commas and line ends, nothing becomes []."""
	if not value:
		return []
	if isinstance(value, str):
		value = value.replace("\n", ",").split(",")
	return [str(word).strip() for word in value if word is not None and str(word).strip()]


def first(row: Any, *names: str) -> Any:
	"""The value of the first of these names that the row fills (not None, not "")."""
	return next((value for name in names if (value := read(row, name)) not in (None, "")), None)


def choice(value: Any) -> str:
	"""An option as the rules name it: "More Than Half" (as a Frappe Select stores it) → "more_than_half"."""
	return "_".join(str(value or "").lower().split())
