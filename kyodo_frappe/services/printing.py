"""What papers share: how values read on them, their style, and the way to a PDF that fetches nothing."""

from pathlib import Path

import frappe
from frappe import _
from frappe.utils import cint, flt, getdate

from kyodo_frappe.rules.era import era_date
from kyodo_frappe.services.speech import RECORD_LANGUAGE

NO_DATE = "令和　　年　　月　　日"
SIDES = {"City": "市", "Organisation": "団体", "Both": "市・団体"}
BOUNDS = {"Lower": "以下", "Higher": "以上"}


def day(value) -> str:
	return era_date(getdate(value)) if value else ""


def yen(value) -> str:
	return f"{cint(value):,}円"


def number(value) -> str:
	return f"{flt(value):,.10g}"


def word(value: str | None) -> str:
	"""An option or a state in the language of the records."""
	return _(value, lang=RECORD_LANGUAGE) if value else ""


def lines(text: str | None) -> list[str]:
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def style() -> str:
	# put into the page, linked by nothing: a server in a closed network may not reach its own address
	return Path(frappe.get_app_path("kyodo_frappe", "public", "css", "paper.css")).read_text(encoding="utf-8")


def pdf(template: str, values: dict, escape: bool = False) -> bytes:
	"""A template of templates/papers as a PDF. `escape`: for templates that do not escape by themselves."""
	# not at the top: Frappe's PDF module opens its log when it is imported, before a site is known
	from frappe.utils.pdf import get_pdf

	env = frappe.get_jenv().overlay(autoescape=True) if escape else frappe.get_jenv()
	page = env.get_template(f"kyodo_frappe/templates/papers/{template}.html")
	return get_pdf(page.render({**values, "style": style()}))
