"""Frappe's two permission hooks, both derived from `record_rules.py`.

`permission_query_conditions` needs one function per DocType, because Frappe 15.0 does not pass the DocType to it. Child
tables have one, too: Frappe lets a user who may read *some* parent list all rows of its child tables.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.permissions import get_allowed_docs_for_doctype, get_user_permissions
from frappe.query_builder import Criterion
from frappe.utils import cint

from kyodo_frappe.permissions import programme_visibility
from kyodo_frappe.permissions.reading_cache import cached_while_reading, while_reading
from kyodo_frappe.permissions.record_rules import RECORD_RULES, Condition, Rule
from kyodo_frappe.permissions.roles import DESK_ACCESS, LINKED_RIGHTS, MANAGER, OFFICER, SECTION, is_portal_user, is_website_user, links

NO_ROWS = "1=0"
READING = ("read", "select", "print", "email", "report", "export")
_asked = Document.insert.__code__.co_names
# earlier versions validate the links of a new record before they check create permission, later ones afterwards
LINKS_FIRST = _asked.index("_validate_links") < _asked.index("check_permission")


def _tables_of(doctype: str) -> tuple[str, ...]:
	"""Return the child tables of one of our DocTypes from its JSON file, since hooks are read before the database exists."""
	scrubbed = doctype.lower().replace(" ", "_")
	path = Path(__file__).parents[1] / "kyodo_frappe" / "doctype" / scrubbed / f"{scrubbed}.json"
	fields = json.loads(path.read_text(encoding="utf-8"))["fields"]
	tables = (field["options"].removeprefix("Kyodo ") for field in fields if field["fieldtype"] in ("Table", "Table MultiSelect"))
	return tuple(dict.fromkeys(tables))


CHILD_TABLES = {
	"Kyodo Programme": _tables_of("Kyodo Programme"),
	"Kyodo Call": ("Criterion", "Further Mark", "Required Document", "Call Question", "Call Document", "Year Term"),
	"Kyodo Organisation": ("Member", "Activity", "Requirement Check", "Correction", "Attachment"),
	"Kyodo Proposal": (
		*("Role Line", "Schedule Line", "Income Line", "Expense Line", "Indicator", "Partner"),
		*("Correction", "Attachment", "Yearly Amount"),
	),
	"Kyodo Change Notice": ("Change",),
	"Kyodo Committee": ("Committee Member",),
	"Kyodo Handover": ("Handover Line",),
	"Kyodo Meeting": (
		*("Attendance", "Meeting Guest", "Agenda Item", "Recusal"),
		*("Meeting Move", "Minutes Check", "Written Opinion", "Entered Mark"),
	),
	"Kyodo Review": ("Review Mark",),
	"Kyodo Decision": ("Decision Reason", "Decision Point", "Yearly Amount"),
	"Kyodo Letter": ("Letter Approval",),
	"Kyodo Project": (
		*("Role Line", "Schedule Line", "Income Line", "Expense Line", "Indicator", "Partner"),
		*("Project Person", "Risk", "Payment", "Yearly Amount"),
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
	"Kyodo Plan Change": ("Role Line", "Schedule Line", "Income Line", "Expense Line", "Indicator", "Yearly Amount"),
	"Kyodo Report": ("Settlement Line", "Indicator", "Schedule Result", "Report Income", "Attachment", "Correction"),
	"Kyodo Evaluation Round": ("Evaluation Item",),
	"Kyodo Evaluation Sheet": ("Evaluation Mark",),
	"Kyodo Service Screening": ("Screening Answer", "Screening View"),
	"Kyodo Event": ("Event Question",),
	"Kyodo Annual Report": ("Annual Section", "Annual Project"),
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
	"""Return {child DocType: [its parent DocTypes]}."""
	parents = {}
	for parent, children in CHILD_TABLES.items():
		for child in children:
			parents.setdefault(_CHILD_NAMES.get(child, f"Kyodo {child}"), []).append(parent)
	return parents


def has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Whether a rule opens the record to `user`. Always True or False (v16 denies on None).

	Frappe calls this after a request has changed the document in memory, and its print view accepts documents that the
	client has made up. So the stored record counts, and for writing the changed one as well, with fetched fields as Frappe
	will fetch them (see `_value`).
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return True
	stored = _stored(doc)
	if stored is None and ptype not in READING and (LINKS_FIRST or _roles_with(doc.doctype, ptype, 0, user)):
		_refuse_drafts(doc, user)
	rows = [row for row in (stored, doc if ptype not in READING else None) if row is not None] or [doc]
	with while_reading():
		return all(any(_opening_roles(doc.doctype, row, ptype, user)) for row in rows)


def _refuse_drafts(doc: Document, user: str):
	"""Raise LinkValidationError for a new record in a draft programme that the user may not see, as if it did not exist."""
	fieldname = programme_visibility.draft_field(doc.doctype)
	name = doc.get(fieldname) if fieldname and fieldname != "name" else None
	if (
		isinstance(name, str)
		and programme_visibility.is_draft(name)
		and not set(programme_visibility.EDITING_ROLES) & set(frappe.get_roles(user))
	):
		said = f"{_(doc.meta.get_label(fieldname))}: {name}"
		frappe.throw(_("Could not find {0}").format(frappe.utils.escape_html(said)), frappe.LinkValidationError)


def acting_roles(doc: Document) -> set[str]:
	"""Return the current user's roles, without roles of this app that do not open this record for writing.

	A user who belongs to a section and to an organisation acts on each record only in the role that opens it.
	"""
	user, roles = frappe.session.user, set(frappe.get_roles())
	if user == "Administrator" or doc.doctype not in RECORD_RULES:
		return roles
	stored = _stored(doc)
	with while_reading():
		return (roles - set(DESK_ACCESS)) | set(_opening_roles(doc.doctype, stored or doc, "write" if stored else "create", user))


def check_city_reads(doc: Document) -> set[str]:
	"""Return the roles of city hall that open a record to the user for reading, linked roles of the city's included.

	For pages with what only city hall reads beside a record. Raises PermissionError for those who do not read it, or read it only as
	members of an organisation, of a committee or of the support centre.
	"""
	doc.check_permission("read")
	user = frappe.session.user
	found = set(_opening_roles(doc.doctype, _stored(doc) or doc, "read", user)) & {MANAGER, OFFICER, SECTION}
	if not found:
		raise frappe.PermissionError
	return found


def open_levels(doc: Document, ptype: str, levels: list[int]) -> list[int]:
	"""Return those of the permission levels that the current user has through roles that open this very record."""
	user = frappe.session.user
	if user == "Administrator":
		return levels
	opening = set(_opening_roles(doc.doctype, _stored(doc) or doc, ptype, user))
	return [level for level in levels if _roles_with(doc.doctype, ptype, level, user) & opening]


def level_everywhere(doctype: str, level: int, user: str) -> bool:
	"""Whether a user may read a permission level in every record of a list; Frappe decides this once per list."""
	rules, able = _rules(doctype, "read", user), _roles_with(doctype, "read", level, user)
	return (bool(rules) and all(rule.role in able for rule in rules)) or any(rule.role in able and not rule.read for rule in rules)


def _opening_roles(doctype: str, row: Document | dict, ptype: str, user: str) -> Iterator[str]:
	"""Yield the roles of a user that open a record."""
	return (rule.role for rule in _rules(doctype, ptype, user) if _is_opened_by(doctype, rule, row, ptype, user))


def _rules(doctype: str, ptype: str, user: str) -> list[Rule]:
	"""Return the rules that may open records to a user.

	A role opens records only for its own permissions, not for those of other roles of the user.
	"""
	able = _roles_with(doctype, ptype, 0, user)
	return [rule for rule in RECORD_RULES[doctype] if rule.role in able]


def _roles_with(doctype: str, ptype: str, level: int, user: str) -> set[str]:
	"""Return the user's roles that have a permission on a level of a DocType.

	For reading, roles of this app count, too, that are linked to a role of the user (Kyodo Role Link).
	"""
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
	if held := doc.flags.get("kyodo_stored") or doc.flags.get("kyodo_read"):  # locked by the act that asks (common/changed_rows.py)
		return frappe._dict({field: held.get(field) for field in fields})
	columns = tuple(sorted(fields | {"name"}))
	# what this transaction has written may have changed it
	rows = (_read_stored if frappe.db.transaction_writes else _stored_once)(doc.doctype, doc.name, columns)
	return rows[0] if rows else None


@cached_while_reading
def _stored_once(doctype: str, name: str, fields: tuple[str, ...]) -> list[dict]:
	return _read_stored(doctype, name, fields)


def _read_stored(doctype: str, name: str, fields: tuple[str, ...]) -> list[dict]:
	"""[the stored values of a record]. Frappe checks every user who could act next; the query builder is several times faster than
	get_value, which parses each field name first."""
	table = frappe.qb.DocType(doctype)
	return frappe.qb.from_(table).select(*(table[field] for field in fields)).where(table.name == name).run(as_dict=True)


def _is_opened_by(doctype: str, rule: Rule, row: Document | dict, ptype: str, user: str) -> bool:
	return all(_is_met(row, condition, user) for condition in _conditions(doctype, rule, ptype))


def _conditions(doctype: str, rule: Rule, ptype: str) -> tuple[Condition, ...]:
	"""Return the conditions of a rule, plus one that excludes records of draft programmes."""
	own = rule.read if ptype in READING or rule.write is None else rule.write
	if rule.role in programme_visibility.EDITING_ROLES or not programme_visibility.drafts():
		return own
	fieldname = programme_visibility.draft_field(doctype)
	return (*own, (fieldname, "not in", lambda user: programme_visibility.drafts())) if fieldname else own


def _is_met(row: Document | dict, condition: Condition, user: str) -> bool:
	fieldname, operator, expected = condition
	value = _value(row, fieldname)
	if fieldname == "workflow_state" and not value:
		value = "Draft"  # a new record that Frappe has not given its first state yet
	if fieldname == "owner" and not value:
		value = user  # a new record
	if operator in ("in", "not in"):
		return (value in expected(user)) is (operator == "in")
	if isinstance(expected, int):
		value = cint(value)  # requests may send anything; invalid numbers are refused on save
	return (value == expected) is (operator == "=")


def _value(row: Document | dict, fieldname: str):
	"""Return the value of a field; for a fetched one (`fetch_from`) the value in the linked record, whatever was sent.

	Later versions of Frappe check create permission before they fetch: the field is still empty, or holds what the client
	has sent. Stored rows have been fetched already.
	"""
	field = row.meta.get_field(fieldname) if isinstance(row, Document) else None
	if not field or not field.fetch_from or (field.fetch_if_empty and row.get(fieldname)):
		return row.get(fieldname)
	link, source = field.fetch_from.split(".", 1)
	linked = _value(row, link)
	if not linked or not isinstance(linked, str):  # get_value would read anything else as conditions
		return None
	return frappe.db.get_value(row.meta.get_field(link).options, linked, source)


def criterion(doctype: str, user: str, ptype: str = "select", level: int = 0, given: tuple[Condition, ...] = ()) -> Criterion | None:
	"""Return a query criterion for the records that are open to `user`, or None if no rule opens any.

	With `level`, only records in which the user also has that permission level. given: conditions of the rules that the query makes
	anyway, so that it need not read the columns of the rules that they make superfluous.
	"""
	table = frappe.qb.DocType(doctype)
	able = _roles_with(doctype, ptype, level, user)
	rules = [rule for rule in _rules(doctype, ptype, user) if rule.role in able]
	asked = [[one for one in _conditions(doctype, rule, ptype) if one not in given] for rule in rules]
	if not all(asked):
		return table.name.isnotnull() if asked else None  # a rule without a condition opens everything
	parts = [part for conditions in asked if (part := _rule_criterion(table, conditions, user)) is not None]
	return Criterion.any(parts) if parts else None


def restrictions(doctype: str, user: str) -> list[Criterion]:
	"""Return the criteria of Frappe's User Permissions for a user, as `frappe.get_list` has them; [] where there are none."""
	given = get_user_permissions(user)
	if not given:
		return []
	table, meta = frappe.qb.DocType(doctype), frappe.get_meta(doctype)
	strict = cint(frappe.get_system_settings("apply_strict_user_permissions"))
	link_fields = [(df.fieldname, df.options) for df in meta.get_link_fields() if not cint(df.ignore_user_permissions)]
	parts = []
	for fieldname, options in [("name", doctype), *link_fields]:
		allowed = get_allowed_docs_for_doctype(given.get(options, []), doctype)
		if allowed:
			column = table[fieldname]
			within = column.isin(allowed)
			parts.append(within if strict or fieldname == "name" else within | column.isnull() | (column == ""))
	return parts


