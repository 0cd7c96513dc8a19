"""Fields reserved for the office, and conflicts of interest, over REST and in the desk."""

import frappe
import pytest

from kyodo_frappe.demo import cycle_steps
from kyodo_frappe.permissions import people

REFUSED = (frappe.PermissionError, frappe.ValidationError)
OFFICE = {
	"Kyodo Proposal": {
		"return_reason": "返します",
		"budget_voted_on": "2026-03-20",
		"budget_failed_reason": "否決",
		"intake": "Paper",
		"paper_note": "紙",
		"confirmation_note": "済",
	},
	"Kyodo Organisation": {"return_reason": "返します"},
}


@pytest.mark.parametrize("field", OFFICE["Kyodo Proposal"])
def test_office_fields_of_a_draft_ignore_the_organisation(town, field):
	name = town.draft()
	with pytest.raises(REFUSED):
		town.representative.update("Kyodo Proposal", name, {field: OFFICE["Kyodo Proposal"][field]})
	frappe.clear_document_cache("Kyodo Proposal", name)
	assert not frappe.db.get_value("Kyodo Proposal", name, field) or field == "intake"


def test_office_fields_of_a_new_proposal_ignore_the_organisation(town):
	assert frappe.db.get_value("Kyodo Proposal", town.draft(intake="Paper"), "intake") == "Online"
	for field, value in OFFICE["Kyodo Proposal"].items():
		if field == "intake":
			continue
		with pytest.raises(REFUSED):
			town.draft(**{field: value})
			pytest.fail(field)


def test_office_fields_of_a_registration_ignore_the_organisation(town):
	name = cycle_steps.begin_organisation(town.outsider, town.programme, "あたらしい会")
	with pytest.raises(REFUSED):
		town.outsider.update("Kyodo Organisation", name, {"return_reason": "返します"})


def test_office_fields_of_an_agreement_ignore_the_organisation(town):
	project = town.project()
	agreement = town.section_officer.call("kyodo_frappe.partnership.agreement_drafts.draft_for", project=project)
	for field, value in {"termination_reason": "終わり", "esign_id": "X1", "esign_service": "X"}.items():
		with pytest.raises(REFUSED):
			town.representative.update("Kyodo Agreement", agreement, {field: value})


def _joins(town, user: str):
	doc = frappe.get_doc("Kyodo Organisation", town.organisation)
	doc.append("members", {"user": user, "member_role": "Viewer"})
	doc.save()


def test_officer_of_the_proposer_neither_decides_nor_convenes_nor_closes(town):
	_joins(town, town.other_officer.user)
	proposal = town.in_step_1()
	meeting = town.meeting(proposal, convened=False)
	with pytest.raises(REFUSED):
		cycle_steps.convene(town.other_officer, meeting)
	cycle_steps.convene(town.officer, meeting)
	cycle_steps.open_session(town.officer, meeting)
	with pytest.raises(REFUSED):
		cycle_steps.decide(town.other_officer, meeting, proposal, "Passed to Step 2")
	cycle_steps.decide(town.officer, meeting, proposal, "Passed to Step 2")
	with pytest.raises(REFUSED):
		cycle_steps.close(town.other_officer, meeting)
	cycle_steps.close(town.officer, meeting)
	assert town.state("Kyodo Proposal", proposal) == "Step 2"


def test_recused_member_reads_neither_the_proposal_nor_its_files(town):
	proposal = town.in_step_1()
	meeting = town.meeting(proposal)
	member = town.members["npo1"]
	assert proposal in people.on_agenda_of(member.user, "proposal")
	doc = frappe.get_doc("Kyodo Meeting", meeting)
	doc.append("recusals", {"agenda_item": doc.agenda[0].name, "user": member.user, "member_name": "npo1", "reason": "役員"})
	doc.recusals[-1].db_insert()
	frappe.clear_document_cache("Kyodo Meeting", meeting)
	assert proposal not in people.on_agenda_of(member.user, "proposal")
	with pytest.raises(frappe.PermissionError):
		member.read("Kyodo Proposal", proposal)
	with member:
		assert proposal not in frappe.get_list("Kyodo Proposal", pluck="name", limit=0)
		assert not frappe.get_list("Kyodo Expense Line", {"parent": proposal}, parent_doctype="Kyodo Proposal", limit=0)
	assert town.members["npo2"].read("Kyodo Proposal", proposal)["name"] == proposal
	frappe.db.set_value("Kyodo Recusal", doc.recusals[-1].name, "ruling", "Overruled")
	assert member.read("Kyodo Proposal", proposal)["name"] == proposal
