"""Concurrent acts as data: the records before, who does what, and what must be true afterwards.

Each `begin` resets the records (straight in the database, so that a round is cheap) and returns the acts with the check that
follows them. Tasks that are killed halfway are declared below in the same way. tests/site/workflows/test_at_once.py runs all
of them on records that `Stage` makes once.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import frappe
from frappe.utils import add_days, nowdate

from kyodo_frappe.accounts import invitations
from kyodo_frappe.committee import closing
from kyodo_frappe.common import tasks
from kyodo_frappe.common.file_types import content_of
from kyodo_frappe.demo import walk
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
			walk.mark(self.town.members[who], sheets[who], self.marks_of(sheets[who]))
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


# -- proposals --------------------------------------------------------------------------


def _receive(stage: Stage) -> Moment:
	name = stage.submitted[0]
	rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None)
	wipe(LETTER, proposal=name)

	def holds():
		assert stage.town.state(PROPOSAL, name) == "Received"
		assert count(LETTER, proposal=name, letter_type="Receipt") == 1

	return Moment([stage.act(who, PROPOSAL, name, "Receive") for who in ("officer", "officer2")], holds)


def _receive_or_return(stage: Stage) -> Moment:
	name = stage.submitted[0]
	rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None)
	wipe(LETTER, proposal=name)
	wipe("Kyodo Correction", parent=name)
	row = {"doctype": "Kyodo Correction", "parenttype": PROPOSAL, "parentfield": "corrections", "parent": name, "idx": 1}
	frappe.get_doc({**row, "field": "purpose", "reason": "詳しく"}).db_insert()

	def holds():
		state, letters = stage.town.state(PROPOSAL, name), frappe.get_all(LETTER, {"proposal": name}, pluck="letter_type", order_by="name")
		assert letters == [{"Received": "Receipt", "Returned": "Correction"}[state]], (state, letters)

	return Moment([stage.act("officer", PROPOSAL, name, "Receive"), stage.act("officer2", PROPOSAL, name, "Return")], holds)


def _receive_or_withdraw(stage: Stage) -> Moment:
	name = stage.submitted[0]
	rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None, withdrawn_on=None, withdraw_reason="会の都合")
	wipe(LETTER, proposal=name)

	def holds():
		doc = frappe.get_doc(PROPOSAL, name)
		assert bool(doc.received_on) == bool(count(LETTER, proposal=name, letter_type="Receipt"))
		assert doc.workflow_state == ("Withdrawn" if doc.withdrawn_on else "Received")

	return Moment([stage.act("officer", PROPOSAL, name, "Receive"), stage.act("rep", PROPOSAL, name, "Withdraw")], holds)


def _two_letters(stage: Stage) -> Moment:
	for name in stage.submitted:
		rewind(PROPOSAL, name, workflow_state="Submitted", received_on=None)
		wipe(LETTER, proposal=name)
	first, second = stage.submitted

	def holds():
		rows = frappe.get_all(LETTER, {"proposal": ["in", stage.submitted]}, pluck="letter_number", order_by="letter_number")
		numbers = sorted(int(row.rpartition("第")[2].rstrip("号")) for row in rows)
		assert len(numbers) == 2 and numbers[1] == numbers[0] + 1, rows

	return Moment([stage.act("officer", PROPOSAL, first, "Receive"), stage.act("officer2", PROPOSAL, second, "Receive")], holds)


def _one_of_each(stage: Stage) -> Moment:
	_call, drafts = stage.one_each
	for name in drafts:
		rewind(PROPOSAL, name, workflow_state="Draft", submitted_on=None, first_submitted_on=None)

	def holds():
		assert sorted(stage.town.state(PROPOSAL, name) for name in drafts) == ["Draft", "Submitted"]

	return Moment([stage.act(who, PROPOSAL, name, "Submit") for who, name in zip(("rep", "editor"), drafts, strict=True)], holds)


def _one_of_the_year(stage: Stage) -> Moment:
	drafts = stage.one_a_year
	for name in drafts:
		rewind(PROPOSAL, name, workflow_state="Draft", submitted_on=None, first_submitted_on=None)

	def holds():
		assert sorted(stage.town.state(PROPOSAL, name) for name in drafts) == ["Draft", "Submitted"]

	return Moment([stage.act(who, PROPOSAL, name, "Submit") for who, name in zip(("rep", "editor"), drafts, strict=True)], holds)


# -- meetings -----------------------------------------------------------------------------


def _on_reserve(stage: Stage) -> list[str]:
	"""The two reserves, back in line."""
	for name in stage.reserves:
		for project in frappe.get_all(PROJECT, {"proposal": name}, pluck="name", order_by="name"):
			frappe.delete_doc(PROJECT, project, force=True, ignore_permissions=True, ignore_on_trash=True)
		wipe(LETTER, proposal=name, letter_type=["in", ["Moved Up", "Declined"]])
		values = dict.fromkeys(("moved_up_on", "move_up_grant", "move_up_reason", "declined_on", "decline_reason"))
		rewind(PROPOSAL, name, workflow_state="Reserve", **values)
		frappe.db.set_value(DECISION, {"proposal": name, "result": "Reserve"}, "moved_up_amount", 0)
	return stage.reserves


def _move_up_one(stage: Stage) -> Moment:
	first, _second = _on_reserve(stage)
	move = "proposals.reserve.move_up"
	told = {"proposal": first, "grant": "Whole Amount", "reason": "枠に余裕があるため"}

	def holds():
		assert stage.town.state(PROPOSAL, first) == "Adopted"
		assert count(PROJECT, proposal=first) == count(LETTER, proposal=first, letter_type="Moved Up") == 1

	return Moment([stage.call("officer", move, **told), stage.call("officer2", move, **told)], holds)


def _move_up_two(stage: Stage) -> Moment:
	names = _on_reserve(stage)
	acts = [
		stage.call(who, "proposals.reserve.move_up", proposal=name, grant="What Is Left", reason="枠に余裕があるため")
		for who, name in zip(("officer", "officer2"), names, strict=True)
	]

	def holds():
		rows = frappe.get_all(DECISION, {"proposal": ["in", names], "result": "Reserve"}, ["proposal", "moved_up_amount"], order_by="name")
		granted = {row.proposal: row.moved_up_amount for row in rows}
		assert granted[names[0]] == 400000 and sum(granted.values()) <= 500000, granted

	return Moment(acts, holds)


def _decline_or_move_up(stage: Stage) -> Moment:
	first, _second = _on_reserve(stage)
	rewind(PROPOSAL, first, decline_reason="会の都合")
	moved = stage.call("officer", "proposals.reserve.move_up", proposal=first, grant="Whole Amount", reason="枠に余裕があるため")

	def holds():
		doc = frappe.get_doc(PROPOSAL, first)
		projects = frappe.get_all(PROJECT, {"proposal": first}, pluck="workflow_state", order_by="name")
		assert doc.workflow_state == ("Declined" if doc.declined_on else "Adopted")
		assert projects == {"Declined": ["Cancelled"] if doc.moved_up_on else [], "Adopted": ["Planning"]}[doc.workflow_state], projects

	return Moment([stage.act("rep", PROPOSAL, first, "Decline"), moved], holds)


def _decide_one_item(stage: Stage) -> Moment:
	meeting, _proposal, item = stage.in_session
	wipe(DECISION, meeting=meeting)
	rewind(MEETING, meeting, workflow_state="In Session")
	note = {"meeting": meeting, "agenda_item": item, "seen": ""}
	acts = [
		stage.call("officer", "committee.deliberation.record_decision", result="Passed to Step 2", **note),
		stage.call("officer2", "committee.deliberation.record_decision", result="Not Adopted", reasons=walk.REFUSAL, **note),
	]

	def holds():
		assert count(DECISION, meeting=meeting) == 1

	return Moment(acts, holds)


def _frame(stage: Stage) -> Moment:
	_call, items = stage.frame
	meetings = [meeting for meeting, _item in items]
	wipe(DECISION, meeting=["in", meetings])
	acts = [
		stage.call(who, "committee.deliberation.record_decision", meeting=meeting, agenda_item=item, result="Adopted", amount=300000)
		for who, (meeting, item) in zip(("officer", "officer2"), items, strict=True)
	]

	def holds():
		granted = frappe.get_all(DECISION, {"meeting": ["in", meetings]}, pluck="amount", order_by="name")
		assert granted == [300000], granted

	return Moment(acts, holds)


def _close(stage: Stage) -> Moment:
	meeting, proposal, item = stage.in_session
	wipe(DECISION, meeting=meeting)
	wipe(LETTER, proposal=proposal)
	rewind(PROPOSAL, proposal, workflow_state="Step 1", decided_on=None)
	rewind(MEETING, meeting, workflow_state="In Session")
	note = {"meeting": meeting, "agenda_item": item, "reasons": walk.REFUSAL}
	stage.town.officer.call("kyodo_frappe.committee.deliberation.record_decision", result="Not Adopted", **note)

	def holds():
		assert stage.town.state(MEETING, meeting) == "Closed" and stage.town.state(PROPOSAL, proposal) == "Not Adopted"
		assert count(DECISION, meeting=meeting, docstatus=1) == 1 and count(LETTER, proposal=proposal) == 1

	return Moment([stage.act(who, MEETING, meeting, "Close Session") for who in ("officer", "officer2")], holds)


def _decide_while_closing(stage: Stage) -> Moment:
	moment = _close(stage)
	meeting, proposal, item = stage.in_session
	note = {"meeting": meeting, "agenda_item": item, "result": "Passed to Step 2"}

	def holds():
		assert stage.town.state(MEETING, meeting) == "Closed"
		results = frappe.get_all(DECISION, {"meeting": meeting}, ["result", "docstatus"], order_by="name")
		assert len(results) == 1 and results[0].docstatus == 1, results
		state = {"Passed to Step 2": "Step 2", "Not Adopted": "Not Adopted"}[results[0].result]
		assert stage.town.state(PROPOSAL, proposal) == state
		letters = frappe.get_all(LETTER, {"proposal": proposal}, pluck="letter_type", order_by="name")
		assert letters == [results[0].result], letters

	return Moment([moment.acts[0], stage.call("officer2", "committee.deliberation.record_decision", **note)], holds)


def _convene(stage: Stage) -> Moment:
	meeting, _proposal = stage.convened
	rewind(MEETING, meeting, workflow_state="Planned", invited_on=None)
	wipe("Email Queue", reference_name=meeting)

	def holds():
		assert stage.town.state(MEETING, meeting) == "Convened"
		queued = frappe.get_all("Email Queue", {"reference_name": meeting}, pluck="name", order_by="name")
		mailed = frappe.get_all("Email Queue Recipient", {"parent": ["in", queued or [""]]}, pluck="recipient", order_by="name")
		assert len(mailed) == len(set(mailed)), "nobody is invited twice"

	return Moment([stage.act(who, MEETING, meeting, "Convene") for who in ("officer", "officer2")], holds)


def _answer_invitation(stage: Stage) -> Moment:
	meeting, _proposal = stage.convened
	rewind(MEETING, meeting, workflow_state="Convened")
	users = [stage.town.cast[who] for who in ("npo1", "city1")]
	for user in users:
		row = frappe.db.get_value("Kyodo Attendance", {"parent": meeting, "user": user})
		rewind("Kyodo Attendance", row, answer=None, answered_on=None)

	def holds():
		rows = frappe.get_all("Kyodo Attendance", {"parent": meeting, "user": ["in", users]}, pluck="answer", order_by="idx")
		assert rows == ["Attending", "Attending"], rows

	return Moment([stage.call(who, "committee.convening.answer", meeting=meeting, answer="Attending") for who in ("npo1", "city1")], holds)


def _written_opinions(stage: Stage) -> Moment:
	meeting, _proposal = stage.convened
	rewind(MEETING, meeting, workflow_state="Convened", document_review=1)
	wipe("Kyodo Written Opinion", parent=meeting)
	item = stage.item(meeting)

	def holds():
		assert count("Kyodo Written Opinion", parent=meeting) == 2

	acts = [
		stage.call(who, "committee.written_opinions.give", meeting=meeting, agenda_item=item, opinion="For") for who in ("npo1", "city1")
	]
	return Moment(acts, holds)


def _last_marks(stage: Stage) -> Moment:
	proposal, sheets = stage.last_marks
	rewind(MEETING, stage.convened[0], workflow_state="Convened", marking_closed_on=None)
	for row in frappe.get_all(REVIEW, {"proposal": proposal}, ["name", "member"], order_by="name"):
		rewind(REVIEW, row.name, released=0, **({"submitted_on": None} if row.name in sheets else {}))

	def holds():
		rows = frappe.get_all(REVIEW, {"proposal": proposal, "not_counted": 0}, ["submitted_on", "released"], order_by="name")
		assert all(row.submitted_on and row.released for row in rows), rows

	acts = [
		stage.call(who, "committee.reviews.submit_review", review=sheet, marks=stage.marks_of(sheet))
		for who, sheet in zip(("npo1", "npo2"), sheets, strict=True)
	]
	return Moment(acts, holds)


def _mark_while_marking_closes(stage: Stage) -> Moment:
	acts = _last_marks(stage).acts
	proposal, sheets = stage.last_marks

	def holds():
		rows = frappe.get_all(REVIEW, {"name": ["in", sheets]}, ["submitted_on", "released"], order_by="name")
		assert all(bool(row.submitted_on) == bool(row.released) for row in rows), rows

	return Moment([acts[0], stage.call("officer", "committee.reviews.close_marking", meeting=stage.convened[0])], holds)


# -- agreements, plans ------------------------------------------------------------------------


def _offered(stage: Stage) -> str:
	name = stage.agreement
	wipe("Kyodo Agreement Confirmation", parent=name)
	rewind(AGREEMENT, name, workflow_state="Offered", all_confirmed=0, concluded_on=None, docstatus=0)
	for table in ("Party", "Cost", "Clause"):
		rows = {"parenttype": AGREEMENT, "parent": name}
		frappe.db.set_value(f"Kyodo Agreement {table}", rows, "docstatus", 0, update_modified=False)
	for table in ("Kyodo Role Line", "Kyodo Schedule Line", "Kyodo Indicator"):
		frappe.db.set_value(table, {"parenttype": AGREEMENT, "parent": name}, "docstatus", 0, update_modified=False)
	return name


def _confirming(stage: Stage, who: str, name: str):
	digest = frappe.db.get_value(AGREEMENT, name, "content_hash")
	return stage.call(who, "partnership.agreements.confirm", agreement=name, content_hash=digest, position="長")


def _both_confirm(stage: Stage) -> Moment:
	name = _offered(stage)

	def holds():
		assert stage.town.state(AGREEMENT, name) == "Concluded"
		assert count("Kyodo Agreement Confirmation", parent=name) == 2

	return Moment([_confirming(stage, who, name) for who in ("section", "rep")], holds)


def _one_confirms_twice(stage: Stage) -> Moment:
	name = _offered(stage)

	def holds():
		assert stage.town.state(AGREEMENT, name) == "Offered" and count("Kyodo Agreement Confirmation", parent=name) == 1

	return Moment([_confirming(stage, "rep", name) for _number in range(2)], holds)


def _confirm_or_reopen(stage: Stage) -> Moment:
	name = _offered(stage)

	def holds():
		state, confirmed = stage.town.state(AGREEMENT, name), count("Kyodo Agreement Confirmation", parent=name)
		assert (state, confirmed) in (("Drafting", 0), ("Offered", 1)), (state, confirmed)

	return Moment([_confirming(stage, "rep", name), stage.act("section", AGREEMENT, name, "Reopen")], holds)


def _draft_agreement(stage: Stage) -> Moment:
	frappe.db.set_value(AGREEMENT, {"project": stage.planned}, "workflow_state", "Withdrawn", update_modified=False)

	def holds():
		assert count(AGREEMENT, project=stage.planned, workflow_state="Drafting") == 1

	return Moment([stage.call(who, "partnership.agreement_drafts.draft_for", project=stage.planned) for who in ("section", "rep")], holds)


def _amend(stage: Stage) -> Moment:
	for name in frappe.get_all(AGREEMENT, {"replaces": stage.concluded}, pluck="name", order_by="name"):
		rewind(AGREEMENT, name, workflow_state="Withdrawn")

	def holds():
		assert count(AGREEMENT, replaces=stage.concluded, workflow_state="Drafting") == 1

	acts = [
		stage.call(who, "partnership.agreement_terms.begin_amendment", agreement=stage.concluded, reason="期間の延長")
		for who in ("section", "rep")
	]
	return Moment(acts, holds)


def _begin_change(stage: Stage) -> Moment:
	wipe(CHANGE, project=stage.running)

	def holds():
		assert count(CHANGE, project=stage.running) == 1

	return Moment(
		[stage.call(who, "partnership.plan_changes.begin", project=stage.running, reason="人数の変更") for who in ("rep", "editor")], holds
	)


def _payments(stage: Stage, amount: int) -> tuple[list[Callable], Callable[[], list[int]]]:
	wipe("Kyodo Payment", parent=stage.running)
	rows = [{"kind": kind, "amount": amount, "paid_on": nowdate()} for kind in ("Advance", "Instalment")]
	acts = [stage.update(who, PROJECT, stage.running, {"payments": [row]}) for who, row in zip(("officer", "officer2"), rows, strict=True)]
	return acts, lambda: frappe.get_all("Kyodo Payment", {"parent": stage.running}, pluck="amount", order_by="idx")


def _pay_too_much(stage: Stage) -> Moment:
	acts, paid = _payments(stage, 300000)

	def holds():
		assert sum(paid()) == 300000, paid()

	return Moment(acts, holds)


def _pay_twice(stage: Stage) -> Moment:
	acts, paid = _payments(stage, 100000)

	def holds():
		assert sum(paid()) == 100000, "one is kept, the other is told: it had not seen the first"

	return Moment(acts, holds)


def _ask_twice(stage: Stage) -> Moment:
	wipe("Kyodo Payment", parent=stage.running)
	wipe("Kyodo Payment Request", project=stage.running)
	account = {
		"bank_name": "銀行",
		"bank_branch": "支店",
		"account_type": "Ordinary Account",
		"account_number": "1",
		"account_holder": "カイ",
	}
	whole = {"project": stage.running, "kind": "Advance", "amount": 400000, **account}

	def holds():
		assert count("Kyodo Payment Request", project=stage.running) == 1

	return Moment([stage.call(who, "partnership.payment_requests.ask", **whole) for who in ("rep", "editor")], holds)


def _years(stage: Stage) -> int:
	"""Promise the next year of the project of several years anew, and return it."""
	project = stage.of_years
	first = frappe.db.get_value(PROJECT, project, "fiscal_year")
	wipe("Kyodo Yearly Amount", parent=project)
	wipe("Kyodo Letter", project=project, letter_type=["in", ("Next Year Confirmed", "Next Year Ended")])
	place = {"parent": project, "parenttype": PROJECT, "parentfield": "yearly_amounts"}
	for idx, state in enumerate(("Year Confirmed", "Promised"), 1):
		row = {"fiscal_year": first + idx - 1, "granted": 100000, "promised": 100000, "year_state": state}
		frappe.get_doc({"doctype": "Kyodo Yearly Amount", **place, "idx": idx, **row}).db_insert()
	frappe.clear_document_cache(PROJECT, project)
	return first + 1


def _answered(stage: Stage) -> tuple[str, list[str]]:
	"""(state of the next year, types of its letters)"""
	project = stage.of_years
	state = frappe.db.get_value("Kyodo Yearly Amount", {"parent": project, "idx": 2}, "year_state")
	types = ("Next Year Confirmed", "Next Year Ended")
	letters = frappe.get_all("Kyodo Letter", {"project": project, "letter_type": ["in", types]}, pluck="letter_type", order_by="name")
	return state, letters


def _confirm_year(stage: Stage) -> Moment:
	args = {"project": stage.of_years, "fiscal_year": _years(stage)}

	def holds():
		assert _answered(stage) == ("Year Confirmed", ["Next Year Confirmed"]), _answered(stage)

	return Moment([stage.call(who, "evaluation.next_year.confirm", **args) for who in ("officer", "officer2")], holds)


def _confirm_or_end_year(stage: Stage) -> Moment:
	args = {"project": stage.of_years, "fiscal_year": _years(stage)}
	confirm = stage.call("officer", "evaluation.next_year.confirm", **args)
	end = stage.call("officer2", "evaluation.next_year.end", **args, reason="団体の都合")

	def holds():
		assert _answered(stage) in (("Year Confirmed", ["Next Year Confirmed"]), ("Year Ended", ["Next Year Ended"])), _answered(stage)

	return Moment([confirm, end], holds)


def _open_report(stage: Stage) -> Moment:
	wipe(REPORT, project=stage.running)
	year = frappe.db.get_value(PROJECT, stage.running, "fiscal_year")

	def holds():
		assert count(REPORT, project=stage.running) == 1

	return Moment(
		[
			stage.call(who, "partnership.reports.open_report", project=stage.running, kind="Mid-term", fiscal_year=year)
			for who in ("section", "rep")
		],
		holds,
	)


# -- evaluation ----------------------------------------------------------------------------------


def _open_round(stage: Stage) -> Moment:
	wipe(SHEET, project=stage.running)
	wipe(ROUND, project=stage.running)
	year = frappe.db.get_value(PROJECT, stage.running, "fiscal_year")

	def holds():
		assert count(ROUND, project=stage.running) == 1 and count(SHEET, project=stage.running) == 2

	return Moment(
		[
			stage.call(who, "evaluation.rounds.open_round", project=stage.running, fiscal_year=year, phase="Annual")
			for who in ("section", "officer")
		],
		holds,
	)


def _open_sheets(stage: Stage) -> tuple[str, str, str]:
	evaluation, *sheets = stage.evaluation
	rewind(ROUND, evaluation, workflow_state="Open", city_agreed_on=None, organisation_agreed_on=None)
	for sheet in sheets:
		rewind(SHEET, sheet, submitted_on=None, submitted_by=None, released=0)
	wipe("Comment", reference_name=evaluation, comment_type="Workflow")
	return evaluation, *sheets


def _both_in(evaluation: str, sheets: list[str]) -> Callable[[], None]:
	def holds():
		assert frappe.db.get_value(ROUND, evaluation, "workflow_state") == "Both In"
		assert count(SHEET, name=["in", sheets], released=1, submitted_on=["is", "set"]) == 2
		assert count("Comment", reference_name=evaluation, comment_type="Workflow") == 1, "the round moves on once"

	return holds


def _hand_in(stage: Stage) -> Moment:
	evaluation, *sheets = _open_sheets(stage)
	acts = [
		stage.call(who, "evaluation.rounds.submit_sheet", sheet=sheet, marks=stage.answers_of(sheet))
		for who, sheet in zip(("section", "rep"), sheets, strict=True)
	]
	return Moment(acts, _both_in(evaluation, sheets))


def _hand_in_by_form(stage: Stage) -> Moment:
	evaluation, *sheets = _open_sheets(stage)
	typed = {f"{kind}-{code}": str(value) for code, answer in stage.answers_of(sheets[1]).items() for kind, value in answer.items()}
	acts = [
		stage.call("section", "evaluation.rounds.submit_sheet", sheet=sheets[0], marks=stage.answers_of(sheets[0])),
		stage.form("rep", "evaluation.actions.save_evaluation", name=sheets[1], evaluation_round=evaluation, then="submit", **typed),
	]
	return Moment(acts, _both_in(evaluation, sheets))


def _hand_in_twice(stage: Stage) -> Moment:
	evaluation, *sheets = _open_sheets(stage)

	def holds():
		assert frappe.db.get_value(ROUND, evaluation, "workflow_state") == "Open"
		assert count(SHEET, name=["in", sheets], submitted_on=["is", "set"]) == 1

	marks = stage.answers_of(sheets[1])
	return Moment([stage.call(who, "evaluation.rounds.submit_sheet", sheet=sheets[1], marks=marks) for who in ("rep", "editor")], holds)


def _agree_to_record(stage: Stage) -> Moment:
	evaluation, *_sheets = _open_sheets(stage)
	rewind(ROUND, evaluation, workflow_state="Both In", dialogue="話し合った。")

	def holds():
		assert all(frappe.db.get_value(ROUND, evaluation, ["city_agreed_on", "organisation_agreed_on"]))

	return Moment([stage.call(who, "evaluation.dialogue.agree_to_record", evaluation=evaluation) for who in ("section", "rep")], holds)


# -- events, surveys, introductions, people -----------------------------------------------------------


def _last_place(stage: Stage) -> Moment:
	wipe(REGISTRATION, event=stage.event)

	def holds():
		assert frappe.get_all(REGISTRATION, {"event": stage.event}, pluck="state", order_by="name") == ["Registered"]

	return Moment([stage.call(who, "learning.registrations.take_part", event=stage.event) for who in ("rep", "outsider")], holds)


def _same_person_twice(stage: Stage) -> Moment:
	moment = _last_place(stage)
	return Moment([stage.call("rep", "learning.registrations.take_part", event=stage.event) for _number in range(2)], moment.holds)


def _both_organisations_answer(stage: Stage) -> Moment:
	survey, *sheets = stage.survey
	rewind(SURVEY, survey, answered_count=0, state="Open")
	for sheet in sheets:
		wipe("Kyodo Survey Answer", parent=sheet)
		rewind(RESPONSE, sheet, state="Asked", answered_on=None, answered_by=None)

	def holds():
		assert count(RESPONSE, survey=survey, state="Answered") == 2
		assert frappe.db.get_value(SURVEY, survey, "answered_count") == 2

	acts = [
		stage.form(
			who,
			"support.actions.save_sheet",
			name=sheet,
			then="submit",
			modified=str(frappe.db.get_value(RESPONSE, sheet, "modified")),
			**{"answer-0": "12"},
		)
		for who, sheet in zip(("rep", "outsider"), sheets, strict=True)
	]
	return Moment(acts, holds)


def _answer_while_survey_closes(stage: Stage) -> Moment:
	acts = _both_organisations_answer(stage).acts
	survey = stage.survey[0]

	def holds():
		doc = frappe.get_doc(SURVEY, survey)
		assert doc.state == "Closed" and doc.answered_count == count(RESPONSE, survey=survey, state="Answered")

	return Moment([acts[0], stage.call("support", "support.surveys.close_survey", survey=survey)], holds)


def _both_say_yes(stage: Stage) -> Moment:
	match = stage.introduced
	rewind(MATCH, match, state="Introduced", need_answer=None, other_answer=None, need_contact=None, other_contact=None)

	def holds():
		assert frappe.db.get_value(MATCH, match, ["state", "need_answer", "other_answer"]) == ("Talking", "Yes", "Yes")

	acts = [
		stage.call(who, "support.introductions.answer_introduction", match=match, side=side, answer="Yes", contact="0467-00-0000")
		for who, side in (("rep", "need"), ("outsider", "other"))
	]
	return Moment(acts, holds)


def _accept_twice(stage: Stage) -> Moment:
	user = stage.town.cast["support"]
	wipe(MEMBER, parent=stage.town.organisation, user=user)
	wipe(INVITATION, organisation=stage.town.organisation)
	invitation = invitations._new(invitations.JOIN, user, organisation=stage.town.organisation, member_role="Viewer")

	def holds():
		assert count(MEMBER, parent=stage.town.organisation, user=user) == 1
		wipe(MEMBER, parent=stage.town.organisation, user=user)
		wipe("Has Role", parent=user, role="Kyodo Organisation Member")
		frappe.db.commit()
		frappe.clear_cache(user=user)

	key = invitation.flags.key
	return Moment([stage.form("support", "organisations.actions.accept_invitation", key=key) for _number in range(2)], holds)


def _invite_twice(stage: Stage) -> Moment:
	wipe(INVITATION, organisation=stage.town.organisation)
	frappe.cache.delete_keys("kyodo-mails-of-day:")
	email = f"{stage.town.tag}@example.jp"
	invite = {"organisation": stage.town.organisation, "email": email, "member_role": "Viewer"}

	def holds():
		assert count(INVITATION, organisation=stage.town.organisation, revoked_on=["is", "not set"]) == 1

	return Moment([stage.call(who, "accounts.invitations.invite", **invite) for who in ("rep", "officer")], holds)


def _both_leave(stage: Stage) -> Moment:
	organisation = stage.town.organisation
	for who, role in (("rep", "Representative"), ("editor", "Representative")):
		user = stage.town.cast[who]
		if name := frappe.db.get_value(MEMBER, {"parent": organisation, "user": user}):
			rewind(MEMBER, name, member_role=role)
		else:
			row = {"doctype": MEMBER, "parenttype": ORGANISATION, "parentfield": "members", "parent": organisation, "idx": 9}
			frappe.get_doc({**row, "user": user, "member_role": role}).db_insert()
	frappe.clear_document_cache(ORGANISATION, organisation)

	def holds():
		assert count(MEMBER, parent=organisation, member_role="Representative") == 1
		_put_back(stage)

	return Moment([stage.call(who, "organisations.membership.leave", organisation=organisation) for who in ("rep", "editor")], holds)


def _put_back(stage: Stage):
	for who, role in (("rep", "Representative"), ("editor", "Editor")):
		wipe(MEMBER, parent=stage.town.organisation, user=stage.town.cast[who])
		row = {"doctype": MEMBER, "parenttype": ORGANISATION, "parentfield": "members", "parent": stage.town.organisation, "idx": 9}
		frappe.get_doc({**row, "user": stage.town.cast[who], "member_role": role}).db_insert()
	frappe.db.commit()
	frappe.clear_document_cache(ORGANISATION, stage.town.organisation)


ACTS = (
	Act("two officers receive one proposal", _receive, (1,)),
	Act("one receives a proposal, one returns it", _receive_or_return, (1,), FEW),
	Act("the office receives a proposal, its organisation withdraws it", _receive_or_withdraw, (1, 2), FEW),
	Act("two letters are numbered", _two_letters, (2,)),
	Act("two proposals of an organisation in a call for one", _one_of_each, (1,)),
	Act("two proposals of an organisation to two calls of a year", _one_of_the_year, (1,)),
	Act("two decisions on one item", _decide_one_item, (1,)),
	Act("two grants from one frame", _frame, (1,)),
	Act("two officers move up one reserve", _move_up_one, (1,), FEW),
	Act("two reserves are moved up in one frame", _move_up_two, (1, 2), FEW),
	Act("a reserve declines while it is moved up", _decline_or_move_up, (1, 2), FEW),
	Act("two officers close one meeting", _close, (1,)),
	Act("one closes the meeting, one notes a decision", _decide_while_closing, (1, 2)),
	Act("two officers convene one meeting", _convene, (1,), FEW),
	Act("two members answer the invitation", _answer_invitation, (2,), FEW),
	Act("two members give written opinions", _written_opinions, (2,), FEW),
	Act("the last two members hand in their marks", _last_marks, (2,)),
	Act("a member hands in marks while marking is closed", _mark_while_marking_closes, (1, 2)),
	Act("both sides confirm the agreement", _both_confirm, (2,)),
	Act("one party confirms twice", _one_confirms_twice, (1,)),
	Act("one side confirms, the other takes the text back", _confirm_or_reopen, (1, 2), FEW),
	Act("both sides draft the agreement", _draft_agreement, (2,)),
	Act("both sides begin an amendment", _amend, (2,), FEW),
	Act("two of one side begin a change of the plan", _begin_change, (2,), FEW),
	Act("two payments beyond the grant", _pay_too_much, (1,)),
	Act("two payments within the grant", _pay_twice, (1,)),
	Act("two of one side ask for the whole advance", _ask_twice, (1,), FEW),
	Act("two officers confirm the next year", _confirm_year, (1,), FEW),
	Act("one confirms the next year, one ends it", _confirm_or_end_year, (1,), FEW),
	Act("both sides open the report", _open_report, (2,)),
	Act("section and office open the evaluation", _open_round, (2,)),
	Act("both sides hand in their evaluation", _hand_in, (2,)),
	Act("both sides hand in their evaluation, one by the portal", _hand_in_by_form, (2,)),
	Act("one side hands in its evaluation twice", _hand_in_twice, (1,), FEW),
	Act("both sides agree to the record", _agree_to_record, (2,), FEW),
	Act("two people take the last place", _last_place, (1,)),
	Act("one person takes a place twice", _same_person_twice, (1,), FEW),
	Act("two organisations answer the survey", _both_organisations_answer, (2,)),
	Act("an organisation answers while the survey is closed", _answer_while_survey_closes, (1, 2), FEW),
	Act("both sides say yes to an introduction", _both_say_yes, (2,)),
	Act("one invitation is accepted twice", _accept_twice, (1,)),
	Act("one address is invited twice", _invite_twice, (1, 2), FEW),
	Act("both representatives leave", _both_leave, (1,)),
)


# -- killed in the middle -----------------------------------------------------------------------------

# does a deed in a process of its own, and halts after a function of ours has answered for the n-th time
HALTING = """
import importlib, json, sys, time
import frappe

