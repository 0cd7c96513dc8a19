"""Refusals of the room `proposals`."""

import frappe


class ProposalIncomplete(frappe.ValidationError):
	"""Raised on handing in a proposal while required fields, documents or the acknowledgement are missing."""


class ConsentMissing(ProposalIncomplete):
	"""Raised on handing in a proposal, or receiving one from paper, while only the consent of a side is missing."""


class ProposalLate(frappe.ValidationError):
	"""Raised on handing in after the deadline of this year's budget without consent to the next round (鎌倉 2(2)1(4))."""


class DocumentsLate(frappe.ValidationError):
	"""Raised on handing in the documents after the section talk when their day is past, or on asking for them by such a day."""


class DocumentsNotHandedIn(frappe.ValidationError):
	"""Raised on referring a proposal to a meeting before the documents after the section talk are in."""


class TextNotOpen(frappe.ValidationError):
	"""Raised for a change of a part that is not written with the documents after the section talk."""


class RequestedAmountTooHigh(frappe.ValidationError):
	"""Raised on handing in a proposal that requests more than the ceiling or the rate of its call allows."""


class EarlyStartNotPossible(frappe.ValidationError):
	"""Raised when an early start is requested or answered before submission or after the decision, twice, or without need."""


class NotNextInLine(frappe.ValidationError):
	"""Raised on moving up a reserve while another one is before it."""


class NotRepresentative(frappe.PermissionError):
	"""Raised when somebody declines an adoption who is no representative of the organisation."""


class InvalidDeclineLetter(frappe.ValidationError):
	"""Raised where the office records that an organisation declines, without the date of its letter or with one in the future."""


class DeclineTooLate(frappe.ValidationError):
	"""Raised on declining an adoption whose project is completed."""


class CallNotAvailable(frappe.ValidationError):
	"""Raised on choosing a call that is not published, or belongs to another programme."""


class ProposalNotEditable(frappe.ValidationError):
	"""Raised on reading a form into a proposal that is neither a draft nor returned."""


class NotTheExcelForm(frappe.ValidationError):
	"""Raised for a workbook in which nothing of the city's form is found."""


class ConsultationWithoutSubject(frappe.ValidationError):
	"""Raised for a consultation that is neither about a proposal nor, as advice before there is a draft, about an organisation."""


class EnquiryRefused(frappe.ValidationError):
	"""Raised for a question about a call that takes none, and for one that is empty or too long."""


class EnquiryUnanswered(frappe.ValidationError):
	"""Raised on publishing a question about a call without its answer."""


class DraftInUse(frappe.ValidationError):
	"""Raised on throwing away a draft that was handed in, or that a consultation is about."""


class OthersWroteIn(frappe.ValidationError):
	"""Raised on throwing away a draft in which others have a part, unless one has ticked to know."""


class NotWithSection(frappe.ValidationError):
	"""Raised for an opinion of the section in a consultation that was not held with it."""


class NotAPartner(frappe.ValidationError):
	"""Raised on inviting an organisation that cannot take part, or takes part already."""


class NotTurnedDown(frappe.ValidationError):
	"""Raised on proposing again what was not turned down."""
