"""The meaning of states is declared in the Workflow, and states added by a city work everywhere."""

import frappe
import pytest
from portal_client import visit

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.proposals import pages as proposal_pages
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.workflows import states, sync
from kyodo_frappe.workflows.errors import CategoryMissing, ContentFrozen
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, WRITING

PROPOSAL = "Kyodo Proposal"
MAYOR = "市長説明"


@pytest.fixture
def mayor(town):
	"""Add a state of the city between receipt and the committee."""
	return add_state(kyodo_category=EXAMINED, kyodo_public=1, kyodo_frozen=1)


def add_state(name: str = MAYOR, before: str = "Received", actions=("Brief the Mayor",), **meaning):
	frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": name}).insert(ignore_if_duplicate=True)
	for action in actions:
		frappe.get_doc({"doctype": "Workflow Action Master", "workflow_action_name": action}).insert(ignore_if_duplicate=True)
	workflow = frappe.get_doc("Workflow", PROPOSAL)
	workflow.append("states", {"state": name, "doc_status": "0", "allow_edit": "Kyodo Officer", **meaning})
	for action in actions:
		workflow.append(
			"transitions", {"state": before, "action": action, "next_state": name, "allowed": "Kyodo Officer", "allow_self_approval": 1}
		)
	workflow.save()
	return workflow


def briefed(town) -> str:
	proposal = town.submitted(publish_consent=1)
	cycle_steps.receive(town.officer, proposal)
	town.officer.act(PROPOSAL, proposal, "Brief the Mayor")
	return proposal


# -- beside each state ------------------------------------------------------------------------------


def test_workflow_states_have_the_meaning_of_the_files(site):
	for doctype, spec in specs().items():
		workflow = frappe.get_doc("Workflow", doctype)
		told = {row.state: (row.kyodo_category, row.kyodo_public, row.kyodo_frozen) for row in workflow.states}
		assert told == {row["state"]: (row["category"], row["public"], row["frozen"]) for row in spec["states"]}
		assert list(states.meanings(doctype)) == [row["state"] for row in spec["states"]]


def test_state_without_category_is_refused(town):
	with pytest.raises(CategoryMissing, match="市長説明.*作成中.*検討中"):
		add_state()


def test_workflow_of_another_app_needs_no_categories(site):
	workflow = frappe.get_doc(
		{
			"doctype": "Workflow",
			"workflow_name": "用事",
			"document_type": "ToDo",
			"workflow_state_field": "workflow_state",
			"is_active": 0,
			"states": [{"state": "Draft", "doc_status": "0", "allow_edit": "System Manager"}],
		}
	)
	states.check_workflow(workflow)
	assert not workflow.states[0].get("kyodo_category")


def test_meaning_in_one_row_applies_to_all_rows_of_the_state(site):
	workflow = frappe.get_doc("Workflow", PROPOSAL)
	rows = [row for row in workflow.states if row.state == "Returned"]
	assert len(rows) > 1
	rows[-1].kyodo_public = 1
	workflow.append("states", {"state": "Returned", "doc_status": "0", "allow_edit": "Kyodo Manager"})
	workflow.save()
	told = {(row.kyodo_category, row.kyodo_public) for row in workflow.states if row.state == "Returned"}
	assert told == {(WRITING, 1)} and "Returned" in states.states(PROPOSAL, public=True)


# -- a state of the city's own ------------------------------------------------------------------------


def test_added_state_appears_in_portal_desk_and_public_pages(town, mayor):
	proposal = briefed(town)
	with town.representative:
		groups = dict(proposal_pages.my_proposals()["groups"])
		frappe.local.lang = "ja"
	assert any(proposal in [row.name for row in rows] for rows in groups.values())
	status, page = visit(town.representative.user, f"my/proposals/{proposal}")
	assert status == 200 and MAYOR in page
	for client in (town.officer, town.section_officer, town.manager):
		with client:
			assert proposal in frappe.get_list(PROPOSAL, pluck="name")
	rows, _count = proposal_public.proposals()
	assert proposal in [row.name for row in rows]
	assert proposal_public.proposal(proposal).workflow_state == MAYOR
	assert visit("Guest", f"proposals/{proposal}")[0] == 200
	rows, count = proposal_public.proposals(state=MAYOR)
	assert [row.name for row in rows] == [proposal] and count == 1


