"""Marks in the city's own scale, declared by a manager and proved over REST, session page and the member's pages (domain.md §7)."""

import frappe
import pytest
from portal_client import send, visit

from kyodo_frappe.committee import reviews
from kyodo_frappe.committee.errors import (
	FurtherMarkMissing,
	MarkAfterDecision,
	MarkAlreadyEntered,
	MeetingOver,
	NotImpartial,
	ReasonRequired,
	UnknownFurtherMark,
)
from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import RestClient
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.patches import own_scales
from kyodo_frappe.programme import call_words, versions
from kyodo_frappe.programme.errors import CallRulesBind
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules import points, scoring, totals
from kyodo_frappe.rules.numbers import NotATypedNumber

from ..proposals.test_payable import says
from .test_after_decision import pdf_text

CALL, PROPOSAL, PROGRAMME, MEETING, REVIEW = "Kyodo Call", "Kyodo Proposal", "Kyodo Programme", "Kyodo Meeting", "Kyodo Review"
LETTER = "Kyodo Letter"
ENTER = "kyodo_frappe.committee.entered_marks.record"
STATE = "kyodo_frappe.committee.session.state"
ALL = ("npo1", "npo2", "city1", "city2")
FIVE = {"scale": "Points", "least_points": 1, "max_points": 5, "point_step": 1}
CRITERIA = [{"code": "P1", "question": "地域に根ざしているか", **FIVE}, {"code": "P2", "question": "続けられるか", **FIVE, "weight": 1}]
VOTE = {"label": "市民投票", "out_of": 50, "counts": "Added to the Points"}
SUM = {"criteria": CRITERIA, "counted_as": "Sum of Points"}


@pytest.fixture
def one_step(town):
	frappe.db.set_value(PROGRAMME, town.programme, "two_step_decision", 0)
	town.rules_changed()
	return town


@pytest.fixture(autouse=True)
def restored(cast):
	"""The programme is every town's: what a test over HTTP has committed of it is taken back."""
	fields = ("marked_steps", "counted_as", "pass_mark", "pass_mark_percent", "criterion_comments", "two_step_decision")
	before = frappe.db.get_value(PROGRAMME, cast.programme, fields, as_dict=True)
	yield
	frappe.db.rollback()
	if frappe.db.get_value(PROGRAMME, cast.programme, fields, as_dict=True) != before:
		doc = frappe.get_doc(PROGRAMME, cast.programme)
		doc.update(before)
		doc.save()
		frappe.db.commit()


def programme(town, **values):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.update(values)
	doc.save()
	town.rules_changed()


def call_of(client, town, **values) -> str:
	given = {"call_name": "協働事業の募集", "call_type": "Subsidy", "fiscal_year": 2026, "published": 1, **values}
	return client.insert({"doctype": CALL, "programme": town.programme, **given})["name"]


def sheet_of(town, proposal: str, key: str, step: str = "Step 1") -> str:
	return frappe.db.get_value(REVIEW, {"proposal": proposal, "step": step, "member": town.members[key].user})


def mark_all(town, proposal: str, *marks: tuple[str, str]):
	for key, (first, second) in zip(ALL, marks, strict=True):
		cycle_steps.mark(town.members[key], sheet_of(town, proposal, key), {"P1": first, "P2": second})


def item_of(town, meeting: str, client=None, at: int = 0) -> dict:
	return state_of(client or town.officer, meeting)["items"][at]


def state_of(client, meeting: str) -> dict:
	"""What the session page shows, over HTTP for a client over HTTP."""
	if isinstance(client, RestClient):
		return client._send("GET", f"/api/method/{STATE}", query={"meeting": meeting})["message"]
	return client.call(STATE, meeting=meeting)


def letter_of(proposal: str, letter_type: str) -> dict:
	return letter_text.letter_context(frappe.get_doc(LETTER, {"proposal": proposal, "letter_type": letter_type}))


# -- what is refused where it is declared ------------------------------------------------------------------------------


