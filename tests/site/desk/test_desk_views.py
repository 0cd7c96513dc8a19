"""The views of the desk: lists, saved filters, calendars, boards, several records at once, the ribbon of a project."""

import io
import json

import frappe
import openpyxl
import pytest
from frappe.model.workflow import WorkflowTransitionError
from frappe.utils import add_days, nowdate

from kyodo_frappe.common.errors import TooMany
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import board, city_calendar, many_at_once, own_calendar, project_ribbon
from kyodo_frappe.programme import list_filters
from kyodo_frappe.programme.errors import InvalidListFilter
from kyodo_frappe.workflows import boards, states
from kyodo_frappe.workflows.spec import specs

PROPOSAL, PROJECT, MEETING = "Kyodo Proposal", "Kyodo Project", "Kyodo Meeting"
# {DocType: columns that its list has besides title and state}
COLUMNS = {
	PROPOSAL: {"organisation", "section", "requested_amount", "submitted_on"},
	PROJECT: {"organisation", "section", "fiscal_year", "to_date"},
	MEETING: {"meeting_type", "meeting_date", "place"},
	"Kyodo Organisation": {"organisation_type", "valid_until"},
	"Kyodo Agreement": {"organisation", "section", "effective_to"},
	"Kyodo Report": {"organisation", "section", "due_date", "submitted_on"},
	"Kyodo Decision": {"organisation", "amount", "decided_on"},
	"Kyodo Evaluation Round": {"organisation", "section", "due_date"},
	"Kyodo Payment Request": {"organisation", "amount", "requested_on"},
	"Kyodo Plan Change": {"organisation", "section", "submitted_on"},
	"Kyodo Consultation": {"section", "held_on"},
	"Kyodo Support Case": {"organisation", "received_on", "next_on"},
	"Kyodo Event": {"held_on", "place"},
	"Kyodo Call": {"opens_on", "closes_on", "section"},
	"Kyodo Change Notice": {"effective_on", "submitted_on"},
	"Kyodo Call Enquiry": {"question", "asked_on"},
	"Kyodo Letter": {"letter_type", "issued_on", "organisation"},
}


def asked(monkeypatch) -> list[str]:
	"""The database queries from now on."""
	queries, sql = [], frappe.db.sql
	monkeypatch.setattr(frappe.db, "sql", lambda query, *a, **k: queries.append(query) or sql(query, *a, **k))
	return queries


# -- lists ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("doctype", COLUMNS)
def test_list_declares_its_columns(doctype):
	meta = frappe.get_meta(doctype)
	shown = {df.fieldname for df in meta.fields if df.in_list_view}
	assert COLUMNS[doctype] <= shown
	assert meta.get_field(meta.sort_field) or meta.sort_field in ("modified", "creation")
	if meta.title_field in ("project_name", "proposal_title"):
		assert not shown & {"project", "proposal"}, "the title says it already"


def test_every_state_has_a_category_and_a_colour():
	told = frappe._dict()
	states.extend_bootinfo(told)
	for doctype, known in told.kyodo_colours.items():
		field = frappe.get_meta(doctype).get_field(known["field"])
		if doctype not in specs():
			assert set(known["colours"]) == set(field.options.split("\n")), doctype
		assert set(known["colours"].values()) <= {*states.COLOURS.values(), states.REFUSED}
	assert (states.colour("Adopted", PROPOSAL), states.colour("Not Adopted", PROPOSAL)) == ("green", "red")
	assert states.colour("Closed") == states.NO_COLOUR, "means different things in different records"


# -- saved filters -------------------------------------------------------------------------------


def of(client, doctype):
	"""{label: names} that each saved filter of a list finds for a user."""
	with client:
		found = list_filters.filters_for(doctype)
		return {row["label"]: set(frappe.get_list(doctype, filters=row["filters"], pluck="name", order_by="name")) for row in found}


