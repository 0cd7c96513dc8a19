"""A note on the progress of a project, written by one side and acknowledged by the other."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.partnership import notes, parties
from kyodo_frappe.partnership.errors import DateInFuture, NoteFixed, NotYourSide, ProjectNotActive
from kyodo_frappe.workflows.guard import changed_fields

# a consent can be withdrawn after the other side has acknowledged the note
EDITABLE_FIELDS = {"may_publish", "publish_photos"}


class KyodoProgressNote(Document):
	"""Only its own side edits it, until the other side has acknowledged it."""

	def validate(self):
		"""Raises NotYourSide, NoteFixed, ProjectNotActive, DateInFuture."""
		project = frappe.get_doc("Kyodo Project", self.project)
		if self.is_new():
			self._begin(project)
		elif not self.flags.kyodo_service:
			self._check_change(project)
		if self.note_date and getdate(self.note_date) > getdate(nowdate()):
			frappe.throw(_("The date of the note is in the future."), exc=DateInFuture)

	def after_insert(self):
		"""Notify the other side."""
		notes.notify_written(self)

	def _begin(self, project: Document):
		self.side = parties.check_side(project)
		if notes.is_over(project):
			frappe.throw(
				_("The project is in the state {0}, so no more notes can be added.").format(_(project.workflow_state)), exc=ProjectNotActive
			)

	def _check_change(self, project: Document):
		before = self.get_doc_before_save()
		changed = set(changed_fields(self, before))
		if changed and parties.side_of(project) != self.side:
			frappe.throw(
				_("This note was written by the side “{0}”, and only that side can change it.").format(_(self.side)), exc=NotYourSide
			)
		if not before.acknowledged_on:
			return
		if changed - EDITABLE_FIELDS or any(self.get(field) and not before.get(field) for field in EDITABLE_FIELDS):
			frappe.throw(
				_("The other side has acknowledged this note, so it can no longer be changed. Please write a new one."), exc=NoteFixed
			)
