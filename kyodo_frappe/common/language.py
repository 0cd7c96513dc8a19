"""Which language is spoken where: records in Japanese, refusals of the rules in the language of who asks."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.translate import print_language

from kyodo_frappe.rules.errors import RuleError

# What is written into records (minutes, agreements, letters) is Japanese, whatever language the writer's desk speaks.
RECORD_LANGUAGE = "ja"


def _lt(source: str) -> str:
	"""Mark a string that is translated where it is used (`Said`)."""
	return source


class Said(Mapping):
	"""{id: its words in the language of the records}, looked up when they are asked for: a module is loaded before there is
	a site whose translations could be read."""

	def __init__(self, sources: dict[str, str]):
		self._sources = sources

	def __getitem__(self, key: str) -> str:
		return _(self._sources[key], lang=RECORD_LANGUAGE)

	def source(self, key: str) -> str:
		return self._sources[key]

	def __iter__(self) -> Iterator[str]:
		return iter(self._sources)

	def __len__(self) -> int:
		return len(self._sources)


@contextmanager
def in_record_language() -> Iterator[None]:
	"""Make something in the language of the records: Frappe's print_language, taken back after an error too."""
	lang, jenv = frappe.local.lang, getattr(frappe.local, "jenv", None)
	try:
		with print_language(RECORD_LANGUAGE):
			yield
	finally:
		frappe.local.lang, frappe.local.jenv = lang, jenv


@contextmanager
def rules_speak() -> Iterator[None]:
	"""Turn a RuleError into a translated frappe.ValidationError."""
	try:
		yield
	except RuleError as error:
		frappe.throw(_(error.source).format(*error.args_))
