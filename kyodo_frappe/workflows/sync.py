"""Synchronisation of the workflow files with the site: missing workflows are created, untouched ones are upgraded.

Fixtures would be imported at every migration and would undo a city's changes, so workflows are no fixtures. The hash of our
last version is stored; a workflow with another hash has been changed by the city.
"""

import hashlib
import json

import frappe

from kyodo_frappe.permissions.roles import ORGANISATION
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import CATEGORY, EXAMINED, FROZEN, MEANING, PUBLIC, WRITING

STORE = "__kyodo"  # parent of our rows among Frappe's defaults
NOBODY = "System Manager"  # Frappe requires a role for every state; this one has no write permission on our records


def sync_workflows() -> dict[str, str]:
	"""Create or upgrade all workflows; returns {workflow: "created" | "upgraded" | "kept" | "unchanged"}."""
	return {doctype: _sync(doctype, spec) for doctype, spec in specs().items()}


def _sync(name: str, spec: dict) -> str:
	wanted = _rows(spec)
	key = f"workflow:{name}"
	if not frappe.db.exists("Workflow", name):
		_ensure_masters(spec)
		_write(frappe.new_doc("Workflow"), name, spec, wanted)
		frappe.defaults.set_default(key, _hash(wanted), STORE)
		return "created"
	workflow = frappe.get_doc("Workflow", name)
	current = _hash(_rows_of(workflow))
	if current == _hash(wanted):
		frappe.defaults.set_default(key, current, STORE)
		return "unchanged"
	if _stored(key) not in (current, _hash(_without_meaning(_rows_of(workflow)))):
		_set_missing_meanings(workflow, spec)
		return "kept"
	_ensure_masters(spec)
	_write(workflow, name, spec, wanted)
	frappe.defaults.set_default(key, _hash(wanted), STORE)
	return "upgraded"


def _stored(key: str) -> str | None:
	return frappe.db.get_value("DefaultValue", {"parent": STORE, "defkey": key}, "defvalue")


def _rows(spec: dict) -> dict[str, list[dict]]:
	states = [
		{"state": s["state"], "doc_status": str(s["doc_status"]), "allow_edit": role, **_meaning(s)}
		for s in spec["states"]
		for role in s["edit"] or [NOBODY]
	]
	transitions = [
		{
			"state": state,
			"action": t["action"],
			"next_state": t["to"],
			"allowed": role,
			"allow_self_approval": 0 if t.get("four_eyes") else 1,
			"condition": t.get("condition") or "",
		}
		for t in spec["transitions"]
		for state in t["from"]
		for role in t["roles"]
	]
	return {"states": states, "transitions": transitions}


def _rows_of(workflow) -> dict[str, list[dict]]:
	def pick(row, keys):
		return {key: row.get(key) if row.get(key) is not None else "" for key in keys}

	return {
		"states": [pick(row, ("state", "doc_status", "allow_edit", *MEANING)) for row in workflow.states],
		"transitions": [
			pick(row, ("state", "action", "next_state", "allowed", "allow_self_approval", "condition")) for row in workflow.transitions
		],
	}


def _meaning(state: dict) -> dict:
	return {CATEGORY: state["category"], PUBLIC: state["public"], FROZEN: state["frozen"]}


def _without_meaning(rows: dict) -> dict:
	"""Return the rows as they were hashed before states had a meaning (0.5.0)."""
	return {**rows, "states": [{key: row[key] for key in row if key not in MEANING} for row in rows["states"]]}


def _set_missing_meanings(workflow, spec: dict):
	"""Set the missing meaning of states in a workflow that the city has changed.

	Our states get their default; for states that the city has added it is derived from the editing role and from whether
	the preceding states are public.
	"""
	told = {state["state"]: _meaning(state) for state in spec["states"]}
	given = False
	for row in workflow.states:
		if not row.get(CATEGORY):
			meaning = told.get(row.state) or _derived_meaning(row, workflow, told)
			frappe.db.set_value(row.doctype, row.name, meaning, update_modified=False)
			given = True
	if given:
		frappe.clear_document_cache("Workflow", workflow.name)


def _derived_meaning(row, workflow, told: dict[str, dict]) -> dict:
	before = [told[step.state] for step in workflow.transitions if step.next_state == row.state and step.state in told]
	writing = any(one.state == row.state and one.allow_edit == ORGANISATION for one in workflow.states)
	return {
		CATEGORY: WRITING if writing else EXAMINED,
		PUBLIC: int(bool(before) and all(meaning[PUBLIC] for meaning in before)),
		FROZEN: int(not writing),
	}


def _hash(rows: dict) -> str:
	plain = {table: [{key: str(value).strip() for key, value in row.items()} for row in rows[table]] for table in rows}
	return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def _write(workflow, name: str, spec: dict, rows: dict):
	workflow.update(
		{
			"workflow_name": name,
			"document_type": spec["document_type"],
			"workflow_state_field": "workflow_state",
			"is_active": 1,
			"send_email_alert": 0,
			# copies, because Frappe modifies the rows and their hash is stored afterwards
			"states": [dict(row) for row in rows["states"]],
			"transitions": [dict(row) for row in rows["transitions"]],
		}
	)
	workflow.save(ignore_permissions=True)  # runs during install and migrate


def _ensure_masters(spec: dict):
	for state in spec["states"]:
		_ensure("Workflow State", "workflow_state_name", state["state"], style=state["style"])
	for transition in spec["transitions"]:
		_ensure("Workflow Action Master", "workflow_action_name", transition["action"])


def _ensure(doctype: str, fieldname: str, name: str, **more):
	if not frappe.db.exists(doctype, name):
		record_created(doctype, name)
		# runs during install and migrate
		frappe.get_doc({"doctype": doctype, fieldname: name, **more}).insert(ignore_permissions=True)


def record_created(doctype: str, name: str):
	"""Record that the app has created a record which other apps may share, so that uninstall removes only those."""
	frappe.defaults.set_default(f"created:{doctype}:{name}", "1", STORE)
