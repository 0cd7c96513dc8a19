"""The reports of the desk: each figure counted once more in a plain loop over the records; pages, exports, permissions."""

import datetime
import io
import json
from collections import Counter
from statistics import mean

import frappe
import pytest
from frappe.desk.query_report import run
from frappe.utils import add_days, cint, getdate, nowdate
from openpyxl import load_workbook

from kyodo_frappe.permissions import exports
from kyodo_frappe.reports.committees import committee_balance
from kyodo_frappe.reports.deadlines import deadlines_kept
from kyodo_frappe.reports.equality import equality
from kyodo_frappe.reports.evaluations import evaluation_gaps
from kyodo_frappe.reports.inventory import inventory
from kyodo_frappe.reports.pipeline import pipeline, results_by_year
from kyodo_frappe.reports.points import points_by_meeting
from kyodo_frappe.reports.proposals import proposals_by_state
from kyodo_frappe.reports.register import register
from kyodo_frappe.reports.reproposals import reproposals
from kyodo_frappe.reports.sections import section_load
from kyodo_frappe.reports.settlement import settlement
from kyodo_frappe.reports.support_centre import support_centre

PROPOSAL, PROJECT, REPORT, DECISION = "Kyodo Proposal", "Kyodo Project", "Kyodo Report", "Kyodo Decision"
SHEET, ROUND, MEETING, CASE = "Kyodo Evaluation Sheet", "Kyodo Evaluation Round", "Kyodo Meeting", "Kyodo Support Case"
YEARS = range(2017, 2027)
STATES = ("Adopted", "Not Adopted", "Step 1", "Submitted", "Declined", "Adopted", "Reserve", "Not Adopted", "Draft", "Withdrawn")
REPORTS = {
	"Kyodo Pipeline": pipeline,
	"Kyodo Results by Year": results_by_year,
	"Kyodo Section Load": section_load,
	"Kyodo Committee Balance": committee_balance,
	"Kyodo Points by Meeting": points_by_meeting,
	"Kyodo Deadlines Kept": deadlines_kept,
	"Kyodo Re-Proposals": reproposals,
	"Kyodo Inventory": inventory,
	"Kyodo Evaluation Gaps": evaluation_gaps,
	"Kyodo Settlement": settlement,
	"Kyodo Support Figures": support_centre,
	"Kyodo Register": register,
	"Kyodo Equality": equality,
	"Kyodo Proposals by State": proposals_by_state,
}
OFFICE_ONLY = {"Kyodo Committee Balance", "Kyodo Points by Meeting", "Kyodo Register", "Kyodo Support Figures"}
# not about one programme, or about today whatever the year
OF_ALL = {"Kyodo Register", "Kyodo Section Load"}


def raw(doctype: str, **values) -> str:
	"""Insert a record straight into the database: these tests are about counting records, not about making them."""
	doc = frappe.get_doc({"doctype": doctype, **values})
	doc.name = values.get("name") or frappe.generate_hash(length=10)
	doc.db_insert()
	for field in doc.meta.get_table_fields():
		for number, row in enumerate(doc.get(field.fieldname), start=1):
			row.update({"parent": doc.name, "parenttype": doctype, "parentfield": field.fieldname, "idx": number})
			row.name = frappe.generate_hash(length=10)
			row.db_insert()
	return doc.name


@pytest.fixture
def city(town):
	"""Ten years of a programme of its own: proposals, decisions, projects, money, evaluations, meetings, cases of two sections."""
	tag = frappe.generate_hash(length=6)
	town.own = raw(
		"Kyodo Programme", name=f"制度{tag}", programme_name=f"制度{tag}", is_active=1, balance_tolerance=1, talk_gap=2, reply_days=7
	)
	officers = {"公園課": town.section_officer.user, "環境課": town.other_section_officer.user}
	town.sections = [
		raw("Kyodo Section", name=f"{name}{tag}", section_name=f"{name}{tag}", officers=[{"user": user}]) for name, user in officers.items()
	]
	town.calls = {year: raw("Kyodo Call", programme=town.own, fiscal_year=year, call_name=f"{year}年の募集") for year in YEARS}
	town.committee_of = raw("Kyodo Committee", programme=town.own, committee_name="審査会", kind="Examination")
	refused = None
	for number, year in enumerate(YEARS):
		for turn in range(3):
			refused = _story(town, year, STATES[(number + turn * 3) % len(STATES)], turn, refused)
	_cases(town)
	frappe.clear_document_cache("Kyodo Programme", town.own)
	return town


