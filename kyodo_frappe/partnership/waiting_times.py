"""How long one side of a project waited for the other, computed from the records.

The number of queries does not depend on the number of projects. Users are assigned to sides by today's members and
officers; people who have left count as the office, which is no side.
"""

import functools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime

import frappe

from kyodo_frappe.common.queries import NO_NAME, among
from kyodo_frappe.partnership.negotiation import TRACKED_FIELDS
from kyodo_frappe.partnership.parties import CITY, OFFICE, ORGANISATION, other
from kyodo_frappe.permissions.people import WRITERS
from kyodo_frappe.rules.equality import Exchange
from kyodo_frappe.workflows.states import WAITING, WRITING, category, states

POINT, NOTE, AGREEMENT, CHANGE = "Kyodo Open Point", "Kyodo Progress Note", "Kyodo Agreement", "Kyodo Plan Change"
REPORT, ROUND, SHEET, PROPOSAL = "Kyodo Report", "Kyodo Evaluation Round", "Kyodo Evaluation Sheet", "Kyodo Proposal"
# {DocType: {state category: the side that has to act}}; AUTHOR: the side that created the record
AUTHOR, OTHER = "author", "other"
RESPONSIBLE = {
	PROPOSAL: {WAITING: CITY, WRITING: ORGANISATION},
	REPORT: {WAITING: CITY, WRITING: ORGANISATION},
	CHANGE: {WAITING: OTHER, WRITING: AUTHOR},
}
# {DocType: (submitted on, answered on)}, used for records without a history
DATE_FIELDS = {
	PROPOSAL: ("submitted_on", "received_on"),
	REPORT: ("submitted_on", "accepted_on"),
	CHANGE: ("submitted_on", "agreed_on"),
}
MAX_VERSIONS = 20000

Exchanges = dict[str, list[Exchange]]


def exchanges(projects: list[dict], records: "ProjectRecords | None" = None) -> Exchanges:
	"""{project: its exchanges}; `projects`: rows with name, organisation, section and proposal; records: of these projects."""
	records = records or ProjectRecords(projects)
	names = records.projects
	found: Exchanges = defaultdict(list)
	for source in (_points(names, records.speakers), _notes(names), _agreements(records), _evaluations(records)):
		for project, exchange in source:
			found[project].append(exchange)
	proposals = {row.proposal: row.name for row in projects if row.proposal}
	for project, exchange in [
		*_exchanges_by_state(REPORT, {"project": ["in", names]}, None),
		*_exchanges_by_state(CHANGE, {"project": ["in", names]}, None),
		*_exchanges_by_state(PROPOSAL, {"name": among(list(proposals))}, proposals),
	]:
		found[project].append(exchange)
	return found


def edits(projects: list[dict], records: "ProjectRecords | None" = None) -> dict[str, list[tuple[str, datetime]]]:
	"""{project: [(side, moment)]} of each change of its plan and agreements; records: of these projects."""
	records = records or ProjectRecords(projects)
	names = records.projects
	agreements = {row.name: row.project for row in records.agreements}
	found = defaultdict(list)
	for doctype, project_of in (("Kyodo Project", {name: name for name in names}), (AGREEMENT, agreements)):
		for row in _versions(doctype, list(project_of)):
			if _is_content_change(doctype, row.data):
				project = project_of[row.docname]
				found[project].append((records.speakers.side(project, row.owner), row.creation))
	return found


class ProjectRecords:
	"""The records of projects that several figures are computed from, read once.

	projects: names of the projects; speakers: the side each user writes for; agreements: rows with name, project, workflow_state,
	offered_on and concluded_on; rounds: rows with name, project, workflow_state and creation, the oldest first.
	"""

	def __init__(self, projects: list[dict]):
		self.projects = [row.name for row in projects] or [NO_NAME]
		of_projects = {"project": ["in", self.projects]}
		self.speakers = SideIndex(projects)
		fields = ["name", "project", "workflow_state", "offered_on", "concluded_on"]
		self.agreements = frappe.get_all(AGREEMENT, of_projects, fields, order_by="name")
		self.rounds = frappe.get_all(
			ROUND, of_projects, ["name", "project", "workflow_state", "creation"], order_by="creation asc, name asc"
		)


