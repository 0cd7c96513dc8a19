"""The rules that a call has of its own. Where it is silent, those of its programme hold (`versions.rules_of` lays one over the other).

Source: domain.md §7 (criteria, documents, pass mark, conditions and limits per call).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.stored_values import state_of
from kyodo_frappe.programme.errors import CallRulesBind
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.conditions import check_bounds
from kyodo_frappe.rules.scoring import check_criteria, check_pass_mark

CALL = "Kyodo Call"
YES = "Yes"
# conditions for organisations; `only_own_conditions` of a call puts those of the programme aside
CONDITIONS = ("members_least", "members_most", "founded_least", "founded_most", "based_in")
LIMITS = ("most_times", "most_times_project")
# a switch is "", Yes or No in a call, a tick in the programme
SWITCHES = ("advice_required", "one_per_year", "whole_points", "leave_out_extremes", "quorum_without_chair")
VALUES = (*CONDITIONS, *LIMITS, "closing_hour", "pass_mark", "quorum_rule")
# what a plan of calls says, too
PLANNED = (*VALUES, *SWITCHES, "only_own_conditions", "no_pass_mark")
TABLES = ("criteria", "required_documents", "questions")
# what is judged and asked by: bound with the version of the programme, and in a call from the first proposal that is handed in
JUDGING = ("pass_mark", "no_pass_mark", "whole_points", "leave_out_extremes", *TABLES)
# fields of the programme that came with the rules of calls and bind like its other rules
BINDING = (*CONDITIONS, *LIMITS, "closing_hour", "advice_required", "one_per_year", "whole_points", "leave_out_extremes")


def call(name: str | None) -> Document | None:
	"""Return a call, None for a name that no call has."""
	if not name or not frappe.get_cached_value(CALL, name, "name"):
		return None
	return frappe.get_cached_doc(CALL, name)


def own(name: str | None, rules) -> dict:
	"""{field: what a call says in place of its programme}, {} for one that is silent. rules: of the programme, with `get`.

	`questions`: rows that change the form (form.py). Rows of `required_documents` that are not for proposals remain.
	"""
	doc = call(name)
	if doc is None:
		return {}
	found = {field: doc.get(field) for field in VALUES if _says(doc.get(field))}
	found |= {field: int(doc.get(field) == YES) for field in SWITCHES if doc.get(field)}
	if cint(doc.only_own_conditions):
		found |= {field: doc.get(field) or None for field in CONDITIONS}
	if cint(doc.no_pass_mark):
		found["pass_mark"] = 0
	found |= {table: list(doc.get(table)) for table in TABLES if doc.get(table)}
	if "required_documents" in found:
		others = [row for row in rules.get("required_documents") or () if row.used_for != "Proposal"]
		found["required_documents"] = [*others, *found["required_documents"]]
	return found


def _says(value) -> bool:
	return bool(value.strip()) if isinstance(value, str) else bool(flt(value))


# -- what is refused where it is declared ----------------------------------------------------------------


def check(record: Document):
	"""Check conditions, hour, pass mark and criteria of a programme, a call or a row of the plan of calls, and write the hour as 17:00.

	Raises the refusals of rules/conditions.py, rules/clock.py and rules/scoring.py.
	"""
	label = lambda field: _(record.meta.get_label(field))
	read_hour(record)
	with translate_rule_errors():
		for least, most in (("members_least", "members_most"), ("founded_least", "founded_most")):
			check_bounds(cint(record.get(least)), cint(record.get(most)), label(least), label(most))
		for limit in LIMITS:
			check_bounds(cint(record.get(limit)), None, label(limit), "")
		check_pass_mark(flt(record.pass_mark))
		check_criteria(record.get("criteria") or ())


def read_hour(record: Document):
	"""Write the closing hour of a record as 17:00, however it was typed. Raises NotATimeOfDay."""
	with translate_rule_errors():
		record.closing_hour = time_of_day(record.closing_hour)


def check_call(doc: Document):
	"""`check`, and raise CallRulesBind where a call changes what is judged or asked after a proposal has been handed in."""
	check(doc)
	for row in doc.required_documents:
		row.used_for = "Proposal"
	before = doc.get_doc_before_save()
	state = lambda record, field: state_of(record, field, left_out=("basis", "help_text"))
	changed = [field for field in JUDGING if before and state(before, field) != state(doc, field)]
	if not changed:
		return
	handed_in = frappe.db.count(
		"Kyodo Proposal", {"call": doc.name, "first_submitted_on": ["is", "set"], "workflow_state": ["!=", "Withdrawn"]}
	)
	if handed_in:
		frappe.throw(
			_(
				"“{0}” cannot be changed any more: {1} proposals have been handed in to this call, and all of them are asked and judged alike. Please make a new call for what is to be different."
			).format(_(", ").join(_(doc.meta.get_label(field)) for field in changed), handed_in),
			exc=CallRulesBind,
		)
