"""Refusals of the rules, and what rules may import: design.md §2 "the house"."""

import ast
import importlib
import pickle
import re
import sys
from pathlib import Path

import pytest

from kyodo_frappe.rules import errors, gaps

RULES = Path(errors.__file__).parent
MODULES = sorted(RULES.glob("*.py"))
for module in MODULES:  # so that every refusal is known
	importlib.import_module(f"kyodo_frappe.rules.{module.stem}")


def refusals():
	waiting, found = [errors.RuleError], []
	while waiting:
		kind = waiting.pop()
		found.append(kind)
		waiting.extend(kind.__subclasses__())
	return found[1:]


def test_every_refusal_has_a_unique_sentence():
	kinds = refusals()
	assert len(kinds) > 30
	sentences = [kind.source for kind in kinds]
	assert len(set(sentences)) == len(sentences)
	for kind in kinds:
		assert issubclass(kind, ValueError)
		assert kind.source[0] in "“{" or kind.source[0].isupper()
		assert kind.source.endswith(".") or kind.source.endswith("no rounding.")


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_refusal_keeps_source_and_values_separate(kind):
	count = len(set(re.findall(r"{(\d)}", kind.source)))
	values = tuple(f"value{n}" for n in range(max([count, *(int(n) + 1 for n in re.findall(r"{(\d)}", kind.source))])))
	refusal = kind(*values)
	assert refusal.args_ == values
	assert str(refusal) == kind.source.format(*values)
	again = pickle.loads(pickle.dumps(refusal))
	assert type(again) is kind and again.args_ == values and str(again) == str(refusal)


def test_value_with_braces_is_inserted_verbatim():
	assert "{0}" in str(gaps.UnknownItem("{0} {x}"))


def raised_names(module: Path) -> set[str]:
	tree = ast.parse(module.read_text())
	return {node.exc.func.id for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_rules_raise_only_subclasses_of_rule_error(module):
	assert raised_names(module) <= {kind.__name__ for kind in refusals()}


def test_every_refusal_is_raised_somewhere():
	assert {kind.__name__ for kind in refusals() if kind.__module__.startswith("kyodo_frappe")} == set().union(*map(raised_names, MODULES))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_rules_import_only_rules_and_named_packages(module):
	allowed = set(sys.stdlib_module_names) | {"jpholiday", "japanera", "stdnum"}
	for node in ast.walk(ast.parse(module.read_text())):
		if isinstance(node, ast.Import):
			assert {alias.name.split(".")[0] for alias in node.names} <= allowed
		elif isinstance(node, ast.ImportFrom):
			assert node.level == 1 or (node.level == 0 and node.module.split(".")[0] in allowed)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_rules_do_not_read_clock_or_environment(module):
	calls = {node.attr for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Attribute)}
	assert not calls & {"today", "now", "utcnow", "time_ns", "environ"}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_public_names_have_docstrings(module):
	tree = ast.parse(module.read_text())
	assert ast.get_docstring(tree)
	for node in tree.body:
		if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
			# a refusal is explained by its sentence
			explained = ast.get_docstring(node) or any(
				isinstance(line, ast.Assign) and line.targets[0].id == "source" for line in node.body
			)
			assert explained, node.name
