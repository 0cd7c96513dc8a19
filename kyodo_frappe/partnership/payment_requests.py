"""Requests for payment (請求): what an organisation may ask for in advance and after the settlement, and the office's answer.

Source: domain.md §7 "Money" (概算払 of 50 % or 80 % at most on the organisation's request, the rest after 確定). The account is on
permission level 1, which only the office reads; everybody else sees its last figures.
"""

import unicodedata

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate, now_datetime, nowdate

from kyodo_frappe import messages
from kyodo_frappe.common import typed_input
from kyodo_frappe.partnership import parties, payments, project_years
from kyodo_frappe.partnership.errors import (
	AccountMissing,
	AdvanceTooHigh,
	DateInFuture,
	InvalidPayment,
	NothingToAskFor,
	NotYourSide,
	PaymentExceedsSettlement,
	ProjectNotActive,
)
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme import years
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import WAITING, category_of, states

REQUEST = "Kyodo Payment Request"
ADVANCE, REST = KINDS = ("Advance", "On Settlement")
ACCOUNT = ("bank_name", "bank_branch", "account_type", "account_number", "account_holder")
ACCOUNT_TYPES = ("Ordinary Account", "Current Account", "Savings Account")
SHOWN_FIGURES = 3
MOST_FIGURES = 8
MOST_YEN = 10**12


# -- what may be asked for ---------------------------------------------------------------------------


def most(project: Document, kind: str, but: str = "", year: int | None = None) -> int:
	"""The most in yen that may be asked for now, beside what is paid, decided and asked for already in other requests than `but`.

	year: of the term of a project with amounts per year, by default as `year_to_ask_for`.
	"""
	year = year or year_to_ask_for(project, kind, but)
	asked = _asked(project.name, kind, but, year)
	if kind == REST:
		return max(0, payments.settled_of(project, year) - payments.bound_amount(project, year) - asked)
	if category_of(project) != WAITING or (year and payments.is_settled(project.name, year)):
		return 0
	left = payments.advance_limit(project, year) - payments.bound_advance(project, year) - asked
	return max(0, min(left, payments.granted_amount(project, year) - payments.bound_amount(project, year) - asked))


def year_to_ask_for(project: Document, kind: str, but: str = "") -> int | None:
	"""Return the default fiscal year of a request: the present one, or the first with a settled amount that is not paid yet; None for a project without amounts per year."""
	if not project.get(years.ROWS):
		return None
	if kind == REST:
		settled = project_years.settled(project)
		return next((year for year in settled if most(project, kind, but, year)), max(settled, default=project_years.year_for(project)))
	return project_years.year_for(project)


def _asked(project: str, kind: str, but: str, year: int | None) -> int:
	"""What the office has still to decide about, in yen."""
	waiting = {"project": project, "kind": kind, "workflow_state": ["in", states(REQUEST, WAITING)], "name": ["!=", but]}
	if year:
		waiting["fiscal_year"] = year
	return round(sum(frappe.get_all(REQUEST, waiting, pluck="amount", order_by="name")))


def check_amount(project: Document, kind: str, amount: float, left: int, year: int | None = None):
	"""Raise for an amount that is above `left` yen, or for a year that is not confirmed: ProjectNotActive, NothingToAskFor,
	PaymentExceedsSettlement, AdvanceTooHigh, InvalidPayment, YearOutsideTerm, YearNotConfirmed."""
	if year:
		project_years.check_confirmed(project, year)
	if not 0 < flt(amount) < MOST_YEN or flt(amount) != round(flt(amount)):
		frappe.throw(_("Please enter an amount in whole yen above 0."), exc=InvalidPayment)
	if flt(amount) <= left:
		return
	if kind == ADVANCE:
		_refuse_advance(project, amount, left, year)
	settled = payments.settled_of(project, year)
	if not settled and not payments.is_settled(project.name, year):
		frappe.throw(_("The rest can be asked for once the report has been accepted and the amount is settled."), exc=NothingToAskFor)
	frappe.throw(
		_("{0} yen are too much: {1} yen were settled, and {2} yen of it are left to be paid.").format(
			_yen(amount), _yen(settled), _yen(left)
		),
		exc=PaymentExceedsSettlement,
	)


