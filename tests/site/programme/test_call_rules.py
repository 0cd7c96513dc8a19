"""Calls with rules of their own: declared by a manager, proved over REST and in the portal; a silent call follows its programme."""

import json

import frappe
import pytest
from frappe.utils import add_days, add_years, nowdate
from portal_client import send, visit
from uploads import pdf, uploading

from kyodo_frappe.committee import deliberation, reviews
from kyodo_frappe.committee.errors import NotReadyToClose, ReasonRequired
from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.patches import rules_of_calls
from kyodo_frappe.permissions.errors import TextTooLong
from kyodo_frappe.programme import call_conditions, call_rules, call_words, form
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.errors import (
	AdoptedTooOften,
	AdviceRequired,
	CallConditionNotMet,
	CallNotOpen,
	CallRulesBind,
	DuplicateFormField,
	FieldNotAskable,
	OneProposalPerYear,
	RequiredFieldMissing,
	UnknownName,
)
from kyodo_frappe.programme.versions import current_version, rules_of
from kyodo_frappe.proposals.errors import ConsultationWithoutSubject, ProposalIncomplete
from kyodo_frappe.rules.clock import NotATimeOfDay
from kyodo_frappe.rules.conditions import BoundsContradict, NegativeBound
from kyodo_frappe.rules.scoring import BadCriterion, BadLeastAverage, BadPassMark, CriterionTwice, MarkNotWhole

from ..committee.test_own_scales import state_of
from ..proposals.test_payable import says

CALL, PROPOSAL, PROGRAMME, ORGANISATION, REVIEW = "Kyodo Call", "Kyodo Proposal", "Kyodo Programme", "Kyodo Organisation", "Kyodo Review"
CONSULTATION = "Kyodo Consultation"
POINTS = [
	{"code": "P1", "question": "地域に根ざしているか", "scale": "Points", "max_points": 5, "least_average": 3},
	{"code": "P2", "question": "続けられるか", "scale": "Points", "max_points": 10},
]


def call_of(client, town, **values) -> str:
	given = {"call_name": "スタート部門", "call_type": "Starter", "fiscal_year": 2026, "published": 1, **values}
	return client.insert({"doctype": CALL, "programme": town.programme, **given})["name"]


@pytest.fixture(autouse=True)
def restored(cast):
	"""The programme is every town's: what a test over HTTP has committed of it is taken back."""
	fields = (*call_rules.BINDING, "pass_mark", "quorum_without_chair", "two_step_decision")
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


def organisation(town, **values):
	frappe.db.set_value(ORGANISATION, town.organisation, values)


def draft_of(town, title: str = "みんなの食堂", **more) -> str:
	return cycle_steps.draft(town.representative, town.programme, town.organisation, title, section=town.section, **more)


def over_http(town) -> RestClient:
	"""From here the representative acts over HTTP, and what stands so far is committed."""
	frappe.db.commit()
	town.representative = town.over_rest(town.representative)
	return town.representative


def obstacle(town, draft: str, exc: type, *words: str):
	"""The check page says it, the portal and the program interface refuse with it, and the draft stays."""
	user, over_rest = town.representative.user, isinstance(town.representative, RestClient)
	if over_rest:
		frappe.db.commit()
	frappe.db.set_value(PROPOSAL, draft, "acknowledged_on", frappe.utils.now())
	page = visit(user, f"my/proposals/{draft}/check")[1]
	_location, notice = send(user, "proposals.actions.submit_proposal", name=draft)
	assert notice["kind"] == "refused", notice
	for word in words:
		assert word in page and word in notice["text"], (word, notice["text"])
	if over_rest:
		frappe.db.commit()
	says(lambda: cycle_steps.submit(town.representative, draft), exc, *words)
	if over_rest:
		frappe.db.commit()
	assert town.state(PROPOSAL, draft) == "Draft"


# -- what is refused where it is declared ----------------------------------------------------------------------------


