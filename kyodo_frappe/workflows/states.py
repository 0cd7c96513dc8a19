"""The meaning of workflow states: category, public or not, content frozen or not, roles that edit.

It is declared with each state of the active Workflow, where a city may change it (fields.py); the files of this folder hold
the defaults (spec.py). All code reads states through this module, so that a state added by a city works everywhere at once.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.workflow import get_workflow_name
from frappe.utils import cint

from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.workflows.errors import CategoryMissing
from kyodo_frappe.workflows.spec import initial_state, specs

# Writing: being drafted by its author. Waiting: submitted. Examined: being processed. Decided: with a result. Over: closed.
CATEGORIES = WRITING, WAITING, EXAMINED, DECIDED, OVER = ("Writing", "Waiting", "Examined", "Decided", "Over")
UNDECIDED = (WRITING, WAITING, EXAMINED)
CATEGORY, PUBLIC, FROZEN = "kyodo_category", "kyodo_public", "kyodo_frozen"
MEANING = (CATEGORY, PUBLIC, FROZEN)
# the colour of a state on every page, by Frappe's names of colours; a state whose style is “Danger” is red
COLOURS = {WRITING: "gray", WAITING: "orange", EXAMINED: "blue", DECIDED: "green", OVER: "gray"}
REFUSED, NO_COLOUR = "red", "blue"


@dataclass(frozen=True)
class Meaning:
	"""The meaning of a state; `editors`: roles that may edit in it."""

	category: str | None
	public: bool
	frozen: bool
	editors: frozenset[str]


def states(doctype: str, *categories: str, public: bool | None = None, frozen: bool | None = None, editor: str | None = None) -> list[str]:
	"""Return the states of a DocType in the order of its Workflow, filtered by the criteria that are given.

	`categories`: any of these; `public`, `frozen`: this value; `editor`: a role that may edit.
	"""
	return [
		state
		for state, meaning in meanings(doctype).items()
		if (not categories or meaning.category in categories)
		and public in (None, meaning.public)
		and frozen in (None, meaning.frozen)
		and (editor is None or editor in meaning.editors)
	]


def category(doctype: str, state: str | None) -> str | None:
	"""Return the category of a state; None for one that the Workflow does not have any more."""
	found = meanings(doctype).get(state or initial_state(doctype))
	return found.category if found else None


def by_category(doctype: str, numbers: dict[str, int]) -> dict[str, int]:
	"""Return {category: number} of {state: number}."""
	found: dict[str, int] = {}
	for state, number in numbers.items():
		kind = category(doctype, state)
		found[kind] = found.get(kind, 0) + number
	return found


def category_of(doc: Document) -> str | None:
	"""Return the category of a record's state."""
	return category(doc.doctype, doc.get("workflow_state"))


def allows(doc: Document, action: str, role: str | None = None) -> bool:
	"""Whether the Workflow offers an action in the state of a record, optionally to a role.

	Conditions and required fields are checked only when the action is taken.
	"""
	workflow = _active_workflow(doc.doctype)
	state = doc.get("workflow_state") or initial_state(doc.doctype)
	rows = workflow.transitions if workflow else ()
	return any((row.state, row.action) == (state, action) and role in (None, row.allowed) for row in rows)


def states_before(doctype: str, *actions: str, role: str | None = None) -> list[str]:
	"""Return the states from which the Workflow offers one of the actions (optionally to a role), in its order."""
	starts = {row.state for row in _transitions(doctype) if row.action in actions and role in (None, row.allowed)}
	return [state for state in meanings(doctype) if state in starts]


def states_after(doctype: str, action: str) -> list[str]:
	"""Return the states to which an action leads, in the order of the Workflow."""
	ends = {row.next_state for row in _transitions(doctype) if row.action == action}
	return [state for state in meanings(doctype) if state in ends]


def _transitions(doctype: str) -> list[dict]:
	workflow = _active_workflow(doctype)
	if workflow:
		return workflow.transitions
	steps = [(state, step, role) for step in specs()[doctype]["transitions"] for state in step["from"] for role in step["roles"]]
	return [frappe._dict(state=state, action=step["action"], next_state=step["to"], allowed=role) for state, step, role in steps]


def drafts(doctype: str) -> list[str]:
	"""Return the states of writing before the first submission, to which no transition leads back."""
	workflow = _active_workflow(doctype)
	return _cached(workflow, "drafts", lambda: _drafts(doctype, workflow))


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
	"""Return {state: its meaning}."""
	workflow = _active_workflow(doctype)
	rows = workflow.states if workflow else [{"state": row["state"]} for row in specs()[doctype]["states"]]
	return _cached(workflow, "meanings", lambda: _meanings(doctype, rows))


