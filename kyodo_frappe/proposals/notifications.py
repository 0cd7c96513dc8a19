"""Notifications about a proposal by mail and in the desk (domain.md §6: answer times on both sides)."""

from frappe.model.document import Document

from kyodo_frappe import messages
from kyodo_frappe.common import corrections
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.people import WRITERS


def notify_organisations(proposal: Document):
	"""Notify the writers of the organisation and its partners of the new state of a proposal."""
	facts = {"corrections": corrections.as_lines(proposal)} if proposal.workflow_state == "Returned" else {}
	messages.send(f"Proposal {proposal.workflow_state}", proposal, **facts)


def notify_office(proposal: Document):
	"""Notify the office that a proposal was handed in."""
	messages.send("Proposal Handed In", proposal)


def request_consent(proposal: Document, organisation: str):
	"""Notify an organisation's representatives that a proposal names it and needs their consent."""
	messages.send("Consent Asked", proposal, to=people.members_of(organisation))


def notify_hearing(event: str, proposal: Document, lines: list[str]):
	"""Notify an organisation when and where it is heard on its proposal, or that this has changed. lines: the facts."""
	messages.send(event, proposal, to=people.members_of(proposal.organisation, WRITERS), hearing=lines)
