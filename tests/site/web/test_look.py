"""Appearance of public pages and portal: settings of site and programme are shown as text, never as markup."""

import csv
import email
import io
import re

import frappe
import pytest
from PIL import Image
from portal_client import visit

from kyodo_frappe import messages
from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.permissions import attachments, programme_visibility
from kyodo_frappe.permissions.errors import HTMLNotAllowed
from kyodo_frappe.rules.colours import NotAColour, TooPale, on_dark
from kyodo_frappe.web import look, phrases
from kyodo_frappe.web import page as portal
from kyodo_frappe.web.errors import (
	DuplicateMenuEntry,
	InvalidPicture,
	InvalidPlaceholders,
	TextAlternativeMissing,
	UnknownPhrase,
)

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

PROGRAMME = "Kyodo Programme"
EVIL = '"><script>alert(1)</script>'


def picture(colour: str = "navy") -> bytes:
	kept = io.BytesIO()
	Image.new("RGB", (40, 20), colour).save(kept, "PNG")
	return kept.getvalue()


@pytest.fixture
def settings(town):
	"""Return a function that sets fields of Website Settings; the fixture restores record and cache."""

	def put(**values):
		doc = frappe.get_doc("Website Settings")
		for field, value in values.items():
			doc.set(field, value)
		doc.flags.ignore_validate = doc.flags.ignore_links = True
		doc.save(ignore_permissions=True)
		frappe.clear_document_cache("Website Settings", "Website Settings")

	yield put
	frappe.db.rollback()
	frappe.clear_document_cache("Website Settings", "Website Settings")


def past_the_form(town, **values):
	"""Change the programme without validation."""
	frappe.db.set_value(PROGRAMME, town.programme, values)
	frappe.clear_document_cache(PROGRAMME, town.programme)


def loaded(path: str, **query):
	from portal_client import acting

	with acting("Guest", query):
		return portal.KyodoPage(path).render()


def test_default_look_without_settings(town):
	page = visit("Guest", "")[1]
	assert "look.css" not in page and 'class="logo"' not in page and 'href="data:,"' in page
	labels = re.findall(r'<li><a href="(/kyodo[^"]*)"[^>]*>([^<]+)</a></li>', page.split("<nav")[1].split("</nav>")[0])
	assert [address for address, _label in labels] == [portal.menu_addresses()[entry] for entry, _label in look.menu_entries()]


def test_menu_entries_have_pages(site):
	assert {entry for entry, _label in look.menu_entries()} == set(portal.menu_addresses())
	for address in portal.menu_addresses().values():
		assert portal.find(address.strip("/"))


def test_logo_icon_and_footer_come_from_website_settings(town, settings):
	settings(
		app_logo="/files/shi.png",
		favicon="/files/shi.ico",
		copyright=f"見本市{EVIL}",
		address="見本市1-2-3<br>電話 000<script>alert(1)</script>",
		footer_items=[
			{"label": f"個人情報{EVIL}", "url": "https://example.jp/privacy"},
			{"label": "悪いもの", "url": "javascript:alert(1)"},
		],
	)
	for user, path in (("Guest", ""), ("Guest", "projects"), (town.representative.user, "my")):
		page = visit(user, path)[1]
		assert 'class="logo" src="/files/shi.png"' in page and '<link rel="icon" href="/files/shi.ico">' in page
		assert "© 見本市" in page and "見本市1-2-3" in page and 'href="https://example.jp/privacy"' in page
		assert "<script>alert" not in page and "javascript:" not in page and "悪いもの" not in page
	for elsewhere in (
		"/files/../../site_config.json",
		"https://example.com/x.png",
		"//example.com/x.png",
		"/private/files/x.png",
		"/assets/frappe/images/frappe-framework-logo.svg",
		"javascript:1",
	):
		settings(app_logo=elsewhere, banner_image="")
		assert 'class="logo"' not in visit("Guest", "")[1], elsewhere
	settings(app_logo="", banner_image="/files/banner.png")
	assert 'src="/files/banner.png"' in visit("Guest", "")[1]


