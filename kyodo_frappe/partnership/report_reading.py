"""Reading a report in the desk (page `kyodo-reading`): its text, the settlement line by line with each voucher beside its line, what to
check, points to correct, the next acts. As `proposals/reading.py` for proposals.
"""

from collections import defaultdict
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, get_datetime, getdate

from kyodo_frappe.common import checks, corrections
from kyodo_frappe.common.checks import FINE, LOOK, MISSING, Check
from kyodo_frappe.common.errors import InputMissing
from kyodo_frappe.common.printing import yen
from kyodo_frappe.common.queries import among
from kyodo_frappe.messages.sending import told_of
from kyodo_frappe.partnership import expenses, parties, report_documents, report_figures, reports
from kyodo_frappe.permissions import hooks
from kyodo_frappe.programme import form, form_document
from kyodo_frappe.proposals import reading_checks
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.workflows import acts
from kyodo_frappe.workflows.reading_queue import queue_of

REPORT = report_figures.REPORT
SETTLEMENT = "settlement"
ACCEPT = "Accept"


@frappe.whitelist(methods=["GET"])
def read(report: str) -> dict:
	"""Return a report to be read in the desk: as `proposals.reading.read`, without changes.

	lines, may_judge and sums as `_money`. Raises PermissionError for all but the desk users who may read it.
	"""
	doc = _readable(report)
	return {
		"name": doc.name,
		"title": doc.project_name or doc.name,
		"facts": _facts(doc),
		"document": form_document.document_of(doc, _titles(), without=(SETTLEMENT,) if _with_money(doc) else ()),
		"changes": [],
		"parts": [{"value": field.name, "label": field.label} for field in form.fields_of(doc, form.PORTAL, former=True)],
		**_course(doc),
	}


@frappe.whitelist(methods=["GET"])
def queue(report: str = "") -> list[dict]:
	"""[{name, title}] of the reports that wait like this one, of the same programme, the oldest first; without one, of all that wait.

	Raises PermissionError as `read`.
	"""
	frappe.has_permission(REPORT, "read", throw=True)
	return queue_of(REPORT, _readable(report) if report else None, ("programme",))


def _readable(report: str) -> Document:
	doc = frappe.get_doc(REPORT, report) if frappe.db.exists(REPORT, report) else None
	if doc is None:
		raise frappe.PermissionError  # as for one that exists and is not theirs
	hooks.check_city_reads(doc)
	return doc


def _writable(report: str) -> Document:
	doc = _readable(report)
	doc.check_permission("write")
	return doc


def _with_money(doc: Document) -> bool:
	return doc.report_kind != report_figures.MID_TERM


def _titles() -> dict[str, str]:
	return {"sheet": _("What Was Done"), "plan": _("Plan and Results"), "money": _("Income and Expenses"), "documents": _("Documents")}


def _facts(doc: Document) -> list[tuple[str, str]]:
	organisation = frappe.db.get_value("Kyodo Organisation", doc.organisation, "organisation_name") if doc.organisation else ""
	found = [
		(_("Organisation"), organisation),
		(_("Section in Charge"), doc.section),
		(_("Kind"), _(doc.report_kind)),
		(_("Fiscal Year"), era_year(doc.fiscal_year)),
		(_("Completed On"), era_date(getdate(doc.completed_on)) if doc.completed_on else ""),
	]
	return [(heading, text) for heading, text in found if text]


def _course(doc: Document) -> dict:
	"""What changes with every act: the state, money, checks, points, and what the user may do next."""
	possible = acts.possible(doc)
	project = frappe.get_doc("Kyodo Project", doc.project)
	return {
		"state": doc.workflow_state,
		"state_word": _(doc.workflow_state),
		"modified": str(doc.modified),
		**_money(doc, project, possible),
		"checks": checks.as_groups([*_checks(doc)]),
		"points": corrections.as_points(doc),
		"may_point": any(acts.returns(doc, act) and not act.own for act in possible),
		"acts": [acts.shown(doc, act, _what_follows(doc, project, act)) for act in possible],
	}


# -- acts ------------------------------------------------------------------------------------------------


def _what_follows(doc: Document, project: Document, act: acts.Act) -> list[str]:
	found = []
	if act.action == ACCEPT and _with_money(doc):
		found.append(_("The settled amount is fixed: {0}. The vouchers can no longer be changed.").format(yen(doc.settled_amount)))
		if doc.report_kind == report_figures.FINAL and flt(doc.granted_amount) and doc.organisation:
			found.append(_("The letter “{0}” is made.").format(_("Amount Confirmed")))
	if acts.returns(doc, act):
		people = [*parties.recipients(project, parties.CITY), *parties.recipients(project, parties.ORGANISATION)]
		if names := dict.fromkeys(person.name or person.email for person in told_of("Report Returned", doc, people)):
			found.append(_("A message goes to {0}.").format(_(", ").join(names)))
	return found


