"""Presets: true to their sources, loadable twice, and without overwriting changes of the city."""

import copy
import datetime
import functools
import re

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.programme import presets
from kyodo_frappe.programme.errors import InvalidPreset, UnknownPreset
from kyodo_frappe.rules.deadlines import DeadlineRule, due_date

PROGRAMME = "Kyodo Programme"
CITIES = ("jnpoc", "kamakura", "kodaira", "kokubunji", "kunitachi", "standard")
TOKENS = {
	"project_name", "municipality_name", "organisation_name", "section_name", "from_date", "to_date",
	"granted_amount", "retention_years", "agreement_word", "money_word", "next_step",
}  # fmt: skip


as_read = functools.cache(presets.read_preset)  # once for all that look at what is in it


@pytest.fixture
def kamakura():
	return copy.deepcopy(as_read("kamakura"))


@pytest.fixture
def preset(kamakura, monkeypatch):
	"""Kamakura under a name that the site under test does not have; what the test changes in it is what loads."""
	kamakura["programme"]["programme_name"] = "協働事業の循環（試験）"
	monkeypatch.setattr(presets, "read_preset", lambda name: copy.deepcopy(kamakura))
	return kamakura


def load():
	return frappe.get_doc(PROGRAMME, presets.load_preset("kamakura-test"))


def rows(programme, table, *fields):
	return [tuple(row[field] for field in fields) for row in programme[table]]


# -- what the source says ---------------------------------------------------------------------------------------


def test_every_preset_holds_only_what_the_doctypes_know():
	assert presets.preset_names() == list(CITIES)
	for name in CITIES:
		assert presets.read_preset(name)["programme"]["programme_name"]


def parts_of(programme: dict) -> list[dict]:
	"""The rows of the basic sheet."""
	return [row for row in programme["form_fields"] if (row["form"], row["step"]) == ("Proposal", "Sheet")]


def test_kamakura_the_sheet_and_the_questions(kamakura):
	programme = kamakura["programme"]
	assert (programme["municipality_name"], programme["municipality_code"]) == ("鎌倉市", "142042")
	assert [(row["label_text"],) for row in parts_of(programme)] == [
		("提案の目的",), ("ニーズの所在",), ("予算規模",), ("事業計画",), ("団体の自立性",), ("継続性",), ("プロフィール",)
	]  # fmt: skip
	assert rows(programme, "criteria", "question", "step", "scale") == [
		(question, "Both", "OX")
		for question in (
			"目的に公益性があるか",
			"新たな公共サービスとなり得るか",
			"継続性はあるか",
			"相乗効果はあるか",
			"市民参加の領域は広がるか",
			"協働の主体は明確か",
		)
	]
	codes = {row["code"] for row in programme["criteria"]}
	assert {row["criterion"] for row in parts_of(programme)} == codes  # every question has a part to look at
	assert all(row["help_text"] for row in parts_of(programme))
	assert "互いに対等であることを認識し、互いの特性や持てる資源を活かしあって" in programme["definition"]
	assert "宗教、政治、選挙活動を除く" in programme["definition"]


def test_kamakura_the_deadlines(kamakura):
	rules = {}
	for row in kamakura["programme"]["deadline_rules"]:
		fields = {f: row.get(f) for f in ("code", "kind", "month", "day", "months", "days", "event", "roll")}
		rules[row["code"]] = DeadlineRule(**fields)
	assert set(rules) == {"Budget Proposal", "Step 2 Decision", "Report"}
	assert due_date(rules["Budget Proposal"], fiscal_year=2026) == datetime.date(2026, 4, 30)
	assert due_date(rules["Step 2 Decision"], fiscal_year=2026) == datetime.date(2026, 7, 31)
	assert due_date(rules["Step 2 Decision"], fiscal_year=2027) == datetime.date(2027, 7, 30)  # by July, not after it
	assert due_date(rules["Report"], event_date=datetime.date(2027, 3, 10)) == datetime.date(2027, 4, 12)
	assert all(row["remedy"] for row in kamakura["programme"]["deadline_rules"])


