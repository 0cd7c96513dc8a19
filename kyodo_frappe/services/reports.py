"""Reports (実績報告) in the shape of the plan, and the settlement (精算) that comes with them.

Sources: 鎌倉 2(2)6(2) (within one month of completion; results, money, documents), domain.md §4 "精算" (交付決定額・精算額・
不用額, line by line, ceilings per category), 補助金交付規則 (額の確定, 返還).
A project owes a final report when it is completed, or called off after money was paid; one for each fiscal year that ends
while it runs, where the programme asks for it; and a mid-term look-back where a rule or one of the sides opens it.
"""

import datetime
from collections import defaultdict
from collections.abc import Container

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, flt, getdate, nowdate

from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.rules import receipts, settlement
from kyodo_frappe.rules.era import era_date, fiscal_year, fiscal_year_range
from kyodo_frappe.rules.era import fiscal_year as year_of
from kyodo_frappe.services import deadlines, expenses, letters, payments, plan_rows, sides
from kyodo_frappe.services.programme_versions import rules_of
from kyodo_frappe.services.speech import RECORD_LANGUAGE, rules_speak
from kyodo_frappe.workflows.guard import by_service, move

REPORT = "Kyodo Report"
FINAL, YEARLY, MID_TERM = KINDS = ("Final", "Annual", "Mid-term")
WRITING = ("Draft", "Returned")
OPEN_TO_FIGURES = ("Draft", "Returned", "Submitted")
OVER = ("Completed", "Reported", "Verified", "Closed", "Cancelled")
# of what others bring in, the own money of the two sides is never deducted
DEDUCTED_INCOME = ("Participation Fees", "Donations", "Other")
UNPLANNED = "unplanned:"
MID_TERM_LEAD = 30


# -- opening -------------------------------------------------------------------------------


def prepare_report(project: Document) -> str:
	"""Open the final report that a completed project owes, with its due date by the programme's rule."""
	return _made(project, FINAL, fiscal_year(getdate(project.completed_on)))


def prepare_after_cancelling(project: Document) -> str | None:
	"""A project that is called off owes a report if it was paid money; None if not."""
	if payments.paid(project) <= 0:
		return None
	return _made(project, FINAL, fiscal_year(getdate(nowdate())))


@frappe.whitelist(methods=["POST"])
def open_report(project: str, kind: str, fiscal_year: int) -> str:
	"""Open a report by hand, or find the one there is; either side or the office may. Returns its name.

	Raises PermissionError for others, ValidationError for a final report of a project that still runs, and for a year in
	which the project did not run.
	"""
	doc = sides.opened("Kyodo Project", project)
	sides.voice_of(doc)
	if kind not in KINDS:
		frappe.throw(_("There is no report of the kind “{0}”.").format(kind))
	_check_time(doc, kind, fiscal_year)
	# a project ends once: its year is that of its end, whatever was asked for
	return _made(doc, kind, year_of(getdate(_ended_on(doc))) if kind == FINAL else fiscal_year)


def _check_time(project: Document, kind: str, year: int):
	if kind == FINAL:
		check_over(project)
		return
	if project.workflow_state != "Running":
		frappe.throw(_("This report is written while the project runs; it is in the state {0}.").format(_(project.workflow_state)))
	with rules_speak():
		first, last = fiscal_year_range(year)
	if (project.from_date and getdate(project.from_date) > last) or (project.to_date and getdate(project.to_date) < first):
		frappe.throw(_("The project does not run in this fiscal year."))
	if kind == YEARLY and getdate(nowdate()) <= last:
		frappe.throw(_("The report of a year is written when the year is over, from {0}.").format(era_date(add_days(last, 1))))


def check_over(project: Document):
	"""Raise ValidationError where the final report comes too early."""
	if project.workflow_state not in OVER:
		frappe.throw(
			_("The final report comes after the project: it is in the state {0} and has to be completed first.").format(
				_(project.workflow_state)
			)
		)


def open_due(today: datetime.date | str | None = None) -> list[str]:
	"""Open the reports that running projects owe by rule (daily); returns those that are new."""
	today = getdate(today or nowdate())
	return [name for project in _running() for name in (_yearly(project, today), _mid_term(project, today)) if name]


def _running() -> list[dict]:
	return frappe.get_all(
		"Kyodo Project",
		{"workflow_state": "Running"},
		["name", "programme", "programme_version", "from_date", "to_date", "fiscal_year"],
		order_by="name",
	)


def _yearly(project: dict, today: datetime.date) -> str | None:
	"""The report of the fiscal year that has ended last, for a project that goes on after it."""
	year = fiscal_year(today) - 1
	_first, last = fiscal_year_range(year)
	if not rules_of(project).yearly_report:
		return None
	if not project.from_date or getdate(project.from_date) > last or (project.to_date and getdate(project.to_date) <= last):
		return None
	return _new(project.name, YEARLY, year)


