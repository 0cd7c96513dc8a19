"""Marks of 1 to 5, a public vote and the published results, as a member, the office and the public see them."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps

from .pictures import shot
from .test_desk_walk import DESK_TIMEOUT
from .test_member_walk import assert_fits_width, tap_marks, wait_until

expect = pytest.importorskip("playwright.sync_api").expect
FIVE = {"scale": "Points", "least_points": 1, "max_points": 5, "point_step": 1}
CRITERIA = [
	{"code": "P1", "question": "地域に根ざしているか", **FIVE, "comment_below": 3},
	{"code": "P2", "question": "続けられるか", **FIVE},
]
VOTE = {"label": "市民投票", "out_of": 20, "counts": "Added to the Points"}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def meeting(city) -> dict:
	"""{meeting, proposal, call}: a meeting in session about a proposal to a call that is marked from 1 to 5 and added up."""
	programme = frappe.get_doc("Kyodo Programme", city.programme)
	before = {field: programme.get(field) for field in ("two_step_decision", "publish_scores")}
	programme.update({"two_step_decision": 0, "publish_scores": 1})
	programme.save()
	values = {"call_name": "令和8年度協働事業補助金", "call_type": "Subsidy", "fiscal_year": 2026, "published": 1, "results_published": 1}
	judged = {"criteria": CRITERIA, "counted_as": "Sum of Points", "pass_mark": 25, "further_marks": [VOTE]}
	call = frappe.get_doc({"doctype": "Kyodo Call", "programme": city.programme, **values, **judged}).insert().name
	more = {"call": call, "section": city.section, "requested_amount": 400000, "needs_budget": 0, "publish_consent": 1}
	names = []
	for title in ("食堂をひらく", "花壇をつくる"):
		name = cycle_steps.draft(city.clients["group"], city.programme, city.organisation, title, **more)
		cycle_steps.submit(city.clients["group"], name)
		cycle_steps.receive(city.clients["officer"], name)
		cycle_steps.refer(city.clients["officer"], name, city.section)
		names.append(name)
	found = cycle_steps.plan_meeting(city.clients["officer"], city.committee, "Step 1", [cycle_steps.proposal_item(name) for name in names])
	cycle_steps.convene(city.clients["officer"], found)
	cycle_steps.open_session(city.clients["officer"], found)
	frappe.db.commit()
	yield {"meeting": found, "proposals": names, "call": call}
	frappe.db.rollback()
	programme.reload()
	programme.update(before)
	programme.save()
	frappe.db.commit()


def review_of(city, proposal: str, key: str) -> str:
	return frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": city.users[key]})


def test_a_member_marks_from_one_to_five_on_a_phone(city, meeting, page_as):
	proposal = meeting["proposals"][0]
	page = page_as(city.users["npo"], **PHONE)
	page.goto(f"/kyodo/my/reviews/{review_of(city, proposal, 'npo')}")
	assert page.locator(".marks").first.locator("input").evaluate_all("all => all.map((one) => one.value)") == ["1", "2", "3", "4", "5"]
	tops = {round(label.bounding_box()["y"]) for label in page.locator(".marks").first.locator("label").all()}
	assert len(tops) == 1, "five marks stand in one line"
	tap_marks(page, "2")
	expect(page.get_by_text("3点未満としたときは、コメントを書いてください")).to_be_visible()
	assert_fits_width(page)
	page.get_by_role("button", name="提出").last.click()
	expect(page.locator(".notice.refused")).to_contain_text("地域に根ざしているか")
	shot(page, "member-390")
	page.get_by_text("この項目へのコメント").first.click()
	page.locator("textarea[name=comment-P1]").fill("町内会との連携が弱い。")
	page.get_by_role("button", name="提出").last.click()
	wait_until(lambda: frappe.db.get_value("Kyodo Review", review_of(city, proposal, "npo"), "submitted_on"))
	cycle_steps.mark(city.clients["city"], review_of(city, proposal, "city"), {"P1": "5", "P2": "4"})
	frappe.db.commit()
	page.goto(f"/kyodo/my/reviews/{review_of(city, proposal, 'npo')}")
	expect(page.locator(".average")).to_contain_text("13／20点")
	expect(page.get_by_text("市民投票：未入力")).to_be_visible()
	assert_fits_width(page)
	shot(page, "member-results-390")
	assert not page.problems


def test_the_office_enters_a_vote_and_the_public_reads_the_results(city, meeting, page_as, new_page):
	first, second = meeting["proposals"]
	for name in (first, second):
		for key, marks in (("npo", ("4", "3")), ("city", ("5", "4"))):
			cycle_steps.mark(city.clients[key], review_of(city, name, key), dict(zip(("P1", "P2"), marks, strict=True)))
	frappe.db.commit()
	page = page_as(city.users["officer"], viewport={"width": 1280, "height": 900})
	form = "/" + frappe.utils.get_url_to_form("Kyodo Meeting", meeting["meeting"]).split("//", 1)[-1].partition("/")[2]
	page.goto(form.replace("/kyodo-meeting/", "/kyodo-session/"))
	panel = page.locator(".session__panel", has_text="審査票以外の点数")
	expect(panel).to_contain_text("－／20", timeout=DESK_TIMEOUT)
	panel.get_by_role("button", name="点数を入力する").click()
	dialog = page.locator(".modal.show")
	dialog.locator('[data-fieldname="points"] input').fill("２１")
	dialog.locator('[data-fieldname="note"] textarea').fill("来場者98人の投票")
	dialog.get_by_role("button", name="保存").click()
	expect(page.locator(".modal.show", has_text="20点まで")).to_be_visible(timeout=DESK_TIMEOUT)
	shot(page, "vote-refused-1280")
	page.locator(".modal.show", has_text="20点まで").locator(".btn-modal-close").click()
	dialog.locator('[data-fieldname="points"] input').fill("１２")
	dialog.get_by_role("button", name="保存").click()
	expect(panel).to_contain_text("12／20", timeout=DESK_TIMEOUT)
	expect(page.locator(".session__panel", has_text="総合点").first).to_contain_text("28／40")
	shot(page, "session-1280")
	officer = city.clients["officer"]
	item = frappe.db.get_value("Kyodo Agenda Item", {"proposal": second})
	given = {"meeting": meeting["meeting"], "agenda_item": item, "label": "市民投票", "points": "5", "note": "来場者98人の投票"}
	frappe.db.rollback()
	officer.call("kyodo_frappe.committee.entered_marks.record", **given)
	cycle_steps.decide(officer, meeting["meeting"], first, "Adopted", amount=400000)
	cycle_steps.decide(officer, meeting["meeting"], second, "Not Adopted", reasons=cycle_steps.REFUSAL)
	cycle_steps.close(officer, meeting["meeting"])
	frappe.db.commit()
	for width in (1280, 390):
		guest = new_page(viewport={"width": width, "height": 900})
		guest.goto(f"/kyodo/results/{meeting['call']}")
		expect(guest.locator("table.results")).to_contain_text("28／40")
		expect(guest.locator("table.results tfoot")).to_contain_text("800,000円")
		assert_fits_width(guest)
		shot(guest, f"results-{width}")
		assert not guest.problems
	guest.emulate_media(media="print")
	shot(guest, "results-print")
	assert not page.problems
