"""Quorum, balance, attendance: domain.md §4, 鎌倉 2(1)②, 2(2)2(1), 2(2)3(2)."""

import datetime

import pytest

from kyodo_frappe.rules import quorum as q
from kyodo_frappe.rules.quorum import balance, present_at, quorum


def member(name, side="City", present=True, conflicted=False, steps=()):
	return {"member": name, "side": side, "present": present, "conflicted": conflicted, "steps": steps}


def committee(size, present, conflicted=0):
	"""`size` members, of whom the first `conflicted` stepped aside and the last `present` are there."""
	return [member(f"m{n}", present=n >= size - present, conflicted=n < conflicted) for n in range(size)]


def kamakura():
	"""Step 1: section chiefs of 財政課・企画課・行革推進担当 and four of the NPO side; step 2 adds three department heads."""
	return [
		*(member(name, "City") for name in ("zaisei-kacho", "kikaku-kacho", "gyokaku-kacho")),
		*(member(f"npo-{n}", "Organisation") for n in range(4)),
		*(member(name, "City", steps=["Step 2"]) for name in ("somu-bucho", "kikaku-bucho", "gyokaku-bucho")),
	]


@pytest.mark.parametrize(
	("eligible", "more_than_half", "half", "two_thirds", "everyone"),
	[
		(1, 1, 1, 1, 1),
		(2, 2, 1, 2, 2),
		(3, 2, 2, 2, 3),
		(4, 3, 2, 3, 4),
		(5, 3, 3, 4, 5),
		(7, 4, 4, 5, 7),
		(9, 5, 5, 6, 9),
		(10, 6, 5, 7, 10),
		(11, 6, 6, 8, 11),
	],
)
def test_members_needed_by_rule(eligible, more_than_half, half, two_thirds, everyone):
	rules = {"more_than_half": more_than_half, "half": half, "two_thirds": two_thirds, "all": everyone}
	for rule, needed in rules.items():
		assert quorum(committee(eligible, 0), rule).needed == needed


def test_one_member_short_misses_the_quorum():
	for rule in q.RULES:
		for size in range(1, 25):
			needed = quorum(committee(size, 0), rule).needed
			assert quorum(committee(size, needed), rule) == q.Quorum(needed, size, needed, True, "")
			assert quorum(committee(size, needed - 1), rule) == q.Quorum(needed, size, needed - 1, False, q.TOO_FEW)


def test_more_than_half_rule_holds_for_any_size():
	for size in range(1, 40):
		needed = quorum(committee(size, 0)).needed
		assert 2 * needed > size >= 2 * (needed - 1)


def test_two_thirds_rule_holds_for_any_size():
	for size in range(1, 40):
		needed = quorum(committee(size, 0), "two_thirds").needed
		assert 3 * needed >= 2 * size > 3 * (needed - 1)


def test_recused_members_are_not_counted():
	# Seven members, four needed. Three step aside: three of the other four are enough …
	assert quorum(committee(7, 4)).met
	assert quorum(committee(7, 3, conflicted=3)) == q.Quorum(3, 4, 3, True, "")
	# … and their own presence does not help
	rows = [*(member(f"aside{n}", conflicted=True) for n in range(3)), *(member(f"m{n}", present=n < 2) for n in range(4))]
	assert quorum(rows) == q.Quorum(3, 4, 2, False, q.TOO_FEW)


def test_no_quorum_without_eligible_members():
	for rule in q.RULES:
		assert quorum(committee(5, 5, conflicted=5), rule) == q.Quorum(0, 0, 0, False, "everyone stepped aside")
		assert quorum([], rule) == q.Quorum(0, 0, 0, False, q.NO_MEMBERS)


def test_rule_can_be_given_by_its_label():
	assert quorum(committee(6, 3), "Half").met and not quorum(committee(6, 3), "More Than Half").met
	assert quorum(committee(6, 4), "Two Thirds").met and not quorum(committee(6, 5), "All").met
	for rule in ("majority", "", None, "more than"):
		with pytest.raises(q.UnknownQuorumRule):
			quorum([], rule)


def test_members_count_only_in_their_steps():
	assert quorum(kamakura(), step="Step 1").eligible == 7
	assert quorum(kamakura(), step="Step 2").eligible == 10
	assert (
		quorum([member("a", steps="Both"), member("b", steps="Step 1, Step 2"), member("c", steps="Step 2")], step="Step 1").eligible == 2
	)


