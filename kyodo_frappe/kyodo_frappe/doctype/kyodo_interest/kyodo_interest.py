import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.committee import relations
from kyodo_frappe.committee.errors import InvalidInterest, ReasonRequired
from kyodo_frappe.common.errors import ListedTwice
from kyodo_frappe.permissions.roles import MANAGER, OFFICER


class KyodoInterest(Document):
	"""A member's relation to an organisation or a section, declared once for all meetings."""

	def validate(self):
		if self.is_new():
			self.declared_on, self.ended_on = nowdate(), None
		self._check_own()
		if bool(self.organisation) == bool(self.section):
			frappe.throw(_("Please choose one organisation or one section, not both."), InvalidInterest)
		if self.relation == "Other" and not (self.note or "").strip():
			frappe.throw(_("Please explain the relation in a few words."), ReasonRequired)
		self._check_content_kept()
		self._check_end()
		self._check_once()

	def on_update(self):
		relations.refresh_recusals(self)

	def _check_own(self):
		user = frappe.session.user
		if user != "Administrator" and user != self.member and not {OFFICER, MANAGER} & set(frappe.get_roles(user)):
			frappe.throw(_("Relations are declared by the members themselves."), frappe.PermissionError)

	def _check_content_kept(self):
		"""Minutes rely on a declared relation: it is not changed but ended and declared again."""
		before = self.get_doc_before_save()
		fields = ("member", "programme", "organisation", "section", "relation", "note")
		if before and any((self.get(field) or "") != (before.get(field) or "") for field in fields):
			frappe.throw(_("A declared relation cannot be changed. Please end it and declare another."), InvalidInterest)
		if before and before.ended_on and self.ended_on != before.ended_on:
			frappe.throw(_("This relation has already ended."), InvalidInterest)

	def _check_end(self):
		if self.ended_on and getdate(self.ended_on) > getdate():
			frappe.throw(_("A relation cannot be ended in advance."), InvalidInterest)
		if self.ended_on and getdate(self.ended_on) < getdate(self.declared_on):
			frappe.throw(_("A relation cannot end before it was declared."), InvalidInterest)

	def _check_once(self):
		if self.ended_on:
			return
		same = {field: self.get(field) for field in ("member", "programme", "relation")}
		subject = "organisation" if self.organisation else "section"
		same[subject] = self.get(subject)
		if frappe.db.exists("Kyodo Interest", {**same, "ended_on": ["is", "not set"], "name": ["!=", self.name]}):
			frappe.throw(_("You have already declared this relation."), ListedTwice)

	def on_trash(self):
		frappe.throw(_("A declared relation cannot be deleted. Please end it instead."), frappe.PermissionError)
