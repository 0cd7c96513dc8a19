"""What the public reads of projects: explicit fields of those that the office has published."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Date, Sum
from frappe.utils import cint

from kyodo_frappe.common import whole_records
from kyodo_frappe.common.queries import PAGE, among, by_parent, in_batches, page_of, rows_of
from kyodo_frappe.organisations.public import name_fields, name_organisations, public_names
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.programme import form_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.workflows import tallies
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, WRITING, by_category, category, states

NOTE, PROJECT = "Kyodo Progress Note", "Kyodo Project"
LISTED = (
	*("name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section", "form"),
	*("from_date", "to_date", "public_summary", "plain_summary", "is_model_project", "completed_on", "creation"),
)
INDICATOR_FIELDS = ["indicator", "unit", "baseline", "target", "direction"]
TEXTS = ("public_summary", "plain_summary", "plan", "model_reason")
PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp")


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
	count = tallies.count(PROJECT, filters)
	rows = page_of(PROJECT, filters, LISTED, [("fiscal_year", "desc"), ("name", "desc")], start, limit, count)
	return _with_organisations(rows), count


def batches() -> Iterator[list[dict]]:
	"""Yield the published projects, some hundred at a time, by name."""
	return map(_with_organisations, in_batches(PROJECT, public_filters(), LISTED))


def _with_organisations(rows: list[dict]) -> list[dict]:
	name_organisations(rows)
	name_fields(rows)
	return rows


def is_only_planned(project: dict) -> bool:
	"""Whether the plan is not final: still being written, or given up."""
	return category("Kyodo Project", project.workflow_state) == WRITING or project.workflow_state == "Cancelled"


# what a project's page shows of its tables
TABLE_FIELDS = {
	"roles": ("side", "role"),
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
	"yearly_amounts": ("fiscal_year", "granted", "year_state"),
}
AGREEMENT_FIELDS = {
	"parties": ("side", "party_name", "organisation"),
	"roles": ("side", "role"),
	"costs": ("side", "description", "amount"),
}


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
	name_fields(rows)
	tables = whole_records.tables_of(PROJECT, [name], *TABLE_FIELDS, "expenses")
	for table, columns in TABLE_FIELDS.items():
		row[table] = [frappe._dict({column: line[column] for column in columns}) for line in tables[table]]
	row.yearly, row.uses = row.pop("yearly_amounts"), _uses(tables["expenses"])
	if is_only_planned(row):
		# the two sides are still writing it
		row.plan, row.roles, row.schedule, row.indicators, row.uses = None, [], [], [], []
	if row.proposal and not proposal_public.is_public(row.proposal):
		row.proposal = None
	row.agreements = _agreements(name)
	row.notes = _notes(name)
	row.reports = _reports([name]).get(name, [])
	return row


def texts_of(names: list[str]) -> list[dict]:
	"""Return the published ones of these projects with their `texts`, those that `project` has; as many queries however many there are."""
	fields = ["name", "project_name", "programme", "workflow_state", "fiscal_year", "organisation", "section", "form", "from_date", *TEXTS]
	rows = frappe.get_all(PROJECT, public_filters(name=["in", names]), fields, order_by="name") if names else []
	names = [row.name for row in rows]
	for row in rows:
		row.proposed_by = row.organisation
	name_organisations(rows)
	final = [row.name for row in rows if not is_only_planned(row)]
	columns = {"Kyodo Role Line": "role", "Kyodo Schedule Line": "activity", "Kyodo Indicator": "indicator"}
	tables = [(field, by_parent(rows_of(table, PROJECT, final, [field]))) for table, field in columns.items()]
	noted = {"project": ["in", names], **_released()}
	notes = frappe.get_all(NOTE, noted, ["project", "subject", "note"], order_by="note_date asc, creation asc") if names else []
	reports = _reports(names)
	for row in rows:
		if row.name not in final:
			row.plan = None  # the two sides are still writing it
		row.texts = [row.plain_summary, row.public_summary, row.organisation_name, row.plan, row.model_reason, row.form]
		row.texts += [line[field] for field, lines in tables for line in lines.get(row.name, ())]
		row.texts += [text for note in notes if note.project == row.name for text in (note.subject, note.note)]
		row.reports = reports.get(row.name, [])
	return rows


def _uses(lines: list[dict]) -> list[dict]:
	"""What a project's money is spent on, by category: [{category, amount}] in yen, the largest first; its lines are not public."""
	amounts = {}
	for line in lines:
		amounts[line.category] = amounts.get(line.category, 0) + cint(line.amount)
	found = [frappe._dict(category=category, amount=amount) for category, amount in amounts.items() if amount > 0]
	return sorted(found, key=lambda line: -line.amount)


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
	tables = whole_records.tables_of("Kyodo Agreement", names, *AGREEMENT_FIELDS) if names else {}
	lines = {
		table: [frappe._dict({column: line[column] for column in ("parent", *columns)}) for line in tables.get(table, ())]
		for table, columns in AGREEMENT_FIELDS.items()
	}
	parties = lines["parties"]
	known = public_names([party.organisation for party in parties])
	for party in parties:
		if party.organisation and not known.get(party.organisation):
			party.party_name = None
	parties = by_parent(parties)
	roles, costs = by_parent(lines["roles"]), by_parent(lines["costs"])
	for row in rows:
		row.parties, row.roles, row.costs = (table.get(row.name, []) for table in (parties, roles, costs))
	return rows


