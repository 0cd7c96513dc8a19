import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from kyodo_frappe.common import typed_input, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations import change_notices
from kyodo_frappe.organisations.change_notices import as_text
from kyodo_frappe.organisations.errors import ChangeNoticeOutdated, InvalidNotice, NothingChanged, NoticePending, OrganisationNotRegistered
from kyodo_frappe.rules.codes import clean_corporate_number, clean_postal_code, valid_corporate_number, valid_postal_code
from kyodo_frappe.rules.textkeys import kana_valid, to_katakana
from kyodo_frappe.workflows.states import WRITING, category_of


class KyodoChangeNotice(Document):
	"""A change notice (変更届) of a registered organisation."""

	def before_insert(self):
		if name := change_notices.open_notice(self.organisation):
			frappe.throw(_("The change notice {0} is still being checked. Please wait for it or withdraw it.").format(name), NoticePending)

	def validate(self):
		self._organisation = frappe.get_doc("Kyodo Organisation", self.organisation)
		if self.is_new() or category_of(self.get_doc_before_save()) == WRITING:
			self._complete_rows()

	def own_people(self) -> set[str]:
		"""Return the users for whom this record is their own (four eyes)."""
		return {self.owner, *self._organisation.own_people()}

	def check_step(self, action: str, state: str, next_state: str):
		"""Check a transition of the workflow. Raises ValidationError, ChangeNoticeOutdated."""
		if action == "Submit":
			self._check_submitted()
		elif action == "Accept":
			self._check_not_outdated()

	def _complete_rows(self):
		"""Set label, old value and normalised new value of each row, and remove rows that change nothing."""
		kept = []
		allowed = {field.name for field in change_notices.fields_of(self._organisation)}
		for row in self.changes:
			if row.field not in allowed:
				frappe.throw(_("“{0}” cannot be changed by a notice.").format(escape_html(str(row.field))), InvalidNotice)
			if row.field in [other.field for other in kept]:
				frappe.throw(_("“{0}” is in the notice twice.").format(row.field), InvalidNotice)
			df = self._organisation.meta.get_field(row.field)
			row.field_label = _(df.label, lang=RECORD_LANGUAGE)
			row.old_value = as_text(self._organisation.get(row.field))
			row.new_value = self._normalised(df, row.new_value)
			if row.new_value != row.old_value:
				kept.append(row)
		self.set("changes", [])
		for row in kept:
			self.append("changes", row)

	def _normalised(self, df, value) -> str:
		"""The new value as the organisation would store it. Raises ValidationError for an impossible one."""
		text, label = as_text(value), _(df.label)
		normalise = {
			"organisation_kana": to_katakana,
			"postal_code": clean_postal_code,
			"corporate_number": clean_corporate_number,
			"organisation_type": lambda typed: vocabulary.find(df.options, typed) or typed,
		}.get(df.fieldname)
		if text and typed_input.is_read(df):
			text = as_text(typed_input.read(df, text))
		text = normalise(text) if normalise and text else text
		is_valid = {
			"organisation_kana": kana_valid,
			"postal_code": valid_postal_code,
			"corporate_number": valid_corporate_number,
			"organisation_type": lambda chosen: chosen in (*dict(vocabulary.choices(df.options)), self._organisation.organisation_type),
			"member_count": str.isdecimal,
		}.get(df.fieldname)
		if text and is_valid and not is_valid(text):
			frappe.throw(_("“{0}”: “{1}” is not possible.").format(label, escape_html(text[:60])), InvalidNotice)
		if df.fieldtype == "Data" and len(text) > 140:
			frappe.throw(_("“{0}” is too long: at most {1} characters.").format(label, 140), InvalidNotice)
		if not text and (df.reqd or df.fieldname == "representative"):
			frappe.throw(_("“{0}” cannot be left empty.").format(label), InvalidNotice)
		return text

	def _check_submitted(self):
		if self._organisation.workflow_state != "Registered":
			frappe.throw(_("Notices are for registered organisations. Otherwise change the entries themselves."), InvalidNotice)
		if not self.changes:
			frappe.throw(_("Nothing differs from what is registered."), NothingChanged)

	def _check_not_outdated(self):
		if self._organisation.workflow_state == "Withdrawn":
			frappe.throw(_("This organisation is no longer registered here."), OrganisationNotRegistered)
		for row in self.changes:
			if as_text(self._organisation.get(row.field)) not in (row.old_value or "", row.new_value or ""):
				frappe.throw(
					_("“{0}” has been changed since this notice was handed in. Please return it so that it can be handed in again.").format(
						row.field_label
					),
					exc=ChangeNoticeOutdated,
				)
