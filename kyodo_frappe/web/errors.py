"""Errors of pages, forms and the appearance of a programme."""

import frappe


class FormOutdated(frappe.ValidationError):
	"""Raised when another user has saved the record since the form was opened."""

	http_status_code = 409


class OpenedByAnotherUser(frappe.PermissionError):
	"""Raised when a form was opened by another user of the same browser."""


class InvalidPicture(frappe.ValidationError):
	"""Raised when the picture of a programme is not an image."""


class TextAlternativeMissing(frappe.ValidationError):
	"""Raised when the picture of a programme has no text alternative."""


class DuplicateMenuEntry(frappe.ValidationError):
	"""Raised when the menu of a programme contains an entry twice."""


class UnknownPhrase(frappe.ValidationError):
	"""Raised when a phrase to be reworded is not in the catalogue."""


class InvalidPlaceholders(frappe.ValidationError):
	"""Raised when a rewording contains placeholders that nothing fills."""


class InvalidPaperForm(frappe.ValidationError):
	"""Raised for a paper form whose print format cannot print the paper."""
