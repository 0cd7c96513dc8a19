"""The page of a project's plan, written section by section, with the open points and the history of changes beside it."""

import re

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.partnership import agreement_text, negotiation, part_forms, parties, payments
from kyodo_frappe.partnership.part_forms import Part
from kyodo_frappe.permissions.people import WRITERS, projects_of_organisations, sections_of
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme import payable
from kyodo_frappe.web import forms, words
from kyodo_frappe.web.blocks import MOST, task
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import category_of

PROJECT = "Kyodo Project"
POINT = "Kyodo Open Point"
CHANGES = 60
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def plan_parts(of_years: bool = False) -> dict[str, Part]:
	"""{code: part} of a plan, in the order of its page. of_years: each line of its budget belongs to a year of the term."""
	year = ("year_number",) if of_years else ()
	empty_row = _("To remove a row, clear it and save.")
	return parts_by_code(
		Part("plan", _("What we do"), ("plan",)),
		Part("term", _("Term and form"), ("from_date", "to_date", "form")),
		Part(
			"roles",
			_("Division of Roles"),
			tables={"roles": ("side", "role")},
			help=_("Each side needs at least one role before an agreement can be offered.") + " " + empty_row,
		),
		Part("schedule", _("Schedule by month"), tables={"schedule": ("period", "activity", "side")}, help=empty_row),
		Part(
			"indicators",
			_("Evaluation items and targets"),
			tables={"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement")},
			help=_("Both sides will evaluate the project by these items. Please say how each is measured, and by whom.") + " " + empty_row,
		),
		Part(
			"people",
			_("People"),
			tables={"people": ("side", "person_name", "duty", "contact")},
			help=_("Only the two sides can see these names.") + " " + empty_row,
		),
		Part("risks", _("Risks"), tables={"risks": ("risk", "measure", "side")}, help=empty_row),
		Part(
			"income",
			_("Funding"),
			tables={"income": ("category", "description", "amount", *year)},
			help=_("The shares of the city and the organisation, participation fees, donations and so on.") + " " + empty_row,
		),
		Part(
			"expenses",
			_("Use of funds"),
			tables={"expenses": ("category", "description", "unit_price", "quantity", "eligible", *year)},
			help=empty_row,
		),
	)


def parts_by_code(*parts: Part) -> dict[str, Part]:
	"""{code: part}."""
	return {part.code: part for part in parts}


def form_choices(programme: str, kept: str | None) -> dict:
	"""The programme's forms of collaboration as choices for the field `form`, including the stored one."""
	names = [row.form_name for row in frappe.get_cached_doc("Kyodo Programme", programme).forms]
	return {"form": [(name, name) for name in dict.fromkeys(["", *names, kept or ""])]}


def participant_project(name: str) -> Document:
	"""A project that the user takes part in. Raises PageDoesNotExistError for anybody else."""
	doc = page_record(PROJECT, name)
	if not parties.is_participant(doc):
		raise frappe.PageDoesNotExistError
	return doc


def project_head(doc: Document) -> dict:
	"""The fields of a project that its pages show at the top."""
	return pick(
		doc,
		*("name", "project_name", "workflow_state", "fiscal_year", "from_date", "to_date", "form", "section", "published"),
		*("granted_amount", "cancel_reason", "is_model_project"),
	)


def may_write_plan(doc: Document) -> bool:
	"""Whether the user may write the plan now: either side or the office, while the project is planned."""
	if doc.workflow_state != "Planning" or not doc.has_permission("write"):
		return False
	return bool(parties.side_of(doc)) or OFFICER in frappe.get_roles()


def plan(name: str) -> dict:
	"""Context of the plan's page: its parts, one of them in a form, with the negotiation beside them."""
	doc = participant_project(name)
	may_edit = may_write_plan(doc)
	parts = plan_parts(bool(doc.yearly_amounts))
	requested = requested_part(parts, may_edit)
	return {
		"title": _("Plan of “{0}”").format(doc.project_name),
		"doc": project_head(doc),
		"may_edit": may_edit,
		"edit": requested and requested.code,
		"shown_parts": [part_forms.part_context(doc, part) for part in parts.values()],
		"form": requested
		and part_forms.form_context(doc, requested, f"plan:{name}:{requested.code}", form_choices(doc.programme, doc.form)),
		"endpoint": "save_plan_part",
		"here": f"/kyodo/my/projects/{name}/plan",
		"computation": payable.computation(payable.of_plan(doc, doc)) if doc.granted_amount else [],
		"grant_error": payments.grant_error(doc),
		**negotiation_context(doc),
	}


