"""Deleting a draft that has never been handed in.

The permission to delete decides who may (permissions/access.json); the guard refuses proposals in later states, which are withdrawn
instead. Before a draft with contributions of others is deleted, the page names them, and they are notified. Frappe keeps deleted records.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname

from kyodo_frappe import messages
from kyodo_frappe.messages import people
from kyodo_frappe.proposals.errors import DraftInUse, OthersWroteIn
from kyodo_frappe.workflows.spec import initial_state

PROPOSAL, COMMENT = "Kyodo Proposal", "Kyodo Comment"


def is_unsent(state: str) -> bool:
	"""Whether a proposal in a state has never been handed in: the guard deletes nothing later."""
	return state == initial_state(PROPOSAL)


def is_open(doc: Document) -> bool:
	"""Whether the current user may throw away a proposal."""
	return is_unsent(doc.workflow_state) and bool(doc.has_permission("delete"))


def contributors(doc: Document) -> dict[str, list[str]]:
	"""Return {user: what they did: "wrote", "commented"} of all others who have a part in a draft."""
	about = {"ref_doctype": doc.doctype, "docname": doc.name}
	wrote = {doc.owner, doc.modified_by, *frappe.get_all("Version", about, pluck="owner", order_by="creation asc")}
	commented = set(frappe.get_all(COMMENT, {"proposal": doc.name}, pluck="owner", order_by="creation asc"))
	found = {}
	for what, users in (("wrote", wrote), ("commented", commented)):
		for user in sorted(users - {frappe.session.user, *frappe.STANDARD_USERS}):
			found.setdefault(user, []).append(what)
	return found


def discard(doc: Document, seen: str = ""):
	"""Delete a draft with its comments and files. `doc`: locked, and open to deletion by the current user; `seen`: ticked.

	Raises OthersWroteIn where others have a part in it and `seen` is empty, DraftInUse for one that a consultation is about or that
	has been handed in.
	"""
	if not is_unsent(doc.workflow_state):
		frappe.throw(_("This proposal has been handed in. Please withdraw it instead."), DraftInUse)
	if frappe.db.exists("Kyodo Consultation", {"proposal": doc.name}):
		frappe.throw(_("A consultation about this draft has been recorded. Please withdraw the proposal instead."), DraftInUse)
	others = contributors(doc)
	if others and not seen:
		names = _("、").join(get_fullname(user) for user in others)
		frappe.throw(_("Others have a part in this draft: {0}. Please tick that you know.").format(names), OthersWroteIn)
	organisation, title = doc.organisation, doc.title
	for name in frappe.get_all(COMMENT, {"proposal": doc.name}, pluck="name", order_by="creation asc"):
		frappe.delete_doc(COMMENT, name, ignore_permissions=True)  # goes with its draft, whose deletion was checked
	frappe.delete_doc(PROPOSAL, doc.name)
	_tell(others, organisation, title)


def _tell(users: dict[str, list[str]], organisation: str | None, title: str):
	to = [person for user in users for person in people.recipient(user)]
	if to and organisation:
		record = frappe.get_doc("Kyodo Organisation", organisation)
		messages.send("Draft Discarded", record, to=to, title=title, person=get_fullname(frappe.session.user))
