from frappe.model.document import Document

from kyodo_frappe.services import running


class KyodoProgressNote(Document):
	def validate(self):
		running.prepare(self)

	def after_insert(self):
		running.tell_written(self)
