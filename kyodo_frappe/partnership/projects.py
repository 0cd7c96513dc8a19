"""Projects that begin with an adopted proposal."""

import datetime

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.programme import call_budget, calls, form
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.workflows.guard import by_service, move


def create_from_decision(decision: Document) -> str:
	"""Create the project of an adopted proposal once; returns its name."""
	existing = frappe.db.get_value("Kyodo Project", {"proposal": decision.proposal, "workflow_state": ["!=", "Cancelled"]})
	if existing:
		return existing
	proposal = frappe.get_doc("Kyodo Proposal", decision.proposal)
	year = calls.first_year(proposal)
	first, last = fiscal_year_range(year)
	begins = _first_day(proposal, first, last)
	project = frappe.get_doc(
		{
			"doctype": "Kyodo Project",
			"project_name": proposal.title,
			"programme": proposal.programme,
			"programme_version": proposal.programme_version,
			"origin": "City Plan" if proposal.origin == "City" else "Proposal",
			"fiscal_year": year,
			"from_date": begins,
			"granted_from": begins,
			"to_date": last,
			"section": proposal.section,
			"organisation": proposal.organisation,
			"proposal": proposal.name,
			"decision": decision.name,
			"decided_on": proposal.moved_up_on or decision.decided_on,
			"granted_amount": call_budget.granted_by(decision),
			**_call_terms(proposal.call),
			"published": proposal.publish_consent,
			"organisations": [{"organisation": row.organisation, "role": row.role} for row in proposal.partners],
		}
	)
	for df in _shared_fields(proposal, project):
		if df.fieldtype in table_fields:
			rows = [{column.fieldname: row.get(column.fieldname) for column in row.meta.fields} for row in proposal.get(df.fieldname)]
			project.set(df.fieldname, rows)
		else:
			project.set(df.fieldname, proposal.get(df.fieldname))
	with by_service(project):
		project.insert()
	return project.name


def _first_day(proposal: Document, first: datetime.date, last: datetime.date) -> datetime.date:
	"""The day from which the project is granted: as the proposal asks, within its fiscal year and not before the decision."""
	asked = getdate(proposal.starts_on) if proposal.starts_on else first
	return max(first, getdate(nowdate()), asked if asked <= last else first)


def end_declined(proposal: Document):
	"""Call off the project of a proposal whose adoption was declined, with the reason."""
	name = frappe.db.get_value("Kyodo Project", {"proposal": proposal.name, "workflow_state": ["!=", "Cancelled"]})
	if not name:
		return
	project = frappe.get_doc("Kyodo Project", name, for_update=True)
	project.cancel_reason = _("Declined by the organisation: {0}", lang=RECORD_LANGUAGE).format(proposal.decline_reason)
	with by_service(project):
		project.save()
	move(project, "Call Off")


def _shared_fields(proposal: Document, project: Document) -> list[Document]:
	"""Fields of the proposal's form that the project has, too, under the same name and of the same kind."""
	found = []
	for name in form.content_of(proposal.doctype):
		mine, theirs = proposal.meta.get_field(name), project.meta.get_field(name)
		alike = mine and theirs and (mine.fieldtype in table_fields) == (theirs.fieldtype in table_fields)
		if alike and mine.options == theirs.options and not theirs.read_only:
			found.append(theirs)
	return found


def _call_terms(call: str | None) -> dict:
	"""Rate, ceiling and rounding of the call, copied so that later changes of the call do not affect the project."""
	row = frappe.db.get_value("Kyodo Call", call, ["rate", "ceiling", "rounding"], as_dict=True) if call else None
	return {"rate": row.rate, "ceiling": row.ceiling, "rounding": row.rounding or 1} if row else {}
