"""What an act answers: what was made, and what comes next; and that acts concern what was shown."""

import json
from contextlib import contextmanager

import frappe
import pytest
from frappe.utils import set_request

from kyodo_frappe import state_effects
from kyodo_frappe.common import outcome as outcomes
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.partnership.errors import TextChanged
from kyodo_frappe.workflows import locking
from kyodo_frappe.workflows.spec import specs

TEXT = "kyodo_frappe.partnership.agreement_check.text_to_confirm"
CONFIRM = "kyodo_frappe.partnership.agreements.confirm"
APPLY = "/api/method/frappe.model.workflow.apply_workflow"


@contextmanager
def one_request():
	"""Act as within a request; yields a function that returns its `kyodo_outcome`."""
	before, response = frappe.local.response, frappe._dict(docs=[])
	frappe.local.response = response
	frappe.local.kyodo_made = []
	set_request(method="POST", path="/")
	try:
		yield lambda: response.get("kyodo_outcome")
	finally:
		frappe.local.request, frappe.local.response = None, before


def made(outcome: dict) -> list[str]:
	return [row["text"] for row in outcome["made"]]


def test_next_steps_are_of_states_that_exist():
	known = {(doctype, row["state"]) for doctype, spec in specs().items() for row in spec["states"]}
	assert set(state_effects.NEXT_STEPS) <= known
	for (doctype, _state), step in state_effects.NEXT_STEPS.items():
		assert step.field is None or frappe.get_meta(doctype).has_field(step.field)


def test_closing_a_meeting_says_what_it_made(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	with one_request() as outcome:
		town.officer.act("Kyodo Meeting", meeting, "Close Session")
	said = outcome()
	assert (said["doctype"], said["name"], said["state"], said["acts"]) == ("Kyodo Meeting", meeting, "終了", 1)
	assert made(said)[0] == "決定1件" and made(said)[-1] == "議事録案"
	assert said["next"]["text"] == "議事録案を確認してください。" and said["next"]["field"] == "minutes"
	assert said["made"][0]["names"] == frappe.get_all("Kyodo Decision", {"meeting": meeting}, pluck="name", order_by="name")


def test_a_rehearsal_does_not_say_that_it_has_happened(town):
	proposal = town.in_step_1()
	meeting = cycle_steps.plan_meeting(town.officer, town.committee, "Step 1", [cycle_steps.proposal_item(proposal)])
	with one_request() as outcome:
		town.officer.call("kyodo_frappe.workflows.rehearsal.of_step", doctype="Kyodo Meeting", name=meeting, action="Convene")
	assert outcome() is None
	with one_request() as outcome:
		cycle_steps.convene(town.officer, meeting)
	assert outcome()["state"] == "招集済み"


def test_letters_say_their_next_step_together(town):
	names = [frappe.db.get_value("Kyodo Letter", {"proposal": town.in_step_1()}) for _letter in range(2)]
	with one_request() as outcome:
		for name in names:
			with outcomes.act(frappe.get_doc("Kyodo Letter", name), state_effects.NEXT_STEPS["Kyodo Letter", "Approved"]):
				pass
	assert (outcome()["acts"], outcome()["next"]["text"]) == (2, "事務局が施行します。")
	with one_request() as outcome:
		for name, state in zip(names, ("Approved", "Asked for Approval")):
			with outcomes.act(frappe.get_doc("Kyodo Letter", name), state_effects.NEXT_STEPS["Kyodo Letter", state]):
				pass
	assert outcome()["next"] is None


def test_an_act_that_makes_nothing_says_so(town):
	proposal = town.in_step_1()
	with one_request() as outcome:
		town.officer.update("Kyodo Proposal", proposal, {})
	assert outcome() is None
	with one_request() as outcome:
		name = town.submitted()
		town.officer.act("Kyodo Proposal", name, "Receive")
	said = outcome()
	assert said["state"] == "受付済み" and made(said) == ["文書1通"] and said["mails"] >= 1
	assert said["next"]["text"].startswith("担当課との協議")


def test_the_desk_confirms_the_text_it_showed(town):
	project = town.project()
	town.section_officer.update("Kyodo Project", project, {"form": "協働負担事業"})
	name = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	text = town.section_officer.call(TEXT, agreement=name)
	doc = frappe.get_doc("Kyodo Agreement", name)
	assert text["content_hash"] == doc.content_hash in text["html"] and doc.clauses[0].heading in text["html"]
	assert (text["position"], text["confirmed"]) == ("課長", []) and set(text["waiting"]) == {row.party_name for row in doc.parties}
	town.section_officer.act("Kyodo Agreement", name, "Reopen")
	town.section_officer.update("Kyodo Agreement", name, {"effective_to": doc.effective_from})
	town.section_officer.act("Kyodo Agreement", name, "Offer")
	with pytest.raises(TextChanged):
		town.section_officer.call(CONFIRM, agreement=name, content_hash=text["content_hash"], position="課長")
	cycle_steps.confirm(town.representative, name, "代表")
	shown = town.section_officer.call(TEXT, agreement=name)
	assert len(shown["confirmed"]) == 1 and shown["waiting"] == [shown["party"]]
	with pytest.raises(frappe.PermissionError):
		town.outsider.call(TEXT, agreement=name)


def test_an_act_on_an_older_record_is_refused(town):
	name = town.submitted()
	doc = frappe.get_doc("Kyodo Proposal", name)
	shown = {"doctype": doc.doctype, "name": name, "modified": str(doc.modified)}
	set_request(method="POST", path=APPLY)
	try:
		with town.officer:
			frappe.local.form_dict = frappe._dict(cmd=APPLY.removeprefix("/api/method/"), doc=json.dumps(shown), action="Receive")
			locking.check_request()
			frappe.db.set_value(doc.doctype, name, "title", "変わった題名")
			with pytest.raises(frappe.TimestampMismatchError):
				locking.check_request()
	finally:
		frappe.local.request = None
