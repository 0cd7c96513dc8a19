"""Invalid input over REST and through the portal: one message that names the field, no silent changes, no access to files of
others."""

import io
import zipfile

import frappe
import pytest
from PIL import Image
from uploads import pdf

from kyodo_frappe.common import file_types
from kyodo_frappe.common.errors import (
	FileContentMismatch,
	FileNotAccepted,
	InvalidDate,
	InvalidNumber,
	InvalidRequest,
	InvalidValue,
	RowMissing,
)
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.permissions import attachments, field_limits
from kyodo_frappe.permissions.errors import ForeignFile, HTMLNotAllowed, NumberTooLarge, RemoteFile, TextTooLong
from kyodo_frappe.permissions.record_rules import RECORD_RULES

SCRIPT = '<script>alert("1")</script>'
KEPT = "葛󠄀飾区〜－①髙﨑𠮷野家👩‍👩‍👧🎉 a < b かつ c > d、<みんなの食堂> 3<4\n" * 3
PDF = pdf()
EXE = b"MZ\x90\x00" + bytes(200)


def picture(kind: str) -> bytes:
	content = io.BytesIO()
	Image.new("RGB", (4, 4), "red").save(content, kind)
	return content.getvalue()


def archive(*names: str, **texts: str) -> bytes:
	content = io.BytesIO()
	with zipfile.ZipFile(content, "w") as made:
		for name in names:
			made.writestr(name, "x")
		for name, text in texts.items():
			made.writestr(name, text)
	return content.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
ODS = archive(mimetype="application/vnd.oasis.opendocument.spreadsheet")


def refused(act, *args, error: type[Exception] | None = None, **more) -> str:
	"""Return the message of a request that the site refuses, with an error of the class `error` if given."""
	with pytest.raises(Refused) as caught:
		act(*args, **more)
	assert 400 <= caught.value.status < 500, caught.value
	assert len(caught.value.sentences) == 1, caught.value.sentences
	assert error is None or caught.value.exc_type == error.__name__, (caught.value.exc_type, caught.value)
	return caught.value.sentences[0]


def text_fields(doctype: str) -> list:
	"""Return the text fields that the representative may write, except mail addresses, phone numbers and URLs."""
	return [
		field
		for field in frappe.get_meta(doctype).fields
		if field.fieldtype in field_limits.TEXTS and not (field.read_only or field.permlevel or field.options)
	]


@pytest.fixture
def desk(rest_town):
	"""Return (client of the representative over REST, {DocType: name of a draft})."""
	town = rest_town
	organisation = town.representative.insert(
		{"doctype": "Kyodo Organisation", "organisation_name": "下書きの会", "programme": town.programme}
	)["name"]
	records = {"Kyodo Organisation": organisation, "Kyodo Proposal": town.draft()}
	frappe.db.commit()
	return town.over_rest(town.representative), records


# -- texts ---------------------------------------------------------------------------


def test_script_in_any_text_field_is_refused_with_its_label(desk):
	client, records = desk
	for doctype, name in records.items():
		for field in text_fields(doctype):
			sentence = refused(client.update, doctype, name, {field.fieldname: f"あ {SCRIPT}"}, error=HTMLNotAllowed)
			assert frappe._(field.label) in sentence, (doctype, field.fieldname, sentence)


def test_tag_in_a_row_is_refused_with_table_and_row(desk):
	client, records = desk
	rows = [{"role": "受付", "side": "City"}, {"role": "<b>調理</b>", "side": "City"}]
	sentence = refused(client.update, "Kyodo Proposal", records["Kyodo Proposal"], {"roles": rows}, error=HTMLNotAllowed)
	assert "2行目" in sentence


def test_text_without_tags_is_stored_unchanged(desk):
	client, records = desk
	name = records["Kyodo Proposal"]
	assert client.update("Kyodo Proposal", name, {"purpose": KEPT, "needs": KEPT * 1000})["purpose"] == KEPT
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Proposal", name, ["purpose", "needs"]) == (KEPT, KEPT * 1000)
	title = "葛󠄀城の会 🎉〜－①髙 & “食”"
	client.update("Kyodo Organisation", records["Kyodo Organisation"], {"organisation_name": title})
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Organisation", records["Kyodo Organisation"], "organisation_name") == title


def test_control_characters_are_removed(desk):
	client, records = desk
	stored = client.update("Kyodo Proposal", records["Kyodo Proposal"], {"purpose": "一行目\x0b二\x00行目\u2028三"})
	assert stored["purpose"] == "一行目\n二行目\n三"