def test_added_state_can_be_hidden_from_the_public(town):
	add_state(kyodo_category=EXAMINED, kyodo_public=0)
	proposal = briefed(town)
	assert proposal_public.proposal(proposal) is None
	assert visit("Guest", f"proposals/{proposal}")[0] == 404


def test_added_state_can_freeze_content(town):
	workflow = add_state(kyodo_category=EXAMINED, kyodo_public=1, kyodo_frozen=1)
	proposal = briefed(town)
	with pytest.raises(ContentFrozen):
		town.officer.update(PROPOSAL, proposal, {"plan": "書き足し"})
	for row in workflow.states:
		row.kyodo_frozen = 0 if row.state == MAYOR else row.kyodo_frozen
	workflow.save()
	town.officer.update(PROPOSAL, proposal, {"plan": "書き足し"})
	assert frappe.db.get_value(PROPOSAL, proposal, "plan") == "書き足し"


def test_added_state_of_writing_is_private_to_the_organisation(town):
	add_state("署名待ち", before="Draft", actions=("Ask for Signatures",), kyodo_category=WRITING)
	workflow = frappe.get_doc("Workflow", PROPOSAL)
	for row in workflow.transitions:
		if row.action == "Ask for Signatures":
			row.allowed = "Kyodo Organisation Member"
	workflow.save()
	assert states.drafts(PROPOSAL) == ["Draft", "署名待ち"]
	proposal = town.draft()
	town.representative.act(PROPOSAL, proposal, "Ask for Signatures")
	for client, seen in ((town.officer, False), (town.section_officer, False), (town.viewer, True)):
		with client:
			assert (proposal in frappe.get_list(PROPOSAL, pluck="name")) is seen


def test_changed_category_takes_effect_at_once(town):
	proposal = town.in_step_1(publish_consent=1)
	workflow = frappe.get_doc("Workflow", PROPOSAL)
	for row in workflow.states:
		if row.state == "Step 1":
			row.kyodo_category, row.kyodo_public = WAITING, 0
	workflow.save()
	assert states.category(PROPOSAL, "Step 1") == WAITING
	assert "Step 1" in states.states(PROPOSAL, WAITING) and proposal_public.proposal(proposal) is None


def test_removed_state_has_no_category(site):
	assert states.category(PROPOSAL, "以前の状態") is None
	assert states.category(PROPOSAL, None) == WRITING
	assert states.states(PROPOSAL, DECIDED, OVER) == ["Reserve", "Adopted", "Not Adopted", "Declined", "Withdrawn"]


# -- facts in conditions ------------------------------------------------------------------------------


def test_conditions_are_short_and_about_fields(site):
	for spec in specs().values():
		for step in spec["transitions"]:
			condition = step.get("condition") or ""
			assert "frappe" not in condition and len(condition) < 100, condition


def test_condition_may_use_the_last_result(town):
	proposal = town.in_step_1()
	assert frappe.get_doc(PROPOSAL, proposal).as_dict().last_result is None
	town.decided(proposal, "Passed to Step 2")
	doc = frappe.get_doc(PROPOSAL, proposal)
	assert doc.workflow_state == "Step 2" and doc.last_result is None  # it has gone on since
	doc.workflow_state = "Step 1"
	assert doc.as_dict().last_result == "Passed to Step 2"


# -- upgrades ------------------------------------------------------------------------------------------


def _forget_meaning(doctype: str):
	"""Restore the situation of 0.5.0: no meanings, and the hash of rows without them."""
	rows = frappe.qb.DocType("Workflow Document State")
	update = frappe.qb.update(rows).set(rows.kyodo_category, None).set(rows.kyodo_public, 0).set(rows.kyodo_frozen, 0)
	update.where(rows.parent == doctype).run()
	frappe.clear_document_cache("Workflow", doctype)
	stored = sync._hash(sync._without_meaning(sync._rows_of(frappe.get_doc("Workflow", doctype))))
	frappe.defaults.set_default(f"workflow:{doctype}", stored, sync.STORE)


