"""A canonical text of an agreement, so that both sides confirm the same words.

Sources: domain.md §6 (agreements that both sides confirm word for word, same hash), design.md §5 (Offered:
text frozen, hashed; Concluded when both sides have confirmed that hash).
"""

from __future__ import annotations

import datetime
import hashlib
import json
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .errors import RuleError


class CannotBeHashed(RuleError):
	"""A value has a type that JSON lacks, or broken text."""

	source = "{0}: a value of the kind {1} cannot be part of an agreed text."


class NotANumber(RuleError):
	"""A number is infinite or NaN."""

	source = "{0}: “{1}” is not a number."


class KeyTwice(RuleError):
	"""Two keys of an object are the same in NFC."""

	source = "{0}: the key “{1}” occurs twice."


def content_hash(structure: Any) -> str:
	"""SHA-256 of the canonical text, 64 hex digits. Raises as `canonical_text`."""
	return hashlib.sha256(canonical_text(structure).encode()).hexdigest()


def canonical_text(structure: Any) -> str:
	"""JSON that is identical for identical content: keys sorted, no spaces, UTF-8 unescaped.

	Ignores what a database or browser changes: text is in NFC with \\n line ends; 500000, 500000.0 and Decimal("500000.00") are
	one number; a date is its ISO text; a tuple is a list. Everything else counts, including spaces and the order of a list; 1
	and true differ, as do null and "".

	Accepts dicts with text keys, lists, tuples, texts, numbers, booleans, None and dates. Raises CannotBeHashed (other types,
	including datetimes; broken text), NotANumber (NaN, infinity), KeyTwice; each names the place.
	"""
	return _write(structure, "/")


def _write(value: Any, path: str) -> str:
	if value is None or isinstance(value, bool):
		return json.dumps(value)
	if isinstance(value, str):
		return _text(value, path)
	if isinstance(value, (int, float, Decimal)):
		return _number(value, path)
	if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
		return json.dumps(value.isoformat())
	if isinstance(value, (list, tuple)):
		return "[" + ",".join(_write(item, f"{path}{index}/") for index, item in enumerate(value)) + "]"
	if isinstance(value, Mapping):
		return _mapping(value, path)
	raise CannotBeHashed(path, type(value).__name__)


def _mapping(mapping: Mapping, path: str) -> str:
	written: dict[str, str] = {}
	for key, value in mapping.items():
		if not isinstance(key, str):
			raise CannotBeHashed(path, type(key).__name__)
		name = _text(key, path)
		if name in written:
			raise KeyTwice(path, key)
		written[name] = _write(value, f"{path}{key}/")
	return "{" + ",".join(f"{name}:{written[name]}" for name in sorted(written)) + "}"


def _text(text: str, path: str) -> str:
	plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
	try:
		plain.encode()
	except UnicodeEncodeError:
		raise CannotBeHashed(path, "broken text") from None
	return json.dumps(plain, ensure_ascii=False)


def _number(number: int | float | Decimal, path: str) -> str:
	exact = Decimal(str(number))
	if not exact.is_finite():
		raise NotANumber(path, number)
	if not exact:
		return "0"
	digits = format(exact, "f")
	return digits.rstrip("0").rstrip(".") if "." in digits else digits
