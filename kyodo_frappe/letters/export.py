"""Letters as files: the PDF of one, its approval record (起案用紙), and many with a list for the city's document system."""

import csv
import io
import re
import zipfile

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname

from kyodo_frappe.common import file_types, printing, request_json
from kyodo_frappe.common.language import RECORD_LANGUAGE, in_record_language
from kyodo_frappe.letters.text import context_of
from kyodo_frappe.letters.text import letter_pdf as pdf_of
from kyodo_frappe.permissions.exports import neutralise_csv
from kyodo_frappe.permissions.roles import MANAGER, OFFICER, SECTION, require
from kyodo_frappe.rules.era import era_date

LETTER = "Kyodo Letter"
MOST = 200
UNSAFE = re.compile(r'[\\/:*?"<>|\s]+')


@frappe.whitelist(methods=["GET"])
def letter_pdf(letter: str) -> None:
	"""Send the PDF of a letter: as it was issued, or as it would be now. Raises PermissionError."""
	require(OFFICER, MANAGER, SECTION)
	doc = frappe.get_doc(LETTER, letter)
	doc.check_permission("print")
	_send(f"{doc.name}.pdf", content_of(doc), "pdf")


@frappe.whitelist(methods=["GET"])
def approval_sheet(letter: str) -> None:
	"""Send the approval record of a letter as PDF: who drafted, approved and returned it, when and why (起案用紙)."""
	require(OFFICER, MANAGER, SECTION)
	doc = frappe.get_doc(LETTER, letter)
	doc.check_permission("print")
	_send(f"{doc.name}-approval.pdf", approval_pdf(doc), "pdf")


@frappe.whitelist(methods=["GET"])
def download(letters: str) -> None:
	"""Send letters for the city's document system as one ZIP: the PDFs, and a list of them as CSV.

	`letters`: JSON list of names. Raises PermissionError for a letter that the user may not print.
	"""
	require(OFFICER, MANAGER)
	names = list(dict.fromkeys(request_json.names(letters)))[:MOST]
	docs = [frappe.get_doc(LETTER, name) for name in names]
	for doc in docs:
		doc.check_permission("print")
	_send(f"letters-{frappe.utils.nowdate()}.zip", as_zip(docs), "download")


def _send(filename: str, content: bytes, kind: str):
	frappe.local.response.filename = filename
	frappe.local.response.filecontent = content
	frappe.local.response.type = kind


def content_of(letter: Document) -> bytes:
	"""Return the PDF that was kept when a letter was issued; made now where there is none yet."""
	filters = {"file_url": letter.pdf, "attached_to_doctype": LETTER, "attached_to_name": letter.name}
	file = letter.pdf and frappe.db.get_value("File", filters)
	return file_types.content_of(frappe.get_doc("File", file)) if file else pdf_of(letter)


# -- for the document system ----------------------------------------------------------------


def as_zip(letters: list[Document]) -> bytes:
	"""Return letters as a ZIP file with a list in UTF-8 with byte order mark, which Excel opens."""
	packed = io.BytesIO()
	with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
		rows = [_headings()]
		for position, letter in enumerate(letters, 1):
			filename = _filename(position, letter)
			archive.writestr(filename, content_of(letter))
			rows.append([*_row(letter), filename])
		archive.writestr(_("Letters", lang=RECORD_LANGUAGE) + ".csv", _csv(rows))
	return packed.getvalue()


def _csv(rows: list[list[str]]) -> bytes:
	text = io.StringIO()
	csv.writer(text, lineterminator="\r\n").writerows(rows)
	return neutralise_csv(text.getvalue()).encode("utf-8-sig")


def _headings() -> list[str]:
	with in_record_language():
		return [
			*(_("Letter Number"), _("Date of the letter"), _("Addressee"), _("Subject"), _("Type"), _("State")),
			*(_("Drafted By"), _("Approvers who have approved"), _("Letter Approved On"), _("File Name")),
		]


def _row(letter: Document) -> list[str]:
	shown = context_of(letter)
	approved = [row for row in letter.approvals if row.outcome == "Approved"]
	return [
		letter.letter_number or "",
		era_date(letter.issued_on) if letter.issued_on else "",
		"　".join(shown["addressee"]),
		shown["subject"],
		_(letter.letter_type, lang=RECORD_LANGUAGE),
		_(letter.workflow_state, lang=RECORD_LANGUAGE),
		get_fullname(letter.drafted_by) if letter.drafted_by else "",
		"、".join(f"{row.position} {row.done_by_name}" for row in approved),
		_moment(letter.approved_on),
	]


def _filename(position: int, letter: Document) -> str:
	organisation = letter.organisation and frappe.get_cached_value("Kyodo Organisation", letter.organisation, "organisation_name")
	said = UNSAFE.sub("_", f"{letter.letter_number or letter.name}_{organisation or ''}").strip("_")
	return f"{position:03d}_{said[:80]}.pdf"


def _moment(value) -> str:
	if not value:
		return ""
	moment = frappe.utils.get_datetime(value)
	return f"{era_date(moment.date())} {moment:%H:%M}"


# -- the record of the approval -----------------------------------------------------------------


def approval_pdf(letter: Document) -> bytes:
	"""Return the approval record of a letter as PDF: the seals of the steps that count, and everything that happened."""
	rounds = max((row.round or 0 for row in letter.approvals), default=0)
	now = [row for row in letter.approvals if row.round == rounds]
	values = {
		"letter": context_of(letter),
		"type": _(letter.letter_type, lang=RECORD_LANGUAGE),
		"state": _(letter.workflow_state, lang=RECORD_LANGUAGE),
		"drafter": get_fullname(letter.drafted_by) if letter.drafted_by else "",
		"asked_on": _moment(letter.asked_on),
		"approved_on": _moment(letter.approved_on),
		"issuer": get_fullname(letter.issued_by) if letter.issued_by else "",
		"withdraw_reason": letter.withdraw_reason or "",
		"seals": [_step(row) for row in now],
		"history": [_step(row) for row in letter.approvals],
	}
	title = _("Approval record", lang=RECORD_LANGUAGE)
	body = printing.render("letter_approval", values, escape=True)
	return printing.pdf(body, title, head=("", letter.letter_number or letter.name))


def _step(row: Document) -> dict:
	return {
		"round": row.round,
		"position": row.position,
		"name": row.done_by_name or "",
		"as_stand_in": bool(row.as_stand_in),
		"approved": row.outcome == "Approved",
		"outcome": _(row.outcome, lang=RECORD_LANGUAGE),
		"day": era_date(frappe.utils.getdate(row.done_at)) if row.done_at else "",
		"moment": _moment(row.done_at),
		"comment": row.comment or "",
	}
