"""translations/ja.csv says everything the app says, in Japanese (design.md §8).

The first block of the file is the app's: one row for each string it shows, sorted, none more. The second is an
overlay for strings of Frappe itself, whose v16 has no Japanese: sorted, none of them the app's.

To see what is missing, as rows to fill in: `python tests/contract/test_translations.py`
"""

import ast
import csv
import io
import json
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import jinja2
import jinja2.nodes
import pytest
from trees import nodes, tree

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
FILE = PACKAGE / "translations" / "ja.csv"

# what stays in Latin letters in a Japanese sentence
LATIN = {
	"A4",
	"API",
	"BCC",
	"CC",
	"BY",
	"CSS",
	"CSV",
	"Cookie",
	"Desk",
	"Excel",
	"HTML",
	"HTTP",
	"HTTPS",
	"ID",
	"IMAP",
	"IP",
	"JSON",
	"JavaScript",
	"KO",
	"Kyodo",
	"Markdown",
	"NPO",
	"OAuth",
	"OK",
	"OTP",
	"PDF",
	"POP",
	"PNG",
	"QR",
	"SMS",
	"SMTP",
	"SQL",
	"SSL",
	"TLS",
	"TSV",
	"URL",
	"UTF",
	"BOM",
	"XLSX",
	"xlsx",
	"YYYY",
	"MM",
	"DD",
	"Ctrl",
	"Esc",
	"Enter",
	"Shift",
	"Alt",
	"Cmd",
	"Tab",
	"GB",
	"KB",
	"MB",
}
# keys of a declaration (any JSON file of the module) whose text is shown
SHOWN = {
	*("label", "description", "title", "placeholder", "report_name", "chart_name", "group", "print_format_name"),
	*("success_title", "success_message", "button_label", "introduction_text", "banner_text", "subtitle"),
	*("documentation_text", "callback_title", "doctype_description", "empty_message"),
}
SHOWN_BY_NAME = {"DocType", "Report", "Print Format", "Number Card", "Dashboard Chart", "Workspace", "Web Form"}
# strings of the overlay that not every Frappe says: “+” later ones than 15.0, “-” no longer 16
SOME_FRAPPES = Path(__file__).with_name("frappe_strings.txt")


# -- what the app says ---------------------------------------------------------


@cache
def sources() -> dict[str, list[str]]:
	"""{string: places that say it}"""
	found = defaultdict(list)
	for text, place in (*_python(), *_templates(), *_javascript(), *_declarations(), *_workflows(), *_others()):
		text = str(text or "").strip()
		if re.search(r"[A-Za-z,–]", text):
			found[text].append(place)
	return dict(found)


def _files(pattern: str) -> list[Path]:
	"""Our files, without what Frappe has built of them."""
	return sorted(path for path in PACKAGE.rglob(pattern) if not {"__pycache__", "dist"} & set(path.parts) and not _is_signpost(path))


def _is_signpost(path: Path) -> bool:
	"""Reached through a symbolic link (kyodo_frappe/doctype), so seen twice."""
	return any(parent.is_symlink() for parent in path.parents if PACKAGE in parent.parents)


def _at(path: Path, line: int | None = None) -> str:
	return str(path.relative_to(CHECKOUT)) + (f":{line}" if line else "")


def _python():
	for path in _files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.Call) and _called(node.func) in ("_", "_lt", "__") and node.args:
				for text in _constants(node.args[0]):
					yield text, _at(path, node.lineno)


def _called(func: ast.expr) -> str:
	return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def _constants(node: ast.expr):
	if isinstance(node, ast.Constant) and isinstance(node.value, str):
		yield node.value
	elif isinstance(node, ast.IfExp):
		yield from (*_constants(node.body), *_constants(node.orelse))


def _templates():
	for path in _files("*.html"):
		for text, line in _jinja(path.read_text(encoding="utf-8")):
			yield text, _at(path, line)


def _jinja(template: str):
	for call in jinja2.Environment().parse(template).find_all(jinja2.nodes.Call):
		if isinstance(call.node, jinja2.nodes.Name) and call.node.name in ("_", "__") and call.args:
			yield from ((const.value, call.lineno) for const in _jinja_constants(call.args[0]))