def test_kamakura_the_meeting(kamakura):
	programme, members = kamakura["programme"], kamakura["committees"][0]["members"]
	assert (programme["two_step_decision"], programme["budget_vote"], programme["meetings_per_year"]) == (1, 0, 5)
	step_1 = [m["side"] for m in members if m["steps"] == "Both"]
	assert (step_1.count("City"), step_1.count("Organisation")) == (3, 4)
	assert abs(step_1.count("City") - step_1.count("Organisation")) <= programme["balance_tolerance"]
	assert [m["position"] for m in members if m["steps"] == "Step 2"] == ["総務部部長", "企画部部長", "行革推進担当部長"]
	assert {s["section_name"] for s in kamakura["sections"] if s.get("is_office")} == {"市民活動課"}


def test_kamakura_forms(kamakura):
	assert rows(kamakura["programme"], "forms", "form_name") == [
		("協働負担事業",), ("協働委託事業",), ("協働事業協力",), ("その他",)
	]  # fmt: skip
	assert kamakura["programme"]["mayor_title"] == "鎌倉市長"


# -- what every preset holds --------------------------------------------------------------------------------------


@pytest.fixture(params=CITIES)
def city(request):
	return copy.deepcopy(as_read(request.param))


def test_clauses_are_complete_for_every_form(city):
	programme = city["programme"]
	codes = {form["code"] for form in programme["forms"]}
	assert {clause["form_code"] for clause in programme["clauses"] if clause.get("form_code")} <= codes
	for form in programme["forms"]:
		clauses = [c for c in programme["clauses"] if c.get("form_code", "") in ("", form["code"])]
		headings = [clause["heading"] for clause in clauses]
		assert len(headings) == len(set(headings)), form
		# 横浜市条例: purpose, how it is run, division of roles, costs and responsibility
		assert {"目的", "事業の実施", "役割分担", "費用負担", "責任"} == {c["heading"] for c in clauses if c.get("is_minimum")}
	used = {token for c in programme["clauses"] for token in re.findall(r"\{(\w*)\}", c["body"])}
	assert used <= TOKENS
	assert not any("{{" in c["body"] or "{%" in c["body"] for c in programme["clauses"])


def test_there_are_words_for_every_letter(city):
	programme = city["programme"]
	options = frappe.get_meta("Kyodo Letter").get_field("letter_type").options.split("\n")
	assert sorted(row["letter_type"] for row in programme["letter_numbering"]) == sorted(options)
	for row in programme["letter_numbering"]:
		assert not row.get("sender") and row["prefix"].endswith("第")
		assert all(row[part] for part in ("subject", "opening", "closing"))
		text = row["subject"] + row["opening"] + row["closing"]
		assert set(re.findall(r"\{(\w*)\}", text)) <= set(letter_text.TOKENS)


def test_the_sheet_leads_to_every_question(city):
	programme = city["programme"]
	assert {row["fieldname"] for row in parts_of(programme)} == set(cycle_steps.SHEET)
	assert {row["criterion"] for row in parts_of(programme)} == {row["code"] for row in programme["criteria"]}
	assert all(row["help_text"] for row in parts_of(programme))


def test_a_year_can_be_made_of_the_plans(city):
	programme = city["programme"]
	assert len(programme["meeting_plan"]) == programme["meetings_per_year"]
	for table, days in (
		("meeting_plan", [("month", "day")]),
		("event_plan", [("month", "day")]),
		("call_plan", [("opens_month", "opens_day"), ("closes_month", "closes_day")]),
	):
		for row in programme[table]:
			for month, day in days:
				assert datetime.date(2027, row[month], row[day])
	for row in programme["deadline_rules"]:
		fields = {f: row.get(f) for f in ("code", "kind", "month", "day", "months", "days", "event", "roll")}
		assert due_date(DeadlineRule(**fields), fiscal_year=2026, event_date=datetime.date(2027, 1, 20))
		assert row["remedy"]


