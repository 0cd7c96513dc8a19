"""What a call pays, with an example: the one computation of `payable`, asked for a cost that nobody has proposed yet.

Source: domain.md §7 "What may be paid".
"""

import frappe
from frappe.utils import cint

from kyodo_frappe.programme import call_rules, payable, term, years
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.settlement import Payable, Terms

USUAL_COST = 300_000
MOST_COST = 1_000_000_000
# examples in shares of the cost at which the ceiling is reached
BELOW, ABOVE = 0.6, 1.5


def years_of(call: str) -> list[dict]:
	"""[{number, rate, ceiling, budget}] of each year of the longest term that a call allows; yen, None where it does not say."""
	record, doc = _record(call), call_rules.call(call)
	rules = rules_of(record)
	return [
		frappe._dict(number=number, rate=terms.rate, ceiling=terms.ceiling, budget=years.budget_of(doc, rules, number))
		for number, terms in years.terms(record).items()
	]


def examples(call: str, cost: int | None = None) -> list[dict]:
	"""[{cost, paid, words}] of what the first year of a project pays for a cost in yen; [] where nothing limits it.

	words: sentences of the computation. cost: None for costs below and above the ceiling, or the usual one without a ceiling.
	"""
	record = _record(call)
	terms = years.terms(record)[1]
	if cost is not None:
		costs = (min(max(cint(cost), 0), MOST_COST),)
	else:
		costs = usual_costs(terms)
	found = [(one, of_cost(record, one, terms)) for one in costs]
	return [frappe._dict(cost=one, paid=paid.limit, words=payable.computation(paid)) for one, paid in found if paid.limit is not None]


def of_cost(record: dict, cost: int, terms: Terms) -> Payable:
	"""What may be paid for a cost in yen, all of it eligible, without income."""
	return payable.payable(rules_of(record), [{"category": None, "amount": cost, "quantity": 1, "eligible": 1}], (), terms)


def usual_costs(terms: Terms) -> tuple[int, ...]:
	"""Costs in yen that show how rate and ceiling work; () where neither limits anything."""
	if terms.ceiling is None:
		return () if terms.rate is None else (USUAL_COST,)
	reached = terms.ceiling if not terms.rate else terms.ceiling * 100 / terms.rate
	return tuple(dict.fromkeys(_rounded(float(reached) * share) for share in (BELOW, ABOVE)))


def _rounded(amount: float) -> int:
	"""An amount with two digits that are not zero, as people think of costs: 274,512 → 270,000."""
	unit = 10 ** max(len(str(int(amount))) - 2, 0)
	return max(round(amount / unit), 1) * unit


def _record(call: str) -> dict:
	doc = call_rules.call(call)
	record = frappe._dict(doctype="Kyodo Proposal", programme=doc.programme, call=call)
	record.term = term.most(record)
	return record
