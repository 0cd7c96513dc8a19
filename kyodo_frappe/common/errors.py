"""Errors that rooms share, and the site's counterparts of the errors of rules/."""

from functools import cache

import frappe

from kyodo_frappe.rules.errors import RuleError


class InvalidValue(frappe.ValidationError):
	"""Raised when a value does not fit the type or the limits of its field."""


class InvalidNumber(InvalidValue):
	"""Raised for text that is no number, or not the only one that it could mean."""


class InvalidDate(InvalidValue):
	"""Raised for text that is no date, or not the only one that it could mean."""


class InputMissing(frappe.MandatoryError):
	"""Raised when something that an act needs has not been entered, chosen, attached or ticked."""


class InvalidChoice(InvalidValue):
	"""Raised for a choice that is not offered, or not to this user."""


class InvalidPeriod(InvalidValue):
	"""Raised for days that contradict each other, or that are over or still to come where they must not be."""


class ListedTwice(frappe.ValidationError):
	"""Raised when a person, code or record is listed a second time where it can be listed once."""


class TooMany(frappe.ValidationError):
	"""Raised for more records at once, or in all, than are taken."""


class RowMissing(frappe.ValidationError):
	"""Raised when a row that a request names has been removed."""


class FileMissing(frappe.ValidationError):
	"""Raised when a file that was kept is no longer there."""


class NobodyLeft(frappe.ValidationError):
	"""Raised on reminding when nobody has to be reminded any more."""


class DoneToday(frappe.ValidationError):
	"""Raised on doing a second time on one day what is done once a day."""


class PrintingUnavailable(frappe.ValidationError):
	"""Raised when the server lacks a library that PDFs need."""


class InvalidRequest(frappe.ValidationError):
	"""Raised when the JSON of a request is not shaped as its function expects."""


class FileNotAccepted(frappe.ValidationError):
	"""Raised when an upload has no name, is empty or too large, or is of a type that is not accepted."""


class FileContentMismatch(FileNotAccepted):
	"""Raised when an upload is damaged or its content does not match its extension."""


class WorkbookNotReadable(frappe.ValidationError):
	"""Raised when an upload is not an Excel file, is damaged, or exceeds the limits of a form."""


class UnreadableList(frappe.ValidationError):
	"""Raised for an uploaded list that cannot be read; the message says what to do."""


class ReportIsPublished(frappe.ValidationError):
	"""Raised when a published annual report is edited or deleted."""


class ForbiddenAddress(ValueError):
	"""Raised when a paper refers to a URL that printing must not open."""


class CorrectionSent(frappe.ValidationError):
	"""Raised on changing or removing a correction that has been sent."""


class ChangedMeanwhile(frappe.ValidationError):
	"""Raised on acting on a record that somebody else has changed since it was read."""


class CorrectionReasonMissing(frappe.MandatoryError):
	"""Raised when a record is returned for correction without any reason."""


class TermNotAvailable(frappe.ValidationError):
	"""Raised when a disabled term is chosen for a record."""


class TermFixed(frappe.ValidationError):
	"""Raised when a change of a term would affect code or records that use it."""


class DuplicateWord(frappe.ValidationError):
	"""Raised when two terms of a DocType would have the same word."""


class RuleViolation(frappe.ValidationError):
	"""Base class of the errors raised for a RuleError, with its message translated for the user."""


@cache
def violation_of(error: type[RuleError]) -> type[RuleViolation]:
	"""Return the ValidationError that is raised for a class of RuleErrors.

	It has the name of the RuleError, which is `exc_type` over HTTP, and follows its inheritance.
	"""
	if error is RuleError:
		return RuleViolation
	bases = tuple(violation_of(base) for base in error.__bases__ if issubclass(base, RuleError))
	return type(error.__name__, bases, {"__doc__": error.__doc__})


class UnknownField(frappe.ValidationError):
	"""Raised for a correction of a field that the record does not have."""
