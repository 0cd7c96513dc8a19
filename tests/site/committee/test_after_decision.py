"""After the decision: adoption below the pass mark, the reserve and moving up, declining, points per item (domain.md §7 "After")."""

import subprocess
from email import message_from_string
from email.header import decode_header, make_header

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import add_days, getdate, nowdate
from portal_client import send, visit

from kyodo_frappe.committee.errors import InvalidRank, InvalidResult, NothingRecorded, ReasonRequired
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.letters.errors import MissingWording
from kyodo_frappe.patches import after_the_decision
from kyodo_frappe.programme import call_budget
from kyodo_frappe.programme.errors import CallBudgetExceeded
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals.errors import DeclineTooLate, InvalidDeclineLetter, NotNextInLine, NotRepresentative
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.errors import FieldReserved, FourEyesRequired

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

PROPOSAL, PROJECT, LETTER, PROGRAMME = "Kyodo Proposal", "Kyodo Project", "Kyodo Letter", "Kyodo Programme"
MOVE_UP = "kyodo_frappe.proposals.reserve.move_up"
OFFER = "kyodo_frappe.proposals.reserve.offer"
RECORD_DECLINE = "kyodo_frappe.proposals.declining.record"
DECLINE = "proposals.actions.decline_adoption"
ALL = ("npo1", "npo2", "city1", "city2")
WHY = "地域で他に担い手がなく、市の計画上も優先度が高いため"


def rules(town, **values):
	frappe.db.set_value(PROGRAMME, town.programme, values)
	town.rules_changed()


def criteria_in_points(town):
	"""Five points at most on each criterion, all of the same weight."""
	doc = frappe.get_doc(PROGRAMME, town.programme)
	for row in doc.criteria:
		row.update({"scale": "Points", "max_points": 5, "weight": 0})
	doc.save()
	town.rules_changed()


def mark_all(town, proposal: str, *marks: str, members=ALL):
	"""Each member gives the same mark on every criterion."""
	for key, mark in zip(members, marks, strict=True):
		review = frappe.db.get_value("Kyodo Review", {"member": town.members[key].user, "proposal": proposal})
		codes = [row.criterion for row in frappe.get_doc("Kyodo Review", review).marks]
		cycle_steps.mark(town.members[key], review, dict.fromkeys(codes, mark))


def call_with(town, frame: int | None = 700000) -> str:
	values = {"call_name": "令和8年度の募集", "programme": town.programme, "call_type": "Open", "published": 1, "fiscal_year": 2026}
	return town.officer.insert({"doctype": "Kyodo Call", **values, "frame": frame})["name"]


def in_step_1(town, title: str, **more) -> str:
	name = town.in_step_1(**more)
	frappe.db.set_value(PROPOSAL, name, "title", title)
	return name


def letter_of(proposal: str, letter_type: str) -> dict | None:
	name = frappe.db.get_value(LETTER, {"proposal": proposal, "letter_type": letter_type}, order_by="creation desc")
	return letter_text.letter_context(frappe.get_doc(LETTER, name)) if name else None


def items_by_label(letter: dict) -> dict[str, list[str]]:
	return {item["label"]: item["lines"] for item in letter["items"]}


def pdf_text(proposal: str, letter_type: str, tmp_path) -> str:
	name = frappe.db.get_value(LETTER, {"proposal": proposal, "letter_type": letter_type})
	(tmp_path / "letter.pdf").write_bytes(letter_text.letter_pdf(frappe.get_doc(LETTER, name)))
	done = subprocess.run(["pdftotext", "-layout", tmp_path / "letter.pdf", "-"], capture_output=True, check=True)
	return "".join(done.stdout.decode().split())


def mails(proposal: str, begins: str) -> list[str]:
	"""Recipients of the mails about a proposal whose subject begins so."""
	found = []
	for name in frappe.get_all("Email Queue", {"reference_name": proposal}, pluck="name", order_by="creation"):
		doc = frappe.get_doc("Email Queue", name)
		if begins in str(make_header(decode_header(message_from_string(doc.message)["Subject"]))):
			found += [row.recipient for row in doc.recipients]
	return found


