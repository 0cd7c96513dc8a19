"""Logins of the city's staff, committee members and the support centre, created while a programme is set up."""

import frappe
from frappe import _
from frappe.core.doctype.user.user import User

from kyodo_frappe.accounts import invitations
from kyodo_frappe.accounts.errors import LoginNotInvitable, NameMissing, RoleMissing, SeatTaken, SystemManagerMissing
from kyodo_frappe.common import request_json
from kyodo_frappe.common.errors import InputMissing, TooMany
from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, SECTION, SUPPORT
from kyodo_frappe.programme import presets

GRANTABLE_ROLES = (OFFICER, SECTION, COMMITTEE, SUPPORT)
DESK_ROLES = (OFFICER, SECTION, MANAGER)
MAX_AT_ONCE = 60


def invite(people: list[dict], programme: str) -> list[str]:
	"""Give each of `people` a login and a place, and mail new users a link to choose a password; returns the logins.

	people: [{full_name, email, role, section?, seat?}]; section: of a section officer; seat: row of a committee member. Only System
	Managers may grant Kyodo Manager. Raises PermissionError, ValidationError and the refusals of accounts/errors.py; then nobody is
	invited.
	"""
	presets.check_may_load()
	if len(people) > MAX_AT_ONCE:
		frappe.throw(_("Please invite at most {0} people at once.").format(MAX_AT_ONCE), TooMany)
	return [_invite_person(number, person, programme) for number, person in enumerate(people, start=1)]


@frappe.whitelist(methods=["POST"])
def invite_people(programme: str, people: str) -> list[str]:
	"""Invite `people`, a JSON list as in `invite`; returns the logins. Raises as `invite`."""
	presets.check_may_load()
	return invite(request_json.rows(people), frappe.get_doc("Kyodo Programme", programme).name)


def _invite_person(number: int, person: dict, programme: str) -> str:
	role = person.get("role")
	allowed = (*GRANTABLE_ROLES, MANAGER) if "System Manager" in frappe.get_roles() else GRANTABLE_ROLES
	if role not in allowed:
		frappe.throw(_("Person {0}: please choose a role.").format(number), RoleMissing)
	full_name = " ".join(str(person.get("full_name") or "").split())[:140]
	if not full_name:
		frappe.throw(_("Person {0}: please give the name.").format(number), NameMissing)
	email = invitations.clean_email(person.get("email"))
	user = _login(email, full_name, role)
	if role == SECTION:
		_seat_in_section(person.get("section"), user, full_name)
	elif role == COMMITTEE:
		_seat_at_table(person.get("seat"), user, full_name, programme)
	return user


def _login(email: str, full_name: str, role: str) -> str:
	if role in DESK_ROLES and _would_become_system_manager():
		frappe.throw(
			_(
				"This site has no System Manager besides Administrator, and Frappe would make the first person of the desk one. Please make a login for the administrator first."
			),
			exc=SystemManagerMissing,
		)
	existing = invitations.login_of(email)
	if existing is None:
		return _new_login(email, full_name, role)
	if existing.name in frappe.STANDARD_USERS or not existing.enabled:
		frappe.throw(_("{0} cannot be invited. Please ask the administrator of the site.").format(email), exc=LoginNotInvitable)
	if role in DESK_ROLES and frappe.db.get_value("User", existing.name, "user_type") == "Website User":
		frappe.throw(
			_("{0} has a login of the portal. The administrator of the site opens the desk for it.").format(email), exc=LoginNotInvitable
		)
	account = frappe.get_doc("User", existing.name)
	account.flags.ignore_permissions = True  # grants roles of this app only; see `invite`
	account.add_roles(role)
	return existing.name


def _would_become_system_manager() -> bool:
	"""Whether Frappe would make the next desk user a System Manager, as v15 does with the first one."""
	return hasattr(User, "add_system_manager_role") and not _has_system_manager()


def _has_system_manager() -> bool:
	role, user = frappe.qb.DocType("Has Role"), frappe.qb.DocType("User")
	return bool(
		frappe.qb.from_(role)
		.join(user)
		.on(user.name == role.parent)
		.select(user.name)
		.where((role.parenttype == "User") & (role.role == "System Manager") & (user.enabled == 1))
		.where(user.name.notin(frappe.STANDARD_USERS))
		.orderby(user.name)
		.limit(1)
		.run()
	)


def _new_login(email: str, full_name: str, role: str) -> str:
	user = frappe.get_doc(
		{
			"doctype": "User",
			"email": email,
			"first_name": full_name,  # the whole name: Frappe would put the family name last
			"send_welcome_email": 0,
			"language": "ja",
			"roles": [{"role": role}],
		}
	)
	user.flags.no_welcome_mail = True
	user.insert(ignore_permissions=True)  # grants roles of this app only; see `invite`
	invitations.welcome(email, full_name)
	return user.name


def _seat_in_section(section: str | None, user: str, full_name: str):
	if not section or not frappe.db.exists("Kyodo Section", section):
		frappe.throw(_("{0}: please choose the section.").format(full_name), InputMissing)
	doc = frappe.get_doc("Kyodo Section", section, for_update=True)
	if user not in {row.user for row in doc.officers}:
		doc.append("officers", {"user": user, "officer_name": full_name})
		doc.save(ignore_permissions=True)  # the user may set the programme up; see `invite`


def _seat_at_table(seat: str | None, user: str, full_name: str, programme: str):
	committee = frappe.db.get_value("Kyodo Committee Member", {"name": seat, "parenttype": "Kyodo Committee"}, "parent") if seat else None
	if not committee or frappe.db.get_value("Kyodo Committee", committee, "programme") != programme:
		frappe.throw(_("{0}: please choose the seat in the committee.").format(full_name), InputMissing)
	doc = frappe.get_doc("Kyodo Committee", committee, for_update=True)
	row = next(row for row in doc.members if row.name == seat)
	if row.user and row.user != user:
		frappe.throw(_("{0}: this seat is taken by {1}.").format(full_name, row.member_name), exc=SeatTaken)
	row.user, row.member_name = user, full_name
	doc.save(ignore_permissions=True)  # the user may set the programme up; see `invite`
