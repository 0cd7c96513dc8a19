"""Refusals of letters and their wording."""

import frappe


class MissingWording(frappe.ValidationError):
	"""Raised when the programme has no row for a letter that has to be issued."""


class InvalidWording(frappe.ValidationError):
	"""Raised when the rows of a programme cannot be printed: an unknown token or an unsuitable print format."""


class DuplicateWording(InvalidWording):
	"""Raised when a programme has two rows for one type of letter."""


class InvalidApprovers(frappe.ValidationError):
	"""Raised when approvers are missing, or when a row names nobody."""


class NotYourTurn(frappe.PermissionError):
	"""Raised when a letter waits for the approval of somebody else, or for none."""


class ReasonMissing(frappe.ValidationError):
	"""Raised when a letter is returned or withdrawn without a reason."""


class NumberMissing(frappe.ValidationError):
	"""Raised when a letter with a number of the city's document system is issued without it."""


class NumberTaken(frappe.ValidationError):
	"""Raised when another letter of the programme has the number in this fiscal year."""


class NumberGiven(frappe.ValidationError):
	"""Raised when somebody changes a number that this app has given, or types one where the app gives it."""
