from frappe.model.document import Document

from kyodo_frappe.partnership import expenses, report_figures


class KyodoExpense(Document):
	def validate(self):
		expenses.prepare(self)

	def on_update(self):
		report_figures.update_open_reports(self.project)

	def on_trash(self):
		expenses.check_deletion(self)

	def after_delete(self):
		expenses.refresh_findings(self.project)
		report_figures.update_open_reports(self.project)