def told(user: str, begins: str) -> list[str]:
	"""Records of the notifications in the desk of a user whose subject begins so."""
	rows = frappe.get_all("Notification Log", {"for_user": user}, ["subject", "document_name"], order_by="creation")
	return [row.document_name for row in rows if row.subject.startswith(begins)]


@pytest.fixture
def one_step(town):
	rules(town, two_step_decision=0)
	return town


@pytest.fixture
def reserves(one_step, walk_once):
	return walk_once(make_reserves, one_step)


def make_reserves(town, frame: int | None = 700000) -> tuple[str, str, str, str]:
	"""(call, adopted with 400,000 yen, first reserve, second reserve); each requests 400,000 yen."""
	call = call_with(town, frame)
	names = [in_step_1(town, f"提案{number}", call=call, requested_amount=400000, needs_budget=0) for number in "甲乙丙"]
	meeting = town.in_session(*names)
	cycle_steps.decide(town.officer, meeting, names[0], "Adopted", amount=400000)
	cycle_steps.decide(town.officer, meeting, names[1], "Reserve", rank=1)
	cycle_steps.decide(town.officer, meeting, names[2], "Reserve", rank=2)
	cycle_steps.close(town.officer, meeting)
	return call, *names


# -- below the pass mark -------------------------------------------------------------------


def test_adoption_below_the_pass_mark_needs_a_reason_for_minutes_and_letter(one_step, tmp_path):
	town = one_step
	rules(town, pass_mark=60)
	proposal = town.in_step_1()
	title = frappe.db.get_value(PROPOSAL, proposal, "title")
	meeting = town.in_session(proposal)
	mark_all(town, proposal, "○", "△", "△", "×")
	for result in ("Adopted", "Reserve"):
		with pytest.raises(ReasonRequired, match="50.0.*60"):
			cycle_steps.decide(town.officer, meeting, proposal, result, amount=100000, rank=1)
	with pytest.raises(ReasonRequired):
		cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=100000, below_reason="　 ")
	item = frappe.get_doc("Kyodo Meeting", meeting).agenda[0].name
	with pytest.raises(NothingRecorded, match=title):
		town.officer.call("kyodo_frappe.committee.deliberation.record_decisions", meeting=meeting, agenda_items=[item], result="Adopted")
	by_rest = {"doctype": "Kyodo Decision", "meeting": meeting, "agenda_item": item, "proposal": proposal, "result": "Adopted"}
	with pytest.raises(ReasonRequired):
		town.officer.insert({**by_rest, "amount": 100000})
	decision = cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=100000, below_reason=WHY)
	cycle_steps.close(town.officer, meeting)
	assert frappe.db.get_value("Kyodo Decision", decision, ["docstatus", "average_score", "below_reason"]) == (1, 50.0, WHY)
	assert WHY in frappe.db.get_value("Kyodo Meeting", meeting, "minutes")
	assert letter_of(proposal, "Adopted")["below"] == [WHY]
	assert WHY in pdf_text(proposal, "Adopted", tmp_path)
	assert WHY in visit(town.representative.user, f"my/proposals/{proposal}")[1]


def test_no_reason_is_asked_for_or_kept_where_the_marks_suffice(one_step):
	town = one_step
	rules(town, pass_mark=50)
	above, refused = town.in_step_1(), town.in_step_1()
	meeting = town.in_session(above, refused)
	mark_all(town, above, "○", "△", "△", "×")
	mark_all(town, refused, "×", "×", "×", "×")
	decision = cycle_steps.decide(town.officer, meeting, above, "Adopted", amount=100000, below_reason=WHY)
	assert not frappe.db.get_value("Kyodo Decision", decision, "below_reason"), "the marks reach the pass mark"
	decision = cycle_steps.decide(town.officer, meeting, refused, "Not Adopted", reasons=cycle_steps.REFUSAL, below_reason=WHY)
	assert not frappe.db.get_value("Kyodo Decision", decision, "below_reason")
	cycle_steps.close(town.officer, meeting)


def test_marks_that_come_out_only_when_the_meeting_closes_count(one_step):
	town = one_step
	rules(town, pass_mark=60)
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	mark_all(town, proposal, "×", "×", "×", members=ALL[:3])  # one member is still marking: none are released
	cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=100000)
	with pytest.raises(ReasonRequired, match="60"):
		cycle_steps.close(town.officer, meeting)


# -- the reserve ---------------------------------------------------------------------------