class SideIndex:
	"""The side each user writes for, for many projects in three queries."""

	def __init__(self, projects: list[dict]):
		self.section = {row.name: row.section for row in projects}
		self.organisations = {row.name: {row.organisation} - {None} for row in projects}
		for row in frappe.get_all(
			"Kyodo Partner",
			{"parenttype": "Kyodo Project", "parent": among(list(self.section))},
			["parent", "organisation"],
			order_by="idx",
		):
			self.organisations[row.parent].add(row.organisation)
		own = {name for names in self.organisations.values() for name in names}
		self.members = _people("Kyodo Organisation", "Kyodo Organisation Member", own, ["member_role"])
		self.officers = _people("Kyodo Section", "Kyodo Section Member", set(self.section.values()) - {None}, [])

	def side(self, project: str, user: str) -> str:
		"""The side a user writes for in a project, or Office."""
		roles = [self.members[name, user].member_role for name in self.organisations[project] if (name, user) in self.members]
		if roles:
			return ORGANISATION if set(roles) & set(WRITERS) else OFFICE
		return CITY if (self.section[project], user) in self.officers else OFFICE


def _people(parenttype: str, child: str, parents: set[str], more: list[str]) -> dict[tuple[str, str], dict]:
	rows = frappe.get_all(
		child,
		{"parenttype": parenttype, "parent": among(sorted(parents)), "user": ["is", "set"]},
		["parent", "user", *more],
		order_by="idx",
	)
	return {(row.parent, row.user): row for row in rows}


# -- points and notes ---------------------------------------------------------------------------------


def _points(projects: list[str], speakers: SideIndex) -> Iterator[tuple[str, Exchange]]:
	points = frappe.get_all(
		POINT,
		{"project": ["in", projects]},
		["name", "project", "side", "creation", "state", "settled_on", "settled_by"],
		order_by="creation asc",
	)
	replies = defaultdict(list)
	for row in frappe.get_all(
		"Kyodo Point Reply",
		{"parenttype": POINT, "parent": among([point.name for point in points])},
		["parent", "side", "said_on"],
		order_by="idx",
	):
		replies[row.parent].append((row.side, row.said_on))
	for point in points:
		words = [(point.side, point.creation), *replies[point.name]]
		if point.state == "Settled":
			words.append((speakers.side(point.project, point.settled_by), point.settled_on))
		for exchange in _alternations(words, still_open=point.state == "Open"):
			yield point.project, exchange


def _alternations(words: list[tuple[str, datetime]], still_open: bool) -> Iterator[Exchange]:
	"""Exchanges in a conversation: a side has to answer from the other side's first words after its own last ones."""
	speaker, since = words[0]
	for side, moment in words[1:]:
		if side == other(speaker) and side != OFFICE:
			yield Exchange(side, since, moment)
			speaker, since = side, moment
	if still_open:
		yield Exchange(other(speaker), since)


def _notes(projects: list[str]) -> Iterator[tuple[str, Exchange]]:
	for row in frappe.get_all(
		NOTE,
		{"project": ["in", projects], "side": ["is", "set"]},
		["project", "side", "creation", "acknowledged_on"],
		order_by="creation asc",
	):
		yield row.project, Exchange(other(row.side), row.creation, row.acknowledged_on)


# -- agreement ------------------------------------------------------------------------------


def _agreements(records: ProjectRecords) -> Iterator[tuple[str, Exchange]]:
	"""From the offer to the confirmation of each party."""
	unsent = {*states(AGREEMENT, WRITING), "Withdrawn"}
	offered = [row for row in records.agreements if row.offered_on and row.workflow_state not in unsent]
	offered.sort(key=lambda row: row.offered_on)
	names = [row.name for row in offered] or [NO_NAME]
	rows = {"parenttype": AGREEMENT, "parent": ["in", names]}
	confirmed = {
		(row.parent, row.party): row.confirmed_on
		for row in frappe.get_all("Kyodo Agreement Confirmation", rows, ["parent", "party", "confirmed_on"], order_by="idx")
	}
	parties = defaultdict(list)
	for row in frappe.get_all("Kyodo Agreement Party", rows, ["parent", "side", "party_name"], order_by="idx"):
		parties[row.parent].append(row)
	for agreement in offered:
		for party in parties[agreement.name]:
			answered = confirmed.get((agreement.name, party.party_name))
			if answered or agreement.workflow_state == "Offered":
				yield agreement.project, Exchange(party.side, agreement.offered_on, answered)


