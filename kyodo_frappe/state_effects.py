"""Consequences of a change of state: one table for all records.

Called from on_update (hooks.py), so REST, desk, portal and jobs trigger each consequence exactly once.
"""

from frappe.model.document import Document

from kyodo_frappe.committee import closing, convening, reviews
from kyodo_frappe.common import outcome
from kyodo_frappe.common.language import _lt
from kyodo_frappe.common.outcome import NextStep
from kyodo_frappe.evaluation import next_year
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.letters import approval
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.messages import rehearsal
from kyodo_frappe.organisations import change_notices
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import (
	agreement_paper,
	agreement_terms,
	agreements,
	dissolution,
	payment_requests,
	plan_changes,
	projects,
	reports,
)
from kyodo_frappe.proposals import decisions, notifications, reserve
from kyodo_frappe.workflows.guard import STATE


def on_update(doc: Document, method: str | None = None):
	"""Run the consequences of the state that a record has entered, and the followers of the state that it is in."""
	rehearsal.note_saved(doc)
	before = doc.get_doc_before_save()
	state = doc.get(STATE)
	if before is not None and before.get(STATE) != state:
		with outcome.act(doc, NEXT_STEPS.get((doc.doctype, state))):
			for consequence in CONSEQUENCES.get((doc.doctype, state), ()):
				consequence(doc)
	for follower in FOLLOWERS.get((doc.doctype, state), ()):
		follower(doc)


def _adopted(proposal: Document):
	if decision := decisions.decision_on(proposal):
		projects.create_from_decision(decision, proposal)


# {(DocType, state): functions called with the document when it enters the state}
CONSEQUENCES = {
	("Kyodo Proposal", "Submitted"): (notifications.notify_organisations, notifications.notify_office),
	("Kyodo Proposal", "Received"): (letters.issue_receipt, notifications.notify_organisations),
	("Kyodo Proposal", "Returned"): (letters.issue_correction, notifications.notify_organisations),
	("Kyodo Proposal", "In Consultation"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Writing Documents"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Documents Handed In"): (notifications.notify_office_of_documents,),
	("Kyodo Proposal", "Step 2"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Reserve"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Pending Budget"): (letters.issue_moved_up, notifications.notify_organisations),
	("Kyodo Proposal", "Adopted"): (_adopted, letters.issue_budget_result, letters.issue_moved_up, notifications.notify_organisations),
	("Kyodo Proposal", "Not Adopted"): (letters.issue_budget_result, notifications.notify_organisations, reserve.tell_office_of_adoption),
	("Kyodo Proposal", "Declined"): (
		projects.end_declined,
		letters.issue_decline,
		notifications.notify_organisations,
		notifications.notify_office_of_decline,
		reserve.tell_office,
	),
	("Kyodo Organisation", "Applied"): (organisations.notify_office, organisations.notify_representatives),
	("Kyodo Organisation", "Registered"): (organisations.notify_representatives,),
	("Kyodo Organisation", "Returned"): (organisations.notify_representatives,),
	("Kyodo Organisation", "Suspended"): (organisations.notify_representatives, dissolution.notify_section),
	("Kyodo Organisation", "Withdrawn"): (dissolution.notify_section,),
	("Kyodo Organisation", "Expired"): (organisations.notify_representatives,),
	("Kyodo Change Notice", "Submitted"): (change_notices.notify_office,),
	("Kyodo Change Notice", "Accepted"): (change_notices.apply,),
	("Kyodo Change Notice", "Returned"): (change_notices.notify_representatives,),
	("Kyodo Letter", "Asked for Approval"): (approval.tell_next,),
	("Kyodo Letter", "Issued"): (letters.on_issue,),
	("Kyodo Meeting", "Convened"): (convening.send_invitations,),
	("Kyodo Meeting", "Cancelled"): (convening.send_cancellations,),
	# released first: a decision is final only with the marks that count
	("Kyodo Meeting", "Closed"): (reviews.release_all, closing.close),
	("Kyodo Agreement", "Offered"): (agreements.notify_offered,),
	("Kyodo Agreement", "Concluded"): (agreements.on_conclude, agreement_paper.enqueue_pdf),
	("Kyodo Project", "Completed"): (reports.open_final_report,),
	("Kyodo Project", "Cancelled"): (
		agreement_terms.end_with_project,
		reports.open_report_after_cancelling,
		reserve.tell_office_of_project,
	),
	("Kyodo Plan Change", "Proposed"): (plan_changes.notify_proposed,),
	("Kyodo Plan Change", "Returned"): (plan_changes.notify_returned,),
	("Kyodo Plan Change", "Approved"): (plan_changes.apply_change,),
	("Kyodo Payment Request", "Payment Decided"): (payment_requests.on_decided,),
	("Kyodo Payment Request", "Paid"): (payment_requests.on_paid,),
	("Kyodo Payment Request", "Sent Back"): (payment_requests.on_sent_back,),
	("Kyodo Report", "Submitted"): (evaluations.update_results, reports.on_submit_report),
	("Kyodo Report", "Accepted"): (reports.on_accept_report,),
	("Kyodo Report", "Returned"): (reports.notify_returned,),
	("Kyodo Report", "Verified"): (reports.on_verify_report,),
	("Kyodo Evaluation Round", "Both In"): (evaluations.release_and_notify,),
	("Kyodo Evaluation Round", "Discussed"): (evaluations.release_sheets, next_year.tell_office),
	("Kyodo Evaluation Round", "Verified"): (letters.issue_verification, next_year.tell_office),
	("Kyodo Evaluation Round", "Published"): (evaluations.mark_as_model_project,),
}