def test_reserve_has_a_rank_of_its_own_in_the_line(one_step):
	town = one_step
	call = call_with(town)
	first, second, elsewhere = (in_step_1(town, title, call=each) for each, title in ((call, "甲"), (call, "乙"), (None, "丙")))
	meeting = town.in_session(first, second, elsewhere)
	for wrong in (None, 0, -1):
		with pytest.raises(InvalidRank, match="第1位"):
			cycle_steps.decide(town.officer, meeting, first, "Reserve", rank=wrong)
	cycle_steps.decide(town.officer, meeting, first, "Reserve", rank=1)
	cycle_steps.decide(town.officer, meeting, first, "Reserve", rank=1)
	with pytest.raises(InvalidRank, match="甲.*第2位"):
		cycle_steps.decide(town.officer, meeting, second, "Reserve", rank=1)
	cycle_steps.decide(town.officer, meeting, elsewhere, "Reserve", rank=1)  # another line
	cycle_steps.decide(town.officer, meeting, second, "Reserve", rank=2)
	decision = cycle_steps.decide(town.officer, meeting, second, "Adopted", amount=100000)
	assert frappe.db.get_value("Kyodo Decision", decision, "rank") == 0
	cycle_steps.decide(town.officer, meeting, second, "Reserve", rank=2)
	cycle_steps.close(town.officer, meeting)
	assert [town.state(PROPOSAL, name) for name in (first, second, elsewhere)] == ["Reserve"] * 3
	assert items_by_label(letter_of(second, "Reserve"))["補欠の順位"] == ["第2位"]
	assert "補欠（第2位）" in frappe.db.get_value("Kyodo Meeting", meeting, "minutes")
	assert town.representative.user in mails(second, "検討の結果のお知らせ")
	status, page = visit(town.representative.user, f"my/proposals/{second}")
	assert status == 200 and "補欠" in page and "第2位" in page.replace(" ", "")
	assert call_budget.budgets([call])[call].granted == 0


def test_reserve_is_refused_in_the_first_of_two_steps_and_without_a_wording(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	with pytest.raises(InvalidResult):
		cycle_steps.decide(town.officer, meeting, proposal, "Reserve", rank=1)
	rules(town, two_step_decision=0)
	frappe.db.delete("Kyodo Letter Numbering", {"parent": town.programme, "letter_type": "Reserve"})
	frappe.clear_document_cache(PROGRAMME, town.programme)
	with pytest.raises(MissingWording, match="補欠"):
		cycle_steps.decide(town.officer, meeting, proposal, "Reserve", rank=1)


def test_contest_puts_reserves_in_line(one_step):
	town = one_step
	call = call_with(town, None)
	frappe.db.set_value("Kyodo Call", call, {"call_type": "Partner Selection", "places": 1})
	names = [in_step_1(town, title, call=call) for title in "甲乙丙"]
	meeting = town.in_session(*names)
	record = {"meeting": meeting, "call": call, "order": names, "chosen": names[:1], "result": "Adopted"}
	select = "kyodo_frappe.committee.selection.record_selection"
	with pytest.raises(ReasonRequired, match="丙"):
		town.officer.call(select, **record, reserves=[names[1]], reasons={})
	town.officer.call(select, **record, reserves=names[1:], reasons={})
	turned = {**record, "order": [names[0], names[2], names[1]]}
	town.officer.call(select, **turned, reserves=names[1:], reasons={})
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting}, ["proposal", "result", "rank"])
	assert {row.proposal: (row.result, row.rank) for row in rows} == {
		names[0]: ("Adopted", 1),
		names[2]: ("Reserve", 1),
		names[1]: ("Reserve", 2),
	}
	cycle_steps.close(town.officer, meeting)
	assert [town.state(PROPOSAL, name) for name in names] == ["Adopted", "Reserve", "Reserve"]


