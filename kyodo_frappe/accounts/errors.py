"""Refusals of the room `accounts`."""

import frappe


class TooManyInvitations(frappe.ValidationError):
	"""Raised on sending more invitations to one address, or by one person, than a day allows."""


class LoginNotInvitable(frappe.ValidationError):
	"""Raised on inviting a login that only an administrator of the site can give access to."""


class SystemManagerMissing(frappe.ValidationError):
	"""Raised on creating a first desk user whom Frappe 15 would make a System Manager."""


class SeatTaken(frappe.ValidationError):
	"""Raised on inviting somebody to a seat of a committee that another person has."""


class RoleMissing(frappe.ValidationError):
	"""Raised on inviting somebody without a role in the organisation."""


class AlreadyMember(frappe.ValidationError):
	"""Raised on inviting somebody who is a member of the organisation."""


class InvitationOver(frappe.ValidationError):
	"""Raised on answering or revoking an invitation that was accepted or revoked, or whose organisation has left."""


class LinkExpired(frappe.ValidationError):
	"""Raised for a link of a mail that is no longer valid."""


class LoginExists(frappe.ValidationError):
	"""Raised on signing up with an address that has a login."""


class NameMissing(frappe.ValidationError):
	"""Raised on signing up without a name."""


class SecondFactorRefused(frappe.ValidationError):
	"""Raised for a wrong code of the second factor, and where it cannot be taken or left."""


class WeakPassword(frappe.ValidationError):
	"""Raised for a password that is too short, or that the site's policy refuses."""


class NoSuccessor(frappe.ValidationError):
	"""Raised on handing something over to somebody who cannot take it on."""


class LoginFailed(frappe.ValidationError):
	"""Raised for a wrong address or password; the sentence does not say which."""


class InvitationNeeded(frappe.ValidationError):
	"""Raised on signing up where logins are given by invitation."""
