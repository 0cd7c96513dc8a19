"""Reading rows that are dicts, Frappe documents or other objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def get_value(row: Any, name: str, default: Any = None) -> Any:
	"""The value `name` of a row, `default` if it has none."""
	if isinstance(row, Mapping):
		return row.get(name, default)
	return getattr(row, name, default)


def split_names(value: Any) -> list[str]:
	"""A list of names from a list, or from a text separated by commas or line ends; [] for nothing."""
	if not value:
		return []
	if isinstance(value, str):
		value = value.replace("\n", ",").split(",")
	return [str(word).strip() for word in value if word is not None and str(word).strip()]


def first_value(row: Any, *names: str) -> Any:
	"""The first value of these names that is neither None nor ""."""
	return next((value for name in names if (value := get_value(row, name)) not in (None, "")), None)


def option_key(value: Any) -> str:
	"""The key of an option: "More Than Half", as a Frappe Select stores it → "more_than_half"."""
	return "_".join(str(value or "").lower().split())
