"""The talk about a plan and its agreement: what is open between the two sides, and who changed what, when.

Sources: domain.md §2 step 3 (the section in charge and the organisation write plan and agreement together; the office
follows), 鎌倉 2(2)4.
"""

import json
from collections import defaultdict
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model import display_fieldtypes
from frappe.model.document import Document
from frappe.utils import now_datetime

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import Translated, _lt
from kyodo_frappe.partnership import parties
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of

POINT = "Kyodo Open Point"
PROJECT = "Kyodo Project"
AGREEMENT = "Kyodo Agreement"
MOST = 100
WHO = Translated({parties.CITY: _lt("City side"), parties.ORGANISATION: _lt("Organisation side"), parties.OFFICE: _lt("Office")})
# what a change of these says to both sides; anything else in a Version stays where it is
SHOWN = {
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
	"""Put a point on the table, with what one's side suggests; returns its name.

	Raises PermissionError for who speaks for neither side, ValidationError without a subject or after completion.
	"""
	source, side = _at_the_table(project)
	if not subject.strip():
		frappe.throw(_("Please say in a few words what is to be talked about."))
	point = frappe.get_doc(
		{
			"doctype": POINT,
			"project": project,
			"about": about or "Other",
			"subject": subject.strip(),
			"suggestion": suggestion.strip(),
			"side": side,
			"state": "Open",
		}
	)
	with by_service(point):
		point.insert(ignore_permissions=True)  # points come into being here only; the side was asked for above
	_tell("Point Raised", point, side, point.suggestion)
	return point.name


@frappe.whitelist(methods=["POST"])
def reply(point: str, said: str) -> str:
	"""Answer a point; both sides and the office may. Returns its name. Raises PermissionError, ValidationError."""
	doc = _open_point(point)
	source = _readable(doc.project)
	voice = parties.voice_of(source)
	if not said.strip():
		frappe.throw(_("The answer is empty. Please write it before you send it."))
	doc.append(
		"replies",
		{
			"side": voice,
			"said_by": frappe.session.user,
			"speaker": frappe.utils.get_fullname(frappe.session.user),
			"said_on": now_datetime(),
			"said": said.strip(),
		},
	)
	_save(doc)
	_tell("Point Answered", doc, voice, said.strip())
	return doc.name


@frappe.whitelist(methods=["POST"])
def settle(point: str, settlement: str) -> str:
	"""Record what both sides agreed on. The side that raised a point does so only when the other one has answered it.

	Returns its name. Raises PermissionError, ValidationError.
	"""
	doc = _open_point(point)
	source, side = _at_the_table(doc.project)
	if not settlement.strip():
		frappe.throw(_("Please write down what was agreed."))
	if side == doc.side and not any(row.side == parties.other(side) for row in doc.replies):
		frappe.throw(_("The other side has not answered yet. Wait for its answer, or withdraw the point."), frappe.PermissionError)
	_end(doc, "Settled", settlement.strip())
	_tell("Point Settled", doc, side, doc.settlement)
	return doc.name


@frappe.whitelist(methods=["POST"])
def withdraw(point: str) -> str:
	"""Take one's own side's point from the table. Returns its name. Raises PermissionError, ValidationError."""
	doc = _open_point(point)
	_source, side = _at_the_table(doc.project)
	if side != doc.side:
		frappe.throw(_("Only the side that raised a point can withdraw it."), frappe.PermissionError)
	_end(doc, "Withdrawn", None)
	return doc.name


def open_points(project: str) -> list[dict]:
	"""[{name, about, subject, side, creation}] of what is still open between the two sides, the oldest first."""
	return frappe.get_all(
		POINT,
		{"project": project, "state": "Open"},
		["name", "about", "subject", "side", "creation"],
		order_by="creation asc",
	)


def points_of(project: str) -> list[dict]:
	"""All points of a project with their `replies`, open ones first, for who takes part in it. Raises PermissionError."""
	_readable(project)
	fields = ["name", "about", "subject", "side", "state", "suggestion", "settlement", "settled_on", "creation"]
	points = frappe.get_all(POINT, {"project": project}, fields, order_by="state asc, creation desc", limit=MOST)
	replies = defaultdict(list)
	for row in frappe.get_all(
		"Kyodo Point Reply",
		{"parenttype": POINT, "parent": ["in", [point.name for point in points] or [""]]},
		["parent", "side", "speaker", "said_on", "said"],
		order_by="idx",
	):
		replies[row.parent].append(row)
	for point in points:
		point.replies = replies[point.name]
	return points


def waits_for(point: Document | dict) -> str | None:
	"""The side whose word an open point waits for: the one that did not speak last; None for a settled one."""
	if point.state != "Open":
		return None
	spoken = [row.side for row in point.replies if row.side in parties.SIDES]
	return parties.other(spoken[-1] if spoken else point.side)


def _open_point(name: str) -> Document:
	doc = parties.opened(POINT, name, lock=True)
	if doc.state != "Open":
		frappe.throw(_("“{0}” is not open any more ({1}).").format(doc.subject, _(doc.state)))
	return doc


def _at_the_table(project: str) -> tuple[Document, str]:
	source = _readable(project)
	side = parties.check_side(source)
	if category_of(source) not in (WRITING, WAITING):
		frappe.throw(_("The project is in the state {0}: its plan is not talked over any more.").format(_(source.workflow_state)))
	return source, side


def _readable(project: str) -> Document:
	doc = parties.opened(PROJECT, project)
	parties.check_takes_part(doc)
	return doc


def _end(point: Document, state: str, settlement: str | None):
	point.state = state
	point.settlement = settlement
	point.settled_on = now_datetime()
	point.settled_by = frappe.session.user
	_save(point)


def _save(point: Document):
	point.flags.ignore_permissions = True  # nobody edits a point by hand; who may speak was asked for by the caller
	with by_service(point):
		point.save()


def _who(voice: str) -> str:
	return WHO.get(voice, WHO[parties.OFFICE])


def _tell(event: str, point: Document, voice: str, words: str | None):
	listeners = parties.SIDES if voice == parties.OFFICE else (parties.other(voice),)
	parties.tell(event, point, *listeners, who=_who(voice), words=words or "")


# -- who changed what --------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def changes_of(project: str, limit: int = MOST) -> list[dict]:
	"""[{at, who, side, record, label, before, after}] of plan and agreements, the newest first.

	`record`: DocType; `label`: the field, or the table with its column; before and after are plain texts, empty where a
	row came or went. Raises PermissionError for who does not take part.
	"""
	source = _readable(project)
	limit = min(max(limit, 1), MOST)
	agreements = frappe.get_all(AGREEMENT, {"project": project}, pluck="name", order_by="name")
	rows = [*_versions(PROJECT, [project], limit), *_versions(AGREEMENT, agreements, limit)]
	rows.sort(key=lambda row: row.creation, reverse=True)
	speakers = {user: _speaker(source, user) for user in {row.owner for row in rows}}
	found = [
		frappe._dict(at=row.creation, record=row.ref_doctype, **speakers[row.owner], **change)
		for row in rows
		for change in _told(row.ref_doctype, json.loads(row.data or "{}"))
	]
	return found[:limit]


def _versions(doctype: str, names: list[str], limit: int) -> list[dict]:
	if not names:
		return []
	return frappe.get_all(
		"Version",
		{"ref_doctype": doctype, "docname": ["in", names]},
		["ref_doctype", "owner", "creation", "data"],
		order_by="creation desc",
		limit=limit,
	)


def _speaker(project: Document, user: str) -> dict:
	return {"who": frappe.utils.get_fullname(user), "side": parties.side_of(project, user)}


def _told(doctype: str, change: dict) -> list[dict]:
	"""What a version of Frappe's says of the fields and tables that are shown."""
	return [*_told_fields(doctype, change), *_told_cells(doctype, change), *_told_rows(doctype, change)]


def _told_fields(doctype: str, change: dict) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	for fieldname, before, after in change.get("changed") or []:
		if fieldname in SHOWN[doctype]:
			label = _("State") if fieldname == "workflow_state" else _(meta.get_label(fieldname))
			yield _change(label, _worded(fieldname, before), _worded(fieldname, after))


def _told_cells(doctype: str, change: dict) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	for table, _number, _name, cells in change.get("row_changed") or []:
		if table in SHOWN[doctype]:
			columns = frappe.get_meta(meta.get_field(table).options)
			for fieldname, before, after in cells:
				label = f"{_(meta.get_label(table))}：{_(columns.get_label(fieldname))}"
				yield _change(label, *_choices(columns.get_field(fieldname), before, after))


def _told_rows(doctype: str, change: dict) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	for kind in ("added", "removed"):
		for table, row in change.get(kind) or []:
			if table in SHOWN[doctype]:
				text = _row_text(frappe.get_meta(meta.get_field(table).options), row)
				pair = ("", text) if kind == "added" else (text, "")
				yield _change(_(meta.get_label(table)), *pair)


def _choices(df, *values) -> list:
	return [vocabulary.shown(df, value) if df and vocabulary.is_choice(df) else value for value in values]


def _change(label: str, before, after) -> dict:
	return {"label": label, "before": "" if before is None else str(before), "after": "" if after is None else str(after)}


def _worded(fieldname: str, value) -> str:
	return _(value) if fieldname in ("workflow_state", "agreement_kind") and value else value


def _row_text(columns, row: dict) -> str:
	shown = [df for df in columns.fields if df.fieldtype not in (*display_fieldtypes, "Attach") and not df.hidden]
	texts = [vocabulary.shown(df, row[df.fieldname]) for df in shown if row.get(df.fieldname)]
	return "　".join(texts)
