"""Expenses as they are paid, each with its voucher: recorded by the side that paid, looked at by the office.

What is wrong with a voucher is found at once and never keeps anybody from recording it (rules/receipts.py); whether it is
recognised shows in the settlement (partnership/report_figures.py).
"""

from collections import defaultdict
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate, now_datetime, nowdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.partnership import parties
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules import receipts
from kyodo_frappe.rules.era import era_date, fiscal_year
from kyodo_frappe.rules.textkeys import search_key
from kyodo_frappe.workflows.guard import by_service, changed_by_user
from kyodo_frappe.workflows.states import DECIDED, states

EXPENSE = "Kyodo Expense"
VOUCHER_FIELDS = [
	*("name", "side", "fiscal_year", "paid_on", "amount", "budget_line", "category", "description", "payee"),
	*("addressee", "receipt", "finding", "refused", "checked_on", "organisation"),
]
CONTENT = ("paid_on", "amount", "budget_line", "category", "description", "payee", "addressee", "receipt")


@dataclass(frozen=True)
class Voucher:
	"""A recorded expense and what is recognised of it. row: its stored fields; recognised: yen; reasons: why not all."""

	row: dict
	recognised: int
	reasons: tuple[str, ...]


# -- recording -----------------------------------------------------------------------------


def prepare(expense: Document):
	"""What the server says about an expense that is being saved: side, year, category, findings.

	Raises PermissionError for who does not write for the side that paid, ValidationError for what cannot be recorded.
	"""
	project = frappe.get_doc("Kyodo Project", expense.project)
	if expense.is_new():
		expense.side = parties.check_side(project)
	elif not expense.flags.kyodo_service:
		_check_own(expense, project)
	if project.workflow_state == "Planning":
		frappe.throw(_("The project has not begun yet: expenses are recorded once it runs."))
	_check_values(expense)
	expense.fiscal_year = fiscal_year(getdate(expense.paid_on))
	_check_open(expense)
	if line := _line(expense, project):
		expense.category = line.category
	_forget_check(expense)
	expense.finding = "\n".join(said(finding) for finding in _findings(expense, project)) or None


def check_deletable(expense: Document):
	"""Raise PermissionError or ValidationError where an expense must stay."""
	if frappe.session.user == "Administrator":  # who removes whole records, from outside the partnership
		return
	_check_own(expense, frappe.get_doc("Kyodo Project", expense.project))
	_check_open(expense)


def _check_own(expense: Document, project: Document):
	if parties.side_of(project) != expense.side:
		frappe.throw(
			_("This expense was recorded by the side “{0}”; only that side changes it.").format(_(expense.side)),
			frappe.PermissionError,
		)


def _check_values(expense: Document):
	amount = flt(expense.amount)
	if amount <= 0 or amount != round(amount):
		frappe.throw(_("Please enter the amount that was paid, in whole yen above 0."))
	if getdate(expense.paid_on) > getdate(nowdate()):
		frappe.throw(_("The day of payment is still to come. Record the expense when it is paid."))


def _check_open(expense: Document):
	before = expense.get_doc_before_save()
	years = {expense.fiscal_year, before.fiscal_year if before else expense.fiscal_year}
	for year in sorted(years):
		if report := settled_by(expense.project, year):
			frappe.throw(_("The report {0} has been accepted, so the expenses it covers are fixed.").format(report))


def settled_by(project: str, year: int) -> str | None:
	"""The accepted report that covers the expenses of a fiscal year."""
	for report in frappe.get_all(
		"Kyodo Report",
		{"project": project, "workflow_state": ["in", states("Kyodo Report", DECIDED)], "report_kind": ["in", ("Final", "Annual")]},
		["name", "report_kind", "fiscal_year"],
		order_by="fiscal_year asc",
	):
		if report.report_kind == "Final" or report.fiscal_year == year:
			return report.name
	return None


def _line(expense: Document, project: Document) -> Document | None:
	if not expense.budget_line:
		return None
	line = next((row for row in project.expenses if row.name == expense.budget_line), None)
	if line is None:
		frappe.throw(_("This line is not in the plan of the project. Choose one that is, or leave it empty."))
	return line