def _notes(project: str) -> list[dict]:
	"""The text of acknowledged notes that their side has released, without names: [{kind, note_date, subject, note, photos}].

	photos: [{address}] of the pictures, where their side has released these as well.
	"""
	rows = frappe.get_all(
		NOTE,
		_released(project=project),
		["name", "kind", "note_date", "subject", "note", "publish_photos"],
		order_by="note_date asc, creation asc",
		limit=200,
	)
	pictures = by_parent(_pictures([row.name for row in rows if row.pop("publish_photos")]))
	for row in rows:
		found = pictures.get(row.pop("name"), [])
		row.photos = [frappe._dict(address=f"/kyodo/projects/{project}/photos/{picture.name}") for picture in found]
	return rows


def _released(**more) -> dict:
	return {"may_publish": 1, "acknowledged_on": ["is", "set"], **more}


def _pictures(notes: list[str], **more) -> list[dict]:
	if not notes:
		return []
	rows = frappe.get_all(
		"Kyodo Attachment",
		{"parenttype": NOTE, "parent": among(notes), "file": ["is", "set"], **more},
		["name", "parent", "file"],
		order_by="parent asc, idx asc",
	)
	return [row for row in rows if row.file.lower().endswith(PICTURES)]


def photo_urls(wanted: dict[str, str]) -> dict[str, str]:
	"""{row of a note's table of photos: URL of the private file behind it} of those photos that are released. Four queries.

	wanted: {row: the public project that it is shown with}
	"""
	named = public_filters(name=among(sorted(set(wanted.values()))))
	projects = frappe.get_all(PROJECT, named, pluck="name", order_by="name")
	notes = frappe.get_all(
		"Kyodo Attachment", {"parenttype": NOTE, "name": among([*wanted])}, pluck="parent", distinct=True, order_by="parent"
	)
	released = _released(name=among(notes), project=among(projects), publish_photos=1)
	project_of = dict(frappe.get_all(NOTE, released, ["name", "project"], as_list=True, order_by="name"))
	pictures = _pictures([*project_of], name=among([*wanted]))
	return {picture.name: picture.file for picture in pictures if project_of[picture.parent] == wanted[picture.name]}


def _reports(projects: list[str]) -> dict[str, list[dict]]:
	"""{project: its accepted reports, as far as the form opens them to the public}"""
	if not projects:
		return {}
	rows = frappe.get_all(
		"Kyodo Report",
		{"project": ["in", projects], "workflow_state": ["in", states("Kyodo Report", public=True)]},
		[
			*("name", "fiscal_year", "report_kind", "workflow_state", "completed_on", "summary", "continuation"),
			*("granted_amount", "settled_amount", "unused_amount", "project", "accepted_on"),
		],
		order_by="fiscal_year asc",
	)
	of_report = {row.name: row.project for row in rows}
	form_public.blank_undeclared("Kyodo Report", rows)
	more = form_public.further_blocks("Kyodo Report", rows)
	with_indicators = form_public.records_that_open("Kyodo Report", rows, "indicators")
	names = [row.name for row in rows]
	results = by_parent(
		rows_of("Kyodo Indicator", "Kyodo Report", names, ["indicator", "unit", "baseline", "target", "actual", "direction"])
		if names
		else []
	)
	for row in rows:
		row.indicators = results.get(row.name, []) if row.name in with_indicators else []
		row.more = more[row.name]
	found: dict[str, list[dict]] = {}
	for row in rows:
		found.setdefault(of_report[row.name], []).append(row)
	return found


def of_organisation(organisation: str) -> list[dict]:
	"""[{name, project_name, workflow_state, fiscal_year, proposal, public_summary, plain_summary}] of an organisation, the latest first."""
	return frappe.get_all(
		"Kyodo Project",
		public_filters(organisation=organisation),
		["name", "project_name", "workflow_state", "fiscal_year", "proposal", "public_summary", "plain_summary", "is_model_project"],
		order_by="fiscal_year desc, name desc",
		limit=100,
	)


