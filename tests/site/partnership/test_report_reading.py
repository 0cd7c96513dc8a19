"""Reading a report in the desk: its vouchers beside their lines, what is recognised, points, acts."""

import frappe
import pytest
from partnership import EXPENSE, EXPENSES, PROJECT, line_of, refused, voucher
from portal_client import visit

from kyodo_frappe.common.errors import CorrectionReasonMissing
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership.errors import InvalidExpense, NotRecognisable

REPORT = "Kyodo Report"
READING = "kyodo_frappe.partnership.report_reading."


@pytest.fixture
def report(town) -> str:
	"""A report that was handed in, with two vouchers for one line; the others were typed."""
	project = town.running()
	food = line_of(project, "食材")
	voucher(town.representative, project, budget_line=food, amount=100000)
	voucher(town.representative, project, budget_line=food, amount=50000, payee="上野商店", addressee="上様")
	cycle_steps.complete(town.section_officer, project)
	name = frappe.db.get_value(REPORT, {"project": project})
	cycle_steps.fill_report(town.representative, name)
	return name


def read(client, name: str) -> dict:
	return client.call(READING + "read", report=name)


def group(found: dict, subject: str) -> dict:
	return next(one for one in found["checks"] if one["subject"] == subject)


def test_voucher_beside_its_line_and_sums_that_follow(town, report):
	office = town.officer
	found = read(office, report)
	line = next(line for line in found["lines"] if line["description"] == "食材")
	assert [one["amount"] for one in line["vouchers"]] == [100000, 50000] and found["may_judge"]
	second = line["vouchers"][1]
	assert any("宛名" in text for text in second["finding"]), second
	assert group(found, "収入と支出")["verdict"] == "To Be Checked"
	assert "settlement" not in {block["name"] for step in found["document"] for block in step["blocks"]}
	before = frappe.get_doc(REPORT, report).eligible_cost
	refused(office.call, READING + "recognise", report=report, expense=second["name"], amount=20000)
	for amount in (50001, -1, 0.5):
		refused(office.call, READING + "recognise", report=report, expense=second["name"], amount=amount, reason="x", exc=InvalidExpense)
	found = office.call(READING + "recognise", report=report, expense=second["name"], amount="２０，０００", reason="酒類を除く。")
	doc = frappe.get_doc(REPORT, report)
	row = next(row for row in doc.settlement if row.description == "食材")
	assert (row.recognised, doc.eligible_cost) == (line["recognised"] + 20000, before + 20000)
	assert "酒類を除く。" in row.finding and dict(found["sums"])["対象経費"] == f"{doc.eligible_cost:,.0f}円"
	found = office.call(READING + "recognise", report=report, expense=second["name"], amount=50000)
	assert frappe.db.get_value(EXPENSE, second["name"], ["refused", "recognised_at_most"]) == (None, 0)
	# a line that was typed: a part of it, then all of it
	typed = next(line for line in found["lines"] if line["description"] == "行事保険")
	office.call(READING + "recognise", report=report, line=typed["name"], amount=typed["actual"] - 1000, reason="手数料は対象外です。")
	row = next(row for row in frappe.get_doc(REPORT, report).settlement if row.name == typed["name"])
	assert (row.recognised, row.refused) == (typed["actual"] - 1000, "手数料は対象外です。")
	found = office.call(READING + "recognise", report=report, line=typed["name"], amount=typed["actual"])
	assert next(line for line in found["lines"] if line["name"] == typed["name"])["recognised"] == typed["actual"]


def test_only_the_office_judges_and_only_city_hall_reads(town, report):
	for client in (town.representative, town.outsider, town.other_section_officer, town.members["npo1"], town.guest):
		with pytest.raises(frappe.PermissionError):
			read(client, report)
	found = read(town.section_officer, report)
	assert found["lines"] and not found["may_judge"] and found["acts"] == []
	one = found["lines"][0]["vouchers"][0]["name"]
	for client in (town.section_officer, town.manager):
		refused(client.call, READING + "recognise", report=report, expense=one, amount=0, reason="x")
	# what is no expense of this project is not judged through this report
	refused(town.officer.call, READING + "recognise", report=report, expense="KE-0000-0000", amount=0, reason="x")
	frappe.db.set_value(EXPENSE, one, "paid_on", "2001-01-01")
	refused(town.officer.call, READING + "recognise", report=report, expense=one, amount=10, reason="x", exc=NotRecognisable)
	assert town.officer.call(EXPENSES + "refuse", expense=one, reason="期間外です。") == "期間外です。"


def test_points_of_a_report_reach_the_organisation(town, report):
	office = town.officer
	with pytest.raises(CorrectionReasonMissing):
		office.call(READING + "act", report=report, action="Return")
	found = office.call(READING + "add_point", report=report, field="summary", passage="毎週開催した", reason="回数を書いてください。")
	assert report in [row["name"] for row in office.call(READING + "queue", report=report)]
	office.call(READING + "act", report=report, action="Return", seen=found["modified"])
	status, page = visit(town.representative.user, f"my/reports/{report}")
	assert status == 200 and "毎週開催した" in page and "回数を書いてください。" in page
	town.representative.act(REPORT, report, "Submit")
	assert any("変更も回答もありません" in line["text"] for line in group(read(office, report), "前回求めた補正")["lines"])
	office.call(READING + "act", report=report, action="Accept")
	doc = frappe.get_doc(REPORT, report)
	assert doc.workflow_state == "Accepted" and all(row.settled for row in doc.corrections)
	assert town.state(PROJECT, doc.project) == "Reported"
