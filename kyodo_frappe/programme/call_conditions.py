"""The conditions of a call or its programme for handing in: members, years, place, advice, number of proposals.

Source: domain.md §7 "Conditions with numbers", "Before", "Limits".
"""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, getdate, nowdate

from kyodo_frappe.common.queries import among
from kyodo_frappe.permissions.reading_cache import cached_until_written
from kyodo_frappe.programme import call_budget, call_rules, form
from kyodo_frappe.programme.errors import (
	AdoptedTooOften,
	AdviceRequired,
	AnswerRefused,
	CallConditionNotMet,
	NotContinuable,
	OneProposalPerYear,
)
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.conditions import is_in, whole_years
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import DECIDED, OVER, WAITING, WRITING, category, drafts, states

PROPOSAL, PROJECT = "Kyodo Proposal", "Kyodo Project"
Found = tuple[str, type[frappe.ValidationError]]
Finding = tuple[str, str, type[frappe.ValidationError]]
ANSWERS, CONTINUED, MEMBERS, FOUNDED, PLACE = "answers", "continued", "members", "founded", "based_in"
ADVICE, ONE_PER_YEAR, MOST_TIMES, SAME_PROJECT = "advice_required", "one_per_year", "most_times", "most_times_project"
# conditions whose sentences name other proposals of the organisation
COUNTED = (ONE_PER_YEAR, MOST_TIMES, SAME_PROJECT)


def unmet(proposal: Document) -> Iterator[Found]:
	"""Yield (sentence, exception) for everything that is asked and not there."""
	return ((sentence, exc) for _rule, sentence, exc in findings(proposal))


def findings(proposal: Document) -> Iterator[Finding]:
	"""As `unmet`, (rule, sentence, exception); rule: one of the constants above, as in `call_words.conditions_of`."""
	rules = rules_of(proposal)
	yield from ((ANSWERS, *found) for found in answers(proposal))
	yield from ((CONTINUED, *found) for found in _continuation(proposal))
	if proposal.organisation:
		yield from ((rule, sentence, CallConditionNotMet) for rule, sentence in _conditions_not_met(proposal, rules))
		if sentence := _advice_missing(proposal, rules):
			yield ADVICE, sentence, AdviceRequired
		yield from _limits(proposal, rules)


def check_limits(proposal: Document):
	"""Raise OneProposalPerYear or AdoptedTooOften where the organisation has handed in or been adopted as often as it can be.

	Locks the organisation, as requests do (workflows/locking.py): of two proposals to different calls that are handed in at the same
	moment, the second waits and finds the first.
	"""
	rules = rules_of(proposal)
	if not proposal.organisation or not any(cint(rules.get(field)) for field in ("one_per_year", *call_rules.LIMITS)):
		return
	frappe.db.get_value("Kyodo Organisation", proposal.organisation, "name", for_update=True)
	for _rule, sentence, exc in _limits(proposal, rules, lock=True):
		frappe.throw(escape_html(sentence), exc=exc)


def answers(proposal: Document) -> Iterator[Found]:
	"""Yield (sentence, exception) for each question that is answered otherwise than its call or programme needs."""
	for field in form.wrong_answers(proposal):
		sentence = field.refusal or _("“{0}” has to be answered with “{1}” here.").format(field.label, _(field.answer_needed))
		yield sentence, AnswerRefused


def continuable_projects(organisation: str | None) -> list[dict]:
	"""[{name, project_name, fiscal_year}] of an organisation's projects that have been reported, which a proposal may continue."""
	if not organisation:
		return []
	over = {"organisation": organisation, "workflow_state": ["not in", [*states(PROJECT, WRITING, WAITING), "Cancelled"]]}
	fields = ["name", "project_name", "fiscal_year", "workflow_state"]
	rows = frappe.get_all(PROJECT, over, fields, order_by="fiscal_year desc, name desc")
	reported = {"project": among([row.name for row in rows]), "report_kind": "Final"}
	handed_in = {**reported, "workflow_state": ["not in", states("Kyodo Report", WRITING)]}
	with_report = set(frappe.get_all("Kyodo Report", handed_in, pluck="project", order_by="name"))
	return [row for row in rows if row.name in with_report or category(PROJECT, row.workflow_state) in (DECIDED, OVER)]


