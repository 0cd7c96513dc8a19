"""Surveys (実態調査) from the questions to the totals, in the portal and over REST."""

import csv
import io

import frappe
import pytest
from frappe.utils import add_days, nowdate
from openpyxl import load_workbook
from portal_client import send, visit

from kyodo_frappe import reminders
from kyodo_frappe.demo.clients import Refused, RestClient
from kyodo_frappe.support import actions as support_actions
from kyodo_frappe.support import figures, survey_results, surveys
from kyodo_frappe.support import public as centre_public
from kyodo_frappe.support.errors import NobodyToAsk, SurveyQuestionsError, SurveyStateError

pytestmark = pytest.mark.usefixtures("messages_sent_at_once")

SURVEY, RESPONSE = surveys.SURVEY, surveys.RESPONSE
QUESTIONS = [
	{"code": "members", "question": "会員数", "kind": "A Number", "required": 1},
	{"code": "trouble", "question": "課題", "kind": "Several Choices", "choices": "人手\n資金\n場所"},
	{"code": "office", "question": "事務所", "kind": "Yes or No", "required": 1},
	{"code": "word", "question": "ご意見", "kind": "Free Text"},
]


@pytest.fixture
def mails(monkeypatch):
	found = []
	monkeypatch.setattr(frappe, "sendmail", lambda recipients, subject, args, **_rest: found.extend((to, subject) for to in recipients))
	return found


def ok(answer: tuple[str, dict]) -> str:
	assert answer[1].get("kind") in (None, "done"), answer[1]
	return answer[0]


def survey_of(town, **more) -> str:
	values = {
		"doctype": SURVEY,
		"title": f"{town.tag} 調査",
		"programme": town.programme,
		"opens_on": nowdate(),
		"closes_on": add_days(nowdate(), 14),
		"questions": QUESTIONS,
	}
	with town.support:
		return frappe.get_doc({**values, **more}).insert().name


def opened(town, **more) -> tuple[str, str]:
	"""Open a survey and return (its name, the sheet of the town's organisation)."""
	name = survey_of(town, **more)
	with town.support:
		surveys.open_survey(name)
	return name, frappe.db.get_value(RESPONSE, {"survey": name, "organisation": town.organisation})


def answered(town, sheet: str, **more):
	typed = {
		"answer-0": "１２人",
		"has-answer-1": "1",
		"answer-1-0": "1",
		"answer-1-2": "1",
		"answer-2": "はい",
		"answer-3": "=1+1",
		**more,
	}
	return send(
		town.editor.user,
		"support.actions.save_sheet",
		name=sheet,
		then="submit",
		modified=str(frappe.db.get_value(RESPONSE, sheet, "modified")),
		**typed,
	)


# -- from the questions to the answers ------------------------------------------------------------


