"""Evaluation rounds: sheets, dialogue, one-sided closing, model projects, comparison over the years."""

import json

import frappe
import pytest
from portal_client import send, visit

from kyodo_frappe import reminders
from kyodo_frappe.committee import papers
from kyodo_frappe.common.errors import ChangedMeanwhile
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.evaluation import dialogue
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.evaluation.errors import (
	BothSidesEvaluate,
	CityOpensRound,
	CitySheetMissing,
	DialogueNotOpen,
	IncompleteSheet,
	InvalidMark,
	MarkReasonRequired,
	ModelReasonRequired,
	NoRecord,
	ProjectNotRunning,
	RecordNotAgreed,
	RoundNotPossible,
	SheetSubmitted,
	SubmittedSheetFixed,
	UnknownItem,
)
from kyodo_frappe.evaluation.over_years import comparison, report_table
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.rules.era import era_year

from ..committee.test_convening import read
from ..workflows.test_at_once import at_once

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

ROUND, SHEET, PROJECT, REPORT = "Kyodo Evaluation Round", "Kyodo Evaluation Sheet", "Kyodo Project", "Kyodo Report"
SERVICE, DIALOGUE = "kyodo_frappe.evaluation.rounds", "kyodo_frappe.evaluation.dialogue"
CITY, GROUP = "City", "Organisation"
REFUSALS = (frappe.ValidationError, frappe.PermissionError)


def refused(act, *args, exc: type[Exception] | tuple = REFUSALS, **more) -> str:
	"""Check that the call is refused with `exc`; return the sentence."""
	with pytest.raises(exc) as caught:
		act(*args, **more)
	return str(caught.value)


def running(town) -> tuple[str, int]:
	project = town.running()
	return project, frappe.db.get_value(PROJECT, project, "fiscal_year")


def open_round(town, project: str, year: int, phase: str = "Final", client=None) -> tuple[str, dict[str, str]]:
	name = (client or town.section_officer).call(f"{SERVICE}.open_round", project=project, fiscal_year=year, phase=phase)
	rows = frappe.get_all(SHEET, {"evaluation_round": name}, ["side", "name"], order_by="side", as_list=True)
	return name, dict(rows)


def round_with_both_in(town, project: str, year: int, phase: str = "Final", city=(4, 3, 5), group=(4, 5, 2)) -> str:
	name, sheets = open_round(town, project, year, phase)
	cycle_steps.submit_sheet(town.section_officer, sheets[CITY], list(city))
	cycle_steps.submit_sheet(town.representative, sheets[GROUP], list(group))
	return name


def value(name: str, fieldname: str):
	return frappe.db.get_value(ROUND, name, fieldname)


def evaluation_rule(town, **values):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.append("deadline_rules", {"code": "Evaluation", "label_text": "相互評価の期限", "remind_days": 7, **values})
	programme.save()
	town.rules_changed()


# -- opening ---------------------------------------------------------------------------------


def test_city_opens_rounds_and_organisation_asks_for_them(town):
	project, year = running(town)
	refused(open_round, town, project, year, client=town.representative, exc=CityOpensRound)
	refused(open_round, town, project, year, client=town.outsider)
	for outside in (year - 1, year + 40):
		assert era_year(outside) in refused(open_round, town, project, outside, exc=ProjectNotRunning)
	refused(open_round, town, project, year, "Whenever")
	for _twice in range(2):
		town.representative.call(f"{SERVICE}.ask_for_round", project=project, fiscal_year=year, phase="Mid-term")
	asked = frappe.get_all("Comment", {"reference_name": project, "subject": ["like", "kyodo-evaluation-asked%"]}, order_by="name")
	assert len(asked) == 1
	refused(town.viewer.call, f"{SERVICE}.ask_for_round", project=project, fiscal_year=year)
	first, sheets = open_round(town, project, year, "Mid-term")
	assert open_round(town, project, year, "Mid-term", client=town.officer)[0] == first and set(sheets) == {CITY, GROUP}
	assert open_round(town, project, year, "Annual", client=town.officer)[0] != first
	refused(town.representative.call, f"{SERVICE}.ask_for_round", project=project, fiscal_year=year, phase="Mid-term")
	refused(open_round, town, town.project(), year, exc=RoundNotPossible)  # still being planned


