"""The annual report: filled with what is published, edited by the office, printed, published once as a file for everybody."""

import datetime
import re
from collections import Counter

import frappe
import pytest
from portal_client import visit

from kyodo_frappe.common.errors import ReportIsPublished
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import yearly_figures
from kyodo_frappe.front.annual import facts, paper, published, reports

from ..web.test_papers import has_all, has_none, pdf_text, shown

REPORT, PROJECT, PROPOSAL, ROUND = "Kyodo Annual Report", "Kyodo Project", "Kyodo Proposal", "Kyodo Evaluation Round"
SECRET = "公開していない文章"
# a fiscal year asks the exchanges of its projects; of one table each question is another one
PER_YEAR, MOST_OF_A_TABLE = 20, 8


@pytest.fixture
def year(town):
	"""(fiscal year, project): one published project with a published evaluation; another one, a proposal and a meeting are not."""
	evaluation, city, organisation = town.evaluation()
	count = len(frappe.get_doc("Kyodo Evaluation Sheet", city).marks)
	cycle_steps.submit_sheet(town.section_officer, city, [3] * count)
	cycle_steps.submit_sheet(town.representative, organisation, [5] * count)
	values = {"workflow_state": "Published", "dialogue": "準備の時期を早めることにした。", "published_on": "2027-06-01 10:00:00"}
	frappe.db.set_value(ROUND, evaluation, values)
	project = frappe.db.get_value(ROUND, evaluation, "project")
	fiscal_year = frappe.db.get_value(ROUND, evaluation, "fiscal_year")
	begun = {"published": 1, "public_summary": "子どもと大人が食卓を囲む。", "fiscal_year": fiscal_year}
	frappe.db.set_value(
		PROJECT, project, {**begun, "from_date": datetime.date(fiscal_year, 5, 1), "to_date": datetime.date(fiscal_year + 1, 3, 31)}
	)
	hidden = town.project()
	frappe.db.set_value(PROJECT, hidden, {"project_name": SECRET, "published": 0, "public_summary": SECRET, "fiscal_year": fiscal_year})
	public, unseen = town.submitted(), town.submitted()
	shared = {"fiscal_year": fiscal_year, "workflow_state": "Not Adopted"}
	frappe.db.set_value(PROPOSAL, public, {**shared, "publish_consent": 1, "title": "公開した提案", "received_on": "2026-05-01 09:00:00"})
	frappe.db.set_value(PROPOSAL, unseen, {**shared, "publish_consent": 0, "title": SECRET})
	yearly_figures.forget(town.programme)
	return fiscal_year, project


def prepared(town, fiscal_year: int):
	with town.officer:
		return frappe.get_doc(REPORT, reports.prepare(town.programme, fiscal_year))


def test_filled_edited_printed_and_published(town, year):
	fiscal_year, project = year
	doc = prepared(town, fiscal_year)
	assert [row.kind for row in doc.sections][:3] == ["Greeting", "Figures of the Year", "Projects of the Year"]
	assert project in [row.project for row in doc.projects]
	row = next(row for row in doc.projects if row.project == project)
	assert row.sentence == "子どもと大人が食卓を囲む。"
	row.sentence, doc.sections[0].text = "毎月、食卓を囲んだ。", "市長のあいさつ。"
	doc.sections[-1].included = 0
	with town.officer:
		doc.save()
		reports.refill(doc.name)
	doc.reload()
	assert doc.sections[0].text == "市長のあいさつ。" and doc.projects[0].parent == doc.name
	text = shown(town.officer, "annual-report", doc.name)
	has_all(text, "目次", "市長のあいさつ。", "毎月、食卓を囲んだ。", "準備の時期を早めることにした。", "年次報告書の案")
	has_none(text, SECRET, doc.sections[-1].heading)
	check_figures(town, fiscal_year, text)
	check_publishing(town, doc.name)


