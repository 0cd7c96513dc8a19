"""The term of a proposal, and where one of several years is possible. What each year pays is in `years`.

Source: domain.md §7 "Terms".
"""

import frappe
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.programme import call_rules
from kyodo_frappe.programme.versions import rules_of

ROWS = "yearly_amounts"
LINES = ("expenses", "income")
CACHE = "kyodo_long_terms"


def most(record: Document | dict) -> int:
	"""Return the longest term in years that a proposal may have: as its call says, else the programme."""
	call = call_rules.call(record.get("call"))
	return max(1, cint(call.years if call else 0) or cint(rules_of(record).years))


def term_of(record: Document | dict) -> int:
	"""Return the term of a proposal in years."""
	return max(1, cint(record.get("term")))


def is_offered(record: Document | dict) -> bool:
	"""Whether the form asks for the term: if the record has one of several years, or its programme or one of its calls allows it."""
	programme = record.get("programme")
	if term_of(record) > 1:
		return True
	if not programme:
		return False
	if record.get("call"):
		return most(record) > 1
	return cint(rules_of(record).years) > 1 or programme in frappe.cache.get_value(CACHE, _programmes_with_long_calls)


def are_asked(record: Document | dict) -> bool:
	"""Whether the form asks for amounts and lines by year: for a term of several years, and in a blank form if one is possible."""
	return term_of(record) > 1 or bool(record.get("__islocal") and is_offered(record))


def _programmes_with_long_calls() -> list[str]:
	return frappe.get_all("Kyodo Call", {"years": [">", 1], "published": 1}, pluck="programme", distinct=True, order_by="programme")


def forget_long_calls():
	"""Clear the cache of the calls that allow several years, now and after the transaction."""
	for forget in (frappe.db.after_commit.add, frappe.db.after_rollback.add):
		forget(_forget)
	_forget()


def _forget():
	frappe.cache.delete_value(CACHE)
