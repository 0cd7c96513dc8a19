"""What the portal's pages show to a login: only what its permissions open, by explicit fields."""

import frappe
from frappe import _

from kyodo_frappe.permissions.people import WRITERS, organisations_of, projects_of
from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION, SUPPORT
from kyodo_frappe.portal import centre, my_evaluations, my_meetings, my_projects, my_running, my_support
from kyodo_frappe.portal.pieces import MOST, task, titles_of
from kyodo_frappe.services import agreements, consents, organisations, publication
from kyodo_frappe.workflows.states import WRITING, category, states


# -- my page -----------------------------------------------------------------------


def home() -> dict:
	"""Everything that waits for this login, and its own records."""
	mine = _my_proposals()
	return {
		"title": _("My page"),
		"organisations": my_organisations(),
		"proposals": mine,
		"projects": _my_projects(),
		"waiting": _waiting(mine),
		"deadlines": _deadlines(),
		"is_member": COMMITTEE in frappe.get_roles(),
		"is_support": SUPPORT in frappe.get_roles(),
		"is_organisation": ORGANISATION in frappe.get_roles(),
		"meetings": my_meetings.coming() if COMMITTEE in frappe.get_roles() else [],
	}


def my_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user)
	if not names:
		return []
	return frappe.get_list(
		"Kyodo Organisation",
		{"name": ["in", names]},
		["name", "organisation_name", "workflow_state", "valid_until", "return_reason", "programme"],
		order_by="creation asc",
	)


def _my_proposals() -> list[dict]:
	"""Proposals of the login's organisations, the last changed first."""
	names = organisations_of(frappe.session.user)
	if not names or not frappe.has_permission("Kyodo Proposal", "read"):
		return []
	return frappe.get_list(
		"Kyodo Proposal",
		{"organisation": ["in", names]},
		["name", "title", "workflow_state", "fiscal_year", "modified", "return_reason", "previous_proposal"],
		order_by="modified desc",
		limit=MOST,
	)


def _my_projects() -> list[dict]:
	"""Projects with the documents that the login may open: [{…, documents: [{address, title, state}]}]."""
	own = projects_of(frappe.session.user)
	if not own:
		return []
	rows = frappe.get_list(
		"Kyodo Project",
		{"name": ["in", own], "workflow_state": ["!=", "Cancelled"]},
		["name", "project_name", "workflow_state", "fiscal_year", "published"],
		order_by="fiscal_year desc, name desc",
		limit=MOST,
	)
	by_name = {row.name: row for row in rows}
	for row in rows:
		row.documents = []
	kinds = (
		("Kyodo Agreement", _("Agreement"), "agreements"),
		("Kyodo Report", _("Report"), "reports"),
		("Kyodo Evaluation Round", _("Evaluation"), "evaluations"),
	)
	for doctype, title, place in kinds if rows else ():
		for row in frappe.get_list(
			doctype,
			{"project": ["in", list(by_name)]},
			["name", "project", "workflow_state"],
			order_by="creation asc",
			limit=MOST * 4,
		):
			document = {"address": f"/kyodo/my/{place}/{row.name}", "title": title, "state": row.workflow_state}
			by_name[row.project].documents.append(document)
	return rows


def _waiting(mine: list[dict]) -> list[dict]:
	"""[{kind, title, address, note, due}], what is due first."""
	found = []
	for row in mine:
		if category("Kyodo Proposal", row.workflow_state) == WRITING:
			kind = _("Draft to finish") if row.workflow_state == "Draft" else _("Returned proposal")
			found.append(task(kind, row.title, f"/kyodo/my/proposals/{row.name}", row.return_reason if row.workflow_state == "Returned" else ""))
	found += _registrations()
	roles = set(frappe.get_roles())
	if roles & {ORGANISATION, SECTION}:
		found += my_projects.points_to_answer() + _agreements_to_confirm() + _reports_due() + my_evaluations.tasks() + my_running.tasks()
	if ORGANISATION in roles:
		found += _consents_to_give() + my_support.tasks()
	if SUPPORT in roles:
		found += centre.advice_asked() + centre.tasks()
	if COMMITTEE in roles:
		found += my_meetings.tasks()
	return sorted(found, key=lambda task: str(task.due or "9999"))


def _registrations() -> list[dict]:
	"""Registrations to finish, to correct, or to renew."""
	found = []
	writable = organisations_of(frappe.session.user, WRITERS)
	for row in my_organisations():
		if row.workflow_state in organisations.open_states():
			note = row.return_reason if row.workflow_state == "Returned" else ""
			address = f"/kyodo/my/organisation?name={row.name}"
			found.append(task(_("Registration of the organisation"), row.organisation_name, address, note))
		elif row.name in writable and organisations.may_renew(row):
			address = f"/kyodo/my/organisation/renew?name={row.name}"
			found.append(task(_("Renewal of the registration"), row.organisation_name, address, "", row.valid_until))
	return found


def _consents_to_give() -> list[dict]:
	"""Proposals that others have written with one's organisation in them, and that wait for its word."""
	return [
		task(_("Proposal that needs your consent"), row.title, f"/kyodo/my/proposals/{row.name}")
		for row in consents.asked_of(frappe.session.user)
	]


def _agreements_to_confirm() -> list[dict]:
	offered = frappe.get_list(
		"Kyodo Agreement",
		{"workflow_state": "Offered"},
		["name", "project", "content_hash"],
		order_by="modified desc",
		limit=MOST,
	)
	if not offered:
		return []
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in offered])
	found = []
	for row in offered:
		doc = frappe.get_doc("Kyodo Agreement", row.name)
		party = agreements.party_of(doc, frappe.session.user)
		if party and party.party_name in agreements.waiting_for(doc):
			found.append(task(_("Agreement to confirm"), titles.get(row.project), f"/kyodo/my/agreements/{row.name}"))
	return found


def _reports_due() -> list[dict]:
	rows = frappe.get_list(
		"Kyodo Report",
		{"workflow_state": ["in", states("Kyodo Report", WRITING)]},
		["name", "project", "due_date", "workflow_state", "return_reason"],
		order_by="due_date asc",
		limit=MOST,
	)
	titles = titles_of("Kyodo Project", "project_name", [row.project for row in rows])
	return [
		task(
			_("Report to hand in") if row.workflow_state == "Draft" else _("Returned report"),
			titles.get(row.project),
			f"/kyodo/my/reports/{row.name}",
			row.return_reason if row.workflow_state == "Returned" else "",
			row.due_date,
		)
		for row in rows
	]


def _deadlines() -> list[dict]:
	several = publication.programmes()
	if len(several) < 2:
		return [row for programme in several for row in publication.next_deadlines(programme.name)]
	rows = [
		{**row, "label": f"{row.label}（{programme.programme_name}）"}
		for programme in several
		for row in publication.next_deadlines(programme.name)
	]
	return sorted(rows, key=lambda row: row["due"])


# -- consultations -------------------------------------------------------------------


def consultations() -> dict:
	return {"title": _("Consultations"), "rows": consultations_of({})}


def consultations_of(filters: dict) -> list[dict]:
	if not frappe.has_permission("Kyodo Consultation", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Consultation",
		filters,
		["name", "proposal", "kind", "held_on", "section", "participants", "summary", "opinion"],
		order_by="held_on desc",
		limit=MOST,
	)
	titles = titles_of("Kyodo Proposal", "title", [row.proposal for row in rows])
	for row in rows:
		row.title = titles.get(row.proposal)
	return rows
