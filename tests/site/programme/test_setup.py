"""Setting a programme up from a preset or another city's file: questions, calendar, invitations."""

import json

import frappe
import pytest

from kyodo_frappe.accounts.errors import LoginNotInvitable, RoleMissing, SeatTaken, SystemManagerMissing
from kyodo_frappe.accounts.invitations import NEW_LOGIN
from kyodo_frappe.common import stored_values
from kyodo_frappe.common.errors import InputMissing, InvalidNumber
from kyodo_frappe.programme import city_words, presets
from kyodo_frappe.programme import file as programme_file
from kyodo_frappe.programme import versions as programme_versions
from kyodo_frappe.programme.errors import (
	CeilingAboveBudget,
	ForeignCityName,
	InvalidMunicipalityCode,
	InvalidPreset,
	InvalidProgrammeFile,
	InvalidSetupAnswer,
	ProgrammeExists,
)

SETUP = "kyodo_frappe.programme.setup."
YEAR = 2027


@pytest.fixture
def fresh(town, monkeypatch):
	"""The town's manager, on a site where the preset's programme would have another name: the site has its own."""
	return town.manager


INVITE = "kyodo_frappe.accounts.staff.invite_people"


def call(client, method, **args):
	return client.call(SETUP + method, **args)


def answers(**more):
	values = {"programme_name": f"みんなの協働（{frappe.generate_hash(length=6)}）", "municipality_name": "見本市"}
	return json.dumps({"values": {**values, **more.pop("values", {})}, **more})


def test_every_preset_can_be_chosen_and_says_where_it_comes_from(fresh):
	cards = call(fresh, "presets_to_choose")
	assert {card["name"] for card in cards} == set(presets.preset_names())
	assert all(card["title"] and card["source"] and card["about"] for card in cards)


def test_a_dozen_questions_come_with_the_presets_answers_and_their_sources(fresh):
	asked = call(fresh, "begin", preset="kamakura")
	fields = {field["fieldname"]: field for group in asked["groups"] for field in group["fields"]}
	assert fields["two_step_decision"]["value"] == 1 and fields["two_step_decision"]["basis"].startswith("鎌倉")
	assert {"quorum_rule", "balance_tolerance", "evaluation_scale", "definition"} <= set(fields)
	rows = lambda part: [row for section in asked["tables"][part]["sections"] for row in section["rows"]]
	budget = next(row for row in rows("deadlines") if row["key"] == "Budget Proposal")
	assert (budget["values"]["month"], budget["values"]["day"], budget["asked"]) == (4, 30, ["month", "day"])
	assert all(rows(part) for part in asked["tables"] if part not in ("documents", "categories", "year_terms"))
	assert [column["fieldname"] for column in asked["tables"]["calls"]["columns"]][:2] == ["call_type", "call_name"]


def test_calendar_is_previewed_without_saving(fresh):
	before = frappe.db.count("Kyodo Programme")
	rows = call(
		fresh,
		"look",
		preset="kamakura",
		fiscal_year=YEAR,
		answers=answers(deadlines={"Budget Proposal": {"month": 5, "day": 15}}),
	)
	assert [row["on"] for row in rows] == sorted(row["on"] for row in rows)
	budget = next(row for row in rows if row["kind"] == "Deadline" and "予算措置" in row["title"])
	assert budget["on"] == "2027-05-17"  # 15 May 2027 is a Saturday
	assert budget["day"].startswith("令和9年5月17日")
	assert sum(row["kind"] == "Meeting" for row in rows) == 5
	assert frappe.db.count("Kyodo Programme") == before


def test_a_programme_is_set_up_with_its_answers_and_keeps_them_when_the_preset_comes_again(fresh, monkeypatch):
	given = answers(values={"quorum_rule": "Two Thirds", "two_step_decision": 0}, forms={"itaku": {"left_out": 1}})
	made = call(fresh, "set_up", preset="kamakura", fiscal_year=YEAR, answers=given)
	doc = frappe.get_doc("Kyodo Programme", made["programme"])
	assert (doc.quorum_rule, doc.two_step_decision, doc.municipality_name) == ("Two Thirds", 0, "見本市")
	assert "itaku" not in {row.code for row in doc.forms} | {row.form_code for row in doc.clauses}
	assert frappe.db.exists("Kyodo Committee", {"programme": doc.name})
	assert made["seats"] and frappe.db.count("Kyodo Programme Version", {"programme": doc.name}) == 1
	assert len(made["calls"]) == len(doc.call_plan) and len(made["events"]) == len(doc.event_plan)
	with pytest.raises(ProgrammeExists, match=doc.name):
		call(fresh, "set_up", preset="kamakura", fiscal_year=YEAR, answers=given)


