"""On a phone: sign up by mail, register an organisation with a document, answer corrections, be registered."""

import email
import io
import re

import frappe
import pytest
from PIL import Image
from portal_client import hand_over_messages

from kyodo_frappe.demo import cycle_steps, ledger

from .pictures import shot
from .screens import fill, show, to_last_screen

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
PASSWORD = "correct-horse-battery"


def see_committed():
	"""Begin a transaction that sees what the server has written."""
	frappe.db.rollback()


def assert_fits_width(page):
	assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def mailed_link(address: str) -> str:
	"""Return the path of the link in the newest mail to an address."""
	hand_over_messages()
	see_committed()
	queued = frappe.get_all("Email Queue Recipient", {"recipient": address}, pluck="parent", order_by="creation desc", limit=1)
	assert queued, f"no mail to {address}"
	return re.search(r"/kyodo/join/[0-9a-f]+", _text(queued[0])).group(0)


def mail_to(address: str) -> str:
	"""Return the text of the newest mail to an address."""
	hand_over_messages()
	see_committed()
	queued = frappe.get_all("Email Queue Recipient", {"recipient": address}, pluck="parent", order_by="creation desc", limit=1)
	return _text(queued[0]) if queued else ""


def _text(name: str) -> str:
	message = email.message_from_string(frappe.db.get_value("Email Queue", name, "message"))
	return "".join(part.get_payload(decode=True).decode() for part in message.walk() if part.get_content_type() == "text/html")


