import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.evaluation.errors import InvalidMark, ItemsFixed, SubmittedSheetFixed


class KyodoEvaluationSheet(Document):
	"""The marks of one side in an evaluation round."""

	def validate(self):
		before = self.get_doc_before_save()
		if before and before.submitted_on:
			frappe.throw(_("This evaluation has been submitted and can no longer be changed."), SubmittedSheetFixed)
		state = frappe.db.get_value("Kyodo Evaluation Round", self.evaluation_round, "workflow_state")
		if state and state != "Open":
			frappe.throw(_("This evaluation is closed. Nothing can be submitted any more."), SubmittedSheetFixed)
		self._check_items(before)
		self._check_scale()

	def _check_items(self, before: Document | None):
		if before and [row.item_code for row in before.marks] != [row.item_code for row in self.marks]:
			frappe.throw(_("The items of an evaluation are fixed. Please reload the page."), ItemsFixed)

	def _check_scale(self):
		highest, _reason_below = evaluations.scale_of(self)
		for row in self.marks:
			if not 0 <= (row.mark or 0) <= highest:
				frappe.throw(_("“{0}”: the highest mark is {1}.").format(row.item, highest), InvalidMark)
