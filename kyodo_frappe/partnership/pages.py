"""A project as the two sides see it: where it stands, what waits for whom, its plan, its agreements, the talk about them.

For those who take part in it only; who may merely read a project has its public page.
"""

import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url_to_form

from kyodo_frappe.partnership import (
	agreement_check,
	agreement_drafts,
	agreement_paper,
	agreement_terms,
	agreement_text,
	agreements,
	by_parts,
	negotiation,
	parties,
)
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.partnership.by_parts import Part
from kyodo_frappe.permissions.people import WRITERS, projects_of, projects_of_organisations, sections_of
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.web import forms, words
from kyodo_frappe.web.blocks import MOST, accepted_files, task, titles_of
from kyodo_frappe.web.listing import listing
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, category, category_of, states

PROJECT = "Kyodo Project"
AGREEMENT = "Kyodo Agreement"
POINT = "Kyodo Open Point"
CHANGES = 60
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


# -- the parts of plan and agreement -----------------------------------------------------------


def plan_parts() -> dict[str, Part]:
	"""What both sides write of a plan, in its order: {code: Part}."""
	empty_row = _("To take a row away, empty it and save.")
	return _by_code(
		Part("plan", _("What we do"), ("plan",)),
		Part("term", _("Term and form"), ("from_date", "to_date", "form")),
		Part(
			"roles",
			_("Division of Roles"),
			tables={"roles": ("side", "role")},
			help=_("Both sides need at least one role before an agreement is offered.") + " " + empty_row,
		),
		Part("schedule", _("Schedule by month"), tables={"schedule": ("period", "activity", "side")}, help=empty_row),
		Part(
			"indicators",
			_("Evaluation items and targets"),
			tables={"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement")},
			help=_("Both sides will judge the project by these. Write how each is measured, and by whom.") + " " + empty_row,
		),
		Part(
			"people",
			_("People"),
			tables={"people": ("side", "person_name", "duty", "contact")},
			help=_("Names stay between the two sides.") + " " + empty_row,
		),
		Part("risks", _("Risks"), tables={"risks": ("risk", "measure", "side")}, help=empty_row),
		Part(
			"income",
			_("Who bears the costs"),
			tables={"income": ("category", "description", "amount")},
			help=_("What the city pays, what the organisation brings, fees and donations.") + " " + empty_row,
		),
		Part(
			"expenses",
			_("What it is spent on"),
			tables={"expenses": ("category", "description", "unit_price", "quantity", "eligible")},
			help=empty_row,
		),
	)


def agreement_parts(doc: Document) -> dict[str, Part]:
	"""What is written in a draft of an agreement: {code: Part}."""
	plan = plan_parts()
	parts = [
		Part("term", _("Term and form"), ("effective_from", "effective_to", "form")),
		Part(
			"parties",
			_("Who signs"),
			tables={"parties": ("party_name", "representative")},
			help=_("Name and representative as they stand at the end of the text."),
			may_add=False,
		),
		Part(
			"clauses",
			_("Clauses"),
			tables={"clauses": ("heading", "body")},
			help=_("The articles are numbered in this order.") + " " + _("To take a row away, empty it and save."),
		),
		plan["roles"],
		Part("costs", _("Costs of both sides"), tables={"costs": ("side", "description", "amount")}, help=plan["income"].help),
		plan["schedule"],
		plan["indicators"],
	]
	if doc.agreement_kind != "Agreement":
		parts.insert(0, Part("minutes", _("What both sides recognised"), ("minutes_date", "minutes_text")))
	if doc.replaces:
		parts.insert(0, Part("reason", _("Reason for the amendment"), ("amend_reason",)))
	return _by_code(*parts)


def _by_code(*parts: Part) -> dict[str, Part]:
	return {part.code: part for part in parts}


def form_choices(programme: str, kept: str | None) -> dict:
	"""The programme's forms of collaboration, for the field `form`; one that is stored stays possible."""
	names = [row.form_name for row in frappe.get_cached_doc("Kyodo Programme", programme).forms]
	return {"form": [(name, name) for name in dict.fromkeys(["", *names, kept or ""])]}


def opened_project(name: str) -> Document:
	"""A project for who takes part in it. Raises PageDoesNotExistError for everybody else."""
	doc = page_record(PROJECT, name)
	if not parties.takes_part(doc):
		raise frappe.PageDoesNotExistError
	return doc


