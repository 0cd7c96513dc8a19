"""Payments to a project in parts, and refunds (概算払・部分払・精算払・返還)."""

from fractions import Fraction

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

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
from kyodo_frappe.programme import payable
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.settlement import Payable
from kyodo_frappe.workflows.guard import changed_fields
from kyodo_frappe.workflows.states import DECIDED, states

ADVANCE, REFUND = "Advance", "Refund"


def paid_amount(project: Document) -> int:
	"""What the organisation has received in yen, less refunds."""
	return round(sum(_signed_amount(row) for row in project.payments if row.paid_on))


def check_grant(project: Document):
	"""Raise GrantExceedsPayable for a new granted amount above what may be paid for the plan.

	What a decision or an approved change grants was checked when that was recorded.
	"""
	before = project.get_doc_before_save()
	if project.flags.kyodo_service or flt(project.granted_amount) <= flt(before.granted_amount if before else 0):
		return
	check_amount(payable.of_plan(project, project), project.granted_amount)


def grant_error(project: Document) -> str | None:
	"""A sentence where more is granted than may be paid for the plan as it stands; None otherwise."""
	found = payable.of_plan(project, project)
	if found.limit is None or flt(project.granted_amount) <= found.limit:
		return None
	text = _(
		"{0} yen are granted, more than can be paid for the plan's costs. {1} Please correct the plan, or ask the office to reduce the granted amount."
	)
	return text.format(_yen(project.granted_amount), payable.explain(found))


def check_amount(found: Payable, amount: float):
	"""Raise GrantExceedsPayable for an amount above what may be paid, with the computation."""
	if found.limit is not None and flt(amount) > found.limit:
		frappe.throw(
			_("The granted amount of {0} yen is {1} yen more than can be paid. {2}").format(
				_yen(amount), _yen(flt(amount) - found.limit), payable.explain(found)
			),
			exc=GrantExceedsPayable,
		)


def check_payments(project: Document):
	"""Check changed payments of a project. Raises InvalidPayment, AdvanceTooHigh, DateInFuture, PaymentMissing, PaymentOfRequest."""
	before = project.get_doc_before_save()
	if before and "payments" not in changed_fields(project, before):
		return
	_check_none_missing(project, before)
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
	total = _total(project)
	if total > flt(project.granted_amount):
		frappe.throw(
			_("The payments total {0} yen and exceed the {1} yen granted.").format(_yen(total), _yen(project.granted_amount)),
			exc=InvalidPayment,
		)
	_check_settled(project, before, total)
	_check_advance(project, before)
	_check_requests(project, before)
	if paid_amount(project) < 0:
		frappe.throw(_("The refunds exceed the payments. Please check the payments."), exc=InvalidPayment)


def _check_settled(project: Document, before: Document | None, total: int):
	"""Keep payments within the settled amount, once the final report is accepted; what was paid before it is refunded."""
	if not before or not is_settled(project.name):
		return
	settled = settled_amount(project.name)
	for sums in ((total, _total(before)), (paid_amount(project), paid_amount(before))):
		if sums[0] > max(settled, sums[1]):
			frappe.throw(
				_("The payments total {0} yen. {1} yen were settled, so {2} yen are too much.").format(
					_yen(sums[0]), _yen(settled), _yen(sums[0] - settled)
				),
				exc=PaymentExceedsSettlement,
			)


def _check_advance(project: Document, before: Document | None):
	"""Keep what is paid in advance within the share that the programme or the agreement allows; what stood above it may stay."""
	advance, limit = _advance(project), advance_limit(project)
	if advance > max(limit, _advance(before) if before else 0):
		frappe.throw(
			_("{0} yen are paid in advance, more than {1} % of the {2} yen granted ({3} yen).").format(
				_yen(advance), f"{advance_share(project):.10g}", _yen(project.granted_amount), _yen(limit)
			),
			exc=AdvanceTooHigh,
		)


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


def advance_limit(project: Document) -> int:
	"""The most that may be paid in advance, in yen."""
	return int(
		Fraction(str(flt(project.granted_amount))) * Fraction(str(advance_share(project))) / 100
	)  # exact: 70.1 % of 3,000 is 2,102.99… in floats


def _advance(project: Document) -> int:
	return round(sum(flt(row.amount) for row in project.payments if row.kind == ADVANCE))


def bound_advance(project: Document) -> int:
	"""What is paid in advance, or decided to be."""
	return round(sum(flt(row.amount) for row in _bound(project) if row.kind == ADVANCE))


def bound_amount(project: Document) -> int:
	"""What is paid, or decided on a request, less refunds; a payment that is only planned is taken over by the request for it."""
	return round(sum(_signed_amount(row) for row in _bound(project)))


def _bound(project: Document) -> list[Document]:
	return [row for row in project.payments if row.paid_on or row.request]


def _total(project: Document) -> int:
	return round(sum(_signed_amount(row) for row in project.payments))


def is_settled(project: str) -> bool:
	"""Whether the final report of a project has been accepted (額の確定)."""
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
	whole = settled_amount(project.name) if is_settled(project.name) else round(flt(project.granted_amount))
	return max(0, whole - paid_amount(project))


def _signed_amount(row: Document) -> float:
	return -flt(row.amount) if row.kind == REFUND else flt(row.amount)


def _yen(amount: float) -> str:
	return f"{flt(amount):,.0f}"
