import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.programme import call_rules, call_terms, form, form_declaration
from kyodo_frappe.programme.errors import InvalidCallDates
from kyodo_frappe.screening import screenings as screening


class KyodoCall(Document):
	"""A call for proposals (募集)."""

	def validate(self):
		if self.opens_on and self.closes_on and getdate(self.closes_on) < getdate(self.opens_on):
			frappe.throw(_("The call would close before it opens. Please correct its days."), exc=InvalidCallDates)
		if self.documents_due_on and self.closes_on and getdate(self.documents_due_on) <= getdate(self.closes_on):
			frappe.throw(
				_("The documents after the section talk would be due before the call has closed. Please correct “{0}”.").format(
					_(self.meta.get_label("documents_due_on"))
				),
				exc=InvalidCallDates,
			)
		call_terms.check(self)
		call_rules.check_call(self)
		form_declaration.check_questions(self)
		screening.check_theme_call(self)

	def on_update(self):
		form.forget_content()

	def on_trash(self):
		form.forget_content()
