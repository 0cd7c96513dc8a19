import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common import typed_input
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.learning import events, questionnaires
from kyodo_frappe.learning.errors import EventIncomplete, InvalidEventTimes, QuestionnaireError
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.era import fiscal_year

ANNOUNCED = events.ANNOUNCED


class KyodoEvent(ScopedDocument):
	"""An event with its registration period and questionnaire; announcing and holding it: learning/events.py."""

	def onload(self):
		# a section reads every event but organises its own only: the form offers the buttons accordingly
		self.set_onload("organises", self.has_permission("write"))

	def before_insert(self):
		typed_input.before_validate(self)  # Frappe names the record before it is validated
		# the name contains the fiscal year and is set before validation
		self._set_fiscal_year()

	def validate(self):
		self._set_fiscal_year()
		self._check_times()
		self._check_registration()
		self._check_questions()
		before = self.get_doc_before_save()
		if before and before.state == self.state == ANNOUNCED:
			self.check_details()
			if events.has_moved(self, before):
				self.calendar_sequence = (before.calendar_sequence or 0) + 1

	def on_update(self):
		before = self.get_doc_before_save()
		if before and before.state == self.state == ANNOUNCED:
			events.apply_saved_changes(self, before)

	def on_trash(self):
		if self.state != events.PLANNED:
			frappe.throw(_("An announced event cannot be deleted. Call it off instead."), frappe.PermissionError)

	def check_details(self):
		"""Raise EventIncomplete where a visitor would not know when or where to come."""
		missing = [] if self.place or self.online_address else [_("Place")]
		if self.audience != "City Staff" and not self.begins_at:
			missing.append(_("Begins At"))
		if missing:
			message = _("Before an event is announced, please fill in: {0}.").format(_(", ").join(missing))
			frappe.throw(message, exc=EventIncomplete)

	def _set_fiscal_year(self):
		if self.held_on:
			self.fiscal_year = fiscal_year(getdate(self.held_on))

	def _check_times(self):
		with translate_rule_errors():
			self.begins_at, self.ends_at = time_of_day(self.begins_at), time_of_day(self.ends_at)
		if self.ends_at and not self.begins_at:
			frappe.throw(_("Please say when the event begins."), InvalidEventTimes)
		if self.ends_at and self.ends_at <= self.begins_at:
			frappe.throw(_("The event ends before it begins. Please correct its times."), InvalidEventTimes)

	def _check_registration(self):
		opens, closes = (getdate(day) if day else None for day in (self.registration_from, self.registration_until))
		if opens and closes and closes < opens:
			frappe.throw(_("Registration closes before it opens. Please correct its days."), InvalidEventTimes)
		if max(filter(None, (opens, closes)), default=getdate(self.held_on)) > getdate(self.held_on):
			frappe.throw(_("Registration cannot end after the day of the event."), InvalidEventTimes)

	def _check_questions(self):
		for row in self.questions:
			if row.kind == "Choice" and len(questionnaires.choices_of(row)) < 2:
				message = _("Questionnaire, row {0}: please write at least two choices, one for each line.").format(row.idx)
				frappe.throw(message, exc=QuestionnaireError)
		if len({row.question.strip() for row in self.questions if row.question}) < len(self.questions):
			frappe.throw(_("Each question of the questionnaire may be asked once only."), exc=QuestionnaireError)
		before = self.get_doc_before_save()
		if before and before.asked_on and _questions_of(before) != _questions_of(self):
			frappe.throw(_("The questionnaire has been sent, so its questions cannot be changed."), exc=QuestionnaireError)


def _questions_of(event: Document) -> list[tuple[str, str, str]]:
	return [(row.question, row.kind, row.choices or "") for row in event.questions]
