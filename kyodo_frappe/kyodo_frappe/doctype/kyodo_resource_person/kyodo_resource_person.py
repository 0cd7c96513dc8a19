from frappe.model.document import Document

from kyodo_frappe.rules.textkeys import to_katakana


class KyodoResourcePerson(Document):
	def validate(self):
		self.person_kana = to_katakana(self.person_kana) or None
