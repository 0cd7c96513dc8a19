"""Writing a proposal: two browsers at once, offline, after the session has expired, by keyboard, without scripts."""

import re

import frappe
import pytest
from uploads import pdf

from kyodo_frappe.demo import cycle_steps

from .screens import fill, rest
from .test_portal_walk import PHONE, assert_fits_width, see_committed

expect = pytest.importorskip("playwright.sync_api").expect


@pytest.fixture
def draft(city):
	name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "二人で書く")
	frappe.db.commit()
	return name


@pytest.fixture
def colleague(city, committed):
	"""A second person of the organisation."""
	user = committed.user(f"{frappe.generate_hash(length=8)}@kyodo.example", ["Kyodo Organisation Member"])
	doc = frappe.get_doc("Kyodo Organisation", city.organisation)
	row = {"parent": doc.name, "parenttype": doc.doctype, "parentfield": "members", "user": user.name}
	frappe.get_doc({"doctype": "Kyodo Organisation Member", **row, "member_role": "Editor"}).db_insert()
	frappe.db.commit()
	return user.name


def stored(draft: str, field: str):
	see_committed()
	return frappe.db.get_value("Kyodo Proposal", draft, field)


def write(page, field: str, text: str):
	"""Fill in a field. What the page has said about an earlier text goes: `saved` is about this one."""
	page.evaluate("document.querySelector('[data-saved]').textContent = ''")
	fill(page, field, text)


def saved(page):
	rest(page)
	expect(page.locator("[data-saved]")).to_have_text(re.compile(r"\d\d:\d\dに保存しました。"), timeout=20000)


def test_two_browsers_edit_one_draft_without_loss(draft, city, colleague, page_as):
	first, second = page_as(city.users["group"], clock=True), page_as(colleague, clock=True)
	for page in (first, second):
		page.goto(f"/kyodo/my/proposals/{draft}/sheet")
	write(first, "i-plan", "一人目の計画")
	saved(first)
	write(second, "i-needs", "二人目のニーズ")
	saved(second)
	assert (stored(draft, "plan"), stored(draft, "needs")) == ("一人目の計画", "二人目のニーズ")
	expect(second.locator("#i-plan")).to_have_value("一人目の計画")  # what the other wrote comes in
	# the same field
	write(first, "i-continuity", "一人目の継続性")
	saved(first)
	write(second, "i-continuity", "二人目の継続性")
	rest(second)
	asked = second.locator("#n-continuity [data-conflict]")
	expect(asked).to_contain_text("一人目の継続性", timeout=20000)
	expect(second.locator("#i-continuity")).to_have_value("二人目の継続性")
	assert stored(draft, "continuity") == "一人目の継続性"
	write(second, "i-purpose", "書きつづける")  # one goes on writing
	rest(second)
	expect(second.locator("[data-saved]")).to_contain_text("印のあるところ", timeout=20000)
	write(second, "i-continuity", "二人の継続性")
	asked.locator('input[value="mine"]').check()
	expect(asked).to_have_count(0, timeout=20000)
	saved(second)
	assert (stored(draft, "continuity"), stored(draft, "purpose")) == ("二人の継続性", "書きつづける")
	# and the other way round
	write(first, "i-continuity", "一人目はこう思う")
	rest(first)
	asked = first.locator("#n-continuity [data-conflict]")
	asked.locator('input[value="theirs"]').check(timeout=20000)
	expect(first.locator("#i-continuity")).to_have_value("二人の継続性", timeout=20000)
	# a text longer than a form may be for some servers
	long = ("長い計画の一行です。" * 10 + "\n") * 3000
	with first.expect_response(lambda answer: "autosave" in answer.url, timeout=20000):
		first.evaluate(
			"text => { const i = document.querySelector('#i-plan'); i.value = text; i.dispatchEvent(new Event('input', {bubbles: true})) }",
			long,
		)
		rest(first)
	saved(first)
	assert stored(draft, "plan") == long
	assert not first.problems and not second.problems


def test_two_browsers_edit_rows_of_one_table(draft, city, colleague, page_as):
	first, second = page_as(city.users["group"], clock=True), page_as(colleague, clock=True)
	for page in (first, second):
		page.goto(f"/kyodo/my/proposals/{draft}/plan")
	write(first, "roles-2-role", "一人目の行")
	saved(first)
	first.click('button[value="row-roles"]')
	first.keyboard.press("Tab")  # from the choice of the side to the text
	first.keyboard.type("もう一行")
	second.check('[name="roles-0-gone"]')
	expect(second.locator('[data-place="roles-0"]')).to_have_count(0, timeout=20000)
	expect(second.locator('[data-others="roles"]')).to_be_visible()
	first.click('.action-bar button[value="save"]')
	saved(first)
	expect(first.locator('[data-place="roles-0"]')).to_have_count(0, timeout=20000)
	see_committed()
	doc = frappe.get_doc("Kyodo Proposal", draft)
	assert [row.role for row in doc.roles] == [cycle_steps.PLAN["roles"][1]["role"], "一人目の行", "もう一行"]
	assert not first.problems and not second.problems


