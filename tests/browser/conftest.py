"""People and an organisation for tests in the browser."""

import frappe
import pytest

from kyodo_frappe.demo import ledger, people, walk
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.permissions.roles import COMMITTEE, OFFICER, ORGANISATION, SECTION
from kyodo_frappe.programme.presets import load_preset

PEOPLE = {"officer": OFFICER, "colleague": OFFICER, "section": SECTION, "group": ORGANISATION, "npo": COMMITTEE, "city": COMMITTEE}


class City:
	"""Committed records that a test begins with, since the browser's server is another process.

	`users`: {key of PEOPLE: login}; `clients`: the same users, acting in this process.
	"""

	def __init__(self, made: ledger.Ledger):
		tag = "walk" + frappe.generate_hash(length=6)
		self.programme = load_preset("kamakura")
		self.users = {key: people.make_user(f"{tag}-{key}", f"{key} さん", [role], people.new_password()) for key, role in PEOPLE.items()}
		made.users.extend(self.users.values())
		self.clients = {key: LocalClient(user) for key, user in self.users.items()}
		self.section = people.make_section(f"{tag} 支援課", [(self.users["section"], "担当", "課長")])
		sides = {"npo": "Organisation", "city": "City"}
		self.committee = people.make_committee(
			self.programme,
			f"{tag} 会議",
			[{"user": self.users[key], "member_name": key, "side": side} for key, side in sides.items()],
		)
		group = self.clients["group"]
		self.organisation = walk.begin_organisation(group, self.programme, f"{tag} の会", publish_profile=1)
		walk.apply_for_registration(group, self.organisation)
		self.clients["officer"].act("Kyodo Organisation", self.organisation, "Register")
		frappe.db.commit()

	def adopted(self) -> str:
		"""Take a proposal to its adoption and return its project, which has a form of collaboration."""
		group, officer, section = (self.clients[key] for key in ("group", "officer", "section"))
		proposal = walk.draft(group, self.programme, self.organisation, "食堂をひらく", section=self.section)
		walk.submit(group, proposal)
		walk.receive(officer, proposal)
		walk.refer(officer, proposal, self.section)
		for step, result, more in (("Step 1", "Passed to Step 2", {}), ("Step 2", "Adopted", {"amount": 400000})):
			meeting = walk.plan_meeting(officer, self.committee, step, [walk.proposal_item(proposal)])
			walk.convene(officer, meeting)
			walk.open_session(officer, meeting)
			walk.decide(officer, meeting, proposal, result, **more)
			walk.close(officer, meeting)
		project = frappe.db.get_value("Kyodo Project", {"proposal": proposal})
		section.update("Kyodo Project", project, {"form": "協働負担事業"})
		frappe.db.commit()
		return project


@pytest.fixture
def city(site):
	"""See `City`; everything made meanwhile is removed."""
	made = ledger.Ledger()
	try:
		with made:
			yield City(made)
	finally:
		ledger.remove(made.made)
		frappe.db.commit()