site, sites, told = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
frappe.init(site, sites_path=sites)
frappe.connect()
frappe.set_user(told["user"])
module, _, name = told["at"].rpartition(".")
module = importlib.import_module(module)
for key, value in told["values"].items():
	setattr(module, key, value)
original, answered = getattr(module, name), []

def halting(*args, **more):
	found = original(*args, **more)
	answered.append(1)
	if len(answered) == told["times"]:
		print("half", flush=True)
		time.sleep(60)
	return found

setattr(module, name, halting)
frappe.get_attr(told["call"])(**told["args"])
frappe.db.commit()
"""


@dataclass
class Task:
	"""A task that is killed halfway. `untouched`: checks the records after that; `done`: after it is run again."""

	user: str
	args: dict
	untouched: Callable[[], None]
	done: Callable[[], None]


@dataclass(frozen=True)
class Deed:
	"""`call`: the function; the process is killed after the `times`-th return of `at`; `values`: set in its module."""

	name: str
	begin: Callable[[Stage], Task]
	call: str
	at: str
	times: int = 1
	values: dict = field(default_factory=dict, hash=False)


def _running_numbers(**filters) -> list[int]:
	rows = frappe.get_all(LETTER, filters, pluck="letter_number", order_by="name")
	return sorted(int(row.rpartition("第")[2].rstrip("号")) for row in rows)


def _closing(stage: Stage, later: bool = False) -> Task:
	town = stage.town
	proposals = [town.in_step_1() for _number in range(3)]
	meeting = town.in_session(*proposals)
	for proposal in proposals:
		walk.decide(town.officer, meeting, proposal, "Not Adopted", reasons=walk.REFUSAL)
	letters = {"proposal": ["in", proposals], "letter_type": "Not Adopted"}

	def untouched():
		assert town.state(MEETING, meeting) == "In Session"
		assert {town.state(PROPOSAL, name) for name in proposals} == {"Step 1"}
		assert count(DECISION, meeting=meeting, docstatus=0) == 3 and not count(LETTER, **letters)

	def done():
		assert town.state(MEETING, meeting) == "Closed"
		assert {town.state(PROPOSAL, name) for name in proposals} == {"Not Adopted"}
		if later:
			assert not count(LETTER, **letters)
			tasks.do(frappe.db.get_value(tasks.TASK, {"reference_name": meeting, "method": closing.WRITE_LETTERS}))
			frappe.db.commit()
		numbers = _running_numbers(**letters)
		assert numbers == list(range(numbers[0], numbers[0] + 3)), "no number is lost with what did not happen"

	doc = {"doctype": MEETING, "name": meeting}
	return Task(town.officer.user, {"doc": json.dumps(doc), "action": "Close Session"}, untouched, done)


def _closing_long(stage: Stage) -> Task:
	"""The letters come after the commit: all of them, or none yet."""
	return _closing(stage, later=True)


def _concluding(stage: Stage) -> Task:
	name = _offered(stage)
	frappe.db.set_value(PROJECT, stage.planned, "form", None, update_modified=False)
	wipe("File", attached_to_doctype=AGREEMENT, attached_to_name=name)
	walk.confirm(stage.town.representative, name, "代表")

	def untouched():
		assert stage.town.state(AGREEMENT, name) == "Offered"
		assert count("Kyodo Agreement Confirmation", parent=name) == 1
		assert not count("File", attached_to_name=name)

	def done():
		assert stage.town.state(AGREEMENT, name) == "Concluded"
		assert count("Kyodo Agreement Confirmation", parent=name) == 2

	digest = frappe.db.get_value(AGREEMENT, name, "content_hash")
	return Task(stage.town.section_officer.user, {"agreement": name, "content_hash": digest, "position": "長"}, untouched, done)


def _issuing(stage: Stage) -> Task:
	earlier, name = stage.submitted
	for proposal in stage.submitted:
		rewind(PROPOSAL, proposal, workflow_state="Submitted", received_on=None)
		wipe(LETTER, proposal=proposal)
	walk.receive(stage.town.officer, earlier)

	def untouched():
		assert stage.town.state(PROPOSAL, name) == "Submitted" and not count(LETTER, proposal=name)

	def done():
		assert stage.town.state(PROPOSAL, name) == "Received"
		assert _running_numbers(proposal=name) == [_running_numbers(proposal=earlier)[0] + 1]

	doc = {"doctype": PROPOSAL, "name": name}
	return Task(stage.town.officer.user, {"doc": json.dumps(doc), "action": "Receive"}, untouched, done)


def _printing(stage: Stage) -> Task:
	_receive(stage)
	walk.receive(stage.town.officer, stage.submitted[0])
	letter = frappe.db.get_value(LETTER, {"proposal": stage.submitted[0]})
	wipe("File", attached_to_name=letter)
	rewind(LETTER, letter, pdf=None)

	def untouched():
		assert not frappe.db.get_value(LETTER, letter, "pdf") and not count("File", attached_to_name=letter)

	def done():
		url = frappe.db.get_value(LETTER, letter, "pdf")
		assert frappe.get_all("File", {"attached_to_name": letter}, pluck="file_url", order_by="name") == [url]
		assert content_of(frappe.get_doc("File", {"file_url": url})).startswith(b"%PDF")

	return Task("Administrator", {"letter": letter}, untouched, done)


def _importing(stage: Stage) -> Task:
	names = [f"{stage.town.tag}第{number}の会" for number in range(5)]
	rows = "団体名,住所\n" + "".join(f"{name},鎌倉市御成町{number}番\n" for number, name in enumerate(names))
	with stage.town.officer:
		doc = frappe.get_doc({"doctype": "Kyodo Organisation Import", "programme": stage.town.programme}).insert()
		place = {"attached_to_doctype": doc.doctype, "attached_to_name": doc.name, "is_private": 1}
		file = frappe.get_doc({"doctype": "File", "file_name": "一覧.csv", "content": rows.encode("utf-8-sig"), **place}).insert()
		doc.source_file = file.file_url
		doc.save()
	files = count("File", attached_to_name=doc.name)  # a form of the desk attaches what it names once more

	def there() -> list[str]:
		return sorted(frappe.get_all(ORGANISATION, {"organisation_name": ["in", names]}, pluck="organisation_name", order_by="name"))

	def untouched():
		assert there() == names[:2], there()  # whole batches, two rows each
		assert count("File", attached_to_name=doc.name) == files

	def done():
		assert there() == names, there()  # nothing is made twice
		assert frappe.db.get_value(doc.doctype, doc.name, ["status", "new_count", "unchanged_count"]) == ("Import Done", 3, 2)
		assert count("File", attached_to_name=doc.name) == files
		frappe.db.delete(ORGANISATION, {"organisation_name": ["in", names]})
		frappe.db.commit()

	return Task(stage.town.officer.user, {"name": doc.name, "dry": False}, untouched, done)


_IMPORT = "kyodo_frappe.organisations.import_list"
KILLED = (
	Deed("closing a meeting", _closing, "frappe.model.workflow.apply_workflow", "kyodo_frappe.letters.issue.issue_result", times=2),
	Deed(
		"closing a long meeting",
		_closing_long,
		"frappe.model.workflow.apply_workflow",
		"kyodo_frappe.committee.closing._carry_out",
		times=2,
		values={"LETTERS_AT_ONCE": 1},
	),
	Deed(
		"concluding an agreement",
		_concluding,
		"kyodo_frappe.partnership.agreements.confirm",
		"kyodo_frappe.partnership.agreements._update_plan",
	),
	Deed("issuing a letter", _issuing, "frappe.model.workflow.apply_workflow", "kyodo_frappe.letters.numbers.next_number"),
	Deed("keeping the PDF of a letter", _printing, "kyodo_frappe.letters.issue.keep_pdf", "kyodo_frappe.permissions.attachments.store_pdf"),
	Deed("importing organisations", _importing, f"{_IMPORT}.run", f"{_IMPORT}.insert_activities", times=2, values={"BATCH": 2}),
)
