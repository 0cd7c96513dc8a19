"""The printed agreement, read back as text: sentences, names, dates, amounts, confirmations and hash."""

import io
import os
import re
import unicodedata
from pathlib import Path

import frappe
import pytest
from pypdf import PdfReader

from kyodo_frappe.common import printing
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership import agreement_paper
from kyodo_frappe.permissions import attachments

DRAFT_MARK = "案"
# characters that share a glyph in the font: which of them a PDF names is chance
ONE_GLYPH = str.maketrans("⺠⻑⽬⽉⽇⾷⼈⼦⾦⽤‧", "民長目月日食人子金用・")


def pages(content: bytes) -> list[str]:
	"""Each page's text, folded, without the breaks that the paper's width makes."""
	if place := os.environ.get("KYODO_KEEP_PDF"):
		Path(place, f"{os.environ['PYTEST_CURRENT_TEST'].split('::')[-1].split(' ')[0]}.pdf").write_bytes(content)
	read = [page.extract_text().translate(ONE_GLYPH) for page in PdfReader(io.BytesIO(content)).pages]
	return [re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)) for text in read]


def folded(text: str) -> str:
	return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def negotiated(town, **more) -> str:
	"""A project with a plan of everything, and the agreement drafted from it."""
	project = town.project()
	doc = frappe.get_doc("Kyodo Project", project)
	doc.update({"form": "協働負担事業", "from_date": "2027-04-01", "to_date": "2028-03-31"})
	doc.set("indicators", [])
	doc.append("indicators", {"indicator": "食堂を開く回数", "unit": "回", "baseline": 4, "target": 24, "measurement": "開催の記録"})
	doc.append("indicators", {"indicator": "食べ残し", "unit": "kg", "baseline": 12.5, "target": 5, "direction": "Lower"})
	doc.set("schedule", [])
	doc.append("schedule", {"period": "令和9年4月", "activity": "会場の下見", "side": "Both"})
	doc.set("income", [])
	for category, description, amount in (("City", "市の負担金", 400000), ("Organisation", "会費から", 123456)):
		doc.append("income", {"category": category, "description": description, "amount": amount})
	doc.update(more)
	doc.save()
	return town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)


def test_concluded_agreement_prints_in_the_usual_form(town):
	name = negotiated(town, organisations=[{"organisation": town.other_organisation}])
	doc = frappe.get_doc("Kyodo Agreement", name)
	doc.parties[1].representative = "代表 一郎"
	doc.append("annexes", {"document": "会場の図面"})
	doc.save()
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	draft = pages(agreement_paper.pdf_of(frappe.get_doc("Kyodo Agreement", name)))
	assert all(page.count(DRAFT_MARK) for page in draft) and "令和年月日" in "".join(draft)
	cycle_steps.confirm(town.section_officer, name, "市民活動課長")
	cycle_steps.confirm(town.representative, name, "代表理事")
	cycle_steps.confirm(town.outsider, name, "会長")
	doc = frappe.get_doc("Kyodo Agreement", name)
	assert doc.workflow_state == "Concluded"
	url = agreement_paper.keep_pdf(name)
	assert url.startswith("/private/") and agreement_paper.keep_pdf(name) == url
	doc.reload()
	content = attachments.stored_pdf(doc)
	found = pages(content)
	text = "".join(found)
	city, first, second = (row.party_name for row in doc.parties)
	for sentence in (
		"協定書みんなの食堂",
		f"{city}(以下「甲」という。)、{first}(以下「乙」という。)及び{second}(以下「丙」という。)は、「みんなの食堂」の実施に関し、次のとおり協定を締結する。",
		"本文中「市」とあるのは甲を、「団体」とあるのは乙及び丙をいう。",
		"協働の形態:協働負担事業",
		"期間:令和9年4月1日から令和10年3月31日まで",
		"(目的)第1条この協定は、",
		"この協定の期間は、令和9年4月1日から令和10年3月31日までとする。",
		"2市の負担額は、400,000円を上限とする。",
		"この協定の成立を証するため、本書3通を作成し、甲、乙及び丙が記名押印の上、各自その1通を保有する。",
		"別紙1役割分担担う側役割",
		"別紙2費用分担負担する側内容金額市市の負担金400,000円団体会費から123,456円市の負担計400,000円団体の負担計123,456円合計523,456円",
		"別紙3事業計画(月別)時期内容担う側令和9年4月会場の下見市・団体",
		"別紙4評価項目と目標値評価項目現状目標測り方食堂を開く回数4回24回以上開催の記録食べ残し12.5kg5kg以下",
		"添付書類1会場の図面",
		"電子的な確認の記録当事者職氏名確認した日時",
		doc.content_hash,
	):
		assert folded(sentence) in text, sentence
	for row in doc.clauses:
		assert folded(f"({row.heading})第{row.idx}条{row.body}") in text, row.heading
	for row in doc.confirmations:
		assert folded(f"{row.party}{row.position}{row.signatory_name}") in text
	assert "None" not in text and text.count("印") >= 3 and "代表者代表一郎印" in text
	assert folded(printing.day(doc.concluded_on)) in text
	for number, page in enumerate(found, start=1):
		assert f"照合値{doc.content_hash[:12]}ページ{number}/{len(found)}" in page
		assert DRAFT_MARK not in page.replace("提案", "")
	# what was kept stays what it was
	frappe.db.set_value("Kyodo Project", doc.project, "project_name", "別の名前")
	assert attachments.stored_pdf(frappe.get_doc("Kyodo Agreement", name)) == content


