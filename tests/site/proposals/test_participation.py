"""Around a draft: advice, consents, corrections, deadlines, notifications and re-proposals."""

import datetime
import email

import frappe
import pytest
from frappe.model.workflow import apply_workflow
from frappe.utils import getdate
from portal_client import send, visit

from kyodo_frappe.common import corrections
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import LocalClient, Refused
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.organisations.errors import OrganisationNotRegistered
from kyodo_frappe.programme.errors import OneProposalPerOrganisation
from kyodo_frappe.proposals import comments, consents, next_steps, proposals, reproposal
from kyodo_frappe.proposals.errors import CallNotAvailable, ConsentMissing, ProposalLate

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

COMMENT = "kyodo_frappe.proposals.comments.add"
CONSENT = "kyodo_frappe.proposals.consents.consent"


def doc(name: str):
	return frappe.get_doc("Kyodo Proposal", name)


def refused(act, *args, exc=(frappe.ValidationError, frappe.PermissionError, Refused), match: str | None = None, **more):
	with pytest.raises(exc, match=match):
		act(*args, **more)


def letters(proposal: str, letter_type: str) -> list:
	return frappe.get_all("Kyodo Letter", {"proposal": proposal, "letter_type": letter_type}, ["*"], order_by="creation")


def message_of(mail) -> str:
	parts = email.message_from_string(mail.message).walk()
	html = next(part for part in parts if part.get_content_type() == "text/html")
	return html.get_payload(decode=True).decode()


# -- advice ----------------------------------------------------------------------------------------------------------


def test_support_centre_reads_a_draft_once_it_is_asked(town):
	draft = town.draft()
	refused(town.support.read, "Kyodo Proposal", draft)
	town.editor.update("Kyodo Proposal", draft, {"advice_access": "Comment", "advice_question": "効果の書き方"})
	assert doc(draft).advice_asked_on
	assert town.support.read("Kyodo Proposal", draft)["title"]
	refused(town.support.update, "Kyodo Proposal", draft, {"plan": "書き換え"})
	town.editor.update("Kyodo Proposal", draft, {"advice_access": "Write"})
	town.support.update("Kyodo Proposal", draft, {"plan": "支援センターと直した計画"})
	assert doc(draft).plan == "支援センターと直した計画"
	town.editor.update("Kyodo Proposal", draft, {"advice_access": ""})
	refused(town.support.read, "Kyodo Proposal", draft)


def test_support_centre_with_write_access_changes_neither_consents_nor_state(town):
	draft = town.draft(advice_access="Write")
	for value in ({"advice_access": "Comment"}, {"publish_consent": 1}, {"organisation": town.other_organisation}):
		refused(town.support.update, "Kyodo Proposal", draft, value)
	town.representative.update("Kyodo Proposal", draft, {"acknowledged_on": frappe.utils.now()})
	refused(town.support.act, "Kyodo Proposal", draft, "Submit")
	refused(town.viewer.update, "Kyodo Proposal", draft, {"advice_access": ""})
	cycle_steps.submit(town.representative, draft)
	refused(town.support.update, "Kyodo Proposal", draft, {"plan": "提出後の変更"})


def test_request_for_advice_is_mailed_to_the_support_centre(town):
	town.draft(advice_access="Comment", advice_question="効果 & 指標の書き方")
	mail = frappe.get_last_doc("Email Queue")
	assert town.support.user in [row.recipient for row in mail.recipients]
	assert "効果 &amp; 指標の書き方" in message_of(mail)


