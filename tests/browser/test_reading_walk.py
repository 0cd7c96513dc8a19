"""In the desk, on the reading page: an officer returns a proposal with a point and receives three, without opening another tab."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

expect = pytest.importorskip("playwright.sync_api").expect
PATIENCE = 20000  # ms; the desk loads much on the first visit
PROPOSAL = "Kyodo Proposal"


def test_officer_reads_a_queue_with_few_clicks(city, page_as):
	group = city.clients["group"]
	names = [cycle_steps.draft(group, city.programme, city.organisation, f"見守り{number}", section=city.section) for number in range(4)]
	for name in names:
		cycle_steps.submit(group, name)
	frappe.db.commit()
	page, clicks = page_as(city.users["officer"], clock=True, viewport={"width": 1280, "height": 900}), []
	heading, acts = page.locator(".reading h2"), page.locator(".reading__acts")

	def click(place):
		clicks.append(place)
		place.click()

	page.goto("/" + frappe.utils.get_url_to_form(PROPOSAL, names[0]).split("//", 1)[-1].partition("/")[2])
	click(page.get_by_role("button", name="読む・確かめる").first)
	expect(heading).to_have_text("見守り0", timeout=PATIENCE)
	expect(page.locator(".reading__queue span")).to_contain_text("/", timeout=PATIENCE)
	expect(page.locator(".reading__checks")).to_contain_text("問題なし")
	expect(page.locator(".reading__document")).to_contain_text("事業計画")

	# a point placed by choosing a passage with the keyboard's or the mouse's selection
	page.evaluate(
		"""() => {
			const text = document.querySelector('[data-field=plan] .reading__text').firstChild;
			getSelection().setBaseAndExtent(text, 0, text, 6);
		}"""
	)
	click(page.locator(".reading__bar"))
	words = page.locator(".reading__points textarea")
	words.fill("書きかけ")
	page.reload()
	expect(words).to_have_value("書きかけ", timeout=PATIENCE)
	words.fill("曜日を書いてください。")
	words.press("Control+Enter")
	expect(page.locator(".reading__points ol li")).to_contain_text("曜日を書いてください。", timeout=PATIENCE)
	page.clock.fast_forward(800)  # what a double click may not do
	click(acts.get_by_role("button", name="補正を依頼する"))
	for number in (1, 2, 3):
		expect(heading).to_have_text(f"見守り{number}", timeout=PATIENCE)
		page.clock.fast_forward(800)
		if number < 3:
			click(acts.get_by_role("button", name="受け付ける"))

	# the last one through the table of several
	click(page.get_by_role("button", name="まとめて受け付ける"))
	dialog = page.locator(".modal.show")
	row = dialog.locator("tr", has_text="見守り3")
	expect(row).to_contain_text("要確認", timeout=PATIENCE)  # the same group has handed in others this year
	click(row.locator("input"))
	click(dialog.locator(".btn-modal-primary"))
	expect(row.locator("td").last).to_contain_text("受付済み", timeout=PATIENCE)
	assert len(clicks) <= 8 and not page.problems, page.problems
	frappe.db.rollback()
	states = [frappe.db.get_value(PROPOSAL, name, "workflow_state") for name in names]
	assert states == ["Returned", "Received", "Received", "Received"]
	assert frappe.db.get_value("Kyodo Correction", {"parent": names[0]}, "passage") == frappe.get_doc(PROPOSAL, names[0]).plan[:6]
