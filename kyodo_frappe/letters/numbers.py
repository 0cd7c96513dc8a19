"""Numbers of letters (文書番号): given by this app without gaps, or typed from the city's own document system.

A number is used once in a programme and fiscal year, whichever way it is given.
"""

import unicodedata

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.naming import getseries
from frappe.utils import getdate

from kyodo_frappe.common.language import RECORD_LANGUAGE
from kyodo_frappe.letters import wording
from kyodo_frappe.letters.errors import NumberGiven, NumberMissing, NumberTaken
from kyodo_frappe.rules.era import era_year, fiscal_year

LETTER = "Kyodo Letter"
DOCUMENT_SYSTEM = "Document System"


def next_number(prefix: str) -> str:
	"""Return the next 文書番号 of the fiscal year: prefix, running number, 号.

	Gapless by the lock of the naming series. Programmes of a city that share a prefix share the numbers, even when they
	issue letters at the same moment.
	"""
	year = fiscal_year(getdate())
	while True:
		running = int(getseries(f"kyodo-letter:{prefix}:{year}:", 1))
		number = _("{0} {1}{2} (number of a letter)", lang=RECORD_LANGUAGE).format(era_year(year), prefix, running)
		# numbers from the time when each programme counted on its own are skipped
		if not frappe.db.exists(LETTER, {"letter_number": number}):
			return number


def give(letter: Document):
	"""Give a letter its number, unless it has one. Raises NumberMissing where it comes from the city's document system."""
	if letter.letter_number:
		return
	if letter.number_from == DOCUMENT_SYSTEM:
		frappe.throw(_("Please enter the number from the city's document system before this letter is issued."), NumberMissing)
	programme = frappe.get_cached_doc("Kyodo Programme", letter.programme)
	letter.letter_number = next_number(wording.require_row(programme, letter.letter_type).prefix)
	set_key(letter)


def release(letter: Document):
	"""Let another letter have a typed number when this one is withdrawn; a number that this app has given is never given again."""
	if letter.number_from == DOCUMENT_SYSTEM:
		letter.number_key = None


def set_key(letter: Document):
	"""Set the key by which the database keeps a number from being used twice in a programme and fiscal year."""
	letter.number_key = key_of(letter)


def key_of(letter: Document | dict) -> str | None:
	"""Return programme, fiscal year and number in one spelling; None without a number."""
	number = "".join(unicodedata.normalize("NFKC", letter.get("letter_number") or "").split())
	if not number:
		return None
	return f"{letter.get('programme')}:{fiscal_year(getdate(letter.get('issued_on') or None))}:{number}"


def check_typed(letter: Document):
	"""Check the number of a letter that is saved.

	Raises NumberGiven for a typed number where this app gives them, NumberTaken for one that another letter has.
	"""
	before = letter.get_doc_before_save()
	old = before.letter_number if before else None
	typed = not letter.flags.kyodo_service and (letter.letter_number or None) != (old or None)
	if typed and letter.number_from != DOCUMENT_SYSTEM:
		frappe.throw(_("The number of this letter is given by the app when it is approved or issued. It cannot be typed."), NumberGiven)
	letter.letter_number = (letter.letter_number or "").strip() or None
	set_key(letter)
	if not letter.number_key or (before and before.number_key == letter.number_key):
		return
	fields = ["name", "letter_type", "organisation", "issued_on"]
	used = frappe.db.get_value(LETTER, {"number_key": letter.number_key, "name": ["!=", letter.name]}, fields, as_dict=True)
	if used:
		_refuse_used(letter.letter_number, used)


def _refuse_used(number: str, used: dict):
	organisation = used.organisation and frappe.get_cached_value("Kyodo Organisation", used.organisation, "organisation_name")
	frappe.throw(
		_("The number {0} is already used in this fiscal year: {1} to {2} ({3}).").format(
			frappe.bold(frappe.utils.escape_html(number)), _(used.letter_type), frappe.utils.escape_html(organisation or "－"), used.name
		),
		NumberTaken,
	)
