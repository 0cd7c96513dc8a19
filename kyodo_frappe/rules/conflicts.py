"""Conflicts of interest found in the data.

Sources: domain.md §4 (members with an interest do not take part in an item), §6 (found from the data, not
only declared); design.md §3 ("Nobody decides about their own").
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .rows import get_value, split_names

# code → sentence, with {0} for the subject of the Reason
REASONS = {
	"member_of_organisation": "Belongs to {0}, which proposes this.",
	"wrote_it": "Took part in writing this.",
	"own_section": "Belongs to the section in charge, {0}.",
	"same_name": "Has the same name as {0}, who represents the organisation.",
	"declared": "Declared an interest: {0}.",
}


@dataclass(frozen=True)
class Reason:
	"""`code`: a key of REASONS; `subject`: the organisation, section or user concerned, as typed."""

	code: str
	subject: str

	@property
	def source(self) -> str:
		"""The English sentence, with {0} for the subject."""
		return REASONS[self.code]


def conflicts(member: Any, item: Any) -> list[Reason]:
	"""Why a member must be recused from an item; an empty list if the data show no reason.

	`member`: {"user", "name" (of the person), "organisations": […], "sections": […], "relations": [users, organisations,
	sections or items declared]}. `item`: {"organisations": […], "section", "written_by": [users], "members": [users of those
	organisations], "representatives": [names of persons], "name"}. All are optional. Users and names match regardless of case
	and width, names of persons regardless of spaces, too; since two people can share a name, the chair can overrule that.

	Reasons are in the order of REASONS, each subject once per code.
	"""
	belongs = _belongs(member, item)
	return [
		*belongs,
		*_wrote_it(member, item),
		*_of_section(member, item),
		*([] if belongs else _same_name(member, item)),
		*_declared(member, item),
	]


def _belongs(member: Any, item: Any) -> list[Reason]:
	organisations = split_names(get_value(item, "organisations"))
	if shared := _shared(organisations, split_names(get_value(member, "organisations"))):
		return [Reason("member_of_organisation", subject) for subject in shared]
	if _is_among(member, get_value(item, "members")):
		return [Reason("member_of_organisation", ", ".join(organisations))]
	return []


def _wrote_it(member: Any, item: Any) -> list[Reason]:
	return [Reason("wrote_it", str(get_value(member, "user")))] if _is_among(member, get_value(item, "written_by")) else []


def _of_section(member: Any, item: Any) -> list[Reason]:
	section = get_value(item, "section")
	return [Reason("own_section", subject) for subject in _shared([section] if section else [], split_names(get_value(member, "sections")))]


def _same_name(member: Any, item: Any) -> list[Reason]:
	person = _person(get_value(member, "name"))
	heads = dict.fromkeys(split_names(get_value(item, "representatives")))
	return [Reason("same_name", head) for head in heads if person and _person(head) == person]


def _declared(member: Any, item: Any) -> list[Reason]:
	subjects = [subject for field in ("organisations", "written_by", "members") for subject in split_names(get_value(item, field))]
	subjects += [subject for field in ("section", "name") if (subject := get_value(item, field))]
	return [Reason("declared", subject) for subject in _shared(subjects, split_names(get_value(member, "relations")))]


def _is_among(member: Any, users: Any) -> bool:
	user = _key(get_value(member, "user"))
	return bool(user) and user in map(_key, split_names(users))


def _shared(these: Iterable[str], those: Iterable[str]) -> list[str]:
	keys = {_key(other) for other in those}
	return list({_key(one): one for one in reversed(list(these)) if _key(one) in keys}.values())[::-1]


def _person(name: Any) -> str:
	return "".join(_key(name).split())


def _key(name: Any) -> str:
	return "" if name is None else unicodedata.normalize("NFKC", str(name)).casefold().strip()
