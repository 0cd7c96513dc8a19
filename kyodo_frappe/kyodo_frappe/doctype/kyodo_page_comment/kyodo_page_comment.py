import frappe
from frappe import _

from kyodo_frappe.learning.errors import CommentsUnanswered
from kyodo_frappe.permissions.columns import ScopedDocument


class KyodoPageComment(ScopedDocument):
	"""A public comment on the revision of a page, with the city's answer."""

	def validate(self):
		if self.answer and not self.effect:
			frappe.throw(_("Please say what the comment has changed."), exc=CommentsUnanswered)
		if self.published and not (self.answer and self.effect):
			frappe.throw(_("A comment is published together with the city's answer."), exc=CommentsUnanswered)
