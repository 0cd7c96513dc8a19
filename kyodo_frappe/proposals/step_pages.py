"""Pages on which a proposal is written, read once more, handed in, and confirmed by a receipt."""

import re

import frappe
from frappe import _
from frappe.model.document import Document

from kyodo_frappe.common import corrections
from kyodo_frappe.common.names import name_of
from kyodo_frappe.programme import call_conditions, call_words, form_text
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.form import Field
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import budget_checks, comments, later_documents, next_steps, proposals, writing
from kyodo_frappe.web import forms, inputs, words
from kyodo_frappe.web.blocks import accepted_files
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import WRITING, category_of

# -- one step ------------------------------------------------------------------------------


def step(name: str, step: str) -> dict:
	"""Context of one step of writing a proposal: its inputs with the notes beside them."""
	doc = page_record("Kyodo Proposal", name)
	steps = writing.steps_of(doc)
	if step not in steps:
		raise frappe.PageDoesNotExistError
	may_write = doc.has_permission("write")
	editing = may_write and category_of(doc) == WRITING
	names, tables = writing.writable_parts(doc, step, after_submission=not editing) if may_write else ((), {})
	form = writing.StepForm(doc, names, tables, f"proposal:{name}:{step}")
	title = writing.step_titles()[step]
	return {
		**common_context(doc, editing),
		"title": f"{title} - {doc.title}",
		"step": step,
		"step_title": title,
		**_neighbours(steps, step),
		"form": f"proposal:{name}:{step}",
		"page_key": frappe.generate_hash(length=12),
		"open": names or tables,
		"screens": inputs.screens(_inputs(doc, [field for field in steps[step] if field.name in (*names, *tables)])),
		"values": form.values,
		"was": form.was,
		"rows": form.rows,
		"line_totals": {row.name: row.amount for row in doc.expenses},
		"row_places": [row["place"] for rows in form.rows.values() for row in rows],
		"beside": _notes_by_place(doc, form.notes),
		"typed": _unsaved_texts(doc, form) if not (names or tables) else [],
		**_parts_of_step(doc, step),
	}


def _neighbours(steps: dict[str, list[Field]], step: str) -> dict[str, str]:
	order = ["", *steps, ""]
	place = order.index(step)
	return {"previous_step": order[place - 1], "next_step": order[place + 1], "position": place, "count": len(steps)}


def _inputs(doc: Document, fields: list[Field]) -> list[dict]:
	"""The inputs of a step, each with the criterion by which the committee judges it."""
	criteria = {row.code: row for row in rules_of(doc).criteria}
	shown = []
	for field in fields:
		shown.append(inputs.input_for(field, CHOICES[field.name](doc) if field.name in CHOICES else None))
		shown[-1].criterion = criteria.get(field.criterion)
		if field.name == "publish_consent":
			shown[-1].help = shown[-1].help or inputs.consent_sentence(doc)
	return shown


def _call_choices(doc: Document) -> list[tuple[str, str]]:
	"""[(name, label)] of the open calls, and of the chosen one, which may have closed since."""
	rows = {row.name: row.call_name for row in programme_public.calls() if row.open}
	chosen = _call(doc)
	if chosen and chosen.name not in rows:
		rows = {chosen.name: f"{chosen.call_name}（{_('Call closed')}）", **rows}
	return [("", _("Without a call")), *rows.items()]


def _project_choices(doc: Document) -> list[tuple[str, str]]:
	"""[(name, label)] of the projects that a proposal may continue."""
	rows = call_conditions.continuable_projects(doc.organisation)
	return [("", ""), *((row.name, f"{row.project_name}（{words.year(row.fiscal_year)}）") for row in rows)]


# {field: function of a proposal to its choices}, in place of all records that the user may read
CHOICES = {"call": _call_choices, form_of.CONTINUED: _project_choices}


