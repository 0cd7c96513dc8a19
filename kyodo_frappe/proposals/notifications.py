"""Notifications about a proposal by mail and in the desk (domain.md §6: answer times on both sides)."""

from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe import messages
from kyodo_frappe.common import corrections
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.programme import call_budget
from kyodo_frappe.proposals import later_documents, reserve
from kyodo_frappe.proposals.decisions import last_decision
from kyodo_frappe.rules.era import era_date


def notify_organisations(proposal: Document):
	"""Notify the writers of the organisation and its partners of the new state of a proposal."""
	if reserve.was_moved_up(proposal):
		granted = call_budget.granted_by(last_decision(proposal.name))
		messages.send("Reserve Moved Up", proposal, amount=f"{granted:,}" if granted else "")
		return
	facts = {}
	if proposal.workflow_state == "Submitted":
		facts = messages.receipt(proposal.submitted_on, f"/kyodo/my/proposals/{proposal.name}/receipt")
	elif proposal.workflow_state == "Returned":
		facts["corrections"] = corrections.as_lines(proposal)
	elif proposal.workflow_state == later_documents.WRITING_DOCUMENTS:
		due = proposal.documents_due_on
		facts = {"corrections": corrections.as_lines(proposal), "until": era_date(getdate(due)) if due else ""}
	elif proposal.workflow_state == reserve.RESERVE:
		facts["rank"] = reserve.rank_of(proposal)
	messages.send(f"Proposal {proposal.workflow_state}", proposal, **facts)


def notify_office(proposal: Document):
	"""Notify the office that a proposal was handed in."""
	messages.send("Proposal Handed In", proposal)


def notify_office_of_documents(proposal: Document):
	"""Notify the office that the documents after the section talk were handed in."""
	messages.send("Documents Handed In", proposal)


def notify_office_of_decline(proposal: Document):
	"""Notify the office that an organisation has declined, with its reason."""
	messages.send("Adoption Declined", proposal, reason=proposal.decline_reason)


def request_consent(proposal: Document, organisation: str):
	"""Notify an organisation's representatives that a proposal names it and needs their consent."""
	messages.send("Consent Asked", proposal, to=people.members_of(organisation))


def notify_hearing(event: str, proposal: Document, lines: list[str]):
	"""Notify an organisation when and where it is heard on its proposal, or that this has changed. lines: the facts."""
	messages.send(event, proposal, to=people.members_of(proposal.organisation, WRITERS), hearing=lines)
