"""Remembers exactly what a demo or a walk made, and removes exactly that."""

import json
from pathlib import Path

import frappe

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.removal import remove_records
from kyodo_frappe.permissions.record_rules import RECORD_RULES

CONFIG = ("Kyodo Section", "Kyodo Role Link", *vocabulary.KINDS)


class Ledger:
	"""`with Ledger(users) as ledger: …` → `ledger.made`: {DocType: [names]} of what came into being meanwhile.

	Only what `users` or Administrator own counts: on a site in use, others may be working at the same time.
	"""

	def __init__(self):
		self.users: list[str] = []
		self.made: dict[str, list[str]] = {}

	def __enter__(self):
		self._before = _names()
		return self

	def __exit__(self, failed, *_exc):
		# either way a new transaction begins: a walk over REST has committed in other connections
		frappe.db.rollback() if failed else frappe.db.commit()
		for doctype, names in _names().items():
			new = names - self._before[doctype]
			if doctype != "User" and new:
				owners = ["Administrator", *self.users]
				new = set(frappe.get_all(doctype, {"name": ["in", sorted(new)], "owner": ["in", owners]}, pluck="name", order_by="name"))
			elif doctype == "User":
				new &= set(self.users)
			if new:
				self.made[doctype] = sorted(new)


def _names() -> dict[str, set[str]]:
	kinds = (*RECORD_RULES, *CONFIG, "User")
	return {doctype: set(frappe.get_all(doctype, pluck="name", order_by="name")) for doctype in kinds}


def remove(made: dict[str, list[str]]):
	"""Delete the records of a ledger with everything that hangs on them. Decisions and letters too: they are not real."""
	for doctype, names in made.items():
		if doctype != "User":
			remove_records(doctype, names)
	if users := made.get("User"):
		_remove_users(users)


def _remove_users(users: list[str]):
	"""Without User.on_trash: it refuses on a site that has no System Manager besides Administrator."""
	contacts = frappe.get_all("Contact", {"user": ["in", users]}, pluck="name", order_by="name")
	remove_records("Contact", contacts)
	for kind, field in (
		("Notification Settings", "name"),
		("Notification Log", "for_user"),
		("DefaultValue", "parent"),
		("Sessions", "user"),
		("__Auth", "name"),
		("Activity Log", "user"),
		("Access Log", "user"),
	):
		frappe.db.delete(kind, {field: ["in", users]})
	remove_records("User", users)


# -- kept between two commands ---------------------------------------------------


def _file() -> Path:
	return Path(frappe.get_site_path("private", "kyodo_demo.json"))


def keep(made: dict[str, list[str]]):
	_file().write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")


def kept() -> dict[str, list[str]] | None:
	return json.loads(_file().read_text(encoding="utf-8")) if _file().exists() else None


def forget():
	_file().unlink(missing_ok=True)
