from frappe.model.document import Document


class KyodoCommitteeMember(Document):
	pass
