import frappe
import pytest
from import_lists import attach

from kyodo_frappe.organisations.import_list import DOCTYPE


@pytest.fixture
def begin(town, monkeypatch):
	"""A function: an import of a list, made by the officer; jobs are run by the tests themselves."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)  # what a test does is rolled back
	# so would be the run's own, which begins anew after each refusal
	monkeypatch.setattr(frappe.db, "rollback", lambda **kwargs: None)
	monkeypatch.setattr(frappe, "enqueue", lambda *args, **kwargs: None)

	def make(content: bytes, filename: str = "一覧.csv", **more) -> str:
		with town.officer:
			doc = frappe.get_doc({"doctype": DOCTYPE, "programme": town.programme, **more}).insert()
			attach(doc, content, filename)
		return doc.name

	yield make
	monkeypatch.undo()
