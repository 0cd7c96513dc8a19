"""Searching on a phone and on a desk: the box in the header, marked sentences, narrowing down, nothing found; commits index by themselves."""

import frappe
import pytest

from kyodo_frappe.common import fulltext
from kyodo_frappe.demo import cycle_steps

from .pictures import shot

expect = pytest.importorskip("playwright.sync_api").expect
TEXTS = (
	("防災ずきんの講座", "町内会といっしょに防災ずきんを縫い、避難のしかたを話し合います。"),
	("子ども食堂と髙橋農園", "月に2回、髙橋農園の野菜で夕食をつくります。災害のときは炊き出しをし、防災訓練にも加わります。"),
	("森の学校", "小学生と里山を歩き、木の名前と火の扱いを学びます。"),
)


@pytest.fixture
def published(city):
	"""Three public proposals; the last one stays a draft."""
	group, officer = city.clients["group"], city.clients["officer"]
	more = {"section": city.section, "publish_consent": 1, "plain_summary": "やさしい要約です。"}
	names = [
		cycle_steps.draft(group, city.programme, city.organisation, title, public_summary=text, **more)
		for title, text in (*TEXTS, ("防災の下書き", "防災"))
	]
	for name in names[:3]:
		cycle_steps.submit(group, name)
		cycle_steps.receive(officer, name)
	frappe.db.commit()
	yield city
	frappe.db.rollback()


def test_search_on_both_widths(published, new_page, page_as):
	assert fulltext.search(("防災",), {"programme": published.programme, "section": published.section}).count == 2
	for width, height in ((390, 844), (1280, 900)):
		page = new_page(viewport={"width": width, "height": height})
		page.goto("/kyodo")
		if width == 390:
			page.goto("/kyodo/search")
			shot(page, "search-empty-390")
			page.locator("#s-q").fill("防災")
			page.locator("#s-q").press("Enter")
		else:
			page.locator("#site-q").fill("防災")
			page.locator("#site-q").press("Enter")
		expect(page.locator("mark").first).to_have_text("防災")
		page.goto(f"/kyodo/search?q=防災&section={published.section}")
		expect(page.get_by_role("status")).to_have_text("2件")
		assert set(page.locator("main mark").all_inner_texts()) == {"防災"}
		assert page.evaluate("document.documentElement.scrollWidth") <= width
		shot(page, f"search-found-{width}")
		page.goto("/kyodo/search?q=ﾀｶﾊｼ農園 訓練")
		expect(page.get_by_role("heading", name="見つかりませんでした。")).to_be_visible()
		shot(page, f"search-nothing-{width}")
		assert not page.problems
	mine = page_as(published.users["group"], viewport={"width": 390, "height": 844})
	mine.goto("/kyodo/my/search?q=防災")
	expect(mine.get_by_role("status")).to_have_text("3件")
	shot(mine, "search-own-390")
	mine.get_by_role("link", name="公開されているものから探す").click()
	expect(mine.locator("main")).not_to_contain_text("防災の下書き")
	assert not mine.problems
