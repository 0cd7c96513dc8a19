"""The partnership when something is missing: organisations that leave, projects called off, services without a partner,
programmes without rules."""

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate
from frappe.utils.response import download_private_file
from partnership import CHANGE, CHANGES, EXPENSE, EXPENSES, NOTE, NOTES, PROJECT, note, refused, voucher
from portal_client import visit
from uploads import pdf
from werkzeug.exceptions import Forbidden

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.organisations.errors import OrganisationNotRegistered
from kyodo_frappe.partnership import reports
from kyodo_frappe.partnership.errors import AgreementIncomplete, InvalidProjectDates, ProjectNotActive
from kyodo_frappe.permissions.attachments import attach
from kyodo_frappe.rules.era import fiscal_year, fiscal_year_range

AGREEMENT, REPORT, ROUND, ORGANISATION = "Kyodo Agreement", "Kyodo Report", "Kyodo Evaluation Round", "Kyodo Organisation"
DRAFT = "kyodo_frappe.partnership.agreement_drafts.draft_for"
EVALUATIONS = "kyodo_frappe.evaluation.rounds."
REPORTS = "kyodo_frappe.partnership.reports."
PAGES = ("/plan", "/points", "/notes", "/expenses", "/evaluations", "/reports", "/changes")
PDF = pdf()


def organisation_leaves(town, action: str = "Withdraw"):
	if action == "Suspend":
		town.officer.update(ORGANISATION, town.organisation, {"return_reason": "報告がないため"})
		town.other_officer.act(ORGANISATION, town.organisation, "Suspend")
	else:
		town.officer.act(ORGANISATION, town.organisation, "Withdraw")


def check_pages(town, project: str):
	"""Every page of the project opens or is refused for each kind of user."""
	for client in (town.representative, town.viewer, town.section_officer, town.officer):
		for page in PAGES:
			assert visit(client.user, f"my/projects/{project}{page}")[0] in (200, 301, 302, 303, 403, 404), (client.user, page)
	open_to_them = 200 if frappe.db.get_value(PROJECT, project, "organisation") else 404
	for client, status in ((town.section_officer, 200), (town.representative, open_to_them)):
		assert visit(client.user, f"my/projects/{project}")[0] == status


def call_off(town, project: str):
	town.officer.update(PROJECT, project, {"cancel_reason": "団体が解散したため"})
	assert town.officer.act(PROJECT, project, "Call Off") == "Cancelled"


def pay(town, project: str, amount: int):
	part = {"kind": "Advance", "amount": amount, "paid_on": nowdate()}
	town.officer.update(PROJECT, project, {"payments": [part]})


def programme_without_rules(town) -> str:
	"""A programme without any rules."""
	doc = frappe.copy_doc(frappe.get_doc("Kyodo Programme", town.programme))
	doc.programme_name = f"{town.tag} からの制度"
	for table in ("deadline_rules", "principles", "clauses", "letters"):
		if doc.meta.get_field(table):
			doc.set(table, [])
	doc.update({"evaluation_scale": 0, "talk_gap": 0, "reason_below": 0})
	return doc.insert().name


def service(town, **more) -> str:
	"""An existing service of the city as a project."""
	first, last = fiscal_year_range(fiscal_year(getdate(nowdate())))
	given = {
		"doctype": PROJECT,
		"project_name": "まちの花壇",
		"programme": town.programme,
		"origin": "Existing Service",
		"fiscal_year": fiscal_year(first),
		"section": town.section,
		"from_date": first,
		"to_date": last,
		"granted_amount": 100000,
		"roles": [{"side": "City", "role": "花苗の購入"}, {"side": "Organisation", "role": "水やり"}],
		"expenses": [{"category": "Consumables", "description": "花苗", "amount": 100000, "eligible": 1}],
		"indicators": [{"indicator": "花壇の数", "target": 5, "unit": "か所"}],
	}
	return town.officer.insert(given | more)["name"]


# -- organisations that leave ---------------------------------------------------------------


@pytest.mark.parametrize("action", ["Withdraw", "Suspend"])
def test_organisation_leaves_during_planning(town, action):
	project = town.project()
	organisation_leaves(town, action)
	check_pages(town, project)
	refused(town.section_officer.call, DRAFT, project=project, exc=OrganisationNotRegistered, says="みんなの食卓の会")
	refused(town.section_officer.act, PROJECT, project, "Begin")
	call_off(town, project)
	assert not frappe.db.exists(REPORT, {"project": project})
	check_pages(town, project)


