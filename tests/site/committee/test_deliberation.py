"""Deliberation: attendance, recusals, quorum, votes, decisions, contests and corrections (issue 4)."""

from itertools import count

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import add_days, nowdate

from kyodo_frappe.committee import amendments, closing, deliberation, interests, seats
from kyodo_frappe.committee.errors import (
	AlreadyAgreed,
	AmountExceedsRequest,
	InvalidAttendance,
	InvalidResult,
	NotCorrectable,
	NothingRecorded,
	NotReadyToClose,
	ReasonRequired,
	SubstituteNotAllowed,
	VotesContradictResult,
)
from kyodo_frappe.common.errors import RuleViolation
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules.ranking import NotRanked, TooManyChosen
from kyodo_frappe.rules.scoring import ChairMustDecide, TooManyVotes

REFUSALS = (frappe.PermissionError, frappe.ValidationError)
RECORD = "kyodo_frappe.committee.deliberation.record_decision"
ALL = ("npo1", "npo2", "city1", "city2")
_numbers = count(1)


def proposal_in_step(town, step: str = "Step 1", **more) -> str:
	"""A proposal set directly to a step; returns its name."""
	name = town.draft(**more)
	frappe.db.set_value("Kyodo Proposal", name, {"title": f"提案{next(_numbers)}", "workflow_state": step})
	return name


def session(town, *proposals: str, step: str = "Step 1", present=ALL) -> str:
	"""A meeting in session with these proposals and these members present."""
	name = town.meeting(*proposals, step=step)
	town.officer.act("Kyodo Meeting", name, "Open Session")
	set_present(town, name, *present)
	return name


@pytest.fixture
def in_session(town, walk_once):
	"""(proposal, meeting in session about it)"""
	return walk_once(_in_session, town)


def _in_session(town) -> tuple[str, str]:
	proposal = proposal_in_step(town)
	return proposal, session(town, proposal)


def set_present(town, meeting: str, *present: str, **columns):
	"""Mark members as present. columns: values for every row."""
	users = {town.members[key].user for key in present}
	rows = town.officer.read("Kyodo Meeting", meeting)["attendance"]
	for row in rows:
		row.update({"present": int(row["user"] in users), **columns})
	town.officer.update("Kyodo Meeting", meeting, {"attendance": [cycle_steps._client_row(row) for row in rows]})


def row_of(meeting: str, proposal: str):
	return next(row for row in frappe.get_doc("Kyodo Meeting", meeting).agenda if row.proposal == proposal)


def item_of(meeting: str, proposal: str) -> str:
	return row_of(meeting, proposal).name


def change_item(town, meeting: str, proposal: str, **values):
	rows = town.officer.read("Kyodo Meeting", meeting)["agenda"]
	for row in rows:
		if row["proposal"] == proposal:
			row.update(values)
	town.officer.update("Kyodo Meeting", meeting, {"agenda": [cycle_steps._client_row(row) for row in rows]})


def quorum(meeting: str, proposal: str):
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	return deliberation.item_quorum(doc, next(row for row in doc.agenda if row.proposal == proposal))


def recused(meeting: str, proposal: str) -> dict[str, str]:
	"""{user: reason} of the members who step aside."""
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	rows = interests.recused(doc, next(row for row in doc.agenda if row.proposal == proposal))
	return {user: row.reason for user, row in rows.items()}


def make_chair(town, key: str = "npo1"):
	doc = frappe.get_doc("Kyodo Committee", town.committee)
	for row in doc.members:
		row.is_chair = int(row.user == town.members[key].user)
	doc.save()


def allow_substitutes(town, member: str, substitute: str | None):
	frappe.db.set_value("Kyodo Programme", town.programme, "substitutes_allowed", 1)
	frappe.clear_document_cache("Kyodo Programme", town.programme)
	doc = frappe.get_doc("Kyodo Committee", town.committee)
	for row in doc.members:
		if row.user == town.members[member].user:
			row.update({"substitute_name": "代理 良子", "substitute_user": substitute})
	doc.save()


# -- attendance ------------------------------------------------------------------------------


