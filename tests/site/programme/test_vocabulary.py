"""The city's words: organisation types, categories of cost and income, meeting types and results as records (design.md §1).

Managers reword, add, order and switch them off in the desk; every place shows the city's word.
"""

import frappe
import pytest
from portal_client import send, visit

from kyodo_frappe.committee import convening, meetings, reviews
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import DuplicateWord, TermFixed, TermNotAvailable
from kyodo_frappe.common.vocabulary import COST, INCOME, MEETING_TYPE, ORGANISATION_TYPE, RESULT
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import open_data
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.organisations import import_list as organisation_import
from kyodo_frappe.partnership import expenses
from kyodo_frappe.patches import words_as_records
from kyodo_frappe.programme.errors import InvalidPreset
from kyodo_frappe.proposals import excel_workbook, paper_forms
from kyodo_frappe.web import forms

ORGANISATION, PROPOSAL, MEETING = "Kyodo Organisation", "Kyodo Proposal", "Kyodo Meeting"


@pytest.fixture(autouse=True)
def forgotten(site):
	yield
	frappe.db.rollback()
	vocabulary.clear_cache()


def reword(town, doctype: str, name: str, word: str):
	town.manager.update(doctype, name, {"label_text": word})


def add(town, doctype: str, name: str, word: str, **more) -> str:
	return town.manager.insert({"doctype": doctype, "name": name, "label_text": word, "enabled": 1, "sort_order": 5, **more})["name"]


def switch_off(town, doctype: str, name: str):
	town.manager.update(doctype, name, {"enabled": 0})


# -- what is there -------------------------------------------------------------------------------


@pytest.mark.parametrize("doctype", vocabulary.KINDS)
def test_standard_words_exist_in_japanese(site, doctype):
	found = {row.name: row for row in frappe.get_all(doctype, fields=["*"], order_by="sort_order")}
	assert list(found) == vocabulary.standard()[doctype]
	for name, row in found.items():
		assert row.label_text == row.standard_word == frappe._(name, lang="ja") != name and row.enabled
	vocabulary.sync()
	assert frappe.db.count(doctype) == len(found)


def test_unchanged_word_follows_the_app_and_a_changed_one_stays(town):
	reword(town, COST, "Travel", "交通費")
	for name in ("Travel", "Printing"):
		frappe.db.set_value(COST, name, "standard_word", "昔の語")
	frappe.db.set_value(COST, "Printing", "label_text", "昔の語")
	vocabulary.sync()
	assert frappe.db.get_value(COST, "Travel", ["label_text", "standard_word"]) == ("交通費", "旅費")
	assert frappe.db.get_value(COST, "Printing", ["label_text", "standard_word"]) == ("印刷製本費", "印刷製本費")


def test_words_are_written_by_managers_and_read_by_all_roles(town):
	with pytest.raises(frappe.PermissionError):
		town.officer.update(COST, "Travel", {"label_text": "交通費"})
	for client in (town.officer, town.section_officer, town.representative, town.support):
		assert client.read(COST, "Travel")["label_text"] == "旅費"


@pytest.mark.parametrize("doctype", vocabulary.KINDS)
def test_standard_word_is_neither_deleted_nor_renamed(town, doctype):
	name = vocabulary.standard()[doctype][-1]
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		town.manager.call("frappe.client.delete", doctype=doctype, name=name)
	with pytest.raises(TermFixed):
		frappe.delete_doc(doctype, name)
	with pytest.raises(TermFixed):
		frappe.rename_doc(doctype, name, "Anything")


def test_duplicate_words_and_new_results_are_refused(town):
	with pytest.raises(DuplicateWord, match="Printing"):
		reword(town, COST, "Travel", "印刷製本費")
	with pytest.raises((frappe.ValidationError, frappe.PermissionError)):
		add(town, RESULT, "Put Aside", "棚上げ")
	with pytest.raises(TermFixed):
		frappe.get_doc({"doctype": RESULT, "name": "Put Aside", "label_text": "棚上げ"}).insert()


# -- kinds of organisation ------------------------------------------------------------------------


