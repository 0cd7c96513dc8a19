from frappe.model.document import Document


class KyodoProjectPerson(Document):
	pass
