"""The figures of a programme by fiscal year, collected from the rooms and cached, because the page is public.

A job computes figures again that are older than some minutes, so that no visitor waits for them.
"""

import time

import frappe

from kyodo_frappe.common import background
from kyodo_frappe.evaluation import public_figures as partnership_figures
from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.proposals import public_figures as proposal_figures

FRESH_SECONDS, KEEP_SECONDS = 10 * 60, 2 * 24 * 3600


def of(programme: str) -> dict:
	"""Return the result of `compute`, some minutes old, or older while a job computes it. The caller has checked that the programme runs.

	In a large city, the first visitor gets it without the days to an answer, which the job adds.
	"""
	found = frappe.cache.get_value(_key(programme), expires=True)
	if found is None and not partnership_figures.takes_long(programme):
		return refresh(programme)
	if found is None:
		found = _keep(programme, compute(programme, with_answers=False), at=0)
	if time.time() - found["at"] > FRESH_SECONDS:
		background.enqueue("kyodo_frappe.front.yearly_figures.refresh", "long", _key(programme), programme=programme)
	return found["figures"]


def refresh(programme: str) -> dict:
	"""Compute the figures of a programme and keep them (a job)."""
	return _keep(programme, compute(programme), at=time.time())["figures"]


def _keep(programme: str, figures: dict, at: float) -> dict:
	"""Keep figures as those of a moment, and return them with it."""
	found = {"at": at, "figures": figures}
	frappe.cache.set_value(_key(programme), found, expires_in_sec=KEEP_SECONDS)
	return found


def refresh_all():
	"""Compute the figures of all running programmes (daily, before anybody opens the page)."""
	for programme in programme_visibility.running():
		refresh(programme)


def forget(programme: str):
	"""Have the figures of a programme computed again."""
	frappe.cache.delete_value(_key(programme))


def compute(programme: str, with_answers: bool = True) -> dict:
	"""Return {years, fields} of a programme. years: [{fiscal_year, proposals, adopted, again, again_adopted, days, asked, granted,
	projects, answer_city, answer_organisation, rounds, mark_city, mark_organisation, gap}], without gaps, the oldest first; None for what is
	not known. fields: as `proposals.public_figures.by_field`. with_answers: whether to compute the days to an answer, which takes longest.
	"""
	proposals = proposal_figures.by_year(programme)
	answers, gaps = partnership_figures.response_times(programme, with_answers), partnership_figures.gaps(programme)
	known = {*proposals, *answers, *gaps}
	years = range(min(known), max(known) + 1) if known else ()
	rows = [_row(year, proposals.get(year), answers.get(year, {}), gaps.get(year, {})) for year in years]
	return {"years": rows, "fields": proposal_figures.by_field(programme)}


def _row(year: int, proposals: dict | None, answers: dict, gaps: dict) -> dict:
	nothing = {"proposals": 0, "adopted": 0, "again": 0, "again_adopted": 0, "days": None, "asked": None, "granted": 0}
	return {
		"fiscal_year": year,
		**(proposals or nothing),
		"projects": answers.get("projects", 0),
		"answer_city": answers.get("city"),
		"answer_organisation": answers.get("organisation"),
		"rounds": gaps.get("rounds", 0),
		"mark_city": gaps.get("city"),
		"mark_organisation": gaps.get("organisation"),
		"gap": gaps.get("gap"),
	}


def _key(programme: str) -> str:
	return f"kyodo-yearly-figures:{programme}"
