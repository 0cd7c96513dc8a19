"""Consequences of a change of state: one table for all records.

Called from on_update (hooks.py), so REST, desk, portal and jobs trigger each consequence exactly once.
"""

from frappe.model.document import Document

from kyodo_frappe.committee import closing, convening, reviews
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
from kyodo_frappe.proposals import notifications, proposals, reserve
from kyodo_frappe.workflows.guard import STATE


def on_update(doc: Document, method: str | None = None):
	"""Run the consequences of the state that a record has entered, and the followers of the state that it is in."""
	rehearsal.note_saved(doc)
	before = doc.get_doc_before_save()
	state = doc.get(STATE)
	if before is not None and before.get(STATE) != state:
		for consequence in CONSEQUENCES.get((doc.doctype, state), ()):
			consequence(doc)
	for follower in FOLLOWERS.get((doc.doctype, state), ()):
		follower(doc)


def _adopted(proposal: Document):
	if decision := proposals.last_decision(proposal.name):
		projects.create_from_decision(decision)


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
