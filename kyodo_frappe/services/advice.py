"""The support centre is asked into a draft, and helps (domain.md §1: it advises, helps to write, has no vote)."""

import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.roles import SUPPORT
from kyodo_frappe.services import mail


def tell_support_centre(proposal: Document):
	"""Mail everybody at the support centre that a group asks for help."""
	args = {
		"organisation": frappe.db.get_value("Kyodo Organisation", proposal.organisation, "organisation_name") or "",
		"title": proposal.title,
		"question": proposal.advice_question or "",
		"may_write": proposal.advice_access == "Write",
		"link": mail.address(f"/kyodo/my/proposals/{proposal.name}"),
	}
	for email in support_addresses():
		mail.to_person(email, "提案づくりの相談の依頼がありました", "kyodo_advice_asked", args, proposal, proposal.programme)


def support_addresses() -> list[str]:
	"""E-mail addresses of the support centre's enabled logins."""
	user, role = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	rows = (
		frappe.qb.from_(user)
		.join(role)
		.on((role.parent == user.name) & (role.parenttype == "User"))
		.select(user.email)
		.where((role.role == SUPPORT) & (user.enabled == 1) & user.email.isnotnull())
		.orderby(user.email)
		.run()
	)
	return [row[0] for row in rows]
