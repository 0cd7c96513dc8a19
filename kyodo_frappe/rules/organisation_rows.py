"""Lists of organisations: recognising their columns, and making a clean record of a row.

Sources: standards.md (the 60 columns of the 内閣府NPO法人ポータル and the 20 活動分野), domain.md §5 "Text". Columns are
found by their headings, in any order; a city's own list has everyday headings, not always in its first row.
A cell is what csv or openpyxl return: text, number, date or None.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .codes import clean_corporate_number, clean_postal_code, valid_corporate_number, valid_postal_code
from .era import parse_era
from .errors import RuleError
from .textkeys import search_key, to_katakana

HEADINGS = {
	"organisation_name": "法人名称 団体名 団体名称 団体の名称 名称 法人名 組織名 登録団体名 団体・法人名 団体等名称",
	"organisation_kana": "法人名称カナ フリガナ ふりがな カナ 団体名フリガナ 団体名ふりがな 団体名カナ 名称カナ 団体名称カナ よみがな 読み",
	"organisation_type": "種別 団体種別 団体の種別 法人格 団体の種類 団体区分 組織形態 団体種類",
	"corporate_number": "法人番号",
	"representative": "代表者氏名 代表者 代表者名 代表 代表者職氏名 代表者の氏名 団体代表者名 団体代表者 会長名 理事長名",
	"postal_code": "主たる事業所の郵便番号 主たる事務所の郵便番号 郵便番号 〒",
	"address": "主たる事務所の所在地 所在地 住所 団体所在地 団体住所 事務所所在地 事務所の所在地 主たる事務所所在地 連絡先住所",
	"phone": "電話番号 電話 tel 連絡先電話番号 団体電話番号 連絡先電話",
	"email": "メールアドレス メール eメール e-mail email mail 電子メール eメールアドレス 電子メールアドレス",
	"website": "ホームページ url hp ホームページurl ホームページアドレス webサイト ウェブサイト hpアドレス",
	"activity_fields": "活動分野 分野 主な活動分野 活動の分野",
	"purpose": "定款に記載された目的 活動内容 目的 活動目的 設立目的 団体の目的 主な活動内容 主な活動 活動概要 事業内容",
	"established_on": "設立年月日 設立日 結成年月日 結成日 設立 設立年 設立年月 創立年月日 発足年月日",
	"authority": "所轄庁",
	"member_count": "会員数 構成員数 人数 会員人数 構成人数",
	"registered_on": "登録日 登録年月日",
	"valid_until": "有効期限 登録有効期限 有効期間満了日 登録期限 満了日 有効期限日",
	"dissolved": "解散情報",
}
NUMBERED_FIELD = re.compile(r"活動分野([1-9]|1[0-9]|20)")
MAX_LINE_LENGTH = 140
HEADER_WITHIN = 20
LINES = ("organisation_name", "organisation_kana", "representative", "authority")
DATES = ("established_on", "registered_on", "valid_until")
EMPTY_WORDS = {"-", "－", "―", "ー", "—", "なし", "無", "無し", "未設定", "不明", "n/a", "null", "none"}
MARKS = {"○", "〇", "◯", "●", "◎", "1", "✓", "✔", "レ", "有", "該当"}
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0c-\x1f\x7f-\x9f\ud800-\udfff]")
# Excel counts 1900 as a leap year
EXCEL_EPOCH = datetime.date(1899, 12, 30)

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

# the 20 fields of 特定非営利活動促進法, by words that also distinguish them in everyday lists
ACTIVITIES = {
	"01": "保健 医療 福祉",
	"02": "社会教育 生涯学習",
	"03": "まちづくり",
	"04": "観光",
	"05": "農山漁村 中山間",
	"06": "学術 文化 芸術 スポーツ",
	"07": "環境",
	"08": "災害 防災",
	"09": "地域安全 防犯",
	"10": "人権 平和",
	"11": "国際",
	"12": "男女共同",
	"13": "子ども こども 子供 子育て 青少年",
	"14": "情報化 ict",
	"15": "科学技術",
	"16": "経済",
	"17": "職業 雇用",
	"18": "消費者",
	"19": "連絡、助言 中間支援",
	"20": "条例で定める",
}


class NoNameColumn(RuleError):
	"""No column has a heading for the name of the organisation."""

	source = "No column with the names of the organisations was found. Please give it the heading 団体名 or 法人名称."


class NameMissing(RuleError):
	"""A row has no name."""

	source = "The name is empty."


class TooLong(RuleError):
	"""A text exceeds the length of its field."""

	source = "{0} is too long: at most {1} characters."


class BadCorporateNumber(RuleError):
	"""A corporate number is invalid."""

	source = "The corporate number “{0}” is not valid (13 digits with a check digit)."


class BadPostalCode(RuleError):
	"""A postal code does not have seven digits."""

	source = "The postal code “{0}” does not have seven digits."


class BadPhone(RuleError):
	"""A phone number contains other characters."""

	source = "The phone number “{0}” cannot be read."


class BadEmail(RuleError):
	"""An email address is invalid."""

	source = "The email address “{0}” cannot be read."


class BadWebsite(RuleError):
	"""A web address is invalid."""

	source = "The web address “{0}” cannot be read."


class BadDate(RuleError):
	"""A text is not a date."""

	source = "{0}: “{1}” cannot be read as a date. Please write 2003-04-01 or 平成15年4月1日."


class BadNumber(RuleError):
	"""A text is not a number."""

	source = "{0}: “{1}” cannot be read as a number."


class HasTags(RuleError):
	"""A text contains HTML tags."""

	source = "{0} contains HTML tags."


class Dissolved(RuleError):
	"""The list marks the organisation as dissolved."""

	source = "The list says that this organisation has been dissolved ({0})."


@dataclass(frozen=True)
class Layout:
	"""`header`: row number from 0; `columns`: {column: field}; `activities`: {column: code of the 活動分野}; `recognised`, `ignored`:
	headings; `national`: whether it is a list of the national portal."""

	header: int
	columns: dict[int, str]
	activities: dict[int, str]
	recognised: tuple[str, ...]
	ignored: tuple[str, ...]
	national: bool


# -- columns ---------------------------------------------------------------------------


def detect_layout(rows: Sequence[Sequence[Any]]) -> Layout:
	"""The layout of a list, from the row with the most known headings including the name. Raises NoNameColumn."""
	layouts = [_layout(number, row) for number, row in enumerate(rows[:HEADER_WITHIN])]
	named = [layout for layout in layouts if "organisation_name" in layout.columns.values()]
	if not named:
		raise NoNameColumn()
	return max(named, key=lambda layout: (len(layout.columns) + len(layout.activities), -layout.header))


def _layout(number: int, row: Sequence[Any]) -> Layout:
	columns: dict[int, str] = {}
	activities: dict[int, str] = {}
	recognised, ignored = [], []
	left = None
	for place, cell in enumerate(row):
		heading = _plain(cell)
		field = _field_of(heading, left)
		numbered = NUMBERED_FIELD.fullmatch(_heading_key(heading))
		if numbered:
			activities[place] = f"{int(numbered[1]):02}"
			recognised.append(heading)
		elif field and field not in columns.values():
			columns[place] = field
			recognised.append(heading)
		elif heading:
			ignored.append(heading)
		left = field or (None if heading else left)
	national = any(_heading_key(_plain(cell)) == "法人名称" for cell in row)
	return Layout(number, columns, activities, tuple(recognised), tuple(ignored), national)


def _field_of(heading: str, left: str | None) -> str | None:
	"""The field of a heading. A フリガナ belongs to the column on its left; brackets after a heading are a comment."""
	key = _heading_key(heading)
	bare = re.sub(r"\([^()]*\)$", "", key)
	inside = key[len(bare) :].strip("()")
	if _FIELD_BY_KEY.get(key) == "organisation_kana" and left == "representative":
		return None
	if key in _FIELD_BY_KEY:
		return _FIELD_BY_KEY[key]
	if _FIELD_BY_KEY.get(inside) == "organisation_kana":
		return "organisation_kana" if _FIELD_BY_KEY.get(bare) == "organisation_name" else None
	return _FIELD_BY_KEY.get(bare)


def _heading_key(text: str) -> str:
	return re.sub(r"[\s※*★◎:]", "", search_key(text))


_FIELD_BY_KEY = {_heading_key(word): field for field, words in HEADINGS.items() for word in words.split()}


# -- rows ------------------------------------------------------------------------------


def is_empty(row: Iterable[Any]) -> bool:
	"""Whether all cells of a row are blank."""
	return not any(cell not in (None, "") and _plain(cell) for cell in row)


def clean_row(row: Sequence[Any], layout: Layout, own_types: Mapping[str, str] | None = None) -> tuple[dict[str, Any], list[RuleError]]:
	"""(record, errors) of a row; the record has the fields that the row fills, with `activity_fields` as codes.

	`own_types`: {kind of organisation: the city's label}, matched before the usual labels.
	"""
	problems: list[RuleError] = []
	record: dict[str, Any] = {}
	for field, cell in _filled_cells(row, layout):
		try:
			value = _clean(field, cell)
		except RuleError as wrong:
			problems.append(wrong)
			continue
		if value not in (None, "", []):
			record[field] = value
	try:
		_check_name(record)
	except NameMissing as wrong:
		problems.insert(0, wrong)
	codes = set(record.get("activity_fields", ())) | _numbered_activities(row, layout)
	if codes:
		record["activity_fields"] = sorted(codes)
	record["organisation_type"] = _type(record, layout, own_types or {})
	return record, problems


def _check_name(record: dict[str, Any]) -> None:
	if not record.get("organisation_name"):
		raise NameMissing()


def _filled_cells(row: Sequence[Any], layout: Layout) -> Iterator[tuple[str, Any]]:
	"""(field, cell) of cells with content."""
	cells = {field: row[place] for place, field in layout.columns.items() if place < len(row)}
	for field, cell in cells.items():
		if cell not in (None, "") and (text := _plain(cell)) and text.casefold() not in EMPTY_WORDS:
			yield field, cell


def _clean(field: str, cell: Any) -> Any:
	if field in _CLEANERS:
		return _CLEANERS[field](cell)
	if field in DATES:
		return _date(field, cell)
	text = _text(cell) if field in ("purpose", "address") else _line(cell)
	if re.search(r"<[a-zA-Z/!?]", text):
		raise HasTags(field_label(field))
	if field in LINES and len(text) > MAX_LINE_LENGTH:
		raise TooLong(field_label(field), MAX_LINE_LENGTH)
	return text


def field_label(field: str) -> str:
	"""The everyday heading of a field, for messages."""
	return HEADINGS[field].split()[1 if field == "organisation_name" else 0]


def _plain(cell: Any) -> str:
	"""A cell as one line, whole numbers without .0."""
	return _line(cell)


def _line(cell: Any) -> str:
	return " ".join(_text(cell).split())


def _text(cell: Any) -> str:
	if cell is None or isinstance(cell, bool):
		return ""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	text = str(cell).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
	return _CONTROL_CHARACTERS.sub("", text).strip()


def _folded(cell: Any) -> str:
	return unicodedata.normalize("NFKC", _line(cell))


def _kana(cell: Any) -> str:
	text = to_katakana(_line(cell))
	if len(text) > MAX_LINE_LENGTH:
		raise TooLong(field_label("organisation_kana"), MAX_LINE_LENGTH)
	return text


def _corporate_number(cell: Any) -> str:
	number = clean_corporate_number(_line(cell))
	if not valid_corporate_number(number):
		raise BadCorporateNumber(_line(cell))
	return number


def _postal_code(cell: Any) -> str:
	text = _folded(cell)
	digits = re.sub(r"\D", "", text)
	if len(digits) == 6 and digits == text:
		text = "0" + digits  # a spreadsheet dropped the leading zero of a number
	if not valid_postal_code(text):
		raise BadPostalCode(_line(cell))
	return clean_postal_code(text)


def _phone(cell: Any) -> str:
	text = re.sub(r"[‐‑‒–—―−ーｰ]", "-", _folded(cell))
	text = re.sub(r"^(tel|電話)[.:]?\s*", "", text, flags=re.IGNORECASE)
	if isinstance(cell, (int, float)) and len(text) in (9, 10) and text[0] != "0":
		text = "0" + text
	text = re.sub(r"\s*[/、,;・]\s*", ", ", text)
	if not re.fullmatch(r"[0-9 +_\-,.*#()]{6,140}", text):
		raise BadPhone(_line(cell)[:60])
	return text


def _email(cell: Any) -> str:
	found = [part for part in re.split(r"[\s,、;/]+", _folded(cell)) if part]
	if not all(re.fullmatch(r"[^@\s<>()]+@[^@\s<>()]+\.[A-Za-z0-9-]{2,}", part) for part in found):
		raise BadEmail(_line(cell)[:60])
	text = ", ".join(found)
	if len(text) > MAX_LINE_LENGTH:
		raise TooLong(field_label("email"), MAX_LINE_LENGTH)
	return text


def _website(cell: Any) -> str:
	text = _folded(cell)
	if re.match(r"[\w-]+(\.[\w-]+)+(/|$)", text):
		text = f"http://{text}"
	if not re.fullmatch(r"https?://[^\s<>\"']+\.[^\s<>\"']+", text, re.IGNORECASE) or len(text) > MAX_LINE_LENGTH:
		raise BadWebsite(_line(cell)[:60])
	return text


def _date(field: str, cell: Any) -> datetime.date:
	"""A date from a date, an Excel day number, 2003-04-01, 2003/4/1, 20030401, 2003年4月1日, 平成15年4月1日 or H15.4.1.

	A year or month alone is its first day, as in `rules/era.py`. Raises BadDate.
	"""
	if isinstance(cell, datetime.datetime):
		return cell.date()
	if isinstance(cell, datetime.date):
		return cell
	text = _folded(cell).rstrip("～~-")
	try:
		if isinstance(cell, (int, float)) and 3000 < cell < 80_000:
			return EXCEL_EPOCH + datetime.timedelta(days=int(cell))
		parts = re.fullmatch(r"([0-9]{4})(?:[-/.年]([0-9]{1,2})(?:[-/.月]([0-9]{1,2}))?)?[年月日]?(?: 0?0:00(:00)?)?", text)
		parts = parts or re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", text)
		if parts:
			return datetime.date(*(int(part or 1) for part in parts.groups()[:3]))
		return parse_era(text)
	except (RuleError, ValueError, OverflowError):
		raise BadDate(field_label(field), _line(cell)[:60]) from None


def _member_count(cell: Any) -> int:
	found = re.fullmatch(r"約?([0-9][0-9,]{0,9})(名|人|世帯|団体|社|店)?(程度|以上|余|余り)?", _folded(cell).replace(" ", ""))
	if not found or int(found[1].replace(",", "")) > 2**31 - 1:
		raise BadNumber(field_label("member_count"), _line(cell)[:60])
	return int(found[1].replace(",", ""))


def _activities(cell: Any) -> list[str]:
	text = search_key(_line(cell))
	numbers = {f"{int(found):02}" for found in re.findall(r"(?<![0-9])(20|1[0-9]|0?[1-9])(?![0-9])", text)}
	return sorted(numbers | {code for code, words in _ACTIVITY_KEYS.items() if any(word in text for word in words)})


def _numbered_activities(row: Sequence[Any], layout: Layout) -> set[str]:
	"""Codes from the twenty columns of activities: those that are marked, and those named in a cell."""
	codes: set[str] = set()
	for place, code in layout.activities.items():
		text = _plain(row[place]) if place < len(row) else ""
		if text in MARKS:
			codes.add(code)
		elif text and text.casefold() not in EMPTY_WORDS:
			codes.update(_activities(text))
	return codes


_ACTIVITY_KEYS = {code: [search_key(word) for word in words.split()] for code, words in ACTIVITIES.items()}


def _dissolved(cell: Any) -> None:
	raise Dissolved(_line(cell)[:60])


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


_CLEANERS = {
	"organisation_kana": _kana,
	"corporate_number": _corporate_number,
	"postal_code": _postal_code,
	"phone": _phone,
	"email": _email,
	"website": _website,
	"member_count": _member_count,
	"activity_fields": _activities,
	"dissolved": _dissolved,
}