def _cached(workflow: Document | None, what: str, find: Callable):
	"""Cache a result on Frappe's cached Workflow, so that both expire when the Workflow changes."""
	if workflow is None:
		return find()
	kept = vars(workflow).setdefault("_kyodo_states", {})
	if what not in kept:
		kept[what] = find()
	return kept[what]


def _active_workflow(doctype: str) -> Document | None:
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


# -- colours -----------------------------------------------------------------------------------


@cache
def without_workflow() -> dict[str, dict[str, str]]:
	"""Return {DocType: {state: category}} of records whose state is a Select field `state`, which no Workflow moves."""
	return json.loads(Path(__file__).with_name("without_workflow").joinpath("states.json").read_text(encoding="utf-8"))


def colour(state: str | None, doctype: str | None = None) -> str:
	"""Return the colour of a state. Without a DocType: that of all DocTypes with such a state, NO_COLOUR where they differ."""
	found = {colours[state] for colours in ([colours_of(doctype)] if doctype else _all_colours()) if state in colours}
	return found.pop() if len(found) == 1 else NO_COLOUR


def colours_of(doctype: str) -> dict[str, str]:
	"""Return {state: colour} of a DocType with a Workflow or a Select field `state`; {} for others."""
	if doctype in without_workflow():
		return {state: COLOURS[kind] for state, kind in without_workflow()[doctype].items()}
	return _cached(_active_workflow(doctype), "colours", lambda: _colours_of(doctype)) if doctype in specs() else {}


def _colours_of(doctype: str) -> dict[str, str]:
	refused = set(_refusing())
	return {
		state: REFUSED if state in refused else COLOURS.get(meaning.category, NO_COLOUR) for state, meaning in meanings(doctype).items()
	}


@cached_while_reading
def _refusing() -> list[str]:
	return frappe.get_all("Workflow State", {"style": "Danger"}, pluck="name", order_by="name")


def _all_colours() -> list[dict[str, str]]:
	return [colours_of(doctype) for doctype in (*specs(), *without_workflow())]


def extend_bootinfo(bootinfo: dict):
	"""Add the meaning of states to the boot of the desk (public/js/desk/states.js).

	`kyodo_states`: {DocType: {state: category}}; `kyodo_colours`: {DocType: {"field": its field, "colours": {state: colour}}}.
	"""
	bootinfo["kyodo_states"] = {doctype: {state: meaning.category for state, meaning in meanings(doctype).items()} for doctype in specs()}
	bootinfo["kyodo_colours"] = {
		doctype: {"field": "workflow_state" if doctype in specs() else "state", "colours": colours_of(doctype)}
		for doctype in (*specs(), *without_workflow())
	}


# -- in the Workflow form ---------------------------------------------------------------------


def check_workflow(workflow: Document, method: str | None = None):
	"""Validate that every state of a Workflow for one of our DocTypes has a category. Raises CategoryMissing.

	Frappe has one row per state and editing role; the meaning set in one of them is copied to the others.
	"""
	if workflow.document_type not in specs():
		return
	rows: dict[str, list] = {}
	for row in workflow.states:
		rows.setdefault(row.state, []).append(row)
	unsaid = [state for state, group in rows.items() if not _share_meaning(group, workflow)]
	if unsaid:
		frappe.throw(
			_(
				"Please choose a category for the state {0}: {1}. It determines how lists, the portal and the public site treat the state."
			).format(_(", ").join(f"“{_(state)}”" for state in unsaid), _(", ").join(_label(name) for name in CATEGORIES)),
			CategoryMissing,
		)


def _share_meaning(group: list, workflow: Document) -> bool:
	before = workflow.get_doc_before_save()
	stored = {row.name: _meaning_of(row) for row in before.states} if before else {}
	said = [row for row in group if row.get(CATEGORY)]
	changed = [row for row in said if stored.get(row.name) != _meaning_of(row) and (row.name in stored or len(said) == 1)]
	if not said:
		return False
	for row in group:
		row.update(dict(zip(MEANING, _meaning_of((changed or said)[0]), strict=True)))
	return True


def _meaning_of(row) -> tuple:
	return row.get(CATEGORY), cint(row.get(PUBLIC)), cint(row.get(FROZEN))


def _label(name: str) -> str:
	return {
		WRITING: _("Writing"),
		WAITING: _("Waiting"),
		EXAMINED: _("Examined"),
		DECIDED: _("Decided"),
		OVER: _("Over"),
	}[name]