def _story(town, year: int, state: str, turn: int, refused: str | None) -> str | None:
	section = town.sections[turn % 2]
	handed_in = state != "Draft"
	decided = state in ("Adopted", "Not Adopted", "Declined", "Reserve")
	proposal = raw(
		PROPOSAL,
		title=f"{year}年の提案{turn}",
		programme=town.own,
		call=town.calls[year] if turn else None,
		section=section,
		fiscal_year=year,
		organisation=town.organisation,
		workflow_state=state,
		needs_budget=1,
		requested_amount=100000 * (turn + 1),
		first_submitted_on=f"{year}-05-01 10:00:00" if handed_in else None,
		submitted_on=f"{year}-05-01 10:00:00" if handed_in else None,
		received_on=f"{year}-05-{3 + turn:02} 09:00:00" if state not in ("Draft", "Submitted") else None,
		decided_on=f"{year}-07-{10 + turn}" if decided else None,
		previous_proposal=refused if handed_in else None,
		documents_due_on=f"{year}-06-10",
		documents_handed_in_on=f"{year}-06-{9 + turn:02} 12:00:00" if decided else None,
	)
	if decided or state == "Step 1":
		_meeting(town, year, proposal, state if decided else None, turn)
	if state == "Adopted":
		_project(town, year, proposal, section, turn)
	return proposal if state == "Not Adopted" else None


def _meeting(town, year: int, proposal: str, result: str | None, turn: int):
	seats = [("Organisation", 1), ("Citizen", turn % 2), ("City", 1), ("City", 1), ("Academic", 0)]
	meeting = raw(
		MEETING,
		meeting_title=f"{year}年第{turn}回",
		programme=town.own,
		committee=town.committee_of,
		meeting_type="Step 1",
		fiscal_year=year,
		meeting_date=f"{year}-07-{10 + turn}",
		workflow_state="Closed" if result else "Convened",
		invited_on=f"{year}-06-01 10:00:00",
		answer_by=f"{year}-06-15",
		agenda=[{"item_type": "Proposal", "proposal": proposal}],
		attendance=[
			{"user": user, "member_name": user, "side": side, "present": present, "answered_on": f"{year}-06-{14 + number} 10:00:00"}
			for number, (user, (side, present)) in enumerate(zip(town.members, seats, strict=True))
		],
	)
	if not result:
		return
	points = [("A", 7.5), ("B", 3)]
	raw(
		DECISION,
		proposal=proposal,
		meeting=meeting,
		result="Adopted" if result == "Declined" else result,
		docstatus=1,
		committee=town.committee_of,
		fiscal_year=year,
		decided_on=f"{year}-07-{10 + turn}",
		section=town.sections[turn % 2],
		amount=90000 * (turn + 1) if result in ("Adopted", "Declined") else 0,
		score_points=10.5,
		score_out_of=15,
		points=[{"criterion": code, "question": f"項目{code}", "average": average, "out_of": 10} for code, average in points],
	)
	for member, released in (("npo1", 1), ("city1", 0)):
		values = {"member": town.cast[member], "total": 70, "submitted_on": f"{year}-07-01 10:00:00", "released": released}
		raw("Kyodo Review", meeting=meeting, proposal=proposal, step="Step 1", committee=town.committee_of, **values)


