"""The demo city あおば野市: three fiscal years of an invented city, lived through day by day by the users concerned.

What happens is data: the city and its people (data/city.json), its organisations, calls, meetings and events (data/), and its stories
(stories/). The last year goes on around today. City, people, organisations and addresses are invented.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import frappe
from frappe.utils import getdate

from kyodo_frappe.demo import cycle_steps, ledger, people, stories
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.demo.clock import Clock
from kyodo_frappe.demo.learning import Learning
from kyodo_frappe.demo.meetings import Meetings
from kyodo_frappe.demo.partnerships import voucher
from kyodo_frappe.demo.timeline import Timeline
from kyodo_frappe.organisations import registration
from kyodo_frappe.permissions.roles import COMMITTEE, MANAGER, OFFICER, ORGANISATION, SECTION, SUPPORT
from kyodo_frappe.programme.presets import check_may_load

FOLDER = Path(__file__).parent / "data"
SETUP, OPENING = "kyodo_frappe.programme.setup.set_up", "kyodo_frappe.programme.opening.open_programme"
BEGINS = "-2 04-01"


def build(size: int = 30, log: Callable[[str], None] = print, today: str | None = None) -> list[dict]:
	"""Make the demo city unless it exists, and set new passwords for its role logins.

	Returns [{role, user, password, name}, …], one for each role of design.md §3, and writes them as JSON to the file that
	KYODO_LOGINS_FILE names. `size`: number of proposals, at least those of the stories; today: another day than today, for tests.
	"""
	if ledger.load() is None:
		clock = Clock()
		with clock.running():
			city = City(Timeline(clock, getdate(today)), size, log)
			with city.ledger:
				city.build()
		ledger.save(city.ledger.made)
	else:
		log("The demo city exists already.")
	logins = role_logins()
	frappe.db.commit()  # a bench command is its own transaction
	if path := os.environ.get("KYODO_LOGINS_FILE"):
		with open(path, "w", encoding="utf-8") as file:
			json.dump(logins, file, ensure_ascii=False, indent=1)
	return logins


def clear() -> str:
	"""Remove exactly the records that `build` made, and return a sentence about it."""
	made = ledger.load()
	if made is None:
		return "There is no demo city in this site."
	ledger.remove(made)
	ledger.delete_file()
	return f"Removed {sum(len(names) for names in made.values())} records of the demo city."


def role_logins() -> list[dict]:
	"""Set a new password for each role login and return [{role, user, password, name}, …]."""
	logins = []
	for key, role in people.ROLE_LOGINS:
		user = f"{key}@{people.DOMAIN}"
		name = frappe.db.get_value("User", user, "full_name")
		password = people.new_password()
		people.make_user(key, name, [role], password)
		logins.append({"role": role, "user": user, "password": password, "name": name})
	# 15.0 makes the first login of the desk a System Manager, who is not led to the page of the day
	users = [login["user"] for login in logins]
	frappe.db.delete("Has Role", {"parent": ["in", users], "role": "System Manager"})
	for user in users:
		frappe.clear_cache(user=user)
	return logins


def read(name: str):
	"""Return the data of a file in data/."""
	return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


class City:
	"""The demo city while it is made; `size`: number of proposals.

	clients, organisations: {key: client of its representative, name of its record}; sections: {name: client}; members: {key: client};
	calls: {key: name}; stories: {key: story}.
	"""

	def __init__(self, timeline: Timeline, size: int, log: Callable[[str], None]):
		self.timeline, self.size, self.log = timeline, size, log
		self.data = read("city")
		self.ledger = ledger.Ledger()
		self.year = timeline.year
		self.clients, self.organisations, self.sections, self.members, self.calls, self.stories = {}, {}, {}, {}, {}, {}
		self._registered = {row["key"] for row in read("organisations") if row["when"].startswith("-2 04")}

	def build(self):
		"""Live through the years."""
		self.timeline.clock.go_to(self.timeline.day_of(BEGINS), Timeline.FIRST_HOUR)
		self._make_people()
		self.timeline.note(BEGINS, self._begin)
		for row in read("organisations"):
			self._note_organisation(row)
		for row in read("calls"):
			self.timeline.note(row.get("made", BEGINS), lambda row=row: self._make_call(row))
		meetings, told = Meetings(self), stories.read_all()
		# before the stories, so that what is decided at a meeting is there for what follows on the same day
		for meeting in read("meetings"):
			meetings.note(self.timeline, meeting)
		Learning(self).note(self.timeline)
		for data in [*told, *self._fillers(self.size - len(told))]:
			self.stories[data["key"]] = stories.Story(self, data)
			self.stories[data["key"]].note(self.timeline)
		self.timeline.run()
		self._log_counts()

	def is_registered(self, key: str) -> bool:
		"""Whether an organisation has been registered from the beginning."""
		return key in self._registered

	# -- people and programme ------------------------------------------------------------------

	def _login(self, key: str, name: str, role: str) -> LocalClient:
		user = people.make_user(key, name, [role])
		self.ledger.users.append(user)
		return LocalClient(user)

	def _make_people(self):
		who = self.data["people"]
		self.manager = self._login("manager", who["manager"], MANAGER)
		self.officer = self._login("officer", who["officer"], OFFICER)
		self.support = self._login("support", who["support"], SUPPORT)
		for number, (section, position, name) in enumerate(self.data["sections"]):
			self.sections[section] = self._login(f"section{number or ''}", name, SECTION)
			people.make_section(section, [(self.sections[section].user, name, position)])
		for seat in self.data["committee"]:
			self.members[seat["key"]] = self._login(seat["key"], seat["member_name"], COMMITTEE)
		for row in read("organisations"):
			self.clients[row["key"]] = self._login(row["user"], row["representative"], ORGANISATION)

	def _begin(self):
		"""The manager sets the programme up in the wizard and opens it; the committee is appointed."""
		check_may_load()
		answers = {"values": self.data["programme"]}
		asked = {"preset": self.data["preset"], "fiscal_year": str(self.year - 2), "answers": json.dumps(answers), "make_year": False}
		self.programme = self.manager.call(SETUP, **asked)["programme"]
		self.manager.update("Kyodo Programme", self.programme, self.data["more"])
		self._appoint()
		self.manager.call(OPENING, programme=self.programme, calls="[]")

	def _appoint(self):
		self.committee = frappe.db.get_value("Kyodo Committee", {"programme": self.programme, "kind": "Examination"})
		rows = [{**seat, "user": self.members[seat["key"]].user} for seat in self.data["committee"]]
		self.chair_name = next(row["member_name"] for row in rows if row.get("is_chair"))
		with people.without_cache_clearing():  # a login that gets a role empties all of Frappe's caches otherwise
			self.manager.update("Kyodo Committee", self.committee, {"members": [_without_key(row) for row in rows]})

	def _make_call(self, row: dict):
		days = {field: str(self.timeline.day_of(row[field])) for field in ("opens_on", "closes_on")}
		year = self.timeline.year_of(row["opens_on"])
		values = {key: value for key, value in row.items() if key not in ("key", "made", *days)}
		values["call_name"] = values["call_name"].replace("【年度】", self.timeline.year_name(year))
		call = self.officer.insert(
			{"doctype": "Kyodo Call", "programme": self.programme, "fiscal_year": year, "published": 1, **values, **days}
		)
		self.calls[row["key"]] = call["name"]

	# -- organisations ----------------------------------------------------------------------------

	def _note_organisation(self, row: dict):
		"""Note when an organisation applies, and when it is registered."""
		until = row.get("until", "registered")
		day = self.timeline.note(row["when"], lambda: self._begin_organisation(row))
		if until == "draft":
			return
		self.timeline.note(
			row["when"], lambda: cycle_steps.apply_for_registration(self.clients[row["key"]], self.organisations[row["key"]])
		)
		if until != "applied":
			self.timeline.note(self.timeline.shifted(day, 5), lambda: self._answer_application(row), office=True)

	def _begin_organisation(self, row: dict):
		values = {key: value for key, value in row.items() if key not in ("key", "user", "when", "until", "return_reason", "name")}
		values["activity_fields"] = [{"activity_field": code} for code in row["activity_fields"]]
		values["established_on"] = str(self.timeline.day_of(row["established_on"]))
		client = self.clients[row["key"]]
		name = cycle_steps.begin_organisation(client, self.programme, row["name"], **values)
		self.organisations[row["key"]] = name
		for slot, filename in (("rules_attachment", "会則.png"), ("members_attachment", "役員名簿.png")):
			with client:
				registration.attach_document(frappe.get_doc("Kyodo Organisation", name), slot, "", filename, voucher(0))

	def _answer_application(self, row: dict):
		name = self.organisations[row["key"]]
		if row.get("return_reason"):
			self.officer.update("Kyodo Organisation", name, {"return_reason": row["return_reason"]})
		self.officer.act("Kyodo Organisation", name, "Return" if row.get("return_reason") else "Register")

	# -- more than the stories --------------------------------------------------------------------

	def _fillers(self, number: int) -> list[dict]:
		ideas, places = self.data["ideas"], self.data["places"]
		return [stories.of_filler(self, at, ideas[at % len(ideas)], places[at // len(ideas) % len(places)]) for at in range(max(0, number))]

	def _log_counts(self):
		for doctype in ("Kyodo Organisation", "Kyodo Proposal", "Kyodo Meeting", "Kyodo Project", "Kyodo Evaluation Round", "Kyodo Event"):
			self.log(f"{doctype.removeprefix('Kyodo ')}: {frappe.db.count(doctype)}")


def _without_key(row: dict) -> dict:
	return {key: value for key, value in row.items() if key != "key"}
