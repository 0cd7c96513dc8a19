"""Locks that serialise simultaneous requests for the same record.

Every action that reads, decides and writes locks one record first (`HANGS_ON`): an evaluation sheet locks its project, a
review its meeting. MariaDB shows a transaction all rows as of its first plain read (REPEATABLE READ), so a request that read
before waiting would evaluate workflow conditions and totals on outdated values. A request therefore begins a new
transaction when it takes its lock.

Requests that name their record are locked before their function runs (hooks.py: auth_hooks). Services and pages that learn
the record only later call `hold` before they read on.
"""

import frappe
from frappe import _

from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.request import Asked
from kyodo_frappe.workflows.guard import check_still_possible

OURS = "kyodo_frappe."
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# {DocType: (link field, DocType of the record that is locked instead)}
HANGS_ON = {
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
	"Kyodo Match": ("need", "Kyodo Need"),
	"Kyodo Open Point": ("project", "Kyodo Project"),
	"Kyodo Page Comment": ("page", "Kyodo Page"),
	"Kyodo Plan Change": ("project", "Kyodo Project"),
	"Kyodo Progress Note": ("project", "Kyodo Project"),
	"Kyodo Proposal": ("call", "Kyodo Call"),
	"Kyodo Report": ("project", "Kyodo Project"),
	"Kyodo Review": ("meeting", "Kyodo Meeting"),
	"Kyodo Survey Response": ("survey", "Kyodo Survey"),
}
# {DocType: field without which it is not locked}: only a call with one proposal per organisation needs the lock
ONLY_WHERE = {"Kyodo Call": "one_per_organisation"}
# {argument of our whitelisted functions: DocType of the record that it names}
ARGUMENTS = {
	"agreement": "Kyodo Agreement",
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
	"keep": "Kyodo Organisation",
	"match": "Kyodo Match",
	"meeting": "Kyodo Meeting",
	"need": "Kyodo Need",
	"note": "Kyodo Progress Note",
	"notice": "Kyodo Change Notice",
	"organisation": "Kyodo Organisation",
	"page": "Kyodo Page",
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
STEP = "frappe.model.workflow.apply_workflow"
LONGEST_NAME = 140
# functions of Frappe that write the record named in the request
WRITERS = {
	STEP,
	"frappe.model.workflow.bulk_workflow_approval",
	*(f"frappe.client.{name}" for name in ("cancel", "delete", "insert", "save", "set_value", "submit")),
	"frappe.desk.form.save.cancel",
	"frappe.desk.form.save.savedocs",
}
Record = tuple[str, str]


# -- locks --------------------------------------------------------------------------------


def hold(*records: Record):
	"""Lock the root records of these (DocType, name) until the end of the transaction; later reads see current values.

	Missing records are skipped, and read-only requests take no locks. Raises QueryTimeoutError, QueryDeadlockError.
	"""
	request = getattr(frappe.local, "request", None)
	if request and request.method not in UNSAFE:
		return
	roots = sorted({root for doctype, name in records if (root := root_of(doctype, name))})
	if roots:
		_begin_afresh()
	for doctype, name in roots:
		frappe.db.get_value(doctype, name, "name", for_update=True)


def root_of(doctype: str, name: str | None) -> Record | None:
	"""Return the record that is locked for another one (`HANGS_ON`), or None if it does not exist."""
	if not name or not frappe.db.exists(doctype, name):
		return None
	field, parent = HANGS_ON.get(doctype, (None, None))
	above = frappe.db.get_value(doctype, name, field) if field else None
	if not above or (parent in ONLY_WHERE and not frappe.db.get_value(parent, above, ONLY_WHERE[parent])):
		return doctype, name
	return root_of(parent, above) or (doctype, name)


def _begin_afresh():
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
	asked = Asked(request.path, frappe.local.form_dict)
	records = [record for record in _named(asked) if isinstance(record[1], str) and len(record[1]) <= LONGEST_NAME]
	if not records:
		return
	rows = _with_rows(asked, records)
	before = {record: _modified(record) for record in rows}
	hold(*records)
	if any(_modified(record) != before[record] for record in rows):
		frappe.throw(_("Somebody else saved this at the same time. Please check it and try again."), frappe.TimestampMismatchError)
	if STEP in asked.functions:
		_check_step(asked)


def _named(asked: Asked) -> list[Record]:
	"""Return the records that a request writes; for a new record, the one that it will belong to."""
	if asked.kind == "rest" and asked.doctype in RECORD_RULES:
		return [(asked.doctype, asked.record)] if asked.record else _above(asked.doctype, asked.given)
	if any(function.startswith(OURS) for function in asked.functions):
		return [record for key, doctype in ARGUMENTS.items() for record in _in_argument(doctype, asked.given.get(key))]
	return _in_writer(asked) if WRITERS & set(asked.functions) else []


def _in_argument(doctype: str, names: object) -> list[Record]:
	return [(doctype, name) for name in (names if isinstance(names, list) else [names])]


def _in_writer(asked: Asked) -> list[Record]:
	doc = asked.given.get("doc")
	if isinstance(doc, dict) and (doc.get("__islocal") or not doc.get("name")):
		return _above(doc.get("doctype"), doc)
	return [(doctype, name) for doctypes, name in asked.records() for doctype in sorted(doctypes & set(RECORD_RULES))]


def _above(doctype: object, values: dict) -> list[Record]:
	if not isinstance(doctype, str) or doctype not in HANGS_ON:
		return []
	field, parent = HANGS_ON[doctype]
	body = values.get("data") if isinstance(values.get("data"), dict) else values
	return [(parent, body[field])] if body.get(field) else []


def _with_rows(asked: Asked, records: list[Record]) -> list[Record]:
	"""Return the records for which a REST request sends table rows, which replace the stored ones."""
	body = asked.given.get("data") if isinstance(asked.given.get("data"), dict) else asked.given
	if asked.kind != "rest" or not asked.record or not any(isinstance(value, list) for value in body.values()):
		return []
	return records


def _modified(record: Record) -> str:
	return str(frappe.db.get_value(*record, "modified"))


def _check_step(asked: Asked):
	doc, action = asked.given.get("doc"), asked.given.get("action")
	record = (doc.get("doctype"), doc.get("name")) if isinstance(doc, dict) else (None, None)
	if not all(isinstance(text, str) for text in (*record, action)) or record[0] not in RECORD_RULES:
		return
	if frappe.db.exists(*record) and frappe.has_permission(record[0], "read", record[1]):
		check_still_possible(frappe.get_doc(*record), action)