def _project(town, year: int, proposal: str, section: str, turn: int):
	granted, ended = 90000 * (turn + 1), year < 2025
	shared = {"programme": town.own, "section": section, "organisation": town.organisation}
	project = raw(
		PROJECT,
		project_name=f"{year}年の事業{turn}",
		proposal=proposal,
		fiscal_year=year,
		from_date=f"{year}-08-01",
		to_date=f"{year + 1}-03-31",
		completed_on=f"{year + 1}-03-20" if ended else None,
		workflow_state="Closed" if ended else "Running",
		origin="Proposal",
		form="協働委託事業" if turn else None,
		granted_amount=granted,
		payments=[
			{"kind": "Advance", "fiscal_year": year, "amount": granted, "paid_on": f"{year}-09-01"},
			{"kind": "Refund", "fiscal_year": year, "amount": 1000, "paid_on": f"{year + 1}-05-01" if ended else None},
		],
		**shared,
	)
	raw("Kyodo Agreement", project=project, workflow_state="Concluded", concluded_on=f"{year}-07-25 10:00:00", **shared)
	raw(
		REPORT,
		project=project,
		report_kind="Final",
		fiscal_year=year,
		due_date=f"{year + 1}-04-20",
		submitted_on=f"{year + 1}-04-{15 + turn * 5} 10:00:00" if ended else None,
		accepted_on=f"{year + 1}-04-28 10:00:00" if ended else None,
		workflow_state="Accepted" if ended else "Draft",
		granted_amount=granted,
		settled_amount=granted - 1000 if ended else 0,
		refund_amount=1000 if ended else 0,
		**shared,
	)
	raw(
		"Kyodo Progress Note",
		project=project,
		side="Organisation",
		creation=f"{year}-10-01 10:00:00",
		acknowledged_on=f"{year}-10-13 10:00:00",
		**shared,
	)
	_evaluation(project, year, turn, ended, shared)


def _evaluation(project: str, year: int, turn: int, ended: bool, shared: dict):
	items = (("P1", "対等", 4, 3 - turn % 2), ("P2", "公開", 3, 3))
	evaluation = raw(
		ROUND,
		project=project,
		fiscal_year=year,
		phase="Final",
		due_date=f"{year + 1}-04-30",
		workflow_state="Published" if ended else "Open",
		items=[{"code": code, "kind": "Principle", "item": item} for code, item, *_marks in items],
		**shared,
	)
	for column, side in ((2, "City"), (3, "Organisation")):
		raw(
			SHEET,
			evaluation_round=evaluation,
			project=project,
			side=side,
			released=int(ended),
			submitted_on=f"{year + 1}-05-02 10:00:00" if ended and side == "City" else None,
			marks=[{"item_code": row[0], "item": row[1], "mark": row[column]} for row in items],
			section=shared["section"],
		)


def _cases(town):
	for number, state in enumerate(("Open", "Answered", "Closed", "Answered")):
		answered = None if state == "Open" else f"2026-05-{2 + number * 3:02} 10:00:00"
		values = {"received_on": "2026-05-01", "fiscal_year": 2026, "answered_on": answered, "small_group": number % 2}
		raw(
			CASE,
			programme=town.own,
			subject=f"相談{number}",
			topic=("Other", "Information")[number % 2],
			channel="Phone",
			state=state,
			**values,
		)


def ten_years(town, **more) -> dict:
	return {"programme": town.own, "fiscal_year": 2026, "years": 10, **more}


def table(town, report, **filters):
	with town.officer:
		return report(ten_years(town, **filters))


def records(doctype: str, town, *fields: str, **filters) -> list[dict]:
	return frappe.get_all(doctype, {"programme": town.own, **filters}, ["name", *fields], order_by="name")


def handed_in(town, *fields: str, **filters) -> list[dict]:
	rows = records(PROPOSAL, town, "workflow_state", "fiscal_year", "section", "call", *fields, **filters)
	return [row for row in rows if row.workflow_state != "Draft"]


# -- all of them --------------------------------------------------------------------------------------------------------


def queries_of(act) -> int:
	act()
	asked, sql = [], frappe.db.sql
	frappe.db.sql = lambda query, *a, **k: asked.append(query) or sql(query, *a, **k)
	try:
		act()
	finally:
		frappe.db.sql = sql
	return len(asked)


