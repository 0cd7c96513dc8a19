"""The stage of a record, for the progress bars of My page.

It follows from the category of the record's state (workflows/states.py), so that states added by a city work, too.
"""

from dataclasses import dataclass

from frappe import _

from kyodo_frappe.workflows.states import DECIDED, EXAMINED, OVER, WAITING, WRITING, category

PROPOSAL, PROJECT = "Kyodo Proposal", "Kyodo Project"
# {category: place on the way of a proposal and its project}; a project begins where the decision has been made
_PLACES = {
	PROPOSAL: {WRITING: 0, WAITING: 1, EXAMINED: 2, DECIDED: 3},
	PROJECT: {WRITING: 3, WAITING: 4, EXAMINED: 5, DECIDED: 5},
}
DONE, NOW, AHEAD = "done", "now", "ahead"


@dataclass(frozen=True)
class Stages:
	"""A way and the place on it. `steps`: [(label, done, now or ahead)]; `text`: the same in one sentence."""

	steps: list[tuple[str, str]]
	text: str


def of_proposal(row: dict) -> Stages | None:
	"""Return the way of a proposal {workflow_state, first_submitted_on, received_on}; None for one that is over.

	One that is written again, to correct it or for documents after the section talk, has come further than a first draft.
	"""
	place = _PLACES[PROPOSAL].get(category(PROPOSAL, row["workflow_state"]))
	for reached, day in ((WAITING, "first_submitted_on"), (EXAMINED, "received_on")):
		if place is not None and row.get(day):
			place = max(place, _PLACES[PROPOSAL][reached])
	return _at(way(), place)


def of_project(row: dict) -> Stages | None:
	"""Return the way of a project {workflow_state}; None for one that is over."""
	return _at(way(), _PLACES[PROJECT].get(category(PROJECT, row["workflow_state"])))


def of_record(doctype: str, state: str) -> Stages | None:
	"""Return the way of another record with a workflow: written, received, examined, settled. None for one that is over."""
	order = (WRITING, WAITING, EXAMINED, DECIDED)
	found = category(doctype, state)
	return _at(short_way(), order.index(found) if found in order else None)


def is_over(doctype: str, state: str) -> bool:
	"""Whether nothing more happens in a state."""
	return category(doctype, state) == OVER


def way() -> list[str]:
	"""Return the stages from the first draft to the evaluation."""
	return [_("Draft"), _("Reception (stage)"), _("Examination (stage)"), _("Decision"), _("Carrying out (stage)"), _("Evaluation")]


def short_way() -> list[str]:
	"""Return the stages of a record that ends with its decision."""
	return [_("Filling in (stage)"), _("Reception (stage)"), _("Examination (stage)"), _("Settled (stage)")]


def _at(labels: list[str], place: int | None) -> Stages | None:
	if place is None:
		return None
	steps = [(label, DONE if at < place else NOW if at == place else AHEAD) for at, label in enumerate(labels)]
	return Stages(steps, _("Stage {0} of {1}: {2}").format(place + 1, len(labels), labels[place]))
