"""Letters: made by the act that they are about, issued at once or as a draft of the office, kept as PDF, never renumbered."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import nowdate
from frappe.workflow.doctype.workflow_action.workflow_action import clear_workflow_actions

from kyodo_frappe import messages
from kyodo_frappe.common import background, corrections, printing, scheduling
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.queries import among
from kyodo_frappe.letters import numbers, wording
from kyodo_frappe.letters.text import fill_in, hearing_words, letter_pdf
from kyodo_frappe.messages import people, rehearsal
from kyodo_frappe.permissions import attachments
from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.programme import city_words
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import DECIDED, OVER, states, states_after

PROJECT_LETTERS = ("Change Approved", "Next Year Confirmed", "Next Year Ended", "Amount Confirmed", "Result")


def issue_result(decision: Document, proposal: Document | None = None) -> str | None:
	"""Issue the letter about a decision, once; None for a proposal without an organisation. Returns its name.

	proposal: the one decided on, where the caller has it.
	"""
	if not decision.organisation:
		return None
	if existing := frappe.db.get_value("Kyodo Letter", {"decision": decision.name, **_not_withdrawn()}):
		return existing
	proposal = proposal or frappe.get_doc("Kyodo Proposal", decision.proposal)
	return _issue(_result_type(decision), proposal, decision=decision.name)


def _result_type(decision: Document) -> str:
	return "Corrected Result" if decision.replaces else decision.result


def check_result_worded(decision: Document, programme: str):
	"""Raise MissingWording if the programme has no wording for the letter about a decision."""
	wording.require_row(frappe.get_cached_doc("Kyodo Programme", programme), _result_type(decision))


def issue_receipt(proposal: Document) -> str | None:
	"""Issue the receipt of a proposal; None if the programme has no wording for it."""
	return _issue_if_worded("Receipt", proposal)


def issue_correction(proposal: Document) -> str | None:
	"""Issue the letter that lists the requested corrections; returns its name, or None if the programme has no wording for it."""
	return _issue_if_worded("Correction", proposal, details="\n".join(corrections.as_lines(proposal)))


def issue_invitation(proposal: Document, meeting: Document) -> str | None:
	"""Issue the letter that invites the organisation to a hearing, once for each meeting (プレゼン通知).

	None if it has been issued, or if the programme has no wording for it.
	"""
	if invitation_of(proposal, meeting):
		return None
	details = "\n".join(hearing_lines(proposal, meeting))
	return _issue_if_worded("Invitation", proposal, meeting=meeting.name, details=details)


def invitation_of(proposal: Document, meeting: Document) -> str | None:
	"""Return the letter that invites a proposal's organisation to this meeting."""
	return frappe.db.get_value(
		"Kyodo Letter",
		{"letter_type": "Invitation", "proposal": proposal.name, "meeting": meeting.name, **_not_withdrawn()},
		order_by="creation",
	)


def hearing_lines(proposal: Document, meeting: Document) -> list[str]:
	"""Return time and place of a hearing as lines of the letter."""
	item = next((row for row in meeting.agenda if row.proposal == proposal.name), None)
	return hearing_words(meeting.meeting_date, (item and item.begins_at) or meeting.begins_at, meeting.place)


def issue_budget_result(proposal: Document) -> str | None:
	"""Issue the letter about the outcome of the budget vote.

	None for a proposal that was not waiting for the vote, or if the programme has no wording for it.
	"""
	before = proposal.get_doc_before_save()
	if not before or before.workflow_state != "Pending Budget":
		return None
	adopted = proposal.workflow_state == "Adopted"
	decision = frappe.db.get_value("Kyodo Decision", {"proposal": proposal.name, "docstatus": 1}, "name", order_by="creation desc")
	details = "" if adopted else proposal.budget_failed_reason
	return _issue_if_worded("Budget Confirmed" if adopted else "Budget Failed", proposal, decision=decision, details=details)


def issue_moved_up(proposal: Document) -> str | None:
	"""Issue the letter that a reserve is moved up; None for other proposals, or if the programme has no wording for it."""
	before = proposal.get_doc_before_save()
	if not before or before.workflow_state != "Reserve":
		return None
	decision = frappe.db.get_value("Kyodo Decision", {"proposal": proposal.name, "docstatus": 1}, "name", order_by="creation desc")
	return _issue_if_worded("Moved Up", proposal, decision=decision, details=proposal.move_up_reason)


def issue_decline(proposal: Document) -> str | None:
	"""Issue the letter that an organisation's decline is accepted; None if the programme has no wording for it."""
	# nobody of the office issues it where the organisation declines on its page
	by_office = frappe.session.user if OFFICER in frappe.get_roles() else None
	return _issue_if_worded("Declined", proposal, details=proposal.decline_reason, issued_by=by_office)


