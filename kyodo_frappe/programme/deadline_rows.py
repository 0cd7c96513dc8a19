"""The rows in which a programme declares its deadlines: as rules, and with names that follow their days."""

from frappe.model.document import Document
from frappe.utils import cint

from kyodo_frappe.common.language import translate_rule_errors
from kyodo_frappe.rules.deadline_labels import check_label, followed
from kyodo_frappe.rules.deadlines import DeadlineRule


def as_rule(row: Document | dict) -> DeadlineRule:
	"""Return the rule of a row. Raises ValidationError for one that cannot be computed."""
	with translate_rule_errors():
		return DeadlineRule(
			code=row.code,
			kind=row.kind,
			month=cint(row.month),
			day=cint(row.day),
			months=cint(row.months),
			days=cint(row.days),
			event=row.event,
			roll=row.roll or "next_open",  # the default of the field, which rows from REST do not have yet
			label=row.label_text,
			remedy=row.remedy or "",
		)


def let_labels_follow(programme: Document):
	"""Write the new day into the name of a deadline whose day has changed. Raises LabelContradictsDate where the two still differ."""
	before = programme.get_doc_before_save()
	stored = {row.code: row for row in before.deadline_rules} if before else {}
	for row in programme.deadline_rules:
		old = stored.get(row.code)
		if not row.label_text or not row.kind or (old and _label_and_day(old) == _label_and_day(row)):
			continue
		rule = as_rule(row)
		if old and old.label_text == row.label_text:
			row.label_text = followed(row.label_text, as_rule(old), rule)
		with translate_rule_errors():
			check_label(row.label_text, rule)


def _label_and_day(row: Document) -> tuple:
	return (row.label_text, row.kind, *(cint(row.get(column)) for column in ("month", "day", "months", "days")))
