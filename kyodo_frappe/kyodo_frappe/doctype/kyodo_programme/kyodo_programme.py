import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.errors import ListedTwice
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.letters import approval, wording
from kyodo_frappe.letters.text import TOKENS
from kyodo_frappe.messages import rows
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import call_terms, form, form_declaration, opening
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.deadline_rows import let_labels_follow
from kyodo_frappe.programme.deadlines import rule_of
from kyodo_frappe.programme.errors import InvalidMunicipalityCode
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.codes import valid_municipality_code
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.rules.meeting_plan import year_plan
from kyodo_frappe.web import look, papers


class KyodoProgramme(Document):
	"""A city's kyodo programme: its rules, forms, texts and plans."""

	def before_insert(self):
		rows.add_missing(self)
		if not self.form_fields:
			self.extend("form_fields", form.standard())

	def validate(self):
		if self.municipality_code and not valid_municipality_code(self.municipality_code):
			frappe.throw(
				_("The municipality code {0} is not valid: it has six digits, the last of which is a check digit.").format(
					self.municipality_code
				),
				exc=InvalidMunicipalityCode,
			)
		with translate_rule_errors():
			year_plan([row.as_dict() for row in self.meeting_plan], fiscal_year(getdate()))
			for row in self.meeting_plan:
				row.begins_at = time_of_day(row.begins_at)
		wording.fill_new_rows(self)
		wording.check_rows(self, set(TOKENS))
		approval.check_approvers(self)
		self._check_codes_once("criteria", "principles", "requirements", "deadline_rules", "forms")
		call_terms.check_programme(self)
		form_declaration.check(self)
		rows.check(self)
		look.check(self)
		papers.check_forms(self)
		let_labels_follow(self)
		programme_versions.check_previewed(self)
		self._keep_opening()

	def on_update(self):
		# refuse a deadline that cannot be computed now, and not on the day it is needed
		frappe.clear_document_cache(self.doctype, self.name)
		programme_visibility.clear_cache()
		for row in self.deadline_rules:
			rule_of(self.name, row.code)
		programme_versions.keep_version(self)
		form.forget_content()

	def after_rename(self, old, new, merge=False):
		programme_visibility.clear_cache()

	def _keep_opening(self):
		"""Open a draft once nothing is missing; an opened programme never becomes a draft again. Sets the day of opening."""
		before = self.get_doc_before_save()
		self.opened_on = before.opened_on if before else None
		if before and before.is_draft and (self.is_active or not self.is_draft):
			opening.check(self)
			self.update({"is_draft": 0, "is_active": 1, "opened_on": nowdate()})
		elif before and not before.is_draft:
			self.is_draft = 0
		elif self.is_draft:
			self.is_active = 0

	def on_trash(self):
		programme_visibility.clear_cache()
		programme_versions.delete_versions(self)

	def _check_codes_once(self, *tables: str):
		for table in tables:
			codes = [row.code for row in self.get(table)]
			for code in codes:
				if codes.count(code) > 1:
					frappe.throw(_("{0}: the code {1} is there twice.").format(_(self.meta.get_label(table)), code), ListedTwice)
