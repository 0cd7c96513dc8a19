"""Languages: records are written in Japanese, errors of the rules are shown in the language of the user."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.translate import print_language

from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.rules.errors import RuleError

# Texts stored in records (minutes, agreements, letters) are Japanese, whatever the language of the user who saves them.
RECORD_LANGUAGE = "ja"


def _lt(source: str) -> str:
	"""Mark a string for translation at its place of use (`Translated`)."""
	return source


class Translated(Mapping):
	"""Mapping of ids to their words in the language of the records.

	Words are translated on access, because modules are imported before a site with translations is known.
	"""

	def __init__(self, sources: dict[str, str]):
		self._sources = sources

	def __getitem__(self, key: str) -> str:
		return _(self._sources[key], lang=RECORD_LANGUAGE)

	def source(self, key: str) -> str:
		"""Return the untranslated source string."""
		return self._sources[key]

	def __iter__(self) -> Iterator[str]:
		return iter(self._sources)

	def __len__(self) -> int:
		return len(self._sources)


@contextmanager
def in_record_language() -> Iterator[None]:
	"""Switch to the language of the records, as Frappe's `print_language` does, but restore the former one after errors too."""
	lang, jenv = frappe.local.lang, getattr(frappe.local, "jenv", None)
	try:
		with print_language(RECORD_LANGUAGE):
			yield
	finally:
		frappe.local.lang, frappe.local.jenv = lang, jenv


@contextmanager
def translate_rule_errors() -> Iterator[None]:
	"""Raise a RuleError as its translated ValidationError (errors.violation_of)."""
	try:
		yield
	except RuleError as error:
		frappe.throw(_(error.source).format(*error.args_), exc=violation_of(type(error)))