def test_moving_up_takes_all_or_what_is_left_in_the_order_of_the_line(one_step, reserves):
	town, (call, _adopted, first, second) = one_step, reserves
	why = {"reason": "残額の範囲で実施できるため"}
	seen = town.officer.call(OFFER, proposal=first)
	assert (seen["rank"], seen["first"], int(seen["whole"]), seen["left"]) == (1, "", 400000, 300000)
	assert town.officer.call(OFFER, proposal=second)["first"] == "提案乙"
	with pytest.raises(NotNextInLine, match="第1位.*提案乙"):
		town.officer.call(MOVE_UP, proposal=second, grant="What Is Left", **why)
	with pytest.raises(CallBudgetExceeded, match="300,000円.*400,000円"):
		town.officer.call(MOVE_UP, proposal=first, grant="Whole Amount", **why)
	with pytest.raises(frappe.MandatoryError):
		town.officer.call(MOVE_UP, proposal=first, grant="What Is Left", reason=" ")
	with pytest.raises(frappe.ValidationError):
		town.officer.call(MOVE_UP, proposal=first, grant="Half of It", **why)
	for client in (town.representative, town.section_officer, town.members["npo1"]):
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			client.call(MOVE_UP, proposal=first, grant="What Is Left", **why)
	assert town.state(PROPOSAL, first) == "Reserve"
	assert town.officer.call(MOVE_UP, proposal=first, grant="What Is Left", **why) == "Adopted"
	project = frappe.get_doc(PROJECT, {"proposal": first})
	assert project.granted_amount == 300000
	assert call_budget.budgets([call])[call].left == 0
	letter = letter_of(first, "Moved Up")
	assert items_by_label(letter)["市の負担額"] == ["300,000円"] and not letter["reasons"]
	assert items_by_label(letter)["理由"] == [why["reason"]]
	assert town.representative.user in mails(first, "繰上採択のお知らせ")
	assert "300,000円" in visit(town.representative.user, f"my/proposals/{first}")[1]
	assert any("補欠から繰り上げて採択" in event.text for event in proposal_public.timeline([first]))
	with pytest.raises(CallBudgetExceeded, match="提案丙"):
		town.officer.call(MOVE_UP, proposal=second, grant="What Is Left", **why)
	with pytest.raises(WorkflowTransitionError):
		town.officer.call(MOVE_UP, proposal=first, grant="What Is Left", **why)


def test_moving_up_holds_over_the_workflow_as_well(one_step, reserves):
	town, (_call, _adopted, first, second) = one_step, reserves
	with pytest.raises(frappe.MandatoryError):
		town.officer.act(PROPOSAL, first, "Move Up")
	filled = {"move_up_grant": "Whole Amount", "move_up_reason": "辞退があったため"}
	for name in (first, second):
		town.officer.update(PROPOSAL, name, filled)
	with pytest.raises(CallBudgetExceeded):
		town.officer.act(PROPOSAL, first, "Move Up")
	with pytest.raises(NotNextInLine):
		town.officer.act(PROPOSAL, second, "Move Up")
	with pytest.raises(FieldReserved):
		town.representative.update(PROPOSAL, first, {**filled, "move_up_reason": "別の理由"})
	with pytest.raises((CallBudgetExceeded, frappe.PermissionError)):
		town.officer.update(PROPOSAL, first, {"workflow_state": "Adopted"})
	decision = frappe.db.get_value("Kyodo Decision", {"proposal": first})
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		town.officer.update("Kyodo Decision", decision, {"moved_up_amount": 400000})
	assert not frappe.db.get_value("Kyodo Decision", decision, "moved_up_amount")


def test_moving_up_waits_for_the_budget_vote_where_the_programme_has_one(one_step):
	town = one_step
	call = call_with(town)
	proposal = town.in_step_1(call=call, requested_amount=400000, needs_budget=1)
	meeting = town.in_session(proposal)
	cycle_steps.decide(town.officer, meeting, proposal, "Reserve", rank=1)
	cycle_steps.close(town.officer, meeting)
	rules(town, budget_vote=1)
	assert town.officer.call(MOVE_UP, proposal=proposal, grant="Whole Amount", reason="枠に余裕があるため") == "Pending Budget"
	assert call_budget.budgets([call])[call].granted == 400000
	town.officer.call("kyodo_frappe.committee.budget_vote.record", proposals=[proposal], voted_on=nowdate(), passed=1)
	assert frappe.get_doc(PROJECT, {"proposal": proposal}).granted_amount == 400000


def test_moving_up_without_a_frame_grants_the_whole(one_step):
	town = one_step
	_call, _adopted, first, _second = make_reserves(town, frame=None)
	town.officer.call(MOVE_UP, proposal=first, grant="What Is Left", reason="体制が整ったため")
	assert frappe.get_doc(PROJECT, {"proposal": first}).granted_amount == 400000


