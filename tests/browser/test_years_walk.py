"""A proposal of three years: a group types its amounts on a phone, a meeting grants them year by year, an officer confirms the next year."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .screens import fill, rest
from .test_desk_walk import DESK_TIMEOUT, desk
from .test_portal_walk import PHONE, assert_fits_width

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.one_city
COSTS = (400000, 300000, 200000)


@pytest.fixture
def call(city) -> str:
	values = {
		"call_name": "まちづくり協働事業（3年）",
		"call_type": "Open",
		"fiscal_year": 2026,
		"published": 1,
		"years": 3,
		"rounding": "1000",
	}
	rows = [{"counted_by": "Year of the Term", "number": number, "rate": rate} for number, rate in ((1, "90"), (2, "80"), (3, "70"))]
	doc = frappe.get_doc({"doctype": "Kyodo Call", "programme": city.programme, **values, "frame": 1000000, "year_terms": rows}).insert()
	frappe.db.commit()
	return doc.name


@pytest.fixture
def draft(city, call) -> str:
	expenses = [
		{"category": "Consumables", "description": f"食材（{number}年目）", "unit_price": cost, "quantity": 1, "year_number": number}
		for number, cost in enumerate(COSTS, 1)
	]
	more = {"call": call, "term": 3, "needs_budget": 1, "section": city.section, "expenses": expenses}
	name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "食堂を3年ひらく", **more)
	frappe.db.commit()
	return name


def test_a_group_types_the_amounts_of_three_years_on_a_phone(city, draft, page_as):
	page = page_as(city.users["group"], clock=True, **PHONE)
	page.goto(f"/kyodo/my/proposals/{draft}/basics")
	expect(page.locator("#i-term")).to_have_value("3")
	shot(page, "years-basics-360")
	page.goto(f"/kyodo/my/proposals/{draft}/money")
	expect(page.locator("#yearly_amounts")).to_contain_text("令和10年度")
	for number, amount in enumerate(("３６万円", "240,000", "150000")):
		fill(page, f"yearly_amounts-{number}-requested", amount)
	rest(page)
	expect(page.locator("[data-cautions]")).to_contain_text("令和10年度：", timeout=20000)
	expect(page.locator("[data-cautions]")).to_contain_text("10,000円")
	page.fill("#yearly_amounts-2-requested", "140000")
	rest(page)
	expect(page.locator("[data-cautions]")).not_to_contain_text("令和10年度：", timeout=20000)
	expect(page.locator("[data-computation]")).to_contain_text("令和9年度：支払える額は240,000円まで")
	assert_fits_width(page)
	shot(page, "years-money-360")
	page.goto(f"/kyodo/my/proposals/{draft}/check")
	expect(page.locator("main")).to_contain_text("全年度の合計で740,000円まで")
	assert_fits_width(page)
	shot(page, "years-check-360")
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Proposal", draft, "requested_amount") == 740000
	assert not page.problems
	page.set_viewport_size({"width": 1280, "height": 900})
	page.goto(f"/kyodo/my/proposals/{draft}/money")
	shot(page, "years-money-1280")


def in_session(city, draft: str) -> str:
	"""A meeting with the proposal on its table: how it came there is walked elsewhere."""
	officer, doc = city.clients["officer"], frappe.get_doc("Kyodo Proposal", draft)
	for row, amount in zip(doc.yearly_amounts, (360000, 240000, 140000), strict=True):
		frappe.db.set_value(row.doctype, row.name, "requested", amount)
	values = {"workflow_state": "Step 2", "received_on": frappe.utils.now(), "requested_amount": 740000}
	frappe.db.set_value("Kyodo Proposal", draft, values)
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 2", [cycle_steps.proposal_item(draft)])
	cycle_steps.convene(officer, meeting)
	cycle_steps.open_session(officer, meeting)
	frappe.db.commit()
	return meeting


def test_a_meeting_grants_and_an_officer_confirms_the_next_year(city, draft, page_as):
	meeting = in_session(city, draft)
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	form = "/" + frappe.utils.get_url_to_form("Kyodo Meeting", meeting).split("//", 1)[-1].partition("/")[2]
	page.goto(form.replace("/kyodo-meeting/", "/kyodo-session/"))
	result = page.locator('[data-part="result"]')
	expect(result).to_be_enabled(timeout=DESK_TIMEOUT)
	result.select_option("Adopted")
	second = page.locator('[data-part="yearly"][data-line="2027"]')
	expect(second).to_have_value("240000")
	second.fill("240,001")
	page.locator('[data-act="record"]').click()
	expect(page.locator(".session__problem")).to_contain_text("令和9年度", timeout=DESK_TIMEOUT)
	second.fill("２０万円")
	shot(page, "years-session")
	page.locator('[data-act="record"]').click()
	expect(page.locator(".session__problem")).to_have_count(0, timeout=DESK_TIMEOUT)
	page.wait_for_function("() => !document.querySelector('.session__badge[data-tone=draft]')", timeout=DESK_TIMEOUT)
	frappe.db.rollback()
	cycle_steps.close(city.clients["officer"], meeting)
	project = frappe.db.get_value("Kyodo Project", {"proposal": draft})
	assert frappe.db.get_value("Kyodo Project", project, "granted_amount") == 700000
	frappe.db.set_value("Kyodo Project", project, "workflow_state", "Running")
	evaluation = {"doctype": "Kyodo Evaluation Round", "project": project, "fiscal_year": 2026, "phase": "Mid-term"}
	evaluation = frappe.get_doc(evaluation).insert().name
	frappe.db.set_value("Kyodo Evaluation Round", evaluation, "workflow_state", "Discussed")
	frappe.db.commit()
	desk(page, "Kyodo Project", project)
	expect(page.locator(".form-message").filter(has_text="令和9年度の実施を確認できます")).to_be_visible(timeout=DESK_TIMEOUT)
	page.locator(".inner-group-button[data-label]").filter(has_text="次年度").locator("button").first.click()
	page.locator(".inner-group-button .dropdown-menu a").filter(has_text="次年度を確認する").click()
	dialog = page.locator(".modal.show")
	expect(dialog).to_contain_text("令和9年度")
	shot(page, "years-confirm")
	dialog.locator(".btn-modal-primary").click()
	expect(dialog).to_have_count(0, timeout=DESK_TIMEOUT)
	frappe.db.rollback()
	rows = frappe.get_doc("Kyodo Project", project).yearly_amounts
	assert [(row.fiscal_year, row.granted, row.year_state) for row in rows] == [
		(2026, 360000, "Year Confirmed"),
		(2027, 200000, "Year Confirmed"),
		(2028, 140000, "Promised"),
	]
	desk(page, "Kyodo Project", project)
	shot(page, "years-project-desk")
	phone = page_as(city.users["group"], **PHONE)
	phone.goto(f"/kyodo/my/projects/{project}/payments")
	expect(phone.locator("main")).to_contain_text("確認済み")
	assert_fits_width(phone)
	shot(phone, "years-payments-360")
	desk(page, "Kyodo Call", frappe.db.get_value("Kyodo Proposal", draft, "call"))
	shot(page, "years-call-desk")
