from frappe.model.document import Document


class KyodoAttachment(Document):
	pass
