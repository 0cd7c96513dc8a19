"""The figures of a report (実績報告): its tables in the shape of the plan, and the settlement (精算) line by line.

Sources: domain.md §4 "精算" (交付決定額・精算額・不用額, line by line, ceilings per category), 補助金交付規則 (額の確定, 返還).
Opening, submitting and accepting reports: `partnership/reports.py`.
"""

from collections import defaultdict
from collections.abc import Container
from dataclasses import replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.printing import yen
from kyodo_frappe.partnership import expenses, parties, payments, plan_rows, project_years
from kyodo_frappe.programme import payable, years
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules import receipts, settlement
from kyodo_frappe.rules.settlement import Payable
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of, states

REPORT = "Kyodo Report"
FINAL, YEARLY, MID_TERM = KINDS = ("Final", "Annual", "Mid-term")
# {table: (columns copied from the plan, columns that the report fills in)}
PLAN_TABLES = {
	"schedule": (("period", "activity", "side"), ("done", "result")),
	"indicators": (("indicator", "unit", "target"), ("actual", "measurement", "result_note")),
	"income": (("category", "description", "budget"), ("actual",)),
	"settlement": (("budget",), ("category", "description", "actual", "quantity", "paid_on", "eligible")),
}
OPEN_CATEGORIES = (WRITING, WAITING)
UNPLANNED = "unplanned:"


def compute_figures(report: Document):
	"""Restore the planned columns of an open report and compute its settlement; called by `validate`."""
	if not _figures_are_open(report):
		return
	project = frappe.get_doc("Kyodo Project", report.project)
	answered = {table: columns for table, (_planned, columns) in PLAN_TABLES.items()}
	plan_rows.keep_planned_columns(report, "schedule", answered["schedule"], ("period", "activity"), only=True)
	plan_rows.keep_planned_columns(report, "indicators", answered["indicators"], ("indicator",), only=True)
	plan_rows.keep_planned_columns(report, "income", answered["income"], ("category", "description"), only=False)
	if report.report_kind == MID_TERM:
		report.settlement, report.income = [], []
		return
	vouchers = vouchers_of(report, project)
	_build_lines(report, project, vouchers)
	earlier = 0
	if not project.get(years.ROWS):  # each year of a term has a grant of its own
		earlier = payments.settled_amount(project.name, before_year=report.fiscal_year + (report.report_kind == FINAL))
	_set_totals(report, project, _recognise_lines(report, project, vouchers, earlier), earlier)


def vouchers_of(report: Document, project: Document) -> list[expenses.Voucher]:
	"""The expenses that a report settles, with the amount recognised of each."""
	return expenses.vouchers(project, years_of(report))


def _figures_are_open(report: Document) -> bool:
	before = report.get_doc_before_save()
	if report.workflow_state == "Submitted" and before and before.workflow_state == "Submitted":
		return bool(report.flags.kyodo_service)  # fixed for saves by hand
	return category_of(report) in OPEN_CATEGORIES


def years_of(report: Document) -> set[int] | None:
	"""The fiscal years whose expenses a report settles, None for all; the final one covers what no annual report does."""
	if report.report_kind == YEARLY:
		return {report.fiscal_year}
	covered = set(
		frappe.get_all(
			REPORT,
			{"project": report.project, "report_kind": YEARLY, "name": ["!=", report.name or ""]},
			pluck="fiscal_year",
			order_by="fiscal_year asc",
		)
	)
	if not covered:
		return None
	spent = frappe.get_all(expenses.EXPENSE, {"project": report.project}, pluck="fiscal_year", order_by="fiscal_year asc")
	return set(spent) - covered


def _build_lines(report: Document, project: Document, vouchers: list[expenses.Voucher]):
	"""Build the settlement: a line per planned one, one per category of unplanned expenses, then lines typed by hand."""
	plan = planned_lines(report, project)
	_identify_lines(report, plan)
	spent = defaultdict(float)
	for voucher in vouchers:
		spent[line_key(voucher, plan)] += flt(voucher.row.amount)
	keys = [*plan, *sorted(key for key in spent if key not in plan)]
	lines, typed = _match_lines(report, keys)
	for key in keys:
		if key not in lines:
			lines[key] = report.append("settlement", {"budget_line": key, "eligible": 1})
	plan_rows.set_rows(report, "settlement", [*(lines[key] for key in keys), *typed])
	for row in report.settlement:
		_fill_line(row, plan.get(row.budget_line), spent)
	_keep_refusals(report)


