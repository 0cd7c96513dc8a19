"""Proposals by state and their waiting times, per section or fiscal year.

One query with the permissions of the user. Counted in Python, because v15 and v16 have no common SQL for a median.
"""

from collections import Counter, defaultdict
from statistics import median

import frappe
from frappe import _
from frappe.utils import cint, getdate

from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import states as states_of

DOCTYPE = "Kyodo Proposal"
FILTERS = ("programme", "fiscal_year", "section")
COLOURS = {
	"Draft": "#C0C6CC",
	"Submitted": "#7CD6FD",
	"Returned": "#FFA00A",
	"Received": "#5E64FF",
	"In Consultation": "#743EE2",
	"Writing Documents": "#F5B041",
	"Documents Handed In": "#48B0C8",
	"Step 1": "#2D95F0",
	"Step 2": "#1B5E9B",
	"Pending Budget": "#B8A200",
	"Reserve": "#8FBC5A",
	"Adopted": "#28A745",
	"Not Adopted": "#B04040",
	"Declined": "#8D6E63",
	"Withdrawn": "#6C7680",
}


def proposals_by_state(filters: dict | None = None) -> dict:
	"""{"columns", "rows", "chart"} for the filters programme, fiscal_year, section, group_by (Section or Fiscal Year)."""
	filters = frappe._dict(filters or {})
	by_year = filters.group_by == "Fiscal Year"
	proposals = _read(filters)
	states = _states(proposals)
	groups = _grouped(proposals, "fiscal_year" if by_year else "section")
	rows = [_row(key, group, states, by_year) for key, group in groups]
	return {"columns": _columns(states, by_year), "rows": rows, "chart": _chart(rows, states)}


def state_field(state: str) -> str:
	"""The fieldname of the column of a state."""
	return "state_" + frappe.scrub(state)


def _read(filters) -> list[dict]:
	wanted = {name: filters[name] for name in FILTERS if filters.get(name)}
	if "fiscal_year" in wanted:
		wanted["fiscal_year"] = cint(wanted["fiscal_year"])
	# get_list applies the user's permissions
	return frappe.get_list(
		DOCTYPE,
		filters=wanted,
		fields=["name", "fiscal_year", "section", "workflow_state", "submitted_on", "received_on", "previous_proposal"],
		order_by="name asc",
		limit_page_length=0,
	)


def _states(proposals) -> list[str]:
	"""The states of the site's workflow in its order, followed by former states that still occur."""
	known = states_of(DOCTYPE)
	return known + sorted({p.workflow_state or "Draft" for p in proposals} - set(known))


def _grouped(proposals, fieldname):
	groups = defaultdict(list)
	for proposal in proposals:
		groups[proposal.get(fieldname) or None].append(proposal)
	# proposals without a section or year come last
	return sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or ""))


def _row(key, group, states, by_year) -> dict:
	answers = [(getdate(p.received_on) - getdate(p.submitted_on)).days for p in group if p.submitted_on and p.received_on]
	row = {
		"group": (era_year(key) if by_year else key) if key else _("Not Set"),
		"total": len(group),
		"proposed_again": sum(1 for p in group if p.previous_proposal),
		"answer_days": median(answers) if answers else None,
	}
	counts = Counter(p.workflow_state or "Draft" for p in group)
	# v15 leaves columns beyond the length of a row out of its totals, so every row has them all
	return row | {state_field(state): counts[state] for state in states}


def _columns(states, by_year) -> list[dict]:
	def column(fieldname, label, fieldtype="Int", width=110, **more):
		return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **more}

	return [
		column("group", _("Fiscal Year") if by_year else _("Section"), "Data", 180),
		column("total", _("Proposals"), width=90),
		*(column(state_field(state), _(state)) for state in states),
		column("proposed_again", _("Proposed Again"), width=120),
		# Data instead of Float, because v15 exports totals of every number
		column("answer_days", _("Median Days from Submission to Receipt"), "Data", 200, align="right"),
	]


def _chart(rows, states) -> dict | None:
	used = [state for state in states if any(row[state_field(state)] for row in rows)]
	if not used:
		return None
	return {
		"data": {
			"labels": [row["group"] for row in rows],
			"datasets": [{"name": _(state), "values": [row[state_field(state)] for row in rows]} for state in used],
		},
		"type": "bar",
		"colors": [COLOURS.get(state, "#8D99A6") for state in used],
		"barOptions": {"stacked": 1},
	}
