"""The two Frappe hooks, both fed by `record_rules.py`.

`permission_query_conditions` needs one function per DocType, because Frappe 15.0 does not tell the function
which DocType it is asked about. Child tables get one too: Frappe lets a login that may read *some* parent list
all rows of its child tables.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.query_builder import Criterion
from frappe.utils import cint

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.record_rules import RECORD_RULES, Condition, Rule
from kyodo_frappe.permissions.roles import DESK_ACCESS, LINKED_RIGHTS, is_website_user, knows_the_portal_only, links

NOTHING = "1=0"
READING = ("read", "select", "print", "email", "report", "export")
_asked = Document.insert.__code__.co_names
# earlier versions look whether a new record's links are there before they ask for the right to make it, later ones after
LINKS_FIRST = _asked.index("_validate_links") < _asked.index("check_permission")


def _tables_of(doctype: str) -> tuple[str, ...]:
	"""The child tables of one of our DocTypes, as its file says them: this is asked before there is a database."""
	scrubbed = doctype.lower().replace(" ", "_")
	path = Path(__file__).parents[1] / "kyodo_frappe" / "doctype" / scrubbed / f"{scrubbed}.json"
	fields = json.loads(path.read_text(encoding="utf-8"))["fields"]
	tables = (field["options"].removeprefix("Kyodo ") for field in fields if field["fieldtype"] in ("Table", "Table MultiSelect"))
	return tuple(dict.fromkeys(tables))


CHILD_TABLES = {
	"Kyodo Programme": _tables_of("Kyodo Programme"),
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
	"""Whether a rule of `doc`'s kind opens it to `user`. Always True or False (v16 denies on None).

	Frappe asks after a request has changed the document in memory, and lets clients bring documents of their
	own making to its print view: what counts is the stored record, and for writing what it would become, too.
	What it would become is asked with its fetched fields as Frappe is going to fetch them, see `_value`.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	stored = _stored(doc)
	if stored is None and ptype not in READING and (LINKS_FIRST or _roles_with(doc.doctype, ptype, 0, user)):
		_refuse_drafts(doc, user)
	rows = [row for row in (stored, doc if ptype not in READING else None) if row is not None] or [doc]
	return all(any(_opening(doc.doctype, row, ptype, user)) for row in rows)


def _refuse_drafts(doc: Document, user: str):
	"""A new record in a programme that its writer does not see is answered as one in a programme that does not exist."""
	fieldname = programme_visibility.draft_field(doc.doctype)
	name = doc.get(fieldname) if fieldname and fieldname != "name" else None
	if (
		isinstance(name, str)
		and programme_visibility.is_draft(name)
		and not set(programme_visibility.PREPARES) & set(frappe.get_roles(user))
	):
		said = f"{_(doc.meta.get_label(fieldname))}: {name}"
		frappe.throw(_("Could not find {0}").format(frappe.utils.escape_html(said)), frappe.LinkValidationError)


def acting_roles(doc: Document) -> set[str]:
	"""The roles of the current user without those of ours that do not open this record for writing: who is of a section and
	of an organisation does with each record what they may do there as the one or as the other."""
	user, roles = frappe.session.user, set(frappe.get_roles())
	if user == "Administrator" or doc.doctype not in RECORD_RULES:
		return roles
	stored = _stored(doc)
	return (roles - set(DESK_ACCESS)) | set(_opening(doc.doctype, stored or doc, "write" if stored else "create", user))


def open_levels(doc: Document, ptype: str, levels: list[int]) -> list[int]:
	"""Those of some permission levels that the roles by which this record is open to the current user have of their own."""
	user = frappe.session.user
	if user == "Administrator":
		return levels
	opening = set(_opening(doc.doctype, _stored(doc) or doc, ptype, user))
	return [level for level in levels if _roles_with(doc.doctype, ptype, level, user) & opening]


def level_everywhere(doctype: str, level: int, user: str) -> bool:
	"""Whether a login reads a level in all records that a list shows it: Frappe asks that once for the whole list."""
	rules, able = _rules(doctype, "read", user), _roles_with(doctype, "read", level, user)
	return (bool(rules) and all(rule.role in able for rule in rules)) or any(rule.role in able and not rule.read for rule in rules)


def _opening(doctype: str, row: Document | dict, ptype: str, user: str) -> Iterator[str]:
	"""The roles of a login by which a record is open to it."""
	return (rule.role for rule in _rules(doctype, ptype, user) if _opens(doctype, rule, row, ptype, user))


def _rules(doctype: str, ptype: str, user: str) -> list[Rule]:
	"""The rules that may open records to a login: a role opens records for what it may do itself, not for what another role of
	the same login may do with other records."""
	able = _roles_with(doctype, ptype, 0, user)
	return [rule for rule in RECORD_RULES[doctype] if rule.role in able]


def _roles_with(doctype: str, ptype: str, level: int, user: str) -> set[str]:
	"""The roles of a login that have a right of their own on a level of a DocType; for reading, those of ours, too, that a
	role of the city's with that right is linked to."""
	rights = ("read", "select") if ptype == "select" else (ptype,)
	able = {
		row.role for row in frappe.get_meta(doctype).permissions if cint(row.permlevel) == level and any(row.get(right) for right in rights)
	}
	own = able & set(frappe.get_roles(user))
	linked = {ours for role, ours in links().items() if role in own} if ptype in LINKED_RIGHTS else set()
	return own | linked & able


