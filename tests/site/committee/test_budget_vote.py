"""The council's vote on the budget for several proposals at once, its letters, and letters of corrected results."""

import frappe
import pytest
from frappe.utils import add_days, nowdate

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.letters import text as letter_text

RECORD = "kyodo_frappe.committee.budget_vote.record"


@pytest.fixture
def pending_proposals(town, walk_once):
	"""Two proposals in the state Pending Budget."""
	return walk_once(make_pending_proposals, town)


def make_pending_proposals(town) -> list[str]:
	names = [town.in_step_1(), town.in_step_1()]
	first = town.in_session(*names)
	for name in names:
		cycle_steps.decide(town.officer, first, name, "Passed to Step 2")
	cycle_steps.close(town.officer, first)
	second = town.in_session(*names, step="Step 2")
	for name in names:
		cycle_steps.decide(town.officer, second, name, "Adopted Pending Budget", amount=400000)
	cycle_steps.close(town.officer, second)
	return names


def refused(act, *args, **more):
	with pytest.raises(Exception) as caught:
		act(*args, **more)
	assert isinstance(caught.value, frappe.ValidationError | frappe.PermissionError | Refused), repr(caught.value)


def letter_of(proposal: str, letter_type: str) -> dict | None:
	name = frappe.db.get_value("Kyodo Letter", {"proposal": proposal, "letter_type": letter_type})
	return letter_text.letter_context(frappe.get_doc("Kyodo Letter", name)) if name else None


def items_by_label(letter: dict) -> dict[str, list[str]]:
	return {item["label"]: item["lines"] for item in letter["items"]}


def test_passed_budget_adopts_all_proposals_and_issues_letters(town, pending_proposals):
	states = town.officer.call(RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=1)
	assert states == ["Adopted", "Adopted"]
	for name in pending_proposals:
		letter = letter_of(name, "Budget Confirmed")
		assert items_by_label(letter)["結果"] == ["採択（確定）"] and items_by_label(letter)["市の負担額"] == ["400,000円"]
		assert "予算の議決の日" in items_by_label(letter) and not letter["reasons"] and "{" not in "".join(letter["opening"])
		assert frappe.db.count("Kyodo Project", {"proposal": name}) == 1
	refused(town.officer.call, RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=0, reason="二度目")
	assert frappe.db.count("Kyodo Letter", {"proposal": pending_proposals[0], "letter_type": "Budget Confirmed"}) == 1


def test_failed_budget_needs_reason_and_turns_proposals_down(town, pending_proposals):
	refused(town.officer.call, RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=0)
	refused(town.officer.call, RECORD, proposals=pending_proposals, voted_on=add_days(nowdate(), 1), passed=1)
	refused(town.officer.call, RECORD, proposals=[], voted_on=nowdate(), passed=1)
	states = town.officer.call(RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=0, reason="当初予算に計上されなかった。")
	assert states == ["Not Adopted", "Not Adopted"]
	letter = letter_of(pending_proposals[0], "Budget Failed")
	assert items_by_label(letter)["理由"] == ["当初予算に計上されなかった。"] and letter["again"]


def test_one_invalid_proposal_stops_the_whole_vote(town, pending_proposals):
	other = town.in_step_1()
	refused(town.officer.call, RECORD, proposals=[*pending_proposals, other], voted_on=nowdate(), passed=1)
	# four eyes: the author of one proposal cannot record the vote, and so none of it is recorded
	frappe.db.set_value("Kyodo Proposal", pending_proposals[1], "owner", town.officer.user)
	refused(town.officer.call, RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=1)
	assert {town.state("Kyodo Proposal", name) for name in pending_proposals} == {"Pending Budget"}
	assert not letter_of(pending_proposals[0], "Budget Confirmed")
	assert not frappe.db.get_value("Kyodo Proposal", pending_proposals[0], "budget_voted_on")
	for client in (town.representative, town.section_officer, town.members["npo1"], town.manager, town.guest):
		refused(client.call, RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=1)
	assert town.other_officer.call(RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=1) == ["Adopted", "Adopted"]


def test_programme_without_wording_issues_no_letter(town, pending_proposals):
	frappe.db.delete("Kyodo Letter Numbering", {"parent": town.programme, "letter_type": ["like", "Budget %"]})
	town.rules_changed()
	try:
		town.officer.call(RECORD, proposals=pending_proposals, voted_on=nowdate(), passed=1)
		assert not letter_of(pending_proposals[0], "Budget Confirmed")
	finally:
		frappe.db.rollback()
		town.rules_changed()


def test_budget_vote_over_rest_is_for_officers_only(rest_town):
	town = rest_town
	names = make_pending_proposals(town)
	frappe.db.commit()
	for client in (town.representative, town.members["city1"], town.section_officer):
		with pytest.raises(Refused) as refusal:
			town.over_rest(client).call(RECORD, proposals=names, voted_on=nowdate(), passed=True)
		assert refusal.value.status == 403
	with pytest.raises(Refused) as refusal:
		town.over_rest(town.officer).call(RECORD, proposals=[*names, "KP-NONE"], voted_on=nowdate(), passed=True)
	assert "KP-NONE" in refusal.value.sentences[0]
	frappe.db.rollback()
	assert {town.state("Kyodo Proposal", name) for name in names} == {"Pending Budget"}
	assert town.over_rest(town.officer).call(RECORD, proposals=names, voted_on=nowdate(), passed=True) == ["Adopted"] * 2


def test_letter_of_corrected_result_cites_previous_letter(town):
	proposal = town.in_step_1()
	town.decided(proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	old = frappe.get_doc("Kyodo Decision", {"proposal": proposal})
	first = frappe.get_doc("Kyodo Letter", {"decision": old.name})
	topic = [{"item_type": "Topic", "subject": "その他"}]
	meeting = cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", topic)
	town.officer.call("kyodo_frappe.committee.amendments.put_on_agenda", decision=old.name, meeting=meeting)
	cycle_steps.convene(town.officer, meeting)
	cycle_steps.open_session(town.officer, meeting)
	item = frappe.get_doc("Kyodo Meeting", meeting).agenda[1].name
	town.officer.call("kyodo_frappe.committee.deliberation.record_decision", meeting=meeting, agenda_item=item, result="Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	with town.officer:
		letter = letter_text.letter_context(frappe.get_doc("Kyodo Letter", {"letter_type": "Corrected Result", "proposal": proposal}))
	assert first.letter_number in items_by_label(letter)["先の通知"][0] and "訂正" in letter["subject"]
	assert items_by_label(letter)["審議の結果"] == ["ステップ2において協議"] and not letter["again"]
