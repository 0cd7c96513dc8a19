import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.services import closing, evaluations


class KyodoEvaluationRound(Document):
	def before_insert(self):
		if not self.items:
			project = frappe.get_doc("Kyodo Project", self.project)
			for item in evaluations.items_for(project, self.fiscal_year):
				self.append("items", item)

	def after_insert(self):
		evaluations.prepare_sheets(self)

	def validate(self):
		other = frappe.db.exists(
			"Kyodo Evaluation Round",
			{"project": self.project, "fiscal_year": self.fiscal_year, "phase": self.phase, "name": ["!=", self.name]},
		)
		if other:
			frappe.throw(_("This project has an evaluation for that year and phase already: {0}.").format(other))

	def check_step(self, action: str, state: str, next_state: str):
		if action == "Verify" and not closing.was_verified("evaluation_round", self.name):
			frappe.throw(_("An evaluation is verified by a meeting: put it on an agenda."))
