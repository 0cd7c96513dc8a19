"""Attacks on the partnership (issue 5): forged fields, foreign records, malformed requests, concurrent acts."""

import contextlib
import datetime
import json
import re

import frappe
import pytest
from frappe.utils import nowdate

from kyodo_frappe.common.errors import InvalidNumber
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.partnership.errors import InvalidExpense, InvalidParties, MemberOfOrganisation
from kyodo_frappe.rules.era import fiscal_year

from ..workflows.test_at_once import at_once

REFUSED = (frappe.PermissionError, frappe.ValidationError)
PROJECT, AGREEMENT, POINT = "Kyodo Project", "Kyodo Agreement", "Kyodo Open Point"
NOTE, EXPENSE, CHANGE = "Kyodo Progress Note", "Kyodo Expense", "Kyodo Plan Change"
REPORT, ROUND, SHEET = "Kyodo Report", "Kyodo Evaluation Round", "Kyodo Evaluation Sheet"
FORM = "協働負担事業"
THIS_YEAR = fiscal_year(datetime.date.today())
STAMP = "2026-04-01 10:00:00"


def refused(act, *args, exc: type[Exception] | tuple[type[Exception], ...] = REFUSED, **more):
	with pytest.raises(exc):
		act(*args, **more)
	frappe.clear_messages()


def own_officer(town):
	"""An officer who is also a member of the organisation."""
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	doc.append("members", {"user": town.other_officer.user, "member_role": "Viewer"})
	doc.save()
	return town.other_officer


def project(town, state: str | None = None, client=None, **more) -> str:
	"""A project, set directly to a state if one is given."""
	name = (client or town.officer).insert(
		{
			"doctype": PROJECT,
			"project_name": f"{town.tag} 試しの事業",
			"programme": town.programme,
			"origin": "City Plan",
			"fiscal_year": THIS_YEAR,
			"section": town.section,
			"organisation": town.organisation,
			"form": FORM,
			"from_date": f"{THIS_YEAR}-04-01",
			"to_date": f"{THIS_YEAR + 1}-03-31",
			"granted_amount": 300000,
			"roles": [{"side": side, "role": "話し合って進める"} for side in ("City", "Organisation")],
			"schedule": [{"period": "9月", "activity": "催し", "side": "Both"}],
			"indicators": [{"indicator": "参加者", "unit": "人", "baseline": 0, "target": 100, "measurement": "受付で数える"}],
			"people": [{"side": "Organisation", "person_name": "秘めた氏名", "contact": "090-0000-0000"}],
			"income": [{"category": "City", "amount": 300000}],
			"expenses": [{"category": "Travel", "description": "交通費", "amount": 300000}],
			**more,
		}
	)["name"]
	if state:
		frappe.db.set_value(PROJECT, name, "workflow_state", state)
	return name


@pytest.fixture
def planned(town):
	return project(town)


def drafted(town, project: str) -> str:
	return town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)


def parties(town, **changed) -> list[dict]:
	rows = {
		"City": {"side": "City", "section": town.section, "party_name": "市"},
		"Organisation": {"side": "Organisation", "organisation": town.organisation, "party_name": "会"},
	}
	return [{**row, **changed.get(side, {})} for side, row in rows.items() if changed.get(side) is not False]


# -- agreements -------------------------------------------------------------------------


def test_offer_with_other_parties_than_those_of_the_project_is_refused(town, planned):
	agreement = drafted(town, planned)
	for who, changed in (
		("representative", {"City": {"party_name": "会"}}),  # a confirmation refers to a party by name
		("representative", {"City": {"section": town.other_section}}),
		("section_officer", {"Organisation": {"organisation": town.other_organisation}}),
		("section_officer", {"Organisation": {"organisation": None}}),
		("section_officer", {"Organisation": False}),
	):
		client = getattr(town, who)
		client.update(AGREEMENT, agreement, {"parties": parties(town, **changed)})
		refused(client.act, AGREEMENT, agreement, "Offer", exc=InvalidParties)


