"""Open data: published records as CSV and JSON.

The columns follow the common ones of 自治体標準オープンデータセット. Their names are part of that standard, and therefore
Japanese in every language. Records are read and written some hundred at a time, so that a file needs no more memory in a large city.
"""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import frappe
from frappe import _
from frappe.utils import get_url, nowdate

from kyodo_frappe.committee import public as meeting_public
from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.front import yearly_figures
from kyodo_frappe.learning import public as learning_public
from kyodo_frappe.organisations import public as organisation_public
from kyodo_frappe.partnership import public as project_public
from kyodo_frappe.programme import form, form_public, years
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.proposals import public as proposal_public
from kyodo_frappe.proposals import results
from kyodo_frappe.rules.textkeys import safe_cell
from kyodo_frappe.web.words import clock

FORMATS = {"csv": "text/csv", "json": "application/json"}
KINDS = ("proposals", "results", "projects", "organisations", "meetings", "events", "figures", "fields")
# {kind: {column of the standard: key of a row; null for a column that stays empty}}
COLUMNS: dict[str, dict[str, str | None]] = json.loads((Path(__file__).parent / "open_data.json").read_text(encoding="utf-8"))


# kinds whose forms declare further columns: {kind: (DocType, fields that the standard's columns already hold)}
DECLARED = {
	"proposals": ("Kyodo Proposal", proposal_public.PROPOSAL_FIELDS),
	"organisations": ("Kyodo Organisation", (*organisation_public.ORGANISATION_FIELDS, "activity_fields")),
}


def rows(kind: str) -> list[dict]:
	"""Return all published records of a kind as {column: value}, in Japanese. Raises KeyError for another kind."""
	return list(_rows(kind))


def _rows(kind: str) -> Iterator[dict]:
	columns = columns_of(kind)
	programme = programme_public.programme() or {}
	code = {"municipality_code": programme.get("municipality_code")}
	language = frappe.local.lang
	frappe.local.lang = "ja"
	try:
		for row in _ROWS_BY_KIND[kind]():
			found = {**code, **row}
			yield {column: _cell(found.get(key)) for column, key in columns.items()}
	finally:
		frappe.local.lang = language


def columns_of(kind: str) -> dict[str, str | None]:
	"""Return {column: key of a row}: the standard's columns, then those that the forms of open programmes add."""
	if kind not in DECLARED:
		return COLUMNS[kind]
	programmes = [row.name for row in programme_public.programmes()]
	more = form_public.further_headings(*DECLARED[kind], programmes)
	return {**COLUMNS[kind], **{heading: heading for heading in more if heading not in COLUMNS[kind]}}


def write(kind: str, file_format: str, file: BinaryIO):
	"""Write the records of a kind into a file. file_format: a key of FORMATS."""
	{"csv": _write_csv, "json": _write_json}[file_format](kind, file)


def as_csv(kind: str) -> bytes:
	"""Return the records of a kind as CSV (RFC 4180, UTF-8 with BOM), without formulas."""
	return _content(kind, "csv")


def as_json(kind: str) -> bytes:
	"""Return the records of a kind as JSON: {kind, made_on, license, rows}."""
	return _content(kind, "json")


def _content(kind: str, file_format: str) -> bytes:
	with io.BytesIO() as file:
		write(kind, file_format, file)
		return file.getvalue()


def _write_csv(kind: str, file: BinaryIO):
	text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
	writer = csv.DictWriter(text, list(columns_of(kind)), lineterminator="\r\n")
	writer.writeheader()
	for row in _rows(kind):
		writer.writerow({column: safe_cell(value) for column, value in row.items()})
	text.detach()  # which flushes it, and leaves the file open


def _write_json(kind: str, file: BinaryIO):
	about = json.dumps({"kind": kind, "made_on": nowdate(), "license": "CC BY 4.0"}, ensure_ascii=False)
	file.write(f'{about[:-1]}, "rows": ['.encode())
	for number, row in enumerate(_rows(kind)):
		file.write(f"{',' if number else ''}\n{json.dumps(row, ensure_ascii=False)}".encode())
	file.write(b"\n]}")


def _number(value: float) -> int | float:
	"""A number with two places at most, without a point where it is whole."""
	return int(value) if value == int(value) else round(value, 2)


def _site() -> str:
	"""The address of the site, computed once: Frappe composes it on each call."""
	return get_url().rstrip("/")


def _cell(value):
	return "" if value is None else value if isinstance(value, str | int | float) else str(value)


def _proposals():
	for found in proposal_public.batches():
		yield from _proposals_of(found)


def _proposals_of(found: list[dict]) -> Iterator[dict]:
	numbers = organisation_public.public_names([row.organisation for row in found], "corporate_number")
	published = proposal_public.published({row.previous_proposal for row in found})
	more = form_public.further_texts("Kyodo Proposal", found)
	form_public.blank_undeclared("Kyodo Proposal", found, form.OPEN_DATA)
	site = _site()
	for row in found:
		yield {
			**more[row.name],
			"id": row.name,
			"title": row.title,
			"corporate_number": numbers.get(row.organisation),
			"organisation": row.organisation_name,
			"fiscal_year": row.fiscal_year,
			"state": _(row.workflow_state, lang=RECORD_LANGUAGE),
			"summary": row.public_summary,
			"plain_summary": row.plain_summary,
			"budget": None if row.needs_budget is None else _("needed" if row.needs_budget else "not needed", lang=RECORD_LANGUAGE),
			"received_on": row.received_on and str(row.received_on)[:10],
			"decided_on": row.decided_on,
			"previous": row.previous_proposal if row.previous_proposal in published else None,
			"url": f"{site}/kyodo/proposals/{row.name}",
		}


