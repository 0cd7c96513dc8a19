"""Pages of projects: the overview that both sides share, the public list, and what the user's own page shows of them.

Only participants open the overview; everybody else reads the public page.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url_to_form

from kyodo_frappe.partnership import agreement_text, agreements, beginning, negotiation, parties, payment_requests, payments, project_years
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.partnership.agreement_pages import agreements_of
from kyodo_frappe.partnership.plan_pages import last_changes, may_write_plan, participant_project, project_head
from kyodo_frappe.permissions.people import projects_of
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import declining
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.web import metadata
from kyodo_frappe.web.blocks import MOST
from kyodo_frappe.web.listing import listing
from kyodo_frappe.workflows.states import WRITING, category, states

PROJECT = "Kyodo Project"
AGREEMENT = "Kyodo Agreement"


def public_projects() -> dict:
	"""Context of the public list of projects."""
	shown = states("Kyodo Project", public=True)
	found = listing(_("Projects"), "/kyodo/projects", project_public.projects, shown, project_public.years())
	return {**found, "sharing": metadata.about(feeds=metadata.subscriptions("projects"))}


def project(name: str) -> dict:
	"""Context of a project's overview: the next steps of both sides, its agreements, changes and records.

	Raises PageDoesNotExistError for anybody who does not take part.
	"""
	doc = participant_project(name)
	side = parties.side_of(doc)
	found = agreements_of(name)
	points = negotiation.points_of(name)
	papers = _papers(doc)
	next_steps = _next_steps(doc, found, points, papers)
	without_agreement = beginning.needs_no_agreement(doc)
	has_current = any(category(AGREEMENT, row.workflow_state) in agreement_text.CURRENT for row in found)
	return {
		"title": doc.project_name,
		"doc": project_head(doc),
		"organisations": [
			frappe.get_cached_value("Kyodo Organisation", organisation, "organisation_name")
			for organisation in parties.organisations_in(doc)
		],
		"side": side,
		"next_steps": [(each, next_steps[each]) for each in _own_first(side)],
		"agreements": found,
		"may_draft": may_write_plan(doc) and not (has_current or without_agreement),
		"without_agreement": without_agreement,
		"kinds": agreement_kinds(doc),
		"open_points": sum(point.state == "Open" for point in points),
		"changes": last_changes(name, 5),
		"papers": papers,
		"left": payments.left_to_pay(doc),
		"yearly": project_years.shown(doc),
		"has_begun": doc.workflow_state != "Planning",
		"declinable": doc.proposal if _may_decline(doc) else None,
	}


def _may_decline(project: Document) -> bool:
	"""Whether the user can decline the adoption that the project comes from, on the page of its proposal."""
	fields = ["name", "organisation", "workflow_state"]
	proposal = project.proposal and frappe.db.get_value("Kyodo Proposal", project.proposal, fields, as_dict=True)
	known = project if project.workflow_state != "Cancelled" else None
	return bool(proposal) and declining.may_decline(frappe._dict(proposal, doctype="Kyodo Proposal"), frappe.session.user, known)


def _own_first(side: str | None) -> tuple[str, str]:
	return (side, parties.other(side)) if side else parties.SIDES


def agreement_kinds(doc: Document) -> list[tuple[str, str]]:
	"""[(kind, label)] of agreements that the programme accepts for this project (小平: minutes can be enough)."""
	programme = rules_of(doc)
	form = next((row for row in programme.forms if row.form_name == doc.form), None)
	only_agreement = not programme.agreement_optional and (form is None or form.needs_agreement)
	return [(kind, _(kind)) for kind in (agreement_text.KINDS[:1] if only_agreement else agreement_text.KINDS)]


# -- next steps ----------------------------------------------------------------------------


def _next_steps(doc: Document, of_project: list[dict], points: list[dict], papers: list[dict]) -> dict[str, list[dict]]:
	"""{side: [{text, address, due}]}: what each side has to do next. of_project: its agreements, as `agreements_of`; points: all of its points;
	papers: as `_papers`."""
	steps = {side: [] for side in parties.SIDES}
	here = f"/kyodo/my/projects/{doc.name}"
	for side in parties.SIDES:
		if doc.workflow_state == "Planning" and not any(row.side == side for row in doc.roles):
			steps[side].append(next_step(_("Add the roles of your side to the plan"), f"{here}/plan?edit=roles#roles"))
	for point in points:
		if side := negotiation.side_to_answer(point):
			steps[side].append(next_step(_("Answer: {0}").format(point.subject), f"{here}/plan#point-{point.name}"))
	_agreement_steps(doc, of_project, steps)
	_change_steps(doc, steps)
	_report_steps(papers, steps)
	_payment_steps(doc, steps)
	_note_steps(doc, steps)
	for path in frappe.get_hooks("kyodo_project_waits"):
		frappe.get_attr(path)(doc, steps)
	return steps


def _change_steps(doc: Document, steps: dict[str, list[dict]]):
	filters = {"project": doc.name, "workflow_state": "Proposed"}
	for row in frappe.get_list("Kyodo Plan Change", filters, ["name", "side"], order_by="creation asc"):
		if row.side:
			steps[parties.other(row.side)].append(next_step(_("Answer a change of the plan"), f"/kyodo/my/changes/{row.name}"))


def _report_steps(papers: list[dict], steps: dict[str, list[dict]]):
	unwritten = [paper for paper in papers if paper.doctype == "Kyodo Report" and category(paper.doctype, paper.state) == WRITING]
	for paper in sorted(unwritten, key=lambda paper: str(paper.due_date or "")):
		steps[parties.ORGANISATION].append(next_step(_("Write the report"), paper.address, paper.due_date))


def _payment_steps(doc: Document, steps: dict[str, list[dict]]):
	if (project_years.shown(doc) or payments.is_settled(doc.name)) and payment_requests.most(doc, payment_requests.REST):
		steps[parties.ORGANISATION].append(next_step(_("Ask for the payment of the rest"), f"/kyodo/my/projects/{doc.name}/payments"))


def _note_steps(doc: Document, steps: dict[str, list[dict]]):
	for row in frappe.get_list(
		"Kyodo Progress Note",
		{"project": doc.name, "acknowledged_on": ["is", "not set"]},
		["name", "side", "subject", "kind"],
		order_by="creation asc",
		limit=MOST,
	):
		text = _("Read the note and acknowledge it: {0}").format(row.subject or _(row.kind))
		steps[parties.other(row.side)].append(next_step(text, f"/kyodo/my/projects/{doc.name}/notes#{row.name}"))


def _agreement_steps(doc: Document, of_project: list[dict], steps: dict[str, list[dict]]):
	current = [row for row in of_project if category(AGREEMENT, row.workflow_state) in agreement_text.CURRENT]
	for agreement in current:
		_confirmation_steps(agreement, steps)
	if doc.workflow_state != "Planning":
		return
	if beginning.needs_no_agreement(doc):
		_beginning_step(doc, steps)
	elif not current:
		for side in parties.SIDES:
			steps[side].append(next_step(_("Discuss the plan, then draft the agreement from it"), f"/kyodo/my/projects/{doc.name}/plan"))
	elif any(agreement.workflow_state == "Concluded" for agreement in current):
		_beginning_step(doc, steps)


def _beginning_step(doc: Document, steps: dict[str, list[dict]]):
	desk = get_url_to_form(PROJECT, doc.name) if parties.side_of(doc) == parties.CITY else ""
	day = beginning.first_day(doc)
	text = _("Start the project, on {0} or later").format(era_date(day)) if day else _("Start the project")
	steps[parties.CITY].append(next_step(text, desk))


def _confirmation_steps(agreement: dict, steps: dict[str, list[dict]]):
	address = f"/kyodo/my/agreements/{agreement.name}"
	if agreement.workflow_state == "Drafting":
		for side in parties.SIDES:
			steps[side].append(next_step(_("Finish the text of the agreement and offer it for confirmation"), address))
	if agreement.workflow_state == "Offered":
		offered = frappe.get_doc(AGREEMENT, agreement.name)
		waiting = agreements.parties_to_confirm(offered)
		for side in {party.side for party in offered.parties if party.party_name in waiting}:
			steps[side].append(next_step(_("Read the agreement and confirm it"), address))


def next_step(text: str, address: str, due=None) -> dict:
	"""One entry of the next steps of a side."""
	return frappe._dict(text=text, address=address, due=due)


def _papers(doc: Document) -> list[dict]:
	"""[{doctype, address, title, kind, fiscal_year, state, due_date}] of the reports, changes and evaluations that the user may read."""
	kinds = (
		("Kyodo Plan Change", _("Change of the plan"), "changes", ()),
		("Kyodo Report", _("Report"), "reports", ("report_kind", "fiscal_year", "due_date")),
		("Kyodo Evaluation Round", _("Evaluation"), "evaluations", ("phase", "fiscal_year")),
	)
	return [
		frappe._dict(
			doctype=doctype,
			due_date=row.due_date,
			address=f"/kyodo/my/{place}/{row.name}",
			title=title,
			kind=row.report_kind or row.phase,
			fiscal_year=row.fiscal_year,
			state=row.workflow_state,
		)
		for doctype, title, place, more in kinds
		for row in frappe.get_list(doctype, {"project": doc.name}, ["name", "workflow_state", *more], order_by="creation asc", limit=MOST)
	]


def own_projects() -> list[dict]:
	"""Projects of the user's organisations and sections, the newest first."""
	own = projects_of(frappe.session.user)
	if not own:
		return []
	return frappe.get_list(
		"Kyodo Project",
		{"name": ["in", own]},
		["name", "project_name", "workflow_state", "fiscal_year", "proposal"],
		order_by="fiscal_year desc, name desc",
		limit=500,
	)
