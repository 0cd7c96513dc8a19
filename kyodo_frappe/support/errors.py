"""Refusals of this room that callers and tests tell apart."""

import frappe


class TooManyQuestions(frappe.ValidationError):
	"""A person has asked the centre as many questions as one may within a day."""


class RecordClosed(frappe.ValidationError):
	"""A case, a need or an offer is closed and has to be reopened first, or is open where a closed one is meant."""


class IntroductionError(frappe.ValidationError):
	"""Two parties cannot be introduced, or an introduction not be answered or concluded, as asked."""


class DispatchStateError(frappe.ValidationError):
	"""A dispatch is not in the state that an act needs: answered, over, or its day still to come."""


class SurveyQuestionsError(frappe.ValidationError):
	"""The questions of a survey are incomplete or share a code."""


class SurveyStateError(frappe.ValidationError):
	"""A survey is not in the state that an act needs: open already, not open, over, or nobody left to remind."""


class NobodyToAsk(frappe.ValidationError):
	"""No registered organisation meets the conditions of a survey."""


class InvalidAnswers(frappe.ValidationError):
	"""Raised for answers to a survey that are missing, too long, or none of the choices."""


class CaseOfOrganisation(frappe.ValidationError):
	"""Raised on inviting people to a case that belongs to an organisation already."""
