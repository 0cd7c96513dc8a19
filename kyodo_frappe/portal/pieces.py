"""Pieces that several pages show: the text of a proposal, titles of records, what waits for somebody."""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.portal.records import only
from kyodo_frappe.services import files, proposals
from kyodo_frappe.services.programme_versions import rules_of

MOST = 50


def task(kind: str, title: str | None, address: str, note: str | None = "", due=None) -> dict:
	return frappe._dict(kind=kind, title=title or "", address=address, note=note or "", due=due)


def titles_of(doctype: str, fieldname: str, names: list[str]) -> dict[str, str]:
	"""Titles of records that lists open to this login have named."""
	wanted = sorted({name for name in names if name})
	if not wanted:
		return {}
	return dict(
		frappe.get_all(doctype, {"name": ["in", wanted]}, ["name", fieldname], as_list=True, order_by="name")
	)


def sheet_of(doc: Document, empty: bool = False) -> dict:
	"""The text of a proposal for reading; with its empty parts too, where several stand side by side."""
	programme = rules_of(doc)
	labels = {row.field: row.label_text for row in programme.sheet_parts}
	return frappe._dict(
		name=doc.name,
		title=doc.title,
		organisation=frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		needs_budget=doc.needs_budget,
		requested_amount=doc.requested_amount,
		parts=[
			{"label": labels.get(field) or _(doc.meta.get_label(field)), "text": doc.get(field)}
			for field in proposals.PARTS
			if empty or doc.get(field)
		],
		roles=[only(row, "side", "role") for row in doc.roles],
		schedule=[only(row, "period", "activity", "side") for row in doc.schedule],
		indicators=[only(row, "indicator", "unit", "baseline", "target", "measurement") for row in doc.indicators],
		income=[only(row, "category", "description", "amount") for row in doc.income],
		expenses=[only(row, "category", "description", "unit_price", "quantity", "amount") for row in doc.expenses],
		total_income=doc.total_income,
		total_expenses=doc.total_expenses,
	)


def accepted_files(doc: Document) -> dict:
	"""What a form for files says and lets choose."""
	types, most_mb = files.accepted(doc)
	return {"types": "、".join(types), "accept": ",".join(f".{ending}" for ending in types), "most_mb": most_mb}