def test_organisation_leaves_while_the_agreement_is_offered(town):
	project = town.project()
	town.section_officer.update(PROJECT, project, {"form": "協働負担事業"})
	agreement = town.section_officer.call(DRAFT, project=project)
	town.section_officer.act(AGREEMENT, agreement, "Offer")
	organisation_leaves(town)
	for client in (town.representative, town.section_officer):
		refused(cycle_steps.confirm, client, agreement, "代表", exc=OrganisationNotRegistered, says="みんなの食卓の会")
	check_pages(town, project)
	assert visit(town.section_officer.user, f"my/agreements/{agreement}")[0] == 200
	assert town.section_officer.act(AGREEMENT, agreement, "Reopen") == "Drafting"
	refused(town.section_officer.act, AGREEMENT, agreement, "Offer", exc=OrganisationNotRegistered, says="みんなの食卓の会")
	call_off(town, project)
	refused(town.section_officer.act, AGREEMENT, agreement, "Offer")


@pytest.mark.parametrize("action", ["Withdraw", "Suspend"])
def test_organisation_leaves_while_the_project_runs(town, action):
	project, city = town.running(), town.section_officer
	pay(town, project, 300000)
	theirs, spent = note(town.representative, project), voucher(town.representative, project, amount=50000)
	change = town.representative.call(CHANGES + "begin", project=project, reason="回数を増やす")
	organisation_leaves(town, action)
	check_pages(town, project)
	city.call(NOTES + "acknowledge", note=theirs)
	note(city, project, subject="団体からの連絡")
	begun = str(frappe.db.get_value(PROJECT, project, "from_date"))
	city.update(PROJECT, project, {"completed_on": add_days(begun, -1)})
	refused(city.act, PROJECT, project, "Complete", exc=InvalidProjectDates)
	assert cycle_steps.complete(city, project) == "Completed"
	town.officer.act(CHANGE, change, "Withdraw")
	report = frappe.db.get_value(REPORT, {"project": project})
	assert cycle_steps.fill_report(city, report, share=0.1) == "Submitted"
	assert town.state(PROJECT, project) == "Reported"
	assert town.officer.act(REPORT, report, "Accept") == "Accepted"
	doc = frappe.get_doc(REPORT, report)
	assert doc.settled_amount + doc.unused_amount == doc.granted_amount == 400000
	assert doc.refund_amount == 300000 - doc.settled_amount > 0
	assert frappe.db.get_value(EXPENSE, spent, "report") == report
	check_pages(town, project)
	name = city.call(EVALUATIONS + "open_round", project=project, fiscal_year=doc.fiscal_year)
	close_one_sided(town, name)


def test_organisation_leaves_with_an_unfinished_report(town):
	evaluation, _city, _organisation = town.evaluation()
	project = frappe.db.get_value(ROUND, evaluation, "project")
	report = frappe.db.get_value(REPORT, {"project": project, "report_kind": "Final"})
	town.representative.update(REPORT, report, {"summary": "途中まで書いた。"})
	organisation_leaves(town)
	check_pages(town, project)
	for client in (town.section_officer, town.officer, town.viewer):
		assert visit(client.user, f"my/reports/{report}")[0] in (200, 403)
	assert cycle_steps.fill_report(town.section_officer, report) == "Submitted"
	town.officer.act(REPORT, report, "Accept")
	close_one_sided(town, evaluation)


def close_one_sided(town, evaluation: str):
	sheet = frappe.db.get_value("Kyodo Evaluation Sheet", {"evaluation_round": evaluation, "side": "City"})
	town.officer.update(ROUND, evaluation, {"one_sided_reason": "団体が解散したため。"})
	refused(town.officer.act, ROUND, evaluation, "Close One-Sided", says="先に市の評価")
	cycle_steps.submit_sheet(town.section_officer, sheet, [3])
	assert town.officer.act(ROUND, evaluation, "Close One-Sided") == "Discussed"
	for client in (town.section_officer, town.representative, town.officer):
		assert visit(client.user, f"my/evaluations/{evaluation}")[0] in (200, 403)


# -- projects called off --------------------------------------------------------------------------------


@pytest.mark.parametrize("agreed", ["nothing", "a draft", "an offer"])
def test_planned_project_is_called_off(town, agreed):
	project = town.project()
	if agreed != "nothing":
		town.section_officer.update(PROJECT, project, {"form": "協働負担事業"})
		agreement = town.section_officer.call(DRAFT, project=project)
		if agreed == "an offer":
			town.section_officer.act(AGREEMENT, agreement, "Offer")
	refused(town.officer.act, PROJECT, project, "Call Off")
	call_off(town, project)
	check_pages(town, project)
	for name in frappe.get_all(AGREEMENT, {"project": project}, pluck="name", order_by="name"):
		assert town.state(AGREEMENT, name) == "Withdrawn"
		refused(town.section_officer.act, AGREEMENT, name, "Offer")
	assert not frappe.db.exists(REPORT, {"project": project})
	if agreed == "nothing":
		refused(town.section_officer.call, DRAFT, project=project, exc=ProjectNotActive, says="中止")
	refused(note, town.representative, project)
	refused(town.section_officer.call, EVALUATIONS + "open_round", project=project, fiscal_year=fiscal_year(getdate(nowdate())))


