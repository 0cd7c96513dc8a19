"""What stands between a draft of an agreement and offering it, for the desk's form."""

import frappe

from kyodo_frappe.services import agreements


@frappe.whitelist(methods=["GET"])
def before_offering(agreement: str) -> dict:
	"""{missing: [sentences], differs: [labels of what the plan says otherwise]}. Raises PermissionError."""
	doc = frappe.get_doc(agreements.AGREEMENT, agreement)
	doc.check_permission("read")
	return {"missing": agreements.missing_parts(doc), "differs": agreements.differs_from_plan(doc)}
