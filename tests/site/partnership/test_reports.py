"""Reports and settlement: due dates, planned and actual figures, vouchers, acceptance, and the pages of a running project."""

import io
import json

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate
from partnership import CHANGE, CHANGES, EXPENSE, EXPENSES, NOTE, NOTES, PROJECT, line_of, note, refused, voucher
from PIL import Image
from portal_client import acting, send, visit
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.letters.text import letter_context
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.partnership import reminders as report_reminders
from kyodo_frappe.partnership import reports
from kyodo_frappe.partnership.errors import ExpenseSettled, InvalidProjectDates, ProjectNotActive, ResultMissing
from kyodo_frappe.programme.versions import rules_of_project
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range

REPORT = "Kyodo Report"
REPORTS = "kyodo_frappe.partnership.reports."


def programme_of(town, **values):
	doc = frappe.get_doc("Kyodo Programme", town.programme)
	for table in ("deadline_rules", "category_rules"):
		for row in values.pop(table, []):
			doc.append(table, row)
	doc.update(values)
	doc.save()
	town.rules_changed()


def rows_of(report: str, table: str = "settlement") -> list[dict]:
	return [
		{key: str(value) if hasattr(value, "isoformat") else value for key, value in row.as_dict().items()}
		for row in frappe.get_doc(REPORT, report).get(table)
	]


def picture() -> bytes:
	kept = io.BytesIO()
	Image.new("RGB", (40, 30), "white").save(kept, "JPEG")
	return kept.getvalue()


def send_files(user, endpoint, field, names, **typed):
	"""Send a form with files, as a browser does."""

	sent = {field: [(io.BytesIO(picture()), name) for name in names]}
	with acting(user, {}):
		frappe.local.request = Request(EnvironBuilder(method="POST", data=sent).get_environ())
		try:
			return send(user, endpoint, **typed)
		finally:
			del frappe.local.request


