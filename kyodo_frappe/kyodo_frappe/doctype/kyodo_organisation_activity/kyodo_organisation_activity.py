from frappe.model.document import Document


class KyodoOrganisationActivity(Document):
	pass
