"""How values read on a page: days in the Japanese calendar, yen, years, texts with their line breaks."""

import datetime
from urllib.parse import urlencode

import frappe
import markupsafe
from frappe import _
from frappe.utils import flt, get_datetime, get_time, getdate

from kyodo_frappe.common import printing, vocabulary
from kyodo_frappe.rules.deadlines import countdown
from kyodo_frappe.rules.era import era_day, era_year

# characters of an unchanged passage that a comparison shows on each side of a change
KEPT = 60


def in_japanese() -> bool:
	return (frappe.local.lang or "ja").startswith("ja")


def day(value) -> str:
	"""令和8年4月30日（木） on a Japanese page, 2026-04-30 on another; "" for nothing."""
	if not value:
		return ""
	date = getdate(value)
	return era_day(date) if in_japanese() else date.isoformat()


def moment(value) -> str:
	"""A day and the time of it."""
	return f"{day(value)} {get_datetime(value):%H:%M}" if value else ""


def clock(value) -> str:
	if value in (None, ""):
		return ""
	time = get_time(str(value))
	# Frappe fills an empty Time field with the moment of insertion; nobody types microseconds
	return "" if time.microsecond else f"{time:%H:%M}"


def iso(value) -> str:
	"""For the datetime attribute of <time>."""
	return str(value)[:16].replace(" ", "T") if isinstance(value, datetime.datetime) else str(value or "")[:10]


def year(value) -> str:
	"""令和8年度 from 2026."""
	if not value:
		return ""
	return era_year(int(value)) if in_japanese() else _("Fiscal year {0}").format(int(value))


def yen(value) -> str:
	return printing.yen(value) if in_japanese() else f"¥{flt(value):,.0f}"


def number(value) -> str:
	"""12 rather than 12.0."""
	return f"{flt(value):,.10g}" if value not in (None, "") else ""


def size(value) -> str:
	"""The size of a file: 1.4 MB, 312 KB."""
	count = flt(value)
	return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(count / 1024, 1):.0f} KB" if count else ""


def lines(value) -> markupsafe.Markup:
	"""A text as it was typed: paragraphs at empty lines, line breaks kept."""
	paragraphs = [part for part in str(value or "").replace("\r\n", "\n").split("\n\n") if part.strip()]
	return markupsafe.Markup("").join(
		markupsafe.Markup("<p>{}</p>").format(
			markupsafe.Markup("<br>").join(markupsafe.escape(line) for line in part.strip("\n").split("\n"))
		)
		for part in paragraphs
	)


def folded(value, rest: bool = False) -> markupsafe.Markup:
	"""A passage of a comparison with its line breaks; of an unchanged one (`rest`) only what stands next to changes."""
	text = str(value or "")
	if rest and len(text) > KEPT * 2 + 20:
		text = f"{text[:KEPT]}\n… …\n{text[-KEPT:]}"
	return markupsafe.Markup("<br>").join(markupsafe.escape(line) for line in text.split("\n"))


def left(due) -> str:
	"""How long until a deadline, in words."""
	days = countdown(getdate(due), getdate())["days"]
	if days > 0:
		return _("{0} days left").format(days)
	return _("Today") if days == 0 else _("{0} days late").format(-days)


def with_query(address: str, **changes) -> str:
	"""An address with a query string; empty values are left out."""
	query = urlencode({key: value for key, value in changes.items() if value not in (None, "")})
	return f"{address}?{query}" if query else address


def word(value, doctype: str) -> str:
	"""The city's word for a kind of organisation, a category of cost, a type of meeting or a result."""
	return vocabulary.word(doctype, value)


FILTERS = {
	"day": day,
	"moment": moment,
	"clock": clock,
	"iso": iso,
	"year": year,
	"yen": yen,
	"number": number,
	"lines": lines,
	"folded": folded,
	"left": left,
	"word": word,
}
FUNCTIONS = {"with_query": with_query}
