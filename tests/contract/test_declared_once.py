"""What people read in Japanese is declared (translations, templates, presets, programme), not written into Python (design.md §1).

A string constant with kana or kanji is a sentence or a label that a city can neither change nor find. Docstrings and comments
are free; what is allowed besides stands here with its reason.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest
from trees import nodes

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
# kana and kanji; not 、。・ー and full-width signs, which join what is declared elsewhere
JAPANESE = re.compile("[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff]")
ALLOWED = {
	"demo/": "the demo city writes as citizens and clerks write",
	"rules/": "reads what people type (headings, eras, full-width signs) and writes days in the Japanese calendar",
	"patches/": "names what earlier versions wrote",
}


def modules() -> dict[str, Path]:
	found = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts}
	return {name: path for name, path in sorted(found.items()) if not name.startswith("doctype/")}  # a link to the real place


def japanese(module: tuple[ast.AST, ...]) -> list[tuple[int, str]]:
	"""(line, constant) of every Japanese string among a module's nodes that is no docstring."""
	free = {id(node.value) for node in module if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
	constants = (node for node in module if isinstance(node, ast.Constant) and isinstance(node.value, str))
	return sorted((node.lineno, node.value[:60]) for node in constants if id(node) not in free and JAPANESE.search(node.value))


def test_no_japanese_for_people_is_written_in_python():
	wrong = {name: found for name, path in modules().items() if not name.startswith(tuple(ALLOWED)) and (found := japanese(nodes(path)))}
	assert not wrong, "say it in English and in translations/ja.csv, or in a template: " + repr(wrong)


@pytest.mark.parametrize("place", sorted(ALLOWED))
def test_what_is_allowed_is_used(place):
	assert any(name.startswith(place) and japanese(nodes(path)) for name, path in modules().items())


def _nodes(source: str) -> tuple[ast.AST, ...]:
	return tuple(ast.walk(ast.parse(source)))


def test_the_search_finds_what_it_should():
	assert japanese(_nodes('"""説明"""\n\ndef f():\n\t"""説明"""\n\treturn f"{1}円、" + "、・ー"  # 説明\n')) == [(5, "円、")]


@cache
def parts_of_the_sheet() -> set[str]:
	rows = json.loads((PACKAGE / "programme" / "forms.json").read_text(encoding="utf-8"))["Proposal"]
	return {row["fieldname"] for row in rows if row["step"] == "Sheet"}


def lists(module: tuple[ast.AST, ...]) -> list[tuple[int, list[str]]]:
	"""(line, names) of every literal tuple, list, set, dict (its keys) and call (its keywords) that names two parts or more."""
	found = []
	for node in module:
		if isinstance(node, ast.Tuple | ast.List | ast.Set):
			named = node.elts
		elif isinstance(node, ast.Dict):
			named = node.keys
		else:
			named = [ast.Constant(keyword.arg) for keyword in node.keywords] if isinstance(node, ast.Call) else []
		names = [one.value for one in named if isinstance(one, ast.Constant) and one.value in parts_of_the_sheet()]
		if len(names) > 1:
			found.append((node.lineno, names))
	return sorted(found)


def test_no_second_list_of_the_forms_fields():
	"""What the sheet asks stands in programme/forms.json and in a programme's rows; Python reads it there (programme/form.py)."""
	free = ("demo/", "patches/")  # people who fill the form in; what earlier versions asked
	wrong = {name: found for name, path in modules().items() if not name.startswith(free) and (found := lists(nodes(path)))}
	assert not wrong, "read it from the declared form: " + repr(wrong)


def test_the_search_for_lists_finds_what_it_should():
	assert len(parts_of_the_sheet()) == 7
	for second in (
		'("purpose", "needs")',
		'["plan", "x", "profile"]',
		'{"continuity", "independence"}',
		'{"needs": 1, "plan": 2}',
		'dict(purpose="", plan="")',
	):
		assert lists(_nodes(f'"""purpose, needs"""\nx = {second}')), second
	assert not lists(_nodes('x = ("purpose", "title"), {"plan": "needs", **other}, f("profile", plan=1), "purpose needs"'))


def test_ids_of_the_citys_words_are_listed_once():
	"""No module but the vocabulary's own lists kinds of organisation or categories of cost."""
	from kyodo_frappe.common.vocabulary import COST, ORGANISATION_TYPE, standard

	allowed = {"rules/organisation_rows.py"}  # reads lists of other offices
	wrong = []
	for name, path in modules().items():
		if name in allowed or name.startswith("demo/"):
			continue
		constants = {node.value for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
		for doctype in (COST, ORGANISATION_TYPE):
			if len(constants & (set(standard()[doctype]) - {"Other"})) > 2:
				wrong.append((name, doctype))
	assert not wrong, wrong


def test_who_chooses_one_of_the_citys_words_is_asked():
	"""Every record whose fields or rows hold one goes through vocabulary.before_validate, or is the programme's rules."""
	from kyodo_frappe import hooks
	from kyodo_frappe.common.vocabulary import CHOSEN_IN, KINDS

	doctypes = {
		doc["name"]: doc
		for path in (PACKAGE / "kyodo_frappe" / "doctype").glob("*/*.json")
		for doc in [json.loads(path.read_text(encoding="utf-8"))]
	}
	holds = {
		name
		for name, doc in doctypes.items()
		if any(f["fieldtype"] == "Link" and f.get("options") in KINDS and not f.get("read_only") for f in doc["fields"])
	}
	parents = {
		name
		for name, doc in doctypes.items()
		if name in holds or any(f["fieldtype"] == "Table" and f["options"] in holds for f in doc["fields"])
	}
	records = {name for name in parents if not doctypes[name].get("istable")}
	assert records == set(CHOSEN_IN) | {"Kyodo Programme"}
	for name in CHOSEN_IN:
		assert "kyodo_frappe.common.vocabulary.before_validate" in hooks.doc_events[name]["before_validate"]
