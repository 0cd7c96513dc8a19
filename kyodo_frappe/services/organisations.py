"""Registration of organisations over the years."""

import frappe
from frappe.utils import nowdate

from kyodo_frappe.workflows.guard import move


def expire_registrations(today: str | None = None) -> list[str]:
	"""Daily: registrations whose term is over expire; returns the organisations. They renew with last year's answers."""
	over = frappe.get_all(
		"Kyodo Organisation",
		{"workflow_state": "Registered", "valid_until": ["<", today or nowdate()]},
		pluck="name",
		order_by="name",
	)
	for name in over:
		move(frappe.get_doc("Kyodo Organisation", name), "Expire")
	return over
