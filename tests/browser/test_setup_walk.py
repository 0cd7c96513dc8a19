"""A manager sets up a programme in the desk: preset, questions, days, calendar of the year, invitations."""

import frappe
import pytest

from kyodo_frappe.common.removal import remove_records
from kyodo_frappe.demo import people
from kyodo_frappe.permissions.roles import MANAGER

from .pictures import shot

expect = pytest.importorskip("playwright.sync_api").expect
DESK_TIMEOUT = 20000  # ms; the desk loads much on the first visit


@pytest.fixture
def manager(city):
	user = people.make_user("walk-" + frappe.generate_hash(length=6), "管理 者子", [MANAGER], people.new_password())
	frappe.db.commit()
	yield user
	frappe.db.rollback()
	frappe.delete_doc("User", user, force=True)
	frappe.db.commit()


def sections() -> set[str]:
	return set(frappe.get_all("Kyodo Section", pluck="name", order_by="name"))


def remove_all(programme: str, login: str, there: set[str]):
	frappe.db.rollback()
	remove_records("Kyodo Section", sorted(sections() - there))
	for doctype in ("Kyodo Call", "Kyodo Event", "Kyodo Committee", "Kyodo Page", "Kyodo Programme Version"):
		remove_records(doctype, frappe.get_all(doctype, {"programme": programme}, pluck="name", order_by="name"))
	remove_records("Kyodo Programme", [programme])
	frappe.db.delete("Kyodo Invitation", {"email": login})
	if frappe.db.exists("User", login):
		frappe.delete_doc("User", login, force=True)
	frappe.db.commit()


def next_step(page):
	page.locator(".setup__footer .btn-primary").click()


def test_programme_is_set_up_from_preset(manager, page_as):
	tag = frappe.generate_hash(length=6)
	name, login = f"みんなのまち協働制度 {tag}", f"new-{tag}@example.org"
	there = sections()
	page = page_as(manager, viewport={"width": 1280, "height": 900})
	try:
		page.goto(
			frappe.utils.get_url_to_form("Kyodo Programme", "x")
			.split("//", 1)[-1]
			.partition("/")[2]
			.split("/")[0]
			.join(("/", "/kyodo-setup"))
		)
		card = page.locator(".setup__card", has_text="小平市")
		expect(card).to_contain_text("小平市協働の推進に関する指針", timeout=DESK_TIMEOUT)
		card.get_by_role("button").click()

		expect(page.locator('[aria-current="step"]')).to_contain_text("質問に答える", timeout=DESK_TIMEOUT)
		expect(page.locator('input[data-fieldname="change_threshold"]')).to_have_value("20")
		page.locator('input[data-fieldname="programme_name"]').fill(name)
		page.locator('input[data-fieldname="municipality_name"]').fill("見本市")
		page.locator('input[data-fieldname="municipality_code"]').fill("")
		expect(page.locator('input[data-fieldname="mayor_title"]')).to_have_value("見本市長")
		page.locator('select[data-fieldname="quorum_rule"]').select_option(label="3分の2以上")
		page.locator('input[data-fieldname="closing_hour"]').fill("夕方")
		next_step(page)
		expect(page.locator('[data-fieldname="closing_hour"] [role=alert]')).to_contain_text("夕方", timeout=DESK_TIMEOUT)
		expect(page.locator('input[data-fieldname="programme_name"]')).to_have_value(name)
		shot(page, "setup-question-refused")
		page.locator('input[data-fieldname="closing_hour"]').fill("17時")
		next_step(page)

		expect(page.locator('[aria-current="step"]')).to_contain_text("日程と金額", timeout=DESK_TIMEOUT)
		rules = page.locator(".setup__own").first
		rules.evaluate("fold => (fold.open = true)")  # it is open where the preset has such rules
		rules.locator(".setup__members_least input").fill("５")
		block = page.locator(".setup__call").first
		block.locator(".setup__advice_required select").select_option(label="はい")
		block.locator(".setup__closing_hour input").fill("25時")
		next_step(page)
		# what is refused is said beside the field, and what was typed stays
		expect(block.locator(".setup__closing_hour [role=alert]")).to_contain_text("25時", timeout=DESK_TIMEOUT)
		expect(block.locator(".setup__members_least input")).to_have_value("５")
		shot(page, "setup-refused")
		block.locator(".setup__closing_hour input").fill("17時")
		page.get_by_role("button", name="追加する：年間の募集").click()
		added = page.locator(".setup__call").last
		added.locator(".setup__call_name input").fill("スタート部門")
		added.locator(".setup__call_type select").select_option(label="スタート")
		for column, text in (("opens_month", "６"), ("closes_month", "7"), ("ceiling", "１０万円")):
			added.locator(f".setup__{column} input").fill(text)
		page.locator(".setup__call").nth(1).get_by_role("button", name="除く").click()
		shot(page, "setup")
		next_step(page)
		expect(page.locator('[aria-current="step"]')).to_contain_text("審査と書類", timeout=DESK_TIMEOUT)
		shot(page, "setup-examination")
		next_step(page)
		expect(page.locator("table tbody tr").first).to_contain_text("令和", timeout=DESK_TIMEOUT)
		expect(page.locator("table")).to_contain_text("募集開始")
		next_step(page)

		expect(page.locator('[aria-current="step"]')).to_contain_text("関係者を招待する", timeout=DESK_TIMEOUT)
		page.locator('[name="full_name"]').fill("事務 花子")
		page.locator('[name="email"]').fill(login)
		next_step(page)

		expect(page.locator('[aria-current="step"]')).to_contain_text("制度を公開する", timeout=DESK_TIMEOUT)
		expect(page.locator(".kyodo-setup")).to_contain_text("足りないものはありません", timeout=DESK_TIMEOUT)
		expect(page.locator(".setup__calls")).to_contain_text("スタート部門")
		shot(page, "setup-opening")
		frappe.db.rollback()
		assert not frappe.db.get_value("Kyodo Programme", name, "is_active")
		next_step(page)
		page.wait_for_function("name => window.cur_frm && cur_frm.docname === name", arg=name, timeout=DESK_TIMEOUT)
		assert not page.problems

		frappe.db.rollback()
		seen = frappe.db.get_value("Kyodo Programme", name, ["quorum_rule", "municipality_name", "is_active"])
		assert seen == ("Two Thirds", "見本市", 1)
		own = frappe.get_all("Kyodo Call", {"programme": name, "members_least": 5}, ["advice_required", "closing_hour"], order_by="name")
		assert own == [{"advice_required": "Yes", "closing_hour": "17:00"}]
		assert "Kyodo Officer" in frappe.get_roles(login)

		# a change says what it means before it is saved, and is given up without a trace
		page.evaluate("cur_frm.set_value('evaluation_scale', 4)")
		page.keyboard.press("Control+s")
		dialog = page.locator(".modal.show")
		expect(dialog).to_contain_text("進行中のものへの影響", timeout=DESK_TIMEOUT)
		dialog.locator(".btn-modal-secondary, .btn-secondary").first.click()
		expect(dialog).to_have_count(0, timeout=DESK_TIMEOUT)
		page.wait_for_function("() => !frappe.request.ajax_count", timeout=DESK_TIMEOUT)
		frappe.db.rollback()
		assert frappe.db.get_value("Kyodo Programme", name, "evaluation_scale") != 4
	finally:
		remove_all(name, login, there)
