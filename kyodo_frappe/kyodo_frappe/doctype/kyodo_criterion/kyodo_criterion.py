from frappe.model.document import Document


class KyodoCriterion(Document):
	"""A criterion of the committee (検討の指針)."""
