from frappe.model.document import Document


class KyodoOrganisationImport(Document):
	pass