# -- the hub -------------------------------------------------------------------------------------


def project(name: str) -> dict:
	"""Where a project stands, what waits for one's own side and for the other, and the way to all its papers."""
	doc = opened_project(name)
	side = parties.side_of(doc)
	waits = _waits(doc)
	texts = agreements_of(name)
	return {
		"title": doc.project_name,
		"doc": _head(doc),
		"organisations": [
			frappe.get_cached_value("Kyodo Organisation", organisation, "organisation_name")
			for organisation in parties.organisations_in(doc)
		],
		"side": side,
		"waits": [(which, waits[which]) for which in _own_first(side)],
		"agreements": texts,
		"may_draft": bool(_may_write(doc) and not any(category(AGREEMENT, row.workflow_state) in agreement_text.ALIVE for row in texts)),
		"kinds": agreement_kinds(doc),
		"open_points": len(negotiation.open_points(name)),
		"changes": _last_changes(name, 5),
		"papers": _papers(doc),
		"under_way": doc.workflow_state != "Planning",
	}


def _head(doc: Document) -> dict:
	return pick(
		doc,
		*("name", "project_name", "workflow_state", "fiscal_year", "from_date", "to_date", "form", "section", "published"),
		*("granted_amount", "cancel_reason", "is_model_project"),
	)


def _own_first(side: str | None) -> tuple[str, str]:
	return (side, parties.other(side)) if side else parties.SIDES


def _may_write(doc: Document) -> bool:
	"""Whether this login may write the plan now: one of the two sides, or the office, while it is planned."""
	if doc.workflow_state != "Planning" or not doc.has_permission("write"):
		return False
	return bool(parties.side_of(doc)) or OFFICER in frappe.get_roles()


def agreement_kinds(doc: Document) -> list[tuple[str, str]]:
	"""The kinds of paper that the programme takes for this project (小平: minutes can be enough)."""
	programme = rules_of(doc)
	form = next((row for row in programme.forms if row.form_name == doc.form), None)
	only_agreement = not programme.agreement_optional and (form is None or form.needs_agreement)
	return [(kind, _(kind)) for kind in (agreement_text.KINDS[:1] if only_agreement else agreement_text.KINDS)]


def agreements_of(project: str) -> list[dict]:
	return frappe.get_list(
		AGREEMENT,
		{"project": project},
		["name", "agreement_kind", "workflow_state", "effective_from", "effective_to", "concluded_on", "replaces"],
		order_by="creation asc",
		limit=MOST,
	)


def _waits(doc: Document) -> dict[str, list[dict]]:
	"""{side: [{text, address}]}: the next word or act that is this side's."""
	found = {side: [] for side in parties.SIDES}
	here = f"/kyodo/my/projects/{doc.name}"
	for side in parties.SIDES:
		if doc.workflow_state == "Planning" and not any(row.side == side for row in doc.roles):
			found[side].append(wait(_("Write the roles of your side into the plan"), f"{here}/plan?edit=roles#roles"))
	for point in negotiation.points_of(doc.name):
		if side := negotiation.waits_for(point):
			found[side].append(wait(_("Answer: {0}").format(point.subject), f"{here}/plan#point-{point.name}"))
	_agreement_waits(doc, found)
	_change_waits(doc, found)
	_report_waits(doc, found)
	_note_waits(doc, found)
	for path in frappe.get_hooks("kyodo_project_waits"):
		frappe.get_attr(path)(doc, found)
	return found


def _change_waits(doc: Document, found: dict[str, list[dict]]):
	filters = {"project": doc.name, "workflow_state": "Proposed"}
	for row in frappe.get_list("Kyodo Plan Change", filters, ["name", "side"], order_by="creation asc"):
		if row.side:
			found[parties.other(row.side)].append(wait(_("Answer a change of the plan"), f"/kyodo/my/changes/{row.name}"))


def _report_waits(doc: Document, found: dict[str, list[dict]]):
	filters = {"project": doc.name, "workflow_state": ["in", states("Kyodo Report", WRITING)]}
	for row in frappe.get_list("Kyodo Report", filters, ["name", "due_date"], order_by="due_date asc"):
		found[parties.ORGANISATION].append(wait(_("Write the report"), f"/kyodo/my/reports/{row.name}", row.due_date))


