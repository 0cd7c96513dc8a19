"""Refusals of the committee's records and actions."""

import frappe


class NotImpartial(frappe.PermissionError):
	"""Raised when users decide, rule or write on a matter in which they have an interest (four eyes)."""


class ReasonRequired(frappe.ValidationError):
	"""Raised when a declaration, a ruling, a move or a selection comes without the reason it needs."""


class InvalidAttendance(frappe.ValidationError):
	"""Raised when a row of the attendance is no seat of the committee, is listed twice, or has impossible times."""


class SubstituteNotAllowed(InvalidAttendance):
	"""Raised when a substitute sits whom the programme or the committee does not provide for."""


class AnswerNotPossible(frappe.ValidationError):
	"""Raised when an answer to an invitation does not fit the meeting or comes at the wrong time."""


class WrongCommittee(frappe.ValidationError):
	"""Raised when a committee of this kind does not hold meetings of this type."""


class WrongProgramme(frappe.ValidationError):
	"""Raised when a record of another programme is put on the agenda."""


class NotAboutProposal(frappe.ValidationError):
	"""Raised when marks are entered or a decision is recorded for an item of the agenda that has no proposal."""


class MeetingOver(frappe.ValidationError):
	"""Raised when a meeting is changed that is no longer or not yet in a state for it."""


class NotReadyToClose(frappe.ValidationError):
	"""Raised when a meeting is closed that has open points: no decision, no quorum, contradicting votes."""


class InvalidResult(frappe.ValidationError):
	"""Raised when the result of a decision does not fit the step or the rules of the programme."""


class InvalidRank(InvalidResult):
	"""Raised when a reserve has no rank, or that of another reserve in the same line."""


class VotesContradictResult(InvalidResult):
	"""Raised when the recorded votes do not support the result."""


class AmountExceedsRequest(frappe.ValidationError):
	"""Raised when a decision grants more than was requested."""


class AmountExceedsPayable(frappe.ValidationError):
	"""Raised when a decision grants more than may be paid for the eligible cost."""


class AlreadyDecided(frappe.ValidationError):
	"""Raised when a second decision is recorded on an agenda item."""


class NothingRecorded(frappe.ValidationError):
	"""Raised when one of several records cannot be recorded, and so none of them is."""


class NotCorrectable(frappe.ValidationError):
	"""Raised when a decision cannot be corrected, or not to this result."""


class AlreadyAgreed(NotCorrectable):
	"""Raised when a correction would change a project on which both sides have agreed."""


class MarkingClosed(frappe.ValidationError):
	"""Raised when reviews of a meeting are marked before it is convened, after it, or after marking was closed."""


class IncompleteReview(frappe.ValidationError):
	"""Raised when a review is submitted without all marks."""


class MarkAlreadyEntered(frappe.ValidationError):
	"""Raised when a further mark is entered a second time other than to correct it."""


class MarkAfterDecision(frappe.ValidationError):
	"""Raised when a further mark is entered after the decision on the item."""


class UnknownFurtherMark(frappe.ValidationError):
	"""Raised when a further mark is entered that the rules for the proposal do not have."""


class FurtherMarkMissing(frappe.ValidationError):
	"""Raised when a proposal is decided before the further marks that count have been entered."""


class WrongStep(frappe.ValidationError):
	"""Raised when a review belongs to another step than its meeting."""


class MinutesNotChecked(frappe.ValidationError):
	"""Raised when minutes are confirmed before the members have checked them."""


class NotOnAgenda(frappe.ValidationError):
	"""Raised for an item or a proposal that is not on the agenda of the meeting."""


class InvalidAgenda(frappe.ValidationError):
	"""Raised for a meeting, or an item of its agenda, that lacks its day, subject or record."""


class InvalidSeats(frappe.ValidationError):
	"""Raised for a committee with two chairs, or with a member who is also a substitute."""


class InvalidInterest(frappe.ValidationError):
	"""Raised for a declared relation that is incomplete, or changed or ended otherwise than it can be."""


class PublicReview(frappe.ValidationError):
	"""Raised on closing a whole meeting to the public where the programme reviews in public."""


class MinutesNotCheckable(frappe.ValidationError):
	"""Raised when minutes are to be checked that are not written, confirmed, or being checked already."""
