"""Access of each role through both permission hooks: lists, single records and child tables."""

import json

import frappe
import pytest
from frappe.desk.reportview import get as reportview_get
from frappe.model.workflow import WorkflowTransitionError

from kyodo_frappe.committee.errors import NotReadyToClose
from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.organisations.errors import RepresentativeMissing
from kyodo_frappe.partnership.errors import TextChanged
from kyodo_frappe.permissions.hooks import criterion
from kyodo_frappe.permissions.record_rules import RECORD_RULES


def listed(client: LocalClient, doctype: str) -> set[str]:
	with client:
		return set(frappe.get_list(doctype, pluck="name", limit_page_length=0))


def readable(client: LocalClient, doctype: str, name: str) -> bool:
	try:
		client.read(doctype, name)
	except frappe.PermissionError:
		return False
	return True


def both_ways(client: LocalClient, doctype: str, name: str) -> bool:
	"""Whether a record is readable; asserts that both hooks agree."""
	found = readable(client, doctype, name)
	with client:
		in_list = frappe.has_permission(doctype, "read") and name in listed(client, doctype)
	assert found == in_list, (client.user, doctype, name, found, in_list)
	return found


# -- proposals ---------------------------------------------------------------------------------


def test_draft_is_visible_to_its_organisation_only(town):
	draft = town.draft()
	sees = {client.user: both_ways(client, "Kyodo Proposal", draft) for client in _everybody(town)}
	assert {user for user, yes in sees.items() if yes} == {
		town.representative.user,
		town.editor.user,
		town.viewer.user,
	}


def test_submitted_proposal_is_visible_to_office_and_section(town):
	proposal = town.submitted()
	sees = {client.user for client in _everybody(town) if both_ways(client, "Kyodo Proposal", proposal)}
	own = {town.representative.user, town.editor.user, town.viewer.user}
	office = {town.officer.user, town.other_officer.user, town.manager.user}
	assert sees == own | office | {town.section_officer.user}


def test_members_see_a_proposal_once_it_is_on_the_agenda(town):
	proposal = town.in_step_1()
	member = town.members["npo1"]
	assert not both_ways(member, "Kyodo Proposal", proposal)
	town.meeting(proposal)
	assert both_ways(member, "Kyodo Proposal", proposal)


def test_partner_is_read_only(town):
	proposal = town.draft(partners=[{"organisation": town.other_organisation}])
	assert both_ways(town.outsider, "Kyodo Proposal", proposal)
	with pytest.raises(frappe.PermissionError):
		town.outsider.update("Kyodo Proposal", proposal, {"plan": "別案"})


def test_viewer_is_read_only(town):
	draft = town.draft()
	with pytest.raises(frappe.PermissionError):
		town.viewer.update("Kyodo Proposal", draft, {"plan": "別案"})
	with pytest.raises(frappe.PermissionError):
		town.viewer.insert({"doctype": "Kyodo Proposal", "title": "x", "programme": town.programme, "organisation": town.organisation})


def test_proposal_for_another_organisation_is_refused(town):
	with pytest.raises(frappe.PermissionError):
		cycle_steps.draft(town.outsider, town.programme, town.organisation, "なりすまし")
	draft = town.draft()
	with pytest.raises(frappe.PermissionError):
		town.outsider.call("kyodo_frappe.proposals.proposals.propose_again", proposal=draft)


def test_proposal_cannot_be_moved_to_another_organisation(town):
	draft = town.draft()
	with pytest.raises(frappe.PermissionError):
		town.representative.update("Kyodo Proposal", draft, {"organisation": town.other_organisation})


