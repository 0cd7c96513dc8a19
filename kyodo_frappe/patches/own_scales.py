"""How members mark and how their marks make a result is a rule now that binds: kept versions get what held until now, score sheets in
both steps and results out of 100."""

import json

import frappe

from kyodo_frappe.programme import versions

UNTIL_NOW = {
	"marked_steps": "Every Step",
	"counted_as": "Out of 100",
	"pass_mark_percent": 0,
	"criterion_comments": "Optional",
	"further_marks": [],
}


def execute():
	for field, value in UNTIL_NOW.items():
		if isinstance(value, str):
			frappe.db.set_value(versions.PROGRAMME, {field: ["is", "not set"]}, field, value, update_modified=False)
	for version in frappe.get_all(versions.VERSION, fields=["name", "rules"], order_by="name"):
		versions.rewrite(version.name, {**UNTIL_NOW, **json.loads(version.rules)})