def test_forged_fields_of_an_agreement_are_not_stored(town, planned):
	agreement = drafted(town, planned)
	doc = frappe.get_doc(AGREEMENT, agreement)
	row = {"party": doc.parties[0].party_name, "side": "City", "user": town.section_officer.user, "content_hash": doc.content_hash}
	forged = {
		"confirmations": [{**row, "confirmed_on": STAMP, "position": "課長", "signatory_name": "だれか"}],
		"all_confirmed": 1, "content_hash": "0" * 64, "offered_on": STAMP, "concluded_on": STAMP,
		"pdf": "/private/files/x.pdf", "replaces": agreement, "replaced_by": agreement, "amended_from": agreement,
		"programme": "x", "section": town.other_section, "organisation": town.other_organisation,
	}  # fmt: skip
	for client in (town.representative, town.section_officer):
		with contextlib.suppress(REFUSED):
			client.update(AGREEMENT, agreement, forged)
		after = frappe.get_doc(AGREEMENT, agreement)
		assert {key: after.get(key) for key in forged} == {key: doc.get(key) for key in forged}, client.user
	for client in (town.representative, town.section_officer):
		for state in ("Concluded", "Ended"):  # the sides may offer it, but not set other states
			refused(client.update, AGREEMENT, agreement, {"workflow_state": state})
		refused(client.update, AGREEMENT, agreement, {"docstatus": 1})
		refused(client.act, AGREEMENT, agreement, "Conclude")
	refused(town.other_section_officer.update, AGREEMENT, agreement, {"form": "x"})
	refused(town.viewer.update, AGREEMENT, agreement, {"form": "x"})


def test_second_agreement_or_change_of_project_is_refused(town, planned):
	other = project(town)
	agreement = drafted(town, planned)
	for client in (town.representative, town.section_officer, town.officer):
		refused(client.update, AGREEMENT, agreement, {"project": other})
	new = {"doctype": AGREEMENT, "agreement_kind": "Agreement", "project": planned, "form": FORM}
	for client in (town.section_officer, town.officer):
		refused(client.insert, new)
		refused(client.insert, {**new, "project": other, "amended_from": agreement})
	refused(town.representative.insert, {**new, "project": other})
	refused(town.other_section_officer.insert, {**new, "project": other})


def test_agreement_for_a_completed_project_is_refused(town, planned):
	cycle_steps.agree(town.section_officer, town.representative, planned, FORM)
	cycle_steps.run(town.section_officer, planned)
	first = frappe.db.get_value(AGREEMENT, {"project": planned})
	amendments = {}
	for state in ("Drafting", "Offered"):
		amendments[state] = town.representative.call(
			"kyodo_frappe.partnership.agreement_terms.begin_amendment", agreement=first, reason="延長"
		)
		if state == "Offered":
			town.representative.act(AGREEMENT, amendments[state], "Offer")
	agreement = amendments["Offered"]
	read = frappe.db.get_value(AGREEMENT, agreement, "content_hash")
	cycle_steps.complete(town.section_officer, planned)
	refused(
		town.representative.call, "kyodo_frappe.partnership.agreements.confirm", agreement=agreement, content_hash=read, position="代表"
	)
	town.representative.act(AGREEMENT, agreement, "Reopen")
	refused(town.representative.act, AGREEMENT, agreement, "Offer")


# -- running projects -------------------------------------------------------------------------------


