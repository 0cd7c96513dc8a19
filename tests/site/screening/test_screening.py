"""事業の選別: entering services, views of the internal team, conclusions, calls and projects made from them; attacks by other
sections, organisations and guests."""

import io

import frappe
import openpyxl
import pytest
from frappe.utils import add_days, nowdate
from uploads import uploading

from kyodo_frappe import reminders
from kyodo_frappe.common.errors import UnreadableList
from kyodo_frappe.demo import ledger, people
from kyodo_frappe.demo.clients import LocalClient, Refused
from kyodo_frappe.permissions import roles
from kyodo_frappe.screening import import_list as screening_import
from kyodo_frappe.screening import screenings as screening
from kyodo_frappe.screening.errors import (
	AlreadyCreated,
	ListHasErrors,
	NoReviewers,
	NotConcluded,
	NotInTeam,
	OwnService,
	QuestionsUnanswered,
	ReviewIncomplete,
	ScreeningRequired,
	ServiceAlreadyEntered,
	WrongState,
)

DOCTYPE = "Kyodo Service Screening"
REFUSALS = (frappe.PermissionError, frappe.ValidationError)
SERVICES = "kyodo_frappe.screening.screenings"
QUESTIONS = [
	("SUIT-1", "先駆性、専門性、地域性等の市民活動の特性を活かせるか", "For"),
	("SUIT-2", "市にない視点、発想を活かせるか", "For"),
	("NOT-1", "時間的な余裕がないか", "Against"),
	("NOT-2", "内容が既に具体的に決まっているか", "Against"),
]
FACTS = {
	"service_name": "ごみ減量の普及啓発",
	"fiscal_year": 2026,
	"kind": "Existing Service",
	"plan_or_policy": "一般廃棄物処理基本計画",
	"description": "講座と出前授業を行う。",
}


@pytest.fixture(scope="module")
def team(cast):
	"""An internal team of three: two of other sections and one of the section itself. Committed, removed at the end."""
	made = ledger.Ledger()
	made.users.extend(cast.cast.values())
	with made:
		third = people.make_user(f"{cast.tag}-third", "企画 三子", [roles.SECTION])
		made.users.append(third)
		people.make_section(f"{cast.tag} 企画課", [(third, "企画 三子", "係長")])
		users = [cast.section_officer.user, cast.other_section_officer.user, third]
		members = [{"user": user, "member_name": user, "side": "City"} for user in users]
		name = people.make_committee(cast.programme, f"{cast.tag} 庁内推進会議", members)
		frappe.db.set_value("Kyodo Committee", name, "kind", "Internal Team")
	frappe.db.commit()
	yield third
	frappe.db.rollback()
	ledger.remove(made.made)
	frappe.db.commit()


@pytest.fixture
def city(town, team, walk_once):
	"""The town with its internal team, and with questions."""
	town.third = LocalClient(team)
	walk_once(ask_questions, town)
	return town


def ask_questions(town):
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.internal_review, programme.theme_from_screening = 1, 0
	programme.set("screening_questions", [])
	for code, question, direction in QUESTIONS:
		programme.append("screening_questions", {"code": code, "question": question, "direction": direction})
	programme.save()


def enter(city, client=None, **more) -> str:
	values = {**FACTS, "programme": city.programme, "section": city.section, **more}
	return (client or city.section_officer).insert({"doctype": DOCTYPE, **values})["name"]


def answer(city, name: str, marks: tuple = ("Yes", "Yes", "No", "No"), client=None) -> None:
	client = client or city.section_officer
	rows = client.read(DOCTYPE, name)["answers"]
	for row, mark in zip(rows, marks, strict=True):
		row["answer"] = mark
	client.update(DOCTYPE, name, {"answers": rows, "section_view": "Suits", "section_reason": "市民の力が生きるため"})


def answered(city, **more) -> str:
	name = enter(city, **more)
	answer(city, name)
	city.section_officer.act(DOCTYPE, name, "Hand In")
	return name


def give_view(client, name: str, view: str = "Suits") -> None:
	client.call(f"{SERVICES}.say_view", screening=name, view=view, remark="よい")


def concluded(city, result: str = "Theme Call", **more) -> str:
	name = answered(city, **more)
	for client in (city.other_section_officer, city.third):
		give_view(client, name)
	city.officer.call(f"{SERVICES}.conclude", screening=name, result=result, reason="提案を求める")
	return name


