"""axe-core (WCAG 2.2 AA and best practice) on every public page, on a phone and a desk, light and dark; 200 %, print, weight."""

from pathlib import Path

import frappe
import pytest

from kyodo_frappe.web.page import pages

from .pictures import shot

expect = pytest.importorskip("playwright.sync_api").expect
axe = pytest.importorskip("axe_playwright_python")
AXE = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
MOST_BYTES = 60_000
HIGHEST_HEADER = 64


def findings(page, **options) -> list[tuple]:
	"""What axe-core finds on the open page: [(rule, first element, why)]."""
	page.evaluate(AXE)  # not a script of the page, whose security policy would refuse it
	asked = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}, **options}
	found = page.evaluate("options => axe.run(document, options)", asked)
	return [(rule["id"], rule["nodes"][0]["html"][:120], rule["nodes"][0]["failureSummary"]) for rule in found["violations"]]


def contrast(page) -> list[tuple]:
	"""Findings about contrast only: all that dark mode can change."""
	return findings(page, runOnly={"type": "rule", "values": ["color-contrast", "link-in-text-block"]})


@pytest.fixture
def addresses(city) -> list[str]:
	"""Every public page, with the record of the city where it has one."""
	project = city.adopted()
	proposal = frappe.db.get_value("Kyodo Project", project, "proposal")
	frappe.db.set_value("Kyodo Proposal", proposal, "publish_consent", 1)
	frappe.db.set_value("Kyodo Project", project, "published", 1)
	frappe.db.commit()
	meeting = frappe.db.get_value("Kyodo Meeting", {"committee": city.committee}, "name", order_by="name")
	records = {"proposals": proposal, "projects": project, "organisations": city.organisation, "meetings": meeting}
	public = [page.address for page in pages() if not page.address.startswith("my")]
	plain = [address for address in public if "<" not in address]
	return [f"/kyodo/{address}".rstrip("/") for address in [*plain, *(f"{kind}/{name}" for kind, name in records.items())]]


def test_no_finding_on_any_public_page(addresses, new_page):
	page = new_page(viewport=PHONE)
	found = {}
	for address in addresses:
		page.set_viewport_size(PHONE)
		assert page.goto(address).status == 200, address
		shot(page, "axe-390" + address.replace("/", "-"))
		assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address
		assert page.evaluate("document.querySelector('.site-header').offsetHeight") <= HIGHEST_HEADER, address
		found[address, "phone"] = findings(page)
		page.emulate_media(color_scheme="dark")
		found[address, "phone, dark"] = contrast(page)
		page.set_viewport_size(DESK)
		found[address, "desk, dark"] = contrast(page)
		page.emulate_media(color_scheme="light")
		found[address, "desk"] = findings(page)
		shot(page, "axe-1280" + address.replace("/", "-"))
	assert not {place: what for place, what in found.items() if what}
	assert not page.problems


def test_front_page_works_enlarged_on_paper_and_with_few_bytes(city, new_page):
	page = new_page(viewport={"width": 640, "height": 450})  # what 1280 pixels are at 200 %
	loaded = []
	page.on("response", lambda answer: loaded.append((answer.url, len(answer.body()))))
	page.goto("/kyodo")
	page.wait_for_load_state("networkidle")
	assert sum(size for _url, size in loaded) < MOST_BYTES, loaded
	assert page.evaluate("document.documentElement.scrollWidth") <= 640
	page.emulate_media(media="print")
	expect(page.locator(".site-menu")).to_be_hidden()
	expect(page.locator("h1")).to_be_visible()
	shot(page, "front-print")


@pytest.mark.parametrize("scripts", (True, False), ids=("with scripts", "without scripts"))
def test_menu_of_a_phone_opens_by_keyboard(city, new_page, scripts):
	page = new_page(viewport=PHONE, java_script_enabled=scripts)
	page.goto("/kyodo")
	menu = page.locator(".site-menu")
	expect(menu).to_be_hidden()
	page.locator(".menu-button").press("Enter")
	expect(menu).to_be_visible()
	page.keyboard.press("Tab")
	expect(menu.locator("a").first).to_be_focused()
	page.keyboard.press("Escape")
	expect(menu).to_be_hidden()
	expect(page.locator(".menu-button")).to_be_focused()
