"""On a phone: the city opens a further field of the registration to the public, and an organisation consents."""

import re

import frappe
import pytest

from kyodo_frappe.programme import form

expect = pytest.importorskip("playwright.sync_api").expect
PHONE = {"width": 360, "height": 740}
PROGRAMME = "Kyodo Programme"
OPENED = "member_count"


@pytest.fixture
def opened(city):
	"""The programme's form opens the number of members to everybody; closed again afterwards."""
	frappe.db.set_value("Kyodo Organisation", city.organisation, OPENED, 27)
	_open(city.programme, 1)
	yield city
	frappe.db.rollback()
	_open(city.programme, 0)


def _open(programme: str, public: int):
	doc = frappe.get_doc(PROGRAMME, programme)
	row = next(one for one in doc.form_fields if one.form == "Organisation" and one.fieldname == OPENED)
	row.public = public
	doc.save(ignore_permissions=True)  # as the city's manager
	frappe.db.commit()
	form.forget_content()
	frappe.clear_document_cache(PROGRAMME, programme)


def test_field_opened_later_is_public_after_consent(opened, new_page, page_as):
	public, own = new_page(viewport=PHONE), page_as(opened.users["group"], viewport=PHONE)
	public.goto(f"/kyodo/organisations/{opened.organisation}")
	expect(public.locator("main")).not_to_contain_text("会員数")  # "27" may be of a day, or of the organisation's random name
	own.goto(f"/kyodo/my/organisation?name={opened.organisation}")
	tick = own.locator(f'input[name="agrees-{OPENED}"]')
	expect(tick).not_to_be_checked()
	said = own.get_by_text("だれでも読めるようになります")
	expect(said).to_be_visible()
	expect(said).not_to_contain_text("会員数")  # it has a tick of its own
	assert own.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
	tick.check()
	own.locator('button[name="then"][value="save"]').first.click()
	expect(own.locator("[role=status], .notice").first).to_be_visible()
	expect(own.locator(f'input[name="agrees-{OPENED}"]')).to_have_count(0)
	public.reload()
	expect(public.locator("main")).to_contain_text(re.compile(r"会員数\s*27"))
	assert not own.problems and not public.problems
