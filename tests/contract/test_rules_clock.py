"""Times of day as clerks write them."""

import pytest

from kyodo_frappe.rules.clock import NotATimeOfDay, time_of_day


@pytest.mark.parametrize(
	("typed", "meant"),
	[
		("18:30", "18:30"),
		("9:05", "09:05"),
		("18:30:00", "18:30"),
		("18:30:59.123456", "18:30"),
		("１８：３０", "18:30"),
		("18時30分", "18:30"),
		("18時", "18:00"),
		("１８時半", "18:30"),
		("午後5時", "17:00"),
		("午後５時３０分", "17:30"),
		("午前9時半", "09:30"),
		("午後0時", "12:00"),
		(" 0:00 ", "00:00"),
		("", None),
		(None, None),
	],
)
def test_times_as_clerks_write_them_are_read(typed, meant):
	assert time_of_day(typed) == meant


@pytest.mark.parametrize(
	"typed", ["24:00", "18:60", "夕方", "18", "18:", "1830", "-1:00", "18:30 ごろ", "<b>", "午後12時", "午後13時", "半", "17時半分"]
)
def test_other_texts_are_refused_and_quoted(typed):
	with pytest.raises(NotATimeOfDay) as refusal:
		time_of_day(typed)
	assert typed in str(refusal.value)
