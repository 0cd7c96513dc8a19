"""Rates were percentages and become what people write: 80, 66.7, 3分の2. No rate was 0, and is empty. What binds anew is added to
the kept versions of the rules as it was meant until now: neither asked for nor limited."""

import json

import frappe
from frappe.utils import flt

from kyodo_frappe.common.stored_values import plain, state_of
from kyodo_frappe.programme import presets, versions
from kyodo_frappe.rules.rates import BadRate, rate_text, read_rate

HOLDERS = ("Kyodo Call", "Kyodo Call Plan", "Kyodo Project")
BOUND = ("change_threshold_category", "change_threshold_amount", "voucher_above")


def execute():
	plans = {row.name: _plan_as_percentages(row.name) for row in _programmes_of_presets()}
	for doctype in HOLDERS:
		for row in frappe.get_all(doctype, {"rate": ["is", "set"]}, ["name", "rate"], order_by="name"):
			if (rate := _as_written(row.rate)) != row.rate:
				frappe.db.set_value(doctype, row.name, "rate", rate, update_modified=False)
	for row in _programmes_of_presets():
		frappe.clear_document_cache("Kyodo Programme", row.name)
		presets.rename_mark(row.preset, row.name, "call_plan", plans[row.name], "call_plan")
	for version in frappe.get_all(versions.VERSION, fields=["name", "rules"], order_by="name"):
		rules = json.loads(version.rules)
		versions.rewrite(version.name, {**dict.fromkeys(BOUND, 0), versions.NOT_ELIGIBLE: [], **rules})


def _programmes_of_presets() -> list[dict]:
	return frappe.get_all("Kyodo Programme", {"preset": ["is", "set"]}, ["name", "preset"], order_by="name")


def _plan_as_percentages(programme: str) -> list[dict]:
	"""The plan of calls as its state was when rates were percentages, so that one that the city has not changed is known."""
	rows = state_of(frappe.get_doc("Kyodo Programme", programme), "call_plan")
	return [{column: value for column, value in {**row, "rate": plain(flt(row.get("rate")))}.items() if value != ""} for row in rows]


def _as_written(rate: str) -> str | None:
	try:
		return rate_text(read_rate(rate))
	except BadRate:
		return None  # 0, and what the settlement took for none as well