def _continuation(proposal: Document) -> Iterator[Found]:
	"""The sentence about a project that cannot be continued; it names no project of others."""
	name = proposal.get("continued_project")
	if not name:
		return
	if not _is_own_project(proposal):
		yield _("Only an earlier project of the organisation itself can be continued. Please choose one of its own."), NotContinuable
	elif name not in {row.name for row in continuable_projects(proposal.organisation)}:
		title = frappe.db.get_value(PROJECT, name, "project_name")
		yield _("“{0}” can be continued once its report has been handed in.").format(title), NotContinuable


def check_own_project(proposal: Document):
	"""Raise NotContinuable on naming a project of others, whose title would be shown with the proposal."""
	if proposal.get("continued_project") and proposal.has_value_changed("continued_project") and not _is_own_project(proposal):
		frappe.throw(
			_("Only an earlier project of the organisation itself can be continued. Please choose one of its own."), exc=NotContinuable
		)


def _is_own_project(proposal: Document) -> bool:
	return bool(frappe.db.exists(PROJECT, {"name": proposal.continued_project, "organisation": proposal.organisation or ""}))


# -- conditions ------------------------------------------------------------------------------------------


def registered_facts(organisation: str) -> dict:
	"""{organisation_type, member_count, established_on, address} of an organisation, as conditions use them."""
	return next(iter(_registered_facts(organisation)), frappe._dict())


@cached_until_written
def _registered_facts(organisation: str) -> list[dict]:
	fields = ["organisation_type", "member_count", "established_on", "address"]
	return frappe.get_all("Kyodo Organisation", {"name": organisation}, fields, order_by="name")


def _conditions_not_met(proposal: Document, rules) -> Iterator[tuple[str, str]]:
	"""Yield (rule, sentence)."""
	organisation = registered_facts(proposal.organisation)
	yield from _out_of_bounds(
		MEMBERS,
		cint(organisation.member_count) or None,
		(rules.members_least, rules.members_most),
		_("The registration does not say how many members the organisation has; the number decides here ({0})."),
		_("The organisation has {0} members; at least {1} are needed here."),
		_("The organisation has {0} members; at most {1} are accepted here."),
	)
	founded, day = organisation.established_on and getdate(organisation.established_on), getdate(proposal.first_submitted_on or nowdate())
	yield from _out_of_bounds(
		FOUNDED,
		whole_years(founded, day) if founded else None,
		(rules.founded_least, rules.founded_most),
		_("The registration does not say when the organisation was founded; the years since then decide here ({0})."),
		_("The organisation was founded {0} years ago; at least {1} are needed here on the day of handing in."),
		_("The organisation was founded {0} years ago; at most {1} are accepted here on the day of handing in."),
	)
	if not is_in(organisation.address, rules.based_in):
		text = _("The address of the organisation is “{0}”; only organisations in {1} are accepted here.")
		yield PLACE, _with_remedy(text.format(organisation.address or "―", rules.based_in))


def _out_of_bounds(rule: str, value: int | None, bounds: tuple, unknown: str, too_few: str, too_many: str) -> Iterator[tuple[str, str]]:
	least, most = (cint(bound) for bound in bounds)
	if value is None:
		if least or most:
			yield rule, _with_remedy(unknown.format(least or most))
	elif least and value < least:
		yield rule, _with_remedy(too_few.format(value, least))
	elif most and value > most:
		yield rule, _with_remedy(too_many.format(value, most))


def _with_remedy(sentence: str) -> str:
	return _("{0} The draft is kept. If the registration is not up to date, please hand in a notice of changes first.").format(sentence)


def _advice_missing(proposal: Document, rules) -> str | None:
	"""The sentence about 事前相談: recorded for the proposal, or for the organisation and the call before there was a draft."""
	if not cint(rules.advice_required):
		return None
	held = {"kind": "Advice", "held_on": ["<=", nowdate()]}
	early = {**held, "proposal": ["is", "not set"], "organisation": proposal.organisation, "call": proposal.call or ["is", "not set"]}
	if frappe.db.exists("Kyodo Consultation", {**held, "proposal": proposal.name}) or frappe.db.exists("Kyodo Consultation", early):
		return None
	return _(
		"A consultation with the office or the support centre is needed before handing in, and none has been recorded yet. The draft is kept; please arrange one with {0}."
	).format(rules.entrance_name or rules.office_section or _("the office"))


# -- limits ----------------------------------------------------------------------------------------------


