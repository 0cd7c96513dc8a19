"""領収書: what is wrong with a voucher.

Sources: domain.md §4 "精算" (支払が事業の期間内か, 団体あての領収書か, 「品代」「上様」は不可, 対象外経費, 費目ごとの上限).
A finding never keeps anybody from recording what was paid; it says what keeps it from being recognised.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from .era import as_date
from .textkeys import name_key, search_key

OUTSIDE = "outside"
NOT_ELIGIBLE = "not_eligible"
ADDRESSEE = "addressee"
NO_ADDRESSEE = "no_addressee"
NO_VOUCHER = "no_voucher"
NO_DESCRIPTION = "no_description"
DUPLICATE = "duplicate"

SENTENCES = {
	OUTSIDE: "It was paid outside the period of the project ({0} to {1}).",
	NOT_ELIGIBLE: "Expenses of this category ({0}) are not eligible in this programme.",
	ADDRESSEE: "The voucher is addressed to “{0}”, not to one of: {1}.",
	NO_ADDRESSEE: "It is not said whom the voucher is addressed to.",
	NO_VOUCHER: "No voucher is attached.",
	NO_DESCRIPTION: "It does not say what was bought (“{0}”).",
	DUPLICATE: "The same amount was paid to the same payee on the same day in {0}: perhaps recorded twice.",
}
# what no office can recognise, what it can after a look, and what is only to be mended
NEVER = (OUTSIDE, NOT_ELIGIBLE)
UNLESS_ACCEPTED = (ADDRESSEE, NO_VOUCHER, DUPLICATE)
NOBODY = {search_key(word) for word in ("上様", "上", "うえさま", "お客様", "御客様", "無記名")}
NOTHING_SAID = {
	search_key(word)
	for word in ("品代", "お品代", "御品代", "品代として", "お品代として", "御品代として", "商品代", "雑費", "その他", "但", "代金", "一式")
}
_HONORIFICS = ("御中", "様", "殿", "さま")


@dataclass(frozen=True)
class Receipt:
	"""What a voucher says. amount in yen; payee, addressee, description as written; category: 費目."""

	amount: float
	paid_on: datetime.date | None
	category: str = ""
	description: str | None = ""
	payee: str | None = ""
	addressee: str | None = ""
	has_voucher: bool = True


@dataclass(frozen=True)
class Terms:
	"""What it is held against. first, last: the project's period, None where it is open; addressees: names it may be made
	out to; not_eligible: 対象外 categories."""

	first: datetime.date | None = None
	last: datetime.date | None = None
	addressees: tuple[str, ...] = ()
	not_eligible: frozenset[str] = frozenset()
	voucher_required: bool = True


@dataclass(frozen=True)
class Finding:
	"""code: one of SENTENCES; values: what goes into its sentence."""

	code: str
	values: tuple = ()


def findings(receipt: Receipt, terms: Terms, twins: Iterable[str] = ()) -> list[Finding]:
	"""Everything that is wrong with a voucher, the gravest first. twins: names of records with the same amount, payee
	and day. Raises NotADate."""
	found = []
	if outside(receipt.paid_on, terms):
		found.append(Finding(OUTSIDE, (terms.first, terms.last)))
	if receipt.category in terms.not_eligible:
		found.append(Finding(NOT_ELIGIBLE, (receipt.category,)))
	found += _of_addressee(receipt, terms)
	found += [Finding(DUPLICATE, (twin,)) for twin in twins]
	if terms.voucher_required and not receipt.has_voucher:
		found.append(Finding(NO_VOUCHER))
	if not says_something(receipt.description):
		found.append(Finding(NO_DESCRIPTION, (receipt.description or "",)))
	return found


def outside(paid_on: datetime.date | None, terms: Terms) -> bool:
	"""Whether a day of payment lies outside the period. Raises NotADate."""
	if paid_on is None:
		return False
	day = as_date(paid_on)
	return bool((terms.first and day < terms.first) or (terms.last and day > terms.last))


def addressed_to(addressee: str | None, names: Iterable[str]) -> bool:
	"""Whether a voucher is made out to one of these names, however the legal form, spaces and honorifics are written; a
	title or a person's name may follow behind a space."""
	chunks = (addressee or "").split()
	heads = {name_key(_bare("".join(chunks[:count]))) for count in range(1, len(chunks) + 1)}
	return bool(heads & {name_key(name) for name in names} - {""})


def says_something(description: str | None) -> bool:
	"""Whether a description says what was bought: 品代 and the like do not."""
	return search_key(description).strip("　 ()（）・.。、") not in {"", *NOTHING_SAID}


def _of_addressee(receipt: Receipt, terms: Terms) -> list[Finding]:
	if not terms.addressees:
		return []
	written = (receipt.addressee or "").strip()
	if not written:
		return [Finding(NO_ADDRESSEE)]
	if search_key(written) in NOBODY or not addressed_to(written, terms.addressees):
		return [Finding(ADDRESSEE, (written, "、".join(terms.addressees)))]
	return []


def _bare(addressee: str | None) -> str:
	text = (addressee or "").strip()
	for honorific in _HONORIFICS:
		text = text.removesuffix(honorific).strip()
	return text
