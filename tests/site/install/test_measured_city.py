"""The large city of `./kyodo measure --size`: every record is copied with all that belongs to it, and names what was copied with it."""

import importlib.util
from pathlib import Path

import frappe

from kyodo_frappe.permissions.record_rules import RECORD_RULES

FILE = Path(__file__).resolve().parents[3] / "host" / "inside" / "multiply.py"


def test_a_city_is_multiplied_with_all_that_belongs_to_it(town, monkeypatch):
	spec = importlib.util.spec_from_file_location("multiply", FILE)
	multiply = importlib.util.module_from_spec(spec)
	spec.loader.exec_module(multiply)
	# nothing of it stays: a temporary table ends no transaction
	monkeypatch.setattr(frappe.db, "commit", lambda: setattr(frappe.db, "transaction_writes", 0))
	finished, waiting = frappe.db.get_value("Kyodo Project", town.project(), "proposal"), town.submitted()
	before = frappe.db.count("Kyodo Proposal")
	frappe.db.commit()

	city = multiply.City(frappe, before + 3)
	city.multiply()

	assert frappe.db.count("Kyodo Proposal") >= before + 3
	assert frappe.db.exists("Kyodo Proposal", f"{finished}-1") and not frappe.db.exists("Kyodo Proposal", f"{waiting}-1")
	year = frappe.db.get_value("Kyodo Proposal", finished, "fiscal_year")
	copy = frappe.get_doc("Kyodo Proposal", f"{finished}-1")
	assert copy.fiscal_year == year - 1 and copy.organisation == f"{town.organisation}-1" and copy.programme == town.programme
	original = frappe.get_doc("Kyodo Proposal", finished)
	assert len(copy.schedule) == len(original.schedule) and len(copy.expenses) == len(original.expenses)
	decision = frappe.db.get_value("Kyodo Decision", {"proposal": finished, "docstatus": 1}, ["name", "agenda_item"], as_dict=True)
	copied = frappe.db.get_value("Kyodo Decision", f"{decision.name}-1", ["proposal", "agenda_item"], as_dict=True)
	assert copied == {"proposal": f"{finished}-1", "agenda_item": f"{decision.agenda_item}-1"}
	assert not dangling(city.doctypes)


def dangling(doctypes: list[str]) -> list[tuple]:
	"""[(DocType, field, a record)] that name a record of ours that is not there."""
	found = []
	for doctype in (one for one in doctypes if one in RECORD_RULES):
		for df in frappe.get_meta(doctype).get_link_fields():
			if df.options in RECORD_RULES:
				row, other = frappe.qb.DocType(doctype), frappe.qb.DocType(df.options).as_("other")
				missing = frappe.qb.from_(row).left_join(other).on(other.name == row[df.fieldname]).select(row.name)
				of_copies = row.name.like("%-1") & (row[df.fieldname] != "") & other.name.isnull()
				found += [(doctype, df.fieldname, name) for (name,) in missing.where(of_copies).run()]
	return found
