"""What an act leaves for after its commit is done once, also where the queue is away, a worker is killed or the work fails."""

import frappe
import pytest

from kyodo_frappe.committee import closing, convening
from kyodo_frappe.common import tasks
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.letters.errors import InvalidWording

LETTER, MEETING = "Kyodo Letter", "Kyodo Meeting"


class Killed(BaseException):
	"""A process that ends in the middle: nothing catches it."""


@pytest.fixture
def enqueued(monkeypatch):
	"""[arguments] of the jobs that were enqueued for tasks."""
	jobs = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **given: jobs.append(given) if method.endswith("tasks.do") else None)
	return jobs


def rows(about: str) -> list[str]:
	return frappe.get_all(tasks.TASK, {"reference_name": about}, pluck="name", order_by="creation, name")


def running_number(letter: str) -> int:
	return int(frappe.db.get_value(LETTER, letter, "letter_number").rpartition("第")[2].rstrip("号"))


def closed(town) -> tuple[str, list[str]]:
	proposals = [town.in_step_1(), town.in_step_1()]
	meeting = town.in_session(*proposals)
	frappe.db.delete(tasks.TASK, {"reference_name": meeting})
	for proposal in proposals:
		cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	return meeting, proposals


def letters_of(proposals: list[str]) -> list[str | None]:
	return [frappe.db.get_value(LETTER, {"proposal": name, "decision": ["is", "set"]}) for name in proposals]


def test_letters_of_a_long_meeting_are_written_after_it(town, enqueued, monkeypatch):
	monkeypatch.setattr(closing, "LETTERS_AT_ONCE", 1)
	meeting, proposals = closed(town)
	assert town.state(MEETING, meeting) == "Closed" and letters_of(proposals) == [None, None]
	(row,) = rows(meeting)
	doc = frappe.get_doc(MEETING, meeting)
	doc.run_method("onload")
	assert doc.get("__onload").letters_to_come == tasks.WAITING

	issue_result, written = closing.letters.issue_result, []

	def killed_at_the_second(decision, *given):
		if written:
			raise Killed
		written.append(issue_result(decision, *given))

	frappe.db.savepoint("job")
	with monkeypatch.context() as patch, pytest.raises(Killed):
		patch.setattr(closing.letters, "issue_result", killed_at_the_second)
		tasks.do(row)
	frappe.db.rollback(save_point="job")
	assert letters_of(proposals) == [None, None] and rows(meeting) == [row]

	monkeypatch.setattr(tasks, "MINUTES_LEFT_TO_JOBS", -1)
	tasks.enqueue_waiting()
	assert row in [given["name"] for given in enqueued]
	tasks.do(row)
	first, second = letters_of(proposals)
	assert running_number(second) == running_number(first) + 1, "in the order of the agenda"
	assert frappe.db.get_value(LETTER, first, "issued_by") == town.officer.user
	tasks.do(row)  # another worker
	assert letters_of(proposals) == [first, second] and not rows(meeting)
	doc.run_method("onload")
	assert doc.get("__onload").letters_to_come is None


def test_a_letter_that_cannot_be_written_holds_back_no_other(town, enqueued, monkeypatch):
	monkeypatch.setattr(closing, "LETTERS_AT_ONCE", 1)
	meeting, proposals = closed(town)
	(row,) = rows(meeting)
	issue_result = closing.letters.issue_result

	def failing_for_the_first(decision, *given):
		letter = issue_result(decision, *given)
		if decision.proposal == proposals[0]:
			frappe.throw("“<b>{何}</b>” は使えません。", InvalidWording)
		return letter

	doc = frappe.get_doc(MEETING, meeting)
	with monkeypatch.context() as patch:
		patch.setattr(closing.letters, "issue_result", failing_for_the_first)
		for attempt in (1, 2):
			tasks.do(row)
			assert frappe.db.get_value(tasks.TASK, row, "attempts") == attempt
	missing, written = letters_of(proposals)
	assert missing is None and frappe.db.count(LETTER, {"proposal": proposals[1], "decision": ["is", "set"]}) == 1
	with town.officer:
		doc.run_method("onload")
	assert doc.get("__onload").letters_missing == [f"{doc.agenda[0].subject}: “{{何}}” は使えません。"]
	with town.members["npo1"]:
		doc = frappe.get_doc(MEETING, meeting)
		doc.run_method("onload")
		assert "letters_missing" not in doc.get("__onload")
		with pytest.raises(frappe.PermissionError):
			closing.write_letters_again(meeting)
	with town.officer:
		closing.write_letters_again(meeting)
	frappe.db.after_commit.run()
	assert [given["name"] for given in enqueued].count(row) and not frappe.db.get_value(tasks.TASK, row, "attempts")
	tasks.do(row)
	assert letters_of(proposals)[0] and letters_of(proposals)[1] == written and not rows(meeting)


def test_the_notices_of_an_invitation_outlive_a_lost_queue(town, monkeypatch):
	def unreachable(*_args, **_given):
		raise ConnectionError("Redis is away")

	proposal = town.in_step_1()
	monkeypatch.setattr(frappe, "enqueue", unreachable)
	meeting = town.meeting(proposal)
	tasks.enqueue_waiting()  # the act stands
	invited = {"proposal": proposal, "letter_type": "Invitation"}
	assert town.state(MEETING, meeting) == "Convened" and not frappe.db.exists(LETTER, invited)
	for row in rows(meeting):
		tasks.do(row)
	assert frappe.db.count(LETTER, invited) == 1 and not rows(meeting)


def test_work_that_fails_is_undone_and_tried_again(town, enqueued, monkeypatch):
	meeting = town.meeting(town.in_step_1())
	(row,) = rows(meeting)

	def failing(*_args, **_given):
		frappe.db.set_value(MEETING, meeting, "place", "半ば")
		raise ValueError

	with monkeypatch.context() as patch:
		patch.setattr(convening, "notify_proposers", failing)
		for _attempt in range(tasks.MOST_ATTEMPTS):
			tasks.do(row)
	assert frappe.db.get_value(tasks.TASK, row, "attempts") == tasks.MOST_ATTEMPTS
	assert tasks.state_of(f"{convening.__name__}.notify_proposers", frappe.get_doc(MEETING, meeting))[0] == tasks.FAILED
	assert frappe.db.get_value(MEETING, meeting, "place") != "半ば"
	monkeypatch.setattr(tasks, "MINUTES_LEFT_TO_JOBS", -1)
	tasks.enqueue_waiting()
	assert row not in [given["name"] for given in enqueued], "it stays for whoever looks after the site"
	tasks.do(row)
	assert not rows(meeting)
