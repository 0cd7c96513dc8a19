"""Running projects: notes, changes of the plan, expenses and payments; which side may write what, and when it is fixed."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate
from partnership import CHANGE, CHANGES, EXPENSE, EXPENSES, NOTE, NOTES, PROJECT, line_of, note, refused, voucher

from kyodo_frappe import reminders
from kyodo_frappe.common.errors import InvalidNumber
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.partnership.errors import (
	DateInFuture,
	InvalidExpense,
	InvalidPayment,
	NotAcknowledged,
	NotAnIssue,
	NoteFixed,
	NotRecognisable,
	NotYourSide,
	OfficeOnly,
	PlanChanged,
	PlanUnchanged,
	ProjectNotActive,
	ProjectNotStarted,
	UnbalancedPayments,
)

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")


def test_acknowledged_note_is_fixed(town):
	project = town.running()
	rep, city, office = town.representative, town.section_officer, town.officer
	name = note(rep, project, side="City", acknowledged_on=nowdate() + " 00:00:00", may_publish=1)
	doc = frappe.get_doc(NOTE, name)
	assert (doc.side, doc.acknowledged_on) == ("Organisation", None)
	for client in (office, town.other_officer, town.viewer, town.outsider, town.support, town.other_section_officer):
		refused(note, client, project)
		refused(client.call, NOTES + "acknowledge", note=name, answer="確認した")
	refused(rep.call, NOTES + "acknowledge", note=name, answer="自分で", exc=NotYourSide)
	refused(town.editor.call, NOTES + "acknowledge", note=name, answer="自分で", exc=NotYourSide)
	refused(city.update, NOTE, name, {"note": "書き換え"}, exc=NotYourSide)
	refused(office.update, NOTE, name, {"note": "書き換え"})
	town.editor.update(NOTE, name, {"note": "開催場所を公民館（2階）に決めた。", "side": "City", "answer": "偽の答え"})
	doc.reload()
	assert (doc.side, doc.answer) == ("Organisation", None) and "2階" in doc.note
	city.call(NOTES + "acknowledge", note=name, answer="了解しました。")
	doc.reload()
	assert doc.answer == "了解しました。" and doc.acknowledged_by == city.user
	refused(city.call, NOTES + "acknowledge", note=name, answer="二度目", exc=NoteFixed)
	for values in ({"note": "あとから"}, {"kind": "Decision"}, {"photos": [{"document": "写真"}]}, {"acknowledged_on": None, "note": "x"}):
		refused(rep.update, NOTE, name, values, exc=NoteFixed)
	rep.update(NOTE, name, {"may_publish": 0})
	refused(rep.update, NOTE, name, {"may_publish": 1}, exc=NoteFixed)
	refused(note, rep, project, note_date=add_days(nowdate(), 1), exc=DateInFuture)


def test_issues_are_settled_and_overdue_notes_reminded_once(town, monkeypatch):
	project = town.running()
	rep, city = town.representative, town.section_officer
	mails = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: mails.append(mail))
	issue = note(city, project, kind="Issue", subject="会場が取れない", note="12月の会場が取れない。")
	assert {mail["recipients"][0] for mail in mails} == {rep.user, town.editor.user}
	refused(city.call, NOTES + "settle_issue", note=issue, answer="取れた", exc=NotAcknowledged)
	refused(rep.call, NOTES + "settle_issue", note=issue, answer=" ")
	rep.call(NOTES + "settle_issue", note=issue, answer="別の部屋を借りた。")
	doc = frappe.get_doc(NOTE, issue)
	assert doc.settled_on and doc.acknowledged_on and doc.answer == "別の部屋を借りた。"
	refused(rep.call, NOTES + "settle_issue", note=issue, answer="もう一度", exc=NoteFixed)
	waiting = note(rep, project)
	refused(city.call, NOTES + "settle_issue", note=waiting, answer="x", exc=NotAnIssue)
	late = add_days(nowdate(), 8)
	assert waiting not in reminders.send("Note Unanswered", add_days(nowdate(), 7))
	mails.clear()
	assert waiting in reminders.send("Note Unanswered", late)
	assert [mail["recipients"] for mail in mails if waiting == mail["reference_name"]] == [[city.user]]
	assert waiting not in reminders.send("Note Unanswered", late)
	city.call(NOTES + "acknowledge", note=waiting)
	assert waiting not in reminders.send("Note Unanswered", add_days(nowdate(), 30))


def test_change_is_proposed_by_one_side_and_agreed_by_the_other(town):
	planning = town.project()
	rep, city, office = town.representative, town.section_officer, town.officer
	refused(rep.call, CHANGES + "begin", project=planning, reason="x", exc=ProjectNotStarted)
	cycle_steps.agree(city, rep, planning, "協働負担事業")
	cycle_steps.run(city, planning)
	project = planning
	for client in (office, town.viewer, town.outsider, town.support):
		refused(client.call, CHANGES + "begin", project=project, reason="x")
	change = rep.call(CHANGES + "begin", project=project, reason="食材費が上がったため")
	assert rep.call(CHANGES + "begin", project=project, reason="もう一度") == change
	doc = frappe.get_doc(CHANGE, change)
	before = frappe.get_doc(PROJECT, project)
	assert [row.description for row in doc.expenses] == [row.description for row in before.expenses] and not doc.changes
	refused(rep.act, CHANGE, change, "Propose Change", exc=PlanUnchanged)
	refused(city.update, CHANGE, change, {"reason": "乗っ取り"}, exc=NotYourSide)
	refused(office.update, CHANGE, change, {"granted_amount": 900000})
	# a small one: 20,000 of 600,000 yen move from the honoraria to the food
	rows = [cycle_steps._client_row(row.as_dict()) for row in doc.expenses]
	for row in rows:
		row.pop("amount")
	rows[0].update(unit_price=8000, quantity=52)
	rows[2]["quantity"] = 8
	rep.update(CHANGE, change, {"expenses": rows, "moved_share": 99, "needs_approval": 1, "side": "City", "plan_digest": "x"})
	doc.reload()
	assert (doc.side, doc.moved_amount, doc.moved_share, doc.needs_approval) == ("Organisation", 20000, 3.33, 0)
	assert doc.changes.split("\n") == [
		"支出：消耗品費 食材 396,000円 → 416,000円",
		"支出：報償費 講師謝礼 180,000円 → 160,000円",
	]
	refused(city.act, CHANGE, change, "Propose Change")
	rep.act(CHANGE, change, "Propose Change")
	refused(rep.update, CHANGE, change, {"reason": "あとから"})
	for client in (rep, town.editor, office, town.viewer, town.outsider):
		refused(client.act, CHANGE, change, "Agree")
	refused(city.act, CHANGE, change, "Agree to Change")
	food = line_of(project, "食材")
	assert city.act(CHANGE, change, "Agree") == "Approved"
	after = frappe.get_doc(PROJECT, project)
	assert [row.amount for row in after.expenses] == [416000, 24000, 160000]
	assert line_of(project, "食材") == food, "vouchers know their line by its name"
	assert not frappe.db.exists("Kyodo Letter", {"project": project})


def test_major_change_is_approved_by_the_office_and_amends_the_agreement(town):
	project = town.running()
	rep, city, office = town.representative, town.section_officer, town.officer
	late = city.call(CHANGES + "begin", project=project, reason="古い案")
	city.update(CHANGE, late, {"to_date": "2027-02-28"})
	change = rep.call(CHANGES + "begin", project=project, reason="期間と予算を改める")
	doc = frappe.get_doc(CHANGE, change)
	values = {"granted_amount": 380000, "plan": "隔週に改める。"}
	values["indicators"] = [{**cycle_steps._client_row(row.as_dict()), "target": row.target / 2} for row in doc.indicators]
	rep.update(CHANGE, change, values)
	doc.reload()
	assert doc.needs_approval and doc.changes_agreement
	assert "交付決定額が変わります。" in doc.approval_reason and "目標が変わります" in doc.approval_reason
	assert "400,000円 → 380,000円" in doc.changes and "目標1,200人" in doc.changes and "目標600人" in doc.changes
	rep.act(CHANGE, change, "Propose Change")
	refused(city.act, CHANGE, change, "Agree")
	assert city.act(CHANGE, change, "Agree to Change") == "Both Agree"
	both = frappe.get_doc("Kyodo Section", town.section)
	both.append("officers", {"user": office.user, "officer_name": "兼務"})
	both.save()
	refused(office.act, CHANGE, change, "Approve", exc=OfficeOnly)
	refused(city.act, CHANGE, change, "Approve")
	town.other_officer.act(CHANGE, change, "Approve")
	after = frappe.get_doc(PROJECT, project)
	assert (after.granted_amount, after.plan, after.indicators[0].target) == (380000, "隔週に改める。", 600)
	letter = frappe.get_doc("Kyodo Letter", {"project": project, "letter_type": "Change Approved"})
	assert "380,000円" in letter.details and letter.organisation == town.organisation
	assert frappe.db.exists("Kyodo Agreement", {"project": project, "workflow_state": "Drafting", "replaces": ["is", "set"]})
	refused(city.act, CHANGE, late, "Propose Change", exc=PlanChanged)
	cycle_steps.complete(city, project)
	refused(rep.call, CHANGES + "begin", project=project, reason="x", exc=ProjectNotActive, says="完了")


def test_expense_is_recorded_with_its_findings(town):
	planning = town.project()
	rep, city, office = town.representative, town.section_officer, town.officer
	refused(voucher, rep, planning, exc=ProjectNotStarted)
	cycle_steps.agree(city, rep, planning, "協働負担事業")
	cycle_steps.run(city, planning)
	project = planning
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.append("category_rules", {"category": "Equipment", "not_eligible": 1})
	programme.save()
	town.rules_changed()
	food = line_of(project, "食材")
	good = voucher(rep, project, budget_line=food, category="Travel", side="City", refused="偽", fiscal_year=1999)
	doc = frappe.get_doc(EXPENSE, good)
	assert (doc.side, doc.category, doc.fiscal_year, doc.refused) == ("Organisation", "Consumables", 2026, None)
	assert doc.finding == "領収書が添付されていません。"
	bad = voucher(
		rep, project, paid_on=add_days(frappe.db.get_value(PROJECT, project, "from_date"), -1), category="Equipment",
		addressee="上様", description="お品代",
	)  # fmt: skip
	lines = frappe.db.get_value(EXPENSE, bad, "finding").split("\n")
	assert [line[:4] for line in lines] == ["支払日が", "この費目", "領収書の", "領収書が", "何を購入"]
	assert "備品" in lines[1] and "上様" in lines[2]
	twin = voucher(town.editor, project)
	assert good in frappe.db.get_value(EXPENSE, twin, "finding")
	mine = voucher(city, project, addressee="鎌倉市", payee="印刷所")
	assert frappe.db.get_value(EXPENSE, mine, ["side", "finding"]) == ("City", "領収書が添付されていません。")
	refused(voucher, rep, project, amount=-5, exc=frappe.NonNegativeError)
	refused(voucher, rep, project, amount=10.5, exc=InvalidNumber)
	refused(voucher, rep, project, paid_on=add_days(nowdate(), 1), exc=DateInFuture)
	refused(voucher, rep, project, budget_line=line_of(project, "食材") + "x", exc=InvalidExpense)
	for client in (office, town.viewer, town.outsider, town.support):
		refused(voucher, client, project)
	for client in (city, town.viewer, town.outsider, office):
		refused(client.update, EXPENSE, good, {"amount": 1})
	rep.update(EXPENSE, bad, {"refused": None, "finding": None, "checked_by": rep.user, "side": "City"})
	assert frappe.db.get_value(EXPENSE, bad, "finding")
	for client in (rep, city, town.manager, town.outsider):
		refused(client.call, EXPENSES + "accept", expense=twin)
		refused(client.call, EXPENSES + "refuse", expense=twin, reason="x")
	refused(office.call, EXPENSES + "accept", expense=bad, exc=NotRecognisable)
	refused(office.call, EXPENSES + "refuse", expense=twin, reason=" ")
	office.call(EXPENSES + "refuse", expense=twin, reason="二重に記録されています。")
	rep.update(EXPENSE, twin, {"refused": None, "description": "食材（追加）"})
	assert frappe.db.get_value(EXPENSE, twin, "refused") == "二重に記録されています。"
	office.call(EXPENSES + "accept", expense=twin)
	assert frappe.db.get_value(EXPENSE, twin, ["refused", "checked_by"]) == (None, office.user)
	rep.update(EXPENSE, twin, {"amount": 9500})
	assert frappe.db.get_value(EXPENSE, twin, "checked_by") is None
	with town.editor:
		frappe.delete_doc(EXPENSE, twin)
	with town.outsider, pytest.raises(frappe.PermissionError):
		frappe.delete_doc(EXPENSE, good)


def test_payments_stay_within_the_grant_and_balance_on_closing(town):
	project = town.running()
	rep, city, office = town.representative, town.section_officer, town.officer
	part = {"kind": "Advance", "amount": 300000, "planned_on": nowdate(), "paid_on": nowdate()}
	for client in (rep, city):
		refused(client.update, PROJECT, project, {"payments": [part]})
	refused(office.update, PROJECT, project, {"payments": [{**part, "amount": 400001}]}, exc=InvalidPayment, says="400,000円")
	refused(office.update, PROJECT, project, {"payments": [{**part, "paid_on": add_days(nowdate(), 1)}]}, exc=DateInFuture)
	refused(office.update, PROJECT, project, {"payments": [{**part, "kind": "Refund"}]}, exc=InvalidPayment)
	office.update(PROJECT, project, {"payments": [part]})
	cycle_steps.complete(city, project)
	report = frappe.db.get_value("Kyodo Report", {"project": project})
	cycle_steps.fill_report(rep, report, share=0.5)
	doc = frappe.get_doc("Kyodo Report", report)
	assert (doc.settled_amount, doc.paid_amount, doc.refund_amount, doc.payable_amount) == (300000, 300000, 0, 0)
	office.act("Kyodo Report", report, "Accept")
	frappe.db.set_value(PROJECT, project, "workflow_state", "Verified")
	frappe.db.set_value("Kyodo Report", report, "settled_amount", 250000)
	refused(office.act, PROJECT, project, "Close Project", exc=UnbalancedPayments, says="50,000円")
	payments = [{**cycle_steps._client_row(row.as_dict()), "paid_on": nowdate()} for row in frappe.get_doc(PROJECT, project).payments]
	office.update(PROJECT, project, {"payments": [*payments, {"kind": "Refund", "amount": 50000, "paid_on": nowdate()}]})
	assert office.act(PROJECT, project, "Close Project") == "Closed"


def test_project_called_off_after_payment_owes_a_report(town):
	project = town.running()
	town.officer.update(PROJECT, project, {"payments": [{"kind": "Advance", "amount": 100000, "paid_on": nowdate()}]})
	town.officer.update(PROJECT, project, {"cancel_reason": "団体が解散したため"})
	town.officer.act(PROJECT, project, "Call Off")
	report = frappe.get_doc("Kyodo Report", {"project": project})
	assert (report.report_kind, report.paid_amount, report.refund_amount) == ("Final", 100000, 100000)
	assert getdate(report.due_date) > getdate(nowdate())
	cycle_steps.fill_report(LocalClient(town.representative.user), report.name, share=0.1)
	assert town.state("Kyodo Report", report.name) == "Submitted"
	assert frappe.db.get_value("Kyodo Report", report.name, "refund_amount") == 40000
