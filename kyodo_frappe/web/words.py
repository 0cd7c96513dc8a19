"""Jinja filters that format values for pages: dates in the Japanese era, yen, fiscal years, multi-line texts."""

import datetime
import unicodedata
from functools import lru_cache
from urllib.parse import urlencode

import budoux
import frappe
import markupsafe
from frappe import _
from frappe.utils import flt, get_datetime, get_time, getdate

from kyodo_frappe.common import printing, vocabulary
from kyodo_frappe.programme.payable import rate_words
from kyodo_frappe.rules.deadlines import countdown
from kyodo_frappe.rules.era import era_day, era_year
from kyodo_frappe.rules.points import of_score
from kyodo_frappe.workflows import states

# characters of unchanged text that a comparison shows on each side of a change
CONTEXT_LENGTH = 60
WORD_JOINER = "\u2060"


def in_japanese() -> bool:
	"""Whether the page is in Japanese."""
	return (frappe.local.lang or "ja").startswith("ja")


def day(value) -> str:
	"""Format a date: 令和8年4月30日（木） on Japanese pages, 2026-04-30 on others; "" for no date."""
	if not value:
		return ""
	date = getdate(value)
	return era_day(date) if in_japanese() else date.isoformat()


def month(value) -> str:
	"""Format the month of a date: 4月, or 04."""
	return _("Month {0}").format(getdate(value).month) if value else ""


def moment(value) -> str:
	"""Format a date with its time; "" for none."""
	return f"{day(value)} {get_datetime(value):%H:%M}" if value else ""


def clock(value) -> str:
	"""Format a time as HH:MM; "" for none."""
	return "" if value in (None, "") else _clock(str(value))


@lru_cache(maxsize=2000)
def _clock(text: str) -> str:
	time = get_time(text)
	# Frappe fills an empty Time field with the time of insertion, recognisable by its microseconds
	return "" if time.microsecond else f"{time:%H:%M}"


def iso(value) -> str:
	"""Format a date or datetime for the datetime attribute of <time>."""
	return str(value)[:16].replace(" ", "T") if isinstance(value, datetime.datetime) else str(value or "")[:10]


def year(value) -> str:
	"""Format a fiscal year: 令和8年度 for 2026; "" for none."""
	if not value:
		return ""
	return era_year(int(value)) if in_japanese() else _("Fiscal year {0}").format(int(value))


def yen(value) -> str:
	"""Format an amount in whole yen."""
	return printing.yen(value) if in_japanese() else f"¥{flt(value):,.0f}"


def number(value) -> str:
	"""Format a number without trailing zeros: 12 rather than 12.0."""
	return f"{flt(value):,.10g}" if value not in (None, "") else ""


def size(value) -> str:
	"""Format a size in bytes: 1.4 MB, 312 KB."""
	count = flt(value)
	return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(count / 1024, 1):.0f} KB" if count else ""


def lines(value) -> markupsafe.Markup:
	"""Format plain text as HTML: paragraphs at empty lines, line breaks kept."""
	paragraphs = [part for part in str(value or "").replace("\r\n", "\n").split("\n\n") if part.strip()]
	return markupsafe.Markup("").join(
		markupsafe.Markup("<p>{}</p>").format(
			markupsafe.Markup("<br>").join(markupsafe.escape(line) for line in part.strip("\n").split("\n"))
		)
		for part in paragraphs
	)


def first_sentence(value, most: int = 90) -> str:
	"""Return the first sentence of a text in one line, cut after `most` characters."""
	text = " ".join(str(value or "").split())
	end = text.find("。") + 1
	return shortened(text[:end] if end else text, most)


def shortened(value, most: int) -> str:
	"""Return a text in one line of at most `most` characters; where something is left out, it ends with …"""
	text = " ".join(str(value or "").split())
	return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def phrases(value) -> markupsafe.Markup:
	"""Format a heading so that a Japanese line breaks between phrases only (base.css: `:has(> wbr)`)."""
	text = str(value or "")
	parts = _without_single_letters(_phrase_parser().parse(text) if in_japanese() else []) or [text]
	ends = [part[:1] for part in parts[1:]] + [""]
	return markupsafe.Markup("").join(
		markupsafe.escape(_with_particles(part)) + ("" if not after or _keeps(part[-1], after) else markupsafe.Markup("<wbr>"))
		for part, after in zip(parts, ends, strict=True)
	)


def _without_single_letters(parts: list[str]) -> list[str]:
	"""Join a phrase of one letter to the next one: it is the beginning of a name that the parser does not know."""
	joined: list[str] = []
	for part in parts:
		if joined and len(joined[-1]) == 1:
			joined[-1] += part
		else:
			joined.append(part)
	return joined


def _with_particles(part: str) -> str:
	"""Join a closing bracket to the particle that follows it; Chromium would break there."""
	return "".join(one + WORD_JOINER if _keeps(one, after) else one for one, after in zip(part, f"{part[1:]} "))


def _keeps(one: str, after: str) -> bool:
	return unicodedata.category(one) == "Pe" and unicodedata.name(after, "").startswith("HIRAGANA")


@lru_cache
def _phrase_parser() -> budoux.Parser:
	return budoux.load_default_japanese_parser()


def folded(value, rest: bool = False) -> markupsafe.Markup:
	"""Format a passage of a comparison; of an unchanged one (`rest`) only the text adjacent to changes."""
	text = str(value or "")
	if rest and len(text) > CONTEXT_LENGTH * 2 + 20:
		text = f"{text[:CONTEXT_LENGTH]}\n… …\n{text[-CONTEXT_LENGTH:]}"
	return markupsafe.Markup("<br>").join(markupsafe.escape(line) for line in text.split("\n"))


def left(due) -> str:
	"""Return the days until or since a deadline in words."""
	days = countdown(getdate(due), getdate())["days"]
	if days > 0:
		return _("{0} days left").format(days)
	return _("Today") if days == 0 else _("{0} days late").format(-days)


def with_query(address: str, **changes) -> str:
	"""Return an address with a query string, without empty values. The address may end in a fragment (`#…`)."""
	path, mark, fragment = address.partition("#")
	query = urlencode({key: value for key, value in changes.items() if value not in (None, "")})
	return f"{path}?{query}{mark}{fragment}" if query else address


def word(value, doctype: str) -> str:
	"""Return the city's word for the id of a term (common/vocabulary.py)."""
	return vocabulary.word(doctype, value)


FILTERS = {
	"day": day,
	"moment": moment,
	"month": month,
	"clock": clock,
	"iso": iso,
	"year": year,
	"yen": yen,
	"number": number,
	"size": size,
	"score": of_score,
	"lines": lines,
	"sentence": first_sentence,
	"phrases": phrases,
	"folded": folded,
	"left": left,
	"word": word,
	"tone": states.colour,
	"rate": rate_words,
}
FUNCTIONS = {"with_query": with_query}
