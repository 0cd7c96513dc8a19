import frappe
from frappe import _
from frappe.utils import escape_html

from kyodo_frappe.partnership import agreement_drafts, agreement_text, agreements, dissolution
from kyodo_frappe.workflows.facts import WithFacts


class KyodoAgreement(WithFacts):
	facts = ("project_is_cancelled",)

	@property
	def project_is_cancelled(self) -> bool:
		return bool(frappe.db.exists("Kyodo Project", {"name": self.project, "workflow_state": "Cancelled"}))

	def before_insert(self):
		agreements.check_new(self)

	def validate(self):
		agreements.check_kind(self)
		if self.docstatus == 0:
			agreement_drafts.update_term_in_clauses(self)
			self.content_hash = agreement_text.hash_of(self)
			self._reopen_if_changed()
		self.all_confirmed = int(bool(self.parties) and not agreements.parties_to_confirm(self))

	def check_step(self, action: str, state: str, next_state: str):
		if action in ("Offer", "Reopen"):
			self.set("confirmations", [])
			self.all_confirmed = 0
		if action == "Offer":
			self._check_ready()
		elif action == "Conclude" and agreements.parties_to_confirm(self):
			frappe.throw(_("Not confirmed yet by: {0}.").format(_(", ").join(agreements.parties_to_confirm(self))))

	def _reopen_if_changed(self):
		"""Any change of an offered text takes it back to drafting; confirmations of the old text are void."""
		before = self.get_doc_before_save()
		if before and before.workflow_state == "Offered" and before.content_hash != self.content_hash:
			self.workflow_state = "Drafting"
			self.set("confirmations", [])

	def _check_ready(self):
		project = frappe.get_doc("Kyodo Project", self.project)
		agreement_drafts.check_project_active(project)
		dissolution.check_organisations_registered(project)
		if missing := agreements.missing_for_offer(self):
			frappe.throw("<br>".join(escape_html(sentence) for sentence in missing))
