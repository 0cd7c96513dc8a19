from frappe import _


def get_data():
	"""What belongs to a project, as its form links to it."""
	return {
		"fieldname": "project",
		"transactions": [
			{"label": _("Negotiation"), "items": ["Kyodo Agreement", "Kyodo Open Point", "Kyodo Plan Change"]},
			{"label": _("Partnership"), "items": ["Kyodo Progress Note", "Kyodo Expense"]},
			{"label": _("Evaluation"), "items": ["Kyodo Report", "Kyodo Evaluation Round"]},
		],
	}
