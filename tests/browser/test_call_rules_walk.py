"""Calls with rules of their own, as the public, a group and the office see them."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .test_desk_walk import DESK_TIMEOUT, desk

expect = pytest.importorskip("playwright.sync_api").expect
POINTS = [
	{"code": "P1", "question": "地域に根ざしているか", "scale": "Points", "max_points": 5, "least_average": 3},
	{"code": "P2", "question": "続けられるか", "scale": "Points", "max_points": 10},
]


@pytest.fixture
def call(city) -> str:
	values = {"call_name": "スタート部門", "call_type": "Starter", "fiscal_year": 2026, "published": 1, "closes_on": "2099-03-31"}
	rules = {
		"closing_hour": "17:00",
		"members_least": 5,
		"founded_most": 3,
		"based_in": "鎌倉市",
		"advice_required": "Yes",
		"most_times": 1,
	}
	documents = [{"code": "D1", "document": "収支の見積り", "required": 1}, {"code": "D2", "document": "会報", "required": 0}]
	judged = {"pass_mark": 40, "leave_out_extremes": "Yes", "criteria": POINTS, "required_documents": documents}
	doc = frappe.get_doc({"doctype": "Kyodo Call", "programme": city.programme, **values, **rules, **judged}).insert()
	frappe.db.commit()
	return doc.name


@pytest.mark.parametrize("width", [390, 1280])
def test_a_group_sees_the_conditions_before_it_hands_in(city, call, page_as, width):
	name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "食堂をひらく", call=call, section=city.section)
	frappe.db.commit()
	page = page_as(city.users["group"], viewport={"width": width, "height": 900})
	page.goto("/kyodo")
	card = page.locator("li", has=page.get_by_role("heading", name="スタート部門"))
	expect(card).to_contain_text("（17:00必着）")
	card.get_by_text("この募集の条件").click()
	for text in (
		"会員5人以上",
		"提出日の時点で設立から3年以内",
		"鎌倉市に所在する団体",
		"採択の基準点は100点中40点",
		"地域に根ざしているか",
	):
		expect(card).to_contain_text(text)
	shot(page, f"home-{width}")
	page.goto(f"/kyodo/my/proposals/{name}/basics")
	page.get_by_text("この募集の条件").click()
	expect(page.locator("main")).to_contain_text("会員5人以上")
	shot(page, f"basics-{width}")
	page.goto(f"/kyodo/my/proposals/{name}/check")
	expect(page.locator("main")).to_contain_text("団体の登録に会員数がありません")
	expect(page.locator("main")).to_contain_text("事前相談")
	shot(page, f"check-{width}")
	assert not page.problems


def test_the_office_reads_and_changes_the_rules_of_a_call(city, call, page_as):
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Call", call)
	words = page.locator('[data-fieldname="words"]')
	expect(words).to_contain_text("会員5人以上", timeout=DESK_TIMEOUT)
	expect(words).to_contain_text("この募集の定め")
	shot(page, "call")
	page.evaluate("cur_frm.set_value({members_least: '１２', members_most: '８'}).then(() => cur_frm.save())")
	expect(page.locator(".modal.show")).to_contain_text("会員数の下限", timeout=DESK_TIMEOUT)
	shot(page, "call-refused")