def test_comments_are_visible_to_writers_and_the_support_centre_only(town):
	draft = town.draft(advice_access="Comment")
	texts = town.support.call(COMMENT, proposal=draft, comment="対象の人数を書くとよいです。", part="plan")
	answered = town.editor.call(COMMENT, proposal=draft, comment="40人と書きました。", part="plan")
	with LocalClient(town.viewer.user):
		shown = comments.by_part(draft)["plan"]
	assert [row.name for row in shown] == [texts, answered]
	assert [row.commented_as for row in shown] == ["Support Centre", "Organisation"]
	for client in (town.outsider, town.officer, town.section_officer, town.viewer, town.guest):
		refused(client.call, COMMENT, proposal=draft, comment="x")
	for client in (town.outsider, town.officer, town.section_officer):
		refused(client.read, "Kyodo Comment", texts)
	refused(town.support.call, COMMENT, proposal=draft, comment="x", part="no_such_part")
	refused(town.support.call, COMMENT, proposal=draft, comment="  ")
	refused(town.support.update, "Kyodo Comment", texts, {"comment": "書き換え"})
	refused(town.support.insert, {"doctype": "Kyodo Comment", "proposal": draft, "comment": "x"})
	town.editor.call("kyodo_frappe.proposals.comments.resolve", comment=texts)
	assert frappe.db.get_value("Kyodo Comment", texts, "resolved_by") == town.editor.user


def test_opinion_is_written_by_the_section_in_charge_only(town):
	frappe.db.set_value("Kyodo Programme", town.programme, "consultation_required", 1)
	town.rules_changed()
	name = town.submitted()
	cycle_steps.receive(town.officer, name)
	town.officer.update("Kyodo Proposal", name, {"section": town.section})
	town.officer.act("Kyodo Proposal", name, "Start Consultation")
	talk = {"doctype": "Kyodo Consultation", "proposal": name, "kind": "Section Talk", "summary": "四者で協議した。"}
	made = town.officer.insert({**talk, "with_support": 1})["name"]
	refused(town.officer.act, "Kyodo Proposal", name, "Refer to Step 1")
	refused(town.other_section_officer.insert, {**talk, "opinion": "よその課の意見"})
	town.section_officer.update("Kyodo Consultation", made, {"opinion": "実施に支障はありません。"})
	town.officer.act("Kyodo Proposal", name, "Refer to Step 1")
	assert town.state("Kyodo Proposal", name) == "Step 1"


def test_advice_on_an_unreadable_proposal_is_refused(town):
	draft = town.draft()
	values = {"doctype": "Kyodo Consultation", "proposal": draft, "kind": "Advice", "summary": "x"}
	refused(town.support.insert, values)
	town.editor.update("Kyodo Proposal", draft, {"advice_access": "Comment"})
	made = town.support.insert(values)["name"]
	refused(town.support.update, "Kyodo Consultation", made, {"opinion": "支援センターの意見"})


# -- consent ---------------------------------------------------------------------------------------------------------


def test_joint_proposal_without_every_consent_is_refused(town):
	draft = town.draft(origin="Joint", partners=[{"organisation": town.other_organisation, "role": "会場"}])
	walk_ready(town, draft)
	assert len(consents.missing(doc(draft))) == 2
	refused(town.representative.act, "Kyodo Proposal", draft, "Submit", exc=ConsentMissing)
	assert town.outsider.read("Kyodo Proposal", draft)["title"]
	assert town.outsider.call(CONSENT, proposal=draft) == "partner"
	refused(town.outsider.call, CONSENT, proposal=draft)
	refused(town.other_section_officer.call, CONSENT, proposal=draft)
	assert town.section_officer.call(CONSENT, proposal=draft) == "section"
	row = doc(draft).partners[0]
	assert row.consented_on and row.consented_by == town.outsider.user
	town.representative.act("Kyodo Proposal", draft, "Submit")


def test_consent_fields_in_an_update_are_ignored(town):
	now = "2026-05-01 10:00:00"
	draft = town.draft(partners=[{"organisation": town.other_organisation, "consented_on": now}])
	values = {"confirmed_on": now, "section_consented_on": now}
	town.representative.update("Kyodo Proposal", draft, values)
	stored = doc(draft)
	assert not (stored.partners[0].consented_on or stored.confirmed_on or stored.section_consented_on)


def test_city_proposal_without_consent_of_the_organisation_is_refused(town):
	draft = cycle_steps.draft(town.section_officer, town.programme, town.organisation, "市からの提案", origin="City", section=town.section)
	walk_ready(town, draft, client=town.section_officer)
	refused(town.section_officer.act, "Kyodo Proposal", draft, "Submit", exc=ConsentMissing, match="みんなの食卓の会")
	refused(town.editor.call, CONSENT, proposal=draft)
	assert town.representative.call(CONSENT, proposal=draft) == "organisation"
	town.section_officer.act("Kyodo Proposal", draft, "Submit")


