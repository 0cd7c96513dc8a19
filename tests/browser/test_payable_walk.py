"""What may be paid, as a group sees it while it types, and as a meeting sees it."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .screens import fill, rest
from .test_desk_walk import DESK_TIMEOUT, desk

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.one_city


@pytest.fixture
def call(city) -> str:
	values = {"call_name": "まちづくり補助金", "call_type": "Subsidy", "fiscal_year": 2026, "published": 1}
	money = {"rate": "3分の2", "rounding": "1000", "ceiling": 390000, "frame": 1000000}
	doc = frappe.get_doc({"doctype": "Kyodo Call", "programme": city.programme, **values, **money}).insert()
	frappe.db.commit()
	return doc.name


@pytest.fixture
def draft(city, call) -> str:
	more = {"call": call, "needs_budget": 1, "requested_amount": 390000, "section": city.section}
	name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "食堂をひらく", **more)
	frappe.db.commit()
	return name


@pytest.mark.parametrize("width", [390, 1280])
def test_the_server_computes_while_one_types(city, draft, page_as, width):
	page = page_as(city.users["group"], clock=True, viewport={"width": width, "height": 900})
	page.goto(f"/kyodo/my/proposals/{draft}/money")
	computed = page.locator("[data-computation]")
	expect(computed).to_contain_text("対象経費 600,000円 × 3分の2 ＝ 400,000円（千円未満切捨て）、上限 390,000円")
	fill(page, "expenses-0-quantity", "10")
	rest(page)
	expect(computed).to_contain_text("対象経費 294,000円 × 3分の2 ＝ 196,000円（千円未満切捨て）", timeout=20000)
	page.uncheck("#expenses-0-eligible")
	rest(page)
	expect(computed).to_contain_text("消耗品費 90,000円：対象外", timeout=20000)
	expect(page.locator("[data-cautions]")).to_contain_text("支払える額を254,000円超えています")
	shot(page, f"money-{width}")
	page.goto(f"/kyodo/my/proposals/{draft}/check")
	expect(page.locator("main")).to_contain_text("支払える額は136,000円まで")
	shot(page, f"check-{width}")
	page.goto(f"/kyodo/my/proposals/{draft}/basics")
	shot(page, f"basics-{width}")
	assert not page.problems


def test_a_meeting_sees_what_may_be_paid_and_grants_no_more(city, draft, page_as):
	officer = city.clients["officer"]
	# how it came to the table is walked elsewhere
	frappe.db.set_value("Kyodo Proposal", draft, "workflow_state", "Step 2")
	frappe.db.set_value("Kyodo Expense Line", {"parent": draft, "description": "食材"}, "eligible", 0)
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 2", [cycle_steps.proposal_item(draft)])
	cycle_steps.convene(officer, meeting)
	cycle_steps.open_session(officer, meeting)
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	form = "/" + frappe.utils.get_url_to_form("Kyodo Meeting", meeting).split("//", 1)[-1].partition("/")[2]
	page.goto(form.replace("/kyodo-meeting/", "/kyodo-session/"))
	result = page.locator('[data-part="result"]')
	expect(result).to_be_enabled(timeout=DESK_TIMEOUT)
	result.select_option("Adopted")
	words = "対象経費 204,000円 × 3分の2 ＝ 136,000円（千円未満切捨て）、上限 390,000円"
	expect(page.locator(".session__decision")).to_contain_text(words)
	amount = page.locator('[data-part="amount"]')
	expect(amount).to_have_value("136000")
	amount.fill("136001")
	page.locator('[data-act="record"]').click()
	expect(page.locator(".session__problem")).to_contain_text("支払える額を1円超えています", timeout=DESK_TIMEOUT)
	shot(page, "session")
	desk(page, "Kyodo Call", frappe.db.get_value("Kyodo Proposal", draft, "call"))
	shot(page, "call")
	desk(page, "Kyodo Programme", city.programme)
	shot(page, "programme")
