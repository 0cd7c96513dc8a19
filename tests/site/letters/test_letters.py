"""Letters in a city's own wording: texts, print format and letter head of each letter type."""

import subprocess

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.letters import wording
from kyodo_frappe.letters.errors import DuplicateWording, InvalidWording, MissingWording
from kyodo_frappe.patches import letter_wordings, mayor_once
from kyodo_frappe.programme import city_words, presets

LETTER, PROGRAMME = "Kyodo Letter", "Kyodo Programme"
PREVIEW = "kyodo_frappe.letters.issue.preview"
DOT = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\nIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\r\n-\xb4\x00\x00\x00\x00IEND\xaeB`\x82"


def set_wording(town, letter_type: str, **values):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	wording.find_row(doc, letter_type).update(values)
	doc.save()


def refusal_letter(town) -> str:
	proposal = town.in_step_1()
	town.decided(proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	return frappe.db.get_value(LETTER, {"proposal": proposal, "letter_type": "Not Adopted"})


def context_of_letter(letter: str) -> dict:
	return letter_text.letter_context(frappe.get_doc(LETTER, letter))


def text_of(pdf: bytes, tmp_path) -> str:
	(tmp_path / "letter.pdf").write_bytes(pdf)
	done = subprocess.run(["pdftotext", "-layout", tmp_path / "letter.pdf", "-"], capture_output=True, check=True)
	return "".join(done.stdout.decode().split())


def test_reworded_letter_leaves_issued_letters_unchanged(town):
	before = refusal_letter(town)
	set_wording(
		town,
		"Not Adopted",
		items="件名: {title}\n根拠：要綱第5条\n受付の番号：{proposal}\n市の負担額：{amount}",
		again="また{desk}へお越しください。",
	)
	after = context_of_letter(refusal_letter(town))
	assert [item["label"] for item in after["items"]] == ["件名", "根拠", "受付の番号"], "empty lines are left out"
	assert after["again"] == [f"また{frappe.db.get_value(PROGRAMME, town.programme, 'entrance_name')}へお越しください。"]
	assert (
		"審議の結果" in {item["label"] for item in context_of_letter(before)["items"]}
		and "再提案することができます" in context_of_letter(before)["again"][0]
	)


def test_closing_is_refused_without_wording_of_the_letter(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	cycle_steps.decide(town.officer, meeting, proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.set("letter_numbering", [row for row in doc.letter_numbering if row.letter_type != "Not Adopted"])
	doc.save()
	frappe.db.savepoint("closing")
	with pytest.raises(MissingWording, match="不採択"):
		cycle_steps.close(town.officer, meeting)
	frappe.db.rollback(save_point="closing")
	assert frappe.db.get_value("Kyodo Meeting", meeting, "workflow_state") == "In Session"
	assert not frappe.db.exists(LETTER, {"proposal": proposal, "letter_type": ["!=", "Receipt"]})


@pytest.mark.parametrize(
	("values", "cause"),
	[
		({"items": "件名：{titel}"}, "{titel}"),
		({"opening": "{nobody}様"}, "{nobody}"),
		({"print_format": "Kyodo Proposal Sheet"}, None),
	],
)
def test_invalid_wording_is_refused_on_save(town, values, cause):
	if "print_format" in values:
		cause = frappe.db.get_value("Print Format", {"doc_type": ["!=", LETTER]})
		values = {"print_format": cause}
	with pytest.raises(InvalidWording, match="受領書") as caught:
		set_wording(town, "Receipt", **values)
	assert cause in str(caught.value)


def test_duplicate_wording_is_refused(town):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.append("letter_numbering", {"letter_type": "Receipt", "prefix": "第"})
	with pytest.raises(DuplicateWording):
		doc.save()


def test_letter_uses_own_print_format_and_letter_head(town, tmp_path):
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
	set_wording(town, "Not Adopted", print_format=print_format.name, letter_head=head.name)
	letter = frappe.get_doc(LETTER, refusal_letter(town))
	text = text_of(letter_text.letter_pdf(letter), tmp_path)
	for words in ("鎌倉市の紋章", "市独自の様式", "頭書の末尾"):
		assert words in text, words
	assert "data:image/png;base64," in letter_text._embed_images(f'<img src="{file.file_url}">')
	private = frappe.get_doc({"doctype": "File", "file_name": "秘密.png", "content": DOT, "is_private": 1}).insert(ignore_permissions=True)
	assert private.file_url in letter_text._embed_images(f'<img src="{private.file_url}">'), "other files of the site are not embedded"


def test_preview_issues_no_number(town, tmp_path):
	refusal_letter(town)
	set_wording(town, "Not Adopted", subject="不採択の通知（改）")
	before = frappe.db.count(LETTER)
	for client in (town.officer, town.manager):
		client.call(PREVIEW, programme=town.programme, letter_type="Not Adopted")
		text = text_of(frappe.local.response.filecontent, tmp_path)
		assert "不採択の通知(改)" in text.replace("（", "(").replace("）", ")") and "見本" in text
	assert frappe.db.count(LETTER) == before
	for client in (town.section_officer, town.representative, town.members["npo1"]):
		with pytest.raises(frappe.PermissionError):
			client.call(PREVIEW, programme=town.programme, letter_type="Not Adopted")


def test_every_wording_has_a_preview(town, tmp_path):
	town.project()
	for row in frappe.get_doc(PROGRAMME, town.programme).letter_numbering:
		town.officer.call(PREVIEW, programme=town.programme, letter_type=row.letter_type)
		assert "{" not in text_of(frappe.local.response.filecontent, tmp_path), row.letter_type


def test_patch_says_the_mayor_once(town):
	"""The sender of most letters moves to the programme; a letter with a sender of its own keeps it, and the preset knows its rows."""
	rows = frappe.get_all("Kyodo Letter Numbering", {"parent": town.programme}, pluck="name", order_by="idx")
	for name in rows:
		frappe.db.set_value("Kyodo Letter Numbering", name, "sender", "鎌倉市長")
	frappe.db.set_value("Kyodo Letter Numbering", rows[0], "sender", "鎌倉市民活動課長")
	frappe.db.set_value("Kyodo Programme", town.programme, "mayor_title", None)
	frappe.clear_document_cache("Kyodo Programme", town.programme)
	for _twice in range(2):
		mayor_once.execute()
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	assert doc.mayor_title == "鎌倉市長" and [row.sender for row in doc.letter_numbering if row.sender] == ["鎌倉市民活動課長"]
	assert city_words.mayor(doc) == "鎌倉市長"


def test_patch_adds_default_wordings(town):
	letter = refusal_letter(town)
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
	assert len(doc.letter_numbering) == len({row.letter_type for row in doc.letter_numbering}) == len(wording.default_wordings())
	assert all(row.get("items") == wording.default_wordings()[row.letter_type]["items"] for row in doc.letter_numbering)
	assert "審議の結果" in {item["label"] for item in context_of_letter(letter)["items"]}
	doc.save()


def test_patched_wording_counts_as_unchanged(town):
	name = frappe.db.get_value(PROGRAMME, town.programme, "preset")
	with presets.keep_mark(name, town.programme, "letter_numbering"):
		row = frappe.get_doc(PROGRAMME, town.programme).letter_numbering[0]
		row.db_set("items", "別：{title}")
		frappe.clear_document_cache(PROGRAMME, town.programme)
	marks = presets._marks(name)
	assert marks["letter_numbering"]["value"] == presets._hash(
		presets.state_of(frappe.get_doc(PROGRAMME, town.programme), "letter_numbering")
	)