def test_survey_is_made_opened_answered_and_closed(town, mails):
	typed = {
		"title": "実態調査",
		"fiscal_year": "2026",
		"opens_on": nowdate(),
		"closes_on": add_days(nowdate(), 14),
		"introduction": "ご協力ください",
	}
	for number, row in enumerate(QUESTIONS):
		typed |= {f"questions-{number}-{key}": str(value) for key, value in row.items() if key != "code"}
		typed |= {f"questions-{number}-has-required": "1"}
	location = ok(send(town.support.user, "support.actions.save_survey", name="new", **{"rows-questions": "4"}, **typed))
	name = location.split("/")[-1].split("?")[0]
	assert [row.code for row in frappe.get_doc(SURVEY, name).questions] == ["Q1", "Q2", "Q3", "Q4"]
	ok(send(town.support.user, "support.actions.run_survey", name=name, then="open"))
	surveys.notify_invited(name)
	assert (town.representative.user, "【鎌倉市】実態調査のお願い") in mails and (
		town.viewer.user,
		"【鎌倉市】実態調査のお願い",
	) not in mails
	sheet = frappe.db.get_value(RESPONSE, {"survey": name, "organisation": town.organisation})
	assert "実態調査" in visit(town.editor.user, "my")[1] and "ご協力ください" in visit(town.editor.user, f"my/surveys/{sheet}")[1]
	assert visit(town.outsider.user, f"my/surveys/{sheet}")[0] == 404

	# incomplete answers are saved, and submitting them lists the problems
	location, notice = send(
		town.editor.user,
		"support.actions.save_sheet",
		name=sheet,
		then="submit",
		modified=str(frappe.db.get_value(RESPONSE, sheet, "modified")),
		**{"answer-0": "たくさん", "has-answer-1": "1", "answer-1-1": "1"},
	)
	assert notice["kind"] == "wait" and notice["problems"] == [
		"「会員数」には数字で回答してください（「たくさん」は数字ではありません）。",
		"「事務所」に回答してください。",
	]
	doc = frappe.get_doc(RESPONSE, sheet)
	assert (doc.state, {row.code: row.answer for row in doc.answers}) == ("Begun", {"Q1": "たくさん", "Q2": "資金"})
	with town.editor:
		support_actions.autosave_sheet(sheet, str(doc.modified), **{"answer-0": "12人"})
		with pytest.raises(frappe.PermissionError):
			support_actions.autosave_sheet(sheet, str(doc.modified), writer=town.viewer.user)
	# a colleague with an outdated page is refused, and nothing is overwritten
	assert (
		send(town.representative.user, "support.actions.save_sheet", name=sheet, modified=str(doc.creation), **{"answer-0": "99"})[1][
			"kind"
		]
		== "refused"
	)
	assert send(town.viewer.user, "support.actions.save_sheet", name=sheet, **{"answer-0": "99"})[1]["kind"] == "refused"
	ok(answered(town, sheet))
	doc.reload()
	assert (doc.state, doc.answered_by, frappe.db.get_value(SURVEY, name, "answered_count")) == ("Answered", town.editor.user, 1)
	assert {row.code: row.answer for row in doc.answers}["Q2"] == "人手\n場所"
	# a submitted sheet is only replaced by a complete one
	assert answered(town, sheet, **{"answer-0": ""})[1]["kind"] == "refused"
	ok(answered(town, sheet, **{"answer-0": "15"}))
	assert frappe.db.get_value(SURVEY, name, "answered_count") == 1

	with town.support:
		count = surveys.remind(name)
		assert count == frappe.db.get_value(SURVEY, name, "asked_count") - 1
		with pytest.raises(SurveyStateError):
			surveys.remind(name)
		with pytest.raises(SurveyStateError):
			frappe.get_doc(SURVEY, name).update({"title": "別の題"}).save()
		rates = survey_results.rates(name)
	assert rates[-1].organisation_type is None and (rates[-1].answered, rates[-1].asked) == (1, count + 1)
	mails.clear()
	surveys.notify_reminded(name)
	assert town.outsider.user in {to for to, _subject in mails} and town.representative.user not in {to for to, _subject in mails}
	page = visit(town.support.user, f"my/centre/surveys/{name}")[1]
	assert "となりの会" in page and "回答率" in page
	ok(send(town.support.user, "support.actions.run_survey", name=name, then="close"))
	assert answered(town, sheet)[1]["kind"] == "refused"
	assert "会員数" in visit(town.viewer.user, f"my/surveys/{sheet}")[1]


def test_survey_selects_organisations_and_refuses_bad_questions(town):
	name = survey_of(town)
	kind = frappe.db.get_value("Kyodo Organisation", town.organisation, "organisation_type")
	with town.support:
		with pytest.raises(NobodyToAsk):
			surveys.open_survey(name, types=["No Such Type"])
		assert set(surveys.organisations_to_ask([kind], [])) >= {town.organisation}
		assert town.organisation not in surveys.organisations_to_ask([], ["99"])
	with pytest.raises(SurveyQuestionsError, match="択一"):
		survey_of(town, questions=[{"question": "択一", "kind": "Choice", "choices": "一つだけ"}])
	with pytest.raises(SurveyQuestionsError, match="members"):
		survey_of(town, questions=[QUESTIONS[0], QUESTIONS[0]])
	for client in (town.representative, town.section_officer, town.manager):
		with client, pytest.raises(frappe.PermissionError):
			surveys.open_survey(name)


def test_survey_asked_again_copies_texts_and_questions(town):
	old, _sheet = opened(
		town, publish_totals=1, introduction="ご協力ください", opens_on=add_days(nowdate(), -20), closes_on=add_days(nowdate(), 10)
	)
	assert send(town.editor.user, "support.actions.ask_again", name=old)[1]["kind"] == "refused"
	location = ok(send(town.support.user, "support.actions.ask_again", name=old))
	new = frappe.get_doc(SURVEY, location.split("/")[-1].split("?")[0])
	assert (new.state, new.asked_count, new.title, new.introduction, new.publish_totals) == (
		"Draft",
		0,
		f"{town.tag} 調査",
		"ご協力ください",
		1,
	)
	assert (str(new.opens_on), str(new.closes_on)) == (nowdate(), add_days(nowdate(), 30)) and new.fiscal_year
	assert [(row.code, row.question, row.kind, row.required) for row in new.questions] == [
		(row["code"], row["question"], row["kind"], row.get("required", 0)) for row in QUESTIONS
	]
	assert "同じ設問" in visit(town.support.user, f"my/centre/surveys/{old}")[1]


def test_earlier_answers_are_offered_by_code(town):
	_first, sheet = opened(town)
	ok(answered(town, sheet))
	_second, later = opened(
		town,
		questions=[
			QUESTIONS[0],
			{"code": "word", "question": "ご意見", "kind": "Choice", "choices": "はい\nいいえ"},
			{"code": "new", "question": "新しい設問", "kind": "Free Text"},
		],
	)
	assert "1件を今回も使えます" in visit(town.editor.user, f"my/surveys/{later}")[1]
	ok(send(town.editor.user, "support.actions.take_earlier", name=later))
	assert {row.code: row.answer for row in frappe.get_doc(RESPONSE, later).answers} == {"members": "１２人"}
	assert send(town.editor.user, "support.actions.take_earlier", name=later)[1]["kind"] == "refused"