def _refuse_advance(project: Document, amount: float, left: int, year: int | None):
	if category_of(project) != WAITING:
		frappe.throw(
			_("An advance can be asked for while the project is running. It is in the state {0}.").format(_(project.workflow_state)),
			exc=ProjectNotActive,
		)
	share = payments.advance_share(project)
	if not share:
		frappe.throw(_("In this programme, nothing is paid in advance."), exc=NothingToAskFor)
	frappe.throw(
		_("{0} yen are too much: at most {1} % of the {2} yen granted are paid in advance, and {3} yen of it are left.").format(
			_yen(amount), f"{share:.10g}", _yen(payments.granted_amount(project, year)), _yen(left)
		),
		exc=AdvanceTooHigh,
	)


def may_ask(project: Document) -> bool:
	"""Whether the user writes for the leading organisation of a project, to which it is paid."""
	return bool(project.organisation) and project.organisation in organisations_of(frappe.session.user, WRITERS)


def _check_may_ask(project: Document):
	if not may_ask(project):
		frappe.throw(_("Only the organisation's representatives and editors can do this."), exc=NotYourSide)


# -- asking -----------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def ask(
	project: str,
	kind: str,
	amount: str | int | float,
	bank_name: str = "",
	bank_branch: str = "",
	account_type: str = "",
	account_number: str = "",
	account_holder: str = "",
	fiscal_year: int | None = None,
) -> str:
	"""Ask for a payment in the name of the project's organisation; returns the name of the request.

	fiscal_year: of a project with amounts per year, by default as `year_to_ask_for`.

	Raises NotYourSide for others than the writers of the leading one, AccountMissing, and as `check_amount`.
	"""
	doc = parties.get_permitted("Kyodo Project", project, lock=True)
	_check_may_ask(doc)
	if kind not in KINDS:
		frappe.throw(_("Please choose what you ask for."), exc=InvalidPayment)
	yen = _read_amount(amount)
	year = (cint(fiscal_year) or year_to_ask_for(doc, kind)) if doc.get(years.ROWS) else None
	check_amount(doc, kind, yen, most(doc, kind, year=year), year)
	account = _checked_account(dict(zip(ACCOUNT, (bank_name, bank_branch, account_type, account_number, account_holder), strict=True)))
	request = frappe.get_doc({"doctype": REQUEST, "project": doc.name, "kind": kind, "amount": yen, "fiscal_year": year, **account})
	request.update({"requested_on": now_datetime().replace(microsecond=0), "requested_by": frappe.session.user})
	with by_service(request):
		# nobody may create requests or write the account but through this function, which has checked who asks
		request.insert(ignore_permissions=True)
	messages.send("Payment Asked", request)
	return request.name


def _read_amount(amount: str | int | float) -> float:
	df = frappe.get_meta(REQUEST).get_field("amount")
	return flt(typed_input.read(df, amount, _("Amount")) if isinstance(amount, str) else amount)


def _checked_account(given: dict[str, str]) -> dict[str, str]:
	"""The account as it is stored; its number in plain figures. Raises AccountMissing."""
	account = {field: unicodedata.normalize("NFKC", value or "").strip() for field, value in given.items()}
	account["account_number"] = account["account_number"].replace("-", "").replace(" ", "")
	meta = frappe.get_meta(REQUEST)
	if missing := [_(meta.get_label(field)) for field in ACCOUNT if not account[field]]:
		frappe.throw(_("Please fill in the account: {0}.").format(_(", ").join(missing)), exc=AccountMissing)
	if account["account_type"] not in ACCOUNT_TYPES:
		frappe.throw(_("Please choose the type of the account."), exc=AccountMissing)
	number = account["account_number"]
	if not (number.isascii() and number.isdigit() and len(number) <= MOST_FIGURES):
		frappe.throw(
			_("“{0}” is not an account number. It has up to {1} figures.").format(frappe.utils.escape_html(number), MOST_FIGURES),
			exc=AccountMissing,
		)
	return account


@frappe.whitelist(methods=["POST"])
def withdraw(payment_request: str) -> str:
	"""Withdraw a request that the office has not decided about, for example to name another account; returns the new state."""
	return move(parties.get_permitted(REQUEST, payment_request, lock=True), "Withdraw").workflow_state


# -- steps ------------------------------------------------------------------------------------


