"""Payments to a project in parts, and refunds (概算払・部分払・精算払・返還)."""

from fractions import Fraction

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from kyodo_frappe.partnership import project_years
from kyodo_frappe.partnership.errors import (
	AdvanceTooHigh,
	DateInFuture,
	GrantExceedsPayable,
	InvalidPayment,
	PaymentExceedsSettlement,
	PaymentMissing,
	PaymentOfRequest,
	UnbalancedPayments,
)
from kyodo_frappe.programme import payable, years
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.rules.settlement import Payable
from kyodo_frappe.workflows.guard import changed_fields
from kyodo_frappe.workflows.states import DECIDED, states

ADVANCE, REFUND = "Advance", "Refund"


def paid_amount(project: Document, year: int | None = None) -> int:
	"""What the organisation has received in yen, less refunds; with `year`, for that fiscal year of the term."""
	return round(sum(_signed_amount(row) for row in _of_year(project, year) if row.paid_on))


def check_grant(project: Document):
	"""Raise GrantExceedsPayable for a new granted amount above what may be paid for the plan.

	What a decision or an approved change grants was checked when that was recorded.
	"""
	before = project.get_doc_before_save()
	if project.flags.kyodo_service or flt(project.granted_amount) <= flt(before.granted_amount if before else 0):
		return
	check_amount(payable.of_plan(project, project), project.granted_amount, years.granted(project))


def grant_error(project: Document) -> str | None:
	"""Return a sentence if more is granted than may be paid for the present plan, else None."""
	beyond = too_much(payable.of_plan(project, project), project.granted_amount, years.granted(project))
	if beyond is None:
		return None
	amount, found = beyond
	text = _(
		"{0} yen are granted, more than can be paid for the plan's costs. {1} Please correct the plan, or ask the office to reduce the granted amount."
	)
	return text.format(_yen(amount), payable.explain(found))


def check_amount(found: Payable, amount: float, by_year: dict[int, int]):
	"""Raise GrantExceedsPayable for an amount, or that of a year, above what may be paid, with the computation."""
	if beyond := too_much(found, amount, by_year):
		amount, found = beyond
		frappe.throw(
			_("The granted amount of {0} yen is {1} yen more than can be paid. {2}").format(
				_yen(amount), _yen(flt(amount) - found.limit), payable.explain(found)
			),
			exc=GrantExceedsPayable,
		)


def too_much(found: Payable, amount: float, by_year: dict[int, int]) -> tuple[float, Payable] | None:
	"""(yen, what may be paid) where it is more: of the first year that has too much, or of the whole amount without years."""
	parts = [(by_year.get(year, 0), one) for year, one in found.years] or [(flt(amount), found)]
	return next(((granted, one) for granted, one in parts if one.limit is not None and granted > one.limit), None)


def check_payments(project: Document):
	"""Check changed payments of a project. Raises InvalidPayment, AdvanceTooHigh, DateInFuture, PaymentMissing, PaymentOfRequest."""
	before = project.get_doc_before_save()
	if before and "payments" not in changed_fields(project, before):
		return
	_check_none_missing(project, before)
	_check_years(project, before)
	for row in project.payments:
		if flt(row.amount) <= 0:
			frappe.throw(
				_("Payment {0}: please enter an amount above 0 yen. For refunds, use a row of the kind “Refund”.").format(row.idx),
				exc=InvalidPayment,
			)
		if row.paid_on and getdate(row.paid_on) > getdate(nowdate()):
			frappe.throw(
				_("Payment {0}: the payment date is in the future. Please enter it under “Planned On”.").format(row.idx), exc=DateInFuture
			)
	for year in _years_of(project):
		total, granted = _total(project, year), granted_amount(project, year)
		if total > granted:
			frappe.throw(
				_name_year(year, _("The payments total {0} yen and exceed the {1} yen granted.").format(_yen(total), _yen(granted))),
				exc=InvalidPayment,
			)
		_check_settled(project, before, year)
		_check_advance(project, before, year)
	_check_requests(project, before)
	if paid_amount(project) < 0:
		frappe.throw(_("The refunds exceed the payments. Please check the payments."), exc=InvalidPayment)