def test_lone_surrogate_is_removed_or_refused(desk):
	client, records = desk
	try:
		stored = client.update("Kyodo Proposal", records["Kyodo Proposal"], {"purpose": "三\ud83d"})
	except Refused as refusal:  # v16 does not read such a request
		assert refusal.status < 500, refusal
	else:
		assert stored["purpose"] == "三"


def test_too_long_text_is_refused_with_its_limit(desk):
	client, records = desk
	name = records["Kyodo Proposal"]
	lines = "毎週の食堂と学習支援。\n" * 3000
	client.update("Kyodo Proposal", name, {"plan": lines})
	frappe.db.rollback()
	assert frappe.db.get_value("Kyodo Proposal", name, "plan") == lines
	for doctype, values, most in (
		("Kyodo Organisation", {"address": "あ" * 30_000}, "21,845"),
		("Kyodo Organisation", {"organisation_name": "あ" * 141}, "140"),
		("Kyodo Proposal", {"schedule": [{"period": "あ" * 200, "activity": "調理"}]}, "140"),
	):
		sentence = refused(client.update, doctype, records[doctype], values, error=TextTooLong)
		assert most in sentence and "ああ" not in sentence, sentence


# -- numbers and kinds -------------------------------------------------------------------

IMPOSSIBLE = (
	("Kyodo Proposal", {"requested_amount": -1}, frappe.NonNegativeError, "市への要望額"),
	("Kyodo Proposal", {"requested_amount": 10**12}, NumberTooLarge, "市への要望額"),
	("Kyodo Proposal", {"requested_amount": 1e25}, NumberTooLarge, "市への要望額"),
	("Kyodo Proposal", {"requested_amount": "1e400"}, InvalidNumber, "市への要望額"),
	("Kyodo Proposal", {"requested_amount": "NaN"}, InvalidNumber, "市への要望額"),
	("Kyodo Proposal", {"requested_amount": "百万円"}, InvalidNumber, "百万円"),
	("Kyodo Proposal", {"expenses": [{"category": "Travel", "unit_price": -3}]}, frappe.NonNegativeError, "1行目"),
	("Kyodo Proposal", {"expenses": [{"category": "Travel", "unit_price": 9e11, "quantity": 9e11}]}, NumberTooLarge, "1行目"),
	("Kyodo Proposal", {"expenses": [{"category": "Travel", "unit_price": 6e11}] * 2}, NumberTooLarge, "支出合計"),
	("Kyodo Proposal", {"indicators": [{"indicator": "参加者", "target": 1e30}]}, NumberTooLarge, "1行目"),
	("Kyodo Proposal", {"purpose": {"a": 1}}, InvalidValue, ""),
	("Kyodo Proposal", {"roles": {"side": "City"}}, InvalidRequest, "役割分担"),
	("Kyodo Proposal", {"roles": "City"}, InvalidRequest, "役割分担"),
	("Kyodo Proposal", {"roles": ["City"]}, InvalidRequest, "役割分担"),
	("Kyodo Organisation", {"member_count": 3_000_000_000}, NumberTooLarge, "構成員数"),
	("Kyodo Organisation", {"member_count": "たくさん"}, InvalidNumber, "構成員数"),
	("Kyodo Organisation", {"established_on": "2026-13-45"}, InvalidDate, "設立年月日"),
	("Kyodo Organisation", {"established_on": 5}, InvalidDate, "設立年月日"),
)


def test_impossible_value_is_refused_and_nothing_stored(desk):
	client, records = desk
	before = {doctype: frappe.db.get_value(doctype, name, "modified") for doctype, name in records.items()}
	for doctype, values, error, word in IMPOSSIBLE:
		sentence = refused(client.update, doctype, records[doctype], values, error=error)
		assert word in sentence and "Error" not in sentence, (values, sentence)
	frappe.db.rollback()
	assert before == {doctype: frappe.db.get_value(doctype, name, "modified") for doctype, name in records.items()}


def test_invalid_stored_value_does_not_block_other_changes(town):
	"""Values stored by an older version or an import do not block other changes."""
	name = town.draft()
	frappe.db.set_value("Kyodo Proposal", name, "purpose", f"<b>{SCRIPT}</b>")
	assert town.representative.update("Kyodo Proposal", name, {"plan": "新しい計画"})["plan"] == "新しい計画"


# -- attachments: links ---------------------------------------------------------------------


