"""A committee member on a phone answers an invitation, declares an interest, and reviews three proposals."""

import re
import time

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def assert_fits_width(page):
	assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def tap_marks(page, mark):
	page.wait_for_load_state()
	expect(page.locator(".marks").last).to_be_visible()
	for group in page.query_selector_all(".marks"):
		group.query_selector(f'label:has(input[value="{mark}"])').click()


def wait_until(there, seconds: int = 15):
	"""Wait until what another process writes is there."""
	end = time.monotonic() + seconds
	while time.monotonic() < end:
		frappe.db.rollback()
		if there():
			return
		time.sleep(0.2)
	assert there()


def test_member_answers_recuses_and_reviews_on_phone(city, page_as):
	titles = ("食堂をひらく", "花壇をつくる", "見守りをする", "甥の会の提案")
	proposals = []
	for title in titles:
		name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, title, section=city.section)
		cycle_steps.submit(city.clients["group"], name)
		cycle_steps.receive(city.clients["officer"], name)
		cycle_steps.refer(city.clients["officer"], name, city.section)
		proposals.append(name)
	agenda = [cycle_steps.proposal_item(name) for name in proposals]
	meeting = cycle_steps.plan_meeting(city.clients["officer"], city.committee, "Step 1", agenda)
	cycle_steps.convene(city.clients["officer"], meeting)
	frappe.db.commit()

	page = page_as(city.users["npo"], **PHONE)
	page.goto("/kyodo/my")
	page.click("main .cards a:has-text('出欠の回答')")
	page.click('label:has(input[value="Attending"])')
	page.fill("#i-note", "少し遅れます")
	page.click("#answer button.primary")
	expect(page.locator(".notice.done")).to_contain_text("出席")
	last = page.locator(".agenda > li").nth(3)
	last.locator("summary").click()
	last.locator("textarea").fill("甥が代表をしている")
	last.locator("button.danger").click()
	expect(page.locator(".agenda > li").nth(3)).to_contain_text("甥が代表をしている")
	assert_fits_width(page)

	page.click("text=審査を始める")
	expect(page.locator("h1")).to_have_text(titles[0])
	assert_fits_width(page)
	tap_marks(page, "○")
	expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d:\d\dに保存"), timeout=10000)
	page.context.set_offline(True)
	page.fill("#i-comment", "電車の中で書いた")
	expect(page.locator("[data-saved]")).to_contain_text("この端末に残してあります", timeout=10000)
	# the request that was sent without a connection is the one thing that may be complained of
	assert not [problem for problem in page.problems if "ERR_INTERNET_DISCONNECTED" not in problem], page.problems
	address = page.url
	page.goto("about:blank")
	page.context.set_offline(False)
	page.goto(address)  # what the device holds comes back by itself, unless the page that was left has sent it still
	expect(page.locator("#i-comment")).to_have_value("電車の中で書いた")
	wait_until(
		lambda: (
			frappe.db.get_value("Kyodo Review", {"meeting": meeting, "proposal": proposals[0], "member": city.users["npo"]}, "comment")
			== "電車の中で書いた"
		)
	)
	page.click(".action-bar button.primary")
	expect(page.locator("h1")).to_have_text(titles[1])
	tap_marks(page, "△")
	page.click(".action-bar button.primary")
	expect(page.locator("h1")).to_have_text(titles[2])

	plain = page_as(city.users["npo"], java_script_enabled=False, **PHONE)
	plain.goto(page.url.split("?")[0])
	for group in plain.query_selector_all(".marks"):
		group.query_selector('input[value="×"]').check()
	plain.click(".action-bar button.primary")
	expect(plain.locator(".notice.done")).to_contain_text("提出しました")
	frappe.db.rollback()
	sheets = frappe.get_all(
		"Kyodo Review",
		{"meeting": meeting, "member": city.users["npo"]},
		["proposal", "total", "submitted_on", "not_counted", "comment"],
		order_by="creation",
	)
	found = {row.proposal: row for row in sheets}
	assert [found[name].total for name in proposals[:3]] == [100, 50, 0]
	assert found[proposals[0]].comment == "電車の中で書いた"
	assert found[proposals[3]].not_counted and not found[proposals[3]].submitted_on