def test_forged_fields_of_running_records_are_not_stored(town):
	name, other = project(town, "Running"), project(town, "Running", organisation=town.other_organisation)
	line = frappe.get_doc(PROJECT, other).expenses[0].name
	report = frappe.get_doc({"doctype": REPORT, "project": name, "fiscal_year": THIS_YEAR}).insert().name
	user = town.representative.user
	note = {"doctype": NOTE, "project": name, "kind": "Talk", "note_date": nowdate(), "note": "話した", "subject": "打合せ"}
	paid = {"doctype": EXPENSE, "project": name, "paid_on": nowdate(), "amount": 100, "category": "Travel", "description": "切符"}
	change = {"doctype": CHANGE, "project": name, "reason": "増やす", "granted_amount": 350000}
	kinds = (
		(note, {"side": "City", "acknowledged_on": STAMP, "acknowledged_by": user, "settled_on": STAMP, "answer": "了解"}),
		(
			paid,
			{
				"side": "City",
				"report": report,
				"refused": "だめ",
				"checked_by": user,
				"checked_on": STAMP,
				"finding": "x",
				"fiscal_year": 2000,
			},
		),
		(change, {"side": "City", "needs_approval": 0, "plan_digest": "0", "changes": "なし", "agreed_by": user, "approved_on": STAMP}),
	)
	for values, forged in kinds:
		record = town.representative.insert({**values, **forged})["name"]
		town.representative.update(values["doctype"], record, forged)
		stored = frappe.get_doc(values["doctype"], record)
		assert stored.side == "Organisation"
		assert not [key for key, value in forged.items() if str(stored.get(key)) == str(value)], values["doctype"]
		refused(town.representative.update, values["doctype"], record, {"project": other})
		refused(town.outsider.update, values["doctype"], record, {"project": other})
		for client in (town.outsider, town.viewer, town.support, town.members["npo1"], town.other_section_officer):
			refused(client.insert, values)
			refused(client.update, values["doctype"], record, {"description": "横から", "note": "横から", "reason": "横から"})
		refused(town.section_officer.update, values["doctype"], record, {"description": "横から", "note": "横から", "reason": "横から"})
	refused(town.representative.insert, {**paid, "budget_line": line}, exc=InvalidExpense)
	refused(town.representative.insert, {**change, "workflow_state": "Approved"})
	refused(town.representative.insert, {**paid, "amount": -5}, exc=frappe.NonNegativeError)
	refused(town.representative.insert, {**paid, "amount": 0.5}, exc=InvalidNumber)
	for state in ("Both Agree", "Approved"):
		refused(town.representative.update, CHANGE, frappe.get_last_doc(CHANGE).name, {"workflow_state": state})


def test_points_cannot_be_written_directly(town, planned):
	call = {"project": planned, "about": "Money", "subject": "分担", "suggestion": "半分ずつ"}
	point = town.representative.call("kyodo_frappe.partnership.negotiation.raise_point", **call)
	new = {"doctype": POINT, "project": planned, "subject": "x", "side": "City", "state": "Settled"}
	for client in (town.representative, town.section_officer, town.officer, town.manager):
		refused(client.insert, new)
		refused(client.update, POINT, point, {"state": "Settled", "settlement": "合意した"})
	for client in (town.support, town.members["npo1"], town.outsider, town.other_section_officer, town.guest):
		refused(client.read, POINT, point)
		refused(client.call, "kyodo_frappe.partnership.negotiation.raise_point", **call)
		refused(client.call, "kyodo_frappe.partnership.negotiation.reply", point=point, said="横から")
		refused(client.call, "kyodo_frappe.partnership.negotiation.changes_of", project=planned)
	refused(town.viewer.call, "kyodo_frappe.partnership.negotiation.reply", point=point, said="横から")
	for values in ({"about": "なんでも"}, {"subject": "あ" * 141}, {"subject": "<b>x</b>"}, {"suggestion": "あ" * 30000}):
		refused(town.representative.call, "kyodo_frappe.partnership.negotiation.raise_point", **{**call, **values})


def test_settlement_of_a_report_cannot_be_forged(town):
	name, other = project(town, "Running"), project(town, "Running")
	frappe.db.set_value(PROJECT, name, {"workflow_state": "Completed", "completed_on": nowdate()})
	report = town.representative.call("kyodo_frappe.partnership.reports.open_report", project=name, kind="Final", fiscal_year=1990)
	doc = frappe.get_doc(REPORT, report)
	assert doc.fiscal_year == THIS_YEAR, "a project ends once, in the year in which it ended"
	forged = {
		"granted_amount": 9,
		"settled_amount": 300000,
		"refund_amount": 9,
		"report_kind": "Mid-term",
		"accepted_by": town.officer.user,
	}
	row = {"category": "交通費", "actual": 100, "recognised": 999, "budget": 999, "budget_line": "x"}
	for client in (town.representative, town.section_officer):
		client.update(REPORT, report, {**forged, "settlement": [row]})
		after = frappe.get_doc(REPORT, report)
		assert not [key for key, value in forged.items() if after.get(key) == value]
		assert not [line for line in after.settlement if line.recognised == 999 or line.budget == 999]
		refused(client.update, REPORT, report, {"project": other})
		refused(client.act, REPORT, report, "Accept")
		refused(client.call, "kyodo_frappe.partnership.reports.refuse_line", report=report, line=doc.settlement[0].name, reason="x")
	for client in (town.officer, town.outsider, town.viewer, town.support, town.other_section_officer):
		refused(client.update, REPORT, report, {"summary": "横から"})


