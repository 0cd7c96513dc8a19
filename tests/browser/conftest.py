"""People and an organisation for tests in the browser."""

from contextlib import contextmanager

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps, ledger, people
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.permissions.roles import COMMITTEE, OFFICER, ORGANISATION, SECTION
from kyodo_frappe.programme.presets import load_preset

PEOPLE = {"officer": OFFICER, "colleague": OFFICER, "section": SECTION, "group": ORGANISATION, "npo": COMMITTEE, "city": COMMITTEE}


class City:
	"""Committed records that a test begins with, since the browser's server is another process.

	`users`: {key of PEOPLE: login}; `clients`: the same users, acting in this process.
	"""

	def __init__(self, programme: str, users: dict[str, str]):
		tag = "walk" + frappe.generate_hash(length=6)
		self.programme = programme
		self.users = users
		self.clients = {key: LocalClient(user) for key, user in self.users.items()}
		self.section = people.make_section(f"{tag} 支援課", [(self.users["section"], "担当", "課長")])
		sides = {"npo": "Organisation", "city": "City"}
		self.committee = people.make_committee(
			self.programme,
			f"{tag} 会議",
			[{"user": self.users[key], "member_name": key, "side": side} for key, side in sides.items()],
		)
		group = self.clients["group"]
		self.organisation = cycle_steps.begin_organisation(group, self.programme, f"{tag} の会", publish_profile=1)
		cycle_steps.apply_for_registration(group, self.organisation)
		self.clients["officer"].act("Kyodo Organisation", self.organisation, "Register")
		frappe.db.commit()

	def adopted(self) -> str:
		"""Take a proposal to its adoption and return its project, which has a form of collaboration."""
		group, officer, section = (self.clients[key] for key in ("group", "officer", "section"))
		proposal = cycle_steps.draft(group, self.programme, self.organisation, "食堂をひらく", section=self.section)
		cycle_steps.submit(group, proposal)
		cycle_steps.receive(officer, proposal)
		cycle_steps.refer(officer, proposal, self.section)
		for step, result, more in (("Step 1", "Passed to Step 2", {}), ("Step 2", "Adopted", {"amount": 400000})):
			meeting = cycle_steps.plan_meeting(officer, self.committee, step, [cycle_steps.proposal_item(proposal)])
			cycle_steps.convene(officer, meeting)
			cycle_steps.open_session(officer, meeting)
			cycle_steps.decide(officer, meeting, proposal, result, **more)
			cycle_steps.close(officer, meeting)
		project = frappe.db.get_value("Kyodo Project", {"proposal": proposal})
		section.update("Kyodo Project", project, {"form": "協働負担事業"})
		frappe.db.commit()
		return project


@pytest.fixture(scope="session")
def users(site):
	"""{key of PEOPLE: login} of those who walk, one after the other, through every `City`."""
	tag, made = "walk" + frappe.generate_hash(length=6), ledger.Ledger()
	with made:
		found = {key: people.make_user(f"{tag}-{key}", f"{key} さん", [role], people.new_password()) for key, role in PEOPLE.items()}
		made.users.extend(found.values())
	yield found
	frappe.db.rollback()
	ledger.remove(made.made)
	frappe.db.commit()


class SharedProgramme:
	"""The programme that every `City` stands on: made once, and anew after a walk that has changed anything of it."""

	def __init__(self):
		self.made, self.name, self.before = {}, "", ""

	def programme(self) -> str:
		"""Return the name of the programme, made where there is none."""
		if not self.made:
			made = ledger.Ledger()
			with made:
				self.name = load_preset("kamakura")
			self.made, self.before = made.made, _content(made.made)
		return self.name

	def remove_if_changed(self):
		"""Remove the programme where it is no longer as it was made."""
		if _content(self.made) != self.before:
			self.remove()

	def remove(self):
		"""Remove the programme with all that came with it."""
		frappe.db.rollback()
		ledger.remove(self.made)
		frappe.db.commit()
		self.made = {}


def _content(made: dict[str, list[str]]) -> str:
	"""Return all that is stored of records ({DocType: names})."""
	stored = [frappe.get_doc(doctype, name) for doctype, names in made.items() for name in names if frappe.db.exists(doctype, name)]
	return frappe.as_json([doc.as_dict() for doc in stored])


@pytest.fixture(scope="session")
def shared_programme(site):
	"""See `SharedProgramme`."""
	made = SharedProgramme()
	yield made
	made.remove()


@contextmanager
def _built(shared_programme, users):
	"""A `City`; everything made meanwhile is removed, and the programme where a walk has changed anything of it."""
	programme, roles = shared_programme.programme(), _roles(users)
	made = ledger.Ledger()
	made.users.extend(users.values())
	try:
		with made:
			yield City(programme, users)
	finally:
		ledger.remove(made.made)
		frappe.db.commit()
		shared_programme.remove_if_changed()
		_give_back(users, roles)


@pytest.fixture(scope="module")
def city_of_file(shared_programme, users):
	"""The `City` of all walks of a file that is marked `one_city`."""
	with _built(shared_programme, users) as city:
		yield city


@pytest.fixture
def city(request, shared_programme, users):
	"""See `City`. How its people have set up their lists is forgotten after each walk."""
	if request.node.get_closest_marker("one_city"):
		yield request.getfixturevalue("city_of_file")
	else:
		with _built(shared_programme, users) as city:
			yield city
	frappe.cache.delete_value("_user_settings")
	frappe.db.commit()


def _roles(users: dict[str, str]) -> set[tuple[str, str]]:
	rows = frappe.get_all("Has Role", {"parenttype": "User", "parent": ["in", [*users.values()]]}, ["parent", "role"], order_by="name")
	return {(row.parent, row.role) for row in rows}


def _give_back(users: dict[str, str], roles: set[tuple[str, str]]):
	"""Give back the roles that a walk has taken: 15.0 makes the first login of the desk a System Manager, some walks undo that."""
	for user, role in sorted(roles - _roles(users)):
		row = {"doctype": "Has Role", "parenttype": "User", "parentfield": "roles", "parent": user, "role": role}
		frappe.get_doc(row).db_insert()
		frappe.clear_cache(user=user)
