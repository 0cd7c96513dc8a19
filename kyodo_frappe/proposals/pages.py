"""Pages of a user's own proposals, and the public ones."""

import re

import frappe
from frappe import _
from frappe.model.document import Document
from markupsafe import Markup

from kyodo_frappe.common import corrections
from kyodo_frappe.permissions.people import WRITERS, organisations_of, proposals_open_to_advice, records_with_partner
from kyodo_frappe.permissions.roles import ORGANISATION, SUPPORT
from kyodo_frappe.programme import call_conditions, call_words
from kyodo_frappe.programme import form as form_of
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.call_budget import granted_by
from kyodo_frappe.programme.form import Field
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import (
	budget_checks,
	comments,
	consents,
	declining,
	discarding,
	excel_pages,
	later_documents,
	paper_forms,
	participation_pages,
	proposals,
	reserve,
	results,
	writing,
)
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals.participation_pages import consultations_of
from kyodo_frappe.web import forms, inputs, words
from kyodo_frappe.web.blocks import sheet_of, task
from kyodo_frappe.web.listing import listing, or_not_found
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import DECIDED, OVER, WRITING, allows, category, category_of, drafts, states


def new_proposal() -> dict:
	"""Context of the page that begins a proposal."""
	organisations = _writable_organisations()
	return {
		"title": _("New proposal"),
		"typed": forms.refused_input("new-proposal"),
		"programmes": _programmes(),
		"organisations": organisations,
		"calls": [row for row in programme_public.calls() if row.open],
		"projects": _continuable(organisations),
		"excel": excel_pages.blanks(),
	}


def _continuable(organisations: list[dict]) -> list[dict]:
	"""The reported projects of these organisations, where an open call is for continued ones."""
	open_calls = [row.name for row in programme_public.calls() if row.open]
	if not frappe.db.exists("Kyodo Call", {"name": ["in", open_calls or [""]], "continued": 1}):
		return []
	return [row for organisation in organisations for row in call_conditions.continuable_projects(organisation.name)]


def _programmes() -> list[dict]:
	return frappe.get_all("Kyodo Programme", {"is_active": 1}, ["name", "programme_name", "definition"], order_by="creation asc")


def _writable_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user, WRITERS)
	if not names:
		return []
	return frappe.get_list("Kyodo Organisation", {"name": ["in", names]}, ["name", "organisation_name"], order_by="creation asc")


# -- all of them -------------------------------------------------------------------------


def my_proposals() -> dict:
	"""Context of the list of proposals that the user writes or takes part in, grouped by state."""
	groups = {
		_("To finish"): [],
		_("In examination"): [],
		_("On the reserve list"): [],
		_("Adopted"): [],
		_("Not adopted or withdrawn"): [],
	}
	for row in _rows():
		groups[_group(row.workflow_state)].append(row)
	return {
		"title": _("My proposals"),
		"groups": [(title, rows) for title, rows in groups.items() if rows],
		"may_begin": bool(_writable_organisations()),
	}


def _group(state: str) -> str:
	"""The heading under which a state is listed; "In examination" for every state that says nothing else."""
	if state == "Not Adopted":
		return _("Not adopted or withdrawn")
	if state == reserve.RESERVE:
		return _("On the reserve list")
	headings = {WRITING: _("To finish"), DECIDED: _("Adopted"), OVER: _("Not adopted or withdrawn")}
	return headings.get(category("Kyodo Proposal", state), _("In examination"))


def _rows() -> list[dict]:
	user = frappe.session.user
	names = organisations_of(user)
	others = [*records_with_partner("Kyodo Proposal", user)]
	if SUPPORT in frappe.get_roles():
		others += proposals_open_to_advice(user)
	if not frappe.has_permission("Kyodo Proposal", "read") or not (names or others):
		return []
	return frappe.get_list(
		"Kyodo Proposal",
		or_filters={"organisation": ["in", names or [""]], "name": ["in", others or [""]]},
		fields=[
			*("name", "title", "workflow_state", "fiscal_year", "modified", "return_reason", "organisation"),
			*("previous_proposal", "first_submitted_on", "received_on", "documents_due_on"),
		],
		order_by="modified desc",
		limit=500,
	)


# -- one of them ---------------------------------------------------------------------------


