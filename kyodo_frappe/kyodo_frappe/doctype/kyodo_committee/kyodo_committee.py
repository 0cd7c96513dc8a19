import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.accounts.roles import grant_roles
from kyodo_frappe.committee.errors import InvalidSeats
from kyodo_frappe.committee.seats import STEPS, committee_balance
from kyodo_frappe.common.errors import InvalidPeriod, ListedTwice

INTERNAL_TEAM = "Internal Team"


class KyodoCommittee(Document):
	"""A committee of a programme and its members by side, step and term."""

	def validate(self):
		self._check_members_once()
		self._check_substitutes()
		self._check_terms()
		self._check_chair()
		self._note_balance()

	def on_update(self):
		grant_roles(self)

	def _check_members_once(self):
		users = [row.user for row in self.members if row.user]
		twice = {user for user in users if users.count(user) > 1}
		if twice:
			frappe.throw(_("{0} is in the committee twice.").format(_(", ").join(sorted(twice))), ListedTwice)

	def _check_substitutes(self):
		"""A substitute has no seat of their own and sits for one member only."""
		members = {row.user for row in self.members if row.user}
		substitutes = [row.substitute_user for row in self.members if row.substitute_user]
		for row in self.members:
			if not row.substitute_user:
				continue
			if row.substitute_user in members or substitutes.count(row.substitute_user) > 1:
				frappe.throw(
					_("{0} already sits in the committee and cannot also be the substitute of {1}.").format(
						row.substitute_name or row.substitute_user, row.member_name
					),
					exc=InvalidSeats,
				)
			row.substitute_name = row.substitute_name or frappe.db.get_value("User", row.substitute_user, "full_name")

	def _check_terms(self):
		for row in self.members:
			if row.from_date and row.to_date and getdate(row.to_date) < getdate(row.from_date):
				frappe.throw(_("The term of {0} ends before it begins.").format(row.member_name), InvalidPeriod)

	def _check_chair(self):
		chairs = [row.member_name for row in self.members if row.is_chair]
		if len(chairs) > 1:
			frappe.throw(
				_("A committee has one chair only. These members are marked as chair: {0}.").format(_(", ").join(chairs)), InvalidSeats
			)

	def _note_balance(self):
		if self.kind == INTERNAL_TEAM:  # city staff only: there are no two sides
			self.balance_note = ""
			return
		lines, met = [], True
		for step in STEPS:
			found = committee_balance(self, step)
			met = met and found.met
			words = _("City {0}, citizens {1}, others {2}").format(found.city, found.organisation, found.others)
			lines.append(f"{_(step)}: {words}")
			if self.members and not found.met:
				lines[-1] += " " + _("The two sides are not roughly equal in number.")
		self.balance_note = "\n".join(lines)
		if self.members and not met:
			frappe.msgprint(self.balance_note.replace("\n", "<br>"), indicator="orange", alert=True)
