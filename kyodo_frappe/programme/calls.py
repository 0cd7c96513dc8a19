"""The conditions of a call: who may answer it, when, how often and for how many years."""

import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, escape_html, get_datetime, getdate, now_datetime

from kyodo_frappe.permissions.reading_cache import cached_while_reading
from kyodo_frappe.programme import call_conditions, term
from kyodo_frappe.programme.errors import (
	CallNotOpen,
	CallTermExceeded,
	InvalidStartDay,
	OneProposalPerOrganisation,
	OrganisationTypeNotAccepted,
	OriginNotAccepted,
)
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range
from kyodo_frappe.workflows.states import drafts

CALL = "Kyodo Call"
FIELDS = ["name", "call_name", "fiscal_year", "for_next_year", "opens_on", "closes_on", "years", "section", "one_per_organisation"]
# types of call that a screening of the city's services may lead to (事業の選別)
FROM_SCREENING = ("Theme", "Partner Selection")
ORIGINS = {"Organisation": "accepts_organisation", "City": "accepts_city", "Joint": "accepts_joint"}


class Obstacle(NamedTuple):
	"""Why a proposal cannot be handed in. sentence: the reason and the remedy; exc: the exception to raise."""

	sentence: str
	exc: type[frappe.ValidationError]


def call_of(record: Document | dict) -> dict | None:
	"""Return the call that a proposal answers, or None."""
	return next(iter(_call(record.get("call"))), None) if record.get("call") else None


@cached_while_reading
def _call(name: str) -> list[dict]:
	return frappe.get_all(CALL, {"name": name}, FIELDS, order_by="name")


def obstacles(proposal: Document) -> list[Obstacle]:
	"""Return why the call or the programme of a proposal does not accept it; empty where it does."""
	return [*of_call(proposal), *(Obstacle(sentence, exc) for sentence, exc in call_conditions.unmet(proposal))]


def of_call(proposal: Document) -> list[Obstacle]:
	"""As `obstacles`, without the conditions that organisations and answers have to meet (call_conditions.py)."""
	found = (
		(_origin_not_accepted(proposal), OriginNotAccepted),
		(_type_not_accepted(proposal), OrganisationTypeNotAccepted),
		(_call_not_open(proposal), CallNotOpen),
		(_second_proposal(proposal), OneProposalPerOrganisation),
		(_starts_outside(proposal), InvalidStartDay),
		(_term_too_long(proposal), CallTermExceeded),
	)
	return [Obstacle(sentence, exc) for sentence, exc in found if sentence]


def closing_hour(record: Document | dict) -> str | None:
	"""Return the hour at which the call of a record (with programme and call) closes on its last day, None for midnight."""
	return rules_of(record).closing_hour or None


def is_over(call: dict, hour: str | None, moment: datetime.datetime) -> bool:
	"""Whether a call with `closes_on` is closed at a moment; the minute of the closing hour is still in time."""
	if not call.closes_on:
		return False
	last_day = getdate(call.closes_on)
	return moment.date() > last_day or bool(hour and moment.date() == last_day and f"{moment:%H:%M}" > hour)


def check_one_per_organisation(proposal: Document):
	"""Raise OneProposalPerOrganisation where the call accepts one proposal of each organisation and has one.

	Locks the call: of two proposals that are handed in at the same moment, the second waits here and finds the first.
	"""
	if proposal.call and frappe.db.get_value(CALL, proposal.call, "one_per_organisation", for_update=True):
		if sentence := _second_proposal(proposal, lock=True):
			frappe.throw(escape_html(sentence), exc=OneProposalPerOrganisation)


def first_year(proposal: Document) -> int:
	"""Return the fiscal year in which an adopted proposal begins.

	As its call says; without a call the next year where it waits for a budget (鎌倉 2(2)1(4)), otherwise the year of the decision.
	"""
	call = call_of(proposal)
	if call:
		return call.fiscal_year + (1 if call.for_next_year else 0)
	return (proposal.fiscal_year or fiscal_year(getdate())) + (1 if proposal.needs_budget else 0)


