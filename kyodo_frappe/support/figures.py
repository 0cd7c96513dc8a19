"""The figures of the support centre's yearly report (domain.md §3: 国立市, 支援センターの機能). A few queries each."""

from collections import Counter

import frappe
from frappe import _
from frappe.utils import cint

from kyodo_frappe.rules.era import as_date, fiscal_year_range
from kyodo_frappe.support import surveys

CASE = "Kyodo Support Case"
GROUPS = {"Topic": "topic", "Channel": "channel", "Month": "month", "Fiscal Year": "fiscal_year"}
MOST = 100_000


def cases(filters: dict | None = None) -> dict:
	"""{"columns", "rows"} of the cases of a year (or of all): for each topic, channel, month or year (`group_by`) how many
	there were, how many of them of individuals and small groups, and how many are open, answered and closed.

	Only cases that the current user may read.
	"""
	asked = frappe._dict(filters or {})
	group = GROUPS.get(asked.group_by, "topic")
	rows = [_row(key, found, group) for key, found in _grouped(_read(cint(asked.fiscal_year)), group)]
	return {"columns": _columns(asked.group_by or "Topic"), "rows": rows}


def year(fiscal_year: int) -> dict:
	"""What a year came to: {by_topic, by_channel: rows as `cases`, total, needs, introductions, dispatches}."""
	found = _read(fiscal_year)
	first, last = fiscal_year_range(fiscal_year)
	within = ["between", (first, last)]
	return {
		"by_topic": [_row(key, rows, "topic") for key, rows in _grouped(found, "topic")],
		"by_channel": [_row(key, rows, "channel") for key, rows in _grouped(found, "channel")],
		"total": _row(None, found, "total"),
		"needs": _counted("Kyodo Need", {"creation": ["between", (f"{first} 00:00:00", f"{last} 23:59:59")]}, "kind"),
		"introductions": _counted("Kyodo Match", {"introduced_on": within}, "state"),
		"dispatches": _counted("Kyodo Dispatch", {"from_date": within, "state": ["!=", "Declined"]}, "purpose"),
	}


def survey_totals(filters: dict | None = None) -> dict:
	"""{"columns", "rows"} of a survey's totals, one line for each choice, figure and text. For the office."""
	name = (filters or {}).get("survey")
	if not name or not frappe.has_permission("Kyodo Survey Response", "report"):
		return {"columns": _total_columns(), "rows": []}
	frappe.get_doc("Kyodo Survey", name).check_permission("read")
	rows, words = [], statistic_words()
	for total in surveys.totals(name):
		for choice, count, share in total.counts:
			rows.append({"question": total.question, "answer": choice, "count": count, "share": share})
		for key, value in (total.statistics or {}).items():
			rows.append({"question": total.question, "answer": words[key], "value": value, "count": total.answered})
		rows += [{"question": total.question, "answer": text} for text in total.texts]
	return {"columns": _total_columns(), "rows": rows}


def statistic_words() -> dict[str, str]:
	"""What the statistics of rules/surveys.py are called."""
	return {
		"mean": _("Mean"),
		"median": _("Median"),
		"total": _("Total"),
		"smallest": _("Smallest"),
		"largest": _("Largest"),
	}


def _read(fiscal_year: int) -> list[dict]:
	filters = {"fiscal_year": fiscal_year} if fiscal_year else {}
	rows = frappe.get_list(
		CASE,
		filters,
		["topic", "channel", "small_group", "state", "received_on", "fiscal_year"],
		order_by="received_on asc",
		limit=MOST,
	)
	for row in rows:
		row.month = f"{as_date(row.received_on):%Y-%m}"
	return rows


def _grouped(rows: list[dict], group: str) -> list[tuple]:
	found = {}
	for row in rows:
		found.setdefault(row[group], []).append(row)
	if group in ("topic", "channel"):
		order = frappe.get_meta(CASE).get_field(group).options.split("\n")
		return [(key, found[key]) for key in order if key in found]
	return sorted(found.items())


def _row(key, rows: list[dict], group: str) -> dict:
	states = Counter(row.state for row in rows)
	return frappe._dict(
		group=_(key) if group in ("topic", "channel") else key,
		cases=len(rows),
		small_groups=sum(1 for row in rows if row.small_group),
		open=states["Open"],
		answered=states["Answered"],
		closed=states["Closed"],
	)


def _counted(doctype: str, filters: dict, fieldname: str) -> list[tuple[str, int]]:
	rows = frappe.get_list(doctype, filters, [fieldname], order_by="name asc", limit=MOST)
	counted = Counter(row[fieldname] for row in rows)
	order = frappe.get_meta(doctype).get_field(fieldname).options.split("\n")
	return [(option, counted[option]) for option in order if counted[option]]


def _columns(group: str) -> list[dict]:
	titles = {
		"Topic": _("Topic of the Case"),
		"Channel": _("Came By"),
		"Month": _("Month"),
		"Fiscal Year": _("Fiscal Year"),
	}
	first = {"fieldname": "group", "label": titles.get(group, titles["Topic"]), "fieldtype": "Data", "width": 220}
	labels = {
		"cases": _("Support Cases"),
		"small_groups": _("Of Individuals and Small Groups"),
		"open": _("Not Answered Yet"),
		"answered": _("Answered"),
		"closed": _("Closed"),
	}
	return [first, *({"fieldname": key, "label": text, "fieldtype": "Int", "width": 140} for key, text in labels.items())]


def _total_columns() -> list[dict]:
	return [
		{"fieldname": "question", "label": _("Survey Question"), "fieldtype": "Data", "width": 300},
		{"fieldname": "answer", "label": _("Answer"), "fieldtype": "Data", "width": 300},
		{"fieldname": "count", "label": _("Answers Given"), "fieldtype": "Int", "width": 110},
		{"fieldname": "share", "label": _("Share (%)"), "fieldtype": "Int", "width": 110},
		# Data: a choice has no value, and Frappe shows an empty Float as 0
		{"fieldname": "value", "label": _("Value"), "fieldtype": "Data", "align": "right", "width": 120},
	]
