"""What the public reads of projects: explicit fields of those that the office has published."""

import frappe

from kyodo_frappe.common.queries import PAGE, by_parent, count_by_state, published_years, rows_of
from kyodo_frappe.organisations.public import name_organisations, public_names
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import form_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, WRITING, by_category, category, states


def public_filters(**more) -> dict:
	"""Filters for published projects."""
	return {"published": 1, "workflow_state": ["in", states("Kyodo Project", public=True)], **programme_visibility.without_drafts(), **more}


def projects(year: int | None = None, state: str | None = None, start: int = 0, limit: int = PAGE):
	"""(rows, total number) of published projects, the latest first."""
	filters = public_filters()
	if year:
		filters["fiscal_year"] = year
	if state in states("Kyodo Project", public=True):
		filters["workflow_state"] = state
	rows = frappe.get_all(
		"Kyodo Project",
		filters,
		[
			*("name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section", "form"),
			*("from_date", "to_date", "public_summary", "plain_summary", "is_model_project"),
		],
		order_by="fiscal_year desc, name desc",
		start=start,
		limit=limit,
	)
	name_organisations(rows)
	return rows, frappe.db.count("Kyodo Project", filters)


def is_only_planned(project: dict) -> bool:
	"""Whether the plan is not final: still being written, or given up."""
	return category("Kyodo Project", project.workflow_state) == WRITING or project.workflow_state == "Cancelled"


def project(name: str) -> dict | None:
	"""A published project with its plan, agreements, notes and reports; None if there is none."""
	fields = (
		*("name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section", "form"),
		*("from_date", "to_date", "completed_on", "granted_amount", "plan", "public_summary", "plain_summary"),
		*("is_model_project", "model_reason", "proposal"),
	)
	rows = frappe.get_all("Kyodo Project", public_filters(name=name), fields, limit=1)
	if not rows:
		return None
	row = rows[0]
	name_organisations(rows)
	if is_only_planned(row):
		# the two sides are still writing it
		row.plan, row.roles, row.schedule, row.indicators = None, [], [], []
	else:
		row.roles = rows_of("Kyodo Role Line", "Kyodo Project", name, ["side", "role"])
		row.schedule = rows_of("Kyodo Schedule Line", "Kyodo Project", name, ["period", "activity", "side"])
		row.indicators = rows_of("Kyodo Indicator", "Kyodo Project", name, ["indicator", "unit", "baseline", "target", "measurement"])
	if row.proposal and not frappe.db.exists("Kyodo Proposal", proposal_public.public_filters(name=row.proposal)):
		row.proposal = None
	row.yearly = rows_of("Kyodo Yearly Amount", "Kyodo Project", name, ["fiscal_year", "granted", "year_state"])
	row.agreements = _agreements(name)
	row.notes = _notes(name)
	row.reports = _reports(name)
	return row


def _agreements(project: str) -> list[dict]:
	"""Concluded agreements: parties, roles, costs, dates and hash, without their clauses."""
	rows = frappe.get_all(
		"Kyodo Agreement",
		{"project": project, "workflow_state": ["in", states("Kyodo Agreement", public=True)]},
		[
			*("name", "agreement_kind", "form", "workflow_state", "effective_from", "effective_to"),
			*("concluded_on", "content_hash"),
		],
		order_by="concluded_on asc",
	)
	names = [row.name for row in rows]
	kind = "Kyodo Agreement"
	parties = rows_of("Kyodo Agreement Party", kind, names, ["side", "party_name", "organisation"]) if names else []
	known = public_names([party.organisation for party in parties])
	for party in parties:
		if party.organisation and not known.get(party.organisation):
			party.party_name = None
	parties = by_parent(parties)
	roles = by_parent(rows_of("Kyodo Role Line", kind, names, ["side", "role"]) if names else [])
	costs = by_parent(rows_of("Kyodo Agreement Cost", kind, names, ["side", "description", "amount"]) if names else [])
	for row in rows:
		row.parties, row.roles, row.costs = (table.get(row.name, []) for table in (parties, roles, costs))
	return rows


def _notes(project: str) -> list[dict]:
	"""The text of acknowledged notes that their side has released, without names and photos."""
	return frappe.get_all(
		"Kyodo Progress Note",
		{"project": project, "may_publish": 1, "acknowledged_on": ["is", "set"]},
		["kind", "note_date", "subject", "note"],
		order_by="note_date asc, creation asc",
		limit=200,
	)


def _reports(project: str) -> list[dict]:
	"""Accepted reports, as far as the form opens them to the public."""
	rows = frappe.get_all(
		"Kyodo Report",
		{"project": project, "workflow_state": ["in", states("Kyodo Report", public=True)]},
		[
			*("name", "fiscal_year", "report_kind", "workflow_state", "completed_on", "summary", "continuation"),
			*("granted_amount", "settled_amount", "unused_amount", "project"),
		],
		order_by="fiscal_year asc",
	)
	form_public.blank_undeclared("Kyodo Report", rows)
	more = form_public.further_blocks("Kyodo Report", rows)
	with_indicators = form_public.records_that_open("Kyodo Report", rows, "indicators")
	names = [row.name for row in rows]
	results = by_parent(
		rows_of("Kyodo Indicator", "Kyodo Report", names, ["indicator", "unit", "baseline", "target", "actual"]) if names else []
	)
	for row in rows:
		row.indicators = results.get(row.name, []) if row.name in with_indicators else []
		row.more = more[row.name]
	return rows


def of_organisation(organisation: str) -> list[dict]:
	"""[{name, project_name, workflow_state, fiscal_year}] of an organisation, the latest first."""
	return frappe.get_all(
		"Kyodo Project",
		public_filters(organisation=organisation),
		["name", "project_name", "workflow_state", "fiscal_year"],
		order_by="fiscal_year desc, name desc",
		limit=100,
	)


def years() -> list[int]:
	"""The fiscal years of published projects, the latest first."""
	return published_years("Kyodo Project", public_filters())


def newest(limit: int, programme: str | None = None) -> list[dict]:
	"""The latest published projects of which the plan is final, of one programme if given, with their summaries."""
	shown = states("Kyodo Project", WAITING, EXAMINED, DECIDED, OVER, public=True)
	filters = public_filters(**({"programme": programme} if programme else {}))
	rows = frappe.get_all(
		"Kyodo Project",
		{**filters, "workflow_state": ["in", shown]},
		[
			*("name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section"),
			*("public_summary", "plain_summary"),
		],
		order_by="fiscal_year desc, name desc",
		limit=limit,
	)
	name_organisations(rows)
	return rows


def counts(programme: str | None = None) -> dict[str, int]:
	"""{category of the state: number of published projects}, of one programme if given."""
	return by_category("Kyodo Project", count_by_state("Kyodo Project", public_filters(**({"programme": programme} if programme else {}))))
