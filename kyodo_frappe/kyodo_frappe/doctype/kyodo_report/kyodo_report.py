"""A report of a project (実績報告), final, annual or mid-term, with its settlement."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.committee import closing
from kyodo_frappe.common import corrections
from kyodo_frappe.partnership import parties, report_figures, reports
from kyodo_frappe.partnership.errors import NotVerified
from kyodo_frappe.programme import form


class KyodoReport(Document):
	"""Its figures are computed at every save while it is open."""

	def validate(self):
		"""Check lengths and compute the figures. Raises ValidationError."""
		form.check_lengths(self)
		if self.corrections:
			corrections.set_field_labels(self, form.headings(self))
		report_figures.compute_figures(self)

	def own_people(self) -> set[str]:
		"""Users who must not accept the report: the one who submitted it, and all members of the project's organisations."""
		return {self.submitted_by, *parties.organisation_users(frappe.get_doc("Kyodo Project", self.project))}

	def check_step(self, action: str, state: str, next_state: str):
		"""Check what a step requires. Raises NotVerified, ResultMissing, ProjectNotActive, CorrectionReasonMissing, ValidationError."""
		if action == "Submit":
			form.check_complete(self)
		elif action == "Return":
			corrections.check_reason(self)
		elif action == "Accept":
			corrections.settle(self)
		reports.check_step(self, action)
		if action == "Verify" and not closing.was_verified("report", self.name):
			frappe.throw(_("Reports are verified by a meeting. Please put it on an agenda."), exc=NotVerified)
