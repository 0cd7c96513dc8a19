"""What may be paid for a proposal, a plan or a report: the city's rules and the terms of the call for `rules/settlement.py`,
and its computation in words.

Source: domain.md §7 "What may be paid" (one computation from the first draft to the settlement).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.printing import yen
from kyodo_frappe.common.queries import NO_NAME
from kyodo_frappe.programme import years
from kyodo_frappe.programme.versions import NOT_ELIGIBLE, Rules, rules_of
from kyodo_frappe.rules import settlement
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.rules.rates import rate_text, read_rate
from kyodo_frappe.rules.settlement import Cap, Cut, Payable, Terms

terms_of = years.whole_terms
# income from third parties; the two sides' own money is never deducted
DEDUCTED_INCOME = ("Participation Fees", "Donations", "Other")
PER_PIECE = "Per Piece"


def of_proposal(proposal: Document) -> Payable:
	"""What may be paid for the costs of a proposal: by the rules that bind it and the terms of its call."""
	return _over_term(proposal, proposal, rules_of(proposal), years.terms(proposal))


def of_proposals(proposals: list[dict]) -> dict[str, Payable]:
	"""{proposal: what may be paid}, for rows with name, organisation, call, term, search_key, creation, programme and
	programme_version, in four queries (and one for each where the rules count how often a project was adopted)."""
	names = [row["name"] for row in proposals] or [NO_NAME]
	costs = {name: frappe._dict(expenses=[], income=[], yearly_amounts=[]) for name in names}
	for table, doctype, columns in (
		("expenses", "Kyodo Expense Line", ("category", "amount", "quantity", "eligible", "year_number")),
		("income", "Kyodo Income Line", ("category", "amount", "year_number")),
		(years.ROWS, "Kyodo Yearly Amount", ("fiscal_year", "cost", "requested")),
	):
		place = {"parenttype": "Kyodo Proposal", "parentfield": table, "parent": ["in", names]}
		for row in frappe.get_all(doctype, place, ["parent", *columns], order_by="parent asc, idx asc"):
			costs[row.parent][table].append(row)
	return {row["name"]: _over_term(row, costs[row["name"]], rules_of(row), years.terms(row)) for row in proposals}


def of_plan(project: Document, plan: Document) -> Payable:
	"""What may be paid for the costs of a plan (a project or a change of it) by the rules and terms of its project."""
	rows = project.get(years.ROWS)
	if not rows:
		return compute(rules_of(project), plan, terms_of(project))
	found = {number: terms_of_year(project, row) for number, row in enumerate(rows, 1)}
	return _over_term(project, plan, rules_of(project), found)


def terms_of_year(project: Document, row: Document) -> Terms:
	"""Rate, rounding and ceiling of one year of a project."""
	return replace(terms_of(row), rounding=cint(project.rounding) or 1)


def _over_term(record: Document | dict, costs: Document | dict, rules: Document | Rules, found: dict[int, Terms]) -> Payable:
	"""What may be paid for costs in each year of a term, or in its only one. found: {number of the year: its terms}"""
	if len(found) == 1:
		return compute(rules, costs, found[1])
	rows = record.get(years.ROWS) or costs.get(years.ROWS) or ()
	first = min((row.fiscal_year for row in rows), default=None) or years.first_of(record)
	return settlement.over_years(
		{first + number - 1: compute(rules, _costs_of_year(costs, rows, number), found[number]) for number in found}
	)


def _costs_of_year(costs: Document | dict, rows: list, number: int) -> frappe._dict:
	"""The rows of costs of one year; as long as there are none, the cost that is typed for the year."""
	of_year = lambda table: [row for row in costs.get(table) or () if (cint(row.get("year_number")) or 1) == number]
	expenses = of_year("expenses")
	if not costs.get("expenses") and number <= len(rows) and flt(rows[number - 1].cost):
		expenses = [frappe._dict(category=None, amount=rows[number - 1].cost, quantity=1, eligible=1)]
	return frappe._dict(expenses=expenses, income=of_year("income"))


def compute(rules: Document | Rules, costs: Document, terms: Terms) -> Payable:
	"""What may be paid for the rows `expenses` and `income` of a record."""
	lines = [
		{"category": row.category, "amount": round(flt(row.amount)), "quantity": flt(row.quantity), "eligible": row.eligible}
		for row in costs.expenses
	]
	return payable(rules, lines, ((row.category, row.amount) for row in costs.income), terms)


def payable(rules: Document | Rules, lines: Iterable[dict], income: Iterable[tuple[str, float]], terms: Terms) -> Payable:
	"""What may be paid for lines of cost, less income ((category, yen)) that the programme deducts. Raises ValidationError."""
	with translate_rule_errors():
		return settlement.payable(lines, caps_of(rules), deducted_income(rules, income), terms)


def deducted_income(rules: Document | Rules, income: Iterable[tuple[str, float]]) -> int:
	"""The income in yen that a programme deducts from the cost."""
	if not rules.deduct_income:
		return 0
	return sum(round(flt(amount)) for category, amount in income if vocabulary.like(vocabulary.INCOME, category) in DEDUCTED_INCOME)


def caps_of(rules: Document | Rules) -> dict[str, Cap]:
	"""{category: what is recognised of it at most}, by the programme's rules and the city's categories; the strictest counts."""
	excluded = rules.get(NOT_ELIGIBLE)
	found = {name: Cap(not_eligible=True) for name in (vocabulary.not_eligible() if excluded is None else excluded)}
	for row in rules.category_rules:
		found[row.category] = _stricter(found.get(row.category, Cap()), _cap(row))
	return found


def _cap(row: Document | dict) -> Cap:
	whole = lambda field: round(flt(row.get(field))) or None
	return Cap(
		amount=whole("cap_amount"),
		share=flt(row.get("cap_share")) or None,
		per_unit=whole("cap_per_unit"),
		unit=row.get("unit") or "",
		from_price=whole("not_eligible_from"),
		not_eligible=bool(cint(row.get("not_eligible"))),
	)


def _stricter(one: Cap, other: Cap) -> Cap:
	least = lambda field: min((value for cap in (one, other) if (value := getattr(cap, field)) is not None), default=None)
	per_unit = least("per_unit")
	unit = next((cap.unit for cap in (other, one) if cap.per_unit is not None and cap.per_unit == per_unit), "")
	return Cap(least("amount"), least("share"), per_unit, unit, least("from_price"), not_eligible=one.not_eligible or other.not_eligible)


# -- in words --------------------------------------------------------------------------------------


def describe(found: Payable, lang: str | None = None) -> str:
	"""The computation as a line that a clerk can check with a pocket calculator, down to what may be paid; of several years, of each."""
	if found.years:
		return _by_year(found, describe, lang)
	text = _("Eligible cost {0}", lang=lang).format(yen(found.eligible))
	if found.deducted:
		text += " − " + _("deducted income {0}", lang=lang).format(yen(found.deducted)) + f" ＝ {yen(found.base)}"
	if found.terms.rate is not None:
		text += f" × {rate_words(found.terms.rate)}"
	if found.terms.rate is not None or found.terms.rounding > 1:
		text += f" ＝ {yen(found.counted)}{_rounding_words(found.terms.rounding, lang)}"
	return text


def describe_limit(found: Payable, lang: str | None = None) -> str:
	"""As `describe`, with the ceiling where there is one."""
	if found.years:
		return _by_year(found, describe_limit, lang)
	if found.terms.ceiling is None:
		return describe(found, lang)
	ceiling = _("ceiling {0}", lang=lang).format(yen(found.terms.ceiling))
	return f"{describe(found, lang)}{_(', ', lang=lang)}{ceiling}" if found.lines or found.terms.rate is not None else ceiling


def computation(found: Payable, lang: str | None = None) -> list[str]:
	"""Sentences of the computation: what falls out of the cost, line by line, and what may be paid; [] where nothing limits it."""
	if found.years:
		return _computation_by_year(found, lang)
	if found.limit is None:
		return []
	return [*cuts(found, lang), _("At most {0} may be paid: {1}", lang=lang).format(yen(found.limit), describe_limit(found, lang))]


def explain(found: Payable, lang: str | None = None) -> str:
	"""The computation in one text, for a refusal: what may be paid, then what falls out of the cost."""
	if found.years:
		return _by_year(found, explain, lang)
	*left_out, most = computation(found, lang) or [describe(found, lang)]
	if not left_out:
		return most
	return _("{0}. Not counted: {1}", lang=lang).format(most, _(", ", lang=lang).join(left_out))


def _by_year(found: Payable, words: Callable[[Payable, str | None], str], lang: str | None) -> str:
	return "　".join(f"{era_year(year)}：{words(one, lang)}" for year, one in found.years)


def _computation_by_year(found: Payable, lang: str | None) -> list[str]:
	lines = [f"{era_year(year)}：{line}" for year, one in found.years for line in computation(one, lang)]
	if found.limit is not None:
		lines.append(_("In all years at most {0}", lang=lang).format(yen(found.limit)))
	return lines


def cuts(found: Payable, lang: str | None = None) -> list[str]:
	"""What is not recognised, and why: a sentence for each category and reason."""
	sums: dict[tuple, int] = {}
	for line in found.lines:
		for cut in line.cuts:
			key = (line.category, cut.code, cut.values)
			sums[key] = sums.get(key, 0) + cut.yen
	word = lambda category: vocabulary.word(vocabulary.COST, category, lang)
	return [f"{word(category)} {yen(cut)}：{cut_words(Cut(code, cut, values), lang)}" for (category, code, values), cut in sums.items()]


def cut_words(cut: Cut, lang: str | None = None) -> str:
	"""Why something is not recognised, in a few words."""
	if cut.code == settlement.FROM_PRICE:
		return _("not eligible from {0} a piece", lang=lang).format(yen(cut.values[0]))
	if cut.code == settlement.PER_UNIT:
		each, unit, quantity = cut.values
		return _("above the cap, {0} {1} × {2}", lang=lang).format(_(unit or PER_PIECE, lang=lang), yen(each), f"{quantity:.10g}")
	if cut.code == settlement.CAPPED:
		return _("above the cap of this category, {0}", lang=lang).format(yen(cut.values[0]))
	return _("not eligible", lang=lang)


def rate_words(rate: float | Fraction | str | None) -> str:
	"""A rate (percent, or as it is stored) as people read it: 80％, 3分の2; "" for none."""
	if rate in (None, ""):
		return ""
	text = rate_text(read_rate(rate))
	return f"{text}％" if text.replace(".", "", 1).isdecimal() else text


def _rounding_words(unit: int, lang: str | None) -> str:
	if unit == 1000:
		return _("(below 1,000 yen cut off)", lang=lang)
	if unit == 100:
		return _("(below 100 yen cut off)", lang=lang)
	if unit == 10:
		return _("(below 10 yen cut off)", lang=lang)
	return ""