def test_rules_that_contradict_themselves_are_refused_where_they_are_saved(real_town):
	manager = real_town.over_rest(real_town.manager)
	plan = {"call_name": "募集", "call_type": "Subsidy", "opens_month": 4, "opens_day": 1, "closes_month": 5, "closes_day": 1}
	for values, exc, *words in (
		({"members_least": 10, "members_most": 5}, BoundsContradict, "会員数の下限", "10", "会員数の上限", "5"),
		({"founded_least": "３", "founded_most": 1}, BoundsContradict, "設立からの年数の下限", "3"),
		({"members_least": -5}, NegativeBound, "会員数の下限", "-5"),
		({"most_times": -1}, NegativeBound, "-1"),
		({"closing_hour": "25:00"}, NotATimeOfDay, "25:00"),
		({"closing_hour": "夕方"}, NotATimeOfDay, "夕方"),
		({"pass_mark": 120}, BadPassMark, "120"),
	):
		exc = violation_of(exc)
		says(lambda values=values: call_of(manager, real_town, **values), exc, *words)
		says(lambda values=values: manager.update(PROGRAMME, real_town.programme, values), exc, *words)
		says(lambda values=values: manager.update(PROGRAMME, real_town.programme, {"call_plan": [{**plan, **values}]}), exc, *words)
	says(lambda: call_of(manager, real_town, pass_mark=-1), violation_of(BadPassMark), "-1")
	for rows, exc, word in (
		([POINTS[0], POINTS[0]], CriterionTwice, "P1"),
		([{**POINTS[0], "least_average": 6}], BadLeastAverage, "6"),
		([{**POINTS[0], "least_average": -1}], BadLeastAverage, "-1"),
		([{**POINTS[0], "max_points": 0}], BadCriterion, "P1"),
		([{**POINTS[0], "scale": "OX", "least_average": 2}], BadLeastAverage, "0から1"),
	):
		says(lambda rows=rows: call_of(manager, real_town, criteria=rows), violation_of(exc), word)
	for rows, exc, word in (
		([{"fieldname": "no_such", "asked": "Required"}], UnknownName, "no_such"),
		([{"fieldname": "workflow_state", "asked": "Required"}], FieldNotAskable, "workflow_state"),
		([{"fieldname": "plan", "asked": "Required"}] * 2, DuplicateFormField, "plan"),
		([{"fieldname": "title", "asked": "Not Asked"}], RequiredFieldMissing, "1行目"),
	):
		says(lambda rows=rows: call_of(manager, real_town, questions=rows), exc, word)
	name = call_of(manager, real_town, closing_hour="１７時", members_least="５", pass_mark="６０")
	frappe.db.commit()
	stored = frappe.db.get_value(CALL, name, ["closing_hour", "members_least", "pass_mark"])
	assert stored == ("17:00", 5, 60)


# -- before handing in -----------------------------------------------------------------------------------------------


def test_conditions_with_numbers_hold_in_the_portal_and_over_rest(real_town):
	town = real_town
	manager = town.over_rest(town.manager)
	name = call_of(manager, town, members_least=5, members_most=20, founded_least=1, founded_most=3, based_in="逗子市、鎌倉市")
	frappe.db.commit()
	draft = town.draft(call=name)
	rep = over_http(town)
	day = nowdate()
	good = {"member_count": 5, "established_on": add_years(day, -1), "address": "神奈川県 鎌 倉市御成町18番10号"}
	for values, *words in (
		({"member_count": 0}, "会員数", "5人"),
		({"member_count": 4}, "4人", "5人以上", "変更届"),
		({"member_count": 21}, "21人", "20人以下"),
		({"established_on": None}, "設立年月日"),
		({"established_on": add_days(add_years(day, -1), 1)}, "設立から0年", "1年以上"),
		({"established_on": add_years(day, -4)}, "設立から4年", "3年以内"),
		({"address": "神奈川県藤沢市1-1"}, "藤沢市", "逗子市、鎌倉市"),
	):
		organisation(town, **{**good, **values})
		obstacle(town, draft, CallConditionNotMet, *words)
	organisation(town, **good)
	frappe.db.commit()
	assert cycle_steps.submit(rep, draft) == "Submitted"


def test_a_silent_call_follows_the_conditions_of_its_programme(town):
	programme(town, members_least=10, based_in="鎌倉市")
	organisation(town, member_count=7)
	obstacle(town, town.draft(call=call_of(town.manager, town)), CallConditionNotMet, "7人", "10人以上")
	obstacle(town, town.draft(), CallConditionNotMet, "7人", "10人以上")
	assert cycle_steps.submit(town.representative, town.draft(call=call_of(town.manager, town, members_least=6))) == "Submitted"
	organisation(town, member_count=0, address="横浜市")
	free = call_of(town.manager, town, only_own_conditions=1)
	assert cycle_steps.submit(town.representative, town.draft(call=free)) == "Submitted"