def test_every_report_runs_says_when_it_is_empty_and_asks_few_queries(city):
	few = {}
	for name in REPORTS:
		with city.officer:
			found = run(name, ten_years(city))
			assert found["result"] and found["report_summary"] and not found["add_total_row"], name
			fields = {column["fieldname"] for column in found["columns"]}
			for row in found["result"]:
				assert fields <= set(row) | (fields if row.get("is_total") else set()), (name, fields - set(row))
			json.dumps(found, default=str)
			for column in found["columns"]:
				assert not column["label"].isascii(), (name, column["label"])
			few[name] = queries_of(lambda name=name: run(name, ten_years(city)))
			# equality reads the exchanges of its projects from a dozen kinds of records
			assert few[name] <= (45 if name == "Kyodo Equality" else 30), (name, few[name])
			if name in OF_ALL:
				continue
			empty = run(name, {"programme": city.own, "fiscal_year": 1990, "section": city.sections[0]})
			assert not empty["result"] and not empty["chart"] and not empty["report_summary"], name
			assert empty["message"].startswith("この条件に合う記録はありません。"), name
	for turn in (3, 4):
		_story(city, 2026, "Adopted", turn, None)
	with city.officer:
		for name, before in few.items():
			assert queries_of(lambda name=name: run(name, ten_years(city))) <= before, name


def test_permissions_of_each_role(city):
	for name in REPORTS:
		for client in (city.representative, city.members["npo1"], city.guest):
			with client, pytest.raises((frappe.PermissionError, frappe.ValidationError)):
				run(name, ten_years(city))
		with city.section_officer:
			if name in OFFICE_ONLY:
				with pytest.raises((frappe.PermissionError, frappe.ValidationError)):
					run(name, ten_years(city))
				with pytest.raises(frappe.PermissionError):
					REPORTS[name](ten_years(city))
			else:
				assert city.sections[1] not in json.dumps(run(name, ten_years(city))["result"], default=str), name
	own = [row for row in handed_in(city) if row.section == city.sections[0]]
	with city.section_officer:
		assert pipeline(ten_years(city)).total["applied"] == len(own)
		assert proposals_by_state(ten_years(city)).total["total"] == len(own)


def test_user_permissions_of_frappe_narrow_the_figures(city):
	raw("User Permission", user=city.officer.user, allow="Kyodo Section", for_value=city.sections[1], apply_to_all_doctypes=1)
	frappe.cache.hdel("user_permissions", city.officer.user)
	found = table(city, pipeline)
	frappe.cache.hdel("user_permissions", city.officer.user)
	assert found.total["applied"] == len([row for row in handed_in(city) if row.section == city.sections[1]])


def test_a_long_report_is_shown_in_pages_and_exported_whole(city):
	fields = ["name", "title", "programme", "section", "fiscal_year", "workflow_state", "decided_on"]
	day = datetime.date(2026, 7, 1)
	rows = [(f"S-{number:04}-{city.own}", f"提案{number}", city.own, city.sections[0], 2026, "Not Adopted", day) for number in range(1100)]
	frappe.db.bulk_insert(PROPOSAL, fields, rows)
	count = len([row for row in handed_in(city) if row.workflow_state == "Not Adopted"])
	filters = ten_years(city)
	with city.officer:
		first, last = run("Kyodo Re-Proposals", filters), run("Kyodo Re-Proposals", {**filters, "page": 3})
		assert len(first["result"]) == 500 and len(last["result"]) == count - 1000
		assert f"全{count}件のうち1件目から500件目" in first["message"] and 'data-page="2"' in first["message"]
		assert 'data-page="2"' in last["message"] and 'data-page="4"' not in last["message"]
		assert len(run("Kyodo Re-Proposals", {**filters, "page": 99})["result"]) == 500
		for shown in (list(range(500)), []):
			asked = {"report_name": "Kyodo Re-Proposals", "filters": json.dumps({**filters, "page": 1}), "file_format_type": "Excel"}
			sheet = exported(**asked, visible_idx=json.dumps(shown))
			assert sheet.max_row == count + 1
		heads = [cell.value for cell in sheet[1]]
		decided = sheet.cell(2, heads.index("決定日") + 1)
		assert decided.is_date and decided.value.date() == day
		assert city.sections[0] in [cell.value for cell in sheet[2]]


