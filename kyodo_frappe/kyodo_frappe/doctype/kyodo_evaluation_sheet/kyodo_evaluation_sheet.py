import frappe
from frappe import _
from frappe.model.document import Document


class KyodoEvaluationSheet(Document):
	def validate(self):
		before = self.get_doc_before_save()
		if before and before.submitted_on:
			frappe.throw(
				_("This evaluation is handed in and cannot be changed any more."), frappe.PermissionError
			)