@frappe.whitelist(methods=["POST"])
def act(report: str, action: str, seen: str = "", reason: str = "") -> dict:
	"""Take a step with a report that was read; as `proposals.reading.act`."""
	doc = _writable(report)
	return _course(acts.take(doc, action, seen, reason))


@frappe.whitelist(methods=["POST"])
def add_point(report: str, reason: str, field: str = "", passage: str = "") -> dict:
	"""As `proposals.reading.add_point`."""
	doc = _writable(report)
	corrections.add(doc, field, passage, reason)
	return _saved(doc)


@frappe.whitelist(methods=["POST"])
def change_point(report: str, row: str, reason: str) -> dict:
	"""As `proposals.reading.change_point`."""
	doc = _writable(report)
	corrections.change(doc, row, reason)
	return _saved(doc)


@frappe.whitelist(methods=["POST"])
def remove_point(report: str, row: str) -> dict:
	"""As `proposals.reading.remove_point`."""
	doc = _writable(report)
	corrections.remove(doc, row)
	return _saved(doc)


@frappe.whitelist(methods=["POST"])
def settle_point(report: str, row: str, settled: bool | int | str = 1) -> dict:
	"""As `proposals.reading.settle_point`."""
	doc = _writable(report)
	corrections.row_of(doc, row).settled = cint(settled)
	return _saved(doc)


def _saved(doc: Document) -> dict:
	doc.save()
	return _course(doc)


# -- money -----------------------------------------------------------------------------------------------


def _money(doc: Document, project: Document, possible: list[acts.Act]) -> dict:
	"""{lines, sums: [(heading, text)], note, may_judge} of the settlement; no lines in a mid-term report.

	A line: {name, category, description, budget, actual, recognised, refused, finding, eligible, vouchers, file}; a voucher: {name,
	description, paid_on, payee, addressee, amount, recognised, reasons, finding, refused, checked, file}; file as in
	form_document.py, None without one. Amounts in yen.
	"""
	if not _with_money(doc):
		return {"lines": [], "sums": [], "note": "", "may_judge": False}
	plan = report_figures.planned_lines(doc, project)
	by_line = defaultdict(list)
	vouchers = report_figures.vouchers_of(doc, project)
	files = _files([voucher.row.name for voucher in vouchers])
	for voucher in vouchers:
		by_line[report_figures.line_key(voucher, plan)].append(_voucher(voucher, files))
	own = form_document.files_of(doc)
	sums = ("total_cost", "eligible_cost", "granted_amount", "settled_amount", "unused_amount", "paid_amount")
	sums += tuple(name for name in ("refund_amount", "payable_amount") if doc.get(name))
	return {
		"lines": [_line(row, by_line.get(row.budget_line, []), own) for row in doc.settlement],
		"sums": [(_(doc.meta.get_label(name)), yen(doc.get(name))) for name in sums],
		"note": doc.settlement_note or "",
		"may_judge": any(act.action == ACCEPT and not act.own for act in possible),
	}


def _line(row: Document, vouchers: list[dict], files: dict[str, dict]) -> dict:
	numbers = {name: round(flt(row.get(name))) for name in ("budget", "actual", "recognised")}
	texts = {name: row.get(name) or "" for name in ("name", "category", "description", "refused", "finding")}
	file = form_document.file_of(row.description or row.category, row.receipt, files) if row.receipt else None
	return {**texts, **numbers, "eligible": bool(row.eligible), "accepted": bool(row.accepted), "vouchers": vouchers, "file": file}


def _voucher(voucher: expenses.Voucher, files: dict[str, dict]) -> dict:
	row = voucher.row
	texts = {name: row.get(name) or "" for name in ("name", "description", "payee", "addressee", "refused")}
	return {
		**texts,
		"paid_on": era_date(getdate(row.paid_on)),
		"amount": round(flt(row.amount)),
		"recognised": voucher.recognised,
		"reasons": list(voucher.reasons),
		"finding": (row.finding or "").splitlines(),
		"checked": bool(row.checked_on),
		"file": form_document.file_of(row.description, row.receipt, files) if row.receipt else None,
	}


def _files(names: list[str]) -> dict[str, dict]:
	filters = {"attached_to_doctype": expenses.EXPENSE, "attached_to_name": among(names)}
	rows = frappe.get_all("File", filters, ["file_url", "file_name", "file_size"], order_by="creation desc")
	return {row.file_url: row for row in rows}


