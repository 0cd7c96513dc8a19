"""Locks that serialise simultaneous requests for the same record.

Every action that reads, decides and writes locks one record first (`LOCKED_THROUGH`): an evaluation sheet locks its project, a
review its meeting. MariaDB shows a transaction all rows as of its first plain read (REPEATABLE READ), so a request that read
before waiting would evaluate workflow conditions and totals on outdated values. A request therefore begins a new
transaction when it takes its lock.

Requests that name their record are locked before their function runs (hooks.py: auth_hooks). Services and pages that learn
the record only later call `lock` before they read on.
"""

import frappe
from frappe import _
from frappe.utils import get_datetime

from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.request import ParsedRequest
from kyodo_frappe.workflows.guard import check_still_possible

OURS = "kyodo_frappe."
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# {DocType: (link field, DocType of the record that is locked instead)}
LOCKED_THROUGH = {
	"Kyodo Agreement": ("project", "Kyodo Project"),
	"Kyodo Change Notice": ("organisation", "Kyodo Organisation"),
	"Kyodo Comment": ("proposal", "Kyodo Proposal"),
	"Kyodo Consultation": ("proposal", "Kyodo Proposal"),
	"Kyodo Decision": ("meeting", "Kyodo Meeting"),
	"Kyodo Evaluation Round": ("project", "Kyodo Project"),
	"Kyodo Evaluation Sheet": ("project", "Kyodo Project"),
	"Kyodo Event Registration": ("event", "Kyodo Event"),
	"Kyodo Expense": ("project", "Kyodo Project"),
	"Kyodo Invitation": ("organisation", "Kyodo Organisation"),
	"Kyodo Letter": ("programme", "Kyodo Programme"),  # a number is used once in a programme
	"Kyodo Match": ("need", "Kyodo Need"),
	"Kyodo Open Point": ("project", "Kyodo Project"),
	"Kyodo Page Comment": ("page", "Kyodo Page"),
	"Kyodo Payment Request": ("project", "Kyodo Project"),
	"Kyodo Plan Change": ("project", "Kyodo Project"),
	"Kyodo Progress Note": ("project", "Kyodo Project"),
	"Kyodo Proposal": ("call", "Kyodo Call"),
	"Kyodo Report": ("project", "Kyodo Project"),
	"Kyodo Review": ("meeting", "Kyodo Meeting"),
	"Kyodo Survey Response": ("survey", "Kyodo Survey"),
}
# {DocType: field without which it is not locked}: only a call with one proposal per organisation needs the lock
LOCKED_ONLY_WITH = {"Kyodo Call": "one_per_organisation"}
# {DocType: (link field, DocType)}: what is locked where the record of LOCKED_THROUGH is not; all proposals of an organisation are counted
# where a call or a programme limits them (programme/call_conditions.py)
OTHERWISE_THROUGH = {"Kyodo Proposal": ("organisation", "Kyodo Organisation")}
# {argument of our whitelisted functions: DocType of the record that it names}
ARGUMENTS = {
	"agreement": "Kyodo Agreement",
	"annual_report": "Kyodo Annual Report",
	"case": "Kyodo Support Case",
	"comment": "Kyodo Comment",
	"committee": "Kyodo Committee",
	"decision": "Kyodo Decision",
	"dispatch": "Kyodo Dispatch",
	"drop": "Kyodo Organisation",
	"evaluation": "Kyodo Evaluation Round",
	"event": "Kyodo Event",
	"expense": "Kyodo Expense",
	"interest": "Kyodo Interest",
	"invitation": "Kyodo Invitation",
	"letter": "Kyodo Letter",
	"letters": "Kyodo Letter",
	"keep": "Kyodo Organisation",
	"match": "Kyodo Match",
	"meeting": "Kyodo Meeting",
	"need": "Kyodo Need",
	"note": "Kyodo Progress Note",
	"notice": "Kyodo Change Notice",
	"organisation": "Kyodo Organisation",
	"page": "Kyodo Page",
	"payment_request": "Kyodo Payment Request",
	"point": "Kyodo Open Point",
	"project": "Kyodo Project",
	"proposal": "Kyodo Proposal",
	"proposals": "Kyodo Proposal",
	"registration": "Kyodo Event Registration",
	"report": "Kyodo Report",
	"response": "Kyodo Survey Response",
	"review": "Kyodo Review",
	"screening": "Kyodo Service Screening",
	"sheet": "Kyodo Evaluation Sheet",
	"survey": "Kyodo Survey",
}
APPLY_WORKFLOW = "frappe.model.workflow.apply_workflow"
LONGEST_NAME = 140
# functions of Frappe that write the record named in the request
WRITERS = {
	APPLY_WORKFLOW,
	"frappe.model.workflow.bulk_workflow_approval",
	*(f"frappe.client.{name}" for name in ("cancel", "delete", "insert", "save", "set_value", "submit")),
	"frappe.desk.form.save.cancel",
	"frappe.desk.form.save.savedocs",
}
Record = tuple[str, str]


# -- locks --------------------------------------------------------------------------------


def lock(*records: Record):
	"""Lock the root records of these (DocType, name) until the end of the transaction; later reads see current values.

	Missing records are skipped, and read-only requests take no locks. Raises QueryTimeoutError, QueryDeadlockError.
	"""
	request = getattr(frappe.local, "request", None)
	if request and request.method not in UNSAFE:
		return
	roots = sorted({root for doctype, name in records if (root := root_of(doctype, name))})
	if roots:
		_begin_new_transaction()
	for doctype, name in roots:
		frappe.db.get_value(doctype, name, "name", for_update=True)