def _check_years(project: Document, before: Document | None):
	"""Name the year of the term that each payment of a project with amounts per year concerns, by its day where it does not say.

	Raises YearOutsideTerm, YearNotConfirmed for a payment that is new or has changed.
	"""
	content = lambda row: (row.fiscal_year, row.kind, flt(row.amount), str(row.paid_on or ""))
	stood = {row.name: content(row) for row in before.payments} if before else {}
	for row in project.payments if project.get(years.ROWS) else ():
		row.fiscal_year = row.fiscal_year or project_years.year_for(project, row.paid_on or row.planned_on)
		if row.kind != REFUND and stood.get(row.name) != content(row):
			project_years.check_confirmed(project, row.fiscal_year)


def _years_of(project: Document) -> list[int | None]:
	"""The fiscal years whose money is kept apart: those of the term, or None for the whole of a project without amounts per year."""
	return [row.fiscal_year for row in project.get(years.ROWS)] or [None]


def _of_year(project: Document, year: int | None) -> list[Document]:
	return [row for row in project.payments if year in (None, row.fiscal_year)]


def granted_amount(project: Document, year: int | None = None) -> int:
	"""What is granted in yen, with `year` for that year of the term: 0 until it is confirmed."""
	return round(flt(project.granted_amount)) if year is None else project_years.confirmed(project).get(year, 0)


def _name_year(year: int | None, sentence: str) -> str:
	return sentence if year is None else f"{era_year(year)}：{sentence}"


def _check_settled(project: Document, before: Document | None, year: int | None):
	"""Keep payments within the settled amount, once it is settled; what was paid before it is refunded."""
	if not before or not is_settled(project.name, year):
		return
	settled = settled_of(project, year)
	for sums in ((_total(project, year), _total(before, year)), (paid_amount(project, year), paid_amount(before, year))):
		if sums[0] > max(settled, sums[1]):
			text = _("The payments total {0} yen. {1} yen were settled, so {2} yen are too much.").format(
				_yen(sums[0]), _yen(settled), _yen(sums[0] - settled)
			)
			frappe.throw(_name_year(year, text), exc=PaymentExceedsSettlement)


def _check_advance(project: Document, before: Document | None, year: int | None):
	"""Keep what is paid in advance within the share that the programme or the agreement allows; what stood above it may stay."""
	advance, limit = _advance(project, year), advance_limit(project, year)
	if advance > max(limit, _advance(before, year) if before else 0):
		text = _("{0} yen are paid in advance, more than {1} % of the {2} yen granted ({3} yen).").format(
			_yen(advance), f"{advance_share(project):.10g}", _yen(granted_amount(project, year)), _yen(limit)
		)
		frappe.throw(_name_year(year, text), exc=AdvanceTooHigh)


def _check_requests(project: Document, before: Document | None):
	"""Keep the payments that were asked for as their requests say."""
	if project.flags.kyodo_service:
		return
	content = lambda doc: sorted(
		(row.request, row.kind, round(flt(row.amount)), str(row.paid_on or "")) for row in doc.payments if row.request
	)
	if content(project) != (content(before) if before else []):
		frappe.throw(
			_("A payment that the organisation has asked for is decided and recorded in its request, not in this list."),
			exc=PaymentOfRequest,
		)


def advance_share(project: Document) -> float:
	"""How much of the grant may be paid in advance, in percent: by the programme, or less by the agreement."""
	share = rules_of(project).advance_most
	share = 100.0 if share is None else flt(share)
	return min(share, flt(project.advance_most)) if flt(project.advance_most) else share


def advance_limit(project: Document, year: int | None = None) -> int:
	"""The most that may be paid in advance, in yen; with `year`, of that year's grant."""
	return int(
		Fraction(granted_amount(project, year)) * Fraction(str(advance_share(project))) / 100
	)  # exact: 70.1 % of 3,000 is 2,102.99… in floats


def _advance(project: Document, year: int | None = None) -> int:
	return round(sum(flt(row.amount) for row in _of_year(project, year) if row.kind == ADVANCE))