def test_scales_that_do_not_come_out_are_refused_over_rest(real_town):
	town = real_town
	manager = town.over_rest(town.manager)
	first = CRITERIA[0]
	for values, exc, *words in (
		({"criteria": [{**first, "least_points": 5}]}, scoring.BadScale, "P1", "5から5まで"),
		({"criteria": [{**first, "point_step": 3}]}, scoring.BadScale, "P1", "3刻み"),
		({"criteria": [{**first, "comment_below": 6}]}, scoring.BadCommentBound, "6", "1から5"),
		({"criteria": [{**first, "weight": 0}, CRITERIA[1]], "counted_as": "Sum of Points"}, totals.WeightZero, "P1"),
		({**SUM, "counted_as": "Average Points", "pass_mark": 11}, totals.PassMarkTooHigh, "11", "10"),
		({**SUM, "further_marks": [VOTE], "pass_mark": 100000}, totals.PassMarkTooHigh, "100000"),
		({**SUM, "pass_mark": 101, "pass_mark_percent": "Yes"}, scoring.BadPassMark, "101"),
		({"further_marks": [{**VOTE, "out_of": 0}]}, totals.BadFurtherMark, "市民投票"),
		({"further_marks": [{**VOTE, "counts": "As a Share"}]}, totals.BadFurtherMark, "市民投票"),
		({"further_marks": [VOTE, VOTE]}, totals.FurtherMarkTwice, "市民投票"),
	):
		says(lambda values=values: call_of(manager, town, **values), violation_of(exc), *words)
	programme_values = {"counted_as": "Average Points", "pass_mark": 700}
	says(lambda: manager.update(PROGRAMME, town.programme, programme_values), violation_of(totals.PassMarkTooHigh), "700")
	frappe.db.commit()
	own = call_of(manager, town, call_name="独自の基準点", pass_mark=80)
	says(
		lambda: manager.update(PROGRAMME, town.programme, {"counted_as": "Average Points"}),
		violation_of(totals.PassMarkTooHigh),
		"独自の基準点",
		"80",
	)
	manager.update(CALL, own, {"pass_mark": 0})
	call_of(manager, town, **SUM, pass_mark=50)
	call_of(manager, town, **SUM, pass_mark=60, pass_mark_percent="Yes", further_marks=[VOTE])
	call_of(manager, town, counted_as="Average Points", criteria=CRITERIA, pass_mark=60, further_marks=[VOTE])


# -- marking ------------------------------------------------------------------------------------------------------------


def test_a_scale_of_one_to_five_holds_over_rest_and_in_the_portal(real_town):
	town = real_town
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	call = call_of(manager, town, **SUM, pass_mark=27)
	frappe.db.commit()
	proposal = town.in_step_1(call=call)
	meeting = town.meeting(proposal)
	frappe.db.commit()
	member, sheet = town.over_rest(town.members["npo1"]), sheet_of(town, proposal, "npo1")
	for mark, exc, words in (
		("0", scoring.PointsOutOfScale, "1点から5点まで"),
		("6", scoring.PointsOutOfScale, "1点から5点まで"),
		("3.5", scoring.PointsBetweenSteps, "1点刻み"),
		("○", scoring.MarkOutOfScale, "○"),
	):
		says(lambda mark=mark: cycle_steps.mark(member, sheet, {"P1": mark, "P2": "3"}), violation_of(exc), "P1", words)
		rows = member.read(REVIEW, sheet)["marks"]
		says(lambda mark=mark, rows=rows: member.update(REVIEW, sheet, {"marks": [{**rows[0], "mark": mark}, rows[1]]}), violation_of(exc))
	frappe.db.commit()
	typed = {"mark-P1": "0", "mark-P2": "3", "then": "submit"}
	_location, notice = send(member.user, "committee.review_actions.save_review", name=sheet, form=f"review:{sheet}", **typed)
	assert notice["kind"] == "refused" and "1点から5点まで" in notice["text"], notice
	frappe.db.rollback()
	page = visit(member.user, f"my/reviews/{sheet}")[1]
	assert 'name="mark-P1"\n\tvalue="1"' in page and 'name="mark-P1"\n\tvalue="0"' not in page and 'value="5"' in page
	frappe.db.commit()
	for key, marks in zip(ALL, (("４", "3"), ("3", "3"), ("4", "4"), ("3", "3")), strict=True):
		cycle_steps.mark(town.over_rest(town.members[key]), sheet_of(town, proposal, key), dict(zip(("P1", "P2"), marks, strict=True)))
	marks = item_of(town, meeting, officer)["marks"]
	assert (marks["score"], marks["pass_mark"], marks["passed"]) == ("27／40", 27, True)
	frappe.db.rollback()
	page = visit(member.user, f"my/reviews/{sheet}")[1]
	assert "27／40点" in page and "14／20" in page and "7／10" in page and "達しています" in page and "100点中" not in page


