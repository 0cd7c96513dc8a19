import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.learning import events, questionnaires
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.rules.clock import clock
from kyodo_frappe.rules.era import fiscal_year

ANNOUNCED = events.ANNOUNCED


class KyodoEvent(ScopedDocument):
	def onload(self):
		# a section reads every event and organises its own: the form offers what its reader may do
		self.set_onload("organises", self.has_permission("write"))

	def before_insert(self):
		# the yearly number of its name is taken before the record is validated
		self._set_fiscal_year()

	def validate(self):
		self._set_fiscal_year()
		self._check_times()
		self._check_registration()
		self._check_questions()
		before = self.get_doc_before_save()
		if before and before.state == self.state == ANNOUNCED:
			events.note_changes(self, before)

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.state == self.state == ANNOUNCED:
			events.follow(self, before)

	def on_trash(self):
		if self.state != events.PLANNED:
			frappe.throw(_("An event that was announced is kept. Call it off instead of deleting it."), frappe.PermissionError)

	def _set_fiscal_year(self):
		if self.held_on:
			self.fiscal_year = fiscal_year(getdate(self.held_on))

	def _check_times(self):
		with translate_rule_errors():
			self.begins_at, self.ends_at = clock(self.begins_at), clock(self.ends_at)
		if self.ends_at and not self.begins_at:
			frappe.throw(_("Please say when the event begins."))
		if self.ends_at and self.ends_at <= self.begins_at:
			frappe.throw(_("The event ends before it begins. Please correct its times."))

	def _check_registration(self):
		opens, closes = (getdate(day) if day else None for day in (self.registration_from, self.registration_until))
		if opens and closes and closes < opens:
			frappe.throw(_("Registration closes before it opens. Please correct its days."))
		if max(filter(None, (opens, closes)), default=getdate(self.held_on)) > getdate(self.held_on):
			frappe.throw(_("Registration cannot go on after the day of the event."))

	def _check_questions(self):
		for row in self.questions:
			if row.kind == "Choice" and len(questionnaires.choices_of(row)) < 2:
				frappe.throw(_("Questionnaire, row {0}: please write at least two choices, one for each line.").format(row.idx))
		if len({row.question.strip() for row in self.questions if row.question}) < len(self.questions):
			frappe.throw(_("Each question of the questionnaire may be asked once only."))
		before = self.get_doc_before_save()
		if before and before.asked_on and asked(before) != asked(self):
			frappe.throw(_("The questionnaire has been sent: its questions stay as they are."))


def asked(event: Document) -> list[tuple]:
	"""What a questionnaire asks, as plain values."""
	return [(row.question, row.kind, row.choices or "") for row in event.questions]
