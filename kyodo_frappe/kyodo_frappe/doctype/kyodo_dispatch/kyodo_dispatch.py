from frappe.model.document import Document

from kyodo_frappe.support import dispatches


class KyodoDispatch(Document):
	def validate(self):
		dispatches.prepare(self)

	def after_insert(self):
		dispatches.tell_asked(self)

	def on_update(self):
		dispatches.warn(self)
