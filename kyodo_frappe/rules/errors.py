"""The base class of refusals by rules.

A refusal has `source`, an English sentence with numbered placeholders, and `args_`, their values. The Frappe layer shows
`_(error.source).format(*error.args_)`.
"""

from __future__ import annotations


class RuleError(ValueError):
	"""A refusal by a rule. `source`: English sentence with {0} placeholders; `args_`: their values."""

	source: str = "This is not possible."

	def __init__(self, *args_: object) -> None:
		self.args_ = args_
		super().__init__(self.source.format(*args_))

	def __reduce__(self):
		# BaseException would unpickle from the formatted sentence, which has no placeholders.
		return (type(self), self.args_)
