"""Proposals in figures, counted by the database: what the public page of the years and the reports of the desk have in common.

`where` says which proposals count; the caller knows that its reader may know of them. `groups`: fields of the proposal.
"""

import frappe
from frappe.query_builder import Case, Criterion, CustomFunction, Field
from frappe.query_builder.functions import Avg, Count, Sum

from kyodo_frappe.programme.call_budget import ADOPTED, RESERVE
from kyodo_frappe.programme.call_conditions import adopted_states
from kyodo_frappe.proposals.results import DECLINED
from kyodo_frappe.workflows.states import DECIDED, states

PROPOSAL, DECISION = "Kyodo Proposal", "Kyodo Decision"
_days_between = CustomFunction("DATEDIFF", ["later", "earlier"])


def counts(where: Criterion, *groups: Field) -> list[dict]:
	"""Return [{…groups, proposals, adopted, refused, again, again_adopted, continued, days}] in the order of the groups.

	again: proposed after a refusal; continued: adopted to go on with a project; days: from receipt to decision on average, None without
	any.
	"""
	proposal = frappe.qb.DocType(PROPOSAL)
	adopted, again = is_adopted(proposal), proposal.previous_proposal.isnotnull()
	decided = proposal.decided_on.isnotnull() & proposal.received_on.isnotnull()
	query = frappe.qb.from_(proposal).select(*groups, Count(proposal.name).as_("proposals"))
	for name, condition in (
		("adopted", adopted),
		("refused", is_refused(proposal)),
		("again", again),
		("again_adopted", again & adopted),
		("continued", adopted & proposal.continued_project.isnotnull()),
	):
		query = query.select(number(condition).as_(name))
	query = query.select(Avg(Case().when(decided, _days_between(proposal.decided_on, proposal.received_on))).as_("days")).where(where)
	return _grouped(query, groups).run(as_dict=True)


def granted(where: Criterion, *groups: Field) -> list[dict]:
	"""Return [{…groups, granted}]: yen by the last decision about each proposal; nothing for one that the organisation has declined."""
	proposal, decision, later = (frappe.qb.DocType(name) for name in (PROPOSAL, DECISION, DECISION))
	later = later.as_("later")
	after = (later.decided_on > decision.decided_on) | ((later.decided_on == decision.decided_on) & (later.creation > decision.creation))
	amount = Case().when(decision.result.isin(ADOPTED), decision.amount).when(decision.result == RESERVE, decision.moved_up_amount).else_(0)
	query = (
		frappe.qb.from_(proposal)
		.join(decision)
		.on((decision.proposal == proposal.name) & (decision.docstatus == 1))
		.left_join(later)
		.on((later.proposal == proposal.name) & (later.docstatus == 1) & after)
		.select(*groups, Sum(amount).as_("granted"))
		.where(where & later.name.isnull() & (proposal.workflow_state != DECLINED))
	)
	return _grouped(query, groups).run(as_dict=True)


def is_adopted(proposal) -> Criterion:
	"""Return the condition that a proposal has been adopted."""
	return proposal.workflow_state.isin(adopted_states())


def is_refused(proposal) -> Criterion:
	"""Return the condition that a proposal has been refused: decided, neither adopted nor in reserve."""
	return proposal.workflow_state.isin([state for state in states(PROPOSAL, DECIDED) if state not in (RESERVE, *adopted_states())] or [""])


def number(condition: Criterion):
	"""Return how many rows meet a condition."""
	return Sum(Case().when(condition, 1).else_(0))


def _grouped(query, groups: tuple[Field, ...]):
	query = query.groupby(*groups)
	for group in groups:
		query = query.orderby(group)
	return query
