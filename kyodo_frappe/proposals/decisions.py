"""The decisions on a proposal."""

import frappe
from frappe.model.document import Document


def last_decision(proposal: str) -> Document | None:
	"""Return the last submitted decision on a proposal, or None."""
	name = frappe.db.get_value("Kyodo Decision", {"proposal": proposal, "docstatus": 1}, "name", order_by="creation desc")
	return frappe.get_doc("Kyodo Decision", name) if name else None