def common_context(doc: Document, editing: bool) -> dict:
	"""What every page of a proposal shows."""
	gaps = writing.gaps(doc) if editing else {}
	so_far = writing.steps_so_far(doc, gaps) if editing else {}
	titles = writing.step_titles()
	return {
		"doc": pick(
			doc,
			*("name", "title", "workflow_state", "fiscal_year", "modified", "modified_by", "programme", "origin"),
			*("return_reason", "withdraw_reason", "budget_failed_reason", "acknowledged_on", "acknowledged_text"),
			*("decline_reason", "move_up_reason", "moved_up_on", "documents_due_on"),
			*("previous_proposal", "total_income", "total_expenses", "publish_consent", "call", "requested_amount", "needs_budget"),
			*("first_submitted_on", "submitted_on", "submitted_by", "documents_handed_in_on"),
		),
		"organisation": frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		"editing": editing,
		"gaps": gaps,
		"steps": [
			{
				"name": step,
				"title": titles[step],
				"address": writing.address_of(doc.name, step),
				"missing": len(gaps.get(step, [])),
				**so_far.get(step, {"state": "", "word": "", "note": ""}),
			}
			for step in writing.steps_of(doc)
		],
	}


def _parts_of_step(doc: Document, step: str) -> dict:
	"""What a step shows besides its inputs."""
	if step == "basics":
		return {"chosen_call": _call(doc), "cautions": budget_checks.cautions(doc)}
	if step == "documents":
		return _documents(doc)
	if step == "publication":
		return {"definition": rules_of(doc).definition}
	if step == writing.CHECK:
		return {**_check(doc), "cautions": budget_checks.cautions(doc), "computation": budget_checks.computation(doc)}
	if step == "money":
		return {"cautions": budget_checks.cautions(doc), "computation": budget_checks.computation(doc)}
	return {}


def _check(doc: Document) -> dict:
	"""The whole proposal as the committee reads it, then what stays with the office; and why it cannot be handed in today."""
	titles = writing.step_titles()
	open_names = {field.name for fields in writing.steps_of(doc).values() for field in fields}
	empty = {name for _label, _step, name in proposals.missing(doc)}
	shown = form_text.blocks(doc, form_of.REVIEW, empty=True)
	known = {block.name for block in shown}
	further = [block for block in form_text.blocks(doc, form_of.PORTAL, empty=True) if block.name not in known]
	for block in (*shown, *further):
		block.address = f"{writing.address_of(doc.name, block.step)}#i-{block.name}" if block.name in open_names else ""
		block.missing = block.name in empty
	steps = dict.fromkeys(block.step for block in shown)
	return {
		"obstacles": [obstacle.sentence for obstacle in proposals.obstacles(doc)],
		"reading": [(titles.get(step, ""), [block for block in shown if block.step == step]) for step in steps],
		"further": further,
	}


def _documents(doc: Document) -> dict:
	"""The attachments by row: the documents that the programme requires, others, and estimates of expenses."""
	files = _files(doc)
	slots = [
		{"document": row.document, "row": row.name, "file": files.get(("file", row.file)), "help": "", "required": 0}
		for row in doc.attachments
	]
	required = [_required_document(row, slots) for row in later_documents.documents_of(doc)]
	named = {slot["row"] for slot in required}
	return {
		"documents": required,
		"others": [slot for slot in slots if slot["row"] not in named],
		"estimates": [_estimate(row, files) for row in doc.expenses] if _takes_estimates(doc) else [],
		"form_files": [
			{
				"name": field.name,
				"label": field.label,
				"help": field.help,
				"required": field.required,
				"file": files.get((field.name, doc.get(field.name))),
			}
			for field in writing.steps_of(doc)["documents"]
			if field.is_file
		],
		"accepted": accepted_files(doc),
		"may_attach": category_of(doc) == WRITING and doc.has_permission("write"),
		"typed_document": forms.refused_input(f"proposal:{doc.name}:documents").get("document", ""),
	}


def _takes_estimates(doc: Document) -> bool:
	"""Whether estimates can be attached, or are only to be read: expenses may be fixed while documents are written."""
	if not later_documents.is_open(doc):
		return True
	return any(field.name == "expenses" for field in later_documents.open_fields(doc)) or any(row.estimate for row in doc.expenses)


def _required_document(row: Document, slots: list[dict]) -> dict:
	slot = next((slot for slot in slots if slot["document"] == row.document), {"row": "", "file": None})
	return {**slot, "document": row.document, "help": row.help_text or "", "required": row.required}


def _estimate(row: Document, files: dict[tuple[str, str], dict]) -> dict:
	texts = [words.word(row.category, "Kyodo Cost Category"), row.description, words.yen(row.amount)]
	return {"document": " ".join(filter(None, texts)), "row": row.name, "file": files.get(("estimate", row.estimate))}


