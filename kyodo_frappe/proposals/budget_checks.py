"""Checks of the money of a proposal before it is handed in. Amounts are whole yen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme import form, payable, years
from kyodo_frappe.programme.errors import YearlyAmountsDiffer
from kyodo_frappe.proposals.errors import RequestedAmountTooHigh
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.rules.settlement import Payable

CITY = "City"


@dataclass(frozen=True)
class Caution:
	"""A remark about the money of a proposal. text: one sentence; field: what it is about; exc: what handing in would raise,
	None for a remark that does not stop it."""

	text: str
	field: str
	exc: type[frappe.ValidationError] | None = None

	@property
	def blocking(self) -> bool:
		"""Whether it has to be corrected before the proposal can be handed in."""
		return self.exc is not None


def cautions(proposal: Document) -> list[Caution]:
	"""Return what its writers should see about the money of a proposal; only what the call forbids is blocking."""
	return [*_years_differ(proposal), *_exceeds_call(proposal), *_sums_differ(proposal)]


def limit(proposal: Document) -> int | None:
	"""Return the most that may be asked for and granted in yen, None where nothing limits it."""
	return payable.of_proposal(proposal).limit


def computation(proposal: Document) -> list[str] | None:
	"""Return what may be paid for the costs of a proposal as sentences, None where no city money is asked for."""
	if not proposal.needs_budget:
		return None
	found = payable.of_proposal(proposal)
	return payable.computation(found) or [payable.describe(found)]


def _exceeds_call(proposal: Document) -> Iterator[Caution]:
	if not proposal.needs_budget:
		return
	found = payable.of_proposal(proposal)
	if not found.years:
		yield from _exceeds(found, flt(proposal.requested_amount))
		return
	asked = years.requested(proposal)
	for year, of_year in found.years:
		for caution in _exceeds(of_year, asked.get(year, 0)):
			yield replace(caution, text=f"{era_year(year)}：{caution.text}", field=years.ROWS)


def _years_differ(proposal: Document) -> Iterator[Caution]:
	"""Amounts per year that are missing, or not what is requested as a whole."""
	asked = years.requested(proposal)
	if not asked or not proposal.needs_budget:
		return
	whole = flt(proposal.requested_amount)
	if sum(asked.values()) != whole:
		text = _("The amounts per year add up to {0} yen, the requested amount is {1} yen. Please correct one of them.")
		yield _caution(text, sum(asked.values()), whole, field=years.ROWS, exc=YearlyAmountsDiffer)


def _exceeds(found: Payable, requested: float) -> Iterator[Caution]:
	"""Cautions about what is requested for one year, or for the only one."""
	ceiling = found.terms.ceiling
	if ceiling and requested > ceiling:
		text = _("The requested amount is {0} yen over the ceiling of the call ({1} yen).")
		yield _caution(text, requested - ceiling, ceiling, field="requested_amount", exc=RequestedAmountTooHigh)
	most = found.limit
	if most is None:
		return
	if most == 0 and found.lines:
		exc = RequestedAmountTooHigh if requested else None
		yield Caution(_("None of these expenses can be paid for: {0}").format(payable.explain(found)), "expenses", exc)
	elif requested > most and most != ceiling:
		text = _("The requested amount is {0} yen more than can be paid. {1}")
		yield Caution(text.format(_yen(requested - most), payable.explain(found)), "requested_amount", RequestedAmountTooHigh)


def _sums_differ(proposal: Document) -> Iterator[Caution]:
	yield from _city_share_differs(proposal)
	income, expenses = (sum(flt(row.amount) for row in rows) for rows in (proposal.income, proposal.expenses))
	if income != expenses:
		text = _("Income ({0} yen) and expenses ({1} yen) differ by {2} yen.")
		yield _caution(text, income, expenses, abs(income - expenses), field="expenses")


def _city_share_differs(proposal: Document) -> Iterator[Caution]:
	requested = flt(proposal.requested_amount)
	from_city = sum(flt(row.amount) for row in proposal.income if vocabulary.like(vocabulary.INCOME, row.category) == CITY)
	if not proposal.needs_budget:
		if from_city:
			heading = form.headings(proposal).get("needs_budget") or _(proposal.meta.get_label("needs_budget"))
			text = _("There is income from the city ({0} yen), but “{1}” is not ticked.")
			yield Caution(text.format(_yen(from_city), heading), "needs_budget")
	elif requested != from_city and (proposal.income or requested):
		text = _("The requested amount ({0} yen) and the income from the city ({1} yen) differ.")
		yield _caution(text, requested, from_city, field="income")


def _caution(text: str, *amounts: float, field: str, exc: type[frappe.ValidationError] | None = None) -> Caution:
	return Caution(text.format(*(_yen(amount) for amount in amounts)), field, exc)


def _yen(amount: float) -> str:
	return f"{flt(amount):,.0f}"
