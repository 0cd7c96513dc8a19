"""In the desk: a clerk types in full width and 和暦 into form, table, dialog, filter and bulk edit. At a phone: a group does."""

import datetime

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.rules.era import era_date

from .screens import after_timers, fill, rest, show
from .test_desk_walk import DESK_TIMEOUT, desk, save, saving
from .test_portal_walk import PHONE, assert_fits_width

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.one_city
DAY = datetime.date.today() + datetime.timedelta(days=40)
SHORT = f"Ｒ{DAY.year - 2018}．{DAY.month}．{DAY.day}"


def make_call(city, **values) -> str:
	call = {"doctype": "Kyodo Call", "call_name": "夜の募集", "programme": city.programme, "call_type": "Open", "fiscal_year": 2041}
	name = city.clients["officer"].insert({**call, **values})["name"]
	frappe.db.commit()
	return name


def field(page, name: str):
	page.evaluate("name => { const { tab } = (window.cur_frm && cur_frm.get_field(name)) || {}; tab && tab.set_active(); }", name)
	return page.locator(f'.frappe-control[data-fieldname="{name}"]:visible')


def type_into(page, control, text: str):
	control.locator("input").click()
	page.keyboard.press("Control+a")
	page.keyboard.insert_text(text)  # as an input method does
	page.keyboard.press("Tab")


def stored(doctype: str, name: str, *fields: str) -> tuple:
	frappe.db.rollback()
	return frappe.db.get_value(doctype, name, fields)


def test_form_reads_what_is_typed_or_refuses_it_beside_the_field(city, page_as):
	name = make_call(city)
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Call", name)
	before = stored("Kyodo Call", name, "ceiling", "years")
	type_into(page, field(page, "ceiling"), "１２万円")
	expect(field(page, "ceiling").locator("input")).to_have_value("120,000")
	expect(field(page, "ceiling").locator(".kyodo-typed")).to_have_text("１２万円 → 120,000")
	type_into(page, field(page, "closes_on"), SHORT)
	expect(field(page, "closes_on").locator(".kyodo-typed")).to_have_text(f"{SHORT} → {era_date(DAY)}")
	type_into(page, field(page, "years"), "約３年")
	expect(field(page, "years").get_by_role("alert")).to_contain_text("約３年")
	expect(field(page, "years").locator("input")).to_have_value("約３年")
	type_into(page, field(page, "opens_on"), "12.5.1")
	expect(field(page, "opens_on").get_by_role("alert")).to_contain_text("平成12年5月1日")
	expect(field(page, "opens_on").locator("input")).to_have_value("12.5.1")
	page.keyboard.press("Control+s")
	expect(page.locator(".msgprint")).to_contain_text("12.5.1", timeout=DESK_TIMEOUT)
	assert stored("Kyodo Call", name, "ceiling", "years") == before
	page.locator(".modal.show .btn-modal-close").click()
	expect(field(page, "opens_on").locator("input")).to_have_value("12.5.1")
	type_into(page, field(page, "opens_on"), "令和8年12月1日")
	type_into(page, field(page, "years"), "３")
	expect(page.get_by_role("alert").locator("visible=true").filter(has_text="約３年")).to_have_count(0)
	save(page)
	values = stored("Kyodo Call", name, "ceiling", "years", "opens_on", "closes_on")
	assert (*values[:2], *map(str, values[2:])) == (120000, 3, "2026-12-01", str(DAY))


def test_refresh_of_the_form_keeps_what_is_being_typed(city, page_as):
	name = make_call(city)
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Call", name)
	type_into(page, field(page, "years"), "約３年")
	for text, shown in (("３", "3"), ("４", "4")):
		years = field(page, "years").locator("input")
		years.click()
		# Frappe reads and selects the number 100 ms after each focus (int.js): typing before that is not ours to keep
		after_timers(page, 100)
		page.keyboard.insert_text(text)
		page.evaluate("cur_frm.refresh_fields()")
		expect(years).to_have_value(text)
		page.keyboard.press("Tab")
		expect(years).to_have_value(shown)
		expect(field(page, "years").get_by_role("alert")).to_have_count(0)