def test_settlement_counts_recognised_expenses_only(town):
	project = town.running()
	rep, city, office = town.representative, town.section_officer, town.officer
	programme_of(
		town,
		deduct_income=1,
		category_rules=[{"category": "Equipment", "not_eligible": 1}, {"category": "Honoraria", "cap_share": 10}],
	)
	# two thirds of the eligible cost, below 1,000 yen cut off; 300,000 paid in advance
	frappe.db.set_value(PROJECT, project, {"rate": 66.67, "rounding": 1000})
	office.update(PROJECT, project, {"payments": [{"kind": "Advance", "amount": 300000, "paid_on": nowdate()}]})
	food, insurance = line_of(project, "食材"), line_of(project, "行事保険")
	good = voucher(rep, project, budget_line=food, amount=200000)
	second = voucher(rep, project, budget_line=food, amount=100000, payee="湘南米店")
	early = voucher(rep, project, budget_line=food, amount=9000, paid_on=add_days(nowdate(), -400))
	other = voucher(rep, project, budget_line=insurance, amount=24000, payee="保険", description="行事保険料", addressee="上様")
	voucher(rep, project, category="Equipment", amount=50000, payee="家具店", description="机")
	mine = voucher(city, project, budget_line=food, amount=30000, payee="印刷所", addressee="鎌倉市", description="ちらし")
	for name in (good, second, mine, other):
		office.call(EXPENSES + "accept", expense=name)
	office.call(EXPENSES + "refuse", expense=second, reason="領収書が読めません。")
	cycle_steps.complete(city, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	doc = frappe.get_doc(REPORT, report)
	lines = {row.description: row for row in doc.settlement}
	assert [row.description for row in doc.settlement] == ["食材", "行事保険", "講師謝礼", "計画にない支出"]
	assert (lines["食材"].budget, lines["食材"].actual, lines["食材"].recognised) == (396000, 339000, 200000)
	for name, words in ((second, "読めません"), (early, "支払日が"), (mine, "市が直接")):
		assert any(name in line and words in line for line in lines["食材"].finding.split("\n")), lines["食材"].finding
	assert lines["行事保険"].recognised == 24000, "the office has accepted it"
	assert lines["計画にない支出"].recognised == 0 and "対象外" in lines["計画にない支出"].finding
	sent = rows_of(report)
	for row in sent:
		row |= {"recognised": 999999, "refused": None, "finding": None, "budget": 1, "budget_line": "x"}
	paper = {"attached_to_doctype": REPORT, "attached_to_name": report}
	sent[2] |= {"actual": 100000, "addressee": "みんなの食卓の会 御中"}  # typed
	sent[2]["receipt"] = rep.insert({"doctype": "File", **cycle_steps.RECEIPTS, **paper})["file_url"]
	sent[0]["actual"] = 5
	incomes = rows_of(report, "income")
	incomes[1] |= {"actual": 200000, "budget": 1}
	incomes.append({"category": "Donations", "description": "寄附", "actual": 16400})
	rep.update(REPORT, report, {"settlement": sent, "income": incomes, "settled_amount": 400000, "refund_amount": 0, "granted_amount": 1})
	doc.reload()
	lines = {row.description: row for row in doc.settlement}
	assert (lines["食材"].actual, lines["食材"].recognised, lines["食材"].budget) == (339000, 200000, 396000)
	# 10 % of 324,000 yen
	assert (lines["講師謝礼"].actual, lines["講師謝礼"].recognised) == (100000, 32400) and "67,600円" in lines["講師謝礼"].finding
	assert [(row.description, row.budget) for row in doc.income] == [("協働負担金", 400000), ("会費・寄附", 200000), ("寄附", 0)]
	# (256,400 − 16,400) × 66.67 % = 160,008 → 160,000 of 400,000 yen; 300,000 were paid
	assert (doc.total_cost, doc.eligible_cost, doc.settled_amount, doc.unused_amount) == (513000, 256400, 160000, 240000)
	assert (doc.granted_amount, doc.paid_amount, doc.refund_amount, doc.payable_amount) == (400000, 300000, 140000, 0)
	for words in (
		"対象経費 256,400円",
		"控除する収入 16,400円",
		"240,000円 × 66.67％ ＝ 160,000円（千円未満切捨て）",
		"返還額 140,000円",
	):
		assert words in doc.settlement_note, doc.settlement_note
	for values in ({"fiscal_year": 2020}, {"project": "KJ-2020-0001"}, {"report_kind": "Mid-term", "fiscal_year": 2020}):
		refused(rep.update, REPORT, report, values)
	anew = [{key: row.get(key) for key in ("category", "description", "actual", "eligible")} for row in rows_of(report)[1:]]
	town.editor.update(REPORT, report, {"settlement": anew})
	assert [row["description"] for row in rows_of(report)] == ["食材", "行事保険", "講師謝礼", "計画にない支出"], "the plan's lines stay"
	results = rows_of(report, "indicators")
	for row in results:
		row |= {"target": 1, "indicator": "別の項目", "actual": 0}
	rep.update(REPORT, report, {"summary": "実施した。", "indicators": [*results, {"indicator": "増やした項目", "target": 1}]})
	assert [(row["indicator"], row["target"]) for row in rows_of(report, "indicators")] == [("延べ参加者数", 1200), ("開催回数", 44)]
	refused(rep.act, REPORT, report, "Submit", exc=ResultMissing)
	results = rows_of(report, "indicators")
	results[0]["actual"], results[1]["result_note"] = 1300, "感染症のため開催できなかった。"
	rep.update(REPORT, report, {"indicators": results})
	for client in (town.viewer, town.outsider, town.support):
		refused(client.act, REPORT, report, "Submit")
	assert rep.act(REPORT, report, "Submit") == "Submitted" and town.state(PROJECT, project) == "Reported"
	refused(rep.update, REPORT, report, {"summary": "あとから"})
	for client in (rep, city, town.manager):
		refused(client.call, REPORTS + "refuse_line", report=report, line=doc.settlement[2].name, reason="x")
	line = rows_of(report)[2]["name"]
	office.call(REPORTS + "refuse_line", report=report, line=line, reason="謝礼の受領書がありません。")
	doc.reload()
	assert (doc.settlement[2].recognised, doc.eligible_cost) == (0, 224000)
	office.update(REPORT, report, {"return_reason": "受領書を添付してください。"})
	office.act(REPORT, report, "Return")
	rep.update(REPORT, report, {"settlement": [{**row, "name": None, "refused": None} for row in rows_of(report)]})
	assert rows_of(report)[2]["refused"] == "謝礼の受領書がありません。"
	rep.act(REPORT, report, "Submit")
	organisation = frappe.get_doc("Kyodo Organisation", town.organisation)
	organisation.append("members", {"user": office.user, "member_role": "Viewer"})
	organisation.save()
	refused(office.act, REPORT, report, "Accept")
	town.other_officer.act(REPORT, report, "Accept")
	letter = frappe.get_doc("Kyodo Letter", {"project": project, "letter_type": "Amount Confirmed"})
	assert "確定額　138,000円" in letter.details and "返還額　162,000円" in letter.details
	with town.other_officer:
		text = json.dumps(letter_context(letter), ensure_ascii=False)
	assert "みんなの食堂" in text and "138,000円" in text and "{" + "project_name" not in text
	assert frappe.db.get_value(EXPENSE, good, "report") == report
	refused(rep.update, EXPENSE, good, {"amount": 1}, exc=ExpenseSettled)
	refused(voucher, rep, project, exc=ExpenseSettled)
	refused(office.call, EXPENSES + "refuse", expense=good, reason="x")


def test_reports_are_opened_and_due_by_rule(town):
	project = town.running()
	rep, city, office = town.representative, town.section_officer, town.officer
	year = fiscal_year(getdate(nowdate()))
	first, last = fiscal_year_range(year)
	for client in (rep, city, office):
		refused(client.call, REPORTS + "open_report", project=project, kind="Final", fiscal_year=year, exc=ProjectNotActive)
	for client in (town.viewer, town.outsider, town.support):
		refused(client.call, REPORTS + "open_report", project=project, kind="Mid-term", fiscal_year=year)
	refused(rep.call, REPORTS + "open_report", project=project, kind="Monthly", fiscal_year=year)
	refused(rep.call, REPORTS + "open_report", project=project, kind="Mid-term", fiscal_year=year + 9, exc=InvalidProjectDates)
	refused(
		rep.call,
		REPORTS + "open_report",
		project=project,
		kind="Annual",
		fiscal_year=year,
		exc=InvalidProjectDates,
		says=era_date(add_days(last, 1)),
	)
	mid = rep.call(REPORTS + "open_report", project=project, kind="Mid-term", fiscal_year=year)
	assert city.call(REPORTS + "open_report", project=project, kind="Mid-term", fiscal_year=year) == mid
	_submit_mid_term_report(rep, mid)
	assert town.state(REPORT, mid) == "Submitted" and town.state(PROJECT, project) == "Running"
	assert not rows_of(mid)
	# a project of several years: the year's report in April, by the report's own rule
	frappe.db.set_value(PROJECT, project, "to_date", add_days(last, 365))
	voucher(rep, project, budget_line=line_of(project, "食材"), amount=60000)
	assert not [name for name in reports.open_due(last) if frappe.db.get_value(REPORT, name, "project") == project]
	april = add_days(last, 1)
	new = [name for name in reports.open_due(april) if frappe.db.get_value(REPORT, name, "project") == project]
	assert len(new) == 1 and not [n for n in reports.open_due(april) if frappe.db.get_value(REPORT, n, "project") == project]
	yearly = frappe.get_doc(REPORT, new[0])
	assert (yearly.report_kind, yearly.fiscal_year, yearly.settlement[0].actual) == ("Annual", year, 60000)
	assert getdate(yearly.due_date) >= getdate(add_days(last, 30))
	# rules of their own, and a latest day for the final one
	programme_of(
		town,
		deadline_rules=[
			{
				"code": "Yearly Report",
				"label_text": "年度報告",
				"kind": "Fixed Date",
				"month": 4,
				"day": 15,
				"roll": "None",
				"remedy": "年度報告の窓口へ。",
			},
			{"code": "Report at the Latest", "label_text": "報告の最終期限", "kind": "After Event", "days": 10, "roll": "None"},
		],
	)
	doc = frappe.get_doc(PROJECT, project)
	assert report_reminders.rule_of(yearly, rules_of_project(project))[1] == "年度報告の窓口へ。"
	assert reports._due_date(doc, "Annual", year) == getdate(f"{last.year}-04-15")
	# what binds the project stays, however the programme changes: day, days before, remedy
	today = frappe.get_doc("Kyodo Programme", town.programme)
	for row in today.deadline_rules:
		row.update({"day": 20 if row.kind == "Fixed Date" else row.day, "remind_days": 1, "remedy": "新しい窓口へ。"})
	today.save()
	assert next(due for due in report_reminders.reports_to_submit(getdate()) if due.name == yearly.name).before != 1
	assert report_reminders.rule_of(yearly, rules_of_project(project))[1] == "年度報告の窓口へ。"
	assert reports._due_date(doc, "Annual", year) == getdate(f"{last.year}-04-15")
	cycle_steps.complete(city, project)
	final = frappe.get_doc(REPORT, {"project": project, "report_kind": "Final"})
	assert getdate(final.due_date) == getdate(add_days(nowdate(), 10))
	assert final.total_cost == 0, "the year's report has its vouchers"


def _submit_mid_term_report(client, report):
	results = rows_of(report, "indicators")
	for row in results:
		row["actual"] = 10
	client.update(REPORT, report, {"summary": "順調に進んでいる。", "indicators": results, "settlement": [{"category": "他", "actual": 5}]})
	client.act(REPORT, report, "Submit")


def test_final_report_before_completion_is_refused(town):
	project = town.running()
	frappe.db.set_value(PROJECT, project, {"workflow_state": "Completed", "completed_on": nowdate()})
	report = reports.open_final_report(frappe.get_doc(PROJECT, project))
	frappe.db.set_value(PROJECT, project, "workflow_state", "Running")
	for row in frappe.get_doc(REPORT, report).indicators:
		row.db_set({"actual": 5})
	town.representative.update(REPORT, report, {"summary": "x"})
	refused(town.representative.act, REPORT, report, "Submit", exc=ProjectNotActive)
	refused(town.representative.update, REPORT, report, {"workflow_state": "Submitted"})
	for client in (town.representative, town.section_officer, town.officer):
		refused(client.insert, {"doctype": REPORT, "project": project, "fiscal_year": 2026, "report_kind": "Final"})


def test_targets_of_zero_with_lower_is_better(town):
	project = town.running()
	doc = frappe.get_doc(PROJECT, project)
	doc.indicators[0].update({"indicator": "事故の件数", "target": 0, "baseline": 0, "direction": "Lower"})
	doc.indicators[0].db_update()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	rows = rows_of(report, "indicators")
	assert rows[0]["direction"] == "Lower"
	rows[0]["result_note"], rows[1]["actual"] = "事故はなかった。", 44
	town.representative.update(REPORT, report, {"summary": "実施した。", "indicators": rows})
	town.representative.act(REPORT, report, "Submit")
	page = visit(town.editor.user, f"my/reports/{report}")[1]
	assert "達しています" in page and "事故はなかった。" in page


def test_pages_of_a_running_project(town):
	project = town.running()
	rep, city = town.editor.user, town.section_officer.user
	pages = ("notes", "expenses", "changes")
	for part in pages:
		address = f"my/projects/{project}/{part}"
		assert [visit(user, address)[0] for user in (rep, city, town.viewer.user, town.officer.user)] == [200] * 4, part
		assert [visit(user, address)[0] for user in (town.outsider.user, town.support.user, town.members["npo1"].user)] == [404] * 3
	# notes: written with photos by one side, acknowledged by the other, then public
	address = f"/kyodo/my/projects/{project}/notes"
	typed = {
		"project": project,
		"form": "note:new",
		"kind": "Talk",
		"note_date": nowdate(),
		"subject": "打合せ",
		"note": "会場を決めた。",
		"participants": "山田",
		"may_publish": "1",
		"has-may_publish": "1",
	}
	location, told = send_files(rep, "partnership.running_actions.save_note", "photos", ["会場.jpg", "様子.jpg"], **typed)
	assert told["kind"] == "done" and location.startswith(address), told
	name = frappe.db.get_value(NOTE, {"project": project})
	files = frappe.get_all("File", {"attached_to_doctype": NOTE, "attached_to_name": name}, ["is_private", "file_name"])
	assert len(files) == 2 and all(file.is_private for file in files)
	_location, told = send_files(rep, "partnership.running_actions.save_note", "photos", ["a.exe"], **typed)
	assert told["kind"] == "refused" and frappe.db.count(NOTE, {"project": project}) == 1
	assert "確認を待っている記録" in visit(city, "my")[1] and "確認を待っている記録" not in visit(rep, "my")[1]
	assert 'value="acknowledge"' in visit(city, address.removeprefix("/kyodo/"))[1]
	assert 'value="acknowledge"' not in visit(rep, address.removeprefix("/kyodo/"))[1]
	frappe.db.set_value(PROJECT, project, "published", 1)
	assert project_public.project(project).notes == []
	_location, told = send(rep, "partnership.running_actions.answer_note", project=project, note=name, answer="自分で")
	assert told["kind"] == "refused" and told["typed"]["answer"] == "自分で"
	_location, told = send(city, "partnership.running_actions.answer_note", project=project, note=name, answer="了解")
	assert told["kind"] == "done"
	assert [dict(row) for row in project_public.project(project).notes] == [
		{"kind": "Talk", "note_date": getdate(nowdate()), "subject": "打合せ", "note": "会場を決めた。", "photos": []}
	]
	public = visit("Guest", f"projects/{project}")[1]
	assert "会場を決めた。" in public and "山田" not in public and "会場.jpg" not in public
	location, told = send(
		city, "partnership.running_actions.open_report", project=project, kind="Mid-term", fiscal_year=str(fiscal_year(getdate(nowdate())))
	)
	look_back = location.split("?")[0].rpartition("/")[2]
	assert told["kind"] == "done" and "中間の振り返り" in visit(rep, f"my/reports/{look_back}")[1]
	assert look_back in visit(rep, f"my/projects/{project}/notes")[1]
	# expenses: with the photo of a voucher, and what is wrong said at once
	line = line_of(project, "食材")
	typed = {
		"project": project,
		"form": "expense:new",
		"paid_on": nowdate(),
		"amount": "3,240円",
		"budget_line": line,
		"category": "Travel",
		"description": "野菜20食分",
		"payee": "大船青果",
		"addressee": "みんなの食卓の会",
	}
	_location, told = send_files(rep, "partnership.running_actions.save_expense", "receipt", ["領収書.jpg"], **typed)
	assert told["kind"] == "done", told
	page = visit(rep, f"my/projects/{project}/expenses")[1]
	assert "3,240円" in page and "392,760円" in page
	_location, told = send(rep, "partnership.running_actions.save_expense", **{**typed, "addressee": "上様"})
	assert told["kind"] == "wait" and "上様" in told["text"]
	bad = frappe.db.get_value(EXPENSE, {"project": project, "addressee": "上様"})
	_location, told = send(town.outsider.user, "partnership.running_actions.delete_expense", project=project, name=bad)
	assert told["kind"] == "refused"
	assert visit(rep, f"my/projects/{project}/expenses", edit=bad)[0] == 200
	_location, told = send(rep, "partnership.running_actions.delete_expense", project=project, name=bad)
	assert told["kind"] == "done" and not frappe.db.exists(EXPENSE, bad)
	_location, told = send(rep, "partnership.running_actions.save_expense", **{**typed, "amount": "三千円"})
	assert told["kind"] == "refused" and told["typed"]["description"] == "野菜20食分" and "選んだファイル" not in told["text"]
	wrong = {**typed, "amount": "三千円"}
	_location, told = send_files(rep, "partnership.running_actions.save_expense", "receipt", ["領収書2.jpg"], **wrong)
	assert told["kind"] == "refused" and "保存されていません（領収書2.jpg）" in told["text"], "a browser does not choose it again"
	_location, told = send_files(rep, "partnership.running_actions.save_expense", "receipt", ["領収書.exe"], **typed)
	assert told["kind"] == "refused" and "exe" in told["text"] and "保存されていません（領収書.exe）" in told["text"]
	# a change of the plan: begun, written, proposed and agreed on its page
	location, told = send(rep, "partnership.running_actions.begin_change", project=project, reason="食材費が上がった")
	change = location.split("?")[0].rpartition("/")[2]
	assert visit(city, f"my/changes/{change}")[0] == 404 and visit(rep, f"my/changes/{change}")[0] == 200
	doc = frappe.get_doc(CHANGE, change)
	typed = {"name": change, "modified": str(doc.modified), "rows-expenses": "3"}
	for number, row in enumerate(doc.expenses):
		typed |= {
			f"expenses-{number}-name": row.name,
			f"expenses-{number}-category": row.category,
			f"expenses-{number}-description": row.description,
			f"expenses-{number}-unit_price": str(row.unit_price),
			f"expenses-{number}-quantity": "10" if number == 2 else str(row.quantity),
		}
	_location, told = send(rep, "partnership.running_actions.save_change", then="propose", **typed)
	assert told["kind"] == "done", told
	page = visit(city, f"my/changes/{change}")[1]
	assert "180,000円 → 200,000円" in page, frappe.db.get_value(CHANGE, change, "changes")
	assert "回答を待っている計画変更" in visit(city, "my")[1]
	_location, told = send(rep, "partnership.running_actions.answer_change", name=change, then="agree")
	assert told["kind"] == "refused"
	_location, told = send(city, "partnership.running_actions.answer_change", name=change, then="return", return_reason="")
	assert told["kind"] == "refused"
	_location, told = send(city, "partnership.running_actions.answer_change", name=change, then="agree")
	assert told["kind"] == "done" and town.state(CHANGE, change) == "Approved"
	# the report takes it all over
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value(REPORT, {"project": project, "report_kind": "Final"})
	page = visit(rep, f"my/reports/{report}")[1]
	assert "領収書 1件" in page and "3,240円" in page and 'name="schedule-0-result"' in page
	location, told = send_files(rep, "partnership.running_actions.attach_to_report", "photos", ["成果.jpg"], name=report)
	assert told["kind"] == "done" and "成果.jpg" in visit(rep, f"my/reports/{report}")[1]


def test_forms_of_a_running_project_refuse_readers_and_others(town):
	project = town.running()
	theirs = note(town.representative, project)
	paid = voucher(town.representative, project)
	change = town.representative.call(CHANGES + "begin", project=project, reason="x")
	for endpoint, typed in (
		("save_note", {"project": project, "kind": "Talk", "note": "乗っ取り"}),
		("save_note", {"project": project, "name": theirs, "note": "乗っ取り"}),
		("answer_note", {"project": project, "note": theirs, "answer": "乗っ取り"}),
		("remove_photo", {"project": project, "name": theirs, "row": "x"}),
		("save_expense", {"project": project, "amount": "1", "paid_on": nowdate(), "description": "乗っ取り"}),
		("save_expense", {"project": project, "name": paid, "description": "乗っ取り"}),
		("delete_expense", {"project": project, "name": paid}),
		("begin_change", {"project": project, "reason": "乗っ取り"}),
		("save_change", {"name": change, "reason": "乗っ取り"}),
		("answer_change", {"name": change, "then": "withdraw"}),
		("open_report", {"project": project, "kind": "Mid-term", "fiscal_year": "2026"}),
	):
		for client in (town.outsider, town.viewer, town.support):
			_location, told = send(client.user, f"partnership.running_actions.{endpoint}", **typed)
			assert told["kind"] == "refused", (endpoint, client.user, told)
	assert frappe.db.get_value(NOTE, theirs, "acknowledged_on") is None and frappe.db.exists(EXPENSE, paid)


def test_rules_of_a_running_project_hold_over_rest(rest_town):
	town = rest_town
	rep, city = town.over_rest(town.representative), town.over_rest(town.section_officer)
	office, outsider = town.over_rest(town.officer), town.over_rest(town.outsider)
	project = town.running()
	frappe.db.commit()

	def no(act, *args, **kwargs):
		with pytest.raises(Refused) as told:
			act(*args, **kwargs)
		assert told.value.status in (403, 404, 417), told.value
		return told.value

	name = note(rep, project)
	for client in (office, outsider):
		no(note, client, project)
	no(rep.call, NOTES + "acknowledge", note=name, answer="")
	no(outsider.read, NOTE, name)
	rep.update(NOTE, name, {"acknowledged_on": nowdate() + " 10:00:00", "acknowledged_by": rep.user, "side": "City"})
	assert rep.read(NOTE, name).get("acknowledged_on") is None and rep.read(NOTE, name)["side"] == "Organisation"
	city.call(NOTES + "acknowledge", note=name, answer="了解")
	no(rep.update, NOTE, name, {"note": "あとから"})
	paid = voucher(rep, project, paid_on="2020-01-01")
	no(outsider.read, EXPENSE, paid)
	no(rep.call, EXPENSES + "accept", expense=paid)
	no(city.update, EXPENSE, paid, {"amount": 5})
	no(city.delete, EXPENSE, paid)
	assert "支払日" in rep.read(EXPENSE, paid)["finding"]
	no(rep.insert, {"doctype": REPORT, "project": project, "fiscal_year": 2026, "workflow_state": "Submitted"})
	no(rep.update, PROJECT, project, {"payments": [{"kind": "On Settlement", "amount": 1, "paid_on": nowdate()}]})
	change = rep.insert(
		{
			"doctype": CHANGE,
			"project": project,
			"reason": "増額",
			"granted_amount": 500000,
			"side": "City",
			"needs_approval": 0,
			"workflow_state": "Draft",
		}
	)["name"]
	assert rep.read(CHANGE, change)["needs_approval"] == 1 and rep.read(CHANGE, change)["side"] == "Organisation"
	no(rep.update, CHANGE, change, {"workflow_state": "Approved"})
	rep.act(CHANGE, change, "Propose Change")
	no(rep.act, CHANGE, change, "Agree to Change")
	no(outsider.act, CHANGE, change, "Agree to Change")
	city.act(CHANGE, change, "Agree to Change")
	no(city.act, CHANGE, change, "Approve")
	office.act(CHANGE, change, "Approve")
	frappe.db.rollback()
	assert frappe.db.get_value(PROJECT, project, "granted_amount") == 500000
