"""The two Frappe hooks, both fed by `doors.py`.

`permission_query_conditions` needs one function per DocType, because Frappe 15.0 does not tell the function
which DocType it is asked about. Child tables get one too: Frappe lets a login that may read *some* parent list
all rows of its child tables.
"""

from collections.abc import Callable

import frappe
from frappe.model.document import Document
from frappe.query_builder import Criterion
from frappe.utils import cint

from kyodo_frappe.permissions.doors import DOORS, Condition, Door
from kyodo_frappe.permissions.roles import is_website_user, knows_the_portal_only

NOTHING = "1=0"

CHILD_TABLES = {
	"Kyodo Organisation": ("Member", "Activity", "Requirement Check", "Correction", "Attachment"),
	"Kyodo Proposal": (
		*("Role Line", "Schedule Line", "Income Line", "Expense Line", "Indicator", "Partner"),
		*("Correction", "Attachment"),
	),
	"Kyodo Change Notice": ("Change",),
	"Kyodo Committee": ("Committee Member",),
	"Kyodo Meeting": (
		*("Attendance", "Meeting Guest", "Agenda Item", "Recusal"),
		*("Meeting Move", "Minutes Check", "Written Opinion"),
	),
	"Kyodo Review": ("Review Mark",),
	"Kyodo Decision": ("Decision Reason",),
	"Kyodo Project": (
		*("Role Line", "Schedule Line", "Income Line", "Expense Line", "Indicator", "Partner"),
		*("Project Person", "Risk", "Payment"),
	),
	"Kyodo Agreement": (
		"Agreement Party",
		"Agreement Cost",
		"Agreement Clause",
		"Agreement Confirmation",
		*("Role Line", "Schedule Line", "Indicator", "Attachment"),
	),
	"Kyodo Progress Note": ("Attachment",),
	"Kyodo Open Point": ("Point Reply",),
	"Kyodo Plan Change": ("Role Line", "Schedule Line", "Income Line", "Expense Line", "Indicator"),
	"Kyodo Report": ("Settlement Line", "Indicator", "Schedule Result", "Report Income", "Attachment"),
	"Kyodo Evaluation Round": ("Evaluation Item",),
	"Kyodo Evaluation Sheet": ("Evaluation Mark",),
	"Kyodo Service Screening": ("Screening Answer", "Screening View"),
	"Kyodo Event": ("Event Question",),
	"Kyodo Event Registration": ("Event Answer",),
	"Kyodo Self Check": ("Self Check Answer",),
	"Kyodo Support Case": ("Support Step",),
	"Kyodo Need": ("Activity", "Skill"),
	"Kyodo Resource Person": ("Activity", "Skill"),
	"Kyodo Survey": ("Survey Question",),
	"Kyodo Survey Response": ("Survey Answer",),
}
_CHILD_NAMES = {"Member": "Kyodo Organisation Member", "Activity": "Kyodo Organisation Activity"}


def child_doctypes() -> dict[str, list[str]]:
	"""{child DocType: [DocTypes whose rows it holds]}"""
	parents = {}
	for parent, children in CHILD_TABLES.items():
		for child in children:
			parents.setdefault(_CHILD_NAMES.get(child, f"Kyodo {child}"), []).append(parent)
	return parents


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether a door of `doc`'s kind stands open for `user`. Always True or False (v16 denies on None).

	Frappe asks after a request has changed the document in memory, and lets clients bring documents of their
	own making to its print view: what counts is the stored record, and for writing what it would become, too.
	What it would become is asked with its fetched fields as Frappe is going to fetch them, see `_value`.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	writing = ptype not in ("read", "select", "print", "email", "report", "export")
	stored = _stored(doc)
	if stored is None:
		return _open(doc.doctype, doc, user, writing)
	return _open(doc.doctype, stored, user, writing) and (not writing or _open(doc.doctype, doc, user, writing))


def _stored(doc: Document) -> dict | None:
	if not doc.get("name"):
		return None
	fields = {condition[0] for door in DOORS[doc.doctype] for condition in (*door.read, *(door.write or ()))}
	table = frappe.qb.DocType(doc.doctype)
	# Frappe asks this once for every login that could act next: the query builder itself is several times quicker
	# than get_value, which takes each field name apart first
	columns = [table[field] for field in sorted(fields | {"name"})]
	rows = frappe.qb.from_(table).select(*columns).where(table.name == doc.name).run(as_dict=True)
	return rows[0] if rows else None


def _open(doctype: str, row: Document | dict, user: str, writing: bool) -> bool:
	roles = frappe.get_roles(user)
	return any(
		all(_meets(row, condition, user) for condition in _conditions(door, writing))
		for door in DOORS[doctype]
		if door.role in roles
	)


def _conditions(door: Door, writing: bool) -> tuple[Condition, ...]:
	return door.write if writing and door.write is not None else door.read


def _meets(row: Document | dict, condition: Condition, user: str) -> bool:
	fieldname, operator, expected = condition
	value = _value(row, fieldname)
	if fieldname == "workflow_state" and not value:
		value = "Draft"  # a record that Frappe has not given its first state yet
	if fieldname == "owner" and not value:
		value = user  # a record about to be made
	if operator in ("in", "not in"):
		return (value in expected(user)) is (operator == "in")
	if isinstance(expected, int):
		value = cint(value)  # a request may say anything; what is no number is refused when it is saved
	return (value == expected) is (operator == "=")


