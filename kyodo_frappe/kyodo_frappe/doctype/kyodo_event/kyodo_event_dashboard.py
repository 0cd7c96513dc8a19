from frappe import _


def get_data():
	"""What belongs to an event, as its form links to it."""
	return {"fieldname": "event", "transactions": [{"label": _("Registrations"), "items": ["Kyodo Event Registration"]}]}
