"""Where one table examines and another evaluates (国分寺), each holds its own meetings."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kyodo_frappe.rules.era import fiscal_year


def committee(town, kind):
	doc = frappe.get_doc({"doctype": "Kyodo Committee", "programme": town.programme, "committee_name": f"{town.tag} {kind}", "kind": kind})
	return doc.insert().name


def plan(town, table, meeting_type):
	values = {"committee": table, "meeting_type": meeting_type, "meeting_date": add_days(nowdate(), 5)}
	return town.officer.insert({"doctype": "Kyodo Meeting", **values})["name"]


def test_who_examines_also_evaluates_where_there_is_no_other_table(town):
	assert plan(town, town.committee, "Evaluation")


def test_with_a_table_that_evaluates_each_keeps_to_its_own(town):
	evaluating, team = committee(town, "Evaluation"), committee(town, "Internal Team")
	assert plan(town, evaluating, "Evaluation") and plan(town, town.committee, "Step 1") and plan(town, team, "Extra")
	for table, meeting_type in ((evaluating, "Step 1"), (team, "Step 2"), (town.committee, "Evaluation"), (team, "Evaluation")):
		with pytest.raises(frappe.ValidationError, match="会議体"):
			plan(town, table, meeting_type)


def test_the_calendar_of_a_year_is_made_for_each_table(town):
	evaluating = committee(town, "Evaluation")
	year = fiscal_year(getdate()) + 1
	made = lambda table: {
		row["meeting_type"]
		for row in town.officer.call("kyodo_frappe.committee.meetings.plan_year", committee=table, fiscal_year=year)["made"]
	}
	assert "Evaluation" not in made(town.committee)
	assert made(evaluating) == {"Evaluation", "Learning"}
