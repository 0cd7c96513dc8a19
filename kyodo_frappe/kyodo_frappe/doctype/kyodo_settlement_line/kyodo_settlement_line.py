from frappe.model.document import Document


class KyodoSettlementLine(Document):
	"""A line of a settlement: planned, spent and recognised, in yen."""
