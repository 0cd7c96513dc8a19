"""The years of a programme in figures: every number counted once more from what the other public pages show."""

import csv
import io
from statistics import mean

import frappe
import pytest
from portal_client import visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.evaluation import public_figures
from kyodo_frappe.evaluation.equality import Metrics
from kyodo_frappe.front import open_data, yearly_figures
from kyodo_frappe.front.figures import charts_of
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals import public_figures as proposal_figures
from kyodo_frappe.web import charts

from ..committee.test_own_scales import one_step  # noqa: F401
from ..proposals.test_results import decided  # noqa: F401

PROPOSAL = "Kyodo Proposal"


def shown_proposals(town) -> list[dict]:
	return proposal_public.proposals(limit=10000, programme=town.programme)[0]


def test_figures_are_those_that_the_public_reads(decided):  # noqa: F811
	town, call, names = decided
	again = names[2]
	frappe.db.set_value(PROPOSAL, again, {"previous_proposal": names[0], "fiscal_year": 2027})
	found = proposal_figures.by_year(town.programme)
	rows = shown_proposals(town)
	assert names[4] not in {row.name for row in rows} and {row.fiscal_year for row in rows} == set(found)
	results = proposal_public.results([row.name for row in rows])
	for year, figures in found.items():
		of_year = [row for row in rows if row.fiscal_year == year]
		amounts = [results[row.name][-1].amount or 0 for row in of_year if row.name in results and row.workflow_state != "Declined"]
		asked = [cint_of(row.name) for row in of_year]
		assert figures["proposals"] == len(of_year)
		assert figures["adopted"] == sum(row.workflow_state == "Adopted" for row in of_year)
		assert figures["again"] == sum(bool(row.previous_proposal) for row in of_year)
		assert (figures["granted"], figures["asked"]) == (sum(amounts), sum(asked))
	assert found[2027]["again"] == 1 and found[2027]["again_adopted"] == 0
	assert sum(year["granted"] for year in found.values()) >= 400000
	check_fields(town)
	check_page_and_file(town, names[2])
	check_results_file(call)
	check_queries(town, names)


def test_amounts_in_the_picture_are_short_and_in_the_table_exact(town):
	nothing = yearly_figures._row(0, None, {}, {})
	amounts = {2025: (2_432_100, 55_700), 2026: (999_000, 0)}
	years = [{**nothing, "fiscal_year": year, "asked": asked, "granted": granted} for year, (asked, granted) in amounts.items()]
	chart = next(chart for chart in charts_of(years) if chart)
	assert chart["texts"] == ["243万", "5.6万", "99.9万", "0万"]
	assert chart["rows"][-1] == (2025, ["2,432,100円", "55,700円"])


def test_nobody_waits_for_the_answers_of_a_large_city(town, monkeypatch):
	jobs = []
	monkeypatch.setattr(public_figures, "BATCH", -1)  # as if every city were one
	monkeypatch.setattr(public_figures.waiting_times, "exchanges", None)
	monkeypatch.setattr(yearly_figures.background, "enqueue", lambda *args, **_more: jobs.append(args[0]))
	yearly_figures.forget(town.programme)
	found = yearly_figures.of(town.programme)
	monkeypatch.setattr(yearly_figures, "compute", None)
	assert yearly_figures.of(town.programme) == found, "computed once"
	assert jobs == ["kyodo_frappe.front.yearly_figures.refresh"] * 2
	yearly_figures.forget(town.programme)


def cint_of(name: str) -> int:
	return int(frappe.db.get_value(PROPOSAL, name, "requested_amount") or 0)


def check_fields(town):
	"""By field are those of organisations with a public profile."""
	assert not proposal_figures.by_field(town.programme)
	frappe.db.set_value("Kyodo Organisation", town.organisation, "publish_profile", 1)
	fields = frappe.get_all("Kyodo Activity Field", pluck="name", order_by="code", limit=2)
	activities = {row.activity_field for row in frappe.get_doc("Kyodo Organisation", town.organisation).activity_fields}
	for field in set(fields) - activities:
		row = {"doctype": "Kyodo Organisation Activity", "parenttype": "Kyodo Organisation", "parentfield": "activity_fields"}
		frappe.get_doc({**row, "parent": town.organisation, "activity_field": field}).db_insert()
	found = proposal_figures.by_field(town.programme)
	own = [row for row in shown_proposals(town) if row.organisation == town.organisation]
	label = frappe.db.get_value("Kyodo Activity Field", fields[0], "label_text")
	assert sum(row["proposals"] for row in found if row["field"] == label) == len(own)


