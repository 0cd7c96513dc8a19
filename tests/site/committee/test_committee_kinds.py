"""Committees of different kinds (国分寺 方針2): each holds its own types of meetings."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kyodo_frappe.committee.errors import WrongCommittee
from kyodo_frappe.rules.era import fiscal_year


def committee(town, kind):
	doc = frappe.get_doc({"doctype": "Kyodo Committee", "programme": town.programme, "committee_name": f"{town.tag} {kind}", "kind": kind})
	return doc.insert().name


def plan(town, committee, meeting_type):
	values = {"committee": committee, "meeting_type": meeting_type, "meeting_date": add_days(nowdate(), 5)}
	return town.officer.insert({"doctype": "Kyodo Meeting", **values})["name"]


def test_examining_committee_evaluates_if_it_is_the_only_one(town):
	assert plan(town, town.committee, "Evaluation")


def test_meeting_of_another_committees_type_is_refused(town):
	evaluating, team = committee(town, "Evaluation"), committee(town, "Internal Team")
	assert plan(town, evaluating, "Evaluation") and plan(town, town.committee, "Step 1") and plan(town, team, "Extra")
	for other, meeting_type in ((evaluating, "Step 1"), (team, "Step 2"), (town.committee, "Evaluation"), (team, "Evaluation")):
		with pytest.raises(WrongCommittee):
			plan(town, other, meeting_type)


def test_year_is_planned_separately_for_each_committee(town):
	evaluating = committee(town, "Evaluation")
	year = fiscal_year(getdate()) + 1
	made = lambda name: {
		row["meeting_type"]
		for row in town.officer.call("kyodo_frappe.committee.meetings.plan_year", committee=name, fiscal_year=year)["made"]
	}
	assert "Evaluation" not in made(town.committee)
	assert made(evaluating) == {"Evaluation", "Learning"}