def test_loading_the_preset_keeps_answers_of_the_city(fresh, monkeypatch):
	name = f"試験 {frappe.generate_hash(length=6)}"
	preset = presets.read_preset("kamakura")
	preset["programme"] |= {"programme_name": name, "quorum_rule": "All"}
	programme = presets.apply("trial", preset, own={"quorum_rule", "programme_name"})
	preset["programme"] |= {"quorum_rule": "Half", "minutes_per_item": 20}
	presets.apply("trial", preset)
	doc = frappe.get_doc("Kyodo Programme", programme)
	assert (doc.quorum_rule, doc.minutes_per_item) == ("All", 20)


@pytest.mark.parametrize(
	("given", "exc", "named"),
	[
		({"values": {"preset": "x"}}, InvalidSetupAnswer, "preset"),
		({"values": {"quorum_rule": "Nobody"}}, InvalidSetupAnswer, "Nobody"),
		({"values": {"pass_mark": "five"}}, InvalidNumber, "採択の基準点"),
		({"values": {"programme_name": " "}}, InvalidSetupAnswer, "名称"),
		({"deadlines": {"None Such": {"day": 1}}}, InvalidSetupAnswer, "None Such"),
		({"meetings": {"99": {"day": 1}}}, InvalidSetupAnswer, "99"),
		({"meetings": {"1": {"month": 13}}}, frappe.ValidationError, "13月"),
		({"meetings": {"1": {"meeting_type": "None Such"}}}, InvalidSetupAnswer, "None Such"),
		({"forms": {"new1": {"form_name": "後援"}}}, InvalidSetupAnswer, "new1"),
		({"seats": {"9-1": {"side": "City"}}}, InvalidSetupAnswer, "9-1"),
		({"calls": {"new1": {"call_name": "募集"}}}, InvalidSetupAnswer, "開始月"),
		({"forms": {code: {"left_out": 1} for code in ("futan", "itaku", "kyoryoku", "sonota")}}, InvalidSetupAnswer, "1つ以上"),
		({"values": {"municipality_code": "123456"}}, InvalidMunicipalityCode, "123456"),
		({"more": {}}, InvalidSetupAnswer, "読み"),
	],
)
def test_invalid_answers_are_refused(fresh, given, exc, named):
	values = {"programme_name": "名", "municipality_name": "市", **given.pop("values", {})}
	with pytest.raises(exc, match=named):
		call(fresh, "look", preset="kamakura", fiscal_year=YEAR, answers=json.dumps({"values": values, **given}))


def test_file_holds_a_programme_without_people(fresh, town):
	text = programme_file.as_text(frappe.get_doc("Kyodo Programme", town.programme))
	names = [row.full_name for row in frappe.get_all("User", {"name": ["in", list(town.cast.values())]}, "full_name")]
	assert not any(name in text for name in names) and "@" not in json.dumps(json.loads(text)["committees"])
	made = call(fresh, "set_up", file=text, fiscal_year=YEAR, answers=answers())
	old, new = (frappe.get_doc("Kyodo Programme", name) for name in (town.programme, made["programme"]))
	seen = programme_versions.changes(old, new)
	assert seen and "自治体" in {line.split("：")[0] for line in seen}
	renamed = json.loads(text.replace("鎌倉市", "見本市"))["programme"]
	for field in ("purpose", "definition", "how_to", "principles", "criteria", "clauses", "deadline_rules"):
		assert stored_values.state_of(new, field) == stored_values.state_of(
			frappe.get_doc({"doctype": "Kyodo Programme", **renamed}), field
		), field


