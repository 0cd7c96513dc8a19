
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.support import cases as support_cases


class KyodoSupportCase(ScopedDocument):
	def validate(self):
		support_cases.prepare(self)

	def on_update(self):
		support_cases.tell_answer(self)
