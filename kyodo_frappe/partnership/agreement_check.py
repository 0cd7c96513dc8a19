"""Checks of a draft before it is offered, and of the confirmations afterwards, for its page and its form on the desk."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.partnership import agreement_drafts, agreement_text, agreements, parties
from kyodo_frappe.rules.era import dates_in, era_date


@frappe.whitelist(methods=["GET"])
def before_offering(agreement: str) -> dict:
	"""What stands in the way of offering a draft.

	Returns {missing: [sentences], differs: [labels of fields that differ from the plan], other_days: [headings of clauses that
	name other dates]}. Raises PermissionError.
	"""
	doc = parties.get_permitted(agreement_text.AGREEMENT, agreement)
	return {
		"missing": agreements.missing_for_offer(doc),
		"differs": agreement_drafts.differences_from_plan(doc),
		"other_days": clauses_with_other_dates(doc),
	}


@frappe.whitelist(methods=["GET"])
def confirmations(agreement: str) -> dict:
	"""{waiting: [names of parties that have not confirmed], party: the one the user signs for, or None}. Raises PermissionError."""
	doc = parties.get_permitted(agreement_text.AGREEMENT, agreement)
	party = agreements.party_of(doc, frappe.session.user)
	return {"waiting": agreements.parties_to_confirm(doc), "party": party and party.party_name}


def clauses_with_other_dates(agreement: Document) -> list[str]:
	"""Headings of the clauses on the term that name dates other than the agreement's own.

	Dates are written into the clauses when a draft is made; clauses that the two sides have reworded do not follow a later
	change of the term.
	"""
	days = {era_date(getdate(day)) for day in (agreement.effective_from, agreement.effective_to) if day}
	term = _("Term", lang=RECORD_LANGUAGE)
	return [row.heading for row in agreement.clauses if term in row.heading and dates_in(row.body) - days]
