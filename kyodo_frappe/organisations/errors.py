"""Refusals of the room `organisations`."""

import frappe


class RegistrationIncomplete(frappe.ValidationError):
	"""Raised on applying for registration or renewal while answers or documents are missing; the message lists them."""


class RenewalNotOpen(frappe.ValidationError):
	"""Raised on renewing a registration before its renewal opens; the message names the first day."""


class DuplicateCorporateNumber(frappe.ValidationError):
	"""Raised on registering an organisation whose corporate number (法人番号) another registered one has."""


class ChangeNoticeOutdated(frappe.ValidationError):
	"""Raised on accepting a change notice (変更届) about an entry that has been changed since."""


class ImportListMissing(frappe.ValidationError):
	"""Raised on starting an import to which no list is attached."""


class ImportNotChecked(frappe.ValidationError):
	"""Raised on importing a list that has not been checked as it is now."""


class ImportRunning(frappe.ValidationError):
	"""Raised on starting or changing an import while one is running."""


class RepresentativeMissing(frappe.ValidationError):
	"""Raised on saving an organisation that would have no representative."""


class DocumentsFixed(frappe.ValidationError):
	"""Raised on changing the documents of a registration in a state in which they are fixed."""


class NoticePending(frappe.ValidationError):
	"""Raised on giving a second change notice (変更届) while one is examined."""


class InvalidNotice(frappe.ValidationError):
	"""Raised for a change notice about a field that takes no notice, or with a value that the field refuses."""


class NothingChanged(InvalidNotice):
	"""Raised for a change notice that says what is registered."""


class NotMergeable(frappe.ValidationError):
	"""Raised on merging two organisations that are not one, or into the wrong one of the two."""


class InvalidCorporateNumber(frappe.ValidationError):
	"""Raised for a corporate number (法人番号) without 13 digits or with a wrong check digit."""


class OrganisationNotRegistered(frappe.ValidationError):
	"""Raised for an act that presupposes a registration, after it has ended or before there is one."""


class NotAMember(frappe.ValidationError):
	"""Raised on handing the organisation over to somebody who does not belong to it."""
