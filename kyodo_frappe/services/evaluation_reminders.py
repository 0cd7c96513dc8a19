"""Reminders of evaluations that wait for a side's sheet: once before the day, then every week that it is late.

The pattern of services/reminders.py: an Info comment on the round is both the trace and the proof that a stage has been
mailed. Both sides get the same words at the same stages, and never a word of what the other has written.
"""

import datetime

import frappe
from frappe import _
from frappe.utils import cint, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services import deadlines, evaluations, sides
from kyodo_frappe.services.programme_versions import rules_of
from kyodo_frappe.services.speech import RECORD_LANGUAGE

REMIND_DAYS = 14
LATE_EVERY = 7


def send(today: datetime.date | str | None = None) -> list[str]:
	"""Mail what is due; daily. Returns the rounds about which somebody was reminded."""
	today = getdate(today)
	rounds = frappe.get_all(
		evaluations.ROUND,
		{"workflow_state": "Open", "due_date": ["is", "set"]},
		["name", "due_date", "programme", "project"],
		order_by="due_date, name",
	)
	for row, version in zip(rounds, _versions(rounds), strict=True):
		row.programme_version = version
	return [row.name for row in rounds if (stage := _stage(row, today)) and _remind(row, stage, today)]


def _stage(row: dict, today: datetime.date) -> str | None:
	left = (getdate(row.due_date) - today).days
	if left < 0:
		return f"late-{(-left - 1) // LATE_EVERY}"
	return "soon" if left <= _days_before(row) else None


def _versions(rounds: list[dict]) -> list[str | None]:
	"""Of the rules that bind the project of each round."""
	projects = {"name": ["in", [row.project for row in rounds] or [""]]}
	bound = dict(frappe.get_all("Kyodo Project", projects, ["name", "programme_version"], as_list=True, order_by="name"))
	return [bound.get(row.project) for row in rounds]


def _days_before(row: dict) -> int:
	rule = next((rule for rule in rules_of(row).deadline_rules if rule.code == evaluations.RULE), None)
	return REMIND_DAYS if rule is None else cint(rule.remind_days)


def _remind(row: dict, stage: str, today: datetime.date) -> bool:
	point = "kyodo_evaluation_reminder"
	frappe.db.savepoint(point)
	try:
		# one round at a time: a second scheduler waits here and then finds the mark
		evaluation = frappe.get_doc(evaluations.ROUND, row.name, for_update=True)
		return bool([side for side in _waiting(evaluation) if _tell(evaluation, side, stage, today)])
	except Exception:
		# one round that cannot be mailed must not keep the others from being
		frappe.db.rollback(save_point=point)
		frappe.log_error(
			title=f"Reminder of {row.name} failed", reference_doctype=evaluations.ROUND, reference_name=row.name
		)
		return False


def _waiting(evaluation) -> list[str]:
	return [side for side in sides.SIDES if side not in evaluations.sides_in(evaluation.name)]


def _tell(evaluation, side: str, stage: str, today: datetime.date) -> bool:
	mark = f"kyodo-reminder:{stage}:{evaluation.due_date}:{side}"
	about = {"reference_doctype": evaluation.doctype, "reference_name": evaluation.name, "subject": mark}
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	people = sides.people_on(project, side)
	if not people or frappe.db.exists("Comment", about):
		return False
	due_on = era_date(getdate(evaluation.due_date))
	late = getdate(evaluation.due_date) < today
	line = f"相互評価の提出期限（{due_on}）が{'過ぎています' if late else '近づいています'}。お早めにお願いします。"
	rule = deadlines.rule_of(evaluation.programme, evaluations.RULE)
	lines = [line, rule.remedy] if late and rule and rule.remedy else [line]
	sides.tell(project, side, f"相互評価の提出のお願い（{due_on}）", lines, evaluations.address_of(evaluation.name), evaluation)
	text = _("Reminder of the due date {0} sent to {1} people", lang=RECORD_LANGUAGE).format(due_on, len(people))
	evaluation.add_comment("Info", text).db_set("subject", mark)
	return True
