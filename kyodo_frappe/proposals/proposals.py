"""Handing in a proposal, the decision on it, and proposing again."""

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import escape_html, getdate, nowdate

from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.organisations.errors import OrganisationNotRegistered
from kyodo_frappe.programme import call_conditions, calls, deadlines, form
from kyodo_frappe.programme.calls import Obstacle
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import budget_checks, consents, later_documents
from kyodo_frappe.proposals.decisions import last_decision
from kyodo_frappe.proposals.errors import ConsentMissing, DocumentsLate, NotTurnedDown, ProposalIncomplete, ProposalLate
from kyodo_frappe.rules.era import era_year, fiscal_year
from kyodo_frappe.workflows.guard import by_service, move, move_stored

# fields that are copied besides those of the form when a proposal is proposed again
CARRIED_OVER = ("programme", "origin", "organisation", "section", "partners")


def missing_parts(proposal: Document) -> list[str]:
	"""Return the headings of what has to be filled in before a proposal may be handed in."""
	return [label for label, _step, _field in missing(proposal)]


def missing(proposal: Document) -> list[tuple[str, str, str]]:
	"""[(heading, step, fieldname)] of what has to be filled in before a proposal may be handed in.

	Step and fieldname are "" for requirements outside of the form.
	"""
	if later_documents.is_open(proposal):
		return later_documents.missing(proposal) + _missing_documents(proposal)
	found = [(_("Organisation"), "", "")] if proposal.origin != "City" and not proposal.organisation else []
	found += [(field.label, field.step, field.name) for field in form.missing(proposal)]
	found += _missing_documents(proposal)
	if not proposal.acknowledged_on:
		found.append((_("Acknowledgement of the definition of kyodo"), "publication", "acknowledged"))
	amount = form.field_of(proposal, "requested_amount")
	if amount and not amount.required and proposal.needs_budget and not proposal.requested_amount:
		found.append((amount.label, amount.step, amount.name))
	return found + [(label, "", "") for label in consents.missing(proposal)]


def _missing_documents(proposal: Document) -> list[tuple[str, str, str]]:
	attached = {row.document for row in proposal.attachments if row.file}
	wanted = [row for row in later_documents.documents_of(proposal) if row.required]
	return [(row.document, "documents", "") for row in wanted if row.document not in attached]


def correctable_fields(proposal: Document) -> list[tuple[str, str]]:
	"""[(fieldname, heading)] of what the office can ask to be corrected, in the order of the form."""
	return [(field.name, field.label) for field in form.fields_of(proposal, form.PORTAL, former=True)]


def obstacles(proposal: Document) -> list[Obstacle]:
	"""Return why a proposal with nothing missing still cannot be handed in today; empty where it can."""
	found = [Obstacle(caution.text, caution.exc) for caution in budget_checks.cautions(proposal) if caution.exc]
	if later_documents.is_open(proposal):
		sentence = later_documents.late(proposal)
		found += [Obstacle(text, exc) for text, exc in call_conditions.answers(proposal)]
		return [*found, *([Obstacle(sentence, DocumentsLate)] if sentence else [])]
	if sentence := _late(proposal):
		found.append(Obstacle(sentence, ProposalLate))
	if sentence := _unregistered(proposal):
		found.append(Obstacle(sentence, OrganisationNotRegistered))
	return found + calls.obstacles(proposal)


def check_complete(proposal: Document):
	"""Raise ProposalIncomplete with everything that is missing, ConsentMissing where only consents are."""
	if missing := missing_parts(proposal):
		exc = ConsentMissing if missing == consents.missing(proposal) else ProposalIncomplete
		frappe.throw(_("Not filled in yet: {0}.").format(_(", ").join(missing)), exc=exc)


def check_ready(proposal: Document):
	"""Check that a proposal can be handed in today.

	Raises as `check_complete`, otherwise the exception of the first obstacle with the sentences of all. Locks what counts proposals: the
	call, the organisation.
	"""
	check_complete(proposal)
	if found := obstacles(proposal):
		frappe.throw("<br>".join(escape_html(obstacle.sentence) for obstacle in found), exc=found[0].exc)
	if later_documents.is_open(proposal):
		return
	call_conditions.check_limits(proposal)
	calls.check_one_per_organisation(proposal)


def is_late(proposal: Document) -> bool:
	"""Whether a proposal that needs city money has missed the deadline of this year's budget (鎌倉 2(2)1(4): 30 April)."""
	if not proposal.needs_budget or proposal.call:
		return False  # a call has days of its own
	came = getdate(proposal.first_submitted_on or nowdate())
	rules = rules_of(proposal)
	return deadlines.round_of(rules, True, came) > deadlines.round_of(rules, False, came)


