"""Printed papers: formatting of values, stylesheets, and PDFs that are rendered without any network access."""

from pathlib import Path
from urllib.parse import unquote
from urllib.request import DataHandler, Request

import frappe
from frappe import _
from frappe.utils import flt, getdate
from markupsafe import Markup

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.errors import ForbiddenAddress, PrintingUnavailable
from kyodo_frappe.common.language import RECORD_LANGUAGE, Translated, _lt
from kyodo_frappe.rules.era import NO_DATE, era_date  # noqa: F401 - papers take both from here

SIDES = Translated({"City": _lt("City"), "Organisation": _lt("Organisation"), "Both": _lt("City and organisation")})
BOUNDS = Translated({"Lower": _lt("or less"), "Higher": _lt("or more")})

TEMPLATES = "kyodo_frappe/templates/papers/"
PUBLIC = (Path(__file__).parent.parent / "public").resolve()
BASE = "https://paper.invalid/"  # base URL of papers, in a domain that cannot exist (RFC 2606)
OWN_FILES = f"{BASE}assets/kyodo_frappe/"
PICTURES_AND_FONTS = {
	".svg": "image/svg+xml",
	".png": "image/png",
	".jpg": "image/jpeg",
	".otf": "font/otf",
	".ttf": "font/ttf",
	".woff2": "font/woff2",
}


def day(value) -> str:
	"""Format a date in the Japanese era; "" for no date."""
	return era_date(getdate(value)) if value else ""


def yen(value) -> str:
	"""Format an amount in whole yen."""
	return _("{0} yen", lang=RECORD_LANGUAGE).format(f"{round(flt(value)):,}")


def number(value) -> str:
	"""Format a number without trailing zeros."""
	return f"{flt(value):,.10g}"


def word(value: str | None, kind: str | None = None) -> str:
	"""Return an option or a state in the language of the records, or, with `kind`, the city's word for an id of that DocType."""
	if kind:
		return vocabulary.word(kind, value, RECORD_LANGUAGE)
	return _(value, lang=RECORD_LANGUAGE) if value else ""


def lines(text: str | None) -> list[str]:
	"""Return the lines of a text that are not blank."""
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def render(template: str, values: dict, escape: bool = False) -> str:
	"""Render the body of a paper from templates/papers. `escape`: turn on autoescaping for templates that do not escape."""
	env = frappe.get_jenv().overlay(autoescape=True) if escape else frappe.get_jenv()
	return env.get_template(f"{TEMPLATES}{template}.html").render(values)


def pdf(body: str, title: str, **page) -> bytes:
	"""Return self-contained HTML as a PDF. `page`: the options of `layout`."""
	return layout(body, title, **page).write_pdf()


def layout(body: str, title: str, head: tuple[str, str] = ("", ""), foot: str = "", style: str = "", lang: str = "ja"):
	"""Lay out a paper and return WeasyPrint's Document.

	`head`: running header (left, right) of every page but the first, which shows the title; `foot`: text before the page
	number. Both are plain text. `style`: CSS besides that of all papers.
	"""
	weasyprint = _weasyprint()
	html = page(body, title, head=head, foot=foot, style=style, lang=lang)
	return weasyprint.HTML(string=html, base_url=BASE, url_fetcher=fetch).render()


def page(body: str, title: str, head: tuple[str, str] = ("", ""), foot: str = "", style: str = "", lang: str = "ja") -> str:
	"""Return the HTML page of a paper, from which its PDF is made. Arguments as in `layout`."""
	values = {"title": title, "body": Markup(body), "head": head, "foot": foot, "lang": lang, "style": Markup(style)}
	return render("sheet", values, escape=True)


def _weasyprint():
	try:
		import weasyprint  # imported here because it takes a second and most processes never print
	except OSError as error:  # the import loads Pango
		frappe.throw(
			_("This server lacks a library that is needed for PDFs ({0}). Please ask an administrator to install it.").format(error),
			exc=PrintingUnavailable,
		)
	return weasyprint


def fetch(url: str):
	"""Resolve a URL for WeasyPrint: data URLs, and images and fonts of this app.

	Raises ForbiddenAddress for any other URL, so that no user's text can make the server open an address or a file.
	"""
	if url.startswith("data:"):
		with DataHandler().data_open(Request(url)) as answer:
			return _answer(url, answer.read(), answer.headers.get_content_type())
	if url.startswith(OWN_FILES):
		file = (PUBLIC / unquote(url.removeprefix(OWN_FILES))).resolve()
		if file.is_relative_to(PUBLIC) and file.suffix in PICTURES_AND_FONTS and file.is_file():
			return _answer(url, file.read_bytes(), PICTURES_AND_FONTS[file.suffix])
	raise ForbiddenAddress(f"a paper may not open {url[:100]}")


def _answer(url: str, content: bytes, mime_type: str):
	from weasyprint import urls  # as in `_weasyprint`

	if hasattr(urls, "URLFetcherResponse"):
		return urls.URLFetcherResponse(url, content, {"Content-Type": mime_type})
	return {"string": content, "mime_type": mime_type}  # earlier versions of WeasyPrint take a dict
