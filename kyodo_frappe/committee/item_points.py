"""The points and comments per item that a decision keeps: what letters and published results say is what the meeting had before it."""

from collections import defaultdict
from dataclasses import asdict

from frappe.model.document import Document

from kyodo_frappe.committee import reviews
from kyodo_frappe.programme.versions import Rules
from kyodo_frappe.rules import points
from kyodo_frappe.rules.scoring import Summary


def of_result(result: reviews.Result, step: str) -> list[dict]:
	"""Return rows of Kyodo Decision Point: [{criterion, question, average, out_of, marks, comments}].

	Empty before reviews are released. `comments`: of the members, without names, where the programme says that letters and minutes
	carry them.
	"""
	if not result.summary.count:
		return []
	marks = _marks(result.sheets)
	found = [asdict(row) for row in in_scale(result.rules, step, result.summary, marks)]
	if result.rules.comments_in_letters:
		for row in found:
			row["comments"] = "\n".join(" ".join(mark.comment.split()) for mark in marks[row["criterion"]] if (mark.comment or "").strip())
	return found


def in_scale(rules: Document | Rules, step: str, summary: Summary, marks: dict[str, list[dict]]) -> list[points.ItemPoints]:
	"""Return the points on each criterion in the scale in which the result is counted. marks: {criterion: [{mark}]}"""
	criteria = reviews.criteria_of(rules, step)
	given = {code: [row.mark for row in rows] for code, rows in marks.items()}
	return points.per_item(criteria, summary.per_criterion, given, points.most_points(criteria, summary, rules.counted_as))


def _marks(sheets: list[dict]) -> dict[str, list[dict]]:
	"""{criterion: [{mark, comment}]}, in an order that says nothing about the members"""
	found = defaultdict(list)
	for sheet in sorted(sheets, key=lambda row: row.name):
		for mark in sheet.marks:
			found[mark.criterion].append(mark)
	return found
