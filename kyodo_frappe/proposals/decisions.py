"""The decisions on a proposal."""

import frappe
from frappe.model.document import Document


def last_decision(proposal: str) -> Document | None:
	"""Return the last submitted decision on a proposal, or None."""
	name = _of_last_decision(proposal, "name")
	return frappe.get_doc("Kyodo Decision", name) if name else None


def decision_on(proposal: Document) -> Document | None:
	"""As `last_decision`. `flags.kyodo_last_decision`: that decision, where the act that carries it out has it."""
	return proposal.flags.kyodo_last_decision or last_decision(proposal.name)


def result_in_state(proposal: Document) -> str | None:
	"""Return the result of the last submitted decision if it was made in the state of the proposal."""
	if known := proposal.flags.kyodo_last_decision:
		result, from_state = known.result, known.from_state
	else:
		result, from_state = _of_last_decision(proposal.name, ["result", "from_state"]) or (None, None)
	return result if from_state == proposal.workflow_state else None


def _of_last_decision(proposal: str, fields: str | list[str]):
	return frappe.db.get_value("Kyodo Decision", {"proposal": proposal, "docstatus": 1}, fields, order_by="creation desc")
