"""The next year of a project with an amount for each year: confirmed after the mid-term review without a new decision, or ended.

Source: domain.md §7 "Terms" (the next year is confirmed, not decided again, after a mid-term review).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, now_datetime

from kyodo_frappe import messages
from kyodo_frappe.common import typed_input
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.common.printing import yen
from kyodo_frappe.evaluation.errors import InvalidNextYear, LookMissing, NextYearTooEarly, YearAlreadyAnswered
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.partnership import parties, payments, project_years
from kyodo_frappe.partnership.errors import OfficeOnly, ProjectNotActive
from kyodo_frappe.partnership.project_years import CONFIRMED, ENDED, PROMISED
from kyodo_frappe.permissions.roles import OFFICER, require
from kyodo_frappe.programme import payable, years
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.era import era_year, fiscal_year_range
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import DECIDED, EXAMINED, WAITING, category_of, states

ROUND = "Kyodo Evaluation Round"
PHASES = ("Mid-term", "Annual")
NO_LOOK, BY_MEETING = "No Look", "Mid-term Look Verified by a Meeting"


@frappe.whitelist(methods=["GET"])
def offer(project: str) -> dict | None:
	"""Return what the desk shows before the next year is confirmed: {fiscal_year, label, promised, limit, obstacle}; None where no year waits.

	limit: yen that may be paid for that year, None for no limit; obstacle: why it cannot be confirmed yet, "" where it can. Raises
	PermissionError.
	"""
	require(OFFICER)
	doc = parties.get_permitted("Kyodo Project", project)
	row = project_years.next_promised(doc)
	if row is None:
		return None
	found = _obstacle(doc, row.fiscal_year)
	return {
		"fiscal_year": row.fiscal_year,
		"label": era_year(row.fiscal_year),
		"promised": round(flt(row.promised)),
		"limit": _limit(doc, row.fiscal_year),
		"obstacle": found[0] if found else "",
	}


@frappe.whitelist(methods=["POST"])
def confirm(project: str, fiscal_year: int, amount: str | int | float | None = None, reason: str = "") -> int:
	"""Confirm the next year with an amount in yen, by default what was promised; the office's act. Returns the yen granted.

	Less than was promised needs a reason. The letter is issued and both sides are notified. Raises PermissionError, OfficeOnly,
	YearOutsideTerm, YearAlreadyAnswered, NextYearTooEarly, LookMissing, ProjectNotActive, InvalidNextYear, GrantExceedsPayable.
	"""
	doc, row = _waiting_year(project, fiscal_year)
	if found := _obstacle(doc, row.fiscal_year):
		frappe.throw(found[0], exc=found[1])
	granted, reason = _read_amount(row, amount), (reason or "").strip()
	_check_amount(doc, row, granted, reason)
	_answer(doc, [row], CONFIRMED, reason, granted)
	letters.issue_next_year(doc, row)
	parties.notify("Next Year Confirmed", doc, year=era_year(row.fiscal_year), amount=f"{granted:,}", reason=reason)
	return granted


@frappe.whitelist(methods=["POST"])
def end(project: str, fiscal_year: int, reason: str) -> None:
	"""End a project before its next year, with a reason; the office's act. The money of this and later years is free again.

	The letter is issued and both sides are notified. Raises PermissionError, OfficeOnly, YearOutsideTerm, YearAlreadyAnswered,
	ProjectNotActive, InvalidNextYear without a reason.
	"""
	doc, row = _waiting_year(project, fiscal_year)
	if stopped := _not_running(doc):
		frappe.throw(stopped, exc=ProjectNotActive)
	reason = (reason or "").strip()
	if not reason:
		frappe.throw(_("Please give the reason. The letter to the organisation says it."), exc=InvalidNextYear)
	later = [one for one in doc.get(years.ROWS) if one.fiscal_year >= row.fiscal_year and one.year_state != ENDED]
	doc.to_date = fiscal_year_range(row.fiscal_year - 1)[1]
	_answer(doc, later, ENDED, reason, 0)
	letters.issue_next_year(doc, row)
	parties.notify("Next Year Ended", doc, year=era_year(row.fiscal_year), reason=reason)


def tell_office(evaluation: Document):
	"""Tell the office that the next year of a project can be confirmed, now that its mid-term look has come far enough."""
	project = frappe.get_doc("Kyodo Project", evaluation.project)
	row = project_years.next_promised(project)
	if row and row.fiscal_year == evaluation.fiscal_year + 1 and not _obstacle(project, row.fiscal_year):
		messages.send("Next Year Waits", project, year=era_year(row.fiscal_year))


def _waiting_year(project: str, year: int) -> tuple[Document, Document]:
	"""The project, locked for the office, and the row of its next year."""
	require(OFFICER)
	doc = parties.get_permitted("Kyodo Project", project, "write", lock=True)
	if parties.side_or_office(doc) != parties.OFFICE:
		frappe.throw(_("You belong to one of the two sides, so a colleague of the office confirms the next year."), exc=OfficeOnly)
	row = project_years.row_of(doc, year)
	if row.year_state != PROMISED:
		state = _(row.year_state) if row.year_state else _("not granted")
		frappe.throw(_("{0} is already answered: {1}.").format(era_year(year), state), exc=YearAlreadyAnswered)
	first = project_years.next_promised(doc)
	if first.fiscal_year != year:
		frappe.throw(_("{0} comes first and has not been confirmed yet.").format(era_year(first.fiscal_year)), exc=NextYearTooEarly)
	return doc, row


def _obstacle(project: Document, year: int) -> tuple[str, type[frappe.ValidationError]] | None:
	"""Why the next year cannot be confirmed now: (sentence, exception)."""
	if stopped := _not_running(project):
		return stopped, ProjectNotActive
	return _look_missing(project, year)


def _not_running(project: Document) -> str:
	"""The sentence that refuses an answer because the project is not running; "" while it is."""
	if category_of(project) == WAITING:
		return ""
	text = _("The next year is confirmed or ended while the project is running. It is in the state {0}.")
	return text.format(_(project.workflow_state))


def _look_missing(project: Document, year: int) -> tuple[str, type[frappe.ValidationError]] | None:
	needed = rules_of(project).next_year_after
	if needed == NO_LOOK:
		return None
	done = states(ROUND, DECIDED) if needed == BY_MEETING else states(ROUND, EXAMINED, DECIDED)
	looks = {"project": project.name, "fiscal_year": year - 1, "phase": ["in", PHASES], "workflow_state": ["in", done]}
	found = frappe.get_all(ROUND, looks, pluck="outcome", order_by="creation desc")
	if not found:
		by_meeting = _("The mid-term look at {0} has to be verified by a meeting first.")
		talked = _("The mid-term look at {0} has to be held first: both sides evaluate and talk about it.")
		return (by_meeting if needed == BY_MEETING else talked).format(era_year(year - 1)), LookMissing
	if "End" in found:
		return _("The mid-term look at {0} came to the outcome “{1}”.").format(era_year(year - 1), _("End")), LookMissing
	return None


def _limit(project: Document, year: int) -> int | None:
	found = dict(payable.of_plan(project, project).years).get(year)
	return found.limit if found else None


def _read_amount(row: Document, amount: str | int | float | None) -> int:
	if amount in (None, ""):
		return round(flt(row.promised))
	value = typed_input.read(row.meta.get_field("granted"), amount, _("Amount")) if isinstance(amount, str) else amount
	if flt(value) <= 0 or flt(value) != round(flt(value)):
		frappe.throw(_("Please enter an amount in whole yen above 0."), exc=InvalidNextYear)
	return round(flt(value))


def _check_amount(project: Document, row: Document, granted: int, reason: str):
	promised = round(flt(row.promised))
	if granted > promised:
		frappe.throw(
			_("{0}: {1} yen are more than the {2} yen that were promised.").format(
				era_year(row.fiscal_year), f"{granted:,}", f"{promised:,}"
			),
			exc=InvalidNextYear,
		)
	if granted < promised and not reason:
		frappe.throw(
			_("{0}: this is less than the {1} yen that were promised. Please give the reason.").format(
				era_year(row.fiscal_year), f"{promised:,}"
			),
			exc=InvalidNextYear,
		)
	found = dict(payable.of_plan(project, project).years).get(row.fiscal_year)
	if found:
		payments.check_amount(found, granted, {})


def _answer(project: Document, rows: list[Document], state: str, reason: str, granted: int):
	"""Write the office's answer into the rows of a project, and into its timeline."""
	for row in rows:
		row.update({"year_state": state, "granted": granted, "reason": reason or None})
		row.update({"answered_on": now_datetime().replace(microsecond=0), "answered_by": frappe.session.user})
	with by_service(project):
		project.save()
	year = era_year(rows[0].fiscal_year)
	if state == CONFIRMED:
		text = _("{0} is confirmed: {1}.", lang=RECORD_LANGUAGE).format(year, yen(granted))
	else:
		text = _("Ended before {0}.", lang=RECORD_LANGUAGE).format(year)
	project.add_comment("Info", frappe.utils.escape_html(f"{text} {reason}".strip()))
