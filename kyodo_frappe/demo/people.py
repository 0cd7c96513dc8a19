"""Accounts, sections and committees of the demo city."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils.password import update_password

from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, ORGANISATION, SECTION, SUPPORT

DOMAIN = "kyodo.example"


def make_user(key: str, name: str, roles: list[str], password: str | None = None) -> str:
	"""Create the user `key@kyodo.example` unless it exists, set the password if one is given, and return the user id."""
	email = f"{key}@{DOMAIN}"
	if not frappe.db.exists("User", email):
		user = frappe.get_doc(
			{
				"doctype": "User",
				"email": email,
				# the whole name: Frappe puts the last name second, in Japanese it comes first
				"first_name": name,
				"send_welcome_email": 0,
				"language": "ja",
				"roles": [{"role": role} for role in roles],
			}
		)
		user.flags.no_welcome_mail = True
		frappe.local.conf.throttle_user_limit = 1000  # Frappe's limit is 60 accounts an hour
		with without_cache_clearing():
			user.insert(ignore_permissions=True)  # run by bench, as the administrator of the site
	if password:
		update_password(email, password)
	return email


@contextmanager
def without_cache_clearing() -> Iterator[None]:
	"""Pretend to install an app, so that Frappe does not clear all caches for each new account."""
	before = frappe.flags.in_install
	frappe.flags.in_install = "kyodo_frappe accounts"
	try:
		yield
	finally:
		frappe.flags.in_install = before


def new_password() -> str:
	"""Return a random password, since the site may be reachable by others."""
	return secrets.token_urlsafe(9)


ROLE_LOGINS = (
	("manager", MANAGER),
	("officer", OFFICER),
	("section", SECTION),
	("member", COMMITTEE),
	("support", SUPPORT),
	("group", ORGANISATION),
)


def make_section(name: str, officers: list[tuple[str, str, str]], is_office: int = 0) -> str:
	"""Make a section with officers [(user, name, position), …], or add them to the existing one; return its name."""
	if frappe.db.exists("Kyodo Section", name):
		section = frappe.get_doc("Kyodo Section", name)
	else:
		section = frappe.get_doc({"doctype": "Kyodo Section", "section_name": name, "is_office": is_office})
	known = {row.user for row in section.officers}
	for user, officer_name, position in officers:
		if user not in known:
			section.append("officers", {"user": user, "officer_name": officer_name, "position": position})
	section.save(ignore_permissions=True)  # run by bench, as the administrator of the site
	return section.name


def make_committee(programme: str, name: str, members: list[dict]) -> str:
	"""Make a committee with rows of members and return its name."""
	return (
		frappe.get_doc({"doctype": "Kyodo Committee", "committee_name": name, "programme": programme, "members": members})
		.insert(ignore_permissions=True)  # run by bench, as the administrator of the site
		.name
	)
