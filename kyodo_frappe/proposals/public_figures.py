"""The years of proposals in figures, for everybody: public proposals only, counted by the database.

Every function has the same number of queries however many proposals there are.
"""

from collections import defaultdict

import frappe
from frappe.query_builder import Criterion
from frappe.query_builder.functions import Count, Sum
from frappe.utils import cint, flt

from kyodo_frappe.programme import form_public
from kyodo_frappe.proposals import figures
from kyodo_frappe.proposals.figures import PROPOSAL
from kyodo_frappe.workflows.states import states


def by_year(programme: str) -> dict[int, dict]:
	"""{fiscal year: {proposals, adopted, again, again_adopted, days, asked, granted}} of a running programme.

	again: proposed after a refusal; days: from receipt to decision on average, None without any; asked, granted: yen, asked None where no
	form opens the amount to the public.
	"""
	proposal = frappe.qb.DocType(PROPOSAL)
	public = _public(proposal, programme)
	asked = _asked(programme)
	found = {}
	for row in figures.counts(public, proposal.fiscal_year):
		year = row.fiscal_year
		counts = {name: cint(row[name]) for name in ("proposals", "adopted", "again", "again_adopted", "granted")}
		days = None if row.days is None else round(flt(row.days), 1)
		found[year] = {**counts, "days": days, "asked": asked.get(year)}
	return found


def by_field(programme: str) -> list[dict]:
	"""[{fiscal_year, field, proposals, adopted}]; field: label of a field of activity of the proposing organisation.

	Of organisations that have agreed to show their profile; one with several fields counts in each.
	"""
	proposal, organisation = frappe.qb.DocType(PROPOSAL), frappe.qb.DocType("Kyodo Organisation")
	activity, field = frappe.qb.DocType("Kyodo Organisation Activity"), frappe.qb.DocType("Kyodo Activity Field")
	of_organisation = (activity.parent == organisation.name) & (activity.parenttype == "Kyodo Organisation")
	rows = (
		frappe.qb.from_(proposal)
		.join(organisation)
		.on((organisation.name == proposal.organisation) & (organisation.publish_profile == 1))
		.join(activity)
		.on(of_organisation)
		.join(field)
		.on(field.name == activity.activity_field)
		.select(proposal.fiscal_year, field.label_text.as_("field"), Count(proposal.name).as_("proposals"))
		.select(figures.number(figures.is_adopted(proposal)).as_("adopted"))
		.where(_public(proposal, programme))
		.groupby(proposal.fiscal_year, field.name)
		.orderby(proposal.fiscal_year)
		.orderby(field.code)
		.run(as_dict=True)
	)
	return [{**row, "proposals": cint(row.proposals), "adopted": cint(row.adopted)} for row in rows]


def _public(proposal, programme: str) -> Criterion:
	"""As `public.public_filters` for one programme. The caller has checked that it is no draft."""
	shown = proposal.workflow_state.isin(states(PROPOSAL, public=True))
	return (proposal.programme == programme) & (proposal.publish_consent == 1) & shown & (proposal.fiscal_year > 0)


def _asked(programme: str) -> dict[int, int]:
	"""{fiscal year: yen asked for} of the proposals whose form opens the amount to the public."""
	proposal = frappe.qb.DocType(PROPOSAL)
	form = (proposal.programme, proposal.programme_version, proposal.call)
	rows = (
		frappe.qb.from_(proposal)
		.select(proposal.fiscal_year, *form, Sum(proposal.requested_amount).as_("asked"))
		.where(_public(proposal, programme))
		.groupby(proposal.fiscal_year, *form)
		.orderby(proposal.fiscal_year)
		.run(as_dict=True)
	)
	for number, row in enumerate(rows):
		row.name = f"group {number}"
	opened = form_public.records_that_open(PROPOSAL, rows, "requested_amount")
	found = defaultdict(int)
	for row in rows:
		if row.name in opened:
			found[row.fiscal_year] += cint(row.asked)
	return dict(found)
