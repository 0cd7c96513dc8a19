"""The views of the desk, as an officer uses them: saved filters, many at once, a board, the calendar."""

import frappe
import pytest
from frappe.utils import get_url_to_list

from kyodo_frappe.demo import cycle_steps

from .screens import at_rest

expect = pytest.importorskip("playwright.sync_api").expect
DESK_TIMEOUT = 20000  # ms; the desk loads much on the first visit
TITLE = "夜の見守り隊とその仲間が続ける、駅前から団地までの長い名前の提案"


def submitted(city, title: str) -> str:
	group = city.clients["group"]
	name = cycle_steps.draft(group, city.programme, city.organisation, title, section=city.section)
	cycle_steps.submit(group, name)
	return name


def path_of(doctype: str) -> str:
	return "/" + get_url_to_list(doctype).split("//", 1)[-1].partition("/")[2]


def drag(page, card, column):
	begin, end = card.bounding_box(), column.bounding_box()
	page.mouse.move(begin["x"] + 40, begin["y"] + 15)
	page.mouse.down()
	page.mouse.move(begin["x"] + 80, begin["y"] + 40, steps=5)
	page.mouse.move(end["x"] + 60, end["y"] + 90, steps=10)
	page.mouse.up()


def test_officer_finds_moves_and_sees_days(city, page_as):
	name, other = submitted(city, TITLE), submitted(city, "となりの提案")
	officer = city.clients["officer"]
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 1", [])
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})

	page.goto(path_of("Kyodo Proposal"))
	waiting = page.locator(".kyodo-filters button", has_text="受付待ち")
	waiting.click(timeout=DESK_TIMEOUT)
	expect(waiting).to_have_attribute("aria-pressed", "true", timeout=DESK_TIMEOUT)
	row = page.locator(".list-row-container", has_text=TITLE)
	expect(row.locator(".indicator-pill.orange").first).to_contain_text("提出済み", timeout=DESK_TIMEOUT)
	assert row.locator(".list-subject").evaluate("cell => cell.scrollWidth <= cell.clientWidth + 1"), "the title is cut"

	for title in (TITLE, "となりの提案"):
		page.locator(".list-row-container", has_text=title).locator("input[type=checkbox]").first.check()
	page.locator(".actions-btn-group > button").click()
	page.locator(".actions-btn-group .dropdown-menu a", has_text="受け付ける").first.click()
	page.locator(".modal.show .btn-modal-primary, .modal.show .btn-primary").first.click()
	expect(page.locator(".modal.show", has_text="変更したもの：2件")).to_be_visible(timeout=DESK_TIMEOUT)
	frappe.db.rollback()
	assert {frappe.db.get_value("Kyodo Proposal", one, "workflow_state") for one in (name, other)} == {"Received"}

	page.goto(f"{path_of('Kyodo Proposal')}/view/kanban/Kyodo%20Proposals%20Board")
	card = page.locator(".kanban-card-wrapper", has_text="となりの提案")
	card.wait_for(timeout=DESK_TIMEOUT)
	at_rest(page)
	drag(page, card, page.locator('.kanban-column[data-column-value="Returned"]'))
	expect(page.locator(".modal.show")).to_contain_text("にすることはできません", timeout=DESK_TIMEOUT)
	page.locator(".modal.show .btn-modal-close").first.click()
	expect(page.locator('.kanban-column[data-column-value="Received"]')).to_contain_text("となりの提案")
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Proposal", other, "workflow_state") == "Received"

	day = frappe.db.get_value("Kyodo Meeting", meeting, "meeting_date")
	page.goto(path_of("Kyodo Proposal").rpartition("/")[0] + "/kyodo-calendar")
	expect(page.locator(".fc-view, .fc-view-harness").first).to_be_visible(timeout=DESK_TIMEOUT)
	assert day
	assert not page.problems
