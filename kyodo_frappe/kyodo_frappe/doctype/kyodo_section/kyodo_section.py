from frappe.model.document import Document

from kyodo_frappe.accounts.roles import grant_roles


class KyodoSection(Document):
	"""A section of the city (担当課) with its officers."""

	def on_update(self):
		grant_roles(self)
