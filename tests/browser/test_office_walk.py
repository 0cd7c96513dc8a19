"""In the desk: an officer returns an application and a proposal with corrections, and confirms one on paper."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .test_desk_walk import DESK_TIMEOUT, act, desk, in_state, save

expect = pytest.importorskip("playwright.sync_api").expect


def saved(page):
	page.wait_for_function("() => !cur_frm.is_dirty() && cur_frm.doc.corrections.every((row) => !row.__islocal)")


def ask_in_dialog(page, part: str, reason: str):
	page.get_by_role("button", name="補正箇所を追加する").click(timeout=DESK_TIMEOUT)
	dialog = page.locator(".modal.show")
	dialog.locator('select[data-fieldname="field"]').select_option(label=part)
	dialog.locator('textarea[data-fieldname="reason"]').fill(reason)
	dialog.locator(".btn-modal-primary").click()
	expect(dialog).to_have_count(0, timeout=DESK_TIMEOUT)
	saved(page)


def ask_in_grid(page, part: str, reason: str):
	grid = page.locator('.frappe-control[data-fieldname="corrections"]').first
	grid.locator(".grid-add-row").click()
	row = grid.locator(".grid-body .grid-row").last
	row.locator('[data-fieldname="field"]').first.click()
	row.locator('select[data-fieldname="field"]').select_option(label=part)
	row.locator('[data-fieldname="reason"]').first.click()
	row.locator('textarea[data-fieldname="reason"]').fill(reason)
	save(page)
	saved(page)


def asked(doctype: str, name: str) -> list[tuple]:
	frappe.db.rollback()
	rows = frappe.get_doc(doctype, name).corrections
	return [(row.field, row.field_label, bool(row.returned_on)) for row in rows]


def paper(city) -> str:
	"""Make a proposal on paper as a colleague, since nobody may receive what they have entered themselves."""
	clerk = city.clients["colleague"]
	name = cycle_steps.draft(clerk, city.programme, city.organisation, "紙で届いた提案", section=city.section, intake="Paper")
	cycle_steps.submit(clerk, name)
	return name


def test_officer_requests_corrections_and_confirms_paper(city, page_as):
	group = city.clients["group"]
	applied = cycle_steps.begin_organisation(group, city.programme, "四月に申請した会")
	cycle_steps.apply_for_registration(group, applied)
	proposal = cycle_steps.draft(group, city.programme, city.organisation, "四月に届いた提案", section=city.section)
	cycle_steps.submit(group, proposal)
	typed = paper(city)
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1400, "height": 900})

	desk(page, "Kyodo Organisation", applied)
	ask_in_grid(page, "所在地", "番地まで記入してください。")
	act(page, "補正を依頼する")
	in_state(page, "補正依頼中")
	assert asked("Kyodo Organisation", applied) == [("address", "所在地", True)]
	group.act("Kyodo Organisation", applied, "Apply for Registration")
	frappe.db.commit()
	desk(page, "Kyodo Organisation", applied)
	act(page, "登録する")
	in_state(page, "登録済み")

	desk(page, "Kyodo Proposal", proposal)
	ask_in_dialog(page, "市に求める額（円）", "積算の根拠を示してください。")
	page.locator(".form-tabs .nav-link", has_text="経過").click()
	row = page.locator('.frappe-control[data-fieldname="corrections"] .grid-body .grid-row').first
	expect(row).to_contain_text("市に求める額（円）")
	act(page, "補正を依頼する")
	in_state(page, "補正依頼中")
	assert asked("Kyodo Proposal", proposal) == [("requested_amount", "市に求める額（円）", True)]

	desk(page, "Kyodo Proposal", typed)
	expect(page.locator(".form-message, .form-dashboard-headline").first).to_contain_text("確認していません", timeout=DESK_TIMEOUT)
	page.locator(".form-tabs .nav-link", has_text="同意と確認").click()
	page.locator('textarea[data-fieldname="confirmation_note"]').fill("4月8日、代表の方が窓口で確認。")
	save(page)
	saved(page)
	act(page, "受け付ける")
	in_state(page, "受付済み")
	assert not page.problems
