"""Programme presets: true to their source, loadable twice, and never over what a city has changed."""

import copy
import datetime
import re

import frappe
import pytest

from kyodo_frappe.rules.deadlines import DeadlineRule, due_date
from kyodo_frappe.services import presets

PROGRAMME = "Kyodo Programme"
TOKENS = {
	"project_name", "municipality_name", "organisation_name", "section_name", "from_date", "to_date",
	"granted_amount", "retention_years",
}  # fmt: skip
LETTER_TOKENS = {
	"programme_name", "municipality_name", "committee_name", "entrance_name", "organisation_name", "title",
	"submitted_on", "decided_on", "issued_on", "project_name", "retention_years",
}  # fmt: skip


@pytest.fixture
def kamakura():
	return presets.read_preset("kamakura")


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
	assert "kamakura" in presets.preset_names()
	for name in presets.preset_names():
		assert presets.read_preset(name)["programme"]["programme_name"]


def test_kamakura_the_sheet_and_the_questions(kamakura):
	programme = kamakura["programme"]
	assert (programme["municipality_name"], programme["municipality_code"]) == ("鎌倉市", "142042")
	assert rows(programme, "sheet_parts", "label_text") == [
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
	assert {row["criterion"] for row in programme["sheet_parts"]} == codes  # every question has a part to look at
	assert all(row["help_text"] for row in programme["sheet_parts"])
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
	programme, members = kamakura["programme"], kamakura["committee"]["members"]
	assert (programme["two_step_decision"], programme["budget_vote"], programme["meetings_per_year"]) == (1, 0, 5)
	step_1 = [m["side"] for m in members if m["steps"] == "Both"]
	assert (step_1.count("City"), step_1.count("Organisation")) == (3, 4)
	assert abs(step_1.count("City") - step_1.count("Organisation")) <= programme["balance_tolerance"]
	assert [m["position"] for m in members if m["steps"] == "Step 2"] == ["総務部部長", "企画部部長", "行革推進担当部長"]
	assert {s["section_name"] for s in kamakura["sections"] if s.get("is_office")} == {"市民活動課"}


def test_kamakura_forms_and_clauses(kamakura):
	programme = kamakura["programme"]
	assert rows(programme, "forms", "form_name") == [
		("協働負担事業",), ("協働委託事業",), ("協働事業協力",), ("その他",)
	]  # fmt: skip
	for form in programme["forms"]:
		clauses = [c for c in programme["clauses"] if c.get("form_code", "") in ("", form["code"])]
		headings = [clause["heading"] for clause in clauses]
		assert len(headings) == len(set(headings)), form
		# 横浜市条例: purpose, how it is run, division of roles, costs and responsibility
		assert {"目的", "事業の実施", "役割分担", "費用負担", "責任"} == {
			c["heading"] for c in clauses if c.get("is_minimum")
		}
	used = {token for c in programme["clauses"] for token in re.findall(r"\{(\w*)\}", c["body"])}
	assert used <= TOKENS
	assert not any("{{" in c["body"] or "{%" in c["body"] for c in programme["clauses"])


def test_kamakura_has_words_for_every_letter(kamakura):
	letters = kamakura["programme"]["letter_numbering"]
	options = frappe.get_meta("Kyodo Letter").get_field("letter_type").options.split("\n")
	assert sorted(row["letter_type"] for row in letters) == sorted(options)
	for row in letters:
		assert row["sender"] == "鎌倉市長" and row["prefix"] == "鎌市活第"
		text = row["subject"] + row["opening"] + row["closing"]
		assert all(row[part] for part in ("subject", "opening", "closing"))
		assert set(re.findall(r"\{(\w*)\}", text)) <= LETTER_TOKENS


# -- loading ----------------------------------------------------------------------------------------------------


def test_loading_makes_programme_sections_and_committee(preset):
	programme = load()
	assert (programme.preset, programme.office_section) == ("kamakura-test", "市民活動課")
	assert [len(programme.get(table)) for table in ("sheet_parts", "criteria", "deadline_rules", "forms")] == [7, 6, 3, 4]
	committee = frappe.get_doc("Kyodo Committee", {"programme": programme.name})
	assert (committee.committee_name, len(committee.members)) == ("協働エントランス会議", 10)


def test_loading_again_touches_nothing(preset):
	first = load()
	again = load()
	assert (again.name, again.modified) == (first.name, first.modified)
	assert frappe.db.count("Kyodo Committee", {"programme": first.name}) == 1


def test_a_change_of_the_city_stays_and_the_rest_is_refreshed(preset):
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


def test_a_programme_that_was_there_before_gets_only_what_it_lacks(preset):
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


def test_an_unknown_preset_is_refused_with_the_names_there_are():
	for name in ("atlantis", "../hooks", ""):
		with pytest.raises(frappe.ValidationError, match="kamakura"):
			presets.load_preset(name)


@pytest.mark.parametrize(
	"spoil, named",
	[
		(lambda p: p["programme"].update(colour="red"), "colour"),
		(lambda p: p["programme"]["criteria"][2].update(wieght=2), "wieght"),
		(lambda p: p["programme"]["deadline_rules"][0].update(kind="Whenever"), "Whenever"),
		(lambda p: p.update(committees=[]), "committees"),
		(lambda p: p["committee"]["members"][0].update(side="Nobody"), "Nobody"),
	],
)
def test_a_preset_with_a_mistake_is_refused(kamakura, monkeypatch, spoil, named):
	spoil(kamakura)
	monkeypatch.setattr(presets.json, "loads", lambda text: kamakura)
	with pytest.raises(frappe.ValidationError, match=named):
		presets.read_preset("kamakura")


def test_only_those_who_configure_may_load(preset):
	frappe.set_user("Guest")
	with pytest.raises(frappe.PermissionError):
		presets.load_preset("kamakura-test")
	frappe.set_user("Administrator")
	manager = {"doctype": "User", "email": "preset-manager@example.com", "first_name": "管理", "send_welcome_email": 0}
	frappe.get_doc({**manager, "roles": [{"role": "Kyodo Manager"}]}).insert()
	frappe.set_user("preset-manager@example.com")
	assert load().preset == "kamakura-test"


def test_what_presets_remember_goes_with_the_app(preset):
	from kyodo_frappe.workflows.sync import STORE

	load()
	assert frappe.db.exists("DefaultValue", {"parent": STORE, "defkey": "preset:kamakura-test"})
