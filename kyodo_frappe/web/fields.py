"""Which fields and columns each form of the portal may write. What is not here cannot be written there."""

from collections.abc import Iterable

import frappe
from frappe.model import table_fields

from kyodo_frappe.programme import form

NOTE = ("kind", "note_date", "subject", "note", "participants", "decisions", "next_talk_on", "may_publish")
EXPENSE = ("paid_on", "amount", "budget_line", "category", "description", "payee", "addressee")
CHANGE = ("reason", "plan", "to_date", "granted_amount")
CHANGE_TABLES = {
	"schedule": ("period", "activity", "side"),
	"indicators": ("indicator", "unit", "baseline", "target", "direction", "measurement"),
	"roles": ("side", "role"),
	"income": ("category", "description", "amount"),
	"expenses": ("category", "description", "unit_price", "quantity", "eligible"),
}

CASE = ("subject", "topic", "channel", "received_on", "small_group", "organisation", "client_name", "client_contact")
CASE += ("content", "answer", "next_on")
CASE_TABLES = {"steps": ("done_on", "what", "by_whom")}
NEED = ("title", "kind", "what", "party", "organisation", "section", "contact_name", "contact", "open_until", "published")
NEED += ("description", "places")
# what an organisation says of its own need; the centre publishes it
NEED_OWN = ("title", "kind", "what", "contact_name", "contact", "open_until", "wants_publishing", "description", "places")
PERSON = ("person_name", "person_kana", "can_be", "belongs_to", "active", "publish_consent", "phone", "email", "fee_note")
PERSON += ("themes", "experience", "places")
DISPATCH = ("purpose", "topic", "sent_to", "from_date", "to_date", "event", "committee", "organisation")
SURVEY = ("title", "fiscal_year", "opens_on", "closes_on", "publish_totals", "introduction")
SURVEY_TABLES = {"questions": ("code", "question", "kind", "choices", "required")}

OTHERS = {
	"Kyodo Progress Note": (NOTE, {"photos"}),
	"Kyodo Expense": (EXPENSE, set()),
	"Kyodo Plan Change": (CHANGE, set(CHANGE_TABLES)),
	"Kyodo Support Case": (CASE, set(CASE_TABLES)),
	"Kyodo Need": (NEED, {"activity_fields", "skills"}),
	"Kyodo Resource Person": (PERSON, {"activity_fields", "skills"}),
	"Kyodo Dispatch": (DISPATCH, set()),
	"Kyodo Survey": (SURVEY, set(SURVEY_TABLES)),
}
# written in forms of the portal besides what the declared form asks: {DocType: (fields, tables)}
BESIDES = {
	"Kyodo Proposal": (("acknowledged_on",), {"expenses"}),
	"Kyodo Organisation": ((), {"attachments", "requirement_checks"}),
}


def split(asked: Iterable[form.Field]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
	"""(fields, {table: columns}) of what a form writes; files have forms of their own."""
	asked = [one for one in asked if not (one.is_file or one.is_attachments)]
	names = tuple(one.name for one in asked if not one.is_table)
	return names, {one.name: tuple(one.columns) for one in asked if one.is_table}


def written() -> dict[str, tuple[tuple[str, ...], set[str]]]:
	"""{DocType: (fields, tables)}: all that forms of the portal write into records of a kind, whoever sends them."""
	found = dict(OTHERS)
	for doctype in form.FORMS.values():
		meta = frappe.get_meta(doctype)
		names, tables = BESIDES.get(doctype, ((), set()))
		asked = [meta.get_field(name) for name in form.content_of(doctype) if meta.get_field(name)]
		found[doctype] = (
			(*names, *(df.fieldname for df in asked if df.fieldtype not in table_fields)),
			{*tables, *(df.fieldname for df in asked if df.fieldtype in table_fields)},
		)
	return found
