import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.proposals.errors import ConsultationWithoutSubject, NotWithSection


class KyodoConsultation(Document):
	"""A consultation about a proposal: advice, or a talk with the section in charge (担当課協議)."""

	def validate(self):
		if not self.proposal:
			self._check_early_advice()
		self._check_proposal_is_open()
		if self.kind == "Section Talk":
			self._check_section_talk()
		elif self.opinion:
			frappe.throw(_("Only a talk with the section has an opinion of the section."), NotWithSection)

	def _check_early_advice(self):
		"""Advice before there is a draft is about an organisation and, mostly, a call; it has its name for a title."""
		if self.kind == "Section Talk" or not self.organisation:
			frappe.throw(
				_("Please enter the proposal. Only advice before there is a draft goes without: then please enter the organisation."),
				exc=ConsultationWithoutSubject,
			)
		if not frappe.has_permission("Kyodo Organisation", "read", self.organisation):
			frappe.throw(_("This organisation is not open to you."), frappe.PermissionError)
		self.proposal_title = frappe.db.get_value("Kyodo Organisation", self.organisation, "organisation_name")

	def _check_proposal_is_open(self):
		"""Raise PermissionError for a proposal that the user may not read."""
		before = self.get_doc_before_save()
		if self.proposal and (before is None or before.proposal != self.proposal):
			if not frappe.has_permission("Kyodo Proposal", "read", self.proposal):
				frappe.throw(_("This proposal is not open to you."), frappe.PermissionError)

	def _check_section_talk(self):
		"""Only the section in charge, or the office, writes the section's opinion (四者協議)."""
		if not self.section:
			frappe.throw(_("Please enter the section in charge, with which the talk was held."), InputMissing)
		before = self.get_doc_before_save()
		if (self.opinion or "") == ((before.opinion if before else None) or ""):
			return
		user = frappe.session.user
		roles = frappe.get_roles(user)
		if user != "Administrator" and OFFICER not in roles and self.section not in sections_of(user):
			frappe.throw(_("The opinion is written by the section in charge."), frappe.PermissionError)
