from frappe.model.document import Document


class KyodoCommittee(Document):
	pass
