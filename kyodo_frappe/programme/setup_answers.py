"""One answer of the set-up page: how it is asked for, read, and refused beside its place."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain

import frappe
from frappe import _

from kyodo_frappe.common import typed_input, vocabulary
from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.programme.errors import InvalidSetupAnswer

PLACE = "kyodo_place"  # key of a refusal's answer: [part, row, column]
VALUES = "values"
# answers without which nothing can be checked
ALWAYS = ("programme_name", "municipality_name")


def question(df, values: dict, bases: dict) -> dict:
	"""{fieldname, label, fieldtype, options, description, value, basis} of a field."""
	value = values.get(df.fieldname)
	return {
		"fieldname": df.fieldname,
		"label": _(df.label),
		"fieldtype": df.fieldtype,
		"options": df.options if df.fieldtype == "Select" else "",
		"description": _(df.description) if df.description else "",
		"value": df.default if value is None else value,
		"basis": bases.get(df.fieldname, ""),
	}


def parse(doctype: str, fieldname: str, value):
	"""The answer as its field stores it. Raises InvalidSetupAnswer, InvalidNumber."""
	df = frappe.get_meta(doctype).get_field(fieldname)
	if df.fieldtype in ("Int", "Check", "Float", "Percent", "Currency"):
		with translate_rule_errors():
			return _number(df, value)
	text = str(value or "").strip()
	chosen = vocabulary.options(df) if vocabulary.is_choice(df) else None
	if chosen is not None and text not in {option for option, _word in chosen}:
		frappe.throw(_("“{0}” cannot be “{1}”.").format(_(df.label), text), exc=InvalidSetupAnswer)
	return text


def _number(df, value) -> float | int:
	number = typed_input.read(df, value) if isinstance(value, str) and df.fieldtype != "Check" else value
	try:
		number = float(number or 0)
	except (TypeError, ValueError):
		number = -1.0
	typed_input.check_whole(df, number, _(df.label))
	if not 0 <= number < 1e12:
		frappe.throw(_("“{0}” has to be a number.").format(_(df.label)), exc=InvalidSetupAnswer)
	return int(number) if df.fieldtype in ("Int", "Check") else number


def refuse_unknown(names: set[str]):
	"""Raise InvalidSetupAnswer for answers to questions that are not on the page."""
	if names:
		frappe.throw(_("The set-up does not ask for {0}. Please reload the page.").format(", ".join(sorted(names))), exc=InvalidSetupAnswer)


# -- refusals beside their place ---------------------------------------------------------------------------


@contextmanager
def at(part: str, row: str, column: str) -> Iterator[None]:
	"""Name the place of what is refused within in the answer of the request, so that the page shows it there."""
	try:
		yield
	except frappe.ValidationError:
		frappe.local.response.setdefault(PLACE, [part, row, column])
		raise


def refused_beside(answers: dict, act: Callable[[dict], object]):
	"""Return act(answers). If they are refused, raise the error of the fewest answers that cause it, with the place of the last one.

	A rule may look at several answers and at the source, and its error has no place on the page.
	"""
	try:
		return act(answers)
	except frappe.ValidationError:
		if PLACE in frappe.local.response:
			raise
	given = list(_given(answers))
	works, refused = -1, len(given)
	while refused - works > 1:
		middle = (works + refused) // 2
		works, refused = (works, middle) if _refuses(act, _only(answers, given[:middle])) else (middle, refused)
	fewest = [*given[:refused]]
	place = _place_in(fewest, lambda parts: _refuses(act, _only(answers, parts)))
	frappe.clear_messages()
	frappe.local.response.pop(PLACE, None)
	with at(*place):
		return act(_only(answers, fewest))


def _place_in(given: list[list[tuple]], refuses: Callable[[list], bool]) -> tuple[str, str, str]:
	"""The place in the last of the answers without which nothing is refused; its first one if there is none."""
	if not given:
		return VALUES, "", ALWAYS[-1]
	*others, last = given
	return next((place for place in last if not refuses([*others, [other for other in last if other != place]])), last[0])


def _refuses(act: Callable, answers: dict) -> bool:
	try:
		act(answers)
	except frappe.ValidationError:
		return True
	return False


def _given(answers: dict) -> Iterator[list[tuple[str, str, str]]]:
	"""Yield [(part, row, column)]: every answer but ALWAYS, values first; those to one row of a table together."""
	yield from ([(VALUES, "", field)] for field in answers[VALUES] if field not in ALWAYS)
	for part, rows in answers.items():
		if part != VALUES:
			yield from ([(part, key, column) for column in row] for key, row in rows.items() if row)


def _only(answers: dict, given: list[list[tuple[str, str, str]]]) -> dict:
	kept = {part: {} for part in answers}
	kept[VALUES] = {field: value for field, value in answers[VALUES].items() if field in ALWAYS}
	for part, row, column in chain.from_iterable(given):
		target = kept[part] if part == VALUES else kept[part].setdefault(row, {})
		target[column] = answers[part][column] if part == VALUES else answers[part][row][column]
	return kept
