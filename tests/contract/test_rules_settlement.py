"""精算 and sums: domain.md §4 "精算", "Calls", "Proposal set"."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from kyodo_frappe.rules import settlement as st
from kyodo_frappe.rules.rates import BadRate, UnclearRate, rate_text, read_rate
from kyodo_frappe.rules.settlement import Cap, Cut, Settlement, Terms, balanced, payable, settle, settle_project, totals


@pytest.mark.parametrize(
	("arguments", "result"),
	[
		# granted 500,000, used less: 487,650 → 487,000, 13,000 unused
		({"granted": 500_000, "actual_eligible": 487_650}, Settlement(487_000, 13_000, 0, 487_000)),
		({"granted": 500_000, "actual_eligible": 487_650, "rounding": 1}, Settlement(487_650, 12_350, 0, 487_650)),
		# used more: never above what was granted
		({"granted": 500_000, "actual_eligible": 600_000}, Settlement(500_000, 0, 0, 500_000)),
		# nothing happened, everything comes back
		({"granted": 500_000, "actual_eligible": 0, "advance_paid": 500_000}, Settlement(0, 500_000, 500_000, 0)),
		# paid in advance in full / in part
		({"granted": 500_000, "actual_eligible": 487_650, "advance_paid": 500_000}, Settlement(487_000, 13_000, 13_000, 0)),
		({"granted": 500_000, "actual_eligible": 487_650, "advance_paid": 400_000}, Settlement(487_000, 13_000, 0, 87_000)),
		({"granted": 500_000, "actual_eligible": 487_650, "advance_paid": 487_000}, Settlement(487_000, 13_000, 0, 0)),
		# half, two thirds-like and three quarters
		({"granted": 300_000, "actual_eligible": 555_555, "rate": 50}, Settlement(277_000, 23_000, 0, 277_000)),
		({"granted": 300_000, "actual_eligible": 400_000, "rate": 66.7}, Settlement(266_000, 34_000, 0, 266_000)),
		({"granted": 300_000, "actual_eligible": 400_000, "rate": 75}, Settlement(300_000, 0, 0, 300_000)),
		({"granted": 300_000, "actual_eligible": 300_000, "rate": 100}, Settlement(300_000, 0, 0, 300_000)),
		# the ceiling of the call, below what was granted
		({"granted": 300_000, "actual_eligible": 300_000, "ceiling": 200_000}, Settlement(200_000, 100_000, 0, 200_000)),
		({"granted": 300_000, "actual_eligible": 150_000, "ceiling": 200_000}, Settlement(150_000, 150_000, 0, 150_000)),
		# a granted sum that is not round stays as it was granted
		({"granted": 123_456, "actual_eligible": 200_000}, Settlement(123_456, 0, 0, 123_456)),
		# as Frappe reads Currency
		({"granted": 500_000.0, "actual_eligible": Decimal("487650.00"), "advance_paid": 0.0}, Settlement(487_000, 13_000, 0, 487_000)),
		({"granted": 0, "actual_eligible": 5_000}, Settlement(0, 0, 0, 0)),
	],
)
def test_settlement_of_typical_grants(arguments, result):
	assert settle(**arguments) == result
	assert all(type(amount) is int for amount in vars(settle(**arguments)).values())


def test_rates_are_exact():
	# 0.29 × 100 is 28.999999999999996 in floating point
	assert settle(10**9, 100_000, rate=29, rounding=1).settled == 29_000
	assert settle(10**9, 1_000_000, rate=56.7, rounding=1000).settled == 567_000
	for rate in range(1, 101):
		assert settle(10**9, 1_000_000, rate=rate).settled == rate * 10_000
	for tenths in range(1, 1001):
		assert settle(10**9, 1_000_000, rate=tenths / 10).settled == tenths * 1_000


def test_settled_unused_refund_and_payable_add_up():
	dice = random.Random(30_04)
	for _ in range(3000):
		granted, actual = dice.randrange(0, 2_000_000), dice.randrange(0, 3_000_000)
		advance = dice.choice([0, granted, dice.randint(0, granted)])
		rate = dice.choice([None, 50, 66.7, 80, 100])
		rounding, ceiling = dice.choice([1, 100, 1000]), dice.choice([None, 300_000, 1_000_000])
		s = settle(granted, actual, rate, rounding, ceiling, advance)
		assert s.settled + s.unused == granted
		assert advance + s.payable - s.refund == s.settled
		assert min(s.refund, s.payable) == 0 <= max(s.refund, s.payable)
		assert 0 <= s.settled <= min(granted, actual, ceiling or granted)
		assert s.settled % rounding == 0 or s.settled in (granted, ceiling)
		assert settle(granted, actual + 1000, rate, rounding, ceiling, advance).settled >= s.settled


@pytest.mark.parametrize(
	("arguments", "refusal"),
	[
		({"granted": 0.5}, st.NotWholeYen),
		({"granted": "500000"}, st.NotWholeYen),
		({"granted": True}, st.NotWholeYen),
		({"granted": None}, st.NotWholeYen),
		({"granted": float("nan")}, st.NotWholeYen),
		({"granted": float("inf")}, st.NotWholeYen),
		({"granted": -1}, st.NegativeAmount),
		({"actual_eligible": -1000}, st.NegativeAmount),
		({"advance_paid": -1}, st.NegativeAmount),
		({"advance_paid": 500_001}, st.AdvanceAboveGrant),
		({"rate": 0}, st.BadRate),
		({"rate": 100.1}, st.BadRate),
		({"rate": -50}, st.BadRate),
		({"rate": "50"}, st.BadRate),
		({"rate": True}, st.BadRate),
		({"rate": float("nan")}, st.BadRate),
		({"rounding": 0}, st.BadRounding),
		({"rounding": 1000.0}, st.BadRounding),
		({"rounding": None}, st.BadRounding),
		({"ceiling": 0}, st.BadCeiling),
		({"ceiling": -1}, st.NegativeAmount),
		({"ceiling": True}, st.BadCeiling),
	],
)
def test_invalid_amounts_are_refused(arguments, refusal):
	with pytest.raises(refusal):
		settle(**{"granted": 500_000, "actual_eligible": 400_000, **arguments})


EXPENSE = [
	{"category": "Honoraria", "unit_price": 15_000, "quantity": 4, "eligible": 1},
	{"category": "Printing", "unit_price": 12, "quantity": 3_000.0, "amount": 36_000.0},
	{"category": "Travel", "amount": 8_540},
	{"category": "Equipment", "unit_price": 48_000, "quantity": 1, "amount": 0, "eligible": True},
	{"category": "Other", "amount": 12_000, "eligible": 0},
]
INCOME = [
	{"category": "City", "amount": 120_000},
	{"category": "Organisation", "amount": 14_540.0},
	{"category": "Participation Fees", "unit_price": 300, "quantity": 100},
]


def test_totals_of_a_budget():
	assert totals(EXPENSE) == st.Totals(164_540, 152_540, 12_000, {})
	assert totals(INCOME).total == 164_540
	assert balanced(INCOME, EXPENSE) and balanced(164_540, EXPENSE) and balanced(164_540.0, 164_540)
	assert not balanced(INCOME, EXPENSE[:-1]) and not balanced(164_541, EXPENSE)
	assert totals([]) == st.Totals(0, 0, 0, {})
	assert balanced([], 0)


def test_caps_make_the_excess_ineligible():
	capped = totals(EXPENSE, caps={"Equipment": 30_000, "Honoraria": 60_000, "Rent": 10_000})
	assert capped == st.Totals(164_540, 134_540, 30_000, {"Equipment": 18_000})


def test_zero_prices_and_fractional_quantities():
	assert totals([{"unit_price": 0, "quantity": 5}]).total == 0
	assert totals([{"unit_price": 0, "quantity": 0, "amount": 700}]).total == 700
	assert totals([{"unit_price": 1_500, "quantity": 2.5}]).total == 3_750
	assert totals([{"amount": None}, {"amount": ""}, {}]).total == 0


@pytest.mark.parametrize(
	("line", "refusal"),
	[
		({"unit_price": 100, "quantity": 3, "amount": 301}, st.LineDoesNotAdd),
		({"unit_price": 100, "quantity": 0.333}, st.NotWholeYen),
		({"amount": 10.5}, st.NotWholeYen),
		({"amount": -5}, st.NegativeAmount),
		({"unit_price": -5, "quantity": 1}, st.NegativeAmount),
		({"amount": "千円"}, st.NotWholeYen),
	],
)
def test_inconsistent_lines_are_refused(line, refusal):
	with pytest.raises(refusal):
		totals([line])


def test_default_quantity_of_frappe_keeps_the_amount():
	# the quantity of an expense line starts at 1 and the unit price at 0
	assert totals([{"unit_price": 0.0, "quantity": 1.0, "amount": 8_540.0}]).total == 8_540


# -- line by line, and the whole account ----------------------------------------------------------


def lines(*amounts):
	return [{"category": category, "amount": amount} for category, amount in amounts]


def recognise(rows, caps=None):
	return [line.recognised for line in payable(rows, caps).lines]


def test_without_caps_everything_eligible_is_recognised():
	assert recognise(lines(("Food", 300), ("Rent", 0), ("Food", 50))) == [300, 0, 50]


def test_cap_in_yen_reduces_the_last_lines_of_its_category():
	caps = {"Food": Cap(amount=320)}
	assert recognise(lines(("Food", 300), ("Rent", 80), ("Food", 50)), caps) == [300, 80, 20]


def test_cap_as_a_share_refers_to_the_whole_eligible_cost():
	# 10 % of 1,005 yen, downwards
	assert recognise(lines(("Honoraria", 300), ("Food", 705)), {"Honoraria": Cap(share=10)}) == [100, 705]


def test_lower_of_two_caps_applies():
	assert recognise(lines(("A", 500), ("B", 500)), {"A": Cap(amount=300, share=20)}) == [200, 500]


def test_what_is_not_eligible_counts_for_nothing_and_for_no_share():
	rows = [*lines(("Food", 600_000), ("Honoraria", 50_000), ("Print", 100_000)), {"category": "Print", "amount": 9, "eligible": 0}]
	found = payable(rows, {"Food": Cap(not_eligible=True), "Honoraria": Cap(share=20)})
	assert [line.recognised for line in found.lines] == [0, 30_000, 100_000, 0]
	assert [[cut.code for cut in line.cuts] for line in found.lines] == [["not_eligible"], ["capped"], [], ["unticked"]]
	assert (found.total, found.eligible, found.amount) == (750_009, 130_000, 130_000)


def test_cap_for_each_person_night_or_piece():
	rows = [{"category": "Hotel", "amount": 60_000, "quantity": 4}, {"category": "Hotel", "amount": 18_000, "quantity": 2}]
	found = payable(rows, {"Hotel": Cap(per_unit=10_000, unit="Per Night")})
	assert [line.recognised for line in found.lines] == [40_000, 18_000]
	assert found.lines[0].cuts == (Cut("per_unit", 20_000, (10_000, "Per Night", 4.0)),)
	# a cap of the whole category comes on top
	assert recognise(rows, {"Hotel": Cap(per_unit=10_000, amount=45_000)}) == [40_000, 5_000]


def test_pieces_from_a_price_on_are_not_eligible():
	rows = [{"category": "Goods", "amount": 20_000, "quantity": 2}, {"category": "Goods", "amount": 9_999}]
	assert recognise(rows, {"Goods": Cap(from_price=10_000)}) == [0, 9_999]


def test_two_thirds_are_exact():
	found = payable(lines(("A", 450_000)), terms=Terms(rate=read_rate("3分の2") * 100, rounding=1000))
	assert (found.counted, found.amount) == (300_000, 300_000)
	found = payable(lines(("A", 450_000)), deducted=30_000, terms=Terms(rate=50, rounding=1000, ceiling=200_500))
	assert (found.base, found.counted, found.amount, found.limit) == (420_000, 210_000, 200_500, 200_500)


def test_what_limits_a_request():
	cost = lines(("A", 100))
	assert payable(cost).limit is None, "a call without rate and ceiling"
	assert payable(cost, {"A": Cap(not_eligible=True)}).limit == 0
	assert payable(cost, {"A": Cap(amount=60)}).limit == 60
	assert payable(cost, deducted=30).limit == 70
	assert payable(cost, deducted=300).limit == 0
	assert payable([], terms=Terms(ceiling=500)).limit == 500, "the cost is not known"
	assert payable([], terms=Terms(rate=50, ceiling=500)).limit == 0
	assert payable(cost, terms=Terms(ceiling=500)).limit == 100


@pytest.mark.parametrize(
	("typed", "share", "stored"),
	[
		("2/3", Fraction(2, 3), "3分の2"), ("3分の2", Fraction(2, 3), "3分の2"), ("三分の二", Fraction(2, 3), "3分の2"),
		(" ３ 分の ２ ", Fraction(2, 3), "3分の2"), ("66.7%", Fraction(667, 1000), "66.7"), ("６６．７％", Fraction(667, 1000), "66.7"),
		("10分の10", Fraction(1), "100"), ("十分の九", Fraction(9, 10), "90"), ("8割", Fraction(4, 5), "80"), (80, Fraction(4, 5), "80"),
		("80.000000000", Fraction(4, 5), "80"), (33.3, Fraction(333, 1000), "33.3"), ("1/2", Fraction(1, 2), "50"),
		("0.5%", Fraction(1, 200), "0.5%"), ("", None, None), (None, None, None),
	],
)  # fmt: skip
def test_rates_as_people_write_them(typed, share, stored):
	assert read_rate(typed) == share
	if share is not None:
		assert rate_text(share) == stored and read_rate(stored) == share


@pytest.mark.parametrize("typed", [0, "0", "0%", "101", 100.1, "3分の4", "3/0", "-50", "半分", "50円", True, float("nan")])
def test_what_is_no_rate_is_refused(typed):
	with pytest.raises(BadRate) as refusal:
		read_rate(typed)
	assert str(typed) in str(refusal.value)


def test_a_number_below_one_may_mean_two_things():
	with pytest.raises(UnclearRate, match="0.5"):
		read_rate("0.5")


def project(granted, eligible, paid=0, deducted=0, **terms):
	return settle_project(payable(lines(("A", eligible)), deducted=deducted, terms=Terms(**terms)), granted, paid)


def test_project_settlement_shows_each_step():
	# 611,500 − 41,500 income = 570,000; two thirds, cut to 1,000 yen = 380,000; 400,000 granted and paid
	found = project(400_000, 611_500, deducted=41_500, rate=66.67, rounding=1000, paid=400_000)
	assert (found.base, found.counted, found.settled, found.unused, found.refund, found.payable) == (
		570_000, 380_000, 380_000, 20_000, 20_000, 0,
	)  # fmt: skip


def test_income_above_cost_settles_at_zero():
	found = project(400_000, 100_000, deducted=150_000, paid=100_000)
	assert (found.settled, found.refund, found.unused) == (0, 100_000, 400_000)


def test_payments_above_a_reduced_grant_are_refunded():
	found = project(100_000, 300_000, paid=250_000)
	assert (found.settled, found.refund, found.payable) == (100_000, 150_000, 0)


def test_rest_after_part_payments_is_payable():
	assert project(400_000, 500_000, ceiling=350_000, paid=200_000).payable == 150_000
