import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.services.seats import balance_of
from kyodo_frappe.services.logins import grant_roles


class KyodoCommittee(Document):
	def validate(self):
		self._check_members_once()
		self._note_balance()

	def on_update(self):
		grant_roles(self)

	def _check_members_once(self):
		users = [row.user for row in self.members if row.user]
		twice = {user for user in users if users.count(user) > 1}
		if twice:
			frappe.throw(_("{0} is in the committee twice.").format(_(", ").join(sorted(twice))))

	def _note_balance(self):
		found = balance_of(self)
		self.balance_note = _("City {0}, citizens {1}, others {2}").format(
			found.city, found.organisation, found.others
		)
		if self.members and not found.met:
			self.balance_note += " " + _("The two sides are not about equal in number.")
			frappe.msgprint(self.balance_note, indicator="orange", alert=True)
