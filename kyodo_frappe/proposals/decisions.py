"""The decisions on a proposal."""

import frappe
from frappe.model.document import Document


def last_decision(proposal: str) -> Document | None:
	"""Return the last submitted decision on a proposal, or None."""
	name = _of_last_decision(proposal, "name")
	return frappe.get_doc("Kyodo Decision", name) if name else None


def result_in_state(proposal: str, state: str) -> str | None:
	"""Return the result of the last submitted decision if it was made in this state of the proposal."""
	result, from_state = _of_last_decision(proposal, ["result", "from_state"]) or (None, None)
	return result if from_state == state else None


def _of_last_decision(proposal: str, fields: str | list[str]):
	return frappe.db.get_value("Kyodo Decision", {"proposal": proposal, "docstatus": 1}, fields, order_by="creation desc")
