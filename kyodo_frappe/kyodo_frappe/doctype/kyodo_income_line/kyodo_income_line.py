from frappe.model.document import Document


class KyodoIncomeLine(Document):
	"""An income of a proposal's budget, in whole yen."""
