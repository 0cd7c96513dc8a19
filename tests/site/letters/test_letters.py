"""A city words its letters itself: subject, list, paragraphs, print format and letter head, each letter type by its own row."""

import subprocess

import frappe
import pytest

from kyodo_frappe.demo import walk
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.letters import wording
from kyodo_frappe.patches import letter_wordings
from kyodo_frappe.programme import presets

LETTER, PROGRAMME = "Kyodo Letter", "Kyodo Programme"
PREVIEW = "kyodo_frappe.letters.issue.preview"
DOT = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"


def reword(town, letter_type: str, **values):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	wording.row_of(doc, letter_type).update(values)
	doc.save()


def turned_down(town) -> str:
	proposal = town.in_step_1()
	town.decided(proposal, "Not Adopted", reasons=walk.REFUSAL)
	return frappe.db.get_value(LETTER, {"proposal": proposal, "letter_type": "Not Adopted"})


def said(letter: str) -> dict:
	return letter_text.letter_context(frappe.get_doc(LETTER, letter))


def text_of(pdf: bytes, tmp_path) -> str:
	(tmp_path / "letter.pdf").write_bytes(pdf)
	done = subprocess.run(["pdftotext", "-layout", tmp_path / "letter.pdf", "-"], capture_output=True, check=True)
	return "".join(done.stdout.decode().split())


def test_a_city_words_the_list_and_the_paragraph_and_issued_letters_keep_theirs(town):
	before = turned_down(town)
	reword(
		town,
		"Not Adopted",
		items="件名: {title}\n根拠：要綱第5条\n受付の番号：{proposal}\n市の負担額：{amount}",
		again="また{desk}へお越しください。",
	)
	after = said(turned_down(town))
	assert [item["label"] for item in after["items"]] == ["件名", "根拠", "受付の番号"], "what is empty is left out"
	assert after["again"] == [f"また{frappe.db.get_value(PROGRAMME, town.programme, 'entrance_name')}へお越しください。"]
	assert "審議の結果" in {item["label"] for item in said(before)["items"]} and "再提案することができます" in said(before)["again"][0]


