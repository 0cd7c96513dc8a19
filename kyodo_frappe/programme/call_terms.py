"""The money of calls and categories as a programme declares it: refused where it is saved if it contradicts itself."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.programme import call_rules
from kyodo_frappe.programme.errors import CallTermExceeded, CeilingAboveBudget, InvalidCategoryRule, InvalidThreshold
from kyodo_frappe.rules import year_terms
from kyodo_frappe.rules.rates import rate_text, read_rate

THRESHOLDS = ("change_threshold", "change_threshold_category", "change_threshold_down", "change_threshold_category_down", "advance_most")
LIMITS = ("cap_amount", "cap_share", "cap_per_unit", "not_eligible_from")


def check(call: Document):
	"""Read the rate of a call, or of a row of the plan of calls, and check its ceiling and years.

	Raises BadRate, CeilingAboveBudget, CallTermExceeded, and the refusals of rules/year_terms.py.
	"""
	with translate_rule_errors():
		share = read_rate(call.rate)
	call.rate = None if share is None else rate_text(share)
	_check_years(call)
	if flt(call.frame) and flt(call.ceiling) > flt(call.frame):
		frappe.throw(
			_("{0}: the ceiling per proposal ({1} yen) is above the total budget ({2} yen).").format(
				call.call_name, f"{flt(call.ceiling):,.0f}", f"{flt(call.frame):,.0f}"
			),
			exc=CeilingAboveBudget,
		)


def check_programme(programme: Document):
	"""Check the plan of calls, the rules for categories and the thresholds of a programme.

	Raises BadRate, CeilingAboveBudget, InvalidCategoryRule, InvalidThreshold, and as `call_rules.check`.
	"""
	call_rules.check(programme)
	call_rules.check_calls(programme)
	_check_year_terms(programme, cint(programme.years) or year_terms.MOST_YEARS)
	for row in programme.call_plan:
		check(row)
		_check_most_years(row, programme)
		call_rules.check(row, programme)
	for row in programme.category_rules:
		_check_category_rule(row)
	for field in THRESHOLDS:
		if not 0 <= flt(programme.get(field)) <= 100:
			frappe.throw(
				_("{0}: {1} is not a percentage from 0 to 100.").format(
					_(programme.meta.get_label(field)), f"{flt(programme.get(field)):.10g}"
				),
				exc=InvalidThreshold,
			)


def _check_years(call: Document):
	"""Check the longest term and the rows of a call; a row of the plan of calls has none."""
	if cint(call.years) > year_terms.MOST_YEARS or cint(call.years) < 0:
		with translate_rule_errors():
			year_terms.check_term(cint(call.years), year_terms.MOST_YEARS)
	if call.doctype == "Kyodo Call":
		programme = frappe.get_cached_doc("Kyodo Programme", call.programme)
		_check_most_years(call, programme)
		_check_year_terms(call, cint(call.years) or cint(programme.years) or 1, round(flt(call.frame)))


def _check_most_years(call: Document, programme: Document):
	if cint(programme.years) and cint(call.years) > cint(programme.years):
		frappe.throw(
			_("{0}: a term of {1} years is longer than the {2} years of the programme.").format(
				call.call_name, call.years, programme.years
			),
			exc=CallTermExceeded,
		)


def _check_year_terms(record: Document, most_years: int, frame: int = 0):
	"""Read the rates of rows by year or time, and check the rows."""
	with translate_rule_errors():
		for row in record.year_terms:
			share = read_rate(row.rate)
			row.rate = None if share is None else rate_text(share)
		year_terms.check_rows(record.year_terms, most_years, frame)


def _check_category_rule(row: Document):
	word = vocabulary.word(vocabulary.COST, row.category)
	if not 0 <= flt(row.cap_share) <= 100:
		frappe.throw(
			_("Rules for categories, “{0}”: a share of {1} % is not from 0 to 100 %.").format(word, f"{flt(row.cap_share):.10g}"),
			exc=InvalidCategoryRule,
		)
	if not row.not_eligible and not (row.note or "").strip() and not any(flt(row.get(field)) for field in LIMITS):
		frappe.throw(
			_("Rules for categories, “{0}”: a cap of 0 says nothing. Please enter a cap above 0, or tick “{1}”.").format(
				word, _(row.meta.get_label("not_eligible"))
			),
			exc=InvalidCategoryRule,
		)