def test_forged_organisation_does_not_open_a_record(town):
	draft = town.draft()
	with pytest.raises(frappe.PermissionError):
		town.outsider.update("Kyodo Proposal", draft, {"organisation": town.other_organisation, "plan": "乗っ取り"})
	handed_in = town.submitted()
	with pytest.raises(frappe.PermissionError):
		town.outsider.update("Kyodo Proposal", handed_in, {"organisation": town.other_organisation})
	forged = frappe.get_doc("Kyodo Proposal", draft)
	forged.organisation = town.other_organisation
	with town.outsider:
		assert not forged.has_permission("read")
		assert not forged.has_permission("print")
	# a partner may not make itself the first organisation either
	joint = town.draft(partners=[{"organisation": town.other_organisation}])
	with pytest.raises(frappe.PermissionError):
		town.outsider.update("Kyodo Proposal", joint, {"organisation": town.other_organisation})


# -- organisations ------------------------------------------------------------------------------


def test_organisation_is_closed_to_other_organisations(town):
	assert not both_ways(town.outsider, "Kyodo Organisation", town.organisation)
	assert both_ways(town.viewer, "Kyodo Organisation", town.organisation)
	with pytest.raises(frappe.PermissionError):
		town.outsider.update("Kyodo Organisation", town.organisation, {"phone": "0"})


def test_only_a_representative_changes_members(town):
	members = [row.as_dict() for row in frappe.get_doc("Kyodo Organisation", town.organisation).members]
	for row in members:
		row["member_role"] = "Representative"
	with pytest.raises(frappe.PermissionError):
		town.editor.update("Kyodo Organisation", town.organisation, {"members": members})
	for row in members:
		row["member_role"] = "Viewer"
	with pytest.raises(RepresentativeMissing):
		town.representative.update("Kyodo Organisation", town.organisation, {"members": members})


# -- the table ------------------------------------------------------------------------------------


def test_reviews_are_private_until_released(town):
	proposal = town.in_step_1()
	town.meeting(proposal)
	criteria = [row.code for row in frappe.get_doc("Kyodo Programme", town.programme).criteria]
	marks = dict.fromkeys(criteria, "○")
	for number, key in enumerate(("npo1", "npo2", "city1", "city2")):
		review = frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": town.members[key].user})
		others = [client for client in _everybody(town) if client.user != town.members[key].user]
		assert not any(both_ways(client, "Kyodo Review", review) for client in others)
		result = cycle_steps.mark(town.members[key], review, marks)
		assert result["released"] == (number == 3)
	assert both_ways(town.officer, "Kyodo Review", review)


def test_recused_member_neither_reviews_nor_reads_nor_counts(town):
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	doc.append("members", {"user": town.members["npo1"].user, "member_role": "Viewer"})
	doc.save()
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	aside = frappe.get_doc("Kyodo Meeting", meeting).recusals
	assert [row.user for row in aside] == [town.members["npo1"].user]
	assert not frappe.db.exists("Kyodo Review", {"proposal": proposal, "member": town.members["npo1"].user})
	with pytest.raises(frappe.PermissionError):
		town.members["npo1"].insert(
			{"doctype": "Kyodo Review", "meeting": meeting, "proposal": proposal, "step": "Step 1", "member": town.members["npo1"].user}
		)
	shared = "kyodo_frappe.committee.reviews.shared_marks"
	assert town.members["npo1"].call(shared, proposal=proposal, step="Step 1") == []
	cycle_steps.open_session(town.officer, meeting)
	decision = cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	counted = frappe.db.get_value("Kyodo Decision", decision, ["members_eligible", "members_present", "members_aside"])
	assert counted == (3, 3, 1)


def test_meeting_without_quorum_cannot_be_closed(town):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	absent = tuple(town.members[key].user for key in ("npo1", "npo2"))
	cycle_steps.open_session(town.officer, meeting, absent)
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	with pytest.raises(NotReadyToClose):
		cycle_steps.close(town.officer, meeting)
	assert town.state("Kyodo Proposal", proposal) == "Step 1"


