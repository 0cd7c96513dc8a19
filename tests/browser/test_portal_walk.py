"""An organisation submits a proposal on a phone, members review it, both sides confirm the agreement, a guest reads."""

import re

import frappe
import pytest

from kyodo_frappe.demo import walk

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def see_committed():
	"""Begin a transaction that sees what the server has written."""
	frappe.db.rollback()


def assert_fits_width(page):
	assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def name_at_the_end(url: str) -> str:
	return re.search(r"/([^/?#]+)(?:[?#].*)?$", url).group(1)


def test_proposal_is_written_and_submitted_on_phone(city, page_as):
	page = page_as(city.users["group"], **PHONE)
	page.goto("/kyodo/my/proposals/new")
	page.fill("#i-title", "ひとり暮らしの見守り")
	page.click("main form button.primary")
	name = re.search(r"/(KP-[^/]+)/basics", page.url).group(1)
	page.click('.action-bar button[value="sheet"]')
	page.wait_for_url(re.compile("/sheet$"))
	for field, text in walk.SHEET.items():
		page.fill(f"#i-{field}", text)
	assert_fits_width(page)
	expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d:\d\dに保存しました"), timeout=20000)
	expect(page.locator('[data-mark="sheet"]')).to_contain_text("記入済み")
	page.goto(f"/kyodo/my/proposals/{name}/money")
	page.fill("#income-0-description", "会費")
	page.fill("#income-0-amount", "２０，０００")
	page.click('button[value="row-income"]')
	page.fill("#income-1-description", "寄附")
	page.fill("#income-1-amount", "5000")
	page.click('.action-bar button[value="documents"]')
	page.wait_for_url(re.compile("/documents$"))
	page.click(".action-bar .primary")
	page.check("#i-acknowledged")
	page.check("#i-publish_consent")
	page.fill("#i-public_summary", "見守りの要約")
	page.click('.action-bar button[value="check"]')
	page.wait_for_url(re.compile("/check$"))
	page.click(".action-bar button.primary")
	page.wait_for_selector(".notice.done")
	assert not page.problems
	see_committed()
	doc = frappe.get_doc("Kyodo Proposal", name)
	assert doc.workflow_state == "Submitted" and doc.plan == walk.SHEET["plan"]
	assert [(row.description, row.amount) for row in doc.income] == [("会費", 20000), ("寄附", 5000)]


def test_members_review_parties_confirm_and_guest_reads(city, page_as, page):
	officer, section = city.clients["officer"], city.clients["section"]
	proposal = walk.draft(city.clients["group"], city.programme, city.organisation, "食堂をひらく", publish_consent=1, section=city.section)
	walk.submit(city.clients["group"], proposal)
	walk.receive(officer, proposal)
	walk.refer(officer, proposal, city.section)
	meeting = walk.plan_meeting(officer, city.committee, "Step 1", [walk.proposal_item(proposal)])
	walk.convene(officer, meeting)
	frappe.db.commit()

	for key in ("npo", "city"):
		member = page_as(city.users[key], **PHONE)
		member.goto("/kyodo/my")
		member.click("main .cards a:has-text('審査')")
		assert_fits_width(member)
		for group in member.query_selector_all(".marks"):
			group.query_selector('input[value="○"]').check()
		member.click('button[value="submit"]')
		member.wait_for_selector(".notice.done")
	see_committed()
	assert frappe.db.count("Kyodo Review", {"proposal": proposal, "released": 1}) == 2

	walk.open_session(officer, meeting)
	walk.decide(officer, meeting, proposal, "Passed to Step 2")
	walk.close(officer, meeting)
	second = walk.plan_meeting(officer, city.committee, "Step 2", [walk.proposal_item(proposal)])
	walk.convene(officer, second)
	walk.open_session(officer, second)
	walk.decide(officer, second, proposal, "Adopted", amount=400000)
	walk.close(officer, second)
	project = frappe.db.get_value("Kyodo Project", {"proposal": proposal})
	section.update("Kyodo Project", project, {"form": "協働負担事業"})
	agreement = section.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	section.act("Kyodo Agreement", agreement, "Offer")
	frappe.db.commit()

	for key in ("group", "section"):
		party = page_as(city.users[key], **PHONE)
		party.goto(f"/kyodo/my/agreements/{agreement}")
		assert_fits_width(party)
		party.fill("#i-position", "代表")
		party.check('input[name="agreed"]')
		party.click('form[action$="confirm_agreement"] button')
		party.wait_for_selector(".notice.done")
	see_committed()
	assert frappe.db.get_value("Kyodo Agreement", agreement, "workflow_state") == "Concluded"

	loaded = []
	page.on("request", lambda request: loaded.append(request.url))
	for address, text in (
		("/kyodo", "食堂をひらく"),
		("/kyodo/about", "協働事業の循環"),
		("/kyodo/proposals", "食堂をひらく"),
		(f"/kyodo/proposals/{proposal}", "食堂をひらく"),
		(f"/kyodo/projects/{project}", "食堂をひらく"),
		(f"/kyodo/meetings/{meeting}", "食堂をひらく"),
	):
		assert page.goto(address).status == 200
		assert text in page.inner_text("main")
		assert page.get_attribute("html", "lang") == "ja"
	assert all(url.startswith((page.url.split("/kyodo")[0], "data:")) for url in loaded), loaded
	assert not page.problems


def test_skip_link_is_first_keyboard_stop(page):
	page.goto("/kyodo")
	page.keyboard.press("Tab")
	assert page.evaluate("document.activeElement.className") == "skip-link"
	page.keyboard.press("Enter")
	assert page.evaluate("document.activeElement.id") == "main"
