"""docs/rules.md: every rule of real cities (domain.md §7) has fields where a clerk sets it and a test that it holds."""

import ast
import csv
import json
import re
from functools import cache
from pathlib import Path

import pytest
from trees import tree

CHECKOUT = Path(__file__).resolve().parents[2]
FIELD = re.compile(r"([^「」、|]+)「([^」]+)」")
LEAST_ROWS = 25


@cache
def japanese() -> dict[str, str]:
	with open(CHECKOUT / "kyodo_frappe/translations/ja.csv", encoding="utf-8", newline="") as file:
		return {row[0]: row[1] for row in reversed([*csv.reader(file)])}


@cache
def labels() -> dict[str, set[str]]:
	"""{Japanese name of a DocType: Japanese labels of its fields}"""
	word = lambda text: japanese().get(text, text)
	paths = (CHECKOUT / "kyodo_frappe/kyodo_frappe/doctype").glob("*/*.json")
	docs = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
	return {word(doc["name"]): {word(field["label"]) for field in doc["fields"] if field.get("label")} for doc in docs}


def rows() -> list[tuple[str, str, str]]:
	"""[(rule, where, test)]"""
	lines = (CHECKOUT / "docs/rules.md").read_text(encoding="utf-8").splitlines()
	cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
	return [tuple(row) for row in cells if len(row) == 3 and row[0] != "決まり"]


def test_table_is_whole():
	assert len(rows()) >= LEAST_ROWS


@pytest.mark.parametrize(("rule", "where", "test"), rows())
def test_rule_has_its_fields_and_its_test(rule, where, test):
	named = FIELD.findall(where)
	assert named, rule
	assert not [f"{record}「{label}」" for record, label in named if label not in labels().get(record.strip(), ())]
	path, _, name = test.strip("`").partition("::")
	functions = {node.name for node in tree(CHECKOUT / path).body if isinstance(node, ast.FunctionDef)}
	assert name in functions, test
