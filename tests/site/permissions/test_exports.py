"""Exports of the desk: texts never become formulas, numbers stay numbers."""

import csv
import io
import json

import frappe
import pytest
from openpyxl import load_workbook

from kyodo_frappe.permissions import exports

FORMULA = '=HYPERLINK("http://example.org","x")'


@pytest.fixture
def export(town):
	name = town.draft(requested_amount=300000)
	frappe.db.set_value("Kyodo Proposal", name, "title", FORMULA)
	frappe.clear_document_cache("Kyodo Proposal", name)
	doc = frappe.get_doc("Kyodo Proposal", name)
	assert doc.title == FORMULA

	def made(function: str, **asked):
		frappe.local.form_dict = frappe._dict(asked)
		frappe.local.response = frappe._dict({"docs": []})
		frappe.get_attr(f"kyodo_frappe.permissions.exports.{function}")()
		return frappe.local.response

	yield made
	frappe.local.form_dict = frappe._dict()


def cells(response) -> list:
	content = response.get("filecontent") or response.get("result")
	if isinstance(content, bytes) and content[:2] == b"PK":
		sheet = load_workbook(io.BytesIO(content)).active
		return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
	if isinstance(content, str):
		content = content.encode()
	assert content.startswith(b"\xef\xbb\xbf"), "Excel reads a CSV without the mark as CP932"
	text = content.decode("utf-8-sig")
	return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


@pytest.mark.parametrize("kind", ["Excel", "CSV"])
def test_list_export_contains_no_formulas(export, kind):
	fields = ["`tabKyodo Proposal`.`title`", "`tabKyodo Proposal`.`requested_amount`"]
	asked = {"doctype": "Kyodo Proposal", "fields": json.dumps(fields), "file_format_type": kind, "view": "Report"}
	asked |= {"filters": "[]", "order_by": "`tabKyodo Proposal`.`creation` desc", "title": "x", "start": 0, "page_length": 50}
	found = cells(export("export_list", **asked))
	values = [getattr(cell, "value", cell) for cell in found]
	assert f"'{FORMULA}" in values and FORMULA not in values
	if kind == "Excel":
		assert not [cell for cell in found if cell.data_type == "f"]
		assert 300000 in values
	else:
		assert any(value.startswith("300000") for value in values)


def test_data_export_contains_no_formulas(export):
	asked = {"doctype": "Kyodo Proposal", "select_columns": json.dumps({"Kyodo Proposal": ["name", "title"]}), "with_data": 1}
	asked |= {"file_type": "CSV", "template": 0, "filters": "[]", "all_doctypes": 0}
	values = cells(export("export_data", **asked))
	assert any(value.startswith("'=HYPERLINK") for value in values) and FORMULA not in values


NAMES = ("=1+1", "+検証", "-検証", "@cmd", "\t=1+1", "＝検証", "＋検証")


@pytest.mark.parametrize("kind", ["Excel", "CSV"])
def test_organisations_whose_names_begin_like_formulas_are_exported_neutral(export, town, kind):
	made = [frappe.get_doc({"doctype": "Kyodo Organisation", "organisation_name": "会"}).insert().name for _name in NAMES]
	for record, name in zip(made, NAMES):
		frappe.db.set_value("Kyodo Organisation", record, "organisation_name", name)
	asked = {"doctype": "Kyodo Organisation", "fields": json.dumps(["`tabKyodo Organisation`.`organisation_name`"])}
	asked |= {"file_format_type": kind, "view": "Report", "filters": json.dumps([["Kyodo Organisation", "name", "in", made]])}
	found = cells(export("export_list", **asked, title="x", start=0, page_length=50))
	values = [getattr(cell, "value", cell) for cell in found]
	assert {f"'{name}" for name in NAMES} <= set(values) and not set(NAMES) & set(values)


def test_template_for_import_begins_with_its_first_heading(export):
	asked = {"doctype": "Kyodo Organisation", "export_fields": json.dumps({"Kyodo Organisation": ["organisation_name"]})}
	content = export("export_template", **asked, file_type="CSV", export_records="blank_template")
	content = content.get("filecontent") or content.get("result")
	assert not (content.encode() if isinstance(content, str) else content).startswith(b"\xef\xbb\xbf")


def test_harmless_csv_keeps_numbers():
	text = "題名,金額\n=1+1,-5\n+81-3,1.5\n@x,－3\n団体,12\n"
	rows = list(csv.reader(io.StringIO(exports.neutralise_csv(text))))
	assert rows[1] == ["'=1+1", "-5"] and rows[2][0] == "'+81-3" and rows[3][0] == "'@x" and rows[4] == ["団体", "12"]


def test_exports_of_other_apps_are_unchanged(monkeypatch):
	"""Only DocTypes of this app are post-processed."""
	assert not "User".startswith(exports.OURS)
