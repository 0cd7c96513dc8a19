"""The declarative workflow files of this folder.

A file declares for one DocType:
`states`       {state, style, doc_status, category, public, frozen: see states.py; edit: roles that may edit in the state};
               records begin in the first one
`transitions`  {from: [states], action, to, roles, condition?, needs?: fields that have to be filled in before,
               four_eyes?: nobody may do this to a record of their own}
`stamps`       {state: {field: now | today | user}}: set when a record enters the state
`frozen`       [{fields, form?, open_in?: [states]}]: content that can be changed only in the states `open_in`, by default in
               those whose content is not frozen; `form` adds the fields of the programme's form (hook kyodo_form_content)
`open_fields`  {field: roles}: fields that these roles may change in any state
`reserved_fields`  {field: roles}: fields that only these roles may change
`reserved_columns` {table: {columns, roles}}: others may change neither these columns nor add or remove rows
`written_by_programs`  read-only fields that a button, the portal or REST may write nevertheless

States with their meaning, transitions and editing roles become a Frappe Workflow (sync.py), which the city may change. The
guard reads those from the site, and the rest, which Frappe's Workflow cannot express, from here.
"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def specs() -> dict[str, dict]:
	"""Return {DocType: content of its workflow file}."""
	found = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json")))
	return {spec["document_type"]: spec for spec in found}


def initial_state(doctype: str) -> str:
	"""Return the state in which records of a DocType begin."""
	return specs()[doctype]["states"][0]["state"]


def transition_spec(doctype: str, state: str, next_state: str) -> dict:
	"""Return the transition between two states as the file declares it; {} for one that the city has added."""
	for transition in specs()[doctype]["transitions"]:
		if state in transition["from"] and next_state == transition["to"]:
			return transition
	return {}