def planned_lines(report: Document, project: Document) -> dict[str, Document]:
	"""{name: row} of the plan's expenses that a report settles: of the years that it covers."""
	if not project.get(years.ROWS):
		return {row.name: row for row in project.expenses}
	numbers = {project_years.number_of(project, year) for year in project_years.covered_by(project, report)}
	return {row.name: row for row in project.expenses if (row.year_number or 1) in numbers}


def _match_lines(report: Document, keys: list[str]) -> tuple[dict[str, Document], list[Document]]:
	"""({key: its line}, lines typed by hand); lines of expenses that no longer exist are dropped."""
	lines, typed = {}, []
	for row in report.settlement:
		key = row.budget_line
		if key in keys and key not in lines:
			lines[key] = row
		elif not (key or "").startswith(UNPLANNED):
			row.budget_line = None
			typed.append(row)
	return lines, typed


def _keep_refusals(report: Document):
	"""Keep what the office found about lines that were sent without it."""
	before = report.get_doc_before_save()
	if report.flags.kyodo_service:
		return
	found = {_line_key_and_words(row): row for row in (before.settlement if before else ())}
	for row in report.settlement:
		old = found.get(_line_key_and_words(row))
		row.refused = row.refused or (old.refused if old else None)
		row.recognised_at_most = old.recognised_at_most if old else 0
		# of the same amount: whoever types another one has to show its voucher again
		row.accepted = int(bool(old and old.accepted and flt(old.actual) == flt(row.actual)))


def _line_key_and_words(row: Document) -> tuple:
	return row.budget_line or "", *_line_words(row)


def _line_words(row: Document) -> tuple[str, str]:
	return row.category, row.description or ""


def _identify_lines(report: Document, plan: dict[str, Document]):
	"""Find the plan's row of lines sent without its name (over REST) by category and description."""
	waiting = _words_by_line(report, plan)
	for row in report.settlement:
		waiting.pop(row.budget_line, None)
	for row in report.settlement:
		if row.budget_line:
			continue
		if name := next((name for name, words in waiting.items() if words == _line_words(row)), None):
			row.budget_line = name
			del waiting[name]


def _words_by_line(report: Document, plan: dict[str, Document]) -> dict[str, tuple[str, str]]:
	"""{key: (category, description)} of planned lines and of unplanned ones in the stored report."""
	words = {name: (_category_label(line.category), line.description or "") for name, line in plan.items()}
	before = report.get_doc_before_save()
	for row in before.settlement if before else []:
		if (row.budget_line or "").startswith(UNPLANNED):
			words[row.budget_line] = _line_words(row)
	return words


def line_key(voucher: expenses.Voucher, plan: Container[str]) -> str:
	"""The key of the settlement line of an expense: its row in the plan, else its category."""
	line = voucher.row.budget_line
	return line if line in plan else UNPLANNED + (voucher.row.category or "Other")


def _fill_line(row: Document, line: Document | None, spent: dict[str, float]):
	if line:
		row.category, row.description, row.budget = _category_label(line.category), line.description, line.amount
		row.eligible = int(bool(row.eligible and line.eligible))
	elif (row.budget_line or "").startswith(UNPLANNED):
		row.category = _category_label(row.budget_line.removeprefix(UNPLANNED))
		row.description = _("Not in the plan", lang=RECORD_LANGUAGE)
		row.budget = 0
	else:
		row.budget = 0
	if row.budget_line in spent:
		row.actual = spent[row.budget_line]


def _category_label(category: str) -> str:
	return vocabulary.word(vocabulary.COST, category, RECORD_LANGUAGE)


def _category(row: Document, project: Document) -> str | None:
	"""The category id of a line, also if its label was typed by hand."""
	line = next((line for line in project.expenses if line.name == row.budget_line), None)
	if line:
		return line.category
	if (row.budget_line or "").startswith(UNPLANNED):
		return row.budget_line.removeprefix(UNPLANNED)
	return vocabulary.find(vocabulary.COST, row.category)


