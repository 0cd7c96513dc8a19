"""In the desk, in Japanese: an officer receives a proposal, records a decision and closes the meeting."""

import re
from contextlib import contextmanager

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .screens import at_rest

expect = pytest.importorskip("playwright.sync_api").expect
pytestmark = pytest.mark.one_city
DESK_TIMEOUT = 20000  # ms; the desk loads much on the first visit


def desk(page, doctype: str, name: str):
	page.goto(frappe.utils.get_url_to_form(doctype, name).split("//", 1)[-1].partition("/")[2].join(("/", "")))
	page.wait_for_function("name => window.cur_frm && cur_frm.docname === name && !cur_frm.is_dirty()", arg=name, timeout=DESK_TIMEOUT)


def act(page, label: str):
	"""Choose a workflow action from the menu on the right, once the form has asked the server for them."""
	at_rest(page)
	page.locator(".actions-btn-group > button").click()
	page.locator(".actions-btn-group .dropdown-menu a", has_text=re.compile(f"^\\s*{label}\\s*$")).click()


@contextmanager
def saving(page):
	"""Wait until the form that is open has been saved by what is done in the block."""
	with page.expect_response("**/api/method/frappe.desk.form.save.savedocs", timeout=DESK_TIMEOUT):
		yield
	page.wait_for_function("() => !cur_frm.is_dirty()", timeout=DESK_TIMEOUT)


def save(page):
	"""Save the form that is open with the keyboard."""
	with saving(page):
		page.keyboard.press("Control+s")


def goes_out(page, words: str, label: str):
	"""Read what an act will send, and let it go."""
	dialog = page.locator(".modal.show", has_text="まだ何も送っていません")
	expect(dialog).to_contain_text(words, timeout=DESK_TIMEOUT)
	dialog.get_by_role("button", name=label, exact=True).click()


def in_state(page, label: str):
	expect(page.locator(".page-head .indicator-pill").first).to_contain_text(label, timeout=DESK_TIMEOUT)


def submitted_proposal(city) -> str:
	"""Make a proposal that is submitted but not yet received."""
	group = city.clients["group"]
	proposal = cycle_steps.draft(group, city.programme, city.organisation, "夜の見守り隊", section=city.section)
	cycle_steps.submit(group, proposal)
	frappe.db.commit()
	return proposal


def test_officer_takes_proposal_to_decision_in_desk(city, page_as):
	proposal, page = submitted_proposal(city), page_as(city.users["officer"], viewport={"width": 1400, "height": 900})

	desk(page, "Kyodo Proposal", proposal)
	in_state(page, "提出済み")
	act(page, "受け付ける")
	in_state(page, "受付済み")
	expect(page.locator(".kyodo-outcome")).to_contain_text("文書1通", timeout=DESK_TIMEOUT)
	act(page, "ステップ1に付議する")
	in_state(page, "ステップ1")

	officer = city.clients["officer"]
	frappe.db.rollback()
	meeting = cycle_steps.plan_meeting(officer, city.committee, "Step 1", [cycle_steps.proposal_item(proposal)])
	cycle_steps.convene(officer, meeting)
	cycle_steps.open_session(officer, meeting)
	frappe.db.commit()

	desk(page, "Kyodo Meeting", meeting)
	in_state(page, "開会中")
	page.get_by_role("button", name="決定を記録する").click()
	dialog = page.locator(".modal.show")
	dialog.locator('select[data-fieldname="result"]').select_option("Not Adopted")
	row = dialog.locator('.grid-row[data-idx="3"]')
	row.locator('[data-fieldname="reason"]').click()
	row.locator('textarea[data-fieldname="reason"]').fill("2年目の財源がない。")
	dialog.locator('textarea[data-fieldname="advice"]').last.fill("会費を検討してください。")
	dialog.get_by_role("button", name="決定を記録する").click()
	expect(dialog).to_have_count(0, timeout=DESK_TIMEOUT)
	frappe.db.rollback()
	decision = frappe.get_doc("Kyodo Decision", {"proposal": proposal})
	assert [(reason.criterion, reason.field, reason.reason) for reason in decision.reasons] == [("C3", "continuity", "2年目の財源がない。")]

	desk(page, "Kyodo Meeting", meeting)
	act(page, "閉会する")
	goes_out(page, "夜の見守り隊", "閉会する")
	in_state(page, "終了")
	expect(page.locator(".kyodo-outcome")).to_contain_text("決定1件", timeout=DESK_TIMEOUT)
	expect(page.locator(".kyodo-outcome")).to_contain_text("次： 議事録案を確認してください")
	assert not page.problems
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Proposal", proposal, "workflow_state") == "Not Adopted"
	assert "結果" in frappe.db.get_value("Kyodo Meeting", meeting, "minutes")


