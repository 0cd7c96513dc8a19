import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common import typed_input
from kyodo_frappe.common.errors import InvalidPeriod
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.rules.surveys import WITH_CHOICES, choices
from kyodo_frappe.support import surveys
from kyodo_frappe.support.errors import SurveyQuestionsError, SurveyStateError
from kyodo_frappe.workflows.guard import changed_by_user


class KyodoSurvey(Document):
	"""A survey of organisations with its questions; opening and answering it: support/surveys.py."""

	def before_insert(self):
		typed_input.before_validate(self)  # Frappe names the record before it is validated
		self._place_in_year()  # the name contains the fiscal year

	def validate(self):
		self._check_still_open()
		self._place_in_year()
		if self.closes_on and getdate(self.closes_on) < getdate(self.opens_on):
			frappe.throw(_("The last day is before the first."), InvalidPeriod)
		self._number_questions()
		self._check_choices()

	def on_trash(self):
		if self.state != surveys.DRAFT:
			frappe.throw(_("Organisations have been invited, so the survey cannot be deleted. Close it instead."), SurveyStateError)

	def _check_still_open(self):
		"""Refuse changes but of `surveys.EDITABLE_WHEN_OPEN` once organisations are answering."""
		before = self.get_doc_before_save()
		touched = set(changed_by_user(self)) - surveys.EDITABLE_WHEN_OPEN
		if touched and before.state != surveys.DRAFT:
			labels = _(", ").join(_(self.meta.get_label(name)) for name in sorted(touched))
			message = _("Organisations are answering already, so this cannot be changed: {0}.").format(labels)
			frappe.throw(message, exc=SurveyStateError)

	def _place_in_year(self):
		"""Set the fiscal year to the one in which the survey opens, unless another is given."""
		self.opens_on = self.opens_on or nowdate()
		self.fiscal_year = self.fiscal_year or fiscal_year(getdate(self.opens_on))

	def _number_questions(self):
		used = {row.code.strip() for row in self.questions if (row.code or "").strip()}
		free = (f"Q{number}" for number in range(1, 10_000) if f"Q{number}" not in used)
		seen = set()
		for row in self.questions:
			row.code = (row.code or "").strip() or next(free)
			if row.code in seen:
				message = _("Two questions have the code {0}. Please give each its own.").format(row.code)
				frappe.throw(message, exc=SurveyQuestionsError)
			seen.add(row.code)

	def _check_choices(self):
		for row in self.questions:
			if row.kind not in WITH_CHOICES:
				row.choices = None
			elif len(choices(row)) < 2:
				message = _("“{0}”: please write at least two choices, one for each line.").format(row.question)
				frappe.throw(message, exc=SurveyQuestionsError)
