"""The story of a project: its way from the first proposal to the evaluation, and the figures of its pictures.

Everything is arranged from what the rooms' public.py return of the project; nothing is read here.
"""

import frappe
from frappe import _

from kyodo_frappe.common import vocabulary
from kyodo_frappe.proposals.timeline import attempts, phase, step
from kyodo_frappe.web import pictures
from kyodo_frappe.web.words import year


def way(row: dict) -> list[dict]:
	"""Return the phases of a project's way, those without a step left out: [{label, link, steps: [{on, text, link, coming}]}].

	`row`: a public project with attempts, agreements, notes, reports and evaluations; coming: whether the day is still to come.
	"""
	phases = [
		*attempts(row.attempts),
		phase(_("Agreeing"), _agreement_steps(row)),
		phase(_("Work"), _work_steps(row)),
		phase(_("Evaluation"), _evaluation_steps(row)),
	]
	return [found for found in phases if found.steps]


def _agreement_steps(row: dict) -> list[dict | None]:
	return [step(one.concluded_on, _("{0} concluded").format(_(one.agreement_kind)), f"#{one.name}") for one in row.agreements]


def _work_steps(row: dict) -> list[dict | None]:
	steps = [step(row.from_date, _("Work begins"))]
	if row.notes:
		text = _("First of {0} notes from the work").format(len(row.notes)) if len(row.notes) > 1 else _("A note from the work")
		steps.append(step(row.notes[0].note_date, text, "#h-notes"))
	steps += [step(one.accepted_on, _("Report accepted ({0})").format(year(one.fiscal_year)), f"#{one.name}") for one in row.reports]
	steps.append(step(row.completed_on, _("Work completed")) if row.completed_on else step(row.to_date, _("Planned end")))
	return steps


def _evaluation_steps(row: dict) -> list[dict | None]:
	return [
		step(one.published_on, _("Evaluation published ({0})").format(f"{year(one.fiscal_year)} {_(one.phase)}"), f"#{one.name}")
		for one in row.evaluations
	]


def latest(phases: list[dict]) -> dict | None:
	"""Return the last step that has happened."""
	happened = [one for found in phases for one in found.steps if not one.coming]
	# the later of one day is the last
	return max(reversed(happened), key=lambda one: one.on, default=None)


def name_photos(notes: list[dict]) -> dict | None:
	"""Set `text` of the notes' photos, in words; returns the latest photo, or None."""
	for note in notes:
		for number, photo in enumerate(note.photos, start=1):
			photo.text = _("{0}: photo {1}").format(note.subject or _(note.kind), number)
	return next((photo for note in reversed(notes) for photo in note.photos), None)


def targets(row: dict) -> dict | None:
	"""Return {report, rows, bars}: the indicators of the last report that shows some, else those of the plan; None without any."""
	report = next((one for one in reversed(row.reports) if one.indicators), None)
	rows = report.indicators if report else row.indicators
	return frappe._dict(report=report, rows=rows, bars=pictures.bars(rows)) if rows else None


def money(row: dict) -> dict | None:
	"""Return {payers, uses, costs} in yen, None without either.

	`payers`: sides, from `costs`, those of the last agreement that names some; `uses`: categories of the plan.
	"""
	costs = next((one.costs for one in reversed(row.agreements) if one.costs), [])
	payers = pictures.parts((cost.side, cost.amount) for cost in costs)
	uses = pictures.parts((vocabulary.word(vocabulary.COST, line.category), line.amount) for line in row.uses)
	return frappe._dict(payers=payers, uses=uses, costs=costs) if payers or uses else None


def draw_marks(evaluation: dict) -> dict:
	"""Set `picture` of each item of a published round: where both sides' marks lie; returns the round."""
	for item in evaluation.marks:
		item.picture = pictures.marks(item.city.get("mark"), item.organisation.get("mark"), evaluation.scale)
	return evaluation
