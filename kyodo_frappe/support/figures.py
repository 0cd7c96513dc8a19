"""Figures for the support centre's yearly report (domain.md §3: 国立市, 支援センターの機能), in a few queries each."""

from collections import Counter

import frappe
from frappe import _

from kyodo_frappe.rules.era import fiscal_year_range
from kyodo_frappe.support import survey_results

CASE = "Kyodo Support Case"
MAX_RECORDS = 100_000


def figures_of_year(fiscal_year: int) -> dict:
	"""Return {by_topic, by_channel, total, needs, introductions, dispatches} of a fiscal year.

	The first two are rows with a group, the number of its cases, those of individuals and small groups, and the open, answered and closed
	ones; the last three [(option, number), …] by kind, state and purpose.
	"""
	found = _read_cases(fiscal_year)
	first, last = fiscal_year_range(fiscal_year)
	within = ["between", (first, last)]
	return {
		"by_topic": [_count_cases(key, rows, "topic") for key, rows in _grouped(found, "topic")],
		"by_channel": [_count_cases(key, rows, "channel") for key, rows in _grouped(found, "channel")],
		"total": _count_cases(None, found, "total"),
		"needs": _count_by("Kyodo Need", {"creation": ["between", (f"{first} 00:00:00", f"{last} 23:59:59")]}, "kind"),
		"introductions": _count_by("Kyodo Match", {"introduced_on": within}, "state"),
		"dispatches": _count_by("Kyodo Dispatch", {"from_date": within, "state": ["!=", "Declined"]}, "purpose"),
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


def _read_cases(fiscal_year: int) -> list[dict]:
	filters = {"fiscal_year": fiscal_year} if fiscal_year else {}
	return frappe.get_list(
		CASE,
		filters,
		["topic", "channel", "small_group", "state", "received_on", "fiscal_year"],
		order_by="received_on asc",
		limit=MAX_RECORDS,
	)


def _grouped(rows: list[dict], group: str) -> list[tuple]:
	found = {}
	for row in rows:
		found.setdefault(row[group], []).append(row)
	if group in ("topic", "channel"):
		order = frappe.get_meta(CASE).get_field(group).options.split("\n")
		return [(key, found[key]) for key in order if key in found]
	return sorted(found.items())


def _count_cases(key, rows: list[dict], group: str) -> dict:
	states = Counter(row.state for row in rows)
	return frappe._dict(
		group=_(key) if group in ("topic", "channel") else key,
		cases=len(rows),
		small_groups=sum(1 for row in rows if row.small_group),
		open=states["Open"],
		answered=states["Answered"],
		closed=states["Closed"],
	)


def _count_by(doctype: str, filters: dict, fieldname: str) -> list[tuple[str, int]]:
	rows = frappe.get_list(doctype, filters, [fieldname], order_by="name asc", limit=MAX_RECORDS)
	counted = Counter(row[fieldname] for row in rows)
	order = frappe.get_meta(doctype).get_field(fieldname).options.split("\n")
	return [(option, counted[option]) for option in order if counted[option]]


def _total_columns() -> list[dict]:
	return [
		{"fieldname": "question", "label": _("Survey Question"), "fieldtype": "Data", "width": 300},
		{"fieldname": "answer", "label": _("Answer"), "fieldtype": "Data", "width": 300},
		{"fieldname": "count", "label": _("Answers Given"), "fieldtype": "Int", "width": 110},
		{"fieldname": "share", "label": _("Share (%)"), "fieldtype": "Int", "width": 110},
		# Data, because a choice has no value and Frappe shows an empty Float as 0
		{"fieldname": "value", "label": _("Value"), "fieldtype": "Data", "align": "right", "width": 120},
	]
