"""Errors of the workflow guard, besides Frappe's WorkflowPermissionError and WorkflowTransitionError."""

import frappe
from frappe.model.workflow import WorkflowPermissionError


class FourEyesRequired(WorkflowPermissionError):
	"""Raised when a user takes a four-eyes step on a record of their own."""


class ConditionNotMet(WorkflowPermissionError):
	"""Raised when the condition of a transition is not met."""


class NotEditable(frappe.PermissionError):
	"""Raised when none of the user's roles may edit the record in its state."""


class ContentFrozen(frappe.PermissionError):
	"""Raised when an edit would change content that is frozen in the state of the record."""


class FieldReserved(frappe.PermissionError):
	"""Raised when an edit would change a field or column that is reserved for other roles."""


class RecordKept(frappe.PermissionError):
	"""Raised when a record is deleted that has left its first state."""


class RowWithoutRecord(frappe.PermissionError):
	"""Raised when a child row is saved or deleted by itself."""


class CategoryMissing(frappe.ValidationError):
	"""Raised when a state of a Workflow has no category."""
