"""Changes of a running plan: requested by one side, agreed to by the other, approved by the office where the programme
requires it, and then written into the plan (変更承認).

Sources: 鎌倉 2(2)5 (changes while a project runs), 補助金交付規則 (軽微な変更 needs no approval), 小平 3(2)③ (both sides agree).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, flt, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import InvalidNumber
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.printing import BOUNDS, number, yen
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.partnership import agreement_terms, expenses, parties, payments, project_years
from kyodo_frappe.partnership.errors import GrantExceedsCeiling, InvalidProjectDates, ProjectNotActive, ProjectNotStarted, YearFixed
from kyodo_frappe.programme import payable, years
from kyodo_frappe.programme.errors import YearlyAmountsDiffer, YearOutsideTerm
from kyodo_frappe.programme.versions import Rules, rules_of
from kyodo_frappe.rules.canonical import content_hash
from kyodo_frappe.rules.era import era_date, era_year
from kyodo_frappe.rules.plan_lines import amount_moved, by_category, pair_rows, percentage
from kyodo_frappe.workflows.guard import by_service
from kyodo_frappe.workflows.states import WRITING, states

CHANGE = "Kyodo Plan Change"
PLAN_FIELDS = ("plan", "to_date", "granted_amount")
# columns of the plan that a change can alter; PAIR_KEYS identify a row in both versions
PLAN_TABLES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
	"roles": ("side", "role"),
	"income": ("category", "description", "amount", "year_number"),
	"expenses": ("category", "description", "unit_price", "quantity", "amount", "eligible", "year_number"),
	years.ROWS: ("fiscal_year", "granted"),
}
PAIR_KEYS = {
	"schedule": ("period", "activity"),
	"indicators": ("indicator",),
	"roles": ("side", "role"),
	"income": ("category", "description", "year_number"),
	"expenses": ("category", "description", "year_number"),
	years.ROWS: ("fiscal_year",),
}
CONTENT_FIELDS = (*PLAN_FIELDS, *PLAN_TABLES, "reason")
NUMERIC_FIELDS = ("baseline", "target", "unit_price", "quantity", "amount", "eligible", "granted_amount", "granted")
CATEGORIES = {"income": vocabulary.INCOME, "expenses": vocabulary.COST}
TRANSLATED_FIELDS = ("side", "direction")
# part of the agreement's text; a change of the schedule alone needs no amendment
AGREED_FIELDS = ("to_date", "granted_amount", years.ROWS, "roles", "indicators", "income")


@dataclass(frozen=True)
class Moved:
	"""By how much lines of cost grow (`added`) and shrink (`taken`), and the whole cost before, in yen."""

	added: int
	taken: int
	cost: int


# -- drafting ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def begin(project: str, reason: str) -> str:
	"""Draft a change of a running project from its present plan; returns its name, or that of the side's existing draft.

	Raises NotYourSide, ProjectNotStarted, ProjectNotActive.
	"""
	doc = parties.get_permitted("Kyodo Project", project)
	side = parties.check_side(doc)
	check_running(doc)
	frappe.db.get_value(
		"Kyodo Project", project, "name", for_update=True
	)  # of two requests at once, the second finds the first one's draft
	own = {"project": project, "side": side, "workflow_state": ["in", states(CHANGE, WRITING)]}
	existing = frappe.db.get_value(CHANGE, own, for_update=True)
	if existing:
		return existing
	return frappe.get_doc({"doctype": CHANGE, "project": project, "reason": reason.strip()}).insert().name


def check_running(project: Document):
	"""Raise ProjectNotStarted or ProjectNotActive unless the project runs."""
	if project.workflow_state == "Planning":
		frappe.throw(_("The project is still being planned. Please edit the plan itself."), exc=ProjectNotStarted)
	if project.workflow_state != "Running":
		frappe.throw(
			_("The project is in the state {0}, so its plan can no longer be changed.").format(_(project.workflow_state)),
			exc=ProjectNotActive,
		)


def copy_plan(change: Document, project: Document):
	"""Fill what a new change leaves empty from the present plan, and store the digest of that plan."""
	for field in PLAN_FIELDS:
		if change.get(field) in (None, "", 0):
			change.set(field, project.get(field))
	for table in PLAN_TABLES:
		if not change.get(table):
			for row in _rows(project, table):
				change.append(table, row)
	change.plan_digest = plan_digest(project)


def _rows(doc: Document, table: str) -> list[dict]:
	return [{column: row.get(column) for column in PLAN_TABLES[table]} for row in doc.get(table)]


def plan_digest(project: Document) -> str:
	"""Digest of a plan, to detect later changes of it."""
	content = {field: _comparable(field, project.get(field)) for field in PLAN_FIELDS}
	for table, columns in PLAN_TABLES.items():
		content[table] = [_digested(columns, row) for row in project.get(table)]
	if not content[years.ROWS]:
		del content[years.ROWS]  # plans of one year have the digest that they had before there were others
	with translate_rule_errors():
		return content_hash(content)


def _digested(columns: tuple[str, ...], row: Document) -> dict:
	content = {column: _comparable(column, row.get(column)) for column in columns}
	return {column: value for column, value in content.items() if column != "year_number" or value != 1}


def _comparable(column: str, value):
	if column in NUMERIC_FIELDS:
		return flt(value)
	if column in ("year_number", "fiscal_year"):
		return cint(value) or 1
	return str(getdate(value)) if column == "to_date" and value else (value or "")


# -- effects --------------------------------------------------------------------------


def compute_effects(change: Document, project: Document):
	"""Compute what a draft changes, how much money moves, and whether approval and an amendment are needed.

	Raises InvalidProjectDates, ValidationError.
	"""
	for row in change.expenses:
		if flt(row.unit_price):
			row.amount = round(flt(row.unit_price) * flt(row.quantity or 1))
	_check_years(change, project)
	_check_plan(change, project)
	touched = [field for field in (*PLAN_FIELDS, *PLAN_TABLES) if _differs(change, project, field)]
	cost = round(sum(flt(row.amount) for row in project.expenses))
	pairs = pair_rows(project.expenses, change.expenses, PAIR_KEYS["expenses"])
	added, taken = amount_moved(pairs), amount_moved((after, before) for before, after in pairs)
	change.moved_amount = max(added, taken)
	change.moved_share = percentage(int(change.moved_amount), cost)
	change.changes = "\n".join(line for field in touched for line in _describe(change, project, field)) or None
	reasons = _approval_reasons(change, project, touched, Moved(added, taken, cost))
	change.needs_approval = int(bool(reasons))
	change.approval_reason = "\n".join(reasons) or None
	change.changes_agreement = int(bool(set(touched) & set(AGREED_FIELDS)) and bool(_concluded_agreement(project.name)))


def _check_plan(change: Document, project: Document):
	if change.to_date and project.from_date and getdate(change.to_date) < getdate(project.from_date):
		frappe.throw(_("The project ends before it starts. Please correct its term."), exc=InvalidProjectDates)
	if flt(project.ceiling) and flt(change.granted_amount) > flt(project.ceiling):
		frappe.throw(
			_("The granted amount exceeds the ceiling of the call ({0} yen).").format(f"{flt(project.ceiling):,.0f}"), GrantExceedsCeiling
		)
	before, after = ({0: flt(doc.granted_amount)} | years.granted(doc) for doc in (project, change))
	if any(amount > before.get(year, 0) for year, amount in after.items()):
		payments.check_amount(payable.of_plan(project, change), change.granted_amount, years.granted(change))
	for row in (*change.expenses, *change.income):
		if flt(row.amount) < 0:
			frappe.throw(
				_("“{0}” cannot be less than 0.").format(
					row.description or vocabulary.word(vocabulary.INCOME if row in change.income else vocabulary.COST, row.category)
				),
				exc=InvalidNumber,
			)


def _check_years(change: Document, project: Document):
	"""Check the amounts per year of a change, and the years of its lines; the granted amount is their sum.

	Raises YearOutsideTerm, YearFixed, YearlyAmountsDiffer.
	"""
	before, after = years.granted(project), years.granted(change)
	for row in (*change.expenses, *change.income):
		if (cint(row.year_number) or 1) > max(1, len(before)):
			text = _("“{0}”: year {1} is outside of the term of {2} years. Please correct the year.")
			frappe.throw(text.format(row.description or row.category, row.year_number, max(1, len(before))), exc=YearOutsideTerm)
	if len(change.get(years.ROWS)) != len(before) or set(after) != set(before):
		frappe.throw(_("The amounts per year are those of the years of the term. A change adds or removes no year."), exc=YearOutsideTerm)
	if not before:
		return
	for year, amount in after.items():
		if amount != before[year] and not project_years.is_open(project, year):
			frappe.throw(_("The amount of {0} is settled or ended, and can no longer change.").format(era_year(year)), exc=YearFixed)
	known = {flt(doc.granted_amount) for doc in (project, change.get_doc_before_save()) if doc}
	if flt(change.granted_amount) not in {flt(sum(after.values())), *known}:
		frappe.throw(
			_("The amounts per year add up to {0} yen, not to {1} yen.").format(
				f"{sum(after.values()):,}", f"{flt(change.granted_amount):,.0f}"
			),
			exc=YearlyAmountsDiffer,
		)
	change.granted_amount = sum(after.values())


def _differs(change: Document, project: Document, field: str) -> bool:
	if field in PLAN_FIELDS:
		return _in_words(field, change.get(field)) != _in_words(field, project.get(field))
	# rows in another order are the same plan
	plain = lambda doc: sorted(
		(tuple(_in_words(column, row.get(column)) for column in PLAN_TABLES[field]) for row in doc.get(field)), key=repr
	)
	return plain(change) != plain(project)


def _in_words(column: str, value):
	"""A value to compare: texts that differ in blanks only are the same."""
	found = _comparable(column, value)
	return " ".join(found.split()) if isinstance(found, str) else found


def _approval_reasons(change: Document, project: Document, touched: list[str], moved: Moved) -> list[str]:
	"""Sentences, in the language of the records, on why the office has to approve."""
	rules = rules_of(project)
	reasons = [
		*_category_reasons(change, project, rules),
		*_payable_reasons(change, project, touched),
		*(_share_reasons(moved, rules) if flt(rules.change_threshold) else ()),
		*_amount_reasons(moved, rules),
	]
	if touched and not flt(rules.change_threshold):
		reasons.append(_("In this programme, every change of a plan requires the approval of the office.", lang=RECORD_LANGUAGE))
	if "granted_amount" in touched:
		reasons.append(_("The granted amount changes.", lang=RECORD_LANGUAGE))
	if "to_date" in touched:
		reasons.append(_("The term changes.", lang=RECORD_LANGUAGE))
	if "indicators" in touched and _targets(change) != _targets(project):
		reasons.append(_("An evaluation item or a target changes.", lang=RECORD_LANGUAGE))
	if "roles" in touched:
		reasons.append(_("The roles change.", lang=RECORD_LANGUAGE))
	return reasons


def _share_reasons(moved: Moved, rules: Document | Rules) -> Iterator[str]:
	"""Sentences where more than the programme leaves free is added to lines, or taken from them."""
	up, down = flt(rules.change_threshold), flt(rules.change_threshold_down)
	both = _("{0} % of the cost is moved, added or taken away. Up to {1} % needs no approval.", lang=RECORD_LANGUAGE)
	added = _("{0} % of the cost is added. Up to {1} % needs no approval.", lang=RECORD_LANGUAGE)
	taken = _("{0} % of the cost is taken away. Up to {1} % needs no approval.", lang=RECORD_LANGUAGE)
	shares = percentage(moved.added, moved.cost), percentage(moved.taken, moved.cost)
	cases = ((added, shares[0], up), (taken, shares[1], down)) if down else ((both, max(shares), up),)
	for text, share, most in cases:
		if share > most:
			yield text.format(f"{share:.10g}", f"{most:.10g}")


def _amount_reasons(moved: Moved, rules: Document | Rules) -> Iterator[str]:
	"""As `_share_reasons`, in yen."""
	up, down = flt(rules.change_threshold_amount), flt(rules.change_threshold_amount_down)
	both = _("{0} of the cost are moved, added or taken away. Up to {1} need no approval.", lang=RECORD_LANGUAGE)
	added = _("{0} of the cost are added. Up to {1} need no approval.", lang=RECORD_LANGUAGE)
	taken = _("{0} of the cost are taken away. Up to {1} need no approval.", lang=RECORD_LANGUAGE)
	cases = ((added, moved.added, up), (taken, moved.taken, down)) if down else ((both, max(moved.added, moved.taken), up),)
	for text, amount, most in cases:
		if most and amount > most:
			yield text.format(yen(amount), yen(most))


def _category_reasons(change: Document, project: Document, rules: Document | Rules) -> Iterator[str]:
	"""A sentence for each category that grows or shrinks by more than the programme leaves free."""
	up = flt(rules.change_threshold_category)
	down = flt(rules.change_threshold_category_down) or up
	before, after = (by_category(doc.expenses) for doc in (project, change))
	for category in dict.fromkeys([*before, *after]):
		difference = after.get(category, 0) - before.get(category, 0)
		share, threshold = percentage(abs(difference), before.get(category, 0)), up if difference > 0 else down
		if threshold and share > threshold:
			text = _("{0} changes by {1} %, from {2} to {3}. Up to {4} % needs no approval.", lang=RECORD_LANGUAGE)
			yield text.format(
				vocabulary.word(vocabulary.COST, category, RECORD_LANGUAGE),
				f"{share:.10g}",
				*(yen(sums.get(category, 0)) for sums in (before, after)),
				f"{threshold:.10g}",
			)


def _payable_reasons(change: Document, project: Document, touched: list[str]) -> Iterator[str]:
	"""What may be paid for the new lines, where that has become less than is granted."""
	if not {"expenses", "income"} & set(touched):
		return
	old, new = payable.of_plan(project, project), payable.of_plan(project, change)
	by_year = years.granted(change)
	parts = [(by_year.get(year, 0), before, dict(new.years)[year]) for year, before in old.years]
	for granted, before, after in parts or [(flt(change.granted_amount), old, new)]:
		if after.limit is not None and after.limit < granted and (before.limit is None or after.limit < before.limit):
			text = _("{0} are granted, more than can be paid for the new lines. {1}", lang=RECORD_LANGUAGE)
			yield text.format(yen(granted), payable.explain(after, RECORD_LANGUAGE))


def _targets(doc: Document) -> list[tuple]:
	return [(row.indicator, flt(row.target), row.direction or "Higher") for row in doc.indicators]


def _describe(change: Document, project: Document, field: str) -> list[str]:
	"""One line for each difference in a field or table: old value → new value."""
	label = _(change.meta.get_label(field), lang=RECORD_LANGUAGE)
	if field == "plan":
		return [_("{0}: rewritten", lang=RECORD_LANGUAGE).format(label)]
	if field in PLAN_FIELDS:
		return [f"{label}：{_display_value(field, project.get(field))} → {_display_value(field, change.get(field))}"]
	pairs = pair_rows(project.get(field), change.get(field), PAIR_KEYS[field])
	return [line for old, new in pairs if (line := _describe_row(field, label, old, new))]


def _describe_row(table: str, label: str, old: Document | None, new: Document | None) -> str | None:
	before, after = _row_text(table, old), _row_text(table, new)
	if old is None:
		return _("{0}: added {1}", lang=RECORD_LANGUAGE).format(label, after)
	if new is None:
		return _("{0}: removed {1}", lang=RECORD_LANGUAGE).format(label, before)
	name = _row_text(table, new, amount=False) if "amount" in PLAN_TABLES[table] else ""
	if name and name == _row_text(table, old, amount=False):  # only the amount has changed, or what it is made of
		before, after = _display_value("amount", old.amount), _display_value("amount", new.amount)
		if before == after:
			before, after = _price_text(old), _price_text(new)
		return f"{label}：{name} {before} → {after}" if before != after else None
	return f"{label}：{before} → {after}" if before != after else None


def _price_text(row: Document) -> str:
	count = f"× {number(row.get('quantity'))}"
	return f"{yen(row.unit_price)} {count}" if flt(row.get("unit_price")) else count


def _row_text(table: str, row: Document | None, amount: bool = True) -> str:
	if row is None:
		return ""
	if table == "indicators":
		unit = row.unit or ""
		low = BOUNDS["Lower"] if row.direction == "Lower" else ""
		was, target = f"{flt(row.baseline):,.10g}{unit}", f"{flt(row.target):,.10g}{unit}{low}"
		text = _("{0} (currently {1}, target {2})", lang=RECORD_LANGUAGE).format(row.indicator, was, target)
		return f"{text} {row.measurement}" if row.measurement else text
	unsaid = ("unit_price", "quantity", "eligible") if amount else ("unit_price", "quantity", "eligible", "amount")
	parts = [
		vocabulary.word(CATEGORIES[table], row.category, RECORD_LANGUAGE)
		if column == "category"
		else _display_value(column, row.get(column))
		for column in PLAN_TABLES[table]
		if column not in unsaid
	]
	if table == "expenses" and not row.eligible:
		parts.append(_("(not eligible)", lang=RECORD_LANGUAGE))
	return " ".join(filter(None, parts))


def _display_value(column: str, value) -> str:
	if column == "fiscal_year":
		return era_year(value)
	if column == "year_number":
		return _("Year {0}", lang=RECORD_LANGUAGE).format(value) if cint(value) > 1 else ""
	if column in ("amount", "granted_amount", "granted"):
		return yen(value)
	if column == "to_date":
		return era_date(getdate(value)) if value else _("no end date", lang=RECORD_LANGUAGE)
	return _(value, lang=RECORD_LANGUAGE) if column in TRANSLATED_FIELDS and value else str(value or "")


def _concluded_agreement(project: str) -> str | None:
	return frappe.db.get_value("Kyodo Agreement", {"project": project, "workflow_state": "Concluded"}, order_by="creation desc")


# -- consequences ---------------------------------------------------------------------------------


def apply_change(change: Document):
	"""Write an approved change into the plan, issue its letter, draft the amendment of the agreement, and notify both sides."""
	project = frappe.get_doc("Kyodo Project", change.project)
	for field in PLAN_FIELDS:
		project.set(field, change.get(field))
	for table in PLAN_TABLES:
		_write_rows(project, change, table)
	project.flags.ignore_permissions = True  # both sides have agreed; the last one may have no write permission
	with by_service(project):
		project.save()
	expenses.refresh_findings(project.name)
	if change.needs_approval:
		letters.issue_change(change)
	if change.changes_agreement and (agreement := _concluded_agreement(project.name)):
		agreement_terms.begin_amendment(agreement, change.reason)
	parties.notify("Plan Change Approved", change, changes=_change_lines(change))


def _write_rows(project: Document, change: Document, table: str):
	"""Update the rows of a table, keeping the names by which vouchers and reports refer to them."""
	kept = {
		id(new): old
		for old, new in pair_rows(project.get(table), change.get(table), PAIR_KEYS[table])
		if old is not None and new is not None
	}
	rows = []
	for new in change.get(table):
		old = kept.get(id(new))
		values = {column: new.get(column) for column in PLAN_TABLES[table]}
		rows.append({**_stored_values(old), **values} if old is not None else values)
	project.set(table, [])
	for row in rows:
		project.append(table, row)


def _stored_values(row: Document) -> dict:
	return {"name": row.name, **{field.fieldname: row.get(field.fieldname) for field in row.meta.fields}}


def notify_proposed(change: Document):
	"""Notify the side that has to answer."""
	parties.notify("Plan Change Proposed", change, parties.other(change.side), changes=_change_lines(change))


def notify_returned(change: Document):
	"""Notify the side that requested the change."""
	parties.notify("Plan Change Returned", change, change.side, changes=_change_lines(change))


def _change_lines(change: Document) -> list[str]:
	return (change.changes or "").split("\n")
