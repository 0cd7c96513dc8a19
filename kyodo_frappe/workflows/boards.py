"""The boards (kanban) of records with a workflow: one column for each state, in the order of the Workflow.

Created where they are missing, and given the states that a city adds. What the city has changed about them (filters, colours,
archived columns) stays.
"""

import frappe
from frappe.model.document import Document

from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import colours_of, states

BOARD = "Kanban Board"
# {name of the board: DocType}
BOARDS = {"Kyodo Proposals Board": "Kyodo Proposal", "Kyodo Projects Board": "Kyodo Project"}


def is_ours(board: Document) -> bool:
	"""Whether a board shows the states of one of our workflows."""
	return board.reference_doctype in specs() and board.field_name == "workflow_state"


def sync(workflow: Document | None = None, method: str | None = None):
	"""Create missing boards and add columns for missing states (install, migrate, and after a change of a Workflow)."""
	for name, doctype in BOARDS.items():
		if workflow is None or workflow.document_type == doctype:
			_sync(name, doctype)


def _sync(name: str, doctype: str):
	exists = frappe.db.exists(BOARD, name)
	board = frappe.get_doc(BOARD, name) if exists else frappe.new_doc(BOARD)
	columns = {row.column_name: row for row in board.columns}
	wanted = states(doctype)
	if exists and set(wanted) == set(columns):
		return
	if not exists:
		board.update({"kanban_board_name": name, "reference_doctype": doctype, "field_name": "workflow_state", "show_labels": 1})
		board.fields = frappe.as_json(_shown(doctype))
	board.columns = []
	for state in wanted:
		kept = columns.get(state)
		values = {"indicator": kept.indicator, "status": kept.status} if kept else {"indicator": colours_of(doctype)[state].title()}
		board.append("columns", {"column_name": state, **values})
	board.flags.ignore_validate = board.flags.ignore_links = True
	# runs as the installer; the rows of cards that Frappe keeps for each column are never read
	board.db_insert() if not exists else board.db_update()
	frappe.db.delete("Kanban Board Column", {"parent": name})
	for number, row in enumerate(board.columns, 1):
		row.update({"parent": name, "parenttype": BOARD, "parentfield": "columns", "idx": number, "order": "[]"})
		row.name = None
		row.set_new_name()
		row.db_insert()
	frappe.clear_document_cache(BOARD, name)


def _shown(doctype: str) -> list[str]:
	"""Return the fields of a card: those of the list, without its title."""
	meta = frappe.get_meta(doctype)
	return [df.fieldname for df in meta.fields if df.in_list_view and df.fieldname != meta.title_field]


def remove():
	"""Delete the boards (uninstall)."""
	for name in BOARDS:
		frappe.delete_doc(BOARD, name, force=True, ignore_permissions=True, ignore_missing=True)  # run by the administrator
