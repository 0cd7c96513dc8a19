import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.errors import InvalidChoice, ReportIsPublished
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.queries import among
from kyodo_frappe.rules.era import as_fiscal_year


class KyodoAnnualReport(Document):
	"""The annual report of a programme (協働事業年次報告書): its texts; how it is filled, printed and published: front/annual."""

	def validate(self):
		with translate_rule_errors():
			as_fiscal_year(cint(self.fiscal_year))
		self._check_single()
		before = self.get_doc_before_save()
		if "Published" in (self.state, before and before.state) and not self.flags.kyodo_service:
			frappe.throw(_("A published report is not changed. Please take it back first."), ReportIsPublished)
		named = {"programme": self.programme, "name": among([row.project for row in self.projects])}
		of_programme = frappe.get_all("Kyodo Project", named, pluck="name", order_by="name")
		for row in self.projects:
			if row.project not in of_programme:
				frappe.throw(_("{0} is not a project of this programme.").format(row.project_name or row.project), InvalidChoice)

	def _check_single(self):
		same = {"programme": self.programme, "fiscal_year": self.fiscal_year, "name": ["!=", self.name or ""]}
		if other := frappe.db.get_value("Kyodo Annual Report", same):
			frappe.throw(_("There is an annual report of this year already: {0}").format(other), frappe.DuplicateEntryError)

	def on_trash(self):
		if self.state == "Published":
			frappe.throw(_("A published report is not changed. Please take it back first."), ReportIsPublished)
