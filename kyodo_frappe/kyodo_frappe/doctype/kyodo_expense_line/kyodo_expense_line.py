from frappe.model.document import Document


class KyodoExpenseLine(Document):
	"""An expense in a budget."""