def _recognise_lines(report: Document, project: Document, vouchers: list[expenses.Voucher], earlier: int) -> Payable:
	"""Set what is recognised of each line: by its vouchers or as typed, then within the caps of its category.

	`earlier`: yen settled by reports of earlier years. Returns the computation.
	"""
	rules = rules_of(project)
	terms = expenses.voucher_terms(project)[parties.ORGANISATION]
	plan = planned_lines(report, project)
	by_line = defaultdict(list)
	for voucher in vouchers:
		by_line[line_key(voucher, plan)].append(voucher)
	lines, notes = [], []
	for number, row in enumerate(report.settlement):
		category = _category(row, project)
		paid = by_line.get(row.budget_line, [])
		pieces, reasons = _line_pieces(row, category, terms, paid, plan.get(row.budget_line))
		year = _year_of_line(report, project, plan.get(row.budget_line))
		more = {"row": number, "category": category, "year": year}
		lines += [{**more, "amount": amount, "quantity": quantity} for amount, quantity in pieces]
		notes.append(reasons)
	income = [(row.category, _yen(row.actual)) for row in report.income]
	found = _payable(report, project, rules, lines, income, earlier)
	lines.sort(key=lambda line: line["year"])  # as they are computed
	for number, (row, reasons) in enumerate(zip(report.settlement, notes, strict=True)):
		own = [line for line, asked in zip(found.lines, lines, strict=True) if asked["row"] == number]
		cuts = [cut for line in own for cut in line.cuts if cut.code != settlement.NOT_ELIGIBLE]
		said = [f"{yen(cut.yen)}：{payable.cut_words(cut, RECORD_LANGUAGE)}" for cut in cuts]
		row.recognised, row.finding = sum(line.recognised for line in own), "\n".join([*reasons, *said]) or None
	return found


def _year_of_line(report: Document, project: Document, planned: Document | None) -> int:
	"""The fiscal year of the term that a line belongs to: its own in the plan, else the last that the report covers; 0 without years."""
	if not project.get(years.ROWS):
		return 0
	first = min(row.fiscal_year for row in project.get(years.ROWS))
	return first + (planned.year_number or 1) - 1 if planned else project_years.covered_by(project, report)[-1]


def _payable(report: Document, project: Document, rules, lines: list[dict], income: list[tuple], earlier: int) -> Payable:
	"""What may be paid for the lines of a report: year by year, in the order of the years, where each has terms of its own.

	Income counts in the last year that the report covers.
	"""
	if not project.get(years.ROWS):
		return payable.payable(rules, lines, income, _terms(project, earlier))
	covered = project_years.covered_by(project, report)
	found = {}
	for year in covered:
		own = [line for line in lines if line["year"] == year]
		terms = payable.terms_of_year(project, project_years.row_of(project, year))
		found[year] = payable.payable(rules, own, income if year == covered[-1] else [], terms)
	return settlement.over_years(found)


def _terms(project: Document, earlier: int) -> settlement.Terms:
	"""Of the project's ceiling, what earlier years have left."""
	terms = payable.terms_of(project)
	return replace(terms, ceiling=max(0, terms.ceiling - earlier) or None) if terms.ceiling else terms


def _line_pieces(
	row: Document, category: str | None, terms: receipts.Terms, vouchers: list[expenses.Voucher], planned: Document | None
) -> tuple[list[tuple[int, float]], list[str]]:
	"""([(yen recognised before the caps, quantity for the caps per unit)], reasons why not all).

	The quantity is that of what was bought: of each voucher, or of the typed line. Where none is given, the planned one holds for the
	line; what was not planned either counts as one piece for each voucher.
	"""
	if vouchers:
		pieces = _voucher_pieces(vouchers, planned)
		reasons = _voucher_reasons(vouchers, category, terms)
	else:
		findings = _typed_findings(row, category, terms)
		amount = 0 if receipts.barring(findings, bool(row.accepted)) else _yen(row.actual)
		pieces = [(amount, flt(row.quantity) or (flt(planned.quantity) if planned else 1))]
		reasons = [expenses.describe(finding) for finding in findings]
	if not row.eligible or category in terms.not_eligible:
		pieces = [(0, quantity) for _amount, quantity in pieces]
	elif row.refused:
		pieces = _at_most(pieces, round(flt(row.recognised_at_most)))
	return pieces, reasons


def _at_most(pieces: list[tuple[int, float]], most: int) -> list[tuple[int, float]]:
	"""Pieces of a line within the yen that the office recognises of it; what is over is taken from the last ones."""
	found = []
	for amount, quantity in pieces:
		found.append((min(amount, most), quantity))
		most -= min(amount, most)
	return found


def _voucher_pieces(vouchers: list[expenses.Voucher], planned: Document | None) -> list[tuple[int, float]]:
	if planned and not any(flt(voucher.row.quantity) for voucher in vouchers):
		return [(sum(voucher.recognised for voucher in vouchers), flt(planned.quantity))]
	return [(voucher.recognised, flt(voucher.row.quantity) or 1) for voucher in vouchers]


def _voucher_reasons(vouchers: list[expenses.Voucher], category: str | None, terms: receipts.Terms) -> list[str]:
	reasons = [f"{voucher.row.name}：{reason}" for voucher in vouchers for reason in voucher.reasons]
	if category not in terms.not_eligible:
		return reasons
	return list(dict.fromkeys([*reasons, expenses.describe(receipts.Finding(receipts.NOT_ELIGIBLE, (category,)))]))


