"""The deadlines of a programme, computed by rules/deadlines.py.

`programme` is its name, for today's rules, or the rules that bind a record (versions.rules_of).
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.programme.deadline_rows import as_rule
from kyodo_frappe.programme.versions import Rules
from kyodo_frappe.rules.deadlines import DeadlineRule, decided_for, due_date
from kyodo_frappe.rules.era import era_date, fiscal_year

BUDGET_PROPOSAL = "Budget Proposal"
DOCUMENTS = "Documents After the Talk"
STEP_2 = "Step 2 Decision"
REPORT = "Report"
REPORT_AT_THE_LATEST = "Report at the Latest"
YEARLY_REPORT = "Yearly Report"
MID_TERM_REPORT = "Mid-term Report"


def rule_of(programme: str | Document | Rules, code: str) -> DeadlineRule | None:
	"""Return the programme's rule `code`, or None. Raises ValidationError for a rule that cannot be computed."""
	row = next((r for r in _programme(programme).deadline_rules if r.code == code), None)
	return as_rule(row) if row else None


def closures(programme: str | Document | Rules) -> list[datetime.date]:
	"""Return the days on which the city hall is closed besides weekends and holidays."""
	return [getdate(row.closed_on) for row in _programme(programme).closures]


def due(
	programme: str | Document | Rules, code: str, *, year: int | None = None, event_date: datetime.date | str | None = None
) -> datetime.date | None:
	"""Return the day on which rule `code` falls due for a fiscal year or after an event; None without such a rule."""
	rule = rule_of(programme, code)
	if rule is None:
		return None
	with translate_rule_errors():
		return due_date(
			rule,
			fiscal_year=year,
			event_date=getdate(event_date) if event_date else None,
			closures=closures(programme),
		)


def next_due(programme: str | Document | Rules, code: str, day: datetime.date) -> datetime.date | None:
	"""Return the first day after an event on which rule `code` falls due, also where the rule is a yearly one; None without it."""
	found = due(programme, code, year=fiscal_year(day), event_date=day)
	if found and found < day:
		found = due(programme, code, year=fiscal_year(day) + 1, event_date=day)
	return found


def round_of(programme: str | Document | Rules, needs_budget: bool, day: datetime.date | str) -> int:
	"""Return the fiscal year whose round decides a proposal handed in on `day` (鎌倉 2(2)1(4))."""
	rule = rule_of(programme, BUDGET_PROPOSAL) if needs_budget else None
	if rule is None:
		return fiscal_year(getdate(day))
	with translate_rule_errors():
		return decided_for(getdate(day), rule, closures(programme))


def late_sentence(programme: str | Document | Rules, code: str, when: datetime.date) -> str:
	"""Return the sentence that names a missed rule, its date and the remedy (design.md §6)."""
	rule = rule_of(programme, code)
	return _("The deadline “{0}” was {1}. {2}").format(rule.label, era_date(when), rule.remedy).strip()


def _programme(programme: str | Document | Rules) -> Document | Rules:
	return frappe.get_cached_doc("Kyodo Programme", programme) if isinstance(programme, str) else programme
