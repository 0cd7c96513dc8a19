"""Every page of the demo city that guests and the portal's logins reach by links: axe-core, phone and desk, light and dark, weight.

It takes minutes: KYODO_EVERY_PAGE=1 ./kyodo test tests/browser/test_every_page.py while a demo runs. What each change is tested with is
test_accessibility.py.
"""

import os
from collections import Counter
from urllib.parse import urlsplit

import frappe
import pytest

from kyodo_frappe.web.page import find

from . import demo_city
from .pictures import shot
from .test_accessibility import DESK, HIGHEST_HEADER, MOST_BYTES, PHONE, contrast, findings

EACH = 2  # records of a kind that are looked at
WHO = (None, "group", "member", "support")


@pytest.mark.skipif(not os.environ.get("KYODO_EVERY_PAGE"), reason="looks at the whole demo city where KYODO_EVERY_PAGE is set")
@pytest.mark.parametrize("user", WHO, ids=lambda user: user or "guest")
def test_no_finding_on_any_page_that_is_linked(user, browser, site):
	demo = demo_city.running()
	context = browser.new_context(base_url=demo["url"], viewport=PHONE, locale="ja-JP", timezone_id="Asia/Tokyo")
	if user:
		demo_city.log_in(context, demo, user)
	page, wrong, seen = context.new_page(), [], Counter()
	page.on("pageerror", lambda error: wrong.append((page.url, str(error))))
	waiting, known = ["/kyodo/my" if user else "/kyodo"], set()
	while waiting:
		address = waiting.pop(0)
		kind = _kind(address)
		if address in known or kind is None or seen[kind] >= EACH or (user and not kind.startswith("my")):
			continue
		known.add(address)
		seen[kind] += 1
		wrong += _look_at(page, address, user or "guest")
		waiting += page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href').split('#')[0])")
	context.close()
	print(f"{user or 'guest'}: {len(known)} pages of {len(seen)} kinds")
	print(*wrong, sep="\n")
	assert not wrong


def _kind(address: str) -> str | None:
	"""The declared address of a page of ours, None for anything else."""
	path = urlsplit(address).path
	if not path.startswith("/kyodo") or urlsplit(address).netloc:
		return None
	try:
		return find(path)[0].address or "front"
	except frappe.PageDoesNotExistError:
		return None


def _look_at(page, address: str, who: str) -> list[tuple]:
	page.set_viewport_size(PHONE)
	page.emulate_media(color_scheme="light")
	answer = page.goto(address)
	if answer.status != 200:
		return [(address, answer.status)]
	wrong = [("weight", len(answer.body()))] if len(answer.body()) > MOST_BYTES else []
	if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
		wrong.append(("wider than a phone", page.evaluate("document.documentElement.scrollWidth")))
	if page.evaluate("document.querySelector('.site-header')?.offsetHeight ?? 0") > HIGHEST_HEADER:
		wrong.append(("header", ""))
	name = f"{who}{urlsplit(address).path.replace('/', '-')}"
	shot(page, f"{name}-390")
	wrong += [("phone", one) for one in findings(page)]
	page.emulate_media(color_scheme="dark")
	wrong += [("phone, dark", one) for one in contrast(page)]
	page.set_viewport_size(DESK)
	wrong += [("desk, dark", one) for one in contrast(page)]
	page.emulate_media(color_scheme="light")
	wrong += [("desk", one) for one in findings(page)]
	shot(page, f"{name}-1280")
	return [(address, *one) for one in wrong]
