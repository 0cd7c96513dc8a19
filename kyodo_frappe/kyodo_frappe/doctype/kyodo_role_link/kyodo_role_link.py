from frappe.model.document import Document

from kyodo_frappe.permissions import role_links


class KyodoRoleLink(Document):
	"""Link from a city's own role to a role of this app, whose records it may read (design.md §3)."""

	def validate(self):
		"""Raise ValidationError for a role that cannot be linked."""
		role_links.check(self)

	def on_update(self):
		"""Grant the permissions of the link."""
		role_links.apply()

	def on_trash(self):
		"""Withdraw the permissions of the link."""
		role_links.apply(without=self.role)
