"""The town with the records for concurrent acts, and what an act is."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import frappe
from frappe.utils import add_days, nowdate

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import RestClient

PROPOSAL, PROJECT, AGREEMENT, LETTER = "Kyodo Proposal", "Kyodo Project", "Kyodo Agreement", "Kyodo Letter"
MEETING, DECISION, REVIEW = "Kyodo Meeting", "Kyodo Decision", "Kyodo Review"
ROUND, SHEET, REPORT, CHANGE = "Kyodo Evaluation Round", "Kyodo Evaluation Sheet", "Kyodo Report", "Kyodo Plan Change"
EVENT, REGISTRATION, MATCH, NEED = "Kyodo Event", "Kyodo Event Registration", "Kyodo Match", "Kyodo Need"
SURVEY, RESPONSE, INVITATION = "Kyodo Survey", "Kyodo Survey Response", "Kyodo Invitation"
ORGANISATION, MEMBER = "Kyodo Organisation", "Kyodo Organisation Member"
SERVICES = "kyodo_frappe"
# four times as many after a change of a lock: KYODO_ROUNDS=4 ./kyodo test tests/site/workflows/test_at_once.py
ROUNDS, FEW = (number * int(os.environ.get("KYODO_ROUNDS", 1)) for number in (6, 2))


@dataclass
class Moment:
	"""`acts`: functions that are called concurrently. `holds`: checks the records afterwards, raises AssertionError."""

	acts: list[Callable]
	holds: Callable[[], None]


@dataclass(frozen=True)
class Act:
	"""`winners`: numbers of acts that may succeed; the others are refused with a reason.

	`rounds`: fewer where another act tests the same lock.
	"""

	name: str
	begin: Callable[["Stage"], Moment]
	winners: tuple[int, ...]
	rounds: int = ROUNDS


@dataclass(frozen=True)
class Sent:
	"""The answer to a form of the portal: the redirect address under which its message is shown."""

	user: str
	location: str


def form(client: RestClient, endpoint: str, **typed) -> Sent:
	"""Send a form of the portal as a browser does."""
	response = client._request("POST", f"/api/method/kyodo_frappe.{endpoint}", typed, None)
	assert response.status_code in (302, 303), response.get_data(as_text=True)[:400]
	return Sent(client.user, response.headers["Location"])


def rewind(doctype: str, name: str, **values):
	"""Reset fields of a record straight in the database."""
	frappe.db.set_value(doctype, name, values, update_modified=False)
	frappe.clear_document_cache(doctype, name)


def wipe(doctype: str, **filters):
	frappe.db.delete(doctype, filters)


def count(doctype: str, **filters) -> int:
	return frappe.db.count(doctype, filters)


class Stage:
	"""The town with the records for the acts, each made when it is first used."""

	def __init__(self, town):
		self.town, self.clients = town, town.clients

	def call(self, who: str, method: str, **args):
		return lambda: self.clients[who].call(f"{SERVICES}.{method}", **args)

	def act(self, who: str, doctype: str, name: str, action: str):
		return lambda: self.clients[who].act(doctype, name, action)

	def update(self, who: str, doctype: str, name: str, values: dict):
		return lambda: self.clients[who].update(doctype, name, values)

	def form(self, who: str, endpoint: str, **typed):
		return lambda: form(self.clients[who], endpoint, **typed)

	# -- made once ------------------------------------------------------------------

	@cached_property
	def submitted(self) -> tuple[str, str]:
		return self.town.submitted(), self.town.submitted()

	@cached_property
	def planned(self) -> str:
		return self.town.project()

	@cached_property
	def agreement(self) -> str:
		name = self.town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=self.planned)
		self.town.section_officer.act(AGREEMENT, name, "Offer")
		return name

	@cached_property
	def running(self) -> str:
		return self.town.running()

	@cached_property
	def of_years(self) -> str:
		"""A running project whose next year may be confirmed"""
		project = self.town.project()
		rewind(PROJECT, project, workflow_state="Running")
		year = frappe.db.get_value(PROJECT, project, "fiscal_year")
		look = {"doctype": ROUND, "project": project, "fiscal_year": year, "phase": "Mid-term", "workflow_state": "Discussed"}
		frappe.get_doc({**look, "programme": self.town.programme, "name": f"{project}-look"}).db_insert()
		return project

	@cached_property
	def concluded(self) -> str:
		return frappe.db.get_value(AGREEMENT, {"project": self.running, "workflow_state": "Concluded"})

	@cached_property
	def evaluation(self) -> tuple[str, str, str]:
		return self.town.evaluation()

	@cached_property
	def in_session(self) -> tuple[str, str, str]:
		"""(meeting, its proposal, the agenda's item)"""
		proposal = self.town.in_step_1()
		meeting = self.town.in_session(proposal)
		return meeting, proposal, self.item(meeting)

	@cached_property
	def convened(self) -> tuple[str, str]:
		proposal = self.town.in_step_1()
		return self.town.meeting(proposal), proposal

	@cached_property
	def last_marks(self) -> tuple[str, list[str]]:
		"""(proposal, the sheets of its members) where all but two have marked"""
		proposal = self.convened[1]
		rows = frappe.get_all(REVIEW, {"proposal": proposal}, ["name", "member"], order_by="member")
		by_user = {row.member: row.name for row in rows}
		users = {who: self.town.cast[who] for who in ("npo1", "npo2", "city1", "city2")}
		sheets = {who: by_user[user] for who, user in users.items() if user in by_user}
		for who in ("city1", "city2"):
			cycle_steps.mark(self.town.members[who], sheets[who], self.marks_of(sheets[who]))
		return proposal, [sheets["npo1"], sheets["npo2"]]

	@cached_property
	def frame(self) -> tuple[str, list[tuple[str, str]]]:
		"""(call with a frame of 500,000 yen, [(meeting in step 2, its item)] of two proposals that ask for 400,000 each)"""
		call = self.call_of(frame=500000)
		first, second = (self.town.in_step_1(call=call, requested_amount=400000) for _number in range(2))
		for proposal in (first, second):
			self.town.decided(proposal, "Passed to Step 2")
		meetings = [self.town.in_session(proposal, step="Step 2") for proposal in (first, second)]
		return call, [(meeting, self.item(meeting)) for meeting in meetings]

	@cached_property
	def reserves(self) -> list[str]:
		"""Two proposals on the reserve list of a call with a frame of 500,000 yen, that ask for 400,000 each."""
		call = self.call_of(frame=500000)
		names = [self.town.in_step_1(call=call, requested_amount=400000) for _number in range(2)]
		for rank, proposal in enumerate(names, 1):
			self.town.decided(proposal, "Passed to Step 2")
			self.town.decided(proposal, "Reserve", step="Step 2", rank=rank)
		return names

	@cached_property
	def one_each(self) -> tuple[str, list[str]]:
		"""(call that takes one proposal of each organisation, two drafts that answer it)"""
		call = self.call_of(one_per_organisation=1)
		return call, [self.town.draft(call=call, acknowledged_on=nowdate() + " 00:00:00") for _number in range(2)]

	@cached_property
	def one_a_year(self) -> list[str]:
		"""Two drafts that answer two calls, of which an organisation may answer one in a year"""
		calls = [self.call_of(one_per_year="Yes", fiscal_year=2040, call_name=name) for name in ("甲", "乙")]
		return [self.town.draft(call=call, acknowledged_on=nowdate() + " 00:00:00") for call in calls]

	@cached_property
	def event(self) -> str:
		values = {
			"event_name": "講座",
			"programme": self.town.programme,
			"held_on": add_days(nowdate(), 10),
			"begins_at": "18:30",
			"ends_at": "20:30",
			"place": "会場",
		}
		name = self.town.officer.insert({"doctype": EVENT, **values, "capacity": 1, "waiting_list": 0})["name"]
		self.town.officer.call("kyodo_frappe.learning.events.announce", event=name)
		return name

	@cached_property
	def survey(self) -> tuple[str, str, str]:
		"""(survey, the sheets of two organisations)"""
		questions = [{"code": "q", "question": "会員数", "kind": "A Number", "required": 1}]
		values = {
			"title": f"{self.town.tag} 調査",
			"programme": self.town.programme,
			"opens_on": nowdate(),
			"closes_on": add_days(nowdate(), 14),
		}
		name = self.town.support.insert({"doctype": SURVEY, **values, "questions": questions})["name"]
		self.town.support.call("kyodo_frappe.support.surveys.open_survey", survey=name)
		both = (self.town.organisation, self.town.other_organisation)
		return name, *(frappe.db.get_value(RESPONSE, {"survey": name, "organisation": one}) for one in both)

	@cached_property
	def introduced(self) -> str:
		need = {
			"doctype": NEED,
			"programme": self.town.programme,
			"party": "Organisation",
			"places": "大船",
			"what": "Place",
			"description": "会場のこと。",
		}
		sought = self.town.support.insert({**need, "title": "求む", "kind": "Looking For", "organisation": self.town.organisation})["name"]
		offer = self.town.support.insert({**need, "title": "提供", "kind": "Offering", "organisation": self.town.other_organisation})[
			"name"
		]
		return self.town.support.call("kyodo_frappe.support.introductions.introduce", need=sought, kind="Need", target=offer)

	# -- small things -----------------------------------------------------------------

	def call_of(self, **more) -> str:
		values = {"call_name": "募集", "programme": self.town.programme, "call_type": "Open", "published": 1, "fiscal_year": 2026, **more}
		return self.town.officer.insert({"doctype": "Kyodo Call", **values})["name"]

	def item(self, meeting: str) -> str:
		return frappe.db.get_value("Kyodo Agenda Item", {"parent": meeting}, order_by="idx asc")

	def marks_of(self, sheet: str) -> dict[str, str]:
		return dict.fromkeys(frappe.get_all("Kyodo Review Mark", {"parent": sheet}, pluck="criterion", order_by="idx"), "○")

	def answers_of(self, sheet: str) -> dict[str, dict]:
		codes = frappe.get_all("Kyodo Evaluation Mark", {"parent": sheet}, pluck="item_code", order_by="idx")
		return {code: {"mark": 4, "reason": "記録から判断した。"} for code in codes}
