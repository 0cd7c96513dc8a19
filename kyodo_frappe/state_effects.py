"""What follows when a record enters a state: one place, keyed on the change, whichever way it came about.

Called from on_update (hooks.py), so that REST, desk, portal and jobs trigger each consequence once.
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


CONSEQUENCES = {
	("Kyodo Proposal", "Submitted"): (notifications.notify_organisations, notifications.notify_office),
	("Kyodo Proposal", "Received"): (letters.issue_receipt, notifications.notify_organisations),
	("Kyodo Proposal", "Returned"): (letters.issue_correction, notifications.notify_organisations),
	("Kyodo Proposal", "In Consultation"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Step 2"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Pending Budget"): (notifications.notify_organisations,),
	("Kyodo Proposal", "Adopted"): (_adopted, letters.issue_budget_result, notifications.notify_organisations),
	("Kyodo Proposal", "Not Adopted"): (letters.issue_budget_result, notifications.notify_organisations),
	("Kyodo Organisation", "Applied"): (organisations.notify_office,),
	("Kyodo Organisation", "Registered"): (organisations.notify_representatives,),
	("Kyodo Organisation", "Returned"): (organisations.notify_representatives,),
	("Kyodo Organisation", "Suspended"): (organisations.notify_representatives, dissolution.tell),
	("Kyodo Organisation", "Withdrawn"): (dissolution.tell,),
	("Kyodo Organisation", "Expired"): (organisations.notify_representatives,),
	("Kyodo Change Notice", "Submitted"): (change_notices.notify_office,),
	("Kyodo Change Notice", "Accepted"): (change_notices.apply,),
	("Kyodo Change Notice", "Returned"): (change_notices.notify_representatives,),
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

# what keeps in line with a record on every change in a state, not only on entering it
FOLLOWERS = {
	("Kyodo Meeting", "Convened"): (reviews.follow, convening.follow),
	("Kyodo Meeting", "In Session"): (reviews.follow,),
}
