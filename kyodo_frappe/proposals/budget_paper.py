"""Papers of proposals, and the budget (収支予算書) that proposals and projects share."""

from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, _lt
from kyodo_frappe.common.printing import number, word, yen
from kyodo_frappe.proposals import paper_forms
from kyodo_frappe.web.papers import Paper

PROPOSAL = "Kyodo Proposal"


def budget(doc: Document) -> dict:
	"""Return {subject, facts, income, expenses, balance, with_years} of a proposal or project.

	income, expenses: {rows, sum}; rows: (year of the term, category, description[, price, quantity, eligible], amount) as texts; the year
	only where the term has several.
	"""
	with_years = any(cint(row.year_number) > 1 for row in (*doc.income, *doc.expenses))
	received, spent = sum(flt(row.amount) for row in doc.income), sum(flt(row.amount) for row in doc.expenses)
	eligible = sum(flt(row.amount) for row in doc.expenses if row.eligible)
	return {
		"subject": doc.get("title") or doc.get("project_name") or "",
		"facts": _facts(doc),
		"with_years": with_years,
		"income": {"rows": [_income(row, with_years) for row in doc.income], "sum": yen(received)},
		"expenses": {"rows": [_expense(row, with_years) for row in doc.expenses], "sum": yen(spent), "eligible": yen(eligible)},
		"balance": yen(received - spent),
		"even": round(received - spent) == 0,
	}


def _facts(doc: Document) -> list[tuple[str, str]]:
	organisation = paper_forms.name_of(doc.organisation) or doc.section or ""
	amount = "granted_amount" if doc.meta.has_field("granted_amount") else "requested_amount"
	return [
		(_("Name of the Project"), doc.get("title") or doc.get("project_name") or ""),
		(_("Organisation"), organisation),
		(_(doc.meta.get_label(amount)), yen(doc.get(amount))),
	]


def _income(row: Document, with_years: bool) -> tuple:
	return (*_year(row, with_years), word(row.category, vocabulary.INCOME), row.description or "", yen(row.amount))


def _expense(row: Document, with_years: bool) -> tuple:
	return (
		*_year(row, with_years),
		vocabulary.word(vocabulary.COST, row.category, RECORD_LANGUAGE),
		row.description or "",
		yen(row.unit_price) if row.unit_price else "",
		number(row.quantity) if row.quantity else "",
		"○" if row.eligible else "",
		yen(row.amount),
	)


def _year(row: Document, with_years: bool) -> tuple:
	return (_("Year {0}").format(cint(row.year_number) or 1),) if with_years else ()


def has_budget(doc: Document) -> bool:
	"""Whether a proposal or project names income or expenses."""
	return bool(doc.income or doc.expenses)


def _form(paper_id: str, doctype: str, title: str, print_format: str) -> Paper:
	return Paper(
		paper_id,
		doctype,
		title,
		lambda doc: paper_forms.form_of(doc),
		"form_text",
		value="form",
		code=paper_forms.FORMS[doctype][0],
		print_format=print_format,
	)


PAPERS = (
	_form("proposal", PROPOSAL, paper_forms.TITLES.source("Proposal"), "Kyodo Proposal Form"),
	Paper(
		"proposal-budget",
		PROPOSAL,
		_lt("Budget of a Project"),
		budget,
		"budget",
		code="Budget of a Project",
		print_format="Kyodo Proposal Budget",
		exists=has_budget,
	),
	_form("organisation", "Kyodo Organisation", paper_forms.TITLES.source("Organisation"), "Kyodo Organisation Form"),
	_form("project-plan", "Kyodo Project", paper_forms.TITLES.source("Project Plan"), "Kyodo Project Plan Form"),
	Paper(
		"project-budget",
		"Kyodo Project",
		_lt("Budget of a Project"),
		budget,
		"budget",
		code="Budget of a Project",
		print_format="Kyodo Project Budget",
		exists=has_budget,
	),
	_form("report", "Kyodo Report", paper_forms.TITLES.source("Report"), "Kyodo Report Form"),
	_form("evaluation-sheet", "Kyodo Evaluation Sheet", paper_forms.TITLES.source("Evaluation"), "Kyodo Evaluation Form"),
)