def test_draft_is_not_stored_and_amendment_names_the_amended_agreement(town):
	name = negotiated(town)
	assert agreement_paper.keep_pdf(name) is None
	conclude(town, name)
	amendment = town.representative.call(
		"kyodo_frappe.partnership.agreement_terms.begin_amendment", agreement=name, reason="回数を増やすため。"
	)
	text = "".join(pages(agreement_paper.pdf_of(frappe.get_doc("Kyodo Agreement", amendment))))
	day = printing.day(frappe.db.get_value("Kyodo Agreement", name, "concluded_on"))
	assert folded("変更協定書") in text
	assert folded(f"これは、{day}付けの協定書({name})の全文を改めるものである。変更の理由は、次のとおりである。回数を増やすため。") in text


def test_minutes_print_the_recognised_roles(town):
	frappe.db.set_value("Kyodo Programme", town.programme, "agreement_optional", 1)
	town.rules_changed()
	project = town.project()
	name = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project, kind="Minutes")
	doc = frappe.get_doc("Kyodo Agreement", name)
	doc.update({"minutes_date": "2026-12-01", "minutes_text": "会場は市が用意する。\n調理は団体が担う。"})
	doc.save()
	text = "".join(pages(agreement_paper.pdf_of(doc)))
	for sentence in (
		"議事録みんなの食堂",
		"協議の日:令和8年12月1日",
		"(双方が確認した事項)会場は市が用意する。調理は団体が担う。",
		"以上のとおり、甲及び乙は、互いの役割を認め合い、この議事録の内容を確認した。",
	):
		assert folded(sentence) in text, sentence


def test_only_readers_of_an_agreement_can_download_it(town):
	name = negotiated(town)
	for client in (town.viewer, town.representative, town.section_officer, town.officer):
		client.call("kyodo_frappe.partnership.agreement_paper.download", agreement=name)
		assert frappe.local.response.filecontent[:4] == b"%PDF" and frappe.local.response.filename == f"{name}.pdf"
	for client in (town.outsider, town.other_section_officer, town.members["npo1"], town.support, town.guest):
		for asked in (name, "KA-99999"):
			with pytest.raises(frappe.PermissionError):
				client.call("kyodo_frappe.partnership.agreement_paper.download", agreement=asked)


def conclude(town, name: str):
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	cycle_steps.confirm(town.section_officer, name, "課長")
	cycle_steps.confirm(town.representative, name, "代表")


def test_desk_prints_the_stored_text(town):
	name = negotiated(town)
	assert frappe.get_meta("Kyodo Agreement").default_print_format == "Kyodo Agreement Text"
	doc = frappe.get_doc("Kyodo Agreement", name)
	with town.section_officer:
		printed = frappe.get_print("Kyodo Agreement", name, "Kyodo Agreement Text", doc=doc)
	assert "次のとおり協定を締結する。" in printed and doc.content_hash in printed and "別紙4" in printed
	# a document of the client's own making counts for nothing
	doc.clauses[0].body = "にせの条文"
	with town.section_officer:
		assert "にせの条文" not in frappe.get_print("Kyodo Agreement", name, "Kyodo Agreement Text", doc=doc)
	with town.outsider, pytest.raises(frappe.PermissionError):
		agreement_paper.agreement_paper(doc)


def test_markup_in_texts_is_escaped_in_print(town):
	"""The PDF renderer would fetch what markup refers to, so no text may become markup."""
	project = town.project()
	doc = frappe.get_doc(
		"Kyodo Agreement", town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	)
	evil = "<img src='file:///etc/passwd'><script>x</script>"
	for part in (doc, *doc.get_all_children()):
		for field in part.meta.fields:
			if field.fieldtype in ("Data", "Small Text", "Text"):
				part.set(field.fieldname, evil)
	text = printing.render("agreement_text", {"paper": agreement_paper.paper_context(doc)})
	assert "<img" not in text and "<script" not in text
	assert text.count("&lt;img") > 10