def test_list_shows_titles_of_linked_records(city, page_as):
	submitted_proposal(city)
	page = page_as(city.users["officer"], viewport={"width": 1400, "height": 900})
	page.goto("/" + frappe.utils.get_url_to_list("Kyodo Proposal").split("//", 1)[-1].partition("/")[2])
	name = frappe.db.get_value("Kyodo Organisation", city.organisation, "organisation_name")
	row = page.locator(".list-row-container", has_text="夜の見守り隊").first
	expect(row).to_contain_text(name, timeout=DESK_TIMEOUT)
	expect(page.locator(".modal.show")).to_have_count(0)
	assert not page.problems


def test_section_confirms_agreement_and_evaluates_in_desk(city, page_as):
	"""The city confirms an agreement and submits its evaluation with the buttons of the forms."""
	officer, section = city.clients["officer"], city.clients["section"]
	project = officer.insert(
		{
			"doctype": "Kyodo Project",
			"project_name": "見守りの続き",
			"programme": city.programme,
			"origin": "Existing Service",
			"fiscal_year": 2026,
			"from_date": "2026-04-01",
			"to_date": "2027-03-31",
			"section": city.section,
			"organisation": city.organisation,
			"form": "協働負担事業",
			**cycle_steps.PLAN,
		}
	)["name"]
	agreement = section.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	section.act("Kyodo Agreement", agreement, "Offer")
	cycle_steps.run(section, project)
	evaluation = section.call("kyodo_frappe.evaluation.rounds.open_round", project=project, fiscal_year=2026)
	frappe.db.commit()
	page = page_as(city.users["section"], viewport={"width": 1400, "height": 900})

	desk(page, "Kyodo Agreement", agreement)
	page.get_by_role("button", name="この本文を確認する").click()
	dialog = page.locator(".modal.show")
	# the sheet itself, with its hash, before the button does anything
	sheet = dialog.frame_locator("iframe.kyodo-sheet")
	expect(sheet.locator("h2.article").first).to_be_visible(timeout=DESK_TIMEOUT)
	expect(sheet.locator("code")).to_have_text(frappe.db.get_value("Kyodo Agreement", agreement, "content_hash"))
	dialog.locator('input[data-fieldname="position"]').fill("課長")
	dialog.locator(".btn-modal-primary").click()
	expect(page.locator(".desk-alert").first).to_contain_text("チェック")
	dialog.locator('input[data-fieldname="agreed"]').check()
	dialog.locator(".btn-modal-primary").click()
	page.wait_for_function("() => (cur_frm.doc.confirmations || []).length === 1", timeout=DESK_TIMEOUT)

	sheet = frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": "City"})
	desk(page, "Kyodo Evaluation Sheet", sheet)
	page.evaluate("() => cur_frm.doc.marks.forEach((row) => frappe.model.set_value(row.doctype, row.name, 'mark', 4))")
	page.get_by_role("button", name="評価を提出する").click()
	page.locator(".modal.show .btn-modal-primary").click()
	page.wait_for_function("() => cur_frm.doc.submitted_on", timeout=DESK_TIMEOUT)
	assert not page.problems
