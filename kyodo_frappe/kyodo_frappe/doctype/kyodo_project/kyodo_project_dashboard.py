"""The connections of a project's form."""

from frappe import _


def get_data():
	"""Records that link to a project."""
	return {
		"fieldname": "project",
		"transactions": [
			{"label": _("Negotiation"), "items": ["Kyodo Agreement", "Kyodo Open Point", "Kyodo Plan Change"]},
			{"label": _("Partnership"), "items": ["Kyodo Progress Note", "Kyodo Expense", "Kyodo Payment Request"]},
			{"label": _("Evaluation"), "items": ["Kyodo Report", "Kyodo Evaluation Round", "Kyodo Letter"]},
		],
	}
