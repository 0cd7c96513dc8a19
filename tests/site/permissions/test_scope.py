"""permissions/access.json, cell by cell: what each person may do with each record in each standing.

What should succeed is asked over HTTP, of the site's own WSGI application in this process; reading only in the first standing of each
DocType. What should be refused is tried on the document first, with the checks that every request ends in; only where those let it
pass, the request decides. What is written is undone where it would be committed.
"""

import json

import frappe
from access_records import kept_nowhere
from frappe.utils import nowdate

from kyodo_frappe.demo.clients import LocalClient
from kyodo_frappe.permissions import access
from kyodo_frappe.web import fields
from kyodo_frappe.workflows.spec import specs

REFUSED = (403, 404)
# what a request to write a record changes; else the first text that a form shows
CHANGED = {
	"Kyodo Agreement": {"minutes_text": "覚え書き"},
	"Kyodo Call Enquiry": {"answer": "お答え"},
	"Kyodo Evaluation Round": {"dialogue": "話し合いの記録"},
	"Kyodo Interest": {"ended_on": "today"},
	"Kyodo Match": {"kind": ""},  # as it stands: what it says is written by services
	"Kyodo Meeting": {"place": "別の会場"},
	"Kyodo Organisation": {"phone": "0467-00-0000"},
	"Kyodo Organisation Import": {"valid_until": "2030-03-31"},
	"Kyodo Page": {"basis": "要綱第3条"},
	"Kyodo Page Comment": {"answer": "お答え", "effect": "Already There"},
	"Kyodo Project": {"public_summary": "事業のあらまし"},
	"Kyodo Proposal": {"public_summary": "提案のあらまし"},
	"Kyodo Report": {"summary": "報告のあらまし"},
	"Kyodo Section": {"phone": "0467-00-0000"},
}


def _resource(doctype: str, name: str = "") -> str:
	return f"/api/resource/{doctype}/{name}" if name else f"/api/resource/{doctype}"


def _cells():
	for doctype, rows in access.table()["records"].items():
		for standing in rows:
			yield doctype, standing


def _told(answer) -> str:
	return answer.get_data(as_text=True)


def test_access_of_every_record_is_declared(site):
	records = access.table()["records"]
	ours = frappe.get_all("DocType", {"module": "Kyodo Frappe", "istable": 0, "custom": 0}, pluck="name", order_by="name")
	assert set(records) == set(ours)


def test_records_are_read_and_listed_as_declared(access_records, requests):
	wrong = []
	for doctype, standing in _cells():
		name, may = access_records.records[doctype, standing], access.allowed("read", doctype, standing)
		doc = frappe.get_doc(doctype, name)
		for person in _asked("read", doctype, standing, access_records):
			refused = _is_refused(access_records, person, lambda: doc.check_permission("read"))
			if refused or not _is_first(doctype, standing):
				if refused == (person in may):
					wrong.append(("read", doctype, standing, person, not refused, person in may))
				continue
			status = requests.ask(person, "GET", _resource(doctype, name)).status_code
			if (status != 200 and status not in REFUSED) or (status == 200) != (person in may):
				wrong.append(("read", doctype, standing, person, status, person in may))
	for doctype in access.table()["records"]:
		for person in (person for person in access_records.people if access.role_may(person, "read", doctype)):
			names = _names(access_records, requests, person, doctype)
			for standing in access.table()["records"][doctype]:
				listed = access_records.records[doctype, standing] in names
				if listed != (person in access.allowed("read", doctype, standing)):
					wrong.append(("list", doctype, standing, person, listed, not listed))
	_report(wrong, requests)


def _is_first(doctype: str, standing: str) -> bool:
	"""Whether a standing is the first one of its DocType: there everybody who may read it asks over HTTP, too."""
	return standing == next(iter(access.table()["records"][doctype]))


def _names(access_records, requests, person: str, doctype: str) -> set[str]:
	"""Return the names that a person's list shows; over HTTP for one person in each part of the city hall and the portal."""
	if person in ("officer", "representative", "member"):
		answer = requests.ask(person, "GET", _resource(doctype), query={"limit_page_length": 0})
		assert answer.status_code == 200 or answer.status_code in REFUSED, (doctype, person, answer.status_code)
		return {row["name"] for row in answer.get_json()["data"]} if answer.status_code == 200 else set()
	found = []
	_is_refused(access_records, person, lambda: found.extend(frappe.get_list(doctype, limit_page_length=0, pluck="name", order_by="name")))
	return set(found)


