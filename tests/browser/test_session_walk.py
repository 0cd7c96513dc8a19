"""A meeting on the session page: two officers at work, a member on a phone, and broken connections."""

import re

import frappe
import pytest

from kyodo_frappe.committee import reviews
from kyodo_frappe.demo import cycle_steps

from .screens import rest
from .test_desk_walk import DESK_TIMEOUT, desk, in_state
from .test_portal_walk import PHONE, assert_fits_width, see_committed

expect = pytest.importorskip("playwright.sync_api").expect
NOTE = "**/kyodo_frappe.committee.session.note*"
RECORD = "**/kyodo_frappe.committee.deliberation.record_decision*"
ADD = "**/kyodo_frappe.committee.session.add_row*"
SAVED = re.compile("保存済み")


@pytest.fixture
def meeting(city):
	group, officer = city.clients["group"], city.clients["officer"]
	proposals = []
	for title in ("夜の見守り隊", "里山の手入れ", "空き家のサロン", "学習の支援"):
		more = {"section": city.section, "requested_amount": 300000}
		proposals.append(cycle_steps.draft(group, city.programme, city.organisation, title, **more))
		# how they came to the table is walked elsewhere
		frappe.db.set_value("Kyodo Proposal", proposals[-1], "workflow_state", "Step 1")
	name = cycle_steps.plan_meeting(officer, city.committee, "Step 1", [cycle_steps.proposal_item(row) for row in proposals])
	cycle_steps.convene(officer, name)
	frappe.db.commit()
	return name


def open_session_page(page, meeting: str):
	form = "/" + frappe.utils.get_url_to_form("Kyodo Meeting", meeting).split("//", 1)[-1].partition("/")[2]
	page.goto(form.replace("/kyodo-meeting/", "/kyodo-session/"))
	expect(page.locator(".session__row")).to_have_count(4, timeout=DESK_TIMEOUT)


def choose(page, number: int):
	page.locator(f".session__row:nth-child({number}) button").click()
	expect(page.locator(".session__title h3")).to_contain_text(str(number))


def place(page, field: str):
	return page.locator(f'.session__item [data-place$="/{field}"]')


def confirm(page):
	"""Press the button of a dialog, once it has come in: Bootstrap hides none that still moves."""
	expect(page.locator(".modal.show")).to_be_visible(timeout=DESK_TIMEOUT)
	page.wait_for_function("() => !$('.modal.show').data('bs.modal')._isTransitioning", timeout=DESK_TIMEOUT)
	page.locator(".modal.show .btn-primary").click()
	expect(page.locator(".modal.show")).to_have_count(0, timeout=DESK_TIMEOUT)


def look_again(page):
	"""Wait as long as the page does until it asks what others have done."""
	page.clock.fast_forward(5000)


def saved(page):
	rest(page)
	# what waits to be sent is kept on the device, before the page says so
	page.wait_for_function("() => !Object.keys(localStorage).some((key) => /:(value|order):/.test(key))", timeout=DESK_TIMEOUT)
	expect(page.locator(".session__save-status")).to_have_text(SAVED, timeout=DESK_TIMEOUT)


def agenda(meeting: str, number: int):
	see_committed()
	return frappe.get_doc("Kyodo Meeting", meeting).agenda[number - 1]


def decisions(meeting: str) -> dict[str, str]:
	see_committed()
	rows = frappe.get_all("Kyodo Decision", {"meeting": meeting}, ["proposal_title", "result"], order_by="creation")
	assert len(rows) == len({row.proposal_title for row in rows}), "one for each item"
	return {row.proposal_title: row.result for row in rows}


def submit_review_on_phone(page, city, meeting: str):
	proposal = agenda(meeting, 1).proposal
	review = frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": city.users["npo"]})
	page.goto(f"/kyodo/my/reviews/{review}")
	for group in page.locator("fieldset.mark").all():
		group.locator("label", has_text="○").click()
	assert_fits_width(page)
	page.click('.action-bar button[value^="submit"]')
	page.wait_for_selector(".notice.done")


