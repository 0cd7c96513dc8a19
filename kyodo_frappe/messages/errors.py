"""Errors of message rows and templates."""

import frappe


class InvalidDays(frappe.ValidationError):
	"""Raised when the days of a reminder are not a whole number within a year."""


class RequiredMessage(frappe.ValidationError):
	"""Raised when a message that users need would be disabled or not be mailed."""


class PrivateMessage(frappe.ValidationError):
	"""Raised when a confidential message would be sent to others than the persons concerned."""


class InvalidTemplate(frappe.ValidationError):
	"""Base class of the errors raised for a template that cannot be sent; raised itself for an empty or too long one."""


class UnknownFact(InvalidTemplate):
	"""Raised when a template uses a fact that its event does not have."""


class ForbiddenSyntax(InvalidTemplate):
	"""Raised when a template uses more of Jinja than facts, `if` and `for` over a fact."""


class ForbiddenMarkup(InvalidTemplate):
	"""Raised when a template contains scripts, forms or styles."""


class BrokenSyntax(InvalidTemplate):
	"""Raised when a template cannot be parsed."""


class TooComplex(InvalidTemplate):
	"""Raised when the conditions of a template are nested too deeply or compare values that cannot be compared."""


class LinkMissing(InvalidTemplate):
	"""Raised when a template lacks the link that its message needs."""