def test_office_fields_are_refused_to_others_and_to_members(town):
	name = project(town, "Running")
	payment = {"payments": [{"kind": "Advance", "amount": 1000, "paid_on": nowdate()}]}
	honours = ({"is_model_project": 1, "model_reason": "よい"}, {"published": 1}, payment, {"granted_amount": 999})
	for values in honours:
		for client in (town.section_officer, town.representative, town.support, town.members["npo1"], town.other_section_officer):
			refused(client.update, PROJECT, name, values)
	own = own_officer(town)
	for values in honours[:3]:
		refused(own.update, PROJECT, name, values, exc=MemberOfOrganisation)
	town.officer.update(PROJECT, name, payment)
	frappe.db.set_value(PROJECT, name, "cancel_reason", "中止")
	refused(own.act, PROJECT, name, "Call Off", exc=MemberOfOrganisation)


def test_evaluation_cannot_be_forged(town):
	name = project(town, "Completed", completed_on=nowdate())
	evaluation = town.section_officer.call("kyodo_frappe.evaluation.rounds.open_round", project=name, fiscal_year=THIS_YEAR)
	sheets = dict(frappe.get_all(SHEET, {"evaluation_round": evaluation}, ["side", "name"], as_list=True))
	clients = {"City": town.section_officer, "Organisation": town.representative}
	for side, client in clients.items():
		client.update(SHEET, sheets[side], {"released": 1, "submitted_on": STAMP, "submitted_by": client.user})
		after = frappe.get_doc(SHEET, sheets[side])
		assert not (after.released or after.submitted_on or after.submitted_by)
		refused(client.update, SHEET, sheets[side], {"side": "City" if side == "Organisation" else "Organisation"})
		refused(client.update, SHEET, sheets["City" if side == "Organisation" else "Organisation"], {"comment": "横から"})
		refused(client.insert, {"doctype": SHEET, "evaluation_round": evaluation, "side": side})
		refused(client.insert, {"doctype": ROUND, "project": name, "fiscal_year": THIS_YEAR, "phase": "Annual"})
		for values in (
			{"outcome": "Expand"},
			{"committee_view": "すばらしい"},
			{"propose_model": 1},
			{"dialogue": "話した"},
			{"items": []},
		):
			refused(client.update, ROUND, evaluation, values)
		refused(client.act, ROUND, evaluation, "Bring Together")
	own = own_officer(town)
	frappe.db.set_value(ROUND, evaluation, {"workflow_state": "Open", "one_sided_reason": "解散した"})
	refused(own.act, ROUND, evaluation, "Close One-Sided", exc=MemberOfOrganisation)
	frappe.db.set_value(ROUND, evaluation, "workflow_state", "Discussed")
	for client in (own, *clients.values()):
		for values in ({"outcome": "Expand"}, {"committee_view": "すばらしい"}):
			refused(client.update, ROUND, evaluation, values)
	town.officer.update(ROUND, evaluation, {"outcome": "Expand", "committee_view": "すばらしい"})


# -- over HTTP -------------------------------------------------------------------------------

