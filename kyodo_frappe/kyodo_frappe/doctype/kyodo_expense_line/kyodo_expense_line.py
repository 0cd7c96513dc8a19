from frappe.model.document import Document


class KyodoExpenseLine(Document):
	"""An expense of a proposal's budget, in whole yen."""