def test_a_returned_proposal_is_counted_on_the_day_it_was_handed_in(town):
	organisation(town, established_on=add_years(nowdate(), -3))
	draft = town.draft(call=call_of(town.manager, town, founded_most=3))
	cycle_steps.submit(town.representative, draft)
	town.officer.update(PROPOSAL, draft, {"corrections": [{"field": "purpose", "reason": "詳しく"}]})
	town.officer.act(PROPOSAL, draft, "Return")
	frappe.db.set_value(PROPOSAL, draft, "first_submitted_on", add_days(nowdate(), -20))
	organisation(town, established_on=add_days(add_years(nowdate(), -4), -10))
	assert town.representative.act(PROPOSAL, draft, "Submit") == "Submitted"


def test_advice_before_handing_in_is_compulsory_where_the_call_says_so(real_town):
	town = real_town
	name, other = (call_of(town.manager, town, advice_required="Yes", call_name=title) for title in ("補助", "別の補助"))
	draft, second = town.draft(call=name), town.draft(call=name)
	rep = over_http(town)
	support, officer = town.over_rest(town.support), town.over_rest(town.officer)
	obstacle(town, draft, AdviceRequired, "事前相談")
	held = {"doctype": CONSULTATION, "kind": "Advice", "organisation": town.organisation, "summary": "構想を聞いた。"}
	officer.insert({**held, "call": other})
	officer.insert({**held, "call": name, "held_on": add_days(nowdate(), 1)})
	obstacle(town, draft, AdviceRequired, "事前相談")
	for client in (rep, town.over_rest(town.viewer)):
		with pytest.raises(Refused) as refused:
			client.insert({**held, "call": name})
		assert refused.value.status == 403
	says(lambda: officer.insert({**held, "organisation": None}), ConsultationWithoutSubject)
	says(lambda: officer.insert({**held, "kind": "Section Talk", "section": town.section}), ConsultationWithoutSubject)
	rep.update(PROPOSAL, draft, {"advice_access": "Comment"})
	support.insert({"doctype": CONSULTATION, "kind": "Advice", "proposal": draft, "summary": "書き方を相談した。"})
	assert cycle_steps.submit(rep, draft) == "Submitted"
	obstacle(town, second, AdviceRequired, "事前相談")
	made = officer.insert({**held, "call": name})["name"]
	frappe.db.commit()
	assert frappe.db.get_value(CONSULTATION, made, "proposal_title") == "みんなの食卓の会"
	assert "構想を聞いた。" in visit(rep.user, "my/consultations")[1]
	assert cycle_steps.submit(rep, second) == "Submitted"


def test_the_programme_asks_for_advice_and_a_call_does_without(town):
	programme(town, advice_required=1)
	obstacle(town, town.draft(call=call_of(town.manager, town)), AdviceRequired, "事前相談", "協働エントランス")
	obstacle(town, town.draft(), AdviceRequired, "事前相談")
	assert cycle_steps.submit(town.representative, town.draft(call=call_of(town.manager, town, advice_required="No"))) == "Submitted"


def test_a_call_closes_at_its_hour(real_town):
	town = real_town
	name = call_of(town.manager, town, closes_on=nowdate(), closing_hour="23:59")
	draft = town.draft(call=name)
	programme(town, closing_hour="0時")
	rep = over_http(town)
	assert name in {row.name for row in programme_public.calls(town.programme)}
	assert "（23:59必着）" in visit("Guest", "", programme=town.programme)[1]
	town.manager.update(CALL, name, {"closing_hour": ""})
	obstacle(town, draft, CallNotOpen, "00:00")
	assert name not in {row.name for row in programme_public.calls(town.programme)}
	town.manager.update(CALL, name, {"closing_hour": "00:00"})
	obstacle(town, draft, CallNotOpen, "00:00")
	town.manager.update(CALL, name, {"closing_hour": "23:59"})
	frappe.db.commit()
	assert cycle_steps.submit(rep, draft) == "Submitted"
	frappe.db.commit()
	town.officer.update(PROPOSAL, draft, {"corrections": [{"field": "purpose", "reason": "詳しく"}]})
	town.officer.act(PROPOSAL, draft, "Return")
	frappe.db.set_value(PROPOSAL, draft, "first_submitted_on", f"{nowdate()} 17:00:30")
	town.manager.update(CALL, name, {"closing_hour": "16:59"})
	frappe.db.commit()
	says(lambda: rep.act(PROPOSAL, draft, "Submit"), CallNotOpen, "16:59")
	town.manager.update(CALL, name, {"closing_hour": "17:00"})
	frappe.db.commit()
	assert rep.act(PROPOSAL, draft, "Submit") == "Submitted", "the minute itself is in time"