def _mid_term(project: dict, today: datetime.date) -> str | None:
	rule = deadlines.rule_of(rules_of(project), deadlines.MID_TERM_REPORT)
	if rule is None or not (rule.yearly or project.from_date):
		return None
	due = deadlines.due(
		rules_of(project), deadlines.MID_TERM_REPORT, year=fiscal_year(today), event_date=project.from_date
	)
	within = (not project.from_date or getdate(project.from_date) <= due) and (
		not project.to_date or due <= getdate(project.to_date)
	)
	if not within or not getdate(add_days(due, -MID_TERM_LEAD)) <= today <= due:
		return None
	return _new(project.name, MID_TERM, fiscal_year(due))


def _new(project: str, kind: str, year: int) -> str | None:
	if _existing(project, kind, year):
		return None
	return _made(frappe.get_doc("Kyodo Project", project), kind, year)


def _existing(project: str, kind: str, year: int, lock: bool = False) -> str | None:
	filters = {"project": project, "report_kind": kind}
	if kind != FINAL:  # there is one end only
		filters["fiscal_year"] = year
	return frappe.db.get_value(REPORT, filters, order_by="creation asc", for_update=lock)


def _made(project: Document, kind: str, year: int) -> str:
	frappe.db.get_value("Kyodo Project", project.name, "name", for_update=True)  # two who open it at once get one
	# a locking read: it sees what another request has committed since this one began
	if existing := _existing(project.name, kind, year, lock=True):
		return existing
	report = frappe.get_doc(
		{
			"doctype": REPORT,
			"project": project.name,
			"report_kind": kind,
			"fiscal_year": year,
			"completed_on": _ended_on(project) if kind == FINAL else None,
			"due_date": _due(project, kind, year),
			"schedule": [{field: row.get(field) for field in ("period", "activity", "side")} for row in project.schedule],
			"indicators": [{field: row.get(field) for field in plan_rows.INDICATOR} for row in project.indicators],
			"income": [] if kind == MID_TERM else [_income(row) for row in project.income],
		}
	)
	with by_service(report):
		# who completes the project, or the daily job, makes it; the report belongs to both sides
		report.insert(ignore_permissions=True)
	# nobody's own yet: otherwise who calls a project off could not accept its report (Frappe asks for the owner)
	report.db_set("owner", "Administrator", update_modified=False)
	return report.name


def _income(row: Document) -> dict:
	return {"category": row.category, "description": row.description, "budget": row.amount}


def _ended_on(project: Document) -> str:
	return project.completed_on or nowdate()


# -- due dates -----------------------------------------------------------------------------


def _due(project: Document, kind: str, year: int) -> datetime.date | None:
	programme = project.programme
	if kind == FINAL:
		day = getdate(_ended_on(project))
		first = _next_due(programme, deadlines.REPORT, day)
		latest = _next_due(programme, deadlines.REPORT_AT_THE_LATEST, day)
		return min(filter(None, (first, latest)), default=None)
	if kind == YEARLY:
		_first, last = fiscal_year_range(year)
		return _next_due(programme, deadlines.YEARLY_REPORT, last) or _next_due(programme, deadlines.REPORT, last)
	rule = deadlines.rule_of(programme, deadlines.MID_TERM_REPORT)
	if rule is None or not (rule.yearly or project.from_date):
		return None
	return deadlines.due(programme, deadlines.MID_TERM_REPORT, year=year, event_date=project.from_date)


def _next_due(programme: str, code: str, day: datetime.date) -> datetime.date | None:
	"""When a rule falls due after an event; a rule that comes round every year, the first time from that day on."""
	due = deadlines.due(programme, code, year=fiscal_year(day), event_date=day)
	if due and due < day:
		due = deadlines.due(programme, code, year=fiscal_year(day) + 1, event_date=day)
	return due


# -- figures -------------------------------------------------------------------------------


def compute(report: Document):
	"""Put the report into the shape of the plan, and settle it: what no hand may write. In `validate`, while it is open."""
	if not _figures_open(report):
		return
	project = frappe.get_doc("Kyodo Project", report.project)
	plan_rows.keep_planned(report, "schedule", ("done", "result"), ("period", "activity"), only=True)
	plan_rows.keep_planned(report, "indicators", ("actual", "measurement", "result_note"), ("indicator",), only=True)
	plan_rows.keep_planned(report, "income", ("actual",), ("category", "description"), only=False)
	if report.report_kind == MID_TERM:
		report.settlement, report.income = [], []
		return
	found = vouchers_of(report, project)
	_lines(report, project, found)
	_recognise(report, project, found)
	_total(report, project)