def test_the_pass_mark_follows_the_members_who_mark(town):
	"""In percent of the highest points it stays the same for five members and for four."""
	call = call_of(town.manager, town, **SUM, pass_mark=70, pass_mark_percent="Yes")
	proposal, other = town.in_step_1(call=call), town.in_step_1(call=call)
	town.meeting(proposal, other)
	mark_all(town, proposal, ("4", "3"), ("3", "4"), ("4", "3"), ("4", "3"))
	town.members["city2"].call(
		"kyodo_frappe.committee.reviews.declare_interest", review=sheet_of(town, other, "city2"), reason="役員である"
	)
	for key in ALL[:3]:
		cycle_steps.mark(town.members[key], sheet_of(town, other, key), {"P1": "4", "P2": "3"})
	for name, score in ((proposal, (28, 40)), (other, (21, 30))):
		summary, passed = reviews.summary_of(name, "Step 1")
		assert (summary.score.points, summary.score.out_of) == score and passed is True
	assert call_words.describe(call)[-2]["lines"][1]["text"] == "採択の基準点は満点の70％"


def test_weights_and_points_stand_in_letter_minutes_and_on_public_pages(one_step, tmp_path):
	town = one_step
	programme(town, points_per_item=1, publish_scores=1, publish_weights=1, comments_in_letters=1)
	weighted = [{**CRITERIA[0], "weight": 4, "comment_below": 4}, CRITERIA[1]]
	call = call_of(town.manager, town, criteria=weighted, counted_as="Average Points", pass_mark=18)
	proposal = town.in_step_1(call=call)
	frappe.db.set_value(PROPOSAL, proposal, "publish_consent", 1)
	meeting = town.in_session(proposal)
	for key, mark in zip(ALL, "4434", strict=True):
		review = sheet_of(town, proposal, key)
		page = visit(town.members[key].user, f"my/reviews/{review}")[1]
		assert "4点未満としたときは、コメントを書いてください" in page
		if mark == "3":
			says(
				lambda key=key, review=review: cycle_steps.mark(town.members[key], review, {"P1": "3", "P2": "3"}),
				violation_of(scoring.CommentMissing),
				"地域",
			)
		comments = {"P1": "町内会との連携が\n弱い。"} if mark == "3" else {}
		town.members[key].call(
			"kyodo_frappe.committee.reviews.submit_review", review=review, marks={"P1": mark, "P2": "3"}, comments=comments
		)
	cycle_steps.decide(town.officer, meeting, proposal, "Adopted", amount=100000)
	cycle_steps.close(town.officer, meeting)
	letter = letter_of(proposal, "Adopted")
	assert [(row["points"], row["comments"]) for row in letter["points"]] == [("15／20", ["町内会との連携が 弱い。"]), ("3／5", [])]
	assert letter["total"] == ["18／25"]
	paper = pdf_text(proposal, "Adopted", tmp_path)
	for text in ("審査項目ごとの点数", "委員の意見", "・町内会との連携が弱い。", "15／20", "総合点", "18／25"):
		assert text in paper, text
	minutes = frappe.db.get_value(MEETING, meeting, "minutes")
	assert "・町内会との連携が 弱い。" in minutes and "18／25" in minutes and "委員" not in letter["points"][0]["comments"][0]
	result = proposal_public.results([proposal])[proposal][-1]
	assert points.of_score(result.score) == "18／25" and result.points[0].points == "15／20"
	assert "18／25" in visit("Guest", f"proposals/{proposal}")[1]
	assert "18／25" in visit(town.representative.user, f"my/proposals/{proposal}")[1]
	assert "地域に根ざしているか（1点から5点まで、重み4）" in visit("Guest", "", programme=town.programme)[1]
	programme(town, publish_weights=0)
	assert "重み4" not in visit("Guest", "", programme=town.programme)[1]


