"""Two people who act at the same moment, each in a connection of their own: one wins, the other is told."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import frappe
from kyodo_frappe.demo import walk
from kyodo_frappe.demo.doors import Refused


def at_once(*acts) -> list[str]:
	"""Run the acts in threads; ["ok" | the sentence of the refusal]."""

	def attempt(act):
		try:
			act()
		except Refused as refusal:
			return " ".join(refusal.sentences)
		return "ok"

	with ThreadPoolExecutor(len(acts)) as pool:
		return list(pool.map(attempt, acts))


def test_two_officers_receive_the_same_proposal(real_town):
	town = real_town
	proposal = town.submitted()
	frappe.db.commit()
	doors = [town.over_rest(town.officer), town.over_rest(town.other_officer)]
	answers = at_once(*(lambda door=door: door.act("Kyodo Proposal", proposal, "Receive") for door in doors))
	frappe.db.rollback()
	assert answers.count("ok") == 1, answers
	assert all(len(answer) > 10 for answer in answers if answer != "ok"), answers
	assert town.state("Kyodo Proposal", proposal) == "Received"


def test_both_sides_confirm_in_the_same_moment(real_town):
	town = real_town
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.services.agreements.draft_for", project=project)
	town.section_officer.act("Kyodo Agreement", agreement, "Offer")
	frappe.db.commit()
	doors = [town.over_rest(town.section_officer), town.over_rest(town.representative)]
	at_once(*(lambda door=door: walk.confirm(door, agreement, "長") for door in doors))
	frappe.db.rollback()
	doc = frappe.get_doc("Kyodo Agreement", agreement)
	parties = [row.party for row in doc.confirmations]
	assert len(parties) == len(set(parties)), "nobody confirms twice"
	assert (doc.workflow_state == "Concluded") == (len(parties) == 2)
	if len(parties) == 1:  # the other was told to try again, and can
		left = next(door for door in doors if door.user != doc.confirmations[0].user)
		walk.confirm(left, agreement, "長")
		frappe.db.rollback()
		assert town.state("Kyodo Agreement", agreement) == "Concluded"


def test_two_officers_close_the_same_meeting(real_town):
	town = real_town
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	walk.decide(town.officer, meeting, proposal, "Not Adopted", reasons=walk.REFUSAL)
	frappe.db.commit()
	doors = [town.over_rest(town.officer), town.over_rest(town.other_officer)]
	answers = at_once(*(lambda door=door: walk.close(door, meeting) for door in doors))
	frappe.db.rollback()
	assert answers.count("ok") == 1, answers
	assert town.state("Kyodo Proposal", proposal) == "Not Adopted"
	assert frappe.db.count("Kyodo Decision", {"meeting": meeting, "docstatus": 1}) == 1
	assert frappe.db.count("Kyodo Letter", {"proposal": proposal, "letter_type": "Not Adopted"}) == 1


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
