"""What waits at the desk for a person of the city, counted: the number cards of the app's workspace, as the city has chosen them."""

import json

import frappe
from frappe import _
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.model.document import Document
from frappe.utils import cint, nowdate

from kyodo_frappe.web import desk

WORKSPACE = "Kyodo"
# expressions of the cards' filters, which the desk evaluates in the browser
_EXPRESSIONS = {"frappe.datetime.get_today()": nowdate, "frappe.datetime.nowdate()": nowdate}


def box() -> dict | None:
	"""Return {address, counts: [{label, count, address}]} for people who work at the desk, else None.

	Each number is counted among the records that the user may read; cards that count nothing are left out.
	"""
	if not desk.works_there():
		return None
	rows = frappe.get_all(
		"Workspace Number Card", {"parenttype": "Workspace", "parent": WORKSPACE}, ["number_card_name", "label"], order_by="idx"
	)
	counts = [_counted(frappe.get_cached_doc("Number Card", row.number_card_name), row.label) for row in rows]
	return {"address": desk.address(), "counts": [row for row in counts if row and row["count"]]}


def _counted(card: Document, label: str) -> dict | None:
	count = _count(card)
	return count if count is None else {"label": _(label or card.label), "count": count, "address": desk.path_to_list(card.document_type)}


def _count(card: Document) -> int | None:
	"""The number of a card that counts records; None for others, and where only a browser can evaluate the filters."""
	if card.type != "Document Type" or card.function != "Count" or not frappe.has_permission(card.document_type, "read"):
		return None  # cards with a function of their own compute for as long as a report
	dynamic = json.loads(card.dynamic_filters_json or "[]")
	if any(row[3] not in _EXPRESSIONS for row in dynamic):
		return None
	return cint(get_result(card, [*json.loads(card.filters_json or "[]"), *([*row[:3], _EXPRESSIONS[row[3]]()] for row in dynamic)]))
