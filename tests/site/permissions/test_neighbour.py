"""Another app on the same site is not affected: its functions, its DocTypes, and Frappe's functions for them."""

import json
import sys
from contextlib import contextmanager
from pathlib import Path

import frappe
import pytest

from kyodo_frappe.demo.clients import Refused

NOTE, MODULE, APP = "Neighbour Note", "Neighbour", "kyodo_neighbour"


@pytest.fixture(scope="module")
def town_with_neighbour(rest_town):
	"""The town of this file on a site where another app is installed."""
	with pytest.MonkeyPatch.context() as patch:
		patch.syspath_prepend(str(Path(__file__).parents[2] / "neighbour"))
		with neighbour_app():
			yield rest_town


@contextmanager
def neighbour_app():
	"""Install another app whose DocType links to an organisation of ours."""
	before = frappe.db.get_global("installed_apps")
	frappe.db.set_global("installed_apps", json.dumps([*json.loads(before), APP]))
	frappe.get_doc({"doctype": "Module Def", "module_name": MODULE, "app_name": APP, "custom": 1}).insert()
	fields = [
		{"fieldname": "said", "fieldtype": "Data", "label": "Said"},
		{"fieldname": "organisation", "fieldtype": "Link", "options": "Kyodo Organisation", "label": "Organisation"},
	]
	permissions = [{"role": "All", "read": 1, "write": 1, "create": 1, "share": 1}, {"role": "Guest", "read": 1}]
	frappe.get_doc(
		{"doctype": "DocType", "name": NOTE, "module": MODULE, "custom": 1, "fields": fields, "permissions": permissions}
	).insert()
	frappe.db.commit()
	frappe.clear_cache()
	yield
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.delete_doc("DocType", NOTE, force=True, ignore_permissions=True)
	frappe.delete_doc("Module Def", MODULE, force=True, ignore_permissions=True)
	frappe.db.set_global("installed_apps", before)
	frappe.db.commit()
	frappe.clear_cache()
	for name in [name for name in sys.modules if name.startswith(APP)]:
		del sys.modules[name]


@pytest.fixture
def neighbour(town_with_neighbour):
	"""Return (town, name of a note of the other app)."""
	values = {"doctype": NOTE, "said": "となりの記録", "organisation": town_with_neighbour.other_organisation}
	note = frappe.get_doc(values).insert()
	frappe.db.commit()
	yield town_with_neighbour, note.name
	frappe.db.rollback()
	frappe.db.delete(NOTE)  # those that a test adds as well; the table outlives its DocType
	frappe.db.commit()


def test_functions_of_another_app_are_not_checked(neighbour):
	town, _note = neighbour
	for person in (town.representative, town.officer):
		client = town.over_rest(person)
		assert client.call(f"{APP}.api.answer", doctype=NOTE) == f"for {client.user} about {NOTE}"


def test_frappe_functions_work_for_records_of_another_app(neighbour):
	town, note = neighbour
	client = town.over_rest(town.representative)
	assert [row["name"] for row in client.list(NOTE, ["name", "said"])] == [note]
	assert client.insert({"doctype": NOTE, "said": "新しい記録"})["said"] == "新しい記録"
	assert client.call("frappe.desk.reportview.get", doctype=NOTE, fields='["name"]', filters="[]")
	assert client.call("frappe.client.get_count", doctype=NOTE, filters="{}") == 2
	assert client.call("frappe.client.has_permission", doctype=NOTE, docname=note)["has_permission"]


def test_another_app_does_not_open_our_records(neighbour):
	"""Neither a link to an organisation nor naming DocTypes of both apps in one request opens our records."""
	town, _note = neighbour
	frappe.db.set_value("Kyodo Organisation", town.other_organisation, "phone", "0467-99-0000", update_modified=False)
	frappe.db.commit()
	client = town.over_rest(town.representative)
	for act in (
		lambda: client.list(NOTE, ["name", "organisation.phone"]),
		lambda: client.list(NOTE, ["name"], filters=json.dumps([["organisation.phone", "like", "0467%"]])),
		lambda: client.call("frappe.desk.reportview.get", doctype=NOTE, fields='["organisation.phone"]', filters="[]"),
		lambda: client.call("frappe.desk.reportview.get", doctype="Kyodo Meeting", fields='["name"]', filters="[]", reference_doctype=NOTE),
		lambda: client.call(
			"frappe.core.doctype.user.user.user_query",
			doctype="User",
			txt="",
			searchfield="name",
			start=0,
			page_len=9,
			filters="{}",
			x=NOTE,
		),
	):
		with pytest.raises(Refused) as caught:
			act()
		assert caught.value.status == 403, caught.value