def test_committee_of_kamakura_is_balanced_in_step_1():
	assert balance(kamakura(), 1, step="Step 1") == q.Balance(3, 4, 0, 1, True)
	assert not balance(kamakura(), 0, step="Step 1").met
	# with the three department heads the city has six against four
	assert balance(kamakura(), 1, step="Step 2") == q.Balance(6, 4, 0, 2, False)
	assert balance(kamakura(), 2, step="Step 2").met


def test_citizens_count_with_organisations_and_academics_for_neither_side():
	rows = [
		member("c1"),
		member("c2"),
		member("o", "Organisation"),
		member("z", "Citizen"),
		*(member(f"a{n}", "Academic") for n in range(5)),
	]
	assert balance(rows, 0) == q.Balance(2, 2, 5, 0, True)


def test_committee_without_one_side_is_not_balanced():
	assert not balance([], 5).met
	assert not balance([member("c")], 1).met
	assert not balance([member("o", "Organisation"), member("a", "Academic")], 1).met


def test_balance_is_symmetric():
	for city in range(1, 8):
		for organisation in range(1, 8):
			rows = [*(member(f"c{n}") for n in range(city)), *(member(f"o{n}", "Organisation") for n in range(organisation))]
			for tolerance in range(4):
				found = balance(rows, tolerance)
				assert found.difference == max(city, organisation) - min(city, organisation)
				assert found.met == (found.difference <= tolerance)


@pytest.mark.parametrize("tolerance", [-1, 1.0, None, True, "1"])
def test_invalid_tolerance_is_refused(tolerance):
	with pytest.raises(q.BadTolerance):
		balance(kamakura(), tolerance)


def test_rows_can_be_objects_or_documents():
	class Row:
		user, member_name, side, present, conflicted, steps = "a@example.jp", "A", "City", 1, 0, "Both"

	assert quorum([Row(), member("b", present=0)]) == q.Quorum(2, 2, 1, False, q.TOO_FEW)


def test_invalid_rows_are_refused():
	for function in (quorum, balance):
		with pytest.raises(q.UnknownSide) as refusal:
			function([member("guest", "Guest")])
		assert refusal.value.args_ == ("guest", "Guest")
		with pytest.raises(q.MemberTwice):
			function([member("a"), member("b"), member("a", "Organisation")])


T = datetime.time
ATTENDANCE = [
	{"member": "all along"},
	{"member": "late", "arrived": T(14, 30)},
	{"member": "early", "left": "15:00"},
	{"member": "twice", "arrived": T(14), "left": T(14, 20)},
	{"member": "twice", "arrived": datetime.timedelta(hours=15), "left": None},
	{"member": "absent", "present": 0, "arrived": T(14)},
]


@pytest.mark.parametrize(
	("at", "there"),
	[
		(T(13, 59), ["all along", "early"]),
		(T(14), ["all along", "early", "twice"]),
		(T(14, 20), ["all along", "early"]),
		(T(14, 29, 59), ["all along", "early"]),
		("14:30", ["all along", "late", "early"]),
		(datetime.datetime(2026, 7, 10, 15, 0), ["all along", "late", "twice"]),
		(datetime.timedelta(hours=23), ["all along", "late", "twice"]),
	],
)
def test_presence_follows_arrival_and_leaving(at, there):
	assert present_at(ATTENDANCE, at) == there


def test_attendance_fields_of_the_doctype_are_read():
	rows = [{"user": "a@example.jp", "present": 1, "arrived_at": datetime.timedelta(hours=14), "left_at": None}]
	assert present_at(rows, "9:05") == []
	assert present_at(rows, "14:00") == ["a@example.jp"]


def test_invalid_times_are_refused():
	with pytest.raises(q.LeftBeforeArriving):
		present_at([{"member": "a", "arrived": "15:00", "left": "14:00"}], "14:30")
	for at in (None, "", "25:00", "noon", 14):
		with pytest.raises(q.NotATime):
			present_at(ATTENDANCE, at)
	with pytest.raises(q.NotATime):
		present_at([{"member": "a", "arrived": "soon"}], "14:30")
