"""The page of a project's money: what is granted, settled, paid and left, and the organisation's requests for payment."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt

from kyodo_frappe.partnership import payment_requests, payments, portal_fields, project_years
from kyodo_frappe.partnership.payment_requests import KINDS, REQUEST
from kyodo_frappe.partnership.project_frame import opened_project, project_frame
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST
from kyodo_frappe.web.records import pick
from kyodo_frappe.workflows.states import WAITING, states


def payments_page(name: str) -> dict:
	"""Context of the payments page. Raises PermissionError for those who do not take part."""
	project = opened_project(name)
	offered = may_ask_for(project)
	settled = payments.settled_amount(name)
	paid, is_settled = payments.paid_amount(project), payments.is_settled(name)
	return {
		**project_frame(project, _("Payments")),
		"granted": flt(project.granted_amount),
		"settled": settled,
		"is_settled": is_settled,
		"paid": paid,
		"left": payments.left_to_pay(project),
		"refund": max(0, paid - settled) if is_settled else 0,
		"advance_share": payments.advance_share(project),
		"may_ask": payment_requests.may_ask(project),
		"rows": [pick(row, "kind", "amount", "fiscal_year", "planned_on", "paid_on") for row in project.payments],
		"requests": _requests(project),
		"offered": offered,
		"yearly": project_years.shown(project),
		"account_types": [("", ""), *((kind, _(kind)) for kind in payment_requests.ACCOUNT_TYPES)],
		"values": _typed_values(name, offered),
		"typed": bool(forms.refused_input(f"payment:{name}")),
	}


def may_ask_for(project: Document) -> list[dict]:
	"""[{kind, most}] of what the user's side may ask for now."""
	if not payment_requests.may_ask(project):
		return []
	return [
		frappe._dict(kind=kind, most=most, fiscal_year=payment_requests.year_to_ask_for(project, kind))
		for kind in KINDS
		if (most := payment_requests.most(project, kind))
	]


def _typed_values(project: str, offered: list[dict]) -> dict:
	typed = forms.refused_input(f"payment:{project}") or {}
	first = {"kind": offered[0].kind, "amount": f"{offered[0].most:,}"} if offered else {}
	return {field: typed.get(field, first.get(field, "")) for field in portal_fields.PAYMENT_REQUEST}


def _requests(project: Document) -> list[dict]:
	rows = frappe.get_list(REQUEST, {"project": project.name}, pluck="name", order_by="creation desc", limit=MOST)
	waiting = states(REQUEST, WAITING)
	own = payment_requests.may_ask(project)
	found = []
	for doc in (frappe.get_doc(REQUEST, name) for name in rows):
		shown = pick(doc, "name", "kind", "amount", "fiscal_year", "workflow_state", "requested_on", "return_reason", "paid_on")
		shown.account = payment_requests.account_lines(doc, project)
		shown.may_withdraw = own and doc.workflow_state in waiting
		found.append(shown)
	return found