def requested_part(parts: dict[str, Part], may_edit: bool) -> Part | None:
	"""The part whose form the address requests, if any."""
	return parts.get(str(frappe.form_dict.get("edit") or "")) if may_edit else None


def negotiation_context(doc: Document, agreement: str = "") -> dict:
	"""The open and closed points of a project, what the user may do with each, and the history of changes."""
	side = parties.side_of(doc)
	may_negotiate = category_of(doc) in agreement_text.ACTIVE_PROJECT
	typed = forms.refused_input(f"point:{doc.name}")
	points = [_point(point, side, may_negotiate) for point in negotiation.points_of(doc.name)]
	return {
		"project": doc.name,
		"agreement": agreement,
		"side": side,
		"points": [point for point in points if point.state == "Open"],
		"past_points": [point for point in points if point.state != "Open"],
		"may_raise": bool(side and may_negotiate),
		"about": forms.choices(POINT, "about"),
		"typed": typed,
		"changes": last_changes(doc.name, CHANGES),
	}


def _point(point: dict, side: str | None, may_negotiate: bool) -> dict:
	typed = forms.refused_input(f"point:{point.name}")
	answered = any(row.side == parties.other(point.side) for row in point.replies)
	may_reply = side or (OFFICER in frappe.get_roles())
	return frappe._dict(
		pick(point, "name", "about", "subject", "side", "state", "suggestion", "settlement", "settled_on", "creation"),
		replies=[pick(row, "side", "speaker", "said_on", "said") for row in point.replies],
		side_to_answer=negotiation.side_to_answer(point),
		may_reply=bool(may_reply and point.state == "Open"),
		may_settle=bool(may_negotiate and side and point.state == "Open" and (side != point.side or answered)),
		may_withdraw=bool(may_negotiate and side == point.side and point.state == "Open"),
		said=typed.get("said", ""),
		agreed=typed.get("settlement", ""),
	)


def last_changes(project: str, most: int) -> list[dict]:
	"""[{at, who, side, record, lines: [{label, before, after}]}], one entry per save, the latest first."""
	entries: list[dict] = []
	for row in negotiation.changes_of(project)[:most]:
		if not entries or (entries[-1].at, entries[-1].record) != (row.at, row.record):
			entries.append(frappe._dict(at=row.at, who=row.who, side=row.side, record=row.record, lines=[]))
		entries[-1].lines.append(frappe._dict(label=row.label, before=_readable_value(row.before), after=_readable_value(row.after)))
	return entries


def _readable_value(value: str) -> str:
	if DAY.fullmatch(value or ""):
		return words.day(value)
	return value.rpartition("/")[2] if (value or "").startswith("/private/files/") else _(value or "")


def points_to_answer() -> list[dict]:
	"""Tasks for the open points that the user's side has to answer."""
	rows = frappe.get_list(
		POINT, {"state": "Open"}, ["name", "project", "project_name", "subject", "side"], order_by="creation asc", limit=MOST
	)
	if not rows:
		return []
	last = _last_sides([row.name for row in rows])
	own_sides = _own_sides(sorted({row.project for row in rows}))
	return [
		task(
			_("Point to answer"),
			f"{row.subject}（{row.project_name}）",
			f"/kyodo/my/projects/{row.project}/plan#point-{row.name}",
			act=_("Give an answer"),
		)
		for row in rows
		if own_sides.get(row.project) == parties.other(last.get(row.name, row.side))
	]


def _last_sides(points: list[str]) -> dict[str, str]:
	"""{point: the side that replied last}. Replies of the office do not count."""
	rows = frappe.get_all(
		"Kyodo Point Reply",
		{"parent": ["in", points], "parenttype": POINT, "side": ["in", parties.SIDES]},
		["parent", "side"],
		order_by="parent, idx",
	)
	return {row.parent: row.side for row in rows}


def _own_sides(projects: list[str]) -> dict[str, str]:
	"""{project: the side the user writes for}, as `parties.side_of` for many projects at once."""
	user = frappe.session.user
	own, writes = projects_of_organisations(user), projects_of_organisations(user, WRITERS)
	sections = sections_of(user)
	entries = {name: parties.ORGANISATION for name in projects if name in writes}
	others = [name for name in projects if name not in own]
	if sections and others:
		for row in frappe.get_all(PROJECT, {"name": ["in", others], "section": ["in", sections]}, pluck="name", order_by="name"):
			entries[row] = parties.CITY
	return entries
