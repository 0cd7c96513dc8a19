"""Figures of equality per project, section and year, calculated by hand from records with fixed times."""

import datetime
import json

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.evaluation.equality import equality, of_project
from kyodo_frappe.partnership import waiting_times

POINT, NOTE, AGREEMENT, REPORT = "Kyodo Open Point", "Kyodo Progress Note", "Kyodo Agreement", "Kyodo Report"
CITY, GROUP = "City", "Organisation"


def at(day: int, hour: int = 0) -> datetime.datetime:
	return datetime.datetime(2026, 5, day, hour)


def project(town, name: str, section: str, year: int = 2026) -> str:
	doc = frappe.get_doc(
		{
			"doctype": "Kyodo Project",
			"project_name": name,
			"programme": town.programme,
			"origin": "Existing Service",
			"fiscal_year": year,
			"from_date": f"{year}-04-01",
			"to_date": f"{year + 1}-03-31",
			"section": section,
			"organisation": town.organisation,
			"workflow_state": "Planning",
			**cycle_steps.PLAN,
		}
	).insert()
	frappe.db.delete("Version", {"ref_doctype": "Kyodo Project", "docname": doc.name})
	return doc.name


def set_moment(doctype: str, name: str, **values):
	frappe.db.set_value(doctype, name, values, update_modified=False)


def version(doctype: str, name: str, user: str, moment: datetime.datetime, **data):
	doc = frappe.get_doc({"doctype": "Version", "ref_doctype": doctype, "docname": name, "data": json.dumps(data)})
	doc.insert(ignore_permissions=True)
	set_moment("Version", doc.name, owner=user, creation=moment)


def point(town, source: str, raised: datetime.datetime, replies: list, settled=None):
	doc = frappe.get_doc(
		{
			"doctype": POINT,
			"project": source,
			"subject": "連絡の頻度",
			"side": GROUP,
			"state": "Settled" if settled else "Open",
			"settled_by": settled and settled[0],
			"settled_on": settled and settled[1],
			"replies": [{"side": side, "said": "返答", "said_on": moment} for side, moment in replies],
		}
	)
	doc.flags.kyodo_service = True
	doc.insert(ignore_permissions=True)
	set_moment(POINT, doc.name, creation=raised)
	for row, (side, moment) in zip(doc.replies, replies, strict=True):
		set_moment("Kyodo Point Reply", row.name, side=side, said_on=moment)


@pytest.fixture
def measured(town):
	"""Two projects of one section and one of another, with every kind of exchange."""
	first = project(town, "みんなの食堂", town.section)
	second = project(town, "川辺の花壇", town.section, 2025)
	third = project(town, "見守り隊", town.other_section)
	city, group = town.section_officer.user, town.representative.user
	# 1 May the organisation asks, 3 May the city answers (2 days), 4 May it asks again: nothing; 9 May the organisation
	# settles (6 days)
	point(town, first, at(1), [(CITY, at(3)), ("Office", at(4)), (CITY, at(5))], settled=(group, at(9)))
	point(town, first, at(10), [])  # the city is asked
	note = town.representative.insert({"doctype": NOTE, "project": second, "kind": "Progress", "note": "開催", "note_date": "2026-05-01"})[
		"name"
	]
	set_moment(NOTE, note, creation=at(1), side=GROUP, acknowledged_on=at(11))  # 10 days for the city
	other_note = town.other_section_officer.insert(
		{"doctype": NOTE, "project": third, "kind": "Progress", "note": "開催", "note_date": "2026-05-01"}
	)["name"]
	set_moment(NOTE, other_note, creation=at(1), side=CITY)  # unanswered by the organisation
	report = frappe.get_doc({"doctype": REPORT, "project": first, "fiscal_year": 2026, "report_kind": "Final"})
	report.flags.kyodo_service = True
	report.insert(ignore_permissions=True)
	for state, moment in (("Submitted", at(1)), ("Returned", at(5)), ("Submitted", at(6)), ("Accepted", at(14))):
		version(REPORT, report.name, city, moment, changed=[["workflow_state", "", state]])  # city 4 and 8, organisation 1
	version("Kyodo Project", first, group, at(2), changed=[["plan", "a", "b"]])
	version("Kyodo Project", first, city, at(3), added=[["roles", {}]])
	version("Kyodo Project", first, group, at(4), row_changed=[["schedule", 0, "x", [["period", "a", "b"]]]])
	version("Kyodo Project", first, town.officer.user, at(5), changed=[["plan", "b", "c"]])  # the office is neither side
	version("Kyodo Project", first, city, at(6), changed=[["workflow_state", "Planning", "Running"]])  # not a change of text
	return first, second, third


def rows_of(town, group_by: str, client=None, **filters) -> dict[str, dict]:
	with client or town.officer:
		return {row["group"]: row for row in equality({"group_by": group_by, **filters})["rows"]}


def test_figures_per_project(town, measured):
	rows = rows_of(town, "Project", section=town.section)
	row = rows["みんなの食堂"]
	# the city: 2, 4 and 8 days, one answer owed; the organisation: 9 − 3 = 6, and 1
	assert (row["answered_city"], row["open_city"], row["median_city"], row["mean_city"]) == (3, 1, 4.0, 4.7)
	assert (row["answered_organisation"], row["open_organisation"], row["median_organisation"]) == (2, 0, 3.5)
	assert (row["changes_city"], row["changes_organisation"], row["share_organisation"]) == (1, 2, 66.7)
	assert row["last"] == GROUP
	assert (rows["川辺の花壇"]["median_city"], rows["川辺の花壇"]["changes_city"], rows["川辺の花壇"]["last"]) == (10.0, 0, None)
	assert set(rows) == {"みんなの食堂", "川辺の花壇"}