def test_fields_of_higher_levels_are_hidden_as_declared(access_records, requests, hidden):
	wrong = []
	for (doctype, standing), marks in hidden.items():
		for person in access.allowed("read", doctype, standing) if marks else ():
			name, levels = access_records.records[doctype, standing], access.levels(person, doctype, standing)
			answer = _told(requests.ask(person, "GET", _resource(doctype, name)))
			for column, (mark, level) in marks.items():
				if (mark in answer) != (level in levels):
					wrong.append(("column", doctype, standing, person, column, mark in answer))
			closed = {column: mark for column, (mark, level) in marks.items() if level not in levels}
			listed = _listed(requests, person, doctype, name, "*") if closed else ""
			for column, mark in closed.items():
				told = listed + _listed(requests, person, doctype, name, column)
				if mark in told:
					wrong.append(("column in a list", doctype, standing, person, column, told[:200]))
	_report(wrong, requests)


def _listed(requests, person: str, doctype: str, name: str, column: str) -> str:
	"""Return the response of a list to a request for a column of the record or of its rows."""
	query = {"fields": json.dumps(["name", column]), "filters": json.dumps({"name": name})}
	return _told(requests.ask(person, "GET", _resource(doctype), query=query))


def test_rows_are_as_open_as_their_record(access_records, requests):
	wrong = []
	for doctype, standing, table, row in _rows(access_records):
		name, child = access_records.records[doctype, standing], table.options
		may = access.allowed("read", doctype, standing)
		readers = [person for person in access_records.people if access.role_may(person, "read", doctype)]
		doc = frappe.get_doc(child, row)
		doc.parent_doc = frappe.get_doc(doctype, name)  # which each check would load
		for person in (*sorted(set(readers) - may), *sorted(set(readers) & may)[:2], "guest"):
			sees = person in may and table.permlevel in access.levels(person, doctype, standing)
			if not sees and _hides(access_records, person, doc):
				continue
			status = requests.ask(person, "GET", _resource(child, row)).status_code
			if (status != 200 and status not in REFUSED) or (status == 200 and not sees):
				wrong.append(("row", doctype, standing, child, person, status, sees))
			query = {"parent": doctype, "filters": json.dumps({"parent": name, "parenttype": doctype}), "fields": '["*"]'}
			answer = requests.ask(person, "GET", _resource(child), query=query)
			if answer.status_code == 200 and not sees and row in _told(answer):
				wrong.append(("rows", doctype, standing, child, person, answer.status_code, sees))
	_report(wrong, requests)


def _hides(access_records, person: str, row) -> bool:
	"""Whether neither a row itself nor a list of its record's rows is given to a person in this process."""
	found, rows = [], {"parent": row.parent, "parenttype": row.parenttype}
	read = lambda: row.check_permission("read")
	listed = lambda: found.extend(frappe.get_list(row.doctype, rows, parent_doctype=row.parenttype, pluck="name", order_by="name"))
	return _is_refused(access_records, person, read) and (_is_refused(access_records, person, listed) or row.name not in found)


def _rows(access_records):
	"""Yield (DocType, standing, table, name of a row) for each table, in the standing that the fewest people read."""
	for doctype, rows in access.table()["records"].items():
		for table in frappe.get_meta(doctype).get_table_fields():
			found = []
			for standing in rows:
				of = {"parenttype": doctype, "parentfield": table.fieldname, "parent": access_records.records[doctype, standing]}
				if name := frappe.db.get_value(table.options, of):
					found.append((len(access.allowed("read", doctype, standing)), standing, name))
			if found:
				_readers, standing, name = min(found)
				yield doctype, standing, table, name


def test_records_are_written_as_declared(access_records, requests, monkeypatch):
	wrong = []
	with kept_nowhere(monkeypatch):
		for doctype, standing in _cells():
			name, may = access_records.records[doctype, standing], access.allowed("write", doctype, standing)
			change = _change(doctype, name)
			field, value = next(iter(change.items()))
			for person in _asked("write", doctype, standing, access_records):
				if person not in may and _is_refused(access_records, person, lambda: _write(doctype, name, change)):
					continue
				answer = requests.ask(person, "PUT", _resource(doctype, name), change)
				written = answer.status_code == 200 and str(answer.get_json()["data"].get(field)) == value
				if written != (person in may) or (not written and answer.status_code not in _refusals(person, doctype, standing)):
					wrong.append(("write", doctype, standing, person, answer.status_code, written, _told(answer)[-300:]))
				_forget(doctype, name, answer)
	_report(wrong, requests)


def test_records_are_created_as_declared(access_records, requests, monkeypatch):
	wrong = []
	with kept_nowhere(monkeypatch):
		for doctype, standing in _cells():
			if "create" not in access.table()["records"][doctype][standing]:
				continue
			may, written = access.allowed("create", doctype, standing), access_records.written(doctype, standing)
			for person in _asked("create", doctype, standing, access_records):
				values = access_records.values_of(written, person)
				if person not in may and _is_refused(
					access_records, person, lambda: frappe.get_doc({"doctype": doctype, **values}).insert()
				):
					continue
				answer = requests.ask(person, "POST", _resource(doctype), values)
				made = answer.status_code == 200
				if made != (person in may) or (not made and answer.status_code not in REFUSED):
					wrong.append(("create", doctype, standing, person, answer.status_code, person in may, _told(answer)[-300:]))
	_report(wrong, requests)


