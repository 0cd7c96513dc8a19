"""Server-side enforcement of workflows, which Frappe enforces in the browser only (frappe-notes 1, 2; design.md §5).

Hooked to the document events of every DocType with a workflow file (hooks.py). It enforces that

- a record begins in the first state;
- its state changes only along a transition that the user may take now, however the change arrives, with all effects of the
  transition;
- nobody performs a four-eyes step on a record of their own;
- required fields are filled in before a step;
- only roles that may edit in a state change the record, and frozen content stays unchanged;
- fields that forms show read-only are read-only over REST, too;
- rows are saved with their own record only;
- records that have left their first state are not deleted.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.model import display_fieldtypes, table_fields
from frappe.model.document import Document
from frappe.model.workflow import (
	WorkflowPermissionError,
	WorkflowTransitionError,
	apply_workflow,
	get_workflow,
	is_transition_condition_satisfied,
)
from frappe.utils import cint, now_datetime, nowdate

from kyodo_frappe.common import many_records
from kyodo_frappe.permissions.hooks import acting_roles
from kyodo_frappe.workflows.errors import (
	ConditionNotMet,
	ContentFrozen,
	FieldReserved,
	FourEyesRequired,
	NotEditable,
	RecordKept,
	RowWithoutRecord,
)
from kyodo_frappe.workflows.facts import SeenByConditions
from kyodo_frappe.workflows.spec import initial_state, specs, transition_spec
from kyodo_frappe.workflows.states import states

STATE = "workflow_state"


# -- services ---------------------------------------------------------------


@contextmanager
def by_service(doc: Document) -> Iterator[Document]:
	"""Allow a service to write read-only fields and frozen content of `doc`.

	The caller has checked permissions. Requests cannot set `flags`, which Frappe reserves.
	"""
	doc.flags.kyodo_service = True
	try:
		yield doc
	finally:
		doc.flags.kyodo_service = False


@contextmanager
def merged_away(doc: Document) -> Iterator[None]:
	"""Allow the deletion of a record that has left its first state, because Frappe's merge replaces it by another one.

	The caller has checked permissions. Requests cannot set `frappe.flags`.
	"""
	frappe.flags.kyodo_merged_away = (doc.doctype, doc.name)
	try:
		yield
	finally:
		frappe.flags.kyodo_merged_away = None


def move(doc: Document, action: str) -> Document:
	"""Apply a workflow action as the current user. Raises the errors of Frappe and of this guard."""
	check_still_possible(doc, action)
	doc.flags.kyodo_moving = True  # all conditions see the same record (workflows/facts.py)
	try:
		return apply_workflow(doc, action)
	finally:
		for name in ("kyodo_moving", "kyodo_seen", "kyodo_read"):  # the last one is there where it could not be moved
			doc.flags.pop(name, None)


def move_locked(doc: Document, action: str) -> Document:
	"""As `move`, for a record that this transaction has read, locked and not changed: neither `apply_workflow` nor its save read it again."""
	doc.flags.kyodo_read = many_records.content_of(doc)
	return move(doc, action)


def move_stored(doctype: str, name: str, action: str) -> Document:
	"""As `move`, for a record that the caller has not read: `apply_workflow` reads it anyway. Returns the record."""
	return move(frappe.get_doc({"doctype": doctype, "name": name, STATE: frappe.db.get_value(doctype, name, STATE)}), action)


def check_still_possible(doc: Document, action: str):
	"""Raise WorkflowTransitionError, with an explanation, if the record has meanwhile left the states that allow the action."""
	if doc.doctype not in specs() or not doc.get(STATE):
		return
	states = {row.state for row in get_workflow(doc.doctype).transitions if row.action == action}
	if states and doc.get(STATE) not in states:
		frappe.throw(
			_(
				"{0} is already in the state “{1}”, so “{2}” is no longer possible: somebody else may have been faster. Please reload the page."
			).format(_title(doc), _(doc.get(STATE)), _(action)),
			WorkflowTransitionError,
		)


# -- document events ---------------------------------------------------------


def before_validate(doc: Document, method: str | None = None):
	"""Restore read-only fields, row names, owner and creation from the database, whatever the request sent."""
	_refuse_overwritten_methods(doc)
	before = doc.get_doc_before_save()
	_detach_foreign_rows(doc, before)
	if not doc.flags.kyodo_service:
		_restore_origin(doc, before)
		_restore_read_only(doc, before)


def before_step(doc: Document, method: str | None = None):
	"""Prepare a change of state that is saved with the record.

	Checks the transition and the other changes, and submits or cancels the record if the new state requires it. Raises
	WorkflowPermissionError, NotEditable, ContentFrozen or FieldReserved.
	"""
	before = doc.get_doc_before_save()
	doc.flags.kyodo_edit_asked = False
	if doc.doctype not in specs() or before is None or doc.is_new() or before.get(STATE) == doc.get(STATE):
		return
	_open_transitions(doc, before)
	if not doc.flags.kyodo_service:
		_check_edit(doc, before, but={row.update_field for row in _state_rows(doc)})
		doc.flags.kyodo_edit_asked = True
	_apply_docstatus(doc, before)


def validate(doc: Document, method: str | None = None):
	"""Check the first state of a new record, a change of state, or an edit.

	During a change of state the controller's `check_step(action, from_state, to_state)` runs. Raises WorkflowPermissionError
	for the former two, MandatoryError, and NotEditable, ContentFrozen or FieldReserved for an edit.
	"""
	if doc.doctype not in specs():
		return
	if doc.flags.in_insert or doc.is_new():
		before = None
	else:
		before = doc.get_doc_before_save()
	if before is None:
		_begin(doc)
	elif before.get(STATE) != doc.get(STATE):
		if not (doc.flags.kyodo_service or doc.flags.kyodo_edit_asked):
			_check_edit(doc, before)  # the controller itself has changed the state, in reaction to the edit
		_check_docstatus(doc)
		_check_step(doc, before)
		_stamp(doc)
	elif before.docstatus != doc.docstatus:
		_refuse_docstatus(doc)  # a plain submit or cancel, for which Frappe would choose the next state
	elif not doc.flags.kyodo_service:
		_check_edit(doc, before)


def before_update_after_submit(doc: Document, method: str | None = None):
	"""Run the checks of `before_validate`, `before_step` and `validate`, which Frappe skips for submitted records."""
	before_validate(doc)
	before_step(doc)
	if doc.docstatus.is_cancelled():
		doc.run_method("before_cancel")  # calls `before_cancel` below
	else:
		validate(doc)


def before_cancel(doc: Document, method: str | None = None):
	"""Run the same checks before a record is cancelled."""
	before_validate(doc)
	before_step(doc)
	validate(doc)


def refuse_row(row: Document, method: str | None = None):
	"""Refuse to save or delete a child row by itself (hooks.py). Raises RowWithoutRecord.

	Frappe accepts rows over REST from users who may write their record, whatever its state.
	"""
	if row.get("parenttype") and row.get("parent"):
		frappe.throw(_("Please save the record that this row belongs to."), RowWithoutRecord)


def on_trash(doc: Document, method: str | None = None):
	"""Raise RecordKept for the deletion of a record that has left its first state."""
	if doc.doctype not in specs() or frappe.flags.kyodo_merged_away == (doc.doctype, doc.name):
		return
	if doc.get(STATE) not in (None, "", initial_state(doc.doctype)):
		frappe.throw(
			_("{0} cannot be deleted, because it has left the state {1}. Please withdraw or cancel it instead.").format(
				_title(doc), _(initial_state(doc.doctype))
			),
			RecordKept,
		)


# -- beginning ----------------------------------------------------------------


def _begin(doc: Document):
	first = initial_state(doc.doctype)
	if doc.get(STATE) not in (None, "", first) or doc.docstatus != 0:
		frappe.throw(_("A new {0} begins in the state {1}.").format(_(doc.doctype), _(first)), WorkflowPermissionError)
	if not doc.flags.kyodo_service:
		blank = frappe.new_doc(doc.doctype)
		roles = _roles(doc)
		given = set(changed_fields(doc, blank))
		_check_reserved(doc, given, roles)
		_check_reserved_columns(doc, blank, given, roles)


# -- steps --------------------------------------------------------------------


def _check_step(doc: Document, before: Document):
	ways = _open_transitions(doc, before)
	step = transition_spec(doc.doctype, before.get(STATE), doc.get(STATE))
	if step.get("four_eyes") or not any(row.allow_self_approval for row in ways):
		_check_four_eyes(doc, ways[0].action)
	_check_needs(doc, step)
	if check := getattr(doc, "check_step", None):
		check(step.get("action"), before.get(STATE), doc.get(STATE))
	for row in _state_rows(doc):
		if row.update_field:
			doc.set(row.update_field, _update_value(row, doc))


def _state_rows(doc: Document) -> list:
	return [row for row in get_workflow(doc.doctype).states if row.state == doc.get(STATE)]


def _update_value(row, doc: Document):
	"""Return the value that entering a state sets (`update_field`); later versions of Frappe may evaluate an expression."""
	if row.get("evaluate_as_expression"):
		from frappe.model.workflow import evaluate_workflow_value  # v15 has none

		return evaluate_workflow_value(row.update_value, row.evaluate_as_expression, doc)
	return row.update_value


def _check_docstatus(doc: Document):
	if cint(doc.docstatus) not in {cint(row.doc_status) for row in _state_rows(doc)}:
		_refuse_docstatus(doc)


def _refuse_docstatus(doc: Document):
	frappe.throw(
		_("{0}: the state can be changed only through workflow actions.").format(_title(doc)),
		WorkflowPermissionError,
	)


def _apply_docstatus(doc: Document, before: Document):
	"""Submit or cancel a record if its new state requires it, as Frappe's workflow button does."""
	wanted = next((cint(row.doc_status) for row in _state_rows(doc)), 0)
	if wanted == cint(doc.docstatus) or wanted != cint(before.docstatus) + 1:
		return
	doc.check_permission("submit" if wanted == 1 else "cancel")
	doc.docstatus = type(doc.docstatus)(wanted)
	doc._action = "submit" if wanted == 1 else "cancel"


