from frappe.model.document import Document


class KyodoFurtherMark(Document):
	"""A mark that the office enters as a total: of a second round, of the public (市民投票)."""