def as_listed(doctype: str, given: tuple[Condition, ...] = ()) -> Criterion | bool | None:
	"""Return what the current user may read of a DocType, as its list: a criterion, True for everything, None for nothing.

	given: as in `criterion`.
	"""
	user = frappe.session.user
	if not frappe.has_permission(doctype, "read"):
		return None
	if user == "Administrator":
		return True
	rows = criterion(doctype, user, given=given) if doctype in RECORD_RULES else True
	narrowed = restrictions(doctype, user)
	return rows if rows is None or not narrowed else Criterion.all([*narrowed, *([] if rows is True else [rows])])


def open_names(doctype: str, names: list[str], ptype: str = "select") -> set[str]:
	"""Return those of the records that are open to the current user. One query."""
	if frappe.session.user == "Administrator":
		return set(names)
	rows = criterion(doctype, frappe.session.user, ptype)
	if rows is None or not names:
		return set()
	table = frappe.qb.DocType(doctype)
	return set(frappe.qb.from_(table).select(table.name).where(rows & table.name.isin(names)).orderby(table.name).run(pluck=True))


def _rule_criterion(table, conditions: list[Condition], user: str) -> Criterion | None:
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
				# a record without a state is a draft; one without a programme belongs to no draft programme
				others = column.notin(values)
				parts.append(others if fieldname == "workflow_state" else others | column.isnull())
		elif operator == "=":
			parts.append(column == expected)
		else:
			parts.append(column != expected)
	return Criterion.all(parts)