def exported(**asked):
	frappe.local.form_dict = frappe._dict(asked)
	frappe.local.response = frappe._dict({"docs": []})
	try:
		exports.export_report()
		return load_workbook(io.BytesIO(frappe.local.response["filecontent"])).active
	finally:
		frappe.local.form_dict = frappe._dict()


def test_numbers_are_exported_as_numbers(city):
	with city.officer:
		sheet = exported(report_name="Kyodo Settlement", filters=json.dumps(ten_years(city)), file_format_type="Excel", visible_idx="[]")
	heads = [cell.value for cell in sheet[1]]
	granted = [sheet.cell(row, heads.index("交付決定額（円）") + 1).value for row in range(2, sheet.max_row + 1)]
	assert granted[-1] == sum(granted[:-1]) and all(isinstance(value, int | float) for value in granted)
	assert city.organisation not in [cell.value for cell in sheet[2]], "a name, not an id"


def test_reports_with_days_have_styles_for_the_export_of_v16(city):
	with_days = set()
	with city.officer:
		for name in REPORTS:
			if any(column.get("kyodo_kind") == "day" for column in run(name, ten_years(city))["columns"]):
				with_days.add(name)
	modules = {name: f"kyodo_frappe.kyodo_frappe.report.{frappe.scrub(name)}.{frappe.scrub(name)}" for name in REPORTS}
	assert with_days == {name for name, module in modules.items() if hasattr(frappe.get_module(module), "get_xlsx_styles")} != set()


# -- one by one ---------------------------------------------------------------------------------------------------------


def test_pipeline_counts_each_stage(city):
	rows = handed_in(city, "received_on", "decided_on")
	agenda = set(frappe.get_all("Kyodo Agenda Item", {"parenttype": MEETING}, pluck="proposal", order_by="parent"))
	projects = {row.proposal: row for row in records(PROJECT, city, "proposal", "completed_on")}
	wanted = {
		"applied": len(rows),
		"received": sum(bool(row.received_on) for row in rows),
		"examined": sum(bool(row.decided_on) or row.name in agenda for row in rows),
		"adopted": sum(row.workflow_state == "Adopted" for row in rows),
		"agreed": len(projects),
		"completed": sum(bool(row.completed_on) for row in projects.values()),
		"over": sum(row.workflow_state in ("Withdrawn", "Declined") for row in rows),
	}
	found = table(city, pipeline)
	assert {name: found.total[name] for name in wanted} == wanted and wanted["applied"] > wanted["received"] > wanted["examined"]
	assert found.total["adopted_share"] == round(wanted["adopted"] * 100 / wanted["examined"], 1)
	by_call = Counter(row.call for row in rows)
	assert {row.group_id: row.applied for row in found.rows} == by_call
	assert {row.group for row in found.rows if row.group_id} <= {f"{year}年の募集" for year in YEARS}
	by_year = table(city, pipeline, group_by="Fiscal Year", years=1)
	assert [(row.group, row.applied) for row in by_year.rows] == [("令和8年度", sum(row.fiscal_year == 2026 for row in rows))]
	one = table(city, pipeline, call=city.calls[2020], section=city.sections[1])
	assert one.total["applied"] == sum(row.call == city.calls[2020] and row.section == city.sections[1] for row in rows)


def test_results_by_year_have_counts_and_money(city):
	rows = handed_in(city, "requested_amount", "previous_proposal", "received_on", "decided_on")
	decisions = {row.proposal: row for row in frappe.get_all(DECISION, {"docstatus": 1}, ["proposal", "amount"], order_by="name")}
	found = {row.group_id: row for row in table(city, results_by_year).rows}
	assert set(found) == {row.fiscal_year for row in rows}
	for year, row in found.items():
		own = [one for one in rows if one.fiscal_year == year]
		assert row.proposals == len(own)
		assert row.adopted == sum(one.workflow_state == "Adopted" for one in own)
		assert row.refused == sum(one.workflow_state == "Not Adopted" for one in own)
		assert row.again == sum(bool(one.previous_proposal) for one in own)
		assert row.requested == sum(cint(one.requested_amount) for one in own)
		granted = [decisions[one.name].amount for one in own if one.name in decisions and one.workflow_state != "Declined"]
		assert row.granted == sum(granted)
		days = [(getdate(one.decided_on) - getdate(one.received_on)).days for one in own if one.decided_on and one.received_on]
		assert row.days == (pytest.approx(mean(days), abs=0.06) if days else None)
		assert (row.adopted_share is None) == (row.adopted + row.refused == 0)
	assert len(table(city, results_by_year, fiscal_year="all").rows) == len(found)