def uploaded(client, doctype: str | None = None, name: str | None = None, content: bytes = PDF, **more) -> dict:
	return client.insert(
		{
			"doctype": "File",
			"file_name": "規約.pdf",
			"attached_to_doctype": doctype,
			"attached_to_name": name,
			"content": content,
			"is_private": 1,
			**more,
		}
	)


def test_file_of_another_record_is_refused(rest_town):
	town = rest_town
	mine, theirs = town.draft(), town.organisation
	frappe.db.commit()
	secret = uploaded(town.representative, "Kyodo Organisation", theirs, pdf("secret"))
	other = town.outsider.insert({"doctype": "Kyodo Organisation", "organisation_name": "よその会"})["name"]
	frappe.db.commit()
	outsider, representative = town.over_rest(town.outsider), town.over_rest(town.representative)
	for url in (secret["file_url"], "/files/x.pdf", "http://example.org/x.pdf", "javascript:alert(1)"):
		refused(outsider.update, "Kyodo Organisation", other, {"rules_attachment": url}, error=ForeignFile)
		refused(outsider.update, "Kyodo Organisation", other, {"attachments": [{"document": "規約", "file": url}]})
	refused(
		representative.update,
		"Kyodo Proposal",
		mine,
		{"expenses": [{"category": "Travel", "unit_price": 1, "estimate": secret["file_url"]}]},
	)
	# nor by a File that is only an address, nor by pointing one's own File elsewhere
	refused(outsider.insert, {"doctype": "File", "file_url": secret["file_url"], "is_private": 1})
	place = {"attached_to_doctype": "Kyodo Organisation", "attached_to_name": other}
	refused(outsider.insert, {"doctype": "File", "file_url": secret["file_url"], "is_private": 1, **place})
	refused(outsider.insert, {"doctype": "File", "file_url": "http://example.org/x", "file_name": "x.pdf", **place})
	own = outsider.insert({"doctype": "File", "file_name": "a.txt", "content": "a", "is_private": 1})["name"]
	refused(outsider.update, "File", own, {"file_url": secret["file_url"]})
	refused(outsider.update, "File", own, {"attached_to_doctype": "Kyodo Organisation", "attached_to_name": theirs})
	there = {"attached_to_doctype": "Kyodo Organisation", "attached_to_name": theirs}
	refused(outsider.insert, {"doctype": "File", "file_name": "b.pdf", "content": "b", **there})
	with pytest.raises(Refused):
		outsider.delete("File", secret["name"])
	listed = outsider.list("File", ["file_url"], filters='{"attached_to_doctype": "Kyodo Organisation"}')
	assert secret["file_url"] not in {row["file_url"] for row in listed}
	frappe.delete_doc("File", own)
	frappe.delete_doc("File", secret["name"])
	frappe.db.commit()


def test_own_upload_is_attached_and_made_private(town):
	name = town.draft()
	for private, content in ((1, pdf("1")), (0, pdf("2"))):
		file = uploaded(town.representative, content=content, is_private=private)
		rows = [{"category": "Travel", "unit_price": 100, "estimate": file["file_url"]}]
		url = town.representative.update("Kyodo Proposal", name, {"expenses": rows})["expenses"][0]["estimate"]
		kept = frappe.get_doc("File", file["name"])
		assert (kept.attached_to_name, kept.is_private, kept.file_url) == (name, 1, url)
		assert file_types.content_of(kept) == content
		with town.editor:
			kept.check_permission("read")
		# saved again with the same value, and from there on by anybody who may write
		town.editor.update("Kyodo Proposal", name, {"plan": f"計画 {private}"})


def test_upload_with_wrong_content_is_refused_when_attached(town):
	file = uploaded(town.representative, content=EXE, file_name="規約.docx")
	with pytest.raises(FileContentMismatch):
		values = {"organisation_name": "新しい会", "rules_attachment": file["file_url"]}
		town.representative.insert({"doctype": "Kyodo Organisation", **values})


def test_reproposal_copies_estimates(town):
	proposal = town.in_step_1()
	with town.representative:
		file = frappe.get_doc({"doctype": "File", "file_name": "見積書.pdf", "content": PDF, "is_private": 1}).insert()
	row = {"category": "Travel", "unit_price": 100, "idx": 1, "parentfield": "expenses", "parenttype": "Kyodo Proposal"}
	frappe.get_doc({"doctype": "Kyodo Expense Line", "parent": proposal, **row, "estimate": file.file_url}).db_insert()
	file.db_set({"attached_to_doctype": "Kyodo Proposal", "attached_to_name": proposal})
	town.decided(proposal, "Not Adopted", reasons=cycle_steps.REFUSAL)
	new = town.representative.call("kyodo_frappe.proposals.proposals.propose_again", proposal=proposal)
	estimates = [row["estimate"] for row in town.representative.read("Kyodo Proposal", new)["expenses"] if row["estimate"]]
	assert estimates and frappe.db.exists("File", {"file_url": estimates[0], "attached_to_name": new, "is_private": 1})