def test_untouched_workflow_of_an_older_version_is_upgraded(site):
	_forget_meaning("Kyodo Report")
	assert states.category("Kyodo Report", "Accepted") == DECIDED  # before the migrate has come that far
	assert sync.sync_workflows()["Kyodo Report"] == "upgraded"
	assert {row.kyodo_category for row in frappe.get_doc("Workflow", "Kyodo Report").states} == {WRITING, WAITING, DECIDED}


def test_changed_workflow_keeps_its_states_and_gets_meanings(town, mayor):
	_forget_meaning(PROPOSAL)
	frappe.defaults.set_default(f"workflow:{PROPOSAL}", "of before the city changed it", sync.STORE)
	assert sync.sync_workflows()[PROPOSAL] == "kept"
	told = states.meanings(PROPOSAL)
	assert told["Submitted"].category == WAITING and told["Submitted"].frozen
	assert (told[MAYOR].category, told[MAYOR].public) == (EXAMINED, True)
	assert frappe.get_doc("Workflow", PROPOSAL).save()


def test_meaning_set_by_the_city_is_kept(site):
	workflow = frappe.get_doc("Workflow", "Kyodo Report")
	for row in workflow.states:
		row.kyodo_public = 1 if row.state == "Submitted" else row.kyodo_public
	workflow.save()
	assert sync.sync_workflows()["Kyodo Report"] == "kept"
	assert "Submitted" in states.states("Kyodo Report", public=True)


# -- Frappe's Workflow Action -----------------------------------------------------------------------------


def _actions(doctype: str, name: str) -> list[tuple]:
	rows = frappe.get_all(
		"Workflow Action",
		{"reference_doctype": doctype, "reference_name": name},
		["name", "workflow_state", "status", "completed_by"],
		order_by="creation, name",
	)
	roles = {
		row.name: sorted(frappe.get_all("Workflow Action Permitted Role", {"parent": row.name}, pluck="role", order_by="role"))
		for row in rows
	}
	return [(row.workflow_state, row.status, row.completed_by, roles[row.name]) for row in rows]


def test_who_may_act_is_written_once_for_each_state(town):
	proposal = town.draft()
	cycle_steps.submit(town.representative, proposal)
	cycle_steps.receive(town.officer, proposal)
	state = frappe.db.get_value(PROPOSAL, proposal, "workflow_state")
	*done, last = _actions(PROPOSAL, proposal)
	assert [(row[0], row[1], row[2]) for row in done] == [
		("Draft", "Completed", town.representative.user),
		("Submitted", "Completed", town.officer.user),
	]
	assert done[1][3] == ["Kyodo Officer", "Kyodo Organisation Member"]  # received or returned, or withdrawn
	assert last[:3] == (state, "Open", None) and "Kyodo Officer" in last[3]


def test_record_that_returns_to_a_state_is_open_there_again(town):
	proposal = town.submitted()
	town.officer.update(PROPOSAL, proposal, {"return_reason": "収支予算をご確認ください。"})
	town.officer.act(PROPOSAL, proposal, "Return")
	cycle_steps.submit(town.representative, proposal)
	assert [row[0] for row in _actions(PROPOSAL, proposal) if row[1] == "Open"] == ["Submitted"]


def test_workflow_with_mails_of_its_own_is_left_to_frappe(town, monkeypatch):
	from kyodo_frappe.workflows import open_actions

	workflow = frappe.get_doc("Workflow", PROPOSAL)
	workflow.send_email_alert = 1
	monkeypatch.setattr(open_actions, "get_workflow", lambda _doctype: workflow)
	proposal = town.submitted()
	before = _actions(PROPOSAL, proposal)
	open_actions.on_update(frappe.get_doc(PROPOSAL, proposal))
	assert _actions(PROPOSAL, proposal) == before