def test_items_are_the_agreed_ones_whatever_is_sent(town):
	project, year = running(town)
	given = {
		"doctype": ROUND,
		"project": project,
		"fiscal_year": year,
		"phase": "Final",
		"items": [{"code": "X", "kind": "Principle", "item": "別の項目"}],
	}
	name = town.officer.insert(given)["name"]
	items = frappe.get_doc(ROUND, name).items
	agreed = [row.title for row in frappe.get_doc("Kyodo Programme", town.programme).principles]
	assert [row.item for row in items] == [*agreed, "延べ参加者数", "開催回数"]
	assert (items[-1].baseline, items[-1].target, items[-1].actual, items[-1].measurement) == ("0回", "44回", None, "実施記録")
	refused(town.officer.update, ROUND, name, {"items": []})


def test_due_date_follows_programme_rule(town):
	project, year = running(town)
	name = open_round(town, project, year, "Mid-term")[0]
	assert value(name, "due_date") is None, "the programme has no rule"
	evaluation_rule(town, kind="After Event", days=30, event="round opened", roll="None")
	name = open_round(town, project, year, "Annual")[0]
	assert str(value(name, "due_date")) == frappe.utils.add_days(frappe.utils.nowdate(), 30)
	frappe.db.delete("Kyodo Deadline Rule", {"code": "Evaluation", "parent": town.programme})
	town.rules_changed()
	evaluation_rule(town, kind="Fixed Date", month=5, day=31, roll="None")
	name = open_round(town, project, year, "Final")[0]
	due = frappe.utils.getdate(value(name, "due_date"))
	assert (due.month, due.day) == (5, 31) and due >= frappe.utils.getdate()


def test_both_sides_get_the_same_reminder(town, monkeypatch):
	project, year = running(town)
	evaluation_rule(town, kind="After Event", days=10, roll="None")
	name, sheets = open_round(town, project, year)
	due = value(name, "due_date")
	sent = []
	monkeypatch.setattr(frappe, "sendmail", lambda **mail: sent.append(mail))
	day = lambda count: frappe.utils.add_days(due, count)

	def remind(on) -> list[str]:
		sent.clear()
		reminders.send("Evaluation Due", on)
		return [mail["recipients"][0] for mail in sent if mail["reference_name"] == name]

	city, group = [town.section_officer.user], [town.representative.user, town.editor.user]
	assert remind(day(-9)) == []
	assert remind(day(-7)) == city + group
	assert len({mail["args"]["body"].split("様")[1] for mail in sent if mail["reference_name"] == name}) == 1, "the same words"
	assert remind(day(-7)) == [], "only once"
	cycle_steps.submit_sheet(town.section_officer, sheets[CITY], [4])
	assert remind(day(1)) == group and remind(day(2)) == [] and remind(day(8)) == group
	cycle_steps.submit_sheet(town.representative, sheets[GROUP], [4])
	assert remind(day(15)) == [], "both are in"


# -- marking ---------------------------------------------------------------------------------


