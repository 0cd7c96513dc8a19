"""A proposal written by several people at once, step by step: what is stored, returned and reported."""

import io
import json
import re

import frappe
import pytest
from uploads import pdf

from kyodo_frappe.common.errors import InvalidChoice
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.proposals import actions as proposal_actions
from kyodo_frappe.proposals import budget_checks, excel_actions, writing
from kyodo_frappe.proposals.errors import ProposalNotEditable
from kyodo_frappe.rules import merge
from kyodo_frappe.web import session_actions

from ..web.test_portal import acting, reread, send, visit
from ..workflows.test_at_once import at_once

SCRIPT = "<script>alert(1)</script>"


def shown(user: str, draft: str, step: str) -> dict:
	"""What the form of a step sends when nothing is typed into it: its inputs, read from the page."""
	status, page = visit(user, f"my/proposals/{draft}/{step}")
	assert status == 200, page
	form = page[page.index('<form class="printed writing"') :].split("</form>")[0].split("<template")[0]
	return inputs(form)


def inputs(form: str) -> dict:
	from bs4 import BeautifulSoup

	found = {}
	for element in BeautifulSoup(form, "html.parser").find_all(["input", "textarea", "select"]):
		name = element.get("name")
		if not name or (element.get("type") in ("checkbox", "radio") and not element.has_attr("checked")):
			continue
		if element.name == "textarea":
			found[name] = element.text.removeprefix("\n")
		elif element.name == "select":
			chosen = element.find("option", selected=True) or element.find("option")
			found[name] = chosen["value"]
		else:
			found[name] = element.get("value", "")
	return {key: value for key, value in found.items() if key not in ("csrf_token", "form", "name", "step")}


def autosave(user: str, draft: str, step: str, form: dict, **typed) -> dict:
	with acting(user, {}):
		return proposal_actions.autosave_step(name=draft, step=step, **{**form, "writer": user, **typed})


def save(user: str, draft: str, step: str, form: dict, **typed) -> tuple[str, dict]:
	return send(user, "save_step", name=draft, step=step, form=f"proposal:{draft}:{step}", **{**form, "writer": user, **typed})


def stored(draft: str, field: str):
	return frappe.db.get_value("Kyodo Proposal", draft, field)


@pytest.fixture
def draft(town):
	return town.draft()


@pytest.fixture
def first(town):
	return town.representative.user


@pytest.fixture
def second(town):
	return town.editor.user


# -- fields ----------------------------------------------------------------------------------------


def test_two_writers_in_different_fields_are_both_stored(draft, first, second):
	mine, theirs = shown(first, draft, "sheet"), shown(second, draft, "sheet")
	autosave(second, draft, "sheet", theirs, plan="会員の計画")
	response = autosave(first, draft, "sheet", mine, needs="代表のニーズ")
	assert (stored(draft, "plan"), stored(draft, "needs")) == ("会員の計画", "代表のニーズ")
	assert not response["conflicts"] and response["stored"]["plan"] == "会員の計画"
	assert response["was"]["plan"] == merge.digest("会員の計画") and re.fullmatch(r"\d\d:\d\d", response["at"])


def test_same_field_conflicts_and_everything_else_is_stored(draft, first, second):
	form = shown(first, draft, "sheet")
	autosave(second, draft, "sheet", form, plan="会員の計画")
	response = autosave(first, draft, "sheet", form, plan="代表の計画", needs="代表のニーズ")
	assert (stored(draft, "plan"), stored(draft, "needs")) == ("会員の計画", "代表のニーズ")
	conflict = response["conflicts"]["plan"]
	assert conflict["theirs"] == [("", "会員の計画")] and "会員 二郎" in conflict["who"] and "令和" in conflict["when"]
	assert "plan" not in response["stored"]
	# keep mine, then the answer to what was seen counts
	response = autosave(first, draft, "sheet", form, plan="代表の計画", **{"choice-plan": "mine", "seen-plan": conflict["seen"]})
	assert not response["conflicts"] and stored(draft, "plan") == "代表の計画"