def refused(call, *words: str, exc: type[Exception] | tuple[type[Exception], ...] = REFUSALS) -> None:
	"""The call raises `exc`, with all `words` (names and values) in its message."""
	with pytest.raises(exc) as refusal:
		call()
	assert all(word in str(refusal.value) for word in words), refusal.value


# -- entering ------------------------------------------------------------------------------------


def test_questions_are_copied_from_the_programme_and_cannot_be_forged(city):
	name = enter(city)
	rows = city.section_officer.read(DOCTYPE, name)["answers"]
	assert [(row.code, row.question, row.direction) for row in rows] == QUESTIONS
	programme = frappe.get_doc("Kyodo Programme", city.programme)
	programme.screening_questions[0].question = "別の問い"
	programme.save()
	# a request brings rows of its own, other words and another direction: only answers are taken
	forged = [{**rows[0], "question": "偽", "direction": "Against", "answer": "Partly"}, {"question": "増", "answer": "Yes"}]
	doc = city.section_officer.update(DOCTYPE, name, {"answers": forged})
	assert [(row.code, row.question, row.direction) for row in doc.answers] == QUESTIONS
	assert doc.answers[0].answer == "Partly" and doc.points_for == 0.5 and not doc.suggestion
	answer(city, name, ("Yes", "", "Yes", "No"))
	refused(lambda: city.section_officer.act(DOCTYPE, name, "Hand In"), "市にない視点", exc=QuestionsUnanswered)
	answer(city, name, ("Yes", "Partly", "Yes", "No"))
	assert city.section_officer.read(DOCTYPE, name)["suggestion"] == "Needs Work"
	city.section_officer.update(DOCTYPE, name, {"section_reason": ""})
	refused(lambda: city.section_officer.act(DOCTYPE, name, "Hand In"), "担当課の理由")


def test_service_is_entered_once_a_year_by_its_own_section(city):
	name = enter(city)
	refused(lambda: enter(city, service_name="ごみ減量の　普及啓発"), name, "令和8年度", exc=ServiceAlreadyEntered)
	enter(city, fiscal_year=2027)
	refused(lambda: enter(city, city.other_section_officer), exc=frappe.PermissionError)
	enter(city, city.other_section_officer, section=city.other_section)
	refused(lambda: city.other_section_officer.read(DOCTYPE, name))
	with city.other_section_officer:
		assert not frappe.get_list(DOCTYPE, {"name": name}, order_by="name")
	for client in (city.representative, city.support, city.guest, city.members["npo1"]):
		refused(lambda: client.read(DOCTYPE, name))
		refused(lambda: enter(city, client, fiscal_year=2030))


# -- the team, the conclusion ----------------------------------------------------------------------


def test_own_section_is_the_default_for_section_officers(city):
	name = enter(city, section=None)
	assert frappe.db.get_value(DOCTYPE, name, "section") == city.section
	with city.section_officer:
		assert screening.own_section() == city.section
	# the office enters for all sections, and has to say for which
	with city.officer:
		assert screening.own_section() is None
	refused(lambda: enter(city, city.officer, section=None, service_name="担当課のない事業"), "section", exc=frappe.MandatoryError)
	refused(lambda: enter(city, section=city.other_section, service_name="よその事業"), exc=frappe.PermissionError)


def test_team_reviews_services_of_other_sections_only(city):
	name = answered(city)
	refused(lambda: give_view(city.section_officer, name), exc=OwnService)
	refused(lambda: give_view(city.officer, name), exc=NotInTeam)
	conclude = lambda **more: city.officer.call(
		f"{SERVICES}.conclude", screening=name, **{"result": "Theme Call", "reason": "よい", **more}
	)
	give_view(city.third, name, "Needs Work")
	with city.third:
		assert screening.review_of(name) == {"needed": 2, "said": 1, "mine": True}
	refused(conclude, "2人", "1人", exc=ReviewIncomplete)  # more than half of the two who may
	give_view(city.third, name, "Suits")
	give_view(city.other_section_officer, name)
	refused(lambda: give_view(city.third, name, "Great"))
	doc = frappe.get_doc(DOCTYPE, name)
	assert [(row.user, row.view) for row in doc.views] == [(city.third.user, "Suits"), (city.other_section_officer.user, "Suits")]
	# who reads for the team writes nothing else
	refused(lambda: city.third.update(DOCTYPE, name, {"progress": "よその課の記録"}))
	refused(lambda: conclude(result="Everything"))
	refused(lambda: conclude(reason=" "))
	conclude()
	doc.reload()
	assert (doc.workflow_state, doc.result, doc.reviewed_by) == ("Screened", "Theme Call", city.officer.user)
	refused(lambda: give_view(city.third, name), exc=WrongState)