def _note_waits(doc: Document, found: dict[str, list[dict]]):
	for row in frappe.get_list(
		"Kyodo Progress Note",
		{"project": doc.name, "acknowledged_on": ["is", "not set"]},
		["name", "side", "subject", "kind"],
		order_by="creation asc",
		limit=MOST,
	):
		text = _("Read the note and acknowledge it: {0}").format(row.subject or _(row.kind))
		found[parties.other(row.side)].append(wait(text, f"/kyodo/my/projects/{doc.name}/notes#{row.name}"))


def _agreement_waits(doc: Document, found: dict[str, list[dict]]):
	texts = [
		frappe.get_doc(AGREEMENT, row.name)
		for row in agreements_of(doc.name)
		if category(AGREEMENT, row.workflow_state) in agreement_text.ALIVE
	]
	for text in texts:
		_text_waits(text, found)
	if doc.workflow_state != "Planning":
		return
	if not texts:
		for side in parties.SIDES:
			found[side].append(wait(_("Talk over the plan, then draft the agreement from it"), f"/kyodo/my/projects/{doc.name}/plan"))
	elif any(text.workflow_state == "Concluded" for text in texts):
		desk = get_url_to_form(PROJECT, doc.name) if parties.side_of(doc) == parties.CITY else ""
		found[parties.CITY].append(wait(_("Begin the project"), desk))


def _text_waits(text: Document, found: dict[str, list[dict]]):
	address = f"/kyodo/my/agreements/{text.name}"
	if text.workflow_state == "Drafting":
		for side in parties.SIDES:
			found[side].append(wait(_("Finish the text of the agreement and offer it"), address))
	if text.workflow_state == "Offered":
		waiting = agreements.waiting_for(text)
		for side in {party.side for party in text.parties if party.party_name in waiting}:
			found[side].append(wait(_("Read the agreement and confirm it"), address))


def wait(text: str, address: str, due=None) -> dict:
	return frappe._dict(text=text, address=address, due=due)


def _papers(doc: Document) -> list[dict]:
	"""Reports, changes and evaluations that this login may open: [{address, title, kind, fiscal_year, state}]."""
	kinds = (
		("Kyodo Plan Change", _("Change of the plan"), "changes", ()),
		("Kyodo Report", _("Report"), "reports", ("report_kind", "fiscal_year")),
		("Kyodo Evaluation Round", _("Evaluation"), "evaluations", ("phase", "fiscal_year")),
	)
	return [
		frappe._dict(
			address=f"/kyodo/my/{place}/{row.name}",
			title=title,
			kind=row.report_kind or row.phase,
			fiscal_year=row.fiscal_year,
			state=row.workflow_state,
		)
		for doctype, title, place, more in kinds
		for row in frappe.get_list(doctype, {"project": doc.name}, ["name", "workflow_state", *more], order_by="creation asc", limit=MOST)
	]


# -- the plan ------------------------------------------------------------------------------------


def plan(name: str) -> dict:
	"""The plan part by part, beside it the open points and who changed what."""
	doc = opened_project(name)
	may_edit = _may_write(doc)
	asked = _asked_part(plan_parts(), may_edit)
	return {
		"title": _("Plan of “{0}”").format(doc.project_name),
		"doc": _head(doc),
		"may_edit": may_edit,
		"edit": asked and asked.code,
		"parts_of": [by_parts.shown(doc, part) for part in plan_parts().values()],
		"form": asked and by_parts.form_of(doc, asked, f"plan:{name}:{asked.code}", form_choices(doc.programme, doc.form)),
		"endpoint": "save_plan_part",
		"here": f"/kyodo/my/projects/{name}/plan",
		**talk(doc),
	}


def _asked_part(parts: dict[str, Part], may_edit: bool) -> Part | None:
	"""The part whose form the address asks for."""
	return parts.get(str(frappe.form_dict.get("edit") or "")) if may_edit else None


def talk(doc: Document, agreement: str = "") -> dict:
	"""The open points of a project with what this login may say to each, and who changed what."""
	side = parties.side_of(doc)
	may_speak = category_of(doc) in agreement_text.UNDER_WAY
	typed = forms.refused_input(f"point:{doc.name}")
	points = [_point(point, side, may_speak) for point in negotiation.points_of(doc.name)]
	return {
		"project": doc.name,
		"agreement": agreement,
		"side": side,
		"points": [point for point in points if point.state == "Open"],
		"past_points": [point for point in points if point.state != "Open"],
		"may_raise": bool(side and may_speak),
		"about": forms.choices(POINT, "about"),
		"typed": typed,
		"changes": _last_changes(doc.name, CHANGES),
	}


