from frappe.model.document import Document

from kyodo_frappe.partnership import expenses, report_figures


class KyodoExpense(Document):
	def validate(self):
		expenses.prepare(self)

	def on_update(self):
		report_figures.follow(self.project)

	def on_trash(self):
		expenses.check_deletable(self)

	def after_delete(self):
		expenses.look_again(self.project)
		report_figures.follow(self.project)