def test_sides_of_committees_are_balanced(city):
	kinds = [committee["kind"] for committee in city["committees"]]
	assert "Examination" in kinds and len(kinds) == len(set(kinds))
	for committee in city["committees"]:
		if committee["kind"] == "Internal Team":
			assert {member["side"] for member in committee["members"]} == {"City"}
			continue
		sides = [member["side"] for member in committee["members"] if member["steps"] != "Step 2"]
		assert abs(sides.count("City") - sides.count("Organisation")) <= city["programme"]["balance_tolerance"]


def test_every_preset_fills_the_whole_configuration(city):
	programme = city["programme"]
	for table in (
		*("subjects", "effects", "principles", "requirements", "form_fields", "criteria", "deadline_rules", "meeting_plan"),
		*("call_plan", "event_plan", "screening_questions", "support_functions", "self_check_items", "forms", "clauses"),
		*("letter_numbering", "paper_forms", "bases"),
	):
		assert programme.get(table), table
	assert [page for page in city["pages"] if page["page_kind"] == "Guideline" and len(page["body"]) > 500]
	assert {office["section_name"] for office in city["sections"] if office.get("is_office")} == {programme["office_section"]}


# -- what the other sources say -----------------------------------------------------------------------------------


def programme_of(name):
	return copy.deepcopy(as_read(name)["programme"])


def test_programmes_are_told_apart_by_name_and_code():
	names = [programme_of(name)["programme_name"] for name in CITIES]
	assert len(set(names)) == len(names)
	codes = {name: programme_of(name).get("municipality_code") for name in CITIES}
	assert codes == {
		"jnpoc": None, "kamakura": "142042", "kodaira": "132110", "kokubunji": "132144", "kunitachi": "132152", "standard": None
	}  # fmt: skip


def test_kunitachi_rules_subjects_origins_and_forms():
	programme = programme_of("kunitachi")
	assert [row["description"] for row in programme["principles"]] == [
		"協働に参画できる機会を平等に有する。",
		"互いの特性や自主性を尊重し、信頼し合い、対等な関係を持つ。",
		"まちの課題や目標を常に共に確認し、共有する。",
		"互いの特性に応じた役割と責任を明確にし、分担する。",
		"協働のあらゆる段階において情報を公開し、また発信する。",
		"評価、見直しを行う。",
	]
	may = {row["organisation_type"]: row["may_propose"] for row in programme["subjects"]}
	for kind in ("Neighbourhood Association", "Shopkeepers' Association", "Senior Citizens' Club", "Circle", "Company", "Individual"):
		assert may[kind], kind  # 共益団体も企業も市民も協働の主体
	assert [programme[f"accepts_{origin}"] for origin in ("organisation", "city", "joint")] == [1, 1, 1]
	assert [row["form_name"] for row in programme["forms"]] == ["委託", "補助", "事業協力", "共催", "後援", "実行委員会"]
	assert programme["public_presentation"] and len(programme["support_functions"]) == 6
	assert {row["call_type"] for row in programme["call_plan"]} == {"Theme", "Open", "Subsidy"}
	assert {"Training", "Hands-on Visit", "Lecture Course"} <= {row["event_kind"] for row in programme["event_plan"]}


def test_kodaira_capacities_suitability_principles_and_no_compulsory_agreement():
	preset = copy.deepcopy(as_read("kodaira"))
	programme = preset["programme"]
	assert programme["agreement_optional"] and programme["internal_review"]
	assert len(programme["requirements"]) == len(programme["effects"]) == 6
	directions = [row["direction"] for row in programme["screening_questions"]]
	assert directions == ["For"] * 5 + ["Against"] * 2
	assert [row["code"] for row in programme["principles"]] == list("アイウエオカキク")
	assert [(row["code"], row["audience"]) for row in programme["self_check_items"]] == [(c, "Both") for c in "アイウエオカキク"]
	assert [c["committee_name"] for c in preset["committees"] if c["kind"] == "Internal Team"] == ["協働推進委員会（庁内）"]
	assert "Handbook" in {page["page_kind"] for page in preset["pages"]}