def test_reworded_organisation_type_is_shown_everywhere(town):
	frappe.db.set_value(ORGANISATION, town.organisation, {"organisation_type": "Circle", "publish_profile": 1})
	reword(town, ORGANISATION_TYPE, "Circle", "地域クラブ")
	pages = [
		visit("Guest", f"organisations/{town.organisation}"),
		visit("Guest", "organisations"),
		visit(town.representative.user, "my/organisation", name=town.organisation),
	]
	assert [status for status, _page in pages] == [200] * 3
	assert all("地域クラブ" in page and "サークル" not in page for _status, page in pages)
	assert any("地域クラブ" in str(row) for row in open_data.rows("organisations"))
	assert "地域クラブ" in str(paper_forms.paper_form(frappe.get_doc(ORGANISATION, town.organisation)))


def test_own_organisation_type_is_kept_when_it_is_switched_off(town):
	add(town, ORGANISATION_TYPE, "Foundation of the City", "市の財団")
	frappe.local.lang = "ja"
	assert forms.choices(ORGANISATION, "organisation_type")[0] == ("Foundation of the City", "市の財団")
	name = cycle_steps.begin_organisation(
		town.representative, town.programme, "財団の会", representative="代表", organisation_type="Foundation of the City"
	)
	switch_off(town, ORGANISATION_TYPE, "Foundation of the City")
	town.representative.update(ORGANISATION, name, {"purpose": "書き直した目的"})
	assert frappe.db.get_value(ORGANISATION, name, "organisation_type") == "Foundation of the City"
	offered = forms.choices(ORGANISATION, "organisation_type")
	assert "Foundation of the City" not in dict(offered) and offered.off == {"Foundation of the City": "市の財団"}
	_status, page = visit(town.representative.user, "my/organisation", name=name)
	assert "市の財団" in page
	with pytest.raises(TermNotAvailable, match="市の財団"):
		cycle_steps.begin_organisation(
			town.representative, town.programme, "別の会", representative="代表", organisation_type="Foundation of the City"
		)
	with pytest.raises(frappe.LinkExistsError):
		frappe.delete_doc(ORGANISATION_TYPE, "Foundation of the City")


def test_missing_required_choice_is_the_first_one_offered(town):
	switch_off(town, ORGANISATION_TYPE, "Voluntary Group")
	doc = frappe.get_doc(
		{"doctype": ORGANISATION, "organisation_name": "名のない会", "programme": town.programme, "representative": "代表"}
	).insert()
	assert doc.organisation_type == "NPO Corporation"


def test_unknown_choice_is_refused(town):
	with pytest.raises(frappe.LinkValidationError):
		cycle_steps.begin_organisation(town.representative, town.programme, "別の会", representative="代表", organisation_type="Nothing")


def test_list_with_an_own_organisation_type_is_imported(site, town):
	from kyodo_frappe.rules.organisation_columns import detect_layout
	from kyodo_frappe.rules.organisation_rows import clean_row

	add(town, ORGANISATION_TYPE, "Foundation of the City", "市の財団")
	layout = detect_layout([["団体名", "種別"]])
	types = dict(vocabulary.choices(ORGANISATION_TYPE, "ja"))
	assert clean_row(["甲", "市の財団"], layout, types)[0]["organisation_type"] == "Foundation of the City"
	assert clean_row(["乙", "サークル"], layout, types)[0]["organisation_type"] == "Circle"
	assert organisation_import.clean_row is clean_row


# -- categories of cost -----------------------------------------------------------------------------


def test_own_category_is_shown_in_forms_papers_and_tables(town):
	add(town, COST, "Childcare", "保育費")
	reword(town, INCOME, "Donations", "ふるさと寄附")
	name = town.draft(
		income=[{"category": "Donations", "description": "寄附", "amount": 1000}],
		expenses=[{"category": "Childcare", "description": "見守り", "unit_price": 1000, "quantity": 1, "eligible": 1}],
	)
	doc = frappe.get_doc(PROPOSAL, name)
	assert {"保育費", "ふるさと寄附"} <= words_in(str(paper_forms.paper_form(doc)), "保育費", "ふるさと寄附")
	for path in (f"my/proposals/{name}", f"my/proposals/{name}/check", f"my/proposals/{name}/money"):
		status, page = visit(town.representative.user, path)
		if status == 200:
			assert "Childcare</" not in page
	switch_off(town, COST, "Childcare")
	_status, page = visit(town.representative.user, f"my/proposals/{name}/money")
	town.representative.update(PROPOSAL, name, {"purpose": "書き直した"})
	with pytest.raises(TermNotAvailable, match="保育費"):
		town.draft(expenses=[{"category": "Childcare", "description": "見守り", "unit_price": 1, "quantity": 1}])


