"""The rules that a call has of its own. Where it is silent, those of its programme hold (`versions.rules_of` lays one over the other).

Source: domain.md §7 (criteria, documents, pass mark, conditions and limits per call).
"""

from collections import Counter

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, get_datetime, getdate, nowdate

from kyodo_frappe.common.errors import violation_of
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.common.queries import among
from kyodo_frappe.common.stored_values import state_of
from kyodo_frappe.programme.errors import CallJustChanged, CallRulesBind
from kyodo_frappe.rules import totals
from kyodo_frappe.rules.clock import time_of_day
from kyodo_frappe.rules.conditions import check_bounds
from kyodo_frappe.rules.errors import RuleError
from kyodo_frappe.rules.scoring import check_criteria

CALL = "Kyodo Call"
YES = "Yes"
# conditions for organisations; `only_own_conditions` of a call puts those of the programme aside
CONDITIONS = ("members_least", "members_most", "founded_least", "founded_most", "based_in")
LIMITS = ("most_times", "most_times_project")
# what follows after handing in
AFTER_HANDING_IN = ("documents_after_talk", "without_agreement", "not_before_first_day")
# a switch is "", Yes or No in a call, a tick in the programme
SWITCHES = (
	"advice_required",
	"one_per_year",
	"pass_mark_percent",
	"whole_points",
	"leave_out_extremes",
	"quorum_without_chair",
	*AFTER_HANDING_IN,
)
# how members mark and how their marks make a result
MARKING = ("marked_steps", "counted_as", "criterion_comments")
VALUES = (*CONDITIONS, *LIMITS, "closing_hour", "pass_mark", "quorum_rule", *MARKING)
# what a plan of calls says, too
PLANNED = (*VALUES, *SWITCHES, "only_own_conditions", "no_pass_mark", "continued")
TABLES = ("criteria", "further_marks", "required_documents", "questions", "year_terms")
# what is judged and asked by: bound with the version of the programme, and in a call from the first proposal that is handed in
JUDGING = (
	*(*MARKING, "pass_mark", "no_pass_mark", "pass_mark_percent", "whole_points", "leave_out_extremes"),
	*("documents_after_talk", "continued", *TABLES),
)
STEPS, EVERY_STEP = ("Step 1", "Step 2"), "Every Step"
# what the highest possible result depends on
RESULT = ("counted_as", "pass_mark_percent", "leave_out_extremes", "criteria", "further_marks")
# fields of the programme that came with the rules of calls and bind like its other rules
BINDING = (*CONDITIONS, *LIMITS, "closing_hour", "advice_required", "one_per_year", "whole_points", "leave_out_extremes", *AFTER_HANDING_IN)


def call(name: str | None) -> Document | None:
	"""Return a call, None for a name that no call has."""
	if not name or not frappe.get_cached_value(CALL, name, "name"):
		return None
	return frappe.get_cached_doc(CALL, name)


