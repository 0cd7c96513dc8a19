"""領収書: what is wrong with a voucher.

Sources: domain.md §4 "精算" (支払が事業の期間内か, 団体あての領収書か, 「品代」「上様」は不可, 対象外経費, 費目ごとの上限), §7 "Money"
(nothing counts before 交付決定日 unless 事前着手 was approved).
A finding never prevents recording an expense; it says why the expense is not recognised.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from .era import as_date
from .textkeys import name_key, search_key

OUTSIDE = "outside"
BEFORE_DECISION = "before_decision"
NOT_ELIGIBLE = "not_eligible"
ADDRESSEE = "addressee"
NO_ADDRESSEE = "no_addressee"
NO_VOUCHER = "no_voucher"
NO_DESCRIPTION = "no_description"
DUPLICATE = "duplicate"

SENTENCES = {
	OUTSIDE: "The payment is outside the term of the project ({0} to {1}).",
	BEFORE_DECISION: "It was paid on {0}, before {1}. Nothing counts before the day of the decision or of an early start that was approved.",
	NOT_ELIGIBLE: "Expenses of this category ({0}) are not eligible in this programme.",
	ADDRESSEE: "The voucher is addressed to “{0}”, not to one of: {1}.",
	NO_ADDRESSEE: "The voucher has no addressee.",
	NO_VOUCHER: "No voucher is attached.",
	NO_DESCRIPTION: "The description does not say what was bought (“{0}”).",
	DUPLICATE: "{0} has the same amount, payee and day. The expense may have been recorded twice.",
}
# findings that exclude recognition, and those that exclude it until the office accepts the expense
NEVER_RECOGNISED = (OUTSIDE, BEFORE_DECISION, NOT_ELIGIBLE)
NEEDS_ACCEPTANCE = (ADDRESSEE, NO_ADDRESSEE, NO_VOUCHER, NO_DESCRIPTION, DUPLICATE)
ANONYMOUS_ADDRESSEES = {search_key(word) for word in ("上様", "上", "うえさま", "お客様", "御客様", "無記名")}
VAGUE_DESCRIPTIONS = {
	search_key(word)
	for word in ("品代", "お品代", "御品代", "品代として", "お品代として", "御品代として", "商品代", "雑費", "その他", "但", "代金", "一式")
}
_HONORIFICS = ("御中", "様", "殿", "さま")


@dataclass(frozen=True)
class Receipt:
	"""What a voucher says. `amount`: yen; `payee`, `addressee`, `description`: as written; `category`: 費目."""

	amount: float
	paid_on: datetime.date | None
	category: str = ""
	description: str | None = ""
	payee: str | None = ""
	addressee: str | None = ""
	has_voucher: bool = True


@dataclass(frozen=True)
class Terms:
	"""What a voucher has to meet. `first`, `last`: the project's period, None where open; `counts_from`: the day of the decision or of
	an approved early start, None where the rules do not ask; `addressees`: accepted names;
	`not_eligible`: 対象外 categories; `voucher_required`: expenses above `voucher_above` yen need a voucher."""

	first: datetime.date | None = None
	last: datetime.date | None = None
	counts_from: datetime.date | None = None
	addressees: tuple[str, ...] = ()
	not_eligible: frozenset[str] = frozenset()
	voucher_required: bool = True
	voucher_above: int = 0


@dataclass(frozen=True)
class Finding:
	"""`code`: a key of SENTENCES; `values`: the values in its sentence."""

	code: str
	values: tuple = ()


def findings(receipt: Receipt, terms: Terms, duplicates: Iterable[str] = ()) -> list[Finding]:
	"""Everything that is wrong with a voucher, the most serious first.

	`duplicates`: names of records with the same amount, payee and day. Raises NotADate.
	"""
	found = []
	if is_outside_period(receipt.paid_on, terms):
		found.append(Finding(OUTSIDE, (terms.first, terms.last)))
	elif is_before_decision(receipt.paid_on, terms):
		found.append(Finding(BEFORE_DECISION, (receipt.paid_on, terms.counts_from)))
	if receipt.category in terms.not_eligible:
		found.append(Finding(NOT_ELIGIBLE, (receipt.category,)))
	found += _addressee_findings(receipt, terms)
	found += [Finding(DUPLICATE, (duplicate,)) for duplicate in duplicates]
	if lacks_voucher(receipt, terms):
		found.append(Finding(NO_VOUCHER))
	if not is_specific(receipt.description):
		found.append(Finding(NO_DESCRIPTION, (receipt.description or "",)))
	return found


def is_outside_period(paid_on: datetime.date | None, terms: Terms) -> bool:
	"""Whether a day of payment is outside of the period. Raises NotADate."""
	if paid_on is None:
		return False
	day = as_date(paid_on)
	return bool((terms.first and day < terms.first) or (terms.last and day > terms.last))


def is_before_decision(paid_on: datetime.date | None, terms: Terms) -> bool:
	"""Whether a day of payment is before the first day on which spending counts. Raises NotADate."""
	return bool(paid_on is not None and terms.counts_from and as_date(paid_on) < terms.counts_from)


def barring(findings: Iterable[Finding], accepted: bool) -> list[Finding]:
	"""The findings that exclude recognition; `accepted`: the office has accepted the expense as it is."""
	codes = NEVER_RECOGNISED if accepted else (*NEVER_RECOGNISED, *NEEDS_ACCEPTANCE)
	return [finding for finding in findings if finding.code in codes]


def lacks_voucher(receipt: Receipt, terms: Terms) -> bool:
	"""Whether a voucher is asked for and missing."""
	return terms.voucher_required and not receipt.has_voucher and receipt.amount > terms.voucher_above


def is_addressed_to(addressee: str | None, names: Iterable[str]) -> bool:
	"""Whether a voucher is made out to one of the names, regardless of legal form, spaces and honorifics.

	A title or a person's name may follow after a space.
	"""
	chunks = (addressee or "").split()
	heads = {name_key(_without_honorific("".join(chunks[:count]))) for count in range(1, len(chunks) + 1)}
	return bool(heads & {name_key(name) for name in names} - {""})


def is_specific(description: str | None) -> bool:
	"""Whether a description says what was bought, unlike 品代."""
	return search_key(description).strip("　 ()（）・.。、") not in {"", *VAGUE_DESCRIPTIONS}


def _addressee_findings(receipt: Receipt, terms: Terms) -> list[Finding]:
	if not terms.addressees:
		return []
	written = (receipt.addressee or "").strip()
	if not written:
		return [Finding(NO_ADDRESSEE)]
	if search_key(written) in ANONYMOUS_ADDRESSEES or not is_addressed_to(written, terms.addressees):
		return [Finding(ADDRESSEE, (written, "、".join(terms.addressees)))]
	return []


def _without_honorific(addressee: str | None) -> str:
	text = (addressee or "").strip()
	for honorific in _HONORIFICS:
		text = text.removesuffix(honorific).strip()
	return text
