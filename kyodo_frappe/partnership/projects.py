"""Projects that begin with an adopted proposal."""

import datetime

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.partnership import project_years
from kyodo_frappe.programme import call_budget, form, years
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.rules.rates import rate_text
from kyodo_frappe.workflows.guard import by_service, move


def create_from_decision(decision: Document, proposal: Document) -> str:
	"""Create the project of an adopted proposal once; returns its name."""
	existing = frappe.db.get_value("Kyodo Project", {"proposal": decision.proposal, "workflow_state": ["!=", "Cancelled"]})
	if existing:
		return existing
	year = years.first_of(proposal)
	begins = _first_day(proposal, *fiscal_year_range(year))
	last = fiscal_year_range(year + years.term_of(proposal) - 1)[1]
	project_years.note_in_proposal(proposal, decision)
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
			**_terms(proposal),
			years.ROWS: project_years.rows_from(decision),
			"published": proposal.publish_consent,
			"organisations": [{"organisation": row.organisation, "role": row.role} for row in proposal.partners],
		}
	)
	_copy_shared_fields(proposal, project)
	project.flags.kyodo_proposal = proposal
	with by_service(project):
		project.insert()
	return project.name


def _copy_shared_fields(proposal: Document, project: Document):
	for df in _shared_fields(proposal, project):
		if df.fieldtype in table_fields:
			rows = [{column.fieldname: row.get(column.fieldname) for column in row.meta.fields} for row in proposal.get(df.fieldname)]
			project.set(df.fieldname, rows)
		else:
			project.set(df.fieldname, proposal.get(df.fieldname))


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


def _terms(proposal: Document) -> dict:
	"""Rate, ceiling and rounding of the call, copied so that later changes of the call do not affect the project.

	Of a term of several years, each year has its own rate and ceiling.
	"""
	found = years.terms(proposal)
	if len(found) > 1:
		return {"rounding": found[1].rounding}
	rate = None if found[1].rate is None else rate_text(found[1].rate / 100)
	return {"rate": rate, "ceiling": found[1].ceiling or 0, "rounding": found[1].rounding}