def _jinja_constants(node):
	if isinstance(node, jinja2.nodes.Const) and isinstance(node.value, str):
		yield node
	elif isinstance(node, jinja2.nodes.CondExpr):
		yield from _jinja_constants(node.expr1)
		if node.expr2:
			yield from _jinja_constants(node.expr2)


def _javascript():
	call = re.compile(r"""(?<![\w.])__\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)""")
	for path in _files("*.js"):
		text = path.read_text(encoding="utf-8")
		for match in call.finditer(text):
			literal = match[1][1:-1]
			yield re.sub(r"\\(.)", r"\1", literal), _at(path, text.count("\n", 0, match.start()) + 1)


def _declarations():
	for path in _files("*.json"):
		if path.parent.name in ("workflows", "presets", "fixtures", "permissions", "messages") or "public" in path.parts:
			continue
		document = json.loads(path.read_text(encoding="utf-8"))
		for row in document if isinstance(document, list) else [document]:
			yield from ((text, _at(path)) for text in _shown(row))


def _shown(value):  # noqa: C901 one case for each kind of expression
	if isinstance(value, list):
		for row in value:
			yield from _shown(row)
	elif isinstance(value, dict):
		if value.get("doctype") in SHOWN_BY_NAME:
			yield value.get("name")
		if value.get("doctype") == "Notification":
			for part in ("subject", "message"):
				yield from (text for text, _line in _jinja(value.get(part) or ""))
		if value.get("doctype") == "Workspace":
			for block in json.loads(value.get("content") or "[]"):
				if block["type"] in ("header", "paragraph"):
					yield re.sub(r"<[^>]+>", "", block["data"].get("text", ""))
		for key, text in value.items():
			if isinstance(text, list | dict):
				yield from _shown(text)
			elif key in SHOWN:
				yield text
			elif key == "options" and value.get("fieldtype") == "Select":
				yield from (text or "").split("\n")


def _workflows():
	for path in sorted((PACKAGE / "workflows").glob("*.json")):
		spec = json.loads(path.read_text(encoding="utf-8"))
		yield from ((state["state"], _at(path)) for state in spec["states"])
		yield from ((transition["action"], _at(path)) for transition in spec["transitions"])


def _others():
	from rule_sentences import messages

	yield from ((message, "kyodo_frappe/rules") for message in messages())
	terms = PACKAGE / "presets" / "library" / "terms.json"
	for names in json.loads(terms.read_text(encoding="utf-8")).values():
		yield from ((name, _at(terms)) for name in names)
	events = PACKAGE / "messages" / "events.json"
	for fact in json.loads(events.read_text(encoding="utf-8"))["facts"].values():
		yield fact["description"], _at(events)
	matrix = PACKAGE / "permissions" / "matrix.json"
	for doctype in json.loads(matrix.read_text(encoding="utf-8")).values():
		yield from ((role.removesuffix("@1"), _at(matrix)) for role in doctype if role.startswith("Kyodo"))
	roles = PACKAGE / "permissions" / "roles.py"
	for node in tree(roles).body:
		if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
			yield node.value.value, _at(roles, node.lineno)
	yield from ((line, "kyodo_frappe/modules.txt") for line in (PACKAGE / "modules.txt").read_text().splitlines())
	for node in tree(PACKAGE / "hooks.py").body:
		if isinstance(node, ast.Assign) and node.targets[0].id in ("app_title", "app_description"):
			yield node.value.value, _at(PACKAGE / "hooks.py", node.lineno)


# -- what the file says ----------------------------------------------------------


@cache
def rows() -> list[list[str]]:
	with FILE.open(encoding="utf-8", newline="") as file:
		return list(csv.reader(file))


@cache
def table() -> dict[str, str]:
	return {row[0]: row[1] for row in rows() if len(row) == 2 or not row[2]}


def core_rows() -> list[list[str]]:
	return [row for row in rows() if row[0] not in sources() or len(row) == 3]


# -- tests ------------------------------------------------------------------------


def test_every_string_has_a_translation():
	missing = {text: places[0] for text, places in sources().items() if not table().get(text, "").strip()}
	assert not missing, "\n" + "\n".join(f"{place}: {text!r}" for text, place in sorted(missing.items()))


