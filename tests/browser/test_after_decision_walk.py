"""After the decision: an officer records a reason and a reserve, moves it up, and a group declines, at desk and phone width."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .test_desk_walk import DESK_TIMEOUT
from .test_portal_walk import assert_fits_width, see_committed

expect = pytest.importorskip("playwright.sync_api").expect
WHY = "地域で他に担い手がないため"


@pytest.fixture
def call(city) -> str:
	values = {"call_name": "まちづくり協働事業", "call_type": "Open", "fiscal_year": 2026, "published": 1, "frame": 700000}
	doc = frappe.get_doc({"doctype": "Kyodo Call", "programme": city.programme, **values}).insert()
	frappe.db.commit()
	return doc.name


@pytest.fixture
def pass_mark(city):
	programme(city, pass_mark=60, points_per_item=1)
	yield
	programme(city, pass_mark=0, points_per_item=0)


def programme(city, **values):
	frappe.db.set_value("Kyodo Programme", city.programme, values)
	frappe.clear_document_cache("Kyodo Programme", city.programme)
	frappe.db.commit()


def in_step_2(city, call: str, *titles: str) -> tuple[str, list[str]]:
	"""(meeting in session, proposals): how they came to the table is walked elsewhere."""
	officer, names = city.clients["officer"], []
	for title in titles:
		more = {"call": call, "section": city.section, "requested_amount": 400000, "publish_consent": 1}
		names.append(cycle_steps.draft(city.clients["group"], city.programme, city.organisation, title, **more))
		frappe.db.set_value("Kyodo Proposal", names[-1], {"workflow_state": "Step 2", "received_on": frappe.utils.now()})
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 2", [cycle_steps.proposal_item(name) for name in names])
	cycle_steps.convene(officer, meeting)
	cycle_steps.open_session(officer, meeting)
	frappe.db.commit()
	return meeting, names


def decided(city, call: str) -> tuple[str, str]:
	"""(adopted proposal, reserve)"""
	meeting, names = in_step_2(city, call, "見守りの輪", "里山の手入れ")
	officer = city.clients["officer"]
	cycle_steps.decide(officer, meeting, names[0], "Adopted", amount=400000)
	cycle_steps.decide(officer, meeting, names[1], "Reserve", rank=1)
	cycle_steps.close(officer, meeting)
	frappe.db.commit()
	return names[0], names[1]


def form_of(proposal: str) -> str:
	return "/" + frappe.utils.get_url_to_form("Kyodo Proposal", proposal).split("//", 1)[-1].partition("/")[2]


def test_officer_gives_a_reason_and_a_rank_on_the_session_page(city, call, pass_mark, page_as):
	meeting, names = in_step_2(city, call, "見守りの輪", "里山の手入れ")
	for key in ("npo", "city"):
		user = city.users[key]
		review = frappe.db.get_value("Kyodo Review", {"member": user, "proposal": names[0]})
		codes = [row.criterion for row in frappe.get_doc("Kyodo Review", review).marks]
		cycle_steps.mark(city.clients[key], review, dict.fromkeys(codes, "△"))
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	page.goto(
		"/"
		+ frappe.utils.get_url_to_form("Kyodo Meeting", meeting)
		.split("//", 1)[-1]
		.partition("/")[2]
		.replace("kyodo-meeting", "kyodo-session")
	)
	expect(page.locator(".session__row")).to_have_count(2, timeout=DESK_TIMEOUT)
	item = page.locator(".session__item")
	item.locator('[data-part="result"]').select_option("Adopted")
	item.locator('[data-part="amount"]').fill("400000")
	item.locator('[data-act="record"]').click()
	expect(item.locator(".session__problem")).to_contain_text("基準点60点", timeout=DESK_TIMEOUT)
	shot(page, "session-refused-1280")
	item.locator('[data-part="below_reason"]').fill(WHY)
	item.locator('[data-act="record"]').click()
	expect(page.locator(".session__row").first).to_contain_text("採択", timeout=DESK_TIMEOUT)
	page.locator(".session__row:nth-child(2) button").click()
	item.locator('[data-part="result"]').select_option("Reserve")
	expect(item.locator('[data-part="rank"]')).to_have_value("1")
	shot(page, "session-reserve-1280")
	item.locator('[data-act="record"]').click()
	expect(page.locator(".session__row").nth(1)).to_contain_text("補欠", timeout=DESK_TIMEOUT)
	see_committed()
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting}, ["result", "rank", "below_reason"], order_by="creation")
	assert [(row.result, row.rank, row.below_reason) for row in rows] == [("Adopted", 0, WHY), ("Reserve", 1, None)]
	assert not page.problems
	cycle_steps.close(city.clients["officer"], meeting)
	frappe.db.commit()
	for width in (390, 1280):
		mine = page_as(city.users["group"], viewport={"width": width, "height": 900})
		mine.goto(f"/kyodo/my/proposals/{names[0]}")
		expect(mine.locator("main")).to_contain_text(WHY)
		expect(mine.locator("main")).to_contain_text("審査項目ごとの点数")
		assert_fits_width(mine)
		shot(mine, f"points-{width}")


@pytest.mark.parametrize("width", [390, 1280])
def test_group_declines_and_office_moves_the_reserve_up(city, call, page_as, width):
	adopted, reserve = decided(city, call)
	page = page_as(city.users["group"], viewport={"width": width, "height": 900})
	page.goto(f"/kyodo/my/proposals/{reserve}")
	expect(page.locator("main")).to_contain_text("補欠（第1位）です")
	shot(page, f"reserve-{width}")
	page.goto(f"/kyodo/my/proposals/{adopted}")
	page.locator("#decline summary").click()
	shot(page, f"decline-{width}")
	assert_fits_width(page)
	page.locator("#decline textarea").fill("担い手が転居したため")
	page.locator("#decline button").click()
	expect(page.locator("main")).to_contain_text("辞退を申し出ました")
	shot(page, f"declined-{width}")
	assert not page.problems
	see_committed()
	assert frappe.db.get_value("Kyodo Proposal", adopted, "workflow_state") == "Declined"
	if width == 390:
		return
	office = page_as(city.users["officer"], viewport={"width": width, "height": 900})
	office.goto(form_of(reserve))
	office.get_by_role("button", name="繰り上げて採択する", exact=True).first.click(timeout=DESK_TIMEOUT)
	dialog = office.locator(".modal.show")
	expect(dialog).to_contain_text("全額：400,000円", timeout=DESK_TIMEOUT)
	shot(office, "move-up-1280")
	dialog.locator('textarea[data-fieldname="reason"]').fill("見守りの輪の辞退による")
	dialog.locator(".btn-primary").click()
	expect(office.locator(".modal.show")).to_have_count(0, timeout=DESK_TIMEOUT)
	see_committed()
	assert frappe.db.get_value("Kyodo Proposal", reserve, "workflow_state") == "Adopted"
	shot(office, "moved-up-1280")
