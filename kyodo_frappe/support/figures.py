"""Figures for the support centre's yearly report (domain.md §3: 国立市, 支援センターの機能), in a few queries each."""

from collections import Counter
from collections.abc import Callable

import frappe
from frappe import _
from frappe.query_builder.functions import Count

from kyodo_frappe.permissions.hooks import as_listed
from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.support import survey_results

CASE = "Kyodo Support Case"


def figures_of_year(fiscal_year: int) -> dict:
	"""Return {by_topic, by_channel, total, needs, introductions, dispatches} of a fiscal year.

	The first two are rows with a group, the number of its cases, those of individuals and small groups, and the open, answered and closed
	ones; the last three [(option, number), …] by kind, state and purpose.
	"""
	cases = _numbers(CASE, lambda case: case.fiscal_year == fiscal_year, "topic", "channel", "small_group", "state")
	first, last = fiscal_year_range(fiscal_year)
	return {
		"by_topic": _cases_by("topic", cases),
		"by_channel": _cases_by("channel", cases),
		"total": _row_of_cases("", cases),
		"needs": _numbers_by("Kyodo Need", "kind", lambda need: need.creation.between(f"{first} 00:00:00", f"{last} 23:59:59.999999")),
		"introductions": _numbers_by("Kyodo Match", "state", lambda match: match.introduced_on.between(first, last)),
		"dispatches": _numbers_by(
			"Kyodo Dispatch", "purpose", lambda dispatch: dispatch.from_date.between(first, last) & (dispatch.state != "Declined")
		),
	}


def survey_totals(filters: dict | None = None) -> dict:
	"""Return {"columns", "rows"} of a survey's totals: a row for each choice, statistic and text. For the office."""
	name = (filters or {}).get("survey")
	if not name or not frappe.has_permission("Kyodo Survey Response", "report"):
		return {"columns": _total_columns(), "rows": []}
	frappe.get_doc("Kyodo Survey", name).check_permission("read")
	rows, labels = [], statistic_labels()
	for total in survey_results.totals(name):
		for choice, count, share in total.counts:
			rows.append({"question": total.question, "answer": choice, "count": count, "share": share})
		for key, value in (total.statistics or {}).items():
			rows.append({"question": total.question, "answer": labels[key], "value": value, "count": total.answered})
		rows += [{"question": total.question, "answer": text} for text in total.texts]
	return {"columns": _total_columns(), "rows": rows}


def statistic_labels() -> dict[str, str]:
	"""Return {key of a statistic in rules/surveys.py: its label}."""
	return {
		"mean": _("Mean"),
		"median": _("Median"),
		"total": _("Total"),
		"smallest": _("Smallest"),
		"largest": _("Largest"),
	}


def _numbers(doctype: str, where: Callable, *fields: str) -> list[dict]:
	"""Return [{*fields, number}]: how many records with these values the current user may read. where: from the table to a criterion."""
	table, readable = frappe.qb.DocType(doctype), as_listed(doctype)
	if readable is None:
		return []
	groups = [table[fieldname] for fieldname in fields]
	query = frappe.qb.from_(table).select(*groups, Count("*").as_("number")).where(where(table)).groupby(*groups)
	return (query if readable is True else query.where(readable)).run(as_dict=True)


def _cases_by(fieldname: str, cases: list[dict]) -> list[dict]:
	groups = [(option, [row for row in cases if row[fieldname] == option]) for option in _options(CASE, fieldname)]
	return [_row_of_cases(_(option), rows) for option, rows in groups if rows]


def _row_of_cases(group: str, rows: list[dict]) -> dict:
	states = Counter()
	for row in rows:
		states[row.state] += row.number
	return frappe._dict(
		group=group,
		cases=states.total(),
		small_groups=sum(row.number for row in rows if row.small_group),
		open=states["Open"],
		answered=states["Answered"],
		closed=states["Closed"],
	)


def _numbers_by(doctype: str, fieldname: str, where: Callable) -> list[tuple[str, int]]:
	found = {row[fieldname]: row.number for row in _numbers(doctype, where, fieldname)}
	return [(option, found[option]) for option in _options(doctype, fieldname) if option in found]


def _options(doctype: str, fieldname: str) -> list[str]:
	return frappe.get_meta(doctype).get_field(fieldname).options.split("\n")


def _total_columns() -> list[dict]:
	return [
		{"fieldname": "question", "label": _("Survey Question"), "fieldtype": "Data", "width": 300},
		{"fieldname": "answer", "label": _("Answer"), "fieldtype": "Data", "width": 300},
		{"fieldname": "count", "label": _("Answers Given"), "fieldtype": "Int", "width": 110},
		{"fieldname": "share", "label": _("Share (%)"), "fieldtype": "Int", "width": 110},
		# Data, because a choice has no value and Frappe shows an empty Float as 0
		{"fieldname": "value", "label": _("Value"), "fieldtype": "Data", "align": "right", "width": 120},
	]