def test_lost_response_is_no_conflict_with_the_same_page(draft, first, second):
	form = shown(first, draft, "sheet")
	autosave(first, draft, "sheet", form, plan="あ")
	response = autosave(first, draft, "sheet", form, plan="あい")  # the page never heard of the first save
	assert not response["conflicts"] and stored(draft, "plan") == "あい"
	autosave(second, draft, "sheet", shown(second, draft, "sheet"), plan="会員の計画")
	assert autosave(first, draft, "sheet", form, plan="あいう")["conflicts"]
	# what was sent earlier and comes late is not the latest word
	late, last = (
		autosave(first, draft, "sheet", form, purpose="二", turn="2"),
		autosave(first, draft, "sheet", form, purpose="一", turn="1"),
	)
	assert not late["conflicts"] and last["conflicts"]["purpose"] and stored(draft, "purpose") == "二"
	# another page of the same person is another writer
	other = shown(first, draft, "sheet")
	autosave(first, draft, "sheet", other, needs="二つ目の画面")
	assert autosave(first, draft, "sheet", form, needs="一つ目の画面")["conflicts"]["needs"]


def test_conflict_without_scripts_shows_both_versions(draft, first, second):
	form = shown(first, draft, "sheet")
	autosave(second, draft, "sheet", form, plan="会員の計画")
	location, notice = save(first, draft, "sheet", form, plan="代表の計画", needs="代表のニーズ", then="plan")
	assert notice["kind"] == "wait" and f"{draft}/sheet?" in location and stored(draft, "needs") == "代表のニーズ"
	page = reread(first, f"my/proposals/{draft}/sheet", location)
	assert "代表の計画</textarea>" in page and "<p>会員の計画</p>" in page and 'name="choice-plan"' in page
	back = inputs(page[page.index('<form class="printed writing"') :].split("<template")[0])
	location, notice = save(first, draft, "sheet", back)  # no answer given: asked again, nothing overwritten
	assert notice["kind"] == "wait" and stored(draft, "plan") == "会員の計画"
	location, notice = save(first, draft, "sheet", back, plan="二人の計画", **{"choice-plan": "mine"})
	assert notice["kind"] == "done" and stored(draft, "plan") == "二人の計画"
	location, notice = save(
		first, draft, "sheet", {**form}, plan="代表の計画", **{"choice-plan": "theirs", "seen-plan": merge.digest("二人の計画")}
	)
	assert notice["kind"] == "done" and stored(draft, "plan") == "二人の計画"


def test_unreadable_value_does_not_stop_other_fields(draft, first):
	form = shown(first, draft, "basics")
	response = autosave(first, draft, "basics", form, title="新しい名", requested_amount="たくさん")
	assert list(response["problems"]) == ["requested_amount"] and "たくさん" in response["problems"]["requested_amount"]
	assert stored(draft, "title") == "新しい名"
	location, notice = save(first, draft, "basics", form, title="さらに新しい名", requested_amount="-５")
	page = reread(first, f"my/proposals/{draft}/basics", location)
	assert notice["kind"] == "wait" and stored(draft, "title") == "さらに新しい名"
	assert 'value="-５"' in page and "aria-invalid" in page and 'class="problem"' in page


def test_refused_value_is_a_problem_of_its_field_only(town, draft):
	"""The support centre may write the text and not decide about publication (workflows/proposal.json)."""
	frappe.db.set_value("Kyodo Proposal", draft, "advice_access", "Write")
	form = shown(town.support.user, draft, "publication")
	response = autosave(town.support.user, draft, "publication", form, publish_consent="1", public_summary="要約")
	assert list(response["problems"]) == ["publish_consent"], response
	assert stored(draft, "public_summary") == "要約" and not stored(draft, "publish_consent")


