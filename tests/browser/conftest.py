"""People and an organisation for a walk in the browser."""

import frappe
import pytest
from kyodo_frappe.demo import ledger, people, walk
from kyodo_frappe.demo.doors import LocalDoor
from kyodo_frappe.permissions.roles import COMMITTEE, OFFICER, ORGANISATION, SECTION
from kyodo_frappe.services.presets import load_preset

PEOPLE = {"officer": OFFICER, "colleague": OFFICER, "section": SECTION, "group": ORGANISATION, "npo": COMMITTEE, "city": COMMITTEE}


class City:
	"""What the walk needs before it begins, committed: the browser's server is another process."""

	def __init__(self, made: ledger.Ledger):
		tag = "walk" + frappe.generate_hash(length=6)
		self.programme = load_preset("kamakura")
		self.users = {
			key: people.make_user(f"{tag}-{key}", f"{key} さん", [role], people.new_password())
			for key, role in PEOPLE.items()
		}
		made.users.extend(self.users.values())
		self.doors = {key: LocalDoor(user) for key, user in self.users.items()}
		self.section = people.make_section(f"{tag} 支援課", [(self.users["section"], "担当", "課長")])
		sides = {"npo": "Organisation", "city": "City"}
		self.committee = people.make_committee(
			self.programme,
			f"{tag} 会議",
			[{"user": self.users[key], "member_name": key, "side": side} for key, side in sides.items()],
		)
		group = self.doors["group"]
		self.organisation = walk.begin_organisation(group, self.programme, f"{tag} の会", publish_profile=1)
		walk.apply_for_registration(group, self.organisation)
		self.doors["officer"].act("Kyodo Organisation", self.organisation, "Register")
		frappe.db.commit()


@pytest.fixture
def city(site):
	made = ledger.Ledger()
	try:
		with made:
			yield City(made)
	finally:
		ledger.remove(made.made)
		frappe.db.commit()