@pytest.mark.parametrize("scripts", (True, False), ids=("with scripts", "without scripts"))
def test_organisation_signs_up_and_registers(city, new_page, scripts):
	address = f"walker{frappe.generate_hash(length=8)}@kyodo.example"
	page = new_page(**PHONE, java_script_enabled=scripts)
	page.goto("/kyodo")
	page.click(".menu-button")
	page.click('.account a[href="/kyodo/join"]')
	page.fill("#i-full_name", "歩く 人")
	page.fill("#i-email", address)
	page.click("main form button.primary")
	expect(page.locator(".notice.done")).to_contain_text(address)
	link = mailed_link(address)
	page.goto(link)
	assert_fits_width(page)
	page.fill("#i-password", PASSWORD)
	page.fill("#i-password_again", "something else")
	page.click("main form button.primary")
	expect(page.locator(".notice.refused")).to_contain_text("2つのパスワード")
	expect(page.locator("#i-full_name")).to_have_value("歩く 人")
	page.fill("#i-password", PASSWORD)
	page.fill("#i-password_again", PASSWORD)
	page.click("main form button.primary")
	page.wait_for_url(re.compile(r"/kyodo/my(\?|$)"))
	expect(page.locator("header").first).to_contain_text("歩く 人")

	page.click('main a[href="/kyodo/my/organisation?name=new"]')
	page.fill("#i-organisation_name", "川辺を歩く会")
	page.click('.action-bar button[value="save"]')
	page.wait_for_url("**name=KO-*")
	name = re.search(r"name=(KO-[0-9]+)", page.url).group(1)
	expect(page.locator("#h-missing + ul")).to_contain_text("要件")
	shot(page, f"registration-1-{scripts}")
	fill(page, "i-organisation_kana", "かわべをあるくかい")
	fill(page, "i-representative", "歩く 人")
	fill(page, "i-postal_code", "〒２４８８６８６")
	fill(page, "i-address", "神奈川県鎌倉市")
	fill(page, "i-purpose", "川辺の散歩とごみ拾い")
	show(page, "activity_fields")
	page.check('input[name="activity-03"]')
	for select in page.query_selector_all('select[id^="rf-"]'):
		show(page, select.get_attribute("id"))
		select.select_option("Yes")
	assert_fits_width(page)
	shot(page, f"registration-2-{scripts}")
	if scripts:
		expect(page.locator("[data-saved]")).to_contain_text("に保存しました", timeout=20000)
		to_last_screen(page)
	page.click('button[value="documents"]')
	page.wait_for_url("**/documents*")
	assert_fits_width(page)
	page.set_input_files("#f-1", {"name": "会の規約.png", "mimeType": "image/png", "buffer": _picture()})
	page.click('section:has(#d-1) button:has-text("添付")')
	expect(page.locator("section:has(#d-1) a")).to_contain_text("会の規約")
	shot(page, f"registration-3-{scripts}")
	page.click("main a.button:not(.primary)")
	expect(page.locator("#i-organisation_kana")).to_have_value("カワベヲアルクカイ")
	expect(page.locator("#i-postal_code")).to_have_value("248-8686")
	page.goto(f"/kyodo/my/organisation/check?name={name}")
	expect(page.locator(".reading")).to_contain_text("川辺の散歩とごみ拾い")
	assert_fits_width(page)
	shot(page, f"registration-4-{scripts}")
	page.click('.action-bar button[value="Apply for Registration"]')
	expect(page.locator(".notice.done")).to_contain_text("事務局")
	expect(page.locator(".receipt")).to_contain_text(name)
	shot(page, f"registration-5-{scripts}")
	assert name in mail_to(address)

	officer = city.clients["officer"]
	see_committed()
	officer.update("Kyodo Organisation", name, {"corrections": [{"field": "address", "reason": "番地まで書いてください。"}]})
	officer.act("Kyodo Organisation", name, "Return")
	frappe.db.commit()
	page.goto(f"/kyodo/my/organisation?name={name}")
	assert_fits_width(page)
	show(page, "i-address")
	expect(page.locator(".advice")).to_contain_text("番地まで", use_inner_text=True)
	page.fill("#i-address", "神奈川県鎌倉市御成町18-10")
	page.fill('textarea[name^="answer-"]', "書き足しました")
	to_last_screen(page)
	page.click('button[value="check"]')
	page.wait_for_url("**/check*")
	page.click('.action-bar button[value="Apply for Registration"]')
	page.wait_for_selector(".notice.done")
	see_committed()
	assert officer.act("Kyodo Organisation", name, "Register") == "Registered"
	frappe.db.commit()
	page.goto("/kyodo/my")
	expect(page.locator("main")).to_contain_text("登録済み", use_inner_text=True)
	expect(page.locator("main")).to_contain_text("川辺を歩く会")
	page.goto(f"/kyodo/my/organisation/people?name={name}")
	assert_fits_width(page)
	page.goto(f"/kyodo/my/organisation/change?name={name}")
	assert_fits_width(page)
	assert not page.problems

	page.click(".menu-button")
	page.click('form[action$="log_out"] button')
	page.wait_for_url("**/kyodo")
	page.goto(f"/kyodo/my/organisation?name={name}")
	assert "/kyodo/login" in page.url
	page.fill("#i-email", address)
	page.fill("#i-password", "wrong password")
	page.click("main form button.primary")
	expect(page.locator(".notice.refused")).to_contain_text("ログインできません")
	page.fill("#i-password", PASSWORD)
	page.keyboard.press("Enter")
	page.wait_for_url(f"**/kyodo/my/organisation?name={name}")
	expect(page.locator("main")).to_contain_text(cycle_steps.ORGANISATION["postal_code"], use_inner_text=True)


@pytest.fixture(autouse=True)
def _remove_records():
	"""Remove the login and the organisation that the test makes as another user."""
	yield
	frappe.db.rollback()
	users = frappe.get_all("User", {"name": ["like", "walker%@kyodo.example"]}, pluck="name", order_by="name")
	made = {
		"Kyodo Organisation": frappe.get_all("Kyodo Organisation", {"owner": ["in", users or [""]]}, pluck="name", order_by="name"),
		"Kyodo Invitation": frappe.get_all("Kyodo Invitation", {"email": ["like", "walker%@kyodo.example"]}, pluck="name", order_by="name"),
		"User": users,
	}
	ledger.remove(made)
	frappe.db.commit()


def _picture() -> bytes:
	content = io.BytesIO()
	Image.new("RGB", (4, 4)).save(content, "PNG")
	return content.getvalue()