def test_one_proposal_over_all_calls_of_the_year(real_town):
	town = real_town
	programme(town, one_per_year=1)
	first, second, several = (call_of(town.manager, town, call_name=n, one_per_year=o) for n, o in (("甲", ""), ("乙", ""), ("丙", "No")))
	next_year = call_of(town.manager, town, call_name="丁", fiscal_year=2027)
	drafts = {name: draft_of(town, f"{name}への提案", call=name) for name in (first, second, several, next_year)}
	rep = over_http(town)
	assert cycle_steps.submit(rep, drafts[several]) == "Submitted"
	assert cycle_steps.submit(rep, drafts[first]) == "Submitted"
	obstacle(town, drafts[second], OneProposalPerYear, f"{first}への提案", "令和8年度")
	assert cycle_steps.submit(rep, drafts[next_year]) == "Submitted"
	rep.update(PROPOSAL, drafts[first], {"withdraw_reason": "都合による"})
	rep.act(PROPOSAL, drafts[first], "Withdraw")
	assert cycle_steps.submit(rep, drafts[second]) == "Submitted"


def test_an_organisation_and_a_project_are_adopted_so_often_and_no_more(town):
	starter = call_of(town.manager, town, most_times=1)
	before = frappe.db.count(PROPOSAL, {"organisation": town.organisation, "workflow_state": "Adopted"})  # those that stand already
	other = call_of(town.manager, town, call_type="Subsidy", call_name="補助")

	def adopted(call, title, state="Adopted"):
		name = draft_of(town, title, call=call)
		cycle_steps.submit(town.representative, name)
		frappe.db.set_value(PROPOSAL, name, {"workflow_state": state, "fiscal_year": 2025})

	adopted(other, "里山の手入れ")
	draft = draft_of(town, "朝市", call=starter)
	for state in ("Reserve", "Declined", "Not Adopted"):
		adopted(starter, f"{state}の事業", state)
	assert not call_rules_obstacles(draft)
	adopted(starter, "花の小道")
	obstacle(town, draft, AdoptedTooOften, "通算1回", "花の小道", "令和7年度")
	programme(town, most_times=before + 3, most_times_project=1)
	assert not call_rules_obstacles(draft_of(town, "別の事業", call=other))
	obstacle(town, draft_of(town, "里山の 手入れ", call=other), AdoptedTooOften, "同じ事業", "里山の手入れ")
	earlier = frappe.db.get_value(PROPOSAL, {"title": "里山の手入れ", "organisation": town.organisation})
	renamed = draft_of(town, "森を守る会の活動", call=other)
	frappe.db.set_value(PROPOSAL, renamed, "previous_proposal", earlier)
	obstacle(town, renamed, AdoptedTooOften, "同じ事業", "里山の手入れ")
	programme(town, most_times=before + 2, most_times_project=0)
	obstacle(town, draft_of(town, "新しい事業", call=other), AdoptedTooOften, f"通算{before + 2}回", "里山の手入れ", "花の小道")


def call_rules_obstacles(draft: str) -> list:
	return list(call_conditions.unmet(frappe.get_doc(PROPOSAL, draft)))


# -- what is asked ---------------------------------------------------------------------------------------------------


def test_a_call_has_documents_and_questions_of_its_own(real_town):
	town = real_town
	manager = town.over_rest(town.manager)
	documents = [{"code": "D1", "document": "収支の見積り", "required": 1}, {"code": "D2", "document": "会報", "required": 0}]
	questions = [
		{"fieldname": "plan", "asked": "Required", "label_text": "はじめの一歩", "max_length": 300},
		{"fieldname": "independence", "asked": "Not Asked"},
		{"fieldname": "continuity", "asked": "Optional"},
	]
	name = call_of(manager, town, required_documents=documents, questions=questions)
	silent = call_of(manager, town, call_name="ほかの募集")
	frappe.db.commit()
	draft, other = town.draft(call=name, plan="", continuity="", independence=""), town.draft(call=silent, continuity="")
	rep = over_http(town)
	sheet, check = (visit(rep.user, f"my/proposals/{draft}/{step}")[1] for step in ("sheet", "check"))
	assert "はじめの一歩" in sheet and 'name="plan"' in sheet and 'name="independence"' not in sheet
	assert "はじめの一歩" in check and "収支の見積り" in check and "会報" not in check
	assert "会報" in visit(rep.user, f"my/proposals/{draft}/documents")[1]
	says(lambda: cycle_steps.submit(rep, draft), ProposalIncomplete, "はじめの一歩", "収支の見積り")
	says(lambda: rep.update(PROPOSAL, draft, {"plan": "あ" * 301}), TextTooLong, "300")
	asked = {field.name: field for field in form.fields_of(frappe.get_doc(PROPOSAL, other))}
	assert "independence" in asked and asked["continuity"].required and asked["plan"].label != "はじめの一歩"
	says(lambda: cycle_steps.submit(rep, other), ProposalIncomplete, asked["continuity"].label)
	rep.update(PROPOSAL, draft, {"plan": "小さく始める。"})
	frappe.db.commit()
	with uploading(pdf(), "見積り.pdf"):
		send(rep.user, "proposals.actions.attach_to_proposal", name=draft, document="収支の見積り")
	frappe.db.commit()
	assert cycle_steps.submit(rep, draft) == "Submitted"


