"""Portal pages of evaluations: the sheet of one's own side, both sides with their dialogue, all years of a project.

Until both sides are in, a page shows only the user's own sheet and which side has submitted.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.evaluation import dialogue as evaluation_talk
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.evaluation.equality import of_project
from kyodo_frappe.evaluation.over_years import comparison
from kyodo_frappe.partnership import parties, project_years
from kyodo_frappe.partnership.project_pages import next_step
from kyodo_frappe.permissions.roles import OFFICER
from kyodo_frappe.programme.versions import rules_of_project
from kyodo_frappe.rules.era import era_year, fiscal_year
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, task
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import may_write_record, page_record, pick
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of, states

ROUND, SHEET, PROJECT = evaluations.ROUND, evaluations.SHEET, "Kyodo Project"
SHOWN = (
	*("name", "project", "fiscal_year", "phase", "workflow_state", "due_date", "dialogue", "talked_on"),
	*("city_agreed_on", "organisation_agreed_on", "one_sided_reason"),
)


# -- tasks --------------------------------------------------------------------------------


def own_rounds() -> list[dict]:
	"""Return the evaluations that the user may read, the newest first."""
	if not frappe.has_permission(ROUND, "read"):
		return []
	fields = ["name", "project", "project_name", "fiscal_year", "phase", "due_date", "workflow_state"]
	return frappe.get_list(ROUND, fields=fields, order_by="fiscal_year desc, creation desc", limit=500)


def tasks(rounds: list[dict]) -> list[dict]:
	"""Return the sheets to fill in and the rounds with an open dialogue, among `rounds` (own_rounds())."""
	open_states = states(ROUND, WRITING, WAITING)
	rounds = [row for row in rounds if row.workflow_state in open_states][:MOST]
	if not rounds:
		return []
	own = frappe.get_list(
		SHEET,
		{"evaluation_round": ["in", [row.name for row in rounds]], "submitted_on": ["is", "not set"]},
		pluck="evaluation_round",
		order_by="creation asc",
	)
	found = []
	for row in rounds:
		if row.workflow_state == "Both In":
			found.append(task(_("Evaluation to discuss"), row.project_name, evaluations.address_of(row.name), act=_("Go to the dialogue")))
		elif row.name in own:
			kind = _("Evaluation to fill in")
			found.append(task(kind, row.project_name, evaluations.address_of(row.name), "", row.due_date, _("Fill in the evaluation")))
	return found


# -- one round ---------------------------------------------------------------------------


def evaluation(name: str) -> dict:
	"""Return the context of a round: one's own sheet while it is open, then both sides, largest difference first."""
	doc = page_record(ROUND, name)
	project = frappe.get_doc(PROJECT, doc.project)
	sheets = frappe.get_list(SHEET, {"evaluation_round": name}, ["name", "side", "submitted_on", "released"], order_by="side asc")
	released = [sheet for sheet in sheets if sheet.released]
	own_sheet = next((sheet for sheet in sheets if sheet.side == _own_side(project) and not sheet.released), None)
	return {
		"title": project.project_name,
		"doc": pick(doc, *SHOWN),
		"side": parties.side_of(project),
		"takes_part": parties.is_participant(project),
		"handed_in": evaluations.submitted_sides(name),
		**_sheet(doc, own_sheet),
		**_dialogue(doc, project, bool(released)),
	}


def _own_side(project: Document) -> str | None:
	"""Return the side whose sheet the user reads: the organisation's for its members in any role, else the section's."""
	own = set(parties.organisations_in(project)) & set(parties.organisations_of(frappe.session.user))
	return parties.ORGANISATION if own else parties.side_of(project)


def _sheet(doc: Document, own_sheet: dict | None) -> dict:
	if own_sheet is None:
		return {"sheet": None, "items": [], "comment": "", "editing": False, "scale": [], "reason_below": 0}
	sheet = frappe.get_doc(SHEET, own_sheet.name)
	typed = forms.refused_input(f"evaluation:{sheet.name}")
	given = {row.item_code: row for row in sheet.marks}
	programme = rules_of_project(doc.project)
	items = []
	for row in doc.items:
		mark = given.get(row.code) or frappe._dict()
		item = pick(row, "code", "kind", "item", "baseline", "target", "actual", "achieved", "measurement")
		item.mark = typed.get(f"mark-{row.code}", str(mark.mark or ""))
		item.reason = typed.get(f"reason-{row.code}", mark.reason or "")
		items.append(item)
	return {
		"sheet": pick(sheet, "name", "side", "submitted_on", "modified"),
		"items": items,
		"comment": typed.get("comment", sheet.comment or ""),
		"editing": not sheet.submitted_on and doc.workflow_state == "Open" and may_write_record(SHEET, sheet.name),
		"scale": [str(number) for number in range(1, (programme.evaluation_scale or 5) + 1)],
		"reason_below": programme.reason_below,
	}


