"""Every statement of the five sources has its place in the product (docs/sources.md), and every rule of a preset its source.

No site is needed: targets are looked up in declarations, presets and code as they are written.
"""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest
from trees import nodes, tree

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
MODULE = PACKAGE / "kyodo_frappe"
SHORT = {"国立": "000", "小平": "001", "NPOセンター": "002", "国分寺": "003", "鎌倉": "004"}  # as presets name the files
FILES = tuple(SHORT.values())
ALMOST_ALL = 25  # rows that a table of a source has at least
# what a row of a preset is called by in docs/sources.md
NAMES = ("code", "field", "fieldname", "letter_type", "heading", "category", "meeting_type", "call_name", "event_name", "organisation_type")
OWN_PARTS = {"committees": "committee_name", "pages": "default_key"}
BASIS = re.compile(rf"({'|'.join(SHORT)}) (\S.*)|多くの市の例|例")


def read(path: Path):
	return json.loads(path.read_text(encoding="utf-8"))


# -- the table -------------------------------------------------------------------------


@cache
def text() -> str:
	return (CHECKOUT / "docs" / "sources.md").read_text(encoding="utf-8")


@cache
def statements() -> list[tuple[str, str, str, tuple[str, ...]]]:
	"""[(file, place, statement, targets)]"""
	found, file = [], None
	for line in text().splitlines():
		if heading := re.match(r"## (\d{3}) ", line):
			file = heading[1]
		elif file and line.startswith("| ") and not line.startswith("| place |"):
			place, statement, where = (cell.strip() for cell in line.strip("|").split(" | "))
			found.append((file, place, statement, tuple(re.findall(r"`([^`]*)`", where))))
	return found


@cache
def places() -> set[tuple[str, str]]:
	return {(file, place) for file, place, *_rest in statements()}


# -- what targets point at ---------------------------------------------------------------


@cache
def doctypes() -> dict[str, set[str]]:
	records = [read(path) for path in MODULE.glob("doctype/*/*.json")]
	return {r["name"]: {f["fieldname"] for f in r["fields"]} for r in records if r["doctype"] == "DocType"}


@cache
def presets() -> dict[str, dict]:
	return {path.stem: read(path) for path in sorted((PACKAGE / "presets").glob("*.json"))}


