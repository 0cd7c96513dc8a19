"""Drafting an agreement from the plan of its project, with the clauses of its form of collaboration.

Source: domain.md §4 協定書 (the clauses).
"""

import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe.common import printing, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.letters.wording import fill
from kyodo_frappe.partnership import dissolution
from kyodo_frappe.partnership import parties as project_parties
from kyodo_frappe.partnership.agreement_text import ACTIVE_PROJECT, AGREED_PLAN, AGREEMENT, ANNEXES, CURRENT, TABLES, iso_day, table_rows
from kyodo_frappe.partnership.errors import ProjectNotActive, TextFixed
from kyodo_frappe.programme import city_words
from kyodo_frappe.programme.versions import rules_of, rules_of_project
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.workflows.states import category_of, states


@frappe.whitelist(methods=["POST"])
def draft_for(project: str, kind: str = "Agreement") -> str:
	"""Draft the agreement of a project from its plan and the programme's clauses; either side or the office may.

	`kind`: Agreement, or Memorandum or Minutes where the programme or the form does not require an agreement document.
	Returns the name of the draft, or of the current agreement if there is one. Raises PermissionError, ProjectNotActive,
	OrganisationNotRegistered, AgreementRequired.
	"""
	source = project_parties.get_permitted("Kyodo Project", project, "write")
	project_parties.side_or_office(source)
	existing = frappe.db.get_value(AGREEMENT, {"project": project, "workflow_state": ["in", states(AGREEMENT, *CURRENT)]})
	if existing:
		return existing
	check_project_active(source)
	dissolution.check_organisations_registered(source)
	programme = rules_of(source)
	agreement = frappe.get_doc(
		{
			"doctype": AGREEMENT,
			"project": project,
			"agreement_kind": kind,
			"form": source.form,
			"parties": _parties(source, programme),
			"clauses": _clauses(source, programme) if kind != "Minutes" else [],
			**values_from_plan(source),
		}
	)
	# organisations have no create permission, but may draft as well as the city
	agreement.insert(ignore_permissions=True)
	return agreement.name


def values_from_plan(project: Document) -> dict:
	"""The fields and tables of an agreement that come from the plan of its project."""
	return {
		"effective_from": project.from_date,
		"effective_to": project.to_date,
		**{table: [{field: row.get(field) for field in fields} for row in project.get(table)] for table, fields in AGREED_PLAN.items()},
		"costs": [
			{
				"side": "City" if vocabulary.like(vocabulary.INCOME, row.category) == "City" else "Organisation",
				"description": _year_of(project, row)
				+ (row.description or vocabulary.word(vocabulary.INCOME, row.category, RECORD_LANGUAGE)),
				"amount": row.amount,
			}
			for row in project.income
		],
	}


def _year_of(project: Document, row: Document) -> str:
	"""The fiscal year of a line, to name it by; "" where the project has one year."""
	first = min((year.fiscal_year for year in project.yearly_amounts), default=None)
	return f"{era_year(first + (row.year_number or 1) - 1)} " if first else ""


def _parties(project: Document, programme: Document) -> list[dict]:
	parties = [
		{
			"side": "City",
			"section": project.section,
			"party_name": programme.municipality_name,
			"representative": city_words.mayor(programme),
		}
	]
	for name in project_parties.organisations_in(project):
		organisation = frappe.db.get_value("Kyodo Organisation", name, ["organisation_name", "representative"], as_dict=True)
		parties.append(
			{
				"side": "Organisation",
				"organisation": name,
				"party_name": organisation.organisation_name,
				"representative": organisation.representative,
			}
		)
	return parties


def _clauses(project: Document, programme: Document) -> list[dict]:
	values = _token_values(project, programme)
	return [{"heading": row.heading, "body": fill(row.body, values.get)} for row in _clauses_for_form(programme, project.form)]


def refill_clauses(clauses: list[Document], project: Document) -> list[dict]:
	"""[{heading, body}]: clauses worded by the programme get the dates, amounts and names of the current plan.

	Clauses that the two sides have reworded stay as they are.
	"""
	programme = rules_of(project)
	values = _token_values(project, programme)
	templates = [row.body for row in _clauses_for_form(programme, project.form)]
	rows = []
	for row in clauses:
		own = next((body for body in templates if _is_filled_template(row.body, body)), None)
		rows.append({"heading": row.heading, "body": fill(own, values.get) if own else row.body})
	return rows


