"""The way that a programme or call declares: documents after the section talk, projects without an agreement and not before their
first day, documents of a report, answers that are needed, continued projects. A manager declares them; they hold over REST and in the portal."""

import frappe
import pytest
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import add_days, getdate, nowdate
from portal_client import send, visit
from uploads import pdf, uploading

from kyodo_frappe import reminders
from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership.errors import NoBasis, ReportDocumentsMissing, TooEarlyToBegin
from kyodo_frappe.patches import the_way_by_declaration
from kyodo_frappe.programme import call_rules, call_words, form
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.errors import (
	AnswerRefused,
	CallRulesBind,
	FieldNotAskable,
	InvalidCallDates,
	InvalidStartDay,
	NotContinuable,
)
from kyodo_frappe.proposals import next_steps, paper_forms
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals.errors import DocumentsLate, DocumentsNotHandedIn, ProposalIncomplete, TextNotOpen
from kyodo_frappe.rules import merge
from kyodo_frappe.rules.deadline_labels import LabelContradictsDate
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.errors import FieldReserved, NotEditable

from ..proposals.test_payable import says
from .test_call_rules import call_of, restored  # noqa: F401 the programme is taken back

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

CALL, PROPOSAL, PROGRAMME, PROJECT, REPORT = "Kyodo Call", "Kyodo Proposal", "Kyodo Programme", "Kyodo Project", "Kyodo Report"
LATER = {"code": "L1", "document": "協議後の収支予算書", "used_for": "After the Talk", "required": 1}
QUESTIONS = [
	{"fieldname": "plan", "asked": "Required", "asked_when": "Both Times"},
	{"fieldname": "continuity", "asked": "Required", "asked_when": "After the Talk", "label_text": "協議を踏まえた継続の見通し"},
]


def in_days(days: int) -> str:
	return str(add_days(nowdate(), days))


def late_calendar(client, town, **values) -> str:
	given = {
		"call_name": "市民提案型",
		"call_type": "Open",
		"closes_on": in_days(5),
		"documents_after_talk": "Yes",
		"documents_due_on": in_days(20),
		"questions": QUESTIONS,
		"required_documents": [LATER],
	}
	return call_of(client, town, **{**given, **values})


def talk(client, proposal: str, section: str):
	values = {"kind": "Section Talk", "held_on": nowdate(), "with_organisation": 1, "with_section": 1, "with_office": 1}
	values |= {"summary": "役割を話し合った。", "opinion": "会場を提供できる。", "visible_to_organisation": 1}
	client.insert({"doctype": "Kyodo Consultation", "proposal": proposal, "section": section, **values})


def consulted(town, officer, section_officer, proposal: str):
	officer.act(PROPOSAL, proposal, "Receive")
	officer.act(PROPOSAL, proposal, "Start Consultation")
	talk(section_officer, proposal, town.section)


# -- documents after the section talk ----------------------------------------------------------------------------------


