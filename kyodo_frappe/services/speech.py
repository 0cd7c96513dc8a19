"""Which language is spoken where: records in Japanese, refusals of the rules in the language of who asks."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _

from kyodo_frappe.rules.errors import RuleError

# What is written into records (minutes, agreements, letters) is Japanese, whatever language the writer's desk speaks.
RECORD_LANGUAGE = "ja"


@contextmanager
def rules_speak() -> Iterator[None]:
	"""Turn a RuleError into a translated frappe.ValidationError."""
	try:
		yield
	except RuleError as error:
		frappe.throw(_(error.source).format(*error.args_))
