"""Which kinds of records there are for a user at all: My page reads lists of those only. One query for all kinds."""

import frappe
from frappe.query_builder import Criterion
from pypika.terms import ValueWrapper

from kyodo_frappe.common.queries import union
from kyodo_frappe.learning import registrations
from kyodo_frappe.partnership import agreement_text, negotiation, notes, plan_changes
from kyodo_frappe.permissions.people import organisations_of, projects_of
from kyodo_frappe.support import cases, surveys
from kyodo_frappe.workflows.states import WAITING, WRITING, states

POINTS, AGREEMENTS, REPORTS, NOTES, CHANGES = "points", "agreements", "reports", "notes", "changes"
SHEETS, CASES, EVENTS = "sheets", "cases", "events"


def there(user: str) -> set[str]:
	"""Return the kinds for which the user has waiting or listed records on My page."""
	queries = [*_of_projects(projects_of(user)), *_of_organisations(user, organisations_of(user))]
	return {kind for (kind,) in union(queries)}


def _of_projects(projects: list[str]) -> list:
	"""What may wait for a side in these projects."""
	if not projects:
		return []
	return [
		_kind(POINTS, negotiation.POINT, lambda table: [table.project.isin(projects), table.state == negotiation.OPEN]),
		_in_states(AGREEMENTS, agreement_text.AGREEMENT, projects, WAITING),
		_in_states(REPORTS, "Kyodo Report", projects, WRITING),
		_in_states(CHANGES, plan_changes.CHANGE, projects, WRITING, WAITING),
		_kind(NOTES, notes.NOTE, lambda table: [table.project.isin(projects), table.acknowledged_on.isnull()]),
	]


def _of_organisations(user: str, organisations: list[str]) -> list:
	own = organisations or [""]
	return [
		_kind(SHEETS, surveys.RESPONSE, lambda table: [table.organisation.isin(own)]),
		_kind(CASES, cases.CASE, lambda table: [(table.asked_by == user) | table.organisation.isin(own)]),
		*(_first(EVENTS, query) for query in registrations.of_user(user)),
	]


def _in_states(kind: str, doctype: str, projects: list[str], *categories: str):
	found = states(doctype, *categories)
	return _kind(kind, doctype, lambda table: [table.project.isin(projects), table.workflow_state.isin(found)])


def _kind(kind: str, doctype: str, conditions):
	"""A query with one row, the kind, if there is a record; conditions: a function of the table."""
	table = frappe.qb.DocType(doctype)
	return _first(kind, frappe.qb.from_(table).where(Criterion.all(conditions(table))))


def _first(kind: str, query):
	"""A query with the kind for the first record of another one, which reads no second one."""
	return frappe.qb.from_(query.select(ValueWrapper(kind).as_("kind")).limit(1).as_("found")).select("*")
