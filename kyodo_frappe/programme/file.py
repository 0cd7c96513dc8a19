"""A programme as a file: what one city has set up, for another one to begin from. In the shape of a preset.

No person goes along: seats of committees keep side, position and steps, nothing of who sits there.
"""

import json
from itertools import chain

import frappe
from frappe import _
from frappe.model import data_fieldtypes, table_fields
from frappe.model.document import Document

from kyodo_frappe.common import request_json, vocabulary
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, require
from kyodo_frappe.programme import form, presets

PROGRAMME = "Kyodo Programme"
NOT_IN_FILE = {"preset", "is_active", "is_draft", "opened_on", "picture", "picture_text"}
OF_THIS_SITE = {"print_format", "letter_head", "email_template"}  # a row's links to records that only this site has
OF_SEAT = ("side", "position", "steps")
OF_PAGE = ("page_title", "page_kind", "audience", "position", "published", "body", "default_key")
BIGGEST = 2 * 1024 * 1024


@frappe.whitelist(methods=["GET"])
def download(programme: str):
	"""The programme as a JSON file, for the browser to save. Raises PermissionError."""
	require(MANAGER, OFFICER)
	doc = frappe.get_doc(PROGRAMME, programme)
	doc.check_permission("read")
	frappe.response["filename"] = f"{doc.name}.json"
	frappe.response["filecontent"] = as_text(doc)
	frappe.response["type"] = "download"


def as_text(programme: Document) -> str:
	return json.dumps(as_preset(programme), ensure_ascii=False, indent=1, default=str) + "\n"


def as_preset(programme: Document) -> dict:
	"""The programme in the shape of a preset file."""
	section = {"section_name": programme.office_section, "is_office": 1}
	return {
		"source": programme.source or programme.programme_name,
		"sections": [section] if programme.office_section else [],
		"words": vocabulary.own_terms(programme),
		"programme": _content(programme, NOT_IN_FILE),
		"committees": _committees(programme.name),
		"pages": frappe.get_all("Kyodo Page", {"programme": programme.name}, list(OF_PAGE), order_by="page_kind, position, name"),
	}


def read(text: str) -> dict:
	"""A file that another city has saved. Raises ValidationError for what is none, and for what this version does not know."""
	given = _parsed(text)
	if not _is_programme(given):
		frappe.throw(_("This is not the file of a programme. Choose a JSON file that was saved with “Save as a File”."))
	_update(given["programme"])
	presets.check_known(_("file"), given)
	if not str(given["programme"].get("programme_name") or "").strip():
		frappe.throw(_("The file gives the programme no name."))
	return given


def _parsed(text: str) -> object:
	try:
		return json.loads(text) if len(text or "") <= BIGGEST else None
	except (ValueError, RecursionError):
		return None


def _is_programme(given: object) -> bool:
	if not isinstance(given, dict) or not isinstance(given.get("programme"), dict):
		return False
	lists = [given.get(part, []) for part in ("sections", "committees", "pages", "words")]
	return all(isinstance(rows, list) for rows in lists) and all(map(_is_record, [given["programme"], *chain.from_iterable(lists)]))


def _update(programme: dict):
	"""A file that an earlier version of the app has saved declares its forms as this one does."""
	before = [programme.pop(table, None) for table in ("sheet_parts", "registration_items")]
	if "form_fields" not in programme and any(before):
		programme["form_fields"] = form.from_before(*(rows or [] for rows in before))


def _is_record(given: object) -> bool:
	"""Whether it is an object of plain values and of lists of such objects."""
	return isinstance(given, dict) and all(
		all(isinstance(row, dict) and all(isinstance(cell, request_json.PLAIN) for cell in row.values()) for row in value)
		if isinstance(value, list)
		else isinstance(value, request_json.PLAIN)
		for value in given.values()
	)


def bring(preset: dict) -> str:
	"""Make the programme of a file that was read, as a draft; returns its name. Raises PermissionError, and ValidationError where this
	site has a programme of that name."""
	presets.check_may_load()
	name = preset["programme"]["programme_name"]
	if frappe.db.exists(PROGRAMME, name):
		frappe.throw(_("There is a programme “{0}” here already. Give the new one another name.").format(name))
	presets.make_sections(preset.get("sections", []))
	vocabulary.import_terms(preset.get("words", []))
	doc = frappe.get_doc({"doctype": PROGRAMME, **preset["programme"], "is_draft": 1})
	doc.insert(ignore_permissions=True)  # System Manager may bring a programme without the role that keeps them
	presets.make_committees(doc.name, preset.get("committees", []))
	presets.bring_parts_above(doc.name, preset)
	return doc.name


def _content(doc: Document, left_out: set[str] = frozenset()) -> dict:
	values = {}
	for df in doc.meta.fields:
		if df.fieldname in left_out or doc.get(df.fieldname) in (None, "", []):
			continue
		if df.fieldtype in table_fields:
			values[df.fieldname] = [_content(row, OF_THIS_SITE) for row in doc.get(df.fieldname)]
		elif df.fieldtype in data_fieldtypes:
			values[df.fieldname] = doc.get(df.fieldname)
	return values


def _committees(programme: str) -> list[dict]:
	names = frappe.get_all("Kyodo Committee", {"programme": programme, "disabled": 0}, pluck="name", order_by="creation")
	found = []
	for name in names:
		committee = frappe.get_doc("Kyodo Committee", name)
		seats = [
			{**{f: row.get(f) for f in OF_SEAT}, "member_name": f"{row.position or _('Member')}（{number}）"}
			for number, row in enumerate(committee.members, start=1)
		]
		found.append({"committee_name": committee.committee_name, "kind": committee.kind, "members": seats})
	return found
