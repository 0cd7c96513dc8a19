"""Differences between a proposal that was turned down and the one that follows it (再提案, 鎌倉 2(2)2: a cycle)."""

from dataclasses import dataclass, replace

import frappe
from frappe.model.document import Document

from kyodo_frappe.programme import form
from kyodo_frappe.programme.form_text import text_of
from kyodo_frappe.proposals import later_documents
from kyodo_frappe.proposals.decisions import last_decision
from kyodo_frappe.rules.textdiff import word_diff


@dataclass(frozen=True)
class Change:
	"""A part that differs.

	parts: [(op, text)], op: equal, insert or delete; remarks: [{question, finding, reason}] about the part in the last decision;
	since_talk: it differs from the text before the documents after the section talk, not from the previous proposal.
	"""

	field: str
	label: str
	parts: list[tuple[str, str]]
	remarks: list[dict]
	since_talk: bool = False


def changes(proposal: Document) -> list[Change]:
	"""Return the parts that differ from the text before the documents after the section talk, else from the previous proposal."""
	if old := later_documents.text_before(proposal):
		return [replace(change, since_talk=True) for change in _differences(old, proposal, {})]
	return _since_previous(proposal)


def _since_previous(proposal: Document) -> list[Change]:
	if not proposal.previous_proposal:
		return []
	# readers of a proposal may see the previous one: it was written by the same people
	old = frappe.get_doc("Kyodo Proposal", proposal.previous_proposal)
	return _differences(old, proposal, _remarks_by_field(old.name))


def _differences(old: Document, proposal: Document, remarks: dict[str, list[dict]]) -> list[Change]:
	found = []
	for field in form.fields_of(proposal, form.REVIEW, former=True):
		before, after = text_of(old, field), text_of(proposal, field)
		if before != after and not field.is_attachments:
			found.append(Change(field.name, field.label, word_diff(before, after), remarks.get(field.name, [])))
	return found


def unanswered_remarks(proposal: Document) -> list[dict]:
	"""[{label, question, finding, reason}] of the last decision about parts that have not changed since."""
	if not proposal.previous_proposal:
		return []
	changed = {change.field for change in _since_previous(proposal)}
	labels = form.headings(proposal)
	return [
		{"label": labels.get(field, ""), **row}
		for field, rows in _remarks_by_field(proposal.previous_proposal).items()
		if field and field not in changed
		for row in rows
	]


def _remarks_by_field(proposal: str) -> dict[str, list[dict]]:
	decision = last_decision(proposal)
	found = {}
	for row in decision.reasons if decision else ():
		found.setdefault(row.field or "", []).append({"question": row.question, "finding": row.finding, "reason": row.reason})
	return found
