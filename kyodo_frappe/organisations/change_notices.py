"""Change notices (変更届): how a registered organisation changes what its registration rests on.

The organisation says what is to be different; the office accepts, and only then are the values written.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe import messages
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.programme.form import Field
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import WAITING, WRITING, states

NOTICE = "Kyodo Change Notice"
ORGANISATION = "Kyodo Organisation"


def fields_of(organisation: Document) -> list[Field]:
	"""What a notice may be about, in the order of the form: what a registration rests on."""
	return [one for one in organisations.answers_of(organisation) if not one.is_table]


def as_text(value) -> str:
	"""A value as it stands in a notice."""
	return "" if value in (None, "") else str(value).strip()


def worded(field: str, value: str | None) -> str:
	"""A value of a notice as it is read."""
	return vocabulary.shown(frappe.get_meta(ORGANISATION).get_field(field), value, RECORD_LANGUAGE)


def open_notice(organisation: str) -> str | None:
	return frappe.db.get_value(NOTICE, {"organisation": organisation, "workflow_state": ["in", states(NOTICE, WRITING, WAITING)]}, "name")


@frappe.whitelist(methods=["POST"])
def give(
	organisation: str,
	changes: dict | str,
	effective_on: str | None = None,
	reason: str = "",
	notice: str | None = None,
) -> str:
	"""Hand in a notice of what changes ({fieldname: new value}), or mend the returned `notice`; returns its name.

	Raises PermissionError for who may not write for the organisation, ValidationError where nothing differs, a field
	cannot be changed this way, or another notice is still being checked.
	"""
	changes = frappe.parse_json(changes)
	doc = frappe.get_doc(NOTICE, notice, for_update=True) if notice else frappe.new_doc(NOTICE)
	if notice:
		doc.check_permission("write")
	else:
		doc.organisation = organisation
	doc.update({"effective_on": effective_on or None, "reason": reason.strip() or None})
	doc.set("changes", [{"field": field, "new_value": as_text(value)} for field, value in changes.items()])
	doc.save()
	move(doc, "Submit")
	return doc.name


def apply(notice: Document):
	"""Write an accepted notice into the organisation (consequence of the step; the office's right was asked there)."""
	doc = frappe.get_doc(ORGANISATION, notice.organisation, for_update=True)
	for row in notice.changes:
		df = doc.meta.get_field(row.field)
		value = getdate(row.new_value) if df.fieldtype == "Date" and row.new_value else row.new_value
		doc.set(row.field, value or (0 if df.fieldtype == "Int" else None))
	with by_service(doc):
		doc.save()
	tell(notice)


def tell(notice: Document):
	"""Mail the representatives that a notice was accepted or returned."""
	empty = _("(empty)", lang=RECORD_LANGUAGE)
	changes = [f"{row.field_label}：{worded(row.field, row.new_value) or empty}" for row in notice.changes]
	messages.send(f"Change Notice {notice.workflow_state}", notice, changes=changes)


def tell_office(notice: Document):
	messages.send("Change Notice Handed In", notice)
