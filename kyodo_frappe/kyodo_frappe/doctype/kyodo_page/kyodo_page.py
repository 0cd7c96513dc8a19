import frappe
from frappe import _
from frappe.utils import nowdate

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.learning import guides
from kyodo_frappe.learning.errors import RevisionError, StandardPage
from kyodo_frappe.permissions.columns import ScopedDocument


class KyodoPage(ScopedDocument):
	"""A page of the handbook, a manual or the guideline; its revisions: learning/guides.py."""

	def validate(self):
		if self.published and not (self.body or "").strip():
			frappe.throw(_("A page without a text cannot be published."), InputMissing)
		self._check_text_stays()
		if self.page_kind == guides.GUIDELINE and self.published and not self.adopted_on:
			self.adopted_on = nowdate()
		self.differs = int(bool(self.default_key) and not guides.is_same_text(self.body, self.default_body))

	def _check_text_stays(self):
		before = self.get_doc_before_save()
		if not before or self.flags.kyodo_service:
			return
		if guides.is_public_document(before) and not guides.is_same_text(before.body, self.body):
			message = _("The text of a published guideline changes by a revision. Please begin one first.")
			frappe.throw(message, exc=RevisionError)
		changed = not guides.is_same_text(before.revision, self.revision)
		if not before.revising and (changed or not guides.is_same_text(before.revision_reason, self.revision_reason)):
			frappe.throw(_("Please begin a revision first."), exc=RevisionError)
		if changed:
			guides.check_comments_closed(before)

	def on_trash(self):
		if self.default_key:
			frappe.throw(_("This page comes with the app and would be created again. Clear “Published” instead."), StandardPage)