def bound_advance(project: Document, year: int | None = None) -> int:
	"""What is paid in advance, or decided to be; with `year`, for that year of the term."""
	return round(sum(flt(row.amount) for row in _bound(project, year) if row.kind == ADVANCE))


def bound_amount(project: Document, year: int | None = None) -> int:
	"""What is paid, or decided on a request, less refunds; a payment that is only planned is taken over by the request for it."""
	return round(sum(_signed_amount(row) for row in _bound(project, year)))


def _bound(project: Document, year: int | None) -> list[Document]:
	return [row for row in _of_year(project, year) if row.paid_on or row.request]


def _total(project: Document, year: int | None = None) -> int:
	return round(sum(_signed_amount(row) for row in _of_year(project, year)))


def is_settled(project: str, year: int | None = None) -> bool:
	"""Whether the final report of a project has been accepted (額の確定); with `year`, whether that year of its term is settled."""
	if year is not None:
		return year in project_years.settled(frappe.get_doc("Kyodo Project", project))
	final = {"project": project, "report_kind": "Final", "workflow_state": ["in", states("Kyodo Report", DECIDED)]}
	return bool(frappe.db.exists("Kyodo Report", final))


def _check_none_missing(project: Document, before: Document | None):
	"""Keep a stale list from dropping payments that were made meanwhile."""
	sent = {row.name for row in project.payments}
	for row in before.payments if before else ():
		if row.paid_on and row.name not in sent:
			frappe.throw(
				_(
					"The payment of {0} yen on {1} is missing from this list. Somebody may have entered it in the meantime. Please reload the page. To remove a payment, first clear its “Paid On”."
				).format(_yen(row.amount), era_date(getdate(row.paid_on))),
				exc=PaymentMissing,
			)


def check_balance(project: Document):
	"""Raise UnbalancedPayments if what was settled and what was paid differ (精算額 = 支払額 − 返還額)."""
	settled = settled_amount(project.name)
	held = paid_amount(project)
	if settled > held:
		frappe.throw(
			_(
				"The settled amount is {0} yen and {1} yen have been paid. Please record the payment of the remaining {2} yen before closing the project."
			).format(_yen(settled), _yen(held), _yen(settled - held)),
			exc=UnbalancedPayments,
		)
	if held > settled:
		frappe.throw(
			_(
				"The settled amount is {0} yen and {1} yen have been paid. Please record the refund of {2} yen before closing the project."
			).format(_yen(settled), _yen(held), _yen(held - settled)),
			exc=UnbalancedPayments,
		)


def settled_amount(project: str, before_year: int | None = None) -> int:
	"""What accepted reports have settled in yen; with `before_year`, only annual reports of earlier years."""
	filters = {
		"project": project,
		"workflow_state": ["in", states("Kyodo Report", DECIDED)],
		"report_kind": ["in", ("Final", "Annual")],
	}
	if before_year:
		filters |= {"report_kind": "Annual", "fiscal_year": ["<", before_year]}
	amounts = frappe.get_all("Kyodo Report", filters, pluck="settled_amount", order_by="fiscal_year asc")
	return round(sum(flt(amount) for amount in amounts))


def left_to_pay(project: Document) -> int:
	"""What is left to be paid in yen: of the settled amount, and of the grant until the final report is accepted."""
	if project.get(years.ROWS):
		settled, over = project_years.settled(project), is_settled(project.name)
		whole = {year: settled.get(year, 0 if over else granted_amount(project, year)) for year in _years_of(project)}
		return sum(max(0, amount - paid_amount(project, year)) for year, amount in whole.items())
	whole = settled_amount(project.name) if is_settled(project.name) else round(flt(project.granted_amount))
	return max(0, whole - paid_amount(project))


def settled_of(project: Document, year: int | None = None) -> int:
	"""What is settled in yen, of the whole project or of a year of its term."""
	return settled_amount(project.name) if year is None else project_years.settled(project).get(year, 0)


def _signed_amount(row: Document) -> float:
	return -flt(row.amount) if row.kind == REFUND else flt(row.amount)


def _yen(amount: float) -> str:
	return f"{flt(amount):,.0f}"
