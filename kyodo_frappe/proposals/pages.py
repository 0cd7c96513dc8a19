"""Pages of one's own proposals: beginning, writing together, following."""

import re

import frappe
from frappe import _
from frappe.model.document import Document
from markupsafe import Markup

from kyodo_frappe.common import corrections
from kyodo_frappe.permissions.people import WRITERS, organisations_of, proposals_open_to_advice, records_with_partner
from kyodo_frappe.permissions.roles import ORGANISATION, SUPPORT
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.programme.form import Field
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.proposals import budget_checks, comments, consents, excel_pages, paper_forms, proposals, together_pages, writing
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals.together_pages import consultations_of
from kyodo_frappe.web import forms, inputs, words
from kyodo_frappe.web.blocks import MOST, sheet_of, task
from kyodo_frappe.web.listing import listing, or_not_found
from kyodo_frappe.web.page import Page
from kyodo_frappe.web.records import page_record, pick
from kyodo_frappe.workflows.states import DECIDED, OVER, WRITING, allows, category, category_of, states


def new_proposal() -> dict:
	"""The first page of a proposal: for whom, and what the city calls kyodo."""
	return {
		"title": _("New proposal"),
		"typed": forms.refused_input("new-proposal"),
		"programmes": _programmes(),
		"organisations": _writable_organisations(),
		"calls": [row for row in programme_public.calls() if row.open],
		"excel": excel_pages.blanks(),
	}


def _programmes() -> list[dict]:
	return frappe.get_all("Kyodo Programme", {"is_active": 1}, ["name", "programme_name", "definition"], order_by="creation asc")


def _writable_organisations() -> list[dict]:
	names = organisations_of(frappe.session.user, WRITERS)
	if not names:
		return []
	return frappe.get_list("Kyodo Organisation", {"name": ["in", names]}, ["name", "organisation_name"], order_by="creation asc")


# -- all of them -------------------------------------------------------------------------


def my_proposals() -> dict:
	"""Every proposal that this login writes or takes part in, by where it stands."""
	groups = {_("To finish"): [], _("In examination"): [], _("Adopted"): [], _("Not adopted or withdrawn"): []}
	for row in _rows():
		groups[_group(row.workflow_state)].append(row)
	found = list(groups.items())
	return {
		"title": _("My proposals"),
		"groups": [(title, some) for title, some in found if some],
		"may_begin": bool(_writable_organisations()),
	}


def _group(state: str) -> str:
	"""Where a proposal stands, as its writers see it; under examination in every state that says nothing else."""
	if state == "Not Adopted":
		return _("Not adopted or withdrawn")
	headings = {WRITING: _("To finish"), DECIDED: _("Adopted"), OVER: _("Not adopted or withdrawn")}
	return headings.get(category("Kyodo Proposal", state), _("In examination"))


def _rows() -> list[dict]:
	user = frappe.session.user
	names = organisations_of(user)
	mine = [*records_with_partner("Kyodo Proposal", user)]
	if SUPPORT in frappe.get_roles():
		mine += proposals_open_to_advice(user)
	if not frappe.has_permission("Kyodo Proposal", "read") or not (names or mine):
		return []
	return frappe.get_list(
		"Kyodo Proposal",
		or_filters={"organisation": ["in", names or [""]], "name": ["in", mine or [""]]},
		fields=["name", "title", "workflow_state", "fiscal_year", "modified", "return_reason"],
		order_by="modified desc",
		limit=500,
	)


# -- one of them ---------------------------------------------------------------------------


def proposal(name: str) -> dict:
	"""The overview of one's own proposal: where it stands, what is to be done, its steps or its text, its record."""
	doc = page_record("Kyodo Proposal", name)
	may_write = doc.has_permission("write")
	editing = may_write and category_of(doc) == WRITING
	ours = may_write and doc.organisation in organisations_of(frappe.session.user, WRITERS)
	return {
		**_frame(doc, editing),
		**together_pages.beside_overview(doc),
		"title": doc.title,
		"reading": None if editing else sheet_of(doc),
		"cautions": budget_checks.cautions(doc) if editing else [],
		"excel": excel_pages.card(doc) if editing else None,
		"may_write": may_write,
		"timeline": proposal_public.timeline([name], public=False),
		"decisions": _decisions(name),
		"letters": _letters(name),
		"consultations": consultations_of({"proposal": name}),
		"may_withdraw": ours and allows(doc, "Withdraw", ORGANISATION),
		"may_propose_again": ours and doc.workflow_state == "Not Adopted",
		"typed": forms.refused_input(f"proposal:{name}"),
	}


