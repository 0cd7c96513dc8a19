import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import nowdate

from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.columns import ScopedDocument
from kyodo_frappe.rules import matching as rules
from kyodo_frappe.support import introductions
from kyodo_frappe.support.errors import IntroductionError
from kyodo_frappe.support.matching import LIVE, MATCH, NEED


class KyodoMatch(ScopedDocument):
	"""An introduction of a need to another need, an organisation or a person."""

	def validate(self):
		if not self.is_new():
			return
		need = parties.get_permitted(NEED, self.need, lock=True)
		_check_open(need)
		self._set_target(need)
		self._check_target(need)
		self.introduced_on, self.introduced_by = nowdate(), frappe.session.user

	def _set_target(self, need: Document):
		self.person = self.person if self.kind == "Person" else None
		self.other_need = self.other_need if self.kind == "Need" else None
		if self.kind != "Organisation":
			self.organisation = self._organisation_of_other_need(need) if self.other_need else None

	def _organisation_of_other_need(self, need: Document) -> str | None:
		other = parties.get_permitted(NEED, self.other_need)
		_check_open(other)
		if rules.OPPOSITE[need.kind] != other.kind:
			message = _("A need is matched with an offer: please choose one of the other kind.")
			frappe.throw(message, exc=IntroductionError)
		return other.organisation

	def _check_target(self, need: Document):
		target = self.other_need or self.person or self.organisation
		if not target:
			frappe.throw(_("Please say whom to introduce."), exc=IntroductionError)
		if self.organisation and self.organisation == need.organisation:
			frappe.throw(_("Both belong to the same organisation."), exc=IntroductionError)
		fieldname = introductions.TARGET_FIELDS[self.kind]
		if frappe.db.exists(MATCH, {"need": need.name, "kind": self.kind, fieldname: target}):
			frappe.throw(_("These two have been introduced already."), exc=IntroductionError)

	def after_insert(self):
		introductions.notify_introduced(self)


def _check_open(need: Document):
	if need.state not in LIVE:
		frappe.throw(_("“{0}” is no longer open.").format(need.title), exc=IntroductionError)
