from frappe.model.document import Document

from kyodo_frappe.permissions import role_links


class KyodoRoleLink(Document):
	"""A city's own role reads what one of ours reads (design.md §3)."""

	def validate(self):
		role_links.check(self)

	def on_update(self):
		role_links.apply()

	def on_trash(self):
		role_links.apply(without=self.role)
