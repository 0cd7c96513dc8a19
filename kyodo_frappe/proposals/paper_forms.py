"""様式: a city's forms on paper, under the number and title that the city gives them (programme.paper_forms).

Each form is a heading and blocks (facts, texts, tables) in the order of the paper; one template prints them all, as print formats
in the desk and as PDFs in the portal. Forms are built from the stored record: Frappe's print view accepts a document that the
client sends. Sources: domain.md §4 "Proposal set", §6 "paper forms out and in"; 鎌倉 2(2)1(4) 基本シート.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common import printing, vocabulary
from kyodo_frappe.common.language import Translated, _lt, in_record_language
from kyodo_frappe.common.printing import BOUNDS, NO_DATE, SIDES, day, lines, word, yen
from kyodo_frappe.programme import city_words, form, form_text
from kyodo_frappe.programme.versions import Rules, rules_of, rules_of_project
from kyodo_frappe.rules import columns
from kyodo_frappe.rules.achievement import achievement
from kyodo_frappe.rules.era import era_year
from kyodo_frappe.workflows.states import WRITING, category_of

TITLES = Translated(
	{
		"Proposal": _lt("Proposal for a joint project"),
		"Organisation": _lt("Application for registration as a citizens’ group"),
		"Project Plan": _lt("Plan of a joint project"),
		"Report": _lt("Report on a joint project"),
		"Evaluation": _lt("Evaluation sheet of a joint project"),
		"Agreement": _lt("Agreement on a joint project"),
		"Event Certificate": _lt("Event Certificate"),
	}
)
ORIGINS = Translated(
	{
		"Organisation": _lt("Proposal of an organisation"),
		"City": _lt("Proposal of the city"),
		"Joint": _lt("Joint proposal"),
	}
)
PHASES = Translated({"Final": _lt("At completion"), "Annual": _lt("Fiscal year"), "Mid-term": _lt("Mid-term")})
ACHIEVED = Translated({True: _lt("Target reached"), False: _lt("Target not reached")})
# {table of a report: {column: width in percent}}; columns without a heading in the form are computed
REPORT_COLUMNS = {
	"schedule": {"period": 16, "activity": None, "done": 14, "result": None},
	"indicators": {"indicator": None, "baseline": 14, "target": 14, "actual": 14, "achieved": 20},
	"income": {"category": 18, "description": None, "budget": 20, "actual": 20},
	"settlement": {"category": 16, "description": None, "budget": 18, "actual": 18, "recognised": 18},
}
COMPUTED = Translated({"baseline": _lt("At present"), "achieved": _lt("Target reached"), "recognised": _lt("Recognised as eligible")})


def heading(rules: Document | Rules | dict, code: str) -> frappe._dict:
	"""{number, title} of a kind of paper in a programme; the app's title and no number where the programme has none."""
	row = next((row for row in rules.get("paper_forms") or [] if row.code == code), None)
	return frappe._dict(number=(row.number or "") if row else "", title=(row and row.title) or TITLES[code])


def has_excel_form(rules: Document | Rules, code: str) -> bool:
	"""Whether a programme offers a form as Excel, too; one without paper forms does."""
	rows = rules.get("paper_forms") or []
	return not rows or any(row.code == code and row.excel for row in rows)


def paper_form(doc: Document) -> frappe._dict:
	"""Return everything that a print format shows. Raises PermissionError without the right to print the record."""
	stored = frappe.get_doc(doc.doctype, doc.name)
	stored.check_permission("print")
	return form_of(stored)


def pdf_of(doc: Document) -> bytes:
	"""Return the form of a record as a PDF. The caller has checked the permission to read it."""
	shown = form_of(doc)
	head = (f"{shown.title}　{shown.year}", shown.name)
	return printing.pdf(printing.render("form_text", {"form": shown}), shown.title, head=head)


def blank_pdf(proposal: Document) -> bytes:
	"""Return the form of a new proposal, which has no name yet, as a PDF to fill in by hand."""
	shown = form_of(proposal)
	shown.draft = ""
	return printing.pdf(printing.render("form_text", {"form": shown}), shown.title, head=(f"{shown.title}　{shown.year}", ""))


