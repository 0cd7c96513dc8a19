"""The committee member's portal: answers, reviews, opinions, interests, minutes; and that no address reveals more."""

import json
import re
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
from portal_client import acting, send, visit

from kyodo_frappe.committee import reviews
from kyodo_frappe.committee.errors import AnswerNotPossible, InvalidInterest, MarkingClosed
from kyodo_frappe.common.errors import RuleViolation
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused

ALL = ("npo1", "npo2", "city1", "city2")
SECRET = "himitsu"  # no characters that responses might escape


def user_of(town, key):
	return town.members[key].user


def sheet_of(town, proposal, key):
	return frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": user_of(town, key)})


def marks_of(town, mark="○"):
	return dict.fromkeys(
		[row["code"] for row in reviews.criteria_of(frappe.get_cached_doc("Kyodo Programme", town.programme), "Step 1")], mark
	)


def typed_marks(town, mark="○"):
	return {f"mark-{code}": value for code, value in marks_of(town, mark).items()}


def hand_in(town, proposal, key, mark="○", comment=""):
	return cycle_steps.mark(town.members[key], sheet_of(town, proposal, key), marks_of(town, mark), comment)


def item_of(meeting, proposal):
	rows = frappe.get_doc("Kyodo Meeting", meeting).agenda
	return next(row.name for row in rows if row.proposal == proposal)


def refused(notice):
	return notice.get("kind") == "refused"


def make(town, **programme):
	"""Change fields of the programme for a test."""
	frappe.db.set_value("Kyodo Programme", town.programme, programme)
	town.rules_changed()


def written_meeting(town, *proposals):
	name = cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", [cycle_steps.proposal_item(row) for row in proposals])
	town.officer.update("Kyodo Meeting", name, {"document_review": 1})
	cycle_steps.convene(town.officer, name)
	return name


# -- the invitation ---------------------------------------------------------------------


def test_member_changes_answer_until_session_opens(town):
	make(town, substitutes_allowed=0)
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	user = user_of(town, "npo1")
	home = visit(user, "my")[1]
	assert f"/kyodo/my/meetings/{meeting}" in home and "出欠の回答" in home
	assert meeting in visit(user, "my/meetings")[1]
	page = visit(user, f"my/meetings/{meeting}")[1]
	assert 'value="Attending"' in page and 'value="Substitute"' not in page and "meeting_papers" in page
	_location, notice = send(user, "committee.actions.answer_meeting", name=meeting)
	assert refused(notice)
	_location, notice = send(user, "committee.actions.answer_meeting", name=meeting, answer="Substitute", substitute_name="代理")
	assert refused(notice)
	for answer in ("Absent", "Attending"):
		_location, notice = send(user, "committee.actions.answer_meeting", name=meeting, answer=answer, note="18時40分に着きます")
		assert notice["kind"] == "done", notice
	row = next(row for row in frappe.get_doc("Kyodo Meeting", meeting).attendance if row.user == user)
	assert (row.answer, row.answer_note) == ("Attending", "18時40分に着きます")
	assert "出欠の回答" not in visit(user, "my")[1]
	assert "18時40分に着きます" not in visit(user_of(town, "npo2"), f"my/meetings/{meeting}")[1]
	cycle_steps.open_session(town.officer, meeting)
	_location, notice = send(user, "committee.actions.answer_meeting", name=meeting, answer="Absent")
	assert refused(notice)
	assert "answer_meeting" not in visit(user, f"my/meetings/{meeting}")[1]


def test_meeting_page_is_for_its_committee_only(town):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	sheet = sheet_of(town, proposal, "npo1")
	item = item_of(meeting, proposal)
	head = user_of(town, "head")  # of the committee, but not in step 1
	page = visit(head, f"my/meetings/{meeting}")[1]
	assert "招集されていません" in page and "answer_meeting" not in page and "step_aside" not in page
	for stranger in (town.representative.user, town.outsider.user, town.support.user):
		for path in (f"my/meetings/{meeting}", f"my/reviews/{sheet}", f"my/meetings/{meeting}/compare/x"):
			assert visit(stranger, path)[0] == 404, (stranger, path)
		assert meeting not in visit(stranger, "my/meetings")[1]
	assert visit("Guest", f"my/meetings/{meeting}")[0] == 302
	attempts = (
		("answer_meeting", {"answer": "Attending"}),
		("step_aside", {"agenda_item": item, f"reason-{item}": "x"}),
		("rule_interest", {"agenda_item": item, "member": user_of(town, "npo1"), "ruling": "Overruled", "reason": "x"}),
		("give_opinions", {f"opinion-{item}": "For"}),
		("check_minutes", {"answer": "Agreed"}),
	)
	for stranger in (town.representative.user, town.outsider.user, town.support.user, head):
		for endpoint, typed in attempts:
			_location, notice = send(stranger, f"committee.actions.{endpoint}", name=meeting, **typed)
			assert refused(notice), (stranger, endpoint)
		with acting(stranger, {}), pytest.raises(frappe.PermissionError):
			frappe.get_attr("kyodo_frappe.committee.actions.meeting_papers")(name=meeting)


