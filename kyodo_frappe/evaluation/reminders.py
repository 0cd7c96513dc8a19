"""Reminders of evaluations. Both sides get the same words at the same time, and nothing of what the other has written."""

import datetime
from collections.abc import Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import cint, getdate

from kyodo_frappe.common.queries import among
from kyodo_frappe.evaluation import rounds as evaluations
from kyodo_frappe.messages.due import Due
from kyodo_frappe.partnership import parties
from kyodo_frappe.programme import deadlines
from kyodo_frappe.programme.versions import rules_of


def open_rounds(today: datetime.date) -> Iterator[Due]:
	"""Yield the open rounds with a due date; the days before are those of the rules that bind the project."""
	rounds = frappe.get_all(
		evaluations.ROUND,
		{"workflow_state": "Open", "due_date": ["is", "set"]},
		["name", "due_date", "programme", "project"],
		order_by="due_date, name",
	)
	for row, version in zip(rounds, _rule_versions(rounds), strict=True):
		row.programme_version = version
		yield Due(evaluations.ROUND, row.name, row.programme, getdate(row.due_date), before=_days_before(row), ask=_missing_sides)


def _rule_versions(rounds: list[dict]) -> list[str | None]:
	"""Return the version of the rules that binds the project of each round."""
	projects = {"name": among([row.project for row in rounds])}
	bound = dict(frappe.get_all("Kyodo Project", projects, ["name", "programme_version"], as_list=True, order_by="name"))
	return [bound.get(row.project) for row in rounds]


def _days_before(row: dict) -> int | None:
	rule = next((rule for rule in rules_of(row).deadline_rules if rule.code == evaluations.DEADLINE_RULE), None)
	return None if rule is None else cint(rule.remind_days)


def _missing_sides(evaluation: Document) -> tuple[list[dict], dict]:
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	missing = [side for side in parties.SIDES if side not in evaluations.submitted_sides(evaluation.name)]
	rule = deadlines.rule_of(evaluation.programme, evaluations.DEADLINE_RULE)
	return [person for side in missing for person in parties.recipients(project, side)], {"remedy": rule.remedy if rule else ""}