def _roles(doc: Document) -> set[str]:
	"""Return the user's roles that count for this record; all of them for a service, which has checked permissions."""
	return set(frappe.get_roles()) if doc.flags.ignore_permissions else acting_roles(doc)


def _open_transitions(doc: Document, before: Document) -> list:
	"""Return the transitions between the two states that the user may take now. Raises WorkflowPermissionError for none."""
	steps = [row for row in get_workflow(doc.doctype).transitions if (row.state, row.next_state) == (before.get(STATE), doc.get(STATE))]
	if not steps:
		frappe.throw(
			_("{0}: the workflow has no transition from “{1}” to “{2}”.").format(
				_title(doc), _(before.get(STATE) or ""), _(doc.get(STATE) or "")
			),
			WorkflowPermissionError,
		)
	roles = _roles(doc)
	mine = [row for row in steps if row.allowed in roles]
	if not mine:
		frappe.throw(
			_("{0}: only {1} may do “{2}”.").format(
				_title(doc), _(", ").join(sorted({_(row.allowed) for row in steps})), _(steps[0].action)
			),
			WorkflowPermissionError,
		)
	seen = SeenByConditions(before)
	open_now = [row for row in mine if is_transition_condition_satisfied(row, seen)]
	if not open_now:
		frappe.throw(
			_("{0}: the conditions for “{1}” are not met yet.").format(_title(doc), _(mine[0].action)),
			ConditionNotMet,
		)
	return open_now


