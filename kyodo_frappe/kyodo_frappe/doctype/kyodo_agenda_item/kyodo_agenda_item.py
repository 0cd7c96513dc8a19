from frappe.model.document import Document


class KyodoAgendaItem(Document):
	"""An item of a meeting's agenda: subject, discussion, votes, result."""