GARBAGE = ("", "5", "null", "{", '{"a": [1]}', '{"P1": {"mark": "' + "9" * 5000 + '"}}', "あ" * 70000, "\x00", "1e400")
# {method: arguments}; {project} … are filled in, {x} takes each piece of garbage
CALLS = {
	"partnership.agreement_drafts.draft_for": {"project": "{project}", "kind": "{x}"},
	"partnership.agreements.confirm": {"agreement": "{agreement}", "content_hash": "{x}", "position": "{x}"},
	"partnership.agreement_drafts.take_plan": {"agreement": "{agreement}"},
	"partnership.agreement_terms.begin_amendment": {"agreement": "{agreement}", "reason": "{x}"},
	"partnership.negotiation.raise_point": {"project": "{project}", "about": "{x}", "subject": "{x}", "suggestion": "{x}"},
	"partnership.negotiation.reply": {"point": "{point}", "said": "{x}"},
	"partnership.negotiation.settle": {"point": "{point}", "settlement": "{x}"},
	"partnership.negotiation.withdraw": {"point": "{point}"},
	"partnership.notes.acknowledge": {"note": "{note}", "answer": "{x}"},
	"partnership.notes.settle_issue": {"note": "{note}", "answer": "{x}"},
	"partnership.expenses.refuse": {"expense": "{expense}", "reason": "{x}"},
	"partnership.expenses.accept": {"expense": "{expense}"},
	"partnership.plan_changes.begin": {"project": "{project}", "reason": "{x}"},
	"partnership.reports.open_report": {"project": "{project}", "kind": "Mid-term", "fiscal_year": "{number}"},
	"partnership.reports.refuse_line": {"report": "{report}", "line": "{x}", "reason": "{x}"},
	"evaluation.rounds.open_round": {"project": "{project}", "fiscal_year": "{number}", "phase": "Mid-term"},
	"evaluation.rounds.ask_for_round": {"project": "{project}", "fiscal_year": "{number}", "phase": "Annual"},
	"evaluation.rounds.submit_sheet": {"sheet": "{sheet}", "marks": "{x}", "comment": "{x}"},
	"evaluation.dialogue.note_talk": {"evaluation": "{round}", "item_code": "{x}", "talk": "{x}"},
	"evaluation.dialogue.write_record": {"evaluation": "{round}", "dialogue": "{x}", "talked_on": "{x}"},
	"evaluation.dialogue.agree_to_record": {"evaluation": "{round}", "seen": "{x}"},
	"partnership.clause_library.take_form": {"programme": "{programme}", "code": "{x}"},
}
READS = {
	"partnership.agreement_check.before_offering": {"agreement": "{agreement}"},
	"partnership.agreement_paper.download": {"agreement": "{agreement}"},
	"partnership.negotiation.changes_of": {"project": "{project}", "limit": "{number}"},
	"evaluation.dialogue.differences": {"evaluation": "{round}"},
	"evaluation.over_years.comparison": {"project": "{project}"},
	"partnership.clause_library.forms": {},
}
NO_ROUNDS = '{"message":{"rounds":[],"rows":[]}}'
NUMBERS = ("-1", "0", "99999999", "9" * 30, "x", "", "1e400")


def ask(client, method: str, given: dict, verb: str = "POST"):
	body, query = (None, given) if verb == "GET" else (given, None)
	answer = client._request(verb, f"/api/method/kyodo_frappe.{method}", body, query)
	# v16 numbers each message
	return answer.status_code, re.sub(r"(__frappe_exc_id\W+)\w+", r"\1", answer.get_data(as_text=True))


def filled(arguments: dict, **values: str) -> dict:
	return {key: values.get(value.strip("{}"), value) for key, value in arguments.items()}


@pytest.fixture
def records(rest_town):
	"""(town, {kind: name}) with one record of each kind."""
	return rest_town, _records(rest_town)


@pytest.fixture
def committed_records(real_town):
	"""`records`, for acts at the same moment."""
	return real_town, _records(real_town)


def _records(town) -> dict[str, str]:
	name, agreed = project(town, "Running"), project(town)
	rep, city = town.representative, town.section_officer
	agreement = drafted(town, agreed)
	city.act(AGREEMENT, agreement, "Offer")
	point = rep.call(
		"kyodo_frappe.partnership.negotiation.raise_point", project=name, about="Money", subject="秘めた協議", suggestion="秘めた案"
	)
	note = rep.insert({"doctype": NOTE, "project": name, "kind": "Issue", "note_date": nowdate(), "note": "秘めた経過"})["name"]
	expense = rep.insert(
		{"doctype": EXPENSE, "project": name, "paid_on": nowdate(), "amount": 500, "category": "Travel", "description": "秘めた切符"}
	)["name"]
	change = rep.call("kyodo_frappe.partnership.plan_changes.begin", project=name, reason="秘めた理由")
	report = rep.call("kyodo_frappe.partnership.reports.open_report", project=name, kind="Mid-term", fiscal_year=THIS_YEAR)
	evaluation = city.call("kyodo_frappe.evaluation.rounds.open_round", project=name, fiscal_year=THIS_YEAR, phase="Annual")
	sheet = frappe.db.get_value(SHEET, {"evaluation_round": evaluation, "side": "Organisation"})
	frappe.db.commit()
	return {
		"project": name, "agreement": agreement, "point": point, "note": note, "expense": expense, "change": change,
		"report": report, "round": evaluation, "sheet": sheet, "programme": town.programme,
	}  # fmt: skip


def test_forbidden_and_malformed_requests_end_in_a_refusal(records):
	town, names = records
	_check_others_learn_nothing(town, names)
	_check_malformed_requests_are_refused(town, names)


