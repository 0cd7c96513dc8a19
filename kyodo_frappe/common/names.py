"""Who did something, in words: a person's name, never a login or a word of Frappe's."""

import frappe
from frappe import _
from frappe.utils import get_fullname


def name_of(user: str | None) -> str:
	"""The name of the person who did something, or words for the server, a public form, or a deleted login."""
	if user == "Administrator":
		return _("done automatically")
	if not user or user == "Guest":
		return _("a visitor without a login")
	name = get_fullname(user)
	return _("somebody who has left") if name == user or "@" in name else name


def extend_bootinfo(bootinfo: dict):
	"""Tell the desk what to call those who are no people: it would show Guest and Administrator in the history of records."""
	known = bootinfo.setdefault("user_info", {})
	for user in ("Guest", "Administrator"):
		if user != frappe.session.user:
			known[user] = frappe._dict(known.get(user) or {}, fullname=name_of(user), email=user, name=user)


def name_people(docinfo: dict | None):
	"""Put names into the history that a form loads: for those who are no people, and for logins that are gone."""
	if not docinfo:
		return
	shown = docinfo.setdefault("user_info", {})
	logs = [rows for rows in docinfo.values() if isinstance(rows, list)]
	acted = {row.get("owner") for rows in logs for row in rows if isinstance(row, dict)}
	for user in {*shown, *acted} - {None, frappe.session.user}:
		known = shown.get(user) or {}
		if user in ("Guest", "Administrator") or not known.get("fullname") or "@" in known["fullname"]:
			shown[user] = frappe._dict(known, fullname=name_of(user), email=known.get("email") or user, name=user)