def _point(point: dict, side: str | None, may_speak: bool) -> dict:
	typed = forms.refused_input(f"point:{point.name}")
	answered = any(row.side == parties.other(point.side) for row in point.replies)
	may_reply = side or (OFFICER in frappe.get_roles())
	return frappe._dict(
		pick(point, "name", "about", "subject", "side", "state", "suggestion", "settlement", "settled_on", "creation"),
		replies=[pick(row, "side", "speaker", "said_on", "said") for row in point.replies],
		waits_for=negotiation.waits_for(point),
		may_reply=bool(may_reply and point.state == "Open"),
		may_settle=bool(may_speak and side and point.state == "Open" and (side != point.side or answered)),
		may_withdraw=bool(may_speak and side == point.side and point.state == "Open"),
		said=typed.get("said", ""),
		agreed=typed.get("settlement", ""),
	)


def _last_changes(project: str, most: int) -> list[dict]:
	"""Who changed what: [{at, who, side, record, lines: [{label, before, after}]}], one entry for each save."""
	found: list[dict] = []
	for row in negotiation.changes_of(project)[:most]:
		if not found or (found[-1].at, found[-1].record) != (row.at, row.record):
			found.append(frappe._dict(at=row.at, who=row.who, side=row.side, record=row.record, lines=[]))
		found[-1].lines.append(frappe._dict(label=row.label, before=_as_read(row.before), after=_as_read(row.after)))
	return found


def _as_read(value: str) -> str:
	if DAY.fullmatch(value or ""):
		return words.day(value)
	return value.rpartition("/")[2] if (value or "").startswith("/private/files/") else _(value or "")


# -- agreements ------------------------------------------------------------------------------------


def agreement(name: str) -> dict:
	"""The whole text as it would be signed, its hash, who has confirmed it, what is missing, and the talk about it."""
	doc, source = _opened_agreement(name)
	party = agreements.party_of(doc, frappe.session.user)
	typed = forms.refused_input(f"agreement:{name}")
	waiting = agreements.waiting_for(doc)
	missing = agreements.missing_parts(doc) if doc.workflow_state == "Drafting" else []
	chain = agreement_terms.chain_of(doc)
	return {
		"title": source.project_name,
		"doc": _agreement_head(doc),
		"paper": agreement_paper.paper_of(doc),
		"waiting": waiting,
		"party": party.party_name if party else None,
		"missing": missing,
		**_beside_draft(doc),
		"chain": chain if len(chain) > 1 else [],
		"annexes": [pick(row, "document", "file") for row in doc.annexes],
		"may_confirm": bool(doc.workflow_state == "Offered" and party and party.party_name in waiting),
		**_steps_open(doc, missing),
		"may_amend": _may_amend(doc, source),
		"may_attach_signed": _may_attach_signed(doc, source),
		**accepted_files(doc),
		"position": typed.get("position", ""),
		"reason": typed.get("reason", ""),
		**talk(source, name),
	}


def _beside_draft(doc: Document) -> dict:
	"""Where a draft says something else than the plan, or names other days than its term."""
	if doc.workflow_state != "Drafting":
		return {"differs": [], "other_days": []}
	return {"differs": agreement_drafts.differs_from_plan(doc), "other_days": agreement_check.other_days(doc)}


def _steps_open(doc: Document, missing: list[str]) -> dict:
	may_write = bool(doc.docstatus == 0 and doc.has_permission("write"))
	may_edit = may_write and doc.workflow_state == "Drafting"
	return {
		"may_edit": may_edit,
		"may_offer": may_edit and not missing,
		"may_reopen": may_write and doc.workflow_state == "Offered",
	}


