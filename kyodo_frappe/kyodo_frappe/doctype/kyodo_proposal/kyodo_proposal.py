from frappe.model.document import Document


class KyodoProposal(Document):
	pass