def as_sql(part: Criterion | None) -> str:
	"""Return a criterion as SQL, for Frappe's query conditions. None matches nothing."""
	return part.get_sql(with_namespace=True, quote_char="`", secondary_quote_char="'") if part is not None else NO_ROWS


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
	"""Return {permission level: [table fields of `parent` with rows of `child`]}.

	Frappe hides the columns of a closed table but still lists its rows.
	"""
	levels = {}
	for df in frappe.get_meta(parent).get_table_fields():
		if df.options == child:
			levels.setdefault(cint(df.permlevel), []).append(df.fieldname)
	return levels


def has_closed_table(parent: str, child: str, user: str) -> bool:
	"""Whether a list could show the user rows of a table whose permission level the user may not read."""
	return not all(level_everywhere(parent, level, user) for level in _levels_of(parent, child))


def attach_fields(meta: Meta) -> list:
	"""Return the Attach fields of a DocType."""
	return meta.get("fields", {"fieldtype": ["in", ["Attach", "Attach Image"]]})


def attach_levels(doctype: str) -> set[int]:
	"""Return the permission levels above 0 on which a DocType or its tables have Attach fields."""
	meta = frappe.get_meta(doctype)
	tables = {cint(table.permlevel) for table in meta.get_table_fields() if attach_fields(frappe.get_meta(table.options))}
	return (tables | {cint(field.permlevel) for field in attach_fields(meta)}) - {0}


def query_file(user: str | None = None) -> str:
	"""Return the query condition of File: files of our records are listed to users who may read all levels with files.

	Frappe checks the DocType only.
	"""
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
	"""Return the query condition of User: outside the desk users see only themselves; Frappe lists all users to everybody."""
	user = user or frappe.session.user
	if user == "Administrator" or not (is_portal_user(user) or is_website_user(user)):
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