def _not_withdrawn() -> dict:
	return {"workflow_state": ["not in", states("Kyodo Letter", OVER)]}


def _issue_if_worded(letter_type: str, proposal: Document, **values) -> str | None:
	programme = frappe.get_cached_doc("Kyodo Programme", proposal.programme)
	if not proposal.organisation or not wording.find_row(programme, letter_type):
		return None
	return _issue(letter_type, proposal, **values)


def issue_change(change: Document) -> str | None:
	"""Issue the approval of a change of the plan (変更承認); None for a project without an organisation."""
	return _issue_on_project("Change Approved", change.project, details=change.changes)


def issue_amount(report: Document) -> str | None:
	"""Issue the letter that fixes the settled amount (額の確定); None for a project without an organisation."""
	amounts = [
		(_("Granted Amount", lang=RECORD_LANGUAGE), report.granted_amount),
		(_("Amount as fixed", lang=RECORD_LANGUAGE), report.settled_amount),
		(_("Unused Amount", lang=RECORD_LANGUAGE), report.unused_amount),
		(_("Amount paid", lang=RECORD_LANGUAGE), report.paid_amount),
	]
	if report.refund_amount:
		amounts.append((_("Amount to be paid back", lang=RECORD_LANGUAGE), report.refund_amount))
	if report.payable_amount:
		amounts.append((_("Amount still to be paid", lang=RECORD_LANGUAGE), report.payable_amount))
	lines = [f"{label}　{printing.yen(amount)}" for label, amount in amounts]
	return _issue_on_project("Amount Confirmed", report.project, details="\n".join(lines))


def issue_next_year(project: Document, row: Document) -> str | None:
	"""Issue the letter that the next year of a project is confirmed, or that it ends before; None if the programme has no wording for it."""
	confirmed = row.year_state == "Year Confirmed"
	letter_type = "Next Year Confirmed" if confirmed else "Next Year Ended"
	programme = frappe.get_cached_doc("Kyodo Programme", project.programme)
	if not wording.find_row(programme, letter_type):
		return None
	lines = [f"{_('Fiscal Year', lang=RECORD_LANGUAGE)}　{era_year(row.fiscal_year)}"]
	if confirmed:
		lines.append(f"{_('Amount as confirmed', lang=RECORD_LANGUAGE)}　{printing.yen(row.granted)}")
	if row.reason:
		lines.append(f"{_('Reason', lang=RECORD_LANGUAGE)}　{row.reason}")
	return _issue_on_project(letter_type, project.name, details="\n".join(lines))


def issue_verification(evaluation: Document) -> str | None:
	"""Issue the letter about the result of an evaluation (評価検証の結果), once.

	None for a project without an organisation, or if the programme has no wording for it.
	"""
	if frappe.db.exists("Kyodo Letter", {"evaluation_round": evaluation.name, **_not_withdrawn()}):
		return None
	programme = frappe.db.get_value("Kyodo Project", evaluation.project, "programme")
	if not wording.find_row(frappe.get_cached_doc("Kyodo Programme", programme), "Result"):
		return None
	return _issue_on_project("Result", evaluation.project, evaluation_round=evaluation.name)


def _issue_on_project(letter_type: str, project: str, **values) -> str | None:
	doc = frappe.get_doc("Kyodo Project", project)
	if not doc.organisation:
		return None
	subject = frappe._dict(programme=doc.programme, organisation=doc.organisation, name=doc.proposal)
	return _issue(letter_type, subject, project=project, **values)


def _issue(letter_type: str, proposal: Document | dict, **values) -> str:
	"""Make a letter: issued at once, or a draft where the programme wants it to be issued by hand or approved before."""
	programme = frappe.get_cached_doc("Kyodo Programme", proposal.programme)
	row = wording.require_row(programme, letter_type)
	at_once = (row.issuing or wording.AT_ONCE) == wording.AT_ONCE
	letter = frappe.get_doc(
		{
			"doctype": "Kyodo Letter",
			"letter_type": letter_type,
			"programme": programme.name,
			"letter_number": numbers.next_number(row.prefix) if at_once else None,
			"issued_on": nowdate() if at_once else None,
			"issued_by": frappe.session.user if at_once else None,
			"organisation": proposal.organisation,
			"proposal": proposal.name,
			**wording.copied(row),
			"sender": row.sender or city_words.mayor(programme),
			**values,
		}
	)
	if not at_once:
		letter.issued_by = None
		fill_in(letter)
	with by_service(letter):
		# letters are created here only; no role may create them
		letter.insert(ignore_permissions=True)
	if at_once:
		# the act itself decides, whoever does it: an organisation that declines may not issue letters by hand
		letter.db_set("workflow_state", states_after(letter.doctype, "Issue Letter")[0], update_modified=False)
		clear_workflow_actions(letter.doctype, letter.name)  # those of the draft, which it was for a moment
		enqueue_pdf(letter)
	rehearsal.note_letter(letter)
	return letter.name


