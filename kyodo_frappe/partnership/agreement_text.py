"""The text of an agreement as it is hashed, so that both sides confirm the same words.

Source: domain.md §6 (agreements that both sides confirm word for word).
"""

import frappe
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.rules.canonical import content_hash as hash_text
from kyodo_frappe.workflows.states import DECIDED, WAITING, WRITING

AGREEMENT = "Kyodo Agreement"
KINDS = ("Agreement", "Memorandum", "Minutes")
# state categories of agreements that are in force or may become so, and of projects that can still agree on something
CURRENT = (WRITING, WAITING, DECIDED)
ACTIVE_PROJECT = (WRITING, WAITING)
TABLES = {
	"parties": ("side", "organisation", "section", "party_name", "representative"),
	"roles": ("side", "role"),
	"costs": ("side", "description", "amount"),
	"clauses": ("heading", "body"),
}
# hashed only where present, so that a text without annexes keeps the hash of earlier versions
ANNEXES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
}
AMOUNTS = ("amount", "baseline", "target")
# what conclusion writes back into the plan
AGREED_PLAN = {
	"roles": ("side", "role"),
	"schedule": ANNEXES["schedule"],
	"indicators": ANNEXES["indicators"],
}


def hash_of(agreement: Document) -> str:
	"""SHA-256 (hex) of everything the parties agree on, including annexed files. Raises ValidationError."""
	content = {
		"project": agreement.project,
		"kind": agreement.agreement_kind,
		"form": agreement.form or "",
		"from": iso_day(agreement.effective_from),
		"to": iso_day(agreement.effective_to),
	}
	for table, fields in TABLES.items():
		content[table] = table_rows(agreement, table, fields)
	content |= {key: value for key, value in _annexed_content(agreement).items() if value}
	with translate_rule_errors():
		return hash_text(content)


def _annexed_content(agreement: Document) -> dict:
	return {
		**{table: table_rows(agreement, table, fields) for table, fields in ANNEXES.items()},
		"annexes": [{"document": row.document, "file": _file_hash(agreement, row.file)} for row in agreement.annexes],
		"minutes_date": iso_day(agreement.minutes_date),
		"minutes_text": agreement.minutes_text or "",
		"replaces": agreement.replaces or "",
		"amend_reason": agreement.amend_reason or "",
	}


def table_rows(agreement: Document, table: str, fields: tuple[str, ...]) -> list[dict]:
	"""[{field: value}] of a table, in the form in which it is hashed and compared."""
	return [{field: _value(row, field) for field in fields} for row in agreement.get(table)]


def _value(row: Document, field: str) -> str | float:
	# the database returns an empty amount as 0
	return flt(row.get(field)) if field in AMOUNTS else (row.get(field) or "")


def iso_day(value) -> str:
	"""A date as YYYY-MM-DD; "" for none."""
	return str(getdate(value)) if value else ""


def _file_hash(agreement: Document, url: str | None) -> str:
	if not url:
		return ""
	hashes = frappe.get_all("File", {"file_url": url}, pluck="content_hash", order_by="creation asc", limit=1)
	return (hashes and hashes[0]) or url