def check_figures(town, fiscal_year: int, text: str):
	"""The figures of the report are those of the public page, and those of the records counted here."""
	counted = {"programme": town.programme, "fiscal_year": fiscal_year, "publish_consent": 1}
	states = ["in", facts.proposal_public.states(PROPOSAL, public=True)]
	number = frappe.db.count(PROPOSAL, {**counted, "workflow_state": states})
	rows = dict(facts.figures_of(town.programme, fiscal_year)["rows"])
	row = next(one for one in yearly_figures.compute(town.programme)["years"] if one["fiscal_year"] == fiscal_year)
	assert rows["提案"] == f"{number}件" and row["proposals"] == number
	assert (rows["市の評価の平均"], rows["団体の評価の平均"]) == ("3", "5")
	has_all(text, f"提案{number}件", "市の評価の平均3", "団体の評価の平均5")


def check_publishing(town, name: str):
	address = f"annual-reports/{name}.pdf"
	assert published.file(f"{name}.pdf") is None and visit("Guest", address)[0] == 404
	with pytest.raises(frappe.PermissionError), town.section_officer:
		reports.publish(name)
	with town.officer:
		assert reports.publish(name) == f"/kyodo/{address}"
	content, kind = published.file(f"{name}.pdf")
	text = pdf_text(content)
	assert kind == "application/pdf" and "年次報告書の案" not in text
	has_none(text, SECRET)
	assert shown(town.officer, "annual-report", name) == text
	status, page = visit("Guest", "figures", programme=town.programme)
	assert status == 200 and f"/kyodo/{address}" in page
	doc = frappe.get_doc(REPORT, name)
	doc.sections[0].text = "書き換え"
	with pytest.raises(ReportIsPublished), town.officer:
		doc.save()
	with town.officer:
		reports.take_back(name)
	assert published.file(f"{name}.pdf") is None and not frappe.db.exists("File", {"attached_to_name": name})


def test_an_empty_year_says_so(town):
	doc = prepared(town, 2001)
	assert not doc.projects
	text = shown(town.officer, "annual-report", doc.name)
	has_all(text, "平成13年度", "この年度には、公表した提案、事業及び会議がありません。", "この年度に公表した事業は、ありません。")
	has_all(
		text, "この年度に決定した提案は、ありません。", "この年度に公開した会議は、ありません。", "この年度に行った催しは、ありません。"
	)
	with pytest.raises(frappe.DuplicateEntryError), town.officer:
		frappe.get_doc({"doctype": REPORT, "programme": town.programme, "fiscal_year": 2001, "report_title": "二つ目"}).insert()
	with pytest.raises(frappe.PermissionError), town.section_officer:
		reports.prepare(town.programme, 2002)


def test_queries_do_not_grow_with_the_projects(town, year):
	fiscal_year, project = year
	doc = prepared(town, fiscal_year)
	few = queries(lambda: paper.report(doc))
	kept = frappe.get_doc(PROJECT, project).as_dict(no_nulls=True)
	for number in range(20):
		copy = frappe.get_doc({**kept, "name": f"{project}-{number}", "project_name": f"事業{number}", "creation": None})
		copy.name = f"{project}-{number}"
		copy.db_insert()
		doc.append("projects", {"project": copy.name, "sentence": "", "included": 1})
	many = queries(lambda: paper.report(doc))
	assert len(facts.projects_of(town.programme, fiscal_year)) >= 21
	assert many <= few + 3, (few, many)


def test_each_kind_of_table_is_asked_a_few_times(town, year):
	doc = prepared(town, year[0])
	paper.report(doc)
	years, by_table = len(yearly_figures.compute(town.programme)["years"]), asked_of(lambda: paper.report(doc))
	assert sum(by_table.values()) <= 3 * len(by_table) + PER_YEAR * years, by_table
	assert max(by_table.values()) <= MOST_OF_A_TABLE + 2 * years, by_table


def queries(act) -> int:
	return sum(asked_of(act).values())


def asked_of(act) -> Counter:
	"""{table that a query reads first: how many there are}"""
	found, run = Counter(), frappe.db.sql

	def counted(query, *args, **more):
		table = re.search(r"from `(tab[^`]+)`", str(query), re.IGNORECASE)
		found[table[1] if table else str(query)[:40]] += 1
		return run(query, *args, **more)

	frappe.db.sql = counted
	try:
		act()
	finally:
		frappe.db.sql = run
	return found