def test_officer_of_the_organisation_does_not_move_it_up(one_step, reserves):
	town, (_call, _adopted, first, _second) = one_step, reserves
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	doc.append("members", {"user": town.officer.user, "member_role": "Viewer"})
	doc.save()
	with pytest.raises((FourEyesRequired, frappe.PermissionError)):
		town.officer.call(MOVE_UP, proposal=first, grant="What Is Left", reason="枠に余裕があるため")


# -- declining -----------------------------------------------------------------------------


def test_representative_declines_and_the_reserve_moves_up(one_step, reserves):
	town, (call, adopted, first, second) = one_step, reserves
	status, page = visit(town.representative.user, f"my/proposals/{adopted}")
	assert status == 200 and "採択を辞退する" in page
	assert "採択を辞退する" not in visit(town.editor.user, f"my/proposals/{adopted}")[1]
	_location, notice = send(town.representative.user, DECLINE, name=adopted, decline_reason="　")
	assert notice["kind"] == "refused" and town.state(PROPOSAL, adopted) == "Adopted"
	_location, notice = send(town.editor.user, DECLINE, name=adopted, decline_reason="会員の都合")
	assert town.state(PROPOSAL, adopted) == "Adopted", notice
	_location, notice = send(town.representative.user, DECLINE, name=adopted, decline_reason="担い手が転居したため")
	assert town.state(PROPOSAL, adopted) == "Declined", notice
	project = frappe.get_doc(PROJECT, {"proposal": adopted})
	assert project.workflow_state == "Cancelled" and "担い手が転居したため" in project.cancel_reason
	assert call_budget.budgets([call])[call] == call_budget.CallBudget(700000, 800000, 0, 700000, 2)
	assert items_by_label(letter_of(adopted, "Declined"))["辞退の理由"] == ["担い手が転居したため"]
	assert town.representative.user in mails(adopted, "辞退を受け付けました")
	assert adopted in told(town.officer.user, "辞退の申出がありました")
	assert first in told(town.officer.user, "補欠の提案を繰り上げることができます")
	assert town.state(PROPOSAL, first) == "Reserve", "the office decides"
	_location, notice = send(town.representative.user, DECLINE, name=adopted, decline_reason="もう一度")
	assert notice["kind"] == "refused"
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		town.representative.act(PROPOSAL, adopted, "Decline")
	town.officer.call(MOVE_UP, proposal=first, grant="Whole Amount", reason="提案甲の辞退による")
	assert frappe.get_doc(PROJECT, {"proposal": first}).granted_amount == 400000
	# the second one gives its place up; nobody is told of a reserve that waits
	before = len(told(town.officer.user, "補欠の提案を繰り上げることができます"))
	send(town.representative.user, DECLINE, name=second, decline_reason="別の事業を始めたため")
	assert town.state(PROPOSAL, second) == "Declined"
	assert len(told(town.officer.user, "補欠の提案を繰り上げることができます")) == before
	assert "辞退" in visit(town.representative.user, "my/proposals")[1]


def test_editor_and_partner_cannot_decline_over_the_workflow(one_step, reserves):
	town, (_call, adopted, _first, _second) = one_step, reserves
	town.editor.update(PROPOSAL, adopted, {"decline_reason": "会員の都合"})
	with pytest.raises(NotRepresentative):
		town.editor.act(PROPOSAL, adopted, "Decline")
	for client in (town.outsider, town.viewer, town.section_officer, town.support):
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			client.act(PROPOSAL, adopted, "Decline")
	assert town.state(PROPOSAL, adopted) == "Adopted"