def update_term_in_clauses(agreement: Document):
	"""Rewrite the dates in clauses worded by the programme when the term of a draft changes."""
	before = agreement.get_doc_before_save()
	term = lambda doc: (iso_day(doc.effective_from), iso_day(doc.effective_to))
	if not before or agreement.workflow_state != "Drafting" or term(before) == term(agreement):
		return
	project = frappe.get_doc("Kyodo Project", agreement.project)
	project.from_date, project.to_date = agreement.effective_from, agreement.effective_to
	for row, clause in zip(agreement.clauses, refill_clauses(agreement.clauses, project), strict=True):
		row.body = clause["body"]


def _is_filled_template(text: str | None, template: str) -> bool:
	"""Whether a text is the template with any values in place of its tokens."""
	pattern = re.sub(r"\\\{\w+\\\}", ".*", re.escape(template.strip()))
	return bool(re.fullmatch(pattern, (text or "").strip().replace("\r\n", "\n")))


def _token_values(project: Document, programme: Document) -> dict:
	return {
		"project_name": project.project_name,
		"municipality_name": programme.municipality_name,
		"organisation_name": frappe.db.get_value("Kyodo Organisation", project.organisation, "organisation_name") or "",
		"section_name": project.section or "",
		"from_date": era_date(getdate(project.from_date)) if project.from_date else "",
		"to_date": era_date(getdate(project.to_date)) if project.to_date else "",
		"granted_amount": printing.yen(project.granted_amount),
		"retention_years": programme.retention_years,
		**city_words.words_of(programme, project.form),
	}


def _clauses_for_form(programme: Document, form: str | None) -> list[Document]:
	"""The programme's clauses for a form of collaboration, including those for every form."""
	code = next((row.code for row in programme.forms if row.form_name == form), None)
	return [row for row in programme.clauses if not row.form_code or row.form_code == code]


@frappe.whitelist(methods=["POST"])
def take_plan(agreement: str) -> str:
	"""Update a draft to the current plan: roles, schedule, indicators, costs, term and dates in its clauses.

	Returns the name. Raises PermissionError, TextFixed.
	"""
	doc = project_parties.get_permitted(AGREEMENT, agreement, "write", lock=True)
	if doc.workflow_state != "Drafting":
		frappe.throw(_("The text is fixed in the state {0}. Please reopen it first.").format(_(doc.workflow_state)), exc=TextFixed)
	project = frappe.get_doc("Kyodo Project", doc.project)
	doc.update({**values_from_plan(project), "clauses": refill_clauses(doc.clauses, project)})
	doc.save()
	return doc.name


def differences_from_plan(agreement: Document) -> list[str]:
	"""Labels of the fields and tables in which a draft differs from the current plan."""
	plan = frappe.get_doc({"doctype": AGREEMENT, **values_from_plan(frappe.get_doc("Kyodo Project", agreement.project))})
	columns = {**TABLES, **ANNEXES}
	tables = [
		table
		for table in (*AGREED_PLAN, "costs")
		if table_rows(plan, table, columns[table]) != table_rows(agreement, table, columns[table])
	]
	dates = [field for field in ("effective_from", "effective_to") if iso_day(plan.get(field)) != iso_day(agreement.get(field))]
	return [_(agreement.meta.get_label(field)) for field in (*dates, *tables)]


def missing_clauses(agreement: Document) -> list[str]:
	"""Headings of the programme's compulsory clauses that an agreement document lacks.

	Source: 横浜市条例 (purpose, how it is run, roles, costs, responsibility). Memoranda and minutes need none of them.
	"""
	if agreement.agreement_kind != "Agreement":
		return []
	programme = rules_of_project(agreement.project)
	written = {search_key(row.heading) for row in agreement.clauses if (row.body or "").strip()}
	wanted = [row.heading for row in _clauses_for_form(programme, agreement.form) if row.is_minimum]
	return [heading for heading in dict.fromkeys(wanted) if search_key(heading) not in written]


def check_project_active(project: Document):
	"""Raise ProjectNotActive if nothing can be agreed for a project any more."""
	if category_of(project) not in ACTIVE_PROJECT:
		frappe.throw(
			_("The project is in the state {0}, so nothing more can be agreed for it.").format(_(project.workflow_state)),
			exc=ProjectNotActive,
		)
