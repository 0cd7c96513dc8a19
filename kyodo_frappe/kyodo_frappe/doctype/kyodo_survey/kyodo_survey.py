import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.support import surveys


class KyodoSurvey(Document):
	def before_insert(self):
		surveys.place_in_year(self)  # its name begins with the year

	def validate(self):
		surveys.prepare(self)

	def on_trash(self):
		if self.state != surveys.DRAFT:
			frappe.throw(_("Organisations were asked: the survey is kept. Close it instead of deleting it."))
