"""What the rules say when they refuse.

Every refusal is a `RuleError` (a `ValueError`) with `source`, an English sentence with numbered
placeholders that never changes between calls, and `args_`, what goes into them. The Frappe layer
shows `_(error.source).format(*error.args_)`; `messages()` lists every sentence a translation needs.
"""

from __future__ import annotations


class RuleError(ValueError):
	"""A rule refuses. `source`: English sentence with {0} placeholders; `args_`: their values."""

	source: str = "This is not possible."

	def __init__(self, *args_: object) -> None:
		self.args_ = args_
		super().__init__(self.source.format(*args_))

	def __reduce__(self):
		# BaseException would rebuild from the finished sentence, which has no placeholders left.
		return (type(self), self.args_)


def messages() -> list[str]:
	"""Every sentence the rules can say (refusals, quorum reasons, conflict reasons), sorted, once each."""
	from . import (  # noqa: F401
		calendar,
		canonical,
		clock,
		colours,
		conflicts,
		deadlines,
		era,
		gaps,
		matching,
		meeting_plan,
		minutes,
		organisation_rows,
		places,
		programme_year,
		quorum,
		ranking,
		receipts,
		scoring,
		settlement,
		sheets,
		surveys,
		textdiff,
	)

	found = set(quorum.REASONS) | set(conflicts.REASONS.values()) | set(receipts.SENTENCES.values())
	found |= set(matching.SENTENCES.values()) | set(surveys.SENTENCES.values())
	waiting = [RuleError]
	while waiting:
		kind = waiting.pop()
		found.add(kind.source)
		waiting.extend(kind.__subclasses__())
	return sorted(found)