def check_page_and_file(town, name: str):
	"""The page, its table and its file say the same."""
	frappe.db.set_value(PROPOSAL, name, "fiscal_year", 2030)
	yearly_figures.forget(town.programme)
	page = visit("Guest", "figures", programme=town.programme)[1]
	for text in ("<svg", "令和12年度", "R12", "提案と採択", "申請額と決定額", "kind=figures", "戊の事業"):
		assert (text in page) == (text != "戊の事業"), text
	frappe.local.lang = "en"
	rows = list(csv.DictReader(io.StringIO(open_data.as_csv("figures").decode("utf-8-sig"))))
	frappe.local.lang = "ja"
	title = frappe.db.get_value("Kyodo Programme", town.programme, "programme_name")
	own = {int(row["年度"]): row for row in rows if row["制度名"] == title}
	counted = proposal_figures.by_year(town.programme)
	assert {year: int(row["提案数"]) for year, row in own.items() if int(row["提案数"])} == {
		year: figures["proposals"] for year, figures in counted.items()
	}
	assert own[2029]["提案数"] == "0", "a year without proposals stands between the others"


def check_queries(town, names: list[str]):
	"""Their number does not grow with the proposals."""
	run, count = frappe.db.sql, []
	frappe.db.sql = lambda *args, **more: (count.append(1), run(*args, **more))[1]
	try:
		yearly_figures.compute(town.programme)
		first = len(count)
		frappe.db.set_value(PROPOSAL, {"name": ["in", names]}, "publish_consent", 1)
		count.clear()
		yearly_figures.compute(town.programme)
	finally:
		frappe.db.sql = run
	assert len(count) <= first


def check_results_file(call: str):
	"""The file of results is in one language, whoever asks for it."""
	frappe.local.lang = "en"
	words = [row["結果"] for row in open_data.rows("results") if row["募集ID"] == call]
	frappe.local.lang = "ja"
	assert words == [row["結果"] for row in open_data.rows("results") if row["募集ID"] == call] and "採択" in words


def test_gaps_and_response_times_are_those_of_published_projects(town):
	evaluation, city, organisation = town.evaluation()
	cycle_steps.submit_sheet(town.section_officer, city, [4, 3, 2])
	cycle_steps.submit_sheet(town.representative, organisation, [2, 3, 3])
	project = frappe.db.get_value("Kyodo Evaluation Round", evaluation, "project")
	frappe.db.set_value("Kyodo Evaluation Round", evaluation, "workflow_state", "Published")
	assert not public_figures.gaps(town.programme) and not public_figures.response_times(town.programme)
	frappe.db.set_value("Kyodo Project", project, "published", 1)
	(round_,) = evaluation_public.of_project(project)
	pairs = [(row.city.mark, row.organisation.mark) for row in round_.marks if row.city.mark and row.organisation.mark]
	year = public_figures.gaps(town.programme)[round_.fiscal_year]
	assert year == {
		"rounds": 1,
		"city": pytest.approx(mean(one for one, _other in pairs), abs=0.01),
		"organisation": pytest.approx(mean(other for _one, other in pairs), abs=0.01),
		"gap": pytest.approx(mean(abs(one - other) for one, other in pairs), abs=0.01),
	}
	row = frappe.db.get_value("Kyodo Project", project, "*", as_dict=True)
	assert row.name in {one.name for one in project_public.projects(limit=1000)[0]}
	measured = Metrics([row]).of([row])
	times = public_figures.response_times(town.programme)[row.fiscal_year]
	assert times == {"projects": 1, "city": measured["median_city"], "organisation": measured["median_organisation"]}


def test_a_programme_without_anything_has_a_sentence(town, monkeypatch):
	monkeypatch.setattr(yearly_figures, "of", lambda programme: {"years": [], "fields": []})
	assert "まだ表示できる実績がありません" in visit("Guest", "figures")[1]


def test_ten_years_fit_without_figures_over_the_columns(town, monkeypatch):
	nothing = yearly_figures._row(0, None, {}, {})
	years = [{**nothing, "fiscal_year": 2017 + number, "proposals": number, "adopted": number // 2} for number in range(10)]
	monkeypatch.setattr(yearly_figures, "of", lambda programme: {"years": years, "fields": []})
	page = visit("Guest", "figures")[1]
	assert page.count("<rect") > 20 and "H30" in page and 'class="value"' not in page


@pytest.mark.parametrize(("highest", "end"), [(0, 1), (1, 1), (7, 10), (37, 50), (180, 200), (2500000, 2500000), (0.4, 1)])
def test_scales_end_at_round_numbers(highest, end):
	assert charts.scale_of(highest) == end
