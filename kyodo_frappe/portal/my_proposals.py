"""Pages of one's own proposals: beginning, writing together, following."""

import frappe
from frappe import _

from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.portal import fields, forms
from kyodo_frappe.portal.my import EDITABLE, consultations_of, sheet_of
from kyodo_frappe.portal.records import only, opened
from kyodo_frappe.services import proposals, publication


def new_proposal() -> dict:
	"""The first page of a proposal: for whom, and what the city calls kyodo."""
	return {
		"title": _("New proposal"),
		"typed": forms.typed_before("new-proposal"),
		"programmes": _programmes(),
		"organisations": _writable_organisations(),
		"calls": [row for row in publication.calls() if row.open],
	}


def _programmes() -> list[dict]:
	return frappe.get_all(
		"Kyodo Programme", {"is_active": 1}, ["name", "programme_name", "definition"], order_by="creation asc"
	)


def _writable_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user, WRITERS)
	if not names:
		return []
	return frappe.get_list(
		"Kyodo Organisation", {"name": ["in", names]}, ["name", "organisation_name"], order_by="creation asc"
	)


def proposal(name: str) -> dict:
	"""One's own proposal: a form while it may be written, afterwards a page to read."""
	doc = opened("Kyodo Proposal", name)
	may_write = doc.has_permission("write")
	editing = may_write and doc.workflow_state in EDITABLE
	typed = forms.typed_before(f"proposal:{name}")
	programme = frappe.get_cached_doc("Kyodo Programme", doc.programme)
	criteria = {row.code: row for row in programme.criteria}
	parts = [
		{
			"field": row.field,
			"label": row.label_text,
			"help": row.help_text or "",
			"question": criteria[row.criterion].question if row.criterion in criteria else "",
			"required": row.required,
		}
		for row in programme.sheet_parts
	]
	known = {part["field"] for part in parts}
	parts += [
		{"field": field, "label": _(doc.meta.get_label(field)), "help": "", "question": "", "required": 0}
		for field in proposals.PARTS
		if field not in known and doc.get(field)
	]
	changed = bool(typed) and typed.get("modified") != str(doc.modified)
	return {
		"title": doc.title,
		"doc": only(
			doc,
			*("name", "title", "workflow_state", "fiscal_year", "modified", "modified_by", "programme", "origin"),
			*("return_reason", "withdraw_reason", "budget_failed_reason", "acknowledged_on", "acknowledged_text"),
			*("previous_proposal", "total_income", "total_expenses", "publish_consent", "call"),
		),
		"organisation": frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		"values": forms.view(doc, fields.PROPOSAL, fields.PROPOSAL_TABLES, typed),
		"acknowledged": bool(typed.get("acknowledged")) if "has-acknowledged" in typed else bool(doc.acknowledged_on),
		"definition": programme.definition,
		"sheet_parts": parts,
		"reading": None if editing else sheet_of(doc),
		"editing": editing,
		"may_write": may_write,
		"stored": forms.unsaved(doc, fields.PROPOSAL, typed) if editing and changed else {},
		"missing": proposals.missing_parts(doc) if editing else [],
		"advice": proposals.advice_for(doc) if editing else {},
		"calls": [row for row in publication.calls() if row.open or row.name == doc.call],
		"options": {
			"side": forms.choices("Kyodo Role Line", "side"),
			"schedule_side": forms.choices("Kyodo Schedule Line", "side"),
			"income": forms.choices("Kyodo Income Line", "category"),
			"expenses": forms.choices("Kyodo Expense Line", "category"),
		},
		"timeline": publication.timeline([name], public=False),
		"decisions": _decisions(name),
		"letters": _letters(name),
		"consultations": consultations_of({"proposal": name}),
		"may_withdraw": may_write
		and doc.workflow_state in ("Draft", "Submitted", "Returned", "Received", "In Consultation", "Step 1", "Step 2"),
		"may_propose_again": may_write and doc.workflow_state == "Not Adopted",
		"typed": typed,
	}


def _decisions(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Decision", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Decision",
		{"proposal": proposal, "docstatus": 1},
		["name", "result", "decided_on", "amount", "conditions", "advice"],
		order_by="decided_on asc, creation asc",
	)
	if rows:
		reasons = {}
		for row in frappe.get_all(
			"Kyodo Decision Reason",
			{"parenttype": "Kyodo Decision", "parent": ["in", [row.name for row in rows]]},
			["parent", "question", "finding", "reason"],
			order_by="parent, idx",
		):
			reasons.setdefault(row.parent, []).append(row)
		for row in rows:
			row.reasons = reasons.get(row.name, [])
	return rows


def _letters(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Letter", "read"):
		return []
	return frappe.get_list(
		"Kyodo Letter",
		{"proposal": proposal},
		["name", "letter_number", "issued_on", "subject"],
		order_by="issued_on asc",
	)
