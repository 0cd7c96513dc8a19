"""What changed between a proposal that was turned down and the one that comes back (再提案, 鎌倉 2(2)2: a cycle)."""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.rules.textdiff import word_diff
from kyodo_frappe.services import vocabulary
from kyodo_frappe.services.proposals import PARTS, headings, last_decision

TABLES = ("roles", "schedule", "indicators", "income", "expenses")


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
	labels = headings(proposal)
	asked = _asked(old.name)
	found = []
	for field in ("title", *PARTS, "requested_amount", *TABLES):
		before, after = _text(old, field), _text(proposal, field)
		if before != after:
			label = labels.get(field) or _(proposal.meta.get_label(field))
			found.append(Change(field, label, word_diff(before, after), asked.get(field, [])))
	return found


def unanswered(proposal: Document) -> list[dict]:
	"""What the last decision said about parts that have not changed since: [{label, question, finding, reason}]."""
	if not proposal.previous_proposal:
		return []
	changed = {change.field for change in changes(proposal)}
	labels = headings(proposal)
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
		found.setdefault(row.field or "", []).append(
			{"question": row.question, "finding": row.finding, "reason": row.reason}
		)
	return found


def _text(doc: Document, field: str) -> str:
	df = doc.meta.get_field(field)
	if field in TABLES:
		return "\n".join(_row(row) for row in doc.get(field))
	if df.fieldtype == "Currency":
		return f"{flt(doc.get(field)):,.0f}"
	return (doc.get(field) or "").replace("\r\n", "\n").strip()


def _row(row: Document) -> str:
	"""A row of a table as one line, as one would read it out."""
	shown = []
	for df in row.meta.fields:
		value = row.get(df.fieldname)
		if df.fieldtype in ("Check", "Attach") or value in (None, "", 0, 0.0):
			continue
		if df.fieldtype in ("Currency", "Float", "Int"):
			shown.append(f"{_(df.label)} {flt(value):,.10g}")
		else:
			shown.append(vocabulary.shown(df, value))
	return "　".join(shown)
