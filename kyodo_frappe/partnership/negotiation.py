"""Negotiating a plan and its agreement: open points of the two sides, and the history of changes.

Sources: domain.md §2 step 3 (the section in charge and the organisation write plan and agreement together; the office
follows), 鎌倉 2(2)4.
"""

import json
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model import display_fieldtypes
from frappe.model.document import Document
from frappe.query_builder import Criterion
from frappe.utils import now_datetime

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.language import Translated, _lt
from kyodo_frappe.common.names import name_of
from kyodo_frappe.common.queries import by_parent, rows_of
from kyodo_frappe.partnership import parties
from kyodo_frappe.partnership.errors import NoAnswerYet, NotOpen, NotYourSide, ProjectNotActive
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of

POINT = "Kyodo Open Point"
OPEN = "Open"
PROJECT = "Kyodo Project"
AGREEMENT = "Kyodo Agreement"
MAX_ENTRIES = 100
SPEAKERS = Translated({parties.CITY: _lt("City side"), parties.ORGANISATION: _lt("Organisation side"), parties.OFFICE: _lt("Office")})
# fields and tables whose changes both sides see
TRACKED_FIELDS = {
	PROJECT: (
		*("project_name", "plan", "form", "from_date", "to_date", "granted_amount", "roles", "schedule", "indicators"),
		*("people", "risks", "income", "expenses", "workflow_state"),
	),
	AGREEMENT: (
		*("agreement_kind", "form", "effective_from", "effective_to", "amend_reason", "parties", "roles", "costs"),
		*("clauses", "schedule", "indicators", "annexes", "minutes_date", "minutes_text", "workflow_state"),
	),
}


# -- open points -----------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def raise_point(project: str, about: str, subject: str, suggestion: str = "") -> str:
	"""Raise an open point, with the suggestion of the user's side; returns its name.

	Raises NotYourSide, ProjectNotActive, ValidationError without a subject.
	"""
	source, side = _negotiable_project(project)
	if not subject.strip():
		frappe.throw(_("Please enter a subject for the point."), InputMissing)
	point = frappe.get_doc(
		{
			"doctype": POINT,
			"project": project,
			"about": about or "Other",
			"subject": subject.strip(),
			"suggestion": suggestion.strip(),
			"side": side,
			"state": OPEN,
		}
	)
	with by_service(point):
		point.insert(ignore_permissions=True)  # nobody has create permission; the side is checked above
	_notify("Point Raised", point, side, point.suggestion)
	return point.name


@frappe.whitelist(methods=["POST"])
def reply(point: str, said: str) -> str:
	"""Reply to an open point; both sides and the office may. Returns its name. Raises PermissionError, NotOpen, ValidationError."""
	doc = _open_point(point)
	source = _participant_project(doc.project)
	speaker_side = parties.side_or_office(source)
	if not said.strip():
		frappe.throw(_("The reply is empty. Please write it before sending."), InputMissing)
	doc.append(
		"replies",
		{
			"side": speaker_side,
			"said_by": frappe.session.user,
			"speaker": frappe.utils.get_fullname(frappe.session.user),
			"said_on": now_datetime(),
			"said": said.strip(),
		},
	)
	_save(doc)
	_notify("Point Answered", doc, speaker_side, said.strip())
	return doc.name


@frappe.whitelist(methods=["POST"])
def settle(point: str, settlement: str) -> str:
	"""Record what both sides agreed on; returns the name of the point.

	The side that raised the point can settle it only after the other side has replied. Raises NotYourSide, NoAnswerYet,
	NotOpen, ProjectNotActive, ValidationError.
	"""
	doc = _open_point(point)
	source, side = _negotiable_project(doc.project)
	if not settlement.strip():
		frappe.throw(_("Please enter what was agreed."), InputMissing)
	if side == doc.side and not any(row.side == parties.other(side) for row in doc.replies):
		frappe.throw(_("The other side has not replied yet. Please wait for its reply, or withdraw the point."), exc=NoAnswerYet)
	_close(doc, "Settled", settlement.strip())
	_notify("Point Settled", doc, side, doc.settlement)
	return doc.name


@frappe.whitelist(methods=["POST"])
def withdraw(point: str) -> str:
	"""Withdraw a point that one's own side raised; returns its name. Raises NotYourSide, NotOpen, ProjectNotActive."""
	doc = _open_point(point)
	_source, side = _negotiable_project(doc.project)
	if side != doc.side:
		frappe.throw(_("Only the side that raised a point can withdraw it."), exc=NotYourSide)
	_close(doc, "Withdrawn", None)
	return doc.name


def open_points(project: str) -> list[dict]:
	"""[{name, about, subject, side, creation}] of a project's open points, oldest first."""
	return frappe.get_all(
		POINT,
		{"project": project, "state": OPEN},
		["name", "about", "subject", "side", "creation"],
		order_by="creation asc",
	)


def points_of(project: str) -> list[dict]:
	"""All points of a project with their `replies`, open ones first. Raises PermissionError for those who do not take part."""
	_participant_project(project)
	fields = ["name", "about", "subject", "side", "state", "suggestion", "settlement", "settled_on", "creation"]
	points = frappe.get_all(POINT, {"project": project}, fields, order_by="state asc, creation desc", limit=MAX_ENTRIES)
	fields = ["side", "speaker", "said_on", "said"]
	replies = by_parent(rows_of("Kyodo Point Reply", POINT, [point.name for point in points], fields)) if points else {}
	for point in points:
		point.replies = replies.get(point.name, [])
	return points