def own(name: str | None, rules) -> dict:
	"""{field: what a call says in place of its programme}, {} for one that is silent. rules: of the programme, with `get`.

	`questions`: rows that change the form (form.py). Rows of `required_documents` take the place of those used for the same.
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
	if cint(doc.continued):
		asked = frappe._dict(fieldname="continued_project", asked="Required", step="Basics")
		found["questions"] = [asked, *found.get("questions", ())]
	if "required_documents" in found:
		uses = {row.used_for for row in found["required_documents"]}
		others = [row for row in rules.get("required_documents") or () if row.used_for not in uses]
		found["required_documents"] = [*others, *found["required_documents"]]
	return found


def _says(value) -> bool:
	return bool(value.strip()) if isinstance(value, str) else bool(flt(value))


# -- what is refused where it is declared ----------------------------------------------------------------


def check(record: Document, programme: Document | None = None):
	"""Check conditions, hour, pass mark and criteria of a programme, a call or a row of the plan of calls, and write the hour as 17:00.

	`programme`: of a call or a row. Raises the refusals of rules/conditions.py, rules/clock.py, rules/scoring.py and rules/totals.py.
	"""
	label = lambda field: _(record.meta.get_label(field))
	read_hour(record)
	with translate_rule_errors():
		for least, most in (("members_least", "members_most"), ("founded_least", "founded_most")):
			check_bounds(cint(record.get(least)), cint(record.get(most)), label(least), label(most))
		for limit in LIMITS:
			check_bounds(cint(record.get(limit)), None, label(limit), "")
		check_criteria(record.get("criteria") or ())
		totals.check_further(record.get("further_marks") or ())
		_check_result(record, programme)


def _check_result(record: Document, programme: Document | None):
	"""Raise WeightZero, BadPassMark or PassMarkTooHigh for what does not fit the way in which a result is counted."""

	def rule(field: str):
		return record.get(field) or (programme.get(field) if programme else None)

	totals.check_weights(rule("criteria") or (), rule("counted_as"))
	most = totals.PERCENT if _is_on(rule("pass_mark_percent")) else _highest(rule, (programme or record).get("name"))
	totals.check_reachable(flt(record.pass_mark), most)


def check_calls(programme: Document):
	"""Raise PassMarkTooHigh or WeightZero, naming the call, where a change of the programme does not fit a call that still runs."""
	before = programme.get_doc_before_save()
	if not before or all(state_of(before, field) == state_of(programme, field) for field in RESULT):
		return
	own_mark = {"programme": programme.name, "pass_mark": [">", 0]}
	for row in frappe.get_all(CALL, own_mark, ["name", "call_name", "closes_on"], order_by="name"):
		if row.closes_on and getdate(row.closes_on) < getdate(nowdate()):
			continue
		try:
			_check_result(frappe.get_cached_doc(CALL, row.name), programme)
		except RuleError as error:
			frappe.throw(f"{row.call_name}: {_(error.source).format(*error.args_)}", exc=violation_of(type(error)))


def _highest(rule, programme: str | None) -> float | None:
	"""The highest result that is possible in any step, None where it is not known. rule: a function that returns a rule's value."""
	members = Counter()
	if programme and rule("counted_as") == totals.SUM:
		committees = frappe.get_all("Kyodo Committee", {"programme": programme}, pluck="name", order_by="name")
		members.update(frappe.get_all("Kyodo Committee Member", {"parent": among(committees)}, pluck="parent", order_by="idx"))
	sheets = max(members.values(), default=0)
	sheets -= 2 if sheets > 2 and _is_on(rule("leave_out_extremes")) else 0
	found = []
	for step in STEPS:
		criteria, further = ([row for row in rule(table) or () if in_step(row, step)] for table in ("criteria", "further_marks"))
		found.append(totals.highest(criteria, rule("counted_as"), sheets, further))
	return None if None in found else max(found) or None


def _is_on(switch) -> bool:
	"""Whether a switch of a programme or of a call is on."""
	return switch == YES or bool(cint(switch))


def in_step(row, step: str) -> bool:
	"""Whether a criterion or a further mark belongs to a step."""
	return (row.get("step") or "Both") in ("Both", step)


def is_marked(rules, step: str) -> bool:
	"""Whether members fill in score sheets in a step: where the rules say so and there is something to mark."""
	return (rules.get("marked_steps") or EVERY_STEP) in (EVERY_STEP, step) and any(
		in_step(row, step) for row in rules.get("criteria") or ()
	)


def read_hour(record: Document):
	"""Write the closing hour of a record as 17:00, however it was typed. Raises NotATimeOfDay."""
	with translate_rule_errors():
		record.closing_hour = time_of_day(record.closing_hour)


def check_call(doc: Document):
	"""`check`, and raise CallRulesBind where a call changes what is judged or asked after a proposal has been handed in."""
	check(doc, frappe.get_cached_doc("Kyodo Programme", doc.programme))
	for row in doc.required_documents:
		row.used_for = "Proposal" if row.used_for in (None, "", "Registration") else row.used_for
	before = doc.get_doc_before_save()
	state = lambda record, field: state_of(record, field, left_out=("basis", "help_text", "budget"))
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


def hold(name: str | None):
	"""Lock a call until the end of the transaction: a proposal is handed in by its rules, and `check_call` then finds the proposal.

	Raises CallJustChanged where the call was changed after this request had read it.
	"""
	stored = name and frappe.db.get_value(CALL, name, "modified", for_update=True)
	if not stored or get_datetime(stored) == get_datetime(frappe.get_cached_doc(CALL, name).modified):
		return
	frappe.clear_document_cache(CALL, name)
	frappe.throw(
		_("The call has just been changed. Please check the proposal by what it says now, and hand it in again."), exc=CallJustChanged
	)