def test_mails_contain_logo_and_footer(town, settings):
	logo = frappe.get_doc({"doctype": "File", "file_name": "mail-logo.png", "is_private": 0, "content": picture()}).insert()
	settings(app_logo=logo.file_url, address=f"見本市1-2-3<br>電話 000{EVIL}", copyright="見本市")
	frappe.db.delete("Email Queue")
	try:
		messages.send(
			"Invitation to an Organisation",
			frappe.get_doc("Kyodo Organisation", town.organisation),
			[frappe._dict(email="a@example.jp", name="山田")],
			inviter="鈴木",
			role="編集",
			days=7,
			link="/kyodo/join/x",
		)
		mail = email.message_from_string(frappe.get_last_doc("Email Queue").message)
		parts = {part.get_content_type(): part for part in mail.walk()}
		page = parts["text/html"].get_payload(decode=True).decode()
		assert 'src="cid:' in page and "電話 000" in page and "© 見本市" in page and "<script" not in page
		assert parts["image/png"].get_payload(decode=True) == picture()
	finally:
		logo.delete()


def test_only_valid_colours_are_accepted_and_served(town):
	for wrong in ("red", "#fff;}*{display:none}", "#12345", "url(https://example.com)", "</style>"):
		with pytest.raises(violation_of(NotAColour)):
			town.manager.update(PROGRAMME, town.programme, {"theme_colour": wrong})
	with pytest.raises(violation_of(TooPale)):
		town.manager.update(PROGRAMME, town.programme, {"theme_colour": "#ffcc00"})
	assert town.manager.update(PROGRAMME, town.programme, {"theme_colour": "#7A1F3D"})["theme_colour"] == "#7a1f3d"
	for user, path in (("Guest", ""), (town.representative.user, "my")):
		page = visit(user, path)[1]
		address = re.search(r'<link rel="stylesheet" href="/(kyodo/look\.css)\?programme=([^"&]+)&amp;v=\w+">', page)
		assert address and page.index("kyodo_portal.bundle.") < page.index("look.css")
	answer = loaded(look.STYLESHEET, programme=town.programme)
	assert (answer.status_code, answer.mimetype) == (200, "text/css")
	light, dark = answer.get_data(as_text=True).splitlines()
	assert light == ":root { --brand: #7a1f3d; }" and f"{{ --brand: {on_dark('#7a1f3d')}; }}" in dark
	assert answer.headers["X-Content-Type-Options"] == "nosniff"
	# written past the form: it is not handed out
	frappe.db.set_value(PROGRAMME, town.programme, "theme_colour", "red;}*{display:none}")
	for programme in (town.programme, "x", ""):
		missing = loaded(look.STYLESHEET, programme=programme)
		assert missing.status_code == 404 and "display" not in missing.get_data(as_text=True)


def test_picture_needs_text_and_an_open_programme(town):
	with town.manager:
		doc = frappe.get_doc(PROGRAMME, town.programme)
		doc.picture_text = "畑で働く人たち"
		doc.save()
		attachments.attach(frappe.get_doc(PROGRAMME, town.programme), filename="絵.png", content=picture(), fieldname="picture")
	past_the_form(town, picture_text=f"畑で働く人たち{EVIL}")
	page = visit("Guest", "")[1]
	assert 'src="/kyodo/look/picture?programme=' in page and "畑で働く人たち&#34;&gt;&lt;script&gt;" in page
	answer = loaded(look.PICTURE, programme=town.programme)
	assert (answer.status_code, answer.mimetype, answer.get_data()) == (200, "image/png", picture())
	assert loaded(look.PICTURE, programme="x").status_code == 404
	with pytest.raises(TextAlternativeMissing):
		town.manager.update(PROGRAMME, town.programme, {"picture_text": " "})
	with pytest.raises(InvalidPicture):
		town.manager.update(PROGRAMME, town.programme, {"picture": "/files/x.pdf"})
	frappe.db.set_value(PROGRAMME, town.programme, {"is_active": 0, "is_draft": 1})
	programme_visibility.clear_cache()
	try:
		assert loaded(look.PICTURE, programme=town.programme).status_code == 404
	finally:
		frappe.db.rollback()
		programme_visibility.clear_cache()


