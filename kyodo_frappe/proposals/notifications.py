"""Telling the people of a proposal what has become of it, by mail (domain.md §6: answer times on both sides)."""

from frappe.model.document import Document

from kyodo_frappe import messages
from kyodo_frappe.common import corrections
from kyodo_frappe.messages import people
from kyodo_frappe.permissions.people import WRITERS


def tell(proposal: Document):
	"""Tell those who write for the organisation and its partners what state the proposal has come to."""
	facts = {"corrections": corrections.as_lines(proposal)} if proposal.workflow_state == "Returned" else {}
	messages.send(f"Proposal {proposal.workflow_state}", proposal, **facts)


def tell_office(proposal: Document):
	messages.send("Proposal Handed In", proposal)


def ask_consent(proposal: Document, organisation: str):
	"""Tell an organisation's representatives that a proposal names it and waits for its word."""
	messages.send("Consent Asked", proposal, to=people.members_of(organisation))


def tell_hearing(event: str, proposal: Document, lines: list[str]):
	"""Tell an organisation that it is heard on its proposal, when and where; the letter is on the page. Or that this has
	changed."""
	messages.send(event, proposal, to=people.members_of(proposal.organisation, WRITERS), hearing=lines)
