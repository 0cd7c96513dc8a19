"""The choices of a form field that links to other records."""

import frappe
from frappe.model.document import Document

MAX_CHOICES = 500


def of_link(df: Document) -> list[tuple[str, str]]:
	"""[(name, title)] of the records that the user may read, after an empty choice."""
	if not frappe.has_permission(df.options, "read"):
		return [("", "")]
	title = frappe.get_meta(df.options).get_title_field()
	rows = frappe.get_list(df.options, fields=list(dict.fromkeys(["name", title])), order_by=f"{title} asc", limit=MAX_CHOICES)
	return [("", ""), *((row.name, str(row.get(title) or row.name)) for row in rows)]
