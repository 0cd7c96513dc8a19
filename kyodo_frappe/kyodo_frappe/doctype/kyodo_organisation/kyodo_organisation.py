from frappe.model.document import Document


class KyodoOrganisation(Document):
	pass
