"""Findings on vouchers, and paired lines of two budgets."""

import datetime
from dataclasses import replace

import pytest

from kyodo_frappe.rules import receipts
from kyodo_frappe.rules.plan_lines import amount_moved, by_category, pair_rows, percentage

GOOD = receipts.Receipt(
	amount=3240,
	paid_on=datetime.date(2026, 6, 1),
	category="Consumables",
	description="調理用の食材（6月分）",
	payee="大船青果",
	addressee="みんなの食卓の会 御中",
)
TERMS = receipts.Terms(
	first=datetime.date(2026, 4, 1),
	last=datetime.date(2027, 3, 31),
	addressees=("NPO法人みんなの食卓の会", "となりの会"),
	not_eligible=frozenset({"Equipment"}),
)


def codes(receipt, duplicates=()):
	return [finding.code for finding in receipts.findings(receipt, TERMS, duplicates)]


def test_correct_voucher_has_no_findings():
	assert codes(GOOD) == []


@pytest.mark.parametrize(
	("change", "expected"),
	[
		({"paid_on": datetime.date(2026, 3, 31)}, [receipts.OUTSIDE]),
		({"paid_on": datetime.date(2026, 4, 1)}, []),
		({"paid_on": datetime.date(2027, 3, 31)}, []),
		({"paid_on": datetime.date(2027, 4, 1)}, [receipts.OUTSIDE]),
		({"category": "Equipment"}, [receipts.NOT_ELIGIBLE]),
		({"addressee": "上様"}, [receipts.ADDRESSEE]),
		({"addressee": "代表 一郎"}, [receipts.ADDRESSEE]),
		({"addressee": ""}, [receipts.NO_ADDRESSEE]),
		({"addressee": "（特非）みんなの食卓の会　様"}, []),
		({"addressee": "みんなの食卓の会 代表 一郎 様"}, []),
		({"addressee": "みんなの食卓の会館"}, [receipts.ADDRESSEE]),
		({"addressee": "ﾄﾅﾘの会"}, []),
		({"description": "お品代として"}, [receipts.NO_DESCRIPTION]),
		({"description": "　"}, [receipts.NO_DESCRIPTION]),
		({"description": "品代（食材）"}, []),
		({"has_voucher": False}, [receipts.NO_VOUCHER]),
	],
)
def test_each_defect_yields_its_finding(change, expected):
	assert codes(replace(GOOD, **change)) == expected


def test_findings_are_sorted_by_seriousness():
	bad = replace(GOOD, paid_on=datetime.date(2028, 1, 1), category="Equipment", addressee="上様", has_voucher=False)
	assert codes(bad, ["KX-1"]) == [
		receipts.OUTSIDE, receipts.NOT_ELIGIBLE, receipts.ADDRESSEE, receipts.DUPLICATE, receipts.NO_VOUCHER,
	]  # fmt: skip


def test_every_finding_binds_and_the_office_accepts_what_is_no_rule():
	assert {*receipts.SENTENCES} == {*receipts.NEVER_RECOGNISED, *receipts.NEEDS_ACCEPTANCE}
	found = receipts.findings(replace(GOOD, category="Equipment", addressee="", description="お品代"), TERMS)
	assert [finding.code for finding in receipts.barring(found, accepted=False)] == [
		receipts.NOT_ELIGIBLE, receipts.NO_ADDRESSEE, receipts.NO_DESCRIPTION,
	]  # fmt: skip
	assert [finding.code for finding in receipts.barring(found, accepted=True)] == [receipts.NOT_ELIGIBLE]


def test_nothing_counts_before_the_decision():
	decided = datetime.date(2026, 6, 2)
	terms = replace(TERMS, counts_from=decided)
	assert receipts.findings(GOOD, terms) == [receipts.Finding(receipts.BEFORE_DECISION, (GOOD.paid_on, decided))]
	assert receipts.findings(replace(GOOD, paid_on=decided), terms) == []
	assert receipts.findings(replace(GOOD, paid_on=None), terms) == []
	outside = receipts.findings(replace(GOOD, paid_on=datetime.date(2026, 3, 31)), terms)
	assert [finding.code for finding in outside] == [receipts.OUTSIDE]


def test_missing_voucher_is_accepted_if_not_required():
	terms = replace(TERMS, voucher_required=False)
	assert receipts.findings(replace(GOOD, has_voucher=False), terms) == []


def test_voucher_is_asked_for_above_an_amount():
	terms = replace(TERMS, voucher_above=10_000)
	assert receipts.findings(replace(GOOD, has_voucher=False, amount=10_000), terms) == []
	codes = [finding.code for finding in receipts.findings(replace(GOOD, has_voucher=False, amount=10_001), terms)]
	assert codes == [receipts.NO_VOUCHER]


def line(category, description, amount):
	return {"category": category, "description": description, "amount": amount}


def test_lines_of_two_budgets_are_paired():
	food, rent, print_ = line("Consumables", "食材", 400), line("Rent", "会場", 100), line("Printing", "ちらし", 100)
	more, hall, other = line("Consumables", "食材", 450), line("Rent", "会場と機材", 100), line("Travel", "交通費", 50)
	pairs = pair_rows([food, rent, print_], [hall, more, other], ("category", "description"))
	assert pairs == [(rent, hall), (food, more), (None, other), (print_, None)]
	assert amount_moved(pairs) == 100
	assert amount_moved((after, before) for before, after in pairs) == 100, "what has shrunk"
	assert by_category([food, more, rent]) == {"Consumables": 850, "Rent": 100}
	assert percentage(100, 600) == 16.67


def test_moving_money_without_a_previous_budget_is_100_percent():
	assert percentage(0, 0) == 0 and percentage(5, 0) == 100