def test_offline_edits_are_kept(draft, city, page_as):
	page = page_as(city.users["group"], clock=True, **PHONE)
	page.goto(f"/kyodo/my/proposals/{draft}/sheet")
	page.context.set_offline(True)
	write(page, "i-plan", "電車の中で書いた計画")
	rest(page)
	expect(page.locator("[data-saved]")).to_contain_text("つながっていません", timeout=20000)
	page.context.set_offline(False)
	saved(page)
	assert stored(draft, "plan") == "電車の中で書いた計画"
	# the page is closed before the line is back
	page.context.set_offline(True)
	write(page, "i-needs", "閉じる前に書いたニーズ")
	rest(page)
	expect(page.locator("[data-saved]")).to_contain_text("つながっていません", timeout=20000)
	page.route("**/*autosave_step", lambda route: route.abort())
	page.context.set_offline(False)
	page.goto("/kyodo/my")
	page.unroute("**/*autosave_step")
	assert stored(draft, "needs") == cycle_steps.SHEET["needs"]
	page.goto(f"/kyodo/my/proposals/{draft}/sheet")
	expect(page.locator("[data-restore]")).to_contain_text("閉じる前に書いたニーズ")
	expect(page.locator("#i-needs")).to_have_value(cycle_steps.SHEET["needs"])
	assert_fits_width(page)
	page.click("[data-restore-yes]")
	saved(page)
	assert stored(draft, "needs") == "閉じる前に書いたニーズ"
	page.reload()
	expect(page.locator("[data-restore]")).to_be_hidden()
	assert not page.problems


def test_edits_after_expired_session_are_kept_for_same_user(draft, city, colleague, page_as, web):
	page = page_as(city.users["group"], clock=True)
	page.goto(f"/kyodo/my/proposals/{draft}/sheet")
	page.context.clear_cookies()
	write(page, "i-plan", "期限切れの間に書いた計画")
	rest(page)
	expect(page.locator("[data-expired]")).to_be_visible(timeout=20000)
	assert "/kyodo/login" in page.get_attribute("[data-expired] a", "href")
	log_in = lambda user: page.context.request.post("/api/method/login", form={"usr": user, "pwd": web.password_of(user)})
	# somebody else on the same machine gets nothing of it
	log_in(colleague)
	page.evaluate("window.dispatchEvent(new Event('focus'))")
	expect(page.locator("[data-saved]")).to_contain_text("別の人", timeout=20000)
	assert stored(draft, "plan") == cycle_steps.SHEET["plan"]
	other = page.context.new_page()
	other.goto(f"/kyodo/my/proposals/{draft}/sheet")
	expect(other.locator("[data-restore]")).to_be_hidden()
	other.close()
	log_in(city.users["group"])
	write(page, "i-plan", "ログインし直した計画")
	saved(page)
	assert stored(draft, "plan") == "ログインし直した計画"
	page.context.set_offline(True)
	write(page, "i-plan", "まだ届いていない計画")
	rest(page)
	expect(page.locator("[data-saved]")).to_contain_text("つながっていません", timeout=20000)
	assert page.evaluate("localStorage.length") == 1
	page.route("**/*autosave_step", lambda route: route.abort())
	page.context.set_offline(False)
	page.click("form[data-log-out] button")
	page.wait_for_url(re.compile(r"/kyodo$"))
	assert page.evaluate("localStorage.length") == 0
	assert not page.problems


