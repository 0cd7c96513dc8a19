"""An officer sees what a list would import before anything is written; an organisation is told about a file that is not sent."""

from pathlib import Path

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.organisations import import_list
from kyodo_frappe.organisations.import_list import DOCTYPE

from .pictures import shot
from .test_desk_walk import DESK_TIMEOUT, desk

expect = pytest.importorskip("playwright.sync_api").expect

LIST = Path(__file__).parents[1] / "site" / "organisations" / "lists" / "f02_city_list_two_row_header.xlsx"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def checked_list(city) -> str:
	officer = city.clients["officer"]
	with officer:
		doc = frappe.get_doc({"doctype": DOCTYPE, "programme": city.programme}).insert()
		place = {"attached_to_doctype": DOCTYPE, "attached_to_name": doc.name, "is_private": 1}
		file = frappe.get_doc({"doctype": "File", "file_name": "名簿.xlsx", "content": LIST.read_bytes(), **place}).insert()
		doc.source_file = file.file_url
		doc.save()
		frappe.db.commit()
		import_list.run(doc.name, dry=True, lang="ja")
	return doc.name


def test_officer_reads_the_names_of_a_list_before_importing(city, page_as):
	name = checked_list(city)
	for width, kind in ((1280, "desk"), (390, "phone")):
		page = page_as(city.users["officer"], viewport={"width": width, "height": 900})
		desk(page, DOCTYPE, name)
		preview = page.locator('.frappe-control[data-fieldname="preview"]')
		expect(preview).to_contain_text("検証の森を守る会", timeout=DESK_TIMEOUT)
		expect(preview).not_to_contain_text("6団体")
		expect(page.locator('.frappe-control[data-fieldname="unread"]')).to_contain_text("合計の行")
		expect(page.locator('.frappe-control[data-fieldname="problems"]')).to_contain_text("平成12年頃")
		shot(page, f"list-{kind}")


def test_chosen_file_that_is_not_sent_is_told(city, page_as):
	name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "食堂をひらく", section=city.section)
	frappe.db.commit()
	page = page_as(city.users["group"], **PHONE)
	page.goto(f"/kyodo/my/proposals/{name}/documents")
	page.set_input_files("#f-new", {"name": "計画.txt", "mimeType": "text/plain", "buffer": "計画".encode()})
	expect(page.locator("#f-new-unsent")).to_have_text("まだ送信されていません。「添付」を押してください。")
	shot(page, "unsent-phone")
	page.on("dialog", lambda dialog: dialog.dismiss())
	with page.expect_event("dialog") as asked:
		page.locator(".action-bar .primary").click(no_wait_after=True)
	assert asked.value.type == "beforeunload"
	expect(page.locator("#f-new-unsent")).to_be_visible()
	assert page.url.endswith("/documents")