def test_member_who_left_does_not_count_for_later_items(town):
	early, late = town.in_step_1(), town.in_step_1()
	meeting = town.in_session(early, late)
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	agenda = [{**row.as_dict(), "begins_at": time} for row, time in zip(doc.agenda, ("18:30", "２０時"), strict=True)]
	attendance = [
		{**row.as_dict(), "left_at": "19:30" if row.user in (town.members["npo1"].user, town.members["npo2"].user) else None}
		for row in doc.attendance
	]
	town.officer.update("Kyodo Meeting", meeting, {"agenda": agenda, "attendance": attendance})
	for proposal in (early, late):
		cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	counted = {
		row.proposal: row.members_present for row in frappe.get_all("Kyodo Decision", {"meeting": meeting}, ["proposal", "members_present"])
	}
	assert counted == {early: 4, late: 2}
	with pytest.raises(NotReadyToClose, match=frappe.get_doc("Kyodo Meeting", meeting).agenda[1].subject):
		cycle_steps.close(town.officer, meeting)


def test_member_can_neither_decide_nor_close_reviews(town):
	proposal = town.in_step_1()
	meeting = town.in_session(proposal)
	item = frappe.get_doc("Kyodo Meeting", meeting).agenda[0].name
	for client in (town.members["npo1"], town.manager, town.section_officer, town.representative):
		with pytest.raises(frappe.PermissionError):
			client.call("kyodo_frappe.committee.reviews.close_marking", meeting=meeting)
		with pytest.raises(frappe.PermissionError):
			client.call(
				"kyodo_frappe.committee.deliberation.record_decision",
				meeting=meeting,
				agenda_item=item,
				result="Passed to Step 2",
			)


def test_member_cannot_review_for_another_member(town):
	proposal = town.in_step_1()
	town.meeting(proposal)
	review = frappe.db.get_value("Kyodo Review", {"proposal": proposal, "member": town.members["npo2"].user})
	with pytest.raises(frappe.PermissionError):
		cycle_steps.mark(town.members["npo1"], review, {})


# -- agreement -----------------------------------------------------------------------------------------


def test_only_party_representatives_confirm_the_text_they_read(town):
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.section_officer.act("Kyodo Agreement", agreement, "Offer")
	old = frappe.db.get_value("Kyodo Agreement", agreement, "content_hash")
	confirm = "kyodo_frappe.partnership.agreements.confirm"
	for client in (town.viewer, town.editor, town.outsider, town.officer, town.other_section_officer):
		with pytest.raises(frappe.PermissionError):
			client.call(confirm, agreement=agreement, content_hash=old)
	town.representative.call(confirm, agreement=agreement, content_hash=old)
	clauses = [row.as_dict() for row in frappe.get_doc("Kyodo Agreement", agreement).clauses]
	clauses[0]["body"] += "（修正）"
	town.section_officer.update("Kyodo Agreement", agreement, {"clauses": clauses})
	doc = frappe.get_doc("Kyodo Agreement", agreement)
	assert (doc.workflow_state, doc.confirmations, doc.all_confirmed) == ("Drafting", [], 0)
	town.section_officer.act("Kyodo Agreement", agreement, "Offer")
	with pytest.raises(TextChanged):
		town.representative.call(confirm, agreement=agreement, content_hash=old)


def test_confirmations_cannot_be_written_directly(town):
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	town.section_officer.act("Kyodo Agreement", agreement, "Offer")
	doc = frappe.get_doc("Kyodo Agreement", agreement)
	forged = [
		{"party": row.party_name, "side": row.side, "content_hash": doc.content_hash, "user": town.section_officer.user}
		for row in doc.parties
	]
	town.section_officer.update("Kyodo Agreement", agreement, {"confirmations": forged, "all_confirmed": 1})
	doc.reload()
	assert (doc.confirmations, doc.all_confirmed) == ([], 0)
	with pytest.raises(WorkflowTransitionError):
		town.section_officer.act("Kyodo Agreement", agreement, "Conclude")


# -- evaluation: blind by every way that Frappe offers ------------------------------------------------------


