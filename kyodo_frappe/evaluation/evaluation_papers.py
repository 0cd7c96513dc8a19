"""The record of a mutual evaluation (相互評価シート): both sides' marks and reasons, what they talked about, what follows.

Each side's own sheet is a form of its own (proposals/paper_forms.py). This paper exists once both are released: before, neither side
may see the other's.
"""

import frappe
from frappe.model.document import Document

from kyodo_frappe.common.language import _lt
from kyodo_frappe.common.printing import day, lines, word
from kyodo_frappe.evaluation import public as evaluation_public
from kyodo_frappe.evaluation.rounds import ROUND, SHEET
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.web.papers import Paper


def record(evaluation: Document) -> dict:
	"""Return {subject, what, organisation, section, scale, marks, reasons, talk, …} of a round with released sheets.

	marks: [(item, aim, actual, city, organisation, difference)]; reasons: [(item, of the city, of the organisation, talk)].
	"""
	both = evaluation_public.both_sides(evaluation)
	reasons = [
		(row["item"] or "", lines(row.city.get("reason")), lines(row.organisation.get("reason")), lines(row.talk)) for row in both.marks
	]
	agreed = [day(both.city_agreed_on), day(both.organisation_agreed_on)]
	return {
		"subject": evaluation.project_name,
		"what": f"{era_year(evaluation.fiscal_year)}　{word(evaluation.phase)}",
		"organisation": paper_forms.name_of(evaluation.organisation),
		"section": evaluation.section or "",
		"scale": both.scale,
		"marks": [_marks(row) for row in both.marks],
		"reasons": [row for row in reasons if any(row[1:])],
		"comments": {side.lower(): lines(text) for side, text in both.comments.items()},
		"one_sided": lines(both.one_sided_reason),
		"talk": lines(evaluation.dialogue),
		"talked_on": day(evaluation.talked_on),
		"agreed": agreed if any(agreed) else [],
		"committee": lines(evaluation.committee_view),
		"outcome": word(evaluation.outcome),
		"verified": day(evaluation.verified_on),
	}


def _marks(row: frappe._dict) -> tuple[str, ...]:
	gap = f"{row.gap.size:g}" if row.gap else "－"
	return (
		row["item"] or "",
		row.target or "",
		row.actual or "",
		str(row.city.get("mark") or "－"),
		str(row.organisation.get("mark") or "－"),
		gap,
	)


def _is_released(evaluation: Document) -> bool:
	"""Whether the sheets of both sides are released to the current login; one where the other never evaluated."""
	names = frappe.get_list(SHEET, {"evaluation_round": evaluation.name, "released": 1}, pluck="name", order_by="side")
	return len(names) == frappe.db.count(SHEET, {"evaluation_round": evaluation.name, "released": 1}) > 0


PAPERS = (
	Paper(
		"evaluation",
		ROUND,
		_lt("Mutual Evaluation"),
		record,
		"evaluation_record",
		code="Mutual Evaluation",
		print_format="Kyodo Evaluation Record",
		exists=_is_released,
	),
)