# -- evaluation ------------------------------------------------------------------------------


def _evaluations(records: ProjectRecords) -> Iterator[tuple[str, Exchange]]:
	"""From the opening of a round to the submission of each side's sheet; never its content."""
	opened = {row.name: row for row in records.rounds}
	for row in frappe.get_all(
		SHEET,
		{"evaluation_round": among(list(opened))},
		["evaluation_round", "project", "side", "submitted_on"],
		order_by="creation asc",
	):
		evaluation = opened[row.evaluation_round]
		if row.submitted_on or evaluation.workflow_state == "Open":
			yield row.project, Exchange(row.side, evaluation.creation, row.submitted_on)


# -- states ----------------------------------------------------------------------------------


def _exchanges_by_state(doctype: str, filters: dict, project_of: dict | None) -> Iterator[tuple[str, Exchange]]:
	"""From the history of states: how long a record stayed in states in which one side has to act."""
	fields = ["name", "workflow_state", *DATE_FIELDS[doctype]]
	fields += ["side"] if doctype == CHANGE else []
	fields += ["project"] if project_of is None else []
	records = frappe.get_all(doctype, filters, fields, order_by="creation asc")
	steps = defaultdict(list)
	for row in _versions(doctype, [record.name for record in records]):
		if state := _new_state(row.data):
			steps[row.docname].append((state, row.creation))
	of_state = functools.cache(lambda state: RESPONSIBLE[doctype].get(category(doctype, state)))
	waiting = states(doctype, WAITING)
	for record in records:
		project = record.project if project_of is None else project_of[record.name]
		known = steps[record.name] or _steps_from_fields(record, DATE_FIELDS[doctype], waiting)
		for exchange in _exchanges_of_record(record, known, of_state):
			yield project, exchange


def _exchanges_of_record(record: dict, steps: list[tuple[str, datetime]], of_state: Callable) -> Iterator[Exchange]:
	"""of_state: who has to act in a state, as RESPONSIBLE says it."""
	for number, (state, moment) in enumerate(steps, 1):
		answered = steps[number][1] if number < len(steps) else None
		if side := _responsible_side(of_state(state) if state else None, record):
			yield Exchange(side, moment, answered)


def _steps_from_fields(record: dict, fields: tuple[str, str], waiting: list[str]) -> list[tuple[str, datetime]]:
	"""waiting: the states in which the record waits for an answer."""
	begun, answered = (record.get(fieldname) for fieldname in fields)
	if not begun:
		return []
	if answered:
		return [(waiting[0], begun), ("", answered)] if waiting else []
	return [(record.workflow_state, begun)] if record.workflow_state in waiting else []


def _responsible_side(responsible: str | None, record: dict) -> str | None:
	if responsible in (AUTHOR, OTHER):
		return record.side if responsible == AUTHOR else other(record.side)
	return responsible


def _versions(doctype: str, names: list[str]) -> list[dict]:
	if not names:
		return []
	return frappe.get_all(
		"Version",
		{"ref_doctype": doctype, "docname": ["in", names]},
		["docname", "owner", "creation", "data"],
		order_by="creation asc",
		limit=MAX_VERSIONS,
	)


def _new_state(data: str) -> str | None:
	"""The state that a Version leads to, if any."""
	changed = json.loads(data or "{}").get("changed") or []
	return next((after for fieldname, _before, after in changed if fieldname == "workflow_state"), None)


def _is_content_change(doctype: str, data: str) -> bool:
	change = json.loads(data or "{}")
	touched = {row[0] for kind in ("changed", "row_changed", "added", "removed") for row in change.get(kind) or []}
	return bool(touched & set(TRACKED_FIELDS[doctype]) - {"workflow_state"})
