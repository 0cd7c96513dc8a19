"""Lists of organisations: recognising their columns by their headings.

Source: standards.md (the 60 columns of the 内閣府NPO法人ポータル and the 20 活動分野). Columns are found in any order; a city's
own list has everyday headings, not always in its first row. A cell is what csv or openpyxl return: text, number, date or None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .errors import RuleError
from .textkeys import search_key

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

HEADER_WITHIN = 20

_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0c-\x1f\x7f-\x9f\ud800-\udfff]")


class NoNameColumn(RuleError):
	"""No column has a heading for the name of the organisation."""

	source = "No column with the names of the organisations was found. Please give it the heading 団体名 or 法人名称."


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
		heading = cell_line(cell)
		field = _field_of(heading, left)
		numbered = NUMBERED_FIELD.fullmatch(heading_key(heading))
		if numbered:
			activities[place] = f"{int(numbered[1]):02}"
			recognised.append(heading)
		elif field and field not in columns.values():
			columns[place] = field
			recognised.append(heading)
		elif heading:
			ignored.append(heading)
		left = field or (None if heading else left)
	national = any(heading_key(cell_line(cell)) == "法人名称" for cell in row)
	return Layout(number, columns, activities, tuple(recognised), tuple(ignored), national)


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