def test_reproposals_say_what_became_of_the_refused(city):
	rows = handed_in(city, "previous_proposal", "title", "first_submitted_on", "decided_on")
	refused = [row for row in rows if row.workflow_state == "Not Adopted"]
	after = {row.previous_proposal: row for row in rows if row.previous_proposal}
	draft = raw(
		PROPOSAL,
		title="下書き",
		programme=city.own,
		previous_proposal=refused[-1].name,
		workflow_state="Draft",
	)
	found = table(city, reproposals)
	assert {row.proposal: row.next for row in found.rows} == {
		row.name: after[row.name].name if row.name in after else None for row in refused
	}
	assert draft not in json.dumps(found.rows, default=str)
	for row in found.rows:
		next_one = after.get(row.proposal)
		assert row.days == (max((getdate(next_one.first_submitted_on) - row.decided_on).days, 0) if next_one else None)
	values = [figure["value"] for figure in found.summary]
	assert values[:3] == [len(refused), len(after), sum(row.workflow_state == "Adopted" for row in after.values())]


def test_sections_have_their_load_and_their_times(city):
	for name in city.sections:
		row = next(row for row in table(city, section_load).rows if row.section == name)
		own = [one for one in handed_in(city) if one.section == name]
		assert (row.proposals, row.in_hand) == (len(own), sum(one.workflow_state in ("Step 1", "Submitted") for one in own))
		assert row.projects == len(records(PROJECT, city, section=name, workflow_state="Running"))
		reports = records(REPORT, city, "submitted_on", "accepted_on", section=name, workflow_state="Accepted")
		days = [(getdate(one.accepted_on) - getdate(one.submitted_on)).days for one in reports]
		assert row.report_days == (pytest.approx(mean(days), abs=0.06) if days else None)
		notes = len(frappe.get_all("Kyodo Progress Note", {"section": name}, order_by="name"))
		assert row.answered == len(reports) + notes and row.note_days == (12 if notes else None)
	waiting = records(REPORT, city, section=city.sections[0], workflow_state="Draft")[0].name
	frappe.db.set_value(REPORT, waiting, {"workflow_state": "Submitted", "submitted_on": f"{add_days(nowdate(), -5)} 10:00:00"})
	row = next(row for row in table(city, section_load).rows if row.section == city.sections[0])
	assert (row.reports_waiting, row.longest) == (1, 5)


def test_committees_have_balance_and_attendance(city):
	held = records(MEETING, city, workflow_state="Closed")
	found = table(city, committee_balance)
	assert {row.name for row in found.rows} == {row.name for row in held}
	for row in found.rows:
		seats = frappe.get_all("Kyodo Attendance", {"parent": row.name}, ["side", "present"], order_by="idx")
		present = Counter(seat.side for seat in seats if seat.present)
		assert (row.seats, row.present) == (5, sum(present.values()))
		outside = present["Organisation"] + present["Citizen"]
		assert (row.city, row.organisation, row.others) == (present["City"], outside, present["Academic"])
		assert row.even == ("均衡" if abs(present["City"] - outside) <= 1 and outside else "均衡を欠く")
		assert row.share == row.present * 20
	both = table(city, committee_balance, group_by="Committee").rows
	assert [(row.meetings, row.seats) for row in both] == [(len(held), 5 * len(held))]
	members = table(city, committee_balance, group_by="Member")
	assert len(members.rows) == 5 and members.total["present"] == found.total["present"]


