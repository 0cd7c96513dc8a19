"""Refusals of the partnership room, so that callers and tests can tell them apart without reading their sentences."""

import frappe

# -- who may act -----------------------------------------------------------------------------


class NotYourSide(frappe.PermissionError):
	"""The login does not write for the side of the project whose turn or record it is."""


class OfficeOnly(frappe.PermissionError):
	"""Only the office decides this, through a person who belongs to neither side."""


class MemberOfOrganisation(frappe.PermissionError):
	"""The login belongs to an organisation of the project and must not decide about it."""


class NoAnswerYet(frappe.PermissionError):
	"""A side settles its own open point before the other side has answered it."""


# -- projects --------------------------------------------------------------------------------


class ProjectNotStarted(frappe.ValidationError):
	"""The act presupposes a running project, and this one is still being planned."""


class ProjectNotActive(frappe.ValidationError):
	"""The state of the project rules the act out: it is over, or not over yet."""


class YearNotConfirmed(frappe.ValidationError):
	"""Money is asked for, or paid, for a year of the term that has not been confirmed, or has been ended."""


class InvalidProjectDates(frappe.ValidationError):
	"""Term, day of completion or reporting period of a project contradict each other."""


class ReportDocumentsMissing(frappe.ValidationError):
	"""A report is handed in without a document that goes with it."""


class TooEarlyToBegin(frappe.ValidationError):
	"""A project is begun before the first day for which it is granted."""


class NoBasis(frappe.ValidationError):
	"""A project without an agreement is begun before there is a decision on it."""


class DateInFuture(frappe.ValidationError):
	"""A note, expense, payment or completion bears a day that is still to come."""


class RolesMissing(frappe.ValidationError):
	"""A side has no role in the plan."""


# -- negotiation and agreements ----------------------------------------------------------------


class NotOpen(frappe.ValidationError):
	"""A point that is settled or withdrawn is answered, settled or withdrawn."""


class AgreementIncomplete(frappe.ValidationError):
	"""A draft is offered although something is missing (`agreements.missing_for_offer`)."""


class InvalidParties(AgreementIncomplete):
	"""The parties of a draft are not the section and the organisations of the project."""


class AgreementExists(frappe.ValidationError):
	"""The project already has an agreement, which is to be amended instead."""


class AgreementRequired(frappe.ValidationError):
	"""The programme or the form of collaboration does not accept a memorandum or minutes."""


class TextFixed(frappe.ValidationError):
	"""The text of an agreement is edited or amended in a state that does not allow it."""


class TextChanged(frappe.ValidationError):
	"""The text to be confirmed is not the one that was read."""


class CannotConfirm(frappe.ValidationError):
	"""The agreement is not on offer, not confirmed by all parties, or already confirmed by this party."""


# -- notes and changes -------------------------------------------------------------------------


class NoteFixed(frappe.ValidationError):
	"""The note has been acknowledged or the issue settled, so it cannot change any more."""


class NotAcknowledged(frappe.ValidationError):
	"""A side settles its own issue before the other side has acknowledged it."""


class NotAnIssue(frappe.ValidationError):
	"""A note of another kind is to be settled."""


class YearFixed(frappe.ValidationError):
	"""A change alters the amount of a year that has been settled or ended."""


class PlanUnchanged(frappe.ValidationError):
	"""A change is proposed that leaves the plan as it is."""


class PlanChanged(frappe.ValidationError):
	"""The plan has changed since the change was drafted from it."""


# -- money and reports ---------------------------------------------------------------------------


class InvalidExpense(frappe.ValidationError):
	"""The amount of an expense is not whole yen above 0, or its line is not in the plan."""


class ExpenseSettled(frappe.ValidationError):
	"""An accepted report covers the expense."""


class NotRecognisable(frappe.ValidationError):
	"""The office accepts a voucher that the rules of the programme exclude."""


class GrantExceedsPayable(frappe.ValidationError):
	"""A granted amount is above what may be paid for the plan's eligible cost."""


class InvalidPayment(frappe.ValidationError):
	"""A payment is not above 0 yen, exceeds the grant, or refunds more than was paid."""


class PaymentExceedsSettlement(InvalidPayment):
	"""More is to be paid than the final report settled."""


class AdvanceTooHigh(InvalidPayment):
	"""More is paid in advance than the programme or the agreement allows."""


class NothingToAskFor(frappe.ValidationError):
	"""A payment is asked for before anything is settled, or in advance where nothing is paid in advance."""


class AccountMissing(frappe.ValidationError):
	"""A request for payment lacks a part of the account, or its number is none."""


class PaymentOfRequest(InvalidPayment):
	"""A payment that an organisation has asked for is changed elsewhere than in its request."""


class PaymentMissing(frappe.ValidationError):
	"""A list of payments lacks one that was made."""


class UnbalancedPayments(frappe.ValidationError):
	"""What was paid and what was settled differ when the project is closed."""


class ResultMissing(frappe.ValidationError):
	"""A report is submitted without a result for one of its indicators."""


class NotSubmitted(frappe.ValidationError):
	"""A settlement line is examined while its report is not submitted."""


class NotVerified(frappe.ValidationError):
	"""A report is verified without the decision of a meeting."""


class GrantExceedsCeiling(frappe.ValidationError):
	"""A change raises the grant above the ceiling of its call."""