def test_attendance_is_the_committee_of_that_step_and_day(town):
	proposal = proposal_in_step(town)
	meeting = town.meeting(proposal, convened=False)
	sitting = {row["user"] for row in town.officer.read("Kyodo Meeting", meeting)["attendance"]}
	assert sitting == {town.members[key].user for key in ALL}, "the department head joins in step 2"
	town.officer.update("Kyodo Meeting", meeting, {"meeting_type": "Step 2"})
	rows = town.officer.read("Kyodo Meeting", meeting)["attendance"]
	assert town.members["head"].user in {row["user"] for row in rows}
	town.officer.update("Kyodo Meeting", meeting, {"meeting_type": "Step 1"})
	rows = town.officer.read("Kyodo Meeting", meeting)["attendance"]
	assert town.members["head"].user not in {row["user"] for row in rows}
	stranger = {"member_name": "よその人", "side": "Organisation"}
	with pytest.raises(InvalidAttendance, match="よその人"):
		town.officer.update("Kyodo Meeting", meeting, {"attendance": [*map(cycle_steps._client_row, rows), stranger]})
	twice = [*map(cycle_steps._client_row, rows), {**cycle_steps._client_row(rows[0]), "name": None}]
	with pytest.raises(InvalidAttendance, match=rows[0]["member_name"]):
		town.officer.update("Kyodo Meeting", meeting, {"attendance": twice})


def test_substitute_sits_with_own_login_if_allowed(town):
	proposal = proposal_in_step(town)
	meeting = town.meeting(proposal)
	rows = town.officer.read("Kyodo Meeting", meeting)["attendance"]
	rows[0]["substitute_name"] = "代理 良子"
	with pytest.raises(SubstituteNotAllowed, match=rows[0]["member_name"]):
		town.officer.update("Kyodo Meeting", meeting, {"attendance": [cycle_steps._client_row(row) for row in rows]})
	allow_substitutes(town, "city1", town.outsider.user)
	rows = town.officer.read("Kyodo Meeting", meeting)["attendance"]
	place = next(row for row in rows if row["user"] == town.members["city1"].user)
	place["substitute_user"] = town.editor.user
	with pytest.raises(SubstituteNotAllowed, match="city1"):
		town.officer.update("Kyodo Meeting", meeting, {"attendance": [cycle_steps._client_row(row) for row in rows]})
	place["substitute_user"] = town.outsider.user
	town.officer.update("Kyodo Meeting", meeting, {"attendance": [cycle_steps._client_row(row) for row in rows]})
	with town.outsider:
		assert frappe.get_doc("Kyodo Meeting", meeting).has_permission("read")
	# the substitute's interest is what counts, not the member's
	frappe.db.set_value("Kyodo Proposal", proposal, "organisation", town.other_organisation)
	frappe.get_doc("Kyodo Meeting", meeting).save()
	assert set(recused(meeting, proposal)) == {town.outsider.user}


def test_balance_is_counted_per_step_and_item(town):
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	assert seats.committee_balance(committee, "Step 1").difference == 0
	assert seats.committee_balance(committee, "Step 2").difference == 1
	proposal = proposal_in_step(town)
	meeting = session(town, proposal, present=("npo1", "city1", "city2"))
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	table = deliberation.participation(doc, doc.agenda[0])
	assert (table.balance.city, table.balance.organisation, table.balance.met) == (2, 1, True)


# -- interests ------------------------------------------------------------------------------