def test_points_are_for_those_who_may_know_them(city):
	decision = frappe.get_all(DECISION, {"committee": city.committee_of, "fiscal_year": 2026}, ["meeting", "proposal"], order_by="name")[0]
	found = table(city, points_by_meeting, meeting=decision.meeting)
	assert [row.proposal for row in found.rows] == [decision.proposal] and found.rows[0].percent == 70
	assert (found.rows[0]["criterion_a"], found.rows[0]["criterion_b"]) == (7.5, 3)
	by_member = table(city, points_by_meeting, meeting=decision.meeting, group_by="Member")
	labels = [column["label"] for column in by_member.columns]
	assert "委員 よしこ" in labels and "財政課長 実" not in labels, "a sheet that is not released stays secret"
	assert by_member.rows[0]["member_0"] == 70
	raw("Kyodo Interest", member=city.officer.user, organisation=city.organisation, programme=city.own)
	assert not table(city, points_by_meeting, meeting=decision.meeting).rows
	hidden = table(city, points_by_meeting)
	assert not hidden.rows and "除斥" in hidden.note
	frappe.db.set_value(DECISION, {"meeting": decision.meeting}, "docstatus", 0)
	frappe.db.delete("Kyodo Interest", {"member": city.officer.user})
	assert not table(city, points_by_meeting, meeting=decision.meeting).rows, "nothing before the meeting is closed"


def lateness(pairs) -> list[int]:
	counts = [0, 0, 0, 0]
	for due, done in pairs:
		late = getdate(done or nowdate()) > getdate(due)
		counts[(1 if late else 0) if done else (2 if late else 3)] += 1
	return counts


def test_deadlines_are_counted_by_rule_and_side(city):
	found = {(row.rule, row.whose): [row.kept, row.late, row.overdue, row.open] for row in table(city, deadlines_kept).rows}
	proposals = records(PROPOSAL, city, "documents_due_on", "documents_handed_in_on", "workflow_state")
	asked = [row for row in proposals if row.documents_handed_in_on or row.workflow_state not in ("Withdrawn", "Declined", "Draft")]
	assert found["担当課協議後の書類", "団体側"] == lateness((row.documents_due_on, row.documents_handed_in_on) for row in asked)
	reports = records(REPORT, city, "due_date", "submitted_on")
	assert found["実績報告", "団体側"] == lateness((row.due_date, row.submitted_on) for row in reports)
	ended = len(records(ROUND, city, workflow_state="Published"))
	assert found["評価票", "市側"][1] == ended
	assert found["連絡への返答", "市側"] == [0, len(frappe.get_all("Kyodo Progress Note", {"section": ["in", city.sections]})), 0, 0]
	meetings = len(records(MEETING, city))
	assert found["会議の出欠の回答", "委員"] == [2 * meetings, 3 * meetings, 0, 0]
	by_section = table(city, deadlines_kept, group_by="Section").rows
	assert {row.group_id for row in by_section} == set(city.sections)


def test_inventory_by_form_and_principle(city):
	running = {year: [row for row in records(PROJECT, city, "fiscal_year", "form") if row.fiscal_year == year] for year in YEARS}
	by_form = {row.group: row.year_2023 for row in table(city, inventory, group_by="Form", fiscal_year=2024).rows}
	assert {form: number for form, number in by_form.items() if number} == Counter(row.form or "（未記入）" for row in running[2023])
	ended = {row.name: row for row in records(ROUND, city, "fiscal_year", workflow_state="Published")}
	year = max(row.fiscal_year for row in ended.values())
	rows = {row.group: row for row in table(city, inventory, group_by="Principle", fiscal_year=year).rows}
	assert rows["対等"][f"year_{year}"] == sum(row.fiscal_year == year for row in ended.values())
	assert rows["公開"].city == rows["公開"].organisation == 3
	assert len(table(city, inventory, fiscal_year=2023).rows) == len(running[2023])