def test_office_records_a_letter_of_decline(one_step, reserves):
	town, (call, adopted, _first, _second) = one_step, reserves
	reason = {"reason": "会の解散"}
	for wrong, exc in (({"letter_on": ""}, InvalidDeclineLetter), ({"letter_on": add_days(nowdate(), 1)}, InvalidDeclineLetter)):
		with pytest.raises(exc, match="辞退届の日付"):
			town.officer.call(RECORD_DECLINE, proposal=adopted, **wrong, **reason)
	with pytest.raises(frappe.MandatoryError):
		town.officer.call(RECORD_DECLINE, proposal=adopted, letter_on=nowdate(), reason="")
	for client in (town.representative, town.section_officer):
		with pytest.raises(frappe.PermissionError):
			client.call(RECORD_DECLINE, proposal=adopted, letter_on=nowdate(), **reason)
	frappe.db.set_value(PROPOSAL, adopted, "decline_reason", None)
	with pytest.raises(frappe.MandatoryError):
		town.officer.act(PROPOSAL, adopted, "Decline")
	yesterday = getdate(add_days(nowdate(), -1))
	typed = era_date(yesterday)
	assert town.officer.call(RECORD_DECLINE, proposal=adopted, letter_on=typed, **reason) == "Declined"
	assert items_by_label(letter_of(adopted, "Declined"))["辞退の申出の日"] == [era_date(yesterday)]
	assert call_budget.budgets([call])[call].granted == 0
	assert frappe.get_doc(PROJECT, {"proposal": adopted}).workflow_state == "Cancelled"
	with pytest.raises(WorkflowTransitionError):
		town.officer.call(RECORD_DECLINE, proposal=adopted, letter_on=nowdate(), **reason)


@pytest.mark.walks
def test_declining_after_the_agreement_ends_it_and_paid_money_stays_counted(one_step):
	town = one_step
	call, adopted, first, _second = make_reserves(town)
	project = frappe.db.get_value(PROJECT, {"proposal": adopted})
	agreement = cycle_steps.agree(town.section_officer, town.representative, project, "協働負担事業")
	cycle_steps.run(town.section_officer, project)
	doc = frappe.get_doc(PROJECT, project)
	doc.append("payments", {"kind": "Advance", "planned_on": nowdate(), "amount": 100000, "paid_on": nowdate()})
	doc.save()
	assert "協定は解除" in visit(town.representative.user, f"my/proposals/{adopted}")[1]
	link = f'href="/kyodo/my/proposals/{adopted}#decline"'
	assert link in visit(town.representative.user, f"my/projects/{project}")[1]
	assert link not in visit(town.section_officer.user, f"my/projects/{project}")[1]
	send(town.representative.user, DECLINE, name=adopted, decline_reason="代表者の病気")
	assert town.state(PROPOSAL, adopted) == "Declined"
	assert town.state(PROJECT, project) == "Cancelled"
	assert frappe.db.get_value("Kyodo Agreement", agreement, ["workflow_state", "docstatus"]) == ("Terminated", 2)
	assert "代表者の病気" in frappe.db.get_value("Kyodo Agreement", agreement, "termination_reason")
	assert frappe.db.exists("Kyodo Report", {"project": project, "report_kind": "Final"}), "the advance is settled"
	assert call_budget.budgets([call])[call].left == 600000, "what was paid is not back yet"
	refund = {"kind": "Refund", "planned_on": nowdate(), "amount": 100000, "paid_on": nowdate()}
	frappe.get_doc(PROJECT, project).append("payments", refund).db_insert()
	assert call_budget.budgets([call])[call].left == 700000
	assert first in told(town.officer.user, "補欠の提案を繰り上げることができます")


def test_declining_is_too_late_once_the_project_is_completed(one_step, reserves):
	town, (_call, adopted, _first, _second) = one_step, reserves
	frappe.db.set_value(PROJECT, {"proposal": adopted}, "workflow_state", "Completed")
	assert "採択を辞退する" not in visit(town.representative.user, f"my/proposals/{adopted}")[1]
	town.representative.update(PROPOSAL, adopted, {"decline_reason": "遅すぎる"})
	with pytest.raises(DeclineTooLate, match="提案甲"):
		town.representative.act(PROPOSAL, adopted, "Decline")


def test_office_hears_of_a_reserve_when_it_calls_a_project_off(one_step, reserves):
	town, (call, adopted, first, _second) = one_step, reserves
	project = frappe.db.get_value(PROJECT, {"proposal": adopted})
	town.officer.update(PROJECT, project, {"cancel_reason": "会場の閉鎖"})
	town.officer.act(PROJECT, project, "Call Off")
	assert first in told(town.officer.user, "補欠の提案を繰り上げることができます")
	assert call_budget.budgets([call])[call].left == 700000