@pytest.mark.parametrize(
	("step", "typed", "field"),
	[
		("basics", {"requested_amount": "99999999999999999999"}, "requested_amount"),
		("basics", {"requested_amount": "-1"}, "requested_amount"),
		("basics", {"requested_amount": "1.5"}, "requested_amount"),
		("basics", {"title": "あ" * 141}, "title"),
		("basics", {"title": "  "}, "title"),
		("basics", {"call": "KC-0"}, "call"),
		("sheet", {"plan": SCRIPT}, "plan"),
		("sheet", {"plan": "<A社>と組む"}, "plan"),
		("publication", {"public_summary": "長" * 30000}, "public_summary"),
		("money", {"income-0-amount": "-1"}, "income-0"),
		("money", {"income-0-amount": "9" * 15}, "income-0"),
		("money", {"expenses-0-unit_price": "9999999999", "expenses-0-quantity": "9999999999"}, "expenses-0"),
		("plan", {"roles-0-role": SCRIPT}, "roles-0"),
		("plan", {"roles-0-side": "Moon"}, "roles-0"),
		("plan", {"schedule-0-period": "期" * 141}, "schedule-0"),
	],
)
def test_invalid_input_is_returned_with_a_sentence(draft, first, step, typed, field):
	form = shown(first, draft, step)
	before = frappe.get_doc("Kyodo Proposal", draft).as_dict()
	response = autosave(first, draft, step, form, **typed)
	assert list(response["problems"]) == [field] and len(response["problems"][field]) > 8, response["problems"]
	assert "<" not in response["problems"][field]
	after = frappe.get_doc("Kyodo Proposal", draft).as_dict()
	assert before == after
	location, _notice = save(first, draft, step, form, **typed)
	back = inputs(reread(first, f"my/proposals/{draft}/{step}", location).split('<form class="printed writing"')[1].split("<template")[0])
	for name, text in typed.items():
		if not name.endswith(("call", "side")):  # a choice that does not exist cannot be shown
			assert back[name] == text


@pytest.mark.parametrize(
	"text",
	[
		"一行\n" * 3000,
		"👩‍👩‍👧‍👦 みんなで🎉",
		"葛󠄀城市の辻󠄀さん 髙﨑 𠮷野家",
		"  字下げ\n\n\n空行のあと\n",
		"3 < 5 & 5 > 3 <必ず>",
		"'; DROP TABLE x; --",
		"{{ 7*7 }} %s {0}",
		"=HYPERLINK(1)",
		"مرحبا שלום",
	],
)
def test_text_is_stored_as_typed(draft, first, text):
	form = shown(first, draft, "sheet")
	response = autosave(first, draft, "sheet", form, plan=text.replace("\n", "\r\n"))
	assert not response["problems"] and not response["conflicts"]
	assert stored(draft, "plan") == text
	again = shown(first, draft, "sheet")
	assert again["plan"] == text
	assert autosave(first, draft, "sheet", again)["at"] and stored(draft, "plan") == text


def test_saving_what_is_stored_changes_nothing(draft, first):
	before = stored(draft, "modified")
	doc = frappe.get_doc("Kyodo Proposal", draft)
	for step in writing.step_titles():
		if writing.writable_parts(doc, step) != ((), {}):
			response = autosave(first, draft, step, shown(first, draft, step))
			assert not response["problems"] and not response["conflicts"], (step, response)
	assert stored(draft, "modified") == before


def test_a_step_writes_its_own_fields_only(town, draft, first):
	form = shown(first, draft, "basics")
	extra = {"plan": "x", "was-plan": merge.digest(cycle_steps.SHEET["plan"]), "workflow_state": "Adopted", "origin": "City", "owner": "x"}
	extra |= {"organisation": town.other_organisation, "fiscal_year": "1999", "docstatus": "1", "acknowledged_on": "2020-01-01"}
	before = frappe.get_doc("Kyodo Proposal", draft)
	autosave(first, draft, "basics", form, title="新しい名", **extra)
	after = frappe.get_doc("Kyodo Proposal", draft)
	for field in ("plan", "workflow_state", "origin", "owner", "organisation", "fiscal_year", "docstatus", "acknowledged_on"):
		assert after.get(field) == before.get(field), field
	assert after.title == "新しい名"


def test_acknowledgement_keeps_its_time(draft, first):
	form = shown(first, draft, "publication")
	autosave(first, draft, "publication", form, acknowledged="1")
	moment = stored(draft, "acknowledged_on")
	assert moment and stored(draft, "acknowledged_text")
	autosave(first, draft, "publication", shown(first, draft, "publication"), public_summary="要約")
	assert stored(draft, "acknowledged_on") == moment
	form = shown(first, draft, "publication")
	assert form.pop("acknowledged") == "1"
	autosave(first, draft, "publication", form)
	assert not stored(draft, "acknowledged_on")


