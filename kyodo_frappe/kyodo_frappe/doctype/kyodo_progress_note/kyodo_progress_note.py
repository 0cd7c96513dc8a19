import frappe
from frappe.model.document import Document

from kyodo_frappe.permissions.roles import ORGANISATION, SECTION


class KyodoProgressNote(Document):
	def validate(self):
		if self.is_new():
			roles = frappe.get_roles()
			self.side = "Organisation" if ORGANISATION in roles and SECTION not in roles else "City"