@cache
def defined(path: Path) -> set[str]:
	body = tree(path).body
	return {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@cache
def pages() -> set[str]:
	calls = [node for path in PACKAGE.rglob("*.py") for node in nodes(path) if isinstance(node, ast.Call)]
	pages = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Page"]
	return {call.args[0].value for call in pages if call.args}


def _doctype(target: str) -> bool:
	name, _, field = target.partition(".")
	return name in doctypes() and (not field or field in doctypes()[name])


def _preset(target: str) -> bool:
	name, part, *row = target.split(" ", 2)
	preset = presets().get(name, {})
	if not row:
		return preset.get("programme", {}).get(part) is not None
	if part in OWN_PARTS:
		return row[0] in {given[OWN_PARTS[part]] for given in preset.get(part, [])}
	rows = preset.get("programme", {}).get(part, [])
	return row[0] in {given[name] for given in rows for name in NAMES if name in given}


def _workflow(target: str) -> bool:
	name, _, word = target.partition(" ")
	path = PACKAGE / "workflows" / f"{name}.json"
	if not path.exists():
		return False
	workflow = read(path)
	return word in {s["state"] for s in workflow["states"]} | {t["action"] for t in workflow["transitions"]}


def _in_package(target: str) -> bool:
	*module, name = target.split(".")
	path = PACKAGE.joinpath(*module).with_suffix(".py")
	return path.exists() and name in defined(path)


def _record(folder: str):
	return lambda target: (MODULE / folder / target / f"{target}.json").exists()


def _test(target: str) -> bool:
	path, _, name = target.partition("::")
	return (CHECKOUT / path).exists() and name in defined(CHECKOUT / path)


LOOK = {
	"doctype": _doctype,
	"preset": _preset,
	"workflow": _workflow,
	"code": _in_package,
	"rule": lambda target: _in_package(f"rules.{target}"),
	"page": lambda target: target in pages(),
	"report": _record("report"),
	"print": _record("print_format"),
	"desk": _record("page"),
	"test": _test,
}


def is_there(target: str) -> bool:
	kind, _, rest = target.partition(" ")
	return kind in LOOK and LOOK[kind](rest)


# -- the sources are in the product ---------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
def test_what_a_source_asks_for_is_there(file):
	rows = [row for row in statements() if row[0] == file]
	assert len(rows) >= ALMOST_ALL - (5 if file == "003" else 0), f"{file} has {len(rows)} statements"
	homeless = [f"{place}: {statement}" for _file, place, statement, targets in rows if not targets]
	assert not homeless, homeless
	lost = [f"{place}: {t}" for _file, place, _said, targets in rows for t in targets if t != "not yet" and not is_there(t)]
	assert not lost, lost


def test_what_is_not_there_yet_is_counted():
	number = int(re.search(r"Statements not yet implemented: (\d+)", text())[1])
	missing = [(place, statement) for _file, place, statement, targets in statements() if "not yet" in targets]
	assert len(missing) == number, missing


@pytest.mark.parametrize(
	"wrong",
	[
		*("doctype Kyodo Call.colour", "doctype Kyodo Dream", "preset kodaira criteria C99", "preset atlantis purpose"),
		*("preset kodaira colour", "preset kodaira committees 議会", "workflow proposal Fly", "code programme.calls.nothing"),
		*(
			"rule deadlines.nothing",
			"page nowhere",
			"report kyodo_nothing",
			"test tests/site/programme/test_presets.py::test_nothing",
			"wish x",
		),
	],
)
def test_a_target_that_is_not_there_is_noticed(wrong):
	assert not is_there(wrong)


# -- the presets say where their rules come from -----------------------------------------------


def problem(basis: str | None) -> str | None:
	"""What is wrong with the source of a rule."""
	for part in (basis or "").split("；"):
		found = BASIS.fullmatch(part)
		if not found:
			return f"“{part}” is no source"
		if found[1]:
			for place in found[2].split("・"):
				# a chapter counts where its parts are listed
				if not place or not any(file == SHORT[found[1]] and listed.startswith(place) for file, listed in places()):
					return f"{found[1]} {place} is not in docs/sources.md"
	return None


@pytest.mark.parametrize("name", sorted(presets()))
def test_every_rule_of_a_preset_names_its_source(name):
	programme = presets()[name]["programme"]
	wrong = []
	for table, rows in programme.items():
		if isinstance(rows, list) and table != "bases":
			wrong += [f"{table} {number}: {why}" for number, row in enumerate(rows, 1) if (why := problem(row.get("basis")))]
	wrong += [f"{row['rule']}: {why}" for row in programme["bases"] if (why := problem(row["basis"]))]
	assert not wrong, wrong
	values = [key for key, value in programme.items() if not isinstance(value, list)]
	assert sorted(row["rule"] for row in programme["bases"]) == sorted(values)


@pytest.mark.parametrize("wrong", [None, "", "国立", "三鷹 1(1)", "国立 9(9)", "例；", "domain §4", "somebody", "鎌倉 2(2)表1(4)・"])
def test_a_source_that_is_none_is_noticed(wrong):
	assert problem(wrong)


def test_a_preset_of_a_city_rests_on_its_own_document():
	own = {"kunitachi": "国立", "kodaira": "小平", "jnpoc": "NPOセンター", "kokubunji": "国分寺", "kamakura": "鎌倉"}
	for name, file in own.items():
		programme = presets()[name]["programme"]
		rows = [row for rows in programme.values() if isinstance(rows, list) for row in rows]
		cited = {found for row in rows for found in re.findall(rf"({'|'.join(SHORT)}) ", row["basis"])}
		assert cited == {file}, (name, cited)
		assert sum(file in row["basis"] for row in rows) > 40, name


def test_what_a_preset_brings_as_a_page_is_there():
	for preset in presets().values():
		for page in preset["pages"]:
			path = PACKAGE / "presets" / page["body"]["file"]
			assert path.read_text(encoding="utf-8").startswith("# "), path
	named = {page["body"]["file"] for preset in presets().values() for page in preset["pages"]}
	assert {f"pages/{path.name}" for path in (PACKAGE / "presets" / "pages").glob("*.md")} == named
