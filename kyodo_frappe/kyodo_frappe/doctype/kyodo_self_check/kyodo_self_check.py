import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.learning import self_checks
from kyodo_frappe.learning.errors import InvalidSelfCheckMark, MarksFixed, NoItems
from kyodo_frappe.learning.self_checks import MARKS


class KyodoSelfCheck(Document):
	"""A person's private self-check; totals: learning/self_checks.py."""

	def validate(self):
		if any(row.mark and row.mark not in MARKS for row in self.answers):
			frappe.throw(_("Marks go from {0} to {1}.").format(MARKS[0], MARKS[-1]), InvalidSelfCheckMark)
		if self.is_new():
			self._set_owner_and_items()
		else:
			self._check_marks_stay()

	def after_delete(self):
		# Frappe stores deleted records where administrators can read them: leave nothing to store
		self.answers, self.note, self.user, self.owner, self.modified_by = [], None, None, None, None

	def _set_owner_and_items(self):
		"""Make a new check the current user's, of today, with the items of its list."""
		self.user, self.checked_on = frappe.session.user, nowdate()
		self.fiscal_year = self_checks.this_year()
		wanted = self_checks.programme_items(self.programme, self.audience)
		if not wanted:
			frappe.throw(_("The programme has no items for this self-check."), NoItems)
		marks = [row.mark for row in self.answers][: len(wanted)]
		marks += [0] * (len(wanted) - len(marks))
		self.set("answers", [{"item": item, "mark": mark} for item, mark in zip(wanted, marks, strict=True)])

	def _check_marks_stay(self):
		"""Raise MarksFixed when marks are changed after the day of the check."""
		before = self.get_doc_before_save()
		if not before or _marks_of(before) == _marks_of(self):
			return
		if getdate(before.checked_on) != getdate(nowdate()) or len(before.answers) != len(self.answers):
			message = _("The marks of an earlier self-check cannot be changed. Please begin a new one.")
			frappe.throw(message, exc=MarksFixed)


def _marks_of(check: Document) -> list[tuple[str, int]]:
	return [(row.item, cint(row.mark)) for row in check.answers]
