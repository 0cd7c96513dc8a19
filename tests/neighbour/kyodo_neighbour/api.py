import frappe


@frappe.whitelist(methods=["GET", "POST"])
def answer(doctype: str = "") -> str:
	"""What an app of the city's answers to whoever is logged in."""
	return f"for {frappe.session.user} about {doctype}"
