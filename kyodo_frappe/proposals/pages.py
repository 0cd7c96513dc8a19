"""Pages of a user's own proposals, and the public ones."""

import frappe
from frappe import _
from markupsafe import Markup

from kyodo_frappe.common.names import name_of
from kyodo_frappe.common.queries import PAGE, among
from kyodo_frappe.permissions.people import WRITERS, organisations_of, proposals_open_to_advice, records_with_partner
from kyodo_frappe.permissions.roles import ORGANISATION, SUPPORT
from kyodo_frappe.programme import call_conditions
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.call_budget import granted_by
from kyodo_frappe.proposals import (
	budget_checks,
	consents,
	declining,
	discarding,
	excel_pages,
	later_documents,
	paper_forms,
	participation_pages,
	reserve,
	results,
	step_pages,
	timeline,
)
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals.participation_pages import consultations_of
from kyodo_frappe.proposals.step_pages import common_context
from kyodo_frappe.web import forms, metadata, pictures
from kyodo_frappe.web.blocks import sheet_of, task
from kyodo_frappe.web.listing import listing, or_not_found, page_number, pages_of
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import DECIDED, OVER, WRITING, allows, category, category_of, drafts, states


def new_proposal() -> dict:
	"""Context of the page that begins a proposal."""
	organisations = _writable_organisations()
	return {
		"title": _("New proposal"),
		"typed": forms.refused_input("new-proposal"),
		"programmes": _programmes(),
		"organisations": organisations,
		"calls": [row for row in programme_public.calls() if row.open],
		"projects": _continuable(organisations),
		"excel": excel_pages.blanks(),
	}


def _continuable(organisations: list[dict]) -> list[dict]:
	"""The reported projects of these organisations, where an open call is for continued ones."""
	open_calls = [row.name for row in programme_public.calls() if row.open]
	if not frappe.db.exists("Kyodo Call", {"name": among(open_calls), "continued": 1}):
		return []
	return [row for organisation in organisations for row in call_conditions.continuable_projects(organisation.name)]


def _programmes() -> list[dict]:
	return frappe.get_all("Kyodo Programme", {"is_active": 1}, ["name", "programme_name", "definition"], order_by="creation asc")


def _writable_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user, WRITERS)
	if not names:
		return []
	return frappe.get_list("Kyodo Organisation", {"name": ["in", names]}, ["name", "organisation_name"], order_by="creation asc")


# -- all of them -------------------------------------------------------------------------


def my_proposals() -> dict:
	"""Context of the list of proposals that the user writes or takes part in, grouped by state."""
	groups = {
		_("To finish"): [],
		_("In examination"): [],
		_("On the reserve list"): [],
		_("Adopted"): [],
		_("Not adopted or withdrawn"): [],
	}
	for row in _rows():
		groups[_group(row.workflow_state)].append(row)
	return {
		"title": _("My proposals"),
		"groups": [(title, rows) for title, rows in groups.items() if rows],
		"may_begin": bool(_writable_organisations()),
	}


def _group(state: str) -> str:
	"""The heading under which a state is listed; "In examination" for every state that says nothing else."""
	if state == "Not Adopted":
		return _("Not adopted or withdrawn")
	if state == reserve.RESERVE:
		return _("On the reserve list")
	headings = {WRITING: _("To finish"), DECIDED: _("Adopted"), OVER: _("Not adopted or withdrawn")}
	return headings.get(category("Kyodo Proposal", state), _("In examination"))


def _rows() -> list[dict]:
	user = frappe.session.user
	names = organisations_of(user)
	others = [*records_with_partner("Kyodo Proposal", user)]
	if SUPPORT in frappe.get_roles():
		others += proposals_open_to_advice(user)
	if not frappe.has_permission("Kyodo Proposal", "read") or not (names or others):
		return []
	return frappe.get_list(
		"Kyodo Proposal",
		or_filters={"organisation": among(names), "name": among(others)},
		fields=[
			*("name", "title", "workflow_state", "fiscal_year", "modified", "return_reason", "organisation"),
			*("previous_proposal", "first_submitted_on", "received_on", "documents_due_on"),
		],
		order_by="modified desc",
		limit=500,
	)


# -- one of them ---------------------------------------------------------------------------


def proposal(name: str) -> dict:
	"""Context of the overview of a user's own proposal."""
	doc = page_record("Kyodo Proposal", name)
	may_write = doc.has_permission("write")
	editing = may_write and category_of(doc) == WRITING
	is_writer = may_write and doc.organisation in organisations_of(frappe.session.user, WRITERS)
	return {
		**common_context(doc, editing),
		**participation_pages.overview_context(doc),
		"title": doc.title,
		"reading": None if editing else sheet_of(doc),
		"cautions": budget_checks.cautions(doc) if editing else [],
		"excel": excel_pages.card(doc) if editing else None,
		"may_write": may_write,
		"timeline": proposal_public.timeline([name], public=False),
		"decisions": _decisions(name),
		"letters": _letters(name),
		"consultations": consultations_of({"proposal": name}),
		"may_withdraw": is_writer and allows(doc, "Withdraw", ORGANISATION),
		"may_decline": declining.may_decline(doc, frappe.session.user),
		"has_project": bool(frappe.db.exists("Kyodo Project", {"proposal": name, "workflow_state": ["!=", "Cancelled"]})),
		"may_propose_again": is_writer and doc.workflow_state == "Not Adopted",
		"typed": forms.refused_input(f"proposal:{name}"),
	}