def _check_four_eyes(doc: Document, action: str):
	if is_own(doc):
		frappe.throw(
			_("{0}: you are its author or belong to it, so a colleague has to do “{1}”.").format(_title(doc), _(action)),
			FourEyesRequired,
		)


def is_own(doc: Document) -> bool:
	"""Whether a record is the user's own, so that a colleague has to take the steps that need four eyes."""
	user = frappe.session.user
	own = doc.own_people() if hasattr(doc, "own_people") else {doc.owner}
	return user != "Administrator" and user in own


def _check_needs(doc: Document, step: dict):
	if missing := unfilled(doc, step):
		frappe.throw(
			_("{0}: before “{1}”, please fill in: {2}.").format(_title(doc), _(step["action"]), _(", ").join(missing)),
			frappe.MandatoryError if not doc.is_new() else WorkflowTransitionError,
		)


def unfilled(doc: Document, step: dict) -> list[str]:
	"""Return the labels of the fields that a transition (`transition_spec`) needs and that are empty."""
	return [_(doc.meta.get_label(field)) for field in step.get("needs", ()) if not _is_filled(doc.get(field))]


def _is_filled(value) -> bool:
	return bool(value.strip()) if isinstance(value, str) else bool(value)


def _stamp(doc: Document):
	values = {"now": now_datetime, "today": nowdate, "user": lambda: frappe.session.user}
	for field, kind in specs()[doc.doctype].get("stamps", {}).get(doc.get(STATE), {}).items():
		doc.set(field, values[kind]())


