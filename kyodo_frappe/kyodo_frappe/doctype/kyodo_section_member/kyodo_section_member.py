from frappe.model.document import Document


class KyodoSectionMember(Document):
	pass
