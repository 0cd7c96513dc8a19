import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.organisations import import_list
from kyodo_frappe.organisations.errors import ImportRunning


class KyodoOrganisationImport(Document):
	"""An import of a list of organisations (organisations/import_list.py)."""

	def onload(self):
		running = self.status in import_list.RUNNING
		self.set_onload("stalled", running and not import_list.is_running(self))

	def validate(self):
		if self.standing == "Registered Already" and not self.valid_until:
			frappe.throw(_("Please say until when the registrations hold where the list does not."), InputMissing)
		if not self.is_new() and import_list.is_running(self):
			frappe.throw(_("{0} is being processed. Please wait until it is finished.").format(self.name), exc=ImportRunning)
