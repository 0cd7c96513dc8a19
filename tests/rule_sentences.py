"""All sentences of `rules/` that need a translation."""

import importlib
from pathlib import Path

from kyodo_frappe.rules import conflicts, errors, matching, quorum, receipts, surveys

for module in Path(errors.__file__).parent.glob("*.py"):  # load every subclass of RuleError
	importlib.import_module(f"kyodo_frappe.rules.{module.stem}")


def messages() -> list[str]:
	"""Return all sentences (refusals, reasons about quorum and conflicts, and others), sorted, without repetition."""
	found = set(quorum.REASONS) | set(conflicts.REASONS.values()) | set(receipts.SENTENCES.values())
	found |= set(matching.SENTENCES.values()) | set(surveys.SENTENCES.values())
	waiting = [errors.RuleError]
	while waiting:
		kind = waiting.pop()
		found.add(kind.source)
		waiting.extend(kind.__subclasses__())
	return sorted(found)
