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