def test_proposal_can_be_written_by_keyboard(draft, city, page_as):
	page = page_as(city.users["group"], clock=True)
	page.goto(f"/kyodo/my/proposals/{draft}/basics")
	page.focus("#i-title")
	page.keyboard.press("Control+A")
	page.keyboard.type("Keyboard")
	page.keyboard.press("Enter")
	saved(page)
	assert stored(draft, "title") == "Keyboard" and page.url.endswith("/basics")
	page.focus("#i-requested_amount")
	page.keyboard.type("abc")
	page.keyboard.press("Enter")
	expect(page.locator("#n-requested_amount .problem")).to_contain_text("abc", timeout=20000)
	assert page.evaluate("document.activeElement.id") == "i-requested_amount"
	assert page.get_attribute("#i-requested_amount", "aria-invalid") == "true"
	assert "n-requested_amount" in page.get_attribute("#i-requested_amount", "aria-describedby")
	page.keyboard.press("Control+A")
	page.keyboard.type("300000")
	page.focus('.action-bar button[value="sheet"]')
	page.keyboard.press("Enter")
	page.wait_for_url(re.compile("/sheet$"))
	expect(page.locator('.steps [aria-current="step"]')).to_have_text("基本シート")
	assert stored(draft, "requested_amount") == 300000
	# every input has its name
	for step in ("basics", "sheet", "plan", "money", "publication", "documents"):
		page.goto(f"/kyodo/my/proposals/{draft}/{step}")
		assert (
			page.evaluate(
				"[...document.querySelectorAll('main input, main select, main textarea')].filter(i => i.type !== 'hidden' && !i.labels.length).map(i => i.name)"
			)
			== []
		)
		ids = page.evaluate("[...document.querySelectorAll('main [id]')].map(e => e.id)")
		assert len(ids) == len(set(ids)), step
		described = page.evaluate(
			"[...document.querySelectorAll('[aria-describedby]')].flatMap(e => e.getAttribute('aria-describedby').split(' '))"
		)
		assert set(described) <= set(ids), step
	assert not page.problems


def test_sums_update_while_typing(draft, city, page_as):
	page = page_as(city.users["group"], clock=True, **PHONE)
	page.goto(f"/kyodo/my/proposals/{draft}/money")
	assert_fits_width(page)
	fill(page, "income-2-amount", "１０，０００円")
	expect(page.locator('output[data-sum="income"]')).to_have_text("610,000円")
	fill(page, "expenses-0-quantity", "10")
	expect(page.locator('output[data-sum="expenses"]').first).to_have_text("294,000円")
	page.uncheck("#expenses-0-eligible")
	rest(page)
	expect(page.locator("[data-cautions]")).to_contain_text("一致していません", timeout=20000)


def test_proposal_is_submitted_without_scripts(city, page_as, tmp_path):
	page = page_as(city.users["group"], **PHONE, java_script_enabled=False)
	page.goto("/kyodo/my/proposals/new")
	page.fill("#i-title", "スクリプトなしの提案")
	page.click("main form button.primary")
	page.wait_for_url("**/KP-*/basics*")
	name = re.search(r"/(KP-[^/]+)/basics", page.url).group(1)
	page.click('.action-bar button[value="sheet"]')
	for field, text in cycle_steps.SHEET.items():
		page.fill(f"#i-{field}", text)
	page.click('.action-bar button[value="plan"]')
	page.fill("#roles-0-role", "会場の手配")
	page.click('button[value="row-roles"]')
	page.fill("#roles-1-role", "広報")
	page.click('.action-bar button[value="money"]')
	page.fill("#income-0-description", "会費")
	page.fill("#income-0-amount", "たくさん")
	page.click('.action-bar button[value="documents"]')
	page.wait_for_url("**/money*")
	expect(page.locator("#income-0-amount")).to_have_value("たくさん")
	page.fill("#income-0-amount", "２０，０００")
	page.click('.action-bar button[value="documents"]')
	file = tmp_path / "規約（案）.pdf"
	file.write_bytes(pdf())
	page.fill("#i-document", "会の規約")
	page.set_input_files("#f-new", str(file))
	page.click(".file:has(#i-document) button")
	expect(page.locator("main")).to_contain_text("規約（案）.pdf", use_inner_text=True)
	page.click(".action-bar .primary")
	page.check("#i-acknowledged")
	page.click('.action-bar button[value="check"]')
	expect(page.locator("main")).to_contain_text(re.compile("不足しているものはありません|提出できます"), use_inner_text=True)
	page.goto(f"/kyodo/my/proposals/{name}/print")
	expect(page.locator("body")).to_contain_text("下書き", use_inner_text=True)
	expect(page.locator("body")).to_contain_text("会場の手配", use_inner_text=True)
	assert_fits_width(page)
	page.goto(f"/kyodo/my/proposals/{name}/check")
	page.click(".action-bar .primary")  # to the confirmation
	page.click(".action-bar .primary")
	page.wait_for_selector(".notice.done")
	see_committed()
	doc = frappe.get_doc("Kyodo Proposal", name)
	assert doc.workflow_state == "Submitted" and doc.plan == cycle_steps.SHEET["plan"]
	assert [row.role for row in doc.roles] == ["会場の手配", "広報"]
	assert [(row.description, row.amount) for row in doc.income] == [("会費", 20000)]
	assert len(doc.attachments) == 1
