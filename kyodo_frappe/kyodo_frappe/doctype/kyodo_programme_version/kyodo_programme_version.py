from frappe.model.document import Document


class KyodoProgrammeVersion(Document):
	pass
