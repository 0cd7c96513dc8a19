"""Places at an event, totals that do not identify individuals, and safe Markdown."""

import datetime
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from kyodo_frappe.common import markup
from kyodo_frappe.rules import places, tally

MAY_1, MAY_10, MAY_20 = (datetime.date(2026, 5, day) for day in (1, 10, 20))


# -- places --------------------------------------------------------------------------


def test_registration_is_refused_outside_its_period():
	for day in (MAY_1, MAY_10):
		places.check_registration_period(day, MAY_1, MAY_10, MAY_20)
	with pytest.raises(places.NotOpenYet, match="令和8年5月10日"):
		places.check_registration_period(MAY_1, MAY_10, None, MAY_20)
	with pytest.raises(places.NoLongerOpen, match="令和8年5月10日"):
		places.check_registration_period(MAY_20, MAY_1, MAY_10, MAY_20)
	places.check_registration_period(MAY_20, None, None, MAY_20)
	with pytest.raises(places.NoLongerOpen, match="令和8年5月10日"):
		places.check_registration_period(MAY_20, None, MAY_20, MAY_10)  # over is over, whatever the form says


@pytest.mark.parametrize(
	("capacity", "taken", "waiting", "got"),
	[
		(0, 999, 0, places.PLACE),
		(2, 1, 0, places.PLACE),
		(2, 2, 0, places.WAITING),
		(2, 1, 1, places.WAITING),
		(2, 3, 0, places.WAITING),
	],
)
def test_full_event_uses_the_waiting_list(capacity, taken, waiting, got):
	assert places.place_or_waiting(capacity, taken, waiting, True) == got
	if got == places.WAITING:
		with pytest.raises(places.AllPlacesTaken):
			places.place_or_waiting(capacity, taken, waiting, False)


def test_waiting_list_moves_up_in_order():
	assert places.to_move_up(3, 1, ["a", "b", "c"]) == ["a", "b"]
	assert places.to_move_up(3, 5, ["a"]) == []
	assert places.to_move_up(0, 5, ["a", "b"]) == ["a", "b"]
	assert (places.places_left(0, 5), places.places_left(3, 5), places.places_left(3, 1)) == (None, 0, 2)


# -- totals --------------------------------------------------------------------------


def test_tally_counts_only_offered_values():
	found = tally.tally([5, 4, 4, 9], range(1, 6))
	assert (found.count, found.average) == (3, 4.33)
	assert dict(found.counts) == {1: 0, 2: 0, 3: 0, 4: 2, 5: 1}
	assert tally.tally(["平日", "土日", "土日"], ["平日", "土日"]) == tally.Tally(3, (("平日", 1), ("土日", 2)), None)
	assert tally.tally([], [1, 2]).average is None


def test_publishable_count_changes_by_whole_groups_only():
	sizes = [tally.publishable_count(people) for people in range(30)]
	assert sizes[:6] == [0, 0, 0, 0, 0, 5]
	assert {later - earlier for earlier, later in pairwise(sizes)} == {0, 5}


# -- text ----------------------------------------------------------------------------


def test_markdown_becomes_headings_lists_tables_and_links():
	text = "# 指針\n\n**市**と*団体*は\n* 対等\n* 自立\n\n| 原則 | 意味 |\n|---|---|\n| 対等 | 上下なし |\n\n[市](https://example.jp/a?b=1) [次へ](/kyodo/guide) [上](#x)"
	page = BeautifulSoup(markup.to_html(text), "html.parser")
	assert page.h2.text == "指針" and not page.h1
	assert [item.text for item in page.find_all("li")] == ["対等", "自立"]
	assert page.strong.text == "市" and page.em.text == "団体" and page.td.text == "対等"
	assert [link["href"] for link in page.find_all("a")] == ["https://example.jp/a?b=1", "/kyodo/guide", "#x"]
	assert markup.headings(text) == ["指針"]
	assert markup.to_html(None) == "" == markup.to_html("")


def test_markdown_reads_as_plain_text_for_a_comparison():
	text = "# 指針\r\n\r\n**市**と[団体](/x)は\n* 対等\n  - `自立`\n\n| 原則 | 意味 |\n|---|:--|\n| 対等 | 上下なし |\n5 * 3 - 2"
	assert markup.to_text(text) == "指針\n\n市と団体は\n・対等\n  ・自立\n\n原則　意味\n対等　上下なし\n5 * 3 - 2"
	assert markup.to_text(None) == ""


ATTACKS = (
	"<script>alert(1)</script>",
	"<img src=x onerror=alert(1)>",
	"<svg/onload=alert(1)>",
	"[a](javascript:alert(1))",
	"[a](JaVaScRiPt:alert(1))",
	"[a](&#106;avascript:alert(1))",
	"[a](java\tscript:alert(1))",
	"[a](data:text/html;base64,PHNjcmlwdD4=)",
	"[a](//evil.example/x)",
	"[a](/\\evil.example/x)",
	"![a](javascript:alert(1))",
	"![a](https://evil.example/pixel.png)",
	'![a](x" onerror="alert(1))',
	'[a](https://example.jp "x\\" onmouseover=alert(1) \\"")',
	"[a]: javascript:alert(1)\n\n[a]",
	"<javascript:alert(1)>",
	"```html\n<script>alert(1)</script>\n```",
	"`<script>alert(1)</script>`",
	"<!-- x --><iframe src=//evil.example></iframe>",
	"<a href='javascript:alert(1)'>x</a>",
	"<style>*{display:none}</style>",
	"<form action=//evil.example><input name=password>",
	"\x00<scr\x00ipt>alert(1)</script>",
	"| <script> |\n|---|\n| <b onclick=x> |",
)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_becomes_a_script_a_picture_or_a_foreign_address(text):
	page = BeautifulSoup(markup.to_html(text), "html.parser")
	for element in page.find_all(True):
		assert element.name in markup.ELEMENTS, element
		assert set(element.attrs) <= {"href", "rel"}, element
		assert not element.get("href") or element["href"].startswith(("https://example.jp", "/kyodo", "#")), element
