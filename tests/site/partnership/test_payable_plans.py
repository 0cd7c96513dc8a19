"""Money of a project: nothing is granted, recognised or paid beyond what may be, and changes up or down need their approval."""

import frappe
from frappe.utils import nowdate
from partnership import CHANGE, CHANGES, EXPENSES, PROJECT, line_of, refused, voucher

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership.errors import GrantExceedsPayable, PaymentExceedsSettlement

REPORT, REPORTS = "Kyodo Report", "kyodo_frappe.partnership.reports."


def programme_of(town, *rules, **values):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	doc.update(values)
	for row in rules:
		doc.append("category_rules", row)
	doc.save()
	town.rules_changed()


def change_of(town, project: str, **values):
	"""A draft of the organisation; `lines`: {description: unit price}."""
	name = town.representative.call(CHANGES + "begin", project=project, reason="見直しのため")
	doc = frappe.get_doc(CHANGE, name)
	if lines := values.pop("lines", None):
		rows = [cycle_steps._client_row(row.as_dict()) for row in doc.expenses]
		values["expenses"] = [{**row, "amount": None, "unit_price": lines.get(row["description"], row["unit_price"])} for row in rows]
	town.representative.update(CHANGE, name, values)
	doc.reload()
	return doc


def test_a_grant_is_not_raised_above_what_can_be_paid(town):
	project = town.running()
	frappe.db.set_value(PROJECT, project, {"rate": "3分の2", "rounding": 1000})
	words = "対象経費 600,000円 × 3分の2 ＝ 400,000円（千円未満切捨て）"
	assert words in refused(town.officer.update, PROJECT, project, {"granted_amount": 400001}, exc=GrantExceedsPayable)
	change = town.representative.call(CHANGES + "begin", project=project, reason="増額")
	assert words in refused(town.representative.update, CHANGE, change, {"granted_amount": 410000}, exc=GrantExceedsPayable)


def test_new_lines_that_pay_less_than_is_granted_need_approval(town):
	project = town.running()
	frappe.db.set_value(PROJECT, project, {"rate": "3分の2", "rounding": 1000})
	doc = change_of(town, project, lines={"行事保険": 23000})
	assert doc.needs_approval and "599,000円 × 3分の2 ＝ 399,000円" in doc.approval_reason and "400,000円" in doc.approval_reason


def test_less_money_needs_approval_like_more(town):
	project = town.running()
	programme_of(town, change_threshold=20)
	doc = change_of(town, project, lines={"講師謝礼": 5000})
	assert (doc.moved_amount, doc.moved_share, doc.needs_approval) == (135000, 22.5, 1) and "22.5％" in doc.approval_reason
	town.representative.update(CHANGE, doc.name, {"expenses": _lines(doc, {"講師謝礼": 10000})})
	doc.reload()
	assert (doc.moved_amount, doc.needs_approval) == (90000, 0)


def _lines(doc, prices: dict) -> list[dict]:
	rows = [cycle_steps._client_row(row.as_dict()) for row in doc.expenses]
	return [{**row, "amount": None, "unit_price": prices.get(row["description"], row["unit_price"])} for row in rows]


def test_changes_of_a_category_and_above_an_amount_need_approval(town):
	project = town.running()
	programme_of(town, change_threshold=100, change_threshold_category=20)
	doc = change_of(town, project, lines={"行事保険": 18000})
	assert doc.needs_approval and "保険料が25％増減し（24,000円→18,000円）" in doc.approval_reason
	town.representative.update(CHANGE, doc.name, {"expenses": _lines(doc, {"行事保険": 30000})})
	doc.reload()
	assert doc.needs_approval and "24,000円→30,000円" in doc.approval_reason
	programme_of(town, change_threshold=100, change_threshold_category=0, change_threshold_amount=5000)
	town.representative.update(CHANGE, doc.name, {"expenses": _lines(doc, {"行事保険": 18000}), "reason": "減額"})
	doc.reload()
	assert doc.needs_approval and "5,000円以内" in doc.approval_reason
	town.representative.update(CHANGE, doc.name, {"expenses": _lines(doc, {"行事保険": 19000})})
	doc.reload()
	assert not doc.needs_approval


def _typed(town, **row):
	"""The report of a completed project with a typed line of 100,000 yen for honoraria."""
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	rows = [cycle_steps._client_row(line.as_dict()) for line in frappe.get_doc(REPORT, report).settlement]
	rows[2] |= {"actual": 100000, "paid_on": nowdate(), **row}
	town.representative.update(REPORT, report, {"settlement": rows})
	return report