def test_views_on_earlier_answers_do_not_count(city):
	name = answered(city)
	for client in (city.other_section_officer, city.third):
		give_view(client, name)
	city.officer.update(DOCTYPE, name, {"return_reason": "費用を書いてください"})
	city.officer.act(DOCTYPE, name, "Return")
	refused(lambda: city.third.update(DOCTYPE, name, {"description": "よその課が書く"}))
	frappe.db.set_value("Kyodo Screening View", {"parent": name}, "said_on", add_days(nowdate(), -1))
	city.section_officer.act(DOCTYPE, name, "Hand In")
	refused(
		lambda: city.officer.call(f"{SERVICES}.conclude", screening=name, result="Theme Call", reason="よい"), "2人", exc=ReviewIncomplete
	)


def test_conclusion_by_the_one_who_answered_is_refused(city):
	name = enter(city, city.officer)
	answer(city, name, client=city.officer)
	city.officer.act(DOCTYPE, name, "Hand In")
	for client in (city.other_section_officer, city.third):
		give_view(client, name)
	conclude = {"screening": name, "result": "Theme Call", "reason": "よい"}
	forged = {"result": "Theme Call", "suggestion": "Suits", "views": [{"user": city.officer.user, "view": "Suits"}]}
	doc = city.officer.update(DOCTYPE, name, forged)
	assert not doc.result and len(doc.views) == 2
	refused(lambda: city.other_officer.act(DOCTYPE, name, "Conclude Screening"))
	refused(lambda: city.other_officer.update(DOCTYPE, name, {"workflow_state": "Screened"}))
	refused(lambda: city.officer.call(f"{SERVICES}.conclude", **conclude))
	refused(lambda: city.section_officer.call(f"{SERVICES}.conclude", **conclude))
	city.other_officer.call(f"{SERVICES}.conclude", **conclude)


def test_conclusion_without_a_required_team_is_refused(city):
	frappe.db.set_value("Kyodo Committee", {"programme": city.programme, "kind": "Internal Team"}, "disabled", 1)
	frappe.clear_cache(doctype="Kyodo Committee")
	name = answered(city)
	refused(lambda: city.officer.call(f"{SERVICES}.conclude", screening=name, result="Theme Call", reason="よい"), exc=NoReviewers)
	frappe.db.set_value("Kyodo Programme", city.programme, "internal_review", 0)
	frappe.clear_document_cache("Kyodo Programme", city.programme)
	city.officer.call(f"{SERVICES}.conclude", screening=name, result="Stay as It Is", reason="よい")


# -- calls and projects ----------------------------------------------------------------------------------


def test_theme_call_requires_a_concluded_screening(city):
	call = {"doctype": "Kyodo Call", "call_name": "テーマ", "programme": city.programme, "call_type": "Theme", "fiscal_year": 2027}
	frappe.db.set_value("Kyodo Programme", city.programme, "theme_from_screening", 1)
	frappe.clear_document_cache("Kyodo Programme", city.programme)
	refused(lambda: city.officer.insert(call), exc=ScreeningRequired)
	waiting, other = answered(city, service_name="図書館の読み聞かせ"), concluded(city, "Stay as It Is", service_name="広報紙")
	for name in (waiting, other, "KSS-0"):
		refused(lambda: city.officer.insert({**call, "screening": name}), exc=(ScreeningRequired, frappe.LinkValidationError))
	idea = city.officer.insert({**call, "call_type": "Idea"})["name"]
	refused(lambda: city.officer.update("Kyodo Call", idea, {"call_type": "Theme"}), exc=ScreeningRequired)
	name = concluded(city)
	refused(lambda: city.section_officer.call(f"{SERVICES}.make_theme_call", screening=name))
	refused(lambda: city.officer.call(f"{SERVICES}.make_theme_call", screening=name, call_type="Subsidy"))
	made = city.officer.call(f"{SERVICES}.make_theme_call", screening=name, call_name="ごみを減らす", fiscal_year=2027)
	stored = frappe.get_doc("Kyodo Call", made)
	assert (stored.screening, stored.section, stored.published, stored.description) == (name, city.section, 0, FACTS["description"])
	assert frappe.db.get_value(DOCTYPE, name, "call") == made
	refused(lambda: city.officer.call(f"{SERVICES}.make_theme_call", screening=name), made, exc=AlreadyCreated)
	city.officer.update("Kyodo Call", made, {"published": 1})
	refused(lambda: city.officer.call(f"{SERVICES}.turn_into_project", screening=name), exc=NotConcluded)


