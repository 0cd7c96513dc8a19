import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.learning import self_checks
from kyodo_frappe.learning.self_checks import MARKS


class KyodoSelfCheck(Document):
	def validate(self):
		if any(row.mark and row.mark not in MARKS for row in self.answers):
			frappe.throw(_("Marks go from {0} to {1}.").format(MARKS[0], MARKS[-1]))
		if self.is_new():
			self._begin()
		else:
			self._check_marks_stay()

	def after_delete(self):
		# Frappe keeps what is deleted where administrators read it: of this, nothing is kept
		self.answers, self.note, self.user, self.owner, self.modified_by = [], None, None, None, None

	def _begin(self):
		"""A check is its maker's, of today, and has the items of its list."""
		self.user, self.checked_on = frappe.session.user, nowdate()
		self.fiscal_year = self_checks.this_year()
		wanted = self_checks.items_of(self.programme, self.audience)
		if not wanted:
			frappe.throw(_("The programme has no items for this self-check."))
		marks = [row.mark for row in self.answers][: len(wanted)]
		marks += [0] * (len(wanted) - len(marks))
		self.set("answers", [{"item": item, "mark": mark} for item, mark in zip(wanted, marks, strict=True)])

	def _check_marks_stay(self):
		"""Marks are fixed from the next day on."""
		before = self.get_doc_before_save()
		if not before or _plain(before) == _plain(self):
			return
		if getdate(before.checked_on) != getdate(nowdate()) or len(before.answers) != len(self.answers):
			frappe.throw(_("The marks of an earlier self-check stay as they were. Please begin a new one."))


def _plain(check: Document) -> list[tuple[str, int]]:
	return [(row.item, cint(row.mark)) for row in check.answers]