def body_of(doc: Document) -> str:
	"""Return the form of a record as HTML for a page, with its style. The caller has checked the permission to read it."""
	return printing.render("style", {}) + printing.render("form_text", {"form": form_of(doc)})


def form_of(doc: Document) -> frappe._dict:
	"""Return the form of a record in Japanese: {number, title, name, to, year, draft, date, sender, blocks}.

	The caller has checked the permission to read the record.
	"""
	code, build = FORMS[doc.doctype]
	rules = _rules_of(doc)
	programme = frappe.get_cached_doc("Kyodo Programme", rules.name) if rules else frappe._dict()
	with in_record_language():
		return frappe._dict(
			**heading(rules or {}, code),
			name=doc.get("evaluation_round") or doc.name,  # the number of a sheet means nothing to people
			to=city_words.addressee(programme),
			year=f"{programme.programme_name or ''}　{era_year(doc.fiscal_year) if doc.get('fiscal_year') else ''}".strip("　"),
			**build(doc, rules),
		)


def _rules_of(doc: Document) -> Document | Rules | None:
	project = doc.get("project")
	if project and doc.doctype != "Kyodo Project":
		return rules_of_project(project)
	name = doc.get("programme") or frappe.db.get_value("Kyodo Programme", {"is_active": 1}, order_by="creation")
	return rules_of(doc) if doc.get("programme") else frappe.get_cached_doc("Kyodo Programme", name) if name else None


# -- blocks ----------------------------------------------------------------------------------


def _facts(*pairs: tuple) -> dict:
	"""Rows of a label and a text, or a list of lines; an empty one leaves room to be filled in by hand."""
	rows = [(label, text if isinstance(text, list) else [text or ""]) for label, text in pairs]
	return {"kind": "facts", "rows": rows}


def _label(doc: Document, field: str) -> str:
	return _(doc.meta.get_label(field))


def draft_mark(doc: Document) -> str:
	"""Return the line above the title of a paper whose record is still being written; "" once it is handed in."""
	if category_of(doc) != WRITING:
		return ""
	return _("Draft (being rewritten)") if doc.get("first_submitted_on") else _("Draft (not handed in yet)")


def _text(title: str, text: str | None) -> dict:
	return {"kind": "text", "heading": title, "lines": lines(text)}


def _table(title: str, widths: tuple, head: tuple, rows: list[tuple], right: tuple = (), foot: tuple | None = None) -> dict:
	"""A table; widths: percent or None; right: columns of figures, counted from 1."""
	shown = [[cell if isinstance(cell, list) else [cell or ""] for cell in row] for row in rows]
	return {"kind": "table", "heading": title, "widths": widths, "head": head, "rows": shown, "right": right, "foot": foot}


def form_blocks(doc: Document, place: str = form.PAPER) -> list[dict]:
	"""Return the questions and answers of a record in a place (form.PLACES) as blocks; the parts of the sheet are numbered."""
	with in_record_language():
		return _on_paper(form_text.blocks(doc, place, empty=True))


def _on_paper(blocks: list[dict], in_shape: dict[str, dict] | None = None) -> list[dict]:
	"""Blocks of form_text as blocks of a paper. in_shape: {fieldname: block} of tables with a shape of their own."""
	found, number = [], 0
	for block in blocks:
		heading = _("{0} (of an earlier form)").format(block.label) if block.former else block.label
		if block.name in (in_shape or {}):
			found.append({**in_shape[block.name], "heading": heading})
		elif block.kind == form_text.TABLE:
			found.append(_table_of_block(heading, block))
		elif block.kind == form_text.TEXT:
			number += block.step == "sheet"
			found.append({**_text(heading, block.text), "number": number if block.step == "sheet" else 0})
		else:
			if not (found and found[-1]["kind"] == "facts"):
				found.append(_facts())
			found[-1]["rows"].append((heading, lines(block.text) or [""]))
	return found