def test_declining_over_rest(rest_town):
	town = rest_town
	project = town.project()
	proposal = frappe.db.get_value(PROJECT, project, "proposal")
	frappe.db.commit()
	editor, representative = town.over_rest(town.editor), town.over_rest(town.representative)
	representative.update(PROPOSAL, proposal, {"decline_reason": "会の都合"})
	with pytest.raises(Refused) as caught:
		editor.act(PROPOSAL, proposal, "Decline")
	assert caught.value.exc_type == "NotRepresentative"
	assert representative.act(PROPOSAL, proposal, "Decline") == "Declined"
	with pytest.raises(Refused):
		representative.act(PROPOSAL, proposal, "Decline")
	frappe.db.rollback()
	assert town.state(PROJECT, project) == "Cancelled"


# -- points per item -----------------------------------------------------------------------


def test_points_per_item_are_said_in_the_scale_that_was_marked(one_step, tmp_path):
	town = one_step
	criteria_in_points(town)
	proposal = town.in_step_1(publish_consent=1)
	meeting = town.in_session(proposal)
	mark_all(town, proposal, "5", "4", "3", "2")  # 3.5 of 5
	cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=100000)
	cycle_steps.close(town.officer, meeting)
	decision = frappe.get_doc("Kyodo Decision", {"proposal": proposal})
	assert decision.points and {(row.average, row.out_of, row.marks) for row in decision.points} == {(3.5, 5.0, "")}
	assert letter_of(proposal, "Adopted")["points"] == [] and "3.5／5" not in visit("Guest", f"proposals/{proposal}")[1]
	frappe.db.set_value(PROGRAMME, town.programme, "points_per_item", 1)
	frappe.clear_document_cache(PROGRAMME, town.programme)
	points = letter_of(proposal, "Adopted")["points"]
	assert len(points) == len(decision.points) and {row["points"] for row in points} == {"3.5／5"}
	assert "3.5／5" in pdf_text(proposal, "Adopted", tmp_path)
	for user, path in (("Guest", f"proposals/{proposal}"), (town.representative.user, f"my/proposals/{proposal}")):
		page = visit(user, path)[1]
		assert "審査項目ごとの点数" in page and "3.5／5" in page, path
	frappe.db.set_value("Kyodo Agenda Item", {"parent": meeting, "proposal": proposal}, {"closed": 1, "legal_ground": "条例"})
	assert "3.5／5" not in visit("Guest", f"proposals/{proposal}")[1], "an item behind closed doors"


def test_points_of_decisions_are_not_for_organisations_and_members(one_step):
	town = one_step
	criteria_in_points(town)
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	mark_all(town, proposal, "5", "4", "3", "2")
	cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=100000)
	cycle_steps.close(town.officer, meeting)
	decision = frappe.db.get_value("Kyodo Decision", {"proposal": proposal})
	for client, reads in ((town.officer, True), (town.representative, False), (town.members["npo1"], False)):
		with client:
			doc = frappe.get_doc("Kyodo Decision", decision)
			doc.apply_fieldlevel_read_permissions()
			assert bool(doc.get("points")) == reads, client.user


# -- sites that exist ----------------------------------------------------------------------


def test_patch_gives_programmes_the_letters_and_messages(town):
	frappe.db.delete("Kyodo Letter Numbering", {"parent": town.programme, "letter_type": ["in", after_the_decision.LETTERS]})
	events = ["Proposal Reserve", "Reserve Moved Up", "Proposal Declined", "Adoption Declined", "Reserve Waits"]
	frappe.db.delete("Kyodo Message", {"parent": town.programme, "event": ["in", events]})
	frappe.clear_document_cache(PROGRAMME, town.programme)
	for _twice in range(2):
		after_the_decision.execute()
	doc = frappe.get_doc(PROGRAMME, town.programme)
	like = next(row for row in doc.letter_numbering if row.letter_type == "Adopted")
	added = [row for row in doc.letter_numbering if row.letter_type in after_the_decision.LETTERS]
	assert sorted(row.letter_type for row in added) == sorted(after_the_decision.LETTERS)
	assert all(row.subject and row.items and (row.prefix, row.sender) == (like.prefix, like.sender) for row in added)
	assert sorted(row.event for row in doc.messages if row.event in events) == sorted(events)
	doc.save()
