"""Errors of field values, files and role links."""

import frappe

from kyodo_frappe.common.errors import InvalidValue


class NumberTooLarge(InvalidValue):
	"""Raised for a number that its column cannot store."""


class TextTooLong(InvalidValue):
	"""Raised for a text that is longer than its column or its form allows."""


class HTMLNotAllowed(InvalidValue):
	"""Raised for a text with HTML tags."""


class ForeignFile(frappe.PermissionError):
	"""Raised when a field refers to a file of another record or to a URL."""


class UnsafePublicFile(frappe.ValidationError):
	"""Raised when a public file could be executed in a browser."""


class RoleNotLinkable(frappe.ValidationError):
	"""Base class of the errors raised when a role cannot be linked to a role of this app."""


class AppRoleNotLinkable(RoleNotLinkable):
	"""Raised for a role of this app."""


class SystemRoleNotLinkable(RoleNotLinkable):
	"""Raised for a role of Frappe."""


class WritingRoleNotLinkable(RoleNotLinkable):
	"""Raised for a role that may change records of this app."""


class RemoteFile(frappe.ValidationError):
	"""Raised when a URL is attached to a record instead of a file."""