def root_of(doctype: str, name: str | None) -> Record | None:
	"""Return the record that is locked for another one (`LOCKED_THROUGH`), or None if it does not exist."""
	through = [link for link in (LOCKED_THROUGH.get(doctype), OTHERWISE_THROUGH.get(doctype)) if link]
	fields = ["name", *(field for field, _parent in through)]
	row = frappe.db.get_value(doctype, name, fields, as_dict=True) if name else None
	if not row:
		return None
	for field, parent in through:
		above = row[field]
		if above and (parent not in LOCKED_ONLY_WITH or frappe.db.get_value(parent, above, LOCKED_ONLY_WITH[parent])):
			return root_of(parent, above) or (doctype, name)
	return doctype, name


def _begin_new_transaction():
	"""End the snapshot of a request that has only read so far; only once, because it would release the locks, too."""
	if not getattr(frappe.local, "request", None) or frappe.flags.kyodo_turn or frappe.db.transaction_writes:
		return
	frappe.flags.kyodo_turn = True
	frappe.db.rollback()


# -- requests -----------------------------------------------------------------------------


def check_request():
	"""Lock the records that a writing request names, before its function reads anything (hooks.py: auth_hooks).

	Raises TimestampMismatchError if the rows in the request would overwrite what another user saved meanwhile, and
	WorkflowTransitionError for a step that another user has taken already.
	"""
	request = getattr(frappe.local, "request", None)
	if not request or request.method not in UNSAFE:
		return
	parsed = ParsedRequest(request.path, frappe.local.form_dict)
	records = [record for record in _named_records(parsed) if isinstance(record[1], str) and len(record[1]) <= LONGEST_NAME]
	if not records:
		return
	rows = _records_with_rows(parsed, records)
	before = {record: _modified(record) for record in rows}
	lock(*records)
	if any(_modified(record) != before[record] for record in rows):
		frappe.throw(_("Somebody else saved this at the same time. Please check it and try again."), frappe.TimestampMismatchError)
	if APPLY_WORKFLOW in parsed.functions:
		_check_step(parsed)


def _named_records(parsed: ParsedRequest) -> list[Record]:
	"""Return the records that a request writes; for a new record, the one that it will belong to."""
	if parsed.kind == "rest" and parsed.doctype in RECORD_RULES:
		return [(parsed.doctype, parsed.record)] if parsed.record else _parent_of_new(parsed.doctype, parsed.given)
	if any(function.startswith(OURS) for function in parsed.functions):
		return [record for key, doctype in ARGUMENTS.items() for record in _records_in_argument(doctype, parsed.given.get(key))]
	return _records_in_frappe_call(parsed) if WRITERS & set(parsed.functions) else []


def _records_in_argument(doctype: str, names: object) -> list[Record]:
	return [(doctype, name) for name in (names if isinstance(names, list) else [names])]


def _records_in_frappe_call(parsed: ParsedRequest) -> list[Record]:
	doc = parsed.given.get("doc")
	if isinstance(doc, dict) and (doc.get("__islocal") or not doc.get("name")):
		return _parent_of_new(doc.get("doctype"), doc)
	return [(doctype, name) for doctypes, name in parsed.records() for doctype in sorted(doctypes & set(RECORD_RULES))]


def _parent_of_new(doctype: object, values: dict) -> list[Record]:
	if not isinstance(doctype, str) or doctype not in LOCKED_THROUGH:
		return []
	field, parent = LOCKED_THROUGH[doctype]
	body = values.get("data") if isinstance(values.get("data"), dict) else values
	return [(parent, body[field])] if body.get(field) else []


def _records_with_rows(parsed: ParsedRequest, records: list[Record]) -> list[Record]:
	"""Return the records for which a REST request sends table rows, which replace the stored ones."""
	body = parsed.given.get("data") if isinstance(parsed.given.get("data"), dict) else parsed.given
	if parsed.kind != "rest" or not parsed.record or not any(isinstance(value, list) for value in body.values()):
		return []
	return records


def _modified(record: Record) -> str:
	return str(frappe.db.get_value(*record, "modified"))


def _check_step(parsed: ParsedRequest):
	doc, action = parsed.given.get("doc"), parsed.given.get("action")
	record = (doc.get("doctype"), doc.get("name")) if isinstance(doc, dict) else (None, None)
	if not all(isinstance(text, str) for text in (*record, action)) or record[0] not in RECORD_RULES:
		return
	if frappe.db.exists(*record) and frappe.has_permission(record[0], "read", record[1]):
		check_still_possible(frappe.get_doc(*record), action)
		_check_shown(record, doc.get("modified"))


def _check_shown(record: Record, modified: object):
	"""Raise TimestampMismatchError if the record has changed since the form showed it.

	Frappe itself compares this for a save only. Requests that do not say what they showed are not checked.
	"""
	if isinstance(modified, str) and not _is_moment(modified, _modified(record)):
		frappe.throw(
			_("The record has changed since this page showed it. Please reload the page, read it again and then decide."),
			exc=frappe.TimestampMismatchError,
		)


def _is_moment(text: str, moment: object) -> bool:
	try:
		return get_datetime(text) == get_datetime(moment)
	except (ValueError, OverflowError):
		return False
