"""The inventory of kyodo: running projects, plans and growth, with a bounded number of queries."""

import frappe
import pytest

from kyodo_frappe.demo import people
from kyodo_frappe.reports.inventory import inventory
from kyodo_frappe.reports.table import Table

TERMS = (
	("子ども食堂", "福祉計画", "2024-06-01", "2027-03-31", None, "Proposal", "協働負担事業"),
	("ごみ減量", "環境 計画", "2026-04-01", "2027-03-31", None, "Existing Service", "協働委託事業"),
	("公園の花壇", "環境計画", "2026-04-01", "2026-09-30", None, "City Plan", "協働委託事業"),
	("図書館の会", "", "2025-04-01", "2026-12-31", "2026-03-20", "Proposal", ""),
	("防災の学校", "防災計画", "2027-04-01", "2028-03-31", None, "Proposal", ""),
)


@pytest.fixture
def projects(town):
	town.parks, town.waste = (people.make_section(f"{town.tag} {name}", []) for name in ("公園課", "環境課"))
	for name, plan, begins, ends, completed, origin, form in TERMS:
		section = town.waste if name == "ごみ減量" else town.parks
		frappe.get_doc(
			{
				"doctype": "Kyodo Project",
				"project_name": name,
				"programme": town.programme,
				"section": section,
				"fiscal_year": int(begins[:4]),
				"from_date": begins,
				"to_date": ends,
				"plan_or_policy": plan,
				"origin": origin,
				"form": form,
				"organisation": town.organisation,
			}
		).insert().db_set("completed_on", completed)
	return town


def of(client, **filters) -> Table:
	with client:
		return inventory({"fiscal_year": 2026, **filters})


def figures(found: Table) -> dict:
	return {row["label"]: row["value"] for row in found.summary}


def test_inventory_counts_running_projects_growth_and_plans(projects):
	town = projects
	ask = {"programme": town.programme}
	sections = [of(town.officer, section=section, **ask) for section in (town.parks, town.waste)]
	names = [[row["project_name"] for row in found.rows] for found in sections]
	assert names == [["子ども食堂", "公園の花壇"], ["ごみ減量"]]
	assert [set(figures(found).items()) >= {("市の計画数", 0)} for found in sections] == [False, False]
	own = figures(sections[0])
	assert list(own.values())[:4] == [2, "+0", 2, 0]  # 子ども食堂 and 図書館の会 ran the year before
	assert list(figures(sections[1]).values())[:4] == [1, "+1", 1, 1]
	by_plan = of(town.officer, group_by="Plan", section=town.parks, **ask)
	rows = {row["group"]: row for row in by_plan.rows}
	assert rows["福祉計画"]["year_2024"] == rows["福祉計画"]["year_2026"] == 1 and rows["福祉計画"]["growth"] == 0
	assert rows["環境計画"]["growth"] == 1 and rows["（未記入）"]["growth"] == -1
	by_origin = of(town.officer, group_by="Origin", section=town.waste, **ask)
	assert [row["year_2026"] for row in by_origin.rows] == [1]


def test_project_without_days_counts_in_its_fiscal_year(projects):
	town = projects
	names = frappe.get_all("Kyodo Project", {"section": town.parks}, pluck="name", order_by="name")
	frappe.db.set_value("Kyodo Project", {"name": ["in", names]}, {"from_date": None, "to_date": None, "fiscal_year": 2024})
	counted = {year: len(of(town.officer, section=town.parks, fiscal_year=year).rows) for year in (2023, 2024, 2025)}
	assert counted == {2023: 0, 2024: len(names), 2025: 1}  # 図書館の会 was completed in March 2026


def test_section_officer_sees_own_sections_and_others_are_refused(projects):
	frappe.db.set_value("Kyodo Project", {"section": projects.parks, "project_name": "公園の花壇"}, "section", projects.section)
	found = of(projects.section_officer)
	assert {row["section"] for row in found.rows} == {projects.section} and "公園の花壇" in str(found.rows)
	for client in (projects.representative, projects.support, projects.members["npo1"], projects.guest):
		with pytest.raises(frappe.PermissionError):
			of(client)


def test_inventory_shows_screening_progress_with_bounded_queries(projects):
	town = projects
	screening = {"doctype": "Kyodo Service Screening", "programme": town.programme, "section": town.parks, "fiscal_year": 2026}
	names = [frappe.get_doc({**screening, "service_name": f"事業{n}"}).insert().name for n in range(4)]
	frappe.db.set_value(screening["doctype"], names[0], "workflow_state", "Screened")
	assert list(figures(of(town.officer, section=town.parks)).values())[-1] == "25%（1/4）"
	few = _queries(lambda: of(town.officer, section=town.parks, group_by="Organisation"))
	for number in range(12):
		frappe.get_doc(
			{
				"doctype": "Kyodo Project",
				"project_name": f"事業{number}",
				"programme": town.programme,
				"section": town.parks,
				"fiscal_year": 2026,
				"origin": "City Plan",
				"organisation": town.other_organisation,
			}
		).insert()
	assert _queries(lambda: of(town.officer, section=town.parks, group_by="Organisation")) <= few <= 12


def _queries(act) -> int:
	act()
	count, sql = 0, frappe.db.sql

	def counting(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.db.sql = counting
	try:
		act()
	finally:
		frappe.db.sql = sql
	return count
