"""An expense with its voucher, recorded by the side that paid and checked by the office."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, nowdate

from kyodo_frappe.partnership import expenses, parties, report_figures
from kyodo_frappe.partnership.errors import DateInFuture, InvalidExpense, NotYourSide, ProjectNotStarted
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.workflows.guard import changed_by_user

# a change of one of these makes it another voucher than the one the office accepted
CHECKED_FIELDS = ("paid_on", "amount", "quantity", "budget_line", "category", "description", "payee", "addressee", "receipt")


class KyodoExpense(Document):
	"""A recorded expense; `finding` says in Japanese what is wrong with its voucher, one sentence per line."""

	def validate(self):
		"""Set side, fiscal year, category and findings.

		Raises NotYourSide, ProjectNotStarted, InvalidExpense, DateInFuture, ExpenseSettled.
		"""
		project = frappe.get_doc("Kyodo Project", self.project)
		if self.is_new():
			self.side = parties.check_side(project)
		elif not self.flags.kyodo_service:
			self._check_own_side(project)
		if project.workflow_state == "Planning":
			frappe.throw(_("The project has not started yet. Expenses can be recorded once it has."), exc=ProjectNotStarted)
		self._check_values()
		self.fiscal_year = fiscal_year(getdate(self.paid_on))
		expenses.check_not_settled(self)
		self._take_category_of_plan(project)
		self._clear_check()
		self.finding = "\n".join(expenses.describe(finding) for finding in expenses.findings_of(self, project)) or None

	def on_update(self):
		"""Recalculate the open reports of the project."""
		report_figures.update_open_reports(self.project)

	def on_trash(self):
		"""Raise NotYourSide or ExpenseSettled; Administrator may always delete."""
		if frappe.session.user == "Administrator":
			return
		self._check_own_side(frappe.get_doc("Kyodo Project", self.project))
		expenses.check_not_settled(self)

	def after_delete(self):
		"""Refresh what depends on the deleted expense: findings of duplicates, open reports."""
		expenses.refresh_findings(self.project)
		report_figures.update_open_reports(self.project)

	def _check_own_side(self, project: Document):
		if parties.side_of(project) != self.side:
			frappe.throw(
				_("This expense was recorded by the side “{0}”, and only that side can change it.").format(_(self.side)), exc=NotYourSide
			)

	def _check_values(self):
		amount = flt(self.amount)
		if amount <= 0 or amount != round(amount):
			frappe.throw(_("Please enter the amount paid, in whole yen above 0."), exc=InvalidExpense)
		if flt(self.quantity) < 0:
			frappe.throw(_("“{0}” cannot be less than 0.").format(_(self.meta.get_label("quantity"))), exc=InvalidExpense)
		if getdate(self.paid_on) > getdate(nowdate()):
			frappe.throw(_("The payment date is in the future. Please record the expense once it has been paid."), exc=DateInFuture)

	def _take_category_of_plan(self, project: Document):
		if not self.budget_line:
			return
		line = next((row for row in project.expenses if row.name == self.budget_line), None)
		if line is None:
			frappe.throw(
				_("This line is not in the plan of the project. Please choose another one, or leave it empty."), exc=InvalidExpense
			)
		self.category = line.category

	def _clear_check(self):
		if not self.refused and set(CHECKED_FIELDS) & set(changed_by_user(self)):
			self.checked_on = self.checked_by = None
