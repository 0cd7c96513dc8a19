"""What follows the conclusion of an agreement: amendments, reminders before its term ends, and its end."""

import datetime
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_transitions
from frappe.utils import getdate, nowdate

from kyodo_frappe.common import scheduling
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.messages.due import Due
from kyodo_frappe.partnership import parties as project_parties
from kyodo_frappe.partnership.agreement_drafts import check_project_active, refill_clauses, values_from_plan
from kyodo_frappe.partnership.agreement_text import ACTIVE_PROJECT, AGREEMENT, CURRENT, TABLES
from kyodo_frappe.partnership.errors import TextFixed
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import WAITING, WRITING, category, states


def end_agreement(agreement: Document, **values):
	"""End an agreement by its own terms: a concluded amendment, or the end of its term.

	Sets the state directly, because the workflow has no such transition: no role may take it.
	"""
	agreement.db_set({"workflow_state": "Ended", **values})
	agreement.add_comment("Workflow", _("Ended"))


@frappe.whitelist(methods=["POST"])
def begin_amendment(agreement: str, reason: str) -> str:
	"""Draft an amendment of a concluded agreement from the current plan; either side or the office may.

	The agreement stays in force until the amendment is concluded. Returns the name of the draft, or of one that exists already.
	Raises PermissionError, TextFixed, ProjectNotActive, ValidationError without a reason.
	"""
	old = project_parties.get_permitted(AGREEMENT, agreement, lock=True)
	project = frappe.get_doc("Kyodo Project", old.project)
	project_parties.side_or_office(project)
	if old.workflow_state != "Concluded":
		frappe.throw(
			_("Only a concluded agreement can be amended. This one is in the state {0}.").format(_(old.workflow_state)), exc=TextFixed
		)
	if existing := frappe.db.get_value(
		AGREEMENT, {"replaces": agreement, "workflow_state": ["in", states(AGREEMENT, WRITING, WAITING)]}, for_update=True
	):
		return existing
	if not reason.strip():
		frappe.throw(_("Please give the reason for the amendment."), InputMissing)
	check_project_active(project)
	draft = frappe.get_doc(
		{
			"doctype": AGREEMENT,
			"project": old.project,
			"agreement_kind": old.agreement_kind,
			"form": project.form or old.form,
			"replaces": old.name,
			"amend_reason": reason.strip(),
			"parties": [{field: row.get(field) for field in TABLES["parties"]} for row in old.parties],
			"clauses": refill_clauses(old.clauses, project),
			"annexes": [{"document": row.document, "file": row.file} for row in old.annexes],
			"minutes_text": old.minutes_text,
			**values_from_plan(project),
		}
	)
	with by_service(draft):  # `replaces` is read-only in the form
		draft.insert(ignore_permissions=True)  # as in draft_for
	return draft.name


def amendment_chain(agreement: Document) -> list[dict]:
	"""[{name, agreement_kind, workflow_state, concluded_on, amend_reason}] of an agreement and its amendments, oldest first."""
	rows = frappe.get_all(
		AGREEMENT,
		{"project": agreement.project},
		["name", "agreement_kind", "workflow_state", "concluded_on", "amend_reason", "replaces", "amended_from"],
		order_by="creation asc",
	)
	by_name = {row.name: row for row in rows}
	first = by_name.get(agreement.name)
	while first and (before := by_name.get(first.replaces or first.amended_from)):
		first = before
	found, wanted = [], {first.name} if first else set()
	for row in rows:
		if row.name in wanted or {row.replaces, row.amended_from} & wanted:
			wanted.add(row.name)
			found.append(row)
	return found


def end_with_project(project: Document):
	"""Withdraw or terminate the agreements of a project that has been called off, by the office or by an organisation that declines."""
	for name in frappe.get_all(
		AGREEMENT, {"project": project.name, "workflow_state": ["in", states(AGREEMENT, *CURRENT)]}, pluck="name", order_by="name"
	):
		doc = frappe.get_doc(AGREEMENT, name)
		if doc.workflow_state == "Concluded":
			_terminate(doc, project.cancel_reason)
			continue
		if doc.workflow_state == "Offered":
			doc = move(doc, "Reopen")
		move(doc, "Withdraw")


def _terminate(agreement: Document, reason: str):
	"""Terminate an agreement: by the workflow for the office, directly for an organisation that has declined, which may not cancel it."""
	if _may_terminate(agreement):
		agreement.termination_reason = reason
		agreement.save()
		move(agreement, "Terminate")
		return
	agreement.db_set({"workflow_state": "Terminated", "docstatus": 2, "termination_reason": reason, "terminated_on": nowdate()})
	agreement.add_comment("Workflow", _("Terminated"))


def _may_terminate(agreement: Document) -> bool:
	"""Whether the user may terminate an agreement by the workflow."""
	return agreement.has_permission("cancel") and any(row.action == "Terminate" for row in get_transitions(agreement))


def end_terms(today: datetime.date | str | None = None) -> list[str]:
	"""End the agreements whose term is over and whose project is over, too (daily). Returns their names.

	An agreement whose project still runs stays in force; both sides are reminded to amend it.
	"""
	today = getdate(today or nowdate())
	over = [
		row.name
		for row in terms_in_force()
		if getdate(row.effective_to) < today and category("Kyodo Project", row.workflow_state) not in ACTIVE_PROJECT
	]
	return scheduling.for_each(AGREEMENT, over, _end)


def _end(name: str) -> bool:
	end_agreement(frappe.get_doc(AGREEMENT, name))
	return True


def terms_in_force() -> list[dict]:
	"""[{name, programme, effective_to, workflow_state (of the project), term_notice_days}] of the concluded agreements."""
	agreement, project = frappe.qb.DocType(AGREEMENT), frappe.qb.DocType("Kyodo Project")
	programme = frappe.qb.DocType("Kyodo Programme")
	return (
		frappe.qb.from_(agreement)
		.join(project)
		.on(project.name == agreement.project)
		.join(programme)
		.on(programme.name == project.programme)
		.select(agreement.name, project.programme, agreement.effective_to, project.workflow_state, programme.term_notice_days)
		.where((agreement.workflow_state == "Concluded") & agreement.effective_to.isnotnull())
		.orderby(agreement.effective_to)
		.orderby(agreement.name)
		.run(as_dict=True)
	)


def ending_terms(today: datetime.date) -> Iterator[Due]:
	"""Reminders to both sides before the term of an agreement ends, and after it has ended while the project still runs."""
	for row in terms_in_force():
		if category("Kyodo Project", row.workflow_state) in ACTIVE_PROJECT:
			yield Due(AGREEMENT, row.name, row.programme, getdate(row.effective_to), before=row.term_notice_days, ask=_both_sides)


def _both_sides(agreement: Document) -> tuple[list[dict], dict]:
	project = frappe.get_doc("Kyodo Project", agreement.project)
	return [person for side in project_parties.SIDES for person in project_parties.recipients(project, side)], {}