# -- edits --------------------------------------------------------------------


def _check_edit(doc: Document, before: Document, but: set[str] = frozenset()):
	changed = set(changed_fields(doc, before)) - but
	if not changed:
		return
	spec = specs()[doc.doctype]
	roles = _roles(doc)
	state = before.get(STATE) or initial_state(doc.doctype)
	_check_reserved(doc, changed, roles)
	_check_reserved_columns(doc, before, changed, roles)
	changed -= {field for field, who in spec.get("open_fields", {}).items() if roles & set(who)}
	editors = [row.allow_edit for row in get_workflow(doc.doctype).states if row.state == state]
	if changed and not roles & set(editors):
		frappe.throw(
			_("{0} is in the state {1}: you cannot change it now ({2}).").format(_title(doc), _(state), _labels(doc, changed)),
			NotEditable,
		)
	open_states = states(doc.doctype, frozen=False)
	frozen = {
		field
		for group in spec.get("frozen", ())
		if state not in group.get("open_in", open_states)
		for field in (*group["fields"], *(_form_content(doc.doctype) if group.get("form") else ()))
	}
	if touched := changed & frozen:
		frappe.throw(
			_("{0} is in the state {1}: this content is frozen ({2}).").format(_title(doc), _(state), _labels(doc, touched)),
			ContentFrozen,
		)


def _form_content(doctype: str) -> set[str]:
	"""Return the fields that the programme's form of a DocType contains, except those that stay open in every state."""
	found = {name for path in frappe.get_hooks("kyodo_form_content") for name in frappe.get_attr(path)(doctype)}
	return found - set(specs()[doctype].get("open_fields", {}))


def _check_reserved(doc: Document, changed: set[str], roles: set[str]):
	reserved = specs()[doc.doctype].get("reserved_fields", {})
	touched = {field for field in changed if field in reserved and not roles & set(reserved[field])}
	if touched:
		who = sorted({role for field in touched for role in reserved[field]})
		frappe.throw(
			_("{0}: only {1} may change this ({2}).").format(_title(doc), _(", ").join(_(role) for role in who), _labels(doc, touched)),
			FieldReserved,
		)


def _check_reserved_columns(doc: Document, before: Document, changed: set[str], roles: set[str]):
	for table, rule in specs()[doc.doctype].get("reserved_columns", {}).items():
		if table not in changed or roles & set(rule["roles"]):
			continue
		kept = lambda record: [[row.name, *(row.get(c) or "" for c in rule["columns"])] for row in record.get(table)]  # noqa: B023 called at once
		if kept(doc) != kept(before):
			frappe.throw(
				_("{0}: only {1} may change this ({2}).").format(
					_title(doc), _(", ").join(_(role) for role in rule["roles"]), _labels(doc, {table})
				),
				FieldReserved,
			)


def changed_fields(doc: Document, before: Document) -> list[str]:
	"""Return the fields whose stored value this save would change; child tables are compared row by row."""
	changed = []
	for field in doc.meta.fields:
		if field.fieldtype in display_fieldtypes or field.fieldname == STATE:
			continue
		if field.fieldtype in table_fields:
			if _row_values(doc, field) != _row_values(before, field):
				changed.append(field.fieldname)
		elif not _same(field, doc.get(field.fieldname), before.get(field.fieldname)):
			changed.append(field.fieldname)
	return changed


