"""Attempts to bypass each workflow over REST, by each user who might try."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import Refused
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.spec import specs


@pytest.fixture(scope="module")
def records(rest_town):
	"""Return {DocType with a workflow: a record that is not in its last state}."""
	town = rest_town
	project = town.running()
	change = town.representative.call("kyodo_frappe.partnership.plan_changes.begin", project=project, reason="食材費が上がったため")
	account = {
		"bank_name": "銀行",
		"bank_branch": "支店",
		"account_type": "Ordinary Account",
		"account_number": "1",
		"account_holder": "カイ",
	}
	ask = "kyodo_frappe.partnership.payment_requests.ask"
	request = town.representative.call(ask, project=project, kind="Advance", amount=1000, **account)
	cycle_steps.complete(town.section_officer, project)
	evaluation = town.section_officer.call(
		"kyodo_frappe.evaluation.rounds.open_round",
		project=project,
		fiscal_year=frappe.db.get_value("Kyodo Project", project, "fiscal_year"),
	)
	found = {
		"Kyodo Proposal": town.submitted(),
		"Kyodo Organisation": town.organisation,
		"Kyodo Meeting": town.meeting(convened=False),
		"Kyodo Agreement": frappe.db.get_value("Kyodo Agreement", {"project": project}),
		"Kyodo Project": project,
		"Kyodo Report": frappe.db.get_value("Kyodo Report", {"project": project}),
		"Kyodo Evaluation Round": evaluation,
		"Kyodo Change Notice": _change_notice(town),
		"Kyodo Letter": _draft_of_letter(town),
		"Kyodo Payment Request": request,
		"Kyodo Plan Change": change,
		"Kyodo Service Screening": _screening(town),
	}
	assert set(found) == set(specs())
	frappe.db.commit()
	return found


def _screening(town) -> str:
	values = {"doctype": "Kyodo Service Screening", "programme": town.programme, "fiscal_year": 2026}
	return town.section_officer.insert({**values, "section": town.section, "service_name": "出前講座"})["name"]


def _draft_of_letter(town) -> str:
	proposal = town.submitted()
	cycle_steps.receive(town.officer, proposal)
	issued = frappe.get_doc("Kyodo Letter", {"proposal": proposal})
	letter = frappe.copy_doc(issued)
	kept = {field: issued.get(field) for field in ("programme", "letter_type", "proposal", "organisation")}
	letter.update({**kept, "workflow_state": None, "issuing": "By Hand", "letter_number": None, "number_key": None})
	with by_service(letter):  # letters are made by the acts that they are about
		return letter.insert().name


def _change_notice(town) -> str:
	values = {"doctype": "Kyodo Change Notice", "organisation": town.organisation, "reason": "移転のため"}
	return town.representative.insert(values)["name"]


def refused(act, *args) -> Refused:
	with pytest.raises(Refused) as caught:
		act(*args)
	assert 400 <= caught.value.status < 500, caught.value
	return caught.value


ROLES = {"officer": "Kyodo Officer", "section_officer": "Kyodo Section Officer", "representative": "Kyodo Organisation Member"}


def _who_may(doctype: str, state: str, next_state: str) -> set[str]:
	steps = specs()[doctype]["transitions"]
	return {role for step in steps if state in step["from"] and step["to"] == next_state for role in step["roles"]}


def test_workflows_are_enforced_over_rest(rest_town, records):
	town = rest_town
	clients = {key: town.over_rest(getattr(town, key)) for key in ("officer", "section_officer", "representative", "outsider")}
	for doctype, name in records.items():
		before = frappe.db.get_value(doctype, name, ["workflow_state", "modified"])
		for state in (row["state"] for row in specs()[doctype]["states"]):
			if state == before[0]:
				continue
			for key, client in clients.items():
				if ROLES.get(key) in _who_may(doctype, before[0], state):
					continue  # along a transition of theirs it is as good as the button (test_guard.py)
				refusal = refused(client.update, doctype, name, {"workflow_state": state})
				assert refusal.sentences, (doctype, state, key)
		# another organisation neither reads, nor writes, nor deletes, nor moves it
		outsider = clients["outsider"]
		refused(outsider.read, doctype, name)
		refused(outsider.update, doctype, name, {"owner": town.outsider.user})
		refused(outsider.delete, doctype, name)
		assert name not in {row["name"] for row in _listed(outsider, doctype)}
		for action in {row["action"] for row in specs()[doctype]["transitions"]}:
			refused(outsider.act, doctype, name, action)
		frappe.db.rollback()
		assert frappe.db.get_value(doctype, name, ["workflow_state", "modified"]) == before, doctype


def test_errors_are_in_japanese(rest_town, records):
	officer = rest_town.over_rest(rest_town.officer)
	refusal = refused(officer.update, "Kyodo Proposal", records["Kyodo Proposal"], {"workflow_state": "Adopted"})
	assert any("状態" in sentence for sentence in refusal.sentences), refusal.sentences
	refusal = refused(officer.update, "Kyodo Proposal", records["Kyodo Proposal"], {"purpose": "書き換え"})
	assert any("提案の目的" in s or "目的" in s for s in refusal.sentences), refusal.sentences


def test_decision_without_meeting_and_meeting_without_decisions_are_refused(rest_town):
	town = rest_town
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	frappe.db.commit()
	officer = town.over_rest(town.officer)
	item = officer.read("Kyodo Meeting", meeting)["agenda"][0]["name"]
	decision = {"doctype": "Kyodo Decision", "proposal": proposal, "result": "Passed to Step 2"}
	refused(officer.insert, decision)
	refused(officer.insert, {**decision, "meeting": meeting, "agenda_item": "made up"})
	refused(officer.insert, {**decision, "meeting": meeting, "agenda_item": item, "docstatus": 1})
	refused(officer.act, "Kyodo Proposal", proposal, "Pass to Step 2")
	cycle_steps.open_session(officer, meeting)
	refused(cycle_steps.close, officer, meeting)
	frappe.db.rollback()
	assert town.state("Kyodo Proposal", proposal) == "Step 1"


def _listed(client, doctype):
	try:
		return client.list(doctype)
	except Refused:
		return []


def test_former_address_of_a_function_still_works(rest_town):
	town = rest_town
	draft = town.draft(purpose="見守り")
	client = town.over_rest(town.representative)
	frappe.db.commit()
	old, new = (f"/api/method/kyodo_frappe.{place}.session_token" for place in ("portal.session_actions", "web.session_actions"))
	assert client._send("GET", old)["message"]["user"] == client._send("GET", new)["message"]["user"] == client.user
	client = town.over_rest(town.representative)  # a session that has no token yet
	refused = client._request("POST", "/api/method/kyodo_frappe.services.proposals.propose_again", {"proposal": draft}, None)
	assert refused.status_code == 417, refused.data
	wrong = client._request("POST", "/api/method/kyodo_frappe.services.proposals.propose_again", {"proposal": ["x"]}, None)
	assert wrong.status_code == 417, wrong.data  # its arguments are looked at as under the new address
	stranger = town.over_rest(town.outsider)
	assert (
		stranger._request("POST", "/api/method/kyodo_frappe.services.proposals.propose_again", {"proposal": draft}, None).status_code == 403
	)