def test_evaluation_gaps_compare_released_marks(city):
	marks = {}
	for sheet in frappe.get_all(
		SHEET, {"released": 1, "section": ["in", city.sections]}, ["name", "evaluation_round", "side"], order_by="name"
	):
		for mark in frappe.get_all("Kyodo Evaluation Mark", {"parent": sheet.name}, ["item", "mark"], order_by="idx"):
			marks.setdefault((sheet.evaluation_round, mark.item), {})[sheet.side] = mark.mark
	found = {row.group: row for row in table(city, evaluation_gaps).rows}
	for item, row in found.items():
		own = [pair for (_round, name), pair in marks.items() if name == item]
		gaps = [abs(pair["City"] - pair["Organisation"]) for pair in own]
		assert (row["items"], row.gap, row.to_discuss) == (len(own), round(mean(gaps), 2), sum(gap >= 2 for gap in gaps))
		assert row.city == round(mean(pair["City"] for pair in own), 2)
	assert found["公開"].gap == 0 and found["対等"].gap > 0
	by_project = table(city, evaluation_gaps, group_by="Project").rows
	assert len(by_project) == len(records(ROUND, city, workflow_state="Published"))


def test_settlement_adds_up(city):
	projects = records(PROJECT, city, "granted_amount", "project_name")
	reports = {row.project: row for row in records(REPORT, city, "project", "settled_amount", "workflow_state")}
	paid = Counter()
	for row in frappe.get_all(
		"Kyodo Payment", {"parenttype": PROJECT, "paid_on": ["is", "set"]}, ["parent", "kind", "amount"], order_by="parent"
	):
		paid[row.parent, row.kind] += row.amount
	found = table(city, settlement)
	assert len(found.rows) == len(projects)
	for row in found.rows:
		settled = reports[row.project].settled_amount if reports[row.project].workflow_state == "Accepted" else None
		assert (row.paid, row.returned) == (paid[row.project, "Advance"], paid[row.project, "Refund"])
		assert (row.granted, row.settled) == (next(one.granted_amount for one in projects if one.name == row.project), settled)
	assert found.total["granted"] == sum(row.granted_amount for row in projects)
	frappe.db.delete(REPORT, {"project": projects[0].name})
	alone = next(row for row in table(city, settlement).rows if row.project == projects[0].name)
	assert alone.state == "報告なし" and alone.settled is None and alone.granted


def test_support_centre_counts_cases_and_introductions(city):
	need = raw("Kyodo Need", programme=city.own, title="会場", kind="Looking For")
	for state in ("Introduced", "Came Together"):
		raw("Kyodo Match", need=need, state=state, introduced_on="2026-06-01")
	cases = records(CASE, city, "topic", "state", "received_on", "answered_on")
	found = table(city, support_centre)
	assert {row.group_id: row.cases for row in found.rows} == Counter(row.topic for row in cases)
	days = [(getdate(row.answered_on) - row.received_on).days for row in cases if row.answered_on]
	values = [figure["value"] for figure in found.summary]
	assert values == [4, 1, pytest.approx(mean(days), abs=0.1), 2, 1, 0]
	assert [(row.group, row.cases) for row in table(city, support_centre, group_by="Month").rows] == [("2026-05", 4)]


def test_register_lists_members_fields_and_adoptions(city):
	field = frappe.get_all("Kyodo Activity Field", pluck="name", order_by="code", limit=1)[0]
	name = raw(
		"Kyodo Organisation",
		organisation_name="公園の会",
		workflow_state="Registered",
		registered_on="2026-05-01",
		valid_until=add_days(nowdate(), 10),
		member_count=12,
		activity_fields=[{"activity_field": field}],
	)
	frappe.db.set_value(PROPOSAL, {"programme": city.own, "fiscal_year": ["in", [2019, 2020]]}, "organisation", name)
	own = records(PROPOSAL, city, "workflow_state", "fiscal_year", organisation=name)
	adopted = [row.fiscal_year for row in own if row.workflow_state == "Adopted"]
	row = next(row for row in table(city, register, activity_field=field).rows if row.name == name)
	assert (row.member_count, row.remaining) == (12, 10)
	assert (row.applied, row.adopted) == (sum(one.workflow_state != "Draft" for one in own), len(adopted))
	assert row.last_adopted == {2019: "令和元年度", 2020: "令和2年度"}[max(adopted)]
	assert row.fields == frappe.db.get_value("Kyodo Activity Field", field, "label_text")
	assert name in {one.name for one in table(city, register, standing="Ending Soon").rows}
	assert name not in {one.name for one in table(city, register, standing="New in the Years", fiscal_year=2020, years=1).rows}