def test_substitute_acts_for_member(town):
	make(town, substitutes_allowed=1)
	seat = town.support  # any user without a seat of their own
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	row = next(row for row in committee.members if row.user == user_of(town, "npo2"))
	row.substitute_name, row.substitute_user = "代理 花子", seat.user
	committee.save()
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	user = user_of(town, "npo2")
	assert "代理 花子" in visit(user, f"my/meetings/{meeting}")[1]
	hand_in(town, proposal, "npo1")
	_location, notice = send(user, "committee.actions.answer_meeting", name=meeting, answer="Substitute")
	assert notice["kind"] == "done", notice
	assert "代理として出席します" in visit(seat.user, f"my/meetings/{meeting}")[1]
	assert frappe.db.get_value("Kyodo Review", sheet_of(town, proposal, "npo2"), "not_counted")
	assert "代理の方が出席" in visit(user, f"my/reviews/{sheet_of(town, proposal, 'npo2')}")[1]
	with pytest.raises(frappe.PermissionError):
		hand_in(town, proposal, "npo2")
	for key in ("city1", "city2"):
		assert not hand_in(town, proposal, key)["released"]
	sheet = frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": seat.user})
	result = cycle_steps.mark(seat, sheet, marks_of(town))
	assert result["released"]  # the absent member's review is not waited for
	assert "全委員の審査結果" not in visit(user, f"my/reviews/{sheet_of(town, proposal, 'npo2')}")[1]
	assert "全委員の審査結果" in visit(seat.user, f"my/reviews/{sheet}")[1]
	assert not reviews.visible_proposals(user, [proposal], "Step 1") and reviews.visible_proposals(seat.user, [proposal], "Step 1")


# -- marks ------------------------------------------------------------------------------


def test_reviews_are_submitted_one_after_the_other(town):
	proposals = [town.in_step_1() for _number in range(3)]
	meeting = town.meeting(*proposals)
	user = user_of(town, "npo1")
	first, second, third = (sheet_of(town, name, "npo1") for name in proposals)
	page = visit(user, f"my/reviews/{first}")[1]
	assert "3件中0件を提出済み" in page and 'value="submit-next"' in page
	location, notice = send(
		user,
		"committee.review_actions.save_review",
		name=first,
		then="next",
		comment="あとで",
		**{"mark-C1": "△", "comment-C1": "根拠が弱い"},
	)
	assert notice["kind"] == "done" and f"/kyodo/my/reviews/{second}" in location
	doc = frappe.get_doc("Kyodo Review", first)
	assert (doc.marks[0].mark, doc.marks[0].comment, doc.comment) == ("△", "根拠が弱い", "あとで")
	location, notice = send(user, "committee.review_actions.save_review", name=second, then="submit-next", **typed_marks(town))
	assert f"/kyodo/my/reviews/{third}" in location and notice["kind"] == "done"
	assert "変更できません" in send(user, "committee.review_actions.save_review", name=second, **typed_marks(town, "×"))[1]["text"]
	send(user, "committee.review_actions.save_review", name=third, then="submit", **typed_marks(town))
	location, notice = send(user, "committee.review_actions.save_review", name=first, then="submit-next", **typed_marks(town))
	assert f"/kyodo/my/meetings/{meeting}" in location and "終わりました" in notice["text"]
	doc.reload()
	assert doc.submitted_on and doc.marks[0].comment == "根拠が弱い"  # values the form does not send are kept
	page = visit(user, f"my/meetings/{meeting}")[1]
	assert "3件中3件を提出済み" in page and "審査を続ける" not in page
	waits = visit(user, "my")[1].partition('id="h-wait"')[2].partition("</section>")[0]
	assert waits and "reviews/" + first not in waits


