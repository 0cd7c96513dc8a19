"""What a decision grants for each year of a proposal's term (domain.md §7 "Terms")."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.committee.errors import AmountExceedsPayable, AmountExceedsRequest
from kyodo_frappe.programme import call_budget, payable, years
from kyodo_frappe.programme.errors import YearlyAmountsDiffer, YearOutsideTerm
from kyodo_frappe.rules.era import era_year


def set_rows(decision: Document, proposal: Document):
	"""Give a decision a row for each year of the proposal's term, with what is granted for it; none where the term is one year.

	What a year is granted is sent with the decision; without that, a decision that grants all that was requested grants it year by year.
	Raises YearOutsideTerm, YearlyAmountsDiffer, AmountExceedsRequest, AmountExceedsPayable.
	"""
	asked = years.requested(proposal)
	given = years.granted(decision)
	if not asked or decision.result not in (*call_budget.ADOPTED, call_budget.RESERVE):
		decision.set(years.ROWS, [])
		return
	for year in given:
		if year not in asked:
			frappe.throw(_("{0} is not a year of the term of “{1}”.").format(year, proposal.title), exc=YearOutsideTerm)
	amounts = _amounts(decision, proposal, asked, given)
	_check(proposal, asked, amounts)
	rows = years.copied(proposal.get(years.ROWS))
	decision.set(years.ROWS, [{**row, "granted": amounts[row["fiscal_year"]]} for row in rows])
	if decision.result != call_budget.RESERVE or given:
		decision.amount = sum(amounts.values())


def _amounts(decision: Document, proposal: Document, asked: dict[int, int], given: dict[int, int]) -> dict[int, int]:
	"""{fiscal year: yen granted}"""
	whole = cint(decision.amount)
	if any(given.values()):
		amounts = {year: given.get(year, 0) for year in asked}
		if whole and sum(amounts.values()) != whole:
			frappe.throw(
				_("{0}: the amounts per year add up to {1} yen, the whole amount is {2} yen.").format(
					proposal.title, f"{sum(amounts.values()):,}", f"{whole:,}"
				),
				exc=YearlyAmountsDiffer,
			)
		return amounts
	if whole in (0, sum(asked.values())):
		return asked if whole else dict.fromkeys(asked, 0)
	frappe.throw(
		_("{0}: the term is {1} years. Please enter what is granted for each year.").format(proposal.title, len(asked)),
		exc=YearlyAmountsDiffer,
	)


def _check(proposal: Document, asked: dict[int, int], amounts: dict[int, int]):
	found = dict(payable.of_proposal(proposal).years)
	for year, amount in amounts.items():
		title = f"{proposal.title}（{era_year(year)}）"
		if amount > asked[year]:
			text = _("{0}: {1} yen exceed the {2} yen requested.")
			frappe.throw(text.format(title, f"{amount:,}", f"{asked[year]:,}"), AmountExceedsRequest)
		limit = found[year].limit if year in found else None
		if limit is not None and amount > limit:
			frappe.throw(
				_("{0}: {1} yen are {2} yen more than can be paid. {3}").format(
					title, f"{amount:,}", f"{amount - limit:,}", payable.explain(found[year])
				),
				AmountExceedsPayable,
			)
