import frappe
from frappe import _

from kyodo_frappe.committee import closing
from kyodo_frappe.evaluation import dialogue as evaluation_talk
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.partnership import parties
from kyodo_frappe.workflows.facts import WithFacts

THE_OFFICES = ("committee_view", "outcome", "propose_model", "model_reason", "one_sided_reason")


class KyodoEvaluationRound(WithFacts):
	facts = ("both_sheets_are_in",)

	@property
	def both_sheets_are_in(self) -> bool:
		return set(parties.SIDES) <= set(evaluations.sides_in(self.name))

	def after_insert(self):
		evaluations.prepare_sheets(self)

	def validate(self):
		if self.is_new():
			evaluations.begin(self)
		other = frappe.db.exists(
			"Kyodo Evaluation Round",
			{"project": self.project, "fiscal_year": self.fiscal_year, "phase": self.phase, "name": ["!=", self.name]},
		)
		if other:
			frappe.throw(_("This project has an evaluation for that year and phase already: {0}.").format(other))
		evaluation_talk.keep_agreements_true(self)
		parties.check_no_office_fields_of_own_project(self, frappe.get_doc("Kyodo Project", self.project), THE_OFFICES)

	def check_step(self, action: str, state: str, next_state: str):
		if action in ("Close One-Sided", "Verify", "Publish"):
			parties.check_not_member(frappe.get_doc("Kyodo Project", self.project))
		if action == "Close One-Sided":
			evaluations.check_one_sided(self)
		elif action == "Conclude Dialogue":
			evaluation_talk.check_concluded(self)
		elif action == "Verify":
			self._check_verified()

	def _check_verified(self):
		if not closing.was_verified("evaluation_round", self.name):
			frappe.throw(_("An evaluation is verified by a meeting: put it on an agenda."))
		if self.propose_model and not (self.model_reason or "").strip():
			frappe.throw(_("Please say why the project is a model for others."))
