"""Permissions of Frappe's records that are attached to ours: comments, versions, followers, shares, mails, tags, tasks, logs.

They are as open as the record that they refer to, whichever function of Frappe reads them (design.md §3, §8).
"""

from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Criterion

from kyodo_frappe.permissions.hooks import as_sql, criterion
from kyodo_frappe.permissions.record_rules import RECORD_RULES
from kyodo_frappe.permissions.roles import is_portal_user

# {DocType: (field with the DocType, field with the name)}; entries that a version of Frappe lacks do no harm
ATTACHED = {
	"Access Log": ("export_from", "reference_document"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"Auto Repeat": ("reference_doctype", "reference_document"),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Deleted Document": ("deleted_doctype", "deleted_name"),
	"Discussion Topic": ("reference_doctype", "reference_docname"),
	"DocShare": ("share_doctype", "share_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Milestone": ("reference_type", "reference_name"),
	"Notification Log": ("document_type", "document_name"),
	"Reminder": ("reminder_doctype", "reminder_docname"),
	"Submission Queue": ("ref_doctype", "ref_docname"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"View Log": ("reference_doctype", "reference_name"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}
# they contain fields of every permission level or former states of the record: for System Managers only
SYSTEM_MANAGER_ONLY = ("Version", "Deleted Document", "Email Queue")
# {DocType: field with the user}: Frappe already limits these to their recipients
RECIPIENT_FIELDS = {"Notification Log": "for_user", "Reminder": "user"}


def query_for(doctype: str) -> Callable[[str | None], str]:
	"""Return the query condition (hook function) of a DocType whose records are attached to others."""
	kind_field, name_field = ATTACHED[doctype]

	def query(user: str | None = None) -> str:
		user = user or frappe.session.user
		if user == "Administrator":
			return ""
		table = frappe.qb.DocType(doctype)
		kind, name = table[kind_field], table[name_field]
		parts = [kind.isnull(), kind.notin(list(RECORD_RULES))]
		if doctype in RECIPIENT_FIELDS:
			parts.append(table[RECIPIENT_FIELDS[doctype]] == user)
		elif not is_portal_user(user) and doctype not in SYSTEM_MANAGER_ONLY:
			parts += [
				(kind == one) & name.isin(frappe.qb.from_(source).select(source.name).where(rows))
				for one in RECORD_RULES
				if (rows := criterion(one, user)) is not None and (source := frappe.qb.DocType(one))
			]
		return f"({as_sql(Criterion.any(parts))})"

	return query


def has_permission(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""Whether a record attached to one of ours is open to `user`, for which reading the latter is required.

	Always True or False.
	"""
	user = user or frappe.session.user
	kind_field, name_field = ATTACHED[doc.doctype]
	kind, name = doc.get(kind_field), doc.get(name_field)
	if user == "Administrator" or kind not in RECORD_RULES or not name:
		return _allowed_by_other_hooks(doc, ptype, user)
	if doc.doctype in RECIPIENT_FIELDS:
		return doc.get(RECIPIENT_FIELDS[doc.doctype]) == user
	if is_portal_user(user) or doc.doctype in SYSTEM_MANAGER_ONLY or not frappe.db.exists(kind, name):
		return False
	return bool(frappe.has_permission(kind, "read", doc=name, user=user)) and _allowed_by_other_hooks(doc, ptype, user)


def _allowed_by_other_hooks(doc: Document, ptype: str | None, user: str) -> bool:
	"""Whether the hooks of Frappe and other apps allow it; v15 stops at the first hook that answers, so they are called here."""
	hooks = [path for path in frappe.get_hooks("has_permission").get(doc.doctype, []) if not path.startswith(__name__)]
	answers = (frappe.call(path, doc=doc, ptype=ptype, user=user, debug=False) for path in hooks)
	return not any(answer is not None and not answer for answer in answers)


def set_comment_author(comment: Document, method: str | None = None):
	"""Set the author of a comment on a record of ours to the user (hooks.py: before_insert of Comment).

	Raises PermissionError if the user may not read the record.
	"""
	if comment.reference_doctype not in RECORD_RULES or comment.comment_type != "Comment":
		return
	if getattr(frappe.local, "request", None) and frappe.session.user != "Administrator":
		if not frappe.has_permission(comment.reference_doctype, "read", doc=comment.reference_name):
			frappe.throw(_("You are not permitted to do this."), frappe.PermissionError)
		comment.comment_email = frappe.session.user
		comment.comment_by = frappe.utils.get_fullname(frappe.session.user)


def refuse_share(share: Document, method: str | None = None):
	"""Refuse to share a record of ours, also when Frappe shares what it assigns (hooks.py). Raises PermissionError."""
	if share.share_doctype in RECORD_RULES:
		frappe.throw(
			_("{0} cannot be shared with individual users. Please choose a user who may open it.").format(_(share.share_doctype)),
			frappe.PermissionError,
		)


QUERY_CONDITIONS = {}
for _doctype in ATTACHED:
	_query = "query_" + frappe.scrub(_doctype)
	globals()[_query] = query_for(_doctype)
	QUERY_CONDITIONS[_doctype] = f"{__name__}.{_query}"
