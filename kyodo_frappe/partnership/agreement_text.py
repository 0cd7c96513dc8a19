"""The text of an agreement as it is hashed, so that both sides confirm the same words.

Sources: domain.md §6 (agreements that both sides confirm word for word).
"""

import frappe
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.rules.canonical import content_hash as hash_text
from kyodo_frappe.workflows.states import DECIDED, WAITING, WRITING

AGREEMENT = "Kyodo Agreement"
KINDS = ("Agreement", "Memorandum", "Minutes")
# categories: of agreements that hold or may come to hold; of projects that may still agree on something
ALIVE = (WRITING, WAITING, DECIDED)
UNDER_WAY = (WRITING, WAITING)
TABLES = {
	"parties": ("side", "organisation", "section", "party_name", "representative"),
	"roles": ("side", "role"),
	"costs": ("side", "description", "amount"),
	"clauses": ("heading", "body"),
}
# annexes: part of the text where there are some, so that a text without them keeps the hash it always had
ANNEXES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
}
AMOUNTS = ("amount", "baseline", "target")
# of what was agreed, what becomes the plan again
AGREED_PLAN = {
	"roles": ("side", "role"),
	"schedule": ANNEXES["schedule"],
	"indicators": ANNEXES["indicators"],
}


def hash_of(agreement: Document) -> str:
	"""sha256 (hex) over everything that the parties agree on, in its order, annexed files included."""
	content = {
		"project": agreement.project,
		"kind": agreement.agreement_kind,
		"form": agreement.form or "",
		"from": iso_day(agreement.effective_from),
		"to": iso_day(agreement.effective_to),
	}
	for table, fields in TABLES.items():
		content[table] = table_rows(agreement, table, fields)
	content |= {key: value for key, value in _annexed(agreement).items() if value}
	with translate_rule_errors():
		return hash_text(content)


def _annexed(agreement: Document) -> dict:
	return {
		**{table: table_rows(agreement, table, fields) for table, fields in ANNEXES.items()},
		"annexes": [{"document": row.document, "file": _file_hash(agreement, row.file)} for row in agreement.annexes],
		"minutes_date": iso_day(agreement.minutes_date),
		"minutes_text": agreement.minutes_text or "",
		"replaces": agreement.replaces or "",
		"amend_reason": agreement.amend_reason or "",
	}


def table_rows(agreement: Document, table: str, fields: tuple[str, ...]) -> list[dict]:
	return [{field: _value(row, field) for field in fields} for row in agreement.get(table)]


def _value(row: Document, field: str) -> str | float:
	# an empty amount comes back from the database as 0
	return flt(row.get(field)) if field in AMOUNTS else (row.get(field) or "")


def iso_day(value) -> str:
	return str(getdate(value)) if value else ""


def _file_hash(agreement: Document, url: str | None) -> str:
	if not url:
		return ""
	hashes = frappe.get_all("File", {"file_url": url}, pluck="content_hash", order_by="creation asc", limit=1)
	return (hashes and hashes[0]) or url
