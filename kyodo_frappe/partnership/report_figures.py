"""The figures of a report (実績報告): the shape of the plan, the settlement (精算) line by line, the computation in words.

Sources: domain.md §4 "精算" (交付決定額・精算額・不用額, line by line, ceilings per category), 補助金交付規則 (額の確定, 返還).
When a report is opened, handed in and accepted is in partnership/reports.py.
"""

from collections import defaultdict
from collections.abc import Container

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.printing import yen
from kyodo_frappe.partnership import expenses, parties, payments, plan_rows
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules import receipts, settlement
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WAITING, WRITING, category_of, states

REPORT = "Kyodo Report"
FINAL, YEARLY, MID_TERM = KINDS = ("Final", "Annual", "Mid-term")
# {table: (columns of the plan, columns that the report answers)}: what was planned stays as planned
IN_SHAPE_OF_PLAN = {
	"schedule": (("period", "activity", "side"), ("done", "result")),
	"indicators": (("indicator", "unit", "target"), ("actual", "measurement", "result_note")),
	"income": (("category", "description", "budget"), ("actual",)),
	"settlement": (("budget",), ("category", "description", "actual", "paid_on", "eligible")),
}
OPEN_TO_FIGURES = (WRITING, WAITING)
# of what others bring in, the own money of the two sides is never deducted
DEDUCTED_INCOME = ("Participation Fees", "Donations", "Other")
UNPLANNED = "unplanned:"


def compute(report: Document):
	"""Put the report into the shape of the plan, and settle it: what no hand may write. In `validate`, while it is open."""
	if not _figures_open(report):
		return
	project = frappe.get_doc("Kyodo Project", report.project)
	answered = {table: columns for table, (_planned, columns) in IN_SHAPE_OF_PLAN.items()}
	plan_rows.keep_planned(report, "schedule", answered["schedule"], ("period", "activity"), only=True)
	plan_rows.keep_planned(report, "indicators", answered["indicators"], ("indicator",), only=True)
	plan_rows.keep_planned(report, "income", answered["income"], ("category", "description"), only=False)
	if report.report_kind == MID_TERM:
		report.settlement, report.income = [], []
		return
	found = vouchers_of(report, project)
	_lines(report, project, found)
	_recognise(report, project, found)
	_total(report, project)


def vouchers_of(report: Document, project: Document) -> list[expenses.Voucher]:
	"""The expenses that a report settles, and what is recognised of each."""
	return expenses.vouchers(project, years_of(report))


def _figures_open(report: Document) -> bool:
	before = report.get_doc_before_save()
	if report.workflow_state == "Submitted" and before and before.workflow_state == "Submitted":
		return bool(report.flags.kyodo_service)  # its content is fixed for whoever saves it by hand
	return category_of(report) in OPEN_TO_FIGURES


def years_of(report: Document) -> set[int] | None:
	"""The fiscal years whose expenses a report settles; None: all. The final one takes what no yearly one has."""
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


def _lines(report: Document, project: Document, found: list[expenses.Voucher]):
	"""One settlement line for each planned one, those that were typed besides, and one per category of what was spent
	unplanned."""
	plan = {row.name: row for row in project.expenses}
	_name_lines(report, plan)
	spent = defaultdict(float)
	for voucher in found:
		spent[line_key(voucher, plan)] += flt(voucher.row.amount)
	keys = [*plan, *sorted(key for key in spent if key not in plan)]
	lines, typed = _sorted_lines(report, keys)
	for key in keys:
		if key not in lines:
			lines[key] = report.append("settlement", {"budget_line": key, "eligible": 1})
	plan_rows.put_rows(report, "settlement", [*(lines[key] for key in keys), *typed])
	for row in report.settlement:
		_fill_line(row, plan.get(row.budget_line), spent)
	_keep_refusals(report)


def _sorted_lines(report: Document, keys: list[str]) -> tuple[dict[str, Document], list[Document]]:
	"""({key: the first line of it}, lines that were typed besides); a line of what is spent no more is left out."""
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
	"""A line that is sent anew stays refused."""
	before = report.get_doc_before_save()
	if report.flags.kyodo_service or not before:
		return
	refused = {_says(row): row.refused for row in before.settlement if row.refused}
	for row in report.settlement:
		row.refused = row.refused or refused.get(_says(row))


def _says(row: Document) -> tuple:
	return row.budget_line or "", *_words(row)


def _words(row: Document) -> tuple[str, str]:
	return row.category, row.description or ""


def _name_lines(report: Document, plan: dict[str, Document]):
	"""A line that came without the name of its plan's row (rows sent anew over REST) is found by what it says."""
	waiting = _lines_by_words(report, plan)
	for row in report.settlement:
		waiting.pop(row.budget_line, None)
	for row in report.settlement:
		if row.budget_line:
			continue
		if name := next((name for name, words in waiting.items() if words == _words(row)), None):
			row.budget_line = name
			del waiting[name]


