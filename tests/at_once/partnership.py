"""Two confirm, amend, pay or report at once."""

from collections.abc import Callable

import frappe
from frappe.utils import nowdate

from .stage import AGREEMENT, CHANGE, PROJECT, REPORT, Moment, Stage, count, rewind, wipe


def offered(stage: Stage) -> str:
	name = stage.agreement
	wipe("Kyodo Agreement Confirmation", parent=name)
	rewind(AGREEMENT, name, workflow_state="Offered", all_confirmed=0, concluded_on=None, docstatus=0)
	for table in ("Party", "Cost", "Clause"):
		rows = {"parenttype": AGREEMENT, "parent": name}
		frappe.db.set_value(f"Kyodo Agreement {table}", rows, "docstatus", 0, update_modified=False)
	for table in ("Kyodo Role Line", "Kyodo Schedule Line", "Kyodo Indicator"):
		frappe.db.set_value(table, {"parenttype": AGREEMENT, "parent": name}, "docstatus", 0, update_modified=False)
	return name


def _confirming(stage: Stage, who: str, name: str):
	digest = frappe.db.get_value(AGREEMENT, name, "content_hash")
	return stage.call(who, "partnership.agreements.confirm", agreement=name, content_hash=digest, position="長")


def both_confirm(stage: Stage) -> Moment:
	name = offered(stage)

	def holds():
		assert stage.town.state(AGREEMENT, name) == "Concluded"
		assert count("Kyodo Agreement Confirmation", parent=name) == 2

	return Moment([_confirming(stage, who, name) for who in ("section", "rep")], holds)


def one_confirms_twice(stage: Stage) -> Moment:
	name = offered(stage)

	def holds():
		assert stage.town.state(AGREEMENT, name) == "Offered" and count("Kyodo Agreement Confirmation", parent=name) == 1

	return Moment([_confirming(stage, "rep", name) for _number in range(2)], holds)


def confirm_or_reopen(stage: Stage) -> Moment:
	name = offered(stage)

	def holds():
		state, confirmed = stage.town.state(AGREEMENT, name), count("Kyodo Agreement Confirmation", parent=name)
		assert (state, confirmed) in (("Drafting", 0), ("Offered", 1)), (state, confirmed)

	return Moment([_confirming(stage, "rep", name), stage.act("section", AGREEMENT, name, "Reopen")], holds)


def draft_agreement(stage: Stage) -> Moment:
	frappe.db.set_value(AGREEMENT, {"project": stage.planned}, "workflow_state", "Withdrawn", update_modified=False)

	def holds():
		assert count(AGREEMENT, project=stage.planned, workflow_state="Drafting") == 1

	return Moment([stage.call(who, "partnership.agreement_drafts.draft_for", project=stage.planned) for who in ("section", "rep")], holds)


def amend(stage: Stage) -> Moment:
	for name in frappe.get_all(AGREEMENT, {"replaces": stage.concluded}, pluck="name", order_by="name"):
		rewind(AGREEMENT, name, workflow_state="Withdrawn")

	def holds():
		assert count(AGREEMENT, replaces=stage.concluded, workflow_state="Drafting") == 1

	acts = [
		stage.call(who, "partnership.agreement_terms.begin_amendment", agreement=stage.concluded, reason="期間の延長")
		for who in ("section", "rep")
	]
	return Moment(acts, holds)


def begin_change(stage: Stage) -> Moment:
	wipe(CHANGE, project=stage.running)

	def holds():
		assert count(CHANGE, project=stage.running) == 1

	return Moment(
		[stage.call(who, "partnership.plan_changes.begin", project=stage.running, reason="人数の変更") for who in ("rep", "editor")], holds
	)


def _payments(stage: Stage, amount: int) -> tuple[list[Callable], Callable[[], list[int]]]:
	wipe("Kyodo Payment", parent=stage.running)
	rows = [{"kind": kind, "amount": amount, "paid_on": nowdate()} for kind in ("Advance", "Instalment")]
	acts = [stage.update(who, PROJECT, stage.running, {"payments": [row]}) for who, row in zip(("officer", "officer2"), rows, strict=True)]
	return acts, lambda: frappe.get_all("Kyodo Payment", {"parent": stage.running}, pluck="amount", order_by="idx")


