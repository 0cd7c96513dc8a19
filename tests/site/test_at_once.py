"""Two people who act at the same moment, each in a connection of their own: one wins, the other is told."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier

import frappe
import pytest
from at_once import ACTS, Sent, Stage
from kyodo_frappe.demo import walk
from kyodo_frappe.demo.doors import Refused

ROUNDS = 20
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff].*[。）」]", re.DOTALL)
TECHNICAL = re.compile(r"deadlock|traceback|error|exception|modified|lock wait|\d{4}, \"", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
	"""How an act went: `status` 200, or that of the refusal with its sentence."""

	status: int
	sentence: str = ""


def at_once(*acts) -> list[Answer]:
	"""Run the acts in threads that begin together, each over a connection of its own."""
	barrier = Barrier(len(acts))

	def attempt(act):
		barrier.wait()
		try:
			return act()
		except Refused as refusal:
			return Answer(refusal.status, " ".join(refusal.sentences))

	with ThreadPoolExecutor(len(acts)) as pool:
		return [_answer(found) for found in pool.map(attempt, acts)]


def _answer(found) -> Answer:
	if isinstance(found, Answer):
		return found
	if isinstance(found, Sent) and "n=" in found.location:
		token = re.search(r"[?&]n=(\w+)", found.location)[1]
		notice = frappe.cache.get_value(f"kyodo-notice:{found.user}:{token}", expires=True) or {}
		if notice.get("kind") == "refused":
			return Answer(417, notice["text"])
	return Answer(200)


@pytest.fixture(scope="module")
def stage(busy_town):
	return Stage(busy_town)


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name.replace(" ", "-"))
def test_in_the_same_moment(stage, act):
	wrong = [found for number in range(ROUNDS) if (found := _round(stage, act))]
	assert not wrong, f"{len(wrong)} of {ROUNDS} rounds: " + " | ".join(sorted(set(wrong))[:3])


def _round(stage, act) -> str:
	"""What was wrong with one round; "" for nothing."""
	moment = act.begin(stage)
	frappe.db.commit()
	answers = at_once(*moment.acts)
	frappe.db.rollback()
	frappe.clear_messages()
	losers = [answer for answer in answers if answer.status != 200]
	try:
		assert len(answers) - len(losers) in act.winners, f"{len(losers)} refused: {losers}"
		for loser in losers:
			assert loser.status < 500 and JAPANESE.search(loser.sentence) and not TECHNICAL.search(loser.sentence), loser
		moment.holds()
	except AssertionError as error:
		return str(error).partition("\n")[0]
	return ""


# closes a meeting in a process of its own, and halts after the second letter
CLOSING = """
import sys, time
import frappe
from frappe.model.workflow import apply_workflow
from kyodo_frappe.services import letters

site, sites, user, meeting = sys.argv[1:]
frappe.init(site, sites_path=sites)
frappe.connect()
frappe.set_user(user)
issue, issued = letters.issue_result, []

def issue_two(decision):
	issued.append(issue(decision))
	if len(issued) == 2:
		print("half", flush=True)
		time.sleep(60)

letters.issue_result = issue_two
apply_workflow(frappe.get_doc("Kyodo Meeting", meeting), "Close Session")
frappe.db.commit()
"""


def test_a_server_killed_in_the_middle_of_closing_leaves_the_meeting_as_it_was(real_town):
	town = real_town
	proposals = [town.in_step_1() for _number in range(3)]
	meeting = town.in_session(*proposals)
	for proposal in proposals:
		walk.decide(town.officer, meeting, proposal, "Not Adopted", reasons=walk.REFUSAL)
	frappe.db.commit()
	letters = {"proposal": ["in", proposals], "letter_type": "Not Adopted"}
	command = [sys.executable, "-c", CLOSING, frappe.local.site, frappe.local.sites_path, town.officer.user, meeting]
	closing = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=frappe.local.sites_path)
	try:
		assert closing.stdout.readline().strip() == "half"
	finally:
		closing.kill()
		closing.wait()
	frappe.db.rollback()
	assert town.state("Kyodo Meeting", meeting) == "In Session"
	assert {town.state("Kyodo Proposal", name) for name in proposals} == {"Step 1"}
	assert frappe.db.count("Kyodo Decision", {"meeting": meeting, "docstatus": 0}) == 3
	assert not frappe.db.count("Kyodo Letter", letters)
	walk.close(town.officer, meeting)
	frappe.db.commit()
	assert {town.state("Kyodo Proposal", name) for name in proposals} == {"Not Adopted"}
	numbers = frappe.get_all("Kyodo Letter", letters, pluck="letter_number", order_by="name")
	running = [int(number.rpartition("第")[2].rstrip("号")) for number in numbers]
	assert running == list(range(running[0], running[0] + 3)), "no number is lost with what did not happen"