def test_paper_proposal_is_received_after_confirmation_by_the_organisation(town):
	values = {"intake": "Paper", "paper_note": "窓口で受領（原本は書庫A-3）", "section": town.section}
	name = cycle_steps.draft(town.officer, town.programme, town.organisation, "紙の提案", **values)
	cycle_steps.submit(town.officer, name)
	colleague = LocalClient(town.cast["officer2"])
	refused(colleague.act, "Kyodo Proposal", name, "Receive", exc=ConsentMissing)
	refused(town.editor.call, "kyodo_frappe.proposals.consents.object_to", proposal=name, text="x")
	town.representative.call("kyodo_frappe.proposals.consents.object_to", proposal=name, text="人数は40人です。")
	assert doc(name).objection == "人数は40人です。"
	assert town.representative.call(CONSENT, proposal=name) == "organisation"
	colleague.act("Kyodo Proposal", name, "Receive")
	stored = doc(name)
	assert stored.confirmed_by == town.representative.user and not stored.objection


def test_paper_proposal_with_noted_confirmation_is_received(town):
	name = cycle_steps.draft(town.officer, town.programme, town.organisation, "紙の提案", intake="Paper")
	cycle_steps.submit(town.officer, name)
	town.officer.update("Kyodo Proposal", name, {"confirmation_note": "4月20日、代表者に電話で確認"})
	LocalClient(town.cast["officer2"]).act("Kyodo Proposal", name, "Receive")


def test_intake_of_others_than_the_office_is_online(town):
	draft = town.draft(intake="Paper")
	assert doc(draft).intake == "Online"
	refused(town.representative.update, "Kyodo Proposal", draft, {"intake": "Paper"})


def walk_ready(town, draft: str, client=None):
	(client or town.representative).update("Kyodo Proposal", draft, {"acknowledged_on": frappe.utils.now()})


# -- correction ------------------------------------------------------------------------------------------------------


def asked(town, name: str, **more) -> str:
	rows = [{"field": "plan", "reason": "実施の時期を書いてください。"}, {"field": "", "reason": "代表者名の確認をお願いします。"}]
	town.officer.update("Kyodo Proposal", name, {"corrections": rows, **more})
	town.officer.act("Kyodo Proposal", name, "Return")
	return name


def test_return_names_its_parts_in_a_letter(town):
	name = asked(town, town.submitted())
	rows = doc(name).corrections
	assert [row.field_label for row in rows] == ["事業計画", None]
	assert all(row.returned_on for row in rows)
	response = letters(name, "Correction")
	assert len(response) == 1 and response[0].letter_number
	with LocalClient(town.representative.user):
		context = letter_text.letter_context(frappe.get_doc("Kyodo Letter", response[0].name))
	lines = next(item["lines"] for item in context["items"] if item["label"] == "補正をお願いする点")
	assert lines == ["事業計画：実施の時期を書いてください。", "代表者名の確認をお願いします。"]


def test_requested_correction_is_answered_and_not_rewritten(town):
	name = asked(town, town.submitted())
	rows = [row.as_dict(no_default_fields=False) for row in doc(name).corrections]
	answer = [{**keep(row), "answer": "4月からと書きました。"} for row in rows]
	town.editor.update("Kyodo Proposal", name, {"corrections": answer, "plan": "4月から毎週"})
	assert {row.answer for row in doc(name).corrections} == {"4月からと書きました。"}
	refused(town.editor.update, "Kyodo Proposal", name, {"corrections": answer[:1]})
	refused(town.editor.update, "Kyodo Proposal", name, {"corrections": [{**answer[0], "reason": "ありません"}, answer[1]]})
	refused(town.editor.update, "Kyodo Proposal", name, {"corrections": [{**answer[0], "settled": 1}, answer[1]]})
	town.representative.act("Kyodo Proposal", name, "Submit")
	assert corrections.open_by_field(doc(name))["plan"][0].answer == "4月からと書きました。"
	town.officer.act("Kyodo Proposal", name, "Receive")
	assert all(row.settled for row in doc(name).corrections) and not corrections.open_by_field(doc(name))
	assert len(letters(name, "Receipt")) == 1


