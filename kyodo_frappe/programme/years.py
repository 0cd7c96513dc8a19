"""Terms of several years: how many a call (else the programme) allows, what each year pays, and a proposal's amounts per year.

A proposal of one year has no rows. Source: domain.md §7 "Rates", "Terms".
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.printing import yen
from kyodo_frappe.common.queries import among
from kyodo_frappe.programme import call_conditions, call_rules, calls
from kyodo_frappe.programme.errors import CostsOfYearsDiffer, YearOutsideTerm
from kyodo_frappe.programme.term import LINES, ROWS, most, term_of
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.rules import year_terms
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.rules.rates import rate_text, read_rate
from kyodo_frappe.rules.settlement import Terms


def first_of(record: Document) -> int:
	"""Return the fiscal year in which a term begins: of its first row, else as `calls.first_year`."""
	rows = record.get(ROWS)
	return min(row.fiscal_year for row in rows) if rows else calls.first_year(record)


# -- what a year pays ------------------------------------------------------------------------------


def terms(record: Document | dict) -> dict[int, Terms]:
	"""{number of the year from 1 on: what it pays} for the term of a proposal, by the rules that bind it and its call.

	What the rows of a call say goes before its rate and ceiling; these before the rows of its programme.
	"""
	rules, call = rules_of(record), call_rules.call(record.get("call"))
	rows = rules.get("year_terms") or ()
	time = call_conditions.time_of(record) if year_terms.counts_times(rows) else 1
	whole = whole_terms(call)
	return {number: _laid_over(rows, number, time, whole, bool(call and call.year_terms)) for number in range(1, term_of(record) + 1)}


def whole_terms(record: Document | dict | None) -> Terms:
	"""Rate, rounding and ceiling that a call, a project or a row of one says for itself."""
	if not record:
		return Terms()
	share = read_rate(record.get("rate") or None)
	return Terms(None if share is None else share * 100, cint(record.get("rounding")) or 1, round(flt(record.get("ceiling"))) or None)


def _laid_over(rows: list, number: int, time: int, whole: Terms, own: bool) -> Terms:
	with translate_rule_errors():
		said = year_terms.terms_of(rows, number, time)
	rate = None if said.rate is None else said.rate * 100
	first = (lambda row, call: call if row is None else row) if own else (lambda row, call: row if call is None else call)
	return Terms(first(rate, whole.rate), whole.rounding, first(said.ceiling, whole.ceiling))


def budget_of(call: Document | dict | None, rules: Document | Rules, number: int) -> int | None:
	"""Return what a call itself pays in a year of the term in yen, None where it does not say."""
	frame = round(flt(call.get("frame"))) if call and number == 1 else 0
	return frame or year_terms.budget_of(rules.get("year_terms") or (), number)


# -- the rows of a proposal ------------------------------------------------------------------------


def update_rows(proposal: Document):
	"""Bring the rows of a proposal that is being written in line with its term, and compute cost, rate and ceiling of each year.

	The requested amount follows the rows, unless it is changed itself. Raises BadTerm, YearOutsideTerm, CostsOfYearsDiffer.
	"""
	proposal.term = term_of(proposal) if cint(proposal.term) >= 0 else proposal.term
	if proposal.is_new() or proposal.has_value_changed("term") or proposal.has_value_changed("call"):
		check_term(proposal)
	_check_lines(proposal)
	first = calls.first_year(proposal)
	_shift(proposal, first)
	years = range(first, first + term_of(proposal)) if term_of(proposal) > 1 else ()
	_set_rows(proposal, years)
	if not proposal.get(ROWS):
		return
	_compute(proposal)
	_follow_rows(proposal)


def check_term(proposal: Document):
	"""Raise BadTerm for a term that call or programme do not allow."""
	with translate_rule_errors():
		year_terms.check_term(cint(proposal.term), most(proposal))


def _check_lines(proposal: Document):
	term = term_of(proposal)
	for table in LINES:
		for row in proposal.get(table):
			row.year_number = cint(row.year_number) or 1
			if row.year_number > term:
				frappe.throw(
					_("{0}, row {1}: year {2} is outside of the term of {3} years. Please correct the year or the term.").format(
						_(proposal.meta.get_label(table)), row.idx, row.year_number, term
					),
					exc=YearOutsideTerm,
				)


def _shift(proposal: Document, first: int):
	"""Let the rows follow a term that now begins in another year, for example because another call was chosen."""
	before = proposal.get_doc_before_save()
	stored = {row.name: row.fiscal_year for row in before.get(ROWS)} if before else {}
	known = [row for row in proposal.get(ROWS) if stored.get(row.name) == row.fiscal_year]
	if proposal.is_new() and proposal.previous_proposal:
		known = proposal.get(ROWS)  # proposed again in a later year
	by = first - min([*stored.values(), *(row.fiscal_year for row in known)], default=first)
	for row in known:
		row.fiscal_year += by


def _set_rows(proposal: Document, years):
	rows = {}
	for row in proposal.get(ROWS):
		if row.fiscal_year in years and row.fiscal_year not in rows:
			rows[row.fiscal_year] = row
		elif flt(row.requested) or flt(row.cost) or row.is_new():
			_refuse_year(proposal, row, years)
	for year in years:
		if year not in rows:
			rows[year] = proposal.append(ROWS, {"fiscal_year": year})
	proposal.set(ROWS, [rows[year] for year in years])
	for number, row in enumerate(proposal.get(ROWS), 1):
		row.idx = number


def _refuse_year(proposal: Document, row: Document, years):
	if row.fiscal_year in years:
		text = _("There are two rows for {0}. Please keep one.").format(era_year(row.fiscal_year))
	elif years:
		text = _("{0} is outside of the term, which is from {1} to {2}. Please empty its amounts, or correct the term.").format(
			row.fiscal_year, era_year(years[0]), era_year(years[-1])
		)
	else:
		text = _("There are amounts for {0}, but the term is one year. Please empty them, or enter the term.").format(row.fiscal_year)
	frappe.throw(text, exc=YearOutsideTerm)


def _compute(proposal: Document):
	"""Set cost (of the lines, as soon as there are any), rate and ceiling of each row."""
	before = proposal.get_doc_before_save()
	stored = {row.name: flt(row.cost) for row in before.get(ROWS)} if before else {}
	granted_before = {row.name: row.granted for row in before.get(ROWS)} if before else {}
	found = terms(proposal)
	for number, row in enumerate(proposal.get(ROWS), 1):
		row.rate = None if found[number].rate is None else rate_text(found[number].rate / 100)
		row.ceiling = found[number].ceiling or 0
		row.granted = granted_before.get(row.name) or 0  # only decisions grant
		if not proposal.expenses:
			continue
		cost = sum(flt(line.amount) for line in proposal.expenses if line.year_number == number)
		if flt(row.cost) not in (0, cost, stored.get(row.name)):
			frappe.throw(
				_("{0}: the cost of {1} yen differs from the expenses of that year, {2} yen. Please correct one of them.").format(
					era_year(row.fiscal_year), f"{flt(row.cost):,.0f}", f"{cost:,.0f}"
				),
				exc=CostsOfYearsDiffer,
			)
		row.cost = cost


def _follow_rows(proposal: Document):
	before = proposal.get_doc_before_save()
	asked = lambda doc: [flt(row.requested) for row in doc.get(ROWS)] if doc else []
	changed = flt(proposal.requested_amount) != flt(before.requested_amount if before else 0)
	if asked(proposal) != asked(before) and not changed:
		proposal.requested_amount = sum(asked(proposal))


# -- reading rows ----------------------------------------------------------------------------------


def requested(proposal: Document | dict) -> dict[int, int]:
	"""{fiscal year: yen requested} of a term of several years; {} for one."""
	return {row.fiscal_year: round(flt(row.requested)) for row in proposal.get(ROWS) or ()}


def granted(record: Document | dict) -> dict[int, int]:
	"""{fiscal year: yen granted} of a decision, a project or a change of its plan; {} where there is one year."""
	return {row.fiscal_year: round(flt(row.granted)) for row in record.get(ROWS) or ()}


def load_rows(doctype: str, records: list[dict]):
	"""Set `yearly_amounts` of rows of a DocType that were read without their tables; one query."""
	place = {"parenttype": doctype, "parent": among([row.name for row in records])}
	found = frappe.get_all("Kyodo Yearly Amount", place, ["parent", "fiscal_year", "requested", "granted"], order_by="parent asc, idx asc")
	for record in records:
		record[ROWS] = [row for row in found if row.parent == record.name]


def amount_in_words(record: Document | dict, whole: float, lang: str | None = None) -> str:
	"""An amount as people read it, with what each year has of it where there are several."""
	parts = [f"{era_year(year)} {yen(amount)}" for year, amount in granted(record).items()]
	return f"{yen(whole)}（{_(', ', lang=lang).join(parts)}）" if parts else yen(whole)


def copied(rows: list, **values) -> list[dict]:
	"""Rows of one record as those of another: year, cost, rate, ceiling, requested and granted, with further values."""
	fields = ("fiscal_year", "cost", "rate", "ceiling", "requested", "granted")
	return [{**{field: row.get(field) for field in fields}, **values} for row in rows]
