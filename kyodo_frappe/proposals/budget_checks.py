"""Checks of the money of a proposal before it is handed in. Amounts are whole yen."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.programme import form
from kyodo_frappe.proposals.errors import RequestedAmountTooHigh

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
	return [*_exceeds_call(proposal), *_sums_differ(proposal)]


def most_payable(call: Document | dict, eligible: float) -> int:
	"""Return the most that a call pays for an eligible cost: its rate in percent, rounded down to the call's unit."""
	exact = Decimal(str(eligible)) * Decimal(str(flt(call.rate))) / 100
	unit = cint(call.rounding) or 1
	return int((exact / unit).to_integral_value(ROUND_FLOOR)) * unit


def eligible_cost(proposal: Document) -> float:
	"""Return the sum of the expenses that are ticked as eligible."""
	return sum(flt(row.amount) for row in proposal.expenses if row.eligible)


def _exceeds_call(proposal: Document) -> list[Caution]:
	requested = flt(proposal.requested_amount) if proposal.needs_budget else 0
	if not requested or not proposal.call:
		return []
	call = frappe.db.get_value("Kyodo Call", proposal.call, ["ceiling", "rate", "rounding"], as_dict=True)
	found = []
	if call and flt(call.ceiling) and requested > flt(call.ceiling):
		text = _("The requested amount is {0} yen over the ceiling of the call ({1} yen).")
		found.append(_caution(text, requested - flt(call.ceiling), call.ceiling, field="requested_amount", exc=RequestedAmountTooHigh))
	if call and flt(call.rate):
		eligible = eligible_cost(proposal)
		limit = most_payable(call, eligible)
		if requested > limit:
			text = _("The call pays at most {0} % of the eligible cost ({1} yen): {2} yen. The requested amount is {3} yen over.")
			rate = f"{flt(call.rate):.10g}"
			text = text.format(rate, *(_yen(n) for n in (eligible, limit, requested - limit)))
			found.append(Caution(text, "requested_amount", RequestedAmountTooHigh))
	return found


def _sums_differ(proposal: Document) -> Iterator[Caution]:
	yield from _city_share_differs(proposal)
	income, expenses = (sum(flt(row.amount) for row in rows) for rows in (proposal.income, proposal.expenses))
	if income != expenses:
		text = _("Income ({0} yen) and expenses ({1} yen) differ by {2} yen.")
		yield _caution(text, income, expenses, abs(income - expenses), field="expenses")
	if proposal.needs_budget and proposal.expenses and not any(row.eligible for row in proposal.expenses):
		yield Caution(_("No expense is ticked as eligible."), "expenses")


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