def test_evaluation_is_blind_until_both_sides_have_submitted(town):
	evaluation, city, group = town.evaluation()
	cycle_steps.submit_sheet(town.section_officer, city, [4, 3])
	peekers = [client for client in _everybody(town) if client.user != town.section_officer.user]
	for client in peekers:
		assert not both_ways(client, "Kyodo Evaluation Sheet", city), client.user
		assert not _child_rows(client, "Kyodo Evaluation Mark", "Kyodo Evaluation Sheet", city), client.user
		assert not _report_rows(client, city), client.user
		assert not _versions(client, city), client.user
	cycle_steps.submit_sheet(town.representative, group, [5, 2])
	assert town.state("Kyodo Evaluation Round", evaluation) == "Both In"
	assert both_ways(town.representative, "Kyodo Evaluation Sheet", city)
	assert both_ways(town.section_officer, "Kyodo Evaluation Sheet", group)
	assert not both_ways(town.outsider, "Kyodo Evaluation Sheet", city)
	with pytest.raises(frappe.PermissionError):
		town.representative.update("Kyodo Evaluation Sheet", city, {"comment": "書き換え"})


def test_child_rows_are_as_open_as_their_parents(town):
	draft = town.draft()
	for client in _everybody(town):
		seen = _child_rows(client, "Kyodo Expense Line", "Kyodo Proposal", draft)
		assert bool(seen) == readable(client, "Kyodo Proposal", draft), client.user


def test_guests_read_nothing_over_rest(town):
	proposal = town.submitted()
	for doctype in RECORD_RULES:
		with town.guest, pytest.raises(frappe.PermissionError):
			frappe.get_list(doctype)
	assert not readable(town.guest, "Kyodo Proposal", proposal)


def test_query_condition_without_rules_denies_all_rows(site):
	for doctype in RECORD_RULES:
		assert criterion(doctype, "Guest") is None


def test_print_view_ignores_a_forged_letter(town):
	proposal = town.in_step_1()
	town.decided(proposal, "Not Adopted", reasons=cycle_steps.REFUSAL, advice="内密の助言")
	letter = frappe.get_doc("Kyodo Letter", {"proposal": proposal})
	from frappe.www.printview import get_html_and_style

	forged = {**letter.as_dict(), "organisation": town.other_organisation}
	with town.outsider, pytest.raises(frappe.PermissionError):
		get_html_and_style(doc=json.dumps(forged, default=str), print_format="Kyodo Result Letter")
	with town.representative:
		html = get_html_and_style(doc="Kyodo Letter", name=letter.name, print_format="Kyodo Result Letter")["html"]
	assert "内密の助言" in html


# -- helpers --------------------------------------------------------------------------------------------------


def _everybody(town) -> list[LocalClient]:
	return [
		town.officer,
		town.other_officer,
		town.manager,
		town.section_officer,
		town.other_section_officer,
		town.representative,
		town.editor,
		town.viewer,
		town.outsider,
		town.support,
		town.guest,
		*town.members.values(),
	]


def _child_rows(client: LocalClient, child: str, parent: str, name: str) -> list:
	try:
		with client:
			return frappe.get_list(child, filters={"parent": name}, fields=["*"], parent_doctype=parent, limit_page_length=0)
	except frappe.PermissionError:
		return []


def _report_rows(client: LocalClient, name: str) -> list:
	with client:
		frappe.local.form_dict = frappe._dict(
			doctype="Kyodo Evaluation Sheet",
			fields=json.dumps(["name", "`tabKyodo Evaluation Mark`.mark"]),
			filters=json.dumps([["Kyodo Evaluation Sheet", "name", "=", name]]),
		)
		try:
			return (reportview_get() or {}).get("values", [])
		except frappe.PermissionError:
			return []


def _versions(client: LocalClient, name: str) -> list:
	try:
		with client:
			return frappe.get_list("Version", {"docname": name})
	except frappe.PermissionError:
		return []
