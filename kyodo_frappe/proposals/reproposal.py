"""What changed between a proposal that was turned down and the one that comes back (再提案, 鎌倉 2(2)2: a cycle)."""

from dataclasses import dataclass

import frappe
from frappe.model.document import Document

from kyodo_frappe.programme import form
from kyodo_frappe.programme.form_text import text_of
from kyodo_frappe.proposals.proposals import last_decision
from kyodo_frappe.rules.textdiff import word_diff


@dataclass(frozen=True)
class Change:
	"""One part that differs: its heading, [(op, text)] with op equal | insert | delete, and what had been said
	about it in the last decision: [{question, finding, reason}]."""

	field: str
	label: str
	parts: list[tuple[str, str]]
	asked: list[dict]


def changes(proposal: Document) -> list[Change]:
	"""Part by part what is different from the proposal before; empty for a first proposal."""
	if not proposal.previous_proposal:
		return []
	# whoever may read the proposal may know what it grew out of: the text is the same people's
	old = frappe.get_doc("Kyodo Proposal", proposal.previous_proposal)
	asked = _asked(old.name)
	found = []
	for one in form.fields_of(proposal, form.REVIEW, former=True):
		before, after = text_of(old, one), text_of(proposal, one)
		if before != after and not one.is_attachments:
			found.append(Change(one.name, one.label, word_diff(before, after), asked.get(one.name, [])))
	return found


def unanswered(proposal: Document) -> list[dict]:
	"""What the last decision said about parts that have not changed since: [{label, question, finding, reason}]."""
	if not proposal.previous_proposal:
		return []
	changed = {change.field for change in changes(proposal)}
	labels = form.headings(proposal)
	return [
		{"label": labels.get(field, ""), **row}
		for field, rows in _asked(proposal.previous_proposal).items()
		if field and field not in changed
		for row in rows
	]


def _asked(proposal: str) -> dict[str, list[dict]]:
	decision = last_decision(proposal)
	found = {}
	for row in decision.reasons if decision else ():
		found.setdefault(row.field or "", []).append({"question": row.question, "finding": row.finding, "reason": row.reason})
	return found