def _typed_findings(row: Document, category: str | None, terms: receipts.Terms) -> list[receipts.Finding]:
	"""What is wrong with a line that was typed by hand."""
	if not flt(row.actual):
		return []
	receipt = receipts.Receipt(
		amount=flt(row.actual),
		paid_on=getdate(row.paid_on) if row.paid_on else None,
		category=category or "",
		# a line of the plan may have no details, its category says what it is for
		description=row.description or (row.category if row.budget_line else ""),
		addressee=row.addressee,
		has_voucher=bool(row.receipt or row.accepted),
	)
	findings = receipts.findings(receipt, terms)
	# without a file a line may sum up several vouchers on paper
	return [finding for finding in findings if finding.code != receipts.NO_ADDRESSEE or row.receipt]


def _yen(amount) -> int:
	if flt(amount) != round(flt(amount)) or flt(amount) < 0:
		with translate_rule_errors():
			settlement.totals([{"amount": flt(amount)}])
	return round(flt(amount))


def _set_totals(report: Document, project: Document, found: Payable, earlier: int):
	"""Set 交付決定額・精算額・不用額・返還額 and describe the computation.

	An annual report settles within what is left of the grant. What it leaves unused stays available for later years.
	"""
	by_year = project.get(years.ROWS)
	covered = project_years.covered_by(project, report) if by_year else []
	grants = {year: payments.granted_amount(project, year) for year in covered}
	granted = sum(grants.values()) if by_year else max(0, round(flt(project.granted_amount)) - earlier)
	held = sum(payments.paid_amount(project, year) for year in covered) if by_year else payments.paid_amount(project) - earlier
	held = max(0, held)
	with translate_rule_errors():
		result = settlement.settle_project(found, grants or granted, held)
	continues = report.report_kind == YEARLY and not by_year
	report.granted_amount = granted
	report.total_cost = sum(flt(row.actual) for row in report.settlement)
	report.eligible_cost = found.eligible
	report.settled_amount = result.settled
	report.unused_amount = result.unused
	report.paid_amount = held
	report.refund_amount = 0 if continues else result.refund
	report.payable_amount = result.payable
	report.settlement_note = _describe_computation(report, project, found, result, continues)


def _describe_computation(
	report: Document, project: Document, found: Payable, result: settlement.ProjectSettlement, continues: bool
) -> str:
	"""The computation as a line that a clerk can check with a pocket calculator."""
	text = payable.describe(found, RECORD_LANGUAGE)
	granted = yen(report.granted_amount)
	if flt(project.ceiling) and not project.get(years.ROWS):
		text += _(
			". The smallest of this, the granted amount {0} and the ceiling {1} is the settled amount {2}", lang=RECORD_LANGUAGE
		).format(granted, yen(project.ceiling), yen(result.settled))
	else:
		text += _(". The smaller of this and the granted amount {0} is the settled amount {1}", lang=RECORD_LANGUAGE).format(
			granted, yen(result.settled)
		)
	unused = _(", left for later years {0}.", lang=RECORD_LANGUAGE) if continues else _(", unused {0}.", lang=RECORD_LANGUAGE)
	return text + unused.format(yen(result.unused)) + _describe_balance(report, result, continues)


def _describe_balance(report: Document, result: settlement.ProjectSettlement, continues: bool) -> str:
	if report.refund_amount:
		text, amount = _("After what is paid, {0}: to be paid back {1}.", lang=RECORD_LANGUAGE), report.refund_amount
	elif result.payable:
		text, amount = _("After what is paid, {0}: still to be paid {1}.", lang=RECORD_LANGUAGE), result.payable
	elif continues and result.refund:
		text, amount = _("After what is paid, {0}: paid in advance for the next year {1}.", lang=RECORD_LANGUAGE), result.refund
	else:
		text, amount = _("After what is paid, {0}: nothing.", lang=RECORD_LANGUAGE), 0
	return text.format(yen(report.paid_amount), yen(amount))


def update_open_reports(project: str):
	"""Recompute the open reports of a project after its expenses or payments have changed."""
	for name in frappe.get_all(
		REPORT,
		{"project": project, "workflow_state": ["in", states(REPORT, *OPEN_CATEGORIES)], "report_kind": ["!=", MID_TERM]},
		pluck="name",
		order_by="name",
	):
		doc = frappe.get_doc(REPORT, name)
		doc.flags.ignore_permissions = True  # whoever records an expense may have no write permission for the report
		with by_service(doc):
			doc.save()
