"""Handing over: somebody leaves or changes section, and their work goes to successors.

What somebody holds is found in the DocTypes: every Link to User of this app that people fill in (read-only ones say who did
something, and stay), besides open tasks, unread notices and roles. Each record is moved with the rights of whoever hands over, and
only to somebody who may do it. A Kyodo Handover records who handed over what to whom, and when.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate, now_datetime, nowdate

from kyodo_frappe.accounts.errors import LoginNotInvitable, NoSuccessor
from kyodo_frappe.common import request_json
from kyodo_frappe.permissions import reading_cache
from kyodo_frappe.permissions.request import our_doctypes
from kyodo_frappe.permissions.roles import DESK_ACCESS, IMPLICIT_ROLES, MANAGER, OFFICER, SECTION, is_website_user, require
from kyodo_frappe.workflows.spec import specs
from kyodo_frappe.workflows.states import OVER, states

OFFICE = (OFFICER, MANAGER, "System Manager")
TODO, NOTICE, ROLE = "ToDo", "Notification Log", "Role"
END = "end"  # in place of a successor: a seat or a membership ends without one
MOST = 500  # records of one kind that are listed
TABLES = ("Table", "Table MultiSelect")


class Place(NamedTuple):
	"""A field that names a user: `field` of `doctype` itself, or of the rows of its `table`."""

	doctype: str
	table: str | None
	child: str | None
	field: str


# -- what somebody holds ----------------------------------------------------------------------


@frappe.whitelist(methods=["GET"])
def work_of(user: str) -> dict:
	"""What `user` holds: {name, enabled, rows: [{doctype, name, title, what, place, may}]}.

	place: identifies the field for `hand_over`; may: whether the current user may change the record. Raises PermissionError.
	"""
	require(*OFFICE)
	person = _person(user)
	rows = [*_held(user), *_tasks(user), *_notices(user), *_roles(user)]
	return {"name": person.full_name, "enabled": person.enabled, "rows": rows}


@frappe.whitelist(methods=["GET"])
def people() -> list[dict]:
	"""Everybody with a role of this app: [{user, name, roles, enabled}], by name. Raises PermissionError."""
	require(*OFFICE)
	login, role = frappe.qb.DocType("User"), frappe.qb.DocType("Has Role")
	found = (
		frappe.qb.from_(login)
		.join(role)
		.on((role.parent == login.name) & (role.parenttype == "User"))
		.select(login.name, login.full_name, login.enabled, role.role)
		.where(role.role.isin(list(DESK_ACCESS)) & login.name.notin(frappe.STANDARD_USERS))
		.orderby(login.full_name)
		.orderby(login.name)
		.run(as_dict=True)
	)
	roles: dict[str, list[str]] = defaultdict(list)
	for row in found:
		roles[row.name] += [_(row.role)]
	listed = {row.name: {"user": row.name, "name": row.full_name, "enabled": row.enabled} for row in found}
	return [{**one, "roles": roles[user]} for user, one in listed.items()]


def _person(user: str) -> dict:
	found = frappe.db.get_value("User", user, ["name", "full_name", "enabled"], as_dict=True)
	if not found or user in frappe.STANDARD_USERS:
		frappe.throw(_("There is no such login."), frappe.DoesNotExistError)
	return found


def places() -> list[Place]:
	"""Every field of this app in which people name a user."""
	found = []
	for doctype in sorted(our_doctypes().values()):
		meta = frappe.get_meta(doctype)
		if meta.istable or meta.issingle:
			continue
		found += [Place(doctype, None, None, df.fieldname) for df in meta.fields if _names_a_user(df)]
		for table in meta.fields:
			if table.fieldtype in TABLES and not table.read_only:
				found += [
					Place(doctype, table.fieldname, table.options, df.fieldname)
					for df in frappe.get_meta(table.options).fields
					if _names_a_user(df)
				]
	return found


def _names_a_user(df: Document) -> bool:
	return df.fieldtype == "Link" and df.options == "User" and not df.read_only and not df.set_only_once


def _held(user: str) -> Iterator[dict]:
	for place in places():
		if not frappe.has_permission(place.doctype, "read"):
			continue
		meta = frappe.get_meta(place.doctype)
		title = meta.get_title_field()
		found = frappe.get_list(
			place.doctype,
			filters=_open_filters(place.doctype, {"name": ["in", _names_in(place, user)]}),
			fields=["name", f"{title} as title"] if title != "name" else ["name"],
			order_by="name asc",
			limit=MOST,
		)
		may = frappe.has_permission(place.doctype, "write")
		yield from (_row(place.doctype, row.name, row.get("title"), _what(place), ".".join(filter(None, place[1:])), may) for row in found)


def _names_in(place: Place, user: str) -> list[str]:
	if place.table is None:
		return frappe.get_all(place.doctype, {place.field: user}, pluck="name", order_by="name", limit=MOST)
	filters = {"parenttype": place.doctype, "parentfield": place.table, place.field: user}
	fields = ["parent", "to_date"] if frappe.get_meta(place.child).has_field("to_date") else ["parent"]
	rows = frappe.get_all(place.child, filters, fields, order_by="parent", limit=MOST)
	return sorted({row.parent for row in rows if not row.get("to_date") or getdate(row.to_date) >= getdate()})


def _open_filters(doctype: str, filters: dict) -> dict:
	"""`filters` for records that still go on: not over, not frozen, not disabled."""
	if doctype in specs():
		filters["workflow_state"] = ["not in", [*states(doctype, OVER), *states(doctype, frozen=True)] or [""]]
	if frappe.get_meta(doctype).has_field("disabled"):
		filters["disabled"] = 0
	return filters


def _what(place: Place) -> str:
	labels = [frappe.get_meta(place.doctype).get_label(place.table)] if place.table else []
	labels.append(frappe.get_meta(place.child or place.doctype).get_label(place.field))
	return " › ".join(_(label) for label in labels)


def _row(doctype: str, name: str, title: str | None, what: str, place: str, may: bool) -> dict:
	return {"doctype": doctype, "name": name, "title": title or name, "what": what, "place": place, "may": bool(may)}


def _tasks(user: str) -> Iterator[dict]:
	fields = ["name", "description", "reference_type", "reference_name"]
	ours = {"reference_type": ["in", sorted(our_doctypes().values())]}  # tasks of other apps are not the office's to read
	for row in frappe.get_all(TODO, {"allocated_to": user, "status": "Open", **ours}, fields, order_by="creation asc", limit=MOST):
		title = frappe.utils.strip_html(row.description or "")[:140]
		yield _row(TODO, row.name, title or row.reference_name, _("Open task"), "allocated_to", True)


def _notices(user: str) -> Iterator[dict]:
	found = frappe.db.count(NOTICE, {"for_user": user, "read": 0, "document_type": ["in", sorted(our_doctypes().values())]})
	if found:
		yield _row(NOTICE, user, _("{0} unread notices").format(found), _("Messages to this person"), "for_user", True)


def _roles(user: str) -> Iterator[dict]:
	held = set(frappe.get_roles(user)) & set(DESK_ACCESS)
	may = bool({MANAGER, "System Manager"} & set(frappe.get_roles()))
	yield from (_row(ROLE, role, _(role), _("Role in the programme"), "roles", may) for role in DESK_ACCESS if role in held)


# -- moving it ------------------------------------------------------------------------------


@frappe.whitelist(methods=["POST"])
def hand_over(user: str, rows: str, leaving: bool = False, reason: str = "") -> dict:
	"""Move what `user` holds to successors, and close the login of somebody who leaves.

	rows: JSON list of [{doctype, name, place, to}], as `work_of` lists them, with the successor's login, or END. A row that is refused does not
	stop the others; with `leaving`, the login is closed only if none was. Returns {handover, moved, refused: [{title, why}], closed}.
	Raises PermissionError, ValidationError.
	"""
	require(*OFFICE)
	person = _person(user)
	if cint(leaving):
		_check_may_close(user)
	wanted = [row for row in request_json.rows(rows) if row.get("to")]
	held = {(row["doctype"], row["name"], row["place"]): row for row in work_of(user)["rows"]}
	moved, refused = [], []
	for row in wanted:
		known = held.get((row.get("doctype"), row.get("name"), row.get("place")))
		if known is None:
			refused.append({"title": str(row.get("name"))[:140], "why": _("This has been handed over already.")})
		elif why := _try(known, user, row["to"]):
			refused.append({"title": known["title"], "why": why})
		else:
			moved.append((known, row["to"]))
	closed = bool(cint(leaving)) and not refused
	record = _record(person, moved, closed, reason) if moved or closed else None
	if closed:
		_close(user)  # last: Frappe commits when it ends sessions
	return {"handover": record, "moved": len(moved), "refused": refused, "closed": closed}


def _try(row: dict, user: str, successor: str) -> str | None:
	"""Move one row; returns the sentence of a refusal, after which nothing of this row has changed."""
	frappe.db.savepoint("kyodo_handover")
	try:
		if successor == END:
			_end(row, user)
		else:
			_check_successor(successor, user)
			_move(row, user, successor)
	except (frappe.ValidationError, frappe.PermissionError) as refusal:
		frappe.db.rollback(save_point="kyodo_handover")
		frappe.clear_last_message()
		reading_cache.forget()
		return frappe.utils.strip_html(str(refusal)) or _("You are not allowed to change this record.")
	return None


def _check_successor(successor: str, user: str):
	if successor == user or successor in frappe.STANDARD_USERS or not cint(frappe.db.get_value("User", successor, "enabled")):
		frappe.throw(_("Please choose somebody else with a login."), exc=NoSuccessor)


def _move(row: dict, user: str, successor: str):
	if row["doctype"] == ROLE:
		return _grant(row["name"], successor)
	if row["doctype"] == TODO:
		return _move_task(row["name"], successor)
	if row["doctype"] == NOTICE:
		return _move_notices(user, successor)
	doc = frappe.get_doc(row["doctype"], row["name"], for_update=True)
	doc.check_permission("write")
	*table, field = row["place"].split(".")
	if table:
		_move_rows(doc, table[0], field, user, successor)
	else:
		_rename(doc, field, user, successor)
	doc.save()
	reading_cache.forget()
	_check_reads(doc.doctype, doc.name, successor)


def _end(row: dict, user: str):
	"""End a seat with its term, or take somebody out of a table that has none."""
	table, _dot, field = row["place"].partition(".")
	if not field:
		frappe.throw(_("This needs a successor."), exc=NoSuccessor)
	doc = frappe.get_doc(row["doctype"], row["name"], for_update=True)
	doc.check_permission("write")
	for held in [held for held in doc.get(table) if held.get(field) == user]:
		if field != "user":
			_rename(held, field, user, None)
		elif held.meta.has_field("to_date"):
			held.to_date = _last_day(held)
		else:
			doc.remove(held)
	doc.save()
	reading_cache.forget()


def _last_day(seat: Document):
	"""Yesterday, or the first day of a seat that began later."""
	return max(getdate(seat.from_date or "1900-01-01"), getdate(add_days(nowdate(), -1)))


def _move_rows(doc: Document, table: str, field: str, user: str, successor: str):
	for row in [row for row in doc.get(table) if row.get(field) == user]:
		if doc.doctype == "Kyodo Section":
			_check_section_officer(successor)
		if field == "user" and successor in {other.get(field) for other in doc.get(table)}:
			doc.remove(row)  # the successor is there already
		elif field == "user" and row.meta.has_field("to_date"):
			_end_term(doc, table, row, successor)
		else:
			_rename(row, field, user, successor)


def _end_term(doc: Document, table: str, row: Document, successor: str):
	"""End a seat that has a term with yesterday, and give the successor one of the same kind from today: who sat stays readable."""
	seat = {df.fieldname: row.get(df.fieldname) for df in row.meta.fields if df.fieldname not in ("member_name", "from_date", "user")}
	row.to_date = _last_day(row)
	if row.get("is_chair"):
		row.is_chair = 0
	doc.append(table, {**seat, "user": successor, "member_name": frappe.utils.get_fullname(successor), "from_date": nowdate()})


def _rename(row: Document, field: str, user: str, successor: str | None):
	"""Put the successor into a field, and their name wherever beside it the name of `user` stands."""
	former, name = frappe.utils.get_fullname(user), successor and frappe.utils.get_fullname(successor)
	row.set(field, successor)
	for df in row.meta.fields:
		if df.fieldtype == "Data" and (df.fetch_from == f"{field}.full_name" or row.get(df.fieldname) == former):
			row.set(df.fieldname, name)


def _check_section_officer(successor: str):
	if is_website_user(successor) or SECTION not in frappe.get_roles(successor):
		frappe.throw(
			_("{0} is no section officer yet. Please hand over the role first, or invite them as one.").format(
				frappe.utils.get_fullname(successor)
			),
			exc=NoSuccessor,
		)


def _check_reads(doctype: str, name: str, successor: str):
	if not frappe.has_permission(doctype, "read", doc=name, user=successor):
		frappe.throw(
			_("{0} may not read this record. Please hand over the role or the section first.").format(frappe.utils.get_fullname(successor)),
			exc=NoSuccessor,
		)


def _grant(role: str, successor: str):
	require(MANAGER, "System Manager")
	if role == MANAGER:
		require("System Manager")  # as in accounts/staff.py
	if DESK_ACCESS[role] and is_website_user(successor):
		frappe.throw(
			_("{0} has a login of the portal. The administrator of the site opens the desk for it.").format(
				frappe.utils.get_fullname(successor)
			),
			exc=LoginNotInvitable,
		)
	account = frappe.get_doc("User", successor)
	account.flags.ignore_permissions = True  # only managers come here, and grant roles of this app only
	account.add_roles(role)


def _move_task(name: str, successor: str):
	task = frappe.get_doc(TODO, name, for_update=True)
	if task.reference_type and task.reference_name:
		_check_reads(task.reference_type, task.reference_name, successor)
	task.allocated_to = successor
	task.save(ignore_permissions=True)  # a task is its owner's; the office hands it over, and the successor may read its record


def _move_notices(user: str, successor: str):
	rows = frappe.get_all(
		NOTICE,
		{"for_user": user, "read": 0, "document_type": ["in", sorted(our_doctypes().values())]},
		["name", "document_type", "document_name"],
		order_by="creation asc",
		limit=MOST,
	)
	for row in rows:
		if frappe.db.exists(row.document_type, row.document_name) and frappe.has_permission(
			row.document_type, "read", doc=row.document_name, user=successor
		):
			frappe.db.set_value(NOTICE, row.name, "for_user", successor)


# -- leaving ----------------------------------------------------------------------------------


def _check_may_close(user: str):
	"""Raise PermissionError unless the user may close this login: managers that of people of this app, System Managers any other's."""
	require(MANAGER, "System Manager")
	others = set(frappe.get_roles(user)) - IMPLICIT_ROLES - set(DESK_ACCESS)
	if user == frappe.session.user or (others and "System Manager" not in frappe.get_roles()):
		frappe.throw(_("The administrator of the site closes this login."), frappe.PermissionError)


