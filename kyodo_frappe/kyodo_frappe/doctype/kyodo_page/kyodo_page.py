import frappe
from frappe import _

from kyodo_frappe.learning import guides
from kyodo_frappe.permissions.columns import ScopedDocument


class KyodoPage(ScopedDocument):
	def validate(self):
		guides.check(self)

	def on_trash(self):
		if self.default_key:
			frappe.throw(_("This page comes with the app and would come again. Take “Published” away instead."))
