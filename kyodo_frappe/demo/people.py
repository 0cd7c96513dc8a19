"""Accounts, organisations and the table, as a city would enter them."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils.password import update_password

from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, ORGANISATION, SECTION, SUPPORT

DOMAIN = "kyodo.example"


def make_user(key: str, name: str, roles: list[str], password: str | None = None) -> str:
	"""Create a login `key@kyodo.example`, without a password nobody can use it; returns the user id."""
	email = f"{key}@{DOMAIN}"
	if not frappe.db.exists("User", email):
		user = frappe.get_doc(
			{
				"doctype": "User",
				"email": email,
				# the whole name: Frappe puts a last name behind the first, a Japanese one comes before
				"first_name": name,
				"send_welcome_email": 0,
				"language": "ja",
				"roles": [{"role": role} for role in roles],
			}
		)
		user.flags.no_welcome_mail = True
		frappe.local.conf.throttle_user_limit = 1000  # Frappe lets 60 accounts be made in an hour otherwise
		with _caches_kept():
			user.insert(ignore_permissions=True)  # run by bench, as the administrator of the site
	if password:
		update_password(email, password)
	return email


@contextmanager
def _caches_kept() -> Iterator[None]:
	"""Frappe sets a default of the whole site for each new account and empties all its caches, which costs more
	than the account. While it installs, it does not."""
	before = frappe.flags.in_install
	frappe.flags.in_install = "kyodo_frappe accounts"
	try:
		yield
	finally:
		frappe.flags.in_install = before


def new_password() -> str:
	"""Random: these logins may come to stand on a machine that others reach."""
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
	"""A section with its officers [(user, name, position)]; adds them where the section exists."""
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
	return (
		frappe.get_doc({"doctype": "Kyodo Committee", "committee_name": name, "programme": programme, "members": members})
		.insert(ignore_permissions=True)  # run by bench, as the administrator of the site
		.name
	)