def changed_by_user(doc: Document) -> list[str]:
	"""Return the changed fields of a stored record that a user saves; [] for a service, which has checked permissions."""
	before = doc.get_doc_before_save()
	return changed_fields(doc, before) if before and not doc.flags.kyodo_service else []


def _row_values(doc: Document, field) -> list[dict]:
	columns = [df for df in frappe.get_meta(field.options).fields if df.fieldtype not in display_fieldtypes]
	return [{df.fieldname: _plain(df, row.get(df.fieldname)) for df in columns} for row in doc.get(field.fieldname) or []]


def _same(field, new, old) -> bool:
	return _plain(field, new) == _plain(field, old)


def _plain(field, value) -> str:
	"""Return a value as text, normalised as a round trip through the database would."""
	if field.fieldtype in ("Int", "Check", "Float", "Currency", "Percent"):
		return str(frappe.utils.flt(value))
	if value in (None, ""):
		return ""
	if field.fieldtype == "Datetime":
		return str(frappe.utils.get_datetime(value).replace(microsecond=0))
	if field.fieldtype == "Date":
		return str(frappe.utils.getdate(value))
	if field.fieldtype == "Time":
		return str(frappe.utils.to_timedelta(str(value))).split(".")[0]
	return str(value)


# -- protection against forged documents ---------------------------------------------


def _refuse_overwritten_methods(doc: Document):
	"""Raise PermissionError if the request has overwritten a method of the document, which would disable its checks."""
	for name in vars(doc):
		if callable(getattr(type(doc), name, None)):
			frappe.throw(_("There is no field “{0}”.").format(name), frappe.PermissionError)


def _detach_foreign_rows(doc: Document, before: Document | None):
	"""Turn rows of other records into new rows; Frappe would move them here by the names that the request sent."""
	for table in doc.meta.get_table_fields():
		own = {row.name for row in (before.get(table.fieldname) if before else [])}
		for row in doc.get(table.fieldname) or []:
			if row.name not in own and not row.get("__islocal"):
				row.name = None
				row.set("__islocal", 1)


def _restore_origin(doc: Document, before: Document | None):
	"""Restore owner and creation, on which four-eyes checks and permission rules depend."""
	if before:
		doc.owner, doc.creation = before.owner, before.creation


# -- read-only fields -----------------------------------------------------------


def _restore_read_only(doc: Document, before: Document | None):
	open_to_programs = specs().get(doc.doctype, {}).get("written_by_programs", ())
	for field in doc.meta.fields:
		if field.fieldname in (STATE, *open_to_programs) or field.fieldtype in display_fieldtypes:
			continue
		if field.fieldtype in table_fields and not field.read_only:
			_restore_rows(doc, before, field)
		elif _is_fixed(field) or (before and field.fieldname == "amended_from"):
			doc.set(field.fieldname, _stored_value(before, field))


def _restore_rows(doc: Document, before: Document | None, table):
	fixed = [field for field in frappe.get_meta(table.options).fields if _is_fixed(field)]
	if not fixed:
		return
	stored = {row.name: row for row in (before.get(table.fieldname) if before else [])}
	for row in doc.get(table.fieldname) or []:
		for field in fixed:
			row.set(field.fieldname, _stored_value(stored.get(row.name), field))


def _is_fixed(field) -> bool:
	return bool(field.read_only and not field.fetch_from and field.fieldname != "amended_from")


def _stored_value(before: Document | None, field):
	if before:
		return before.get(field.fieldname)
	return [] if field.fieldtype in table_fields else field.default or None


# -- words ----------------------------------------------------------------------


def _title(doc: Document) -> str:
	title = doc.get(doc.meta.title_field) if doc.meta.title_field else None
	return f"{_(doc.doctype)} {frappe.bold(frappe.utils.escape_html(str(title or doc.name)))}"


def _labels(doc: Document, fieldnames: set[str]) -> str:
	return _(", ").join(_(df.label) for df in doc.meta.fields if df.fieldname in fieldnames)