def test_running_project_is_called_off_after_payment(town):
	project = town.running()
	pay(town, project, 100000)
	call_off(town, project)
	report = frappe.db.get_value(REPORT, {"project": project})
	assert cycle_steps.fill_report(town.section_officer, report, share=0.1) == "Submitted"
	assert town.officer.act(REPORT, report, "Accept") == "Accepted"
	assert town.state(PROJECT, project) == "Cancelled"
	owed = frappe.db.get_value(REPORT, report, "refund_amount")
	assert owed == 40000
	assert "40,000" in visit(town.representative.user, f"my/reports/{report}")[1]
	rows = [cycle_steps._client_row(row.as_dict()) for row in frappe.get_doc(PROJECT, project).payments]
	for row in rows:
		row["paid_on"] = nowdate()
	back = {"kind": "Refund", "amount": owed, "paid_on": nowdate()}
	town.officer.update(PROJECT, project, {"payments": [*rows, back]})
	assert len(frappe.get_doc(PROJECT, project).payments) == 2
	check_pages(town, project)


def test_running_project_is_called_off_before_payment(town):
	project = town.running()
	call_off(town, project)
	assert not frappe.db.exists(REPORT, {"project": project})
	assert town.state(AGREEMENT, frappe.db.get_value(AGREEMENT, {"project": project})) == "Terminated"
	check_pages(town, project)


# -- existing services ---------------------------------------------------------


@pytest.mark.parametrize("alone", [True, False])
def test_existing_service_runs_with_and_without_organisation(town, alone):
	project = service(town, organisation=None if alone else town.organisation)
	city, year = town.section_officer, fiscal_year(getdate(nowdate()))
	assert city.act(PROJECT, project, "Begin") == "Running"
	check_pages(town, project)
	pay(town, project, 50000)
	note(city, project)
	voucher(city, project, addressee=town.section)
	voucher(city, project, addressee=town.section)
	change = city.call(CHANGES + "begin", project=project, reason="苗の種類を変える")
	city.update(CHANGE, change, {"plan": "苗の種類を変える。"})
	cycle_steps.complete(city, project)
	town.officer.act(CHANGE, change, "Withdraw")
	report = frappe.db.get_value(REPORT, {"project": project})
	assert cycle_steps.fill_report(city, report) == "Submitted"
	assert town.officer.act(REPORT, report, "Accept") == "Accepted"
	check_pages(town, project)
	assert visit(city.user, f"my/reports/{report}")[0] == 200
	if alone:
		refused(city.call, EVALUATIONS + "open_round", project=project, fiscal_year=year, says="団体")
	else:
		assert city.call(EVALUATIONS + "open_round", project=project, fiscal_year=year)


# -- programmes without rules ---------------------------------------------------------------------


def test_project_runs_in_a_programme_without_rules(town):
	programme, year = programme_without_rules(town), fiscal_year(getdate(nowdate()))
	city = town.section_officer
	project = service(town, programme=programme, organisation=town.organisation, indicators=[])
	agreement = city.call(DRAFT, project=project)
	refused(city.act, AGREEMENT, agreement, "Offer", exc=AgreementIncomplete, says="条項")
	assert visit(city.user, f"my/agreements/{agreement}")[0] == 200
	city.act(PROJECT, project, "Begin")
	pay(town, project, 50000)
	reports.open_due()
	cycle_steps.complete(city, project)
	report = frappe.get_doc(REPORT, {"project": project})
	assert report.due_date is None
	assert visit(town.representative.user, f"my/reports/{report.name}")[0] == 200
	cycle_steps.fill_report(town.representative, report.name)
	assert town.officer.act(REPORT, report.name, "Accept") == "Accepted"
	refused(city.call, EVALUATIONS + "open_round", project=project, fiscal_year=year, says="評価項目")
	assert not frappe.db.exists(ROUND, {"project": project})
	check_pages(town, project)


# -- several fiscal years ---------------------------------------------------------------------------------------


