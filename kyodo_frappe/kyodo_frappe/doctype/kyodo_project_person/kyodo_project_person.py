from frappe.model.document import Document


class KyodoProjectPerson(Document):
	"""A person in a project, visible to its participants only."""
