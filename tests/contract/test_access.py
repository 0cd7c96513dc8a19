"""permissions/access.json is whole, fits the role matrix, and the administrators' guide says the same."""

import csv
import json
from functools import cache
from pathlib import Path

import pytest

from kyodo_frappe.permissions import access

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDE = CHECKOUT / "docs" / "administrators.md"
BEGIN, END = "<!-- access: begin -->\n", "\n<!-- access: end -->"

# rights that Frappe asks for an action of the workflow, or for fields that the table does not ask for
BESIDE = {
	"Kyodo Letter": [("Kyodo Manager", "write"), ("Kyodo Section Officer", "write")],
	"Kyodo Meeting": [("Kyodo Committee Member", "write")],
	"Kyodo Payment Request": [("Kyodo Organisation Member", "write")],
	"Kyodo Plan Change": [("Kyodo Officer", "write")],
	"Kyodo Project": [("Kyodo Manager", "write")],
	"Kyodo Report": [("Kyodo Officer", "write")],
}


@cache
def doctypes() -> dict[str, dict]:
	files = (CHECKOUT / "kyodo_frappe" / "kyodo_frappe" / "doctype").glob("*/kyodo_*.json")
	found = [json.loads(path.read_text(encoding="utf-8")) for path in files]
	return {record["name"]: record for record in found if not record.get("istable")}


def roles() -> set[str]:
	return {person["role"] for person in access.table()["people"].values() if person["role"]}


def cells():
	for doctype, standings in access.table()["records"].items():
		for standing, row in standings.items():
			for act in access.ACTS:
				yield doctype, standing, act, row.get(act, "")


def test_every_doctype_and_every_role_is_there():
	assert set(access.table()["records"]) == set(doctypes())
	granted = {role.partition("@")[0] for rights in access.matrix().values() for role in rights} - {"System Manager"}
	assert roles() == granted


def test_cells_name_people_and_groups_that_are_declared():
	for doctype, standing, act, who in cells():
		assert access.people(who) <= set(access.table()["people"]), (doctype, standing, act)
		assert act in ("create", "read") or access.people(who) <= access.people(access.table()["records"][doctype][standing]["read"]), (
			doctype,
			standing,
			act,
		)


@pytest.mark.parametrize("doctype", sorted(access.matrix()))
def test_what_the_matrix_grants_a_role_is_said_of_some_record(doctype):
	for role in roles():
		for act in ("read", "write", "create", "delete"):
			if act in access.matrix()[doctype].get(role, "").split() and (role, act) not in BESIDE.get(doctype, ()):
				told = (access.allowed(act, doctype, standing) for standing in access.table()["records"][doctype])
				who = {person for found in told for person in found}
				assert any(role in access.roles(person) for person in who), (role, act)


def test_nobody_without_a_role_and_no_guest_is_named():
	for doctype, standing, act, who in cells():
		assert not {"no role", "guest"} & access.people(who), (doctype, standing, act)


def test_fields_of_the_portal_are_fields_that_can_be_written():
	for doctype in access.table()["over_rest"]:
		known = {field["fieldname"]: field for field in doctypes()[doctype]["fields"]}
		names = access.over_rest(doctype)
		assert names <= set(known) and not any(known[name].get("read_only") for name in names), doctype


def test_the_guide_says_what_is_declared():
	with (CHECKOUT / "kyodo_frappe" / "translations" / "ja.csv").open(encoding="utf-8", newline="") as file:
		labels = {row[0]: row[1] for row in csv.reader(file) if len(row) == 2}
	told = GUIDE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
	assert told == access.as_markdown(lambda doctype: labels[doctype]), "bench --site <site> kyodo access prints the table"
