"""What may be paid: declared by a manager, the same on the money step, the check page, at handing in, in the meeting and the letter."""

import frappe
import pytest
from portal_client import visit

from kyodo_frappe.committee.errors import AmountExceedsPayable
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.letters import text as letter_text
from kyodo_frappe.programme.errors import CeilingAboveBudget, InvalidCategoryRule, InvalidThreshold
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import budget_checks
from kyodo_frappe.proposals.errors import RequestedAmountTooHigh
from kyodo_frappe.rules.rates import BadRate, UnclearRate

from .test_drafts import autosave, shown

CALL, PROPOSAL, DECISION, PROGRAMME = "Kyodo Call", "Kyodo Proposal", "Kyodo Decision", "Kyodo Programme"
COMPUTED = "対象経費 600,000円 × 3分の2 ＝ 400,000円（千円未満切捨て）、上限 390,000円"


@pytest.fixture(autouse=True)
def terms():
	"""Categories that a test makes are undone with it."""
	yield
	vocabulary.clear_cache()


def call_of(client, town, **values) -> str:
	given = {"call_name": "まちづくり補助金", "call_type": "Subsidy", "fiscal_year": 2026, "published": 1, **values}
	return client.insert({"doctype": CALL, "programme": town.programme, **given})["name"]


def rules(town, *rows, **values):
	doc = frappe.get_doc(PROGRAMME, town.programme)
	doc.update(values)
	for row in rows:
		doc.append("category_rules", row)
	doc.save()
	town.rules_changed()


def food(client) -> str:
	"""A category of the city's own that is 対象外."""
	values = {"name": "Food", "label_text": "食糧費", "enabled": 1, "sort_order": 5, "not_eligible": 1}
	return client.insert({"doctype": "Kyodo Cost Category", **values})["name"]


def says(refused, exc: type, *words: str):
	"""A client over REST or in this process refuses with a class and these words."""
	name = exc.__name__
	with pytest.raises((frappe.ValidationError, Refused)) as error:
		refused()
	assert getattr(error.value, "exc_type", "") == name or isinstance(error.value, exc), repr(error.value)
	for word in words:
		assert word in str(error.value), str(error.value)


# -- what a manager declares -----------------------------------------------------------------------


def test_rates_are_stored_as_they_are_meant(real_town):
	manager = real_town.over_rest(real_town.manager)
	for typed, stored in (("2/3", "3分の2"), ("三分の二", "3分の2"), ("６６．７％", "66.7"), (50, "50"), ("10分の10", "100"), ("", None)):
		assert manager.read(CALL, call_of(manager, real_town, rate=typed)).get("rate") == stored, typed
	name = call_of(manager, real_town, rate="8割")
	assert manager.update(CALL, name, {"rate": "3分の1"})["rate"] == "3分の1"


def test_money_that_contradicts_itself_is_refused_where_it_is_saved(real_town):
	manager = real_town.over_rest(real_town.manager)
	for typed in ("0", 0, "120", "3分の4", "半分"):
		says(lambda typed=typed: call_of(manager, real_town, rate=typed), violation_of(BadRate), str(typed))
	says(lambda: call_of(manager, real_town, rate="0.5"), violation_of(UnclearRate), "0.5")
	says(lambda: call_of(manager, real_town, ceiling=500000, frame=400000), CeilingAboveBudget, "500,000円", "400,000円")
	change = lambda **values: manager.update(PROGRAMME, real_town.programme, values)
	for rule, word in (
		({"category": "Travel", "cap_amount": 0}, "旅費"),
		({"category": "Travel", "cap_share": 120}, "120"),
		({"category": "Travel", "cap_share": -5}, "-5"),
	):
		says(lambda rule=rule: change(category_rules=[rule]), InvalidCategoryRule, word)
	says(lambda: change(change_threshold=150), InvalidThreshold, "150")
	plan = {"call_name": "募集", "call_type": "Subsidy", "opens_month": 4, "opens_day": 1, "closes_month": 5, "closes_day": 1}
	says(lambda: change(call_plan=[{**plan, "rate": "0"}]), violation_of(BadRate), "0")
	says(lambda: change(call_plan=[{**plan, "ceiling": 2, "frame": 1}]), CeilingAboveBudget, "募集")


# -- on the way of a proposal -----------------------------------------------------------------------


