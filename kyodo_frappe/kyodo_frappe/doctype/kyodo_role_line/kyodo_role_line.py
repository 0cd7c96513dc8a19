from frappe.model.document import Document


class KyodoRoleLine(Document):
	pass