def _forget_check(expense: Document):
	"""What the office has accepted is another voucher once it is changed."""
	if not expense.refused and set(CONTENT) & set(changed_by_user(expense)):
		expense.checked_on = expense.checked_by = None


# -- findings ------------------------------------------------------------------------------


def terms_of(project: Document) -> dict[str, receipts.Terms]:
	"""{side: what its vouchers are held against}"""
	programme = rules_of(project)
	names = frappe.get_all(
		"Kyodo Organisation",
		{"name": ["in", parties.organisations_in(project) or [""]]},
		pluck="organisation_name",
		order_by="name",
	)
	last = project.to_date or project.completed_on
	common = {
		"first": getdate(project.from_date) if project.from_date else None,
		"last": getdate(last) if last else None,
		"not_eligible": frozenset(row.category for row in programme.category_rules if row.not_eligible),
		"voucher_required": bool(programme.voucher_required),
	}
	city = [programme.municipality_name, project.section]
	return {
		parties.CITY: receipts.Terms(addressees=tuple(filter(None, city)), **common),
		parties.ORGANISATION: receipts.Terms(addressees=tuple(names), **common),
	}


def _findings(expense: Document, project: Document) -> list[receipts.Finding]:
	return _found(expense, terms_of(project)[expense.side], _twins_of(expense))


def _found(row: dict, terms: receipts.Terms, twins: list[str]) -> list[receipts.Finding]:
	with translate_rule_errors():
		return receipts.findings(
			receipts.Receipt(
				amount=flt(row.amount),
				paid_on=getdate(row.paid_on) if row.paid_on else None,
				category=row.category,
				description=row.description,
				payee=row.payee,
				addressee=row.addressee,
				has_voucher=bool(row.receipt),
			),
			terms,
			twins,
		)


def said(finding: receipts.Finding) -> str:
	"""A finding as a Japanese sentence."""
	values = list(finding.values)
	if finding.code == receipts.OUTSIDE:
		values = [era_date(day) if day else "" for day in values]
	elif finding.code == receipts.NOT_ELIGIBLE:
		values = [vocabulary.word(vocabulary.COST, value, RECORD_LANGUAGE) for value in values]
	return _(receipts.SENTENCES[finding.code], lang=RECORD_LANGUAGE).format(*values)


def _twins_of(expense: Document) -> list[str]:
	"""Expenses of the same organisation, recorded before, that look like this one; in other projects, too."""
	filters = {"paid_on": expense.paid_on, "amount": expense.amount, "side": expense.side, "name": ["!=", expense.name or ""]}
	filters["organisation"] = frappe.db.get_value("Kyodo Project", expense.project, "organisation")
	if not expense.is_new():
		filters["creation"] = ["<", expense.creation]
	rows = frappe.get_all(EXPENSE, filters, ["name", "payee"], order_by="creation asc", limit=20)
	return [row.name for row in rows if search_key(row.payee) == search_key(expense.payee)][:1]


def look_again(project: str):
	"""Write the findings anew after what they are held against has changed: the period, another voucher."""
	doc = frappe.get_doc("Kyodo Project", project)
	for voucher in _with_findings(doc, _rows(project)):
		text = "\n".join(said(finding) for finding in voucher[1]) or None
		if text != (voucher[0].finding or None):
			frappe.db.set_value(EXPENSE, voucher[0].name, "finding", text, update_modified=False)


def _with_findings(project: Document, rows: list[dict]) -> list[tuple[dict, list[receipts.Finding]]]:
	terms, twins = terms_of(project), _all_twins(project)
	return [(row, _found(row, terms[row.side], twins.get(row.name, []))) for row in rows]


def _rows(project: str) -> list[dict]:
	return frappe.get_all(EXPENSE, {"project": project}, VOUCHER_FIELDS, order_by="paid_on asc, creation asc")