def test_interests_are_found_in_every_kind_of_data(town):
	own, partner, same_name, city, declared, none = (proposal_in_step(town) for _number in range(6))
	organisation = frappe.get_doc("Kyodo Organisation", town.other_organisation)
	organisation.append("members", {"user": town.members["npo1"].user, "member_role": "Viewer"})
	organisation.representative = "npo 2"
	organisation.save()
	for name in (own, same_name):
		frappe.db.set_value("Kyodo Proposal", name, "organisation", town.other_organisation)
	doc = frappe.get_doc("Kyodo Proposal", partner)
	doc.append("partners", {"organisation": town.other_organisation})
	doc.db_update_all()
	section = frappe.get_doc("Kyodo Section", town.section)
	section.append("officers", {"user": town.members["city1"].user})
	section.save()
	frappe.db.set_value("Kyodo Proposal", city, {"origin": "City", "section": town.section})
	with town.members["city2"]:
		frappe.get_doc(
			{"doctype": "Kyodo Interest", "member": frappe.session.user, "programme": town.programme}
			| {"section": town.other_section, "relation": "Family"}
		).insert()
	frappe.db.set_value("Kyodo Proposal", declared, {"origin": "Joint", "section": town.other_section})
	meeting = town.meeting(own, partner, same_name, city, declared, none)
	users = {key: client.user for key, client in town.members.items()}
	assert set(recused(meeting, own)) == {users["npo1"], users["npo2"]} == set(recused(meeting, partner))
	assert "同じ氏名" in recused(meeting, own)[users["npo2"]]
	assert "となりの会" in recused(meeting, own)[users["npo1"]]
	assert set(recused(meeting, city)) == {users["city1"]}
	assert set(recused(meeting, declared)) == {users["city2"]}
	assert recused(meeting, none) == {}
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	assert {row.source for row in doc.recusals} == {"Found"}


def test_interest_holds_until_chair_overrules_it(town):
	proposal, other = proposal_in_step(town), proposal_in_step(town)
	meeting = session(town, proposal, other, present=("npo1", "npo2", "city1"))
	member, item = town.members["npo2"], item_of(meeting, proposal)
	assert (quorum(meeting, proposal).eligible, quorum(meeting, proposal).present) == (4, 3)
	for client in (town.representative, town.outsider, town.section_officer, town.members["head"], town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="x")
	with pytest.raises(ReasonRequired):
		member.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason=" ")
	member.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="兄が会計をしている")
	assert recused(meeting, proposal) == {member.user: "兄が会計をしている"} and recused(meeting, other) == {}
	assert (quorum(meeting, proposal).eligible, quorum(meeting, proposal).present) == (3, 2)
	# the office cannot remove the recusal by saving the form without its row
	town.officer.update("Kyodo Meeting", meeting, {"recusals": []})
	assert member.user in recused(meeting, proposal)
	rule = {"meeting": meeting, "agenda_item": item, "user": member.user}
	make_chair(town)
	for client, ruling in ((member, "Overruled"), (town.members["city1"], "Overruled"), (town.section_officer, "Confirmed")):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.committee.interests.rule", ruling=ruling, reason="x", **rule)
	head = town.members["npo1"]
	with pytest.raises(ReasonRequired):
		head.call("kyodo_frappe.committee.interests.rule", ruling="Overruled", **rule)
	head.call("kyodo_frappe.committee.interests.rule", ruling="Overruled", reason="別居の兄で、関与がない", **rule)
	assert recused(meeting, proposal) == {} and quorum(meeting, proposal).eligible == 4
	town.officer.update("Kyodo Meeting", meeting, {"place": "別の部屋"})
	assert recused(meeting, proposal) == {}, "a ruling is kept on the next save"
	town.officer.call("kyodo_frappe.committee.interests.rule", ruling="Confirmed", **rule)
	assert set(recused(meeting, proposal)) == {member.user}
	row = frappe.get_doc("Kyodo Meeting", meeting).recusals[0]
	assert (row.ruling, row.source, row.ruled_by) == ("Confirmed", "Declared", "事務局 太郎")


def test_forged_ruling_is_ignored(town):
	proposal = proposal_in_step(town)
	frappe.db.set_value("Kyodo Proposal", proposal, "owner", town.members["npo1"].user)
	meeting = town.meeting(proposal)
	row = cycle_steps._client_row(town.officer.read("Kyodo Meeting", meeting)["recusals"][0])
	forged = {**row, "ruling": "Overruled", "ruling_reason": "自分で"}
	town.officer.update("Kyodo Meeting", meeting, {"recusals": [forged]})
	assert set(recused(meeting, proposal)) == {town.members["npo1"].user}


# -- quorum ------------------------------------------------------------------------------