def test_comments_on_every_mark_where_the_call_says_so_or_not_at_all(town):
	required = call_of(town.manager, town, criteria=CRITERIA, criterion_comments="Required")
	silent = call_of(town.manager, town, call_name="意見なし", criteria=CRITERIA, criterion_comments="Not Asked")
	first, second = town.in_step_1(call=required), town.in_step_1(call=silent)
	town.meeting(first, second)
	user = town.members["npo1"].user
	sheets = [sheet_of(town, name, "npo1") for name in (first, second)]
	pages = [visit(user, f"my/reviews/{name}")[1] for name in sheets]
	assert 'name="comment-P1"' in pages[0] and 'name="comment-P1"' not in pages[1]
	typed = {"mark-P1": "5", "mark-P2": "3", "comment-P1": "よい", "then": "submit"}
	_location, notice = send(user, "committee.review_actions.save_review", name=sheets[0], form=f"review:{sheets[0]}", **typed)
	assert notice["kind"] == "refused" and "続けられるか" in notice["text"], notice
	assert frappe.get_doc(REVIEW, sheets[0]).marks[0].comment == "よい", "what was typed stays"
	send(user, "committee.review_actions.save_review", name=sheets[0], form=f"review:{sheets[0]}", **typed, **{"comment-P2": "普通"})
	assert frappe.db.get_value(REVIEW, sheets[0], "submitted_on")
	cycle_steps.mark(town.members["npo1"], sheets[1], {"P1": "1", "P2": "1"})


def test_a_scale_does_not_change_in_marking(town):
	call = call_of(town.manager, town, **SUM)
	proposal, other = town.in_step_1(call=call), town.in_step_1(needs_budget=0)
	town.meeting(proposal, other)
	cycle_steps.mark(town.members["npo1"], sheet_of(town, proposal, "npo1"), {"P1": "5", "P2": "4"})
	rows = town.manager.read(CALL, call)["criteria"]
	for values, label in (
		({"criteria": [{**rows[0], "least_points": 0}, rows[1]]}, "検討の指針"),
		({"counted_as": "Average Points"}, "総合点の集計方法"),
		({"pass_mark": 10, "pass_mark_percent": "Yes"}, "割合"),
		({"further_marks": [VOTE]}, "審査票以外の点数"),
		({"marked_steps": "No Step"}, "審査票を使う段階"),
		({"criterion_comments": "Required"}, "コメント"),
	):
		says(lambda values=values: town.manager.update(CALL, call, values), CallRulesBind, label, "1件")
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.update({"counted_as": "Sum of Points", "marked_steps": "No Step", "further_marks": [VOTE]})
	doc.save()
	bound = versions.rules_of_proposal(other)
	assert (bound.counted_as, bound.marked_steps, bound.further_marks) == ("Out of 100", "Every Step", [])
	assert frappe.db.count(REVIEW, {"proposal": other}) == 4, "what was handed in is judged by the rules of its day"


def test_kept_versions_get_what_held_until_now(town):
	import json

	draft = town.submitted()
	town.rules_changed()
	version = frappe.db.get_value(PROPOSAL, draft, "programme_version")
	rules = json.loads(frappe.db.get_value(versions.VERSION, version, "rules"))
	for field in own_scales.UNTIL_NOW:
		rules.pop(field)
	frappe.db.set_value(versions.VERSION, version, {"rules": json.dumps(rules), "rules_hash": "of an earlier version"})
	frappe.db.set_value(PROGRAMME, town.programme, {"marked_steps": None, "counted_as": None, "criterion_comments": None})
	for _twice in range(2):
		own_scales.execute()
		frappe.clear_document_cache(versions.VERSION, version)
		frappe.clear_document_cache(PROGRAMME, town.programme)
		assert versions.current_version(town.programme) == version, "migrating makes no version"
	assert versions.rules_of_proposal(draft).counted_as == "Out of 100"


# -- a step without score sheets ----------------------------------------------------------------------------------------


