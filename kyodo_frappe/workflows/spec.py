"""The declarative workflow files of this folder, read once.

A file says, for one DocType:
`states`       {state, style, doc_status, category, public, frozen: what it means (states.py), edit: roles that may edit
               in it}; the first one is where a record begins
`transitions`  {from: [states], action, to, roles, condition?, needs?: fields to fill before,
               four_eyes?: nobody does this to a record of their own}
`stamps`       {state: {field: now | today | user}}: written when a record enters the state
`frozen`       [{fields, form?, open_in?: [states]}]: content that only these states let anybody change (with `form` also what
               the form of the record asks: the hook kyodo_form_content names it); without them, all
               whose content is not frozen
`open_fields`  {field: roles}: what these roles may change in any state
`reserved_fields`  {field: roles}: what only these roles may change, whoever else may edit
`reserved_columns` {table: {columns, roles}}: others change neither these columns nor which rows there are
`written_by_programs`  fields that forms show read-only and a button, the portal or REST may write all the same

States with what they mean, transitions and editors become a Frappe Workflow (sync.py), which the city may change; the guard reads
those from the site, and the rest, which Frappe's Workflow has no place for, from here.
"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def specs() -> dict[str, dict]:
	"""{DocType: content of its workflow file}"""
	found = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json")))
	return {spec["document_type"]: spec for spec in found}


def initial_state(doctype: str) -> str:
	return specs()[doctype]["states"][0]["state"]


def transition_spec(doctype: str, state: str, next_state: str) -> dict:
	"""The file's entry for a step; empty for one that the city added."""
	for transition in specs()[doctype]["transitions"]:
		if state in transition["from"] and next_state == transition["to"]:
			return transition
	return {}