def test_page_of_another_user_writes_nothing(draft, first, second):
	form = shown(first, draft, "sheet")
	assert form["writer"] == first
	with acting(second, {}), pytest.raises(frappe.PermissionError):
		proposal_actions.autosave_step(name=draft, step="sheet", **{**form, "plan": "x"})
	assert stored(draft, "plan") == cycle_steps.SHEET["plan"]


# -- rows --------------------------------------------------------------------------------------------


def rows(draft: str, table: str) -> list:
	return frappe.get_doc("Kyodo Proposal", draft).get(table)


def test_rows_keep_their_names_and_new_ones_are_added_once(draft, first):
	before = [row.name for row in rows(draft, "income")]
	form = shown(first, draft, "money")
	typed = {
		"income-0-description": "市の負担金",
		"income-2-description": "寄附",
		"income-2-amount": "５０，０００円",
		"income-2-category": "Donations",
	}
	for _time in range(2):  # the answer to the first was lost: the same is sent again
		response = autosave(first, draft, "money", form, **typed)
	after = rows(draft, "income")
	assert [row.name for row in after][:2] == before and len(after) == 3
	assert (after[0].description, after[2].description, after[2].amount) == ("市の負担金", "寄附", 50000)
	assert {row["name"] for row in response["rows"]["income"]} == {row.name for row in after}
	# what is typed on in the new row changes it, although the form does not know its name yet
	autosave(first, draft, "money", form, **{**typed, "income-2-amount": "60000"})
	assert [row.amount for row in rows(draft, "income")][2] == 60000 and len(rows(draft, "income")) == 3


def test_a_row_is_removed_by_its_tick_only(draft, first):
	form = shown(first, draft, "plan")
	autosave(first, draft, "plan", form, **{"roles-0-role": ""})
	assert len(rows(draft, "roles")) == 2  # somebody is typing
	response = autosave(first, draft, "plan", form, **{"roles-0-gone": "1"})
	assert len(rows(draft, "roles")) == 1 and {"number": 0, "gone": True} in response["rows"]["roles"]
	assert [row.idx for row in rows(draft, "roles")] == [1]
	form = shown(first, draft, "plan")
	_location, notice = save(first, draft, "plan", form, **{"roles-0-role": " "})
	assert notice["kind"] == "done" and not rows(draft, "roles")  # emptied, and the button pressed


def test_rows_removed_and_added_by_another_writer_stay_so(draft, first, second):
	mine, theirs = shown(first, draft, "plan"), shown(second, draft, "plan")
	autosave(second, draft, "plan", theirs, **{"roles-0-gone": "1", "roles-2-role": "会員の役割"})
	response = autosave(first, draft, "plan", mine, **{"roles-1-role": "代表の役割"})
	assert [row.role for row in rows(draft, "roles")] == ["代表の役割", "会員の役割"]
	assert {"number": 0, "gone": True} in response["rows"]["roles"] and response["others"]["roles"] == 1


def test_changed_row_that_another_removed_is_a_conflict(draft, first, second):
	mine = shown(first, draft, "plan")
	autosave(second, draft, "plan", mine, **{"roles-0-gone": "1"})
	typed = {"roles-0-role": "代表の役割"}
	response = autosave(first, draft, "plan", mine, **typed)
	assert response["conflicts"]["roles-0"]["removed"] and len(rows(draft, "roles")) == 1
	location, _notice = save(first, draft, "plan", mine, **typed)
	page = reread(first, f"my/proposals/{draft}/plan", location)
	assert "代表の役割</textarea>" in page
	back = inputs(page.split('<form class="printed writing"')[1].split("<template")[0])
	place = next(key for key, text in back.items() if text == "代表の役割").removesuffix("-role")
	save(first, draft, "plan", back, **{f"{place}-choice": "mine"})
	assert sorted(row.role for row in rows(draft, "roles")) == sorted(["代表の役割", cycle_steps.PLAN["roles"][1]["role"]])


def test_same_row_is_a_conflict_of_that_row(draft, first, second):
	mine = shown(first, draft, "plan")
	autosave(second, draft, "plan", mine, **{"roles-0-role": "会員の役割"})
	response = autosave(first, draft, "plan", mine, **{"roles-0-role": "代表の役割", "roles-1-role": "市の役割"})
	assert [row.role for row in rows(draft, "roles")] == ["会員の役割", "市の役割"]
	assert ["役割", "会員の役割"] in [list(pair) for pair in response["conflicts"]["roles-0"]["theirs"]]
	seen = response["conflicts"]["roles-0"]["seen"]
	response = autosave(first, draft, "plan", mine, **{"roles-0-role": "代表の役割", "roles-0-choice": "mine", "roles-0-seen": seen})
	assert rows(draft, "roles")[0].role == "代表の役割"