def agreement_edit(name: str) -> dict:
	"""A draft of an agreement part by part."""
	doc, source = _opened_agreement(name)
	if doc.workflow_state != "Drafting" or not doc.has_permission("write"):
		raise frappe.PageDoesNotExistError
	parts = agreement_parts(doc)
	asked = _asked_part(parts, True)
	return {
		"title": _("Text of the agreement on “{0}”").format(source.project_name),
		"doc": _agreement_head(doc),
		"may_edit": True,
		"edit": asked and asked.code,
		"parts_of": [by_parts.shown(doc, part) for part in parts.values()],
		"form": asked and by_parts.form_of(doc, asked, f"text:{name}:{asked.code}", form_choices(source.programme, doc.form)),
		"annexes": [pick(row, "name", "document", "file") for row in doc.annexes],
		**accepted_files(doc),
		"endpoint": "save_agreement_part",
		"here": f"/kyodo/my/agreements/{name}/edit",
		**talk(source, name),
	}


def _opened_agreement(name: str) -> tuple[Document, Document]:
	doc = page_record(AGREEMENT, name)
	return doc, frappe.get_doc(PROJECT, doc.project)


def _agreement_head(doc: Document) -> dict:
	return pick(
		doc,
		*("name", "project", "agreement_kind", "form", "workflow_state", "effective_from", "effective_to", "content_hash"),
		*("offered_on", "concluded_on", "termination_reason", "terminated_on", "replaces", "replaced_by", "amend_reason"),
		*("signed_file", "esign_service", "esign_id"),
	)


def _may_amend(doc: Document, source: Document) -> bool:
	if doc.workflow_state != "Concluded" or category_of(source) not in agreement_text.UNDER_WAY:
		return False
	return bool(parties.side_of(source)) or OFFICER in frappe.get_roles()


def _may_attach_signed(doc: Document, source: Document) -> bool:
	"""The city keeps the paper that was sealed (workflows/agreement.json: open_fields)."""
	if doc.workflow_state != "Concluded" or not doc.has_permission("write"):
		return False
	return parties.side_of(source) == parties.CITY or OFFICER in frappe.get_roles()


# -- what waits on my page ---------------------------------------------------------------------------


def points_to_answer() -> list[dict]:
	"""Open points of this login's projects whose next word is its side's."""
	rows = frappe.get_list(
		POINT, {"state": "Open"}, ["name", "project", "project_name", "subject", "side"], order_by="creation asc", limit=MOST
	)
	if not rows:
		return []
	last = _last_speakers([row.name for row in rows])
	mine = _my_sides(sorted({row.project for row in rows}))
	return [
		task(
			_("Point to answer"),
			f"{row.subject}（{row.project_name}）",
			f"/kyodo/my/projects/{row.project}/plan#point-{row.name}",
		)
		for row in rows
		if mine.get(row.project) == parties.other(last.get(row.name, row.side))
	]


def _last_speakers(points: list[str]) -> dict[str, str]:
	"""{point: the side that spoke last}; the office is no side."""
	rows = frappe.get_all(
		"Kyodo Point Reply",
		{"parent": ["in", points], "parenttype": POINT, "side": ["in", parties.SIDES]},
		["parent", "side"],
		order_by="parent, idx",
	)
	return {row.parent: row.side for row in rows}


def _my_sides(projects: list[str]) -> dict[str, str]:
	"""{project: the side this login writes for}, as sides.side_of says it, for many projects at once."""
	user = frappe.session.user
	own, writes = projects_of_organisations(user), projects_of_organisations(user, WRITERS)
	sections = sections_of(user)
	found = {name: parties.ORGANISATION for name in projects if name in writes}
	others = [name for name in projects if name not in own]
	if sections and others:
		for row in frappe.get_all(PROJECT, {"name": ["in", others], "section": ["in", sections]}, pluck="name", order_by="name"):
			found[row] = parties.CITY
	return found


# -- what everybody sees ---------------------------------------------------------------


def public_projects() -> dict:
	return listing(_("Projects"), "/kyodo/projects", project_public.projects, states("Kyodo Project", public=True), project_public.years())


# -- on one's own page -----------------------------------------------------------------


def own_projects() -> list[dict]:
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


def tasks() -> list[dict]:
	"""Points to answer and agreements to confirm."""
	return points_to_answer() + _agreements_to_confirm()


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


PAGES = (
	Page("projects", "partnership/public_projects", public_projects, menu="Projects"),
	Page("my/projects/<name>", "partnership/project", project),
	Page("my/projects/<name>/plan", "partnership/project_plan", plan),
	Page("my/agreements/<name>", "partnership/agreement", agreement),
	Page("my/agreements/<name>/edit", "partnership/agreement_edit", agreement_edit),
)
