from frappe.model.document import Document

from kyodo_frappe.services import screening


class KyodoCall(Document):
	def validate(self):
		screening.check_theme_call(self)
