"""A running project, with the organisation on a phone and the section at its desk.

Vouchers and notes with photos, an acknowledgement, and an evaluation whose marks are hidden until both sides have submitted.
"""

import io

import frappe
import pytest
from PIL import Image

from kyodo_frappe.demo import cycle_steps

expect = pytest.importorskip("playwright.sync_api").expect

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
DESK = {"viewport": {"width": 1280, "height": 900}}
SECRET = "市の側だけが知る理由"


def assert_fits_width(page):
	assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], page.url


def photo(name: str) -> dict:
	picture = io.BytesIO()
	Image.new("RGB", (640, 480), (200, 180, 140)).save(picture, "JPEG")
	return {"name": name, "mimeType": "image/jpeg", "buffer": picture.getvalue()}


def submit_sheet_with(page, mark: int, reason: str):
	"""Give every item of a sheet the same mark and reason, and hand the sheet in."""
	for item in page.locator("fieldset:has(.marks)").all():
		item.locator(f'input[value="{mark}"]').check()
		item.locator("summary").click()
		item.locator("textarea").fill(reason)
	page.click('button[name="then"][value="submit"]')
	expect(page.locator(".notice.done")).to_be_visible()


def test_running_project_is_recorded_and_evaluated_by_both_sides(city, page_as):
	project = city.adopted()
	cycle_steps.agree(city.clients["section"], city.clients["group"], project, "協働負担事業")
	cycle_steps.run(city.clients["section"], project)
	frappe.db.commit()
	here = f"/kyodo/my/projects/{project}"
	group = page_as(city.users["group"], **PHONE)
	section = page_as(city.users["section"], **DESK)

	group.goto("/kyodo/my")
	group.click("main a:has-text('食堂をひらく') >> nth=-1")
	group.goto(f"{here}/expenses")
	group.set_input_files("#i-receipt", photo("レシート.jpg"))
	group.fill("#i-paid_on", frappe.utils.nowdate())
	group.fill("#i-amount", "３，２４０")
	group.fill("#i-description", "野菜（20食分）")
	group.fill("#i-payee", "大船青果")
	group.fill("#i-addressee", "上様")
	group.click("#write button.primary")
	expect(group.locator(".cards")).to_contain_text("3,240円")
	expect(group.locator(".cards .caution")).to_contain_text("上様")
	expect(group.locator(".cards a:has-text('レシート')")).to_be_visible()
	assert_fits_width(group)

	group.goto(f"{here}/notes")
	group.select_option("#i-kind", "Talk")
	group.fill("#i-subject", "第1回打合せ")
	group.fill("#i-note", "開催場所を公民館に決めた。")
	group.set_input_files("#i-photos", photo("打合せ.jpg"))
	group.click("#write button.primary:has-text('記録')")
	expect(group.locator(".cards .photos img")).to_be_visible()
	assert_fits_width(group)

	section.goto(here)
	section.click("a:has-text('第1回打合せ')")
	section.fill('textarea[name="answer"]', "了解しました。")
	section.click('button[value="acknowledge"]')
	expect(section.locator(".cards")).to_contain_text("確認しました")
	group.reload()
	expect(group.locator(".cards")).to_contain_text("了解しました。")
	expect(group.locator(".cards a:has-text('変更')")).to_have_count(0)

	year = frappe.utils.getdate().year - (frappe.utils.getdate().month < 4)
	evaluation = city.clients["section"].call(
		"kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=year, phase="Mid-term"
	)
	frappe.db.commit()
	place = f"/kyodo/my/evaluations/{evaluation}"
	section.goto(place)
	submit_sheet_with(section, 2, SECRET)

	for address in (place, here, "/kyodo/my", f"{here}/evaluations", f"{here}/plan"):
		group.goto(address)
		assert SECRET not in group.content(), address
	group.goto(here)
	expect(group.locator(".notice.wait")).to_contain_text("評価を記入して提出する")
	group.click("a:has-text('評価を記入して提出する')")
	assert_fits_width(group)
	submit_sheet_with(group, 5, "毎月の打合せが役に立った。")
	expect(group.locator("main")).to_contain_text(SECRET)
	expect(group.locator("main")).to_contain_text("差 3")
	assert_fits_width(group)
	assert not group.problems and not section.problems
