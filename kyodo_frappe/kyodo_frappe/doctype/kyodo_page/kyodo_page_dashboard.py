from frappe import _


def get_data():
	"""What belongs to a page, as its form links to it."""
	return {
		"fieldname": "page",
		"transactions": [{"label": _("Revision"), "items": ["Kyodo Page Comment", "Kyodo Page Version"]}],
	}
