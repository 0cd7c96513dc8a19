"""Lets the rules, which know nothing of Frappe, speak to a person in their language."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _

from kyodo_frappe.rules.errors import RuleError


@contextmanager
def rules_speak() -> Iterator[None]:
	"""Turn a RuleError into a translated frappe.ValidationError."""
	try:
		yield
	except RuleError as error:
		frappe.throw(_(error.source).format(*error.args_))
