"""Indexes over several columns: the order of a page or the condition of a list, read by the database from one place.

A single column says `search_index` in its DocType. An index stands here where a page of a long list, or what somebody may read of it,
is found by two things at once; Frappe drops an index of one column that no DocType declares. The name of a record comes last by itself;
it stands here where the order names it before another column.
"""

import frappe

SEATS = ("parent", "parenttype", "side", "present", "answered_on")  # of a meeting
INDEXES: dict[str, tuple[tuple[str, ...], ...]] = {
	"Kyodo Proposal": (
		("publish_consent", "received_on", "name", "workflow_state"),  # the public list, the latest first
		("publish_consent", "fiscal_year", "received_on", "name", "workflow_state"),  # of a year
		("publish_consent", "workflow_state", "received_on", "name"),  # in a state
		("publish_consent", "programme", "fiscal_year", "workflow_state"),  # counted (workflows/tallies.py)
		("call", "publish_consent", "workflow_state", "programme", "fiscal_year", "decided_on"),  # adopted in earlier calls
		("workflow_state", "origin", "intake", "owner", "section"),  # what a login of the city may read, counted
		# what waits, the longest first (front/pending_work.py); so below
		("workflow_state", "submitted_on", "name", "first_submitted_on"),
		("workflow_state", "received_on", "name"),
		("organisation", "modified"),
		("call", "term"),
		("early_start_asked_on", "early_start_answered_on"),
		# what the reports count
		(
			*("fiscal_year", "workflow_state", "section", "call", "previous_proposal", "continued_project"),
			*("received_on", "decided_on", "submitted_on", "needs_budget", "requested_amount"),
		),
		("organisation", "workflow_state", "fiscal_year", "programme"),
		("documents_due_on", "documents_handed_in_on", "workflow_state", "section", "fiscal_year"),
	),
	"Kyodo Project": (
		("published", "fiscal_year", "name", "workflow_state"),
		("published", "workflow_state", "fiscal_year", "name"),
		("published", "programme", "fiscal_year", "workflow_state"),
		("workflow_state", "section"),
		("workflow_state", "to_date", "name"),
		# what the inventory counts
		(
			*("plan_or_policy", "workflow_state", "origin", "fiscal_year", "from_date", "completed_on", "to_date"),
			*("programme", "section"),
		),
		("proposal", "completed_on"),
	),
	"Kyodo Agreement": (("project", "concluded_on"), ("workflow_state", "offered_on", "name")),
	"Kyodo Agreement Party": (("parent", "parenttype", "side"),),
	"Kyodo Agreement Confirmation": (("parent", "parenttype", "side", "confirmed_on"),),
	"Kyodo Payment": (("paid_on", "planned_on", "parenttype", "parent"),),
	"Kyodo Meeting": (
		("meeting_date", "name", "workflow_state"),
		("meeting_date", "begins_at", "name", "workflow_state"),  # the next ones
		("fiscal_year", "meeting_date", "name", "workflow_state"),
		("workflow_state", "meeting_date", "name"),
		("workflow_state", "invited_on", "name"),
		("workflow_state", "marking_closed_on", "meeting_date", "invited_on", "mark_by"),
		("programme", "meeting_date", "begins_at", "name", "meeting_type", "workflow_state"),
		("workflow_state", "committee", "programme", "fiscal_year", "meeting_date", "invited_on", "answer_by"),
	),
	"Kyodo Organisation": (
		("organisation_kana", "organisation_name"),
		("publish_profile", "workflow_state", "valid_until"),
		("workflow_state", "applied_on", "name"),
		("workflow_state", "organisation_kana", "name"),  # the register
	),
	"Kyodo Organisation Activity": (("parent", "parenttype", "activity_field"),),
	"Kyodo Agenda Item": (("parent", "parenttype", "idx"), ("proposal", "parenttype", "parent", "postponed")),
	"Kyodo Correction": (("parent", "returned_on"),),
	"Kyodo Payment Request": (("workflow_state", "requested_on", "name"),),
	"Kyodo Support Case": (("state", "received_on", "name"), ("received_on", "name")),
	"Kyodo Service Screening": (("workflow_state", "answered_on", "name"),),
	"Kyodo Review": (("meeting", "submitted_on", "interest_declared", "released"),),
	"Kyodo Report": (
		("workflow_state", "accepted_on", "section", "submitted_on"),
		("workflow_state", "accepted_on", "name"),
		("workflow_state", "creation", "name", "due_date"),
		("due_date", "submitted_on", "section", "fiscal_year"),
	),
	"Kyodo Evaluation Round": (
		("workflow_state", "modified"),
		("workflow_state", "creation", "name", "due_date"),
		("fiscal_year", "due_date", "workflow_state", "section", "programme", "project"),
	),
	# what the reports of the desk count, without reading the rows
	"Kyodo Evaluation Mark": (("parent", "item_code", "mark", "parenttype", "item"),),
	"Kyodo Evaluation Sheet": (("evaluation_round", "side", "released", "submitted_on"),),
	"Kyodo Consultation": (("kind", "held_on", "section"), ("proposal", "kind"), ("owner", "proposal")),
	"Kyodo Progress Note": (
		("side", "acknowledged_on", "section", "creation"),
		("side", "acknowledged_on", "creation", "name", "project"),
		("project", "side", "creation", "acknowledged_on", "section"),
	),
	"Kyodo Attendance": (SEATS, ("parent", "parenttype", "answer", "user")),
	"Kyodo Decision": (
		("proposal", "docstatus", "decided_on", "creation", "result", "amount", "moved_up_amount"),
		("docstatus", "meeting", "proposal", "score_points", "score_out_of", "average_score"),
		("docstatus", "fiscal_year", "result", "section"),
		("replaces", "decided_on"),
	),
	"Kyodo Event Registration": (("user", "state", "event"), ("email", "state", "event")),
	"Kyodo Event": (("held_on", "name", "state", "audience"), ("state", "held_on", "begins_at", "name", "audience", "organiser")),
	"Kyodo Need": (("published", "creation"), ("wants_publishing", "modified")),
	"Kyodo Resource Person": (("publish_consent", "active", "person_kana", "person_name"),),
	"Kyodo Survey": (("state", "publish_totals", "fiscal_year", "name"),),
}
# of which the moment of the last change is asked (workflows/tallies.py); Frappe 16 has its index for some only
CHANGED = (
	*("Kyodo Proposal", "Kyodo Project", "Kyodo Meeting", "Kyodo Organisation", "Kyodo Event", "Kyodo Call", "Kyodo Decision"),
	*("Kyodo Committee", "Kyodo Programme", "Kyodo Page", "Kyodo Meeting Type", "Kyodo Need", "Kyodo Resource Person"),
)


def gives_order(doctype: str, fixed: set[str], by: str) -> bool:
	"""Whether the database reads the records in the order of a field from an index, once other fields have one value each."""
	before = [set(columns[: columns.index(by)]) for columns in INDEXES.get(doctype, ()) if by in columns]
	return any(one and one <= fixed for one in before)


def sync():
	"""Make the indexes that are missing; repeatable."""
	for doctype in CHANGED:
		if not frappe.db.get_column_index(f"tab{doctype}", "modified", unique=False):
			frappe.db.add_index(doctype, ["modified"], "modified")
	for doctype, indexes in INDEXES.items():
		for columns in indexes:
			frappe.db.add_index(doctype, [f"`{column}`" for column in columns], name_of(columns))


def name_of(columns: tuple[str, ...]) -> str:
	"""Return the name of an index, for a query in which the database would take another one."""
	return f"kyodo_{'_'.join(columns)}"[:64]
