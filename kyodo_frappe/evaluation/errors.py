"""Refusals of the mutual evaluation."""

import frappe


class CityOpensRound(frappe.PermissionError):
	"""Raised when an organisation opens a round itself; it may only ask for one."""


class RoundNotPossible(frappe.ValidationError):
	"""Raised when a project is not evaluated in this phase or state."""


class ProjectNotRunning(RoundNotPossible):
	"""Raised when the project did not run in the year of the round."""


class InvalidMark(frappe.ValidationError):
	"""Raised when a mark is not a number on the scale of the programme."""


class IncompleteSheet(frappe.ValidationError):
	"""Raised when a sheet is submitted without a mark."""


class MarkReasonRequired(IncompleteSheet):
	"""Raised when a low mark is submitted without its reason."""


class SheetSubmitted(frappe.ValidationError):
	"""Raised when a sheet is changed that has been submitted."""


class SubmittedSheetFixed(frappe.PermissionError):
	"""Raised when a sheet is saved that has been submitted, or whose round is no longer open."""


class DialogueNotOpen(frappe.ValidationError):
	"""Raised when the dialogue is written before both sides are in, or after it is concluded."""


class UnknownItem(frappe.ValidationError):
	"""Raised when a round has no item of that code."""


class NoRecord(frappe.ValidationError):
	"""Raised when a side agrees to a record that nobody has written."""


class RecordNotAgreed(frappe.ValidationError):
	"""Raised when a side concludes the dialogue before both agree to its record."""


class BothSidesEvaluate(frappe.ValidationError):
	"""Raised when a round is closed one-sided although the organisation can still evaluate."""


class CitySheetMissing(frappe.ValidationError):
	"""Raised when a round is closed one-sided before the city has submitted its sheet."""


class ModelReasonRequired(frappe.ValidationError):
	"""Raised when a project is proposed as a model without saying why."""


class NextYearTooEarly(frappe.ValidationError):
	"""Raised when a year is confirmed or ended before the years ahead of it are."""


class LookMissing(NextYearTooEarly):
	"""Raised when the next year is confirmed before the mid-term look, or although that came to the outcome to end."""


class YearAlreadyAnswered(frappe.ValidationError):
	"""Raised when a year that is confirmed, ended or not granted is to be confirmed or ended."""


class InvalidNextYear(frappe.ValidationError):
	"""Raised when a year is confirmed with another amount than it may have, or changed or ended without a reason."""


class OwnSideOpensRound(frappe.ValidationError):
	"""Raised on asking for an evaluation that one's own side can open."""


class RoundExists(RoundNotPossible):
	"""Raised on opening, or asking for, an evaluation that there is already."""


class NothingToEvaluate(RoundNotPossible):
	"""Raised on opening an evaluation of a project without principles and indicators."""


class VerifiedByMeeting(frappe.ValidationError):
	"""Raised on verifying an evaluation otherwise than by a meeting."""


class ItemsFixed(frappe.ValidationError):
	"""Raised on changing the items of an evaluation sheet."""
