"""The papers of records (書類): which there are, what they say, for whom; the print view and a city's own format say the same."""

import io
import re
import unicodedata

import frappe
import pytest
from frappe.www.printview import get_html_and_style
from pypdf import PdfReader

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.web import papers
from kyodo_frappe.web.errors import InvalidPaperForm

MEETING, REVIEW, PROPOSAL = "Kyodo Meeting", "Kyodo Review", "Kyodo Proposal"
# characters that share a glyph in the font: which of them a PDF names is chance
ONE_GLYPH = str.maketrans("⺠⻑⽬⽉⽇⾷⼈⼦⾦⽤‧⾏⼀⼆⽂⼝⼩⼤⼒⽴⽣⽅⾒⽐⾃", "民長目月日食人子金用・行一二文口小大力立生方見比自")


def folded(text: str) -> str:
	return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text.translate(ONE_GLYPH)))


def pdf_text(content: bytes) -> str:
	return folded("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def shown(client, paper: str, name: str) -> str:
	"""The text of a paper as a login gets it."""
	with client:
		return pdf_text(papers.show(paper, name).get_data())


def listed(client, doctype: str, name: str) -> list[str]:
	with client:
		return [row["id"] for row in papers.of_record(doctype, name)]


def has_all(text: str, *parts: str):
	missing = [part for part in parts if folded(part) not in text]
	assert not missing, (missing, text)


def has_none(text: str, *parts: str):
	assert not [part for part in parts if folded(part) in text], text


@pytest.fixture
def held(town):
	"""(meeting, proposal, other proposal): npo1 has marked, npo2 steps aside for the first one, which is passed on."""
	proposal, other = town.in_step_1(), town.in_step_1()
	frappe.db.set_value(PROPOSAL, other, "title", "もう一つの提案")
	name = town.meeting(proposal, other)
	item = frappe.get_doc(MEETING, name).agenda[0].name
	town.members["npo2"].call("kyodo_frappe.committee.interests.declare", meeting=name, agenda_item=item, reason="会の会員である")
	return name, proposal, other


def test_papers_of_a_meeting(town, held):
	name, proposal, _other = held
	assert listed(town.officer, MEETING, name) == ["agenda", "meeting-papers", "score-sheets-blank"]
	text = shown(town.officer, "agenda", name)
	has_all(text, "次第", "みんなの食堂", "みんなの食卓の会", town.section, "npo1", "未回答", "傍聴")
	check_score_sheets(town, name, proposal)
	cycle_steps.open_session(town.officer, name, absent=(town.members["city2"].user,))
	cycle_steps.decide(town.officer, name, proposal, "Passed to Step 2", advice="市との役割を詰めること。")
	meeting = frappe.get_doc(MEETING, name)
	meeting.agenda[1].postponed = 1
	with town.officer:
		meeting.save()
	cycle_steps.close(town.officer, name)
	check_results_and_minutes(town, name, proposal)


def check_score_sheets(town, name: str, proposal: str):
	blank = shown(town.officer, "score-sheets-blank", name)
	has_all(blank, "採点表(記入用)", "もう一つの提案", "みんなの食堂", "委員の氏名", "総合意見")
	# who steps aside gets no sheet on that item; a section has no papers of a meeting at all
	aside = shown(town.members["npo2"], "score-sheets-blank", name)
	has_all(aside, "もう一つの提案")
	has_none(aside, "みんなの食堂")
	with pytest.raises(frappe.PermissionError):
		listed(town.section_officer, MEETING, name)
	# one has marked: their own sheet for them, nothing for others and the office until all are in
	first = town.members["npo1"]
	review = frappe.db.get_value(REVIEW, {"meeting": name, "proposal": proposal, "member": first.user})
	codes = [row.criterion for row in frappe.get_doc(REVIEW, review).marks]
	cycle_steps.mark(first, review, dict.fromkeys(codes, "○"), comment="続けやすい計画である")
	has_all(shown(first, "score-sheets", name), "続けやすい計画である", "総合点")
	assert "score-sheets" not in listed(town.officer, MEETING, name)
	with pytest.raises(frappe.DoesNotExistError):
		shown(town.members["city1"], "score-sheets", name)
	for who in ("city1", "city2"):
		own = frappe.db.get_value(REVIEW, {"meeting": name, "proposal": proposal, "member": town.members[who].user})
		cycle_steps.mark(town.members[who], own, dict.fromkeys(codes, "△"), comment=f"{who}の意見")
	has_all(shown(town.officer, "score-sheets", name), "続けやすい計画である", "city1の意見", "city2の意見")
	has_none(shown(first, "score-sheets", name), "city1の意見")


def check_results_and_minutes(town, name: str, proposal: str):
	decision = frappe.get_doc("Kyodo Decision", {"meeting": name, "proposal": proposal})
	text = shown(town.officer, "results", name)
	present = sum(row.present for row in frappe.get_doc(MEETING, name).attendance)
	asked = sum(frappe.db.get_value(PROPOSAL, row.proposal, "requested_amount") for row in frappe.get_doc(MEETING, name).agenda)
	has_all(text, "審査結果一覧", "みんなの食堂", f"{asked:,.0f}円", f"出席した委員{present}人", "もう一つの提案", "点数")
	assert decision.average_score and folded(f"{decision.average_score:.4g}"[:3]) in text
	# the points of a decision belong to the office while the programme does not publish them
	frappe.db.set_value("Kyodo Programme", town.programme, "publish_scores", 0)
	frappe.clear_document_cache("Kyodo Programme", town.programme)
	has_none(shown(town.members["npo1"], "results", name), "点数")
	text = shown(town.officer, "minutes", name)
	has_all(text, "議事録", "議題1", "みんなの食堂", "市との役割を詰めること。", "議事録の案")
	aside = shown(town.members["npo2"], "minutes", name)
	has_none(aside, "市との役割を詰めること。")
	has_all(aside, "議題2")


def test_papers_of_a_project(town):
	project = town.running()
	for table in ("income", "expenses"):
		frappe.db.delete(frappe.get_meta("Kyodo Project").get_field(table).options, {"parent": project, "parentfield": table})
	doc = frappe.get_doc("Kyodo Project", project)
	assert "project-budget" not in listed(town.officer, "Kyodo Project", project)
	with pytest.raises(frappe.DoesNotExistError):
		shown(town.officer, "project-budget", project)
	for category, amount in (("City", 400000), ("Organisation", 56789)):
		row = doc.append("income", {"category": category, "description": f"{category}の分", "amount": amount})
		row.db_insert()
	row = doc.append("expenses", {"category": "Materials", "description": "食材", "unit_price": 500, "quantity": 900, "amount": 450000})
	row.eligible = 1
	row.db_insert()
	text = shown(town.section_officer, "project-budget", project)
	has_all(text, "収支予算書", "56,789円", "456,789円", "食材", "500円", "900", "450,000円", "6,789円")
	has_all(text, "収入と支出の計が一致していません")
	agreement = frappe.db.get_value("Kyodo Agreement", {"project": project})
	has_all(shown(town.representative, "agreement", agreement), "電子的な確認の記録", "代表")
	with pytest.raises(frappe.PermissionError):
		shown(town.outsider, "project-budget", project)
	with pytest.raises(frappe.PermissionError):
		listed(town.officer, "User", town.officer.user)


def test_settlement_of_a_report(town):
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	name = frappe.db.get_value("Kyodo Report", {"project": project})
	if not name:
		pytest.fail("a completed project has a report")
	cycle_steps.fill_report(town.representative, name)
	report = frappe.get_doc("Kyodo Report", name)
	text = shown(town.representative, "settlement", name)
	has_all(text, "収支精算書", report.project_name, f"{report.total_cost:,.0f}円", f"{report.eligible_cost:,.0f}円")
	has_all(text, f"{report.granted_amount:,.0f}円", f"{report.settled_amount:,.0f}円", "認定額", "支払済みの額")
	assert listed(town.officer, "Kyodo Report", name) == ["report", "settlement"]


def test_evaluation_of_both_sides_only_when_released(town):
	evaluation, city, organisation = town.evaluation()
	count = len(frappe.get_doc("Kyodo Evaluation Sheet", city).marks)
	cycle_steps.submit_sheet(town.section_officer, city, [2] * count)
	for client in (town.officer, town.section_officer, town.representative):
		assert "evaluation" not in listed(client, "Kyodo Evaluation Round", evaluation)
	cycle_steps.submit_sheet(town.representative, organisation, [5] * count)
	cycle_steps.record_dialogue((town.section_officer, town.representative), evaluation, "役割の受け止めが違っていた。")
	for client in (town.officer, town.section_officer, town.representative):
		text = shown(client, "evaluation", evaluation)
		has_all(text, "相互評価シート", "差の大きい順", "役割の受け止めが違っていた。")


def test_certificate_preview_print_view_and_own_format(town):
	name = town.organisation
	doc = frappe.get_doc("Kyodo Organisation", name)
	text = shown(town.officer, "registration-certificate", name)
	has_all(text, "登録証", "みんなの食卓の会", name, "登録したことを証します")
	with town.officer:
		kept = papers.show("registration-certificate", name, download="1")
		view = get_html_and_style(doc="Kyodo Organisation", name=name, print_format="Kyodo Registration Certificate")["html"]
	assert kept.headers["Content-Disposition"].startswith("attachment") and pdf_text(kept.get_data()) == text
	printed = folded(re.sub(r"<style.*?</style>|<[^>]+>", "", view, flags=re.DOTALL))
	has_all(printed, "登録証", "みんなの食卓の会", "登録したことを証します")
	own = frappe.get_doc(
		{
			"doctype": "Print Format",
			"name": f"{town.tag} 登録証",
			"doc_type": "Kyodo Organisation",
			"custom_format": 1,
			"print_format_type": "Jinja",
			"standard": "No",
			"html": '{% set paper = paper_of(doc, "registration-certificate") %}<p>わが市の{{ paper.title }} {{ paper.organisation | e }}</p>',
		}
	).insert(ignore_permissions=True)
	programme = frappe.get_doc("Kyodo Programme", doc.programme)
	row = {"code": "Certificate of Registration", "title": "団体登録証", "number": "第9号様式", "print_format": own.name}
	programme.append("paper_forms", row)
	programme.save()
	frappe.clear_document_cache("Kyodo Programme", doc.programme)
	has_all(shown(town.officer, "registration-certificate", name), "わが市の団体登録証みんなの食卓の会")
	frappe.clear_document_cache("Kyodo Programme", doc.programme)
	own.db_set("doc_type", "Kyodo Report")
	with pytest.raises(InvalidPaperForm, match="「登録証」"):
		programme.save()
	# a record that the client makes up is not printed: the stored one is
	forged = frappe.get_doc("Kyodo Organisation", name)
	forged.organisation_name = "にせの会"
	with town.officer:
		assert papers.paper_of(forged, "registration-certificate")["organisation"] == "みんなの食卓の会"
