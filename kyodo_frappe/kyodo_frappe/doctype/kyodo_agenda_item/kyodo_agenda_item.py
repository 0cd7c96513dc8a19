from frappe.model.document import Document


class KyodoAgendaItem(Document):
	pass
