"""Record which records the demo city or `kyodo cycle` has made, and remove exactly those."""

import json
from pathlib import Path

import frappe

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.removal import remove_records
from kyodo_frappe.permissions import role_links
from kyodo_frappe.permissions.record_rules import RECORD_RULES

CONFIG = ("Kyodo Section", "Kyodo Role Link", "Kyodo List Filter", *vocabulary.KINDS)


class Ledger:
	"""A context that records in `made` ({DocType: [names]}) what has been created within it.

	Only records owned by `users` or Administrator count, since other people may use the site at the same time.
	"""

	def __init__(self):
		self.users: list[str] = []
		self.made: dict[str, list[str]] = {}

	def __enter__(self):
		self._before = existing_names()
		return self

	def __exit__(self, failed, *_exc):
		# begin a new transaction in either case: requests over REST have committed in other connections
		frappe.db.rollback() if failed else frappe.db.commit()
		for doctype, names in existing_names().items():
			new = names - self._before[doctype]
			if doctype != "User" and new:
				owners = ["Administrator", *self.users]
				new = set(frappe.get_all(doctype, {"name": ["in", sorted(new)], "owner": ["in", owners]}, pluck="name", order_by="name"))
			elif doctype == "User":
				new &= set(self.users)
			if new:
				self.made[doctype] = sorted(new)


def existing_names() -> dict[str, set[str]]:
	"""Return {DocType: names} of all records that a ledger watches."""
	kinds = (*RECORD_RULES, *CONFIG, "User")
	return {doctype: set(frappe.get_all(doctype, pluck="name", order_by="name")) for doctype in kinds}


def remove(made: dict[str, list[str]]):
	"""Delete these records ({DocType: [names]}) with everything attached to them, decisions and letters included."""
	for doctype, names in made.items():
		if doctype != "User":
			remove_records(doctype, names)
	if users := made.get("User"):
		_remove_users(users)
	if made.get("Kyodo Role Link"):
		role_links.apply()


def _remove_users(users: list[str]):
	"""Delete users without User.on_trash, which refuses on a site whose only System Manager is Administrator."""
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


# -- the file between two commands -----------------------------------------------


def _path() -> Path:
	return Path(frappe.get_site_path("private", "kyodo_demo.json"))


def save(made: dict[str, list[str]]):
	"""Store what the demo has made, for `kyodo demo --clear`."""
	_path().write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")


def load() -> dict[str, list[str]] | None:
	"""Return what the demo has made, or None without a demo city."""
	return json.loads(_path().read_text(encoding="utf-8")) if _path().exists() else None


def delete_file():
	"""Delete the stored ledger."""
	_path().unlink(missing_ok=True)