def _lines_by_words(report: Document, plan: dict[str, Document]) -> dict[str, tuple[str, str]]:
	"""{key: what the line says}, of the plan and of what was spent unplanned before."""
	words = {name: (_word(line.category), line.description or "") for name, line in plan.items()}
	before = report.get_doc_before_save()
	for row in before.settlement if before else []:
		if (row.budget_line or "").startswith(UNPLANNED):
			words[row.budget_line] = _words(row)
	return words


def line_key(voucher: expenses.Voucher, plan: Container[str]) -> str:
	"""The settlement line that an expense belongs to: that of its row in the plan, or that of its category."""
	line = voucher.row.budget_line
	return line if line in plan else UNPLANNED + (voucher.row.category or "Other")


def _fill_line(row: Document, line: Document | None, spent: dict[str, float]):
	if line:
		row.category, row.description, row.budget = _word(line.category), line.description, line.amount
		row.eligible = int(bool(row.eligible and line.eligible))
	elif (row.budget_line or "").startswith(UNPLANNED):
		row.category = _word(row.budget_line.removeprefix(UNPLANNED))
		row.description = _("Not in the plan", lang=RECORD_LANGUAGE)
		row.budget = 0
	else:
		row.budget = 0
	if row.budget_line in spent:
		row.actual = spent[row.budget_line]


def _word(category: str) -> str:
	return vocabulary.word(vocabulary.COST, category, RECORD_LANGUAGE)


def _category(row: Document, project: Document) -> str | None:
	"""The category that a line belongs to, also where it was typed in Japanese."""
	line = next((line for line in project.expenses if line.name == row.budget_line), None)
	if line:
		return line.category
	if (row.budget_line or "").startswith(UNPLANNED):
		return row.budget_line.removeprefix(UNPLANNED)
	return vocabulary.find(vocabulary.COST, row.category)


def _recognise(report: Document, project: Document, found: list[expenses.Voucher]):
	"""What is recognised of each line: by its vouchers, or as typed; then what the categories allow."""
	programme = rules_of(project)
	terms = expenses.terms_of(project)[parties.ORGANISATION]
	plan = {row.name: row for row in project.expenses}
	by_line = defaultdict(list)
	for voucher in found:
		by_line[line_key(voucher, plan)].append(voucher)
	lines, notes = [], []
	for row in report.settlement:
		category = _category(row, project)
		amount, said = _own_merits(row, category, terms, by_line.get(row.budget_line, []))
		lines.append({"category": category, "amount": amount})
		notes.append(said)
	with translate_rule_errors():
		granted = settlement.recognise(lines, _caps(programme))
	for row, line, amount, said in zip(report.settlement, lines, granted, notes, strict=True):
		if amount < line["amount"]:
			said.append(
				_("{0} yen are above what the programme recognises of this category.", lang=RECORD_LANGUAGE).format(
					f"{line['amount'] - amount:,}"
				)
			)
		row.recognised, row.finding = amount, "\n".join(said) or None


def _own_merits(row: Document, category: str | None, terms: receipts.Terms, found: list) -> tuple[int, list[str]]:
	"""(yen recognised before the caps, why not all of it)"""
	if found:
		amount = sum(voucher.recognised for voucher in found)
		said = _said_of_vouchers(found, category, terms)
	else:
		amount = 0 if _typed_barred(row, terms) else _yen(row.actual)
		said = [expenses.said(finding) for finding in _typed_findings(row, category, terms)]
	if not row.eligible or row.refused or category in terms.not_eligible:
		amount = 0
	return amount, said


def _said_of_vouchers(found: list[expenses.Voucher], category: str | None, terms: receipts.Terms) -> list[str]:
	said = [f"{voucher.row.name}：{reason}" for voucher in found for reason in voucher.reasons]
	if category not in terms.not_eligible:
		return said
	return list(dict.fromkeys([*said, expenses.said(receipts.Finding(receipts.NOT_ELIGIBLE, (category,)))]))


def _typed_findings(row: Document, category: str | None, terms: receipts.Terms) -> list[receipts.Finding]:
	"""What is wrong with a line that was typed in by hand."""
	if not flt(row.actual):
		return []
	receipt = receipts.Receipt(
		amount=flt(row.actual),
		paid_on=getdate(row.paid_on) if row.paid_on else None,
		category=category or "",
		description=row.description,
		addressee=row.addressee,
		has_voucher=bool(row.receipt),
	)
	found = receipts.findings(receipt, terms)
	# a line may sum up vouchers that are kept on paper
	return [finding for finding in found if finding.code != receipts.NO_ADDRESSEE]


def _typed_barred(row: Document, terms: receipts.Terms) -> bool:
	paid_on = getdate(row.paid_on) if row.paid_on else None
	if receipts.outside(paid_on, terms):
		return True
	return bool((row.addressee or "").strip()) and not receipts.addressed_to(row.addressee, terms.addressees)