def test_correction_of_an_unknown_part_is_refused(town):
	name = town.submitted()
	for field in ("no_such_field", "search_key", "tab_sheet"):
		refused(town.officer.update, "Kyodo Proposal", name, {"corrections": [{"field": field, "reason": "x"}]})


def keep(row: dict) -> dict:
	return {key: row[key] for key in ("name", "field", "reason", "answer", "settled") if row.get(key) is not None}


# -- deadlines -------------------------------------------------------------------------------------------------------


@pytest.fixture
def on_day(monkeypatch):
	def travel(day: str):
		for module in ("kyodo_frappe.kyodo_frappe.doctype.kyodo_proposal.kyodo_proposal", "kyodo_frappe.proposals.proposals"):
			monkeypatch.setattr(f"{module}.nowdate", lambda: day)
		monkeypatch.setattr("kyodo_frappe.proposals.next_steps.nowdate", lambda: day)

	return travel


def test_late_proposal_is_refused_without_consent_to_the_next_round(town, on_day):
	on_day("2026-05-20")
	draft = town.draft(needs_budget=1, requested_amount=400000, next_budget_consent=0)
	walk_ready(town, draft)
	assert proposals.is_late(doc(draft))
	refused(town.representative.act, "Kyodo Proposal", draft, "Submit", exc=ProposalLate, match="4月30日.*令和9年度")
	town.representative.update("Kyodo Proposal", draft, {"next_budget_consent": 1})
	town.representative.act("Kyodo Proposal", draft, "Submit")
	assert doc(draft).fiscal_year == 2027


def test_corrected_proposal_stays_in_time(town, on_day):
	on_day("2026-04-20")
	draft = town.draft(needs_budget=1, requested_amount=400000, next_budget_consent=0)
	walk_ready(town, draft)
	town.representative.act("Kyodo Proposal", draft, "Submit")
	frappe.db.set_value("Kyodo Proposal", draft, "first_submitted_on", "2026-04-20 10:00:00", update_modified=False)
	asked(town, draft)
	on_day("2026-05-20")
	town.representative.act("Kyodo Proposal", draft, "Submit")
	assert doc(draft).fiscal_year == 2026


def test_second_proposal_of_an_organisation_in_a_call_is_refused(town):
	call = frappe.get_doc({"doctype": "Kyodo Call", "call_name": "自由テーマ", "programme": town.programme, "fiscal_year": 2026})
	call.update({"one_per_organisation": 1, "published": 1})
	call.insert()
	first, second = town.draft(call=call.name), town.draft(call=call.name)
	cycle_steps.submit(town.representative, first)
	walk_ready(town, second)
	refused(town.representative.act, "Kyodo Proposal", second, "Submit", exc=OneProposalPerOrganisation, match="みんなの食堂")
	town.representative.update("Kyodo Proposal", first, {"withdraw_reason": "二つめを出すため"})
	town.representative.act("Kyodo Proposal", first, "Withdraw")
	town.representative.act("Kyodo Proposal", second, "Submit")


def test_proposal_of_an_unregistered_organisation_is_refused_where_required(town):
	frappe.db.set_value("Kyodo Programme", town.programme, "registration_required", 1)
	town.rules_changed()
	draft = town.draft()
	walk_ready(town, draft)
	frappe.db.set_value("Kyodo Organisation", town.organisation, "valid_until", "2026-01-01")
	refused(town.representative.act, "Kyodo Proposal", draft, "Submit", exc=OrganisationNotRegistered)
	frappe.db.set_value("Kyodo Organisation", town.organisation, "valid_until", "2099-03-31")
	town.representative.act("Kyodo Proposal", draft, "Submit")


# -- what comes next -------------------------------------------------------------------------------------------------


