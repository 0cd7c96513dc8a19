import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.organisations import import_list as organisation_import


class KyodoOrganisationImport(Document):
	def onload(self):
		running = self.status in organisation_import.RUNNING
		self.set_onload("stalled", running and not organisation_import.is_running(self))

	def validate(self):
		if self.standing == "Registered Already" and not self.valid_until:
			frappe.throw(_("Please say until when the registrations hold where the list does not."))
		if not self.is_new() and organisation_import.is_running(self):
			frappe.throw(_("{0} is being worked on. Please wait until it is done.").format(self.name))