def _yen(amount) -> int:
	if flt(amount) != round(flt(amount)) or flt(amount) < 0:
		with translate_rule_errors():
			settlement.totals([{"amount": flt(amount)}])
	return round(flt(amount))


def _caps(programme: Document) -> dict[str, settlement.Cap]:
	return {
		row.category: settlement.Cap(round(flt(row.cap_amount)) or None, flt(row.cap_share) or None)
		for row in programme.category_rules
		if flt(row.cap_amount) or flt(row.cap_share)
	}


def _total(report: Document, project: Document):
	"""交付決定額・精算額・不用額・返還額, and the computation in words. The report of a year settles within what is left
	of the grant; what is left over then waits for the years to come and is not asked back."""
	earlier = payments.settled_of(project.name, before_year=report.fiscal_year + (report.report_kind == FINAL))
	granted = max(0, round(flt(project.granted_amount)) - earlier)
	held = max(0, payments.paid(project) - earlier)
	ceiling = max(0, round(flt(project.ceiling)) - earlier) if flt(project.ceiling) else None
	eligible = sum(round(flt(row.recognised)) for row in report.settlement)
	deducted = _deducted(report, project)
	with translate_rule_errors():
		result = settlement.account(
			granted,
			eligible,
			deducted=deducted,
			rate=flt(project.rate) or None,
			rounding=project.rounding or 1,
			ceiling=ceiling or None,
			paid=held,
		)
	goes_on = report.report_kind == YEARLY
	report.granted_amount = granted
	report.total_cost = sum(flt(row.actual) for row in report.settlement)
	report.eligible_cost = eligible
	report.settled_amount = result.settled
	report.unused_amount = result.unused
	report.paid_amount = held
	report.refund_amount = 0 if goes_on else result.refund
	report.payable_amount = result.payable
	report.settlement_note = _in_words(report, project, result, deducted, goes_on)


def _deducted(report: Document, project: Document) -> int:
	if not rules_of(project).deduct_income:
		return 0
	return sum(_yen(row.actual) for row in report.income if vocabulary.like(vocabulary.INCOME, row.category) in DEDUCTED_INCOME)


def _in_words(report: Document, project: Document, result: settlement.Account, deducted: int, goes_on: bool) -> str:
	"""The computation as one line that a clerk can follow with a pocket calculator."""
	text = _("Eligible cost {0}", lang=RECORD_LANGUAGE).format(yen(report.eligible_cost))
	if deducted:
		text += " − " + _("income taken off {0}", lang=RECORD_LANGUAGE).format(yen(deducted)) + f" ＝ {yen(result.base)}"
	if flt(project.rate):
		text += f" × {flt(project.rate):.10g}％"
	if (project.rounding or 1) > 1:
		text += _("(less than {0} yen dropped)", lang=RECORD_LANGUAGE).format(f"{project.rounding:,}")
	if flt(project.rate) or (project.rounding or 1) > 1:
		text += f" ＝ {yen(result.counted)}"
	granted = yen(report.granted_amount)
	if flt(project.ceiling):
		text += _(
			". The smallest of this, the granted amount {0} and the ceiling {1} is the settled amount {2}", lang=RECORD_LANGUAGE
		).format(granted, yen(project.ceiling), yen(result.settled))
	else:
		text += _(". The smaller of this and the granted amount {0} is the settled amount {1}", lang=RECORD_LANGUAGE).format(
			granted, yen(result.settled)
		)
	unused = _(", left for later years {0}.", lang=RECORD_LANGUAGE) if goes_on else _(", unused {0}.", lang=RECORD_LANGUAGE)
	return text + unused.format(yen(result.unused)) + _balance_in_words(report, result, goes_on)


def _balance_in_words(report: Document, result: settlement.Account, goes_on: bool) -> str:
	if report.refund_amount:
		text, amount = _("After what is paid, {0}: to be paid back {1}.", lang=RECORD_LANGUAGE), report.refund_amount
	elif result.payable:
		text, amount = _("After what is paid, {0}: still to be paid {1}.", lang=RECORD_LANGUAGE), result.payable
	elif goes_on and result.refund:
		text, amount = _("After what is paid, {0}: paid in advance for the next year {1}.", lang=RECORD_LANGUAGE), result.refund
	else:
		text, amount = _("After what is paid, {0}: nothing.", lang=RECORD_LANGUAGE), 0
	return text.format(yen(report.paid_amount), yen(amount))


def follow(project: str):
	"""Vouchers or payments have changed: the figures of the open reports follow."""
	for name in frappe.get_all(
		REPORT,
		{"project": project, "workflow_state": ["in", states(REPORT, *OPEN_TO_FIGURES)], "report_kind": ["!=", MID_TERM]},
		pluck="name",
		order_by="name",
	):
		doc = frappe.get_doc(REPORT, name)
		doc.flags.ignore_permissions = True  # who records a voucher may not write the report now; its sums follow all the same
		with by_service(doc):
			doc.save()
