from frappe.model.document import Document

from kyodo_frappe.partnership import plan_changes


class KyodoPlanChange(Document):
	def validate(self):
		plan_changes.prepare(self)

	def check_step(self, action: str, state: str, next_state: str):
		plan_changes.check_step(self, action, state)