def words_in(text: str, *words: str) -> set[str]:
	return {word for word in words if word in text}


def test_project_and_reproposal_keep_a_category_that_is_switched_off(town):
	proposal = town.in_step_1()
	category = frappe.db.get_value("Kyodo Expense Line", {"parent": proposal}, "category")
	switch_off(town, COST, category)
	town.decided(proposal, "Passed to Step 2")
	town.decided(proposal, "Adopted", step="Step 2", amount=400000)
	project = frappe.db.get_value("Kyodo Project", {"proposal": proposal})
	assert category in frappe.get_all("Kyodo Expense Line", {"parent": project}, pluck="category", order_by="idx")


def test_a_settlement_line_is_found_by_the_citys_word(town):
	reword(town, COST, "Travel", "交通費")
	assert [vocabulary.find(COST, text) for text in ("交通費", "旅費", "Travel", "何か")] == ["Travel", "Travel", "Travel", None]
	assert "交通費" in expenses.describe(expenses.receipts.Finding(expenses.receipts.NOT_ELIGIBLE, ("Travel",)))


def test_the_excel_form_offers_the_citys_words(town):
	add(town, COST, "Childcare", "保育費")
	column = frappe.get_meta("Kyodo Expense Line").get_field("category")
	assert excel_workbook.option_words(column)["Childcare"] == "保育費"
	switch_off(town, COST, "Childcare")
	assert "Childcare" not in excel_workbook.option_words(column)
	assert excel_workbook.retired_words(column) == {"Childcare": "保育費"}


def test_an_agreement_names_income_in_the_citys_word(town):
	reword(town, INCOME, "Donations", "ふるさと寄附")
	assert vocabulary.word(INCOME, "Donations", "ja") == "ふるさと寄附"
	assert vocabulary.word(INCOME, "Other", "ja") == vocabulary.word(COST, "Other", "ja") == "その他"
	reword(town, INCOME, "Other", "そのほかの収入")
	assert vocabulary.word(COST, "Other", "ja") == "その他"


def test_income_of_an_own_category_counts_like_its_standard_one(town):
	from kyodo_frappe.proposals import budget_checks

	add(town, INCOME, "Hometown Tax", "ふるさと納税による市の負担", behaves_like="City")
	income = [
		{"category": "Hometown Tax", "description": "市から", "amount": 400000},
		{"category": "Donations", "description": "寄附", "amount": 5000},
	]
	doc = frappe.get_doc(PROPOSAL, town.draft(income=income, needs_budget=1, requested_amount=400000))
	assert not [caution for caution in budget_checks.cautions(doc) if caution.field == "income"]
	doc.requested_amount = 300000
	assert [caution for caution in budget_checks.cautions(doc) if caution.field == "income"]
	assert [vocabulary.like(INCOME, row.category) for row in doc.income] == ["City", "Donations"]


# -- types of meeting -----------------------------------------------------------------------------


def test_meeting_of_an_own_type_is_held_like_its_standard_one(town):
	add(town, MEETING_TYPE, "Public Screening", "公開審査会", behaves_like="Step 1")
	proposal = town.in_step_1()
	assert proposal in [row.get("proposal") for row in waiting(town, "Public Screening")]
	meeting = town.in_session(proposal, step="Public Screening")
	doc = frappe.get_doc(MEETING, meeting)
	assert convening.title(doc).endswith("　公開審査会") and reviews.step_of(doc) == "Step 1"
	assert set(frappe.get_all("Kyodo Review", {"meeting": meeting}, pluck="step")) == {"Step 1"}
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	cycle_steps.close(town.officer, meeting)
	assert frappe.db.get_value(PROPOSAL, proposal, "workflow_state") == "Step 2"
	with pytest.raises(TermFixed):
		town.manager.update(MEETING_TYPE, "Public Screening", {"behaves_like": "Extra"})


