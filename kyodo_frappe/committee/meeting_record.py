"""Loading a meeting under a lock, and saving parts of it for users who may not edit the record as a whole."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import EXAMINED, WAITING

MEETING = "Kyodo Meeting"
# convened and not over yet
CALLED = (WAITING, EXAMINED)


def locked(meeting: str, right: str = "read") -> Document:
	"""Return the meeting, locked until the request ends. Raises PermissionError, also if it does not exist."""
	if not frappe.db.exists(MEETING, meeting):
		raise frappe.PermissionError
	locking.lock((MEETING, meeting))
	doc = frappe.get_doc(MEETING, meeting, for_update=True)
	doc.check_permission(right)
	return doc


def save_own_part(meeting: Document):
	"""Save a change that members or the chair may make: an answer, an opinion, a ruling, a check of the minutes.

	The caller has checked that the part belongs to the user.
	"""
	# portal users have no right to write the record as a whole
	meeting.flags.ignore_permissions = True
	with by_service(meeting):
		meeting.save()