def test_saved_filters_find_what_they_say(town):
	submitted, deciding, draft = town.submitted(), town.in_step_1(), town.draft()
	office = of(town.officer, PROPOSAL)
	assert submitted in office["受付待ち"] and not {deciding, draft} & office["受付待ち"]
	assert deciding in office["審査中のもの"] and submitted not in office["審査中のもの"]
	assert "私の課の提案" not in office
	section, other = of(town.section_officer, PROPOSAL), of(town.other_section_officer, PROPOSAL)
	assert {submitted, deciding} <= section["私の課の提案"] and deciding in section["私の課の協議待ち"]
	assert not {submitted, deciding} & other["私の課の提案"] and "受付待ち" not in section
	with town.viewer, pytest.raises(frappe.PermissionError):
		list_filters.filters_for(list_filters.DOCTYPE)


def test_saved_filters_of_letters_follow_their_states(town):
	cycle_steps.receive(town.officer, town.submitted())
	letter = frappe.db.get_value("Kyodo Letter", {"programme": town.programme, "workflow_state": "Issued"})
	letters = of(town.officer, "Kyodo Letter")
	assert [label for label, names in letters.items() if letter in names] == ["施行済み"]
	assert list(letters) == ["下書き", "起案中（決裁待ち）", "決裁済み（未施行）", "施行済み"]


def test_overdue_reports_are_those_past_their_day(town):
	project = town.running()
	values = {"doctype": "Kyodo Report", "project": project, "workflow_state": "Draft", "fiscal_year": 2026, "project_name": "x"}
	rows = {}
	for key, day in (("late", add_days(nowdate(), -1)), ("today", nowdate()), ("none", None)):
		doc = frappe.get_doc({**values, "due_date": day})
		doc.name = frappe.generate_hash(length=10)
		doc.db_insert()
		rows[key] = doc.name
	late = of(town.officer, "Kyodo Report")["期限超過"]
	assert rows["late"] in late and not {rows["today"], rows["none"]} & late


def test_every_saved_filter_of_the_app_is_valid_and_survives_the_city(site):
	for name in frappe.get_all(list_filters.DOCTYPE, pluck="name", order_by="name"):
		list_filters.check(frappe.get_doc(list_filters.DOCTYPE, name))
	assert len(frappe.get_all(list_filters.DOCTYPE)) >= len(list_filters.standard())
	name = f"{PROPOSAL}: {list_filters.standard()[0]['label']}"
	frappe.db.set_value(list_filters.DOCTYPE, name, "label_text", "市の言葉")
	other = f"{PROPOSAL}: {list_filters.standard()[1]['label']}"
	old = {"conditions": "[]"}
	frappe.db.set_value(list_filters.DOCTYPE, other, old)
	row = frappe.db.get_value(list_filters.DOCTYPE, other, list_filters.SHOWN, as_dict=True)
	frappe.db.set_value(list_filters.DOCTYPE, other, "standard_hash", list_filters._hash(row))  # an earlier version of the app
	list_filters.sync()
	assert frappe.db.get_value(list_filters.DOCTYPE, name, "label_text") == "市の言葉"
	assert json.loads(frappe.db.get_value(list_filters.DOCTYPE, other, "conditions"))


@pytest.mark.parametrize(
	"conditions", ["{", "[]x", '[["title"]]', '[["nowhere", "=", 1]]', '[["title", "or 1=1", 1]]', '[["title", "=", "@nobody"]]',
	'[["workflow_state", "in", "@states Wrong"]]']
)  # fmt: skip
def test_conditions_that_a_list_could_not_apply_are_refused(site, conditions):
	doc = frappe.get_doc({"doctype": list_filters.DOCTYPE, "document_type": PROPOSAL, "label_text": "x", "conditions": conditions})
	with pytest.raises(InvalidListFilter):
		list_filters.check(doc)


# -- calendars -----------------------------------------------------------------------------------


def test_calendar_shows_what_the_user_may_read(town, monkeypatch):
	meeting = town.meeting(town.in_step_1())
	day = frappe.db.get_value(MEETING, meeting, "meeting_date")
	with town.officer:
		city_calendar.events("2026-04-01", "2026-04-02")  # what Frappe keeps for later is read
		queries = asked(monkeypatch)
		found = city_calendar.events(str(add_days(day, -1)), str(add_days(day, 1)))
		assert len(queries) <= 30, len(queries)
		mine = next(row for row in found if row["record"] == meeting)
		assert (mine["doctype"], mine["start"][:10]) == (MEETING, str(day)) and mine["title"].startswith("会議：")
		only = city_calendar.events(str(add_days(day, -1)), str(add_days(day, 1)), doctype="Kyodo Event", fields="x")
		assert not [row for row in only if row["doctype"] != "Kyodo Event"]
		year = city_calendar.events("2026-04-01", "2027-03-31")
		assert {"Kyodo Programme", MEETING} <= {row["doctype"] for row in year}
	with town.representative, pytest.raises(frappe.PermissionError):
		city_calendar.events("2026-04-01", "2026-04-30")