def test_unfinished_row_does_not_stop_the_others(draft, first):
	form = shown(first, draft, "plan")
	response = autosave(first, draft, "plan", form, **{"schedule-2-period": "6月", "roles-0-role": "新しい役割"})
	assert list(response["problems"]) == ["schedule-2"] and len(rows(draft, "schedule")) == 2
	assert rows(draft, "roles")[0].role == "新しい役割"


def test_row_of_another_record_is_ignored(town, draft, first):
	other = town.draft()
	theirs = rows(other, "income")[0]
	form = shown(first, draft, "money")
	autosave(first, draft, "money", form, **{"income-0-name": theirs.name, "income-0-description": "x", "income-0-choice": "mine"})
	assert frappe.db.get_value("Kyodo Income Line", theirs.name, ["parent", "description"]) == (other, theirs.description)


def test_amounts_are_computed_by_the_server(draft, first):
	form = shown(first, draft, "money")
	autosave(first, draft, "money", form, **{"expenses-0-unit_price": "1,000", "expenses-0-quantity": "３", "expenses-0-amount": "999"})
	doc = frappe.get_doc("Kyodo Proposal", draft)
	assert doc.expenses[0].amount == 3000 and doc.total_expenses == sum(row.amount for row in doc.expenses)


# -- who changed what ------------------------------------------------------------------------------------


def versions(draft: str) -> list:
	found = frappe.get_all("Version", {"docname": draft}, ["owner", "data"], order_by="creation asc, name asc")
	return [(row.owner, json.loads(row.data)) for row in found]


def test_successive_saves_of_one_user_are_one_version(draft, first):
	for text in ("あ", "あい", "あいう", "あいうえ"):
		autosave(first, draft, "sheet", shown(first, draft, "sheet"), plan=text)
	autosave(first, draft, "plan", shown(first, draft, "plan"), **{"roles-0-role": "新"})
	autosave(first, draft, "plan", shown(first, draft, "plan"), **{"roles-0-role": "新しい"})
	((owner, change),) = versions(draft)
	assert owner == first
	assert [list(row) for row in change["changed"]] == [["plan", cycle_steps.SHEET["plan"], "あいうえ"]]
	assert change["row_changed"][0][3] == [["role", cycle_steps.PLAN["roles"][0]["role"], "新しい"]]


def test_version_ends_after_a_pause(draft, first):
	autosave(first, draft, "sheet", shown(first, draft, "sheet"), plan="あ")
	name = frappe.db.get_value("Version", {"docname": draft})
	frappe.db.set_value("Version", name, "creation", frappe.utils.add_to_date(None, minutes=-11), update_modified=False)
	autosave(first, draft, "sheet", shown(first, draft, "sheet"), plan="い")
	assert len(versions(draft)) == 2


def test_two_writers_have_a_version_each(draft, first, second):
	for number in range(3):
		autosave(first, draft, "sheet", shown(first, draft, "sheet"), plan=f"代表{number}")
		autosave(second, draft, "sheet", shown(second, draft, "sheet"), needs=f"会員{number}")
	assert sorted(owner for owner, _change in versions(draft)) == sorted([first, second])
	# the same field in turns: who wrote which text has to be seen
	autosave(second, draft, "sheet", shown(second, draft, "sheet"), plan="会員の計画")
	autosave(first, draft, "sheet", shown(first, draft, "sheet"), plan="代表の計画")
	changes = [(owner, old, new) for owner, change in versions(draft) for name, old, new in change["changed"] if name == "plan"]
	assert (first, "会員の計画", "代表の計画") in changes and (second, "代表2", "会員の計画") in changes


# -- the form changes, the state changes -------------------------------------------------------------------


@pytest.fixture
def programme(town):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	yield doc
	town.rules_changed()


