"""Messages and papers follow the commit of the act: once, not where the act is undone, and also where queue or worker fail."""

import frappe
import pytest

from kyodo_frappe.committee import closing
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.letters import issue
from kyodo_frappe.messages import delivery, outbox

PROPOSAL, LETTER = "Kyodo Proposal", "Kyodo Letter"


class Killed(BaseException):
	"""A process that ends in the middle: nothing catches it."""


@pytest.fixture
def enqueued(monkeypatch):
	"""[(method, its arguments)] of the jobs that were enqueued."""
	jobs = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **given: jobs.append((method.rsplit(".", 1)[-1], given)))
	frappe.local.kyodo_outgoing = None
	return jobs


def waiting(*names: str) -> list[str]:
	return frappe.get_all(outbox.OUTGOING, {"reference_name": ["in", names]}, pluck="name", order_by="creation, name")


def mailed(*names: str) -> int:
	return frappe.db.count("Email Queue", {"reference_name": ["in", names]})


def let_time_pass(monkeypatch):
	monkeypatch.setattr(outbox, "MINUTES_LEFT_TO_JOBS", -1)


def test_an_act_writes_and_its_job_hands_over_once(town, enqueued):
	name = town.submitted()
	before = waiting(name)
	town.officer.act(PROPOSAL, name, "Receive")
	rows = [row for row in waiting(name) if row not in before]
	assert rows and not mailed(name)
	outbox._enqueue()
	names = [row for method, given in enqueued if method == "hand_over" for row in given["names"]]
	assert set(rows) <= set(names) and not frappe.local.kyodo_outgoing
	outbox.hand_over(rows)
	told = mailed(name)
	assert told and not set(waiting(name)) & set(rows)
	assert {row.from_user for row in frappe.get_all("Notification Log", {"document_name": name}, ["from_user"])} == {town.officer.user}
	outbox.hand_over(rows)  # another worker, or the scheduler
	assert mailed(name) == told
	assert frappe.db.exists("Notification Log", {"document_name": name, "for_user": town.representative.user})


def test_an_act_that_is_undone_tells_nobody(town, enqueued):
	name = town.submitted()
	before = waiting(name)
	frappe.db.savepoint("undone")
	town.officer.act(PROPOSAL, name, "Receive")
	rows = [row for row in waiting(name) if row not in before]
	frappe.db.rollback(save_point="undone")
	outbox.hand_over(rows)
	assert waiting(name) == before and not mailed(name)


def test_a_killed_job_and_a_lost_queue_leave_nothing_half_told(town, monkeypatch):
	name = town.submitted()
	frappe.db.delete(outbox.OUTGOING, {"reference_name": name})
	town.officer.act(PROPOSAL, name, "Receive")

	def unreachable(*_args, **_given):
		raise ConnectionError("Redis is away")

	monkeypatch.setattr(frappe, "enqueue", unreachable)
	outbox._enqueue()  # the act stands
	hand_over, given = delivery.hand_over, []

	def killed_in_the_middle(each, careful):
		given.append(each.email)
		if len(given) == 2:
			raise Killed
		hand_over(each, careful)

	frappe.db.savepoint("job")
	monkeypatch.setattr(delivery, "hand_over", killed_in_the_middle)
	with pytest.raises(Killed):
		outbox.hand_over(waiting(name))
	frappe.db.rollback(save_point="job")  # as the database does for a lost connection
	assert waiting(name) and not mailed(name)
	outbox.hand_over_waiting()
	assert waiting(name) and not mailed(name), "young rows belong to their jobs"
	let_time_pass(monkeypatch)
	outbox.hand_over_waiting()
	assert not waiting(name) and mailed(name)


def test_a_meeting_is_closed_as_a_whole_and_its_papers_come_later(town, enqueued, monkeypatch):
	proposals = [town.in_step_1(), town.in_step_1()]
	meeting = town.in_session(*proposals)
	cycle_steps.decide(town.officer, meeting, proposals[0], "Passed to Step 2")
	cycle_steps.decide(town.officer, meeting, proposals[1], "Not Adopted", reasons=cycle_steps.REFUSAL)
	before = waiting(*proposals)
	issue_result = closing.letters.issue_result

	def killed_at_the_second(decision, *given):
		if decision.proposal == proposals[1]:
			raise Killed
		return issue_result(decision, *given)

	frappe.db.savepoint("closing")
	with monkeypatch.context() as patch, pytest.raises(Killed):
		patch.setattr(closing.letters, "issue_result", killed_at_the_second)
		cycle_steps.close(town.officer, meeting)
	frappe.db.rollback(save_point="closing")
	assert town.state("Kyodo Meeting", meeting) == "In Session"
	assert [town.state(PROPOSAL, name) for name in proposals] == ["Step 1", "Step 1"]
	results = {"proposal": ["in", proposals], "decision": ["is", "set"]}
	assert not frappe.db.count(LETTER, results) and waiting(*proposals) == before

	cycle_steps.close(town.officer, meeting)
	assert [town.state(PROPOSAL, name) for name in proposals] == ["Step 2", "Not Adopted"]
	letters = frappe.get_all(LETTER, results, ["name", "pdf"], order_by="name")
	assert len(letters) == 2 and not any(letter.pdf for letter in letters) and len(waiting(*proposals)) > len(before)
	let_time_pass(monkeypatch)
	monkeypatch.setattr(issue, "letter_pdf", lambda letter: b"%PDF-1.4 " + letter.name.encode())
	monkeypatch.setattr(issue.attachments, "store_pdf", lambda letter, content: letter.db_set("pdf", f"/private/files/{letter.name}.pdf"))
	outbox.hand_over_waiting()
	issue.keep_missing_pdfs()
	assert not waiting(*proposals) and mailed(*proposals)
	assert all(letter.pdf for letter in frappe.get_all(LETTER, results, ["pdf"]))