def test_session_runs_from_opening_to_close(city, meeting, page_as):
	first = page_as(city.users["officer"], clock=True, viewport={"width": 1400, "height": 900})
	second = page_as(city.users["colleague"], clock=True, viewport={"width": 1400, "height": 900})
	member = page_as(city.users["npo"], **PHONE)

	# from the form to the page
	desk(first, "Kyodo Meeting", meeting)
	first.get_by_role("button", name="会議を進める").click()
	expect(first.locator(".session__row")).to_have_count(4, timeout=DESK_TIMEOUT)
	submit_review_on_phone(member, city, meeting)
	open_session_page(second, meeting)
	expect(second.locator(".session__item")).to_contain_text("審査票 1／2人提出", timeout=DESK_TIMEOUT)
	first.locator(".kyodo-session-page .primary-action").click()
	confirm(first)
	in_state_of(first, "開会中")

	# who is there: one ticks, the other sees it
	expect(first.locator('[data-place$="/present"]')).to_have_count(2, timeout=DESK_TIMEOUT)
	for box in first.locator('[data-place$="/present"]').all():
		box.check()
	saved(first)
	look_again(second)
	expect(second.locator(".session__count")).to_contain_text("2／2人出席", timeout=DESK_TIMEOUT)
	expect(second.locator(".session__item .session__quorum")).to_contain_text("定足数を満たす")

	# two write, in different places and then in the same one
	place(first, "hearing").fill("提案者から説明があった。")
	place(second, "notes").fill("担い手について質問があった。")
	for page, other in ((first, second), (second, first)):
		saved(page)
		look_again(other)
	expect(place(first, "notes")).to_have_value("担い手について質問があった。", timeout=DESK_TIMEOUT)
	expect(place(second, "hearing")).to_have_value("提案者から説明があった。", timeout=DESK_TIMEOUT)
	second.route(NOTE, lambda route: route.abort())
	place(second, "notes").fill("担い手と費用について質問があった。")
	rest(second)
	expect(second.locator(".session__save-status")).to_contain_text("未送信 1件", timeout=DESK_TIMEOUT)
	place(first, "notes").fill("担い手について質問と回答があった。")
	saved(first)
	second.reload()  # nothing typed is lost
	expect(place(second, "notes")).to_have_value("担い手と費用について質問があった。", timeout=DESK_TIMEOUT)
	second.unroute(NOTE)
	look_again(second)
	asked = second.locator(".session__conflict")
	expect(asked).to_contain_text("担い手について質問と回答があった。", timeout=DESK_TIMEOUT)
	asked.get_by_role("button", name="自分の内容にする").click()
	saved(second)
	assert agenda(meeting, 1).notes == "担い手と費用について質問があった。"
	assert agenda(meeting, 1).hearing == "提案者から説明があった。"

	# the answers to a guest and a note are lost on their way: both are sent again, neither is there twice
	lost = []

	def lose(route):
		if len(lost) < 2:
			lost.append(route.fetch().status)
			route.abort()
		else:
			route.continue_()

	second.route(ADD, lose)
	second.route(NOTE, lose)
	second.get_by_role("button", name="出席者（委員以外）を追加する").click()
	dialog = second.locator(".modal.show")
	dialog.locator('input[data-fieldname="guest_name"]').fill("参考人")
	confirm(second)
	place(second, "votes_for").fill("2")
	saved(second)
	assert lost == [200, 200]
	second.unroute(ADD)
	second.unroute(NOTE)
	see_committed()
	assert [row.guest_name for row in frappe.get_doc("Kyodo Meeting", meeting).guests] == ["参考人"]
	assert agenda(meeting, 1).votes_for == 2

	# without a line the meeting goes on
	first.context.set_offline(True)
	place(first, "called_at").fill("18:40")
	first.locator('[data-part="result"]').select_option("Passed to Step 2")
	first.locator('[data-part="advice"]').fill("費用を見直すこと。")
	first.keyboard.press("Control+Enter")
	expect(first.locator(".session__title h3")).to_contain_text("里山の手入れ")
	place(first, "notes").fill("線が切れている間の記録。")
	rest(first)
	expect(first.locator(".session__save-status")).to_contain_text("接続できません", timeout=DESK_TIMEOUT)
	assert decisions(meeting) == {} and not agenda(meeting, 2).notes
	first.context.set_offline(False)
	saved(first)
	assert decisions(meeting) == {"夜の見守り隊": "Passed to Step 2"}
	assert (agenda(meeting, 1).called_at, agenda(meeting, 2).notes) == ("18:40", "線が切れている間の記録。")

	# a refusal that lacks its reason stays in the form
	first.locator('[data-part="result"]').select_option("Not Adopted")
	first.locator('[data-act="record"]').click()
	expect(first.locator(".session__decision .session__problem")).to_be_visible(timeout=DESK_TIMEOUT)
	row = first.locator(".session__reason").nth(2)
	row.locator(".session__mark", has_text="×").click()
	row.locator("textarea").fill("2年目の財源がない。")
	lost.clear()
	first.route(RECORD, lambda route: lose(route) if not lost else route.continue_())
	first.locator('[data-act="record"]').click()
	expect(first.locator(".session__decision h4 .session__badge")).to_have_count(0, timeout=DESK_TIMEOUT)
	assert lost == [200] and len(decisions(meeting)) == 2
	fields = ["proposal_title", "advice"]
	advice = dict(frappe.get_all("Kyodo Decision", {"meeting": meeting}, fields, as_list=True, order_by="name"))
	assert advice == {"夜の見守り隊": "費用を見直すこと。", "里山の手入れ": None}, "each form writes to its own item"
	look_again(second)
	expect(second.locator(".session__row:nth-child(2)")).to_contain_text("不採択", timeout=DESK_TIMEOUT)

	# marks that are in are shown when the office closes marking
	first.get_by_role("button", name="審査票の受付を締め切る").click()
	confirm(first)
	look_again(second)
	choose(second, 1)
	expect(second.locator(".session__item")).to_contain_text("平均 100.0", timeout=DESK_TIMEOUT)

	# the rest in one go, then the close
	first.locator(".primary-action:visible").click()
	expect(first.locator(".modal.show")).to_contain_text("空き家のサロン", timeout=DESK_TIMEOUT)
	confirm(first)
	first.get_by_role("button", name="未決定をすべて選ぶ").click()
	first.locator(".session__bulk select").select_option("Passed to Step 2")
	first.get_by_role("button", name="まとめて記録する").click()
	expect(first.locator(".session__filter")).to_contain_text("（0）", timeout=DESK_TIMEOUT)
	first.locator(".primary-action:visible").click()
	expect(first.locator(".modal.show")).to_contain_text("決定4件が確定します", timeout=3 * DESK_TIMEOUT)
	expect(first.locator(".modal.show")).to_contain_text("まだ何も送っていません")
	confirm(first)
	first.wait_for_function("name => window.cur_frm && cur_frm.docname === name", arg=meeting, timeout=3 * DESK_TIMEOUT)
	in_state(first, "終了")
	look_again(second)
	expect(place(second, "notes")).to_be_disabled(timeout=DESK_TIMEOUT)
	assert sorted(decisions(meeting).values()) == ["Not Adopted", *["Passed to Step 2"] * 3]
	assert frappe.db.get_value("Kyodo Proposal", agenda(meeting, 2).proposal, "workflow_state") == "Not Adopted"
	assert "費用について質問" in frappe.db.get_value("Kyodo Meeting", meeting, "minutes")
	assert reviews.summaries([agenda(meeting, 1).proposal], "Step 1")[agenda(meeting, 1).proposal][0].count == 1
	assert not first.problems and not second.problems and not member.problems


def in_state_of(page, label: str):
	expect(page.locator(".kyodo-session-page .page-head .indicator-pill")).to_contain_text(label, timeout=DESK_TIMEOUT)
