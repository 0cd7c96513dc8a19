"""Scheduled work on many records, where one failure does not stop the others."""

from collections.abc import Callable, Iterable

import frappe


def for_each(doctype: str, names: Iterable[str], act: Callable[[str], object]) -> list[str]:
	"""Call `act` with each name and return the names for which its result is true. A failure is rolled back and logged."""
	done = []
	for name in names:
		frappe.db.savepoint("kyodo_daily")
		try:
			if act(name):
				done.append(name)
		except Exception:
			frappe.db.rollback(save_point="kyodo_daily")
			frappe.log_error(title=f"Daily work on {name} failed", reference_doctype=doctype, reference_name=name)
	return done
