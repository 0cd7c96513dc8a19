from frappe.model.document import Document


class KyodoOrganisationMember(Document):
	pass