def _check_others_learn_nothing(town, names: dict):
	"""Missing and forbidden records get the same answer, without any content."""
	clients = {
		"guest": town.guest,
		"outsider": town.outsider,
		"support": town.support,
		"member": town.members["npo1"],
		"section": town.other_section_officer,
	}
	nothing = dict.fromkeys(names, "XX-2026-9999")
	more = {"x": "x", "number": str(THIS_YEAR)}
	answers = []
	for who, client in clients.items():
		rest = town.over_rest(client) if who != "guest" else type(town.over_rest(town.outsider))(frappe.local.site)
		for calls, verb in ((CALLS, "POST"), (READS, "GET")):
			for method, arguments in calls.items():
				there = ask(rest, method, filled(arguments, **names, **more), verb)
				absent = ask(rest, method, filled(arguments, **nothing, **more), verb)
				# committee members may know that the project exists
				same = there[1] == absent[1] or (who == "member" and "{project}" in arguments.values())
				if there[0] != absent[0] or not (there[0] == 403 or there[1] == NO_ROUNDS) or not same:
					answers.append((who, method, there[0], absent[0], there[1][-200:], absent[1][-200:]))
	assert not answers, "\n".join(map(str, answers))


def _check_malformed_requests_are_refused(town, names: dict):
	wrong = []
	clients = {who: town.over_rest(getattr(town, who)) for who in ("representative", "section_officer", "officer", "manager")}
	for who, rest in clients.items():
		for calls, verb in ((CALLS, "POST"), (READS, "GET")):
			for method, arguments in calls.items():
				if method.endswith("download"):  # 15.0 prints only where there is a terminal
					continue
				given = set(arguments.values())
				pieces = NUMBERS if "{number}" in given else GARBAGE if "{x}" in given else ("x",)
				if who not in ("representative", "section_officer"):
					pieces = pieces[-4:]
				for piece in pieces:
					status, text = ask(rest, method, filled(arguments, **names, x=piece[:100000], number=piece), verb)
					if status >= 500:
						wrong.append((who, method, piece[:30], status, text[-300:]))
	assert not wrong, "\n".join(map(str, wrong))


# -- reading ----------------------------------------------------------------------------


def test_names_and_negotiation_are_hidden_from_others(records):
	town, names = records
	frappe.db.set_value(PROJECT, names["project"], {"published": 1, "workflow_state": "Running"})
	frappe.db.commit()
	for client in (town.members["npo1"], town.support):
		rest = town.over_rest(client)
		assert "秘めた" not in json.dumps(rest.read(PROJECT, names["project"]), ensure_ascii=False), client.user
		for fields, more in (
			(["name", "people.person_name"], {}),
			(["name"], {"filters": json.dumps([["Kyodo Project Person", "contact", "like", "090%"]])}),
			(["name"], {"order_by": "`tabKyodo Project Person`.contact asc"}),
		):
			try:
				answers = json.dumps(rest.list(PROJECT, fields, **more), ensure_ascii=False)
			except Refused as refusal:
				answers = ""
				assert refusal.status < 500, refusal
			assert "秘めた" not in answers and ("filters" not in more or names["project"] not in answers), (client.user, more)
		for doctype in (POINT, NOTE, EXPENSE, CHANGE, "Kyodo Project Person", "Kyodo Point Reply", "Version"):
			try:
				assert not [row for row in rest.list(doctype, ["*"]) if "秘めた" in json.dumps(row, ensure_ascii=False)], doctype
			except Refused as refusal:
				assert refusal.status == 403, (doctype, refusal)
	guest = type(rest)(frappe.local.site)
	for page in (f"/kyodo/projects/{names['project']}", "/kyodo/projects", "/kyodo/data"):
		assert "秘めた" not in guest.page(page)[1], page
	for key, doctype in (("agreement", AGREEMENT), ("change", CHANGE), ("report", REPORT), ("expense", EXPENSE)):
		for method in ("frappe.utils.print_format.download_pdf",):
			path = f"/api/method/{method}?doctype={doctype}&name={names[key]}"
			for client in (guest, town.over_rest(town.outsider), town.over_rest(town.members["npo1"])):
				assert client.page(path)[0] in (403, 404), (doctype, client.user)


# -- concurrency -----------------------------------------------------------------------------------


