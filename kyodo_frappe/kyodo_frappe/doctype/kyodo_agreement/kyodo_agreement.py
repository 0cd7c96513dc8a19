import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.services.agreements import hash_of, waiting_for


class KyodoAgreement(Document):
	def validate(self):
		self.content_hash = hash_of(self)
		self._reopen_if_changed()
		self.all_confirmed = int(bool(self.parties) and not waiting_for(self))

	def check_step(self, action: str, state: str, next_state: str):
		if action == "Offer":
			self.set("confirmations", [])
			self.all_confirmed = 0
			self._check_both_sides()
		elif action == "Reopen":
			self.set("confirmations", [])
			self.all_confirmed = 0
		elif action == "Conclude" and waiting_for(self):
			frappe.throw(_("Not confirmed yet by: {0}.").format(_(", ").join(waiting_for(self))))

	def _reopen_if_changed(self):
		"""Any change of an offered text takes it back to drafting; confirmations of the old text are void."""
		before = self.get_doc_before_save()
		if before and before.workflow_state == "Offered" and before.content_hash != self.content_hash:
			self.workflow_state = "Drafting"
			self.flags.kyodo_step = "Reopen"
			self.set("confirmations", [])

	def _check_both_sides(self):
		for side in ("City", "Organisation"):
			if not any(row.side == side for row in self.parties):
				frappe.throw(_("The agreement has no party on the side “{0}”.").format(_(side)))
			if not any(row.side == side for row in self.roles):
				frappe.throw(_("The division of roles says nothing about the side “{0}”.").format(_(side)))