def _all_twins(project: Document) -> dict[str, list[str]]:
	"""{expense: [the first one recorded that looks the same]}, over all projects of the organisation."""
	rows = frappe.get_all(
		EXPENSE,
		{"organisation": project.organisation},
		["name", "side", "paid_on", "amount", "payee"],
		order_by="creation asc",
	)
	alike = defaultdict(list)
	for row in rows:
		alike[row.side, row.paid_on, row.amount, search_key(row.payee)].append(row.name)
	return {name: names[:1] for names in alike.values() for name in names[1:]}


# -- what is recognised --------------------------------------------------------------------


def vouchers(project: Document, years: set[int] | None = None) -> list[Voucher]:
	"""The recorded expenses of a project (of these fiscal years), and what is recognised of each by its own merits.

	A finding keeps an expense from being recognised until the office accepts it; what was paid outside the period or for
	what is not eligible, nobody can accept. What the city paid itself is cost, and no part of what is settled with the
	organisation.
	"""
	rows = [row for row in _rows(project.name) if years is None or row.fiscal_year in years]
	return [_weigh(row, found) for row, found in _with_findings(project, rows)]


def _weigh(row: dict, found: list[receipts.Finding]) -> Voucher:
	reasons = [row.refused] if row.refused else []
	if row.side == parties.CITY:
		reasons.append(_("Paid by the city itself.", lang=RECORD_LANGUAGE))
	barring = receipts.NEVER if row.checked_on and not row.refused else (*receipts.NEVER, *receipts.UNLESS_ACCEPTED)
	reasons += [said(finding) for finding in found if finding.code in barring]
	return Voucher(row, 0 if reasons else round(flt(row.amount)), tuple(reasons))


def budget(project: Document) -> list[dict]:
	"""[{name, category, description, planned, spent, left}] per line of the plan; what is not planned comes last."""
	spent = defaultdict(float)
	for row in frappe.get_all(EXPENSE, {"project": project.name}, ["budget_line", "amount"], order_by="creation asc"):
		spent[row.budget_line or ""] += flt(row.amount)
	lines = [
		frappe._dict(
			name=row.name,
			category=row.category,
			description=row.description or "",
			planned=flt(row.amount),
			spent=spent.pop(row.name, 0),
		)
		for row in project.expenses
	]
	if unplanned := sum(spent.values()):
		lines.append(frappe._dict(name="", category="", description="", planned=0, spent=unplanned))
	for line in lines:
		line.left = line.planned - line.spent
	return lines


# -- the office ----------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def refuse(expense: str, reason: str) -> str | None:
	"""The office does not recognise a voucher, and says why; those who recorded it are told. Returns the reason.

	Raises PermissionError for who is not the office or belongs to the project's organisation, ValidationError without a
	reason and once the report is accepted.
	"""
	doc = _for_office(expense)
	if not reason.strip():
		frappe.throw(_("Please say why the voucher is not recognised, and what can be done about it."))
	_check(doc, reason.strip())
	parties.tell("Voucher Refused", doc, doc.side)
	return doc.refused


@frappe.whitelist(methods=["POST"])
def accept(expense: str) -> None:
	"""The office has looked at a voucher and recognises it, also after having refused it. Raises as `refuse` does."""
	doc = _for_office(expense)
	project = frappe.get_doc("Kyodo Project", doc.project)
	never = [said(finding) for finding in _findings(doc, project) if finding.code in receipts.NEVER]
	if never:
		frappe.throw(_("This cannot be recognised: {0}").format(" ".join(never)))
	_check(doc, None)


def _for_office(expense: str) -> Document:
	require(OFFICER)
	doc = frappe.get_doc(EXPENSE, expense, for_update=True)
	doc.check_permission("read")
	if parties.voice_of(frappe.get_doc("Kyodo Project", doc.project)) != parties.OFFICE:
		frappe.throw(_("You belong to one of the two sides, so a colleague has to look at this voucher."), frappe.PermissionError)
	_check_open(doc)
	return doc


def _check(doc: Document, reason: str | None):
	doc.refused = reason
	doc.checked_by, doc.checked_on = frappe.session.user, now_datetime()
	doc.flags.ignore_permissions = True  # the office looks at vouchers and writes none: only its finding is stored here
	with by_service(doc):
		doc.save()