def _close(user: str):
	"""Disable a login: its sessions end, and no key that was given out opens anything again."""
	account = frappe.get_doc("User", user)
	account.update({"enabled": 0, "api_key": None, "api_secret": None, "reset_password_key": None})
	# Frappe would switch the notices off with the rights of whoever hands over, who has none to another's settings
	frappe.db.set_value("Notification Settings", user, "enabled", 0)
	# who may close a login is asked in `_check_may_close`
	account.flags.ignore_permissions = True
	account.save()
	open_links = frappe.get_all(
		"Kyodo Invitation", {"email": account.email, "accepted_on": ["is", "not set"]}, pluck="name", order_by="name"
	)
	if open_links:
		frappe.db.set_value("Kyodo Invitation", {"name": ["in", open_links]}, "revoked_on", now_datetime())
	for revoke in frappe.get_hooks("kyodo_revoke_keys"):
		frappe.get_attr(revoke)(user)


def _record(person: dict, moved: list[tuple[dict, str]], closed: bool, reason: str) -> str:
	doc = frappe.get_doc(
		{
			"doctype": "Kyodo Handover",
			"handed_over_user": person.name,
			"handed_over_name": person.full_name,
			"handed_over_by": frappe.session.user,
			"handed_over_by_name": frappe.utils.get_fullname(frappe.session.user),
			"handed_over_on": now_datetime(),
			"login_closed": int(closed),
			"reason": reason.strip()[:500],
			"lines": [
				{
					"record_type": row["doctype"],
					"record_name": row["name"],
					"record_title": row["title"][:140],
					"what": row["what"][:140],
					"successor": to if to != END else None,
					"successor_name": frappe.utils.get_fullname(to) if to != END else _("Ended without a successor"),
				}
				for row, to in moved
			],
		}
	)
	doc.insert(ignore_permissions=True)  # nobody writes one by hand: no role may create it
	return doc.name
