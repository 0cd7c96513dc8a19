"""What the scheduler does to many records: one that fails keeps no other from its turn."""

from collections.abc import Callable, Iterable

import frappe


def for_each(doctype: str, names: Iterable[str], act: Callable[[str], object]) -> list[str]:
	"""Do something to each record; returns those for which it answered something. A failure is undone and noted."""
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
