"""Removal of records with everything attached to them, for the demo and for uninstalling only."""

import frappe
from frappe.desk.notifications import delete_notification_count_for

ATTACHED = (
	("Comment", "reference_doctype", "reference_name"),
	("Version", "ref_doctype", "docname"),
	("Workflow Action", "reference_doctype", "reference_name"),
	("Communication", "reference_doctype", "reference_name"),
	("Activity Log", "reference_doctype", "reference_name"),
	("ToDo", "reference_type", "reference_name"),
	("DocShare", "share_doctype", "share_name"),
	("Notification Log", "document_type", "document_name"),
	("Email Queue", "reference_doctype", "reference_name"),
	("Kyodo Outgoing Message", "reference_doctype", "reference_name"),
	("Kyodo Pending Task", "reference_doctype", "reference_name"),
	("View Log", "reference_doctype", "reference_name"),
	("Access Log", "export_from", "reference_document"),
)


def remove_records(doctype: str, names: list[str] | None = None):
	"""Delete records with their rows, files, comments, versions and notifications. `names`: None for all of the DocType."""
	named = {} if names is None else {"attached_to_name": ["in", names]}
	for file in frappe.get_all("File", {"attached_to_doctype": doctype, **named}, pluck="name", order_by="name"):
		# only bench commands call this, as Administrator
		frappe.delete_doc("File", file, force=True, ignore_permissions=True)
	_remove_recipients(doctype, names)
	for kind, type_field, name_field in ATTACHED:
		frappe.db.delete(kind, {type_field: doctype, **({} if names is None else {name_field: ["in", names]})})
	for table in frappe.get_meta(doctype).get_table_fields():
		rows = {"parenttype": doctype, **({} if names is None else {"parent": ["in", names]})}
		frappe.db.delete(table.options, rows)
	frappe.db.delete(doctype, {} if names is None else {"name": ["in", names]})
	# what is remembered of its records; not what is known of the DocType, which would be read anew
	frappe.clear_document_cache(doctype)
	delete_notification_count_for(doctype)


def _remove_recipients(doctype: str, names: list[str] | None):
	"""Delete the recipient rows of queued mails; the mails themselves are in HANGING_ON."""
	about = {"reference_doctype": doctype, **({} if names is None else {"reference_name": ["in", names]})}
	mails = frappe.get_all("Email Queue", about, pluck="name", order_by="name")
	if mails:
		frappe.db.delete("Email Queue Recipient", {"parenttype": "Email Queue", "parent": ["in", mails]})