def test_marks_are_autosaved(town):
	proposal = town.in_step_1()
	town.meeting(proposal)
	sheet, user = sheet_of(town, proposal, "npo1"), user_of(town, "npo1")
	autosave = frappe.get_attr("kyodo_frappe.committee.review_actions.autosave_review")
	with acting(user, {}):
		assert autosave(name=sheet, comment="よい", writer=user, **{"mark-C1": "○"})["at"]
		with pytest.raises(RuleViolation):
			autosave(name=sheet, **{"mark-C1": "◎"})
		with pytest.raises(frappe.PermissionError):
			autosave(name=sheet, writer=user_of(town, "npo2"), **{"mark-C1": "×"})
	with acting(user_of(town, "npo2"), {}), pytest.raises(frappe.PermissionError):
		autosave(name=sheet, **{"mark-C1": "×"})
	doc = frappe.get_doc("Kyodo Review", sheet)
	assert (doc.marks[0].mark, doc.comment, doc.submitted_on) == ("○", "よい", None)


@pytest.mark.walks
def test_released_marks_show_points_veto_and_comments(town):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.criteria[0].update({"scale": "Points", "max_points": 20})
	programme.criteria[1].veto = 1
	programme.pass_mark = 60
	programme.save()
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	codes = [row["code"] for row in reviews.criteria_of(frappe.get_cached_doc("Kyodo Programme", town.programme), "Step 1")]
	page = visit(user_of(town, "npo1"), f"my/reviews/{sheet_of(town, proposal, 'npo1')}")[1]
	assert 'inputmode="decimal"' in page and "×" in page and "不採択とすべき" in page
	for key in ALL:
		assert "全委員の審査結果" not in visit(user_of(town, key), f"my/reviews/{sheet_of(town, proposal, key)}")[1]
		marks = {**dict.fromkeys(codes, "○"), codes[0]: "15", codes[1]: "×" if key == "city2" else "○"}
		cycle_steps.mark(town.members[key], sheet_of(town, proposal, key), marks, f"{key}の意見")
	page = visit(user_of(town, "npo1"), f"my/reviews/{sheet_of(town, proposal, 'npo1')}")[1]
	for text in ("全委員の審査結果", "合格点 60 点", "達しています", "1人の委員が拒否", "標準偏差", "city2の意見"):
		assert text in page, text
	summary, passed = reviews.summary_of(proposal, "Step 1")
	assert summary.count == 4 and passed is False and summary.vetoes == {codes[1]: 1}
	assert summary.average > 60 and meeting


def test_closed_marking_releases_marks_and_refuses_new_ones(town):
	marked, late = town.in_step_1(), town.in_step_1()
	meeting = town.meeting(marked, late)
	for proposal in (marked, late):
		hand_in(town, proposal, "npo1")
	assert town.officer.call("kyodo_frappe.committee.reviews.close_marking", meeting=meeting) == 2
	stamp = frappe.db.get_value("Kyodo Meeting", meeting, "marking_closed_on")
	assert stamp and town.officer.call("kyodo_frappe.committee.reviews.close_marking", meeting=meeting) == 0
	assert frappe.db.get_value("Kyodo Meeting", meeting, "marking_closed_on") == stamp
	sheet, user = sheet_of(town, marked, "npo2"), user_of(town, "npo2")
	for typed in ({"then": "save"}, {"then": "submit"}):
		_location, notice = send(user, "committee.review_actions.save_review", name=sheet, **typed, **typed_marks(town))
		assert refused(notice) and "締め切りました" in notice["text"]
	with pytest.raises(MarkingClosed):
		hand_in(town, marked, "npo2")
	page = visit(user, f"my/reviews/{sheet}")[1]
	assert "締め切りました" in page and "全委員の審査結果" in page  # members without marks see them at the meeting


def test_number_of_queries_is_independent_of_agenda(town):
	proposals = [town.in_step_1() for _number in range(4)]
	meeting = town.meeting(*proposals)
	for proposal in proposals:
		for key in ALL:
			hand_in(town, proposal, key)
	frappe.db.set_value("Kyodo Programme", town.programme, "pass_mark", 50)

	def counted(function):
		before = frappe.db.sql
		calls = []
		frappe.db.sql = lambda *args, **kwargs: (calls.append(args), before(*args, **kwargs))[1]
		try:
			function()
		finally:
			frappe.db.sql = before
		return len(calls)

	reviews.summaries(proposals, "Step 1")
	assert counted(lambda: reviews.summaries(proposals, "Step 1")) == counted(lambda: reviews.summaries(proposals[:1], "Step 1")) <= 4
	assert {name: row[0].count for name, row in reviews.summaries(proposals, "Step 1").items()} == dict.fromkeys(proposals, 4)
	user = user_of(town, "npo1")
	visit(user, "my")
	many = counted(lambda: visit(user, "my"))
	other = town.meeting(town.in_step_1())
	visit(user, "my")
	assert counted(lambda: visit(user, "my")) <= many + 3, (meeting, other)


