"""Agreements: open points, compulsory clauses, confirmations, amendments and terms."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate
from portal_client import visit

from kyodo_frappe import reminders
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.organisations import registration
from kyodo_frappe.organisations.errors import OrganisationNotRegistered
from kyodo_frappe.partnership import agreement_drafts, agreement_terms, agreement_text, negotiation
from kyodo_frappe.partnership.errors import (
	AgreementIncomplete,
	AgreementRequired,
	NoAnswerYet,
	NotOpen,
	NotYourSide,
	TextChanged,
	TextFixed,
)
from kyodo_frappe.rules.era import era_date

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

REFUSED = (frappe.PermissionError, frappe.ValidationError)
FORM = "協働負担事業"
CONFIRM = "kyodo_frappe.partnership.agreements.confirm"
AMEND = "kyodo_frappe.partnership.agreement_terms.begin_amendment"
RAISE = "kyodo_frappe.partnership.negotiation.raise_point"
REPLY = "kyodo_frappe.partnership.negotiation.reply"
SETTLE = "kyodo_frappe.partnership.negotiation.settle"
WITHDRAW = "kyodo_frappe.partnership.negotiation.withdraw"


@pytest.fixture
def project(town):
	name = town.project()
	town.section_officer.update("Kyodo Project", name, {"form": FORM})
	return name


def drafted(town, project: str, **more) -> str:
	return town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project, **more)


def concluded(town, project: str) -> str:
	return cycle_steps.agree(town.section_officer, town.representative, project, FORM)


def text_of(name: str):
	return frappe.get_doc("Kyodo Agreement", name)


# -- the text -------------------------------------------------------------------------------


def test_change_of_the_text_voids_confirmations(town, project):
	name = drafted(town, project)
	doc, plan = text_of(name), frappe.get_doc("Kyodo Project", project)
	assert [row.indicator for row in doc.indicators] == [row.indicator for row in plan.indicators] != []
	assert [row.period for row in doc.schedule] == [row.period for row in plan.schedule] != []
	assert not agreement_drafts.differences_from_plan(doc)
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	cycle_steps.confirm(town.representative, name, "代表")
	read = text_of(name).content_hash
	rows = [row.as_dict() for row in text_of(name).indicators]
	rows[0]["target"] = (rows[0]["target"] or 0) + 1
	town.section_officer.update("Kyodo Agreement", name, {"indicators": rows})
	after = text_of(name)
	assert (after.workflow_state, after.confirmations, after.content_hash == read) == ("Drafting", [], False)
	assert agreement_drafts.differences_from_plan(after) == [frappe._("Evaluation Items and Targets")]
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	with pytest.raises(TextChanged):
		town.section_officer.call(CONFIRM, agreement=name, content_hash=read, position="課長")


def test_replaced_annex_file_changes_the_text(town, project):
	name = drafted(town, project)
	doc = text_of(name)
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "図面.txt",
			"content": "最初の図面",
			"attached_to_doctype": "Kyodo Agreement",
			"attached_to_name": name,
			"is_private": 1,
		}
	).insert()
	doc.append("annexes", {"document": "図面", "file": file.file_url})
	doc.save()
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	read = text_of(name).content_hash
	frappe.db.set_value("File", file.name, "content_hash", "0" * 32)
	with pytest.raises(TextChanged):
		town.representative.call(CONFIRM, agreement=name, content_hash=read, position="代表")


def test_offer_without_compulsory_clauses_or_with_open_points_is_refused(town, project):
	name = drafted(town, project)
	clauses = [row.as_dict() for row in text_of(name).clauses if row.heading not in ("目的", "責任")]
	town.representative.update("Kyodo Agreement", name, {"clauses": clauses})
	point = town.representative.call(RAISE, project=project, about="Money", subject="会場費の負担", suggestion="市が負担する")
	with pytest.raises(AgreementIncomplete) as refused:
		town.section_officer.act("Kyodo Agreement", name, "Offer")
	assert all(word in str(refused.value) for word in ("目的", "責任", "会場費の負担"))
	assert "費用負担" not in str(refused.value)
	town.section_officer.call(SETTLE, point=point, settlement="会場費は市が負担する。")
	rows = [row.as_dict() for row in text_of(name).clauses]
	rows += [{"heading": "目的", "body": "地域の居場所をつくる。"}, {"heading": "責任", "body": "それぞれ負う。"}]
	town.representative.update("Kyodo Agreement", name, {"clauses": rows})
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	assert town.state("Kyodo Agreement", name) == "Offered"


def test_minutes_are_accepted_only_if_the_programme_allows_them(town, project):
	with pytest.raises(AgreementRequired):
		drafted(town, project, kind="Minutes")
	frappe.db.set_value("Kyodo Programme", town.programme, "agreement_optional", 1)
	town.rules_changed()
	name = drafted(town, project, kind="Minutes")
	assert not text_of(name).clauses
	with pytest.raises(AgreementIncomplete):
		town.section_officer.act("Kyodo Agreement", name, "Offer")
	town.section_officer.update(
		"Kyodo Agreement", name, {"minutes_text": "実行委員会で、双方の役割を確認した。", "minutes_date": nowdate()}
	)
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	cycle_steps.confirm(town.representative, name, "実行委員長")
	cycle_steps.confirm(town.section_officer, name, "課長")
	assert town.state("Kyodo Agreement", name) == "Concluded"
	assert town.section_officer.act("Kyodo Project", project, "Begin")


def test_every_organisation_confirms_and_nobody_for_both_sides(town, project):
	doc = frappe.get_doc("Kyodo Project", project)
	doc.append("organisations", {"organisation": town.other_organisation})
	doc.flags.kyodo_service = True
	doc.save()
	name = drafted(town, project)
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	assert len(text_of(name).parties) == 3
	cycle_steps.confirm(town.representative, name, "代表")
	assert cycle_steps.confirm(town.section_officer, name, "課長")["state"] == "Offered"
	section = frappe.get_doc("Kyodo Section", town.section)
	section.append("officers", {"user": town.viewer.user, "officer_name": "兼務 者"})
	section.save()
	town.give_role(town.viewer, "Kyodo Section Officer")
	with pytest.raises(NotYourSide):
		cycle_steps.confirm(town.viewer, name, "係長")
	assert cycle_steps.confirm(town.outsider, name, "会長") == {"state": "Concluded", "waiting": []}


# -- amending, ending --------------------------------------------------------------------------


def test_amended_agreement_stays_in_force_until_the_amendment_is_concluded(town, project):
	old = concluded(town, project)
	assert town.section_officer.act("Kyodo Project", project, "Begin")
	with pytest.raises(REFUSED):
		town.outsider.call(AMEND, agreement=old, reason="よそ者")
	with pytest.raises(REFUSED):
		town.representative.call(AMEND, agreement=old, reason=" ")
	new = town.representative.call(AMEND, agreement=old, reason="回数を増やす")
	assert town.section_officer.call(AMEND, agreement=old, reason="別の理由") == new
	assert text_of(new).replaces == old and text_of(new).amend_reason == "回数を増やす"
	assert town.state("Kyodo Agreement", old) == "Concluded"
	rows = [row.as_dict() for row in text_of(new).roles]
	rows.append({"side": "City", "role": "会場を月2回用意する。"})
	town.section_officer.update("Kyodo Agreement", new, {"roles": rows, "replaces": ""})
	assert text_of(new).replaces == old
	town.section_officer.act("Kyodo Agreement", new, "Offer")
	cycle_steps.confirm(town.section_officer, new, "課長")
	cycle_steps.confirm(town.representative, new, "代表")
	before, after = text_of(old), text_of(new)
	assert (before.workflow_state, before.replaced_by, before.docstatus) == ("Ended", new, 1)
	assert before.content_hash == agreement_text.hash_of(before) != after.content_hash
	assert [row.party for row in before.confirmations] != []
	assert (
		[row.name for row in agreement_terms.amendment_chain(before)]
		== [old, new]
		== [row.name for row in agreement_terms.amendment_chain(after)]
	)
	assert "会場を月2回用意する。" in [row.role for row in frappe.get_doc("Kyodo Project", project).roles]
	assert town.representative.read("Kyodo Agreement", old)["clauses"]
	with pytest.raises(TextFixed):
		town.representative.call(AMEND, agreement=old, reason="もう一度")


def test_plan_of_a_running_project_cannot_be_edited(town, project):
	concluded(town, project)
	town.section_officer.act("Kyodo Project", project, "Begin")
	for values in ({"plan": "別の計画"}, {"roles": []}, {"granted_amount": 1}, {"to_date": nowdate()}, {"expenses": []}):
		for client in (town.section_officer, town.representative, town.officer):
			with pytest.raises(REFUSED):
				client.update("Kyodo Project", project, values)


def test_calling_off_a_project_terminates_its_agreement(town, project):
	name = concluded(town, project)
	town.section_officer.act("Kyodo Project", project, "Begin")
	town.officer.update("Kyodo Project", project, {"cancel_reason": "団体が解散したため"})
	town.officer.act("Kyodo Project", project, "Call Off")
	doc = text_of(name)
	assert (doc.workflow_state, doc.termination_reason) == ("Terminated", "団体が解散したため")
	assert str(doc.terminated_on) == nowdate()
	with pytest.raises(REFUSED):
		agreement_terms.begin_amendment(name, "もう無い")


def test_calling_off_a_project_withdraws_an_unconcluded_agreement(town, project):
	name = drafted(town, project)
	with pytest.raises(REFUSED):  # only withdrawn when the project is called off
		town.officer.act("Kyodo Agreement", name, "Withdraw")
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	cycle_steps.confirm(town.section_officer, name, "課長")
	town.officer.update("Kyodo Project", project, {"cancel_reason": "団体が解散したため"})
	town.officer.act("Kyodo Project", project, "Call Off")
	doc = text_of(name)
	assert (doc.workflow_state, doc.docstatus, doc.confirmations) == ("Withdrawn", 0, [])
	for client in (town.section_officer, town.representative):
		with pytest.raises(REFUSED):
			client.act("Kyodo Agreement", name, "Offer")
		with pytest.raises(REFUSED):
			client.update("Kyodo Agreement", name, {"minutes_text": "続き"})
	with pytest.raises(REFUSED):
		drafted(town, project)
	page = visit(town.representative.user, f"my/agreements/{name}")[1]
	assert "事業が中止になりました" in page and "agreements/" + name + "/edit" not in page


def test_both_sides_are_reminded_once_before_a_term_ends(town, project):
	name = concluded(town, project)
	town.section_officer.act("Kyodo Project", project, "Begin")
	until = getdate(text_of(name).effective_to)
	assert name not in reminders.send("Agreement Ending", add_days(until, -61))
	mails = frappe.db.count("Email Queue", {"reference_doctype": "Kyodo Agreement", "reference_name": name})
	assert name in reminders.send("Agreement Ending", add_days(until, -60))
	told = frappe.db.count("Email Queue", {"reference_doctype": "Kyodo Agreement", "reference_name": name}) - mails
	assert name not in reminders.send("Agreement Ending", add_days(until, -59))
	assert name in reminders.send("Agreement Ending", add_days(until, 1)) and name not in agreement_terms.end_terms(add_days(until, 1))
	assert town.state("Kyodo Agreement", name) == "Concluded", "its project still runs"
	frappe.db.set_value("Kyodo Project", project, "workflow_state", "Verified")
	assert name in agreement_terms.end_terms(add_days(until, 2))
	assert town.state("Kyodo Agreement", name) == "Ended"
	assert told == 0 or told >= 2


# -- organisations that leave -------------------------------------------------------------------


def test_agreement_with_a_departed_organisation_is_refused(town, project):
	name = drafted(town, project)
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	cycle_steps.confirm(town.section_officer, name, "課長")
	town.officer.act("Kyodo Organisation", town.organisation, "Withdraw")
	assert registration.is_inactive(town.organisation)
	with pytest.raises(OrganisationNotRegistered, match="みんなの食卓の会"):
		cycle_steps.confirm(town.representative, name, "代表")
	assert text_of(name).workflow_state == "Offered" and len(text_of(name).confirmations) == 1
	with pytest.raises(OrganisationNotRegistered, match="みんなの食卓の会"):
		town.section_officer.act("Kyodo Agreement", name, "Reopen") and town.section_officer.act("Kyodo Agreement", name, "Offer")
	comments = frappe.get_all("Comment", {"reference_doctype": "Kyodo Project", "reference_name": project}, pluck="content")
	assert any("みんなの食卓の会" in text for text in comments)


# -- open points ----------------------------------------------------------------------------------


def test_only_the_two_sides_raise_and_settle_points(town, project):
	for client in (town.outsider, town.other_section_officer, town.members["npo1"], town.support, town.viewer, town.officer):
		with pytest.raises(REFUSED):
			client.call(RAISE, project=project, about="Roles", subject="会場")
	with pytest.raises(REFUSED):
		town.representative.call(RAISE, project=project, about="Roles", subject="  ")
	point = town.editor.call(RAISE, project=project, about="Roles", subject="会場の準備", suggestion="市にお願いしたい")
	doc = frappe.get_doc("Kyodo Open Point", point)
	assert (doc.side, doc.state, negotiation.side_to_answer(doc)) == ("Organisation", "Open", "City")
	with pytest.raises(NoAnswerYet):
		town.representative.call(SETTLE, point=point, settlement="市がする")
	with pytest.raises(NotYourSide):
		town.section_officer.call(WITHDRAW, point=point)
	town.officer.call(REPLY, point=point, said="双方で一度見に行ってはどうでしょうか。")
	assert negotiation.side_to_answer(frappe.get_doc("Kyodo Open Point", point)) == "City"
	town.section_officer.call(REPLY, point=point, said="備品の運搬は団体にお願いしたい。")
	doc.reload()
	assert [row.side for row in doc.replies] == ["Office", "City"] and negotiation.side_to_answer(doc) == "Organisation"
	town.representative.call(SETTLE, point=point, settlement="会場は市、備品は団体が準備する。")
	doc.reload()
	assert (doc.state, doc.settled_by) == ("Settled", town.representative.user)
	with pytest.raises(NotOpen):
		town.section_officer.call(REPLY, point=point, said="もう一度")
	for values in ({"state": "Open"}, {"settlement": "書き換え"}, {"side": "City"}):
		with pytest.raises(REFUSED):
			town.section_officer.update("Kyodo Open Point", point, values)
	with pytest.raises(REFUSED):
		town.outsider.read("Kyodo Open Point", point)
	assert negotiation.open_points(project) == []


def test_participants_see_the_history_of_changes(town, project, monkeypatch):
	monkeypatch.setitem(frappe.flags, "in_test", False)  # Frappe keeps no versions in tests
	if hasattr(frappe, "in_test"):  # v16
		monkeypatch.setattr(frappe, "in_test", False)
	rows = [row.as_dict() for row in frappe.get_doc("Kyodo Project", project).indicators]
	rows[0]["target"] = 77
	town.representative.update("Kyodo Project", project, {"indicators": rows, "plan": "毎週水曜に開く。"})
	drafted(town, project)
	for client in (town.section_officer, town.viewer, town.officer):
		seen = client.call("kyodo_frappe.partnership.negotiation.changes_of", project=project)
		told = {(row["label"], row["after"], row["side"]) for row in seen}
		assert ("事業計画", "毎週水曜に開く。", "Organisation") in told, told
		assert any("77" in after and side == "Organisation" for _label, after, side in told)
	for client in (town.outsider, town.members["npo1"], town.support, town.other_section_officer):
		with pytest.raises(REFUSED):
			client.call("kyodo_frappe.partnership.negotiation.changes_of", project=project)


def test_unedited_clauses_follow_the_plan(town, project):
	name = drafted(town, project)
	term = next(row for row in text_of(name).clauses if row.heading == "期間")
	assert "令和" in term.body
	until = add_days(getdate(text_of(name).effective_to), -31)
	town.section_officer.update("Kyodo Project", project, {"to_date": str(until)})
	own = "目的は、話し合って決めたとおりとする。"
	rows = [{**row.as_dict(), "body": own} if row.heading == "目的" else row.as_dict() for row in text_of(name).clauses]
	town.representative.update("Kyodo Agreement", name, {"clauses": rows})
	town.representative.call("kyodo_frappe.partnership.agreement_drafts.take_plan", agreement=name)
	bodies = {row.heading: row.body for row in text_of(name).clauses}
	assert era_date(getdate(until)) in bodies["期間"] and term.body != bodies["期間"]
	assert bodies["目的"] == own
	assert not agreement_drafts.differences_from_plan(text_of(name))
	town.section_officer.update("Kyodo Agreement", name, {"effective_to": str(add_days(until, -1))})
	assert era_date(getdate(add_days(until, -1))) in next(row.body for row in text_of(name).clauses if row.heading == "期間")