def test_the_organisation_writes_again_after_the_section_talk(real_town):
	town = real_town
	manager, officer, rep = (town.over_rest(one) for one in (town.manager, town.officer, town.representative))
	section_officer = town.over_rest(town.section_officer)
	call = late_calendar(manager, town)
	frappe.db.commit()
	draft = town.draft(call=call, continuity="")
	frappe.db.commit()
	page = visit(rep.user, f"my/proposals/{draft}/sheet")[1]
	assert 'name="plan"' in page and 'name="continuity"' not in page, "what is asked after the talk is not asked yet"
	assert LATER["document"] not in visit(rep.user, f"my/proposals/{draft}/documents")[1]
	frappe.db.commit()
	assert cycle_steps.submit(rep, draft) == "Submitted"
	officer.act(PROPOSAL, draft, "Receive")
	says(lambda: officer.act(PROPOSAL, draft, "Refer to Step 1"), DocumentsNotHandedIn, "みんなの食堂", "協議後の書類を依頼する")
	officer.act(PROPOSAL, draft, "Start Consultation")
	talk(section_officer, draft, town.section)
	says(lambda: officer.act(PROPOSAL, draft, "Refer to Step 1"), DocumentsNotHandedIn)
	assert officer.act(PROPOSAL, draft, "Ask for Documents") == "Writing Documents"
	frappe.db.rollback()
	due = era_date(getdate(in_days(20)))
	assert str(frappe.db.get_value(PROPOSAL, draft, "documents_due_on")) == in_days(20)
	mail = frappe.get_all("Email Queue", {"reference_name": draft}, pluck="message", order_by="creation desc", limit=1)
	assert mail
	assert paper_forms.paper_form(frappe.get_doc(PROPOSAL, draft))["draft"] == "下書き（書き直し中）"
	overview = visit(rep.user, f"my/proposals/{draft}")[1]
	assert "担当課との協議後の書類" in overview and due in overview, "the page says what to do until when"
	page = visit(rep.user, f"my/proposals/{draft}/sheet")[1]
	assert 'name="plan"' in page and 'name="continuity"' in page and 'name="purpose"' not in page
	frappe.db.commit()
	says(lambda: rep.update(PROPOSAL, draft, {"purpose": "ほかの目的"}), TextNotOpen, "目的")
	says(lambda: rep.update(PROPOSAL, draft, {"requested_amount": 9}), TextNotOpen)
	frappe.db.rollback()
	seen = {"was-plan": merge.digest(cycle_steps.SHEET["plan"])}
	_location, notice = send(
		rep.user, "proposals.actions.save_step", name=draft, step="sheet", plan="毎週金曜日、分庁舎で開催する。", **seen
	)
	assert notice["kind"] == "done", notice
	frappe.db.commit()
	says(lambda: rep.act(PROPOSAL, draft, "Hand In Documents"), ProposalIncomplete, "協議を踏まえた継続の見通し", LATER["document"])
	rep.update(PROPOSAL, draft, {"continuity": "3年で自立する。"})
	frappe.db.rollback()
	_location, notice = send(rep.user, "proposals.actions.submit_proposal", name=draft)
	assert notice["kind"] == "refused" and LATER["document"] in notice["text"], notice
	frappe.db.commit()
	with uploading(pdf(), "予算書.pdf"):
		send(rep.user, "proposals.actions.attach_to_proposal", name=draft, document=LATER["document"])
	frappe.db.commit()
	_location, notice = send(rep.user, "proposals.actions.submit_proposal", name=draft)
	assert notice["kind"] == "done", notice
	frappe.db.commit()
	assert town.state(PROPOSAL, draft) == "Documents Handed In"
	frappe.db.rollback()
	summary = town.officer.call("kyodo_frappe.proposals.next_steps.form_summary", proposal=draft)
	changed = {row["field"]: row["parts"] for row in summary["changes"]}
	assert {"plan", "continuity"} <= set(changed), changed
	assert any(op == "delete" and "水" in text for op, text in changed["plan"]), "the old text is kept beside the new one"
	assert "担当課との協議の後に変わったところ" in visit(rep.user, f"my/proposals/{draft}")[1]
	frappe.db.commit()
	says(lambda: rep.update(PROPOSAL, draft, {"plan": "また変える。"}), NotEditable)
	officer.update(PROPOSAL, draft, {"corrections": [{"field": "plan", "reason": "曜日の理由を書いてください。"}]})
	assert officer.act(PROPOSAL, draft, "Return Documents") == "Writing Documents"
	frappe.db.rollback()
	assert "曜日の理由" in visit(rep.user, f"my/proposals/{draft}")[1]
	frappe.db.commit()
	rep.update(PROPOSAL, draft, {"plan": "毎週金曜日、分庁舎で開催する。利用者が多い曜日である。"})
	assert rep.act(PROPOSAL, draft, "Hand In Documents") == "Documents Handed In"
	assert officer.act(PROPOSAL, draft, "Refer to Step 1") == "Step 1"
	says(lambda: manager.update(CALL, call, {"documents_after_talk": "No"}), CallRulesBind)


@pytest.mark.walks
def test_documents_are_late_after_their_day_and_the_office_gives_more_time(town):
	call = late_calendar(town.manager, town, required_documents=[])
	draft = town.submitted(call=call, continuity="", needs_budget=0)
	consulted(town, town.officer, town.section_officer, draft)
	town.officer.act(PROPOSAL, draft, "Ask for Documents")
	town.representative.update(PROPOSAL, draft, {"continuity": "3年で自立する。", "publish_consent": 1})
	assert proposal_public.proposal(draft) is None, "what is being written is not read by everybody"
	assert reminders.send("Documents Due", in_days(20)) == [draft], "on the last day they are reminded"
	assert reminders.send("Documents Due", in_days(20)) == []
	frappe.db.set_value(PROPOSAL, draft, "documents_due_on", in_days(-1))
	day = era_date(getdate(in_days(-1)))
	assert day in visit(town.representative.user, f"my/proposals/{draft}/check")[1]
	says(lambda: town.representative.act(PROPOSAL, draft, "Hand In Documents"), DocumentsLate, day)
	with pytest.raises(FieldReserved):
		town.representative.update(PROPOSAL, draft, {"documents_due_on": in_days(9)})
	town.officer.update(PROPOSAL, draft, {"documents_due_on": in_days(3)})
	assert town.representative.act(PROPOSAL, draft, "Hand In Documents") == "Documents Handed In"
	assert proposal_public.proposal(draft)


