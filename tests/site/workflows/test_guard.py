"""Attempts to bypass the workflows, and the errors that refuse them."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, WorkflowTransitionError

from kyodo_frappe.committee.errors import InvalidResult, MeetingOver
from kyodo_frappe.common.errors import CorrectionReasonMissing
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.partnership.errors import NotVerified
from kyodo_frappe.proposals.errors import ProposalIncomplete
from kyodo_frappe.workflows.errors import ConditionNotMet, ContentFrozen, FourEyesRequired, NotEditable, RecordKept
from kyodo_frappe.workflows.facts import SeenByConditions
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.sync import sync_workflows

REFUSALS = (frappe.PermissionError, frappe.ValidationError)

# -- the state changes along a transition, whichever way the change comes -------------------------


def test_state_saved_along_a_transition_has_all_its_effects(town):
	proposal = town.submitted()
	town.officer.update("Kyodo Proposal", proposal, {"workflow_state": "Received"})
	doc = frappe.get_doc("Kyodo Proposal", proposal)
	assert (doc.workflow_state, doc.received_by) == ("Received", town.officer.user) and doc.received_on
	assert frappe.db.exists("Kyodo Letter", {"proposal": proposal, "letter_type": "Receipt"})


def test_state_saved_without_a_transition_is_refused(town):
	proposal = town.submitted()
	for client, state in (
		(town.officer, "Adopted"),  # no transition
		(town.representative, "Received"),  # not theirs
		(town.officer, "Not Adopted"),
		(LocalClient("Administrator"), "Adopted"),
	):
		with pytest.raises(WorkflowPermissionError):
			client.update("Kyodo Proposal", proposal, {"workflow_state": state})
	assert town.state("Kyodo Proposal", proposal) == "Submitted"


def test_state_saved_requires_condition_fields_and_four_eyes(town):
	proposal = town.in_step_1()
	with pytest.raises(ConditionNotMet):
		town.officer.update("Kyodo Proposal", proposal, {"workflow_state": "Step 2"})  # nothing has been decided
	with pytest.raises(frappe.MandatoryError):
		town.representative.update("Kyodo Proposal", proposal, {"workflow_state": "Withdrawn"})
	entered = cycle_steps.draft(town.officer, town.programme, town.organisation, "紙の提案")
	cycle_steps.submit(town.officer, entered)
	with pytest.raises(FourEyesRequired):
		town.officer.update("Kyodo Proposal", entered, {"workflow_state": "Received"})


def test_changes_saved_with_a_state_are_checked(town):
	proposal = town.submitted()
	with pytest.raises(ContentFrozen):
		town.officer.update("Kyodo Proposal", proposal, {"workflow_state": "Received", "purpose": "書き換え"})
	town.representative.update("Kyodo Proposal", proposal, {"workflow_state": "Withdrawn", "withdraw_reason": "担い手がいない"})
	assert town.state("Kyodo Proposal", proposal) == "Withdrawn"


def test_saved_state_sets_the_docstatus(town):
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.section_officer.update("Kyodo Agreement", agreement, {"workflow_state": "Offered"})
	with pytest.raises(WorkflowPermissionError):
		town.section_officer.update("Kyodo Agreement", agreement, {"workflow_state": "Concluded"})
	with pytest.raises(WorkflowPermissionError):
		town.section_officer.update("Kyodo Agreement", agreement, {"workflow_state": "Drafting", "docstatus": 1})
	cycle_steps.confirm(town.representative, agreement, "代表")
	cycle_steps.confirm(town.section_officer, agreement, "課長")
	town.officer.update("Kyodo Agreement", agreement, {"termination_reason": "双方の合意"})
	text = frappe.db.get_value("Kyodo Agreement", agreement, "content_hash")
	town.officer.update("Kyodo Agreement", agreement, {"workflow_state": "Terminated", "content_hash": "0"})
	doc = frappe.get_doc("Kyodo Agreement", agreement)
	assert (doc.workflow_state, doc.docstatus, doc.content_hash) == ("Terminated", 2, text)


def test_record_begins_in_the_first_state(town):
	for doctype, spec in specs().items():
		doc = frappe.new_doc(doctype)
		doc.workflow_state = spec["states"][1]["state"]
		with pytest.raises(REFUSALS):
			doc.insert(ignore_mandatory=True, ignore_links=True)


def test_step_without_its_role_is_refused(town):
	proposal = town.submitted()
	with pytest.raises((WorkflowTransitionError, frappe.PermissionError)):
		town.representative.act("Kyodo Proposal", proposal, "Receive")


def test_plain_submit_or_cancel_is_refused(town):
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.section_officer.act("Kyodo Agreement", agreement, "Offer")
	with town.section_officer, pytest.raises(WorkflowPermissionError):
		frappe.get_doc("Kyodo Agreement", agreement).submit()
	cycle_steps.confirm(town.representative, agreement, "代表")
	cycle_steps.confirm(town.section_officer, agreement, "課長")
	with town.officer, pytest.raises(WorkflowPermissionError):
		frappe.get_doc("Kyodo Agreement", agreement).cancel()
	assert town.state("Kyodo Agreement", agreement) == "Concluded"


# -- who edits when ---------------------------------------------------------------------------


def test_content_of_a_submitted_proposal_is_frozen(town):
	proposal = town.submitted()
	for client in (town.representative, town.officer, LocalClient("Administrator")):
		with pytest.raises(REFUSALS):
			client.update("Kyodo Proposal", proposal, {"purpose": "書き換え"})
	assert frappe.db.get_value("Kyodo Proposal", proposal, "purpose") == cycle_steps.SHEET["purpose"]


def test_rows_of_a_submitted_proposal_are_frozen(town):
	proposal = town.submitted()
	with pytest.raises(ContentFrozen):
		town.officer.update("Kyodo Proposal", proposal, {"expenses": []})


def test_returned_proposal_is_corrected_and_submitted_again(town):
	proposal = town.submitted()
	with pytest.raises(CorrectionReasonMissing):
		town.officer.act("Kyodo Proposal", proposal, "Return")
	town.officer.update("Kyodo Proposal", proposal, {"return_reason": "内訳を"})
	town.officer.act("Kyodo Proposal", proposal, "Return")
	town.editor.update("Kyodo Proposal", proposal, {"plan": "内訳を書きました。"})
	assert town.representative.act("Kyodo Proposal", proposal, "Submit") == "Submitted"


def test_withdrawal_before_a_decision_requires_a_reason(town):
	proposal = town.in_step_1()
	with pytest.raises(frappe.MandatoryError):
		town.representative.act("Kyodo Proposal", proposal, "Withdraw")
	town.representative.update("Kyodo Proposal", proposal, {"withdraw_reason": "担い手がいない"})
	assert town.representative.act("Kyodo Proposal", proposal, "Withdraw") == "Withdrawn"


def test_published_minutes_cannot_be_changed(town):
	proposal = town.in_step_1()
	meeting = town.decided(proposal, "Passed to Step 2")
	cycle_steps.finish_minutes(town.members["npo1"], town.officer, meeting)
	with pytest.raises(frappe.PermissionError):
		town.officer.update("Kyodo Meeting", meeting, {"minutes": "別の記録"})


def test_read_only_fields_ignore_requests(town):
	proposal = town.draft()
	town.representative.update(
		"Kyodo Proposal",
		proposal,
		{"received_by": town.representative.user, "decided_on": "2026-01-01", "total_expenses": 5},
	)
	doc = frappe.get_doc("Kyodo Proposal", proposal)
	assert (doc.received_by, doc.decided_on) == (None, None)
	assert doc.total_expenses == 9000 * 44 + 24000 + 20000 * 9


def test_only_records_in_their_first_state_are_deleted(town):
	proposal = town.submitted()
	for user in (town.representative.user, "Administrator"):
		with LocalClient(user), pytest.raises(RecordKept):
			frappe.delete_doc("Kyodo Proposal", proposal)
	draft = town.draft()
	with town.representative:
		frappe.delete_doc("Kyodo Proposal", draft)
	assert not frappe.db.exists("Kyodo Proposal", draft)


def test_acknowledgement_cannot_be_changed(town):
	proposal = town.submitted()
	with pytest.raises(frappe.PermissionError):
		town.officer.update("Kyodo Proposal", proposal, {"acknowledged_on": None})


def test_sides_cannot_change_grant_and_organisation(town):
	project = town.project()
	for client in (town.representative, town.section_officer):
		for values in (
			{"granted_amount": 9999999},
			{"organisation": town.other_organisation},
			{"published": 1 - frappe.db.get_value("Kyodo Project", project, "published")},
		):
			with pytest.raises(frappe.PermissionError):
				client.update("Kyodo Project", project, values)
		client.update("Kyodo Project", project, {"plan": f"{client.user}の案"})
	town.officer.update("Kyodo Project", project, {"granted_amount": 350000})
	assert frappe.db.get_value("Kyodo Project", project, "granted_amount") == 350000


def test_evaluation_items_cannot_be_changed(town):
	evaluation, _city, _group = town.evaluation()
	for client in (town.section_officer, town.officer):
		with pytest.raises(frappe.PermissionError):
			client.update("Kyodo Evaluation Round", evaluation, {"items": []})


def test_role_counts_only_for_records_that_it_opens(town):
	project = town.project()
	town.section_officer.update("Kyodo Project", project, {"form": "協働負担事業"})
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.give_role(town.representative, "Kyodo Section Officer")  # of no section of this project
	with pytest.raises(frappe.PermissionError):
		town.representative.update("Kyodo Agreement", agreement, {"esign_id": "12345"})
	town.representative.update("Kyodo Agreement", agreement, {"minutes_text": "覚え書き"})
	town.section_officer.update("Kyodo Agreement", agreement, {"esign_id": "12345"})
	town.give_role(town.outsider, "Kyodo Committee Member")
	seats = frappe.get_doc("Kyodo Committee", town.committee)
	seats.append("members", {"user": town.outsider.user, "member_name": "兼務", "side": "Organisation", "steps": "Both"})
	seats.save()
	with town.outsider:
		doc = frappe.get_doc("Kyodo Project", project)
		assert doc.has_permission("read") and not doc.has_permission("write")
		doc.apply_fieldlevel_read_permissions()
		assert not doc.get("people")


# -- four eyes -----------------------------------------------------------------------------------


def test_officer_in_the_organisation_cannot_receive_its_proposal(town):
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	doc.append("members", {"user": town.officer.user, "member_role": "Viewer"})
	doc.save()
	proposal = town.submitted()
	with pytest.raises(FourEyesRequired):
		town.officer.act("Kyodo Proposal", proposal, "Receive")
	assert town.other_officer.act("Kyodo Proposal", proposal, "Receive") == "Received"


def test_officer_cannot_receive_a_proposal_they_entered(town):
	proposal = cycle_steps.draft(town.officer, town.programme, town.organisation, "紙の提案")
	cycle_steps.submit(town.officer, proposal)
	with pytest.raises((FourEyesRequired, frappe.ValidationError)):
		town.officer.act("Kyodo Proposal", proposal, "Receive")
	assert town.other_officer.act("Kyodo Proposal", proposal, "Receive") == "Received"


def test_officer_cannot_register_own_organisation(town):
	members = [{"user": town.officer.user, "member_role": "Representative"}]
	name = cycle_steps.begin_organisation(town.officer, town.programme, "職員の会", members=members)
	cycle_steps.apply_for_registration(town.officer, name)
	with pytest.raises((FourEyesRequired, frappe.ValidationError)):
		town.officer.act("Kyodo Organisation", name, "Register")


# -- what a step needs ---------------------------------------------------------------------------------


def test_submitting_requires_acknowledgement_and_all_parts(town):
	proposal = town.draft(continuity="")
	with pytest.raises(frappe.MandatoryError):
		town.representative.act("Kyodo Proposal", proposal, "Submit")
	with pytest.raises(ProposalIncomplete, match="継続性"):
		cycle_steps.submit(town.representative, proposal)


def test_acknowledged_text_is_stored(town):
	proposal = town.submitted()
	doc = frappe.get_doc("Kyodo Proposal", proposal)
	assert doc.acknowledged_text == frappe.db.get_value("Kyodo Programme", town.programme, "definition")
	assert (doc.acknowledged_by, doc.submitted_by) == (town.representative.user,) * 2


def test_decision_without_a_meeting_is_refused(town):
	proposal = town.in_step_1()
	for action in ("Pass to Step 2", "Adopt", "Turn Down"):
		with pytest.raises(WorkflowTransitionError):
			town.officer.act("Kyodo Proposal", proposal, action)
	meeting = town.meeting(proposal)
	item = frappe.get_doc("Kyodo Meeting", meeting).agenda[0].name
	decision = {
		"doctype": "Kyodo Decision",
		"proposal": proposal,
		"meeting": meeting,
		"agenda_item": item,
		"result": "Passed to Step 2",
	}
	with pytest.raises(MeetingOver):
		town.officer.insert(decision)  # the meeting has not been opened
	cycle_steps.open_session(town.officer, meeting)
	name = town.officer.insert(decision)["name"]
	with town.officer, pytest.raises(frappe.PermissionError):
		frappe.get_doc("Kyodo Decision", name).submit()  # … nor closed


def test_decision_can_be_neither_changed_nor_cancelled(town):
	proposal = town.in_step_1()
	meeting = town.decided(proposal, "Passed to Step 2")
	decision = frappe.get_doc("Kyodo Decision", {"meeting": meeting})
	for attempt in (decision.cancel, decision.delete):
		with town.officer, pytest.raises(REFUSALS):
			attempt()
	decision.reload()
	decision.result = "Not Adopted"
	with pytest.raises(frappe.UpdateAfterSubmitError):
		decision.save()


def test_step_1_cannot_adopt_in_a_two_step_programme(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	with pytest.raises(InvalidResult):
		cycle_steps.decide(town.officer, meeting, proposal, "Adopted")


def test_report_cannot_be_verified_without_a_meeting(town):
	project = town.running()
	cycle_steps.complete(town.section_officer, project)
	report = frappe.db.get_value("Kyodo Report", {"project": project})
	cycle_steps.fill_report(town.representative, report)
	town.officer.act("Kyodo Report", report, "Accept")
	with pytest.raises(NotVerified):
		town.officer.act("Kyodo Report", report, "Verify")


# -- the files and the site ------------------------------------------------------------------------------


def test_sync_upgrades_untouched_workflows_only(site, monkeypatch):
	touched = frappe.get_doc("Workflow", "Kyodo Report")
	touched.states[0].allow_edit = "Kyodo Officer"
	touched.save()
	changed = {name: dict(spec) for name, spec in specs().items()}
	for name in ("Kyodo Report", "Kyodo Meeting"):
		changed[name]["states"] = [*changed[name]["states"]]
		changed[name]["states"][0] = {**changed[name]["states"][0], "edit": ["Kyodo Officer", "Kyodo Manager"]}
	monkeypatch.setattr("kyodo_frappe.workflows.sync.specs", lambda: changed)
	result = sync_workflows()
	assert (result["Kyodo Report"], result["Kyodo Meeting"]) == ("kept", "upgraded")
	editors = [row.allow_edit for row in frappe.get_doc("Workflow", "Kyodo Meeting").states if row.state == "Planned"]
	assert editors == ["Kyodo Officer", "Kyodo Manager"]
	assert sync_workflows()["Kyodo Meeting"] == "unchanged"


def test_editing_role_added_by_the_city_may_edit(town):
	proposal = town.draft(origin="Joint")
	workflow = frappe.get_doc("Workflow", "Kyodo Proposal")
	workflow.states = [row for row in workflow.states if not (row.state == "Draft" and row.allow_edit == "Kyodo Section Officer")]
	workflow.save()
	with pytest.raises(NotEditable):
		town.section_officer.update("Kyodo Proposal", proposal, {"plan": "担当課の案"})
	workflow.append("states", {"state": "Draft", "doc_status": "0", "allow_edit": "Kyodo Section Officer"})
	workflow.save()
	town.section_officer.update("Kyodo Proposal", proposal, {"plan": "担当課の案"})
	assert frappe.db.get_value("Kyodo Proposal", proposal, "plan") == "担当課の案"


# -- what conditions read ------------------------------------------------------------------------


def test_conditions_read_what_the_record_says(town):
	doc = frappe.get_doc("Kyodo Proposal", town.submitted())
	whole, seen = doc.as_dict(), SeenByConditions(doc).as_dict()
	assert whole.income and whole.two_step_decision == 1
	assert {key: seen[key] for key in whole} == whole
	assert (seen.last_result, seen.no_such_field, seen.get("no_such_field", 5)) == (None, None, 5)
	doc.flags.kyodo_moving = True
	assert doc.as_dict() == whole, "nothing has been read for a move yet"
	doc.load_from_db()
	assert doc.as_dict() is doc.as_dict() and "income" not in doc.as_dict()
	assert doc.as_dict().income[0].amount == whole.income[0].amount
	doc.workflow_state = "Received"
	assert doc.as_dict() == {**whole, "workflow_state": "Received", **{name: getattr(doc, name) for name in doc.facts}}