def _late(proposal: Document) -> str | None:
	"""The sentence about a missed deadline: the proposal is then decided with the next budget, if its writers agree."""
	if not is_late(proposal) or proposal.next_budget_consent:
		return None
	came = getdate(proposal.first_submitted_on or nowdate())
	rules = rules_of(proposal)
	missed = deadlines.due(rules, deadlines.BUDGET_PROPOSAL, year=fiscal_year(came))
	return _("{0} To hand it in now for the round of {1}, please tick “{2}”.").format(
		deadlines.late_sentence(rules, deadlines.BUDGET_PROPOSAL, missed),
		era_year(deadlines.round_of(rules, True, came)),
		form.headings(proposal).get("next_budget_consent") or _(proposal.meta.get_label("next_budget_consent")),
	)


def _unregistered(proposal: Document) -> str | None:
	wanted = frappe.get_cached_value("Kyodo Programme", proposal.programme, "registration_required")
	if not wanted or not proposal.organisation or organisations.is_registered(proposal.organisation):
		return None
	return _("Only registered organisations can hand in proposals. Please apply for registration first; the draft is kept.")


@frappe.whitelist(methods=["POST"])
def propose_again(proposal: str) -> str:
	"""Create a new draft with the content of a refused proposal (再提案); returns its name.

	Raises PermissionError without the right to create a proposal of the organisation, ValidationError for a proposal that was not
	refused.
	"""
	old = frappe.get_doc("Kyodo Proposal", proposal)
	old.check_permission("read")
	if old.workflow_state != "Not Adopted":
		frappe.throw(_("Only a proposal that was not adopted can be proposed again."), NotTurnedDown)
	new = _copy(old)
	new.previous_proposal = old.name
	with by_service(new):  # previous_proposal is read-only; the permission to create is checked as usual
		new.insert()
	return new.name


def continue_project(project: str, title: str, call: str) -> str:
	"""Create a draft that continues a reported project of the user's organisation, with the content of its proposal; returns its name.

	Raises PermissionError for a project that the user does not read, or an organisation that the user cannot write for.
	"""
	old = frappe.get_doc("Kyodo Project", project)
	old.check_permission("read")
	new = _copy(frappe.get_doc("Kyodo Proposal", old.proposal)) if old.proposal else frappe.new_doc("Kyodo Proposal")
	new.update({"programme": old.programme, "organisation": old.organisation, "section": old.section, "origin": "Organisation"})
	new.update({"title": title, "call": call or None, "continued_project": old.name, "starts_on": None})
	new.insert()
	return new.name


def _copy(old: Document) -> Document:
	"""A new draft with the content of a proposal."""
	new = frappe.new_doc("Kyodo Proposal")
	for name in dict.fromkeys([*CARRIED_OVER, *form.content_of(old.doctype)]):
		df = old.meta.get_field(name)
		if df is None or df.no_copy:
			continue
		if df.fieldtype in table_fields:
			new.set(name, [_copied_values(row) for row in old.get(name)])
		else:
			new.set(name, old.get(name))
	return new


def _copied_values(row: Document) -> dict:
	fields = [df.fieldname for df in row.meta.fields if not df.no_copy]
	return {field: row.get(field) for field in fields if field != "consented_on"}


def advice_for(proposal: Document) -> dict[str, list[dict]]:
	"""{fieldname or "": [{question, finding, reason}]} from the decision on the proposal that this one follows."""
	if not proposal.previous_proposal:
		return {}
	decision = last_decision(proposal.previous_proposal)
	if decision is None:
		return {}
	by_field = {}
	for row in decision.reasons:
		by_field.setdefault(row.field or "", []).append({"question": row.question, "finding": row.finding, "reason": row.reason})
	if decision.advice:
		by_field.setdefault("", []).append({"question": _("Advice"), "finding": "", "reason": decision.advice})
	return by_field


def apply_decision(decision: Document, proposal: Document | None = None) -> Document:
	"""Move a proposal to the state that a decision of the meeting gives it, and return it; the workflow requires the decision.

	proposal: the one decided on, where the caller has it locked.
	"""
	action = {
		"Passed to Step 2": "Pass to Step 2",
		"Adopted": "Adopt",
		"Adopted Conditionally": "Adopt",
		"Adopted Pending Budget": "Adopt Pending Budget",
		"Reserve": "Put on the Reserve List",
		"Not Adopted": "Turn Down",
	}[decision.result]
	if proposal is None:
		return move_stored("Kyodo Proposal", decision.proposal, action)
	proposal.flags.kyodo_last_decision = decision
	return move(proposal, action)