# -- recusals ---------------------------------------------------------------------


def test_late_recusal_releases_marks_of_others(town):
	proposal, second = town.in_step_1(), town.in_step_1()
	meeting = town.meeting(proposal, second)
	aside = user_of(town, "city2")
	for key in ("npo1", "npo2", "city1"):
		assert not hand_in(town, proposal, key)["released"]
	hand_in(town, second, "city2", comment="自分の意見")
	item = item_of(meeting, proposal)
	_location, notice = send(aside, "committee.actions.step_aside", name=meeting, agenda_item=item, **{f"reason-{item}": " "})
	assert refused(notice)
	location, notice = send(
		aside, "committee.actions.step_aside", name=meeting, agenda_item=item, **{f"reason-{item}": "妻が役員をしている"}
	)
	assert notice["kind"] == "done" and location.endswith(f"#item-{item}")
	assert frappe.db.count("Kyodo Review", {"proposal": proposal, "released": 1}) == 3
	page = visit(aside, f"my/meetings/{meeting}")[1]
	assert "妻が役員をしている" in page and "3件中" not in page
	assert "妻が役員をしている" not in visit(user_of(town, "npo1"), f"my/meetings/{meeting}")[1]
	page = visit(aside, f"my/reviews/{sheet_of(town, proposal, 'city2')}")[1]
	assert "全委員の審査結果" not in page and "審査は行いません" in page
	with pytest.raises(frappe.PermissionError):
		hand_in(town, proposal, "city2")
	# after submitting too: the review is kept and does not count
	send(aside, "committee.review_actions.declare_interest", name=sheet_of(town, second, "city2"), reason="兄が理事")
	for key in ("npo1", "npo2", "city1"):
		result = hand_in(town, second, key, "△")
	assert result["released"] and reviews.summary_of(second, "Step 1")[0].average == 50
	with acting(aside, {}):
		assert reviews.shared_marks(second, "Step 1") == []


def test_overruled_member_marks_again(town):
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	next(row for row in committee.members if row.user == user_of(town, "city1")).is_chair = 1
	committee.save()
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	item, chair, member = item_of(meeting, proposal), user_of(town, "city1"), user_of(town, "npo1")
	send(member, "committee.review_actions.declare_interest", name=sheet_of(town, proposal, "npo1"), reason="会費を払っている")
	assert "rule_interest" in visit(chair, f"my/meetings/{meeting}")[1]
	assert "rule_interest" not in visit(user_of(town, "npo2"), f"my/meetings/{meeting}")[1]
	ruling = {"name": meeting, "agenda_item": item, "member": member, "ruling": "Overruled"}
	assert refused(send(chair, "committee.actions.rule_interest", **ruling)[1])
	assert refused(send(user_of(town, "npo2"), "committee.actions.rule_interest", **ruling, reason="軽い")[1])
	assert refused(send(member, "committee.actions.rule_interest", **ruling, reason="軽い")[1])
	_location, notice = send(chair, "committee.actions.rule_interest", **ruling, reason="会員一般の立場にとどまる")
	assert notice["kind"] == "done", notice
	page = visit(member, f"my/meetings/{meeting}")[1]
	assert "会員一般の立場にとどまる" in page
	assert "save_review" in visit(member, f"my/reviews/{sheet_of(town, proposal, 'npo1')}")[1]
	hand_in(town, proposal, "npo1")
	ruling["ruling"] = "Confirmed"
	send(chair, "committee.actions.rule_interest", **ruling)
	assert frappe.db.get_value("Kyodo Review", sheet_of(town, proposal, "npo1"), "not_counted")


def test_proposal_added_later_gets_reviews(town):
	first, later = town.in_step_1(), town.in_step_1()
	meeting = town.meeting(first)
	agenda = [row.as_dict() for row in frappe.get_doc("Kyodo Meeting", meeting).agenda]
	town.officer.update("Kyodo Meeting", meeting, {"agenda": [*agenda, cycle_steps.proposal_item(later)]})
	assert frappe.db.count("Kyodo Review", {"meeting": meeting, "proposal": later}) == 4