def test_surveys_send_reminders_and_close_after_last_day(town, mails):
	name, _sheet = opened(town, opens_on=add_days(nowdate(), -3), closes_on=add_days(nowdate(), 7))
	assert name in reminders.send("Survey Unanswered") and name not in reminders.send("Survey Unanswered")
	assert name in surveys.close_overdue_surveys(add_days(nowdate(), 8)) and frappe.db.get_value(SURVEY, name, "state") == "Closed"


# -- what comes of it ---------------------------------------------------------------------------------


def test_survey_export_has_no_formulas_and_totals_are_for_office(town):
	name, sheet = opened(town)
	ok(answered(town, sheet))
	with town.officer:
		survey_results.download(name, "csv")
		rows = list(csv.reader(io.StringIO(frappe.response.filecontent.decode("utf-8-sig"))))
		survey_results.download(name, "xlsx")
		book = load_workbook(io.BytesIO(frappe.response.filecontent))
		totals = figures.survey_totals({"survey": name})["rows"]
	own = next(row for row in rows if row[-1].startswith("'"))
	assert rows[0][-1] == "ご意見" and own[-4:] == ["12.0", "人手、場所", "はい", "'=1+1"]
	assert any(cell.value == "'=1+1" for row in book.active.iter_rows() for cell in row)
	assert {"question": "課題", "answer": "人手", "count": 1, "share": 100} in totals and any(row["answer"] == "=1+1" for row in totals)
	for client in (town.representative, town.section_officer):
		with client:
			with pytest.raises(frappe.PermissionError):
				survey_results.download(name)
			assert figures.survey_totals({"survey": name})["rows"] == []


def test_published_totals_hide_fewer_than_five_answers(town, monkeypatch):
	name, sheet = opened(town, publish_totals=1)
	ok(answered(town, sheet))
	assert visit("Guest", f"support/surveys/{name}")[0] == 404
	with town.support:
		surveys.close_survey(name)
	status, page = visit("Guest", f"support/surveys/{name}")
	assert status == 200 and "=1+1" not in page and "公表しません" in page and "人手" not in page and "みんなの食卓の会" not in page
	monkeypatch.setattr(
		survey_results,
		"_handed_in_answers",
		lambda _survey: {str(number): {"members": "12", "trouble": "人手", "office": "はい", "word": "=1+1"} for number in range(5)},
	)
	assert "人手" in visit("Guest", f"support/surveys/{name}")[1]
	assert [total.code for total in centre_public.survey(name).totals] == ["members", "trouble", "office"]
	frappe.db.set_value(SURVEY, name, "publish_totals", 0)
	assert visit("Guest", f"support/surveys/{name}")[0] == 404


def test_survey_sheets_are_protected_over_rest(rest_town):
	town = rest_town
	name, sheet = opened(town)
	other = frappe.db.get_value(RESPONSE, {"survey": name, "organisation": town.other_organisation})
	frappe.db.commit()
	try:
		own, staff, guest = town.over_rest(town.representative), town.over_rest(town.support), RestClient(frappe.local.site)
		assert own.read(RESPONSE, sheet)["state"] == "Asked"
		assert [row["name"] for row in own.list(RESPONSE) if row["name"] in (sheet, other)] == [sheet]
		for client, doctype, record in ((own, RESPONSE, other), (own, SURVEY, name), (guest, RESPONSE, sheet), (guest, SURVEY, name)):
			with pytest.raises(Refused):
				client.read(doctype, record)
		answers = {"answers": [{"code": "members", "question": "会員数", "answer": "1"}], "state": "Answered"}
		for client in (own, staff):
			with pytest.raises(Refused):
				client.update(RESPONSE, sheet, answers)
		with pytest.raises(Refused):
			own.call("kyodo_frappe.support.surveys.close_survey", survey=name)
		staff.update(SURVEY, name, {"state": "Closed", "answered_count": 99, "closes_on": add_days(nowdate(), 20)})
		frappe.db.rollback()
		assert frappe.db.get_value(SURVEY, name, ["state", "answered_count"]) == ("Open", 0)
	finally:
		for row in frappe.get_all(RESPONSE, {"survey": name}, pluck="name", order_by="name"):
			frappe.delete_doc(RESPONSE, row, force=True, ignore_permissions=True)  # the test's own records
		frappe.db.set_value(SURVEY, name, "state", "Draft")
		frappe.delete_doc(SURVEY, name, force=True, ignore_permissions=True)  # the test's own records
		frappe.db.commit()
