"""What papers share: how values read on them, their style, and the way to a PDF that fetches nothing."""

from pathlib import Path
from urllib.parse import unquote
from urllib.request import DataHandler, Request

import frappe
from frappe import _
from frappe.utils import flt, getdate
from markupsafe import Markup

from kyodo_frappe.common import vocabulary
from kyodo_frappe.common.language import RECORD_LANGUAGE, Said, _lt
from kyodo_frappe.rules.era import NO_DATE, era_date  # noqa: F401 - papers take both from here

SIDES = Said({"City": _lt("City"), "Organisation": _lt("Organisation"), "Both": _lt("City and organisation")})
BOUNDS = Said({"Lower": _lt("or less"), "Higher": _lt("or more")})

TEMPLATES = "kyodo_frappe/templates/papers/"
PUBLIC = (Path(__file__).parent.parent / "public").resolve()
BASE = "https://paper.invalid/"  # what addresses in a paper are relative to: a name that nobody has
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
	return era_date(getdate(value)) if value else ""


def yen(value) -> str:
	return _("{0} yen", lang=RECORD_LANGUAGE).format(f"{round(flt(value)):,}")


def number(value) -> str:
	return f"{flt(value):,.10g}"


def word(value: str | None, kind: str | None = None) -> str:
	"""An option or a state in the language of the records; an id of `kind`, in the city's word (vocabulary.py)."""
	if kind:
		return vocabulary.word(kind, value, RECORD_LANGUAGE)
	return _(value, lang=RECORD_LANGUAGE) if value else ""


def lines(text: str | None) -> list[str]:
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def render(template: str, values: dict, escape: bool = False) -> str:
	"""The body of a paper, from templates/papers. `escape`: for templates that do not escape by themselves."""
	env = frappe.get_jenv().overlay(autoescape=True) if escape else frappe.get_jenv()
	return env.get_template(f"{TEMPLATES}{template}.html").render(values)


def pdf(body: str, title: str, **page) -> bytes:
	"""A PDF of `body`, HTML that needs nothing else. What `page` may hold: see `laid_out`."""
	return laid_out(body, title, **page).write_pdf()


def laid_out(body: str, title: str, head: tuple[str, str] = ("", ""), foot: str = "", style: str = "", lang: str = "ja"):
	"""The pages of a paper, as WeasyPrint's document: `pages` with their `anchors`, `write_pdf()`.

	`head`: what stands left and right above every page but the first, which bears its title itself; `foot`: what stands
	before the number of the page. Both are plain text. `style`: CSS besides that of all papers.
	"""
	weasyprint = _weasyprint()
	values = {"title": title, "body": Markup(body), "head": head, "foot": foot, "lang": lang, "style": Markup(style)}
	html = render("sheet", values, escape=True)
	return weasyprint.HTML(string=html, base_url=BASE, url_fetcher=fetch).render()


def _weasyprint():
	try:
		import weasyprint  # not at the top: it takes a second, and most processes never print
	except OSError as error:  # it loads Pango when it is imported
		frappe.throw(_("This server lacks a program library that PDFs need ({0}). Please have an administrator install it.").format(error))
	return weasyprint


def fetch(url: str):
	"""What WeasyPrint gets for an address in a paper: the data in it, or a picture or font of this app.

	Raises ValueError for everything else, so that nobody's text makes the server open an address or a file.
	"""
	if url.startswith("data:"):
		with DataHandler().data_open(Request(url)) as answer:
			return _answer(url, answer.read(), answer.headers.get_content_type())
	if url.startswith(OWN_FILES):
		file = (PUBLIC / unquote(url.removeprefix(OWN_FILES))).resolve()
		if file.is_relative_to(PUBLIC) and file.suffix in PICTURES_AND_FONTS and file.is_file():
			return _answer(url, file.read_bytes(), PICTURES_AND_FONTS[file.suffix])
	raise ValueError(f"a paper may not open {url[:100]}")


def _answer(url: str, content: bytes, mime_type: str):
	from weasyprint import urls

	if hasattr(urls, "URLFetcherResponse"):
		return urls.URLFetcherResponse(url, content, {"Content-Type": mime_type})
	return {"string": content, "mime_type": mime_type}  # earlier versions want a dict
