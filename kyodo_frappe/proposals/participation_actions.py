"""Endpoints of the forms around a draft: asking for advice, comments, consents, partners. Each answers with a redirect (web/forms.py)."""

import frappe
from frappe import _
from frappe.utils import nowdate

from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.proposals import comments, consents, early_start
from kyodo_frappe.web import forms
from kyodo_frappe.web.forms import answers_form
from kyodo_frappe.web.records import readable, writable


def _overview_page(proposal: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{proposal}"


def _participation_page(proposal: str = "", **_rest) -> str:
	return f"/kyodo/my/proposals/{proposal}/together"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def ask_advice(proposal: str, advice_access: str = "", advice_question: str = "", form: str = ""):
	"""Give the support centre access to a draft (to comment, or to write), or take it away."""
	doc = writable("Kyodo Proposal", proposal)
	doc.advice_access = advice_access
	doc.advice_question = advice_question.strip() or None
	doc.save()
	message = {
		"": _("The support centre no longer sees the draft."),
		"Comment": _("The support centre was notified. It can read the draft and comment on it."),
		"Write": _("The support centre was notified. It can read the draft, comment on it and write in it."),
	}
	return message[doc.advice_access or ""], _participation_page(proposal), "advice"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def add_comment(proposal: str, comment: str = "", part: str = "", form: str = ""):
	"""Add a comment on a part, or on the whole proposal. Raises as `comments.add`."""
	comments.add(proposal, comment, part)
	return _("The comment was added."), _participation_page(proposal), "advice"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def resolve_comment(proposal: str, comment: str):
	"""Mark a comment as resolved. Raises as `comments.resolve`."""
	comments.resolve(comment)
	return None, _participation_page(proposal), "advice"


@frappe.whitelist(methods=["POST"])
@answers_form(_overview_page)
def give_consent(proposal: str, agreed: str = "", form: str = ""):
	"""Consent to a proposal in the name of the user's organisation or section. Raises as `consents.consent`."""
	if not agreed:
		frappe.throw(_("Please tick that you have read the proposal and agree to it."), InputMissing)
	consents.consent(proposal)
	return _("Your consent is recorded."), _overview_page(proposal)


@frappe.whitelist(methods=["POST"])
@answers_form(_overview_page)
def object_to(proposal: str, text: str = "", form: str = ""):
	"""Record what should be changed before the organisation consents. Raises as `consents.object_to`."""
	consents.object_to(proposal, text)
	return _("The office was notified of what you want changed."), _overview_page(proposal)


@frappe.whitelist(methods=["POST"])
@answers_form(_overview_page)
def ask_early_start(proposal: str, starts_on: str = "", reason: str = "", form: str = ""):
	"""Ask the office to let the project begin before the decision. Raises as `early_start.ask`."""
	early_start.ask(proposal, starts_on, reason)
	return _("The office has been asked for an early start. Please wait for its answer."), _overview_page(proposal), "early"


@frappe.whitelist(methods=["POST"])
@answers_form(_overview_page)
def answer_corrections(proposal: str, form: str = "", **given: str):
	"""Save the answers to the corrections that the office has asked for."""
	doc = writable("Kyodo Proposal", proposal)
	for row in doc.corrections:
		if f"answer-{row.name}" in given and not row.settled:
			row.answer = given[f"answer-{row.name}"].strip() or None
	doc.save()
	return _("Your answers are saved. Hand the proposal in again when it is ready."), _overview_page(proposal), "asked"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def add_partner(proposal: str, organisation: str = "", number: str = "", role: str = "", form: str = ""):
	"""Ask an organisation, chosen or named by its registration number, to propose together. Raises as `consents.ask_partner`."""
	consents.ask_partner(proposal, number.strip() or organisation, role)
	return _("The organisation is asked for its consent."), _participation_page(proposal), "partners"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def remove_partner(proposal: str, row: str = ""):
	"""Remove a partner from the draft."""
	consents.remove_partner(proposal, row)
	return _("The organisation no longer takes part."), _participation_page(proposal), "partners"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def propose_with_city(proposal: str, section: str = "", form: str = ""):
	"""Propose jointly with a section of the city, or without one alone."""
	doc = writable("Kyodo Proposal", proposal)
	doc.origin = "Joint" if section else "Organisation"
	doc.section = section or None
	doc.save()
	if section:
		return _("The section is asked for its consent when it opens the proposal."), _participation_page(proposal), "section"
	return _("The proposal is yours alone."), _participation_page(proposal), "section"


@frappe.whitelist(methods=["POST"])
@answers_form(_participation_page)
def record_advice(proposal: str, held_on: str = "", participants: str = "", summary: str = "", visible: str = "", form: str = ""):
	"""Record a consultation that the support centre has held about a proposal."""
	readable("Kyodo Proposal", proposal)
	doc = frappe.new_doc("Kyodo Consultation")
	doc.update({"proposal": proposal, "kind": "Advice", "visible_to_organisation": int(bool(visible))})
	given = {"held_on": held_on or nowdate(), "participants": participants, "summary": summary}
	forms.fill(doc, ("held_on", "participants", "summary"), {}, given)
	doc.insert()
	return _("The consultation is recorded."), _participation_page(proposal), "record"
