import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.rules.settlement import settle, totals
from kyodo_frappe.services import closing
from kyodo_frappe.services.speech import rules_speak


class KyodoReport(Document):
	def validate(self):
		self._settle()

	def own_people(self) -> set[str]:
		return {self.owner}

	def check_step(self, action: str, state: str, next_state: str):
		if action == "Submit" and any(row.actual is None for row in self.indicators):
			frappe.throw(_("Please enter a result for every indicator."))
		if action == "Verify" and not closing.was_verified("report", self.name):
			frappe.throw(_("A report is verified by a meeting: put it on an agenda."))

	def _settle(self):
		lines = [{"amount": flt(row.actual), "eligible": row.eligible} for row in self.settlement]
		with rules_speak():
			result = settle(flt(self.granted_amount), totals(lines).eligible, rounding=1)
		self.settled_amount = result.settled
		self.unused_amount = result.unused