def test_no_python_string_is_put_together_before_it_is_translated():
	wrong = []
	for path in _files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.Call) and _called(node.func) in ("_", "_lt") and node.args:
				argument = node.args[0]
				formatted = isinstance(argument, ast.Call) and _called(argument.func) == "format"
				if isinstance(argument, ast.JoinedStr | ast.BinOp) or formatted:
					wrong.append(_at(path, node.lineno))
	assert not wrong, wrong


def test_rows_have_two_or_three_columns_and_nothing_is_empty():
	wrong = [row for row in rows() if len(row) not in (2, 3) or not row[0].strip() or not row[1].strip()]
	assert not wrong, wrong


def test_a_string_has_one_translation():
	seen, twice = set(), []
	for row in rows():
		key = (row[0], row[2] if len(row) == 3 else "")
		if key in seen:
			twice.append(key)
		seen.add(key)
	assert not twice, twice


def test_two_sorted_blocks_the_apps_and_the_overlay():
	ours = [row for row in rows() if row[0] in sources() and len(row) == 2]
	core = core_rows()
	assert rows() == sorted(ours) + sorted(core)


def test_no_source_reads_like_a_tag():
	# Frappe takes tags out of a source string before it looks the translation up, and finds none
	assert not [source for source in sources() if re.search(r"<[^>]+>", source)]


def test_the_overlay_holds_strings_of_frappe_only():
	frappe = pytest.importorskip("frappe")
	strange = _not_in({row[0] for row in core_rows()}, _written(Path(frappe.__file__).parent))
	later, earlier = _only_some("+ "), _only_some("- ")
	if frappe.__version__.startswith("15.0."):
		strange -= later
	elif frappe.__version__.startswith("16."):
		strange -= earlier
	else:
		strange -= later | earlier
	assert not strange, "neither said by the app nor by Frappe: " + "\n".join(sorted(strange))


def test_what_only_some_frappes_say_is_in_the_overlay():
	assert _only_some("+ ") | _only_some("- ") <= {row[0] for row in core_rows()}


def _only_some(mark: str) -> set[str]:
	lines = SOME_FRAPPES.read_text(encoding="utf-8").splitlines()
	return {line.removeprefix(mark) for line in lines if line.startswith(mark)}


def _not_in(strings: set[str], text: str) -> set[str]:
	"""Those that no quotation, and no option in a declaration, of the text begins with; in one pass over its 20 MB."""
	sought = defaultdict(set)
	for string in strings:
		sought[string[:3]].add(string)
	for opened in re.finditer(r"""["'`]|\\n""", text):
		start = opened.end()
		for size in (1, 2, 3):
			waiting = sought.get(text[start : start + size])
			if waiting:
				waiting -= {string for string in waiting if text.startswith(string, start)}
	return set().union(*sought.values())


def _written(folder: Path) -> str:
	"""Frappe's own files in one text, with quotation marks as they read."""
	kinds = (".py", ".js", ".html", ".json", ".vue")
	files = (path for path in folder.rglob("*") if path.suffix in kinds and not path.name.startswith("test_"))
	left_out = {"node_modules", "translations", "dist", "locale"}
	texts = (path.read_text(encoding="utf-8", errors="ignore") for path in files if not left_out & set(path.parts))
	return "\n".join(texts).replace('\\"', '"').replace("\\'", "'")


# what a clerk meets of Frappe's desk, in public/js/frappe
DESK = {"form", "list", "ui", "views", "model", "file_uploader", "utils", "widgets", "router.js", "request.js", "desk.js"}
# parts of these that only builders and administrators open, and what needs an app or a device that no city hall has
NOT_A_CLERKS = re.compile(
	r"form_tour|script_manager|print_utils|gantt|inbox|workspace|/map/|treeview|translation_manager|web_form|widget_dialog|onboarding"
	r"|capture|_picker|theme_switcher|dropdown_console|about\.js|number_systems|sidebar_editor|dashboard_|web_template|new_widget|slides\.js"
	r"|chart\.js|/image/|energy_points|sidebar/review\.js"
)
# said by a single version: advertisements, a sentence with a broken tag, one with a broken escape, a page that is gone
UNTRANSLATED = re.compile(r"Frappe CRM|Frappe Helpdesk|^Grouped by <span|^For comparison, use|^hub$")