def test_declared_relation_counts_in_open_meetings(town):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	member, other = user_of(town, "npo2"), user_of(town, "npo1")
	page = visit(member, "my/interests")[1]
	assert f"organisation:{town.organisation}" in page  # it is on an upcoming agenda
	assert f"organisation:{town.other_organisation}" not in page
	declare = {"programme": town.programme, "relation": "Family", "note": "娘が職員"}
	assert refused(send(member, "committee.actions.declare_relation", **declare)[1])
	assert refused(send(member, "committee.actions.declare_relation", subject=f"organisation:{town.other_organisation}", **declare)[1])
	_location, notice = send(member, "committee.actions.declare_relation", subject=f"organisation:{town.organisation}", **declare)
	assert notice["kind"] == "done", notice
	assert refused(send(member, "committee.actions.declare_relation", subject=f"organisation:{town.organisation}", **declare)[1])
	name = frappe.db.get_value("Kyodo Interest", {"member": member})
	doc = frappe.get_doc("Kyodo Interest", name)
	assert str(doc.declared_on) == frappe.utils.nowdate() and not doc.ended_on
	assert frappe.db.get_value("Kyodo Review", sheet_of(town, proposal, "npo2"), "not_counted")
	assert "娘が職員" not in visit(other, "my/interests")[1]
	assert refused(send(other, "committee.actions.end_relation", name=name)[1])
	with town.members["npo2"], pytest.raises(InvalidInterest):
		frappe.get_doc("Kyodo Interest", name).update({"note": "別の話"}).save()
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Kyodo Interest", name)
	for wrong in (
		{"member": other, "organisation": town.organisation},
		{"member": member, "organisation": town.organisation, "section": town.section},
		{"member": member},
	):
		with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			town.members["npo2"].insert({"doctype": "Kyodo Interest", "programme": town.programme, "relation": "Staff", **wrong})
	_location, notice = send(member, "committee.actions.end_relation", name=name)
	assert notice["kind"] == "done" and frappe.db.get_value("Kyodo Interest", name, "ended_on")
	# a relation still counts on the day it ends, which is the day of the meeting
	assert frappe.get_doc("Kyodo Meeting", meeting).recusals[0].user == member


# -- written opinions -------------------------------------------------------------------------


def test_written_opinions_of_document_review(town):
	aside, open_one = town.in_step_1(), town.in_step_1()
	meeting = written_meeting(town, aside, open_one)
	user = user_of(town, "npo1")
	first, second = item_of(meeting, aside), item_of(meeting, open_one)
	town.members["npo1"].call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=first, reason="役員")
	page = visit(user, f"my/meetings/{meeting}")[1]
	assert f"opinion-{second}" in page and f"opinion-{first}" not in page
	assert "書面による意見の提出" in visit(user, "my")[1]
	give = "committee.actions.give_opinions"
	assert refused(send(user, give, name=meeting)[1])
	assert refused(send(user, give, name=meeting, **{f"opinion-{first}": "For"})[1])
	assert refused(send(user, give, name=meeting, **{f"opinion-{second}": "Yes"})[1])
	location, notice = send(user, give, name=meeting, form=f"meeting:{meeting}", **{f"comment-{second}": "長い文章"})
	assert refused(notice)
	assert "長い文章" in visit(user, f"my/meetings/{meeting}", n=re.search(r"n=(\w+)", location).group(1))[1]
	for opinion in ("For", "Against"):
		_location, notice = send(user, give, name=meeting, **{f"opinion-{second}": opinion, f"comment-{second}": SECRET})
		assert notice["kind"] == "done", notice
	rows = frappe.get_doc("Kyodo Meeting", meeting).opinions
	assert [(row.user, row.opinion, row.agenda_item, row.member_name) for row in rows] == [(user, "Against", second, "npo1")]
	assert "書面による意見の提出" not in visit(user, "my")[1]
	assert SECRET not in visit(user_of(town, "npo2"), f"my/meetings/{meeting}")[1]
	with pytest.raises(frappe.PermissionError):
		town.members["head"].call("kyodo_frappe.committee.written_opinions.give", meeting=meeting, agenda_item=second, opinion="For")
	open_meeting = town.meeting(town.in_step_1())
	with pytest.raises(AnswerNotPossible):
		item = frappe.get_doc("Kyodo Meeting", open_meeting).agenda[0].name
		town.members["npo1"].call("kyodo_frappe.committee.written_opinions.give", meeting=open_meeting, agenda_item=item, opinion="For")


# -- minutes ----------------------------------------------------------------------------