def test_kokubunji_requirements_tables_and_selection():
	preset = copy.deepcopy(as_read("kokubunji"))
	programme = preset["programme"]
	assert [row["requirement"] for row in programme["requirements"]] == [
		"公益性のある活動であること", "収益を分配しないこと", "民間であること", "自発的であること", "公に組織されていること", "自己統治していること"
	]  # fmt: skip
	assert {committee["kind"]: committee["committee_name"] for committee in preset["committees"]} == {
		"Examination": "協働事業審査会", "Evaluation": "協働事業評価委員会", "Internal Team": "庁内横断チーム"
	}  # fmt: skip
	assert programme["theme_from_screening"] and programme["internal_review"]
	assert {row["call_type"] for row in programme["call_plan"]} == {"Partner Selection", "Open"}
	may = {row["organisation_type"]: row["may_propose"] for row in programme["subjects"]}
	assert not may["Company"] and not may["Individual"] and may["Voluntary Group"]


def test_jnpoc_families_of_form_and_attitudes():
	programme = programme_of("jnpoc")
	assert [row["form_name"] for row in programme["forms"]] == ["共催・共同運営", "補助・助成", "委託"]
	audiences = [row["audience"] for row in programme["self_check_items"]]
	assert audiences == ["City"] * 8 + ["Organisation"] * 8
	assert programme["self_check_items"][6]["item"] == "情報は市民のものであり、市民のために活用してこそ価値がある"
	assert programme["self_check_items"][10]["item"] == "行政に依存せず、精神的に独立していること"
	assert {"Forum", "Lecture Course"} <= {row["event_kind"] for row in programme["event_plan"]}
	assert [row["title"] for row in programme["support_functions"]] == ["個別の相談", "講師の派遣", "委員の派遣"]


def test_standard_points_weights_and_the_late_calendar():
	programme = programme_of("standard")
	assert {(row["scale"], row["max_points"]) for row in programme["criteria"]} == {("Points", 5)}
	assert sum(row["weight"] for row in programme["criteria"]) == 100 and programme["pass_mark"] == 50
	assert [row["code"] for row in programme["criteria"] if row.get("veto")] == ["S1"]
	assert programme["consultation_required"] and programme["budget_vote"] and programme["registration_required"]
	assert {row["call_type"] for row in programme["call_plan"]} == {"Open", "Theme", "Idea", "Starter"}
	calls = {row["call_type"]: row for row in programme["call_plan"]}
	assert (calls["Open"]["opens_month"], calls["Open"].get("rate"), calls["Open"]["rounding"]) == (8, None, "1000")
	assert [(row["number"], row["rate"]) for row in programme["year_terms"]] == [(1, "80"), (2, "70"), (3, "60")]


# -- loading ----------------------------------------------------------------------------------------------------


def test_loading_makes_programme_sections_and_committee(preset):
	programme = load()
	assert (programme.preset, programme.office_section) == ("kamakura-test", "市民活動課")
	assert [len(programme.get(table)) for table in ("criteria", "deadline_rules", "forms")] == [6, 3, 4]
	assert len(parts_of(programme.as_dict())) == 7
	committee = frappe.get_doc("Kyodo Committee", {"programme": programme.name})
	assert (committee.committee_name, len(committee.members)) == ("協働エントランス会議", 10)


@pytest.mark.parametrize("name", [name for name in CITIES if name != "kamakura"])
def test_every_preset_loads_once_and_again(name, monkeypatch):
	response = presets.read_preset(name)
	response["programme"]["programme_name"] += "（試験）"  # the site under test may have the city
	monkeypatch.setattr(presets, "read_preset", lambda _name: copy.deepcopy(response))
	programme = frappe.get_doc(PROGRAMME, presets.load_preset(f"{name}-test"))
	for key, value in response["programme"].items():
		if isinstance(value, list):
			assert len(programme.get(key)) == len(value), key
	programme.criteria[0].question = "市で決めた問い"
	programme.save()
	before = frappe.db.get_value(PROGRAMME, programme.name, "modified")
	again = frappe.get_doc(PROGRAMME, presets.load_preset(f"{name}-test"))
	assert (again.name, again.modified, again.criteria[0].question) == (programme.name, before, "市で決めた問い")
	kinds = frappe.get_all("Kyodo Committee", {"programme": programme.name}, pluck="kind", order_by="kind")
	assert kinds == sorted(committee["kind"] for committee in response["committees"])
	pages = frappe.get_all("Kyodo Page", {"programme": programme.name}, pluck="default_key", order_by="default_key")
	assert pages == sorted(page["default_key"] for page in response["pages"])