def test_calendar_of_a_section_has_its_own_reports_only(town):
	project = town.running()
	values = {"doctype": "Kyodo Report", "project": project, "project_name": "x", "workflow_state": "Draft", "fiscal_year": 2026}
	doc = frappe.get_doc({**values, "due_date": nowdate(), "section": town.section})
	doc.name = frappe.generate_hash(length=10)
	doc.db_insert()
	span = (add_days(nowdate(), -1), add_days(nowdate(), 1), "Kyodo Report")
	with town.section_officer:
		assert doc.name in {row["record"] for row in city_calendar.events(*map(str, span))}
	with town.other_section_officer:
		assert doc.name not in {row["record"] for row in city_calendar.events(*map(str, span))}


def test_staff_follow_the_calendar_with_a_key_that_can_be_revoked(town):
	meeting = town.meeting(town.in_step_1())
	with town.officer:
		assert own_calendar.subscribed_since() == ""
		key = own_calendar.subscribe().rpartition("=")[2]
		assert own_calendar.subscribed_since()
	with town.guest:
		assert own_calendar.user_of(key) == town.officer.user
		content = own_calendar.feed(town.officer.user).decode().replace("\r\n ", "")
		assert meeting in content and "会議：" in content and "期限：" in content
		assert frappe.session.user == "Guest"
	with town.officer:
		own_calendar.unsubscribe()
	assert own_calendar.user_of(key) is None
	with town.representative, pytest.raises(frappe.PermissionError):
		own_calendar.subscribe()


# -- boards --------------------------------------------------------------------------------------


def move(client, name, state, of="Kyodo Proposals Board"):
	with client:
		before = frappe.db.get_value(boards.BOARDS[of], name, "workflow_state")
		return board.update_order_for_single_card(of, name, before, state, 0, 0)


def test_columns_are_the_states_of_the_workflow_in_order(site):
	for name, doctype in boards.BOARDS.items():
		doc = frappe.get_doc(boards.BOARD, name)
		assert [row.column_name for row in doc.columns] == states.states(doctype)
		assert boards.is_ours(doc)


def test_card_moves_along_transitions_only(town):
	proposal = town.submitted()
	with pytest.raises(WorkflowTransitionError, match="受け付ける"):
		move(town.officer, proposal, "Adopted")
	with pytest.raises(frappe.PermissionError):
		move(town.other_section_officer, proposal, "Received")
	with pytest.raises(WorkflowTransitionError):
		move(town.section_officer, proposal, "Received")
	assert town.state(PROPOSAL, proposal) == "Submitted"
	move(town.officer, proposal, "Received")
	assert town.state(PROPOSAL, proposal) == "Received"
	assert frappe.db.exists("Kyodo Letter", {"proposal": proposal, "letter_type": "Receipt"})
	with pytest.raises(frappe.MandatoryError):
		move(town.officer, proposal, "Withdrawn")  # needs a reason


def test_looking_at_a_board_changes_nothing(town, monkeypatch):
	proposal = town.submitted()
	with town.officer:
		_board, moved = board.update_order("Kyodo Proposals Board", json.dumps({"Received": [proposal]}))
	assert moved == [] and town.state(PROPOSAL, proposal) == "Submitted"


def test_board_gets_states_that_the_city_adds_and_keeps_its_colours(site):
	doc = frappe.get_doc(boards.BOARD, "Kyodo Projects Board")
	frappe.db.set_value("Kanban Board Column", doc.columns[0].name, "indicator", "Pink")
	frappe.db.delete("Kanban Board Column", {"name": doc.columns[-1].name})
	frappe.clear_document_cache(boards.BOARD, doc.name)
	boards.sync()
	doc = frappe.get_doc(boards.BOARD, doc.name)
	assert [row.column_name for row in doc.columns] == states.states(PROJECT)
	assert doc.columns[0].indicator == "Pink"


