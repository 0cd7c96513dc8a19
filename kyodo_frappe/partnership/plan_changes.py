"""Changes of a plan that is under way: asked for by one side, agreed by the other, approved by the office where the
programme wants it, and written into the plan at once (変更承認).

Sources: 鎌倉 2(2)5 (changes while a project runs), 補助金交付規則 (軽微な変更 needs no approval), 小平 3(2)③ (both sides agree).
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, translate_rule_errors
from kyodo_frappe.common.printing import BOUNDS, yen
from kyodo_frappe.letters import issue as letters
from kyodo_frappe.partnership import agreement_terms, expenses, parties
from kyodo_frappe.programme.versions import rules_of
from kyodo_frappe.rules.canonical import content_hash
from kyodo_frappe.rules.era import era_date
from kyodo_frappe.rules.plan_lines import moved, pair, share
from kyodo_frappe.workflows.guard import by_service, changed_by_user
from kyodo_frappe.workflows.states import WRITING, category_of, states

CHANGE = "Kyodo Plan Change"
VALUES = ("plan", "to_date", "granted_amount")
# columns of the plan that a change carries; the first ones say which rows of two versions belong together
TABLES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
	"roles": ("side", "role"),
	"income": ("category", "description", "amount"),
	"expenses": ("category", "description", "unit_price", "quantity", "amount", "eligible"),
}
PAIRED_BY = {
	"schedule": ("period", "activity"),
	"indicators": ("indicator",),
	"roles": ("side", "role"),
	"income": ("category", "description"),
	"expenses": ("category", "description"),
}
CONTENT = (*VALUES, *TABLES, "reason")
NUMBERS = ("baseline", "target", "unit_price", "quantity", "amount", "eligible", "granted_amount")
CATEGORIES = {"income": vocabulary.INCOME, "expenses": vocabulary.COST}
WORDS = ("side", "direction")
# what is in the agreement's own text; a month that moves is not worth a new one
AGREED = ("to_date", "granted_amount", "roles", "indicators", "income")


# -- drafting ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def begin(project: str, reason: str) -> str:
	"""Draft a change of a running project from its present plan; returns its name, or that of the draft one's side has.

	Raises PermissionError for who is on neither side, ValidationError for a project that does not run.
	"""
	doc = parties.opened("Kyodo Project", project)
	side = parties.check_side(doc)
	check_running(doc)
	frappe.db.get_value("Kyodo Project", project, "name", for_update=True)  # two who begin at once write the same one
	own = {"project": project, "side": side, "workflow_state": ["in", states(CHANGE, WRITING)]}
	existing = frappe.db.get_value(CHANGE, own, for_update=True)
	if existing:
		return existing
	return frappe.get_doc({"doctype": CHANGE, "project": project, "reason": reason.strip()}).insert().name


def check_running(project: Document):
	"""Raise ValidationError where there is nothing to change by agreement: before the project runs, and after."""
	if project.workflow_state == "Planning":
		frappe.throw(_("The project is still being planned: change the plan itself."))
	if project.workflow_state != "Running":
		frappe.throw(_("The project is in the state {0}: its plan is not changed any more.").format(_(project.workflow_state)))


def prepare(change: Document):
	"""What the server says about a change that is being saved: whose it is, what it changes, whether it needs approval.

	Raises PermissionError for who may not write it, ValidationError for what cannot be planned.
	"""
	project = frappe.get_doc("Kyodo Project", change.project)
	before = change.get_doc_before_save()
	if before is None:
		change.side = parties.check_side(project)
		check_running(project)
		_take_present_plan(change, project)
	elif set(changed_by_user(change)) & set(CONTENT):
		if parties.side_of(project) != change.side:
			frappe.throw(
				_("This change is asked for by the side “{0}”; only that side writes it.").format(_(change.side)),
				frappe.PermissionError,
			)
	if category_of(change) == WRITING:
		_compute(change, project)


def _take_present_plan(change: Document, project: Document):
	for field in VALUES:
		if change.get(field) in (None, "", 0):
			change.set(field, project.get(field))
	for table in TABLES:
		if not change.get(table):
			for row in _rows(project, table):
				change.append(table, row)
	change.plan_digest = digest(project)


def _rows(doc: Document, table: str) -> list[dict]:
	return [{column: row.get(column) for column in TABLES[table]} for row in doc.get(table)]


def digest(project: Document) -> str:
	"""A fingerprint of a plan, to tell whether it has changed meanwhile."""
	content = {field: _plain(field, project.get(field)) for field in VALUES}
	for table, columns in TABLES.items():
		content[table] = [{column: _plain(column, row.get(column)) for column in columns} for row in project.get(table)]
	with translate_rule_errors():
		return content_hash(content)


def _plain(column: str, value):
	if column in NUMBERS:
		return flt(value)
	return str(getdate(value)) if column == "to_date" and value else (value or "")


# -- what changes --------------------------------------------------------------------------


def _compute(change: Document, project: Document):
	for row in change.expenses:
		if flt(row.unit_price):
			row.amount = round(flt(row.unit_price) * flt(row.quantity or 1))
	_check_plan(change, project)
	touched = [field for field in (*VALUES, *TABLES) if _differs(change, project, field)]
	cost = round(sum(flt(row.amount) for row in project.expenses))
	change.moved_amount = moved(pair(project.expenses, change.expenses, PAIRED_BY["expenses"]))
	change.moved_share = share(int(change.moved_amount), cost)
	change.changes = "\n".join(line for field in touched for line in _sentences(change, project, field)) or None
	reasons = _why_approval(change, project, touched)
	change.needs_approval = int(bool(reasons))
	change.approval_reason = "\n".join(reasons) or None
	change.changes_agreement = int(bool(set(touched) & set(AGREED)) and bool(_agreement(project.name)))


def _check_plan(change: Document, project: Document):
	if change.to_date and project.from_date and getdate(change.to_date) < getdate(project.from_date):
		frappe.throw(_("The project ends before it begins. Please correct its term."))
	if flt(project.ceiling) and flt(change.granted_amount) > flt(project.ceiling):
		frappe.throw(_("The granted amount is above the ceiling of the call ({0} yen).").format(f"{flt(project.ceiling):,.0f}"))
	for row in (*change.expenses, *change.income):
		if flt(row.amount) < 0:
			frappe.throw(
				_("“{0}” cannot be less than 0.").format(
					row.description or vocabulary.word(vocabulary.INCOME if row in change.income else vocabulary.COST, row.category)
				)
			)


def _differs(change: Document, project: Document, field: str) -> bool:
	if field in VALUES:
		return _plain(field, change.get(field)) != _plain(field, project.get(field))
	plain = lambda doc: [[_plain(column, row.get(column)) for column in TABLES[field]] for row in doc.get(field)]
	return plain(change) != plain(project)


def _why_approval(change: Document, project: Document, touched: list[str]) -> list[str]:
	"""Sentences in Japanese: they stay with the record."""
	threshold = flt(rules_of(project).change_threshold)
	found = []
	if touched and not threshold:
		found.append(_("In this programme every change of a plan needs the approval of the office.", lang=RECORD_LANGUAGE))
	elif change.moved_share > threshold:
		text = _("{0} % of the cost moves between categories, more than the {1} % that need no approval.", lang=RECORD_LANGUAGE)
		found.append(text.format(f"{change.moved_share:.10g}", f"{threshold:.10g}"))
	if "granted_amount" in touched:
		found.append(_("The granted amount changes.", lang=RECORD_LANGUAGE))
	if "to_date" in touched:
		found.append(_("The term changes.", lang=RECORD_LANGUAGE))
	if "indicators" in touched and _targets(change) != _targets(project):
		found.append(_("What is evaluated, or a target, changes.", lang=RECORD_LANGUAGE))
	if "roles" in touched:
		found.append(_("The roles change.", lang=RECORD_LANGUAGE))
	return found


def _targets(doc: Document) -> list[tuple]:
	return [(row.indicator, flt(row.target), row.direction or "Higher") for row in doc.indicators]


def _sentences(change: Document, project: Document, field: str) -> list[str]:
	"""What was → what becomes, one line for each place."""
	label = _(change.meta.get_label(field), lang=RECORD_LANGUAGE)
	if field == "plan":
		return [_("{0}: written anew", lang=RECORD_LANGUAGE).format(label)]
	if field in VALUES:
		return [f"{label}：{_shown(field, project.get(field))} → {_shown(field, change.get(field))}"]
	found = []
	for old, new in pair(project.get(field), change.get(field), PAIRED_BY[field]):
		before, after = _as_text(field, old), _as_text(field, new)
		if old is None:
			found.append(_("{0}: added {1}", lang=RECORD_LANGUAGE).format(label, after))
		elif new is None:
			found.append(_("{0}: taken out {1}", lang=RECORD_LANGUAGE).format(label, before))
		elif "amount" in TABLES[field] and _as_text(field, old, amount=False) == _as_text(field, new, amount=False) != "":
			name, was, is_ = _as_text(field, new, amount=False), _shown("amount", old.amount), _shown("amount", new.amount)
			if was != is_:
				found.append(f"{label}：{name} {was} → {is_}")
		elif before != after:
			found.append(f"{label}：{before} → {after}")
	return found or [_("{0}: in another order", lang=RECORD_LANGUAGE).format(label)]


def _as_text(table: str, row: Document | None, amount: bool = True) -> str:
	if row is None:
		return ""
	if table == "indicators":
		unit = row.unit or ""
		low = BOUNDS["Lower"] if row.direction == "Lower" else ""
		was, target = f"{flt(row.baseline):,.10g}{unit}", f"{flt(row.target):,.10g}{unit}{low}"
		text = _("{0} (at present {1}, target {2})", lang=RECORD_LANGUAGE).format(row.indicator, was, target)
		return f"{text} {row.measurement}" if row.measurement else text
	unsaid = ("unit_price", "quantity", "eligible") if amount else ("unit_price", "quantity", "eligible", "amount")
	parts = [
		vocabulary.word(CATEGORIES[table], row.category, RECORD_LANGUAGE) if column == "category" else _shown(column, row.get(column))
		for column in TABLES[table]
		if column not in unsaid
	]
	if table == "expenses" and not row.eligible:
		parts.append(_("(not eligible)", lang=RECORD_LANGUAGE))
	return " ".join(filter(None, parts))


def _shown(column: str, value) -> str:
	if column in ("amount", "granted_amount"):
		return yen(value)
	if column == "to_date":
		return era_date(getdate(value)) if value else _("without an end", lang=RECORD_LANGUAGE)
	return _(value, lang=RECORD_LANGUAGE) if column in WORDS and value else str(value or "")


def _agreement(project: str) -> str | None:
	return frappe.db.get_value("Kyodo Agreement", {"project": project, "workflow_state": "Concluded"}, order_by="creation desc")


# -- steps ---------------------------------------------------------------------------------


def check_step(change: Document, action: str, state: str):
	"""Who may do a step, and whether the plan is still the one it changes. Raises PermissionError, ValidationError."""
	project = frappe.get_doc("Kyodo Project", change.project, for_update=True)
	_check_who(change, action, state, project)
	if action in ("Return", "Withdraw"):
		return
	check_running(project)
	if change.plan_digest != digest(project):
		frappe.throw(
			_("The plan has been changed since this change was drafted. Please withdraw it and begin a new one from the present plan.")
		)
	if action == "Propose Change" and not change.changes:
		frappe.throw(_("Nothing is changed yet. Please change the plan or the budget first."))


def _check_who(change: Document, action: str, state: str, project: Document):
	voice = parties.voice_of(project)
	if action == "Approve" or (action == "Return" and state == "Both Agree"):
		if voice != parties.OFFICE:
			frappe.throw(_("The office approves changes: one of its people who belongs to neither side."), frappe.PermissionError)
	elif action in ("Propose Change", "Withdraw"):
		if voice != change.side and not (action == "Withdraw" and voice == parties.OFFICE):
			frappe.throw(
				_("This change is asked for by the side “{0}”; only that side does this.").format(_(change.side)),
				frappe.PermissionError,
			)
	elif voice != parties.other(change.side):
		frappe.throw(
			_("The other side answers: it is for the side “{0}” to agree or to return this.").format(_(parties.other(change.side))),
			frappe.PermissionError,
		)


def apply(change: Document):
	"""Write an approved change into the plan at once; tell both sides; draft the amendment of the agreement."""
	project = frappe.get_doc("Kyodo Project", change.project)
	for field in VALUES:
		project.set(field, change.get(field))
	for table in TABLES:
		_write_rows(project, change, table)
	project.flags.ignore_permissions = True  # both sides have agreed: who agrees last may have no right to the plan by itself
	with by_service(project):
		project.save()
	expenses.look_again(project.name)
	if change.needs_approval:
		letters.issue_change(change)
	if change.changes_agreement and (agreement := _agreement(project.name)):
		agreement_terms.begin_amendment(agreement, change.reason)
	parties.tell("Plan Change Approved", change, changes=_lines(change))


def _write_rows(project: Document, change: Document, table: str):
	"""Rows keep their names, by which vouchers and reports know them."""
	kept = {
		id(new): old for old, new in pair(project.get(table), change.get(table), PAIRED_BY[table]) if old is not None and new is not None
	}
	rows = []
	for new in change.get(table):
		old = kept.get(id(new))
		values = {column: new.get(column) for column in TABLES[table]}
		rows.append({**_own(old), **values} if old is not None else values)
	project.set(table, [])
	for row in rows:
		project.append(table, row)


def _own(row: Document) -> dict:
	return {"name": row.name, **{field.fieldname: row.get(field.fieldname) for field in row.meta.fields}}


def tell_proposed(change: Document):
	"""Mail the side that has to answer."""
	parties.tell("Plan Change Proposed", change, parties.other(change.side), changes=_lines(change))


def tell_returned(change: Document):
	parties.tell("Plan Change Returned", change, change.side, changes=_lines(change))


def _lines(change: Document) -> list[str]:
	return (change.changes or "").split("\n")
