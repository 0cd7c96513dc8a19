from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.rules.textkeys import to_katakana


class KyodoResourcePerson(ScopedDocument):
	"""A person who can be sent as lecturer, adviser, committee member or volunteer."""

	def validate(self):
		self.person_kana = to_katakana(self.person_kana) or None
