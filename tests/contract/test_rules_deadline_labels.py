"""The names of deadlines follow their dates."""

import pytest

from kyodo_frappe.rules.deadline_labels import LabelContradictsDate, check_label, followed
from kyodo_frappe.rules.deadlines import DeadlineRule


def fixed(month: int, day: int) -> DeadlineRule:
	return DeadlineRule("Budget Proposal", "Fixed Date", month=month, day=day)


def month_end(month: int) -> DeadlineRule:
	return DeadlineRule("Budget Proposal", "Month End", month=month)


def after(months: int = 0, days: int = 0) -> DeadlineRule:
	return DeadlineRule("Report", "After Event", months=months, days=days)


@pytest.mark.parametrize(
	("label", "before", "now", "expected"),
	[
		("提案の締切（4月30日）", fixed(4, 30), fixed(5, 15), "提案の締切（5月15日）"),
		("提案の締切（４月３０日）", fixed(4, 30), fixed(5, 15), "提案の締切（5月15日）"),
		("提案の締切（4月末日）", month_end(4), fixed(5, 15), "提案の締切（5月15日）"),
		("提案の締切（4月末）", fixed(4, 30), month_end(5), "提案の締切（5月末日）"),
		("提案の締切（4月30日）", fixed(4, 30), month_end(5), "提案の締切（5月末日）"),
		("報告書の提出（事業完了後1か月以内）", after(1), after(2), "報告書の提出（事業完了後2か月以内）"),
		("返事（提案から30日以内）", after(days=30), after(days=21), "返事（提案から21日以内）"),
		("提案の締切", fixed(4, 30), fixed(5, 15), "提案の締切"),
		("第2期（10月1日から）の締切（4月30日）", fixed(4, 30), fixed(5, 15), "第2期（10月1日から）の締切（5月15日）"),
		("報告書の提出（事業完了後1か月以内）", after(1), fixed(4, 10), "報告書の提出（事業完了後1か月以内）"),
	],
)
def test_the_name_follows(label, before, now, expected):
	assert followed(label, before, now) == expected


def test_a_name_with_another_day_is_refused():
	with pytest.raises(LabelContradictsDate) as error:
		check_label("提案の締切（４月３０日）", fixed(5, 15))
	assert "5月15日" in str(error.value)
	check_label("提案の締切（5月15日）", fixed(5, 15))
	check_label("提案の締切", fixed(5, 15))
	check_label("提案の締切（4月30日）", month_end(4))
	check_label("報告（4月10日ごろ）", after(1))
