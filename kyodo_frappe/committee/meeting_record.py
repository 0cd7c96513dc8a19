"""The record of a meeting: opened under a lock, and written for people who have no right to edit it as a whole."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import EXAMINED, WAITING

MEETING = "Kyodo Meeting"
# not over yet, and its members have been called
CALLED = (WAITING, EXAMINED)


def locked(meeting: str, right: str = "read") -> Document:
	"""The meeting as it is now, until this request is over. PermissionError, also for one that is not there."""
	if not frappe.db.exists(MEETING, meeting):
		raise frappe.PermissionError
	locking.lock((MEETING, meeting))
	doc = frappe.get_doc(MEETING, meeting, for_update=True)
	doc.check_permission(right)
	return doc


def save_own_part(meeting: Document):
	"""Store what a member or a chair may change of the record (an answer, an opinion, a ruling, a check of the minutes);
	that it is theirs, the caller has checked."""
	# a login of the portal may not edit the record of a meeting otherwise
	meeting.flags.ignore_permissions = True
	with by_service(meeting):
		meeting.save()
