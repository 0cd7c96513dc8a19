"""What a state means: its category, whether the public sees the record, whether its content is frozen, who edits.

Declared beside each state in the Workflow that is active on the site, where a city may change it (fields.py); the files of
this folder hold the defaults (spec.py). Whoever asks about a state asks here, so that one that a city adds counts
everywhere from the day it is there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name
from frappe.utils import cint

from kyodo_frappe.workflows.spec import initial_state, specs

# Writing: whoever begins it writes. Waiting: it has been handed on. Examined: it is being worked on.
# Decided: the outcome is there. Over: nothing follows.
CATEGORIES = WRITING, WAITING, EXAMINED, DECIDED, OVER = ("Writing", "Waiting", "Examined", "Decided", "Over")
UNDECIDED = (WRITING, WAITING, EXAMINED)
CATEGORY, PUBLIC, FROZEN = "kyodo_category", "kyodo_public", "kyodo_frozen"
MEANING = (CATEGORY, PUBLIC, FROZEN)


@dataclass(frozen=True)
class Meaning:
	category: str | None
	public: bool
	frozen: bool
	editors: frozenset[str]


def states(doctype: str, *categories: str, public: bool | None = None, frozen: bool | None = None, editor: str | None = None) -> list[str]:
	"""The states of a kind of record, in the order of its Workflow: of these categories, public, frozen, and open to
	an editor of that role, where that is asked."""
	return [
		state
		for state, meaning in meanings(doctype).items()
		if (not categories or meaning.category in categories)
		and public in (None, meaning.public)
		and frozen in (None, meaning.frozen)
		and (editor is None or editor in meaning.editors)
	]


def category(doctype: str, state: str | None) -> str | None:
	"""None for a state that the Workflow does not have any more."""
	found = meanings(doctype).get(state or initial_state(doctype))
	return found.category if found else None


def category_of(doc: Document) -> str | None:
	return category(doc.doctype, doc.get("workflow_state"))


def allows(doc: Document, action: str, role: str | None = None) -> bool:
	"""Whether the Workflow has an action in the state of a record, for a role where one is named; conditions and needs are
	asked when it is taken."""
	workflow = _active(doc.doctype)
	state = doc.get("workflow_state") or initial_state(doc.doctype)
	rows = workflow.transitions if workflow else ()
	return any((row.state, row.action) == (state, action) and role in (None, row.allowed) for row in rows)


def drafts(doctype: str) -> list[str]:
	"""The states of writing before a record is handed on for the first time: nothing leads back to them."""
	workflow = _active(doctype)
	return _kept(workflow, "drafts", lambda: _drafts(doctype, workflow))


def _drafts(doctype: str, workflow: Document | None) -> list[str]:
	writing = states(doctype, WRITING)
	steps = [(row.state, row.next_state) for row in workflow.transitions] if workflow else _steps_of_file(doctype)
	returned = _reached({to for state, to in steps if state not in writing and to in writing}, steps, writing)
	return [state for state in writing if state not in returned]


def _reached(found: set[str], steps: list[tuple[str, str]], within: list[str]) -> set[str]:
	more = {to for state, to in steps if state in found and to in within} - found
	return _reached(found | more, steps, within) if more else found


def _steps_of_file(doctype: str) -> list[tuple[str, str]]:
	return [(state, step["to"]) for step in specs()[doctype]["transitions"] for state in step["from"]]


def meanings(doctype: str) -> dict[str, Meaning]:
	"""{state: what it means}"""
	workflow = _active(doctype)
	rows = workflow.states if workflow else [{"state": row["state"]} for row in specs()[doctype]["states"]]
	return _kept(workflow, "meanings", lambda: _meanings(doctype, rows))


def _kept(workflow: Document | None, what: str, find: Callable):
	"""Asked many times in a request: kept on the object that Frappe keeps, so both are forgotten when the Workflow changes."""
	if workflow is None:
		return find()
	kept = vars(workflow).setdefault("_kyodo_states", {})
	if what not in kept:
		kept[what] = find()
	return kept[what]


def _active(doctype: str) -> Document | None:
	name = get_workflow_name(doctype)
	return frappe.get_cached_doc("Workflow", name) if name else None


def _meanings(doctype: str, rows: Iterable) -> dict[str, Meaning]:
	defaults = {state["state"]: state for state in specs()[doctype]["states"]}
	found: dict[str, Meaning] = {}
	for row in rows:
		default = defaults.get(row.get("state"), {})
		told = row.get(CATEGORY)
		editors = {row.get("allow_edit")} if row.get("allow_edit") else set(default.get("edit", ()))
		if known := found.get(row.get("state")):
			editors |= known.editors
		found[row.get("state")] = Meaning(
			told or (known and known.category) or default.get("category"),
			bool(cint(row.get(PUBLIC) if told else default.get("public"))),
			bool(cint(row.get(FROZEN) if told else default.get("frozen"))),
			frozenset(editors),
		)
	return found


def tell_desk(bootinfo: dict):
	"""{DocType: {state: category}} for the desk's forms (public/js/desk/states.js)."""
	bootinfo["kyodo_states"] = {doctype: {state: meaning.category for state, meaning in meanings(doctype).items()} for doctype in specs()}


# -- in the Workflow form ---------------------------------------------------------------------


def check_workflow(workflow: Document, method: str | None = None):
	"""Each state of a Workflow for one of our records says what it means, and says it once: Frappe has a row for every
	role that may edit in a state, and what one of them says holds for all. Raises ValidationError."""
	if workflow.document_type not in specs():
		return
	rows: dict[str, list] = {}
	for row in workflow.states:
		rows.setdefault(row.state, []).append(row)
	unsaid = [state for state, group in rows.items() if not _say_the_same(group, workflow)]
	if unsaid:
		frappe.throw(
			_("Please choose a category for the state {0}: {1}. It says what the state means for lists, the portal and the public.").format(
				_(", ").join(f"“{_(state)}”" for state in unsaid), _(", ").join(_label(name) for name in CATEGORIES)
			)
		)


def _say_the_same(group: list, workflow: Document) -> bool:
	before = workflow.get_doc_before_save()
	stored = {row.name: _said(row) for row in before.states} if before else {}
	said = [row for row in group if row.get(CATEGORY)]
	changed = [row for row in said if stored.get(row.name) != _said(row) and (row.name in stored or len(said) == 1)]
	if not said:
		return False
	for row in group:
		row.update(dict(zip(MEANING, _said((changed or said)[0]), strict=True)))
	return True


def _said(row) -> tuple:
	return row.get(CATEGORY), cint(row.get(PUBLIC)), cint(row.get(FROZEN))


def _label(name: str) -> str:
	return {
		WRITING: _("Writing"),
		WAITING: _("Waiting"),
		EXAMINED: _("Examined"),
		DECIDED: _("Decided"),
		OVER: _("Over"),
	}[name]