def vouchers_of(report: Document, project: Document) -> list[expenses.Voucher]:
	"""The expenses that a report settles, and what is recognised of each."""
	return expenses.vouchers(project, _years(report))


def _figures_open(report: Document) -> bool:
	before = report.get_doc_before_save()
	if report.workflow_state == "Submitted" and before and before.workflow_state == "Submitted":
		return bool(report.flags.kyodo_service)  # its content is fixed for whoever saves it by hand
	return report.workflow_state in (None, "", *OPEN_TO_FIGURES)


def _years(report: Document) -> set[int] | None:
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
	lines, typed = {}, []
	for row in report.settlement:
		key = row.budget_line
		if key and key not in lines and (key in plan or key in spent):
			lines[key] = row
		elif not (key or "").startswith(UNPLANNED):
			row.budget_line = None
			typed.append(row)
	wanted = [*plan, *sorted(key for key in spent if key not in plan)]
	for key in wanted:
		if key not in lines:
			lines[key] = report.append("settlement", {"budget_line": key, "eligible": 1})
	plan_rows.put_rows(report, "settlement", [*(lines[key] for key in wanted), *typed])
	for row in report.settlement:
		_fill_line(row, plan.get(row.budget_line), spent)
	_keep_refusals(report)


def _keep_refusals(report: Document):
	"""A line that is sent anew stays refused."""
	before = report.get_doc_before_save()
	if report.flags.kyodo_service or not before:
		return
	refused = {_says(row): row.refused for row in before.settlement if row.refused}
	for row in report.settlement:
		row.refused = row.refused or refused.get(_says(row))


def _says(row: Document) -> tuple:
	return row.budget_line or "", row.category, row.description or ""


def _name_lines(report: Document, plan: dict[str, Document]):
	"""A line that came without the name of its plan's row (rows sent anew over REST) is found by what it says."""
	before = report.get_doc_before_save()
	known = {name: (_word(line.category), line.description or "") for name, line in plan.items()}
	for row in before.settlement if before else []:
		if (row.budget_line or "").startswith(UNPLANNED):
			known[row.budget_line] = (row.category, row.description or "")
	for row in report.settlement:
		known.pop(row.budget_line, None)
	for row in report.settlement:
		said = (row.category, row.description or "")
		if not row.budget_line and (name := next((name for name, words in known.items() if words == said), None)):
			row.budget_line = name
			del known[name]


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
	return _(category, lang=RECORD_LANGUAGE)


def _category(row: Document, project: Document) -> str | None:
	"""The category that a line belongs to, also where it was typed in Japanese."""
	line = next((line for line in project.expenses if line.name == row.budget_line), None)
	if line:
		return line.category
	if (row.budget_line or "").startswith(UNPLANNED):
		return row.budget_line.removeprefix(UNPLANNED)
	options = frappe.get_meta("Kyodo Expense Line").get_field("category").options.split("\n")
	return next((option for option in options if row.category in (option, _word(option))), None)


def _recognise(report: Document, project: Document, found: list[expenses.Voucher]):
	"""What is recognised of each line: by its vouchers, or as typed; then what the categories allow."""
	programme = rules_of(project)
	terms = expenses.terms_of(project)[sides.ORGANISATION]
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
	with rules_speak():
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
	said = [f"{voucher.row.name}：{reason}" for voucher in found for reason in voucher.reasons]
	if not found:
		said += [expenses.said(finding) for finding in _typed_findings(row, category, terms)]
	if category in terms.not_eligible and found:
		said = list(dict.fromkeys([*said, expenses.said(receipts.Finding(receipts.NOT_ELIGIBLE, (category,)))]))
	barred = not row.eligible or row.refused or category in terms.not_eligible
	if barred or (not found and _typed_barred(row, terms)):
		return 0, said
	return (sum(voucher.recognised for voucher in found) if found else _yen(row.actual)), said


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
		with rules_speak():
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
	with rules_speak():
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
	return sum(_yen(row.actual) for row in report.income if row.category in DEDUCTED_INCOME)


