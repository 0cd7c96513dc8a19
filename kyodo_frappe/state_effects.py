"""Consequences of a change of state: one table for all records.

Called from on_update (hooks.py), so REST, desk, portal and jobs trigger each consequence exactly once.
"""

from frappe.model.document import Document

from kyodo_frappe.committee import closing, convening, reviews
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.organisations import change_notices
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.partnership import agreement_paper, agreement_terms, agreements, dissolution, plan_changes, projects, reports
from kyodo_frappe.proposals import notifications, proposals
from kyodo_frappe.workflows.guard import STATE


def on_update(doc: Document, method: str | None = None):
	"""Run the consequences of the state that a record has entered, and the followers of the state that it is in."""
	before = doc.get_doc_before_save()
	state = doc.get(STATE)
	if before is not None and before.get(STATE) != state:
		for consequence in CONSEQUENCES.get((doc.doctype, state), ()):
			consequence(doc)
	for follower in FOLLOWERS.get((doc.doctype, state), ()):
		follower(doc)


def _adopted(proposal: Document):
	if decision := proposals.last_decision(proposal.name):
		projects.begin_from(decision)


# {(DocType, state): functions called with the document when it enters the state}
CONSEQUENCES = {
	("Kyodo Proposal", "Submitted"): (notifications.tell, notifications.tell_office),
	("Kyodo Proposal", "Received"): (letters.issue_receipt, notifications.tell),
	("Kyodo Proposal", "Returned"): (letters.issue_correction, notifications.tell),
	("Kyodo Proposal", "In Consultation"): (notifications.tell,),
	("Kyodo Proposal", "Step 2"): (notifications.tell,),
	("Kyodo Proposal", "Pending Budget"): (notifications.tell,),
	("Kyodo Proposal", "Adopted"): (_adopted, letters.issue_budget_result, notifications.tell),
	("Kyodo Proposal", "Not Adopted"): (letters.issue_budget_result, notifications.tell),
	("Kyodo Organisation", "Applied"): (organisations.tell_office,),
	("Kyodo Organisation", "Registered"): (organisations.tell,),
	("Kyodo Organisation", "Returned"): (organisations.tell,),
	("Kyodo Organisation", "Suspended"): (organisations.tell, dissolution.tell),
	("Kyodo Organisation", "Withdrawn"): (dissolution.tell,),
	("Kyodo Organisation", "Expired"): (organisations.tell,),
	("Kyodo Change Notice", "Submitted"): (change_notices.tell_office,),
	("Kyodo Change Notice", "Accepted"): (change_notices.apply,),
	("Kyodo Change Notice", "Returned"): (change_notices.tell,),
	("Kyodo Meeting", "Convened"): (convening.invite,),
	("Kyodo Meeting", "Cancelled"): (convening.call_off,),
	("Kyodo Meeting", "Closed"): (closing.close, reviews.release_all),
	("Kyodo Agreement", "Offered"): (agreements.tell_offered,),
	("Kyodo Agreement", "Concluded"): (agreements.conclude, agreement_paper.keep_later),
	("Kyodo Project", "Completed"): (reports.prepare_report,),
	("Kyodo Project", "Cancelled"): (agreement_terms.end_with_project, reports.prepare_after_cancelling),
	("Kyodo Plan Change", "Proposed"): (plan_changes.tell_proposed,),
	("Kyodo Plan Change", "Returned"): (plan_changes.tell_returned,),
	("Kyodo Plan Change", "Approved"): (plan_changes.apply,),
	("Kyodo Report", "Submitted"): (evaluations.take_results, reports.handed_in),
	("Kyodo Report", "Accepted"): (reports.accepted,),
	("Kyodo Report", "Returned"): (reports.tell_returned,),
	("Kyodo Report", "Verified"): (reports.verified,),
	("Kyodo Evaluation Round", "Both In"): (evaluations.both_in,),
	("Kyodo Evaluation Round", "Discussed"): (evaluations.release_sheets,),
	("Kyodo Evaluation Round", "Verified"): (letters.issue_verification,),
	("Kyodo Evaluation Round", "Published"): (evaluations.name_model,),
}

# {(DocType, state): functions called with the document on every change in the state, not only on entering it}
FOLLOWERS = {
	("Kyodo Meeting", "Convened"): (reviews.follow, convening.follow),
	("Kyodo Meeting", "In Session"): (reviews.follow,),
}