def test_table_reads_what_is_typed_or_refuses_it_in_its_cell(city, page_as):
	clerk = city.clients["colleague"]
	name = cycle_steps.draft(clerk, city.programme, city.organisation, "紙で届いた提案", section=city.section, intake="Paper")
	frappe.db.commit()
	page = page_as(city.users["colleague"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Proposal", name)
	expect(page.locator(".form-message").first).to_be_visible(
		timeout=DESK_TIMEOUT
	)  # the programme's words have arrived, and the fields anew
	page.evaluate("cur_frm.scroll_to_field('expenses')")
	row = page.locator('.frappe-control[data-fieldname="expenses"] .grid-body .grid-row').first
	cell = row.locator('.grid-static-col[data-fieldname="unit_price"]')
	cell.click()
	type_into(page, cell, "約３千円")
	expect(cell).to_contain_text("約３千円")
	page.keyboard.press("Control+s")
	expect(page.locator(".msgprint")).to_contain_text("約３千円", timeout=DESK_TIMEOUT)
	page.locator(".modal.show .btn-modal-close").click()
	expect(cell).to_contain_text("約３千円")
	cell.click()
	type_into(page, cell, "３，０００")
	save(page)
	frappe.db.rollback()
	assert frappe.get_doc("Kyodo Proposal", name).expenses[0].unit_price == 3000


def test_dialog_reads_what_is_typed_or_waits(city, page_as):
	meeting = cycle_steps.plan_meeting(city.clients["officer"], city.committee, "Step 1", [])
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Meeting", meeting)
	page.wait_for_function("() => cur_frm.custom_buttons['日程を変更する']", timeout=DESK_TIMEOUT)
	page.evaluate("cur_frm.custom_buttons['日程を変更する'].click()")
	dialog = page.locator(".modal.show")
	day = dialog.locator('.frappe-control[data-fieldname="meeting_date"]')
	type_into(page, day, "12月18日")
	expect(day.get_by_role("alert")).to_contain_text("12月18日")
	# a moment after another day is typed, Frappe makes the reason compulsory, and its field anew
	expect(dialog.locator('.frappe-control[data-fieldname="move_reason"] .control-label.reqd')).to_be_visible()
	dialog.locator('textarea[data-fieldname="move_reason"]').fill("会場の都合")
	dialog.locator(".btn-modal-primary").click()
	expect(day.get_by_role("alert")).to_contain_text("12月18日")  # still there
	expect(day.locator("input")).to_have_value("12月18日")
	type_into(page, day, SHORT)
	expect(day.locator(".kyodo-typed")).to_have_text(f"{SHORT} → {era_date(DAY)}")
	with saving(page):
		dialog.locator(".btn-modal-primary").click()
	expect(dialog).to_have_count(0, timeout=DESK_TIMEOUT)
	assert str(stored("Kyodo Meeting", meeting, "meeting_date", "place")[0]) == str(DAY)


def open_list(page):
	page.goto(frappe.utils.get_url_to_list("Kyodo Call").split("//", 1)[-1].partition("/")[2].join(("/", "")))
	page.wait_for_function("() => window.cur_list && cur_list.doctype === 'Kyodo Call' && cur_list.data.length", timeout=DESK_TIMEOUT)


def test_filter_reads_what_is_typed_or_refuses_it(city, page_as):
	name = make_call(city, ceiling=123000)
	make_call(city, ceiling=130000)
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	open_list(page)
	box = add_filter(page, "Kyodo Call", "ceiling", "=")
	type_into(page, box, "１２３，０００")
	page.wait_for_function("name => cur_list.data.length === 1 && cur_list.data[0].name === name", arg=name, timeout=DESK_TIMEOUT)
	type_into(page, box, "だいたい12万")
	expect(box.get_by_role("alert")).to_contain_text("だいたい12万")
	expect(box.locator("input")).to_have_value("だいたい12万")


def add_filter(page, doctype: str, fieldname: str, condition: str):
	"""Add a filter to the list that is open and return its field."""
	if not page.locator(".filter-popover").count():
		page.locator(".filter-selector .filter-button, .filter-selector button").first.click()
		page.locator(".filter-popover .remove-filter:visible").click()  # the empty row that Frappe begins with, once it is open
		expect(page.locator(".filter-popover .filter-field:visible")).to_have_count(0)
	page.evaluate("given => cur_list.filter_area.filter_list.add_filter(...given)", [doctype, fieldname, condition, ""])
	return page.locator(".filter-popover .filter-field:visible").last


def test_range_of_days_and_year_in_a_filter(city, page_as):
	middle = DAY + datetime.timedelta(days=200)
	name = make_call(city, closes_on=str(middle))
	make_call(city, closes_on=str(middle + datetime.timedelta(days=90)))
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	open_list(page)
	box = add_filter(page, "Kyodo Call", "closes_on", "Between")
	first, last = (middle + datetime.timedelta(days=days) for days in (-3, 3))
	type_into(page, box, f"来月から{era_date(last)}")
	expect(box.get_by_role("alert")).to_contain_text("来月")
	type_into(page, box, f"Ｒ{first.year - 2018}．{first.month}．{first.day}から{era_date(last)}")
	page.wait_for_function("name => cur_list.data.length === 1 && cur_list.data[0].name === name", arg=name, timeout=DESK_TIMEOUT)
	box = add_filter(page, "Kyodo Call", "fiscal_year", "=")
	type_into(page, box, "来年度")
	expect(box.get_by_role("alert")).to_contain_text("来年度")
	type_into(page, box, "令和２３年度")
	page.wait_for_function("name => cur_list.data.length === 1 && cur_list.data[0].name === name", arg=name, timeout=DESK_TIMEOUT)
	assert page.evaluate("cur_list.filter_area.get().find(([, field]) => field === 'fiscal_year')[3]") == 2041


def test_moment_in_a_filter(city, page_as):
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	make_call(city)
	open_list(page)
	page.goto(page.url.replace("kyodo-call", "kyodo-proposal"))
	page.wait_for_function("() => window.cur_list && cur_list.doctype === 'Kyodo Proposal'", timeout=DESK_TIMEOUT)
	box = add_filter(page, "Kyodo Proposal", "first_submitted_on", ">")
	type_into(page, box, f"{era_date(DAY)} 25時")
	expect(box.get_by_role("alert")).to_contain_text("25時")
	type_into(page, box, f"{era_date(DAY)} １７時３０分")
	expect(box.get_by_role("status")).to_contain_text("17:30")
	held = "() => (cur_list.filter_area.get().find(([, field]) => field === 'first_submitted_on') || [])[3]"
	page.wait_for_function(f"text => String(({held})()).startsWith(text)", arg=f"{DAY} 17:30", timeout=DESK_TIMEOUT)


def test_year_in_a_form(city, page_as):
	name = make_call(city)
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	desk(page, "Kyodo Call", name)
	year = DAY.year - 2018
	type_into(page, field(page, "fiscal_year"), f"{year}年度")
	expect(field(page, "fiscal_year").locator(".kyodo-typed")).to_have_text(f"{year}年度 → {DAY.year} (令和{year}年度)")
	type_into(page, field(page, "fiscal_year"), "25年度")
	expect(field(page, "fiscal_year").get_by_role("alert")).to_contain_text("2025年度")
	type_into(page, field(page, "fiscal_year"), f"R{year}")
	save(page)
	assert stored("Kyodo Call", name, "fiscal_year", "name")[0] == DAY.year


def test_bulk_edit_reads_what_is_typed_or_waits(city, page_as):
	names = [make_call(city), make_call(city)]
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	open_list(page)
	for name in names:
		page.locator(f'.list-row-checkbox[data-name="{name}"]').check()
	page.locator(".actions-btn-group > button").click()
	page.locator(".actions-btn-group .dropdown-menu a", has_text="編集").first.click()
	dialog = page.locator(".modal.show")
	field_list = dialog.locator('select[data-fieldname="field"]')
	expect(field_list).to_be_visible(timeout=DESK_TIMEOUT)
	words = {"Closes On", frappe._("Closes On", "ja"), "Closes On (Kyodo Call)"}  # as 15 and 16 say it
	field_list.select_option(next(choice for choice in field_list.locator("option").all_text_contents() if choice.strip() in words))
	after_timers(page, 500)  # Frappe makes the input a second time, half a second after the choice
	value = dialog.locator('.frappe-control[data-fieldname="value"]')
	type_into(page, value, "来月")
	dialog.locator(".btn-modal-primary").click()
	expect(value.get_by_role("alert")).to_contain_text("来月")
	type_into(page, value, era_date(DAY))
	dialog.locator(".btn-modal-primary").click()
	expect(dialog).to_have_count(0, timeout=DESK_TIMEOUT)
	assert [str(stored("Kyodo Call", name, "closes_on", "name")[0]) for name in names] == [str(DAY)] * 2


def test_group_types_at_a_phone(city, page_as):
	name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, "全角で書く")
	frappe.db.commit()
	page = page_as(city.users["group"], clock=True, **PHONE)
	page.goto(f"/kyodo/my/proposals/{name}/basics")
	show(page, "i-requested_amount")
	amount = page.locator("#i-requested_amount")
	amount.fill("１２万円")
	expect(page.locator(".became")).to_have_text("→ 120,000")
	rest(page)
	expect(page.locator("[data-saved]")).to_contain_text("に保存しました。", timeout=DESK_TIMEOUT)
	assert stored("Kyodo Proposal", name, "requested_amount", "name")[0] == 120000
	amount.fill("約12万円")
	rest(page)
	expect(page.locator("#n-requested_amount")).to_contain_text("約12万円", timeout=DESK_TIMEOUT)
	expect(amount).to_have_value("約12万円")
	assert stored("Kyodo Proposal", name, "requested_amount", "name")[0] == 120000
	assert_fits_width(page)


def test_group_registers_at_a_phone(city, page_as):
	group = city.clients["group"]
	name = group.insert({"doctype": "Kyodo Organisation", "organisation_name": "全角の会", "programme": city.programme})["name"]
	frappe.db.commit()
	page = page_as(city.users["group"], **PHONE)
	page.goto(f"/kyodo/my/organisation?name={name}")
	fill(page, "i-established_on", "Ｈ２７．４．１")
	expect(page.locator("#i-established_on ~ .became")).to_have_text("→ 平成27年4月1日")
	fill(page, "i-email", "ｉｎｆｏ＠ｅｘａｍｐｌｅ．ｊｐ")
	fill(page, "i-member_count", "約30名")
	page.get_by_role("button", name="保存", exact=True).first.click()
	expect(page.get_by_role("alert").or_(page.locator(".notice.refused")).first).to_contain_text("約30名")
	assert [page.input_value(f"#i-{field}") for field in ("established_on", "email", "member_count")] == [
		"Ｈ２７．４．１",
		"ｉｎｆｏ＠ｅｘａｍｐｌｅ．ｊｐ",
		"約30名",
	]
	fill(page, "i-member_count", "３０")
	page.get_by_role("button", name="保存", exact=True).first.click()
	expect(page.locator(".notice.refused")).to_have_count(0)
	established, email, members = stored("Kyodo Organisation", name, "established_on", "email", "member_count")
	assert (str(established), email, members) == ("2015-04-01", "info@example.jp", 30)
	assert_fits_width(page)