def _in_words(report: Document, project: Document, result: settlement.Account, deducted: int, goes_on: bool) -> str:
	"""The computation as one line that a clerk can follow with a pocket calculator."""
	yen = lambda amount: f"{round(flt(amount)):,}円"  # noqa: E731
	text = f"対象経費 {yen(report.eligible_cost)}"
	if deducted:
		text += f" − 控除する収入 {yen(deducted)} ＝ {yen(result.base)}"
	if flt(project.rate):
		text += f" × {flt(project.rate):.10g}％"
	if (project.rounding or 1) > 1:
		text += f"（{project.rounding:,}円未満切捨て）"
	if flt(project.rate) or (project.rounding or 1) > 1:
		text += f" ＝ {yen(result.counted)}"
	limits = f"交付決定額 {yen(report.granted_amount)}"
	if flt(project.ceiling):
		limits += f"、上限額 {yen(project.ceiling)}"
	text += f"。これと{limits}のうち{'最も少ない' if flt(project.ceiling) else '少ない方の'}額が精算額 {yen(result.settled)}"
	text += f"、{'翌年度以降の残額' if goes_on else '不用額'} {yen(result.unused)}。"
	text += f"支払済みの額 {yen(report.paid_amount)}との差引きは、"
	if report.refund_amount:
		return text + f"返還額 {yen(report.refund_amount)}。"
	if result.payable:
		return text + f"今後の支払額 {yen(result.payable)}。"
	return text + ("翌年度に繰り越す前払い " + yen(result.refund) + "。" if goes_on and result.refund else "なし。")


def follow(project: str):
	"""Vouchers or payments have changed: the figures of the open reports follow."""
	for name in frappe.get_all(
		REPORT,
		{"project": project, "workflow_state": ["in", OPEN_TO_FIGURES], "report_kind": ["!=", MID_TERM]},
		pluck="name",
		order_by="name",
	):
		doc = frappe.get_doc(REPORT, name)
		doc.flags.ignore_permissions = True  # who records a voucher may not write the report now; its sums follow all the same
		with by_service(doc):
			doc.save()


# -- handing in, accepting -----------------------------------------------------------------


def check_step(report: Document, action: str):
	"""What a step asks for besides the fields its workflow names. Raises ValidationError."""
	if action != "Submit":
		return
	if report.report_kind == FINAL:
		check_over(frappe.get_doc("Kyodo Project", report.project))
	for row in report.indicators:
		if not flt(row.actual) and not (row.result_note or "").strip():
			frappe.throw(
				_("“{0}”: please enter a result. If it is really 0, please write a word about it beside.").format(row.indicator)
			)


def handed_in(report: Document):
	"""The final report of a completed project moves the project on."""
	if report.report_kind == FINAL and frappe.db.get_value("Kyodo Project", report.project, "workflow_state") == "Completed":
		move(frappe.get_doc("Kyodo Project", report.project), "Hand Over Report")


def verified(report: Document):
	"""The meeting has verified the final report, and the project with it."""
	if report.report_kind == FINAL and frappe.db.get_value("Kyodo Project", report.project, "workflow_state") == "Reported":
		move(frappe.get_doc("Kyodo Project", report.project), "Verify")


def accepted(report: Document):
	"""The expenses it covers are fixed, and the amount is told by a letter (額の確定)."""
	filters = {"project": report.project}
	if (years := _years(report)) is not None:
		filters["fiscal_year"] = ["in", sorted(years) or [0]]
	for name in frappe.get_all(expenses.EXPENSE, filters, pluck="name", order_by="name"):
		frappe.db.set_value(expenses.EXPENSE, name, "report", report.name, update_modified=False)
	if report.report_kind == FINAL and flt(report.granted_amount):
		letters.issue_amount(report)
	follow(report.project)  # what a year has settled is no longer there for the final report


def tell_returned(report: Document):
	"""Mail both sides what to correct."""
	project = frappe.get_doc("Kyodo Project", report.project)
	for side in sides.SIDES:
		lines = ["報告書について、次の点の修正をお願いします。", report.return_reason]
		sides.tell(project, side, "報告書の修正のお願い", lines, f"/kyodo/my/reports/{report.name}", report)


@frappe.whitelist(methods=["POST"])
def refuse_line(report: str, line: str, reason: str = "") -> float:
	"""The office does not recognise a settlement line, or (without a reason) does again. Returns what is recognised of it.

	Raises PermissionError for who is not the office or belongs to the organisation, ValidationError for a report that is
	not handed in.
	"""
	require(OFFICER)
	doc = frappe.get_doc(REPORT, report, for_update=True)
	doc.check_permission("write")
	if sides.voice_of(frappe.get_doc("Kyodo Project", doc.project)) != sides.OFFICE:
		frappe.throw(_("You belong to one of the two sides, so a colleague has to look at this line."), frappe.PermissionError)
	if doc.workflow_state != "Submitted":
		frappe.throw(_("Lines are looked at while a report is handed in; this one is in the state {0}.").format(_(doc.workflow_state)))
	row = next((row for row in doc.settlement if row.name == line), None)
	if row is None:
		frappe.throw(_("This row is not there any more. Please open the page again."))
	row.refused = reason.strip() or None
	with by_service(doc):
		doc.save()
	return next(row.recognised for row in doc.settlement if row.name == line)