def before_issue(letter: Document):
	"""Give a letter its number and date before it is issued. Raises NumberMissing."""
	numbers.give(letter)
	letter.issued_on = letter.issued_on or nowdate()
	numbers.set_key(letter)


def on_issue(letter: Document):
	"""Keep the PDF of a letter that is issued by hand, and notify the organisation (施行)."""
	enqueue_pdf(letter)
	rehearsal.note_letter(letter)
	messages.send("Letter Issued", letter, to=people.members_of(letter.organisation, WRITERS))


def enqueue_pdf(letter: Document):
	"""Have the PDF of a letter made and kept after the transaction."""
	background.after_commit("kyodo_frappe.letters.issue.keep_pdf", queue="short", job_id=f"kyodo-letter-{letter.name}", letter=letter.name)


@frappe.whitelist(methods=["GET"])
def preview(programme: str, letter_type: str) -> None:
	"""Download a letter as the programme words it now, with the data of the last letter of its type or the last proposal.

	Nothing is numbered or saved. Raises PermissionError, MissingWording, and ValidationError without any record to show.
	"""
	require(MANAGER, OFFICER)
	doc = frappe.get_doc("Kyodo Programme", programme)
	row = wording.require_row(doc, letter_type)
	letter = frappe.new_doc("Kyodo Letter")
	letter.update({**_specimen_facts(doc.name, letter_type), "letter_type": letter_type, "programme": doc.name})
	letter.update({"letter_number": _("Specimen", lang=RECORD_LANGUAGE), "issued_on": nowdate()})
	letter.update(wording.copied(row))
	letter.issued_by = frappe.session.user
	frappe.local.response.filename = f"{_(letter_type)}.pdf"
	frappe.local.response.filecontent = letter_pdf(letter)
	frappe.local.response.type = "pdf"


def _specimen_facts(programme: str, letter_type: str) -> dict:
	fields = ["organisation", "proposal", "decision", "meeting", "project", "evaluation_round", "details"]
	filters = {"programme": programme, "letter_type": letter_type}
	if found := frappe.get_all("Kyodo Letter", filters, fields, order_by="creation desc", limit=1):
		return found[0]
	facts = _last_project_facts(programme) if letter_type in PROJECT_LETTERS else _last_proposal_facts(programme)
	if not facts:
		frappe.throw(_("There is no proposal yet to preview the letter with."), InputMissing)
	return facts


def _last_proposal_facts(programme: str) -> dict:
	filters = {"programme": programme, "first_submitted_on": ["is", "set"], "organisation": ["is", "set"]}
	rows = frappe.get_all("Kyodo Proposal", filters, ["name as proposal", "organisation"], order_by="creation desc", limit=1)
	if not rows:
		return {}
	decision_filters = {"proposal": rows[0].proposal, "docstatus": 1}
	return {**rows[0], "decision": frappe.db.get_value("Kyodo Decision", decision_filters, order_by="creation desc")}


def _last_project_facts(programme: str) -> dict:
	"""Return the last evaluated project with its evaluation, else the last project."""
	filters = {"programme": programme, "organisation": ["is", "set"]}
	rows = frappe.get_all("Kyodo Project", filters, ["name as project", "organisation", "proposal"], order_by="creation desc")
	round_filters = {"project": among([row.project for row in rows]), "outcome": ["is", "set"]}
	rounds = frappe.get_all("Kyodo Evaluation Round", round_filters, ["name", "project"], order_by="creation desc", limit=1)
	if not rounds:
		return rows[0] if rows else {}
	return {**next(row for row in rows if row.project == rounds[0].project), "evaluation_round": rounds[0].name}


def keep_missing_pdfs():
	"""Keep the PDFs of letters whose job was lost: the queue was away, or the worker was killed (hooks.py, scheduler)."""
	scheduling.for_each("Kyodo Letter", attachments.without_pdf("Kyodo Letter", states("Kyodo Letter", DECIDED)), keep_pdf)


def keep_pdf(letter: str) -> str:
	"""Attach the PDF of a letter as a private file, once; return its URL."""
	doc = frappe.get_doc("Kyodo Letter", letter, for_update=True)
	if doc.pdf:
		return doc.pdf
	return attachments.store_pdf(doc, letter_pdf(doc))