def test_name_of_the_city_replaces_that_of_the_source(fresh, monkeypatch):
	made = call(fresh, "set_up", preset="standard", fiscal_year=YEAR, answers=answers(values={"municipality_name": "みどり市"}))
	doc = frappe.get_doc("Kyodo Programme", made["programme"])
	text = json.dumps(doc.as_dict(), ensure_ascii=False, default=str)
	assert "○○" not in text and (doc.mayor_title, city_words.mayor(doc)) == ("みどり市長", "みどり市長")
	asked = call(fresh, "begin", preset="kamakura")["groups"][-1]["fields"]
	assert {field["fieldname"]: field["value"] for field in asked} == {"letter_prefix": "鎌市活第"}
	given = {"municipality_name": "みどり市", "mayor_name": "緑 花子", "letter_prefix": "み協第"}
	made = call(fresh, "set_up", preset="kamakura", fiscal_year=YEAR, answers=answers(values=given))
	doc = frappe.get_doc("Kyodo Programme", made["programme"])
	assert {(row.sender, row.prefix) for row in doc.letter_numbering} == {(None, "み協第")}
	assert city_words.mayor(doc) == "みどり市長　緑 花子"
	made = call(fresh, "set_up", preset="kodaira", fiscal_year=YEAR, answers=answers())
	doc = frappe.get_doc("Kyodo Programme", made["programme"])
	assert {row.prefix for row in doc.letter_numbering} == {"第"}, "no sign of another city's"
	for values, texts in (({"how_to": "○○市に出してください。"}, "○○"), ({"purpose": "国立市の協働"}, "国立市")):
		with pytest.raises(ForeignCityName, match=texts):
			call(fresh, "set_up", preset="kamakura", fiscal_year=YEAR, answers=answers(values=values))


@pytest.mark.parametrize("text", ["", "x", "[]", '{"programme": 1}', '{"programme": {}, "pages": [1]}', '{"programme": {}}'])
def test_file_that_is_no_programme_is_refused(fresh, text):
	with pytest.raises((InvalidPreset, InvalidProgrammeFile)):
		call(fresh, "begin", file=text or " ")


def test_file_with_unknown_parts_is_refused(fresh, town):
	preset = json.loads(programme_file.as_text(frappe.get_doc("Kyodo Programme", town.programme)))
	preset["users"] = []
	with pytest.raises(InvalidPreset, match="users"):
		call(fresh, "begin", file=json.dumps(preset))


def test_people_are_invited_to_their_places(fresh, town):
	frappe.get_doc("User", town.section_officer.user).add_roles("System Manager")  # as the set-up of the site has left one
	made = call(fresh, "set_up", preset="kamakura", fiscal_year=YEAR, answers=answers())
	tag = frappe.generate_hash(length=6)
	seat = made["seats"][0]["name"]
	people = [
		{"full_name": "事務 花子", "email": f"o-{tag}@example.org", "role": "Kyodo Officer"},
		{"full_name": "担当 太郎", "email": f"s-{tag}@example.org", "role": "Kyodo Section Officer", "section": made["sections"][0]},
		{"full_name": "委員 次郎", "email": f"c-{tag}@example.org", "role": "Kyodo Committee Member", "seat": seat},
		{"full_name": "支援 三郎", "email": f"u-{tag}@example.org", "role": "Kyodo Support Staff"},
	]
	logins = fresh.call(INVITE, programme=made["programme"], people=json.dumps(people))
	assert [frappe.db.get_value("User", name, "user_type") for name in logins] == [
		"System User", "System User", "Website User", "Website User",
	]  # fmt: skip
	assert frappe.db.get_value("Kyodo Committee Member", seat, "user") == logins[2]
	assert frappe.db.exists("Kyodo Section Member", {"user": logins[1]})
	assert frappe.db.count("Kyodo Invitation", {"purpose": NEW_LOGIN, "email": ["like", f"%{tag}%"]}) == 4
	again = [{"full_name": "別人", "email": f"x-{tag}@example.org", "role": "Kyodo Committee Member", "seat": seat}]
	with pytest.raises(SeatTaken, match="委員 次郎"):
		fresh.call(INVITE, programme=made["programme"], people=json.dumps(again))


@pytest.mark.parametrize("role", ["Kyodo Manager", "System Manager", "", "Administrator"])
def test_manager_cannot_grant_roles_above_the_office(fresh, town, role):
	people = [{"full_name": "名", "email": "someone@example.org", "role": role}]
	with pytest.raises(RoleMissing):
		fresh.call(INVITE, programme=town.programme, people=json.dumps(people))
	assert not frappe.db.exists("User", "someone@example.org")


