"""A change of the plan of a running project, requested by one side and agreed to by the other."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.partnership import parties, plan_changes
from kyodo_frappe.partnership.errors import NotYourSide, OfficeOnly, PlanChanged, PlanUnchanged
from kyodo_frappe.workflows.guard import changed_by_user
from kyodo_frappe.workflows.states import WRITING, category_of


class KyodoPlanChange(Document):
	"""A draft holds the whole plan as it shall become; its differences are computed at every save."""

	def validate(self):
		"""Set the side and the present plan on a new change, and compute what a draft changes.

		Raises NotYourSide, ProjectNotStarted, ProjectNotActive, InvalidProjectDates, ValidationError.
		"""
		project = frappe.get_doc("Kyodo Project", self.project)
		if self.get_doc_before_save() is None:
			self.side = parties.check_side(project)
			plan_changes.check_running(project)
			plan_changes.copy_plan(self, project)
		elif set(changed_by_user(self)) & set(plan_changes.CONTENT_FIELDS) and parties.side_of(project) != self.side:
			frappe.throw(
				_("This change was requested by the side “{0}”, and only that side can edit it.").format(_(self.side)), exc=NotYourSide
			)
		if category_of(self) == WRITING:
			plan_changes.compute_effects(self, project)

	def check_step(self, action: str, state: str, next_state: str):
		"""Check who takes a step, and that the plan is still the one the change was drafted from.

		Raises NotYourSide, OfficeOnly, PlanChanged, PlanUnchanged, ProjectNotActive.
		"""
		project = frappe.get_doc("Kyodo Project", self.project, for_update=True)
		self._check_actor(action, state, parties.side_or_office(project))
		if action in ("Return", "Withdraw"):
			return
		plan_changes.check_running(project)
		if self.plan_digest != plan_changes.plan_digest(project):
			frappe.throw(
				_("The plan has changed since this change was drafted. Please withdraw it and draft a new one from the current plan."),
				exc=PlanChanged,
			)
		if action == "Propose Change" and not self.changes:
			frappe.throw(_("Nothing has been changed yet. Please change the plan or the budget first."), exc=PlanUnchanged)

	def _check_actor(self, action: str, state: str, actor: str):
		"""`actor`: City, Organisation or Office, as `parties.side_or_office`."""
		if action == "Approve" or (action == "Return" and state == "Both Agree"):
			if actor != parties.OFFICE:
				frappe.throw(_("Changes are approved by a member of the office who belongs to neither side."), exc=OfficeOnly)
		elif action in ("Propose Change", "Withdraw"):
			if actor != self.side and not (action == "Withdraw" and actor == parties.OFFICE):
				frappe.throw(
					_("This change was requested by the side “{0}”, and only that side can do this.").format(_(self.side)), exc=NotYourSide
				)
		elif actor != parties.other(self.side):
			frappe.throw(
				_("Only the other side, “{0}”, can agree to this change or return it.").format(_(parties.other(self.side))),
				exc=NotYourSide,
			)
