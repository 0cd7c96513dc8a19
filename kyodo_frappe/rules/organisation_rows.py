"""Lists of organisations: a clean record of a row.

Source: domain.md §5 "Text", §7 "Lists". Columns are recognised in `organisation_columns.py`, cells cleaned in `organisation_cells.py`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .errors import RuleError
from .organisation_cells import clean_cell, named_activities
from .organisation_columns import HEADINGS, Layout, cell_line, heading_key
from .textkeys import search_key

EMPTY_WORDS = {"-", "－", "―", "ー", "—", "なし", "無", "無し", "未設定", "不明", "n/a", "null", "none"}

MARKS = {"○", "〇", "◯", "●", "◎", "1", "✓", "✔", "レ", "有", "該当"}

TYPES = (
	("NPO Corporation", ("特定非営利活動法人", "npo法人", "特非")),
	("Public-Interest Corporation", ("公益社団", "公益財団", "公益法人")),
	("General Corporation", ("一般社団", "一般財団", "一般法人")),
	("Neighbourhood Association", ("自治会", "町内会", "町会", "自治町内会", "地縁団体")),
	("Shopkeepers' Association", ("商店会", "商店街", "商工会")),
	("Senior Citizens' Club", ("老人クラブ", "老人会", "シニアクラブ")),
	("Circle", ("サークル",)),
	("Company", ("株式会社", "有限会社", "合同会社", "企業", "会社")),
	("Individual", ("個人",)),
	("Voluntary Group", ("任意団体", "ボランティア", "市民活動団体", "市民団体")),
)

TYPE_BY_NAME = ("NPO Corporation", "Public-Interest Corporation", "General Corporation", "Company")


class NameMissing(RuleError):
	"""A row has no name."""

	source = "The name is empty."


class ExtraCell(RuleError):
	"""A row has cells beyond the last heading."""

	source = (
		"The row has a cell to the right of the last heading (“{0}”): its cells may be shifted. Please move them below their headings, or "
		"give that column a heading."
	)


class TotalRow(RuleError):
	"""A row contains a total."""

	source = "This row was not read, because it is a total."


class NoteRow(RuleError):
	"""A row contains a note to the list."""

	source = "This row was not read, because it is a note."


class SectionRow(RuleError):
	"""A row divides the list into parts."""

	source = "This row was not read, because it is the heading of a part of the list."


class HeadingRow(RuleError):
	"""A row repeats the headings."""

	source = "This row was not read, because it repeats the headings."


class SampleRow(RuleError):
	"""A row shows how to fill in the list."""

	source = "This row was not read, because it is an example."


_TOTAL = re.compile(
	r"(合計|総計|小計|計|総数|団体数|登録団体数|登録数)([(/]?[0-9,]+.{0,3})?|(全|計|合計|総数|以上)?[0-9,]+(団体|件|組|法人|グループ|サークル)"
)
_NOTE = re.compile(r"※|\*|注[0-9]*[:)]|[(\[]注|備考[:(]|出典|凡例|.*(現在|以上|更新|。)$")
_SECTION = re.compile(r"[【■●◆□◇▼▽▲△★☆《〈\[<].*|.*(分野|部門|地区|関係|区分)")
_SAMPLE = re.compile(r"\(?(記入)?例\)?")
_KNOWN_HEADINGS = {heading_key(word) for words in HEADINGS.values() for word in words.split()}


def check_is_organisation(row: Sequence[Any], layout: Layout) -> None:
	"""Raise TotalRow, NoteRow, SectionRow, HeadingRow or SampleRow for a row below the headings that is no organisation."""
	filled = {place: text for place, cell in enumerate(row) if (text := cell_line(cell))}
	place = next(place for place, field in layout.columns.items() if field == "organisation_name")
	name, texts = filled.get(place, ""), list(filled.values())
	alone = len(texts) == 1
	if _repeats_headings(name, texts):
		raise HeadingRow()
	if _SAMPLE.fullmatch(_folded(texts[0])):
		raise SampleRow()
	if any(_TOTAL.fullmatch(_folded(text)) for column, text in filled.items() if column <= place or not name):
		raise TotalRow()
	beside = alone and not set(filled) & set(layout.columns)
	if beside or ((alone or not name) and _NOTE.match(_folded(texts[0]))):
		raise NoteRow()
	if alone and len(layout.headings) > 1 and _SECTION.fullmatch(_folded(name)):
		raise SectionRow()


def _repeats_headings(name: str, texts: list[str]) -> bool:
	headings = [text for text in texts if heading_key(text) in _KNOWN_HEADINGS]
	return (len(headings) > 1 and (not name or name in headings)) or (name in headings and len(texts) == 1)


def _folded(text: str) -> str:
	return "".join(unicodedata.normalize("NFKC", text).split())


def is_empty(row: Iterable[Any]) -> bool:
	"""Whether all cells of a row are blank."""
	return not any(cell not in (None, "") and cell_line(cell) for cell in row)


def clean_row(row: Sequence[Any], layout: Layout, own_types: Mapping[str, str] | None = None) -> tuple[dict[str, Any], list[RuleError]]:
	"""(record, errors) of a row; the record has the fields that the row fills, with `activity_fields` as codes.

	`own_types`: {kind of organisation: the city's label}, matched before the usual labels.
	"""
	problems: list[RuleError] = []
	record: dict[str, Any] = {}
	for field, cell in _filled_cells(row, layout):
		try:
			value = clean_cell(field, cell)
		except RuleError as wrong:
			problems.append(wrong)
			continue
		if value not in (None, "", []):
			record[field] = value
	for check in (lambda: _check_name(record), lambda: _check_width(row, layout)):
		try:
			check()
		except RuleError as wrong:
			problems.insert(0, wrong)
	codes = set(record.get("activity_fields", ())) | _numbered_activities(row, layout)
	if codes:
		record["activity_fields"] = sorted(codes)
	record["organisation_type"] = _type(record, layout, own_types or {})
	return record, problems


def _check_name(record: dict[str, Any]) -> None:
	if not record.get("organisation_name"):
		raise NameMissing()


def _check_width(row: Sequence[Any], layout: Layout) -> None:
	for cell in row[len(layout.headings) :]:
		if text := cell_line(cell):
			raise ExtraCell(text[:60])


def _filled_cells(row: Sequence[Any], layout: Layout) -> Iterator[tuple[str, Any]]:
	"""(field, cell) of cells with content."""
	cells = {field: row[place] for place, field in layout.columns.items() if place < len(row)}
	for field, cell in cells.items():
		if cell not in (None, "") and (text := cell_line(cell)) and text.casefold() not in EMPTY_WORDS:
			yield field, cell


def _numbered_activities(row: Sequence[Any], layout: Layout) -> set[str]:
	"""Codes from the twenty columns of activities: those that are marked, and those named in a cell."""
	codes: set[str] = set()
	for place, code in layout.activities.items():
		text = cell_line(row[place]) if place < len(row) else ""
		if text in MARKS:
			codes.add(code)
		elif text and text.casefold() not in EMPTY_WORDS:
			codes.update(named_activities(text))
	return codes


def _type(record: dict[str, Any], layout: Layout, own_types: Mapping[str, str]) -> str:
	"""The kind of organisation by its column, else by the legal form in its name, else NPO法人 on the national portal."""
	if said := search_key(record.get("organisation_type")):
		own = next((kind for kind, word in own_types.items() if search_key(word) == said), None)
		return own or _named_in(said, TYPES) or "Other"
	legal_forms = [(kind, words) for kind, words in TYPES if kind in TYPE_BY_NAME]
	named = _named_in(search_key(record.get("organisation_name")), legal_forms)
	return named or ("NPO Corporation" if layout.national else "Voluntary Group")


def _named_in(text: str, types: Iterable[tuple[str, Iterable[str]]]) -> str | None:
	return next((kind for kind, words in types if any(search_key(word) in text for word in words)), None)