def _stored(doc: Document) -> dict | None:
	if not doc.get("name"):
		return None
	fields = {condition[0] for rule in RECORD_RULES[doc.doctype] for condition in (*rule.read, *(rule.write or ()))}
	if programme_visibility.drafts() and (of_programme := programme_visibility.draft_field(doc.doctype)):
		fields.add(of_programme)
	table = frappe.qb.DocType(doc.doctype)
	# Frappe asks this once for every login that could act next: the query builder itself is several times quicker
	# than get_value, which takes each field name apart first
	columns = [table[field] for field in sorted(fields | {"name"})]
	rows = frappe.qb.from_(table).select(*columns).where(table.name == doc.name).run(as_dict=True)
	return rows[0] if rows else None


def _opens(doctype: str, rule: Rule, row: Document | dict, ptype: str, user: str) -> bool:
	return all(_meets(row, condition, user) for condition in _conditions(doctype, rule, ptype))


def _conditions(doctype: str, rule: Rule, ptype: str) -> tuple[Condition, ...]:
	"""What a rule asks of a record, and that it belongs to no programme that is still being set up."""
	own = rule.read if ptype in READING or rule.write is None else rule.write
	if rule.role in programme_visibility.PREPARES or not programme_visibility.drafts():
		return own
	fieldname = programme_visibility.draft_field(doctype)
	return (*own, (fieldname, "not in", lambda user: programme_visibility.drafts())) if fieldname else own


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


def criterion(doctype: str, user: str, ptype: str = "select", level: int = 0) -> Criterion | None:
	"""The rows of `doctype` that rules open to `user`, as a query criterion; None when none do. With `level`, those of which
	the login has this level, too."""
	table = frappe.qb.DocType(doctype)
	able = _roles_with(doctype, ptype, level, user)
	rules = [rule for rule in _rules(doctype, ptype, user) if rule.role in able]
	parts = [part for rule in rules if (part := _criterion(table, _conditions(doctype, rule, ptype), user)) is not None]
	return Criterion.any(parts) if parts else None


def open_names(doctype: str, names: list[str], ptype: str = "select") -> set[str]:
	"""Those of some records that are open to who asks, for reading or for another right."""
	if frappe.session.user == "Administrator":
		return set(names)
	rows = criterion(doctype, frappe.session.user, ptype)
	if rows is None or not names:
		return set()
	table = frappe.qb.DocType(doctype)
	return set(frappe.qb.from_(table).select(table.name).where(rows & table.name.isin(names)).orderby(table.name).run(pluck=True))


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
				# a record without a state yet is a draft; of no programme is of no draft
				others = column.notin(values)
				parts.append(others if fieldname == "workflow_state" else others | column.isnull())
		elif operator == "=":
			parts.append(column == expected)
		else:
			parts.append(column != expected)
	return Criterion.all(parts)


def as_sql(part: Criterion | None) -> str:
	return part.get_sql(with_namespace=True, quote_char="`", secondary_quote_char="'") if part is not None else NOTHING


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
			for level, fields in _levels_of(parent, child).items():
				rows = criterion(parent, user, level=level)
				if rows is not None:
					source = frappe.qb.DocType(parent)
					names = frappe.qb.from_(source).select(source.name).where(rows)
					parts.append((table.parenttype == parent) & table.parent.isin(names) & table.parentfield.isin(fields))
		return f"({as_sql(Criterion.any(parts) if parts else None)})"

	return query


def _levels_of(parent: str, child: str) -> dict[int, list[str]]:
	"""{level: tables of a record with such rows}: Frappe leaves out columns of a closed table, and lists its rows."""
	levels = {}
	for df in frappe.get_meta(parent).get_table_fields():
		if df.options == child:
			levels.setdefault(cint(df.permlevel), []).append(df.fieldname)
	return levels


def has_closed_table(parent: str, child: str, user: str) -> bool:
	"""Whether some records that a login lists hold such rows on a level that it does not read there."""
	return not all(level_everywhere(parent, level, user) for level in _levels_of(parent, child))


def attach_fields(meta: Meta) -> list:
	return meta.get("fields", {"fieldtype": ["in", ["Attach", "Attach Image"]]})


def attach_levels(doctype: str) -> set[int]:
	"""The permission levels on which records of a DocType show files, besides what everybody reads of them."""
	meta = frappe.get_meta(doctype)
	tables = {cint(table.permlevel) for table in meta.get_table_fields() if attach_fields(frappe.get_meta(table.options))}
	return (tables | {cint(field.permlevel) for field in attach_fields(meta)}) - {0}


def query_file(user: str | None = None) -> str:
	"""Files on records of ours are listed to who may read the record on all levels on which it shows files; Frappe asks for
	the DocType only."""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	file = frappe.qb.DocType("File")
	parts = [file.attached_to_doctype.isnull(), file.attached_to_doctype.notin(list(RECORD_RULES))]
	for doctype in RECORD_RULES:
		rows = criterion(doctype, user, level=max(attach_levels(doctype), default=0))
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
for _doctype in RECORD_RULES:
	_name = "query_" + frappe.scrub(_doctype)
	globals()[_name] = _query_for(_doctype)
	QUERY_CONDITIONS[_doctype] = f"{__name__}.{_name}"
for _doctype, _parents in child_doctypes().items():
	_name = "query_" + frappe.scrub(_doctype)
	globals()[_name] = _child_query_for(_doctype, _parents)
	QUERY_CONDITIONS[_doctype] = f"{__name__}.{_name}"

HAS_PERMISSION = dict.fromkeys(RECORD_RULES, f"{__name__}.has_permission")