def test_a_first_review_without_points_has_no_sheets(town):
	programme(town, marked_steps="Step 2", pass_mark=60)
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	assert not frappe.db.exists(REVIEW, {"proposal": proposal}) and not frappe.db.get_value(MEETING, meeting, "mark_by")
	state = town.officer.call(STATE, meeting=meeting)
	assert not state["meeting"]["marked"] and state["items"][0]["marks"] is None and state["items"][0]["criteria"]
	page = visit(town.members["npo1"].user, f"my/meetings/{meeting}")[1]
	assert "審査する" not in page and "採点" not in page
	reasons = [{"criterion": "C1", "question": "公益性", "finding": "○", "reason": "公益性が高い。"}]
	decision = cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2", reasons=reasons)
	assert frappe.db.get_value("Kyodo Decision", decision, ["average_score", "score_out_of"]) == (0, 0)
	cycle_steps.close(town.officer, meeting)
	text = frappe.db.get_value(MEETING, meeting, "minutes")
	assert "公益性が高い。" in text and "総合点" not in text
	second = town.in_session(proposal, step="Step 2")
	assert frappe.db.count(REVIEW, {"proposal": proposal, "step": "Step 2"}) == 5
	assert town.officer.call(STATE, meeting=second)["meeting"]["marked"]


def test_a_call_without_sheets_beside_one_with_them_over_rest(real_town):
	town = real_town
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	without = call_of(manager, town, marked_steps="No Step")
	frappe.db.commit()
	marked, read = town.in_step_1(needs_budget=0), town.in_step_1(call=without)
	meeting = town.in_session(marked, read)
	frappe.db.commit()
	state = state_of(officer, meeting)
	assert state["meeting"]["marked"] and [item["marks"] and item["marks"]["sheets"] for item in state["items"]] == [4, None]
	cycle_steps.decide(officer, meeting, read, "Passed to Step 2")


# -- marks that are entered as totals ------------------------------------------------------------------------------------


def test_a_public_vote_is_entered_once_and_before_the_decision(real_town):
	town = real_town
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	further = [VOTE, {"label": "来場者の感想", "out_of": 5, "counts": "Beside"}]
	call = call_of(manager, town, **SUM, pass_mark=50, further_marks=further)
	frappe.db.commit()
	proposal = town.in_step_1(call=call)
	meeting = town.in_session(proposal)
	mark_all(town, proposal, ("4", "3"), ("3", "3"), ("4", "4"), ("3", "3"))
	frappe.db.commit()
	item = item_of(town, meeting, officer)
	assert [row["points"] for row in item["further"]] == [None, None] and item["marks"]["passed"] is None
	given = {"meeting": meeting, "agenda_item": item["name"], "label": "市民投票", "points": "３２", "note": "来場者98人の投票"}
	for values, exc, word in (
		({"points": "51"}, violation_of(totals.FurtherMarkOutOfScale), "50"),
		({"points": "-1"}, violation_of(totals.FurtherMarkOutOfScale), "市民投票"),
		({"points": "多数"}, violation_of(NotATypedNumber), "多数"),
		({"points": ""}, violation_of(NotATypedNumber), ""),
		({"note": " "}, ReasonRequired, "根拠"),
		({"label": "二次審査"}, UnknownFurtherMark, "二次審査"),
	):
		says(lambda values=values: officer.call(ENTER, **{**given, **values}), exc, word)
	for client in (town.members["npo1"], town.representative, town.section_officer):
		says(lambda client=client: town.over_rest(client).call(ENTER, **given), frappe.PermissionError)
	says(lambda: cycle_steps.decide(officer, meeting, proposal, "Passed to Step 2"), FurtherMarkMissing, "市民投票")
	officer.call(ENTER, **given)
	officer.call(ENTER, **given)  # sent again because the first answer was lost
	other = town.over_rest(town.other_officer)
	says(lambda: other.call(ENTER, **{**given, "points": "40"}), MarkAlreadyEntered, "32点")
	says(lambda: other.call(ENTER, **{**given, "points": "40", "was": "31"}), MarkAlreadyEntered, "32点")
	other.call(ENTER, **{**given, "points": "33", "was": "32"})
	marks = item_of(town, meeting, officer)["marks"]
	assert (marks["score"], marks["passed"]) == ("60／90", True)
	officer.update(MEETING, meeting, {"entered_marks": []})
	forged = [{"proposal": proposal, "step": "Step 1", "label": "市民投票", "points": 50, "out_of": 50}]
	officer.update(MEETING, meeting, {"entered_marks": forged})
	assert [row["points"] for row in item_of(town, meeting, officer)["further"]] == [33, None], "only the entry itself changes marks"
	decision = cycle_steps.decide(officer, meeting, proposal, "Passed to Step 2")
	says(lambda: officer.call(ENTER, **{**given, "points": "50", "was": "33"}), MarkAfterDecision)
	frappe.db.commit()
	kept = frappe.get_doc("Kyodo Decision", decision)
	assert (kept.score_points, kept.score_out_of, kept.score_note) == (60, 90, "市民投票　33／50（来場者98人の投票）")
	cycle_steps.close(officer, meeting)
	says(lambda: officer.call(ENTER, **{**given, "label": "来場者の感想", "points": "4"}), MeetingOver)


