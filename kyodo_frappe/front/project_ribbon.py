"""The course of a project for the ribbon of its form: its stages with their days, the present one, and the next step and for whom.

The stages are those of the public story (stories.py): proposal, decision, agreement, work, report, evaluation. Days and states
are read with the permissions of the user.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow
from frappe.utils import getdate

from kyodo_frappe.front.stages import AHEAD, DONE, NOW
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, WRITING, category, category_of

PROPOSAL, PROJECT, REPORT = "Kyodo Proposal", "Kyodo Project", "Kyodo Report"
DECISION, AGREEMENT, ROUND = "Kyodo Decision", "Kyodo Agreement", "Kyodo Evaluation Round"
MOST = 50  # agreements, reports or rounds of one project
# {category of the project's state: number of its stage}; one whose agreement is not concluded stands at the agreement
_AGREEING, _WORK, _REPORTING, _EVALUATION = 2, 3, 4, 5
_PLACES = {WRITING: _AGREEING, WAITING: _WORK, EXAMINED: _REPORTING, DECIDED: _EVALUATION}


@frappe.whitelist(methods=["GET"])
def ribbon(project: str) -> dict:
	"""Return {stages: [{label, standing, day, note, doctype, name}], next: [sentences]} of a project. Raises PermissionError.

	standing: done, now or ahead; doctype and name: the record that a stage leads to, None where there is none to open.
	"""
	doc = frappe.get_doc(PROJECT, project)
	doc.check_permission("read")
	agreements = _of(doc, AGREEMENT, ["concluded_on"])
	reports = _of(doc, REPORT, ["due_date", "accepted_on"])
	rounds = _of(doc, ROUND, ["due_date", "published_on"])
	stages = [
		_proposal(doc),
		_stage(_("Decision"), doc.decided_on, DECISION, doc.decision),
		_last(_("Agreement"), AGREEMENT, agreements, "concluded_on"),
		_work(doc),
		_last(_("Report (stage)"), REPORT, reports, "accepted_on"),
		_last(_("Evaluation"), ROUND, rounds, "published_on"),
	]
	place = _PLACES.get(category_of(doc), len(stages))
	for number, stage in enumerate(stages):
		stage["standing"] = DONE if number < place else NOW if number == place else AHEAD
	return {"stages": stages, "next": [*_next_step(doc), *_due(REPORT, reports), *_due(ROUND, rounds)]}


def _of(doc: Document, doctype: str, fields: list[str]) -> list[dict]:
	if not frappe.has_permission(doctype, "read"):
		return []
	return frappe.get_list(doctype, {"project": doc.name}, ["name", "workflow_state", *fields], order_by="creation", limit=MOST)


def _proposal(doc: Document) -> dict:
	if not doc.proposal:
		return _stage(_(doc.origin), None)
	row = frappe.get_list(PROPOSAL, {"name": doc.proposal}, ["name", "submitted_on"], limit=1, order_by="name")
	return _stage(_("Proposal"), row[0].submitted_on if row else None, PROPOSAL, row[0].name if row else None)


def _work(doc: Document) -> dict:
	if doc.completed_on:
		return _stage(_("Carrying out (stage)"), doc.completed_on, note=_("completed"))
	until = _("until {0}").format(era_date(getdate(doc.to_date))) if doc.to_date else ""
	return _stage(_("Carrying out (stage)"), doc.from_date, note=until)


def _last(label: str, doctype: str, rows: list[dict], day: str) -> dict:
	"""The stage of the last record of a kind: its day, or the state in which it waits."""
	if not rows:
		return _stage(label, None)
	row = rows[-1]
	return _stage(label, row.get(day), doctype, row.name, "" if row.get(day) else _(row.workflow_state))


def _stage(label: str, day, doctype: str | None = None, name: str | None = None, note: str = "") -> dict:
	found = {"label": label, "day": era_date(getdate(day)) if day else "", "note": note}
	return {**found, "doctype": doctype if name else None, "name": name}


def _next_step(doc: Document) -> list[str]:
	"""The first action that the Workflow lists for the state, and who takes it."""
	rows = [row for row in get_workflow(PROJECT).transitions if row.state == doc.workflow_state]
	if not rows or category(PROJECT, doc.workflow_state) == OVER:
		return []
	roles = [row.allowed for row in rows if row.action == rows[0].action]
	return [_("Next: {0} ({1})").format(_(rows[0].action), _(", ").join(_(role) for role in dict.fromkeys(roles)))]


def _due(doctype: str, rows: list[dict]) -> list[str]:
	found = []
	for row in rows:
		if row.due_date and category(doctype, row.workflow_state) == WRITING:
			days = (getdate(row.due_date) - getdate()).days
			said = _("{0}: due on {1}, {2} days left") if days >= 0 else _("{0}: was due on {1}, {2} days late")
			found.append(said.format(_(doctype), era_date(getdate(row.due_date)), abs(days)))
	return found