def test_records_are_deleted_as_declared(access_records, requests, monkeypatch):
	wrong = []
	with kept_nowhere(monkeypatch):
		for doctype, standing in _cells():
			name, may = access_records.records[doctype, standing], access.allowed("delete", doctype, standing)
			for person in _asked("delete", doctype, standing, access_records):
				if person not in may and _is_refused(access_records, person, lambda: frappe.delete_doc(doctype, name)):
					continue
				answer = requests.ask(person, "DELETE", _resource(doctype, name))
				gone = answer.status_code in (200, 202) or "LinkExistsError" in _told(answer)
				if gone != (person in may) or (not gone and answer.status_code not in _refusals(person, doctype, standing)):
					wrong.append(("delete", doctype, standing, person, answer.status_code, person in may, _told(answer)[-300:]))
				_forget(doctype, name, answer)
	_report(wrong, requests)


def _asked(act: str, doctype: str, standing: str, access_records) -> list[str]:
	"""Return the people to test: those whose role permits the act; others, refused by role, only in the first standing."""
	first = _is_first(doctype, standing)
	return [person for person in access_records.people if first or access.role_may(person, act, doctype)]


def _is_refused(access_records, person: str, act) -> bool:
	"""Whether the document itself refuses a person, in this process: a request for the same is refused by the same check."""
	try:
		with LocalClient(access_records.people[person]):
			act()
	except (frappe.PermissionError, frappe.DoesNotExistError):
		return True
	except Exception:
		return False
	finally:
		frappe.db.rollback()  # to a savepoint would leave the locks, for which a request would wait
		frappe.local.message_log = []
	return False


def _write(doctype: str, name: str, change: dict):
	doc = frappe.get_doc(doctype, name)
	doc.update(change)
	doc.save()


def _refusals(person: str, doctype: str, standing: str) -> tuple[int, ...]:
	"""Return the statuses expected when a change is refused: readers may get the reason, or success without effect."""
	return (*REFUSED, 200, 417) if person in access.allowed("read", doctype, standing) else REFUSED


def _change(doctype: str, name: str) -> dict:
	if doctype in CHANGED:
		change = {field: nowdate() if value == "today" else value for field, value in CHANGED[doctype].items()}
		return {field: value or frappe.db.get_value(doctype, name, field) for field, value in change.items()}
	plain = [df for df in frappe.get_meta(doctype).fields if not (df.read_only or df.permlevel or df.options or df.hidden or df.unique)]
	field = next((df for kinds in (("Small Text", "Text", "Long Text"), ("Data",)) for df in plain if df.fieldtype in kinds), None)
	return {field.fieldname: "書き換えた文"} if field else {"name": "x"}


def _forget(doctype: str, name: str, answer):
	"""Clear the caches after a change that was rolled back."""
	if answer.status_code in (200, 202):
		frappe.clear_document_cache(doctype, name)


def _report(wrong: list, requests):
	assert not wrong, f"{len(wrong)} cells of {requests.sent} requests differ:\n" + "\n".join(map(str, wrong[:60]))


# -- fields -----------------------------------------------------------------------------------

PORTAL = ("representative", "viewer", "partner", "member", "support")


def test_portal_users_write_declared_fields_only(access_records, requests, monkeypatch):
	wrong, asked = [], set()
	with kept_nowhere(monkeypatch):
		for doctype, standing in _cells():
			for person in PORTAL:
				kind = (doctype, person, *_state(access_records, doctype, standing))
				if person in access.allowed("write", doctype, standing) and kind not in asked:
					asked.add(kind)
					changed = _changeable(access_records, requests, doctype, standing, person)
					wrong += [("field", doctype, standing, person, path) for path in changed if not _declared(doctype, person, path)]
	_report(wrong, requests)


def _state(access_records, doctype: str, standing: str) -> tuple:
	doc = frappe.get_doc(doctype, access_records.records[doctype, standing])
	return doc.docstatus, doc.get("workflow_state"), doc.get("advice_access")


def _declared(doctype: str, person: str, path: str) -> bool:
	"""Whether the portal may change a field or the table of a column; never a read-only column."""
	fieldname, _dot, column = path.partition(".")
	if column and frappe.get_meta(frappe.get_meta(doctype).get_field(fieldname).options).get_field(column).read_only:
		return False
	of_workflow = [specs().get(doctype, {}).get(kind, {}) for kind in ("open_fields", "reserved_fields")]
	mine, (names, tables) = access.roles(person), fields.written().get(doctype, (set(), set()))
	opened = {name for rules in of_workflow for name, roles in rules.items() if mine & set(roles)}
	return fieldname in {*names, *tables, *opened, *access.over_rest(doctype)}