def test_invalid_sheets_are_refused(town):
	project, year = running(town)
	name, sheets = open_round(town, project, year)
	city, group = sheets[CITY], sheets[GROUP]
	rows = town.section_officer.read(SHEET, city)["marks"]
	full = {row["item_code"]: {"mark": 3, "reason": ""} for row in rows}
	hand_in = lambda client, sheet, marks: client.call(f"{SERVICE}.submit_sheet", sheet=sheet, marks=marks)
	first = rows[0]["item_code"]
	for marks, exc in (
		({}, IncompleteSheet),
		({**full, first: {"mark": 6}}, InvalidMark),
		({**full, first: {"mark": -1}}, InvalidMark),
		({**full, first: {"mark": "x"}}, InvalidMark),
		({**full, first: {"mark": 2}}, MarkReasonRequired),
		("[1]", REFUSALS),
		('{"P1": 4}', REFUSALS),
	):
		refused(hand_in, town.section_officer, city, marks, exc=exc)
	assert "5" in refused(hand_in, town.section_officer, city, {**full, first: {"mark": 6}}), "the highest mark"
	refused(town.section_officer.update, SHEET, city, {"marks": rows[:2]})
	refused(town.section_officer.update, SHEET, city, {"marks": [{**rows[0], "mark": 9}, *rows[1:]]})
	for client, sheet in (
		(town.section_officer, group),
		(town.representative, city),
		(town.viewer, group),
		(town.officer, city),
		(town.outsider, group),
	):
		refused(hand_in, client, sheet, full)
	refused(town.section_officer.update, SHEET, city, {"side": GROUP})
	town.section_officer.update(SHEET, city, {"released": 1, "submitted_on": frappe.utils.now()})
	assert frappe.db.get_value(SHEET, city, ["released", "submitted_on", "side"]) == (0, None, CITY)
	assert hand_in(town.section_officer, city, full)["state"] == "Open"
	refused(hand_in, town.section_officer, city, full, exc=(SheetSubmitted, SubmittedSheetFixed))
	assert hand_in(town.editor, group, full)["state"] == "Both In"


def test_sheets_submitted_at_once_move_round_to_both_in(real_town):
	town = real_town
	project, year = running(town)
	name, sheets = open_round(town, project, year)
	frappe.db.commit()
	clients = {CITY: town.over_rest(town.section_officer), GROUP: town.over_rest(town.representative)}
	answers = at_once(*(lambda side=side: cycle_steps.submit_sheet(clients[side], sheets[side], [4]) for side in clients))
	frappe.db.rollback()
	handed = frappe.db.count(SHEET, {"evaluation_round": name, "submitted_on": ["is", "set"]})
	assert answers.count("ok") == handed, answers
	assert (value(name, "workflow_state") == "Both In") is (handed == 2), "both in implies no longer open"


# -- dialogue ------------------------------------------------------------------------------------


def test_dialogue_is_recorded_and_agreed_by_both_sides(town):
	project, year = running(town)
	name, sheets = open_round(town, project, year)
	note = lambda client, *args, **more: client.call(f"{DIALOGUE}.note_talk", evaluation=name, item_code=args[0], talk=args[1], **more)
	agree = lambda client, **more: client.call(f"{DIALOGUE}.agree_to_record", evaluation=name, **more)
	conclude = lambda client: client.act(ROUND, name, "Conclude Dialogue")
	refused(note, town.representative, "P1", "早すぎる", exc=DialogueNotOpen)
	cycle_steps.submit_sheet(town.section_officer, sheets[CITY], [4, 3, 5])
	cycle_steps.submit_sheet(town.representative, sheets[GROUP], [4, 5, 2])
	# the largest difference first: 5 against 2, 3 against 5, 4 against 4
	shown = town.section_officer.call(f"{DIALOGUE}.differences", evaluation=name)
	sizes = [row["gap"]["size"] for row in json.loads(json.dumps(shown, default=str))["rows"]]
	assert sizes == sorted(sizes, reverse=True) and sizes[0] == 3
	assert note(town.representative, "P3", "月1回話す", seen="") == {"talk": "月1回話す", "talk_by": GROUP}
	assert "月1回話す" in refused(note, town.section_officer, "P3", "別の話", seen="", exc=ChangedMeanwhile)
	assert note(town.section_officer, "P3", "月1回話す。議事録も残す", seen="月1回話す")["talk_by"] == CITY
	refused(note, town.representative, "P99", "x", exc=UnknownItem)
	for client in (town.outsider, town.viewer, town.members["npo1"]):
		refused(note, client, "P1", "x")
	refused(agree, town.representative, exc=NoRecord)
	refused(conclude, town.section_officer)
	town.representative.call(f"{DIALOGUE}.write_record", evaluation=name, dialogue="頻度に差があった。", seen="")
	refused(town.section_officer.call, f"{DIALOGUE}.write_record", evaluation=name, dialogue="上書き", seen="", exc=ChangedMeanwhile)
	old = dialogue.digest(frappe.get_doc(ROUND, name))
	assert agree(town.section_officer, seen=old)[CITY]
	assert "団体側" in refused(conclude, town.section_officer, exc=RecordNotAgreed), "the side that is missing"
	note(town.representative, "P2", "役割の確認")
	assert value(name, "city_agreed_on") is None, "a changed record voids the agreement"
	refused(agree, town.section_officer, seen=old, exc=ChangedMeanwhile)
	refused(agree, town.officer)
	agree(town.section_officer)
	assert all(agree(town.editor).values())
	town.section_officer.update(ROUND, name, {"dialogue": "頻度に差があった。月1回にする。"})
	assert value(name, "organisation_agreed_on") is None
	town.representative.update(ROUND, name, {"city_agreed_on": frappe.utils.now()})
	assert value(name, "city_agreed_on") is None, "no side agrees for the other"
	agree(town.section_officer), agree(town.representative)
	assert conclude(town.section_officer) == "Discussed"
	refused(note, town.representative, "P1", "遅すぎる", exc=DialogueNotOpen)