def test_draft_keeps_its_texts_after_a_change_of_the_form(town, draft, first, programme):
	programme.form_fields = [row for row in programme.form_fields if row.fieldname != "profile"]
	next(row for row in programme.form_fields if row.fieldname == "needs").label_text = "だれが困っているか"
	programme.append("required_documents", {"code": "D1", "document": "会の規約", "used_for": "Proposal", "required": 1})
	programme.save()
	status, page = visit(first, f"my/proposals/{draft}/sheet")
	assert status == 200 and "だれが困っているか" in page and cycle_steps.SHEET["profile"] in page and "以前の様式の項目" in page
	autosave(first, draft, "sheet", shown(first, draft, "sheet"), plan="新しい計画")
	assert stored(draft, "profile") == cycle_steps.SHEET["profile"]
	assert "会の規約" in visit(first, f"my/proposals/{draft}/check")[1]
	assert cycle_steps.SHEET["profile"] in visit(first, f"my/proposals/{draft}/print")[1]


def test_draft_keeps_a_call_that_has_closed(town, draft, first):
	call = frappe.get_doc(
		{
			"doctype": "Kyodo Call",
			"call_name": "春の募集",
			"programme": town.programme,
			"fiscal_year": 2026,
			"published": 1,
			"closes_on": "2020-01-01",
		}
	).insert()
	frappe.db.set_value("Kyodo Proposal", draft, "call", call.name)
	form = shown(first, draft, "basics")
	assert form["call"] == call.name
	autosave(first, draft, "basics", form, title="新しい名")
	assert stored(draft, "call") == call.name


def test_typed_text_is_shown_after_the_draft_was_handed_in(town, draft, first, second):
	form = shown(first, draft, "sheet")
	cycle_steps.submit(town.editor, draft)
	with acting(first, {}), pytest.raises(ProposalNotEditable):
		proposal_actions.autosave_step(name=draft, step="sheet", **{**form, "plan": "代表の計画"})
	location, notice = save(first, draft, "sheet", form, plan="代表の計画")
	assert notice["kind"] == "refused" and stored(draft, "plan") != "代表の計画"
	assert "代表の計画" in reread(first, f"my/proposals/{draft}/sheet", location)


def test_submitted_proposal_keeps_only_publication_editable(town, draft, first):
	cycle_steps.submit(town.representative, draft)
	for step in writing.step_titles():
		status, page = visit(first, f"my/proposals/{draft}/{step}")
		assert status == 200 and ("save_step" in page) == (step == "publication"), step
	form = shown(first, draft, "publication")
	assert "has-acknowledged" not in form
	autosave(first, draft, "publication", form, public_summary="あとからの要約", plan="x")
	assert stored(draft, "public_summary") == "あとからの要約" and stored(draft, "plan") == cycle_steps.SHEET["plan"]


def test_permissions_of_the_steps(town, draft):
	for step in (*writing.step_titles(), "print"):
		assert visit(town.outsider.user, f"my/proposals/{draft}/{step}")[0] == 404
		status, page = visit(town.viewer.user, f"my/proposals/{draft}/{step}")
		assert status == 200 and "save_step" not in page and "submit_proposal" not in page, step
	assert visit(town.representative.user, f"my/proposals/{draft}/elsewhere")[0] == 404
	for client in (town.outsider, town.viewer):
		with acting(client.user, {}), pytest.raises(frappe.PermissionError):
			proposal_actions.autosave_step(name=draft, step="sheet", plan="乗っ取り")
	with acting(town.outsider.user, {}), pytest.raises(frappe.PermissionError):
		excel_actions.form_pdf(name=draft)


# -- check, money -----------------------------------------------------------------------------------------------


def test_check_page_links_to_missing_parts(draft, first):
	frappe.db.set_value("Kyodo Proposal", draft, {"plan": "", "needs_budget": 1})
	page = visit(first, f"my/proposals/{draft}/check")[1]
	for address in ("sheet#i-plan", "basics#i-requested_amount", "publication#i-acknowledged"):
		assert f"/kyodo/my/proposals/{draft}/{address}" in page
	assert "事業計画" in page
	location, notice = send(first, "submit_proposal", name=draft)
	assert notice["kind"] == "refused" and "/check" in location and "事業計画" in notice["text"]


