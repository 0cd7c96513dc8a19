"""Refusals of the screening room, so that callers and tests can tell them apart without reading their sentences."""

import frappe


class QuestionsUnanswered(frappe.ValidationError):
	"""A screening is submitted before every question is answered."""


class ServiceAlreadyEntered(frappe.ValidationError):
	"""The section has entered this service for the fiscal year already."""


class SectionDisabled(frappe.ValidationError):
	"""The section is no longer in use."""


class NotInTeam(frappe.PermissionError):
	"""The login is not a member of the internal team."""


class OwnService(frappe.PermissionError):
	"""A member of the internal team reviews a service of their own section, or one they answered for."""


class WrongState(frappe.ValidationError):
	"""The screening is not in the state that the act presupposes."""


class ReviewIncomplete(frappe.ValidationError):
	"""Too few members of the internal team have given their view."""


class NoReviewers(ReviewIncomplete):
	"""Raised if the programme requires the view of an internal team that has no eligible members."""


class NotConcluded(frappe.ValidationError):
	"""A call or project is made from a screening whose result does not provide for it."""


class AlreadyCreated(frappe.ValidationError):
	"""The call or project of the screening exists already."""


class ScreeningRequired(frappe.ValidationError):
	"""A theme call does not come from a concluded screening of its programme."""


class ListHasErrors(frappe.ValidationError):
	"""Rows of an uploaded list are wrong and were not to be left out."""
