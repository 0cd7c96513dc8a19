import frappe

from kyodo_frappe.rules.era import era_date


def get_context(context: dict) -> dict:
	"""What the subject and the message name besides the document."""
	report = context["doc"]
	return {
		"due_on": era_date(report.due_date),
		"project_name": frappe.db.get_value("Kyodo Project", report.project, "project_name"),
	}