def _table_of_block(heading: str, block: dict) -> dict:
	if len(block.columns) == 1:
		return {"kind": "text", "heading": heading, "lines": [cells[0] for cells in block["rows"]]}
	texts = [*block["rows"], *([block.total] if block.total else [])]
	widths = columns.shares([heading for heading, _number in block.columns], texts)
	right = tuple(place for place, (_heading, number) in enumerate(block.columns, 1) if number)
	head = tuple(heading for heading, _number in block.columns)
	rows = [tuple(lines(cell) or "" for cell in cells) for cells in block["rows"]]
	return _table(heading, widths, head, rows, right, tuple(block.total) if block.total else None)


def _after_first_facts(blocks: list[dict], known: dict) -> list[dict]:
	"""Add the facts that the app knows of a record to the first facts of its form."""
	if blocks and blocks[0]["kind"] == "facts":
		return [{**blocks[0], "rows": [*blocks[0]["rows"], *known["rows"]]}, *blocks[1:]]
	return [known, *blocks]


def _without_empty(*blocks: dict) -> list[dict]:
	"""Blocks without empty tables and texts; a numbered part stays."""
	return [block for block in blocks if block.get("rows") or block.get("lines") or block.get("number")]


def _organisation(name: str | None) -> frappe._dict:
	fields = ["organisation_name", "representative", "postal_code", "address", "publish_address"]
	row = (frappe.db.get_value("Kyodo Organisation", name, fields, as_dict=True) if name else None) or frappe._dict()
	# the address of a small group is a home address: members of the committee and partners must not see it
	if row and not row.publish_address and not frappe.has_permission("Kyodo Organisation", "read", name):
		row.postal_code = row.address = None
	return row


def name_of(organisation: str | None) -> str:
	"""Return the name of an organisation; "" for none."""
	return _organisation(organisation).organisation_name or ""


def _names(rows) -> list[str]:
	return [_organisation(row.organisation).organisation_name or "" for row in rows] or [""]


# -- the forms ---------------------------------------------------------------------------------


def _proposal(doc: Document, rules: Document | Rules) -> dict:
	sender = _organisation(doc.organisation)
	acknowledged = _("Confirmed on {0}").format(day(doc.acknowledged_on)) if doc.acknowledged_on else _("(not confirmed yet)")
	known = _facts(
		(_("Kind of proposal"), ORIGINS.get(doc.origin, "")),
		*(((_("Organisations that propose it too"), _names(doc.partners)),) if doc.partners else ()),
		(_label(doc, "section"), doc.section or ""),
	)
	confirmed = _facts((_("Confirmation of the purpose and definition of kyodo"), acknowledged))
	return {
		"draft": draft_mark(doc),
		"date": day(doc.submitted_on) or NO_DATE,
		"sender": _sender(sender) if doc.organisation else [doc.section or ""],
		"blocks": _without_empty(*_after_first_facts(form_blocks(doc), known), confirmed),
	}


def _sender(row: frappe._dict) -> list[str]:
	place = " ".join(filter(None, [f"〒{row.postal_code}" if row.postal_code else "", row.address or ""]))
	return [f"{_('Address')}　{place}", *_signed(row)]


def _signed(organisation: Document | frappe._dict) -> list[str]:
	return [_named(organisation.organisation_name), f"{_('Representative')}　{organisation.representative or ''}"]


def _named(organisation: str | None) -> str:
	return f"{_('Name of the organisation')}　{organisation or ''}"


def _registration(doc: Document, rules: Document | Rules | None) -> dict:
	checks = [(row.requirement or row.code, word(row.fulfilled), lines(row.note)) for row in doc.requirement_checks]
	head = (_("Requirement"), _("Fulfilled"), _("Explanation"))
	blocks = [*form_blocks(doc), _table(_label(doc, "requirement_checks"), (None, 12, 34), head, checks)]
	if doc.has_permlevel_access_to("attachments", permission_type="read"):
		documents = [row.document for row in doc.attachments if row.file]
		blocks.append({"kind": "text", "heading": _("Attached documents"), "lines": documents})
	return {
		"draft": draft_mark(doc),
		"date": NO_DATE if category_of(doc) == WRITING else day(doc.registered_on) or NO_DATE,
		"sender": _signed(doc),
		"blocks": _without_empty(*blocks),
	}