def test_office_concludes_dialogue_without_agreement(town):
	project, year = running(town)
	name = round_with_both_in(town, project, year)
	refused(town.officer.act, ROUND, name, "Conclude Dialogue")  # without a record
	town.officer.call(f"{DIALOGUE}.write_record", evaluation=name, dialogue="双方の見方は分かれたままである。")
	assert town.officer.act(ROUND, name, "Conclude Dialogue") == "Discussed"


# -- one-sided closing --------------------------------------------------------------------------


def test_round_is_closed_one_sided_only_without_organisation(town):
	project, year = running(town)
	frappe.db.set_value(PROJECT, project, "published", 1)
	name, sheets = open_round(town, project, year)
	walk_reason = {"one_sided_reason": "団体が解散したため。"}
	town.officer.update(ROUND, name, walk_reason)
	refused(town.officer.act, ROUND, name, "Close One-Sided", exc=BothSidesEvaluate)
	frappe.db.set_value("Kyodo Organisation", town.organisation, "workflow_state", "Suspended")
	refused(town.officer.act, ROUND, name, "Close One-Sided", exc=CitySheetMissing)
	refused(town.section_officer.act, ROUND, name, "Close One-Sided")
	cycle_steps.submit_sheet(town.section_officer, sheets[CITY], [3])
	assert town.officer.act(ROUND, name, "Close One-Sided") == "Discussed"
	assert frappe.db.get_value(SHEET, sheets[CITY], "released") and not frappe.db.get_value(SHEET, sheets[GROUP], "released")
	refused(cycle_steps.submit_sheet, town.representative, sheets[GROUP], [5])
	frappe.db.set_value(ROUND, name, "workflow_state", "Published")
	page = visit("Guest", f"projects/{project}")[1]
	assert "評価したのは市側のみです" in page.replace("行政側", "市側") and "団体が解散したため。" in page


# -- verification, publication, comparison ------------------------------------------------------------


