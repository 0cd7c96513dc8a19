"""A call from the outside: somebody reads its page on a phone, computes, asks; the office answers in the desk; figures of the years."""

import time

import frappe
import pytest
from frappe.utils import add_days, nowdate

from kyodo_frappe.front import yearly_figures

from .pictures import shot
from .test_desk_walk import save

expect = pytest.importorskip("playwright.sync_api").expect
DESK_TIMEOUT = 20000  # ms; the desk loads much on the first visit
QUESTION = "会場を借りる費用は対象になりますか。"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def call(city):
	values = {"call_name": "地域の居場所づくり", "call_type": "Open", "fiscal_year": 2026, "for_next_year": 1, "published": 1}
	values |= {"opens_on": add_days(nowdate(), -12), "closes_on": add_days(nowdate(), 18), "closing_hour": "17:00"}
	values |= {"ceiling": 300000, "rate": "2/3", "rounding": "1000", "frame": 900000, "members_least": 5, "pass_mark": 60}
	values |= {"description": "だれでも立ち寄れる居場所を、地域でひらく提案を募集します。\n\n場所は問いません。", "years": 3}
	terms = [{"counted_by": "Year of the Term", "number": number, "rate": rate} for number, rate in ((1, "2/3"), (2, "1/2"), (3, "1/3"))]
	values |= {"year_terms": terms, "enquiries_until": add_days(nowdate(), 7)}
	name = city.clients["officer"].insert({"doctype": "Kyodo Call", "programme": city.programme, **values})["name"]
	frappe.db.commit()
	yield name
	frappe.db.rollback()
	for enquiry in frappe.get_all("Kyodo Call Enquiry", {"call": name}, pluck="name"):
		frappe.delete_doc("Kyodo Call Enquiry", enquiry, force=True)
	frappe.db.commit()


def has_no_overflow(page) -> bool:
	return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_call_is_read_asked_about_and_answered(city, call, new_page, page_as):
	city.adopted()
	phone = new_page(viewport=PHONE)
	phone.goto("/kyodo/calls")
	shot(phone, "calls-390")
	assert has_no_overflow(phone)
	phone.get_by_role("link", name="地域の居場所づくり").click()
	expect(phone.get_by_role("heading", level=1)).to_have_text("地域の居場所づくり")
	expect(phone.locator(".call-bar a.primary")).to_be_in_viewport()
	assert has_no_overflow(phone)
	shot(phone, "call-390")
	phone.get_by_label("ご自分の対象経費（円）で計算する").fill("２１万円")
	phone.get_by_role("button", name="計算する").click()
	expect(phone.locator("#example")).to_contain_text("対象経費が210,000円のとき、最大140,000円")
	phone.get_by_text("この募集について質問する").click()
	phone.get_by_label("質問の内容").fill(QUESTION)
	shot(phone, "call-asking-390")
	phone.get_by_role("button", name="質問を送る").click()
	expect(phone.get_by_role("status")).to_contain_text("質問を受け付けました")
	expect(phone.locator("#questions")).not_to_contain_text(QUESTION)
	_answer(page_as(city.users["officer"], viewport=DESK), call)
	desk = new_page(viewport=DESK)
	desk.goto(f"/kyodo/calls/{call}")
	expect(desk.locator("#questions")).to_contain_text("会場の使用料は対象です。")
	assert has_no_overflow(desk)
	for step in desk.locator("details.asked").all()[:1]:
		step.locator("summary").click()
	shot(desk, "call-1280")
	desk.goto("/kyodo/calls")
	shot(desk, "calls-1280")
	_look_at_figures(city, phone, desk)


def _look_at_figures(city, phone, desk):
	frappe.db.set_value("Kyodo Proposal", {"programme": city.programme, "organisation": city.organisation}, "publish_consent", 1)
	frappe.db.commit()
	yearly_figures.forget(city.programme)
	found = yearly_figures.of(city.programme)
	assert found["years"][-1]["adopted"] == 1
	kept = {"at": time.time(), "figures": six_years(found)}
	frappe.cache.set_value(yearly_figures._key(city.programme), kept, expires_in_sec=600)
	for page, width in ((phone, 390), (desk, 1280)):
		page.goto(f"/kyodo/figures?programme={city.programme}")
		expect(page.locator("svg[role=img]").first).to_be_visible()
		assert has_no_overflow(page)
		shot(page, f"figures-{width}")


def six_years(found: dict) -> dict:
	"""Figures as a city has them after some years, for the pictures."""
	nothing, years = found["years"][-1], []
	for number, (proposals, adopted) in enumerate(((4, 2), (6, 3), (5, 3), (9, 5), (8, 6), (11, 7))):
		money = {"asked": proposals * 280000, "granted": adopted * 250000, "days": 74 - 4 * number}
		answers = {"projects": adopted, "answer_city": 9.5 - number, "answer_organisation": 6.0 - number * 0.5}
		marks = {"rounds": adopted, "mark_city": 3.4 + number * 0.1, "mark_organisation": 3.9, "gap": 0.9 - number * 0.1}
		counts = {"proposals": proposals, "adopted": adopted, "again": number % 3, "again_adopted": number % 2}
		years.append({**nothing, "fiscal_year": 2021 + number, **counts, **money, **answers, **marks})
	fields = (("まちづくりの推進", 18, 11), ("子どもの健全育成", 14, 9), ("環境の保全", 7, 4), ("災害救援", 4, 2))
	rows = [{"fiscal_year": 2026, "field": field, "proposals": all_, "adopted": adopted} for field, all_, adopted in fields]
	return {"years": years, "fields": rows}


def _answer(desk, call: str):
	frappe.db.rollback()
	name = frappe.db.get_value("Kyodo Call Enquiry", {"call": call})
	desk.goto(f"/app/kyodo-call-enquiry/{name}")
	answer = desk.locator("[data-fieldname=answer] textarea")
	expect(answer).to_be_visible(timeout=DESK_TIMEOUT)
	answer.fill("会場の使用料は対象です。")
	desk.locator("input[type=checkbox][data-fieldname=published]").check()
	shot(desk, "enquiry-desk")
	desk.wait_for_function("() => cur_frm.doc.answer && cur_frm.doc.published")
	save(desk)
