"""What may be paid, as a group sees it while it types, and as a meeting sees it."""

import os

import frappe
import pytest
from playwright.sync_api import expect

from kyodo_frappe.demo import walk

SHOTS = os.environ.get("SHOTS_I15A")


def shot(page, name: str):
	if SHOTS:
		page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


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
	name = walk.draft(city.clients["group"], city.programme, city.organisation, "食堂をひらく", **more)
	frappe.db.commit()
	return name


@pytest.mark.parametrize("width", [390, 1280])
def test_the_server_computes_while_one_types(city, draft, page_as, width):
	page = page_as(city.users["group"], viewport={"width": width, "height": 900})
	page.goto(f"/kyodo/my/proposals/{draft}/money")
	computed = page.locator("[data-computation]")
	expect(computed).to_contain_text("対象経費 600,000円 × 3分の2 ＝ 400,000円（千円未満切捨て）、上限 390,000円")
	page.fill("#expenses-0-quantity", "10")
	expect(computed).to_contain_text("対象経費 294,000円 × 3分の2 ＝ 196,000円（千円未満切捨て）", timeout=20000)
	page.uncheck("#expenses-0-eligible")
	expect(computed).to_contain_text("消耗品費 90,000円：対象外", timeout=20000)
	expect(page.locator("[data-cautions]")).to_contain_text("申請額は、これを254,000円超えています")
	shot(page, f"money-{width}")
	page.goto(f"/kyodo/my/proposals/{draft}/check")
	expect(page.locator("main")).to_contain_text("支払える額は136,000円まで")
	shot(page, f"check-{width}")
	page.goto(f"/kyodo/my/proposals/{draft}/basics")
	shot(page, f"basics-{width}")
	assert not page.problems