def test_file_of_another_record_is_refused_as_picture(town):
	with town.representative:
		proposal = frappe.get_doc("Kyodo Proposal", town.draft())
		other = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": "a.png",
				"content": picture("red"),
				"is_private": 1,
				"attached_to_doctype": "Kyodo Proposal",
				"attached_to_name": proposal.name,
			}
		).insert()
	with pytest.raises(frappe.PermissionError):
		town.manager.update(PROGRAMME, town.programme, {"picture": other.file_url, "picture_text": "他の記録のもの"})
	frappe.db.set_value(PROGRAMME, town.programme, "picture", other.file_url)
	assert loaded(look.PICTURE, programme=town.programme).status_code == 404


def test_invitation_and_menu_use_the_citys_words(town):
	rows = [{"entry": "Events", "label_text": "集まり"}, {"entry": "About the programme"}]
	for wrong in (
		{"invitation": EVIL},
		{"picture_text": EVIL},
		{"menu": [{"entry": "Events", "label_text": EVIL}]},
		{"menu": [{"entry": "Anything"}]},
	):
		with pytest.raises(frappe.ValidationError):
			town.manager.update(PROGRAMME, town.programme, wrong)
	town.manager.update(PROGRAMME, town.programme, {"menu": rows})
	past_the_form(town, invitation=f"いっしょに考えませんか{EVIL}")
	frappe.db.set_value("Kyodo Menu Entry", {"parent": town.programme, "entry": "Events"}, "label_text", f"集まり{EVIL}")
	frappe.clear_document_cache(PROGRAMME, town.programme)
	page = visit("Guest", "")[1]
	assert "いっしょに考えませんか&#34;&gt;&lt;script&gt;" in page and "<script>alert" not in page
	menu = page.split("<nav")[1].split("</nav>")[0]
	assert re.findall(r'href="(/kyodo[^"]*)"', menu) == ["/kyodo/events", "/kyodo/about"] and "集まり" in menu
	assert "集まり" in visit(town.representative.user, "my")[1]
	assert visit("Guest", "projects")[0] == 200, "what the menu leaves out is still there"
	with pytest.raises(DuplicateMenuEntry):
		town.manager.update(PROGRAMME, town.programme, {"menu": [rows[1], rows[1]]})


def test_programmes_have_their_own_looks(town):
	town.manager.update(PROGRAMME, town.programme, {"theme_colour": "#7a1f3d"})
	other = frappe.copy_doc(frappe.get_doc(PROGRAMME, town.programme))
	other.update({"programme_name": f"第二 {town.tag}", "preset": None, "theme_colour": "#1f3d7a", "invitation": "第二の呼びかけ"})
	other.insert()
	assert "第二の呼びかけ" in visit("Guest", "", programme=other.name)[1]
	first, second = (look.look_of(name)["stylesheet"] for name in (town.programme, other.name))
	assert first != second and second.replace("&", "&amp;") in visit("Guest", "", programme=other.name)[1]


# -- phrases ------------------------------------------------------------------------------------------


@pytest.fixture
def words(town):
	yield town
	frappe.db.rollback()
	for key in frappe.get_all("Translation", {"language": "ja"}, pluck="name", order_by="name"):
		frappe.get_doc("Translation", key).on_update()
	from frappe.translate import clear_cache

	clear_cache()


def reword(client, source: str, text: str = "") -> str:
	return client.call(f"{phrases.__name__}.reword", source=source, text=text)


def test_reworded_phrase_appears_on_public_pages_and_portal(words):
	assert reword(words.manager, "Proposals", "みんなの提案") == "みんなの提案"
	reword(words.manager, "My page", "わたしのページ")
	assert "みんなの提案" in visit("Guest", "")[1] and "みんなの提案" in visit("Guest", "proposals")[1]
	assert "わたしのページ" in visit(words.representative.user, "my")[1]
	# once more, and back again: nothing is left of it in a cache
	reword(words.manager, "Proposals", "提案の広場")
	page = visit("Guest", "")[1]
	assert "提案の広場" in page and "みんなの提案" not in page
	assert reword(words.manager, "Proposals") == phrases.catalogue()["Proposals"]
	assert "提案の広場" not in visit("Guest", "")[1]
	assert not frappe.db.exists("Translation", {"source_text": "Proposals"})


