"""Both sides of a project in two browsers: they settle a point, change the plan, and draft, offer and confirm an agreement."""

import io
import re

import frappe
import pytest
from pypdf import PdfReader
from uploads import pdf

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 900}}


def paper(name: str) -> dict:
	return {"name": name, "mimeType": "application/pdf", "buffer": pdf(name)}


def assert_fits_width(page):
	assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_both_sides_negotiate_and_conclude_agreement(city, page_as, scripts):
	project = city.adopted()
	hub, plan = f"/kyodo/my/projects/{project}", f"/kyodo/my/projects/{project}/plan"
	group = page_as(city.users["group"], java_script_enabled=scripts, **PHONE)
	section = page_as(city.users["section"], java_script_enabled=scripts, **DESK)

	group.goto("/kyodo/my")
	group.click("main a:has-text('食堂をひらく') >> nth=-1")
	expect(group.locator("h1")).to_have_text("食堂をひらく")
	assert_fits_width(group)
	group.goto(plan)
	group.click("#points summary:has-text('協議事項を出す')")
	group.fill("#i-subject", "会場の鍵の管理")
	group.fill("#i-suggestion", "団体が預かり、使用のたびに記録する。")
	group.click("text=協議事項に出す")
	expect(group.locator(".notice.done")).to_be_visible()
	assert_fits_width(group)

	section.goto("/kyodo/my")
	section.click("a:has-text('会場の鍵の管理')")
	section.click("summary:has-text('この協議事項に返答する')")
	section.fill('textarea[name="said"]', "副本を市が保管することを条件に了承する。")
	section.click("text=返答を送る")
	expect(section.locator("article").first).to_contain_text("副本を市が保管する")
	section.click("#roles a.button")
	section.fill("#roles-0-role", "会場の提供と鍵の副本の保管")
	section.select_option("#roles-0-side", "City")
	section.click("#roles button.primary")
	expect(section.locator("#roles")).to_contain_text("鍵の副本の保管")
	expect(section.locator("#changes")).to_contain_text("役割分担")

	group.goto(plan)
	expect(group.locator("#changes")).to_contain_text("市側")
	group.click("#roles a.button")
	number = int(group.input_value('input[name="rows-roles"]')) - 1
	group.fill(f"#roles-{number}-role", "鍵を預かり、使用を記録する")
	group.select_option(f"#roles-{number}-side", "Organisation")
	assert_fits_width(group)
	group.click("#roles button.primary")
	expect(group.locator("#roles")).to_contain_text("使用を記録する")
	group.click("summary:has-text('合意した内容を書く')")
	group.fill('textarea[name="settlement"]', "団体が鍵を預かり、市が副本を保管する。")
	group.click("button:has-text('合意した内容として記録する')")
	expect(group.locator("#points")).to_contain_text("開いている協議事項はありません")

	group.goto(hub)
	group.click("text=計画から協定の案を作る")
	group.wait_for_url(re.compile("/agreements/KA-"))
	address = group.url.split("?")[0]
	expect(group.locator("main")).to_contain_text("鍵を預かり、使用を記録する")
	assert_fits_width(group)
	section.goto(address)
	group.click("text=文面を変更する")
	group.set_input_files("#i-annexes", paper("会場の見取図.pdf"))
	group.click("#annexes button:has-text('添付')")
	expect(group.locator("#annexes")).to_contain_text("会場の見取図")
	assert_fits_width(group)
	section.reload()
	section.click("text=文面を変更する")
	section.click("#term a.button")
	section.fill("#i-effective_to", "2028-03-31")
	section.click("#term button.primary")
	expect(section.locator("#term")).to_contain_text("令和10年3月31日")
	section.goto(address)
	section.click('button[value="Offer"]')
	expect(section.locator(".notice.done")).to_be_visible()

	for page, position in ((group, "代表理事"), (section, "課長")):
		page.goto(address)
		assert_fits_width(page)
		page.fill("#i-position", position)
		page.check('input[name="agreed"]')
		page.click('form[action$="confirm_agreement"] button')
		expect(page.locator(".notice.done")).to_be_visible()
	expect(section.locator("#confirm")).to_contain_text("代表理事")
	answer = group.context.request.get(group.get_attribute("a:has-text('PDF')", "href"))
	assert answer.ok and answer.headers["content-type"] == "application/pdf"
	text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages)
	assert frappe.db.get_value("Kyodo Agreement", address.rpartition("/")[2], "content_hash") in text
	section.click("summary:has-text('署名・押印した紙の写し')")
	section.set_input_files("#i-signed", paper("押印済み.pdf"))
	with section.expect_navigation():
		section.click('form[action$="attach_signed_copy"] button')
	group.goto(address)
	expect(group.locator("summary:has-text('署名・押印した紙の写し')")).to_have_count(0)
	expect(group.locator("#confirm a:has-text('署名・押印済みの写し')")).to_be_visible()
	assert not group.problems and not section.problems
