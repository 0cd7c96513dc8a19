"""Keys of Japanese text for searching and finding duplicates, and safe cells.

Sources: domain.md §5 "Text" (keep what was typed; search on an NFKC form with kana unified; フリガナ in its
own field), §7 (髙・﨑・⻲), standards.md (法人名称). Keys never replace what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from .kanji_variants import STANDARD

# offset of ァ–ヶ and the iteration marks ヽヾ from their hiragana
_TO_HIRAGANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}
_TO_KATAKANA = {hiragana: katakana for katakana, hiragana in _TO_HIRAGANA.items()}
# variation selectors (異体字セレクタ) and zero-width characters
_INVISIBLE = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u200b-\u200d\u2060\ufeff\u00ad]")
_KANA = re.compile("[ァ-ヺー・ヽヾ ]*[ァ-ヺ][ァ-ヺー・ヽヾ ]*")
_DANGEROUS = "=+-@\t\r\n＝＋－＠"

_LEGAL_FORMS = """
認定特定非営利活動法人 特例認定特定非営利活動法人 特定非営利活動法人 認定NPO法人 特例認定NPO法人 NPO法人
エヌピーオー法人 一般社団法人 公益社団法人 社団法人 一般財団法人 公益財団法人 財団法人 社会福祉法人 学校法人
医療法人社団 医療法人財団 社会医療法人 医療法人 宗教法人 株式会社 有限会社 合同会社 合資会社 合名会社
労働者協同組合 独立行政法人 地方独立行政法人 国立大学法人 公立大学法人 認可地縁団体 任意団体
(特非) (認定特非) (NPO) (一社) (公社) (一財) (公財) (社福) (学) (医) (宗) (株) (有) (同) (資) (名)
"""

# spellings of a legal form; one name is written with any of them
_SAME_FORMS = (
	("特定非営利活動法人", "NPO法人", "(特非)", "(NPO)", "エヌピーオー法人"),
	("認定特定非営利活動法人", "認定NPO法人", "(認定特非)"),
	("一般社団法人", "(一社)"),
	("公益社団法人", "(公社)"),
	("一般財団法人", "(一財)"),
	("公益財団法人", "(公財)"),
	("社会福祉法人", "(社福)"),
	("株式会社", "(株)"),
	("有限会社", "(有)"),
	("合同会社", "(同)"),
)


def search_key(text: str | None) -> str:
	"""A key for indexing and searching: NFKC, case-folded, katakana as hiragana, variants of characters (髙, 﨑, ⻲) as their standard form,
	without invisible characters and extra spaces.

	"" for None. Idempotent: search_key(search_key(x)) = search_key(x).
	"""
	folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text or "")).casefold()
	folded = unicodedata.normalize("NFKC", folded).replace("〜", "~")
	return " ".join(folded.translate(_TO_HIRAGANA).translate(STANDARD).split())


def kana_valid(text: str | None) -> bool:
	"""Whether a text is フリガナ: katakana (also half-width) with ー, ・ and spaces, at least one kana."""
	return bool(_KANA.fullmatch(unicodedata.normalize("NFKC", text or "")))


def to_katakana(text: str | None) -> str:
	"""フリガナ as it is stored: full-width katakana, also from half-width and hiragana. Other texts are returned unchanged."""
	folded = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text or "")).translate(_TO_KATAKANA)
	folded = " ".join(folded.split())
	return folded if kana_valid(folded) else text or ""


def name_key(text: str | None) -> str:
	"""A key for finding duplicate organisations: `search_key` without legal forms (法人格), spaces and punctuation.

	A name that consists of nothing else is kept.
	"""
	whole = re.sub(r"\s", "", search_key(text))
	bare = whole
	while (stripped := _FORMS.sub("", bare)) != bare and stripped:
		bare = stripped
	return _letters(bare) or _letters(whole) or whole


def stored_search_key(name: str | None, kana: str | None = None) -> str:
	"""What is stored of a name, so that `name_key` of a searched text is found in it.

	The name without spaces, the name without its legal form, and the reading: 特定非営利活動法人みどり and NPO法人みどり find each other, and
	みどり finds both.
	"""
	keys = (compact_key(name), name_key(name), _letters(search_key(kana)))
	return " ".join(dict.fromkeys(key for key in keys if key))


def spellings(name: str | None) -> tuple[str, ...]:
	"""Return the keys of a name with the other spellings of its legal form: NPO法人みどり for 特定非営利活動法人みどり; () without one."""
	key = compact_key(name)
	for forms in _SAME_KEYS:
		for form in forms:
			others = [other for other in forms if other != form]
			if key.startswith(form):
				return tuple(other + key.removeprefix(form) for other in others)
			if key.endswith(form):
				return tuple(key.removesuffix(form) + other for other in others)
	return ()


def compact_key(text: str | None) -> str:
	"""`search_key` without spaces."""
	return search_key(text).replace(" ", "")


def safe_cell(text: Any) -> Any:
	"""A value that a spreadsheet does not run as a formula.

	A text that begins with = + - @ (also full-width, or after spaces), tab or line end is preceded by an apostrophe; None becomes
	"", other values are unchanged.
	"""
	if text is None:
		return ""
	if not isinstance(text, str):
		return text
	return "'" + text if text[:1] in tuple("\t\r\n") or text.lstrip()[:1] in tuple(_DANGEROUS) else text


def _letters(text: str) -> str:
	"""Letters and digits only; ー is a letter here, as in Unicode."""
	return "".join(char for char in text if unicodedata.category(char)[0] in "LNM")


_SAME_KEYS = tuple(tuple(map(search_key, forms)) for forms in _SAME_FORMS)
_ALTERNATIVES = "|".join(re.escape(search_key(form)) for form in sorted(_LEGAL_FORMS.split(), key=len, reverse=True))
_FORMS = re.compile(rf"^\(?(?:{_ALTERNATIVES})\)?|\(?(?:{_ALTERNATIVES})\)?$")
