"""An organisation submits a proposal on a phone, members review it, both sides confirm the agreement, a guest reads."""

import re

import frappe
import pytest
from portal_client import hand_over_messages
from uploads import pdf

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .screens import show, to_last_screen
from .test_accessibility import findings

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


def see_committed():
	"""Begin a transaction that sees what the server has written."""
	frappe.db.rollback()


def assert_fits_width(page):
	assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def name_at_the_end(url: str) -> str:
	return re.search(r"/([^/?#]+)(?:[?#].*)?$", url).group(1)


class Phone:
	"""A page on a phone that counts how often its user taps."""

	def __init__(self, page):
		self.page, self.taps = page, 0

	def tap(self, target):
		self.taps += 1
		(self.page.locator(target).first if isinstance(target, str) else target).click()

	def fill(self, selector: str, text: str):
		self.page.wait_for_selector(selector)
		if not self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
			self.tap(selector)
		self.page.fill(selector, text)

	def next(self, step: str = ""):
		"""Go on to the next screen, or the next step."""
		self.tap(".action-bar .primary:visible")
		if step:
			self.page.wait_for_url(re.compile(f"/{step}(#|$)"))

	def on_to(self, step: str):
		"""Go on until the next step opens, without answering."""
		to_last_screen(self.page, self.next)
		self.next(step)


def top_of_first_input(page) -> float:
	"""How far down, in pixels, the first input of a step is."""
	return page.evaluate(
		"[...document.querySelectorAll('main input, main select, main textarea')]"
		".find(i => i.type !== 'hidden' && i.offsetParent).getBoundingClientRect().top + scrollY"
	)


def test_proposal_is_written_and_submitted_on_phone(city, page_as):
	page = page_as(city.users["group"], viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
	phone = Phone(page)
	page.goto("/kyodo")
	phone.tap('main a[href="/kyodo/my/proposals/new"]')
	phone.fill("#i-title", "ひとり暮らしの見守り")
	phone.tap("main form button.primary")
	page.wait_for_url("**/KP-*/basics*")
	name = re.search(r"/(KP-[^/]+)/basics", page.url).group(1)
	expect(page.locator('[data-mark="basics"]')).to_have_text(re.compile(r"^\s*記入中"))
	expect(page.locator('[data-mark="plan"]')).to_have_text(re.compile(r"^\s*未記入"))
	assert "記入済み" not in page.locator("nav.steps").text_content()
	page.goto(f"/kyodo/my/proposals/{name}/basics")
	assert page.locator("label[for=i-title] .need").inner_text() == "必須"
	assert top_of_first_input(page) < 400
	shot(page, "phone-1-basics")
	phone.on_to("sheet")
	assert top_of_first_input(page) < 400
	shot(page, "phone-2-sheet")
	for number, (field, text) in enumerate(cycle_steps.SHEET.items(), 1):
		phone.fill(f"#i-{field}", text)
		expect(page.locator("[data-screen].shown textarea")).to_have_count(1)
		if number < len(cycle_steps.SHEET):
			phone.next()
	assert_fits_width(page)
	expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"\d\d:\d\dに保存しました"), timeout=20000)
	expect(page.locator('[data-mark="sheet"]')).to_contain_text("記入済み")
	page.go_back()  # the browser's way back leads one question back
	expect(page.locator(f"#i-{list(cycle_steps.SHEET)[-2]}")).to_be_visible()
	phone.next()
	page.click("nav.steps summary")
	shot(page, "phone-3-list")
	page.click("nav.steps summary")
	phone.next("plan")
	phone.on_to("money")
	phone.fill("#income-0-description", "会費")
	phone.fill("#income-0-amount", "２万円")
	expect(page.locator(".became").first).to_have_text("→ 20,000")
	phone.tap('button[value="row-income"]')
	phone.fill("#income-1-description", "寄附")
	phone.fill("#income-1-amount", "5000")
	expect(page.locator('[data-part="income"]')).to_have_text("25,000円")
	assert_fits_width(page)
	shot(page, "phone-4-income")
	phone.next()
	phone.fill("#expenses-0-description", "電池")
	phone.fill("#expenses-0-unit_price", "500")
	phone.fill("#expenses-0-quantity", "50")
	expect(page.locator("[data-line]").first).to_have_text("25,000円")
	expect(page.locator('[data-part="difference"]')).to_have_text("0円")
	shot(page, "phone-5-expenses")
	phone.on_to("documents")
	assert_fits_width(page)
	shot(page, "phone-6-documents")
	phone.next("publication")
	phone.tap("#i-publish_consent")
	shot(page, "phone-7-publication")
	show(page, "i-public_summary")
	phone.fill("#i-public_summary", "見守りの要約")
	show(page, "i-acknowledged")
	phone.tap("#i-acknowledged")
	phone.next("check")
	expect(page.locator("main")).to_contain_text("提出できます")
	expect(page.locator(".reading").first).to_contain_text(cycle_steps.SHEET["needs"])
	assert_fits_width(page)
	shot(page, "phone-8-check")
	phone.next("hand-in")
	shot(page, "phone-9-hand-in")
	phone.next()
	page.wait_for_selector(".notice.done")
	expect(page.locator(".receipt")).to_contain_text(name)
	assert_fits_width(page)
	shot(page, "phone-10-receipt")
	assert phone.taps <= 60, phone.taps
	print(f"taps from the first page to the receipt: {phone.taps}")
	assert not page.problems
	see_committed()
	doc = frappe.get_doc("Kyodo Proposal", name)
	assert doc.workflow_state == "Submitted" and doc.plan == cycle_steps.SHEET["plan"]
	assert [(row.description, row.amount) for row in doc.income] == [("会費", 20000), ("寄附", 5000)]
	hand_over_messages()
	queued = frappe.get_all("Email Queue", {"reference_name": name}, pluck="message", order_by="creation desc", limit=1)
	assert queued
	page.set_viewport_size({"width": 1280, "height": 900})
	for place in ("receipt", ""):
		page.goto(f"/kyodo/my/proposals/{name}/{place}".rstrip("/"))
		shot(page, f"desk-{place or 'proposal'}")
	expect(page.locator(".timeline time").first).to_contain_text(re.compile(r"\d\d:\d\d"))