def _plan(doc: Document, rules: Document | Rules) -> dict:
	return {
		"draft": _("Draft of a plan") if doc.workflow_state == "Planning" else "",
		"date": NO_DATE,
		"sender": [_named(_organisation(doc.organisation).organisation_name), f"{_label(doc, 'section')}　{doc.section or ''}"],
		"blocks": _without_empty(
			_facts(
				(_("Name of the Project"), doc.project_name),
				*(((_("Organisations that take part"), _names(doc.organisations)),) if doc.organisations else ()),
				(_("Period"), _term(doc.from_date, doc.to_date)),
				(_label(doc, "form"), doc.form or ""),
				(_("City Plan"), doc.plan_or_policy or ""),
				(_("Borne by the city"), yen(doc.granted_amount)),
			),
			_text(_("What we do"), doc.plan),
			*_tables_of_proposal(doc),
			*_people_and_risks(doc),
		),
	}


def _term(begins, ends) -> str:
	if not ends:
		return day(begins)
	return _("from {0} to {1}").format(day(begins), day(ends)) if begins else _("until {0}").format(day(ends))


def _people_and_risks(doc: Document) -> list[dict]:
	people = []
	if doc.has_permlevel_access_to("people", permission_type="read"):
		people = [(SIDES.get(row.side, ""), row.person_name, row.duty, row.contact) for row in doc.people]
	risks = [(lines(row.risk), lines(row.measure), SIDES.get(row.side, "")) for row in doc.risks]
	return [
		_table(_label(doc, "people"), (14, 26, None, 30), (_("Whose side"), _("Full Name"), _("Duty"), _("Contact details")), people),
		_table(_("Worries and precautions"), (None, None, 16), (_("Worry"), _("Precaution"), _("Who takes it on")), risks),
	]


def _tables_of_proposal(project: Document) -> list[dict]:
	"""The tables that a project has from its proposal, under the headings of the proposal's form."""
	fields = form.fields_of({**project.as_dict(), "doctype": form.FORMS["Proposal"], "term": len(project.yearly_amounts)}, form.PAPER)
	shared = [
		field
		for field in fields
		if field.df.fieldtype == "Table"
		and (project.meta.get_field(field.name) or field.df).options == field.df.options
		and project.get(field.name)
	]
	return _on_paper([form_text.block(project, field) for field in shared])


def result_of(row: Document) -> dict:
	"""{indicator, baseline, target, actual, achieved, note} of an indicator as texts; a figure that was not entered is ""."""
	entered = bool(row.actual or row.result_note)
	found = achievement(row.baseline, row.target, row.actual, row.direction)
	share = f"{found.percent:g}％　" if found.percent is not None else ""
	figure = lambda value: f"{value or 0:,.10g}{row.unit or ''}"
	return {
		"indicator": row.indicator,
		"baseline": figure(row.baseline),
		"target": figure(row.target) + (BOUNDS["Lower"] if row.direction == "Lower" else ""),
		"actual": figure(row.actual) if entered else "",
		"achieved": f"{share}{ACHIEVED[bool(found.reached)]}" if entered else "",
		"note": row.result_note or "",
	}


def _report(doc: Document, rules: Document | Rules) -> dict:
	sender = _organisation(doc.organisation)
	fields = form.fields_of(doc, form.PAPER, former=True)
	tables = {field.name: _table_of_report(doc, field) for field in fields if field.name in REPORT_COLUMNS}
	documents = [form_text.block(doc, field) for field in fields if field.is_attachments]
	return {
		"draft": draft_mark(doc),
		"date": day(doc.submitted_on) or NO_DATE,
		"sender": _sender(sender),
		"blocks": _without_empty(
			_facts(
				(_("Name of the Project"), doc.project_name),
				(_("Kind of report"), PHASES.get(doc.report_kind, "")),
				(_label(doc, "section"), doc.section or ""),
				(_("Day of completion"), day(doc.completed_on)),
			),
			*_on_paper([form_text.block(doc, field) for field in fields if not field.is_attachments], tables),
			*_settlement(doc),
			*_on_paper(documents),
		),
	}