def pay_too_much(stage: Stage) -> Moment:
	acts, paid = _payments(stage, 300000)

	def holds():
		assert sum(paid()) == 300000, paid()

	return Moment(acts, holds)


def pay_twice(stage: Stage) -> Moment:
	acts, paid = _payments(stage, 100000)

	def holds():
		assert sum(paid()) == 100000, "one is kept, the other is told: it had not seen the first"

	return Moment(acts, holds)


def ask_twice(stage: Stage) -> Moment:
	wipe("Kyodo Payment", parent=stage.running)
	wipe("Kyodo Payment Request", project=stage.running)
	account = {
		"bank_name": "銀行",
		"bank_branch": "支店",
		"account_type": "Ordinary Account",
		"account_number": "1",
		"account_holder": "カイ",
	}
	whole = {"project": stage.running, "kind": "Advance", "amount": 400000, **account}

	def holds():
		assert count("Kyodo Payment Request", project=stage.running) == 1

	return Moment([stage.call(who, "partnership.payment_requests.ask", **whole) for who in ("rep", "editor")], holds)


def _years(stage: Stage) -> int:
	"""Promise the next year of the project of several years anew, and return it."""
	project = stage.of_years
	first = frappe.db.get_value(PROJECT, project, "fiscal_year")
	wipe("Kyodo Yearly Amount", parent=project)
	wipe("Kyodo Letter", project=project, letter_type=["in", ("Next Year Confirmed", "Next Year Ended")])
	place = {"parent": project, "parenttype": PROJECT, "parentfield": "yearly_amounts"}
	for idx, state in enumerate(("Year Confirmed", "Promised"), 1):
		row = {"fiscal_year": first + idx - 1, "granted": 100000, "promised": 100000, "year_state": state}
		frappe.get_doc({"doctype": "Kyodo Yearly Amount", **place, "idx": idx, **row}).db_insert()
	frappe.clear_document_cache(PROJECT, project)
	return first + 1


def _answered(stage: Stage) -> tuple[str, list[str]]:
	"""(state of the next year, types of its letters)"""
	project = stage.of_years
	state = frappe.db.get_value("Kyodo Yearly Amount", {"parent": project, "idx": 2}, "year_state")
	types = ("Next Year Confirmed", "Next Year Ended")
	letters = frappe.get_all("Kyodo Letter", {"project": project, "letter_type": ["in", types]}, pluck="letter_type", order_by="name")
	return state, letters


def confirm_year(stage: Stage) -> Moment:
	args = {"project": stage.of_years, "fiscal_year": _years(stage)}

	def holds():
		assert _answered(stage) == ("Year Confirmed", ["Next Year Confirmed"]), _answered(stage)

	return Moment([stage.call(who, "evaluation.next_year.confirm", **args) for who in ("officer", "officer2")], holds)


def confirm_or_end_year(stage: Stage) -> Moment:
	args = {"project": stage.of_years, "fiscal_year": _years(stage)}
	confirm = stage.call("officer", "evaluation.next_year.confirm", **args)
	end = stage.call("officer2", "evaluation.next_year.end", **args, reason="団体の都合")

	def holds():
		assert _answered(stage) in (("Year Confirmed", ["Next Year Confirmed"]), ("Year Ended", ["Next Year Ended"])), _answered(stage)

	return Moment([confirm, end], holds)


def open_report(stage: Stage) -> Moment:
	wipe(REPORT, project=stage.running)
	year = frappe.db.get_value(PROJECT, stage.running, "fiscal_year")

	def holds():
		assert count(REPORT, project=stage.running) == 1

	return Moment(
		[
			stage.call(who, "partnership.reports.open_report", project=stage.running, kind="Mid-term", fiscal_year=year)
			for who in ("section", "rep")
		],
		holds,
	)