def test_concurrent_acts_leave_one_result(committed_records):
	town, names = committed_records
	rep, city = town.over_rest(town.representative), town.over_rest(town.section_officer)
	editor, office, other = town.over_rest(town.editor), town.over_rest(town.officer), town.over_rest(town.other_officer)
	agreement, note = names["agreement"], names["note"]

	answers = at_once(
		*(
			lambda client=client: client.call("kyodo_frappe.partnership.notes.acknowledge", note=note, answer=client.user)
			for client in (city, city)
		)
	)
	frappe.db.rollback()
	assert answers.count("ok") == 1, answers

	read = frappe.db.get_value(AGREEMENT, agreement, "content_hash")
	answers = at_once(
		lambda: city.call("kyodo_frappe.partnership.agreements.confirm", agreement=agreement, content_hash=read, position="課長"),
		lambda: rep.update(AGREEMENT, agreement, {"minutes_text": "書き足した"}),
	)
	frappe.db.rollback()
	doc = frappe.get_doc(AGREEMENT, agreement)
	assert "ok" in answers and not [row for row in doc.confirmations if row.content_hash != doc.content_hash], answers

	if doc.workflow_state == "Drafting":
		rep.act(AGREEMENT, agreement, "Offer")
	frappe.db.rollback()
	read = frappe.db.get_value(AGREEMENT, agreement, "content_hash")
	done = {row.side for row in frappe.get_doc(AGREEMENT, agreement).confirmations}
	if "City" not in done:
		city.call("kyodo_frappe.partnership.agreements.confirm", agreement=agreement, content_hash=read, position="課長")
	planned = doc.project
	frappe.db.set_value(PROJECT, planned, "cancel_reason", "災害")
	frappe.db.commit()
	answers = at_once(
		lambda: rep.call("kyodo_frappe.partnership.agreements.confirm", agreement=agreement, content_hash=read, position="代表"),
		lambda: office.act(PROJECT, planned, "Call Off"),
	)
	frappe.db.rollback()
	states = (town.state(PROJECT, planned), town.state(AGREEMENT, agreement))
	assert states in (("Planning", "Concluded"), ("Cancelled", "Withdrawn"), ("Cancelled", "Terminated")), (states, answers)

	first = names["change"]
	second = city.call("kyodo_frappe.partnership.plan_changes.begin", project=names["project"], reason="市からも")
	for client, name, amount in ((rep, first, 280000), (city, second, 270000)):
		client.update(CHANGE, name, {"granted_amount": amount})
		client.act(CHANGE, name, "Propose Change")
	city.act(CHANGE, first, "Agree to Change")
	rep.act(CHANGE, second, "Agree to Change")
	answers = at_once(lambda: office.act(CHANGE, first, "Approve"), lambda: other.act(CHANGE, second, "Approve"))
	frappe.db.rollback()
	approved = [name for name in (first, second) if town.state(CHANGE, name) == "Approved"]
	assert answers.count("ok") == len(approved) == 1, answers
	assert frappe.db.get_value(PROJECT, names["project"], "granted_amount") == {first: 280000, second: 270000}[approved[0]]

	frappe.db.set_value(PROJECT, names["project"], {"workflow_state": "Completed", "completed_on": nowdate()})
	frappe.db.commit()
	opened = "kyodo_frappe.partnership.reports.open_report"
	answers = at_once(
		*(
			lambda client=client: client.call(opened, project=names["project"], kind="Final", fiscal_year=THIS_YEAR)
			for client in (rep, city, editor)
		)
	)
	frappe.db.rollback()
	assert frappe.db.count(REPORT, {"project": names["project"], "report_kind": "Final"}) == 1, answers
	report = frappe.db.get_value(REPORT, {"project": names["project"], "report_kind": "Final"})
	cycle_steps.fill_report(rep, report)
	answers = at_once(lambda: office.act(REPORT, report, "Accept"), lambda: rep.delete(EXPENSE, names["expense"]))
	frappe.db.rollback()
	accepted, there = town.state(REPORT, report) == "Accepted", bool(frappe.db.exists(EXPENSE, names["expense"]))
	assert "ok" in answers and (accepted or not there), answers
	paid = sum(frappe.get_all(EXPENSE, {"project": names["project"]}, pluck="amount"))
	spent = [row.actual for row in frappe.get_doc(REPORT, report).settlement if row.budget_line]
	assert there == (500 in spent) and paid == (500 if there else 0), (answers, spent)
