from frappe.model.document import Document


class KyodoDispatch(Document):
	pass