@pytest.fixture
def call(town):
	values = {"call_name": "秋の募集", "programme": town.programme, "fiscal_year": 2026, "published": 1, "ceiling": 500000, "rate": 66.6}
	return frappe.get_doc({"doctype": "Kyodo Call", **values}).insert()


def test_cautions_name_the_amounts(town, call):
	name = town.draft(call=call.name, needs_budget=1, requested_amount=600000)
	doc = frappe.get_doc("Kyodo Proposal", name)
	assert doc.total_expenses == 600000 and doc.total_income == 600000
	texts = {caution.text: caution for caution in budget_checks.cautions(doc)}
	over = [text for text, caution in texts.items() if caution.blocking]
	assert len(over) == 2 and "100,000円" in over[0] and "200,400円" in over[1] and "399,600円" in over[1]
	assert any("600,000円" in text and "400,000円" in text for text, caution in texts.items() if not caution.blocking)
	call.db_set("rounding", "1000")
	assert any("399,000円" in caution.text for caution in budget_checks.cautions(doc))
	doc.update({"requested_amount": 399000})
	doc.income[0].amount = 399000
	assert [caution.blocking for caution in budget_checks.cautions(doc)] == [False]  # income and expenses differ
	doc.income[0].amount = 400000
	doc.update({"requested_amount": 400000, "call": None})
	assert budget_checks.cautions(doc) == []


def test_request_over_the_ceiling_is_refused(town, call, first):
	name = town.draft(call=call.name, needs_budget=1, requested_amount=600000, acknowledged_on=frappe.utils.now(), next_budget_consent=1)
	assert "100,000円" in visit(first, f"my/proposals/{name}/check")[1]
	_location, notice = send(first, "submit_proposal", name=name)
	assert notice["kind"] == "refused" and "100,000円" in notice["text"]


# -- list, print, language, session ---------------------------------------------------------------------------


def test_the_list_of_my_proposals(town, draft, first):
	done = town.submitted()
	page = visit(first, "my/proposals")[1]
	assert page.index(draft) < page.index(done) and "my/proposals/new" in page
	assert draft not in visit(town.outsider.user, "my/proposals")[1]
	assert draft not in visit(town.support.user, "my/proposals")[1]
	frappe.db.set_value("Kyodo Proposal", draft, "advice_access", "Comment")
	assert draft in visit(town.support.user, "my/proposals")[1]


def test_overview_shows_the_next_task(draft, first):
	page = visit(first, f"my/proposals/{draft}")[1]
	assert f"/kyodo/my/proposals/{draft}/publication" in page and "公開" in page
	for step in writing.step_titles():
		assert f"/kyodo/my/proposals/{draft}/{step}" in page


def test_every_page_reads_in_english(town, draft, first):
	cycle_steps.submit(town.representative, town.draft())
	pages = [
		"my",
		"my/proposals",
		"my/proposals/new",
		f"my/proposals/{draft}",
		*(f"my/proposals/{draft}/{step}" for step in writing.step_titles()),
	]
	for address in pages:
		status, page = visit(first, address, _lang="en")
		assert status == 200 and '<html lang="en">' in page and "日本語" in page, address
	assert "Save and next" in visit(first, f"my/proposals/{draft}/sheet", _lang="en")[1]
	assert "Basic sheet" in visit(first, f"my/proposals/{draft}/sheet", _lang="en")[1]


def test_a_login_keeps_its_language(first):
	with acting(first, {}):
		session_actions.set_language(language="en", back="/kyodo/my")
		assert frappe.local.response["location"] == "/kyodo/my"
		assert frappe.db.get_value("User", first, "language") == "en"
		session_actions.set_language(language="en", back="https://example.com")
		assert frappe.local.response["location"] == "/kyodo/my"
		with pytest.raises(InvalidChoice):
			session_actions.set_language(language="xx")


# -- documents ---------------------------------------------------------------------------------------------------


def upload(user: str, draft: str, filename: str, content: bytes | None = None, **typed) -> dict:
	"""The notice with which an upload is answered."""
	from werkzeug.test import EnvironBuilder
	from werkzeug.wrappers import Request

	content = pdf(filename) if content is None else content
	data = {"file": (io.BytesIO(content), filename)}
	frappe.local.request = Request(EnvironBuilder(method="POST", data=data).get_environ())
	try:
		return send(user, "attach_to_proposal", name=draft, form=f"proposal:{draft}:documents", **typed)[1]
	finally:
		del frappe.local.request


