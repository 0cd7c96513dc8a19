"""Calls: their dates, who may answer them, their budget and years, and creating them from the plan of the year."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.programme import call_budget
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.errors import (
	CallBudgetExceeded,
	CallNotOpen,
	CallTermExceeded,
	InvalidCallDates,
	OneProposalPerOrganisation,
	OrganisationTypeNotAccepted,
	OriginNotAccepted,
)
from kyodo_frappe.rules.era import era_date

YEAR = "kyodo_frappe.programme.year."
PLAN = [
	{"call_name": "自由テーマ部門", "call_type": "Open", "opens_month": 8, "opens_day": 1, "closes_month": 9, "closes_day": 30,
	 "ceiling": 500000, "rate": 80, "rounding": "1000", "frame": 1000000, "years": 3, "one_per_organisation": 1, "for_next_year": 1},
	{"call_name": "行政提案テーマ", "call_type": "Theme", "opens_month": 8, "opens_day": 1, "closes_month": 9, "closes_day": 30},
]  # fmt: skip


def call(town, **more):
	values = {"call_name": "募集", "programme": town.programme, "call_type": "Open", "published": 1, **more}
	return town.officer.insert({"doctype": "Kyodo Call", "fiscal_year": 2026, **values})["name"]


def programme(town, **values):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	doc.update(values)
	doc.save()


def hand_in(town, draft):
	cycle_steps.submit(town.representative, draft)
	return town.state("Kyodo Proposal", draft)


@pytest.mark.parametrize(("opens", "closes"), [(1, 20), (-20, -1)], ids=["before", "after"])
def test_proposal_outside_the_dates_of_its_call_is_refused(town, opens, closes):
	name = call(town, opens_on=add_days(nowdate(), opens), closes_on=add_days(nowdate(), closes))
	draft = town.draft(call=name)
	with pytest.raises(CallNotOpen, match=era_date(getdate(add_days(nowdate(), opens if opens > 0 else closes)))):
		hand_in(town, draft)
	assert town.state("Kyodo Proposal", draft) == "Draft"
	frappe.db.set_value("Kyodo Call", name, {"opens_on": nowdate(), "closes_on": nowdate()})
	assert hand_in(town, draft) == "Submitted"


def test_proposal_in_time_may_be_corrected_after_the_close(town):
	name = call(town, closes_on=nowdate())
	draft = town.draft(call=name)
	hand_in(town, draft)
	town.officer.update("Kyodo Proposal", draft, {"corrections": [{"field": "purpose", "reason": "詳しく"}]})
	town.officer.act("Kyodo Proposal", draft, "Return")
	frappe.db.set_value("Kyodo Proposal", draft, "first_submitted_on", add_days(nowdate(), -3))
	frappe.db.set_value("Kyodo Call", name, "closes_on", add_days(nowdate(), -1))
	assert hand_in(town, draft) == "Submitted"


def test_second_proposal_of_an_organisation_is_refused(town):
	name = call(town, one_per_organisation=1)
	first, second = town.draft(call=name), town.draft(call=name)
	hand_in(town, first)
	with pytest.raises(OneProposalPerOrganisation):
		hand_in(town, second)


def test_origin_that_the_programme_does_not_accept_is_refused(town):
	programme(town, accepts_organisation=0)
	with pytest.raises(OriginNotAccepted):
		hand_in(town, town.draft())


def test_organisation_type_that_may_not_propose_is_refused(town):
	kind = frappe.db.get_value("Kyodo Organisation", town.organisation, "organisation_type")
	subjects = [{"organisation_type": "Company", "may_propose": 1}, {"organisation_type": kind, "may_propose": 0}]
	programme(town, subjects=subjects)
	draft = town.draft()
	with pytest.raises(OrganisationTypeNotAccepted):
		hand_in(town, draft)
	programme(town, subjects=[{"organisation_type": kind, "may_propose": 1}])
	assert hand_in(town, draft) == "Submitted"


def test_adoption_beyond_the_budget_of_the_call_is_refused(town):
	name = call(town, frame=700000)
	first, second = town.in_step_1(call=name), town.in_step_1(call=name)
	asked = sum(frappe.get_all("Kyodo Proposal", {"call": name}, pluck="requested_amount"))
	frappe.db.set_value("Kyodo Programme", town.programme, "two_step_decision", 0)
	town.rules_changed()
	assert call_budget.budgets([name])[name] == call_budget.CallBudget(700000, int(asked), 0, 700000, 2)
	meeting = town.in_session(first, second)
	cycle_steps.decide(town.officer, meeting, first, "Adopted", amount=400000)
	with pytest.raises(CallBudgetExceeded, match="300,000円.*100,000円"):
		cycle_steps.decide(town.officer, meeting, second, "Adopted", amount=400000)
	cycle_steps.decide(town.officer, meeting, second, "Adopted", amount=300000)
	cycle_steps.close(town.officer, meeting)
	seen = town.officer.call("kyodo_frappe.programme.call_budget.frame_of", call=name)
	assert (seen["granted"], seen["left"], seen["proposals"]) == (700000, 0, 2)
	assert next(row for row in programme_public.calls() if row.name == name).left == 0


def test_call_without_a_frame_has_no_remainder(town):
	assert call_budget.budgets([call(town)]).popitem()[1].left is None


def test_budgets_of_many_calls_take_as_many_queries_as_of_one(town):
	few, many = [call(town, frame=1)], [call(town, frame=1) for _ in range(6)]
	call_budget.budgets(few)  # the Workflow is read once for all

	def counted(names):
		calls, real = [], frappe.db.sql
		frappe.db.sql = lambda *args, **kwargs: (calls.append(args), real(*args, **kwargs))[1]
		try:
			call_budget.budgets(names)
		finally:
			frappe.db.sql = real
		return len(calls)

	call_budget.budgets(few)  # what the states mean is read once
	assert counted(few) == counted(many) <= 9


def test_project_longer_than_its_call_allows_is_refused(town):
	frappe.db.set_value("Kyodo Programme", town.programme, "two_step_decision", 0)
	name = call(town, years=2, for_next_year=1)
	proposal = town.in_step_1(call=name)
	town.rules_changed()
	town.decided(proposal, "Adopted", amount=1000)
	project = frappe.get_doc("Kyodo Project", {"proposal": proposal})
	assert project.fiscal_year == 2027 and str(project.from_date) == "2027-04-01"
	project.to_date = "2029-03-31"
	project.save()
	project.to_date = "2029-04-01"
	with pytest.raises(CallTermExceeded, match="2年度"):
		project.save()


def test_the_calls_of_a_year_are_made_from_the_plan_once(town):
	programme(town, call_plan=PLAN)
	made = town.officer.call(YEAR + "make_calls", programme=town.programme, fiscal_year=2027)
	doc = frappe.get_doc("Kyodo Call", made[0])
	assert (str(doc.opens_on), str(doc.closes_on)) == ("2027-08-01", "2027-09-30")
	assert (doc.ceiling, doc.rate, doc.rounding, doc.frame, doc.years) == (500000, "80", "1000", 1000000, 3)
	assert doc.one_per_organisation and doc.for_next_year and not doc.published
	assert len(made) == 2 and town.officer.call(YEAR + "make_calls", programme=town.programme, fiscal_year=2027) == []
	programme(town, theme_from_screening=1)
	assert len(town.officer.call(YEAR + "make_calls", programme=town.programme, fiscal_year=2028)) == 1  # themes come later
	for client in (town.section_officer, town.representative, town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call(YEAR + "make_calls", programme=town.programme, fiscal_year=2029)


def test_the_events_of_a_year_and_a_calendar_of_all(town):
	events = [{"event_name": "職員研修", "event_kind": "Training", "audience": "City Staff", "month": 2, "day": 10, "capacity": 30}]
	programme(town, call_plan=PLAN, event_plan=events)
	made = town.officer.call(YEAR + "make_events", programme=town.programme, fiscal_year=2027)
	assert str(frappe.db.get_value("Kyodo Event", made[0], "held_on")) == "2028-02-10"
	assert town.officer.call(YEAR + "make_events", programme=town.programme, fiscal_year=2027) == []
	rows = town.section_officer.call(YEAR + "calendar", programme=town.programme, fiscal_year=2027)
	kinds = {row["kind"] for row in rows}
	assert kinds == {"Call Opens", "Call Closes", "Meeting", "Deadline", "Event"}
	assert [row["on"] for row in rows] == sorted(row["on"] for row in rows)


def test_call_that_closes_before_it_opens_is_refused(town):
	with pytest.raises(InvalidCallDates):
		call(town, opens_on=nowdate(), closes_on=add_days(nowdate(), -1))