def test_wording_is_that_of_the_last_commit_whoever_read_it_before(web):
	wording = {"doctype": "Translation", "language": "ja", "source_text": "Open data", "translated_text": "みんなのデータ"}
	translation = frappe.get_doc(wording).insert()
	try:
		assert "みんなのデータ" not in web.guest().get("/kyodo").text
		frappe.db.commit()
		assert "みんなのデータ" in web.guest().get("/kyodo").text
		translation.delete()
		frappe._("Open data")  # as this transaction has it
		frappe.db.rollback()
		assert "みんなのデータ" in web.guest().get("/kyodo").text
	finally:
		frappe.db.rollback()
		frappe.delete_doc("Translation", translation.name, force=True, ignore_missing=True)
		frappe.db.commit()


def test_phrase_with_html_is_refused(words):
	for text in ("<b>太字</b>", "<script>alert(1)</script>"):
		with pytest.raises(HTMLNotAllowed):
			reword(words.manager, "Proposals", text)


def test_phrase_with_unknown_placeholders_is_refused(words):
	source = "My page of {0}"
	assert "{0}" in phrases.catalogue()[source]
	for wrong in ("{1}のページ", "{name}のページ", "{0のページ", "{0!r}さん", "{0:>9999999}", "{0.__class__}"):
		with pytest.raises(InvalidPlaceholders):
			reword(words.manager, source, wrong)
		translation = {"doctype": "Translation", "language": "ja", "source_text": source, "translated_text": wrong}
		with pytest.raises(InvalidPlaceholders):
			frappe.get_doc(translation).insert()
	reword(words.manager, source, "{0}さんの窓口")
	assert "さんの窓口" in visit(words.representative.user, "my")[1]
	reword(words.manager, source, "窓口")
	assert "窓口" in visit(words.representative.user, "my")[1]


def test_phrases_are_listed_with_their_places(words):
	reword(words.manager, "Proposals", "みんなの提案")
	with words.manager:
		_columns, rows = phrases.listed({"pages": 1, "text": "みんなの提案"})
		assert [(row["source"], row["own"]) for row in rows] == [("Proposals", "みんなの提案")]
		_columns, everything = phrases.listed({})
		_columns, own = phrases.listed({"own": 1})
	assert len(everything) == len(phrases.catalogue()) and "Proposals" in {row["source"] for row in own}
	by_source = {row["source"]: row for row in everything}
	assert "templates/kyodo/accounts/login.html" in by_source["Log in"]["places"] and by_source["Log in"]["on_pages"]
	on_pages = [row for row in everything if row["on_pages"]]
	assert len(on_pages) > 500
	path = frappe.get_app_path("kyodo_frappe", "translations", "ja.csv")
	with open(path, encoding="utf-8", newline="") as file:
		assert dict(row[:2] for row in list(csv.reader(file))[: len(everything)]) == phrases.catalogue()


def test_only_the_manager_rewords_phrases(words):
	for client in (words.other_officer, words.section_officer, words.representative, words.guest):
		with pytest.raises(frappe.PermissionError):
			reword(client, "Proposals", "x")
		with pytest.raises(frappe.PermissionError):
			client.call(f"{phrases.__name__}.listed", filters={})
	with pytest.raises(UnknownPhrase):
		reword(words.manager, "No such phrase of ours", "x")


def test_reworded_phrases_are_removed_with_the_app(words):
	reword(words.manager, "Proposals", "みんなの提案")
	other = frappe.get_doc({"doctype": "Translation", "language": "ja", "source_text": "Log in", "translated_text": "入る"}).insert()
	phrases.remove()
	assert not frappe.db.exists("Translation", {"source_text": "Proposals"})
	assert frappe.db.exists("Translation", other.name), "what another hand has written stays"