def test_next_steps_name_actor_and_date(town, on_day):
	on_day("2026-04-10")
	draft = town.draft(needs_budget=1, requested_amount=400000)
	first = next_steps.next_steps(doc(draft))[0]
	assert (first.on, first.actor) == (datetime.date(2026, 4, 30), "organisation")
	name = town.in_step_1()
	assert next_steps.next_steps(doc(name))[0].actor == "meeting"
	meeting = town.meeting(name)
	frappe.db.set_value("Kyodo Meeting", meeting, "meeting_date", "2026-12-10")
	response = next_steps.next_steps(doc(name))[0]
	assert response.on == getdate("2026-12-10") and "ヒヤリング" in response.text


def test_every_waiting_state_has_next_steps(town):
	draft = doc(town.draft())
	for state in ("Draft", "Submitted", "Returned", "Received", "In Consultation", "Step 1", "Step 2", "Pending Budget"):
		draft.workflow_state = state
		assert next_steps.next_steps(draft), state
	draft.workflow_state = "Withdrawn"
	assert next_steps.next_steps(draft) == []


# -- again -----------------------------------------------------------------------------------------------------------


def test_reproposal_shows_changes_and_remarks(town):
	old = town.in_step_1()
	town.decided(old, "Not Adopted", reasons=cycle_steps.REFUSAL)
	new = town.representative.call("kyodo_frappe.proposals.proposals.propose_again", proposal=old)
	assert reproposal.changes(doc(new)) == []
	assert [row["label"] for row in reproposal.unanswered_remarks(doc(new))] == ["継続性"]
	expenses = [row.as_dict(no_default_fields=True) for row in doc(new).expenses]
	expenses[0]["unit_price"] = 8000
	continuity = cycle_steps.SHEET["continuity"].replace("3年で", "5年で")
	town.editor.update("Kyodo Proposal", new, {"continuity": continuity, "expenses": expenses})
	changes = {change.field: change for change in reproposal.changes(doc(new))}
	assert set(changes) == {"continuity", "expenses"}
	assert ("delete", "3") in changes["continuity"].parts and ("insert", "5") in changes["continuity"].parts
	assert changes["continuity"].remarks[0]["finding"] == "×"
	assert reproposal.unanswered_remarks(doc(new)) == []


# -- in the portal ---------------------------------------------------------------------------------------------------


def test_committee_members_see_changes_of_a_reproposal(town):
	old = town.in_step_1()
	town.decided(old, "Not Adopted", reasons=cycle_steps.REFUSAL)
	new = town.representative.call("kyodo_frappe.proposals.proposals.propose_again", proposal=old)
	text = cycle_steps.SHEET["continuity"].replace("3年で", "5年で")
	town.representative.update("Kyodo Proposal", new, {"continuity": text, "title": "新しい題"})
	cycle_steps.submit(town.representative, new)
	cycle_steps.receive(town.officer, new)
	cycle_steps.refer(town.officer, new, town.section)
	town.meeting(new)
	review = frappe.get_all("Kyodo Review", {"proposal": new, "member": town.members["npo1"].user}, pluck="name", order_by="name")
	status, page = visit(town.members["npo1"].user, f"my/reviews/{review[0]}")
	assert status == 200
	assert "<del>3</del><ins>5</ins>" in page and "2年目以降の財源が示されていない" in page


def test_my_page_lists_pending_consents_and_requests_for_advice(town):
	paper = cycle_steps.draft(town.officer, town.programme, town.organisation, "紙で届いた提案", intake="Paper")
	joint = town.draft(partners=[{"organisation": town.other_organisation}], advice_access="Comment")
	status, page = visit(town.representative.user, "my")
	assert status == 200 and f"/kyodo/my/proposals/{paper}" in page and "同意が必要な提案" in page
	assert "同意が必要な提案" in visit(town.outsider.user, "my")[1]
	assert joint in visit(town.support.user, "my")[1] and "相談の依頼" in visit(town.support.user, "my")[1]
	assert "同意が必要な提案" not in visit(town.editor.user, "my")[1]


