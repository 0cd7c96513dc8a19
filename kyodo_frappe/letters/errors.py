"""Refusals of letters and their wording."""

import frappe


class MissingWording(frappe.ValidationError):
	"""Raised when the programme has no row for a letter that has to be issued."""


class InvalidWording(frappe.ValidationError):
	"""Raised when the rows of a programme cannot be printed: an unknown token or an unsuitable print format."""


class DuplicateWording(InvalidWording):
	"""Raised when a programme has two rows for one type of letter."""
