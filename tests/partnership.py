"""Helpers for tests of running projects: records as their users write them, and refused calls."""

import frappe
import pytest
from frappe.utils import nowdate

NOTE, EXPENSE, CHANGE, PROJECT = "Kyodo Progress Note", "Kyodo Expense", "Kyodo Plan Change", "Kyodo Project"
RUNNING = "kyodo_frappe.partnership.notes."
EXPENSES = "kyodo_frappe.partnership.expenses."
CHANGES = "kyodo_frappe.partnership.plan_changes."


def refused(act, *args, says="", **kwargs) -> str:
	"""Call `act`, roll it back, and return the message with which it is refused."""
	frappe.db.savepoint("attack")
	with pytest.raises((frappe.PermissionError, frappe.ValidationError)) as told:
		act(*args, **kwargs)
	frappe.db.rollback(save_point="attack")
	assert says in str(told.value), told.value
	return str(told.value)


def note(door, project, **more) -> str:
	"""Write a progress note and return its name."""
	given = {"kind": "Talk", "subject": "第1回打合せ", "note": "開催場所を公民館に決めた。", **more}
	return door.insert({"doctype": NOTE, "project": project, **given})["name"]


def voucher(door, project, **more) -> str:
	"""Record a voucher and return the name of the Kyodo Expense."""
	given = {
		"paid_on": nowdate(),
		"amount": 9000,
		"category": "Consumables",
		"description": "食材（11月分）",
		"payee": "大船青果",
		"addressee": "みんなの食卓の会",
	}
	return door.insert({"doctype": EXPENSE, "project": project, **given, **more})["name"]


def line_of(project: str, description: str) -> str:
	"""Return the name of a project's expense line with this description."""
	return frappe.db.get_value("Kyodo Expense Line", {"parent": project, "description": description})