def test_participation_forms_store_what_is_sent(town):
	draft = town.draft(partners=[{"organisation": town.other_organisation}])
	send(town.editor.user, "proposals.participation_actions.ask_advice", proposal=draft, advice_access="Comment", advice_question="全体")
	assert doc(draft).advice_access == "Comment"
	assert (
		send(town.support.user, "proposals.participation_actions.add_comment", proposal=draft, comment="よい案です。")[1]["kind"] == "done"
	)
	assert send(town.outsider.user, "proposals.participation_actions.add_comment", proposal=draft, comment="x")[1]["kind"] == "refused"
	assert send(town.outsider.user, "proposals.participation_actions.give_consent", proposal=draft)[1]["kind"] == "refused"
	assert send(town.outsider.user, "proposals.participation_actions.give_consent", proposal=draft, agreed="1")[1]["kind"] == "done"
	assert doc(draft).partners[0].consented_by == town.outsider.user
	for client in (town.viewer, town.section_officer, town.support):
		answer = send(client.user, "proposals.participation_actions.ask_advice", proposal=draft, advice_access="Write")
		assert answer[1]["kind"] == "refused"


def test_people_are_notified_by_mail(town):
	name = town.submitted()
	asked(town, name)
	mail = frappe.get_last_doc("Email Queue", {"reference_name": name})
	assert "事業計画：実施の時期を書いてください。" in message_of(mail)
	assert town.viewer.user not in [row.recipient for row in mail.recipients]


def test_partners_are_added_and_removed(town):
	draft = town.draft()
	address = f"my/proposals/{draft}/together"
	unknown = send(town.editor.user, "proposals.participation_actions.add_partner", proposal=draft, number="KO-99999")[1]
	assert unknown["kind"] == "refused" and "KO-99999" in unknown["text"]
	added = send(
		town.editor.user, "proposals.participation_actions.add_partner", proposal=draft, number=town.other_organisation.lower(), role="会場"
	)
	assert added[1]["kind"] == "done"
	assert town.outsider.user in [row.recipient for row in frappe.get_last_doc("Email Queue", {"reference_name": draft}).recipients]
	page = visit(town.editor.user, address)[1]
	assert town.other_organisation in page and "となりの会" not in page, "a name is shown once its owner agrees or publishes it"
	town.outsider.call(CONSENT, proposal=draft)
	assert "となりの会" in visit(town.editor.user, address)[1]
	for client in (town.viewer, town.outsider, town.section_officer):
		answer = send(client.user, "proposals.participation_actions.remove_partner", proposal=draft, row=doc(draft).partners[0].name)
		assert answer[1]["kind"] == "refused"
	send(town.editor.user, "proposals.participation_actions.remove_partner", proposal=draft, row=doc(draft).partners[0].name)
	assert not doc(draft).partners


def test_consent_of_a_section_is_void_after_another_is_chosen(town):
	draft = town.draft()
	send(town.editor.user, "proposals.participation_actions.propose_with_city", proposal=draft, section=town.section)
	assert doc(draft).origin == "Joint"
	town.section_officer.call(CONSENT, proposal=draft)
	send(town.editor.user, "proposals.participation_actions.propose_with_city", proposal=draft, section=town.other_section)
	assert not doc(draft).section_consented_on


def test_page_of_a_draft_by_user(town):
	draft = town.draft(advice_access="Comment")
	address = f"my/proposals/{draft}/together"
	assert visit(town.viewer.user, address)[0] == 200
	assert "会員 二郎" not in visit(town.support.user, address)[1]
	for client in (town.outsider, town.officer):
		assert visit(client.user, address)[0] == visit(client.user, "my/proposals/KP-0000/together")[0] == 404
	assert visit("Guest", address)[0] == 302


def test_corrections_are_answered_in_the_portal(town):
	name = asked(town, town.submitted())
	row = doc(name).corrections[0].name
	answer = {f"answer-{row}": "4月からです。", "answer-xyz": "x"}
	assert send(town.editor.user, "proposals.participation_actions.answer_corrections", proposal=name, **answer)[1]["kind"] == "done"
	assert doc(name).corrections[0].answer == "4月からです。"
	assert send(town.viewer.user, "proposals.participation_actions.answer_corrections", proposal=name, **answer)[1]["kind"] == "refused"