def test_late_and_leaving_members_count_for_items_in_between(town):
	first, second, third = (proposal_in_step(town) for _number in range(3))
	meeting = session(town, first, second, third)
	for proposal, time in ((first, "18:30"), (second, "19:00"), (third, "20:00")):
		change_item(town, meeting, proposal, called_at=time)
	rows = town.officer.read("Kyodo Meeting", meeting)["attendance"]
	rows[0]["arrived_at"], rows[1]["left_at"], rows[2]["left_at"] = "18:45", "19:30", "１９時"
	town.officer.update("Kyodo Meeting", meeting, {"attendance": [cycle_steps._client_row(row) for row in rows]})
	rows[1]["arrived_at"] = "19:45"
	with pytest.raises(InvalidAttendance, match="npo2"):
		town.officer.update("Kyodo Meeting", meeting, {"attendance": [cycle_steps._client_row(row) for row in rows]})
	assert [quorum(meeting, name).present for name in (first, second, third)] == [3, 3, 2]
	assert [quorum(meeting, name).met for name in (first, second, third)] == [True, True, False]
	for name in (first, second, third):
		cycle_steps.decide(town.officer, meeting, name, "Passed to Step 2")
	with pytest.raises(NotReadyToClose, match=row_of(meeting, third).subject) as caught:
		cycle_steps.close(town.officer, meeting)
	assert row_of(meeting, first).subject not in str(caught.value)
	assert town.state("Kyodo Meeting", meeting) == "In Session"
	assert {town.state("Kyodo Proposal", name) for name in (first, second, third)} == {"Step 1"}


def test_item_with_all_members_recused_has_no_quorum(town, in_session):
	proposal, meeting = in_session
	for key in ALL:
		town.members[key].call(
			"kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item_of(meeting, proposal), reason="関係者"
		)
	counted = quorum(meeting, proposal)
	assert (counted.eligible, counted.met, counted.reason) == (0, False, "everyone stepped aside")
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	with pytest.raises(NotReadyToClose, match=row_of(meeting, proposal).subject):
		cycle_steps.close(town.officer, meeting)


# -- votes -----------------------------------------------------------------------------------


def test_votes_contradicting_result_prevent_closing_and_chair_breaks_tie(town, in_session):
	proposal, meeting = in_session
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	for votes, rule in (
		({"votes_for": 1, "votes_against": 3}, None),
		({"votes_for": 4, "votes_against": 1}, TooManyVotes),
		({"votes_for": 2, "votes_against": 2}, ChairMustDecide),
		({"votes_for": 2, "votes_against": 2, "chair_vote": "Against"}, None),
	):
		change_item(town, meeting, proposal, **{"chair_vote": "", **votes})
		doc = frappe.get_doc("Kyodo Meeting", meeting)
		if rule is None:
			assert deliberation.item_votes(doc, doc.agenda[0]).carried is False
		else:
			with pytest.raises(rule):
				deliberation.item_votes(doc, doc.agenda[0])
		with pytest.raises(NotReadyToClose, match=doc.agenda[0].subject):
			cycle_steps.close(town.officer, meeting)
	change_item(town, meeting, proposal, votes_for=2, votes_against=2, chair_vote="For")
	cycle_steps.close(town.officer, meeting)
	decision = frappe.get_doc("Kyodo Decision", {"meeting": meeting})
	assert decision.votes_note == "賛成2・反対2・棄権0" and decision.docstatus == 1


# -- decisions ------------------------------------------------------------------------------------


