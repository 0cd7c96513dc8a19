"""Lists of organisations: recognising their columns by their headings.

Source: standards.md (the 60 columns of the 内閣府NPO法人ポータル and the 20 活動分野). Columns are found in any order; a city's
own list has everyday headings, not always in its first row, and often in two rows (連絡先 over 郵便番号, 住所 and 電話番号). A cell is
what csv or openpyxl return: text, number, date or None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import RuleError
from .textkeys import search_key

HEADINGS = {
	"organisation_name": "法人名称 団体名 団体名称 団体の名称 名称 法人名 組織名 登録団体名 団体・法人名 団体等名称 活動団体名 市民活動団体名 "
	"グループ名 サークル名 団体・グループ名",
	"organisation_kana": "法人名称カナ フリガナ ふりがな カナ 団体名フリガナ 団体名ふりがな 団体名カナ 名称カナ 団体名称カナ よみがな 読み",
	"organisation_type": "種別 団体種別 団体の種別 法人格 団体の種類 団体区分 組織形態 団体種類",
	"corporate_number": "法人番号",
	"representative": "代表者氏名 代表者 代表者名 代表 代表者職氏名 代表者の氏名 代表者職・氏名 代表者名前 団体代表者名 団体代表者 会長名 会長氏名 理事長名 理事長氏名",
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

HEADER_WITHIN = 30

# headings above the particulars of a person, whose address and phone are not the organisation's
_PERSON = re.compile("代表|担当者|会長|理事長|責任者")
_SUM = {"計", "合計", "総数", "総計", "全体"}
_COMMENT = re.compile(r"\(.*\)|[※*].*")

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0c-\x1f\x7f-\x9f\ud800-\udfff]")


class NoNameColumn(RuleError):
	"""No column has a heading for the name of the organisation."""

	source = "No column with the names of the organisations was found. Please give it the heading 団体名 or 法人名称."


@dataclass(frozen=True)
class Layout:
	"""`first`, `header`: numbers of the first and the last row of headings, from 0; `columns`: {column: field}; `activities`: {column: code of the 活動分野};
	`recognised`, `ignored`: headings; `headings`: of each column, in one row; `national`: whether it is a list of the national portal."""

	first: int
	header: int
	columns: dict[int, str]
	activities: dict[int, str]
	recognised: tuple[str, ...]
	ignored: tuple[str, ...]
	headings: tuple[str, ...]
	national: bool

	@property
	def known(self) -> int:
		"""How many columns are recognised."""
		return len(self.columns) + len(self.activities)


def detect_layout(rows: Sequence[Sequence[Any]]) -> Layout:
	"""The layout of a list, from the row, or the two rows, with the most known headings including the name. Raises NoNameColumn."""
	layouts = [layout for number in range(min(len(rows), HEADER_WITHIN)) for layout in _layouts_from(rows, number)]
	named = [layout for layout in layouts if "organisation_name" in layout.columns.values()]
	if not named:
		raise NoNameColumn()
	return max(named, key=lambda layout: (layout.known, layout.first - layout.header, -layout.header))


def _layouts_from(rows: Sequence[Sequence[Any]], number: int) -> Iterator[Layout]:
	"""The layouts of a row, and of a row with the one below it."""
	lines, above, below = ([cell_line(cell) for cell in row] for row in (rows[number], *_neighbours(rows, number)))
	if not _merged(lines, above) and not _merged(lines, below):
		yield _layout(number, number, [("", line) for line in lines])
	if pairs := _pairs(lines, below):
		yield _layout(number, number + 1, pairs)


def _neighbours(rows: Sequence[Sequence[Any]], number: int) -> tuple[Sequence[Any], Sequence[Any]]:
	return (rows[number - 1] if number else ()), (rows[number + 1] if number + 1 < len(rows) else ())


def _merged(lines: Sequence[str], others: Sequence[str]) -> bool:
	"""Whether a heading is merged over two rows, which have it both."""
	return any(heading == other and _field_by_key(heading) for heading, other in zip(lines, others))


def _pairs(lines: list[str], lower: list[str]) -> list[tuple[str, str]] | None:
	"""[(heading above, heading)] of two rows; None where the lower row is not one of headings."""
	pairs, left = [], ""
	for place in range(max(len(lines), len(lower))):
		upper = lines[place] if place < len(lines) else ""
		heading = lower[place] if place < len(lower) else ""
		if upper and heading and not (_spans(lines, lower, place) or _fits_below(upper, heading)):
			return None
		left = upper or (left if heading else "")
		pairs.append(("", upper) if heading in ("", upper) else (left, heading))
	return pairs if any(upper and (_field_of_part(upper, heading) or _numbered(upper, heading)) for upper, heading in pairs) else None


def _spans(lines: list[str], lower: list[str], place: int) -> bool:
	"""Whether a heading stands over several (会員数 over 男, 女 and 計)."""
	following = place + 1
	alone = following >= len(lines) or not lines[following]
	return alone and following < len(lower) and bool(lower[following]) and _field_by_key(lines[place]) != "organisation_name"


def _fits_below(upper: str, heading: str) -> bool:
	"""Whether a cell can be a heading below a heading, and not the first value of its column."""
	key = heading_key(heading)
	known = heading == upper or _field_by_key(heading) or _field_of_part(upper, heading) or _numbered(upper, heading)
	return bool(known or not _field_by_key(upper) or key in _SUM or _COMMENT.fullmatch(search_key(heading)))


def _layout(first: int, header: int, pairs: Sequence[tuple[str, str]]) -> Layout:
	columns: dict[int, str] = {}
	activities: dict[int, str] = {}
	headings, recognised, ignored = [], [], []
	left = None
	for place, (upper, heading) in enumerate(pairs):
		field = _field_of_part(upper, heading) if upper else _field_of(heading, left)
		numbered = _numbered(upper, heading)
		whole = f"{upper} {heading}".strip()
		if numbered:
			activities[place] = f"{int(numbered[1]):02}"
		elif field and field not in columns.values():
			columns[place] = field
		known = place in activities or place in columns
		headings.append(_single_heading(field, upper, heading) if known else whole)
		if whole:
			(recognised if known else ignored).append(whole)
		left = field or (None if heading else left)
	while headings and not headings[-1]:
		headings.pop()
	national = any(heading_key(heading) == "法人名称" for heading in headings)
	return Layout(first, header, columns, activities, tuple(recognised), tuple(ignored), tuple(headings), national)


def _single_heading(field: str | None, upper: str, heading: str) -> str:
	"""A heading that says by itself what a column with two of them contains."""
	if numbered := _numbered(upper, heading):
		return numbered[0]
	return next((text for text in (heading, upper + heading, upper) if _field_of(text, None) == field), heading)


def _field_of_part(upper: str, heading: str) -> str | None:
	"""The field of a heading below another: 氏名 below 代表者, 電話番号 below 連絡先; 住所 below 代表者 is the home of a person."""
	if whole := _field_by_key(upper + heading):
		return whole
	key = heading_key(heading)
	if _PERSON.search(upper):
		return "representative" if key in ("氏名", "名前", "名") and "代表" in upper else None
	if key in _SUM or _COMMENT.fullmatch(search_key(heading)):
		return _field_of(upper, None)
	if _field_by_key(heading) == "organisation_kana" and _field_by_key(upper) not in (None, "organisation_name"):
		return None
	return _field_of(heading, None)


def _numbered(upper: str, heading: str) -> re.Match | None:
	"""活動分野7, or 7 below 活動分野."""
	return NUMBERED_FIELD.fullmatch(heading_key(heading)) or NUMBERED_FIELD.fullmatch(heading_key(upper + heading))


def _field_by_key(heading: str) -> str | None:
	return _FIELD_BY_KEY.get(heading_key(heading))


def _field_of(heading: str, left: str | None) -> str | None:
	"""The field of a heading. A フリガナ belongs to the column on its left; brackets after a heading are a comment."""
	key = heading_key(heading)
	bare = re.sub(r"\([^()]*\)$", "", key)
	inside = key[len(bare) :].strip("()")
	if _FIELD_BY_KEY.get(key) == "organisation_kana" and left == "representative":
		return None
	if key in _FIELD_BY_KEY:
		return _FIELD_BY_KEY[key]
	if _FIELD_BY_KEY.get(inside) == "organisation_kana":
		return "organisation_kana" if _FIELD_BY_KEY.get(bare) == "organisation_name" else None
	return _FIELD_BY_KEY.get(bare)


def heading_key(text: str) -> str:
	"""A key for comparing headings, regardless of width, spaces and marks."""
	return re.sub(r"[\s※*★◎:]", "", search_key(text))


_FIELD_BY_KEY = {heading_key(word): field for field, words in HEADINGS.items() for word in words.split()}


def field_label(field: str) -> str:
	"""The everyday heading of a field, for messages."""
	return HEADINGS[field].split()[1 if field == "organisation_name" else 0]


def cell_line(cell: Any) -> str:
	"""A cell as one line of text, whole numbers without .0."""
	return " ".join(cell_text(cell).split())


def cell_text(cell: Any) -> str:
	"""A cell as text with \\n line ends, without control characters; "" for None and booleans."""
	if cell is None or isinstance(cell, bool):
		return ""
	if isinstance(cell, float) and cell.is_integer():
		cell = int(cell)
	text = str(cell).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
	return _CONTROL_CHARACTERS.sub("", text).strip()