def test_the_support_centre_records_its_advice(town):
	draft = town.draft(advice_access="Comment")
	texts = {"summary": "効果の書き方を助言した。", "held_on": "令和8年5月1日", "visible": "1"}
	assert send(town.support.user, "proposals.participation_actions.record_advice", proposal=draft, **texts)[1]["kind"] == "done"
	assert "効果の書き方を助言した。" in visit(town.editor.user, f"my/proposals/{draft}")[1]
	for client in (town.outsider, town.viewer):
		assert send(client.user, "proposals.participation_actions.record_advice", proposal=draft, **texts)[1]["kind"] == "refused"


def test_overview_shows_corrections_and_next_steps(town):
	name = asked(town, town.submitted())
	page = visit(town.editor.user, f"my/proposals/{name}")[1]
	assert "実施の時期を書いてください。" in page and f"/kyodo/my/proposals/{name}/sheet#i-plan" in page
	assert "これからの流れ" in page and "補正の依頼" in page and "鎌市活第" in page
	assert "取り下げる" not in visit(town.viewer.user, f"my/proposals/{name}")[1]


def test_my_page_shows_when_a_registration_can_be_renewed(town):
	values = {"valid_until": frappe.utils.add_days(frappe.utils.nowdate(), 10), "registered_on": "2026-04-01"}
	frappe.db.set_value("Kyodo Organisation", town.organisation, values)
	address = f"/kyodo/my/organisation/renew?name={town.organisation}"
	assert address in visit(town.editor.user, "my")[1]
	assert address not in visit(town.viewer.user, "my")[1]


def test_proposals_awaiting_consent_agree_with_each_proposal(town):
	city = cycle_steps.draft(town.section_officer, town.programme, town.organisation, "市の下書き", origin="City", section=town.section)
	paper = cycle_steps.draft(town.officer, town.programme, town.organisation, "紙の提案", intake="Paper")
	joint = town.draft(partners=[{"organisation": town.other_organisation}])
	own = town.draft()
	for client in (town.representative, town.editor, town.outsider):
		listed = {row.name for row in consents.proposals_awaiting(client.user)} & {city, paper, joint, own}
		each = {
			name for name in (city, paper, joint, own) if consents.pending_consent(doc(name), client.user) in ("partner", "organisation")
		}
		assert listed == each, client.user
	assert {row.name for row in consents.proposals_awaiting(town.representative.user)} >= {city, paper}


def test_unpublished_call_is_refused_for_others_than_the_office(town):
	values = {"doctype": "Kyodo Call", "programme": town.programme, "fiscal_year": 2026}
	hidden = frappe.get_doc({**values, "call_name": "準備中の募集"}).insert().name
	shown = frappe.get_doc({**values, "call_name": "公開中の募集", "published": 1}).insert().name
	draft = town.draft()
	refused(town.editor.update, "Kyodo Proposal", draft, {"call": hidden}, exc=CallNotAvailable)
	town.editor.update("Kyodo Proposal", draft, {"call": shown})
	frappe.db.set_value("Kyodo Call", shown, "published", 0)
	town.editor.update("Kyodo Proposal", draft, {"plan": "募集が終わっても書き続けられる"})
	assert doc(draft).call == shown


def test_mail_to_the_office_is_japanese_for_an_english_user(town):
	draft = town.draft()
	walk_ready(town, draft)
	with town.representative:
		frappe.local.lang = "en"
		apply_workflow(doc(draft), "Submit")
	response = frappe.get_last_doc("Notification Log", {"document_name": draft, "for_user": town.officer.user})
	assert "提案書が提出されました" in response.subject


def test_headings_in_a_letter_are_japanese_on_an_english_desk(town):
	name = town.submitted()
	with town.officer:
		frappe.local.lang = "en"
		record = doc(name)
		record.append("corrections", {"field": "expenses", "reason": "単価の根拠"})
		record.save()
	assert doc(name).corrections[0].field_label == "収支（支出）"