def test_steps_on_a_desk(city, page_as):
	"""A desk shows all of a step; an attachment is told to be too large or of another kind before it is sent."""
	draft = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "食堂をひらく", section=city.section)
	frappe.db.commit()
	page = page_as(city.users["group"], viewport={"width": 1280, "height": 900})
	found = {}
	for step in ("basics", "sheet", "money", "documents", "publication", "check"):
		page.goto(f"/kyodo/my/proposals/{draft}/{step}")
		shot(page, f"desk-{step}")
		found[step] = findings(page)
	page.goto(f"/kyodo/my/organisation?name={city.organisation}")
	found["organisation"] = findings(page)
	assert not any(found.values()), found
	page.goto(f"/kyodo/my/proposals/{draft}/sheet")
	expect(page.locator("textarea:visible")).to_have_count(len(cycle_steps.SHEET))
	expect(page.locator("[data-screen-next]")).to_be_hidden()
	page.goto(f"/kyodo/my/proposals/{draft}/documents")
	page.fill("#i-document", "計画書")
	page.set_input_files("#f-new", {"name": "計画.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"})
	expect(page.locator("form:has(#i-document) [data-upload-says]")).to_contain_text("受け付けられない種類")
	page.click("form:has(#i-document) button")
	assert page.url.endswith("/documents")
	page.set_input_files("#f-new", {"name": "計画.pdf", "mimeType": "application/pdf", "buffer": b"%PDF broken"})
	page.click("form:has(#i-document) button")
	expect(page.locator("form:has(#i-document) [data-upload-says]")).to_contain_text("計画.pdf", timeout=20000)
	expect(page.locator("form:has(#i-document) .problem")).to_be_visible(timeout=20000)
	expect(page.locator("#i-document")).to_have_value("計画書")  # nothing is lost on a refusal
	page.set_input_files("#f-new", {"name": "計画.pdf", "mimeType": "application/pdf", "buffer": pdf()})
	page.click("form:has(#i-document) button")
	expect(page.locator(".notice.done")).to_contain_text("計画.pdf", timeout=20000)
	assert not page.problems


def test_members_review_parties_confirm_and_guest_reads(city, page_as, page):
	officer, section = city.clients["officer"], city.clients["section"]
	proposal = cycle_steps.draft(
		city.clients["group"], city.programme, city.organisation, "食堂をひらく", publish_consent=1, section=city.section
	)
	cycle_steps.submit(city.clients["group"], proposal)
	cycle_steps.receive(officer, proposal)
	cycle_steps.refer(officer, proposal, city.section)
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 1", [cycle_steps.proposal_item(proposal)])
	cycle_steps.convene(officer, meeting)
	frappe.db.commit()

	for key in ("npo", "city"):
		member = page_as(city.users[key], **PHONE)
		member.goto("/kyodo/my")
		member.click("main .cards a:has-text('審査')")
		expect(member.locator(".marks").last).to_be_visible()
		assert_fits_width(member)
		for group in member.query_selector_all(".marks"):
			group.query_selector('input[value="○"]').check()
		member.click('button[value="submit"]')
		member.wait_for_selector(".notice.done")
	see_committed()
	assert frappe.db.count("Kyodo Review", {"proposal": proposal, "released": 1}) == 2

	cycle_steps.open_session(officer, meeting)
	cycle_steps.decide(officer, meeting, proposal, "Passed to Step 2")
	cycle_steps.close(officer, meeting)
	second = cycle_steps.plan_meeting(officer, city.committee, "Step 2", [cycle_steps.proposal_item(proposal)])
	cycle_steps.convene(officer, second)
	cycle_steps.open_session(officer, second)
	cycle_steps.decide(officer, second, proposal, "Adopted", amount=400000)
	cycle_steps.close(officer, second)
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
		expect(page.locator("main")).to_contain_text(text, use_inner_text=True)
		assert page.get_attribute("html", "lang") == "ja"
	assert all(url.startswith((page.url.split("/kyodo")[0], "data:")) for url in loaded), loaded
	assert not page.problems


def test_skip_link_is_first_keyboard_stop(page):
	page.goto("/kyodo")
	page.keyboard.press("Tab")
	assert page.evaluate("document.activeElement.className") == "skip-link"
	page.keyboard.press("Enter")
	assert page.evaluate("document.activeElement.id") == "main"