def test_documents_are_attached_to_their_rows(town, draft, first, programme):
	programme.append(
		"required_documents", {"code": "D1", "document": "会の規約", "used_for": "Proposal", "required": 1, "help_text": "最新のもの"}
	)
	programme.save()
	page = visit(first, f"my/proposals/{draft}/documents")[1]
	assert "会の規約" in page and "最新のもの" in page
	expense = rows(draft, "expenses")[0].name
	assert upload(first, draft, "規約（案）.pdf", document="会の規約")["kind"] == "done"
	assert upload(first, draft, "見積.pdf", table="expenses", row=expense)["kind"] == "done"
	(document,) = rows(draft, "attachments")
	assert document.document == "会の規約" and document.file.startswith("/private/files/")
	assert rows(draft, "expenses")[0].estimate.startswith("/private/files/")
	page = visit(first, f"my/proposals/{draft}/documents")[1]
	assert "規約（案）.pdf" in page and "見積.pdf" in page and "KB" in page
	assert "規約（案）.pdf" in visit(first, f"my/proposals/{draft}/print")[1]
	still_missing = visit(first, f"my/proposals/{draft}/check")[1].partition("data-missing>")[2].partition("</ul>")[0]
	assert still_missing and "会の規約" not in still_missing
	# replaced, then removed
	upload(first, draft, "規約.pdf", row=document.name)
	assert [row.name for row in rows(draft, "attachments")] == [document.name]
	assert frappe.db.count("File", {"attached_to_name": draft}) == 2
	_location, notice = send(first, "detach_from_proposal", name=draft, table="attachments", row=document.name)
	assert notice["kind"] == "done" and not rows(draft, "attachments") and frappe.db.count("File", {"attached_to_name": draft}) == 1


def test_refused_file_is_not_stored(town, draft, first):
	for filename, content, typed in (
		("計画.exe", b"MZ", {"document": "計画"}),
		("計画.pdf", b"no pdf", {"document": "計画"}),
		("計画.pdf", pdf(), {"document": " "}),
		("計画.pdf", pdf(), {"table": "roles", "row": rows(draft, "roles")[0].name}),
		("計画.pdf", pdf(), {"table": "expenses", "row": "elsewhere"}),
		("", b"", {"document": "計画"}),
	):
		notice = upload(first, draft, filename, content, **typed)
		assert notice["kind"] == "refused" and len(notice["text"]) > 8, filename
	assert not rows(draft, "attachments") and not frappe.db.count("File", {"attached_to_name": draft})
	for client in (town.outsider, town.viewer):
		assert upload(client.user, draft, "計画.pdf", document="計画")["kind"] == "refused"


def test_the_pdf_is_made_from_the_page(draft, first):
	with acting(first, {}):
		excel_actions.form_pdf(name=draft)
		assert frappe.local.response.filecontent.startswith(b"%PDF") and frappe.local.response.filename == f"{draft}.pdf"


# -- really at once ------------------------------------------------------------------------------------------------


def test_two_connections_save_different_fields_at_once(real_town):
	town = real_town
	draft = town.draft()
	frappe.db.commit()
	form = _of_nobody(shown(town.representative.user, draft, "sheet"))
	clients = {"plan": town.over_rest(town.representative), "needs": town.over_rest(town.editor), "purpose": town.over_rest(town.editor)}
	method = "kyodo_frappe.proposals.actions.autosave_step"
	for number in range(3):
		acts = [
			lambda client=client, field=field: client.call(method, name=draft, step="sheet", **{**form, field: f"{field}{number}"})
			for field, client in clients.items()
		]
		assert set(at_once(*acts)) == {"ok"}
		frappe.db.rollback()
		assert [stored(draft, field) for field in clients] == [f"{field}{number}" for field in clients]
		form = _of_nobody(shown(town.representative.user, draft, "sheet"))
	assert sorted(owner for owner, _change in versions(draft)) == sorted({town.representative.user, town.editor.user})


def _of_nobody(form: dict) -> dict:
	"""A form as three windows of two people would send it."""
	return {key: text for key, text in form.items() if key not in ("writer", "page")}
