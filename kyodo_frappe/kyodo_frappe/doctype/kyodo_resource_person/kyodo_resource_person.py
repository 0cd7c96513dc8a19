from frappe.model.document import Document


class KyodoResourcePerson(Document):
	pass