def line(report: str):
	return frappe.get_doc(REPORT, report).settlement[2]


def test_without_a_voucher_nothing_typed_is_recognised(town):
	report = _typed(town, accepted=1, recognised=100000)
	assert line(report).recognised == 0 and "領収書" in line(report).finding and not line(report).accepted
	doc = frappe.get_doc(REPORT, report)
	indicators = [{**cycle_steps._client_row(row.as_dict()), "actual": 1} for row in doc.indicators]
	town.representative.update(REPORT, report, {"summary": "実施した。", "continuation": "続ける。", "indicators": indicators})
	town.representative.act(REPORT, report, "Submit")
	# the office has seen it on paper
	assert town.officer.call(REPORTS + "refuse_line", report=report, line=line(report).name) == 100000
	assert town.officer.call(REPORTS + "refuse_line", report=report, line=line(report).name, reason="別の団体あて") == 0


def test_an_accepted_line_is_accepted_for_its_amount_only(town):
	report = _typed(town)
	frappe.db.set_value("Kyodo Settlement Line", line(report).name, "accepted", 1)
	resend = lambda amount: town.representative.update(
		REPORT,
		report,
		{
			"settlement": [
				{**cycle_steps._client_row(row.as_dict()), **({"actual": amount} if row.idx == 3 else {})}
				for row in frappe.get_doc(REPORT, report).settlement
			]
		},
	)
	resend(100000)
	assert line(report).recognised == 100000
	resend(100001)
	assert line(report).recognised == 0


def test_vouchers_are_asked_for_above_an_amount_or_not_at_all(town):
	programme_of(town, voucher_above=100000)
	report = _typed(town)
	assert line(report).recognised == 100000
	rows = [cycle_steps._client_row(row.as_dict()) for row in frappe.get_doc(REPORT, report).settlement]
	rows[2]["actual"] = 100001
	town.representative.update(REPORT, report, {"settlement": rows})
	assert line(report).recognised == 0
	programme_of(town, voucher_required=0)
	town.representative.update(REPORT, report, {"settlement": rows})
	assert line(report).recognised == 100001


def test_a_recorded_expense_without_voucher_counts_when_the_office_accepts_it(town):
	project = town.running()
	paid = voucher(town.representative, project, budget_line=line_of(project, "食材"), amount=50000)
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	assert frappe.get_doc(REPORT, report).settlement[0].recognised == 0
	town.officer.call(EXPENSES + "accept", expense=paid)
	assert frappe.get_doc(REPORT, report).settlement[0].recognised == 50000


def test_a_cap_for_each_person_holds_in_the_settlement(town):
	programme_of(town, {"category": "Honoraria", "cap_per_unit": 10000, "unit": "Per Person"}, voucher_required=0)
	report = _typed(town)
	assert line(report).recognised == 90000 and "10,000円：1人当たりの上限10,000円×9" in line(report).finding


def test_nothing_is_paid_beyond_what_was_settled(town):
	project = town.running()
	office = town.officer
	advance = {"kind": "Advance", "amount": 100000, "planned_on": nowdate(), "paid_on": nowdate()}
	rest = {"kind": "On Settlement", "amount": 200000, "planned_on": nowdate()}
	office.update(PROJECT, project, {"payments": [advance, rest]})
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	cycle_steps.fill_report(town.representative, report, share=0.5)
	office.act(REPORT, report, "Accept")
	settled = frappe.db.get_value(REPORT, report, "settled_amount")
	assert settled == 300000
	dated = lambda row: {"paid_on": row.paid_on and str(row.paid_on), "planned_on": row.planned_on and str(row.planned_on)}
	rows = lambda: [{**cycle_steps._client_row(row.as_dict()), **dated(row)} for row in frappe.get_doc(PROJECT, project).payments]
	paid = rows()
	paid[1] |= {"paid_on": nowdate(), "amount": 300000}
	said = refused(office.update, PROJECT, project, {"payments": paid}, exc=PaymentExceedsSettlement)
	assert "400,000円" in said and "300,000円" in said and "100,000円" in said
	more = [*rows(), {"kind": "On Settlement", "amount": 1, "planned_on": nowdate()}]
	refused(office.update, PROJECT, project, {"payments": more}, exc=PaymentExceedsSettlement)
	paid[1]["amount"] = 200000
	office.update(PROJECT, project, {"payments": paid})
