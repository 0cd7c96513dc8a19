"""The way of a proposal in phases, for pages: one for each attempt, so that a re-proposal is seen as what it is."""

import frappe
from frappe import _
from frappe.utils import getdate


def attempts(rows: list[dict], current: str | None = None) -> list[dict]:
	"""Return a phase for each attempt (proposals/public.py), linked to its page unless it is the `current` one."""
	found = []
	for number, row in enumerate(rows, start=1):
		label = _("Proposal") if len(rows) == 1 else _("Proposal, attempt {0}").format(number)
		link = None if row.name == current else f"/kyodo/proposals/{row.name}"
		found.append(phase(label, [step(one.on, one.text, one.link) for one in row.steps], link))
	return found


def phase(label: str, steps: list[dict | None], link: str | None = None) -> dict:
	"""Return {label, link, steps} with the steps that have a day, oldest first."""
	return frappe._dict(label=label, link=link, steps=sorted((one for one in steps if one), key=lambda one: one.on))


def step(on, text: str, link: str | None = None) -> dict | None:
	"""Return {on, text, link, coming} of what happens on a day, None without one. coming: whether the day is still to come."""
	return frappe._dict(on=getdate(on), text=text, link=link, coming=getdate(on) > getdate()) if on else None
