"""My page as people see it who have nothing, much, and something late; a draft thrown away; the calendar; a login by mail."""

import re

import frappe
import pytest
from frappe.utils import add_days, nowdate
from portal_client import hand_over_messages

from kyodo_frappe.demo import cycle_steps, people
from kyodo_frappe.permissions.roles import ORGANISATION

from .pictures import shot
from .test_registration_walk import _text, assert_fits_width, see_committed

expect = pytest.importorskip("playwright.sync_api").expect
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def busy(city):
	"""A group with a draft, a proposal handed in, one withdrawn, and a project with a report that is late."""
	group = city.clients["group"]
	project = city.adopted()
	cycle_steps.agree(city.clients["section"], group, project, "協働負担事業")
	cycle_steps.run(city.clients["section"], project)
	cycle_steps.complete(city.clients["section"], project)
	report = frappe.get_all("Kyodo Report", {"project": project}, pluck="name", order_by="name")
	if report:
		frappe.db.set_value("Kyodo Report", report[0], "due_date", add_days(nowdate(), -2))
	drafts = [
		cycle_steps.draft(group, city.programme, city.organisation, title, section=city.section)
		for title in ("防災まち歩きの地図づくり", "子どもの居場所", "川の清掃")
	]
	cycle_steps.submit(group, drafts[1])
	frappe.db.set_value("Kyodo Proposal", drafts[2], "workflow_state", "Withdrawn")
	hand_over_messages()
	return city, drafts


def test_my_page(busy, page_as, new_page, web):
	city, drafts = busy
	nobody = people.make_user("nobody-" + frappe.generate_hash(length=6), "新人 さん", [ORGANISATION], people.new_password())
	frappe.db.commit()
	empty = page_as(nobody, viewport=PHONE)
	empty.goto("/kyodo/my")
	expect(empty.locator(".begins")).to_contain_text("団体を登録する")
	assert_fits_width(empty)
	shot(empty, "my-empty-390")
	page = page_as(city.users["group"], viewport=PHONE)
	for width in (PHONE, DESK):
		page.set_viewport_size(width)
		for path, name in (("my", "my-busy"), ("my/inbox", "my-inbox"), ("my/calendar", "my-calendar"), ("my/login", "my-login")):
			page.goto(f"/kyodo/{path}")
			assert_fits_width(page)
			shot(page, f"{name}-{width['width']}")
	empty.set_viewport_size(DESK)
	shot(empty, "my-empty-1280")
	officer = page_as(city.users["officer"], viewport=DESK)
	officer.goto("/kyodo/my")
	expect(officer.locator(".city-work a.button")).to_have_attribute("href", re.compile("/(app|desk)/kyodo"))
	shot(officer, "my-city-1280")

	page.set_viewport_size(PHONE)
	page.goto("/kyodo/my/inbox")
	page.click(".inbox li >> nth=0 >> a")
	expect(page.locator(".message")).to_be_visible()
	shot(page, "my-message-390")
	page.goto("/kyodo/my/calendar")
	page.click("text=アドレスを作る")
	expect(page.locator("#i-address")).to_have_value(re.compile("key="))
	shot(page, "my-calendar-made-390")
	page.goto("/kyodo/my")
	page.click(f'a[href="/kyodo/my/proposals/{drafts[0]}/discard"]')
	shot(page, "my-discard-390")
	page.click("button.danger")
	expect(page.locator(".notice.done")).to_contain_text("破棄しました")
	see_committed()
	assert not frappe.db.exists("Kyodo Proposal", drafts[0])
	_log_in_by_mail(new_page(viewport=PHONE), city.users["group"])


def _log_in_by_mail(page, user: str):
	page.goto("/kyodo/login")
	shot(page, "login-390")
	page.click("text=メールのリンクでログイン")
	page.fill("#i-email", user)
	shot(page, "login-link-390")
	with page.expect_navigation():
		page.click("button.primary")
	hand_over_messages()
	see_committed()
	queued = frappe.get_all("Email Queue Recipient", {"recipient": user}, pluck="parent", order_by="creation desc", limit=1)
	page.goto(re.search(r"/kyodo/login/[0-9a-f]{40}", _text(queued[0])).group(0))
	shot(page, "login-key-390")
	page.click("button.primary")
	page.wait_for_url("**/kyodo/my*")
