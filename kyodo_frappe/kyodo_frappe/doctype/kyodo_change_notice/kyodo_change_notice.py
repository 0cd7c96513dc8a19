from frappe.model.document import Document


class KyodoChangeNotice(Document):
	pass