def proposal(name: str) -> dict:
	"""Context of the overview of a user's own proposal."""
	doc = page_record("Kyodo Proposal", name)
	may_write = doc.has_permission("write")
	editing = may_write and category_of(doc) == WRITING
	is_writer = may_write and doc.organisation in organisations_of(frappe.session.user, WRITERS)
	return {
		**_common_context(doc, editing),
		**participation_pages.overview_context(doc),
		"title": doc.title,
		"reading": None if editing else sheet_of(doc),
		"cautions": budget_checks.cautions(doc) if editing else [],
		"excel": excel_pages.card(doc) if editing else None,
		"may_write": may_write,
		"timeline": proposal_public.timeline([name], public=False),
		"decisions": _decisions(name),
		"letters": _letters(name),
		"consultations": consultations_of({"proposal": name}),
		"may_withdraw": is_writer and allows(doc, "Withdraw", ORGANISATION),
		"may_decline": declining.may_decline(doc, frappe.session.user),
		"has_project": bool(frappe.db.exists("Kyodo Project", {"proposal": name, "workflow_state": ["!=", "Cancelled"]})),
		"may_propose_again": is_writer and doc.workflow_state == "Not Adopted",
		"typed": forms.refused_input(f"proposal:{name}"),
	}


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
		**_common_context(doc, editing),
		"title": f"{title} - {doc.title}",
		"step": step,
		"step_title": title,
		**_neighbours(steps, step),
		"form": f"proposal:{name}:{step}",
		"page_key": frappe.generate_hash(length=12),
		"open": names or tables,
		"inputs_of": _inputs(doc, [field for field in steps[step] if field.name in (*names, *tables)]),
		"values": form.values,
		"was": form.was,
		"rows": form.rows,
		"row_places": [row["place"] for rows in form.rows.values() for row in rows],
		"beside": _notes_by_place(doc, form.notes),
		"typed": _unsaved_texts(doc, form) if not (names or tables) else [],
		**_parts_of_step(doc, step),
	}


def _neighbours(steps: dict[str, list[Field]], step: str) -> dict[str, str]:
	order = ["", *steps, ""]
	place = order.index(step)
	return {"previous_step": order[place - 1], "next_step": order[place + 1]}


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