def step(name: str, step: str) -> dict:
	"""One step of writing a proposal: its form, with everything that is said about its fields beside them."""
	doc = page_record("Kyodo Proposal", name)
	steps = writing.steps_of(doc)
	if step not in steps:
		raise frappe.PageDoesNotExistError
	may_write = doc.has_permission("write")
	editing = may_write and category_of(doc) == WRITING
	names, tables = writing.written(doc, step, later=not editing) if may_write else ((), {})
	form = writing.Form(doc, names, tables, f"proposal:{name}:{step}")
	title = writing.step_titles()[step]
	return {
		**_frame(doc, editing),
		"title": f"{title} - {doc.title}",
		"step": step,
		"step_title": title,
		**_neighbours(steps, step),
		"form": f"proposal:{name}:{step}",
		"page_key": frappe.generate_hash(length=12),
		"open": names or tables,
		"inputs_of": _inputs(doc, [one for one in steps[step] if one.name in (*names, *tables)]),
		"values": form.values,
		"was": form.was,
		"rows": form.rows,
		"row_places": [row["place"] for rows in form.rows.values() for row in rows],
		"beside": _beside(doc, form.notes),
		"typed": _unsaved_texts(doc, form) if not (names or tables) else [],
		**_parts_of_step(doc, step),
	}


def _neighbours(steps: dict[str, list[Field]], step: str) -> dict[str, str]:
	order = ["", *steps, ""]
	place = order.index(step)
	return {"previous_step": order[place - 1], "next_step": order[place + 1]}


def _inputs(doc: Document, fields: list[Field]) -> list[dict]:
	"""The inputs of a step, each with the criterion that the committee judges it by."""
	criteria = {row.code: row for row in rules_of(doc).criteria}
	shown = []
	for one in fields:
		shown.append(inputs.input_for(one, _calls(doc) if one.name == "call" else None))
		shown[-1].criterion = criteria.get(one.criterion)
		if one.name == "publish_consent":
			shown[-1].help = shown[-1].help or inputs.consent_sentence(doc)
	return shown


def _calls(doc: Document) -> list[tuple[str, str]]:
	"""[(name, shown)] of the calls that are open, and of the one chosen before, which may have closed since."""
	rows = {row.name: row.call_name for row in programme_public.calls() if row.open}
	chosen = _call(doc)
	if chosen and chosen.name not in rows:
		rows = {chosen.name: f"{chosen.call_name}（{_('Call closed')}）", **rows}
	return [("", _("Without a call")), *rows.items()]


