"""Proposals in figures, counted by the database: what the public page of the years and the reports of the desk have in common.

`where`: which proposals count; the caller has checked that the reader may see them. `groups`: fields of the proposal.
"""

import frappe
from frappe.query_builder import Case, Criterion, CustomFunction, Field
from frappe.query_builder.functions import Avg, Coalesce, Count, Sum

from kyodo_frappe.programme.call_budget import ADOPTED, RESERVE
from kyodo_frappe.programme.call_conditions import adopted_states
from kyodo_frappe.proposals.results import DECLINED
from kyodo_frappe.workflows.states import DECIDED, states

PROPOSAL, DECISION = "Kyodo Proposal", "Kyodo Decision"
_days_between = CustomFunction("DATEDIFF", ["later", "earlier"])


def counts(where: Criterion, *groups: Field) -> list[dict]:
	"""Return [{…groups, proposals, adopted, refused, again, again_adopted, continued, days, requested, granted}] in the order of the groups.

	again: proposed after a refusal; continued: adopted to go on with a project; days: from receipt to decision on average, None without
	any; requested, granted: yen.
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
	requested = Sum(Case().when(proposal.needs_budget == 1, proposal.requested_amount).else_(0))
	query = query.select(requested.as_("requested"), Sum(_granted(proposal)).as_("granted")).groupby(*groups)
	for group in groups:
		query = query.orderby(group)
	return query.run(as_dict=True)


def is_adopted(proposal) -> Criterion:
	"""Return the condition that a proposal has been adopted."""
	return proposal.workflow_state.isin(adopted_states())


def is_refused(proposal) -> Criterion:
	"""Return the condition that a proposal has been refused: decided, neither adopted nor in reserve."""
	return proposal.workflow_state.isin([state for state in states(PROPOSAL, DECIDED) if state not in (RESERVE, *adopted_states())] or [""])


def number(condition: Criterion):
	"""Return how many rows meet a condition."""
	return Sum(Case().when(condition, 1).else_(0))


def _granted(proposal):
	"""Return the term of the yen granted to a proposal by the last decision about it; nothing where its organisation has declined."""
	decision = frappe.qb.DocType(DECISION)
	amount = Case().when(decision.result.isin(ADOPTED), decision.amount).when(decision.result == RESERVE, decision.moved_up_amount).else_(0)
	last = (
		frappe.qb.from_(decision)
		.select(amount)
		.where((decision.proposal == proposal.name) & (decision.docstatus == 1) & (proposal.workflow_state != DECLINED))
		.orderby(decision.decided_on, order=frappe.qb.desc)
		.orderby(decision.creation, order=frappe.qb.desc)
		.limit(1)
	)
	return Coalesce(last, 0)