def _common_context(doc: Document, editing: bool) -> dict:
	"""What every page of a proposal shows."""
	gaps = writing.gaps(doc) if editing else {}
	return {
		"doc": pick(
			doc,
			*("name", "title", "workflow_state", "fiscal_year", "modified", "modified_by", "programme", "origin"),
			*("return_reason", "withdraw_reason", "budget_failed_reason", "acknowledged_on", "acknowledged_text"),
			*("decline_reason", "move_up_reason", "moved_up_on", "documents_due_on"),
			*("previous_proposal", "total_income", "total_expenses", "publish_consent", "call", "requested_amount"),
		),
		"organisation": frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name"),
		"editing": editing,
		"gaps": gaps,
		"steps": [
			{
				"name": step,
				"title": writing.step_titles()[step],
				"address": writing.address_of(doc.name, step),
				"missing": len(gaps.get(step, [])),
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
		obstacles = [obstacle.sentence for obstacle in proposals.obstacles(doc)]
		return {"obstacles": obstacles, "cautions": budget_checks.cautions(doc), "computation": budget_checks.computation(doc)}
	if step == "money":
		return {"cautions": budget_checks.cautions(doc), "computation": budget_checks.computation(doc)}
	return {}


def _documents(doc: Document) -> dict:
	"""The attachments by row: the documents that the programme requires, others, and estimates of expenses."""
	programme = rules_of(doc)
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
		"accepted": {"types": programme.attachment_types or "", "megabytes": programme.attachment_max_mb},
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


def _decisions(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Decision", "read"):
		return []
	rows = frappe.get_list(
		"Kyodo Decision",
		{"proposal": proposal, "docstatus": 1},
		["name", "result", "rank", "decided_on", "amount", "moved_up_amount", "conditions", "below_reason", "advice", "replaces"],
		order_by="decided_on asc, creation asc",
	)
	if rows:
		names = [row.name for row in rows]
		corrected, scores = proposal_public.corrections_of(names), proposal_public.scores_of(names)
		per_item = proposal_public.points_of(names)
		reasons = {}
		for row in frappe.get_all(
			"Kyodo Decision Reason",
			{"parenttype": "Kyodo Decision", "parent": ["in", names]},
			["parent", "question", "finding", "reason"],
			order_by="parent, idx",
		):
			reasons.setdefault(row.parent, []).append(row)
		for row in rows:
			row.update(reasons=reasons.get(row.name, []), corrected_on=corrected.get(row.name), score=scores.get(row.name))
			row.update(points=per_item.get(row.name, []), granted=granted_by(row), rank=row["rank"] if row.result == reserve.RESERVE else 0)
	return rows


def _letters(proposal: str) -> list[dict]:
	if not frappe.has_permission("Kyodo Letter", "read"):
		return []
	return frappe.get_list(
		"Kyodo Letter",
		{"proposal": proposal},
		["name", "letter_number", "issued_on", "subject"],
		order_by="issued_on asc",
	)


def discard(name: str) -> dict:
	"""Context of the page that asks before a draft is thrown away. Raises PageDoesNotExistError where the user may not do it."""
	doc = page_record("Kyodo Proposal", name)
	if not discarding.is_open(doc):
		raise frappe.PageDoesNotExistError
	others = discarding.contributors(doc)
	return {
		"title": _("Throw away this draft?"),
		"doc": pick(doc, "name", "title", "creation", "modified"),
		"others": [(frappe.utils.get_fullname(user), "commented" in what) for user, what in others.items()],
		"files": frappe.db.count("File", {"attached_to_doctype": doc.doctype, "attached_to_name": name}),
	}


def paper(name: str) -> dict:
	"""Context of the print view: the proposal on the city's form."""
	doc = page_record("Kyodo Proposal", name)
	return {"title": doc.title, "doc": pick(doc, "name"), "body": Markup(paper_forms.body_of(doc))}


# -- what everybody sees ---------------------------------------------------------------


def public_proposals() -> dict:
	"""Context of the public list of proposals."""
	shown = states("Kyodo Proposal", public=True)
	return listing(_("Proposals"), "/kyodo/proposals", proposal_public.proposals, shown, proposal_public.years())


def public_proposal(name: str) -> dict:
	"""Context of a public proposal. Raises PageDoesNotExistError for one that is not public."""
	row = or_not_found(proposal_public.proposal(name))
	return {"title": row.title, "row": row, "whose": row.programme}


def public_results() -> dict:
	"""Context of the public list of calls whose results are published."""
	return {"title": _("Results of calls"), "rows": results.calls()}


def public_result(name: str) -> dict:
	"""Context of the public table of results of a call. Raises PageDoesNotExistError where they are not published."""
	row = or_not_found(results.of_call(name))
	return {"title": _("Results: {0}").format(row.call_name), "row": row, "whose": row.programme}


# -- on one's own page -----------------------------------------------------------------


def own_proposals() -> list[dict]:
	"""Proposals that the user writes or takes part in, last changed first; `own`: of the user's organisations."""
	own = set(organisations_of(frappe.session.user))
	return [row.update(own=row.organisation in own) or row for row in _rows()]


def tasks(proposals: list[dict]) -> list[dict]:
	"""Tasks for the front page: drafts and returned proposals among `proposals` (own_proposals())."""
	return [_writing_task(row) for row in proposals if row.own and category("Kyodo Proposal", row.workflow_state) == WRITING]


def _writing_task(row: dict) -> dict:
	address = f"/kyodo/my/proposals/{row.name}"
	if row.workflow_state in drafts("Kyodo Proposal"):
		return task(_("Draft to finish"), row.title, address, act=_("Continue writing"))
	if row.workflow_state == later_documents.WRITING_DOCUMENTS:
		return task(_("Documents to hand in"), row.title, address, "", row.documents_due_on, _("Write the documents"))
	return task(_("Returned proposal"), row.title, address, row.return_reason, act=_("Correct it"))


def consents_to_give() -> list[dict]:
	"""Tasks for the front page: proposals that await the user's consent."""
	return [
		task(_("Proposal that needs your consent"), row.title, f"/kyodo/my/proposals/{row.name}", act=_("Read and consent"))
		for row in consents.proposals_awaiting(frappe.session.user)
	]


PAGES = (
	Page("proposals", "proposals/public_proposals", public_proposals, menu="Proposals"),
	Page("proposals/<name>", "proposals/public_proposal", public_proposal),
	Page("results", "proposals/public_calls_results", public_results),
	Page("results/<name>", "proposals/public_results", public_result),
	Page("my/proposals", "proposals/proposals", my_proposals),
	Page("my/proposals/new", "proposals/proposal_new", new_proposal),
	Page("my/proposals/<name>", "proposals/proposal", proposal),
	Page("my/proposals/<name>/discard", "proposals/proposal_discard", discard),
	Page("my/proposals/<name>/print", "proposals/proposal_print", paper),
	Page("my/proposals/<name>/excel", "proposals/proposal_excel", excel_pages.preview),
	Page("my/proposals/<name>/together", "proposals/proposal_participation", participation_pages.participation),
	Page("my/proposals/<name>/<step>", "proposals/proposal_step", step),
	Page("my/consultations", "proposals/consultations", participation_pages.consultations),
)
