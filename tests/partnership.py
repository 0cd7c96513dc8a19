"""What tests of a project under way share: its records as its people write them, and refusals that say why."""

import frappe
import pytest
from frappe.utils import nowdate

NOTE, EXPENSE, CHANGE, PROJECT = "Kyodo Progress Note", "Kyodo Expense", "Kyodo Plan Change", "Kyodo Project"
RUNNING = "kyodo_frappe.partnership.notes."
EXPENSES = "kyodo_frappe.partnership.expenses."
CHANGES = "kyodo_frappe.partnership.plan_changes."


def refused(act, *args, says="", exc=(frappe.PermissionError, frappe.ValidationError), **kwargs) -> str:
	"""The message with which the site refuses an act by raising `exc`; the act is rolled back."""
	frappe.db.savepoint("attack")
	with pytest.raises(exc) as error:
		act(*args, **kwargs)
	frappe.db.rollback(save_point="attack")
	assert says in str(error.value), error.value
	return str(error.value)


def note(client, project, **more) -> str:
	given = {"kind": "Talk", "subject": "第1回打合せ", "note": "開催場所を公民館に決めた。", **more}
	return client.insert({"doctype": NOTE, "project": project, **given})["name"]


def voucher(client, project, **more) -> str:
	given = {
		"paid_on": nowdate(),
		"amount": 9000,
		"category": "Consumables",
		"description": "食材（11月分）",
		"payee": "大船青果",
		"addressee": "みんなの食卓の会",
	}
	return client.insert({"doctype": EXPENSE, "project": project, **given, **more})["name"]


def line_of(project: str, description: str) -> str:
	"""The name of a row of a project's expenses."""
	return frappe.db.get_value("Kyodo Expense Line", {"parent": project, "description": description})
