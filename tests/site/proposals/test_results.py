"""The public table of results of a call, its page and its open data: only what is published (domain.md §7)."""

import csv
import io
import json

import frappe
import pytest
from portal_client import visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.front import open_data
from kyodo_frappe.proposals import results

from ..committee.test_own_scales import SUM, call_of, mark_all, one_step, programme  # noqa: F401

PROPOSAL, CALL = "Kyodo Proposal", "Kyodo Call"


@pytest.fixture
def decided(one_step, walk_once):  # noqa: F811
	return one_step, *walk_once(make_decided, one_step)


def make_decided(town) -> tuple[str, list[str]]:
	"""(call, [adopted, reserve, turned down, declined, hidden]): five decided proposals, four of them published."""
	programme(town, publish_scores=1)
	call = call_of(town.manager, town, **SUM, pass_mark=20, frame=900000, results_published=1)
	names = []
	for title in ("甲の事業", "乙の事業", "丙の事業", "丁の事業", "戊の事業"):
		name = town.in_step_1(call=call, requested_amount=400000, needs_budget=0)
		frappe.db.set_value(PROPOSAL, name, {"title": title, "publish_consent": int(title != "戊の事業")})
		names.append(name)
	meeting = town.in_session(*names)
	for name, mark in zip(names, ("5", "4", "2", "4", "4"), strict=True):
		mark_all(town, name, *[(mark, mark)] * 4)
	cycle_steps.decide(town.officer, meeting, names[0], "Adopted", amount=400000)
	cycle_steps.decide(town.officer, meeting, names[1], "Reserve", rank=1)
	cycle_steps.decide(town.officer, meeting, names[2], "Not Adopted", reasons=cycle_steps.REFUSAL)
	cycle_steps.decide(town.officer, meeting, names[3], "Adopted", amount=300000)
	cycle_steps.decide(town.officer, meeting, names[4], "Adopted", amount=100000)
	cycle_steps.close(town.officer, meeting)
	town.representative.update(PROPOSAL, names[3], {"decline_reason": "会員の都合"})
	town.representative.act(PROPOSAL, names[3], "Decline")
	return call, names


def test_the_table_has_what_is_published_and_its_totals(decided):
	town, call, names = decided
	row = results.of_call(call)
	assert [(one.title, one.requested_amount, one.amount) for one in row.rows] == [
		("甲の事業", 400000, 400000),
		("乙の事業", 400000, None),
		("丙の事業", 400000, None),
		("丁の事業", 400000, None),
	]
	assert (row.requested, row.granted, row.others, row.with_points) == (1600000, 400000, 1, True)
	status, page = visit("Guest", f"results/{call}")
	assert status == 200
	for text in (
		"40／40",
		"32／40",
		"16／40",
		"補欠（第1位）",
		"不採択",
		"採択（団体が辞退）",
		"申請額",
		"1,600,000円",
		"4件",
		"このほか1件",
	):
		assert text in page.replace("第 1 位", "第1位"), text
	assert "戊の事業" not in page and names[4] not in page
	for person in ("代表 一郎", town.representative.user, "会員の都合"):
		assert person not in page
	assert f"results/{call}" in visit("Guest", "", programme=town.programme)[1]
	assert f"results/{call}" in visit("Guest", "results")[1]


def test_a_page_of_the_table_has_the_totals_of_all_rows(decided):
	_town, call, names = decided
	page = results.of_call(call, 1, 2)
	assert [row.name for row in page.rows] == names[1:3] and (page.number, page.requested) == (4, 1600000)


def test_csv_and_json_have_the_same_rows(decided):
	_town, call, names = decided
	rows = [row for row in csv.DictReader(io.StringIO(open_data.as_csv("results").decode("utf-8-sig"))) if row["募集ID"] == call]
	assert [(row["ID"], row["申請額"], row["点数"], row["満点"], row["決定額"]) for row in rows] == [
		(names[0], "400000", "40", "40", "400000"),
		(names[1], "400000", "32", "40", ""),
		(names[2], "400000", "16", "40", ""),
		(names[3], "400000", "32", "40", ""),
	]
	content = json.loads(open_data.as_json("results"))
	assert [row["ID"] for row in content["rows"] if row["募集ID"] == call] == names[:4]
	assert set(rows[0]) == set(open_data.COLUMNS["results"])


def test_points_are_left_out_where_the_programme_does_not_publish_them(decided):
	town, call, _names = decided
	frappe.db.set_value("Kyodo Programme", town.programme, "publish_scores", 0)
	page = visit("Guest", f"results/{call}")[1]
	assert "／40" not in page and "点数" not in page
	assert not any(row["点数"] for row in open_data.rows("results") if row["募集ID"] == call)


def test_closed_items_show_their_result_only(decided):
	_town, call, names = decided
	frappe.db.set_value("Kyodo Agenda Item", {"proposal": names[0]}, {"closed": 1, "legal_ground": "個人情報"})
	assert results.of_call(call).rows[0].score is None and "40／40" not in visit("Guest", f"results/{call}")[1]


def test_a_moved_up_reserve_has_its_amount(decided):
	town, call, names = decided
	move = {"proposal": names[1], "grant": "Whole Amount", "reason": "辞退があったため"}
	town.officer.call("kyodo_frappe.proposals.reserve.move_up", **move)
	row = next(row for row in results.of_call(call).rows if row.name == names[1])
	assert (row.result, row.amount) == ("補欠から繰上採択", 400000) and results.of_call(call).granted == 800000


def test_nothing_is_shown_before_the_office_publishes_it(decided):
	town, call, names = decided
	town.officer.update(CALL, call, {"results_published": 0})
	assert visit("Guest", f"results/{call}")[0] == 404 and results.of_call(call) is None
	assert not any(row["募集ID"] == call for row in open_data.rows("results"))
	for wrong in ("KC-none", "<script>", names[0]):
		assert visit("Guest", f"results/{wrong}")[0] == 404
	town.officer.update(CALL, call, {"results_published": 1})
	frappe.db.set_value(PROPOSAL, names[2], "requested_amount", 0)
	assert "－" in visit("Guest", f"results/{call}")[1]
