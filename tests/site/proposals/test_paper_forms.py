"""様式: number and title of the city, headings of the programme, and permissions for printing."""

import io
import json
import unicodedata

import frappe
import pytest
from portal_client import acting, visit
from pypdf import PdfReader

from kyodo_frappe.programme import form as declared
from kyodo_frappe.proposals import excel_actions, paper_forms

SCRIPT = "<script>alert(1)</script>"
PRINTS = {
	"Kyodo Proposal": "Kyodo Proposal Form",
	"Kyodo Organisation": "Kyodo Organisation Form",
	"Kyodo Project": "Kyodo Project Plan Form",
	"Kyodo Report": "Kyodo Report Form",
	"Kyodo Evaluation Sheet": "Kyodo Evaluation Form",
}


def printed(client, doctype: str, name: str) -> str:
	"""What the desk's print view shows."""
	from frappe.www.printview import get_rendered_template

	with client:
		doc = frappe.get_doc(doctype, name)
		return get_rendered_template(doc, print_format=frappe.get_doc("Print Format", PRINTS[doctype]), meta=doc.meta)


def number(programme: str, code: str, number: str, title: str):
	doc = frappe.get_doc("Kyodo Programme", programme)
	doc.set("paper_forms", [row for row in doc.paper_forms if row.code != code])
	if title:
		doc.append("paper_forms", {"code": code, "number": number, "title": title})
	doc.save()


def test_proposal_form_has_number_and_headings_of_the_programme(town):
	name = town.submitted()
	doc = frappe.get_doc("Kyodo Proposal", name)
	doc.append("expenses", {"category": "Consumables", "description": "お米", "unit_price": 3000, "quantity": 20, "eligible": 1})
	doc.db_set("purpose", f"一行目\n{SCRIPT}")
	for row in doc.expenses:
		row.db_insert() if row.is_new() else None
	number(town.programme, "Proposal", "第9号様式（第3条関係）", "協働提案の書")
	pdf = PdfReader(io.BytesIO(paper_forms.pdf_of(frappe.get_doc("Kyodo Proposal", name))))
	text = unicodedata.normalize("NFKC", "".join(page.extract_text() for page in pdf.pages))
	for words in ("第9号様式(第3条関係)", "協働提案の書", "みんなの食堂", "令和", "様", SCRIPT, "お米", "3,000円"):
		assert unicodedata.normalize("NFKC", words) in text, words
	form = paper_forms.form_of(frappe.get_doc("Kyodo Proposal", name))
	headings = [item.label for item in declared.steps_of(frappe.get_doc("Kyodo Proposal", name))["sheet"]]
	assert [block["heading"] for block in form.blocks if block.get("number")] == headings
	page = printed(town.officer, "Kyodo Proposal", name)
	assert SCRIPT not in page and "&lt;script&gt;" in page and "第9号様式" in page
	assert "http://" not in page and "/assets/" not in page
	number(town.programme, "Proposal", "", "")
	form = paper_forms.form_of(frappe.get_doc("Kyodo Proposal", name))
	assert (form.number, form.title, form.draft) == ("", "協働事業提案書", "")
	assert paper_forms.form_of(frappe.get_doc("Kyodo Proposal", town.draft())).draft


