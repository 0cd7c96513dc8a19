"""A small city: people, two organisations, sections, a table. Made once; a test's changes to it are rolled back."""

from collections import Counter
from contextlib import contextmanager
from copy import deepcopy
from functools import cache

import frappe
import pytest
from access_records import AccessRecords, Hidden, Requests, add_people

from kyodo_frappe.demo import cycle_steps, ledger, people
from kyodo_frappe.demo.clients import LocalClient, RestClient
from kyodo_frappe.permissions import roles
from kyodo_frappe.programme import presets
from kyodo_frappe.programme.versions import current_version

CAST = {
	"officer": ("事務局 太郎", roles.OFFICER),
	"officer2": ("事務局 次郎", roles.OFFICER),
	"manager": ("管理 者子", roles.MANAGER),
	"section": ("担当 花子", roles.SECTION),
	"section2": ("別課 花子", roles.SECTION),
	"rep": ("代表 一郎", roles.ORGANISATION),
	"editor": ("会員 二郎", roles.ORGANISATION),
	"viewer": ("会員 三郎", roles.ORGANISATION),
	"outsider": ("他団体 四郎", roles.ORGANISATION),
	"support": ("支援 五郎", roles.SUPPORT),
	"npo1": ("委員 よしこ", roles.COMMITTEE),
	"npo2": ("委員 つよし", roles.COMMITTEE),
	"city1": ("財政課長 実", roles.COMMITTEE),
	"city2": ("企画課長 恵", roles.COMMITTEE),
	"head": ("企画部長 茂", roles.COMMITTEE),
}
# how many of each kind tests find there (Town.submitted, Town.in_step_1 …)
STANDING = {"draft": 2, "submitted": 2, "in_step_1": 2, "project": 1, "running": 1, "evaluation": 1}
# fixtures of tests that commit, and clear up themselves
COMMITTING = {"committed", "over_rest", "real_town", "rest_town", "web", "page_as"}
MEMBERS = ("npo1", "npo2", "city1", "city2", "head")


@cache
def _preset() -> dict:
	"""What the preset of each town holds: it is checked when it is read, and applied to every town."""
	return presets.read_preset("kamakura")


@pytest.fixture(scope="session")
def cast(site, password):
	"""The town that all tests share, with its people: committed, removed at the end of the session."""
	tag = "t" + frappe.generate_hash(length=6)
	made = ledger.Ledger()
	with made:
		presets.load_preset("kamakura")
		users = {key: people.make_user(f"{tag}-{key}", name, [role], password) for key, (name, role) in CAST.items()}
		made.users.extend(users.values())
		shared = Town(users, password)
	yield shared
	frappe.db.rollback()
	ledger.remove(made.made)
	frappe.db.commit()


@pytest.fixture(scope="session")
def standing(cast):
	"""Proposals and projects at each place of the cycle, committed for the tests that begin there: walking there takes longer
	than most of what they ask. The first ones of each kind that a test wants are these, as they stood."""
	made = ledger.Ledger()
	made.users.extend(cast.cast.values())
	with made:
		cast.standing = {kind: [getattr(cast, kind)() for _each in range(number)] for kind, number in STANDING.items()}
	yield
	cast.standing = {}
	frappe.db.rollback()
	ledger.remove(made.made)
	frappe.db.commit()