def test_service_turned_into_a_project_is_not_carried_over(city):
	name, stays = concluded(city, "Turn Into Kyodo"), concluded(city, "Prepare First", service_name="広報紙")
	made = city.officer.call(f"{SERVICES}.turn_into_project", screening=name, organisation=city.organisation, fiscal_year=2026)
	project = frappe.get_doc("Kyodo Project", made)
	assert (project.origin, project.screening, project.plan_or_policy) == ("Existing Service", name, FACTS["plan_or_policy"])
	refused(lambda: city.officer.call(f"{SERVICES}.turn_into_project", screening=name), made, exc=AlreadyCreated)
	refused(lambda: city.representative.call(f"{SERVICES}.carry_over", programme=city.programme, fiscal_year=2027))
	with city.other_section_officer:
		assert screening.carry_over(city.programme, 2027) == []
	with city.section_officer:
		[again] = screening.carry_over(city.programme, 2027)
		assert screening.carry_over(city.programme, 2027) == []
	doc = frappe.get_doc(DOCTYPE, again)
	assert (doc.previous, doc.workflow_state, doc.section_view or "", doc.result or "") == (stays, "Draft", "", "")
	assert [row.answer for row in doc.answers] == ["Yes", "Yes", "No", "No"] and doc.suggestion == "Suits"


def test_follow_ups_are_listed_and_reminded_once_per_stage(city):
	name = concluded(city, "Prepare First", kind="Revised Service")
	city.officer.update(DOCTYPE, name, {"follow_up_on": nowdate()})
	refused(lambda: city.section_officer.update(DOCTYPE, name, {"follow_up_on": add_days(nowdate(), 300)}))
	with city.section_officer:
		assert [row.name for row in screening.due()] == [name]
	with city.other_section_officer:
		assert name not in [row.name for row in screening.due()]
	assert name in reminders.send("Screening Follow-Up")
	assert name not in reminders.send("Screening Follow-Up")
	assert name in reminders.send("Screening Follow-Up", add_days(nowdate(), 3))
	city.section_officer.update(DOCTYPE, name, {"progress": "団体と話し始めた"})
	assert frappe.db.get_value(DOCTYPE, name, "progress_on")
	assert name not in reminders.send("Screening Follow-Up", add_days(nowdate(), 12))


# -- lists in Excel ----------------------------------------------------------------------------------------


def sending(client, method, content: bytes, filename: str = "一覧.xlsx", **args):
	with client, uploading(content, filename):
		return method(**args)


def filled(city, *rows: dict) -> bytes:
	with city.section_officer:
		screening_import.template(city.programme, 2026)
	book = openpyxl.load_workbook(io.BytesIO(frappe.local.response.filecontent))
	sheet = book.active
	headings = {cell.value: cell.column for cell in sheet[3]}
	for number, row in enumerate(rows, 4):
		for heading, value in row.items():
			sheet.cell(number, headings[heading], value)
	stream = io.BytesIO()
	book.save(stream)
	return stream.getvalue()