def _frame(doc: Document, editing: bool) -> dict:
	"""What every page of a proposal shows."""
	gaps = writing.gaps(doc) if editing else {}
	return {
		"doc": pick(
			doc,
			*("name", "title", "workflow_state", "fiscal_year", "modified", "modified_by", "programme", "origin"),
			*("return_reason", "withdraw_reason", "budget_failed_reason", "acknowledged_on", "acknowledged_text"),
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
	"""What one step shows besides its inputs."""
	if step == "basics":
		return {"chosen_call": _call(doc), "cautions": budget_checks.cautions(doc)}
	if step == "documents":
		return _documents(doc)
	if step == "publication":
		return {"definition": rules_of(doc).definition}
	if step == writing.CHECK:
		return {"obstacles": proposals.obstacles(doc), "cautions": budget_checks.cautions(doc)}
	if step == "money":
		return {"cautions": budget_checks.cautions(doc), "eligible_cost": budget_checks.eligible_cost(doc)}
	return {}


def _documents(doc: Document) -> dict:
	"""Attached files in the rows they belong to: what the programme asks for, others, and estimates of expenses."""
	programme = rules_of(doc)
	files = _files(doc)
	slots = [
		{"document": row.document, "row": row.name, "file": files.get(("file", row.file)), "help": "", "required": 0}
		for row in doc.attachments
	]
	asked = [_asked_document(row, slots) for row in programme.required_documents if row.used_for == "Proposal"]
	named = {slot["row"] for slot in asked}
	return {
		"documents": asked,
		"others": [slot for slot in slots if slot["row"] not in named],
		"estimates": [_estimate(row, files) for row in doc.expenses],
		"form_files": [
			{
				"name": one.name,
				"label": one.label,
				"help": one.help,
				"required": one.required,
				"file": files.get((one.name, doc.get(one.name))),
			}
			for one in writing.steps_of(doc)["documents"]
			if one.is_file
		],
		"accepted": {"types": programme.attachment_types or "", "megabytes": programme.attachment_max_mb},
		"may_attach": category_of(doc) == WRITING and doc.has_permission("write"),
		"typed_document": forms.refused_input(f"proposal:{doc.name}:documents").get("document", ""),
	}


def _asked_document(asked: Document, slots: list[dict]) -> dict:
	there = next((slot for slot in slots if slot["document"] == asked.document), {"row": "", "file": None})
	return {**there, "document": asked.document, "help": asked.help_text or "", "required": asked.required}


def _estimate(row: Document, files: dict[tuple[str, str], dict]) -> dict:
	said = [words.word(row.category, "Kyodo Cost Category"), row.description, words.yen(row.amount)]
	return {"document": " ".join(filter(None, said)), "row": row.name, "file": files.get(("estimate", row.estimate))}


def _files(doc: Document) -> dict[tuple[str, str], dict]:
	"""{(field, address): {name, size, url}} of the files of a proposal; equal contents share an address."""
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
	"""The call a draft answers, also when it has closed since."""
	if not doc.call:
		return None
	return frappe.db.get_value("Kyodo Call", doc.call, ["name", "call_name", "closes_on", "ceiling", "rate", "rounding"], as_dict=True)


def _beside(doc: Document, notes: dict[str, list[dict]]) -> dict[str, list[dict]]:
	"""{place: [what is said about it]}; each has a kind: problem, conflict, correction, advice or comment."""
	found = {place: list(rows) for place, rows in notes.items()}
	said = (
		("correction", corrections.open_by_field(doc)),
		("advice", proposals.advice_for(doc)),
		("comment", comments.beside(doc.name)),
	)
	for kind, by_place in said:
		for place, rows in by_place.items():
			found.setdefault(place, []).extend({**row, "kind": kind} for row in rows)
	return found


def _unsaved_texts(doc: Document, form: writing.Form) -> list[tuple[str, str]]:
	"""What was typed into a form that is closed by now, to be copied from the page: [(heading, text)]."""
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
		["name", "result", "decided_on", "amount", "conditions", "advice", "replaces"],
		order_by="decided_on asc, creation asc",
	)
	if rows:
		names = [row.name for row in rows]
		corrected, scores = proposal_public.corrections_of(names), proposal_public.scores_of(names)
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


def paper(name: str) -> dict:
	"""The proposal on the city's form, at any time."""
	doc = page_record("Kyodo Proposal", name)
	return {"title": doc.title, "doc": pick(doc, "name"), "body": Markup(paper_forms.body_of(doc))}


# -- what everybody sees ---------------------------------------------------------------


def public_proposals() -> dict:
	shown = states("Kyodo Proposal", public=True)
	return listing(_("Proposals"), "/kyodo/proposals", proposal_public.proposals, shown, proposal_public.years())


def public_proposal(name: str) -> dict:
	row = or_not_found(proposal_public.proposal(name))
	return {"title": row.title, "row": row, "whose": row.programme}


# -- on one's own page -----------------------------------------------------------------


def own_proposals() -> list[dict]:
	"""Proposals of the login's organisations, the last changed first."""
	names = organisations_of(frappe.session.user)
	if not names or not frappe.has_permission("Kyodo Proposal", "read"):
		return []
	return frappe.get_list(
		"Kyodo Proposal",
		{"organisation": ["in", names]},
		["name", "title", "workflow_state", "fiscal_year", "modified", "return_reason", "previous_proposal"],
		order_by="modified desc",
		limit=MOST,
	)


def tasks(mine: list[dict]) -> list[dict]:
	"""Drafts to finish, what came back, and what waits for one's consent. `mine`: own_proposals()."""
	found = []
	for row in mine:
		if category("Kyodo Proposal", row.workflow_state) == WRITING:
			kind = _("Draft to finish") if row.workflow_state == "Draft" else _("Returned proposal")
			found.append(
				task(kind, row.title, f"/kyodo/my/proposals/{row.name}", row.return_reason if row.workflow_state == "Returned" else "")
			)
	return found


def consents_to_give() -> list[dict]:
	"""Proposals that others have written with one's organisation in them, and that wait for its word."""
	return [
		task(_("Proposal that needs your consent"), row.title, f"/kyodo/my/proposals/{row.name}")
		for row in consents.asked_of(frappe.session.user)
	]


PAGES = (
	Page("proposals", "proposals/public_proposals", public_proposals, menu="Proposals"),
	Page("proposals/<name>", "proposals/public_proposal", public_proposal),
	Page("my/proposals", "proposals/proposals", my_proposals),
	Page("my/proposals/new", "proposals/proposal_new", new_proposal),
	Page("my/proposals/<name>", "proposals/proposal", proposal),
	Page("my/proposals/<name>/print", "proposals/proposal_print", paper),
	Page("my/proposals/<name>/excel", "proposals/proposal_excel", excel_pages.preview),
	Page("my/proposals/<name>/together", "proposals/proposal_together", together_pages.together),
	Page("my/proposals/<name>/<step>", "proposals/proposal_step", step),
	Page("my/consultations", "proposals/consultations", together_pages.consultations),
)