def of_fiscal_year(programme: str, year: int) -> list[dict]:
	"""Published projects of a programme that ran in a fiscal year, with what is public of them in that year; plans left out.

	[{name, project_name, organisation_name, section, form, workflow_state, from_date, to_date, completed_on, public_summary, plain_summary,
	granted, settled, indicators, reported, photos}]. granted: yen for the year; settled: yen of its accepted report, None without one;
	indicators: of that report, else of the plan; reported: whether of a report; photos: [{row, note_date, subject}], the latest first.
	The same number of queries however many projects there are.
	"""
	first, last = fiscal_year_range(year)
	filters = public_filters(programme=programme, from_date=["<=", last])
	filters["workflow_state"] = ["in", states(PROJECT, WAITING, EXAMINED, DECIDED, OVER, public=True)]
	fields = [
		*("name", "project_name", "workflow_state", "fiscal_year", "organisation", "section", "form", "from_date", "to_date"),
		*("completed_on", "public_summary", "plain_summary", "granted_amount"),
	]
	rows = frappe.get_all(PROJECT, filters, fields, order_by="fiscal_year asc, name asc")
	rows = [row for row in rows if row.workflow_state != "Cancelled" and (row.completed_on or row.to_date or last) >= first]
	name_organisations(rows)
	names = [row.name for row in rows]
	amounts = by_parent(rows_of("Kyodo Yearly Amount", PROJECT, names, ["fiscal_year", "granted"]))
	reports = _reports_of_year(names, year)
	plans = by_parent(rows_of("Kyodo Indicator", PROJECT, names, INDICATOR_FIELDS))
	photos = photos_of_year(names, first, last)
	for row in rows:
		yearly = {one.fiscal_year: one.granted for one in amounts.get(row.name, ())}
		report = reports.get(row.name)
		row.granted = cint(yearly.get(year, 0) if yearly else row.granted_amount)
		row.settled = cint(report.settled_amount) if report else None
		row.reported = bool(report and report.indicators)
		row.indicators = report.indicators if row.reported else plans.get(row.name, [])
		row.photos = photos.get(row.name, [])
	return rows


def _reports_of_year(projects: list[str], year: int) -> dict[str, dict]:
	"""{project: its last accepted report of a fiscal year, with `indicators` where its form opens them}"""
	shown = {"project": among(projects), "fiscal_year": year, "workflow_state": ["in", states("Kyodo Report", public=True)]}
	rows = frappe.get_all("Kyodo Report", shown, ["name", "project", "settled_amount"], order_by="accepted_on asc, name asc")
	opened = form_public.records_that_open("Kyodo Report", rows, "indicators")
	results = by_parent(rows_of("Kyodo Indicator", "Kyodo Report", [row.name for row in rows], [*INDICATOR_FIELDS, "actual"]))
	for row in rows:
		row.indicators = results.get(row.name, []) if row.name in opened else []
	return {row.project: row for row in rows}


def photos_of_year(projects: list[str], first: datetime.date, last: datetime.date) -> dict[str, list[dict]]:
	"""{project: [{row, note_date, subject}]} of released photos of a time, the latest first; row: of the note's table."""
	filters = _released(project=among(projects), publish_photos=1, note_date=["between", [first, last]])
	notes = frappe.get_all(NOTE, filters, ["name", "project", "note_date", "subject"], order_by="note_date desc, name desc")
	pictures = by_parent(_pictures([note.name for note in notes]))
	found = {}
	for note in notes:
		for picture in pictures.get(note.name, ()):
			shown = frappe._dict(row=picture.name, note_date=note.note_date, subject=note.subject or "")
			found.setdefault(note.project, []).append(shown)
	return found


def reports_in_time(programme: str, year: int) -> tuple[int, int]:
	"""(reports handed in by their day, reports that were due) of published projects in a fiscal year."""
	first, last = fiscal_year_range(year)
	project, report = frappe.qb.DocType(PROJECT), frappe.qb.DocType("Kyodo Report")
	shown = (project.programme == programme) & (project.published == 1) & project.workflow_state.isin(states(PROJECT, public=True))
	in_time = Case().when(Date(report.submitted_on) <= report.due_date, 1).else_(0)
	rows = (
		frappe.qb.from_(report)
		.join(project)
		.on(project.name == report.project)
		.select(Count(report.name), Sum(in_time))
		.where(shown & report.due_date[first:last] & report.submitted_on.isnotnull())
		.run()
	)
	return cint(rows[0][1]), cint(rows[0][0])


def years() -> list[int]:
	"""The fiscal years of published projects, the latest first."""
	return tallies.years(PROJECT, public_filters())


def newest(limit: int, programme: str | None = None) -> list[dict]:
	"""The latest published projects with a final plan, of one programme if given, with their summaries."""
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
	return by_category(PROJECT, tallies.by_state(PROJECT, public_filters(**({"programme": programme} if programme else {}))))
