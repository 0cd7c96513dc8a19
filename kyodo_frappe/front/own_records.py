"""The records of a user by kind for My page, with their stage, and those that are over."""

from collections.abc import Callable
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.utils import getdate

from kyodo_frappe.committee import review_pages
from kyodo_frappe.evaluation import pages as evaluation_pages
from kyodo_frappe.front import own_record_kinds, stages
from kyodo_frappe.learning import registrations
from kyodo_frappe.organisations import pages as organisation_pages
from kyodo_frappe.partnership import project_pages
from kyodo_frappe.permissions.people import WRITERS, organisations_of
from kyodo_frappe.permissions.roles import COMMITTEE, ORGANISATION, SECTION
from kyodo_frappe.proposals import discarding
from kyodo_frappe.proposals import pages as proposal_pages
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.support import cases
from kyodo_frappe.support.pages import organisation as support_pages
from kyodo_frappe.web import words
from kyodo_frappe.workflows.states import DECIDED, OVER, category

PROPOSAL, ROUND, ORGANISATIONS = stages.PROPOSAL, evaluation_pages.ROUND, "Kyodo Organisation"


@dataclass(frozen=True)
class Row:
	"""A record of the user. `state`: English id; `way`: its stages, if it has any; `discard`: page that throws it away, or ""."""

	title: str
	address: str
	state: str
	note: str = ""
	way: stages.Stages | None = None
	over: bool = False
	discard: str = ""


@dataclass
class Found:
	"""What rooms know of the user, asked for once: My page shows it, and finds in it what waits for them."""

	organisations: list[dict] = field(default_factory=list)
	proposals: list[dict] = field(default_factory=list)
	projects: list[dict] = field(default_factory=list)
	evaluations: list[dict] = field(default_factory=list)
	reviews: list[dict] = field(default_factory=list)
	there: set[str] = field(default_factory=set)  # kinds of own_record_kinds.py


@dataclass(frozen=True)
class Kind:
	"""A kind of records on My page. `rows`: called with what was found; `more`: (address, label) of a page with more about it."""

	id: str
	title: str
	rows: Callable[[Found], list[Row]]
	more: tuple[str, str] | None = None


def find() -> Found:
	"""Return what the current user has, as far as their roles have such things."""
	roles = set(frappe.get_roles())
	in_projects = bool(roles & {ORGANISATION, SECTION})
	return Found(
		organisations=organisation_pages.my_organisations(),
		proposals=proposal_pages.own_proposals(),
		projects=project_pages.own_projects() if in_projects else [],
		evaluations=evaluation_pages.own_rounds() if in_projects else [],
		reviews=review_pages.own_reviews() if COMMITTEE in roles else [],
		there=own_record_kinds.there(frappe.session.user),
	)


def kinds() -> list[Kind]:
	"""Return the kinds in the order of My page."""
	return [
		Kind("proposals", _("My proposals"), _proposals),
		Kind("projects", _("My projects"), _projects),
		Kind("evaluations", _("Evaluations I take part in"), _evaluations),
		Kind("reviews", _("Proposals to mark"), _reviews, ("/kyodo/my/reviews", _("To the marks"))),
		Kind("events", _("Events I go to"), _events, ("/kyodo/my/events", _("To the events"))),
		Kind("cases", _("My questions to the support centre"), _cases, ("/kyodo/my/support", _("Ask the support centre"))),
		Kind("organisations", _("My organisations"), _organisations),
	]


# -- by kind -------------------------------------------------------------------------------


def _proposals(found: Found) -> list[Row]:
	# a project or a new proposal has taken its place
	continued = {row.proposal for row in found.projects} | {row.previous_proposal for row in found.proposals}
	writable = organisations_of(frappe.session.user, WRITERS)
	return [
		Row(
			title=row.title,
			address=f"/kyodo/my/proposals/{row.name}",
			state=row.workflow_state,
			note=words.year(row.fiscal_year),
			way=stages.of_proposal(row),
			over=row.name in continued or _is_past(PROPOSAL, row),
			discard=f"/kyodo/my/proposals/{row.name}/discard"
			if row.organisation in writable and discarding.is_unsent(row.workflow_state)
			else "",
		)
		for row in found.proposals
	]


def _is_past(doctype: str, row: dict) -> bool:
	"""Whether a record is over, or was decided in an earlier fiscal year."""
	found = category(doctype, row.workflow_state)
	return found == OVER or (found == DECIDED and (row.fiscal_year or 0) < fiscal_year(getdate()))


def _projects(found: Found) -> list[Row]:
	return [
		Row(
			title=row.project_name,
			address=f"/kyodo/my/projects/{row.name}",
			state=row.workflow_state,
			note=words.year(row.fiscal_year),
			way=stages.of_project(row),
			over=stages.is_over(stages.PROJECT, row.workflow_state),
		)
		for row in found.projects
	]


def _evaluations(found: Found) -> list[Row]:
	return [
		Row(
			title=row.project_name,
			address=f"/kyodo/my/evaluations/{row.name}",
			state=row.workflow_state,
			note=f"{words.year(row.fiscal_year)} {_(row.phase)}",
			way=stages.of_record(ROUND, row.workflow_state),
			over=category(ROUND, row.workflow_state) in (DECIDED, OVER),
		)
		for row in found.evaluations
	]


def _reviews(found: Found) -> list[Row]:
	return [
		Row(
			title=row.title,
			address=f"/kyodo/my/reviews/{row.name}",
			state=_("Marks handed in") if row.submitted_on else _("Marks not handed in"),
			note=words.day(row.meeting_date),
			over=not row.open,
		)
		for row in found.reviews
	]


def _events(found: Found) -> list[Row]:
	if own_record_kinds.EVENTS not in found.there:
		return []
	return [
		Row(
			title=row.event_name,
			address=f"/kyodo/events/{row.event}" if row.audience != "City Staff" else "/kyodo/my/events",
			state=registrations.state_label(row.state),
			note=f"{words.day(row.held_on)} {words.clock(row.begins_at)} {row.place or ''}".strip(),
			over=row.event_state != "Announced" or getdate(row.held_on) < getdate(),
		)
		for row in registrations.list_for_user(frappe.session.user)
	]


def _cases(found: Found) -> list[Row]:
	if ORGANISATION not in frappe.get_roles() or own_record_kinds.CASES not in found.there:
		return []
	return [
		Row(
			title=row.subject,
			address="/kyodo/my/support#cases",
			state=row.state,
			note=words.day(row.received_on),
			over=row.state == cases.CLOSED,
		)
		for row in support_pages.own_cases()
	]


def _organisations(found: Found) -> list[Row]:
	return [
		Row(
			title=row.organisation_name,
			address=f"/kyodo/my/organisation?name={row.name}",
			state=row.workflow_state,
			note=f"{_('Valid Until')}: {words.day(row.valid_until)}" if row.valid_until else "",
			way=None if category(ORGANISATIONS, row.workflow_state) == DECIDED else stages.of_record(ORGANISATIONS, row.workflow_state),
			over=stages.is_over(ORGANISATIONS, row.workflow_state),
		)
		for row in found.organisations
	]
