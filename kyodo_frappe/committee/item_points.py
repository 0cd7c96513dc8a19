"""The points and comments per item that a decision keeps: what letters and published results say is what the meeting had before it."""

from collections import defaultdict
from dataclasses import asdict

import frappe
from frappe.model.document import Document

from kyodo_frappe.committee import reviews
from kyodo_frappe.programme.versions import Rules, rules_of_proposal
from kyodo_frappe.rules import points
from kyodo_frappe.rules.scoring import Summary


def of_proposal(proposal: str, step: str, summary: Summary) -> list[dict]:
	"""Return rows of Kyodo Decision Point for a proposal: [{criterion, question, average, out_of, marks, comments}].

	`summary`: of its released reviews. Empty before they are released. `comments`: of the members, without names, where the programme
	says that letters and minutes carry them.
	"""
	if not summary.count:
		return []
	rules = rules_of_proposal(proposal)
	marks = _marks(proposal, step)
	found = [asdict(row) for row in in_scale(rules, step, summary, marks)]
	if rules.comments_in_letters:
		for row in found:
			row["comments"] = "\n".join(" ".join(mark.comment.split()) for mark in marks[row["criterion"]] if (mark.comment or "").strip())
	return found


def in_scale(rules: Document | Rules, step: str, summary: Summary, marks: dict[str, list[dict]]) -> list[points.ItemPoints]:
	"""Return the points on each criterion in the scale in which the result is counted. marks: {criterion: [{mark}]}"""
	criteria = reviews.criteria_of(rules, step)
	given = {code: [row.mark for row in rows] for code, rows in marks.items()}
	return points.per_item(criteria, summary.per_criterion, given, points.most_points(criteria, summary, rules.counted_as))


def _marks(proposal: str, step: str) -> dict[str, list[dict]]:
	"""{criterion: [{mark, comment}] of the released reviews}"""
	counted = {"proposal": proposal, "step": step, "released": 1, "not_counted": 0, "submitted_on": ["is", "set"]}
	sheets = frappe.get_all("Kyodo Review", counted, pluck="name", order_by="name")
	found = defaultdict(list)
	of_sheets = {"parenttype": "Kyodo Review", "parent": ["in", sheets or [""]]}
	for row in frappe.get_all("Kyodo Review Mark", of_sheets, ["criterion", "mark", "comment"], order_by="parent, idx"):
		found[row.criterion].append(row)
	return found
