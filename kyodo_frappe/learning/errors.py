"""Refusals of this room that callers and tests tell apart."""

import frappe


class EventIncomplete(frappe.ValidationError):
	"""An event lacks what its visitors have to know: place, time, or the reason why it is called off."""


class EventStateError(frappe.ValidationError):
	"""The act is not possible in the event's state or on this day: announced already, still to come, or over."""


class RegistrationClosed(EventStateError):
	"""An event takes no registrations: called off, over, outside its period, full, or for another audience."""


class AlreadyRegistered(frappe.ValidationError):
	"""The person is registered for the event already."""


class InvalidLink(frappe.DoesNotExistError):
	"""The link of a mail opens no registration (any more)."""


class QuestionnaireError(frappe.ValidationError):
	"""Raised for a questionnaire or an answer that is refused: wrong choices, changed after sending, answered already, or empty."""


class NoCertificate(frappe.ValidationError):
	"""There is no certificate: the event gives none or was not held, or the person did not attend."""


class RevisionError(frappe.ValidationError):
	"""A page's text cannot be changed, or its revision not be continued, in its present stage."""


class CommentsUnanswered(RevisionError):
	"""A revision has comments without an answer; the message says how many."""


class CommentRefused(frappe.ValidationError):
	"""A comment on a page is incomplete or too long, or no comments are invited."""


class MarksFixed(frappe.ValidationError):
	"""The marks of a self-check no longer change: they are of an earlier day."""


class InvalidEventTimes(frappe.ValidationError):
	"""An event's hours, or its days of registration, contradict each other."""


class StandardPage(frappe.ValidationError):
	"""A page that comes with the app cannot be deleted."""


class MarksMissing(frappe.ValidationError):
	"""A self-check is handed in without a mark for each item."""


class InvalidSelfCheckMark(frappe.ValidationError):
	"""Raised for a mark of a self-check outside of its scale."""


class NoItems(frappe.ValidationError):
	"""Raised on beginning a self-check for which the programme has no items."""