def test_project_of_two_fiscal_years_is_settled_by_year(town):
	project, year = town.running(), fiscal_year(getdate(nowdate()))
	first, last = fiscal_year_range(year - 1)
	frappe.db.set_value(PROJECT, project, {"from_date": first, "decided_on": first, "fiscal_year": year - 1})
	frappe.db.set_value("Kyodo Programme", town.programme, "yearly_report", 1)
	town.rules_changed()
	pay(town, project, 300000)
	for given in ({"paid_on": add_days(last, -5), "amount": 60000}, {"amount": 70000}):
		town.officer.call(EXPENSES + "accept", expense=voucher(town.representative, project, **given))
	own = [name for name in reports.open_due(nowdate()) if frappe.db.get_value(REPORT, name, "project") == project]
	yearly = next(name for name in own if frappe.db.get_value(REPORT, name, "report_kind") == "Annual")
	assert frappe.db.get_value(REPORT, yearly, "fiscal_year") == year - 1
	rounds = [
		town.section_officer.call(EVALUATIONS + "open_round", project=project, fiscal_year=which, phase="Annual")
		for which in (year - 1, year)
	]
	assert len(set(rounds)) == 2
	refused(town.section_officer.call, EVALUATIONS + "open_round", project=project, fiscal_year=year - 2, phase="Annual", says="実施")
	submit_report(town, yearly)
	town.officer.act(REPORT, yearly, "Accept")
	settled = frappe.db.get_value(REPORT, yearly, "settled_amount")
	assert settled == 60000
	cycle_steps.complete(town.section_officer, project)
	final = frappe.db.get_value(REPORT, {"project": project, "report_kind": "Final"})
	submit_report(town, final)
	town.officer.act(REPORT, final, "Accept")
	doc = frappe.get_doc(REPORT, final)
	assert (doc.granted_amount, doc.paid_amount) == (340000, 240000)
	assert (doc.settled_amount, doc.refund_amount) == (70000, 170000)


def submit_report(town, report: str):
	rows = [cycle_steps._client_row(row.as_dict()) for row in frappe.get_doc(REPORT, report).indicators]
	for row in rows:
		row["actual"] = 10
	town.representative.update(REPORT, report, {"summary": "実施した。", "indicators": rows})
	assert town.representative.act(REPORT, report, "Submit") == "Submitted"


# -- receipts and photos -----------------------------------------------------------------------------


def test_vouchers_and_photos_are_readable_by_the_partners_only(town):
	project = town.running()
	spent, talked = voucher(town.representative, project), note(town.representative, project)
	with town.representative:
		receipt = attach(frappe.get_doc(EXPENSE, spent), filename="領収書.pdf", content=PDF, fieldname="receipt")
		doc = frappe.get_doc(NOTE, talked)
		doc.append("photos", {"document": "会場"})
		doc.save()
		photo = attach(doc, filename="会場.pdf", content=pdf("2"), fieldname="file", table="photos", row=doc.photos[0].name)
	for file in (receipt, photo):
		assert file.is_private and file.file_url.startswith("/private/files/")
		for client in (town.representative, town.section_officer, town.officer):
			with client:
				assert frappe.get_doc("File", file.name).is_downloadable(), client.user
		for client in (town.outsider, town.other_section_officer, town.members["npo1"], town.support, town.guest):
			with client:
				with pytest.raises(Forbidden):
					download_private_file(file.file_url)


def test_file_of_another_record_is_refused_as_voucher(town):
	project = town.running()
	theirs = {"attached_to_doctype": ORGANISATION, "attached_to_name": town.other_organisation, "is_private": 1}
	other = town.outsider.insert({"doctype": "File", "file_name": "名簿.pdf", "content": PDF, **theirs})["file_url"]
	refused(voucher, town.representative, project, receipt=other)
	refused(town.representative.update, EXPENSE, voucher(town.representative, project), {"receipt": other})
	with town.representative:
		with pytest.raises(Forbidden):
			download_private_file(other)


# -- fields that stay fixed ------------------------------------------------------------------------


def test_reason_for_returning_a_change_cannot_be_edited(town):
	project = town.running()
	change = town.representative.call(CHANGES + "begin", project=project, reason="回数を増やす")
	town.representative.update(CHANGE, change, {"plan": "回数を増やす。"})
	town.representative.act(CHANGE, change, "Propose Change")
	town.section_officer.update(CHANGE, change, {"return_reason": "費用の説明が必要です。"})
	town.section_officer.act(CHANGE, change, "Return")
	refused(town.representative.update, CHANGE, change, {"return_reason": "よい案です。"})
	town.representative.act(CHANGE, change, "Withdraw")
	for client in (town.representative, town.section_officer, town.officer):
		refused(client.update, CHANGE, change, {"return_reason": "書き換え"})


def test_public_summary_of_an_evaluation_is_written_by_the_office(town):
	evaluation, city, organisation = town.evaluation()
	words = {"public_summary": "成功", "plain_summary": "うまくいきました"}
	refused(town.section_officer.update, ROUND, evaluation, words)
	cycle_steps.submit_sheet(town.section_officer, city, [3])
	cycle_steps.submit_sheet(town.representative, organisation, [4])
	for client in (town.section_officer, town.representative):
		refused(client.update, ROUND, evaluation, words)
	town.officer.update(ROUND, evaluation, words)
	assert frappe.db.get_value(ROUND, evaluation, "public_summary") == "成功"