def test_verified_round_is_published_and_makes_model_project(town):
	project, year = running(town)
	frappe.db.set_value(PROJECT, project, "published", 1)
	name = round_with_both_in(town, project, year)
	town.representative.call(f"{DIALOGUE}.note_talk", evaluation=name, item_code="P3", talk="月1回の定例会を置く。")
	cycle_steps.record_dialogue((town.section_officer, town.representative), name, "頻度に差があった。")
	town.section_officer.act(ROUND, name, "Conclude Dialogue")
	interest = frappe.get_doc(
		{
			"doctype": "Kyodo Interest",
			"member": town.members["npo2"].user,
			"programme": town.programme,
			"organisation": town.organisation,
			"relation": "Other",
			"note": "理事",
		}
	)
	interest.insert(ignore_permissions=True)
	meeting = cycle_steps.plan_meeting(
		town.officer,
		town.committee,
		"Evaluation",
		[{"item_type": "Evaluation", "evaluation_round": name, "subject": "相互評価", "verified": 1}],
	)
	cycle_steps.convene(town.officer, meeting)
	sheet = frappe.db.get_value(SHEET, {"evaluation_round": name, "side": CITY})
	judge, recused = town.members["npo1"], town.members["npo2"]
	assert judge.read(SHEET, sheet)["marks"] and "月1回の定例会を置く。" in visit(judge.user, f"my/evaluations/{name}")[1]
	for doctype, record in ((ROUND, name), (SHEET, sheet)):
		refused(recused.read, doctype, record)
		with recused:
			assert not frappe.get_list(doctype, {"name": record}), "recused members do not find it in lists either"
	assert visit(recused.user, f"my/evaluations/{name}")[0] == 404
	assert "月1回の定例会を置く。" in _paper(meeting, judge) and "月1回の定例会を置く。" not in _paper(meeting, recused)
	values = {"committee_view": "継続が望ましい。", "outcome": "Continue", "propose_model": 1}
	town.officer.update(ROUND, name, values)
	cycle_steps.open_session(town.officer, meeting)
	frappe.db.savepoint("closing")
	refused(cycle_steps.close, town.officer, meeting, exc=ModelReasonRequired)
	frappe.db.rollback(save_point="closing")
	town.officer.update(ROUND, name, {"model_reason": "他の地区にも広げられる。"})
	cycle_steps.close(town.officer, meeting)
	letter = frappe.get_doc("Kyodo Letter", {"evaluation_round": name})
	assert letter.letter_type == "Result" and letter.organisation == town.organisation
	told = {item["label"]: item["lines"] for item in letter_text.letter_context(letter)["items"]}
	assert told["評価の結果"] == ["継続"] and told["会議の意見"] == ["継続が望ましい。"] and told["評価の対象"][0].startswith("令和")
	assert town.representative.read("Kyodo Letter", letter.name)
	refused(town.officer.act, ROUND, name, "Publish")
	town.officer.update(ROUND, name, {"public_summary": "双方が成果を認めた。"})
	assert "やさしい" in refused(town.officer.act, ROUND, name, "Publish"), "the field that is missing"
	town.officer.update(ROUND, name, {"plain_summary": "みんなに よろこばれました。"})
	assert town.officer.act(ROUND, name, "Publish") == "Published"
	assert frappe.db.get_value(PROJECT, project, ["is_model_project", "model_reason"]) == (1, "他の地区にも広げられる。")
	page = visit("Guest", f"projects/{project}")[1]
	for words in (
		"みんなに よろこばれました。",
		"月1回の定例会を置く。",
		"双方が確認した記録です",
		"継続が望ましい。",
		"他の地区にも広げられる。",
	):
		assert words in page, words
	people = [frappe.utils.get_fullname(client.user) for client in (town.section_officer, town.representative, town.officer)]
	assert not any(person in page for person in people), "no personal names"


def _paper(meeting: str, client) -> str:
	"""The text of a member's papers of a meeting."""
	with client:
		return read(papers.papers_pdf(meeting, client.user))[1]


