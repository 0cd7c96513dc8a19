"""Kinds of organisation, categories of cost, types of meeting and results were options of fields; they become records. What a
city had added to these options in Customize Form, and what records hold besides, becomes a record, too.

Before the DocTypes are brought up to date: then the fields are links, and an option would be taken for the name of a DocType.
"""

import frappe

from kyodo_frappe.common import vocabulary

# {DocType of the records: the fields that had its options}
FIELDS = {
	vocabulary.ORGANISATION_TYPE: (("Kyodo Organisation", "organisation_type"), ("Kyodo Subject", "organisation_type")),
	vocabulary.COST: (("Kyodo Expense Line", "category"), ("Kyodo Expense", "category"), ("Kyodo Category Rule", "category")),
	vocabulary.INCOME: (("Kyodo Income Line", "category"), ("Kyodo Report Income", "category")),
	vocabulary.MEETING_TYPE: (("Kyodo Meeting", "meeting_type"), ("Kyodo Meeting Plan", "meeting_type")),
	vocabulary.RESULT: (("Kyodo Decision", "result"), ("Kyodo Agenda Item", "result")),
}
SELECT_ONLY = ("options", "fieldtype", "default")


def execute():
	for doctype in FIELDS:
		frappe.reload_doc("kyodo_frappe", "doctype", frappe.scrub(doctype))
	vocabulary.sync()
	for doctype, fields in FIELDS.items():
		for place in fields:
			_take_over(doctype, *place)
	vocabulary.clear_cache()


def _take_over(doctype: str, holder: str, fieldname: str):
	setters = {"doc_type": holder, "field_name": fieldname, "property": ["in", SELECT_ONLY]}
	for setter in frappe.get_all("Property Setter", setters, ["name", "property", "value"], order_by="name"):
		if setter.property == "options":
			for option in filter(None, map(str.strip, (setter.value or "").split("\n"))):
				if option not in vocabulary.KINDS:
					vocabulary.create_from_option(doctype, option)
		if setter.property != "options" or setter.value not in vocabulary.KINDS:
			frappe.delete_doc("Property Setter", setter.name, force=True, ignore_permissions=True)  # a patch: as the installer
	frappe.clear_cache(doctype=holder)
	if frappe.db.table_exists(holder) and frappe.db.has_column(holder, fieldname):
		for value in frappe.get_all(holder, pluck=fieldname, distinct=True, order_by=fieldname):
			if value:
				vocabulary.create_from_option(doctype, value, enabled=False)
