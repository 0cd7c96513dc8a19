"""Money after the decision: what is asked for and paid, from when on spending counts, vouchers, quantities, changes up and down."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate
from partnership import ACCOUNT as STORED_ACCOUNT
from partnership import CHANGE, CHANGES, EXPENSE, EXPENSES, PROJECT, line_of, refused, voucher
from portal_client import acting, send, visit
from pypdf import PdfReader

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership import payment_paper, payment_requests, payments
from kyodo_frappe.partnership.errors import (
	AccountMissing,
	AdvanceTooHigh,
	DateInFuture,
	NothingToAskFor,
	NotRecognisable,
	NotYourSide,
	PaymentExceedsSettlement,
	PaymentOfRequest,
	PlanUnchanged,
	ProjectNotActive,
)
from kyodo_frappe.proposals.errors import EarlyStartNotPossible
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.errors import ContentFrozen, FourEyesRequired

REPORT, REQUEST, PROPOSAL = "Kyodo Report", "Kyodo Payment Request", "Kyodo Proposal"
ASK, WITHDRAW = "kyodo_frappe.partnership.payment_requests.ask", "kyodo_frappe.partnership.payment_requests.withdraw"
EARLY = "kyodo_frappe.proposals.early_start."
ACCOUNT = {**STORED_ACCOUNT, "account_number": "１２３-４５６７", "account_holder": "ﾐﾝﾅﾉｼｮｸﾀｸﾉｶｲ"}  # as people type it


def programme_of(town, *rules, **values):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	doc.update(values)
	for row in rules:
		doc.append("category_rules", row)
	doc.save()
	town.rules_changed()


def asked(town, project: str, amount="200,000円", kind="Advance", **account) -> str:
	return town.representative.call(ASK, project=project, kind=kind, amount=amount, **{**ACCOUNT, **account})


def report_of(project: str):
	return frappe.get_doc(REPORT, {"project": project, "report_kind": "Final"})


def line(project: str, description: str):
	return next(row for row in report_of(project).settlement if row.description == description)


# -- requests for payment ---------------------------------------------------------------------------


def test_an_advance_is_asked_for_decided_and_paid(town):
	project = town.running()
	programme_of(town, advance_most=50)
	office, rep = town.officer, town.representative
	said = refused(asked, town, project, amount=200001, exc=AdvanceTooHigh)
	assert "50％" in said and "200,000円" in said and "400,000円" in said
	name = asked(town, project)
	doc = frappe.get_doc(REQUEST, name)
	assert (doc.amount, doc.workflow_state, doc.account_number, doc.account_holder) == (
		200000,
		"Payment Requested",
		"1234567",
		"ミンナノショクタクノカイ",
	)
	refused(asked, town, project, amount=1, exc=AdvanceTooHigh, says="0円")
	assert office.act(REQUEST, name, "Decide Payment") == "Payment Decided"
	row = frappe.get_doc(PROJECT, project).payments[0]
	assert (row.kind, row.amount, row.request, row.paid_on) == ("Advance", 200000, name, None)
	refused(office.act, REQUEST, name, "Record Payment", says="支払日")
	refused(office.update, REQUEST, name, {"paid_on": add_days(nowdate(), 1), "workflow_state": "Paid"}, exc=DateInFuture)
	office.update(REQUEST, name, {"paid_on": nowdate()})
	assert office.act(REQUEST, name, "Record Payment") == "Paid"
	assert str(frappe.get_doc(PROJECT, project).payments[0].paid_on) == nowdate()
	refused(rep.call, WITHDRAW, payment_request=name)
	page = visit(town.viewer.user, f"my/projects/{project}/payments")[1]
	assert "支払済み" in page and "200,000円" in page and "＊＊＊＊567" in page and "1234567" not in page


def test_only_the_organisation_asks_and_only_the_office_decides(town):
	project = town.running()
	for client in (town.section_officer, town.officer, town.viewer):
		refused(client.call, ASK, project=project, kind="Advance", amount=1000, **ACCOUNT, exc=NotYourSide)
	refused(town.outsider.call, ASK, project=project, kind="Advance", amount=1000, **ACCOUNT, exc=frappe.PermissionError)
	refused(
		town.representative.insert, {"doctype": REQUEST, "project": project, "kind": "Advance", "amount": 1000}, exc=frappe.PermissionError
	)
	name = asked(town, project)
	for client in (town.representative, town.section_officer, town.manager):
		refused(client.act, REQUEST, name, "Decide Payment")
	organisation = frappe.get_doc("Kyodo Organisation", town.organisation)
	organisation.append("members", {"user": town.officer.user, "member_role": "Viewer"})
	organisation.save()
	refused(town.officer.act, REQUEST, name, "Decide Payment", exc=FourEyesRequired)
	assert town.other_officer.act(REQUEST, name, "Decide Payment") == "Payment Decided"


def test_an_account_is_whole_and_changes_only_with_a_new_request(town):
	project = town.running()
	refused(asked, town, project, account_number="", exc=AccountMissing, says="口座番号")
	refused(asked, town, project, account_number="12345678901", exc=AccountMissing, says="12345678901")
	refused(asked, town, project, account_type="Gold", exc=AccountMissing)
	name = asked(town, project)
	for client in (town.representative, town.officer):
		frappe.db.savepoint("account")
		try:
			client.update(REQUEST, name, {"account_number": "7654321", "amount": 1})
		except (frappe.PermissionError, frappe.ValidationError):
			frappe.db.rollback(save_point="account")
		assert frappe.db.get_value(REQUEST, name, ["account_number", "amount"]) == ("1234567", 200000), client.user
	assert town.representative.call(WITHDRAW, payment_request=name) == "Withdrawn"
	again = asked(town, project, account_number="7654321")
	refused(town.section_officer.call, WITHDRAW, payment_request=again)
	town.officer.update(REQUEST, again, {"return_reason": "名義が団体名と違います。"})
	assert town.officer.act(REQUEST, again, "Send Back") == "Sent Back"
	page = visit(town.representative.user, f"my/projects/{project}/payments")[1]
	assert "名義が団体名と違います" in page and "差戻し" in page
	assert asked(town, project)


def test_only_the_office_reads_the_account(town):
	project = town.running()
	name = asked(town, project)
	docs = frappe.get_doc(REQUEST, name), frappe.get_doc(PROJECT, project)
	for client, reads in ((town.officer, True), (town.representative, False), (town.viewer, False), (town.section_officer, False)):
		with client:
			doc = frappe.get_doc(REQUEST, name)
			assert (1 in doc.get_permlevel_access("read")) == reads, client.user
			said = str(payment_requests.account_lines(*docs))
			assert ("1234567" in said, "ミンナノショクタクノカイ" in said) == (reads, reads), client.user
		with acting(client.user, {}):
			payment_paper.download(payment_request=name)
			text = _text(frappe.local.response.filecontent)
		assert ("1234567" in text) == reads and "200,000円" in text and "湘南銀行" in text, client.user
	for client in (town.outsider, town.support, town.members["npo1"], town.guest):
		with acting(client.user, {}):
			refused(payment_paper.download, payment_request=name, exc=frappe.PermissionError)
	answer = town.representative.call(WITHDRAW, payment_request=name)
	assert answer == "Withdrawn"


def _text(pdf: bytes) -> str:
	import io
	import unicodedata

	text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
	return unicodedata.normalize("NFKC", text).replace(" ", "").replace("\n", "")


def test_the_rest_is_asked_for_after_the_settlement(town):
	project = town.running()
	office = town.officer
	advance = {"kind": "Advance", "amount": 100000, "planned_on": nowdate(), "paid_on": nowdate()}
	rest = {"kind": "On Settlement", "amount": 250000, "planned_on": nowdate()}
	office.update(PROJECT, project, {"payments": [advance, rest]})
	refused(asked, town, project, 1000, kind="On Settlement", exc=NothingToAskFor)
	cycle_steps.complete(town.section_officer, project)
	refused(asked, town, project, 1000, exc=ProjectNotActive)
	report = report_of(project).name
	cycle_steps.fill_report(town.representative, report, share=0.5)
	office.act(REPORT, report, "Accept")
	assert frappe.db.get_value(REPORT, report, "settled_amount") == 300000
	page = visit(town.representative.user, f"my/projects/{project}")[1]
	assert "残額の支払を請求する" in page and "200,000円" in page
	said = refused(asked, town, project, 200001, kind="On Settlement", exc=PaymentExceedsSettlement)
	assert "300,000円" in said and "200,000円" in said
	name = asked(town, project, 200000, kind="On Settlement")
	refused(asked, town, project, 1, kind="On Settlement", exc=PaymentExceedsSettlement)
	office.act(REQUEST, name, "Decide Payment")
	rows = frappe.get_doc(PROJECT, project).payments
	assert [(row.kind, row.amount, row.request) for row in rows] == [("Advance", 100000, None), ("On Settlement", 200000, name)]
	office.update(REQUEST, name, {"paid_on": nowdate()})
	office.act(REQUEST, name, "Record Payment")
	assert payment_requests.most(frappe.get_doc(PROJECT, project), "On Settlement") == 0


def test_nothing_is_left_where_nothing_was_settled(town):
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	report = report_of(project).name
	cycle_steps.fill_report(town.representative, report, share=0.5)
	town.officer.act(REPORT, report, "Accept")
	frappe.db.set_value(REPORT, report, "settled_amount", 0)
	page = visit(town.representative.user, f"my/projects/{project}/payments")[1]
	assert payments.left_to_pay(frappe.get_doc(PROJECT, project)) == 0
	assert "請求できる残額はありません" in page and "上限の額です" not in page
	refused(asked, town, project, 1, kind="On Settlement", exc=PaymentExceedsSettlement)


def test_a_share_of_the_grant_is_exact(town):
	name = town.running()
	programme_of(town, advance_most=70.1)
	project = frappe.get_doc(PROJECT, name)
	project.granted_amount = 3000
	assert payments.advance_limit(project) == 2103  # 2102.99… as a float


def test_payments_by_hand_keep_to_the_share_and_to_the_requests(town):
	project = town.running()
	programme_of(town, advance_most=80)
	office = town.officer
	advance = {"kind": "Advance", "amount": 320001, "planned_on": nowdate()}
	refused(office.update, PROJECT, project, {"payments": [advance]}, exc=AdvanceTooHigh, says="80％")
	office.update(PROJECT, project, {"advance_most": 50})  # by the agreement
	refused(office.update, PROJECT, project, {"payments": [{**advance, "amount": 200001}]}, exc=AdvanceTooHigh, says="50％")
	name = asked(town, project)
	office.act(REQUEST, name, "Decide Payment")
	row = {**cycle_steps._client_row(frappe.get_doc(PROJECT, project).payments[0].as_dict()), "planned_on": nowdate()}
	for changed in ({**row, "amount": 100000}, {**row, "paid_on": nowdate()}, {**row, "request": None}):
		frappe.db.savepoint("by_hand")
		try:
			office.update(PROJECT, project, {"payments": [changed]})
		except PaymentOfRequest:
			frappe.db.rollback(save_point="by_hand")
		stored = frappe.get_doc(PROJECT, project).payments[0]
		assert (stored.amount, stored.paid_on, stored.request) == (200000, None, name), changed
	refused(office.update, PROJECT, project, {"payments": []}, exc=PaymentOfRequest)
	programme_of(town, advance_most=0)
	refused(asked, town, project, 1, exc=NothingToAskFor)


def test_the_page_asks_and_keeps_what_was_typed(town):
	project = town.running()
	rep = town.representative.user
	typed = {"project": project, "form": f"payment:{project}", "kind": "Advance", "amount": "３０万円", **ACCOUNT}
	page = visit(rep, f"my/projects/{project}/payments")[1]
	assert "支払を請求する" in page and "400,000円" in page
	assert "口座番号" not in visit(town.section_officer.user, f"my/projects/{project}/payments")[1]
	_location, told = send(rep, "partnership.running_actions.ask_payment", **{**typed, "account_number": "なし"})
	assert told["kind"] == "refused" and told["typed"]["bank_name"] == "湘南銀行"
	_location, told = send(rep, "partnership.running_actions.ask_payment", **typed)
	assert told["kind"] == "done", told
	name = frappe.db.get_value(REQUEST, {"project": project})
	assert frappe.db.get_value(REQUEST, name, "amount") == 300000
	for client in (town.outsider, town.viewer, town.section_officer):
		_location, told = send(client.user, "partnership.running_actions.withdraw_payment", project=project, payment_request=name)
		assert told["kind"] == "refused"
	_location, told = send(rep, "partnership.running_actions.withdraw_payment", project=project, payment_request=name)
	assert told["kind"] == "done" and town.state(REQUEST, name) == "Withdrawn"


# -- from when on spending counts -----------------------------------------------------------------------


def test_nothing_counts_before_the_day_of_the_decision(town):
	project = town.running()
	first = add_days(nowdate(), -100)
	frappe.db.set_value(PROJECT, project, {"from_date": first, "decided_on": add_days(nowdate(), -10)})
	food = line_of(project, "食材")
	early = voucher(town.representative, project, budget_line=food, amount=5000, paid_on=add_days(nowdate(), -11))
	voucher(town.representative, project, budget_line=food, amount=7000, paid_on=add_days(nowdate(), -10))
	receipts = {"budget_line": food}
	assert receipts and "交付決定" in frappe.db.get_value(EXPENSE, early, "finding")
	refused(town.officer.call, EXPENSES + "accept", expense=early, exc=NotRecognisable, says=era_date(getdate(add_days(nowdate(), -10))))
	programme_of(town, voucher_required=0)
	cycle_steps.complete(town.section_officer, project)
	assert line(project, "食材").recognised == 7000 and "交付決定" in line(project, "食材").finding
	rows = [cycle_steps._client_row(row.as_dict()) for row in report_of(project).settlement]
	rows[2] |= {"actual": 30000, "paid_on": add_days(nowdate(), -11)}
	town.representative.update(REPORT, report_of(project).name, {"settlement": rows})
	typed = line(project, "講師謝礼")
	assert typed.recognised == 0 and "交付決定" in typed.finding
	# the office corrects the day to that of the letter
	town.officer.update(PROJECT, project, {"decided_on": add_days(nowdate(), -11)})
	assert (line(project, "食材").recognised, line(project, "講師謝礼").recognised) == (12000, 30000)
	refused(town.section_officer.update, PROJECT, project, {"decided_on": first})
	programme_of(town, counts_from_decision=0)
	frappe.db.set_value(PROJECT, project, "decided_on", nowdate())
	town.representative.update(REPORT, report_of(project).name, {"summary": "実施した。"})
	assert line(project, "食材").recognised == 12000


@pytest.mark.walks
def test_an_early_start_that_was_approved_lets_spending_count(town):
	proposal = town.submitted()
	rep, office = town.representative, town.officer
	frappe.db.set_value(PROPOSAL, proposal, "first_submitted_on", f"{add_days(nowdate(), -30)} 09:00:00")
	day = era_date(getdate(add_days(nowdate(), -20)))
	for client in (town.viewer, town.outsider, office, town.section_officer):
		refused(client.call, EARLY + "ask", proposal=proposal, starts_on=day, reason="苗の植付けのため", exc=frappe.PermissionError)
	refused(rep.call, EARLY + "ask", proposal=proposal, starts_on=day, reason=" ")
	too_early = str(add_days(nowdate(), -31))
	refused(rep.call, EARLY + "ask", proposal=proposal, starts_on=too_early, reason="x", exc=EarlyStartNotPossible)
	refused(office.call, EARLY + "answer", proposal=proposal, approve=1, exc=EarlyStartNotPossible)
	_location, told = send(
		rep.user, "proposals.participation_actions.ask_early_start", proposal=proposal, starts_on=day, reason="苗の植付けのため"
	)
	assert told["kind"] == "done", told
	assert "苗の植付けのため" in visit(town.viewer.user, f"my/proposals/{proposal}")[1]
	summary = office.call("kyodo_frappe.proposals.next_steps.form_summary", proposal=proposal)
	assert day in summary["early_start"] and "苗の植付けのため" in summary["early_start"]
	refused(rep.update, PROPOSAL, proposal, {"early_start_approved": 1, "title": "x"})
	assert not frappe.db.get_value(PROPOSAL, proposal, "early_start_approved")
	for client in (rep, town.section_officer, town.manager):
		refused(client.call, EARLY + "answer", proposal=proposal, approve=1, exc=frappe.PermissionError)
	refused(office.call, EARLY + "answer", proposal=proposal, approve=0)
	office.call(EARLY + "answer", proposal=proposal, approve=0, text="採択を待ってください。")
	assert "採択を待ってください" in visit(rep.user, f"my/proposals/{proposal}")[1]
	rep.call(EARLY + "ask", proposal=proposal, starts_on=day, reason="植付けの時期を逃すため")
	office.call(EARLY + "answer", proposal=proposal, approve=1, text="承認する。")
	refused(rep.call, EARLY + "ask", proposal=proposal, starts_on=day, reason="x", exc=EarlyStartNotPossible, says=day)
	stored = frappe.db.get_value(PROPOSAL, proposal, ["early_start_approved", "early_start_answered_by"], as_dict=True)
	assert (stored.early_start_approved, stored.early_start_answered_by) == (1, office.user)
	cycle_steps.receive(office, proposal)
	cycle_steps.refer(office, proposal, town.section)
	town.decided(proposal, "Passed to Step 2")
	town.decided(proposal, "Adopted", step="Step 2", amount=400000)
	project = frappe.db.get_value(PROJECT, {"proposal": proposal})
	cycle_steps.agree(town.section_officer, rep, project, "協働負担事業")
	cycle_steps.run(town.section_officer, project)
	food = line_of(project, "食材")
	before = voucher(rep, project, budget_line=food, paid_on=add_days(nowdate(), -21))
	since = voucher(rep, project, budget_line=food, paid_on=add_days(nowdate(), -20), amount=8000)
	assert day in frappe.db.get_value(EXPENSE, before, "finding")
	office.call(EXPENSES + "accept", expense=since)
	refused(office.call, EXPENSES + "accept", expense=before, exc=NotRecognisable)
	cycle_steps.complete(town.section_officer, project)
	assert line(project, "食材").recognised == 8000


@pytest.mark.walks
def test_an_early_start_is_over_with_the_decision(town):
	draft = town.draft()
	refused(town.representative.call, EARLY + "ask", proposal=draft, starts_on=nowdate(), reason="x", exc=EarlyStartNotPossible)
	proposal = town.in_step_1()
	town.representative.call(EARLY + "ask", proposal=proposal, starts_on=nowdate(), reason="準備のため")
	town.decided(proposal, "Passed to Step 2")
	town.decided(proposal, "Adopted", step="Step 2", amount=400000)
	refused(town.officer.call, EARLY + "answer", proposal=proposal, approve=1, exc=EarlyStartNotPossible)
	programme_of(town, counts_from_decision=0)
	other = town.submitted()
	refused(town.representative.call, EARLY + "ask", proposal=other, starts_on=nowdate(), reason="x", exc=EarlyStartNotPossible)


# -- vouchers and quantities -----------------------------------------------------------------------------


def test_findings_bind_until_the_office_accepts(town):
	project = town.running()
	programme_of(town, voucher_required=0)
	food = line_of(project, "食材")
	vague = voucher(town.representative, project, budget_line=food, amount=3000, description="お品代")
	nameless = voucher(town.representative, project, budget_line=food, amount=4000, addressee="")
	voucher(town.representative, project, budget_line=food, amount=5000)
	cycle_steps.complete(town.section_officer, project)
	found = line(project, "食材")
	assert found.recognised == 5000 and "お品代" in found.finding and nameless in found.finding
	for name, sum_ in ((vague, 8000), (nameless, 12000)):
		town.officer.call(EXPENSES + "accept", expense=name)
		assert line(project, "食材").recognised == sum_
	report = report_of(project)
	rows = [cycle_steps._client_row(row.as_dict()) for row in report.settlement]
	rows.append({"category": "Consumables", "description": "品代", "actual": 2000, "paid_on": nowdate(), "eligible": 1})
	town.representative.update(REPORT, report.name, {"settlement": rows})
	assert line(project, "品代").recognised == 0 and "品代" in line(project, "品代").finding


def test_a_cap_for_each_night_holds_voucher_by_voucher(town):
	project = town.running()
	programme_of(town, {"category": "Honoraria", "cap_per_unit": 10000, "unit": "Per Night"}, voucher_required=0)
	fee = line_of(project, "講師謝礼")
	more = {"budget_line": fee, "description": "宿泊（講師）"}
	refused(voucher, town.representative, project, quantity=-1, **more)
	first = voucher(town.representative, project, amount=30000, quantity=2, **more)
	voucher(town.representative, project, amount=5000, quantity=1, payee="海の宿", **more)
	cycle_steps.complete(town.section_officer, project)
	found = line(project, "講師謝礼")
	assert found.recognised == 25000 and "10,000円：1泊当たりの上限10,000円×2" in found.finding
	town.representative.update(EXPENSE, first, {"quantity": 3})
	assert line(project, "講師謝礼").recognised == 35000
	page = visit(town.representative.user, f"my/projects/{project}/expenses")[1]
	assert "数量 3" in page


def test_a_typed_line_has_a_quantity_of_its_own(town):
	project = town.running()
	programme_of(town, {"category": "Honoraria", "cap_per_unit": 10000, "unit": "Per Person"}, voucher_required=0)
	cycle_steps.complete(town.section_officer, project)
	report = report_of(project)
	rows = [cycle_steps._client_row(row.as_dict()) for row in report.settlement]
	rows[2] |= {"actual": 100000, "quantity": 4, "paid_on": nowdate()}
	town.representative.update(REPORT, report.name, {"settlement": rows})
	assert line(project, "講師謝礼").recognised == 40000


# -- changes and plans ---------------------------------------------------------------------------------


def change_of(town, project: str, prices: dict):
	name = town.representative.call(CHANGES + "begin", project=project, reason="見直しのため")
	rows = [cycle_steps._client_row(row.as_dict()) for row in frappe.get_doc(CHANGE, name).expenses]
	rows = [{**row, "amount": None, "unit_price": prices.get(row["description"], row["unit_price"])} for row in rows]
	town.representative.update(CHANGE, name, {"expenses": rows})
	return frappe.get_doc(CHANGE, name)


def test_thresholds_up_and_down_differ(town):
	project = town.running()
	programme_of(town, change_threshold=20, change_threshold_down=50)
	assert not change_of(town, project, {"講師謝礼": 5000}).needs_approval, "22.5 % less"
	doc = change_of(town, project, {"講師謝礼": 35000})
	assert doc.needs_approval and "22.5％を増額" in doc.approval_reason
	programme_of(town, change_threshold=100, change_threshold_down=20)
	assert not change_of(town, project, {"講師謝礼": 35000}).needs_approval
	doc = change_of(town, project, {"講師謝礼": 5000})
	assert doc.needs_approval and "22.5％を減額" in doc.approval_reason
	programme_of(town, change_threshold=100, change_threshold_down=0, change_threshold_amount=10000, change_threshold_amount_down=200000)
	assert not change_of(town, project, {"講師謝礼": 5000}).needs_approval
	doc = change_of(town, project, {"講師謝礼": 21000})
	assert not doc.needs_approval
	doc = change_of(town, project, {"講師謝礼": 22000})
	assert doc.needs_approval and "10,000円以内" in doc.approval_reason
	programme_of(town, change_threshold_amount=0, change_threshold_amount_down=0, change_threshold_category=60)
	programme_of(town, change_threshold_category_down=10)
	assert not change_of(town, project, {"行事保険": 36000}).needs_approval
	doc = change_of(town, project, {"行事保険": 20000})
	assert doc.needs_approval and "10％" in doc.approval_reason


def test_a_change_that_changes_nothing_is_none(town):
	project = town.running()
	name = town.representative.call(CHANGES + "begin", project=project, reason="並べ替え")
	doc = frappe.get_doc(CHANGE, name)
	rows = [cycle_steps._client_row(row.as_dict()) for row in reversed(doc.expenses)]
	rows[1]["description"] += " "
	town.representative.update(CHANGE, name, {"expenses": rows, "plan": f"{doc.plan}\n"})
	assert not frappe.db.get_value(CHANGE, name, "changes")
	refused(town.representative.act, CHANGE, name, "Propose Change", exc=PlanUnchanged)
	# the same amount for twice as many people is a change
	fee = next(row for row in rows if row["description"] == "講師謝礼")
	fee |= {"unit_price": fee["unit_price"] / 2, "quantity": fee["quantity"] * 2}
	town.representative.update(CHANGE, name, {"expenses": rows})
	assert "20,000円 × 9 → 10,000円 × 18" in frappe.db.get_value(CHANGE, name, "changes")


def test_a_plan_is_measured_against_the_grant(town):
	project = town.project()
	frappe.db.set_value(PROJECT, project, {"rate": "3分の2", "rounding": 1000})
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	check = lambda: town.section_officer.call("kyodo_frappe.partnership.agreement_check.before_offering", agreement=agreement)["missing"]
	assert not [text for text in check() if "400,000円" in text]
	rows = [cycle_steps._client_row(row.as_dict()) for row in frappe.get_doc(PROJECT, project).expenses]
	rows = [{**row, "amount": None, "unit_price": 10000 if row["description"] == "講師謝礼" else row["unit_price"]} for row in rows]
	town.representative.update(PROJECT, project, {"expenses": rows})
	words = "510,000円 × 3分の2 ＝ 340,000円"
	assert [text for text in check() if "400,000円" in text and words in text]
	page = visit(town.representative.user, f"my/projects/{project}/plan")[1]
	assert words in page and "400,000円" in page


def test_the_desk_form_of_a_proposal_shows_the_computation(town):
	proposal = town.submitted()
	frappe.db.set_value(PROPOSAL, proposal, {"needs_budget": 1})
	summary = town.officer.call("kyodo_frappe.proposals.next_steps.form_summary", proposal=proposal)
	assert any("対象経費 600,000円" in text for text in summary["computation"])


def test_what_was_decided_stays_as_it_is(town):
	project = town.running()
	name = asked(town, project)
	town.officer.act(REQUEST, name, "Decide Payment")
	refused(town.representative.call, WITHDRAW, payment_request=name)
	refused(town.officer.update, REQUEST, name, {"project": town.project()}, exc=(ContentFrozen, frappe.ValidationError))
	town.officer.update(REQUEST, name, {"return_reason": "口座が使えません。"})
	town.officer.act(REQUEST, name, "Send Back")
	assert not frappe.get_doc(PROJECT, project).payments
