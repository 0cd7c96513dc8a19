"""The library of clauses: every form is complete, and a city takes from it only what it lacks."""

import re

import frappe
import pytest

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.demo import ledger
from kyodo_frappe.partnership import agreement_drafts, clause_library

MINIMUM = {"目的", "事業の実施", "役割分担", "費用負担", "責任"}  # 横浜市市民協働条例
FORMS = ["futan", "itaku", "kyoryoku", "hojo", "kyosai", "koen", "jikko", "sonota"]
TOKEN = re.compile(r"\{\w*\}")


def headings(programme: str, code: str) -> list[str]:
	rows = frappe.get_doc("Kyodo Programme", programme).clauses
	return [row.heading for row in rows if (row.form_code or code) == code]


@pytest.fixture(scope="module")
def programme(cast):
	"""The name of a programme without forms and clauses, committed for the tests of this file."""
	made = ledger.Ledger()
	with made:
		doc = frappe.copy_doc(frappe.get_doc("Kyodo Programme", cast.programme))
		doc.update({"programme_name": f"{cast.tag} 空の制度", "preset": None, "forms": [], "clauses": []})
		doc.insert()
	yield doc.name
	frappe.db.rollback()
	ledger.remove(made.made)
	frappe.db.commit()


def test_every_form_has_the_minimum_once_and_names_its_source():
	assert [form["code"] for form in clause_library.library()["forms"]] == FORMS
	for code in FORMS:
		rows = clause_library.clauses_of(code)
		found = [row["heading"] for row in rows]
		assert len(found) == len(set(found)), code
		assert {row["heading"] for row in rows if row["is_minimum"]} == MINIMUM, code
		assert found[0] == "目的" and found[-1] == "疑義の協議"
	for row in [*clause_library.library()["forms"], *clause_library.library()["clauses"]]:
		assert row["source"]


@pytest.mark.parametrize("code", FORMS)
def test_agreement_of_each_form_has_no_unresolved_token(town, programme, code):
	town.manager.call("kyodo_frappe.partnership.clause_library.take_form", programme=programme, code=code)
	doc = frappe.get_doc("Kyodo Programme", programme)
	project = frappe.get_doc(
		{
			"doctype": "Kyodo Project",
			"project_name": "みんなの食堂",
			"programme": programme,
			"fiscal_year": 2026,
			"from_date": "2026-04-01",
			"to_date": "2027-03-31",
			"section": town.section,
			"organisation": town.organisation,
			"form": doc.forms[0].form_name,
			"granted_amount": 400000,
		}
	).insert()
	agreement = frappe.get_doc("Kyodo Agreement", agreement_drafts.draft_for(project.name))
	assert [row.heading for row in agreement.clauses] == headings(programme, code)
	text = "\n".join(row.body for row in agreement.clauses)
	assert not TOKEN.findall(text)
	assert "鎌倉市" in text and "みんなの食卓の会" in text and "令和8年4月1日から令和9年3月31日まで" in text


def test_a_city_gets_what_it_lacks_and_keeps_what_it_has(town):
	before = {row.name: (row.form_code, row.heading, row.body) for row in frappe.get_doc("Kyodo Programme", town.programme).clauses}
	take = "kyodo_frappe.partnership.clause_library.take_form"
	brought = town.manager.call(take, programme=town.programme, code="jikko")
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	assert brought["form"] and "費用負担" in brought["clauses"] and "目的" not in brought["clauses"]
	assert {name: value for name, value in ((r.name, (r.form_code, r.heading, r.body)) for r in doc.clauses) if name in before} == before
	# the form of another city's own is untouched: what came is for this form only
	assert {row.form_code for row in doc.clauses if row.name not in before} == {"jikko"}
	order = headings(town.programme, "jikko")
	assert order.index("役割分担") < order.index("費用負担") < order.index("責任") < order.index("疑義の協議")
	assert set(order) >= MINIMUM and [row.idx for row in doc.clauses] == list(range(1, len(doc.clauses) + 1))
	assert town.manager.call(take, programme=town.programme, code="jikko") == {"form": False, "clauses": []}


def test_all_forms_in_an_empty_programme_share_what_is_common(town, programme):
	for code in FORMS:
		town.manager.call("kyodo_frappe.partnership.clause_library.take_form", programme=programme, code=code)
	for code in FORMS:
		found = headings(programme, code)
		assert len(found) == len(set(found)) and set(found) >= MINIMUM, code
	assert len([row for row in frappe.get_doc("Kyodo Programme", programme).clauses if row.heading == "目的"]) == 1


def test_only_a_manager_takes_from_the_library(town):
	for client in (town.officer, town.section_officer, town.representative, town.guest):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.partnership.clause_library.take_form", programme=town.programme, code="koen")
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.partnership.clause_library.forms")
	with pytest.raises(InvalidChoice):
		town.manager.call("kyodo_frappe.partnership.clause_library.take_form", programme=town.programme, code="nothing")
