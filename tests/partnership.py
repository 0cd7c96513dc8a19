"""Helpers for tests of running projects: their records as the two sides write them, and refusals."""

import frappe
import pytest
from frappe.utils import nowdate

NOTE, EXPENSE, CHANGE, PROJECT = "Kyodo Progress Note", "Kyodo Expense", "Kyodo Plan Change", "Kyodo Project"
NOTES = "kyodo_frappe.partnership.notes."
EXPENSES = "kyodo_frappe.partnership.expenses."
CHANGES = "kyodo_frappe.partnership.plan_changes."
# the account that a request for payment names
ACCOUNT = {
	"bank_name": "湘南銀行",
	"bank_branch": "大船支店",
	"account_type": "Ordinary Account",
	"account_number": "1234567",
	"account_holder": "ミンナノショクタクノカイ",
}


REFUSALS = (frappe.PermissionError, frappe.ValidationError)


def refused(act, *args, exc: type[Exception] | tuple[type[Exception], ...] = REFUSALS, says: str = "", **kwargs) -> str:
	"""The sentence of the refusal, which is an `exc` and contains `says`; the attempt is rolled back."""
	frappe.db.savepoint("attack")
	with pytest.raises(exc) as refusal:
		act(*args, **kwargs)
	frappe.db.rollback(save_point="attack")
	assert says in str(refusal.value), refusal.value
	return str(refusal.value)


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