def test_each_form_prints_for_permitted_users_only(town):
	project = town.running()
	evaluation, city_sheet, organisation_sheet = town.evaluation()
	number(town.programme, "Project Plan", "第3号様式", "計画書")
	plan = frappe.get_doc("Kyodo Project", project)
	assert "第3号様式" in printed(town.section_officer, "Kyodo Project", project)
	report = frappe.get_all(
		"Kyodo Report", {"project": frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")}, pluck="name", order_by="name"
	)
	for doctype, name, client in (
		("Kyodo Organisation", town.organisation, town.representative),
		("Kyodo Project", plan.name, town.representative),
		("Kyodo Evaluation Sheet", organisation_sheet, town.representative),
		("Kyodo Evaluation Sheet", city_sheet, town.section_officer),
		*((("Kyodo Report", report[0], town.section_officer),) if report else ()),
	):
		page = printed(client, doctype, name)
		# the desk's own style sheet pulls every “row” out over both edges of the paper
		assert 'class="paper formal form"' in page and 'class="row"' not in page
		assert frappe.get_meta(doctype).default_print_format == PRINTS[doctype]  # what the button in the desk prints
		for other in (town.outsider, town.guest):
			with pytest.raises(frappe.PermissionError), other:
				paper_forms.paper_form(frappe._dict(doctype=doctype, name=name))
	page = printed(town.representative, "Kyodo Evaluation Sheet", organisation_sheet)
	assert evaluation in page and organisation_sheet not in page
	# no side prints the other's sheet, and a document of a client's own making brings nothing
	for client, sheet in ((town.representative, city_sheet), (town.section_officer, organisation_sheet), (town.officer, city_sheet)):
		with pytest.raises(frappe.PermissionError), client:
			paper_forms.paper_form(frappe.get_doc({"doctype": "Kyodo Evaluation Sheet", "name": sheet, "side": "City"}))


def test_restricted_people_and_documents_are_printed_for_permitted_users_only(town):
	project = frappe.get_doc("Kyodo Project", town.project())
	project.append("people", {"side": "Organisation", "person_name": "電話 係子", "duty": "受付", "contact": "090-0000-0000"})
	project.save()
	assert "電話 係子" in json.dumps(_blocks(town.representative, project), ensure_ascii=False)
	# the committee reads the project, not the people
	assert "電話 係子" not in json.dumps(_blocks(town.members["npo1"], project), ensure_ascii=False)
	organisation = frappe.get_doc("Kyodo Organisation", town.organisation)
	assert "会員 二郎" not in json.dumps(_blocks(town.officer, organisation), ensure_ascii=False)


def _blocks(client, doc) -> list:
	with client:
		return paper_forms.form_of(frappe.get_doc(doc.doctype, doc.name)).blocks


def test_report_form_shows_the_settlement(town):
	project = town.running()
	report = frappe.get_doc(
		{
			"doctype": "Kyodo Report",
			"project": project,
			"fiscal_year": 2026,
			"report_kind": "Final",
			"programme": town.programme,
			"summary": "12回開いた。",
		}
	)
	report.update({"granted_amount": 400000, "settled_amount": 380000, "unused_amount": 20000, "refund_amount": 20000})
	report.append("settlement", {"category": "消耗品費", "budget": 400000, "actual": 380000, "recognised": 380000})
	report.project_name = "みんなの食堂"
	form = paper_forms.form_of(report)
	shown = json.dumps(form.blocks, ensure_ascii=False)
	for words in ("12回開いた。", "交付決定額", "400,000円", "不用額", "20,000円", "返還する額"):
		assert words in shown, words


def test_a_report_s_tables_have_the_headings_of_its_form(town):
	report = _full_report(town)
	blocks = {block["heading"]: block for block in paper_forms.form_of(report).blocks if "heading" in block}
	assert blocks["実施状況"]["head"] == ("時期", "計画", "実施", "内容")
	assert blocks["成果の指標（目標と実績）"]["head"] == ("指標", "現状", "目標", "実績", "達成")
	assert blocks["成果の指標（目標と実績）"]["rows"] == [[["ごみ"], ["100kg"], ["50kg以下"], ["40kg"], ["120％　達成"]]]
	assert blocks["収支決算（支出）"]["head"][-1] == "対象と認める額" and blocks["収支決算（支出）"]["foot"][0] == "計"
	assert blocks["収支決算（収入）"]["rows"] == [[["市"], ["負担金"], ["400,000円"], ["0円"]]]
	assert list(blocks)[-1] == "写真と添付書類" and blocks["写真と添付書類"]["lines"] == ["写真（y.pdf）"]
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	for row in programme.form_fields:
		if (row.form, row.fieldname) == ("Report", "schedule"):
			row.label_text, row.table_columns = "月々の歩み", "period：月\nactivity\ndone\nresult：できたこと"
		if (row.form, row.fieldname) == ("Report", "income"):
			row.on_paper = 0
	programme.save()
	report.programme_version = None
	frappe.db.set_value("Kyodo Project", report.project, "programme_version", None)
	blocks = {block["heading"]: block for block in paper_forms.form_of(report).blocks if "heading" in block}
	head = blocks["月々の歩み"]["head"]
	assert (head[0], head[-1]) == ("月", "できたこと") and "実施状況" not in blocks and "収支決算（収入）" not in blocks


def test_papers_are_japanese_on_an_english_desk(town):
	project = frappe.get_doc("Kyodo Project", town.running())
	project.append("risks", {"risk": "雨", "measure": "屋内", "side": "Both"})
	records = [
		frappe.get_doc("Kyodo Proposal", town.draft()),
		frappe.get_doc("Kyodo Organisation", town.organisation),
		project,
		_full_report(town),
	]
	records.append(frappe.get_doc("Kyodo Evaluation Sheet", town.evaluation()[1]))
	japanese = [dict(paper_forms.form_of(doc)) for doc in records]
	frappe.local.lang = "en"
	try:
		assert [dict(paper_forms.form_of(doc)) for doc in records] == japanese
		with pytest.raises(frappe.DoesNotExistError):
			paper_forms.form_of(records[-1].update({"evaluation_round": "KE-0"}))
		assert frappe.local.lang == "en"
	finally:
		frappe.local.lang = "ja"
	assert records[2].from_date and "から" in str(japanese[2]["blocks"]) and "心配なことと備え" in str(japanese[2]["blocks"])


def _full_report(town):
	report = frappe.get_doc(
		{"doctype": "Kyodo Report", "project": town.running(), "fiscal_year": 2026, "report_kind": "Final", "programme": town.programme}
	)
	report.update({"summary": "12回開いた。", "completed_on": "2027-03-01", "payable_amount": 500})
	report.append("schedule", {"period": "令和8年6月", "activity": "準備", "side": "Both", "done": "Partly", "result": "した"})
	report.append("indicators", {"indicator": "ごみ", "unit": "kg", "baseline": 100, "target": 50, "actual": 40, "direction": "Lower"})
	report.append("income", {"category": "City", "description": "負担金", "budget": 400000})
	report.append("settlement", {"category": "消耗品費", "budget": 400000, "actual": 380000, "recognised": 380000})
	report.append("photos", {"document": "写真", "file": "/private/files/y.pdf"})
	return report


def test_portal_sends_the_forms_as_pdf(town):
	project = town.running()
	evaluation, _city_sheet, sheet = town.evaluation()
	report = frappe.get_all("Kyodo Report", {"organisation": town.organisation}, pluck="name", order_by="name")
	user = town.representative.user
	for page, kind, name, query in (
		("my/organisation", "organisation", town.organisation, {"name": town.organisation}),
		(f"my/projects/{project}/plan", "plan", project, {}),
		(f"my/evaluations/{evaluation}", "evaluation", sheet, {}),
		*((f"my/reports/{name}", "report", name, {}) for name in report[:1]),
	):
		status, shown = visit(user, page, **query)
		assert status == 200 and f"form_pdf?kind={kind}&amp;name={name}" in shown, page
		with acting(town.outsider.user, {}), pytest.raises(frappe.PermissionError):
			excel_actions.form_pdf(name, kind)
	with acting(user, {}):
		excel_actions.form_pdf(sheet, "evaluation")
	assert frappe.local.response.filecontent.startswith(b"%PDF")