def test_the_same_computation_from_the_draft_to_the_letter(real_town):
	town = real_town
	manager, officer = town.over_rest(town.manager), town.over_rest(town.officer)
	rep = town.over_rest(town.representative)
	call = call_of(manager, town, rate="2/3", rounding="1000", ceiling=390000)
	frappe.db.rollback()  # read what the request has stored
	name = town.draft(call=call, needs_budget=1, requested_amount=395000)
	frappe.db.commit()
	user = town.representative.user
	assert COMPUTED in visit(user, f"my/proposals/{name}/money")[1]
	form = shown(user, name, "money")
	assert any(COMPUTED in text for text in autosave(user, name, "money", form)["computation"])
	assert COMPUTED in visit(user, f"my/proposals/{name}/check")[1]
	frappe.db.commit()  # requests wait for what was autosaved
	says(lambda: cycle_steps.submit(rep, name), RequestedAmountTooHigh, "5,000円", "390,000円")
	rep.update(PROPOSAL, name, {"requested_amount": 390000})
	cycle_steps.submit(rep, name)
	cycle_steps.receive(officer, name)
	cycle_steps.refer(officer, name, town.section)
	frappe.db.rollback()  # read what the requests have stored
	town.decided(name, "Passed to Step 2")
	# the costs shrink by a correction: less can be paid than was asked for
	frappe.db.set_value("Kyodo Expense Line", {"parent": name, "description": "食材"}, "eligible", 0)
	meeting = town.in_session(name, step="Step 2")
	frappe.db.commit()
	words = "対象経費 204,000円 × 3分の2 ＝ 136,000円（千円未満切捨て）、上限 390,000円"
	decide = lambda amount: cycle_steps.decide(officer, meeting, name, "Adopted", amount=amount)
	says(lambda: decide(136001), AmountExceedsPayable, words, "136,001円")
	decision = decide(136000)
	says(lambda: officer.update(DECISION, decision, {"amount": 200000}), AmountExceedsPayable, words)
	state = town.officer.call("kyodo_frappe.committee.session.state", meeting=meeting)
	item = next(item for item in state["items"] if item["proposal"] and item["proposal"]["name"] == name)
	assert item["proposal"]["payable"] == 136000 and any(words in text for text in item["proposal"]["computation"])
	doc = frappe.get_doc(PROGRAMME, town.programme)
	next(row for row in doc.letter_numbering if row.letter_type == "Adopted").items = "金額：{amount}\n算定：{computation}"
	doc.save()
	cycle_steps.close(town.officer, meeting)
	letter = frappe.get_doc("Kyodo Letter", {"proposal": name, "letter_type": "Adopted"})
	items = {item["label"]: item["lines"] for item in letter_text.context_of(letter)["items"]}
	assert items["算定"] == [words] and items["金額"] == ["136,000円"]


def test_lunches_pay_nothing_and_it_is_said_before_handing_in(real_town):
	town = real_town
	category = food(town.manager)
	rep = town.over_rest(town.representative)
	expenses = [{"category": category, "description": "昼食", "unit_price": 600000, "quantity": 1}]
	for call in (None, call_of(town.manager, town, call_name="補助率のない募集")):
		name = town.draft(call=call, needs_budget=1, requested_amount=400000, expenses=expenses)
		frappe.db.commit()
		page = visit(town.representative.user, f"my/proposals/{name}/check")[1]
		assert "食糧費 600,000円：対象外" in page and "支払える額は0円まで" in page
		says(lambda name=name: cycle_steps.submit(rep, name), RequestedAmountTooHigh, "600,000円", "食糧費")


def test_rules_of_categories_limit_what_is_asked_for(town):
	rules(
		town,
		{"category": "Honoraria", "cap_per_unit": 10000, "unit": "Per Person"},
		{"category": "Insurance", "not_eligible_from": 20000},
		{"category": "Consumables", "cap_share": 50},
		deduct_income=1,
	)
	income = [*cycle_steps.PLAN["income"], {"category": "Participation Fees", "description": "参加費", "amount": 8000}]
	name = town.draft(needs_budget=1, requested_amount=400000, income=income)
	doc = frappe.get_doc(PROPOSAL, name)
	assert budget_checks.limit(doc) == 90000 + 288000 - 8000
	text = "\n".join(budget_checks.computation(doc))
	for words in (
		"報償費 90,000円：1人当たりの上限10,000円×9を超える額",
		"保険料 24,000円：単価20,000円以上は対象外",
		"消耗品費 108,000円：この費目の上限288,000円を超える額",
		"支払える額は370,000円まで（対象経費 378,000円 − 控除する収入 8,000円 ＝ 370,000円）",
	):
		assert words in text, text
	says(lambda: cycle_steps.submit(town.representative, name), RequestedAmountTooHigh, "30,000円")
	town.representative.update(PROPOSAL, name, {"requested_amount": 370000})
	cycle_steps.submit(town.representative, name)


def test_without_rate_ceiling_and_rules_nothing_limits_a_request(town):
	name = town.draft(needs_budget=1, requested_amount=400000)
	doc = frappe.get_doc(PROPOSAL, name)
	assert budget_checks.limit(doc) is None and budget_checks.computation(doc) == ["対象経費 600,000円"]
	doc.needs_budget = 0
	assert budget_checks.computation(doc) is None
	doc = frappe.get_doc(PROPOSAL, town.draft(call=call_of(town.manager, town, ceiling=500000), needs_budget=1, requested_amount=400000))
	doc.expenses = []
	assert budget_checks.limit(doc) == 500000, "the cost is not known"


def test_a_category_taken_out_later_does_not_bind_what_was_handed_in(town):
	name = town.draft(needs_budget=1, requested_amount=400000)
	cycle_steps.submit(town.representative, name)
	town.manager.update("Kyodo Cost Category", "Consumables", {"not_eligible": 1})
	doc = frappe.get_doc(PROPOSAL, name)
	assert budget_checks.limit(doc) is None and rules_of(doc).get("not_eligible_categories") == []
	other = frappe.get_doc(PROPOSAL, town.draft(needs_budget=1, requested_amount=200000))
	assert budget_checks.limit(other) == 204000
	cycle_steps.submit(town.representative, other.name)
	other.reload()
	assert other.programme_version != doc.programme_version and rules_of(other).get("not_eligible_categories") == ["Consumables"]