def _changeable(access_records, requests, doctype: str, standing: str, person: str) -> set[str]:
	"""Return the undeclared fields and columns (`table.column`) that requests of a person actually change."""
	name = access_records.records[doctype, standing]
	before = _answer(requests.ask(person, "GET", _resource(doctype, name)))
	found = set()
	for changes in _attempts(doctype, before):
		if all(_declared(doctype, person, _path(*change[:2])) for change in changes):
			continue
		values = {field.fieldname: value for field, _column, value in changes}
		if not _takes(access_records, person, doctype, name, before, changes, values):
			continue
		answer = requests.ask(person, "PUT", _resource(doctype, name), values)
		after = _answer(answer)
		found |= {_path(*change[:2]) for change in changes if after and _took(*change, before, after)}
		_forget(doctype, name, answer)
	return found


def _takes(access_records, person: str, doctype: str, name: str, before: dict, changes: list, values: dict) -> bool:
	"""Whether the document itself takes one of the changes; a request is sent for it then."""
	try:
		with LocalClient(access_records.people[person]):
			doc = frappe.get_doc(doctype, name)
			doc.update(json.loads(json.dumps(values)))
			doc.save()
			after = json.loads(frappe.as_json(doc.as_dict()))
	except Exception:
		return False
	finally:
		frappe.db.rollback()  # to a savepoint would leave the locks, for which a request would wait
		frappe.clear_document_cache(doctype, name)
		frappe.local.message_log = []
	return any(_took(*change, before, after) for change in changes)


def _path(field, column: str) -> str:
	return f"{field.fieldname}.{column}" if column else field.fieldname


def _attempts(doctype: str, before: dict):
	"""Yield the changes of each request as [(field, column or "", value)]: all read-only fields together, others one by one."""
	fixed = {}
	for field in frappe.get_meta(doctype).fields:
		for column, value in _others(field, before):
			if column and frappe.get_meta(field.options).get_field(column).read_only:
				fixed.setdefault(field.fieldname, (field, column, value))
			elif field.read_only:
				fixed[field.fieldname] = (field, column, value)
			else:
				yield [(field, column, value)]
	yield list(fixed.values())


def _answer(answer) -> dict:
	return answer.get_json()["data"] if answer.status_code == 200 else {}


def _others(field, before: dict):
	"""Return (column or "", a value that differs from the stored one)."""
	value = before.get(field.fieldname)
	if field.fieldtype in ("Table", "Table MultiSelect"):
		rows = value or []
		for df in frappe.get_meta(field.options).fields if rows else ():
			for _column, other in _others(df, rows[0]):
				yield df.fieldname, [{**rows[0], df.fieldname: other}, *rows[1:]]
		blank = {df.fieldname: other for df in frappe.get_meta(field.options).fields if df.reqd for _c, other in _others(df, {})}
		yield "", [*rows, blank]
	elif field.fieldtype not in frappe.model.display_fieldtypes and field.fieldtype not in ("Attach", "Attach Image"):
		if (other := _other(field, value)) is not None:
			yield "", other


def _other(field, value):
	if field.fieldtype == "Select":
		return next((one for one in (field.options or "").split("\n") if one and one != value), None)
	if field.fieldtype == "Link":
		return frappe.db.get_value(field.options, {"name": ["!=", value or ""]})
	if field.fieldtype == "Check":
		return 0 if value else 1
	if field.fieldtype in ("Int", "Float", "Currency", "Percent"):
		return (value or 0) + 1
	if field.fieldtype == "Date":
		return nowdate() if str(value) != nowdate() else "2031-03-31"
	if field.fieldtype == "Datetime":
		return "2026-05-05 05:05:05"
	return "https://example.jp/x" if field.options == "URL" else "x@example.jp" if field.options == "Email" else "0467-11-1111"


def _took(field, column: str, value, before: dict, after: dict) -> bool:
	"""Whether a change was stored. A read-only field may have been fetched anew, so it has to equal the value sent."""
	if field.read_only and not isinstance(value, list):
		return after.get(field.fieldname) == value
	return _differs(field, column, before, after)


def _differs(field, column: str, before: dict, after: dict) -> bool:
	old, new = before.get(field.fieldname), after.get(field.fieldname)
	if column:
		return bool(new) and new[0].get(column) != old[0].get(column)
	if isinstance(old, list) or isinstance(new, list):
		return len(new or []) != len(old or [])
	return (new or None) != (old or None)