class Town:
	"""Clients of the people concerned (`town.officer.act(…)`), and the names of what is there."""

	def __init__(self, cast: dict[str, str], password: str):
		self.password = password
		self.standing, self.taken = {}, Counter()
		self.programme = presets.apply("kamakura", deepcopy(_preset()))
		self.tag = "t" + frappe.generate_hash(length=6)
		self.cast = cast
		self.officer = LocalClient(cast["officer"])
		self.other_officer = LocalClient(cast["officer2"])
		self.manager = LocalClient(cast["manager"])
		self.section_officer = LocalClient(cast["section"])
		self.other_section_officer = LocalClient(cast["section2"])
		self.representative = LocalClient(cast["rep"])
		self.editor = LocalClient(cast["editor"])
		self.viewer = LocalClient(cast["viewer"])
		self.outsider = LocalClient(cast["outsider"])
		self.support = LocalClient(cast["support"])
		self.guest = LocalClient("Guest")
		self.section = people.make_section(f"{self.tag} 支援課", [(self.section_officer.user, "担当 花子", "課長")])
		self.other_section = people.make_section(f"{self.tag} 別課", [(self.other_section_officer.user, "別課 花子", "課長")])
		self.members = {key: LocalClient(cast[key]) for key in MEMBERS}
		self.committee = people.make_committee(self.programme, f"{self.tag} 会議", self._seats())
		self.organisation = self._organisation(self.representative, "みんなの食卓の会")
		self.other_organisation = self._organisation(self.outsider, "となりの会")
		self._join()

	def _seats(self) -> list[dict]:
		return [
			{
				"user": client.user,
				"member_name": key,
				"side": "Organisation" if key.startswith("npo") else "City",
				"steps": "Step 2" if key == "head" else "Both",
			}
			for key, client in self.members.items()
		]

	def _organisation(self, client: LocalClient, name: str) -> str:
		organisation = cycle_steps.begin_organisation(client, self.programme, name, representative="代表")
		cycle_steps.apply_for_registration(client, organisation)
		self.officer.act("Kyodo Organisation", organisation, "Register")
		return organisation

	def _join(self):
		doc = frappe.get_doc("Kyodo Organisation", self.organisation)
		doc.append("members", {"user": self.editor.user, "member_role": "Editor"})
		doc.append("members", {"user": self.viewer.user, "member_role": "Viewer"})
		doc.save()

	def over_rest(self, client: LocalClient) -> RestClient:
		"""The client of one of these people over HTTP."""
		return RestClient(frappe.local.site, client.user, self.password)

	# -- shortcuts to a place in the cycle ------------------------------------------

	def draft(self, **more) -> str:
		if not more and (name := self._take("draft")):
			return name
		more = {"section": self.section, **more}
		return cycle_steps.draft(self.representative, self.programme, self.organisation, "みんなの食堂", **more)

	def submitted(self, **more) -> str:
		if not more and (name := self._take("submitted")):
			return name
		name = self.draft(**more)
		cycle_steps.submit(self.representative, name)
		return name

	def in_step_1(self, **more) -> str:
		if not more and (name := self._take("in_step_1")):
			return name
		name = self.submitted(**more)
		cycle_steps.receive(self.officer, name)
		cycle_steps.refer(self.officer, name, self.section)
		return name

	def meeting(self, *proposals: str, step: str = "Step 1", convened: bool = True) -> str:
		agenda = [cycle_steps.proposal_item(name) for name in proposals]
		name = cycle_steps.plan_meeting(self.officer, self.committee, step, agenda)
		if convened:
			cycle_steps.convene(self.officer, name)
		return name

	def in_session(self, *proposals: str, step: str = "Step 1") -> str:
		name = self.meeting(*proposals, step=step)
		cycle_steps.open_session(self.officer, name)
		return name

	def decided(self, proposal: str, result: str, step: str = "Step 1", **more) -> str:
		meeting = self.in_session(proposal, step=step)
		cycle_steps.decide(self.officer, meeting, proposal, result, **more)
		cycle_steps.close(self.officer, meeting)
		return meeting

	def project(self, **more) -> str:
		"""The project of a proposal adopted in two steps."""
		if not more and (name := self._take("project")):
			return name
		proposal = self.in_step_1(**more)
		self.decided(proposal, "Passed to Step 2")
		self.decided(proposal, "Adopted", step="Step 2", amount=400000)
		return frappe.db.get_value("Kyodo Project", {"proposal": proposal})

	def running(self) -> str:
		if name := self._take("running"):
			return name
		project = self.project()
		cycle_steps.agree(self.section_officer, self.representative, project, "協働負担事業")
		cycle_steps.run(self.section_officer, project)
		return project

	def evaluation(self) -> tuple[str, str, str]:
		"""(round, the city's sheet, the organisation's sheet) of a completed project."""
		if names := self._take("evaluation"):
			return names
		project = self.running()
		cycle_steps.complete(self.section_officer, project)
		evaluation = self.section_officer.call(
			"kyodo_frappe.evaluation.rounds.open_round",
			project=project,
			fiscal_year=frappe.db.get_value("Kyodo Project", project, "fiscal_year"),
		)
		sheets = [
			frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": side})
			for side in ("City", "Organisation")
		]
		return evaluation, *sheets

	def rules_changed(self):
		"""After a test has changed the programme: what is under way follows it, as if it had begun under these rules."""
		frappe.clear_document_cache("Kyodo Programme", self.programme)
		bound = {"programme": self.programme, "programme_version": ["is", "set"]}
		version = current_version(self.programme)
		for doctype in ("Kyodo Proposal", "Kyodo Project"):
			frappe.db.set_value(doctype, bound, "programme_version", version, update_modified=False)
			frappe.clear_document_cache(doctype)

	def _take(self, kind: str):
		there = self.standing.get(kind, ())
		self.taken[kind] += 1
		return there[self.taken[kind] - 1] if self.taken[kind] <= len(there) else None

	def give_role(self, client, role: str):
		"""One more role for a login. Not by saving the User: later versions of Frappe end the sessions of who gets to the
		desk, and commit for it what should be rolled back."""
		row = {"doctype": "Has Role", "parenttype": "User", "parentfield": "roles", "parent": client.user, "role": role}
		frappe.get_doc(row).db_insert()
		if frappe.db.get_value("Role", role, "desk_access"):
			frappe.db.set_value("User", client.user, "user_type", "System User")
		frappe.clear_cache(user=client.user)

	def state(self, doctype: str, name: str) -> str:
		return frappe.db.get_value(doctype, name, "workflow_state")