def _dialogue(doc: Document, project: Document, released: bool) -> dict:
	if not released:
		return {"both": None, "in_dialogue": False, "may_agree": False, "may_conclude": False}
	record = forms.refused_input(f"record:{doc.name}")
	side = parties.side_of(project)
	in_dialogue = doc.workflow_state == "Both In" and bool(side or _is_office(project))
	with_record = in_dialogue and bool(doc.dialogue)
	return {
		"both": _both_sides(doc),
		"in_dialogue": in_dialogue,
		"record": record.get("dialogue", doc.dialogue or ""),
		"talked_on": record.get("talked_on", str(doc.talked_on or "")),
		"digest": evaluation_talk.digest(doc),
		"may_agree": with_record and bool(side) and not doc.get(evaluation_talk.AGREEMENT_FIELDS[side]),
		"may_conclude": with_record and side == parties.CITY and not evaluation_talk.missing_agreements(doc),
	}


def _both_sides(doc: Document) -> dict:
	"""Return the marks of both sides, with text typed but not yet saved."""
	both = evaluation_public.both_sides(doc)
	typed = forms.refused_input(f"talk:{doc.name}")
	for row in both.marks:
		row.seen = row.talk or ""
		row.typed = typed.get("talk", row.seen) if typed.get("item_code") == row.code else row.seen
	return both


def _is_office(project: Document) -> bool:
	own = set(parties.organisations_in(project)) & set(parties.organisations_of(frappe.session.user))
	return OFFICER in frappe.get_roles() and not own


# -- all rounds of a project ----------------------------------------------------------------


def project_evaluations(name: str) -> dict:
	"""Return the context of a project's evaluations: comparison over the years, equality, and the form of the next round."""
	project = page_record(PROJECT, name)
	parties.check_participant(project)
	rounds = frappe.get_list(
		ROUND,
		{"project": name},
		["name", "fiscal_year", "phase", "workflow_state", "due_date"],
		order_by="fiscal_year desc, creation desc",
		limit=40,
	)
	side = parties.side_of(project)
	typed = forms.refused_input(f"round:{name}")
	return {
		"title": _("Evaluations"),
		"project": pick(project, "name", "project_name", "workflow_state"),
		"side": side,
		"rounds": rounds,
		"years": comparison(name),
		"equality": of_project(name),
		"may_open": category_of(project) in evaluations.EVALUATED_IN and bool(side or _is_office(project)),
		"phases": [(phase, _(phase)) for phase in evaluations.PHASES],
		"typed": {"fiscal_year": typed.get("fiscal_year", str(fiscal_year(frappe.utils.getdate()))), "phase": typed.get("phase", "Annual")},
	}


def pending_tasks(doc: Document, found: dict[str, list[dict]]):
	"""Add what the evaluations of a project are waiting for to `found` {side: [task]} (hook kyodo_project_waits)."""
	if doc.workflow_state == "Running" and (row := project_years.next_promised(doc)):
		found[parties.CITY].append(next_step(_("The office confirms {0}").format(era_year(row.fiscal_year)), ""))
	names = frappe.get_list(
		evaluations.ROUND,
		{"project": doc.name, "workflow_state": ["in", states(evaluations.ROUND, WRITING, WAITING)]},
		pluck="name",
		order_by="creation asc",
	)
	for row in (frappe.get_doc(evaluations.ROUND, name) for name in names):
		address = evaluations.address_of(row.name)
		if row.workflow_state == "Open":
			handed_in = evaluations.submitted_sides(row.name)
			for side in (side for side in parties.SIDES if side not in handed_in):
				found[side].append(next_step(_("Fill in the evaluation"), address, row.due_date))
			continue
		missing = evaluation_talk.missing_agreements(row)
		for side in missing:
			found[side].append(next_step(_("Discuss the evaluation and agree to the record"), address))
		if not missing:
			found[parties.CITY].append(next_step(_("Conclude the dialogue on the evaluation"), address))


PAGES = (
	Page("my/projects/<name>/evaluations", "evaluation/evaluations", project_evaluations),
	Page("my/evaluations/<name>", "evaluation/evaluation", evaluation),
)