def _results():
	calls = {row.name: row for row in results.calls(limit=0)}
	for call in calls:
		yield from _results_of(calls, results.rows_of([call]))


def _results_of(calls: dict[str, dict], found: list[dict]) -> Iterator[dict]:
	numbers = organisation_public.public_names([row.organisation for row in found], "corporate_number")
	site = _site()
	for row in found:
		yield {
			"id": row.name,
			"title": row.title,
			"corporate_number": numbers.get(row.organisation),
			"organisation": row.organisation_name,
			"fiscal_year": row.fiscal_year,
			"call_id": row.call,
			"call": calls[row.call].call_name,
			"requested": row.requested_amount,
			"points": row.score and _number(row.score.points),
			"out_of": row.score and _number(row.score.out_of),
			"granted": row.amount,
			"result": row.result,
			"decided_on": row.decided_on,
			"url": f"{site}/kyodo/results/{row.call}",
		}


def _projects():
	for found in project_public.batches():
		yield from _projects_of(found)


def _projects_of(found: list[dict]) -> Iterator[dict]:
	years.load_rows("Kyodo Project", found)
	numbers = organisation_public.public_names([row.organisation for row in found], "corporate_number")
	site = _site()
	for row in found:
		yield {
			"id": row.name,
			"title": row.project_name,
			"corporate_number": numbers.get(row.organisation),
			"organisation": row.organisation_name,
			"section": row.section,
			"fiscal_year": row.fiscal_year,
			"begins_on": row.from_date,
			"ends_on": row.to_date,
			"form": row.form,
			"yearly": " ".join(f"{year}:{amount}" for year, amount in years.granted(row).items()),
			"state": _(row.workflow_state, lang=RECORD_LANGUAGE),
			"summary": row.public_summary,
			"plain_summary": row.plain_summary,
			"model_project": int(row.is_model_project or 0),
			"url": f"{site}/kyodo/projects/{row.name}",
		}


def _organisations():
	for found in organisation_public.batches():
		yield from _organisations_of(found)


def _organisations_of(found: list[dict]) -> Iterator[dict]:
	more = form_public.further_texts("Kyodo Organisation", found)
	form_public.blank_undeclared("Kyodo Organisation", found, form.OPEN_DATA)
	for row in found:
		yield {
			**more[row.name],
			"id": row.name,
			"title": row.organisation_name,
			"kana": row.organisation_kana,
			"corporate_number": row.corporate_number,
			"kind": vocabulary.word(vocabulary.ORGANISATION_TYPE, row.organisation_type, RECORD_LANGUAGE),
			"representative": row.representative,
			"postal_code": row.postal_code,
			"address": row.address,
			"phone": row.phone,
			"email": row.email,
			"url": row.website,
			"activity_fields": "、".join(row.activity_fields or ()),
			"purpose": row.purpose,
			"established_on": row.established_on,
			"registered_on": row.registered_on,
			"valid_until": row.valid_until,
		}


def _meetings():
	for found in meeting_public.batches():
		yield from _meetings_of(found)


def _meetings_of(found: list[dict]) -> Iterator[dict]:
	site = _site()
	for row in found:
		yield {
			"id": row.name,
			"title": f"{row.committee} {vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE)}".strip(),
			"committee": row.committee,
			"kind": vocabulary.word(vocabulary.MEETING_TYPE, row.meeting_type, RECORD_LANGUAGE),
			"fiscal_year": row.fiscal_year,
			"held_on": row.meeting_date,
			"begins_at": clock(row.begins_at),
			"ends_at": clock(row.ends_at),
			"place": row.place,
			"open_to_public": int(row.open_to_public or 0),
			"in_writing": int(row.document_review or 0),
			"observers": row.observers,
			"state": _(row.workflow_state, lang=RECORD_LANGUAGE),
			"url": f"{site}/kyodo/meetings/{row.name}",
		}


def _events():
	for found in learning_public.batches():
		yield from _events_of(found)


def _events_of(found: list[dict]) -> Iterator[dict]:
	city = (programme_public.programme() or {}).get("municipality_name")
	site = _site()
	for row in found:
		yield {
			"id": row.name,
			"municipality_name": city,
			"title": row.event_name,
			"begins_on": row.held_on,
			"ends_on": row.held_on,
			"begins_at": row.begins_at,
			"ends_at": row.ends_at,
			"description": row.description,
			"contact": row.contact,
			"organiser": _("Support centre of the city", lang=RECORD_LANGUAGE)
			if row.organiser == "Support Centre"
			else row.section or city,
			"place": row.place,
			"capacity": row.capacity or None,
			"registration_until": row.registration_until,
			"registration": _("Register at the address below", lang=RECORD_LANGUAGE)
			if row.needs_registration
			else _("No registration needed", lang=RECORD_LANGUAGE),
			"url": f"{site}/kyodo/events/{row.name}",
			"note": "　".join(filter(None, [_(row.event_kind, lang=RECORD_LANGUAGE), _(row.state, lang=RECORD_LANGUAGE)])),
		}


def _figures():
	for programme in programme_public.programmes():
		for year in yearly_figures.of(programme.name)["years"]:
			yield {**year, "programme": programme.programme_name, "url": get_url(f"/kyodo/figures?programme={programme.name}")}


def _fields():
	for programme in programme_public.programmes():
		for row in yearly_figures.of(programme.name)["fields"]:
			yield {**row, "programme": programme.programme_name}


_ROWS_BY_KIND = {
	"figures": _figures,
	"fields": _fields,
	"events": _events,
	"proposals": _proposals,
	"results": _results,
	"projects": _projects,
	"organisations": _organisations,
	"meetings": _meetings,
}