def test_a_vote_as_a_share_and_a_round_whose_marks_are_all_totals(one_step):
	town = one_step
	share = {**VOTE, "counts": "As a Share", "share": 20}
	mixed = call_of(town.manager, town, criteria=CRITERIA, further_marks=[share], pass_mark=65)
	second = {"label": "二次審査", "out_of": 150, "counts": "Added to the Points"}
	entered = call_of(town.manager, town, call_name="二次", **SUM, marked_steps="No Step", further_marks=[second], pass_mark=122)
	proposals = [town.in_step_1(call=call) for call in (mixed, entered)]
	meeting = town.in_session(*proposals)
	mark_all(town, proposals[0], *[("4", "3")] * 4)
	items = town.officer.call(STATE, meeting=meeting)["items"]
	enter = lambda at, label, value: town.officer.call(
		ENTER, meeting=meeting, agenda_item=items[at]["name"], label=label, points=value, note="集計表のとおり"
	)
	enter(0, "市民投票", 25)
	enter(1, "二次審査", 121)
	summary, passed = reviews.summary_of(proposals[0], "Step 1")
	assert summary.average == 70 and summary.score.points == 66 and passed is True
	found = item_of(town, meeting, at=1)
	assert found["marks"]["score"] == "121／150" and found["marks"]["passed"] is False and found["marks"]["sheets"] == 0
	with pytest.raises(ReasonRequired, match="121／150.*122"):
		cycle_steps.decide(town.officer, meeting, proposals[1], "Adopted", amount=100000)
	cycle_steps.decide(town.officer, meeting, proposals[1], "Adopted", amount=100000, below_reason="他に担い手がない。")
	programme(town, points_per_item=1)
	cycle_steps.decide(town.officer, meeting, proposals[0], "Adopted", amount=100000)
	cycle_steps.close(town.officer, meeting)
	assert letter_of(proposals[1], "Adopted")["total"] == ["121／150", "二次審査　121／150（集計表のとおり）"]


def test_who_stepped_aside_neither_sees_nor_enters_a_vote(town):
	call = call_of(town.manager, town, **SUM, further_marks=[VOTE])
	proposal = town.in_step_1(call=call)
	meeting = town.in_session(proposal)
	item = item_of(town, meeting)["name"]
	given = {"meeting": meeting, "agenda_item": item, "label": "市民投票", "points": 10, "note": "集計"}
	town.officer.call(ENTER, **given)
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	doc.append("members", {"user": town.officer.user, "member_role": "Viewer"})
	doc.save()
	with pytest.raises((NotImpartial, frappe.PermissionError)):
		town.officer.call(ENTER, **{**given, "points": 50, "was": "10"})
	for client in (town.members["npo1"], town.section_officer):
		with client:
			doc = frappe.get_doc(MEETING, meeting)
			doc.apply_fieldlevel_read_permissions()
			assert not doc.get("entered_marks"), client.user


# -- a contest ------------------------------------------------------------------------------------------------------------


def test_a_contest_ranks_by_the_result_with_the_vote(one_step):
	town = one_step
	call = call_of(town.manager, town, call_type="Partner Selection", places=1, **SUM, further_marks=[VOTE])
	proposals = [town.in_step_1(call=call) for _number in range(2)]
	meeting = town.in_session(*proposals)
	mark_all(town, proposals[0], *[("4", "4")] * 4)
	mark_all(town, proposals[1], *[("3", "4")] * 4)
	items = town.officer.call(STATE, meeting=meeting)["items"]
	for item, value in zip(items, (10, 45), strict=True):
		town.officer.call(ENTER, meeting=meeting, agenda_item=item["name"], label="市民投票", points=value, note="集計")
	rows = town.officer.call("kyodo_frappe.committee.selection.comparison", meeting=meeting, call=call)["rows"]
	assert [(row["proposal"], row["points"], row["rank"]) for row in rows] == [(proposals[1], "73／90", 1), (proposals[0], "42／90", 2)]
