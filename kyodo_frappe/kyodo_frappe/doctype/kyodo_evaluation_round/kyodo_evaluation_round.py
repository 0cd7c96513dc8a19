import frappe
from frappe import _

from kyodo_frappe.committee import closing
from kyodo_frappe.evaluation import dialogue as evaluation_talk
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.evaluation.errors import ModelReasonRequired, NothingToEvaluate, RoundExists, VerifiedByMeeting
from kyodo_frappe.partnership import parties
from kyodo_frappe.workflows.facts import WithFacts

# fields that are written by the office
OFFICE_FIELDS = ("committee_view", "outcome", "propose_model", "model_reason", "one_sided_reason")


class KyodoEvaluationRound(WithFacts):
	"""The mutual evaluation of a project for a fiscal year and phase (design.md §4)."""

	facts = ("both_sheets_are_in",)

	@property
	def both_sheets_are_in(self) -> bool:
		"""Whether both sides have submitted; a fact for the conditions of the workflow."""
		return set(parties.SIDES) <= set(evaluations.submitted_sides(self.name))

	def after_insert(self):
		evaluations.create_sheets(self)

	def validate(self):
		if self.is_new():
			self._set_items_and_due_date()
		other = frappe.db.exists(
			"Kyodo Evaluation Round",
			{"project": self.project, "fiscal_year": self.fiscal_year, "phase": self.phase, "name": ["!=", self.name]},
		)
		if other:
			frappe.throw(_("This project already has an evaluation for that year and phase: {0}.").format(other), RoundExists)
		evaluation_talk.void_outdated_agreements(self)
		parties.check_no_office_fields_of_own_project(self, frappe.get_doc("Kyodo Project", self.project), OFFICE_FIELDS)

	def _set_items_and_due_date(self):
		"""Set the agreed items, whatever items were sent, and the due date by the programme's rule."""
		project = frappe.get_doc("Kyodo Project", self.project)
		evaluations.check_round(project, self.fiscal_year, self.phase)
		self.set("items", evaluations.items_for(project, self.fiscal_year, self.phase))
		if not self.items:
			frappe.throw(
				_("There is nothing to evaluate. The programme has no principles, and the project has no indicators."), NothingToEvaluate
			)
		self.due_date = evaluations.due_date_for(project, self.phase)

	def check_step(self, action: str, state: str, next_state: str):
		"""Check a transition of the workflow (workflows/guard.py)."""
		if action in ("Close One-Sided", "Verify", "Publish"):
			parties.check_not_member(frappe.get_doc("Kyodo Project", self.project))
		if action == "Close One-Sided":
			evaluations.check_one_sided(self)
		elif action == "Conclude Dialogue":
			evaluation_talk.check_may_conclude(self)
		elif action == "Verify":
			self._check_verified()

	def _check_verified(self):
		if not closing.was_verified("evaluation_round", self.name):
			frappe.throw(_("An evaluation is verified by a meeting. Please put it on an agenda."), VerifiedByMeeting)
		if self.propose_model and not (self.model_reason or "").strip():
			frappe.throw(_("Please say why the project is a model for others."), ModelReasonRequired)
