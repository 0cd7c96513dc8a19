from frappe.model.document import Document

from kyodo_frappe.services import support_cases


class KyodoSupportCase(Document):
	def validate(self):
		support_cases.prepare(self)

	def on_update(self):
		support_cases.tell_answer(self)