def check_step(request: Document, action: str):
	"""Check what a step requires beyond its workflow. Raises NotYourSide, DateInFuture, and as `check_amount`."""
	project = frappe.get_doc("Kyodo Project", request.project, for_update=True)
	if action == "Withdraw":
		_check_may_ask(project)
	if action == "Decide Payment":
		year = request.fiscal_year or None
		check_amount(project, request.kind, request.amount, most(project, request.kind, request.name, year), year)
	if action == "Record Payment" and getdate(request.paid_on) > getdate(nowdate()):
		frappe.throw(_("The payment date is in the future. Please enter the day on which it was paid."), exc=DateInFuture)


def on_decided(request: Document):
	"""Plan the payment in the project, in place of one that the office has planned for it, and notify the organisation."""
	project = frappe.get_doc("Kyodo Project", request.project)
	same = lambda row: row.kind == request.kind and (row.fiscal_year or 0) == (request.fiscal_year or 0)
	planned = next((row for row in project.payments if same(row) and not (row.paid_on or row.request)), None)
	row = planned or project.append("payments", {"kind": request.kind, "fiscal_year": request.fiscal_year})
	row.update({"amount": request.amount, "request": request.name, "planned_on": row.planned_on or nowdate()})
	_save_project(project)
	notify_answered(request)


def on_paid(request: Document):
	"""Record the payment in the project, and notify the organisation."""
	project = frappe.get_doc("Kyodo Project", request.project)
	for row in project.payments:
		if row.request == request.name:
			row.paid_on = request.paid_on
	_save_project(project)
	notify_answered(request)


def on_sent_back(request: Document):
	"""Take the planned payment out of the project again, and notify the organisation."""
	project = frappe.get_doc("Kyodo Project", request.project)
	kept = [row for row in project.payments if row.request != request.name]
	if len(kept) < len(project.payments):
		project.set("payments", kept)
		_save_project(project)
	notify_answered(request)


def _save_project(project: Document):
	project.flags.ignore_permissions = True  # the step of the request has been checked
	with by_service(project):
		project.save()


def notify_answered(request: Document):
	"""Notify the organisation of the office's answer."""
	parties.notify("Payment Answered", request, parties.ORGANISATION, state=_(request.workflow_state))


@frappe.whitelist(methods=["GET"])
def summary(payment_request: str) -> list[str]:
	"""Sentences for the form of the desk: what is granted, settled, paid, and what is left beside this request. Raises PermissionError."""
	request = parties.get_permitted(REQUEST, payment_request)
	project = frappe.get_doc("Kyodo Project", request.project)
	year = request.fiscal_year or None
	settled, share = payments.settled_of(project, year), f"{payments.advance_share(project):.10g}"
	most_advance = _("In advance at most {0} % of the grant, {1} yen.").format(share, _yen(payments.advance_limit(project, year)))
	granted, paid = payments.granted_amount(project, year), payments.paid_amount(project, year)
	return [
		*([era_year(year)] if year else []),
		_("Granted: {0} yen. Paid so far: {1} yen.").format(_yen(granted), _yen(paid)),
		*([_("Settled: {0} yen.").format(_yen(settled))] if settled else []),
		*([most_advance] if request.kind == ADVANCE else []),
	]


# -- the account ------------------------------------------------------------------------------


def reads_account(project: Document) -> bool:
	"""Whether the user reads accounts in full: the office, through a person who belongs to no organisation of the project."""
	return OFFICER in frappe.get_roles() and frappe.session.user not in parties.organisation_users(project)


def account_lines(request: Document, project: Document) -> list[tuple[str, str]]:
	"""[(label, text)] of the account; for all but the office only the last figures of its number and the bank."""
	full = reads_account(project)
	number = request.account_number or ""
	values = {
		"bank_name": request.bank_name,
		"bank_branch": request.bank_branch,
		"account_type": _(request.account_type) if request.account_type else "",
		"account_number": number if full else masked(number),
		"account_holder": request.account_holder if full else "",
	}
	return [(_(request.meta.get_label(field)), text) for field, text in values.items() if text]


def masked(number: str) -> str:
	"""An account number with its last figures only."""
	return "＊" * max(0, len(number) - SHOWN_FIGURES) + number[-SHOWN_FIGURES:] if len(number) > SHOWN_FIGURES else "＊" * len(number)


def _yen(amount: float) -> str:
	return f"{flt(amount):,.0f}"