def _files(doc: Document) -> dict[tuple[str, str], dict]:
	"""{(field, url): {name, size, url}} of the files of a proposal; files of equal content share a url."""
	rows = frappe.get_all(
		"File",
		{"attached_to_doctype": doc.doctype, "attached_to_name": doc.name},
		["file_url", "file_name", "file_size", "attached_to_field"],
		order_by="creation asc",
	)
	return {
		(row.attached_to_field, row.file_url): {
			"name": row.file_name,
			"size": words.size(row.file_size),
			"url": row.file_url,
		}
		for row in rows
	}


def _call(doc: Document) -> dict | None:
	"""The call that a draft answers, also when it has closed since."""
	if not doc.call:
		return None
	fields = ["name", "call_name", "closes_on", "ceiling", "rate", "rounding"]
	found = frappe.db.get_value("Kyodo Call", doc.call, fields, as_dict=True)
	if found:
		found.in_words = call_words.describe(found.name)
	return found


def _notes_by_place(doc: Document, notes: dict[str, list[dict]]) -> dict[str, list[dict]]:
	"""{place: [note]}; kind of a note: problem, conflict, correction, advice or comment."""
	found = {place: list(rows) for place, rows in notes.items()}
	sources = (
		("correction", corrections.open_by_field(doc)),
		("advice", proposals.advice_for(doc)),
		("comment", comments.by_part(doc.name)),
	)
	for kind, by_place in sources:
		for place, rows in by_place.items():
			found.setdefault(place, []).extend({**row, "kind": kind} for row in rows)
	return found


def _unsaved_texts(doc: Document, form: writing.StepForm) -> list[tuple[str, str]]:
	"""[(heading, text)] of what was typed into a form that has been closed since, to be copied from the page."""
	kept = []
	for key, text in form.typed.items():
		df = doc.meta.get_field(key)
		row = re.fullmatch(r"([^-]+)-(\d+)-([^-]+)", key)
		table = doc.meta.get_field(row[1]) if row else None
		column = frappe.get_meta(table.options).get_field(row[3]) if table and table.fieldtype == "Table" else None
		if text.strip() and (df or column):
			kept.append((_(df.label) if df else f"{_(table.label)} {int(row[2]) + 1}: {_(column.label)}", text))
	return kept


# -- handing in ------------------------------------------------------------------------------


def hand_in(name: str) -> dict:
	"""Context of the page that confirms that a proposal is handed in.

	Raises PageDoesNotExistError for users who may not write it, and once it is handed in.
	"""
	doc = page_record("Kyodo Proposal", name)
	if not (doc.has_permission("write") and category_of(doc) == WRITING):
		raise frappe.PageDoesNotExistError
	call = _call(doc)
	return {
		**common_context(doc, editing=True),
		"title": _("Hand in the proposal"),
		"call_name": call.call_name if call else "",
		"obstacles": [obstacle.sentence for obstacle in proposals.obstacles(doc)],
		"cautions": [caution for caution in budget_checks.cautions(doc) if not caution.blocking],
		"files": sum(bool(row.file) for row in doc.attachments),
	}


def receipt(name: str) -> dict:
	"""Context of the receipt of a proposal: its number, and when it was handed in. Raises PageDoesNotExistError before that."""
	doc = page_record("Kyodo Proposal", name)
	if not doc.submitted_on:
		raise frappe.PageDoesNotExistError
	call = _call(doc)
	again = doc.first_submitted_on and f"{doc.first_submitted_on:%Y%m%d%H%M}" != f"{doc.submitted_on:%Y%m%d%H%M}"
	return {
		**common_context(doc, editing=False),
		"title": _("Receipt of the proposal"),
		"call_name": call.call_name if call else "",
		"by": name_of(doc.submitted_by) if doc.submitted_by else "",
		"first_on": doc.first_submitted_on if again else None,
		"files": sum(bool(row.file) for row in doc.attachments),
		"next_steps": next_steps.next_steps(doc),
	}


PAGES = (
	Page("my/proposals/<name>/hand-in", "proposals/proposal_hand_in", hand_in),
	Page("my/proposals/<name>/receipt", "proposals/proposal_receipt", receipt),
	Page("my/proposals/<name>/<step>", "proposals/proposal_step", step),
)
