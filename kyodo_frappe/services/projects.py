"""From an adopted proposal to a project that runs, is reported and closed."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.rules.era import fiscal_year, fiscal_year_range
from kyodo_frappe.services import deadlines
from kyodo_frappe.services.speech import RECORD_LANGUAGE
from kyodo_frappe.workflows.guard import by_service

CARRIED_TABLES = ("roles", "schedule", "indicators", "income", "expenses")


def begin_from(decision: Document) -> str:
	"""Make the project of an adopted proposal (once); returns its name."""
	existing = frappe.db.get_value(
		"Kyodo Project", {"proposal": decision.proposal, "workflow_state": ["!=", "Cancelled"]}
	)
	if existing:
		return existing
	proposal = frappe.get_doc("Kyodo Proposal", decision.proposal)
	year = (proposal.fiscal_year or fiscal_year(getdate())) + (1 if proposal.needs_budget else 0)
	first, last = fiscal_year_range(year)
	project = frappe.get_doc(
		{
			"doctype": "Kyodo Project",
			"project_name": proposal.title,
			"programme": proposal.programme,
			"origin": "City Plan" if proposal.origin == "City" else "Proposal",
			"fiscal_year": year,
			"from_date": max(first, getdate(nowdate())),
			"to_date": last,
			"section": proposal.section,
			"organisation": proposal.organisation,
			"proposal": proposal.name,
			"decision": decision.name,
			"granted_amount": decision.amount or 0,
			**_terms_of(proposal.call),
			"plan": proposal.plan,
			"public_summary": proposal.public_summary,
			"plain_summary": proposal.plain_summary,
			"published": proposal.publish_consent,
			"organisations": [{"organisation": row.organisation, "role": row.role} for row in proposal.partners],
		}
	)
	for table in CARRIED_TABLES:
		for row in proposal.get(table):
			project.append(table, {df.fieldname: row.get(df.fieldname) for df in row.meta.fields})
	with by_service(project):
		project.insert()
	return project.name


def _terms_of(call: str | None) -> dict:
	"""What the call said about money, kept with the project: a call that is changed later changes nothing for it."""
	row = frappe.db.get_value("Kyodo Call", call, ["rate", "ceiling", "rounding"], as_dict=True) if call else None
	return {"rate": row.rate, "ceiling": row.ceiling, "rounding": row.rounding or 1} if row else {}


def prepare_report(project: Document) -> str:
	"""Open the report that a completed project owes, with its due date by the programme's rule (鎌倉 2(2)6(2))."""
	year = fiscal_year(getdate(project.completed_on))
	existing = frappe.db.get_value("Kyodo Report", {"project": project.name, "fiscal_year": year})
	if existing:
		return existing
	report = frappe.get_doc(
		{
			"doctype": "Kyodo Report",
			"project": project.name,
			"fiscal_year": year,
			"completed_on": project.completed_on,
			"due_date": deadlines.due(project.programme, deadlines.REPORT, event_date=project.completed_on),
			"granted_amount": project.granted_amount,
			"indicators": [_indicator(row) for row in project.indicators],
			"settlement": [
				{"category": _(row.category, lang=RECORD_LANGUAGE), "description": row.description, "budget": row.amount, "eligible": row.eligible}
				for row in project.expenses
			],
		}
	)
	with by_service(report):
		# the office or the section completes the project; the report belongs to both sides
		report.insert(ignore_permissions=True)
	return report.name


def _indicator(row: Document) -> dict:
	fields = ("indicator", "unit", "baseline", "target", "measurement")
	return {field: row.get(field) for field in fields}
