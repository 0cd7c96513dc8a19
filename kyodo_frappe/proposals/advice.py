"""The support centre is asked into a draft, and helps (domain.md §1: it advises, helps to write, has no vote)."""

import frappe
from frappe.model.document import Document

from kyodo_frappe import messages


def tell_support_centre(proposal: Document):
	"""Tell everybody at the support centre that a group asks for help."""
	messages.send(
		"Advice Asked",
		proposal,
		organisation_name=frappe.db.get_value("Kyodo Organisation", proposal.organisation, "organisation_name") or "",
		question=proposal.advice_question or "",
		may_write=proposal.advice_access == "Write",
	)