def blocks_beside_plan(report: Document, place: str) -> list[dict]:
	"""Return what a report asks in a place, except the tables that follow the plan, as blocks."""
	with in_record_language():
		fields = [field for field in form.fields_of(report, place, former=True) if field.name not in REPORT_COLUMNS]
		return _without_empty(*_on_paper([form_text.block(report, field) for field in fields]))


def _table_of_report(doc: Document, field: form.Field) -> dict:
	"""A table that follows the plan, under the headings of the report's form."""
	rows = {
		"schedule": lambda row: (row.period, lines(row.activity), word(row.done), lines(row.result)),
		"indicators": lambda row: tuple(result_of(row)[column] for column in REPORT_COLUMNS["indicators"]),
		"income": lambda row: (word(row.category, vocabulary.INCOME), row.description, yen(row.budget), yen(row.actual)),
		"settlement": lambda row: (word(row.category), row.description, yen(row.budget), yen(row.actual), yen(row.recognised)),
	}[field.name]
	shown = REPORT_COLUMNS[field.name]
	head = tuple(field.columns.get(name) or COMPUTED.get(name) or _(field.row_meta.get_label(name)) for name in shown)
	right = tuple(place for place, name in enumerate(shown, 1) if (df := field.column(name)) and df.fieldtype in form.NUMBERS)
	foot = (_("Total of the lines"), "", "", yen(doc.total_cost), yen(doc.eligible_cost)) if field.name == "settlement" else None
	return _table(field.label, tuple(shown.values()), head, [rows(row) for row in doc.get(field.name)], right, foot)


def _settlement(doc: Document) -> list[dict]:
	amounts = [(_label(doc, field), yen(doc.get(field))) for field in ("granted_amount", "settled_amount", "unused_amount")]
	balance = (_("Amount to pay back"), doc.refund_amount) if doc.refund_amount else (_("Amount that will be paid"), doc.payable_amount)
	return [
		_facts(*amounts, (_("Amount paid already"), yen(doc.paid_amount)), (balance[0], yen(balance[1]))),
		_text(_("Explanation of the settlement"), doc.settlement_note),
	]


def _evaluation(doc: Document, rules: Document | Rules) -> dict:
	"""One side's sheet without anything of the other side's, and the facts of the round."""
	evaluation = frappe.get_doc("Kyodo Evaluation Round", doc.evaluation_round)
	items = {row.code: row for row in evaluation.get("items")}
	cells = []
	for row in doc.marks:
		item = items.get(row.item_code) or frappe._dict()
		cells.append((row.item, item.target, item.actual, str(row.mark or ""), lines(row.reason)))
	of_organisation = doc.side == "Organisation"
	name = _organisation(doc.organisation).organisation_name if of_organisation else doc.section
	return {
		"draft": "" if doc.submitted_on else _("Draft (not handed in yet)"),
		"date": day(doc.submitted_on) or NO_DATE,
		"sender": [f"{_label(doc, 'organisation' if of_organisation else 'section')}　{name or ''}"],
		"blocks": _without_empty(
			_facts(
				(_("Name of the Project"), doc.project_name),
				(_("What is evaluated"), f"{era_year(evaluation.fiscal_year)}　{word(evaluation.phase)}"),
				(_("Side that evaluates"), SIDES[doc.side]),
				(_("Points"), _("from 1 to {0} ({0} is the best)").format(cint(rules.evaluation_scale) or 5)),
			),
			_table(_("Evaluation"), (None, 15, 15, 8, 34), (_("Item"), _("Aim"), _("Actual"), _("Score"), _("Reason")), cells, (4,)),
			_text(_("Opinion on the whole"), doc.comment),
		),
	}


FORMS = {
	"Kyodo Proposal": ("Proposal", _proposal),
	"Kyodo Organisation": ("Organisation", _registration),
	"Kyodo Project": ("Project Plan", _plan),
	"Kyodo Report": ("Report", _report),
	"Kyodo Evaluation Sheet": ("Evaluation", _evaluation),
}
