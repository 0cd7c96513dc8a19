"""Overrides of Frappe's whitelisted functions (hooks.py: override_whitelisted_methods).

They are used where refusing a request would break the desk: the response is limited to what the user may read. Records of
other apps are passed on to Frappe's own function, which each override imports itself: both have the same name.
"""

import frappe
from frappe import _

from kyodo_frappe.common import names
from kyodo_frappe.permissions import titles
from kyodo_frappe.permissions.columns import hidden_fields
from kyodo_frappe.permissions.hooks import child_doctypes, open_names
from kyodo_frappe.permissions.reading_cache import while_reading
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.roles import is_portal_user


def _restricted_doctypes() -> set[str]:
	"""Return the DocTypes whose records are not all open to everybody who may read some of them."""
	return {*RECORD_RULES, *child_doctypes()}


@frappe.whitelist(methods=["GET", "POST"])
def getdoc(doctype: str, name: str, user: str | None = None) -> None:
	"""Load a record for the desk's form, with its history only for users who may read every field."""
	from frappe.desk.form.load import getdoc as frappes_own

	check_known(doctype)
	with while_reading():
		frappes_own(doctype, name)
		_remove_hidden_history(doctype)
	names.name_people(frappe.local.response.get("docinfo"))


@frappe.whitelist(methods=["GET", "POST"])
def get_docinfo(doc: dict | str | None = None, doctype: str | None = None, name: str | None = None) -> None:
	"""Load the sidebar and timeline of the desk's form, with the history only for users who may read every field."""
	from frappe.desk.form.load import get_docinfo as frappes_own

	# `doc` is for Frappe's own code; a request could pass a made-up record
	if doctype:
		check_known(doctype)
	frappes_own(doctype=doctype, name=name)
	_remove_hidden_history(doctype)
	names.name_people(frappe.local.response.get("docinfo"))


def check_known(doctype: object):
	"""Raise DoesNotExistError for an unknown DocType; Frappe would fail while importing its controller."""
	if not isinstance(doctype, str) or not (doctype in RECORD_RULES or frappe.db.exists("DocType", doctype, cache=True)):
		frappe.throw(
			_("There is no record type “{0}”.").format(frappe.utils.escape_html(str(doctype or "")[:140])), frappe.DoesNotExistError
		)


def _remove_hidden_history(doctype: str):
	beside = frappe.local.response.get("docinfo")
	if beside and doctype in RECORD_RULES and hidden_fields(doctype):
		# the info logs mention removed decisions, too
		beside["versions"] = beside["info_logs"] = []


@frappe.whitelist(methods=["GET", "POST"])
def get_list() -> dict | list:
	"""Return the rows of a list of the desk, with the titles of linked records that the user may read."""
	from frappe.desk.reportview import get as frappes_own

	check_known(frappe.local.form_dict.get("doctype"))
	return titles.add_columns(frappes_own())


@frappe.whitelist(methods=["GET", "POST"])
def get_count(doctype: str, filters: dict | list | str | None = None, debug: bool = False, cache: bool = False) -> int:
	"""Return the number of matching records; of ours, only those that the user may read."""
	from frappe.client import get_count as frappes_own

	check_known(doctype)
	if doctype not in _restricted_doctypes():
		return frappes_own(doctype, filters, debug, cache)
	return len(frappe.get_list(doctype, filters=frappe.parse_json(filters), pluck="name", order_by="name", limit_page_length=0))


@frappe.whitelist(methods=["GET", "POST"])
def get_link_title(doctype: str, docname: str) -> str | None:
	"""Return the title of a record, or its name if the user may not read it."""
	from frappe.desk.search import get_link_title as frappes_own

	check_known(doctype)
	if doctype in RECORD_RULES and docname not in open_names(doctype, [docname]):
		return docname
	if doctype == "User" and is_portal_user(frappe.session.user):
		return docname  # the desk shows names of colleagues; outside, nobody learns who a login belongs to
	return frappes_own(doctype, docname)


@frappe.whitelist(methods=["GET", "POST"])
def get_linked_documents(doctype: str, docname: str) -> dict[str, list]:
	"""Return the records linked to a record that the user may read, without a count of hidden ones (v16 shows it).

	DocTypes without read permission are skipped: 15.0 would list their records, 15.4x would refuse the whole request.
	"""
	from frappe.desk.form.linked_with import get_linked_docs, get_linked_doctypes

	check_known(doctype)
	frappe.has_permission(doctype, doc=docname, throw=True)
	links = {kind: link for kind, link in get_linked_doctypes(doctype).items() if frappe.has_permission(kind)}
	answer = {}
	for kind, found in get_linked_docs(doctype, docname, links).items():
		rows = found["docs"] if isinstance(found, dict) else found
		if kind in RECORD_RULES:
			shown = open_names(kind, [row["name"] for row in rows])
			rows = [row for row in rows if row["name"] in shown]
		if rows:
			answer[kind] = {"docs": rows, "hidden_count": 0} if isinstance(found, dict) else rows
	return answer


@frappe.whitelist(methods=["GET", "POST"])
def get_data_for_custom_field(doctype: str, field: str, names: list | str | None = None) -> dict:
	"""Return {name: value} of a column that a user adds to a report, without rows and columns that the user may not read."""
	from frappe.desk.query_report import get_data_for_custom_field as frappes_own

	check_known(doctype)
	if doctype not in _restricted_doctypes():
		# early versions of 15 have no argument `names`
		return frappe.call(frappes_own, doctype=doctype, field=field, names=names)
	if field in hidden_fields(doctype) or not frappe.get_meta(doctype).has_field(field):
		frappe.throw(_("There is no field “{0}”.").format(frappe.utils.escape_html(field)), frappe.PermissionError)
	wanted = frappe.parse_json(names)
	filters = {"name": ["in", [str(name) for name in wanted]]} if wanted else {}
	rows = frappe.get_list(doctype, filters=filters, fields=["name", field], order_by="name", limit_page_length=0)
	return {row.name: row.get(field) for row in rows}


@frappe.whitelist(methods=["GET", "POST"])
def get_workflow_state_count(doctype: str, workflow_state_field: str, states: list | str) -> list[dict]:
	"""Return the number of records in states that a workflow does not have; of ours, only those that the user may read."""
	from frappe.workflow.doctype.workflow.workflow import get_workflow_state_count as frappes_own

	check_known(doctype)
	if doctype not in _restricted_doctypes():
		return frappes_own(doctype, workflow_state_field, states)
	if workflow_state_field != "workflow_state":
		frappe.throw(_("There is no field “{0}”.").format(frappe.utils.escape_html(workflow_state_field)), frappe.PermissionError)
	found = frappe.get_list(doctype, pluck="workflow_state", order_by="name", limit_page_length=0)
	others = [state for state in found if state and state not in frappe.parse_json(states)]
	return [{"workflow_state": state, "count": others.count(state)} for state in sorted(set(others))]
