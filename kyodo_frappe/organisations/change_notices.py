"""Change notices (変更届): how a registered organisation changes the entries of its registration.

The organisation says what changes; the values are written once the office has accepted the notice.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from kyodo_frappe import messages
from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.organisations import registration as organisations
from kyodo_frappe.programme.form import Field
from kyodo_frappe.workflows.guard import by_service, move
from kyodo_frappe.workflows.states import WAITING, WRITING, states

NOTICE = "Kyodo Change Notice"
ORGANISATION = "Kyodo Organisation"


def fields_of(organisation: Document) -> list[Field]:
	"""Return the fields that a notice may change, in the order of the form: those that the registration rests on."""
	return [field for field in organisations.answer_fields(organisation) if not field.is_table]


def as_text(value) -> str:
	"""Return a value as a notice stores it."""
	return "" if value in (None, "") else str(value).strip()


def display_value(field: str, value: str | None) -> str:
	"""Return a value of a notice as people read it."""
	return vocabulary.shown(frappe.get_meta(ORGANISATION).get_field(field), value, RECORD_LANGUAGE)


def open_notice(organisation: str) -> str | None:
	"""Return the name of an organisation's notice that is not decided yet, or None."""
	return frappe.db.get_value(NOTICE, {"organisation": organisation, "workflow_state": ["in", states(NOTICE, WRITING, WAITING)]}, "name")


@frappe.whitelist(methods=["POST"])
def give(
	organisation: str,
	changes: dict | str,
	effective_on: str | None = None,
	reason: str = "",
	notice: str | None = None,
) -> str:
	"""Hand in a notice of changes ({fieldname: new value}), or correct the returned `notice`; returns its name.

	Raises PermissionError without the right to write the organisation, InvalidRequest for changes of another shape, ValidationError
	where nothing differs, for a field that cannot be changed this way, or while another notice is being checked.
	"""
	changes = request_json.mapping(changes)
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
	"""Write an accepted notice into the organisation, as a consequence of the transition, which checked the permission."""
	doc = frappe.get_doc(ORGANISATION, notice.organisation, for_update=True)
	for row in notice.changes:
		df = doc.meta.get_field(row.field)
		value = getdate(row.new_value) if df.fieldtype == "Date" and row.new_value else row.new_value
		doc.set(row.field, value or (0 if df.fieldtype == "Int" else None))
	with by_service(doc):
		doc.save()
	notify_representatives(notice)


def notify_representatives(notice: Document):
	"""Notify the representatives that a notice was accepted or returned."""
	empty = _("(empty)", lang=RECORD_LANGUAGE)
	changes = [f"{row.field_label}：{display_value(row.field, row.new_value) or empty}" for row in notice.changes]
	messages.send(f"Change Notice {notice.workflow_state}", notice, changes=changes)


def notify_office(notice: Document):
	"""Notify the office that a notice was handed in."""
	messages.send("Change Notice Handed In", notice)
