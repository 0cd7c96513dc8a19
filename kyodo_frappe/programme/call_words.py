"""The rules that hold for a call, in the words of a clerk: on its public card, in the portal and in its form in the desk."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common.printing import yen
from kyodo_frappe.programme import call_conditions, call_rules, form
from kyodo_frappe.programme.payable import rate_words
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules import totals, year_terms
from kyodo_frappe.rules.era import era_date

Line = tuple[str, str]
# what only a call says
OWN_ONLY = ("documents_due_on", "continued")
# {field that bounds a condition: the condition}; every other condition has the name of its field
RULE_OF = {
	**dict.fromkeys(("members_least", "members_most"), call_conditions.MEMBERS),
	**dict.fromkeys(("founded_least", "founded_most"), call_conditions.FOUNDED),
}


def describe(call: str) -> list[dict]:
	"""[{kind, heading, lines: [{text, own}]}] of the rules for a call; own: whether the call says it, not its programme.

	The caller has checked that the user may read the call.
	"""
	doc = call_rules.call(call)
	rules = rules_of({"programme": doc.programme, "call": call})
	own = call_rules.own(call, frappe.get_cached_doc("Kyodo Programme", doc.programme))
	parts = (
		("who", _("Who May Hand In"), [*_conditions(doc, rules), *_answers(doc), *_limits(rules, own)]),
		("years", _("Rates, Ceilings and Budgets by Year or Time"), [*_year_terms(rules)]),
		("judging", _("How It Is Judged"), [*_judging(rules)]),
		("criteria", _("Criteria"), [("criteria", _criterion(row, rules)) for row in own.get("criteria", ())]),
		("documents", _("Documents To Attach"), _documents(doc, "Proposal")),
		("later", _("Documents After the Section Talk"), [*_after_talk(doc, rules), *_documents(doc, "After the Talk")]),
		("report", _("Documents That Go With the Report"), _documents(doc, "Report")),
		("afterwards", _("After the Decision"), [*_afterwards(rules)]),
	)
	return [
		{"kind": kind, "heading": heading, "lines": [{"text": text, "own": field in own or field in OWN_ONLY} for field, text in lines]}
		for kind, heading, lines in parts
		if lines
	]


@frappe.whitelist(methods=["GET"])
def in_words(call: str) -> list[dict]:
	"""Return `describe` for the form of a call in the desk. Raises PermissionError."""
	doc = call_rules.call(call)
	if doc is None:
		raise frappe.PermissionError
	doc.check_permission("read")
	return describe(call)


def conditions_of(proposal: Document) -> list[tuple[str, str]]:
	"""[(rule, text)] of what is asked of who hands in a proposal, by its call or its programme; rule as in `call_conditions.findings`."""
	rules, doc = rules_of(proposal), call_rules.call(proposal.call)
	own = call_rules.own(doc.name, frappe.get_cached_doc("Kyodo Programme", doc.programme)) if doc else {}
	lines = [*_conditions(doc, rules), *_limits(rules, own)]
	found = [(RULE_OF.get(field, field), text) for field, text in lines]
	answers = [field for field in form.fields_of(proposal) if field.answer_needed]
	words = _("“{0}” is answered with “{1}”")
	return found + [(call_conditions.ANSWERS, words.format(field.label, _(field.answer_needed))) for field in answers]


def _conditions(doc: Document | None, rules) -> Iterator[Line]:
	if doc and cint(doc.continued):
		yield "continued", _("For the continuation of a project that has been reported")
	yield from _bounds(
		rules,
		("members_least", _("At least {0} members")),
		("members_most", _("At most {0} members")),
		("founded_least", _("Founded at least {0} years ago on the day of handing in")),
		("founded_most", _("Founded at most {0} years ago on the day of handing in")),
	)
	if rules.based_in:
		yield "based_in", _("Organisations in {0}").format(rules.based_in)
	if cint(rules.advice_required):
		yield "advice_required", _("Consultation with the office or the support centre before handing in")


def _answers(doc: Document) -> Iterator[Line]:
	"""What has to be answered with yes or no."""
	own = {row.fieldname for row in doc.questions if row.answer_needed}
	for field in form.fields_of({"doctype": form.FORMS["Proposal"], "programme": doc.programme, "call": doc.name}):
		if field.answer_needed:
			source = "questions" if field.name in own else "form_fields"
			yield source, _("“{0}” is answered with “{1}”").format(field.label, _(field.answer_needed))


def _limits(rules, own: dict) -> Iterator[Line]:
	if cint(rules.one_per_year):
		yield "one_per_year", _("One proposal per organisation and year over all calls")
	in_type = "most_times" in own
	yield from _bounds(
		rules,
		("most_times", _("Adopted {0} times at most in calls of this type") if in_type else _("Adopted {0} times at most in all")),
		("most_times_project", _("The same project {0} times at most")),
	)


def _judging(rules) -> Iterator[Line]:
	if rules.counted_as == totals.SUM:
		yield "counted_as", _("The points of all members are added up.")
	elif rules.counted_as == totals.AVERAGE:
		yield "counted_as", _("The members' points are averaged.")
	if mark := flt(rules.pass_mark):
		text = _("Pass mark {0} of 100") if rules.counted_as not in (totals.SUM, totals.AVERAGE) else _("Pass mark {0} points")
		yield "pass_mark", (_("Pass mark {0} % of the highest points") if cint(rules.pass_mark_percent) else text).format(f"{mark:g}")
	if rules.marked_steps not in (None, "", call_rules.EVERY_STEP):
		yield "marked_steps", _("Score sheets are filled in: {0}").format(_(rules.marked_steps))
	for row in rules.further_marks or ():
		yield "further_marks", _further_mark(row)
	if cint(rules.whole_points):
		yield "whole_points", _("Whole points only")
	if cint(rules.leave_out_extremes):
		yield "leave_out_extremes", _("The highest and the lowest sheet are left out of the average.")


def _documents(doc: Document, used_for: str) -> list[Line]:
	return [("required_documents", _document(row)) for row in doc.required_documents if row.used_for == used_for]


def _after_talk(doc: Document, rules) -> Iterator[Line]:
	if not cint(rules.documents_after_talk):
		return
	if doc.documents_due_on:
		yield (
			"documents_due_on",
			_("The organisation writes again after the talk with the section, until {0}").format(era_date(doc.documents_due_on)),
		)
	else:
		yield "documents_after_talk", _("The organisation writes again after the talk with the section")


def _afterwards(rules) -> Iterator[Line]:
	if cint(rules.without_agreement):
		yield "without_agreement", _("The project begins with the letter of the decision, without an agreement")
	if cint(rules.not_before_first_day):
		yield "not_before_first_day", _("The project begins on the first day for which it is granted, not before")


def _year_terms(rules) -> Iterator[Line]:
	heads = {year_terms.YEAR: _("From year {0} of the term"), year_terms.TIME: _("From time {0} of the same project")}
	for row in rules.get("year_terms") or ():
		said = [
			_("Rate {0}").format(rate_words(row.rate)) if row.rate else "",
			_("at most {0}").format(yen(row.ceiling)) if flt(row.ceiling) else "",
			_("Budget {0}").format(yen(row.budget)) if flt(row.budget) else "",
		]
		yield "year_terms", f"{heads[row.counted_by].format(cint(row.number))}：{_(', ').join(filter(None, said))}"


def _bounds(rules, *bounds: tuple[str, str]) -> Iterator[Line]:
	return ((field, text.format(cint(rules.get(field)))) for field, text in bounds if cint(rules.get(field)))


def points_of(criterion, rules) -> str:
	"""Scale and weight of a criterion where the programme publishes them, "" elsewhere."""
	if not cint(rules.publish_weights):
		return ""
	weight = flt(criterion.weight)
	scale = "○△×" if criterion.scale == "OX" else _("{0} to {1} points").format(cint(criterion.least_points), cint(criterion.max_points))
	return scale if weight in (0, 1) else _("{0}, weight {1}").format(scale, f"{weight:g}")


def _criterion(row, rules) -> str:
	said = points_of(row, rules)
	return f"{row.question}（{said}）" if said else row.question


def _further_mark(row) -> str:
	text = _("{0}, up to {1} points").format(row.label, f"{flt(row.out_of):g}")
	if row.counts == totals.SHARE:
		return _("{0} ({1} % of the result)").format(text, f"{flt(row.share):g}")
	return text if row.counts == totals.ADDED else _("{0} (for information)").format(text)


def _document(row: Document) -> str:
	return row.document if cint(row.required) else _("{0} (optional)").format(row.document)
