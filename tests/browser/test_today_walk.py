"""A clerk logs in and lands on 今日, finds a record there and in the bar of the desk, receives a proposal and looks at the year."""

import frappe
import pytest

from kyodo_frappe.common import fulltext
from kyodo_frappe.demo import cycle_steps

from .test_desk_walk import DESK_TIMEOUT

expect = pytest.importorskip("playwright.sync_api").expect
TITLE = "水車小屋の学校"


def test_a_clerk_begins_the_day(city, web, new_page):
	proposal = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, TITLE, section=city.section)
	cycle_steps.submit(city.clients["group"], proposal)
	frappe.db.delete("Has Role", {"parent": city.users["officer"], "role": "System Manager"})  # 15.0 gives it to the first of the desk
	frappe.db.commit()
	frappe.clear_cache(user=city.users["officer"])
	fulltext.refresh_empty()

	page = new_page(viewport={"width": 1280, "height": 900})
	page.goto("/kyodo/login")
	page.fill("#i-email", city.users["officer"])
	page.fill("#i-password", web.password_of(city.users["officer"]))
	page.press("#i-password", "Enter")
	group = page.locator('[data-group="receive"]')
	expect(group).to_contain_text(TITLE, timeout=DESK_TIMEOUT)
	assert page.url.rstrip("/").endswith("/kyodo-today")

	page.fill("#kyodo-today-search", "水車小屋の学校")
	expect(page.locator(".today__found li").first).to_contain_text(proposal, timeout=DESK_TIMEOUT)
	page.fill("#kyodo-today-search", "")

	row = group.locator("li", has_text=TITLE)
	row.get_by_role("button", name="受け付ける").click()
	page.locator(".modal.show .btn-modal-primary, .modal.show .btn-primary").first.click()
	expect(page.locator('[data-group="refer"]')).to_contain_text(TITLE, timeout=DESK_TIMEOUT)
	expect(page.locator(".today__now")).to_contain_text("今ここ")
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Proposal", proposal, "workflow_state") == "Received"

	# the desk without a page leads here, and its bar finds the record
	page.goto("/app")
	expect(page.locator(".kyodo-today")).to_be_visible(timeout=DESK_TIMEOUT)
	bar = page.locator("#navbar-search")
	if not bar.is_visible():  # v16 opens its bar first
		page.keyboard.press("Control+k")
	bar.press_sequentially("水車小屋")
	offer = page.locator(".awesomplete li", has_text=TITLE).first
	expect(offer).to_be_visible(timeout=DESK_TIMEOUT)
	offer.click()
	expect(page.locator("body")).to_contain_text(TITLE, timeout=DESK_TIMEOUT)
	assert proposal in page.url
	assert not page.problems