# -- attachments: what comes in ---------------------------------------------------------------


@pytest.mark.parametrize(
	"filename, content",
	[
		("見積.pdf", EXE),
		("見積.pdf", b"<html><script>alert(1)</script>"),
		("写真.jpg", b"<html>"),
		("写真.jpg", picture("PNG")),
		("写真.jpg", picture("JPEG")[:30]),
		("写真.png", b"\x89PNG\r\n\x1a\n" + bytes(40)),
		("予算.docx", archive("a.txt")),
		("予算.xlsx", DOCX),
		("予算.xlsx", b"PK\x03\x04 broken"),
		("予算.ods", archive(mimetype="application/zip")),
		("破損.pdf", PDF[: len(PDF) // 2]),
		("破損.pdf", b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"),
		("図.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
		("頁.html", b"<html>"),
		("run.exe", EXE),
		("規約.pdf.exe", EXE),
		("規約", PDF),
		(".pdf", PDF),
		("", PDF),
		("規約.pdf", b""),
		("大きい.pdf", PDF + bytes(10 * 1024 * 1024)),
	],
	ids=lambda value: value if isinstance(value, str) else "",
)
def test_file_whose_content_does_not_match_is_refused(town, filename, content):
	with town.representative:
		draft = frappe.get_doc("Kyodo Proposal", town.draft())
		organisation = frappe.get_doc({"doctype": "Kyodo Organisation", "organisation_name": "新しい会"}).insert()
		with pytest.raises(FileNotAccepted):
			attachments.attach(organisation, filename=filename, content=content, fieldname="rules_attachment")
	assert not frappe.db.exists("File", {"attached_to_name": ["in", [draft.name, organisation.name]]})
	if filename:  # Frappe has its own words for none
		with pytest.raises((FileNotAccepted, RemoteFile)):
			uploaded(town.representative, "Kyodo Proposal", draft.name, content, file_name=filename)


def test_damaged_pdf_without_record_is_refused_with_a_message(over_rest, town):
	client = over_rest(town.representative)
	for content in (PDF[: len(PDF) // 2], b"%PDF-1.4 nothing", b"a"):
		try:
			kept = uploaded(client, content=content.decode("latin-1"))
		except Refused as refusal:
			assert refusal.status < 500 and refusal.exc_type == FileContentMismatch.__name__, refusal
		else:  # a Frappe that does not look into PDFs takes it, as it takes everything that is not ours
			frappe.delete_doc("File", kept["name"])
	frappe.db.commit()


@pytest.mark.parametrize(
	"filename, content",
	[
		("規約.PDF", PDF),
		("写真.jpeg", picture("JPEG")),
		("写真.png", picture("PNG")),
		("予算.docx", DOCX),
		("予算.ods", ODS),
		("写真.heic", b"\x00\x00\x00\x18ftypheic" + bytes(20)),
	],
)
def test_valid_file_is_attached_and_replaced(town, filename, content):
	if filename.endswith("jpeg"):
		frappe.get_cached_doc("Kyodo Programme", town.programme).db_set("attachment_types", "pdf、jpeg, .JPG")
	with town.representative:
		organisation = frappe.get_doc(
			{"doctype": "Kyodo Organisation", "organisation_name": "新しい会", "programme": town.programme}
		).insert()
		file = attachments.attach(organisation, filename=filename, content=content, fieldname="rules_attachment")
		organisation.reload()
		assert organisation.rules_attachment == file.file_url
		assert (file.is_private, file.attached_to_name) == (1, organisation.name)
		# a second one takes the place of the first
		attachments.attach(organisation, filename="新.pdf", content=pdf("new"), fieldname="rules_attachment")
		assert frappe.get_all("File", {"attached_to_name": organisation.name}, pluck="file_name", order_by="name") == ["新.pdf"]
		attachments.detach(organisation, fieldname="rules_attachment")
		assert not frappe.db.exists("File", {"attached_to_name": organisation.name})


def test_file_is_attached_to_a_row(town):
	with town.representative:
		doc = frappe.get_doc({"doctype": "Kyodo Organisation", "organisation_name": "新しい会"})
		doc.append("attachments", {"document": "会計報告"})
		doc.insert()
		place = {"table": "attachments", "fieldname": "file"}
		file = attachments.attach(doc, filename="会計.pdf", content=PDF, row=doc.attachments[0].name, **place)
		doc.reload()
		assert doc.attachments[0].file == file.file_url
		with pytest.raises(RowMissing):
			attachments.attach(doc, filename="会計.pdf", content=PDF, row="no such row", **place)
		with pytest.raises(frappe.PermissionError):
			attachments.attach(doc, filename="会計.pdf", content=PDF, fieldname="organisation_name")


def test_attaching_requires_write_permission(town):
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	for client in (town.outsider, town.viewer, town.section_officer, town.support):
		with client, pytest.raises(frappe.PermissionError):
			attachments.attach(frappe.get_doc(doc.doctype, doc.name), filename="規約.pdf", content=PDF, fieldname="rules_attachment")
	# and the state of the record counts, as for every other field
	with town.representative, pytest.raises(frappe.PermissionError):
		attachments.attach(frappe.get_doc(doc.doctype, doc.name), filename="規約.pdf", content=PDF, fieldname="rules_attachment")


@pytest.mark.parametrize(
	"typed, kept",
	[
		("令和8年度　事業報告書（案）①髙﨑.pdf", "令和8年度 事業報告書（案）①髙﨑.pdf"),
		("C:\\fakepath\\規約.pdf", "規約.pdf"),
		("../../etc/規約.pdf", "規約.pdf"),
		("fdp\u202eexe.pdf", "fdpexe.pdf"),
		("規約\n\x00.pdf", "規約.pdf"),
		("100%#1?.pdf", "100％＃1？.pdf"),
		("か\u3099っこう.pdf", "がっこう.pdf"),
	],
)
def test_clean_name_of_a_file(typed, kept):
	assert file_types.clean_name(typed) == kept


def test_file_in_use_is_deleted_only_while_the_record_is_editable(town):
	with town.representative:
		doc = frappe.get_doc({"doctype": "Kyodo Organisation", "organisation_name": "新しい会", "organisation_type": "Circle"}).insert()
		file = attachments.attach(doc, filename="規約.pdf", content=PDF, fieldname="rules_attachment")
	frappe.db.set_value("Kyodo Organisation", doc.name, "workflow_state", "Applied")
	with town.representative, pytest.raises(frappe.PermissionError):
		frappe.delete_doc("File", file.name)
	frappe.db.set_value("Kyodo Organisation", doc.name, "workflow_state", "Draft")
	with town.editor, pytest.raises(frappe.PermissionError):
		frappe.delete_doc("File", file.name)
	with town.representative:
		frappe.delete_doc("File", file.name)


def test_former_member_cannot_open_own_upload(town):
	with town.representative:
		doc = frappe.get_doc({"doctype": "Kyodo Organisation", "organisation_name": "新しい会"}).insert()
		file = attachments.attach(doc, filename="規約.pdf", content=PDF, fieldname="rules_attachment")
		file.check_permission("read")
	frappe.db.delete("Kyodo Organisation Member", {"parent": doc.name, "user": town.representative.user})
	frappe.db.set_value("Kyodo Organisation", doc.name, "owner", town.editor.user)
	frappe.local.request_cache.clear()
	with town.representative, pytest.raises(frappe.PermissionError):
		frappe.get_doc("File", file.name).check_permission("read")


def test_long_file_name_is_shortened(town):
	name = file_types.clean_name("議" * 300 + ".pdf")
	assert len(name) == 80 and name.endswith("議.pdf")
	assert len(file_types.clean_name("𠮷" * 300 + ".docx").encode()) <= file_types.MAX_NAME_BYTES
	with town.representative:
		doc = frappe.get_doc({"doctype": "Kyodo Organisation", "organisation_name": "新しい会"}).insert()
		file = attachments.attach(doc, filename="100% " + "議" * 300 + ".pdf", content=pdf("long"), fieldname="rules_attachment")
		assert file_types.content_of(frappe.get_doc("File", file.name)) == pdf("long")


def test_all_doctypes_validate_field_limits():
	hooks = frappe.get_hooks("doc_events")
	for doctype in RECORD_RULES:
		assert "kyodo_frappe.permissions.field_limits.validate" in hooks[doctype]["validate"]