def _decisions(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Decision", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Decision",
		{"proposal": proposal, "docstatus": 1},
		["name", "result", "rank", "decided_on", "amount", "moved_up_amount", "conditions", "below_reason", "advice", "replaces"],
		order_by="decided_on asc, creation asc",
	)
	if rows:
		names = [row.name for row in rows]
		corrected, scores = proposal_public.corrections_of(names), proposal_public.scores_of(names)
		per_item = proposal_public.points_of(names)
		reasons = {}
		for row in frappe.get_all(
			"Kyodo Decision Reason",
			{"parenttype": "Kyodo Decision", "parent": ["in", names]},
			["parent", "question", "finding", "reason"],
			order_by="parent, idx",
		):
			reasons.setdefault(row.parent, []).append(row)
		for row in rows:
			row.update(reasons=reasons.get(row.name, []), corrected_on=corrected.get(row.name), score=scores.get(row.name))
			row.update(points=per_item.get(row.name, []), granted=granted_by(row), rank=row["rank"] if row.result == reserve.RESERVE else 0)
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


def discard(name: str) -> dict:
	"""Context of the page that asks before a draft is thrown away. Raises PageDoesNotExistError where the user may not do it."""
	doc = page_record("Kyodo Proposal", name)
	if not discarding.is_open(doc):
		raise frappe.PageDoesNotExistError
	others = discarding.contributors(doc)
	return {
		"title": _("Throw away this draft?"),
		"doc": pick(doc, "name", "title", "creation", "modified"),
		"others": [(name_of(user), "commented" in what) for user, what in others.items()],
		"files": frappe.db.count("File", {"attached_to_doctype": doc.doctype, "attached_to_name": name}),
	}


def paper(name: str) -> dict:
	"""Context of the print view: the proposal on the city's form."""
	doc = page_record("Kyodo Proposal", name)
	return {"title": doc.title, "doc": pick(doc, "name"), "body": Markup(paper_forms.body_of(doc))}


# -- what everybody sees ---------------------------------------------------------------


def public_proposals() -> dict:
	"""Context of the public list of proposals."""
	shown = states("Kyodo Proposal", public=True)
	found = listing(_("Proposals"), "/kyodo/proposals", proposal_public.proposals, shown, proposal_public.years())
	return {**found, "sharing": metadata.about(feeds=metadata.subscriptions("proposals"))}


def public_proposal(name: str) -> dict:
	"""Context of a public proposal. Raises PageDoesNotExistError for one that is not public."""
	row = or_not_found(proposal_public.proposal(name))
	for result in row.results:
		for item in result.points:
			item.share = pictures.share(item.average, item.out_of) if item.out_of else None
	place = metadata.breadcrumbs((_("Proposals"), "/kyodo/proposals"), (row.title, f"/kyodo/proposals/{name}"))
	return {
		"title": row.title,
		"row": row,
		"whose": row.programme,
		"way": timeline.attempts(row.attempts, current=name),
		"sharing": metadata.about(row.public_summary or row.plain_summary, things=[place]),
	}


def public_results() -> dict:
	"""Context of the public list of calls whose results are published."""
	return {"title": _("Results of calls"), "rows": results.calls()}


def public_result(name: str) -> dict:
	"""Context of the public table of results of a call. Raises PageDoesNotExistError where they are not published."""
	page = page_number()
	row = or_not_found(results.of_call(name, (page - 1) * PAGE, PAGE))
	return {
		"title": _("Results: {0}").format(row.call_name),
		"row": row,
		"whose": row.programme,
		"pages": pages_of(f"/kyodo/results/{name}", page, row.number),
	}


# -- on one's own page -----------------------------------------------------------------


def own_proposals() -> list[dict]:
	"""Proposals that the user writes or takes part in, last changed first; `own`: of the user's organisations."""
	own = set(organisations_of(frappe.session.user))
	return [row.update(own=row.organisation in own) or row for row in _rows()]


def tasks(proposals: list[dict]) -> list[dict]:
	"""Tasks for the front page: drafts and returned proposals among `proposals` (own_proposals())."""
	return [_writing_task(row) for row in proposals if row.own and category("Kyodo Proposal", row.workflow_state) == WRITING]


def _writing_task(row: dict) -> dict:
	address = f"/kyodo/my/proposals/{row.name}"
	if row.workflow_state in drafts("Kyodo Proposal"):
		return task(_("Draft to finish"), row.title, address, act=_("Continue writing"))
	if row.workflow_state == later_documents.WRITING_DOCUMENTS:
		return task(_("Documents to hand in"), row.title, address, "", row.documents_due_on, _("Write the documents"))
	return task(_("Returned proposal"), row.title, address, row.return_reason, act=_("Correct it"))


def consents_to_give() -> list[dict]:
	"""Tasks for the front page: proposals that await the user's consent."""
	return [
		task(_("Proposal that needs your consent"), row.title, f"/kyodo/my/proposals/{row.name}", act=_("Read and consent"))
		for row in consents.proposals_awaiting(frappe.session.user)
	]


PAGES = (
	Page("proposals", "proposals/public_proposals", public_proposals, menu="Proposals"),
	Page("proposals/<name>", "proposals/public_proposal", public_proposal),
	Page("results", "proposals/public_calls_results", public_results),
	Page("results/<name>", "proposals/public_results", public_result),
	Page("my/proposals", "proposals/proposals", my_proposals),
	Page("my/proposals/new", "proposals/proposal_new", new_proposal),
	Page("my/proposals/<name>", "proposals/proposal", proposal),
	Page("my/proposals/<name>/discard", "proposals/proposal_discard", discard),
	Page("my/proposals/<name>/print", "proposals/proposal_print", paper),
	Page("my/proposals/<name>/excel", "proposals/proposal_excel", excel_pages.preview),
	Page("my/proposals/<name>/together", "proposals/proposal_participation", participation_pages.participation),
	*step_pages.PAGES,
	Page("my/consultations", "proposals/consultations", participation_pages.consultations),
)