def call_of_project(project: Document | dict) -> str | None:
	"""Return the name of the call that the proposal of a project answers.

	`flags.kyodo_proposal` of a project: that proposal, where the act that makes the project has it.
	"""
	if known := (getattr(project, "flags", None) or {}).get("kyodo_proposal"):
		return known.call
	return frappe.db.get_value("Kyodo Proposal", project.get("proposal"), "call") if project.get("proposal") else None


def check_term(project: Document):
	"""Raise CallTermExceeded for a project that covers more fiscal years than its call allows."""
	call = call_of_project(project)
	most = frappe.db.get_value(CALL, call, "years") if call else 0
	if not most or not (project.from_date and project.to_date):
		return
	years = fiscal_year(getdate(project.to_date)) - fiscal_year(getdate(project.from_date)) + 1
	if years > most:
		frappe.throw(
			_("The call allows {0} fiscal years at most; this term covers {1}. Please shorten it.").format(most, years),
			exc=CallTermExceeded,
		)


def _origin_not_accepted(proposal: Document) -> str | None:
	field = ORIGINS.get(proposal.origin)
	if not field or rules_of(proposal).get(field):
		return None
	return _("This programme does not accept proposals of the origin “{0}”. Please choose another origin, or ask the office.").format(
		_(proposal.origin)
	)


def _type_not_accepted(proposal: Document) -> str | None:
	"""The programme's subjects say who takes part (国立 1(3), 国分寺 市民活動団体の要件); without any, everybody."""
	subjects = rules_of(proposal).subjects
	if not subjects or not proposal.organisation:
		return None
	kind = call_conditions.registered_facts(proposal.organisation).organisation_type
	if any(row.organisation_type == kind and row.may_propose for row in subjects):
		return None
	return _(
		"Organisations of the type “{0}” cannot propose in this programme. They can take part as a partner; please ask the office."
	).format(_(kind))


def _call_not_open(proposal: Document) -> str | None:
	"""The sentence about the dates of the call; a proposal that came in time may be corrected afterwards."""
	call = call_of(proposal)
	if call is None:
		return None
	moment = get_datetime(proposal.first_submitted_on or now_datetime())
	came, hour = moment.date(), closing_hour(proposal)
	if call.opens_on and came < getdate(call.opens_on):
		return _("The call “{0}” opens on {1}. The draft is kept; please hand it in from then on.").format(
			call.call_name, era_date(getdate(call.opens_on))
		)
	if is_over(call, hour, moment):
		return _("The call “{0}” closed on {1}. The draft is kept: please choose another call or none, or wait for the next one.").format(
			call.call_name, f"{era_date(getdate(call.closes_on))} {hour or ''}".strip()
		)
	return None


def _starts_outside(proposal: Document) -> str | None:
	"""The sentence about a first day outside the fiscal year in which the project begins."""
	if not proposal.starts_on:
		return None
	first, last = fiscal_year_range(first_year(proposal))
	if first <= getdate(proposal.starts_on) <= last:
		return None
	return _("The project would begin on {0}. Please choose a day from {1} to {2}.").format(
		era_date(getdate(proposal.starts_on)), era_date(first), era_date(last)
	)


def _term_too_long(proposal: Document) -> str | None:
	"""The sentence for a term that the call, or else the programme, no longer allows."""
	most = term.most(proposal)
	if cint(proposal.term) <= most:
		return None
	return _("A term of {0} years is not possible here: it is from 1 to {1}.").format(proposal.term, most)


def _second_proposal(proposal: Document, lock: bool = False) -> str | None:
	"""`lock`: read what is committed by now, not what the transaction saw when it began."""
	call = call_of(proposal)
	if call is None or not call.one_per_organisation or not proposal.organisation:
		return None
	others = {
		"call": proposal.call,
		"organisation": proposal.organisation,
		"name": ["!=", proposal.name],
		"workflow_state": ["not in", [*drafts("Kyodo Proposal"), "Withdrawn"]],
	}
	other = frappe.db.get_value("Kyodo Proposal", others, "title", order_by="creation asc", for_update=lock)
	if other is None:
		return None
	return _("This call accepts one proposal per organisation, and “{0}” has already been handed in. Withdraw it first.").format(other)
