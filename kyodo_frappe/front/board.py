"""Boards (kanban) of records with a workflow: their columns are its states, and a card moves only along its transitions.

Frappe's own functions write the state into the record, and the order of all cards into the board whenever somebody looks at it.
These take the action that leads to the state instead, so that the guard decides, and keep no order.
"""

import frappe
from frappe import _
from frappe.desk.doctype.kanban_board import kanban_board as frappes_own
from frappe.model.document import Document
from frappe.model.workflow import WorkflowTransitionError, get_transitions

from kyodo_frappe.workflows import guard
from kyodo_frappe.workflows.boards import BOARD, is_ours


@frappe.whitelist(methods=["POST"])
def update_order(board_name: str, order: str) -> tuple:
	"""Return the stored board and no moved cards: opening a board changes nothing. Boards of other apps are Frappe's."""
	board = _board(board_name)
	return (board, []) if is_ours(board) else frappes_own.update_order(board_name, order)


@frappe.whitelist(methods=["POST"])
def update_order_for_single_card(
	board_name: str, docname: str, from_colname: str, to_colname: str, old_index: int | str, new_index: int | str
) -> Document:
	"""Move a card to another column. Raises WorkflowTransitionError, and what the guard raises."""
	board = _board(board_name)
	if not is_ours(board):
		return frappes_own.update_order_for_single_card(board_name, docname, from_colname, to_colname, old_index, new_index)
	if from_colname != to_colname:
		_move(frappe.get_doc(board.reference_doctype, docname), to_colname)
	return board


@frappe.whitelist(methods=["POST"])
def add_card(board_name: str, docname: str, colname: str) -> Document:
	"""Return the stored board: a new record appears in the first column by its state."""
	board = _board(board_name)
	return board if is_ours(board) else frappes_own.add_card(board_name, docname, colname)


def _board(name: str) -> Document:
	board = frappe.get_doc(BOARD, name)
	board.check_permission("read")
	return board


def _move(doc: Document, state: str):
	doc.check_permission("read")
	possible = get_transitions(doc)
	action = next((row.action for row in possible if row.next_state == state), None)
	if action is None:
		frappe.throw(_refusal(doc, state, possible), WorkflowTransitionError)
	guard.move(doc, action)


def _refusal(doc: Document, state: str, possible: list) -> str:
	said = _("“{0}” cannot go from “{1}” to “{2}”.").format(
		frappe.utils.escape_html(doc.get_title() or doc.name), _(doc.workflow_state), _(state)
	)
	if not possible:
		return f"{said} {_('You cannot take any action on it now.')}"
	ways = _(", ").join(f"{_(row.action)} → {_(row.next_state)}" for row in possible)
	return f"{said} {_('Possible now: {0}').format(ways)}"