def test_minutes_page_hides_items_of_recused_member(town):
	make(town, minutes_checked_by="Everyone Present")
	aside, open_one = town.in_step_1(), town.in_step_1()
	meeting = town.meeting(aside, open_one)
	member = town.members["npo1"]
	member.call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item_of(meeting, aside), reason="役員")
	cycle_steps.open_session(town.officer, meeting)
	agenda = [row.as_dict() for row in frappe.get_doc("Kyodo Meeting", meeting).agenda]
	notes = (f"{SECRET}の議論", "ふつうの議論")
	town.officer.update("Kyodo Meeting", meeting, {"agenda": [{**row, "notes": text} for row, text in zip(agenda, notes, strict=True)]})
	for proposal in (aside, open_one):
		cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	assert "ふつうの議論" not in visit(member.user, f"my/meetings/{meeting}")[1]  # not before the meeting is over
	cycle_steps.close(town.officer, meeting)
	town.officer.call("kyodo_frappe.committee.minutes.start_checks", meeting=meeting)
	page = visit(member.user, f"my/meetings/{meeting}")[1]
	assert "ふつうの議論" in page and SECRET not in page
	assert SECRET in visit(user_of(town, "npo2"), f"my/meetings/{meeting}")[1]
	assert "議事録の確認" in visit(member.user, "my")[1]
	check = "committee.actions.check_minutes"
	assert refused(send(user_of(town, "npo2"), check, name=meeting, answer="Agreed")[1])  # not their turn
	assert refused(send(member.user, check, name=meeting, answer="Remark", remark=" ")[1])
	_location, notice = send(member.user, check, name=meeting, answer="Remark", remark=f"{SECRET}の一言")
	assert notice["kind"] == "done", notice
	assert "議事録の確認" not in visit(member.user, "my")[1] and "議事録の確認" in visit(user_of(town, "npo2"), "my")[1]
	assert f"{SECRET}の一言" in visit(member.user, f"my/meetings/{meeting}")[1]
	assert f"{SECRET}の一言" not in visit(user_of(town, "npo2"), f"my/meetings/{meeting}")[1]


# -- a contest --------------------------------------------------------------------------


def test_contest_comparison_shows_ranks_after_marking(town):
	call = town.officer.insert(
		{
			"doctype": "Kyodo Call",
			"call_name": f"{town.tag} 運営者の選定",
			"programme": town.programme,
			"call_type": "Partner Selection",
			"fiscal_year": 2026,
			"places": 1,
		}
	)["name"]
	rivals = [town.in_step_1() for _number in range(2)]
	for name in rivals:
		frappe.db.set_value("Kyodo Proposal", name, "call", call)
	meeting = town.meeting(*rivals, town.in_step_1())
	path = f"my/meetings/{meeting}/compare/{call}"
	assert path in visit(user_of(town, "npo1"), f"my/meetings/{meeting}")[1]
	page = visit(user_of(town, "npo1"), path)[1]
	assert page.count("<article") == 2 and cycle_steps.SHEET["needs"] in page and "1 位" not in page
	for mark, name in zip("△○", rivals, strict=True):
		for key in ALL:
			hand_in(town, name, key, mark)
	page = visit(user_of(town, "npo1"), path)[1]
	assert "1 位" in page and "2 位" in page and "平均 100.0 点" in page
	item = item_of(meeting, rivals[0])
	town.members["npo1"].call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="会員")
	page = visit(user_of(town, "npo1"), path)[1]
	assert "審議から外れます" in page and "<article" not in page and "平均" not in page
	assert visit(user_of(town, "npo1"), f"my/meetings/{meeting}/compare/nowhere")[0] == 404


# -- addresses that must not reveal anything ------------------------------------------------------------


CHILDREN = {
	"Kyodo Agenda Item": ("hearing", "notes"),
	"Kyodo Recusal": ("reason", "ruling_reason"),
	"Kyodo Written Opinion": ("comment", "opinion"),
	"Kyodo Minutes Check": ("remark",),
	"Kyodo Attendance": ("answer_note",),
}


