"""The screening of one of the city's services (事業の選別): could it be done as kyodo?"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import nowdate

from kyodo_frappe.partnership.plan_rows import keep_planned_columns
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.rules.screening import assess
from kyodo_frappe.screening import screenings as screening
from kyodo_frappe.screening.errors import QuestionsUnanswered, SectionDisabled, ServiceAlreadyEntered


class KyodoServiceScreening(Document):
	"""The programme's questions are copied when a screening is created, and stay as they were asked."""

	def check_permission(self, permtype="read", permlevel=None):
		"""Default the section of a new screening to the user's own, then check permissions. Raises PermissionError."""
		# Frappe checks the create permission before any hook runs, and a section officer may create only for their own section
		if permtype == "create" and not self.section:
			self.section = screening.own_section()
		super().check_permission(permtype, permlevel)

	def validate(self):
		"""Copy the questions or keep them, and compute the suggestion. Raises SectionDisabled, ServiceAlreadyEntered."""
		if self.is_new():
			self._check_section()
			self._take_questions()
		else:
			keep_planned_columns(self, "answers", ("answer", "note"), ("code", "question"), only=True)
		if self.is_new() or self.has_value_changed("service_name"):
			self._check_entered_once()
		self._assess()
		self._note_progress()

	def own_people(self) -> set[str]:
		"""The user who answered for the section, and must not conclude the screening (four eyes)."""
		return {self.answered_by} - {None}

	def check_step(self, action: str, state: str, next_state: str):
		"""Check what submission and conclusion require. Raises QuestionsUnanswered, ReviewIncomplete."""
		if action == "Hand In":
			self._check_answered()
		elif action == "Conclude Screening":
			screening.check_reviewed(self)

	def _check_section(self):
		if frappe.db.get_value("Kyodo Section", self.section, "disabled"):
			frappe.throw(
				_("The section “{0}” is no longer in use. Please choose its successor.").format(self.section),
				exc=SectionDisabled,
			)

	def _check_entered_once(self):
		known = screening.entered_services(self.programme, self.fiscal_year)
		other = known.get((self.section, screening.service_key(self.service_name)))
		if other and other != self.name:
			frappe.throw(
				_("“{0}” of {1} has already been entered for {2}: {3}.").format(
					self.service_name, self.section, era_year(self.fiscal_year), other
				),
				exc=ServiceAlreadyEntered,
			)

	def _take_questions(self):
		"""Copy the programme's questions as they are today.

		Answers sent along are matched by code, else by their order; other columns of the request are ignored.
		"""
		given = list(self.answers)
		self.set("answers", [])
		for number, asked in enumerate(frappe.get_cached_doc("Kyodo Programme", self.programme).screening_questions):
			row = next((row for row in given if row.code == asked.code), None)
			if row is None and number < len(given) and not given[number].code:
				row = given[number]
			said = {"answer": row.answer, "note": row.note} if row else {}
			self.append("answers", {"code": asked.code, "question": asked.question, "direction": asked.direction, **said})

	def _assess(self):
		found = assess(self.answers)
		self.points_for, self.points_against = found.points_for, found.points_against
		self.suggestion = found.suggestion or None

	def _check_answered(self):
		if waiting := assess(self.answers).unanswered:
			frappe.throw(_("Not answered yet: {0}").format(_(", ").join(waiting)), exc=QuestionsUnanswered)

	def _note_progress(self):
		before = self.get_doc_before_save()
		if (self.progress or "") != ((before.progress if before else "") or ""):
			self.progress_on = nowdate() if self.progress else None
