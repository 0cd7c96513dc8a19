import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from kyodo_frappe.partnership import dissolution, parties, payments, report_figures
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.programme import calls
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.workflows.facts import WithFacts
from kyodo_frappe.workflows.states import WRITING, states

THE_OFFICES = ("granted_amount", "payments", "published", "is_model_project", "model_reason", "cancel_reason")


class KyodoProject(WithFacts, ScopedDocument):
	facts = ("has_agreement", "report_is_handed_in", "report_is_verified")

	@property
	def has_agreement(self) -> bool:
		"""Whether both sides have concluded one that holds."""
		return bool(frappe.db.exists("Kyodo Agreement", {"project": self.name, "workflow_state": "Concluded"}))

	@property
	def report_is_handed_in(self) -> bool:
		return self._final_report(["not in", states("Kyodo Report", WRITING)])

	@property
	def report_is_verified(self) -> bool:
		return self._final_report("Verified")

	def _final_report(self, state: str | list) -> bool:
		report = {"project": self.name, "report_kind": "Final", "workflow_state": state}
		return bool(frappe.db.exists("Kyodo Report", report))

	def validate(self):
		programme_versions.bind(self)
		if self.from_date and self.to_date and getdate(self.to_date) < getdate(self.from_date):
			frappe.throw(_("The project ends before it begins. Please correct its term."))
		if self.has_value_changed("to_date"):
			calls.check_term(self)
		payments.check(self)
		parties.check_no_own_matter(self, self, THE_OFFICES)

	def check_step(self, action: str, state: str, next_state: str):
		if action in ("Call Off", "Close Project"):
			parties.check_colleague(self)
		if action == "Begin":
			self._check_both_have_roles()
			dissolution.check_still_there(self)
		elif action == "Complete":
			self._check_completed_on()
		elif action == "Close Project":
			payments.check_square(self)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and payments.paid(before) != payments.paid(self):
			report_figures.follow(self.name)

	def _check_completed_on(self):
		today = getdate(nowdate())
		if getdate(self.completed_on) > today:
			frappe.throw(_("The day of completion is still to come. Complete the project on that day or later."))
		# one that ends before its first day was to come has no other day than that
		if self.from_date and getdate(self.completed_on) < getdate(self.from_date) <= today:
			frappe.throw(_("The day of completion is before the project begins. Please correct it."))

	def _check_both_have_roles(self):
		present = parties.SIDES if parties.organisations_in(self) else (parties.CITY,)
		for side in present:
			if not any(row.side == side for row in self.roles):
				frappe.throw(_("The division of roles says nothing about the side “{0}”.").format(_(side)))