# {(DocType, state): functions called with the document on every change in the state, not only on entering it}
FOLLOWERS = {
	("Kyodo Meeting", "Convened"): (reviews.sync_reviews, convening.send_changes),
	("Kyodo Meeting", "In Session"): (reviews.sync_reviews,),
}

_WAIT_FOR_CORRECTION = NextStep(_lt("The other side corrects it and hands it in again."))
_AGENDA = NextStep(_lt("Put it on the agenda of the next meeting, if it is not there yet."))
# {(DocType, state): what comes next, said to whoever has brought the record there}
NEXT_STEPS = {
	("Kyodo Proposal", "Submitted"): NextStep(_lt("The office receives it or asks for corrections.")),
	("Kyodo Proposal", "Returned"): _WAIT_FOR_CORRECTION,
	("Kyodo Proposal", "Received"): NextStep(_lt("Start the talk with the section in charge, or refer it to a meeting.")),
	("Kyodo Proposal", "In Consultation"): NextStep(_lt("When the section has said what it thinks, refer it to a meeting.")),
	("Kyodo Proposal", "Writing Documents"): NextStep(_lt("The organisation hands in the documents.")),
	("Kyodo Proposal", "Documents Handed In"): NextStep(_lt("Check the documents and refer it to a meeting.")),
	("Kyodo Proposal", "Step 1"): _AGENDA,
	("Kyodo Proposal", "Step 2"): _AGENDA,
	("Kyodo Proposal", "Reserve"): NextStep(_lt("If an adopted proposal is declined, it can move up.")),
	("Kyodo Proposal", "Pending Budget"): NextStep(_lt("After the vote on the budget, confirm or turn it down here.")),
	("Kyodo Proposal", "Adopted"): NextStep(_lt("Settle the plan of the project with the organisation."), made="Kyodo Project"),
	("Kyodo Proposal", "Not Adopted"): NextStep(_lt("Check the letter with the result."), made="Kyodo Letter"),
	("Kyodo Organisation", "Applied"): NextStep(_lt("The office checks the requirements, then registers or asks for corrections.")),
	("Kyodo Organisation", "Returned"): _WAIT_FOR_CORRECTION,
	("Kyodo Change Notice", "Submitted"): NextStep(_lt("The office accepts the notice or returns it.")),
	("Kyodo Change Notice", "Returned"): _WAIT_FOR_CORRECTION,
	("Kyodo Meeting", "Convened"): NextStep(_lt("On the day, open the session on its page."), page="kyodo-session"),
	("Kyodo Meeting", "In Session"): NextStep(_lt("Record what is decided on the page of the session."), page="kyodo-session"),
	("Kyodo Meeting", "Closed"): NextStep(_lt("Check the draft of the minutes."), field="minutes"),
	("Kyodo Meeting", "Minutes Confirmed"): NextStep(_lt("Publish the minutes.")),
	("Kyodo Letter", "Asked for Approval"): NextStep(_lt("The approver finds it on the page of the day.")),
	("Kyodo Letter", "Approved"): NextStep(_lt("The office issues it.")),
	("Kyodo Agreement", "Drafting"): NextStep(_lt("Correct the text and offer it again.")),
	("Kyodo Agreement", "Offered"): NextStep(_lt("Both sides read the text and confirm it.")),
	("Kyodo Agreement", "Concluded"): NextStep(_lt("Begin the project on the first day of its term."), field="project"),
	("Kyodo Project", "Running"): NextStep(_lt("Watch the progress notes and the vouchers.")),
	("Kyodo Project", "Completed"): NextStep(_lt("The organisation writes the report on the project."), made="Kyodo Report"),
	("Kyodo Project", "Reported"): NextStep(_lt("The meeting that verifies the results looks at the report.")),
	("Kyodo Project", "Verified"): NextStep(_lt("When everything is paid and published, close the project.")),
	("Kyodo Plan Change", "Proposed"): NextStep(_lt("The other side agrees to the change or returns it.")),
	("Kyodo Plan Change", "Both Agree"): NextStep(_lt("The office approves the change or returns it.")),
	("Kyodo Plan Change", "Returned"): _WAIT_FOR_CORRECTION,
	("Kyodo Payment Request", "Payment Decided"): NextStep(_lt("When it has been paid, record the payment here.")),
	("Kyodo Payment Request", "Sent Back"): _WAIT_FOR_CORRECTION,
	("Kyodo Report", "Submitted"): NextStep(_lt("The office checks the report and its vouchers, then accepts or returns it.")),
	("Kyodo Report", "Returned"): _WAIT_FOR_CORRECTION,
	("Kyodo Report", "Accepted"): NextStep(_lt("The meeting that verifies the results looks at the report.")),
	("Kyodo Evaluation Round", "Both In"): NextStep(_lt("Both sides talk about where their marks differ.")),
	("Kyodo Evaluation Round", "Discussed"): NextStep(_lt("The meeting verifies the evaluation.")),
	("Kyodo Evaluation Round", "Verified"): NextStep(_lt("Publish the evaluation.")),
	("Kyodo Service Screening", "Answered"): NextStep(_lt("The office reads the answers, then concludes or returns them.")),
	("Kyodo Service Screening", "Returned"): _WAIT_FOR_CORRECTION,
}
