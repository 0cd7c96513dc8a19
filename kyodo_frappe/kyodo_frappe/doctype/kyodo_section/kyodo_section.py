from frappe.model.document import Document

from kyodo_frappe.accounts.roles import grant_roles


class KyodoSection(Document):
	def on_update(self):
		grant_roles(self)