def test_a_clerks_desk_is_japanese():
	frappe = pytest.importorskip("frappe")
	folder = Path(frappe.__file__).parent
	said = _said_at_the_desk(folder / "public" / "js" / "frappe")
	own = folder / "translations" / "ja.csv"  # version 15 has one, 16 has none
	known = set(table())
	if own.exists():
		with own.open(encoding="utf-8", newline="") as file:
			known |= {row[0] for row in csv.reader(file) if row}
	missing = {text: place for text, place in said.items() if text not in known and not UNTRANSLATED.search(text)}
	assert len(said) > 700 and not missing, "\n".join(f"{place}: {text}" for text, place in sorted(missing.items()))


def _said_at_the_desk(desk: Path) -> dict[str, str]:
	"""{string: file that says it} of the scripts that a clerk's desk runs."""
	call = re.compile(r"""(?<![\w.])__\(\s*("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""")
	found = {}
	for path in sorted(desk.rglob("*")):
		place = path.relative_to(desk).as_posix()
		if path.suffix in (".js", ".html", ".vue") and place.split("/")[0] in DESK and not NOT_A_CLERKS.search("/" + place):
			texts = (re.sub(r"\\(.)", r"\1", match[1][1:-1]).strip() for match in call.finditer(path.read_text(encoding="utf-8")))
			found |= {text: place for text in texts if re.search("[A-Za-z]", text)}
	return found


@pytest.mark.parametrize("column", [0, 1])
def test_nothing_is_padded(column):
	wrong = [row for row in rows() if row[column] != row[column].strip() and row[0].strip() != ","]
	assert not wrong, wrong


# Frappe fills these with English words of its own (“List”): the Japanese does without
UNFILLED = {"{0} View"}


def test_placeholders_agree():
	wrong = [row for row in rows() if row[0] not in UNFILLED and set(_placeholders(row[0])) != set(_placeholders(row[1]))]
	wrong += [row for row in rows() if row[0] in UNFILLED and _placeholders(row[1])]
	assert not wrong, wrong


def _placeholders(text: str) -> list[str]:
	return re.findall(r"\{[^{}]*\}|%s|%\(\w+\)s", text)


def test_tags_agree():
	tag = re.compile(r"</?[a-z][^>]*>")
	wrong = [row for row in rows() if sorted(tag.findall(row[0])) != sorted(tag.findall(row[1]))]
	assert not wrong, wrong


def test_no_half_width_kana_and_no_full_width_letters_or_digits():
	wrong = [row for row in rows() if re.search(r"[\uff61-\uff9f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]", row[1])]
	assert not wrong, wrong


def test_no_english_is_left():
	wrong = []
	for row in rows():
		text = re.sub(r"\{[^{}]*\}|%s|%\(\w+\)s|<[^>]+>|&\w+;|R8.4.30", " ", row[1])
		words = set(re.findall(r"[A-Za-z][A-Za-z0-9.]*[A-Za-z0-9]", text)) - LATIN
		if words:
			wrong.append((row[0], row[1], sorted(words)))
	assert not wrong, wrong


def test_states_are_told_apart():
	"""Two states of one workflow must not read alike, nor two actions; nor an action like a state beside it."""
	for path in sorted((PACKAGE / "workflows").glob("*.json")):
		spec = json.loads(path.read_text(encoding="utf-8"))
		states = {state["state"] for state in spec["states"]}
		actions = {transition["action"] for transition in spec["transitions"]}
		for words in (states, actions, states | actions):
			shown = [table().get(word) for word in words]
			assert len(set(shown)) == len(words), (path.name, sorted(map(str, shown)))


if __name__ == "__main__":
	sys.path.insert(0, str(CHECKOUT))
	known = table() if FILE.exists() else {}
	out = io.StringIO()
	csv.writer(out, quoting=csv.QUOTE_ALL).writerows([s, ""] for s in sorted(sources()) if s not in known)
	print(out.getvalue(), end="")


def test_reworded_sources_are_sources_with_the_same_placeholders():
	renamed = json.loads((PACKAGE / "patches" / "renamed_phrases.json").read_text(encoding="utf-8"))
	assert set(renamed.values()) <= set(sources()) and not set(renamed) & set(sources())
	placeholders = re.compile(r"\{\w*\}")
	assert not [former for former, source in renamed.items() if set(placeholders.findall(former)) != set(placeholders.findall(source))]