@pytest.mark.walks
def test_the_programme_asks_for_documents_by_a_deadline_of_its_own(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.update({"documents_after_talk": 1, "consultation_required": 1})
	day = getdate(in_days(40))
	rule = {"code": "Documents After the Talk", "label_text": "協議後の書類の提出", "kind": "Fixed Date", "roll": "None"}
	doc.append("deadline_rules", {**rule, "month": day.month, "day": day.day, "remedy": "事務局に相談してください。"})
	next(row for row in doc.form_fields if row.fieldname == "plan").asked_when = "Both Times"
	doc.required_documents = []
	doc.save()
	draft = town.submitted(needs_budget=0)
	town.officer.act(PROPOSAL, draft, "Receive")
	town.officer.act(PROPOSAL, draft, "Start Consultation")
	says(lambda: town.officer.act(PROPOSAL, draft, "Ask for Documents"), WorkflowTransitionError)
	talk(town.section_officer, draft, town.section)
	town.officer.act(PROPOSAL, draft, "Ask for Documents")
	assert getdate(frappe.db.get_value(PROPOSAL, draft, "documents_due_on")) == day
	meeting = town.meeting(convened=False)
	with town.officer:
		waiting = frappe.get_attr("kyodo_frappe.committee.meetings.waiting")(meeting)
	assert draft not in {row.get("proposal") for row in waiting}, "the item does not go to the meeting"
	put = lambda: town.officer.call("kyodo_frappe.committee.meetings.put_on_agenda", meeting=meeting, rows=[draft])
	says(put, DocumentsNotHandedIn, "みんなの食堂")
	town.officer.update("Kyodo Meeting", meeting, {"agenda": [cycle_steps.proposal_item(draft)]})
	says(lambda: cycle_steps.convene(town.officer, meeting), DocumentsNotHandedIn, "みんなの食堂")
	town.representative.act(PROPOSAL, draft, "Hand In Documents")
	assert town.officer.act(PROPOSAL, draft, "Refer to Step 1") == "Step 1"


@pytest.mark.walks
def test_what_was_attached_before_the_talk_stays(town):
	call = late_calendar(town.manager, town, required_documents=[])
	draft = town.draft(call=call, continuity="x", needs_budget=0)
	with uploading(pdf("first"), "最初.pdf"):
		send(town.representative.user, "proposals.actions.attach_to_proposal", name=draft, document="規約")
	cycle_steps.submit(town.representative, draft)
	consulted(town, town.officer, town.section_officer, draft)
	town.officer.act(PROPOSAL, draft, "Ask for Documents")
	row = frappe.get_doc(PROPOSAL, draft).attachments[0]
	_location, notice = send(
		town.representative.user, "proposals.actions.detach_from_proposal", name=draft, table="attachments", row=row.name
	)
	assert notice["kind"] == "refused" and "規約" in notice["text"], notice
	assert frappe.get_doc(PROPOSAL, draft).attachments[0].file == row.file
	assert frappe.db.exists("File", {"file_url": row.file, "attached_to_name": draft})


def test_days_that_contradict_each_other_are_refused_in_the_call(town):
	says(lambda: late_calendar(town.manager, town, documents_due_on=in_days(2)), InvalidCallDates, "担当課協議後の書類の提出期限")


# -- without an agreement, and not before the first day ----------------------------------------------------------------


def test_a_subsidy_begins_with_its_decision_and_without_an_agreement(real_town):
	town = real_town
	manager, section_officer = town.over_rest(town.manager), town.over_rest(town.section_officer)
	call = call_of(manager, town, call_type="Subsidy", call_name="補助金", without_agreement="Yes")
	other = call_of(manager, town, call_type="Open", call_name="協働事業")
	frappe.db.commit()
	project, bound = town.project(call=call), town.project(call=other)
	frappe.db.commit()
	says(lambda: section_officer.act(PROJECT, bound, "Begin"), WorkflowTransitionError)
	page = visit(town.section_officer.user, f"my/projects/{project}")[1]
	assert "事業を始める" in page and "協定の締結は必要ありません" in page and "計画から協定の案を作る" not in page
	frappe.db.commit()
	town.officer.update(PROJECT, project, {"decided_on": None})
	frappe.db.commit()
	says(lambda: section_officer.act(PROJECT, project, "Begin"), NoBasis, "決定")
	frappe.db.rollback()
	town.officer.update(PROJECT, project, {"decided_on": nowdate()})
	frappe.db.commit()
	assert section_officer.act(PROJECT, project, "Begin") == "Running"
	frappe.db.rollback()
	cycle_steps.complete(section_officer, project)
	frappe.db.rollback()
	report = frappe.db.get_value(REPORT, {"project": project})
	assert report, "it is paid and reported like any other"


@pytest.mark.walks
def test_the_form_of_collaboration_says_that_no_agreement_is_needed_unless_the_call_wants_one(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	form_name = doc.forms[0].form_name
	doc.forms[0].without_agreement = 1
	doc.save()
	wanted = call_of(town.manager, town, call_type="Open", call_name="協定を結ぶ募集", without_agreement="No")
	silent = call_of(town.manager, town, call_type="Open", call_name="補助")
	project, other = town.project(call=silent), town.project(call=wanted)
	for name in (project, other):
		town.section_officer.update(PROJECT, name, {"form": form_name})
	assert town.section_officer.act(PROJECT, project, "Begin") == "Running"
	says(lambda: town.section_officer.act(PROJECT, other, "Begin"), WorkflowTransitionError)


def test_a_project_begins_on_its_first_day_and_not_before(real_town):
	town = real_town
	manager, section_officer = town.over_rest(town.manager), town.over_rest(town.section_officer)
	given = {
		"call_type": "Subsidy",
		"without_agreement": "Yes",
		"questions": [{"fieldname": "starts_on", "asked": "Required", "step": "Plan"}],
	}
	call = call_of(manager, town, call_name="補助金", not_before_first_day="Yes", **given)
	frappe.db.commit()
	draft = town.draft(call=call, starts_on="2031-04-01")
	assert 'name="starts_on"' in visit(town.representative.user, f"my/proposals/{draft}/plan")[1]
	frappe.db.commit()
	rep = town.over_rest(town.representative)
	says(lambda: cycle_steps.submit(rep, draft), InvalidStartDay, "令和13年4月1日", "令和9年3月31日")
	frappe.db.rollback()
	project = town.project(call=call, starts_on=in_days(30))
	frappe.db.commit()
	day = era_date(getdate(in_days(30)))
	assert str(frappe.db.get_value(PROJECT, project, "from_date")) == in_days(30)
	says(lambda: section_officer.act(PROJECT, project, "Begin"), TooEarlyToBegin, day)
	section_officer.update(PROJECT, project, {"from_date": nowdate()})
	says(lambda: section_officer.act(PROJECT, project, "Begin"), TooEarlyToBegin, day)
	says(lambda: section_officer.update(PROJECT, project, {"granted_from": nowdate()}), FieldReserved)
	frappe.db.rollback()
	assert day in visit(town.section_officer.user, f"my/projects/{project}")[1]
	frappe.db.commit()
	town.officer.update(PROJECT, project, {"granted_from": nowdate()})
	frappe.db.commit()
	assert section_officer.act(PROJECT, project, "Begin") == "Running"


# -- documents of a report ---------------------------------------------------------------------------------------------


def test_a_report_needs_the_documents_that_the_call_lists(real_town):
	town = real_town
	manager, rep = town.over_rest(town.manager), town.over_rest(town.representative)
	wanted = {"code": "R1", "document": "活動の写真一覧", "used_for": "Report", "required": 1, "help_text": "10枚まで"}
	optional = {"code": "R2", "document": "参加者の声", "used_for": "Report", "required": 0}
	call = call_of(manager, town, call_type="Subsidy", call_name="補助金", without_agreement="Yes", required_documents=[wanted, optional])
	frappe.db.rollback()
	assert {"活動の写真一覧", "参加者の声（任意）"} <= {line["text"] for part in call_words.describe(call) for line in part["lines"]}
	frappe.db.commit()
	project = town.project(call=call)
	town.section_officer.act(PROJECT, project, "Begin")
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	says(lambda: cycle_steps.fill_report(town.representative, report), ReportDocumentsMissing, "活動の写真一覧")
	page = visit(rep.user, f"my/reports/{report}")[1]
	assert "活動の写真一覧" in page and "10枚まで" in page and "☐" in page
	_location, notice = send(
		rep.user,
		"partnership.running_actions.save_report",
		name=report,
		modified=str(frappe.db.get_value(REPORT, report, "modified")),
		then="submit",
	)
	assert notice["kind"] == "refused" and "活動の写真一覧" in notice["text"], notice
	frappe.db.commit()
	says(lambda: rep.act(REPORT, report, "Submit"), ReportDocumentsMissing, "活動の写真一覧")
	frappe.db.rollback()
	says(lambda: town.section_officer.act(REPORT, report, "Submit"), ReportDocumentsMissing)
	with uploading(pdf(), "写真.pdf"):
		_location, notice = send(rep.user, "partnership.running_actions.attach_to_report", name=report, document="勝手な書類")
	assert notice["kind"] == "refused"
	with uploading(pdf(), "写真.pdf"):
		_location, notice = send(rep.user, "partnership.running_actions.attach_to_report", name=report, document="活動の写真一覧")
	assert notice["kind"] == "done", notice
	page = visit(rep.user, f"my/reports/{report}")[1]
	assert "☑" in page and "写真.pdf" in page
	frappe.db.commit()
	assert rep.act(REPORT, report, "Submit") == "Submitted"


# -- answers that are needed -------------------------------------------------------------------------------------------


@pytest.fixture
def public_money(site):
	"""A city's own tick in the proposal."""
	from frappe.custom.doctype.custom_field.custom_field import create_custom_field

	values = {
		"fieldname": "other_public_money",
		"fieldtype": "Check",
		"label": "ほかの公的資金を受けている",
		"insert_after": "requested_amount",
	}
	create_custom_field(PROPOSAL, values)
	frappe.db.commit()
	yield values["fieldname"]
	frappe.db.rollback()
	frappe.delete_doc("Custom Field", f"{PROPOSAL}-other_public_money", force=True)
	frappe.db.commit()
	frappe.clear_cache(doctype=PROPOSAL)


def test_a_question_whose_answer_decides(real_town, public_money):
	town = real_town
	manager = town.over_rest(town.manager)
	refusal = "市のほかの補助金を受ける事業は、この募集の対象になりません。"
	question = {"fieldname": public_money, "asked": "Optional", "step": "Money", "answer_needed": "No", "refusal": refusal}
	call = call_of(manager, town, questions=[question])
	says(lambda: call_of(manager, town, call_name="別", questions=[{**question, "fieldname": "plan"}]), FieldNotAskable, "事業計画")
	frappe.db.commit()
	draft = town.draft(call=call, needs_budget=0, **{public_money: 1})
	frappe.db.set_value(PROPOSAL, draft, "acknowledged_on", frappe.utils.now())
	assert refusal in visit(town.representative.user, f"my/proposals/{draft}/check")[1]
	_location, notice = send(town.representative.user, "proposals.actions.submit_proposal", name=draft)
	assert notice["kind"] == "refused" and refusal in notice["text"], notice
	frappe.db.commit()
	rep = town.over_rest(town.representative)
	says(lambda: cycle_steps.submit(rep, draft), AnswerRefused, refusal)
	rep.update(PROPOSAL, draft, {public_money: 0})
	assert cycle_steps.submit(rep, draft) == "Submitted"


def test_the_programme_needs_an_answer_and_says_it_in_its_own_words(town, public_money):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.append(
		"form_fields",
		{"form": "Proposal", "step": "Money", "fieldname": public_money, "label_text": "ほかの公的資金", "answer_needed": "No"},
	)
	doc.save()
	call = call_of(town.manager, town)
	assert any("ほかの公的資金" in line["text"] for part in call_words.describe(call) for line in part["lines"])
	draft = town.draft(needs_budget=0, **{public_money: 1})
	says(lambda: cycle_steps.submit(town.representative, draft), AnswerRefused, "ほかの公的資金", "いいえ")


# -- continued projects ------------------------------------------------------------------------------------------------


def test_a_continued_project_names_last_years(real_town):
	town = real_town
	manager, rep = town.over_rest(town.manager), town.over_rest(town.representative)
	subsidy = {"call_type": "Subsidy", "without_agreement": "Yes"}
	first = call_of(manager, town, call_name="補助金", **subsidy)
	again = call_of(manager, town, call_name="継続の補助金", continued=1, **subsidy)
	frappe.db.commit()
	project = town.project(call=first)
	frappe.db.set_value(PROJECT, project, "published", 1)
	town.section_officer.act(PROJECT, project, "Begin")
	draft = town.draft(call=again, needs_budget=0)
	foreign = town.officer.insert(
		{
			"doctype": PROJECT,
			"project_name": "よその事業",
			"programme": town.programme,
			"organisation": town.other_organisation,
			"section": town.section,
			"fiscal_year": 2025,
			"origin": "City Plan",
		}
	)["name"]
	page = visit(rep.user, f"my/proposals/{draft}/basics")[1]
	assert 'name="continued_project"' in page and project not in page, "what is not reported is not offered"
	frappe.db.commit()
	says(lambda: cycle_steps.submit(rep, draft), ProposalIncomplete, "継続する事業")
	rep.update(PROPOSAL, draft, {"continued_project": project})
	says(lambda: cycle_steps.submit(rep, draft), NotContinuable, "みんなの食堂")
	says(lambda: rep.update(PROPOSAL, draft, {"continued_project": foreign}), NotContinuable)
	assert "よその事業" not in visit(rep.user, f"my/proposals/{draft}")[1]
	frappe.db.rollback()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	cycle_steps.fill_report(town.representative, report)
	frappe.db.commit()
	assert project in visit(rep.user, "my/proposals/new")[1]
	_location, notice = send(
		rep.user,
		"proposals.actions.begin_proposal",
		title="みんなの食堂（2年目）",
		organisation=town.organisation,
		programme=town.programme,
		call=again,
		continued=project,
	)
	assert notice["kind"] == "done", notice
	second = frappe.get_doc(PROPOSAL, {"title": "みんなの食堂（2年目）", "organisation": town.organisation})
	assert second.continued_project == project and second.plan, "what was written is carried over"
	assert project in visit(rep.user, f"my/proposals/{second.name}/basics")[1]
	blocks = [field.name for field in form.fields_of(second, form.REVIEW)]
	assert "continued_project" in blocks, "the committee reads it"
	frappe.db.commit()
	rep.update(PROPOSAL, second.name, {"publish_consent": 1, "needs_budget": 0})
	assert cycle_steps.submit(rep, second.name) == "Submitted"
	frappe.db.rollback()
	cycle_steps.receive(town.officer, second.name)
	status, page = visit("Guest", f"proposals/{second.name}")
	assert status == 200 and f"/kyodo/projects/{project}" in page, "everybody sees what it continues"


# -- the year ------------------------------------------------------------------------------------------------------------


def test_a_label_follows_its_date(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	rule = next(row for row in doc.deadline_rules if row.code == "Budget Proposal")
	rule.update({"kind": "Fixed Date", "month": 5, "day": 15})
	doc.save()
	assert "5月15日" in rule.label_text and "4月末" not in rule.label_text, rule.label_text
	rule.update({"month": 6, "day": 1, "label_text": "提案の締切（４月３０日）"})
	says(doc.save, violation_of(LabelContradictsDate), "6月1日")


def test_a_draft_for_a_call_speaks_of_the_days_of_the_call_only(town):
	call = call_of(town.manager, town, closes_on=in_days(9))
	draft = frappe.get_doc(PROPOSAL, town.draft(call=call, needs_budget=1))
	steps = next_steps.next_steps(draft)
	assert [step.on for step in steps if step.on] == [getdate(in_days(9))]


def test_the_front_page_says_for_which_proposals_the_deadline_of_the_programme_is(town):
	labels = lambda: {row.label for row in programme_public.next_deadlines(town.programme)}
	call_of(town.manager, town, closes_on=in_days(-3))
	assert not any("募集によらない提案" in label for label in labels())
	call_of(town.manager, town, closes_on=in_days(9))
	assert any("募集によらない提案" in label for label in labels())


def test_kept_versions_get_the_new_switches_as_silent_ones(town):
	version = programme_versions.current_version(town.programme)
	rules = frappe.parse_json(frappe.db.get_value(programme_versions.VERSION, version, "rules"))
	old = {field: value for field, value in rules.items() if field not in call_rules.AFTER_HANDING_IN}
	programme_versions.rewrite(version, old)
	the_way_by_declaration.execute()
	the_way_by_declaration.execute()
	kept = frappe.parse_json(frappe.db.get_value(programme_versions.VERSION, version, "rules"))
	assert all(kept[field] == 0 for field in call_rules.AFTER_HANDING_IN)
	assert programme_versions.current_version(town.programme) == version
	doc = frappe.get_doc(PROGRAMME, town.programme)
	assert {"Documents Due", "Documents Handed In", "Proposal Writing Documents"} <= {row.event for row in doc.messages}