def test_invited_user_is_no_system_manager(fresh, town):
	frappe.db.delete("Has Role", {"role": "System Manager", "parent": ["not in", ["Administrator", "Guest"]]})
	people = [{"full_name": "名", "email": "first@example.org", "role": "Kyodo Officer"}]
	try:
		fresh.call(INVITE, programme=town.programme, people=json.dumps(people))
	except SystemManagerMissing:  # where Frappe would make one of the first (v15)
		assert not frappe.db.exists("User", "first@example.org")
	assert "System Manager" not in frappe.get_roles("first@example.org")


def test_invitation_of_a_portal_login_to_the_desk_is_refused(fresh, town):
	people = [{"full_name": "代表", "email": town.representative.user, "role": "Kyodo Officer"}]
	with pytest.raises((LoginNotInvitable, SystemManagerMissing)):
		fresh.call(INVITE, programme=town.programme, people=json.dumps(people))
	people = [{"full_name": "管", "email": "Administrator", "role": "Kyodo Support Staff"}]
	with pytest.raises(InputMissing):
		fresh.call(INVITE, programme=town.programme, people=json.dumps(people))


def test_set_up_is_refused_for_others_than_managers(town):
	# not town.officer: Frappe makes the first desk login of a site without one a System Manager, who may
	for client in (town.other_officer, town.section_officer, town.representative, town.guest):
		for method, args in (
			("presets_to_choose", {}),
			("begin", {"preset": "kamakura"}),
			("look", {"preset": "kamakura", "fiscal_year": YEAR, "answers": answers()}),
			("set_up", {"preset": "kamakura", "fiscal_year": YEAR, "answers": answers()}),
			("invite", {"programme": town.programme, "people": "[]"}),
		):
			try:
				client.call(INVITE if method == "invite" else SETUP + method, **args)
			except frappe.PermissionError:
				continue
			pytest.fail(f"{client.user} ({', '.join(frappe.get_roles(client.user))}) may {method}")
	for client in (town.section_officer, town.representative, town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.programme.file.download", programme=town.programme)


# -- tables: rows changed, left out and added; refusals beside their place ---------------------------------


def set_up(client, preset="standard", **given):
	made = call(client, "set_up", preset=preset, fiscal_year=given.pop("year", YEAR), answers=answers(**given))
	return frappe.get_doc("Kyodo Programme", made["programme"]), made


def test_calls_are_added_left_out_and_typed(fresh):
	added = {
		"call_type": "Subsidy",
		"call_name": "まちづくり補助",
		"opens_month": "５",
		"closes_month": "6",
		"ceiling": "３０万円",
		"rate": "2/3",
	}
	added |= {"closing_hour": "17時", "advice_required": "Yes", "members_least": "５", "one_per_organisation": 1}
	calls = {"1": {"left_out": 1}, "2": {"call_type": "Open", "frame": "２００万円"}, "3": {"left_out": 1}, "new1": added}
	doc, made = set_up(fresh, calls=calls)
	assert [(row.call_type, row.call_name) for row in doc.call_plan] == [
		("Open", "行政提案型（テーマ）"), ("Starter", "スタート部門"), ("Subsidy", "まちづくり補助"),
	]  # fmt: skip
	name = next(name for name, title in made["titles"].items() if title == "まちづくり補助")
	found = frappe.get_doc("Kyodo Call", name)
	assert (found.ceiling, found.closing_hour, found.members_least, found.advice_required) == (300000, "17:00", 5, "Yes")
	assert (str(found.opens_on), found.fiscal_year) == ("2027-05-01", YEAR)


def test_meetings_seats_criteria_and_documents_are_those_of_the_city(fresh):
	doc, made = set_up(
		fresh,
		values={"committee_name": "まちづくり審査会", "office_section": "地域づくり課"},
		meetings={"1": {"left_out": 1}, "new1": {"meeting_type": "Step 1", "month": 12, "day": 5, "begins_at": "１８時３０分"}},
		seats={"1-8": {"left_out": 1}, "1-1": {"position": "大学教授"}, "1-new1": {"member_name": "公募委員", "side": "Citizen"}},
		criteria={"1": {"weight": 40}, "7": {"left_out": 1}, "new1": {"question": "若者の参加があるか"}},
		documents={"new1": {"document": "位置図", "used_for": "Proposal"}},
		categories={"5": {"left_out": 1}, "new1": {"category": "Travel", "cap_amount": "３万円"}},
	)
	assert "Learning" not in {row.meeting_type for row in doc.meeting_plan} and doc.meeting_plan[-1].begins_at == "18:30"
	committee = frappe.get_doc("Kyodo Committee", {"programme": doc.name})
	assert committee.committee_name == "まちづくり審査会" and len(committee.members) == 8
	assert [committee.members[0].position, committee.members[-1].member_name] == ["大学教授", "公募委員"]
	assert [(row.code, row.weight) for row in doc.criteria][::6] == [("S1", 40), ("N1", 1)]
	assert not [row for row in doc.form_fields if row.criterion == "S7"] and doc.criteria[-1].scale == "Points"
	assert doc.required_documents[-1].document == "位置図"
	assert {row.category: row.cap_amount for row in doc.category_rules}["Travel"] == 30000
	text = json.dumps([row.as_dict() for row in (*doc.letter_numbering, *doc.clauses)], ensure_ascii=False, default=str)
	assert "市民協働事業審査会" not in text and "まちづくり審査会" in text
	assert "市民協働課" not in text and doc.office_section == "地域づくり課" == made["sections"][0]


@pytest.mark.parametrize(
	("kept", "agreement", "money", "follows"),
	[("hojo", "協定", "補助金", "交付の申請"), ("itaku", "委託契約", "委託料", "仕様"), ("", "協定", "市の負担額", "準備")],
)
def test_words_fit_the_forms_that_are_kept(fresh, kept, agreement, money, follows):
	codes = [row["code"] for row in presets.read_preset("standard")["programme"]["forms"]]
	doc, _made = set_up(fresh, forms={code: {"left_out": 1} for code in codes if kept and code != kept})
	words = city_words.words_of(doc)
	assert (words["agreement_word"], words["money_word"]) == (agreement, money) and follows in words["next_step"]
	assert f"{agreement}（4月）" in city_words.fill(doc.how_to, doc)


@pytest.mark.parametrize(
	("given", "place", "exc"),
	[
		({"values": {"pass_mark": "５０点くらい"}}, ["values", "", "pass_mark"], InvalidNumber),
		({"values": {"municipality_code": "123456"}}, ["values", "", "municipality_code"], InvalidMunicipalityCode),
		({"values": {"closing_hour": "夕方"}}, ["values", "", "closing_hour"], frappe.ValidationError),
		({"calls": {"1": {"rate": "120"}}}, ["calls", "1", "rate"], frappe.ValidationError),
		({"calls": {"1": {"ceiling": "９００万円"}}}, ["calls", "1", "ceiling"], CeilingAboveBudget),
		({"calls": {"2": {"closes_month": 7}}}, ["calls", "2", "closes_month"], frappe.ValidationError),
		(
			{"calls": {"new1": {"call_name": "募集", "opens_month": 5, "closes_month": 6, "closing_hour": "25時"}}},
			["calls", "new1", "closing_hour"],
			frappe.ValidationError,
		),
		({"meetings": {"2": {"month": 13}}}, ["meetings", "2", "month"], frappe.ValidationError),
		({"deadlines": {"Mid-term Report": {"day": 40}}}, ["deadlines", "Mid-term Report", "day"], frappe.ValidationError),
		({"documents": {"new1": {"document": ""}}}, ["documents", "new1", "document"], InvalidSetupAnswer),
		({"categories": {"1": {"cap_share": 130}}}, ["categories", "1", "cap_share"], frappe.ValidationError),
		({"values": {"theme_from_screening": 1, "purpose": "国立市の協働"}}, ["values", "", "purpose"], ForeignCityName),
	],
)
def test_refusal_names_its_place_and_stores_nothing(fresh, given, place, exc):
	before = frappe.db.count("Kyodo Programme")
	others = {"calls": {"3": {"places": 4}}, "meetings": {"1": {"topic": "打合せ"}}}
	given = {**others, **{part: {**others.get(part, {}), **rows} for part, rows in given.items()}}
	for method in ("look", "set_up"):
		frappe.local.response = frappe._dict()
		with pytest.raises(exc):
			call(fresh, method, preset="standard", fiscal_year=YEAR, answers=answers(**given))
		assert frappe.local.response["kyodo_place"] == place
	assert frappe.db.count("Kyodo Programme") == before


def test_name_that_is_taken_is_refused_beside_it(fresh, town):
	with pytest.raises(ProgrammeExists, match=town.programme):
		call(fresh, "look", preset="kamakura", fiscal_year=YEAR, answers=answers(values={"programme_name": town.programme}))


@pytest.mark.parametrize("typed", ["令和9年度", "R9", "９年度", "2027"])
def test_year_is_typed_as_a_clerk_writes_it(fresh, typed):
	doc, made = set_up(fresh, year=typed)
	assert {frappe.db.get_value("Kyodo Call", name, "fiscal_year") for name in made["calls"]} == {2027}
	with pytest.raises(InvalidNumber, match="来年度"):
		call(fresh, "look", preset="standard", fiscal_year="来年度", answers=answers())


def test_calls_are_published_with_the_programme(fresh):
	doc, made = set_up(fresh)
	fresh.call("kyodo_frappe.programme.opening.open_programme", programme=doc.name, calls=json.dumps(made["calls"][:2]))
	assert [frappe.db.get_value("Kyodo Call", name, "published") for name in made["calls"]] == [1, 1, 0, 0]
	assert frappe.db.get_value("Kyodo Programme", doc.name, "is_active") == 1


KINDS = [
	*((name, None) for name in presets.preset_names()),
	*((name, code) for name in ("standard", "kodaira", "jnpoc") for code in ("hojo", "itaku")),
]


@pytest.mark.parametrize(("preset", "kept"), KINDS)
def test_city_with_one_call_or_one_form_opens_without_a_second_visit(fresh, preset, kept):
	"""One call only, or a programme of 補助 or 委託: nothing is missing, nothing names another city or form."""
	programme = presets.read_preset(preset)["programme"]
	calls = {str(number): {"left_out": 1} for number, _row in enumerate(programme["call_plan"], 1)}
	only = {"call_type": "Subsidy", "call_name": "まちづくり募集", "opens_month": 5, "closes_month": 6, "ceiling": 300000, "frame": 900000}
	forms = {row["code"]: {"left_out": 1} for row in programme["forms"] if kept and row["code"] != kept}
	doc, made = set_up(fresh, preset, values={"theme_from_screening": 0}, calls={**calls, "new1": only}, forms=forms)
	assert [row.call_name for row in doc.call_plan] == ["まちづくり募集"] and len(made["calls"]) == 1
	assert fresh.call("kyodo_frappe.programme.opening.look", programme=doc.name)["missing"] == []
	fresh.call("kyodo_frappe.programme.opening.open_programme", programme=doc.name, calls=json.dumps(made["calls"]))
	words, said = city_words.words_of(doc), {row.letter_type: row for row in doc.letter_numbering}
	assert not kept or words["money_word"] in ("補助金", "委託料", "委託金")
	assert city_words.mayor(doc) == "見本市長" and not any(row.sender for row in said.values())
	assert {row.form_code for row in doc.clauses if row.form_code} <= {row.code for row in doc.forms}


def test_form_of_the_library_is_taken_in_with_its_clauses(fresh):
	"""Kamakura has no 補助: a city that begins there takes it from the library, as the only form or beside others."""
	asked = call(fresh, "begin", preset="kamakura")["tables"]["forms"]["sections"][0]
	assert "hojo" in {row["key"] for row in asked["offered"]} and not {row["key"] for row in asked["offered"]} & {
		row["key"] for row in asked["rows"]
	}
	others = {row["key"]: {"left_out": 1} for row in asked["rows"]}
	doc, _made = set_up(fresh, "kamakura", forms={**others, "hojo": {"left_out": 0, "agreement_word": "協定"}})
	assert [(row.code, row.money_word) for row in doc.forms] == [("hojo", "補助金")]
	headings = [row.heading for row in doc.clauses]
	assert {"目的", "費用負担", "責任", "精算及び返還"} <= set(headings) and headings.index("費用負担") < headings.index("責任")
	assert city_words.words_of(doc)["money_word"] == "補助金"
	doc, _made = set_up(fresh, "kamakura", forms={"hojo": {"left_out": 0}, "koen": {"left_out": 1}})
	assert [row.code for row in doc.forms][-1] == "hojo" and "koen" not in {row.code for row in doc.forms}
	others = {row.heading for row in doc.clauses if row.form_code in (None, "", "futan")}
	assert others == {
		row["heading"] for row in presets.read_preset("kamakura")["programme"]["clauses"] if row.get("form_code") in (None, "futan")
	}