def addresses(meeting, sheet):
	"""Yield (verb, path, body, query) of Frappe's ways to read a meeting, its rows, its history, and others' marks."""
	method = "/api/method/"
	for kind, name in (("Kyodo Meeting", meeting), ("Kyodo Review", sheet)):
		yield "GET", f"/api/resource/{kind}/{name}", None, None
		yield "POST", f"{method}frappe.client.get", {"doctype": kind, "name": name}, None
		yield "GET", f"{method}frappe.desk.form.load.getdoc", None, {"doctype": kind, "name": name}
		yield "GET", f"{method}frappe.desk.form.load.get_docinfo", None, {"doctype": kind, "name": name}
		yield "GET", "/printview", None, {"doctype": kind, "name": name}
		yield "POST", f"{method}frappe.desk.search.search_link", {"doctype": kind, "txt": SECRET, "page_length": 5}, None
		yield "GET", "/api/resource/Version", None, {"filters": json.dumps({"docname": name}), "fields": '["data"]'}
	yield "GET", "/api/resource/Kyodo Meeting", None, {"fields": '["name", "minutes"]', "limit_page_length": 0}
	view = {
		"doctype": "Kyodo Meeting",
		"fields": '["`tabKyodo Meeting`.name", "`tabKyodo Agenda Item`.notes", "`tabKyodo Meeting`.minutes"]',
	}
	yield "POST", f"{method}frappe.desk.reportview.get", {**view, "filters": "[]", "start": 0, "page_length": 50}, None
	yield "POST", f"{method}frappe.desk.reportview.export_query", {**view, "file_format_type": "CSV", "filters": "[]"}, None
	for child, columns in {**CHILDREN, "Kyodo Review Mark": ("mark", "comment")}.items():
		parent = "Kyodo Review" if child == "Kyodo Review Mark" else "Kyodo Meeting"
		fields = json.dumps(["name", "parent", *columns])
		yield "GET", f"/api/resource/{child}", None, {"parent": parent, "fields": fields, "limit_page_length": 0}
		yield (
			"POST",
			f"{method}frappe.client.get_list",
			{"doctype": child, "parent": parent, "fields": ["parent", *columns], "limit_page_length": 0},
			None,
		)
		value = {
			"doctype": child,
			"parent": parent,
			"fieldname": columns[0],
			"filters": {"parent": meeting if parent == "Kyodo Meeting" else sheet},
		}
		yield "POST", f"{method}frappe.client.get_value", value, None
		yield (
			"POST",
			f"{method}frappe.desk.reportview.get",
			{
				"doctype": child,
				"parent_doctype": parent,
				"fields": json.dumps([f"`tab{child}`.`{name}`" for name in columns]),
				"page_length": 50,
			},
			None,
		)
	for kind in ("Kyodo Meeting", "Kyodo Review"):
		# a save without changes: Frappe returns the whole record
		name = meeting if kind == "Kyodo Meeting" else sheet
		yield "PUT", f"/api/resource/{kind}/{name}", {}, None
		yield "POST", f"{method}frappe.client.set_value", {"doctype": kind, "name": name, "fieldname": {}}, None
		yield (
			"POST",
			f"{method}frappe.desk.form.save.savedocs",
			{"doc": json.dumps({"doctype": kind, "name": name}), "action": "Save"},
			None,
		)
	yield (
		"POST",
		f"{method}frappe.desk.listview.get_group_by_count",
		{"doctype": "Kyodo Meeting", "current_filters": "[]", "field": "minutes"},
		None,
	)
	yield "POST", f"{method}frappe.client.validate_link", {"doctype": "Kyodo Meeting", "docname": meeting, "fields": '["minutes"]'}, None
	fetched = {"doctype": "Kyodo Meeting", "docname": meeting, "fields_to_fetch": '["minutes"]'}  # the form of version 16
	yield "POST", f"{method}frappe.client.validate_link_and_fetch", fetched, None
	yield "GET", f"{method}frappe.utils.print_format.download_pdf", None, {"doctype": "Kyodo Meeting", "name": meeting}
	yield "POST", f"{method}frappe.utils.global_search.search", {"text": SECRET}, None


def guessing_filters(meeting, sheet):
	"""Lists whose length would reveal whether a guess at a hidden text is right."""
	for text in (SECRET, "まちがい"):
		for child, columns in CHILDREN.items():
			for column in columns:
				filters = json.dumps([[child, column, "like", f"%{text}%"]])
				yield text, (child, column), "/api/resource/Kyodo Meeting", {"filters": filters}
				yield text, (child, column, "row"), f"/api/resource/{child}", {"parent": "Kyodo Meeting", "filters": filters}
		yield text, "minutes", "/api/resource/Kyodo Meeting", {"filters": json.dumps([["minutes", "like", f"%{text}%"]])}
		marks = json.dumps([["Kyodo Review Mark", "comment", "like", f"%{text}%"]])
		yield text, "marks", "/api/resource/Kyodo Review", {"filters": marks}