@pytest.fixture
def town(request, cast, standing):
	"""The shared town; what a test does to it is rolled back. A test that is marked `walks`, or commits, walks to every place
	itself: under the rules that it has set, and without changing what other tests begin with."""
	walks = request.node.get_closest_marker("walks") or COMMITTING & {*request.fixturenames}
	cast.taken = Counter(dict.fromkeys(STANDING, 99) if walks else ())
	return cast


@pytest.fixture
def walk_once(place, town):
	"""A function: walk to the place that the tests of a file begin with, or be there already (tests/places.py)."""
	return lambda walk, *args: place.go(town, walk, *args)


@pytest.fixture
def over_rest(cast):
	"""A function: the client of one of the town's people over HTTP. For tests that remove what they commit themselves; the
	town is committed already, so that it need not be made once more."""

	def client(person) -> RestClient:
		frappe.db.commit()
		return cast.over_rest(person)

	return client


@contextmanager
def committed(cast):
	"""A town that is committed, as other connections have to see it; removed at the end."""
	made = ledger.Ledger()
	made.users.extend(cast.cast.values())
	try:
		with made:
			town = Town(cast.cast, cast.password)
			frappe.db.commit()
			yield town
			frappe.db.rollback()  # the ledger commits: what a test has left uncommitted must not stay
	finally:
		ledger.remove(made.made)
		frappe.db.commit()


@pytest.fixture(scope="module")
def rest_town(cast, standing):
	"""A committed town for the tests of one file, whose people act over HTTP (`rest_town.over_rest(client)`). It is for tests
	that are refused, or add records of their own; one that changes the programme, people or organisations takes `real_town`."""
	with committed(cast) as town:
		yield town


@pytest.fixture
def real_town(cast):
	"""A committed town for one test: for what two do at the same moment, and for what changes tables or the town itself."""
	with committed(cast) as town:
		yield town


@pytest.fixture(scope="module")
def busy_town(cast, standing):
	"""A committed town for the tests of one file, with its clients over HTTP created once: `busy_town.clients[who]`."""
	with committed(cast) as town:
		town.clients = {who: town.over_rest(LocalClient(user)) for who, user in cast.cast.items()}
		yield town


# -- one record of each kind in each standing (tests/access_records.py) ----------------------------


@pytest.fixture(scope="module")
def access_records(cast, standing):
	made = ledger.Ledger()
	made.users.extend(cast.cast.values())
	freed = []
	try:
		with made:
			more = add_people(cast, "s" + frappe.generate_hash(length=6))
			made.users.extend(more.values())
			# 15.0 makes the first login of the desk a System Manager, who may do anything
			freed = frappe.get_all(
				"Has Role", {"parent": ["in", [*cast.cast.values()]], "role": "System Manager"}, pluck="parent", order_by="name"
			)
			_roles(freed, "System Manager", give=False)
			yield AccessRecords(Town(cast.cast, cast.password), more)
	finally:
		frappe.db.rollback()
		_roles(freed, "System Manager", give=True)
		ledger.remove(made.made)
		frappe.db.commit()
		frappe.clear_cache()  # what was undone in the database is remembered elsewhere: roles, for one


def _roles(logins: list[str], role: str, give: bool):
	for login in logins:
		row = {"parenttype": "User", "parentfield": "roles", "parent": login, "role": role}
		frappe.get_doc({"doctype": "Has Role", **row}).db_insert() if give else frappe.db.delete("Has Role", row)
		frappe.clear_cache(user=login)


@pytest.fixture(scope="module")
def hidden(access_records):
	"""{(DocType, standing): {column: (what stands in it, its level)}}"""
	marks = Hidden(access_records).of
	frappe.db.commit()
	frappe.clear_cache()
	return marks


@pytest.fixture(scope="module")
def requests(access_records, password):
	frappe.db.commit()
	return Requests(access_records.people, password)
