"""Asking the support centre for help with a draft (domain.md §1: it advises and helps to write, and has no vote)."""

import frappe
from frappe.model.document import Document

from kyodo_frappe import messages


def notify_support_centre(proposal: Document):
	"""Notify everybody at the support centre that an organisation asks for help."""
	messages.send(
		"Advice Asked",
		proposal,
		organisation_name=frappe.db.get_value("Kyodo Organisation", proposal.organisation, "organisation_name") or "",
		question=proposal.advice_question or "",
		may_write=proposal.advice_access == "Write",
	)