def test_loading_again_changes_nothing(preset):
	first = load()
	again = load()
	assert (again.name, again.modified) == (first.name, first.modified)
	assert frappe.db.count("Kyodo Committee", {"programme": first.name}) == 1


def test_loading_again_keeps_changes_of_the_city(preset):
	programme = load()
	programme.meetings_per_year = 7
	programme.criteria[0].question = "市民のためになるか"
	programme.how_to = None
	programme.save()
	preset["programme"].update(meetings_per_year=6, how_to="新しい案内", purpose="新しい目的")
	preset["programme"]["criteria"][1]["question"] = "新しい問い"
	preset["programme"]["principles"][0]["title"] = "対等な関係"

	programme = load()
	assert programme.meetings_per_year == 7
	assert [c.question for c in programme.criteria[:2]] == ["市民のためになるか", "新たな公共サービスとなり得るか"]
	assert not programme.how_to
	assert programme.purpose == "新しい目的"
	assert programme.principles[0].title == "対等な関係"


def test_preset_fills_gaps_of_an_existing_programme_only(preset):
	frappe.get_doc(
		{
			"doctype": PROGRAMME,
			"programme_name": preset["programme"]["programme_name"],
			"municipality_name": "架空市",
			"principles": [{"code": "X", "title": "市の原則"}],
		}
	).insert()
	programme = load()
	assert programme.municipality_name == "架空市"
	assert [p.code for p in programme.principles] == ["X"]
	assert len(programme.criteria) == 6


def test_a_renamed_programme_is_found_again(preset):
	programme = load()
	new_name = frappe.rename_doc(PROGRAMME, programme.name, "別の名前の制度（試験）", force=True)
	assert load().name == new_name


def test_unknown_preset_is_refused_with_the_existing_names():
	for name in ("atlantis", "../hooks", ""):
		with pytest.raises(UnknownPreset, match="kamakura"):
			presets.load_preset(name)


@pytest.mark.parametrize(
	"spoil, named",
	[
		(lambda p: p["programme"].update(colour="red"), "colour"),
		(lambda p: p["programme"]["criteria"][2].update(wieght=2), "wieght"),
		(lambda p: p["programme"]["deadline_rules"][0].update(kind="Whenever"), "Whenever"),
		(lambda p: p.update(commitees=[]), "commitees"),
		(lambda p: p["committees"][0]["members"][0].update(side="Nobody"), "Nobody"),
	],
)
def test_invalid_preset_is_refused_with_the_wrong_value(kamakura, monkeypatch, spoil, named):
	spoil(kamakura)
	monkeypatch.setattr(presets.json, "loads", lambda text: kamakura)
	with pytest.raises(InvalidPreset, match=named):
		presets.read_preset("kamakura")


def test_preset_is_loaded_by_managers_only(preset):
	frappe.set_user("Guest")
	with pytest.raises(frappe.PermissionError):
		presets.load_preset("kamakura-test")
	frappe.set_user("Administrator")
	manager = {"doctype": "User", "email": "preset-manager@example.com", "first_name": "管理", "send_welcome_email": 0}
	frappe.get_doc({**manager, "roles": [{"role": "Kyodo Manager"}]}).insert()
	frappe.set_user("preset-manager@example.com")
	assert load().preset == "kamakura-test"


def test_marks_of_presets_are_removed_with_the_app(preset):
	from kyodo_frappe.workflows.sync import STORE

	load()
	assert frappe.db.exists("DefaultValue", {"parent": STORE, "defkey": "preset:kamakura-test"})
