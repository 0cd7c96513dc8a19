"""The support centre is asked into a draft, and helps (domain.md §1: it advises, helps to write, has no vote)."""

import frappe
from frappe.model.document import Document
from frappe.utils import get_url

from kyodo_frappe.permissions.roles import SUPPORT


def tell_support_centre(proposal: Document):
	"""Mail everybody at the support centre that a group asks for help."""
	addresses = support_addresses()
	if not addresses:
		return
	programme = frappe.get_cached_doc("Kyodo Programme", proposal.programme)
	frappe.sendmail(
		recipients=addresses,
		subject=f"【{programme.municipality_name}】提案づくりの相談の依頼がありました",
		template="kyodo_advice_asked",
		args={
			"organisation": frappe.db.get_value("Kyodo Organisation", proposal.organisation, "organisation_name") or "",
			"title": proposal.title,
			"question": proposal.advice_question or "",
			"may_write": proposal.advice_access == "Write",
			"link": get_url(f"/kyodo/my/proposals/{proposal.name}"),
			"sender": "　".join(filter(None, [programme.municipality_name, programme.entrance_name])),
		},
		reference_doctype=proposal.doctype,
		reference_name=proposal.name,
		add_unsubscribe_link=0,  # part of the work, not a newsletter
	)


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