def held_meeting(town):
	"""A closed document review with the secret in every hidden field."""
	proposal, other = town.in_step_1(), town.in_step_1()
	meeting = written_meeting(town, proposal, other)
	item = item_of(meeting, proposal)
	town.members["npo1"].call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason="役員")
	town.members["city2"].call("kyodo_frappe.committee.interests.declare", meeting=meeting, agenda_item=item, reason=f"{SECRET}の事情")
	town.members["npo2"].call("kyodo_frappe.committee.convening.answer", meeting=meeting, answer="By Document", note=f"{SECRET}の病気")
	town.members["npo2"].call(
		"kyodo_frappe.committee.written_opinions.give", meeting=meeting, agenda_item=item, opinion="Against", comment=f"{SECRET}の意見"
	)
	hand_in(town, other, "npo2", comment=f"{SECRET}の評")
	cycle_steps.open_session(town.officer, meeting)
	agenda = [row.as_dict() for row in frappe.get_doc("Kyodo Meeting", meeting).agenda]
	agenda[0].update({"hearing": f"{SECRET}の聴取", "notes": f"{SECRET}の議論"})
	town.officer.update("Kyodo Meeting", meeting, {"agenda": agenda, "minutes": f"{SECRET}の議事録"})
	return meeting, item, proposal, other


def test_no_address_reveals_marks_or_discussion(rest_town):
	town = rest_town
	meeting, _item, proposal, other = held_meeting(town)
	sheet = sheet_of(town, other, "npo2")
	frappe.db.commit()
	people = {key: town.over_rest(town.members[key]) for key in ("npo1", "head")}
	people["outsider"] = town.over_rest(town.outsider)
	leaks = []
	for who, client in people.items():
		for verb, path, body, query in addresses(meeting, sheet):
			response = client._request(verb, path, body, query)
			if SECRET in response.get_data(as_text=True):
				leaks.append((who, verb, path, body or query))
		told = {}
		for text, place, path, query in guessing_filters(meeting, sheet):
			response = client._request("GET", path, None, {**query, "limit_page_length": 0})
			told.setdefault(place, {})[text] = (response.status_code, len((response.get_json(silent=True) or {}).get("data") or []))
		leaks += [(who, "guess", place) for place, answers in told.items() if len(set(answers.values())) > 1]
	assert not leaks, "\n".join(map(str, leaks))
	# the office can read everything
	text = json.dumps(town.over_rest(town.officer).read("Kyodo Meeting", meeting), ensure_ascii=False)
	for secret in ("の聴取", "の議論", "の議事録", "の意見", "の事情", "の病気"):
		assert f"{SECRET}{secret}" in text, secret
	# nobody can write others' marks, the meeting or its rows
	member = town.over_rest(town.members["npo1"])
	for doctype, name, values in (
		("Kyodo Review", sheet, {"comment": "x"}),
		("Kyodo Meeting", meeting, {"chair_name": "x"}),
		("Kyodo Review", sheet_of(town, other, "npo1"), {"member": town.members["npo2"].user}),
	):
		with pytest.raises(Refused):
			member.update(doctype, name, values)
	own = sheet_of(town, proposal, "npo1")
	member.update("Kyodo Review", sheet_of(town, other, "npo1"), {"released": 1, "submitted_on": "2026-01-01 00:00:00"})
	frappe.db.rollback()
	stored = frappe.db.get_value("Kyodo Review", sheet_of(town, other, "npo1"), ["released", "submitted_on"])
	assert stored == (0, None) and own
	# ticking the interest in one's own review is a recusal that the member cannot undo
	member.update("Kyodo Review", sheet_of(town, other, "npo1"), {"interest_declared": 1})
	frappe.db.rollback()
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	assert [row.reason for row in doc.recusals if row.agenda_item == item_of(meeting, other)] == ["本人の申出"]
	assert frappe.db.get_value("Kyodo Review", sheet_of(town, other, "npo1"), "not_counted") == 1
	with pytest.raises(Refused):
		member.update("Kyodo Review", sheet_of(town, other, "npo1"), {"interest_declared": 0})


def test_last_two_reviews_submitted_at_once_are_released(real_town):
	town = real_town
	proposal, second = town.in_step_1(), town.in_step_1()
	meeting = written_meeting(town, proposal, second)
	for key in ("npo1", "npo2"):
		hand_in(town, proposal, key)
	frappe.db.commit()
	clients = {key: town.over_rest(town.members[key]) for key in ("city1", "city2")}
	sheets = {key: sheet_of(town, proposal, key) for key in clients}
	marks, item = marks_of(town), item_of(meeting, second)
	opinion = {"meeting": meeting, "agenda_item": item, "opinion": "For"}
	with ThreadPoolExecutor(2) as pool:
		list(pool.map(lambda key: cycle_steps.mark(clients[key], sheets[key], marks), clients))
		list(pool.map(lambda key: clients[key].call("kyodo_frappe.committee.written_opinions.give", **opinion), clients))
	frappe.db.rollback()
	assert frappe.db.count("Kyodo Review", {"proposal": proposal, "released": 1}) == 4
	assert {row.user for row in frappe.get_doc("Kyodo Meeting", meeting).opinions} == {client.user for client in clients.values()}