def test_a_letter_without_a_row_of_its_own_is_refused_by_name_and_nothing_is_half_done(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	walk.decide(town.officer, meeting, proposal, "Not Adopted", reasons=walk.REFUSAL)
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.set("letter_numbering", [row for row in doc.letter_numbering if row.letter_type != "Not Adopted"])
	doc.save()
	frappe.db.savepoint("closing")
	with pytest.raises(frappe.ValidationError, match="通知書「不採択」の文面がありません"):
		walk.close(town.officer, meeting)
	frappe.db.rollback(save_point="closing")
	assert frappe.db.get_value("Kyodo Meeting", meeting, "workflow_state") == "In Session"
	assert not frappe.db.exists(LETTER, {"proposal": proposal, "letter_type": ["!=", "Receipt"]})


@pytest.mark.parametrize(
	("values", "sentence"),
	[
		({"items": "件名：{titel}"}, "{titel}"),
		({"opening": "{nobody}様"}, "{nobody}"),
		({"print_format": "Kyodo Proposal Sheet"}, "印刷様式"),
	],
)
def test_a_mistake_is_refused_when_it_is_saved(town, values, sentence):
	if "print_format" in values:
		values = {"print_format": frappe.db.get_value("Print Format", {"doc_type": ["!=", LETTER]})}
	with pytest.raises(frappe.ValidationError, match="通知書「受付」.*|通知書") as caught:
		reword(town, "Receipt", **values)
	assert sentence in str(caught.value)


def test_two_rows_for_one_letter_are_refused(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.append("letter_numbering", {"letter_type": "Receipt", "prefix": "第"})
	with pytest.raises(frappe.ValidationError, match="二つ"):
		doc.save()


def test_a_print_format_and_a_letter_head_of_the_citys_own(town, tmp_path):
	html = "<h1>{{ letter_context(doc).subject | e }}</h1><p>市独自の様式</p>"
	print_format = frappe.get_doc(
		{
			"doctype": "Print Format",
			"name": "市の通知書",
			"doc_type": LETTER,
			"custom_format": 1,
			"print_format_type": "Jinja",
			"standard": "No",
			"html": html,
		}
	)
	print_format.insert(ignore_permissions=True)
	head = frappe.get_doc({"doctype": "Letter Head", "letter_head_name": "市の頭書", "source": "HTML"}).insert(ignore_permissions=True)
	file = frappe.get_doc(
		{"doctype": "File", "file_name": "紋章.png", "content": DOT, "attached_to_doctype": "Letter Head", "attached_to_name": head.name}
	).insert(ignore_permissions=True)
	frappe.db.set_value(
		"Letter Head", head.name, {"content": f'<p>鎌倉市の紋章</p><img src="{file.file_url}">', "footer": "<p>頭書の末尾</p>"}
	)
	reword(town, "Not Adopted", print_format=print_format.name, letter_head=head.name)
	letter = frappe.get_doc(LETTER, turned_down(town))
	text = text_of(letter_text.letter_pdf(letter), tmp_path)
	for words in ("鎌倉市の紋章", "市独自の様式", "頭書の末尾"):
		assert words in text, words
	assert "data:image/png;base64," in letter_text._with_pictures(f'<img src="{file.file_url}">')
	private = frappe.get_doc({"doctype": "File", "file_name": "秘密.png", "content": DOT, "is_private": 1}).insert(ignore_permissions=True)
	assert private.file_url in letter_text._with_pictures(f'<img src="{private.file_url}">'), "no other file of the site"


def test_a_letter_is_seen_before_it_is_sent_and_seeing_numbers_nothing(town, tmp_path):
	turned_down(town)
	reword(town, "Not Adopted", subject="不採択の通知（改）")
	before = frappe.db.count(LETTER)
	for door in (town.officer, town.manager):
		door.call(PREVIEW, programme=town.programme, letter_type="Not Adopted")
		text = text_of(frappe.local.response.filecontent, tmp_path)
		assert "不採択の通知(改)" in text.replace("（", "(").replace("）", ")") and "見本" in text
	assert frappe.db.count(LETTER) == before
	for door in (town.section_officer, town.representative, town.members["npo1"]):
		with pytest.raises(frappe.PermissionError):
			door.call(PREVIEW, programme=town.programme, letter_type="Not Adopted")


def test_every_row_can_be_seen(town, tmp_path):
	town.project()
	for row in frappe.get_doc(PROGRAMME, town.programme).letter_numbering:
		town.officer.call(PREVIEW, programme=town.programme, letter_type=row.letter_type)
		assert "{" not in text_of(frappe.local.response.filecontent, tmp_path), row.letter_type


def test_existing_sites_get_the_words_that_stood_in_the_code(town):
	letter = turned_down(town)
	frappe.db.set_value(LETTER, letter, {"items": None, "again": None})
	doc = frappe.get_doc(PROGRAMME, town.programme)
	for row in doc.letter_numbering:
		if row.letter_type in ("Change Approved", "Amount Confirmed"):
			frappe.db.delete("Kyodo Letter Numbering", {"name": row.name})
		else:
			row.db_set({"items": None, "again": None})
	frappe.clear_document_cache(PROGRAMME, town.programme)
	letter_wordings.execute()
	letter_wordings.execute()
	doc = frappe.get_doc(PROGRAMME, town.programme)
	assert len(doc.letter_numbering) == len({row.letter_type for row in doc.letter_numbering}) == len(wording.originals())
	assert all(row.get("items") == wording.originals()[row.letter_type]["items"] for row in doc.letter_numbering)
	assert "審議の結果" in {item["label"] for item in said(letter)["items"]}
	doc.save()


def test_what_a_patch_brings_does_not_make_it_the_citys_own(town):
	name = frappe.db.get_value(PROGRAMME, town.programme, "preset")
	with presets.keep_mark(name, town.programme, "letter_numbering"):
		row = frappe.get_doc(PROGRAMME, town.programme).letter_numbering[0]
		row.db_set("items", "別：{title}")
		frappe.clear_document_cache(PROGRAMME, town.programme)
	marks = presets._marks(name)
	assert marks["letter_numbering"]["value"] == presets._hash(
		presets.state_of(frappe.get_doc(PROGRAMME, town.programme), "letter_numbering")
	)
