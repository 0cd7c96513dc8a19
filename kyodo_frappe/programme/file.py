"""A programme as a JSON file, in the shape of a preset, for another city to begin from.

It holds no personal data: seats of committees keep side, position and steps only.
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
from kyodo_frappe.programme.errors import InvalidProgrammeFile, ProgrammeExists

PROGRAMME = "Kyodo Programme"
NOT_IN_FILE = {"preset", "is_active", "is_draft", "opened_on", "mayor_name", "picture", "picture_text"}
OF_THIS_SITE = {"print_format", "letter_head", "email_template"}  # links to records that other sites do not have
OF_SEAT = ("side", "position", "steps")
OF_PAGE = ("page_title", "page_kind", "audience", "position", "published", "body", "default_key")
MAX_LENGTH = 2 * 1024 * 1024


@frappe.whitelist(methods=["GET"])
def download(programme: str):
	"""Send a programme as a JSON file. Raises PermissionError."""
	require(MANAGER, OFFICER)
	doc = frappe.get_doc(PROGRAMME, programme)
	doc.check_permission("read")
	frappe.response["filename"] = f"{doc.name}.json"
	frappe.response["filecontent"] = as_text(doc)
	frappe.response["type"] = "download"


def as_text(programme: Document) -> str:
	"""Return a programme as JSON text."""
	return json.dumps(as_preset(programme), ensure_ascii=False, indent=1, default=str) + "\n"


def as_preset(programme: Document) -> dict:
	"""Return a programme in the shape of a preset file."""
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
	"""Parse the file of another city. Raises InvalidProgrammeFile, InvalidPreset."""
	data = _parsed(text)
	if not _is_programme(data):
		frappe.throw(
			_("This is not the file of a programme. Choose a JSON file that was saved with “Save as a File”."), exc=InvalidProgrammeFile
		)
	_upgrade(data["programme"])
	presets.check_known(_("file"), data)
	if not str(data["programme"].get("programme_name") or "").strip():
		frappe.throw(_("The file does not name the programme."), exc=InvalidProgrammeFile)
	return data


def _parsed(text: str) -> object:
	try:
		return json.loads(text) if len(text or "") <= MAX_LENGTH else None
	except (ValueError, RecursionError):
		return None


def _is_programme(data: object) -> bool:
	if not isinstance(data, dict) or not isinstance(data.get("programme"), dict):
		return False
	lists = [data.get(part, []) for part in ("sections", "committees", "pages", "words")]
	return all(isinstance(rows, list) for rows in lists) and all(map(_is_record, [data["programme"], *chain.from_iterable(lists)]))


def _upgrade(programme: dict):
	"""Convert the forms of a file that an earlier version of the app has saved."""
	former = [programme.pop(table, None) for table in ("sheet_parts", "registration_items")]
	if "form_fields" not in programme and any(former):
		programme["form_fields"] = form.rows_from_former_tables(*(rows or [] for rows in former))


def _is_record(data: object) -> bool:
	"""Whether it is an object of plain values and of lists of such objects."""
	return isinstance(data, dict) and all(
		all(isinstance(row, dict) and all(isinstance(cell, request_json.PLAIN) for cell in row.values()) for row in value)
		if isinstance(value, list)
		else isinstance(value, request_json.PLAIN)
		for value in data.values()
	)


def create(preset: dict) -> str:
	"""Create a draft programme from a parsed file; returns its name. Raises PermissionError, ProgrammeExists."""
	presets.check_may_load()
	name = preset["programme"]["programme_name"]
	if frappe.db.exists(PROGRAMME, name):
		frappe.throw(_("There is already a programme “{0}”. Please give the new one another name.").format(name), exc=ProgrammeExists)
	presets.make_sections(preset.get("sections", []))
	vocabulary.import_terms(preset.get("words", []))
	doc = frappe.get_doc({"doctype": PROGRAMME, **preset["programme"], "is_draft": 1})
	doc.insert(ignore_permissions=True)  # System Managers may create a programme, too; see presets.MAY_LOAD
	presets.make_committees(doc.name, preset.get("committees", []))
	presets.apply_parts_of_other_rooms(doc.name, preset)
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
