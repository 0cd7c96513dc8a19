"""What a project needs to begin: an agreement, or the letter of the decision alone (補助金: 交付決定), and its first day.

Source: domain.md §7 "Money" (nothing before 交付決定日); 小平 3(2)③ (an agreement document is not compulsory).
"""

import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, getdate, nowdate

from kyodo_frappe.partnership.errors import NoBasis, TooEarlyToBegin
from kyodo_frappe.programme import call_rules, calls
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.proposals import early_start
from kyodo_frappe.rules.era import era_date


def rules_for(project: Document | dict) -> Document | Rules:
	"""Return the rules of a project, with those that the call of its proposal has of its own."""
	return rules_of({**_binding(project), "call": calls.call_of_project(project)})


def needs_no_agreement(project: Document) -> bool:
	"""Whether a project begins without an agreement: as its call says, else its form of collaboration or its programme."""
	call = call_rules.call(calls.call_of_project(project))
	if call and call.without_agreement:
		return call.without_agreement == call_rules.YES
	rules = rules_of(project)
	form = next((row for row in rules.forms if row.form_name == project.form), None)
	return bool(cint(rules.get("without_agreement")) or (form and cint(form.get("without_agreement"))))


def first_day(project: Document) -> datetime.date | None:
	"""Return the day before which a project does not begin, where its rules say so; None where it may begin at any time."""
	if not cint(rules_for(project).get("not_before_first_day")):
		return None
	first = max((getdate(day) for day in (project.granted_from, project.from_date) if day), default=None)
	return min(filter(None, (first, early_start.approved_day(project.proposal))), default=None)


def check(project: Document):
	"""Raise NoBasis for a project without agreement and decision, TooEarlyToBegin before its first day."""
	if needs_no_agreement(project) and not project.has_agreement and project.origin != "Existing Service" and not project.decided_on:
		frappe.throw(
			_("A project without an agreement begins with the decision on it. Please enter “{0}”, or conclude an agreement.").format(
				_(project.meta.get_label("decided_on"))
			),
			exc=NoBasis,
		)
	day = first_day(project)
	if day and getdate(nowdate()) < day:
		frappe.throw(
			_("The project is granted from {0}. It can be begun on that day or later.").format(era_date(day)),
			exc=TooEarlyToBegin,
		)


def _binding(project: Document | dict) -> dict:
	return {field: project.get(field) for field in ("programme", "programme_version")}