def test_one_result_is_recorded_for_all_items_or_none(town):
	names = [proposal_in_step(town, step="Step 2") for _number in range(3)]
	meeting = session(town, *names, step="Step 2", present=(*ALL, "head"))
	items = [item_of(meeting, name) for name in names]
	call = "kyodo_frappe.committee.deliberation.record_decisions"
	for result in ("Not Adopted", "Adopted Conditionally"):
		with pytest.raises(InvalidResult):
			town.officer.call(call, meeting=meeting, agenda_items=items, result=result)
	frappe.db.set_value("Kyodo Proposal", names[2], "workflow_state", "Withdrawn")
	frappe.db.savepoint("bulk")
	with pytest.raises(NothingRecorded, match=row_of(meeting, names[2]).subject):
		town.officer.call(call, meeting=meeting, agenda_items=items, result="Adopted")
	frappe.db.rollback(save_point="bulk")  # as at the end of a failed request
	frappe.db.set_value("Kyodo Proposal", names[2], "workflow_state", "Step 2")
	town.officer.call(call, meeting=meeting, agenda_items=items, result="Adopted")
	town.officer.call(call, meeting=meeting, agenda_items=items, result="Adopted")
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting}, ["proposal", "amount", "docstatus"], order_by="name")
	assert [row.proposal for row in rows] == names, "a second call changes nothing"
	assert {row.amount for row in rows} == {frappe.db.get_value("Kyodo Proposal", names[0], "requested_amount")}
	for client in (town.section_officer, town.members["npo1"], town.representative, town.manager):
		with pytest.raises(frappe.PermissionError):
			client.call(call, meeting=meeting, agenda_items=items, result="Adopted")


def test_decision_changed_by_another_officer_is_not_overwritten(town, in_session):
	proposal, meeting = in_session
	item = item_of(meeting, proposal)
	note = {"meeting": meeting, "agenda_item": item, "result": "Passed to Step 2"}
	name = town.officer.call(RECORD, seen="", **note)
	shown = str(frappe.db.get_value("Kyodo Decision", name, "modified"))
	town.other_officer.call(RECORD, seen=shown, **{**note, "advice": "広報を"})
	with pytest.raises(frappe.TimestampMismatchError, match="事務局 次郎"):
		town.officer.call(RECORD, seen=shown, **note)
	assert frappe.db.get_value("Kyodo Decision", name, "advice") == "広報を"
	assert town.other_officer.call(RECORD, seen=shown, **{**note, "advice": "広報を"}) == name, "sent twice, recorded once"
	town.officer.call("kyodo_frappe.committee.deliberation.drop_decision", meeting=meeting, agenda_item=item)
	assert not frappe.db.exists("Kyodo Decision", name)
	trace = frappe.get_all("Comment", {"reference_name": meeting, "comment_type": "Info"}, pluck="content")
	assert any("決定の記録を取り消しました" in text for text in trace)
	with pytest.raises(frappe.TimestampMismatchError):
		town.officer.call(RECORD, seen=shown, **note)


def test_amount_above_request_is_refused(town):
	proposal = proposal_in_step(town, step="Step 2", requested_amount=300000)
	meeting = session(town, proposal, step="Step 2")
	with pytest.raises(AmountExceedsRequest, match="3,000,000.*300,000"):
		cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=3000000)


# -- closing -----------------------------------------------------------------------------------


def test_postponed_and_withdrawn_items_take_no_decision(town):
	decided, postponed, withdrawn = (proposal_in_step(town) for _number in range(3))
	meeting = session(town, decided, postponed, withdrawn)
	for name in (decided, postponed, withdrawn):
		cycle_steps.decide(town.officer, meeting, name, "Passed to Step 2")
	town.representative.update("Kyodo Proposal", withdrawn, {"withdraw_reason": "担い手がいない"})
	town.representative.act("Kyodo Proposal", withdrawn, "Withdraw")
	change_item(town, meeting, postponed, postponed=1)
	with pytest.raises(NotReadyToClose) as caught:
		cycle_steps.close(town.officer, meeting)
	named = [row_of(meeting, name).subject in str(caught.value) for name in (decided, postponed, withdrawn)]
	assert named == [False, True, True], "a sentence for each of the two"
	drop = "kyodo_frappe.committee.deliberation.drop_decision"
	for name in (postponed, withdrawn):
		town.officer.call(drop, meeting=meeting, agenda_item=item_of(meeting, name))
	cycle_steps.close(town.officer, meeting)
	assert [row.result for row in frappe.get_doc("Kyodo Meeting", meeting).agenda] == [
		"Passed to Step 2",
		"Postponed",
		"Withdrawn",
	]
	states = [town.state("Kyodo Proposal", name) for name in (decided, postponed, withdrawn)]
	assert states == ["Step 2", "Step 1", "Withdrawn"]
	# the next meeting decides on the postponed item, which is no longer postponed then
	again = session(town, postponed)
	change_item(town, again, postponed, postponed=1)
	cycle_steps.decide(town.officer, again, postponed, "Passed to Step 2")
	assert not row_of(again, postponed).postponed
	cycle_steps.close(town.officer, again)
	assert town.state("Kyodo Proposal", postponed) == "Step 2"