# -- several at once -----------------------------------------------------------------------------


def test_action_for_several_is_taken_where_the_guard_lets_it(town):
	first, second, deciding = town.submitted(), town.submitted(), town.in_step_1()
	with town.officer:
		outcome = many_at_once.act(PROPOSAL, [first, deciding, second], "Receive")
	assert [row["name"] for row in outcome["done"]] == [first, second]
	assert "exc_type" not in frappe.local.response
	assert [town.state(PROPOSAL, name) for name in (first, second, deciding)] == ["Received", "Received", "Step 1"]
	(failed,) = outcome["failed"]
	assert failed["title"] == "みんなの食堂" and "ステップ1" in failed["reason"]
	with town.other_section_officer:
		outcome = many_at_once.act(PROPOSAL, [first], "Start Consultation")
	assert not outcome["done"] and outcome["failed"][0]["title"] == first, "the title is not told to whom it is closed"
	with town.representative, pytest.raises(frappe.PermissionError):
		many_at_once.act(PROPOSAL, [first], "Start Consultation")


def test_section_is_set_in_several_and_nothing_else(town):
	proposal = town.submitted()
	with town.officer:
		outcome = many_at_once.set_field(PROPOSAL, json.dumps([proposal]), "section", town.other_section)
		assert [row["name"] for row in outcome["done"]] == [proposal], outcome
		for field in ("workflow_state", "title", "owner"):
			with pytest.raises(frappe.PermissionError):
				many_at_once.set_field(PROPOSAL, [proposal], field, "x")
		with pytest.raises(TooMany):
			many_at_once.act(PROPOSAL, [str(number) for number in range(many_at_once.MOST + 1)], "Receive")
	assert frappe.db.get_value(PROPOSAL, proposal, "section") == town.other_section


def test_settable_fields_exist():
	for doctype, fields in many_at_once.settable().items():
		for field in fields:
			assert not frappe.get_meta(doctype).get_field(field).read_only


def test_workbook_has_the_columns_of_the_list_and_no_formula(town, monkeypatch):
	proposal, hidden = town.submitted(), town.draft()
	frappe.db.set_value(PROPOSAL, proposal, "title", "=HYPERLINK(0)")
	with town.officer:
		many_at_once.export(PROPOSAL, [proposal, hidden])  # reads the login and its roles, which Frappe keeps
		queries = asked(monkeypatch)
		many_at_once.export(PROPOSAL, [proposal, hidden])
		assert len(queries) <= 12, len(queries)
	sheet = openpyxl.load_workbook(io.BytesIO(frappe.local.response.filecontent)).active
	rows = list(sheet.iter_rows(values_only=True))
	assert {"名称", "状態", "担当課"} <= set(rows[0]) and len(rows) == 2, "a draft is not open to the office"
	assert rows[1][0] == proposal and "提出済み" in rows[1] and "みんなの食卓の会" in rows[1]
	assert all(cell.data_type != "f" for row in sheet for cell in row)
	with town.section_officer, pytest.raises(frappe.PermissionError):
		many_at_once.export(PROPOSAL, [proposal])


# -- the ribbon ----------------------------------------------------------------------------------


def test_ribbon_says_where_a_project_stands(town, monkeypatch):
	project = town.running()
	with town.section_officer:
		project_ribbon.ribbon(project)  # what Frappe keeps for later is read
		queries = asked(monkeypatch)
		found = project_ribbon.ribbon(project)
		assert len(queries) <= 30, len(queries)
	standing = [stage["standing"] for stage in found["stages"]]
	assert standing == ["done", "done", "done", "now", "ahead", "ahead"]
	assert found["stages"][2]["doctype"] == "Kyodo Agreement" and found["stages"][2]["day"]
	assert found["next"][0].startswith("次の手続：") and "担当課" in found["next"][0]
	with town.outsider, pytest.raises(frappe.PermissionError):
		project_ribbon.ribbon(project)