def waiting(town, meeting_type: str) -> list:
	doc = frappe.get_doc({"doctype": MEETING, "committee": town.committee, "programme": town.programme, "meeting_type": meeting_type})
	return meetings._waiting(doc)


def test_standard_meeting_type_behaves_like_itself(town):
	town.manager.update(MEETING_TYPE, "Step 2", {"behaves_like": "Extra", "label_text": "決定会議"})
	assert frappe.db.get_value(MEETING_TYPE, "Step 2", "behaves_like") == "Step 2"
	assert vocabulary.types_held_like("Step 2") == ["Step 2"]


# -- results --------------------------------------------------------------------------------------


def test_a_reworded_result_is_in_minutes_letters_and_on_pages(town):
	reword(town, RESULT, "Passed to Step 2", "本審査に進む")
	proposal = town.in_step_1()
	town.decided(proposal, "Passed to Step 2")
	letter = frappe.get_doc("Kyodo Letter", {"proposal": proposal, "letter_type": "Passed to Step 2"})
	assert "本審査に進む" in str(letter_text.letter_context(letter))
	_status, page = visit(town.representative.user, f"my/proposals/{proposal}")
	assert "本審査に進む" in page


def test_result_that_is_switched_off_is_refused(town):
	switch_off(town, RESULT, "Passed to Step 2")
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	with pytest.raises(TermNotAvailable):
		cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")


def test_programme_file_carries_own_words(town):
	from kyodo_frappe.programme import file as programme_file

	add(town, COST, "Childcare", "保育費")
	programme = frappe.get_doc("Kyodo Programme", town.programme)
	programme.append("category_rules", {"category": "Childcare", "cap_amount": 10000})
	programme.save()
	text = programme_file.as_text(programme)
	programme.set("category_rules", [row for row in programme.category_rules if row.category != "Childcare"])
	programme.save()
	frappe.delete_doc(COST, "Childcare")
	given = programme_file.read(text)
	assert given["words"] == [{"kind": COST, "id": "Childcare", "word": "保育費", "like": ""}]
	given["programme"]["programme_name"] = "別の制度"
	programme_file.create(given)
	assert vocabulary.word(COST, "Childcare", "ja") == "保育費"
	with pytest.raises(InvalidPreset, match="words"):
		programme_file.read(text.replace('"Kyodo Cost Category"', '"User"'))


# -- sites that were there ------------------------------------------------------------------------


def test_patch_turns_added_options_into_records(site):
	setter = frappe.make_property_setter(
		{
			"doctype": ORGANISATION,
			"fieldname": "organisation_type",
			"property": "options",
			"property_type": "Text",
			"value": "NPO Corporation\n市民活動団体\nOther",
		},
		validate_fields_for_doctype=False,
	)
	for _twice in range(2):
		words_as_records.execute()
		assert frappe.db.get_value(ORGANISATION_TYPE, "市民活動団体", ["label_text", "enabled"]) == ("市民活動団体", 1)
		assert not frappe.get_all("Property Setter", {"doc_type": ORGANISATION, "field_name": "organisation_type", "property": "options"})
	assert frappe.get_meta(ORGANISATION).get_field("organisation_type").options == ORGANISATION_TYPE
	assert setter is None or setter


def test_unknown_stored_words_stay_readable(town):
	frappe.db.set_value(ORGANISATION, town.organisation, {"organisation_type": "古い種別", "publish_profile": 1})
	words_as_records.execute()
	assert frappe.db.get_value(ORGANISATION_TYPE, "古い種別", "enabled") == 0
	town.representative.update(ORGANISATION, town.organisation, {"phone": "03-1234-5678"})
	assert "古い種別" in visit("Guest", f"organisations/{town.organisation}")[1]


def test_portal_form_refuses_an_unknown_choice(town):
	typed = {"organisation_name": "別の会", "organisation_type": "Nothing", "form": "begin:"}
	_address, notice = send(town.representative.user, "organisations.actions.begin_organisation", **typed)
	assert (notice["kind"] == "refused" and "答え" in notice["text"]) or "選択" in notice["text"], notice
