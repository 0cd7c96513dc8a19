"""How far the steps of a form are: what is really answered, what is missing, what is to be corrected, in words."""

from collections.abc import Iterable

from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.programme.form import Field

EMPTY, STARTED, FILLED, TO_CORRECT = "empty", "started", "filled", "correct"


def step(answered: int, missing: int, required: int, to_correct: bool = False, begun_only: bool = False) -> dict:
	"""Return {state, word, note} of a step.

	answered, missing, required: numbers of its questions; begun_only: all that is answered was asked when the record was begun, so that
	nobody has opened the step yet.
	"""
	state = _state(answered, missing, to_correct, begun_only)
	return {"state": state, "word": _word(state), "note": _note(missing, required)}


def _state(answered: int, missing: int, to_correct: bool, begun_only: bool) -> str:
	if to_correct:
		return TO_CORRECT
	if not answered:
		return EMPTY
	return STARTED if missing or begun_only else FILLED


def _word(state: str) -> str:
	return {EMPTY: _("not filled in"), STARTED: _("begun"), FILLED: _("nothing missing"), TO_CORRECT: _("to be corrected")}[state]


def _note(missing: int, required: int) -> str:
	if missing:
		return _("{0} required left").format(missing)
	return "" if required else _("all optional")


def answered(record: Document, fields: Iterable[Field]) -> list[str]:
	"""Return the names of the fields that somebody has answered."""
	return [field.name for field in fields if is_answered(record, field)]


def is_answered(record: Document, field: Field) -> bool:
	"""Whether a field has a value of its own; a default is no answer, nor are rows that the record makes itself."""
	value = record.get(field.name)
	if field.is_table:
		columns = [name for name in field.columns if field.column(name).fieldtype == "Currency"]
		return any(row.get(name) for row in value or () for name in columns) if field.has_fixed_rows else bool(value)
	if field.df.fieldtype == "Check":
		return bool(cint(value))
	return bool(str(value or "").strip()) and bool(value) and str(value) != str(field.df.default or "")
