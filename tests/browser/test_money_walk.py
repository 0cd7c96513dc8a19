"""Money after the decision, as a group asks for it and as the office decides about it."""

import frappe
import pytest
from frappe.utils import nowdate

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .test_desk_walk import DESK_TIMEOUT, act, desk, in_state

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.one_city


@pytest.fixture
def running(city) -> str:
	project = city.adopted()
	cycle_steps.agree(city.clients["section"], city.clients["group"], project, "協働負担事業")
	cycle_steps.run(city.clients["section"], project)
	frappe.db.commit()
	return project


@pytest.mark.parametrize("width", [390, 1280])
def test_a_group_asks_for_an_advance(city, running, page_as, width):
	page = page_as(city.users["group"], viewport={"width": width, "height": 900})
	page.goto(f"/kyodo/my/projects/{running}")
	shot(page, f"project-{width}")
	page.get_by_role("link", name="支払", exact=True).click()
	page.get_by_text("支払を請求する").click()
	page.fill("#i-amount", "20万円")
	page.fill("#i-bank_name", "湘南銀行")
	page.fill("#i-bank_branch", "大船支店")
	page.select_option("#i-account_type", "Ordinary Account")
	page.fill("#i-account_number", "12345678901")
	page.fill("#i-account_holder", "ショクドウノカイ")
	shot(page, f"ask-{width}")
	page.get_by_role("button", name="請求を送る").click()
	expect(page.locator("main")).to_contain_text("口座番号ではありません")
	expect(page.locator("#i-bank_name")).to_have_value("湘南銀行")
	page.fill("#i-account_number", "１２３４５６７")
	page.get_by_role("button", name="請求を送る").click()
	expect(page.locator("main")).to_contain_text("＊＊＊＊567")
	expect(page.locator("main")).to_contain_text("請求中")
	shot(page, f"asked-{width}")
	page.goto(f"/kyodo/my/projects/{running}/expenses")
	shot(page, f"expenses-{width}")
	page.goto(f"/kyodo/my/projects/{running}/plan")
	shot(page, f"plan-{width}")
	assert not page.problems


def test_the_office_decides_and_records_it(city, running, page_as):
	account = {
		"bank_name": "湘南銀行",
		"bank_branch": "大船支店",
		"account_type": "Ordinary Account",
		"account_number": "1234567",
		"account_holder": "カイ",
	}
	name = city.clients["group"].call(
		"kyodo_frappe.partnership.payment_requests.ask", project=running, kind="Advance", amount=200000, **account
	)
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Payment Request", name)
	expect(page.locator('[data-fieldname="account_number"]').first).to_contain_text("1234567", timeout=DESK_TIMEOUT)
	shot(page, "request")
	act(page, "支払を決定する")
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("金額: ¥ 200,000", timeout=DESK_TIMEOUT)
	dialog.get_by_role("button", name="支払を決定する", exact=True).click()
	in_state(page, "支払決定済み")
	page.evaluate("today => cur_frm.set_value('paid_on', today).then(() => cur_frm.save())", nowdate())
	page.wait_for_function("() => !cur_frm.is_dirty()", timeout=DESK_TIMEOUT)
	act(page, "支払を記録する")
	in_state(page, "支払済み")
	shot(page, "paid")
	desk(page, "Kyodo Project", running)
	shot(page, "desk-project")
	assert not page.problems
	frappe.db.rollback()
	assert [(row.amount, row.request) for row in frappe.get_doc("Kyodo Project", running).payments] == [(200000, name)]


def test_findings_stand_before_whoever_accepts(city, running, page_as):
	group = city.clients["group"]
	line = frappe.db.get_value("Kyodo Expense Line", {"parent": running, "description": "食材"})
	vague = {"amount": 5000, "description": "お品代", "payee": "大船青果", "addressee": ""}
	group.insert({"doctype": "Kyodo Expense", "project": running, "paid_on": nowdate(), "budget_line": line, **vague})
	cycle_steps.complete(city.clients["section"], running)
	report = frappe.db.get_value("Kyodo Report", {"project": running})
	cycle_steps.fill_report(group, report)
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Report", report)
	act(page, "受理する")
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("お品代", timeout=DESK_TIMEOUT)
	expect(dialog).to_contain_text("5,000円は認められていません")
	shot(page, "findings")
	dialog.get_by_role("button", name="いいえ").click()
	in_state(page, "提出済み")
	act(page, "受理する")
	page.locator(".modal.show").get_by_role("button", name="はい").click()
	in_state(page, "受理済み")
	assert not page.problems


@pytest.mark.parametrize("width", [390, 1280])
def test_an_early_start_is_asked_for_and_approved(city, page_as, width):
	group = city.clients["group"]
	proposal = cycle_steps.draft(group, city.programme, city.organisation, "食堂をひらく", section=city.section)
	cycle_steps.submit(group, proposal)
	frappe.db.set_value("Kyodo Proposal", proposal, "needs_budget", 1)
	frappe.db.commit()
	page = page_as(city.users["group"], viewport={"width": width, "height": 900})
	page.goto(f"/kyodo/my/proposals/{proposal}")
	page.get_by_text("事前着手を申請する").click()
	page.fill("#i-starts_on", nowdate())
	page.fill("#i-reason", "苗の植付けの時期を逃すため")
	shot(page, f"early-{width}")
	page.get_by_role("button", name="事務局に申請する").click()
	expect(page.locator("#early")).to_contain_text("事務局の回答を待っています")
	office = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(office, "Kyodo Proposal", proposal)
	expect(office.locator(".form-message").first).to_contain_text("苗の植付けの時期を逃すため", timeout=DESK_TIMEOUT)
	shot(office, f"early-desk-{width}")
	office.get_by_role("button", name="事前着手").click()
	office.get_by_role("link", name="事前着手を承認する", exact=True).click()
	office.locator(".modal.show").get_by_role("button", name="事前着手を承認する").click()
	expect(office.locator(".modal.show")).to_have_count(0, timeout=DESK_TIMEOUT)
	expect(office.locator(".form-message").first).not_to_contain_text("苗の植付けの時期を逃すため", timeout=DESK_TIMEOUT)  # answered
	office.evaluate("() => cur_frm.scroll_to_field('total_expenses')")
	expect(office.locator(".kyodo-computation")).to_contain_text("対象経費 600,000円", timeout=DESK_TIMEOUT)
	shot(office, f"computation-desk-{width}")
	page.reload()
	expect(page.locator("#early")).to_contain_text("に承認されました")
	shot(page, f"early-approved-{width}")
	assert not page.problems and not office.problems
