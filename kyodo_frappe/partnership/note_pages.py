"""The page of a project's progress notes."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate, nowdate

from kyodo_frappe.common.names import name_of
from kyodo_frappe.partnership import notes as progress_notes
from kyodo_frappe.partnership import parties, portal_fields, report_figures
from kyodo_frappe.partnership.project_frame import opened_project, project_frame
from kyodo_frappe.partnership.public import PICTURES
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.web import forms
from kyodo_frappe.web.blocks import MOST, accepted_files
from kyodo_frappe.web.records import page_record, pick

NOTE = progress_notes.NOTE
REPORT = report_figures.REPORT
NOTES_SHOWN = 200


def notes(name: str) -> dict:
	"""Context of the notes page: notes to acknowledge first, then the latest, and the form for a note. Raises PermissionError."""
	project = opened_project(name)
	side = parties.side_of(project)
	editing = _requested_note(project, side)
	doc = editing or frappe.new_doc(NOTE, project=name, note_date=nowdate())
	typed = forms.refused_input(f"note:{editing.name if editing else 'new'}")
	return {
		**project_frame(project, _("Notes of the project")),
		"notes": _notes(project, side),
		"kinds": [(kind, label) for kind, label in forms.choices(NOTE, "kind")],
		"may_write": bool(side) and not progress_notes.is_over(project),
		"editing": pick(editing, "name", "modified") if editing else None,
		"photos": [pick(row, "name", "document", "file") for row in editing.photos] if editing else [],
		"values": forms.view(doc, portal_fields.NOTE, {}, typed),
		"typed": bool(typed),
		"answers": _typed_answers(),
		"reports": _reports(project),
		"may_open_report": bool(side) and project.workflow_state == "Running",
		"year": fiscal_year(getdate(nowdate())),
		**accepted_files(doc),
	}


def _reports(project: Document) -> list[dict]:
	return frappe.get_list(
		REPORT,
		{"project": project.name},
		["name", "report_kind", "fiscal_year", "workflow_state", "due_date"],
		order_by="creation desc",
		limit=MOST,
	)


def _requested_note(project: Document, side: str | None) -> Document | None:
	name = frappe.form_dict.get("edit")
	if not name or not side:
		return None
	doc = page_record(NOTE, name)
	mine = doc.project == project.name and doc.side == side and not doc.acknowledged_on
	return doc if mine else None


def _typed_answers() -> dict[str, str]:
	"""{note: the answer that was typed before it was refused}."""
	typed = (forms.current_notice() or {}).get("typed") or {}
	return {typed["note"]: typed.get("answer", "")} if typed.get("note") and "answer" in typed else {}


def _notes(project: Document, side: str | None) -> list[dict]:
	rows = frappe.get_list(
		NOTE,
		{"project": project.name},
		[
			*("name", "kind", "side", "note_date", "subject", "note", "participants", "decisions", "next_talk_on", "owner"),
			*("answer", "acknowledged_on", "acknowledged_by", "settled_on", "may_publish", "publish_photos", "creation"),
		],
		order_by="note_date desc, creation desc",
		limit=NOTES_SHOWN,
	)
	photos = _photos([row.name for row in rows])
	days = frappe.get_cached_value("Kyodo Programme", project.programme, "reply_days")
	for row in rows:
		row.photos = photos.get(row.name, [])
		row.by = name_of(row.owner)
		row.answered_by = name_of(row.acknowledged_by) if row.acknowledged_by else ""
		row.late = not row.acknowledged_on and progress_notes.is_overdue(row.creation, days)
		row.mine = side == row.side
		row.to_answer = bool(side) and not row.mine and not row.acknowledged_on
		row.may_settle = (
			bool(side) and row.kind == progress_notes.ISSUE and not row.settled_on and (not row.mine or bool(row.acknowledged_on))
		)
	return sorted(rows, key=lambda row: not row.to_answer)


def _photos(names: list[str]) -> dict[str, list[dict]]:
	"""{note: [{parent, document, file, picture: whether a browser can show it}]}."""
	if not names:
		return {}
	rows = frappe.get_all(
		"Kyodo Attachment",
		{"parenttype": NOTE, "parent": ["in", names], "file": ["is", "set"]},
		["parent", "document", "file"],
		order_by="parent asc, idx asc",
	)
	by_note = {}
	for row in rows:
		row.picture = row.file.lower().endswith(PICTURES)
		by_note.setdefault(row.parent, []).append(row)
	return by_note
