"""Documents after the section talk: a group writes again at phone and desk width, the office compares and passes the proposal on."""

import frappe
import pytest
from frappe.utils import add_days, nowdate
from uploads import pdf

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .screens import at_rest, fill, to_last_screen
from .test_desk_walk import DESK_TIMEOUT, desk

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.one_city
DOCUMENT = "協議後の収支予算書"


@pytest.fixture
def asked(city) -> str:
	"""A proposal whose documents the office has asked for."""
	questions = [
		{"fieldname": "plan", "asked": "Required", "asked_when": "Both Times"},
		{"fieldname": "continuity", "asked": "Required", "asked_when": "After the Talk", "label_text": "協議を踏まえた継続の見通し"},
	]
	values = {"call_name": "市民提案型", "call_type": "Open", "fiscal_year": 2026, "published": 1, "closes_on": str(add_days(nowdate(), 3))}
	values |= {"documents_after_talk": "Yes", "documents_due_on": str(add_days(nowdate(), 20)), "questions": questions}
	documents = [{"code": "L1", "document": DOCUMENT, "used_for": "After the Talk", "required": 1}]
	call = frappe.get_doc({"doctype": "Kyodo Call", "programme": city.programme, **values, "required_documents": documents}).insert().name
	group, officer, section = (city.clients[key] for key in ("group", "officer", "section"))
	more = {"section": city.section, "needs_budget": 0, "continuity": "", "call": call}
	name = cycle_steps.draft(group, city.programme, city.organisation, "食堂をひらく", **more)
	cycle_steps.submit(group, name)
	cycle_steps.receive(officer, name)
	officer.act("Kyodo Proposal", name, "Start Consultation")
	talk = {"kind": "Section Talk", "held_on": nowdate(), "summary": "役割を話し合った。", "opinion": "会場を提供できる。"}
	section.insert({"doctype": "Kyodo Consultation", "proposal": name, "section": city.section, **talk})
	officer.act("Kyodo Proposal", name, "Ask for Documents")
	frappe.db.commit()
	return name


@pytest.mark.parametrize("width", [390, 1280])
def test_a_group_writes_again_and_hands_in(city, asked, page_as, width):
	page = page_as(city.users["group"], viewport={"width": width, "height": 900})
	page.goto("/kyodo/my")
	expect(page.locator("main")).to_contain_text("提出する協議後の書類")
	page.goto(f"/kyodo/my/proposals/{asked}")
	expect(page.locator("main")).to_contain_text("担当課との協議後の書類")
	shot(page, f"later-overview-{width}")
	page.goto(f"/kyodo/my/proposals/{asked}/sheet")
	expect(page.locator('[name="purpose"]')).to_have_count(0)
	fill(page, "i-plan", "毎週金曜日、分庁舎で開催する。")
	fill(page, "i-continuity", "3年で自立する。")
	shot(page, f"later-sheet-{width}")
	to_last_screen(page)
	page.get_by_role("button", name="保存して次へ").click()
	page.wait_for_url("**/documents*")
	expect(page.locator("main")).to_contain_text(DOCUMENT)
	page.locator("#f-document-1").set_input_files({"name": "予算書.pdf", "mimeType": "application/pdf", "buffer": pdf()})
	page.locator("#document-1").get_by_role("button", name="添付", exact=True).click()
	expect(page.locator("#document-1")).to_contain_text("添付済み")
	expect(page.locator("main")).to_contain_text("予算書.pdf")
	shot(page, f"later-documents-{width}")
	page.goto(f"/kyodo/my/proposals/{asked}/check")
	shot(page, f"later-check-{width}")
	page.get_by_role("link", name="提出に進む").click()
	page.get_by_role("button", name="書類を提出する").click()
	expect(page.locator("main")).to_contain_text("書類を提出しました")
	expect(page.locator("main")).to_contain_text("協議後の書類提出済み")
	shot(page, f"later-done-{width}")
	assert not page.problems


def test_the_office_compares_and_passes_the_proposal_on(city, asked, page_as):
	group = city.clients["group"]
	frappe.db.set_value("Kyodo Call", frappe.db.get_value("Kyodo Proposal", asked, "call"), "documents_due_on", None)
	doc = frappe.get_doc("Kyodo Proposal", asked)
	row = doc.append("attachments", {"document": DOCUMENT, "file": "/private/files/none.pdf"})
	row.db_insert()
	frappe.db.commit()
	group.update("Kyodo Proposal", asked, {"plan": "毎週金曜日、分庁舎で開催する。", "continuity": "3年で自立する。"})
	group.act("Kyodo Proposal", asked, "Hand In Documents")
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Proposal", asked)
	expect(page.locator(".form-message, .form-dashboard").first).to_be_visible(timeout=DESK_TIMEOUT)
	at_rest(page)
	shot(page, "later-desk")
	page.get_by_role("button", name="前回からの変更").click(timeout=DESK_TIMEOUT)
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("分庁舎", timeout=DESK_TIMEOUT)
	expect(dialog.locator("del").first).to_be_visible()
	shot(page, "later-desk-changes")