def test_document_review_counts_members_with_an_opinion(town):
	proposal = proposal_in_step(town)
	meeting = town.meeting(proposal, convened=False)
	town.officer.update("Kyodo Meeting", meeting, {"document_review": 1})
	cycle_steps.convene(town.officer, meeting)
	town.officer.act("Kyodo Meeting", meeting, "Open Session")
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	for key, opinion in (("npo1", "For"), ("npo2", "For"), ("city1", "Against")):
		assert not quorum(meeting, proposal).met
		user = town.members[key].user
		doc.append("opinions", {"agenda_item": doc.agenda[0].name, "user": user, "opinion": opinion})
		doc.db_update_all()
	assert quorum(meeting, proposal).met
	item = item_of(meeting, proposal)
	with pytest.raises(VotesContradictResult, match="2.*1.*0"):
		town.officer.call(RECORD, meeting=meeting, agenda_item=item, result="Not Adopted", reasons=cycle_steps.REFUSAL)
	town.officer.call(RECORD, meeting=meeting, agenda_item=item, result="Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	assert town.state("Kyodo Proposal", proposal) == "Step 2"


# -- correction ----------------------------------------------------------------------------------


def correct_decision(town, decision: str, step: str = "Step 2", **note) -> str:
	"""Correct a decision in a meeting and close it; return the name of the meeting."""
	topic = [{"item_type": "Topic", "subject": "その他"}]
	meeting = cycle_steps.plan_meeting(town.officer, town.committee, step, topic)
	for _twice in range(2):
		town.officer.call("kyodo_frappe.committee.amendments.put_on_agenda", decision=decision, meeting=meeting)
	cycle_steps.convene(town.officer, meeting)
	town.officer.act("Kyodo Meeting", meeting, "Open Session")
	set_present(town, meeting, *ALL)
	item = frappe.get_doc("Kyodo Meeting", meeting).agenda[1].name
	town.officer.call(RECORD, meeting=meeting, agenda_item=item, **note)
	cycle_steps.close(town.officer, meeting)
	return meeting


def last_decision_on(proposal: str):
	from kyodo_frappe.proposals.proposals import last_decision

	return last_decision(proposal)


def test_decision_is_corrected_by_a_new_one_citing_it(town):
	proposal = proposal_in_step(town, step="Step 2")
	meeting = session(town, proposal, step="Step 2")
	cycle_steps.decide(town.officer, meeting, proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	cycle_steps.close(town.officer, meeting)
	refused = last_decision_on(proposal)
	with pytest.raises(frappe.PermissionError), town.officer:
		doc = frappe.get_doc("Kyodo Decision", refused.name)
		doc.advice = "書き換え"
		doc.save()
	for action in ("Adopt", "Turn Down", "Pass to Step 2"):
		with pytest.raises(WorkflowTransitionError):
			town.officer.act("Kyodo Proposal", proposal, action)
	correct_decision(town, refused.name, result="Adopted", amount=200000)
	adopted = last_decision_on(proposal)
	assert (adopted.replaces, adopted.result, adopted.from_state) == (refused.name, "Adopted", "Not Adopted")
	assert town.state("Kyodo Proposal", proposal) == "Adopted"
	project = frappe.get_doc("Kyodo Project", {"proposal": proposal})
	assert project.granted_amount == 200000
	with pytest.raises(NotCorrectable, match=adopted.name):
		correct_decision(town, refused.name, result="Adopted")
	correct_decision(town, adopted.name, result="Adopted Conditionally", amount=150000, conditions="毎月の報告")
	assert frappe.db.get_value("Kyodo Project", project.name, "granted_amount") == 150000
	correct_decision(town, last_decision_on(proposal).name, result="Not Adopted", reasons=cycle_steps.REFUSAL)
	assert town.state("Kyodo Proposal", proposal) == "Not Adopted"
	assert frappe.db.get_value("Kyodo Project", project.name, "workflow_state") == "Cancelled"
	for action in ("Adopt", "Turn Down"):  # replaced decisions no longer move the proposal
		with pytest.raises(WorkflowTransitionError):
			town.officer.act("Kyodo Proposal", proposal, action)
	correct_decision(town, last_decision_on(proposal).name, result="Adopted", amount=100000)
	shown = proposal_public.results([proposal])[proposal]
	assert [row.result for row in shown] == ["Not Adopted", "Adopted", "Adopted Conditionally", "Not Adopted", "Adopted"]
	assert [bool(row.corrected_on) for row in shown] == [True, True, True, True, False]
	told = [event.text for event in proposal_public.timeline([proposal], public=False)]
	assert "決定の訂正：採択" in told and "決定：不採択" in told
	letter = frappe.get_all("Kyodo Letter", {"decision": adopted.name}, pluck="letter_type")
	assert letter == ["Corrected Result"]
	states = frappe.get_all("Kyodo Project", {"proposal": proposal}, pluck="workflow_state", order_by="creation")
	assert states == ["Cancelled", "Planning"]
	assert frappe.db.get_value("Kyodo Decision", refused.name, ["docstatus", "result"]) == (1, "Not Adopted")


def test_correction_is_refused_after_agreement(town):
	project = town.project()
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.section_officer.act("Kyodo Agreement", agreement, "Offer")
	with pytest.raises(AlreadyAgreed, match=frappe.db.get_value("Kyodo Project", project, "project_name")):
		correct_decision(town, last_decision_on(proposal).name, result="Not Adopted", reasons=cycle_steps.REFUSAL)
	correct_decision(town, last_decision_on(proposal).name, result="Adopted", amount=400000, advice="助言の追加")
	assert last_decision_on(proposal).advice == "助言の追加" and amendments.step_of(last_decision_on(proposal)) == "Step 2"


def test_step_1_refusal_is_corrected_to_step_1_results_only(town, in_session):
	proposal, meeting = in_session
	cycle_steps.decide(town.officer, meeting, proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	cycle_steps.close(town.officer, meeting)
	with pytest.raises(InvalidResult):
		correct_decision(town, last_decision_on(proposal).name, step="Step 1", result="Adopted")
	correct_decision(town, last_decision_on(proposal).name, step="Step 1", result="Passed to Step 2")
	assert town.state("Kyodo Proposal", proposal) == "Step 2"


# -- partner selection ------------------------------------------------------------------------------


@pytest.fixture
def contest(town):
	call = frappe.get_doc(
		{"doctype": "Kyodo Call", "call_name": "子育て広場の運営", "programme": town.programme, "published": 1}
		| {"call_type": "Partner Selection", "fiscal_year": 2026, "places": 1}
	).insert()
	names = [proposal_in_step(town, step="Step 2") for _number in range(3)]
	for name in names:
		frappe.db.set_value("Kyodo Proposal", name, "call", call.name)
	return call.name, names


def test_interest_extends_to_the_whole_contest(town, contest):
	_call, names = contest
	other = proposal_in_step(town, step="Step 2")
	frappe.db.set_value("Kyodo Proposal", names[1], "owner", town.members["npo1"].user)
	meeting = town.meeting(*names, other, step="Step 2")
	user = town.members["npo1"].user
	assert [user in recused(meeting, name) for name in (*names, other)] == [True, True, True, False]
	assert "同じ選定の提案" in recused(meeting, names[0])[user]


def test_selection_ranks_proposals_and_notifies_all(town, contest):
	call, names = contest
	meeting = session(town, *names, step="Step 2")
	clients = list(town.members.values())
	for member in clients:
		for number, name in enumerate(names):
			sheet = frappe.db.get_value("Kyodo Review", {"member": member.user, "proposal": name})
			codes = [row.criterion for row in frappe.get_doc("Kyodo Review", sheet).marks]
			cycle_steps.mark(member, sheet, dict.fromkeys(codes, "×△○"[number]))
	best = names[::-1]
	shown = town.officer.call("kyodo_frappe.committee.selection.comparison", meeting=meeting, call=call)
	assert [(row["proposal"], row["rank"], row["average"]) for row in shown["rows"]] == [
		(best[0], 1, 100.0),
		(best[1], 2, 50.0),
		(best[2], 3, 0.0),
	]
	record = {"meeting": meeting, "call": call, "order": best, "chosen": best[:1], "result": "Adopted"}
	choose = "kyodo_frappe.committee.selection.record_selection"
	why = dict.fromkeys(best[1:], "実施体制の点で及ばなかった")
	out_of_order = {**record, "order": names, "chosen": names[:1], "reasons": dict.fromkeys(names[1:], "x")}
	for wrong in ({**record, "reasons": {}}, out_of_order):
		with pytest.raises(ReasonRequired):
			town.officer.call(choose, **wrong)
	town.officer.call(choose, **out_of_order, note="実現の見込みを重く見た")  # allowed with a reason
	for wrong, rule in (
		({**record, "chosen": best[:2], "reasons": why}, TooManyChosen),
		({**record, "order": best[:2], "reasons": why}, NotRanked),
	):
		with pytest.raises(RuleViolation) as caught:
			town.officer.call(choose, **wrong)
		assert isinstance(caught.value.__context__, rule)
	for client in (town.members["npo1"], town.section_officer, town.representative):
		with pytest.raises(frappe.PermissionError):
			client.call(choose, **record, reasons=why)
	town.officer.call(choose, **record, reasons=why)
	town.officer.call(choose, **record, reasons=why)
	cycle_steps.close(town.officer, meeting)
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting}, ["proposal", "result", "rank", "call"], order_by="rank")
	assert [(row.proposal, row.result, row.rank, row.call) for row in rows] == [
		(best[0], "Adopted", 1, call),
		(best[1], "Not Adopted", 2, call),
		(best[2], "Not Adopted", 3, call),
	]
	decisions = frappe.get_all("Kyodo Decision", {"meeting": meeting}, pluck="name")
	assert proposal_public.scores_of(decisions) == {}, "scores are published only if the programme says so"
	frappe.db.set_value("Kyodo Programme", town.programme, "publish_scores", 1)
	assert sorted(score.points for score in proposal_public.scores_of(decisions).values()) == [0.0, 50.0, 100.0]
	letters = frappe.get_all("Kyodo Letter", {"proposal": ["in", names], "decision": ["is", "set"]}, pluck="letter_type", order_by="name")
	assert sorted(letters) == ["Adopted", "Not Adopted", "Not Adopted"]


def test_selection_beyond_places_prevents_closing(town, contest):
	_call, names = contest
	meeting = session(town, *names, step="Step 2")
	for name in names[:2]:
		cycle_steps.decide(town.officer, meeting, name, "Adopted")
	cycle_steps.decide(town.officer, meeting, names[2], "Not Adopted", reasons=cycle_steps.REFUSAL)
	with pytest.raises(NotReadyToClose) as caught:
		cycle_steps.close(town.officer, meeting)
	named = [row_of(meeting, name).subject in str(caught.value) for name in names]
	assert named == [True, True, False], "both proposals chosen for one place"
	assert interests.contests(frappe.get_doc("Kyodo Meeting", meeting)).keys() == {contest[0]}
	assert closing.withdrawn_items(frappe.get_doc("Kyodo Meeting", meeting)) == set()


def test_ended_relation_no_longer_counts(town):
	proposal = proposal_in_step(town)
	with town.members["npo1"]:
		row = frappe.get_doc(
			{"doctype": "Kyodo Interest", "member": frappe.session.user, "programme": town.programme}
			| {"organisation": town.organisation, "relation": "Family"}
		).insert()
	meeting = town.meeting(proposal)
	assert set(recused(meeting, proposal)) == {town.members["npo1"].user}
	row.db_set("ended_on", add_days(nowdate(), -1))
	frappe.get_doc("Kyodo Meeting", meeting).save()
	assert recused(meeting, proposal) == {}