def test_list_is_checked_first_and_created_on_request(city):
	known = enter(city)
	good = {
		"事業名": "公園の花壇",
		"担当課": city.section,
		"区分": "見直し事業",
		"年間の費用（円）": "１，２００，０００円",
		QUESTIONS[0][1]: "はい",
		QUESTIONS[2][1]: "一部",
	}
	content = filled(
		city,
		good,
		{"事業名": FACTS["service_name"], "担当課": city.section},
		{"事業名": "公園の花壇 ", "担当課": city.section, "年間の費用（円）": "約3万円"},
		{"事業名": "よその事業", "担当課": city.other_section},
		{"担当課": city.section, "区分": "廃止", QUESTIONS[1][1]: "たぶん"},
		{"事業名": "=HYPERLINK(1)", "担当課": "ない課"},
	)
	args = {"programme": city.programme, "fiscal_year": 2026}
	told = sending(city.section_officer, screening_import.check, content, **args)
	assert [(row["number"], row["service_name"]) for row in told["rows"]] == [(4, "公園の花壇")]
	said = "\n".join(told["errors"])
	for words in (
		f"5行目：「{FACTS['service_name']}」",
		known,
		"6行目：「年間の費用（円）」：「約3万円」は数字として読み取れません",
		"6行目：4行目と同じ",
		"7行目：",
		"8行目：事業名",
		"「廃止」",
		"「たぶん」",
		"9行目：",
		"ない課",
	):
		assert words in said, (words, said)
	assert frappe.db.count(DOCTYPE, {"section": city.section}) == 1
	refused(lambda: sending(city.section_officer, screening_import.make, content, **args), "5行目", exc=ListHasErrors)
	assert frappe.db.count(DOCTYPE, {"section": city.section}) == 1
	made = sending(city.section_officer, screening_import.make, content, leave_out_errors=1, **args)["made"]
	doc = frappe.get_doc(DOCTYPE, made[0])
	assert len(made) == 1 and (doc.kind, doc.cost, doc.owner) == ("Revised Service", 1200000, city.section_officer.user)
	assert [row.answer or "" for row in doc.answers] == ["Yes", "", "Partly", ""]


def test_unreadable_list_is_refused_with_the_reason(city):
	args = {"programme": city.programme, "fiscal_year": 2026}
	book = openpyxl.Workbook()
	book.active.append(["何か"])
	stream = io.BytesIO()
	book.save(stream)
	for content, name, value, exc in (
		(b"PK", "a.xlsx", ".xlsx", frappe.ValidationError),
		(b"a,b", "a.csv", ".xlsx", frappe.ValidationError),
		(stream.getvalue(), "a.xlsx", "事業名", UnreadableList),
		(b"0" * (6 * 1024 * 1024), "a.xlsx", "5 MB", frappe.ValidationError),
		(filled(city), "a.xlsx", "", UnreadableList),
	):
		refused(lambda: sending(city.section_officer, screening_import.check, content, name, **args), value, exc=exc)
	for client in (city.representative, city.guest, city.support):
		refused(lambda: sending(client, screening_import.check, filled(city), **args))


# -- over REST -----------------------------------------------------------------------------------------------


def test_rules_of_screening_hold_over_rest(rest_town, committed):
	town = rest_town
	doc = committed.add(
		frappe.get_doc(
			{"doctype": DOCTYPE, **FACTS, "service_name": f"{town.tag} 事業", "programme": town.programme, "section": town.section}
		).insert()
	)
	section, other, outsider = (town.over_rest(client) for client in (town.section_officer, town.other_section_officer, town.outsider))
	from kyodo_frappe.demo.clients import RestClient

	guest = RestClient(frappe.local.site)
	for client in (other, outsider, guest):
		for attempt in (
			lambda: client.read(DOCTYPE, doc.name),
			lambda: client.update(DOCTYPE, doc.name, {"description": "よそから"}),
			lambda: client.call(f"{SERVICES}.say_view", screening=doc.name, view="Suits"),
			lambda: client.call(f"{SERVICES}.conclude", screening=doc.name, result="Theme Call", reason="よい"),
			lambda: client.call(f"{SERVICES}.turn_into_project", screening=doc.name),
		):
			with pytest.raises(Refused):
				attempt()
	for values in ({"workflow_state": "Screened", "result": "Theme Call"}, {"workflow_state": "Answered"}):
		with pytest.raises(Refused):
			section.update(DOCTYPE, doc.name, values)
	section.update(DOCTYPE, doc.name, {"result": "Theme Call", "reviewed_by": town.section_officer.user, "points_for": 99})
	stored = frappe.get_doc(DOCTYPE, doc.name)
	assert not stored.result and not stored.reviewed_by and stored.points_for == 0
