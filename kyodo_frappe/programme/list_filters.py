"""Saved views of the desk's lists (Kyodo List Filter): what each role looks for day by day, as buttons above a list.

Those of the app are declared in list_filters.json; the city changes them, switches them off and adds its own. A condition is
[field, operator, value]. A value beginning with “@” stands for something that is known when the list is opened (`_MARKS`).
"""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

import frappe
from frappe import _
from frappe.model import default_fields, table_fields
from frappe.model.document import Document
from frappe.utils import add_days, cint, getdate, nowdate

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.permissions.columns import hidden_fields
from kyodo_frappe.permissions.people import sections_of
from kyodo_frappe.programme.errors import InvalidListFilter
from kyodo_frappe.rules.era import fiscal_year
from kyodo_frappe.workflows import states

DOCTYPE = "Kyodo List Filter"
OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "in", "not in", "like", "not like", "is", "Between")
SHOWN = ("label_text", "document_type", "role", "sort_order", "conditions")
_TODAY = re.compile(r"@today([+-][0-9]{1,4})?")
_MARKS = {
	"@fiscal_year": lambda doctype: fiscal_year(getdate(nowdate())),
	"@me": lambda doctype: frappe.session.user,
	"@my_sections": lambda doctype: sections_of(frappe.session.user) or ["-"],
}
_STATES = "@states "


@frappe.whitelist(methods=["GET"])
def filters_for(doctype: str) -> list[dict]:
	"""Return the saved views of a list for the user: [{label, filters: [[DocType, field, operator, value]]}]. Raises PermissionError.

	Views with a field that the user may not read are left out.
	"""
	known = doctype.startswith("Kyodo ") and frappe.db.exists("DocType", doctype)
	if not known or not frappe.has_permission(doctype, "read"):
		raise frappe.PermissionError
	# everybody at the desk sees the buttons; only the manager opens the records behind them
	rows = frappe.get_all(
		DOCTYPE, {"document_type": doctype, "enabled": 1}, ["label_text", "role", "conditions"], order_by="sort_order, name"
	)
	roles, hidden = {"", None, *frappe.get_roles()}, hidden_fields(doctype)
	found = [(row.label_text, json.loads(row.conditions)) for row in rows if row.role in roles]
	return [
		{
			"label": label,
			"note": "",
			"filters": [[doctype, field, operator, resolve(doctype, value)] for field, operator, value in conditions],
		}
		for label, conditions in found
		if not hidden & {field for field, _operator, _value in conditions}
	]


def resolve(doctype: str, value):
	"""Return a value of a condition with its marks replaced. Raises ValidationError for an unknown mark."""
	if isinstance(value, list):
		return [resolve(doctype, part) for part in value]
	if not isinstance(value, str) or not value.startswith("@"):
		return value
	if found := _TODAY.fullmatch(value):
		return str(add_days(nowdate(), cint(found[1])))
	if value.startswith(_STATES):
		return _states_of(doctype, value.removeprefix(_STATES).split())
	if value not in _MARKS:
		frappe.throw(_("“{0}” is not known in conditions of a list.").format(frappe.utils.escape_html(value)), InvalidListFilter)
	return _MARKS[value](doctype)


def _states_of(doctype: str, categories: list[str]) -> list[str]:
	if unknown := set(categories) - set(states.CATEGORIES):
		frappe.throw(
			_("“{0}” is not known in conditions of a list.").format(frappe.utils.escape_html(", ".join(sorted(unknown)))), InvalidListFilter
		)
	plain = states.without_workflow().get(doctype)
	return [state for state, kind in plain.items() if kind in categories] if plain else states.states(doctype, *categories)


def check(doc: Document):
	"""Raise ValidationError unless the list could apply the conditions of a saved view."""
	try:
		conditions = json.loads(doc.conditions or "")
		rows = [(field, operator, value) for field, operator, value in conditions]
	except (TypeError, ValueError):
		frappe.throw(_("Please write the conditions as a list of [field, operator, value]."), InvalidListFilter)
	meta = frappe.get_meta(doc.document_type)
	known = {df.fieldname for df in meta.fields if df.fieldtype not in table_fields} | {*default_fields}
	for field, operator, value in rows:
		if field not in known:
			frappe.throw(_("There is no field “{0}”.").format(frappe.utils.escape_html(str(field))), InvalidListFilter)
		if operator not in OPERATORS:
			frappe.throw(
				_("“{0}” is not known in conditions of a list.").format(frappe.utils.escape_html(str(operator))), InvalidListFilter
			)
		resolve(doc.document_type, value)


# -- those of the app --------------------------------------------------------------------------


@cache
def standard() -> list[dict]:
	"""Return the app's saved views: [{label, document_type, role, conditions}] in order."""
	return json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))


def sync():
	"""Create missing views of the app and update those that the city has not changed (install, migrate)."""
	for number, row in enumerate(standard(), 1):
		values = {
			"label_text": _(row["label"], lang=RECORD_LANGUAGE),
			"document_type": row["document_type"],
			"role": row.get("role") or "",
			"sort_order": number * 10,
			"conditions": json.dumps(row["conditions"], ensure_ascii=False),
		}
		_sync_view(f"{row['document_type']}: {row['label']}", values)


def _sync_view(name: str, values: dict):
	wanted = _hash(values)
	stored = frappe.db.get_value(DOCTYPE, name, [*SHOWN, "standard_hash"], as_dict=True)
	if not stored:
		# runs as the installer, before roles are assigned
		frappe.get_doc({"doctype": DOCTYPE, "name": name, "enabled": 1, "standard_hash": wanted, **values}).insert(ignore_permissions=True)
	elif stored.standard_hash != wanted and stored.standard_hash == _hash(stored):
		frappe.db.set_value(DOCTYPE, name, {**values, "standard_hash": wanted}, update_modified=False)


def _hash(values: dict) -> str:
	return hashlib.sha256("\n".join(str(values.get(field) or "") for field in SHOWN).encode()).hexdigest()[:40]