def test_a_field_that_the_programme_does_not_ask_is_asked_by_a_call(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.form_fields = [row for row in doc.form_fields if row.fieldname != "needs"]
	doc.save()
	name = call_of(town.manager, town, questions=[{"fieldname": "needs", "asked": "Required", "label_text": "困りごと", "step": "Plan"}])
	draft, other = town.draft(call=name, needs=""), town.draft(needs="")
	fields = {field.name: field for field in form.fields_of(frappe.get_doc(PROPOSAL, draft))}
	assert fields["needs"].step == "plan" and fields["needs"].required and form.PAPER in fields["needs"].places
	assert "困りごと" in visit(town.representative.user, f"my/proposals/{draft}/plan")[1]
	says(lambda: cycle_steps.submit(town.representative, draft), ProposalIncomplete, "困りごと")
	assert cycle_steps.submit(town.representative, other) == "Submitted"


# -- how it is judged ------------------------------------------------------------------------------------------------


def in_step_1(town, call: str | None) -> str:
	return town.in_step_1(**({"call": call} if call else {"needs_budget": 0}))


def sheet_of(town, proposal: str, key: str) -> str:
	return frappe.db.get_value(REVIEW, {"proposal": proposal, "member": town.members[key].user})


def test_criteria_and_pass_mark_are_those_of_the_call_or_of_the_programme(town):
	programme(town, pass_mark=60)
	own = call_of(town.manager, town, criteria=POINTS, pass_mark=40)
	none = call_of(town.manager, town, call_name="基準点なし", no_pass_mark=1)
	silent = call_of(town.manager, town, call_name="定めなし")
	proposals = [in_step_1(town, call) for call in (own, none, silent, None)]
	meeting = town.meeting(*proposals)
	rows = [frappe.get_doc(PROPOSAL, name) for name in proposals]
	assert [rules_of(row).pass_mark for row in rows] == [40, 0, 60, 60]
	assert [len(rules_of(row).criteria) for row in rows] == [2, 6, 6, 6]
	page = visit(town.members["npo1"].user, f"my/reviews/{sheet_of(town, proposals[0], 'npo1')}")[1]
	assert "地域に根ざしているか" in page and "目的に公益性があるか" not in page
	for key in ("npo1", "npo2", "city1", "city2"):
		cycle_steps.mark(town.members[key], sheet_of(town, proposals[0], key), {"P1": "3", "P2": "3"})
	summary, passed = reviews.summary_of(proposals[0], "Step 1")
	assert summary.average == 45 and passed is True
	cycle_steps.open_session(town.officer, meeting)
	items = {item["proposal"]["name"]: item for item in town.officer.call("kyodo_frappe.committee.session.state", meeting=meeting)["items"]}
	assert [row["code"] for row in items[proposals[0]]["criteria"]] == ["P1", "P2"] and len(items[proposals[3]]["criteria"]) == 6
	assert items[proposals[0]]["marks"]["pass_mark"] == 40
	criteria = lambda name: town.officer.call("kyodo_frappe.committee.session.criteria", meeting=meeting, agenda_item=items[name]["name"])
	assert [row["code"] for row in criteria(proposals[0])] == ["P1", "P2"] and len(criteria(proposals[2])) == 6


def test_what_is_judged_and_asked_stays_once_a_proposal_is_handed_in(real_town):
	town = real_town
	organisation(town, member_count=9)
	frappe.db.commit()
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	name = call_of(manager, town, criteria=POINTS, pass_mark=50, members_least=1)
	manager.update(CALL, name, {"pass_mark": 55})
	frappe.db.commit()
	proposal = in_step_1(town, name)
	town.meeting(proposal)
	frappe.db.commit()
	rows = manager.read(CALL, name)["criteria"]
	for values, label in (
		({"criteria": rows[:1]}, "検討の指針"),
		({"criteria": [{**rows[0], "max_points": 10}, rows[1]]}, "検討の指針"),
		({"criteria": []}, "検討の指針"),
		({"pass_mark": 30}, "採択の基準点"),
		({"whole_points": "Yes"}, "整数"),
		({"leave_out_extremes": "Yes"}, "最高点"),
		({"required_documents": [{"code": "D", "document": "追加の書類"}]}, "添付書類"),
		({"questions": [{"fieldname": "plan", "asked": "Optional"}]}, "質問"),
	):
		for client in (manager, officer):
			says(lambda client=client, values=values: client.update(CALL, name, values), CallRulesBind, label, "1件")
	manager.update(CALL, name, {"closes_on": add_days(nowdate(), 30), "frame": 900000, "members_least": 3, "description": "延長しました。"})
	frappe.db.commit()
	assert [row.criterion for row in frappe.get_doc(REVIEW, sheet_of(town, proposal, "npo1")).marks] == ["P1", "P2"]
	officer.update(PROPOSAL, proposal, {"withdraw_reason": "都合による"})
	officer.act(PROPOSAL, proposal, "Withdraw")
	manager.update(CALL, name, {"criteria": rows[:1], "pass_mark": 30})
	frappe.db.commit()
	assert len(frappe.get_doc(CALL, name).criteria) == 1


def test_only_whole_points_over_rest_and_in_the_portal(real_town):
	town = real_town
	programme(town, whole_points=1)
	whole, half = (call_of(town.manager, town, call_name=n, criteria=POINTS, whole_points=w) for n, w in (("整数", ""), ("小数", "No")))
	first, second = in_step_1(town, whole), in_step_1(town, half)
	town.meeting(first, second)
	frappe.db.commit()
	member = town.over_rest(town.members["npo1"])
	sheet = sheet_of(town, first, "npo1")
	says(lambda: cycle_steps.mark(member, sheet, {"P1": "2.5", "P2": "3"}), violation_of(MarkNotWhole), "P1", "2.5")
	rows = member.read(REVIEW, sheet)["marks"]
	says(lambda: member.update(REVIEW, sheet, {"marks": [{**rows[0], "mark": "２．５"}, rows[1]]}), violation_of(MarkNotWhole), "P1")
	typed = {"mark-P1": "2", "mark-P2": "3.5", "then": "submit"}
	frappe.db.commit()
	_location, notice = send(
		member.user, "committee.review_actions.save_review", name=sheet, form=f"review:{sheet}", writer=member.user, **typed
	)
	assert notice["kind"] == "refused" and "3.5" in notice["text"] and "整数" in notice["text"], notice
	frappe.db.commit()
	assert "0から10までの整数" in visit(member.user, f"my/reviews/{sheet}")[1]
	cycle_steps.mark(member, sheet, {"P1": "2.0", "P2": "3"})
	cycle_steps.mark(member, sheet_of(town, second, "npo1"), {"P1": "2.5", "P2": "3"})


def test_highest_and_lowest_left_out_and_the_least_average(town):
	call = call_of(town.manager, town, criteria=POINTS, leave_out_extremes="Yes", pass_mark=10)
	proposal = in_step_1(town, call)
	meeting = town.meeting(proposal)
	for key, marks in {"npo1": (5, 10), "npo2": (3, 4), "city1": (2, 6), "city2": (0, 0)}.items():
		cycle_steps.mark(town.members[key], sheet_of(town, proposal, key), dict(zip(("P1", "P2"), map(str, marks), strict=True)))
	summary, passed = reviews.summary_of(proposal, "Step 1")
	assert (summary.count, summary.left_out, summary.average) == (4, 2, 50)
	assert passed is False, "P1 has 2.5 points on average, at least 3 are needed"
	below = [{"question": "地域に根ざしているか", "average": 2.5, "least": 3}]
	assert reviews.below_least(rules_of(frappe.get_doc(PROPOSAL, proposal)), "Step 1", summary) == below
	page = visit(town.members["npo1"].user, f"my/reviews/{sheet_of(town, proposal, 'npo1')}")[1]
	assert "地域に根ざしているか、2.5点（最低3点）" in page and "最高点と最低点の審査票を除いて" in page
	cycle_steps.open_session(town.officer, meeting)
	marks = town.officer.call("kyodo_frappe.committee.session.state", meeting=meeting)["items"][0]["marks"]
	assert marks["left_out"] == 2 and marks["below"] == below and marks["passed"] is False
	decision = cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	assert frappe.db.get_value("Kyodo Decision", decision, "average_score") == 50


def test_quorum_with_and_without_the_chair(town):
	committee = frappe.get_doc("Kyodo Committee", town.committee)
	next(row for row in committee.members if row.user == town.members["city2"].user).is_chair = 1
	committee.save()
	programme(town, quorum_without_chair=1)
	strict = call_of(town.manager, town, call_name="全員", quorum_rule="All", quorum_without_chair="No")
	proposals = [in_step_1(town, strict), in_step_1(town, None)]
	meeting = frappe.get_doc("Kyodo Meeting", town.in_session(*proposals))

	def counted():
		found = (deliberation.item_quorum(meeting, item) for item in meeting.agenda)
		return [(quorum.present, quorum.needed, quorum.eligible, quorum.met) for quorum in found]

	for row in meeting.attendance:
		row.present = int(row.user in (town.members["npo1"].user, town.members["city2"].user))
	assert counted() == [(2, 4, 4, False), (1, 2, 3, False)]
	for row in meeting.attendance:
		row.present = 1
	assert counted() == [(4, 4, 4, True), (3, 2, 3, True)]


def test_extremes_and_least_average_over_rest_and_on_the_session_page(real_town):
	town = real_town
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	name = call_of(manager, town, criteria=POINTS, leave_out_extremes="Yes", pass_mark=10)
	frappe.db.commit()
	proposal = in_step_1(town, name)
	meeting = town.in_session(proposal)
	frappe.db.commit()
	for key, marks in {"npo1": (5, 10), "npo2": (3, 4), "city1": (2, 6), "city2": (0, 0)}.items():
		given = dict(zip(("P1", "P2"), map(str, marks), strict=True))
		cycle_steps.mark(town.over_rest(town.members[key]), sheet_of(town, proposal, key), given)
	marks = state_of(officer, meeting)["items"][0]["marks"]
	assert (marks["average"], marks["left_out"], marks["passed"]) == (50, 2, False)
	assert marks["below"] == [{"question": "地域に根ざしているか", "average": 2.5, "least": 3}]
	programme(town, two_step_decision=0)
	frappe.db.set_value(PROPOSAL, proposal, "programme_version", current_version(town.programme))  # of this one only: it is committed
	frappe.db.commit()
	adopt = {"result": "Adopted", "amount": 100000}
	says(lambda: cycle_steps.decide(officer, meeting, proposal, **adopt), ReasonRequired, "50.0", "10")
	assert cycle_steps.decide(officer, meeting, proposal, **adopt, below_reason="地域で唯一の取組であるため")


def test_quorum_without_the_chair_over_rest_and_on_the_session_page(real_town):
	town = real_town
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	seats = manager.read("Kyodo Committee", town.committee)["members"]
	chaired = [{**row, "is_chair": int(row["user"] == town.members["city2"].user)} for row in seats]
	manager.update("Kyodo Committee", town.committee, {"members": chaired})
	calls = [
		call_of(manager, town, call_name=title, quorum_rule="Half", quorum_without_chair=switch)
		for title, switch in (("委員長を除く", "Yes"), ("委員長を含む", "No"))
	]
	frappe.db.commit()
	proposals = [in_step_1(town, name) for name in calls]
	meeting = town.meeting(*proposals)
	absent = tuple(town.members[key].user for key in ("npo2", "city1"))
	frappe.db.commit()
	cycle_steps.open_session(officer, meeting, absent=absent)
	state = state_of(officer, meeting)
	counted = [(item["quorum"]["present"], item["quorum"]["eligible"], item["quorum"]["met"]) for item in state["items"]]
	assert counted == [(1, 3, False), (2, 4, True)]
	frappe.db.commit()
	for proposal in proposals:
		cycle_steps.decide(officer, meeting, proposal, "Passed to Step 2")
	problems = officer._send("GET", "/api/method/kyodo_frappe.committee.session.open_points", query={"meeting": meeting})["message"]
	subjects = [item["subject"] for item in state["items"]]
	assert len(problems) == 1 and problems[0].count("定足数") >= 1 and subjects[0] in problems[0]
	says(lambda: cycle_steps.close(officer, meeting), NotReadyToClose, subjects[0])


def test_n_times_in_all_over_rest(real_town):
	town = real_town
	manager = town.over_rest(town.manager)
	starter = call_of(manager, town, most_times=1)
	frappe.db.commit()
	first = town.submitted(call=starter)
	frappe.db.set_value(PROPOSAL, first, {"workflow_state": "Adopted", "fiscal_year": 2025, "title": "花の小道"})
	draft = draft_of(town, "朝市", call=starter)
	over_http(town)
	obstacle(town, draft, AdoptedTooOften, "通算1回", "花の小道", "令和7年度")
	manager.update(CALL, starter, {"most_times": 2})
	frappe.db.commit()
	assert cycle_steps.submit(town.representative, draft) == "Submitted"


# -- years, words, versions ------------------------------------------------------------------------------------------


def test_the_plan_of_the_year_makes_calls_with_their_rules(town):
	plan = {
		"call_name": "令和7年度スタート部門",
		"call_type": "Starter",
		"opens_month": 4,
		"opens_day": 1,
		"closes_month": 5,
		"closes_day": 1,
	}
	programme(town, call_plan=[{**plan, "closing_hour": "17時", "members_least": 5, "advice_required": "Yes", "pass_mark": 40}])
	make = lambda year: frappe.get_doc(
		CALL, town.officer.call("kyodo_frappe.programme.year.make_calls", programme=town.programme, fiscal_year=year)[0]
	)
	first = make(2026)
	assert (first.closing_hour, first.members_least, first.advice_required, first.pass_mark) == ("17:00", 5, "Yes", 40)
	first.update({"criteria": POINTS, "questions": [{"fieldname": "plan", "asked": "Optional"}]})
	first.append("required_documents", {"code": "D", "document": "会則"})
	first.save()
	second = make(2027)
	assert [row.code for row in second.criteria] == ["P1", "P2"] and second.criteria[0].least_average == 3
	assert second.questions[0].asked == "Optional" and second.required_documents[0].document == "会則"


def test_the_rules_of_a_call_are_said_in_words(town):
	programme(town, one_per_year=1, pass_mark=60)
	name = call_of(town.manager, town, members_least=5, based_in="鎌倉市", advice_required="Yes", most_times=2, criteria=POINTS)
	texts = {line["text"]: line["own"] for part in call_words.describe(name) for line in part["lines"]}
	assert texts["会員5人以上"] and texts["鎌倉市に所在する団体"] and texts["地域に根ざしているか"]
	assert not texts["採択の基準点は100点中60点"] and not texts["全ての募集を通じて、1団体につき年度内に1提案"]
	page = visit("Guest", "", programme=town.programme)[1]
	basics = visit(town.representative.user, f"my/proposals/{town.draft(call=name)}/basics")[1]
	for text in texts:
		assert text in page and text in basics, text
	assert town.officer.call("kyodo_frappe.programme.call_words.in_words", call=name) == call_words.describe(name)
	hidden = call_of(town.manager, town, call_name="準備中", published=0)
	for name in (hidden, "KC-none"):
		with pytest.raises(frappe.PermissionError):
			town.representative.call("kyodo_frappe.programme.call_words.in_words", call=name)


def test_rules_of_the_programme_bind_with_its_version(town):
	organisation(town, member_count=4)
	draft = town.submitted(call=call_of(town.manager, town))
	programme(town, members_least=5, whole_points=1)
	doc = frappe.get_doc(PROPOSAL, draft)
	assert not rules_of(doc).members_least and not rules_of(doc).whole_points
	new = frappe.get_doc(PROPOSAL, town.draft())
	assert rules_of(new).members_least == 5 and rules_of(new).whole_points


def test_kept_versions_get_the_new_rules_as_silent_ones(town):
	draft = town.submitted()
	town.rules_changed()
	version = frappe.db.get_value(PROPOSAL, draft, "programme_version")
	rules = json.loads(frappe.db.get_value(programme_versions.VERSION, version, "rules"))
	for field in call_rules.BINDING:
		rules.pop(field, None)
	frappe.db.set_value(programme_versions.VERSION, version, {"rules": json.dumps(rules), "rules_hash": "of an earlier version"})
	for _twice in range(2):
		rules_of_calls.execute()
		frappe.clear_document_cache(programme_versions.VERSION, version)
		assert programme_versions.current_version(town.programme) == version, "migrating makes no version"
	programme(town, members_least=5)
	assert not rules_of(frappe.get_doc(PROPOSAL, draft)).members_least


def test_the_preview_reads_the_hour_as_saving_does(town):
	town.submitted()
	sent = frappe.get_doc(PROGRAMME, town.programme).as_dict(convert_dates_to_str=True) | {"closing_hour": "17時"}
	seen = town.manager.call("kyodo_frappe.programme.versions.preview", programme=frappe.as_json(sent))
	assert seen["changes"] == ["締切の時刻：― → 「17:00」"]