def _value(row: Document | dict, fieldname: str):
	"""The value of a field; of a fetched one (`fetch_from`) what the linked record holds, whatever was sent for it.

	Later versions of Frappe ask for the right to make a record before they fetch: the field is empty then, or says
	what the sender likes. A stored row has been fetched already.
	"""
	field = row.meta.get_field(fieldname) if isinstance(row, Document) else None
	if not field or not field.fetch_from or (field.fetch_if_empty and row.get(fieldname)):
		return row.get(fieldname)
	link, source = field.fetch_from.split(".", 1)
	linked = _value(row, link)
	if not linked or not isinstance(linked, str):  # anything else would be conditions
		return None
	return frappe.db.get_value(row.meta.get_field(link).options, linked, source)


def criterion(doctype: str, user: str) -> Criterion | None:
	"""The rows of `doctype` that doors open to `user`, as a query criterion; None when none do."""
	roles = frappe.get_roles(user)
	table = frappe.qb.DocType(doctype)
	parts = []
	for door in DOORS[doctype]:
		if door.role in roles and (part := _criterion(table, door.read, user)) is not None:
			parts.append(part)
	return Criterion.any(parts) if parts else None


def open_names(doctype: str, names: list[str]) -> set[str]:
	"""Those of some records that are open to who asks."""
	if frappe.session.user == "Administrator":
		return set(names)
	rows = criterion(doctype, frappe.session.user)
	if rows is None or not names:
		return set()
	table = frappe.qb.DocType(doctype)
	return set(
		frappe.qb.from_(table).select(table.name).where(rows & table.name.isin(names)).orderby(table.name).run(pluck=True)
	)


def _criterion(table, conditions: tuple[Condition, ...], user: str) -> Criterion | None:
	parts = [table.name.isnotnull()]
	for fieldname, operator, expected in conditions:
		column = table[fieldname]
		if operator == "in":
			values = expected(user)
			if not values:
				return None
			parts.append(column.isin(values))
		elif operator == "not in":
			if values := expected(user):
				parts.append(column.notin(values))
		elif operator == "=":
			parts.append(column == expected)
		else:
			parts.append(column != expected)
	return Criterion.all(parts)


def as_sql(part: Criterion | None) -> str:
	return (
		part.get_sql(with_namespace=True, quote_char="`", secondary_quote_char="'") if part is not None else NOTHING
	)


def _query_for(doctype: str) -> Callable[[str | None], str]:
	def query(user: str | None = None) -> str:
		user = user or frappe.session.user
		return "" if user == "Administrator" else f"({as_sql(criterion(doctype, user))})"

	return query


def _child_query_for(child: str, parents: list[str]) -> Callable[[str | None], str]:
	def query(user: str | None = None) -> str:
		user = user or frappe.session.user
		if user == "Administrator":
			return ""
		table = frappe.qb.DocType(child)
		parts = []
		for parent in parents:
			rows = criterion(parent, user)
			if rows is not None:
				source = frappe.qb.DocType(parent)
				names = frappe.qb.from_(source).select(source.name).where(rows)
				part = (table.parenttype == parent) & table.parent.isin(names)
				closed = closed_tables(parent, child, user)
				parts.append(part & table.parentfield.notin(closed) if closed else part)
		return f"({as_sql(Criterion.any(parts) if parts else None)})"

	return query


def closed_tables(parent: str, child: str, user: str) -> list[str]:
	"""Tables of a record on a level that a login does not read: Frappe leaves out their columns, and lists the rows."""
	meta = frappe.get_meta(parent)
	tables = [df for df in meta.get_table_fields() if df.options == child and df.permlevel]
	levels = meta.get_permlevel_access("read", user=user) if tables else []
	return [df.fieldname for df in tables if df.permlevel not in levels]


def query_file(user: str | None = None) -> str:
	"""Files on records of ours are listed to who may read the record; Frappe asks for the DocType only."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	file = frappe.qb.DocType("File")
	parts = [file.attached_to_doctype.isnull(), file.attached_to_doctype.notin(list(DOORS))]
	for doctype in DOORS:
		rows = criterion(doctype, user)
		if rows is not None:
			source = frappe.qb.DocType(doctype)
			names = frappe.qb.from_(source).select(source.name).where(rows)
			parts.append((file.attached_to_doctype == doctype) & file.attached_to_name.isin(names))
	return f"({as_sql(Criterion.any(parts))})"


def query_user(user: str | None = None) -> str:
	"""Who has a login is nobody's business outside the desk; Frappe lists all logins to each of them."""
	user = user or frappe.session.user
	if user == "Administrator" or not (knows_the_portal_only(user) or is_website_user(user)):
		return ""
	return f"({as_sql(frappe.qb.DocType('User').name == user)})"


QUERY_CONDITIONS = {
	"File": f"{__name__}.query_file",
	"User": f"{__name__}.query_user",
}
for _doctype in DOORS:
	_name = "query_" + frappe.scrub(_doctype)
	globals()[_name] = _query_for(_doctype)
	QUERY_CONDITIONS[_doctype] = f"{__name__}.{_name}"
for _doctype, _parents in child_doctypes().items():
	_name = "query_" + frappe.scrub(_doctype)
	globals()[_name] = _child_query_for(_doctype, _parents)
	QUERY_CONDITIONS[_doctype] = f"{__name__}.{_name}"

HAS_PERMISSION = {doctype: f"{__name__}.has_permission" for doctype in DOORS}