def _limits(proposal: Document, rules, lock: bool = False) -> Iterator[Finding]:
	"""`lock`: read what is committed by now."""
	if cint(rules.one_per_year) and (other := _other_of_the_year(proposal, lock)):
		yield (
			ONE_PER_YEAR,
			_(
				"One proposal per organisation is accepted in {0}, over all calls, and “{1}” has already been handed in. Withdraw it first."
			).format(era_year(proposal.fiscal_year), other),
			OneProposalPerYear,
		)
	if not (cint(rules.most_times) or cint(rules.most_times_project)):
		return
	adopted = _adopted(proposal, lock)
	times = [row for row in adopted if not _own_limit(proposal) or row.call_type == _call_type(proposal)]
	if rules.most_times and len(times) >= rules.most_times:
		text = _("The organisation can be adopted {0} times at most, and has been adopted {1} times: {2}.")
		yield MOST_TIMES, *_too_often(text, rules.most_times, times)
	same = _of_same_project(proposal, adopted) if rules.most_times_project else []
	if rules.most_times_project and len(same) >= rules.most_times_project:
		text = _("The same project can be adopted {0} times at most, and has been adopted {1} times: {2}.")
		yield SAME_PROJECT, *_too_often(text, rules.most_times_project, same)


def _of_same_project(proposal: Document, adopted: list[dict]) -> list[dict]:
	"""Those that have the same title in any spelling, or go back to the same first proposal (`previous_proposal`)."""
	first = _first_proposal(proposal)
	return [row for row in adopted if (row.search_key and row.search_key == proposal.search_key) or _first_proposal(row) == first]


def _first_proposal(proposal: Document | dict) -> str:
	"""The name of the first proposal in the chain that a proposal continues."""
	chain, previous = [proposal.name], proposal.previous_proposal
	while previous and previous not in chain:
		chain.append(previous)
		previous = frappe.db.get_value(PROPOSAL, previous, "previous_proposal")
	return chain[-1]


def _too_often(sentence: str, most: int, rows: list[dict]) -> Found:
	titles = (_("{0} ({1})").format(row.title, era_year(row.fiscal_year)) for row in rows)
	return sentence.format(most, len(rows), _(", ").join(titles)), AdoptedTooOften


def _other_of_the_year(proposal: Document, lock: bool) -> str | None:
	"""The title of another proposal of the organisation and year; those to calls that accept several do not count."""
	others = {
		"programme": proposal.programme,
		"organisation": proposal.organisation,
		"fiscal_year": proposal.fiscal_year,
		"name": ["!=", proposal.name],
		"workflow_state": ["not in", [*drafts(PROPOSAL), "Withdrawn"]],
	}
	rows = frappe.db.get_values(PROPOSAL, others, ["title", "call"], as_dict=True, order_by="creation asc", for_update=lock)
	several = lambda name: (found := call_rules.call(name)) is not None and found.one_per_year == "No"
	return next((row.title for row in rows if not several(row.call)), None)


def _adopted(proposal: Document, lock: bool) -> list[dict]:
	"""[{title, search_key, fiscal_year, call_type}] of the organisation's adopted proposals in the programme, of all years."""
	adopted = {
		"programme": proposal.programme,
		"organisation": proposal.organisation,
		"name": ["!=", proposal.name],
		"workflow_state": ["in", adopted_states()],
	}
	fields = ["name", "title", "search_key", "fiscal_year", "call", "previous_proposal", "creation"]
	rows = frappe.db.get_values(PROPOSAL, adopted, fields, as_dict=True, order_by="creation asc", for_update=lock)
	for row in rows:
		row.call_type = _call_type(row)
	return rows


def adopted_states() -> list[str]:
	"""Return the states of proposals that have been adopted."""
	return [state for state in states(PROPOSAL, DECIDED) if state not in (call_budget.RESERVE, "Not Adopted")]


def time_of(proposal: Document | dict) -> int:
	"""Return for the how-manieth time the organisation would be adopted with the same project: 1 for the first."""
	if not proposal.get("organisation") or not proposal.get("search_key"):
		return 1
	adopted = _adopted(proposal, lock=False)
	begun = proposal.get("creation")
	earlier = [row for row in adopted if row.search_key == proposal.search_key and (not begun or str(row.creation) < str(begun))]
	return len(earlier) + 1


def _own_limit(proposal: Document) -> bool:
	"""Whether the call limits itself: then calls of its type count, otherwise all."""
	found = call_rules.call(proposal.call)
	return found is not None and bool(cint(found.most_times))


def _call_type(record: Document | dict) -> str | None:
	found = call_rules.call(record.call)
	return found.call_type if found else None
