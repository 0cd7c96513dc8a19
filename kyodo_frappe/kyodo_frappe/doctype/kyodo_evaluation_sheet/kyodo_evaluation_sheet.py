import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.evaluation import rounds as evaluations


class KyodoEvaluationSheet(Document):
	"""The marks of one side in an evaluation round."""

	def validate(self):
		before = self.get_doc_before_save()
		if before and before.submitted_on:
			frappe.throw(_("This evaluation is handed in and cannot be changed any more."), frappe.PermissionError)
		state = frappe.db.get_value("Kyodo Evaluation Round", self.evaluation_round, "workflow_state")
		if state and state != "Open":
			frappe.throw(_("This evaluation is over: nothing is handed in any more."), frappe.PermissionError)
		evaluations.check_marks(self)
