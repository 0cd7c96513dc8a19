"""The points per item that a decision keeps: what letters and published results say is what the meeting had before it."""

from collections import defaultdict
from dataclasses import asdict

import frappe

from kyodo_frappe.committee import reviews
from kyodo_frappe.programme.versions import rules_of_proposal
from kyodo_frappe.rules import points
from kyodo_frappe.rules.scoring import Summary


def of_proposal(proposal: str, step: str, summary: Summary) -> list[dict]:
	"""Return rows of Kyodo Decision Point for a proposal: [{criterion, question, average, out_of, marks}].

	`summary`: of its released reviews. Empty before they are released.
	"""
	if not summary.count:
		return []
	criteria = reviews.criteria_of(rules_of_proposal(proposal), step)
	return [asdict(row) for row in points.per_item(criteria, summary.per_criterion, _marks(proposal, step))]


def _marks(proposal: str, step: str) -> dict[str, list[str]]:
	"""{criterion: the marks of the released reviews}"""
	counted = {"proposal": proposal, "step": step, "released": 1, "not_counted": 0, "submitted_on": ["is", "set"]}
	sheets = frappe.get_all("Kyodo Review", counted, pluck="name", order_by="name")
	found = defaultdict(list)
	of_sheets = {"parenttype": "Kyodo Review", "parent": ["in", sheets or [""]]}
	for row in frappe.get_all("Kyodo Review Mark", of_sheets, ["criterion", "mark"], order_by="parent, idx"):
		found[row.criterion].append(row.mark)
	return found