def test_comparison_over_years_includes_report_results(town):
	project, year = running(town)
	round_with_both_in(town, project, year, "Mid-term", city=(4,), group=(2,))
	name, sheets = open_round(town, project, year, "Final")
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	doc = frappe.get_doc(REPORT, report)
	for row, actual in zip(doc.indicators, (900, 44), strict=True):
		row.db_set("actual", actual)
	evaluations.update_results(frappe._dict(project=project, fiscal_year=doc.fiscal_year))
	assert frappe.get_doc(ROUND, name).items[-1].actual is None, "a report counts only once it is submitted"
	frappe.db.set_value(REPORT, report, "workflow_state", "Submitted")
	evaluations.update_results(frappe.get_doc(REPORT, report))
	items = {row.item: row for row in frappe.get_doc(ROUND, name).items}
	assert (items["延べ参加者数"].actual, items["延べ参加者数"].achieved) == ("900人", "75%（未達成）")
	assert (items["開催回数"].actual, items["開催回数"].achieved) == ("44回", "100%（達成）")
	with town.representative:
		assert [row.phase for row in comparison(project).rounds] == ["Mid-term"], "open rounds are not compared"
	cycle_steps.submit_sheet(town.section_officer, sheets[CITY], [5])
	cycle_steps.submit_sheet(town.representative, sheets[GROUP], [5])
	with town.representative:
		found = comparison(project)
	first, last = found.rows[0].cells
	assert (first.city, first.organisation, first.gap, last.gap) == (4, 2, 2, 0)
	assert found.rows[-1].item == "開催回数" and found.rows[-1].cells[1].achieved == "100%（達成）"
	with town.section_officer:
		rows = report_table({"project": project})["rows"]
		assert (rows[0]["city_0"], rows[0]["gap_0"], rows[0]["gap_1"]) == (4, 2, 0)
	for client in (town.outsider, town.other_section_officer):
		with client:
			refused(report_table, {"project": project})
			assert not comparison(project).rounds
	page = visit(town.representative.user, f"my/projects/{project}/evaluations")
	assert page[0] == 200 and "年度ごとの比較" in page[1] and "数字で見る双方の関わり" in page[1]
	assert visit(town.outsider.user, f"my/projects/{project}/evaluations")[0] == 404


# -- the portal --------------------------------------------------------------------------------


def test_dialogue_in_the_portal(town):
	project, year = running(town)
	city, group = town.section_officer.user, town.representative.user
	_location, notice = send(group, "evaluation.actions.ask_for_evaluation", project=project, fiscal_year="２０２６", phase="Annual")
	assert notice["kind"] == "done" or "実施されていません" in notice["text"], notice
	_location, notice = send(city, "evaluation.actions.open_evaluation", project=project, fiscal_year="来年", phase="Annual")
	assert notice["kind"] == "refused" and notice["typed"]["fiscal_year"] == "来年"
	name = round_with_both_in(town, project, year)
	seen = {"evaluation": name, "item_code": "P3", "form": f"talk:{name}"}
	assert send(group, "evaluation.actions.save_talk", **seen, talk="月1回", seen="")[1]["kind"] == "done"
	location, notice = send(city, "evaluation.actions.save_talk", **seen, talk="毎週", seen="")
	assert notice["kind"] == "refused" and "月1回" in notice["text"] and notice["typed"]["talk"] == "毎週"
	page = visit(city, f"my/evaluations/{name}", n=location.split("n=")[1].split("#")[0])[1]
	assert "毎週" in page and "月1回" in page, "typed text is kept"
	send(city, "evaluation.actions.save_record", evaluation=name, dialogue="月1回の定例会", talked_on="2026-05-01", seen="")
	digest = dialogue.digest(frappe.get_doc(ROUND, name))
	assert send(group, "evaluation.actions.agree_to_record", evaluation=name, digest="x")[1]["kind"] == "refused"
	for user in (group, city):
		assert send(user, "evaluation.actions.agree_to_record", evaluation=name, digest=digest)[1]["kind"] == "done"
	assert "話合いを終える" in visit(city, f"my/evaluations/{name}")[1]
	assert "話合いを終える" not in visit(group, f"my/evaluations/{name}")[1]
	assert send(group, "evaluation.actions.conclude", evaluation=name)[1]["kind"] == "refused"
	assert send(city, "evaluation.actions.conclude", evaluation=name)[1]["kind"] == "done"
	assert visit(group, f"my/evaluations/{name}")[0] == 200


def test_marks_are_autosaved(town):
	project, year = running(town)
	_name, sheets = open_round(town, project, year)
	save = "kyodo_frappe.evaluation.actions.autosave_evaluation"
	given = {"name": sheets[GROUP], "writer": town.representative.user}
	assert town.representative.call(save, **given, **{"mark-P1": "4", "reason-P1": "よく話せた"})["at"]
	assert frappe.get_doc(SHEET, sheets[GROUP]).marks[0].mark == 4
	refused(town.representative.call, save, **given, **{"mark-P1": "9"})
	refused(town.section_officer.call, save, **{**given, "writer": town.section_officer.user}, **{"mark-P1": "1"})