@frappe.whitelist(methods=["POST"])
def recognise(report: str, amount: int | float | str, reason: str = "", expense: str = "", line: str = "") -> dict:
	"""Set how much is recognised of an expense or of a whole settlement line, in yen; returns as `add_point`.

	All of it needs no reason, less does. Raises PermissionError, OfficeOnly, ExpenseSettled, NotSubmitted, InvalidExpense,
	NotRecognisable, ValidationError without a reason.
	"""
	doc = _writable(report)
	if expense:
		paid = frappe.db.get_value(expenses.EXPENSE, {"name": expense, "project": doc.project}, "amount")
		if paid is None:
			raise frappe.PermissionError
		_recognise_expense(expense, expenses.check_part(paid, amount), paid, reason)
	else:
		spent = next((flt(row.actual) for row in doc.settlement if row.name == line), 0)
		most = expenses.check_part(spent, amount)
		if most < spent and not reason.strip():
			_ask_for_reason()
		reports.refuse_line(report, line, reason if most < spent else "", most)
	return _course(frappe.get_doc(REPORT, report))


def _recognise_expense(expense: str, most: int, paid: float, reason: str):
	if most == round(flt(paid)):
		expenses.accept(expense)
	elif reason.strip():
		expenses.refuse(expense, reason, most)
	else:
		_ask_for_reason()


def _ask_for_reason():
	frappe.throw(_("Please say why not all of it is recognised. The organisation reads it."), InputMissing)


# -- what to check ---------------------------------------------------------------------------------------


def _checks(doc: Document) -> Iterator[Check]:
	yield from reading_checks.answers(doc)
	yield _handed_in(doc)
	yield from _documents(doc)
	yield from _indicators(doc)
	if _with_money(doc):
		yield from _settlement(doc)
	yield from reading_checks.points(doc)


def _handed_in(doc: Document) -> Check:
	subject = _("Handed In")
	if not doc.submitted_on:
		return Check(subject, FINE, _("Not handed in yet."))
	moment = get_datetime(doc.submitted_on)
	when = f"{era_date(moment.date())} {moment:%H:%M}"
	if not doc.due_date:
		return Check(subject, FINE, _("Handed in on {0}.").format(when))
	late = moment.date() > getdate(doc.due_date)
	text = _("Handed in on {0}, late: it was due on {1}.") if late else _("Handed in on {0}; it was due on {1}.")
	return Check(subject, LOOK if late else FINE, text.format(when, era_date(getdate(doc.due_date))))


def _documents(doc: Document) -> Iterator[Check]:
	subject, there = _("Attached Documents"), report_documents.attached(doc)
	rows = report_documents.documents_of(doc)
	for row in rows:
		yield reading_checks.document(subject, row, row.document in there, report_documents.TABLE)
	if not rows:
		yield Check(subject, FINE, _("No documents are asked for; {0} attached.").format(len(there)), report_documents.TABLE)


def _indicators(doc: Document) -> Iterator[Check]:
	subject = _("Results per Indicator")
	for row in doc.indicators:
		if not flt(row.actual) and not (row.result_note or "").strip():
			yield Check(subject, MISSING, _("{0}: no result.").format(row.indicator), "indicators")
		elif flt(row.target) and flt(row.actual) != flt(row.target):
			text = _("{0}: target {1}, result {2}.").format(row.indicator, f"{flt(row.target):,.10g}", f"{flt(row.actual):,.10g}")
			yield Check(subject, FINE, text, "indicators")


def _settlement(doc: Document) -> Iterator[Check]:
	subject = _("Income and Expenses")
	income, cost = sum(flt(row.actual) for row in doc.income), flt(doc.total_cost)
	if income == cost:
		yield Check(subject, FINE, _("Income and expenses are equal: {0}.").format(yen(income)), "income")
	else:
		text = _("Income ({0}) and expenses ({1}) differ by {2}.").format(yen(income), yen(cost), yen(abs(income - cost)))
		yield Check(subject, LOOK, text, "income")
	for row in doc.settlement:
		if row.finding or row.refused:
			name = " ".join(filter(None, (row.category, row.description)))
			left = flt(row.actual) - flt(row.recognised)
			text = _("{0}: {1} not recognised. {2}").format(name, yen(left), corrections.one_line(row.refused or row.finding))
			yield Check(subject, LOOK if left and not row.refused else FINE, text, f"line-{row.name}")
	yield Check(subject, FINE, doc.settlement_note or "", SETTLEMENT)