def side_to_answer(point: Document | dict) -> str | None:
	"""The side that has to answer an open point: the one that did not speak last. None for a closed point."""
	if point.state != OPEN:
		return None
	spoken = [row.side for row in point.replies if row.side in parties.SIDES]
	return parties.other(spoken[-1] if spoken else point.side)


def _open_point(name: str) -> Document:
	doc = parties.get_permitted(POINT, name, lock=True)
	if doc.state != OPEN:
		frappe.throw(_("“{0}” is no longer open ({1}).").format(doc.subject, _(doc.state)), exc=NotOpen)
	return doc


def _negotiable_project(project: str) -> tuple[Document, str]:
	source = _participant_project(project)
	side = parties.check_side(source)
	if category_of(source) not in (WRITING, WAITING):
		frappe.throw(
			_("The project is in the state {0}, so its plan can no longer be negotiated.").format(_(source.workflow_state)),
			exc=ProjectNotActive,
		)
	return source, side


def _participant_project(project: str) -> Document:
	doc = parties.get_permitted(PROJECT, project)
	parties.check_participant(doc)
	return doc


def _close(point: Document, state: str, settlement: str | None):
	point.state = state
	point.settlement = settlement
	point.settled_on = now_datetime()
	point.settled_by = frappe.session.user
	_save(point)


def _save(point: Document):
	point.flags.ignore_permissions = True  # nobody has write permission; the caller has checked who may act
	with by_service(point):
		point.save()


def _speaker_label(speaker_side: str) -> str:
	return SPEAKERS.get(speaker_side, SPEAKERS[parties.OFFICE])


def _notify(event: str, point: Document, speaker_side: str, words: str | None):
	listeners = parties.SIDES if speaker_side == parties.OFFICE else (parties.other(speaker_side),)
	parties.notify(event, point, *listeners, who=_speaker_label(speaker_side), words=words or "")


# -- history of changes --------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def changes_of(project: str, limit: int = MAX_ENTRIES) -> list[dict]:
	"""[{at, who, side, record, label, before, after}] of a project's plan and agreements, the latest first.

	`record`: DocType; `label`: field, or table with column; `before` and `after`: plain texts, empty where a row was added or
	removed. Raises PermissionError for those who do not take part.
	"""
	source = _participant_project(project)
	limit = min(max(limit, 1), MAX_ENTRIES)
	agreements = frappe.get_all(AGREEMENT, {"project": project}, pluck="name", order_by="name")
	rows = _versions({PROJECT: [project], AGREEMENT: agreements}, 2 * limit)
	speakers = {user: _speaker(source, user) for user in {row.owner for row in rows}}
	changes = [
		frappe._dict(at=row.creation, record=row.ref_doctype, **speakers[row.owner], **change)
		for row in rows
		for change in _described_changes(row.ref_doctype, json.loads(row.data or "{}"))
	]
	return changes[:limit]


def _versions(names: dict[str, list[str]], limit: int) -> list[dict]:
	"""The last versions of records {DocType: names}, the latest first. One query."""
	version = frappe.qb.DocType("Version")
	of_records = [(version.ref_doctype == doctype) & version.docname.isin(of_kind) for doctype, of_kind in names.items() if of_kind]
	query = frappe.qb.from_(version).select(version.ref_doctype, version.owner, version.creation, version.data)
	return query.where(Criterion.any(of_records)).orderby(version.creation, order=frappe.qb.desc).limit(limit).run(as_dict=True)


def _speaker(project: Document, user: str) -> dict:
	return {"who": name_of(user), "side": parties.side_of(project, user)}


def _described_changes(doctype: str, change: dict) -> list[dict]:
	"""The changes of tracked fields and tables in the data of one Version."""
	return [*_described_fields(doctype, change), *_described_cells(doctype, change), *_described_rows(doctype, change)]


def _described_fields(doctype: str, change: dict) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	for fieldname, before, after in change.get("changed") or []:
		if fieldname in TRACKED_FIELDS[doctype]:
			label = _("State") if fieldname == "workflow_state" else _(meta.get_label(fieldname))
			yield _change(label, _state_label(fieldname, before), _state_label(fieldname, after))


def _described_cells(doctype: str, change: dict) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	for table, _number, _name, cells in change.get("row_changed") or []:
		if table in TRACKED_FIELDS[doctype]:
			columns = frappe.get_meta(meta.get_field(table).options)
			for fieldname, before, after in cells:
				label = f"{_(meta.get_label(table))}：{_(columns.get_label(fieldname))}"
				yield _change(label, *_choice_labels(columns.get_field(fieldname), before, after))


def _described_rows(doctype: str, change: dict) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	for kind in ("added", "removed"):
		for table, row in change.get(kind) or []:
			if table in TRACKED_FIELDS[doctype]:
				text = _row_text(frappe.get_meta(meta.get_field(table).options), row)
				pair = ("", text) if kind == "added" else (text, "")
				yield _change(_(meta.get_label(table)), *pair)


def _choice_labels(df, *values) -> list:
	return [vocabulary.shown(df, value) if df and vocabulary.is_choice(df) else value for value in values]


def _change(label: str, before, after) -> dict:
	return {"label": label, "before": "" if before is None else str(before), "after": "" if after is None else str(after)}


def _state_label(fieldname: str, value) -> str:
	return _(value) if fieldname in ("workflow_state", "agreement_kind") and value else value


def _row_text(columns, row: dict) -> str:
	shown = [df for df in columns.fields if df.fieldtype not in (*display_fieldtypes, "Attach") and not df.hidden]
	texts = [vocabulary.shown(df, row[df.fieldname]) for df in shown if row.get(df.fieldname)]
	return "　".join(texts)
