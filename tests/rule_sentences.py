"""Every sentence that the rules can say: what a translation needs."""

import importlib
from pathlib import Path

from kyodo_frappe.rules import conflicts, errors, matching, quorum, receipts, surveys

for module in Path(errors.__file__).parent.glob("*.py"):  # so that every refusal is known
	importlib.import_module(f"kyodo_frappe.rules.{module.stem}")


def messages() -> list[str]:
	"""Refusals, quorum reasons, conflict reasons and the like, sorted, once each."""
	found = set(quorum.REASONS) | set(conflicts.REASONS.values()) | set(receipts.SENTENCES.values())
	found |= set(matching.SENTENCES.values()) | set(surveys.SENTENCES.values())
	waiting = [errors.RuleError]
	while waiting:
		kind = waiting.pop()
		found.add(kind.source)
		waiting.extend(kind.__subclasses__())
	return sorted(found)