def test_figures_per_section_and_year(town, measured):
	# projects of other tests belong to the same section
	frappe.db.set_value("Kyodo Project", {"section": town.section, "name": ["not in", measured]}, "workflow_state", "Cancelled")
	per_section = rows_of(town, "Section")
	row, other = per_section[town.section], per_section[town.other_section]
	# the city in both projects of the section: 2, 4, 8 and 10 days
	assert (row["projects"], row["answered_city"], row["median_city"], row["mean_city"]) == (2, 4, 6.0, 6.0)
	assert (other["open_organisation"], other["answered_city"], other["median_city"]) == (1, 0, None)
	per_year = rows_of(town, "Fiscal Year", section=town.section)
	assert {key: value["projects"] for key, value in per_year.items()} == {"令和7年度": 1, "令和8年度": 1}
	assert per_year["令和7年度"]["median_city"] == 10.0 and per_year["令和8年度"]["mean_city"] == 4.7
	assert set(rows_of(town, "Project", project=measured[1])) == {"川辺の花壇"}
	assert rows_of(town, "Fiscal Year", fiscal_year=2025, section=town.section)["令和7年度"]["projects"] == 1


def test_figures_are_limited_by_role(town, measured):
	first, _second, third = measured
	own = rows_of(town, "Section", client=town.section_officer)
	assert set(own) == {town.section}
	for client in (town.representative, town.members["npo1"], town.support):
		with pytest.raises(frappe.PermissionError):
			rows_of(town, "Project", client=client)
	for client in (town.representative, town.viewer, town.section_officer, town.officer):
		with client:
			assert of_project(first)["mean_city"] == 4.7, client.user
	for client in (town.outsider, town.members["npo1"], town.other_section_officer):
		with client, pytest.raises(frappe.PermissionError):
			of_project(first)


def test_number_of_queries_is_independent_of_projects(town, measured):
	def queries(names):
		found = []
		run = frappe.db.sql
		frappe.db.sql = lambda *args, **more: found.append(args) or run(*args, **more)
		try:
			rows = frappe.get_all(
				"Kyodo Project", {"name": ["in", names]}, ["name", "section", "organisation", "proposal"], order_by="name"
			)
			found.clear()
			waiting_times.exchanges(rows)
			waiting_times.edits(rows)
		finally:
			frappe.db.sql = run
		return len(found)

	one = queries([measured[0]]) and queries([measured[0]])  # Frappe loads the workflows the first time
	assert queries(list(measured)) <= one + 2


def test_cuts_and_gaps_of_a_project(town):
	"""Requested 500,000, decided 400,000, and the agreed costs; marks only once both sides are in."""
	source = town.project(requested_amount=500000, needs_budget=0)
	proposal = frappe.db.get_value("Kyodo Project", source, "proposal")
	set_moment("Kyodo Proposal", proposal, needs_budget=1, requested_amount=500000)
	cycle_steps.agree(town.section_officer, town.representative, source, "協働負担事業")
	agreement = frappe.get_doc(AGREEMENT, {"project": source})
	frappe.db.delete("Kyodo Agreement Cost", {"parent": agreement.name})
	for side, amount in ((CITY, 300000), (CITY, 50000), (GROUP, 999)):
		agreement.append("costs", {"side": side, "description": "負担", "amount": amount}).db_insert()
	set_moment(AGREEMENT, agreement.name, offered_on=at(1))
	for row in agreement.confirmations:
		set_moment("Kyodo Agreement Confirmation", row.name, confirmed_on=at(3) if row.side == CITY else at(8))
	row = rows_of(town, "Project", project=source)["みんなの食堂"]
	assert (row["requested"], row["decided"], row["agreed"]) == (500000, 400000, 350000)
	assert (row["decided_cut"], row["agreed_cut"], row["total_cut"]) == (20.0, 12.5, 30.0)
	offered = {
		exchange.of: exchange
		for exchange in waiting_times.exchanges([frappe.get_doc("Kyodo Project", source)])[source]
		if exchange.asked_at == at(1)
	}
	assert (offered[CITY].answered_at, offered[GROUP].answered_at) == (at(3), at(8))
	assert sum(1 for exchange in waiting_times.exchanges([frappe.get_doc("Kyodo Project", source)])[source] if exchange.of == CITY) == 2, (
		"the proposal's receipt, too"
	)
	cycle_steps.run(town.section_officer, source)
	year = frappe.db.get_value("Kyodo Project", source, "fiscal_year")
	evaluation = town.section_officer.call("kyodo_frappe.evaluation.rounds.open_round", project=source, fiscal_year=year, phase="Mid-term")
	sheets = dict(
		frappe.get_all("Kyodo Evaluation Sheet", {"evaluation_round": evaluation}, ["side", "name"], as_list=True, order_by="side")
	)
	cycle_steps.submit_sheet(town.section_officer, sheets[CITY], [4])
	row = rows_of(town, "Project", project=source)["みんなの食堂"]
	assert row["items"] == 0 and row["distance"] is None, "no marks before both are in"
	cycle_steps.submit_sheet(town.representative, sheets[GROUP], [4, 2])
	row = rows_of(town, "Project", project=source)["みんなの食堂"]
	count = len(frappe.get_doc("Kyodo Evaluation Round", evaluation).items)
	lower = count // 2  # every second item: 4 against 2
	assert (row["items"], row["to_discuss"]) == (count, lower)
	assert (row["distance"], row["tilt"]) == (round(lower * 2 / count, 2),) * 2
