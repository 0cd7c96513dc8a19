from frappe.model.document import Document

from kyodo_frappe.partnership import notes


class KyodoProgressNote(Document):
	def validate(self):
		notes.prepare(self)

	def after_insert(self):
		notes.tell_written(self)
