"""Checks of a draft before it is offered, and of the confirmations afterwards, for its page and its form on the desk."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.partnership import agreement_drafts, agreement_paper, agreement_text, agreements, parties
from kyodo_frappe.rules.era import dates_in, era_date, time_text


@frappe.whitelist(methods=["GET"])
def before_offering(agreement: str) -> dict:
	"""Return what prevents a draft from being offered.

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


@frappe.whitelist(methods=["GET"])
def text_to_confirm(agreement: str) -> dict:
	"""Return the text as a sheet with its hash, for the user who offers or confirms it at the desk.

	Returns {html, content_hash, party: the one the user signs for, or None, position: theirs on record, confirmed: [sentences],
	waiting: [parties]}. The hash is the one that `agreements.confirm` compares. Raises PermissionError.
	"""
	doc = parties.get_permitted(agreement_text.AGREEMENT, agreement)
	party = agreements.party_of(doc, frappe.session.user)
	current = [row for row in doc.confirmations if row.content_hash == doc.content_hash]
	return {
		"html": agreement_paper.screen_of(doc),
		"content_hash": doc.content_hash,
		"party": party and party.party_name,
		"position": party and agreements.recorded_position(party),
		"confirmed": [f"{row.party}　{row.position or ''}　{row.signatory_name}　{_moment(row.confirmed_on)}" for row in current],
		"waiting": agreements.parties_to_confirm(doc),
	}


def clauses_with_other_dates(agreement: Document) -> list[str]:
	"""Headings of the clauses on the term that name dates other than the agreement's own.

	Dates are written into the clauses when a draft is made; clauses that the two sides have reworded do not follow a later
	change of the term.
	"""
	days = {era_date(getdate(day)) for day in (agreement.effective_from, agreement.effective_to) if day}
	term = _("Term", lang=RECORD_LANGUAGE)
	return [row.heading for row in agreement.clauses if term in row.heading and dates_in(row.body) - days]


def _moment(value) -> str:
	moment = get_datetime(value)
	return f"{era_date(moment.date())} {time_text(f'{moment:%H:%M}')}"
