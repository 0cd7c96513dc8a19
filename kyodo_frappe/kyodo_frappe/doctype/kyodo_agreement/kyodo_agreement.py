"""An agreement (協定書, 覚書, 議事録) whose text both sides confirm word for word (domain.md §6)."""

import frappe
from frappe import _
from frappe.utils import escape_html

from kyodo_frappe.partnership import agreement_drafts, agreement_text, agreements, dissolution
from kyodo_frappe.partnership.errors import (
	AgreementExists,
	AgreementIncomplete,
	AgreementRequired,
	CannotConfirm,
	InvalidParties,
	TextFixed,
)
from kyodo_frappe.programme.versions import rules_of_project
from kyodo_frappe.workflows.facts import WithFacts
from kyodo_frappe.workflows.states import states


class KyodoAgreement(WithFacts):
	"""A draft is hashed at every save; any change of an offered text takes it back to drafting."""

	facts = ("project_is_cancelled",)

	@property
	def project_is_cancelled(self) -> bool:
		"""Whether the project has been called off (a fact of the workflow)."""
		return bool(frappe.db.exists("Kyodo Project", {"name": self.project, "workflow_state": "Cancelled"}))

	def before_insert(self):
		"""Raise ProjectNotActive, AgreementExists or ValidationError if the project cannot have a new agreement."""
		project = frappe.get_doc("Kyodo Project", self.project, for_update=True)  # of two requests at once, one finds the other's
		agreement_drafts.check_project_active(project)
		earlier = self.amended_from and frappe.db.get_value("Kyodo Agreement", self.amended_from, ["project", "docstatus"])
		if self.amended_from and earlier != (self.project, 2):
			frappe.throw(_("Only a terminated agreement of the same project can be amended this way."), TextFixed)
		current = {"project": project.name, "workflow_state": ["in", states("Kyodo Agreement", *agreement_text.CURRENT)]}
		existing = frappe.db.get_value("Kyodo Agreement", current, for_update=True)
		if existing and not self.replaces:  # only begin_amendment sets `replaces`
			frappe.throw(_("The project already has an agreement: {0}. Please amend that one.").format(existing), exc=AgreementExists)

	def validate(self):
		"""Check the kind, hash the draft and reset what no longer holds. Raises AgreementRequired."""
		self._check_kind()
		if self.docstatus == 0:
			agreement_drafts.update_term_in_clauses(self)
			self.content_hash = agreement_text.hash_of(self)
			self._reopen_if_changed()
		self.all_confirmed = int(bool(self.parties) and not agreements.parties_to_confirm(self))

	def check_step(self, action: str, state: str, next_state: str):
		"""Reset confirmations on Offer and Reopen; check what Offer and Conclude presuppose.

		Raises AgreementIncomplete, CannotConfirm, ProjectNotActive, OrganisationNotRegistered.
		"""
		if action in ("Offer", "Reopen"):
			self.set("confirmations", [])
			self.all_confirmed = 0
		if action == "Offer":
			self._check_ready()
		elif action == "Conclude" and (waiting := agreements.parties_to_confirm(self)):
			frappe.throw(_("Not confirmed yet by: {0}.").format(_(", ").join(waiting)), exc=CannotConfirm)

	def _check_kind(self):
		"""Raise AgreementRequired unless a memorandum or minutes are enough here (小平 3(2)③)."""
		if self.agreement_kind == "Agreement":
			return
		programme = rules_of_project(self.project)
		form = next((row for row in programme.forms if row.form_name == self.form), None)
		if not programme.agreement_optional and (form is None or form.needs_agreement):
			frappe.throw(
				_("This programme requires an agreement document. For this form of collaboration, a memorandum or minutes are not enough."),
				exc=AgreementRequired,
			)

	def _reopen_if_changed(self):
		before = self.get_doc_before_save()
		if before and before.workflow_state == "Offered" and before.content_hash != self.content_hash:
			self.workflow_state = "Drafting"
			self.set("confirmations", [])

	def _check_ready(self):
		project = frappe.get_doc("Kyodo Project", self.project)
		agreement_drafts.check_project_active(project)
		dissolution.check_organisations_registered(project)
		if missing := agreements.missing_for_offer(self):
			exc = InvalidParties if agreements.party_errors(self) else AgreementIncomplete
			frappe.throw("<br>".join(escape_html(sentence) for sentence in missing), exc=exc)
