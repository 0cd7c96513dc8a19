"""The city's logo, colour, picture, invitation and menu on pages; a manager rewords a phrase."""

import io

import frappe
import pytest
from PIL import Image

from kyodo_frappe.demo import people
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.roles import MANAGER

expect = pytest.importorskip("playwright.sync_api").expect
DESK_TIMEOUT = 20000  # ms; the desk loads much on the first visit
PROGRAMME = "Kyodo Programme"
LOOK_FIELDS = ("theme_colour", "picture", "picture_text", "invitation")


def drawing(colour: str, size: tuple[int, int]) -> bytes:
	kept = io.BytesIO()
	Image.new("RGB", size, colour).save(kept, "PNG")
	return kept.getvalue()


@pytest.fixture
def manager(city):
	user = people.make_user("look-" + frappe.generate_hash(length=6), "管理 者子", [MANAGER], people.new_password())
	frappe.db.commit()
	yield user
	frappe.db.rollback()
	frappe.delete_doc("User", user, force=True)
	frappe.db.commit()


@pytest.fixture
def branded(city, manager):
	"""The programme and the site with branding of their own; undone afterwards."""
	before = frappe.db.get_value(PROGRAMME, city.programme, LOOK_FIELDS, as_dict=True)
	logo = frappe.get_doc(
		{"doctype": "File", "file_name": "logo.png", "content": drawing("darkgreen", (120, 40)), "is_private": 0}
	).insert()
	client = LocalClient(manager)
	client.update(
		PROGRAMME,
		city.programme,
		{
			"theme_colour": "#7a1f3d",
			"picture_text": "みどりの広場",
			"invitation": "いっしょに考えませんか",
			"menu": [{"entry": "About the programme"}, {"entry": "Events", "label_text": "つどい"}],
		},
	)
	with client:
		file = attachments.attach(
			frappe.get_doc(PROGRAMME, city.programme), filename="広場.png", content=drawing("olive", (800, 300)), fieldname="picture"
		)
	_site(app_logo=logo.file_url, copyright="見本市")
	yield city
	frappe.db.rollback()
	frappe.db.set_value(PROGRAMME, city.programme, before)
	frappe.db.delete("Kyodo Menu Entry", {"parent": city.programme})
	for name in (logo.name, file.name):
		frappe.delete_doc("File", name, force=True, ignore_permissions=True)
	_site(app_logo="", copyright="")
	frappe.clear_document_cache(PROGRAMME, city.programme)


def _site(**values):
	for field, value in values.items():
		frappe.db.set_single_value("Website Settings", field, value)
	frappe.db.commit()
	frappe.clear_document_cache("Website Settings", "Website Settings")


def test_pages_show_branding_of_city(branded, new_page, page_as):
	for page, path in ((new_page(viewport={"width": 360, "height": 740}), "/kyodo"), (page_as(branded.users["group"]), "/kyodo/my")):
		page.goto(path)
		assert page.evaluate("getComputedStyle(document.querySelector('.site-header')).borderTopColor") == "rgb(122, 31, 61)"
		pictures = page.evaluate("[...document.images].map((one) => [one.className, one.naturalWidth])")
		assert ["logo", 120] in pictures and all(width for _name, width in pictures), pictures
		expect(page.locator(".site-header nav a")).to_have_count(2)
		expect(page.locator(".site-header nav a").last).to_have_text("つどい")
		expect(page.locator("footer")).to_contain_text("© 見本市")
		assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
		assert not page.problems
	front = new_page()
	front.goto("/kyodo")
	expect(front.locator(".invitation")).to_have_text("いっしょに考えませんか")
	assert front.get_by_alt_text("みどりの広場").evaluate("one => one.naturalWidth") == 800


def test_manager_rewords_phrase_in_desk(city, manager, page_as):
	page = page_as(manager, viewport={"width": 1280, "height": 900})
	desk = frappe.utils.get_url_to_form(PROGRAMME, "x").split("//", 1)[-1].partition("/")[2].split("/")[0]
	try:
		page.goto(f"/{desk}/query-report/Kyodo Phrases?text=Open data")
		pencil = page.locator('.kyodo-reword[data-source="Open data"]')
		expect(pencil).to_be_visible(timeout=DESK_TIMEOUT)
		pencil.click()
		dialog = page.locator(".modal.show")
		expect(dialog.locator("textarea")).to_be_visible(timeout=DESK_TIMEOUT)
		dialog.locator("textarea").fill("みんなのデータ")
		dialog.locator(".btn-modal-primary, .btn-primary").last.click()
		expect(page.locator(".datatable")).to_contain_text("みんなのデータ", timeout=DESK_TIMEOUT)
		assert not page.problems
		page.goto("/kyodo")
		expect(page.locator("footer")).to_contain_text("みんなのデータ")
		frappe.db.rollback()
		assert frappe.db.get_value("Translation", {"source_text": "Open data"}, "translated_text") == "みんなのデータ"
	finally:
		frappe.db.rollback()
		for name in frappe.get_all("Translation", {"source_text": "Open data"}, pluck="name", order_by="name"):
			frappe.delete_doc("Translation", name, force=True, ignore_permissions=True)
		frappe.db.commit()
