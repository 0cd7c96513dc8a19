"""What is declared is true and hangs together: hooks, DocTypes, workflows, permissions, patches; and the rules of
the house that a reader of design.md §2 and §8 may rely on. No site is needed."""

import ast
import importlib
import json
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest
from trees import nodes, tree

from kyodo_frappe.common.addresses import OLD

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
MODULE = PACKAGE / "kyodo_frappe"
MODULE_NAME = "Kyodo Frappe"
ROLES = {
	*("Kyodo Manager", "Kyodo Officer", "Kyodo Section Officer"),
	*("Kyodo Committee Member", "Kyodo Support Staff", "Kyodo Organisation Member"),
}
# DocTypes of Frappe that our fields may point at
CORE_DOCTYPES = {
	"User",
	"Role",
	"DocType",
	"Data Import",
	"File",
	"Workflow",
	"Workflow State",
	"Print Format",
	"Letter Head",
	"Email Template",
	"Tag Link",
	"Tag",
	"Comment",
	"Communication",
	"ToDo",
	"Translation",
}
DISPLAY = {"Section Break", "Column Break", "Tab Break", "HTML", "Heading", "Fold", "Button", "Image"}
TABLES = {"Table", "Table MultiSelect"}
FIELDTYPES = DISPLAY | TABLES
FIELDTYPES |= {"Data", "Small Text", "Text", "Long Text", "Text Editor", "Markdown Editor", "Select", "Link", "Dynamic Link", "Check"}
FIELDTYPES |= {
	"Autocomplete",
	"Attach Image",
	"Color",
	"Int",
	"Float",
	"Currency",
	"Percent",
	"Date",
	"Datetime",
	"Time",
	"Attach",
	"JSON",
	"Code",
	"Rating",
}


# -- reading --------------------------------------------------------------------


def read(path: Path):
	return json.loads(path.read_text(encoding="utf-8"))


def at(path: Path, line: int | None = None) -> str:
	return str(path.relative_to(CHECKOUT)) + (f":{line}" if line else "")


def own_files(*patterns: str) -> list[Path]:
	"""Files of the package, each once: what a signpost (a symbolic link) leads to is left out, and what is built."""
	found = {path for pattern in patterns for path in PACKAGE.rglob(pattern) if not {"__pycache__", "dist"} & set(path.parts)}
	return sorted(p for p in found if not any(q.is_symlink() for q in p.parents if PACKAGE in q.parents))


@cache
def declarations() -> dict[Path, dict]:
	"""Every record that Frappe reads from a file of ours."""
	folders = [MODULE, *(PACKAGE / name for name in ("desktop_icon", "workspace_sidebar"))]
	return {path: read(path) for folder in folders for path in sorted(folder.rglob("*.json"))}


@cache
def doctypes() -> dict[str, dict]:
	return {record["name"]: record for record in declarations().values() if record["doctype"] == "DocType"}


@cache
def matrix() -> dict[str, dict[str, str]]:
	return read(PACKAGE / "permissions" / "matrix.json")


@cache
def workflows() -> dict[str, dict]:
	return {path.stem: read(path) for path in sorted((PACKAGE / "workflows").glob("*.json"))}


def fields(doctype: str) -> dict[str, dict]:
	return {field["fieldname"]: field for field in doctypes()[doctype]["fields"]}


def scrub(name: str) -> str:
	return name.lower().replace(" ", "_").replace("-", "_")


def imported(path: Path) -> list[tuple[str, int]]:
	"""(module, line) of every import in a file, relative ones made absolute, names taken from a package included."""
	package = ("kyodo_frappe", *path.relative_to(PACKAGE).parts[:-1])
	found = []
	for node in nodes(path):
		if isinstance(node, ast.Import):
			found += [(alias.name, node.lineno) for alias in node.names]
		elif isinstance(node, ast.ImportFrom):
			above = package[: len(package) - node.level + 1] if node.level else ()
			module = ".".join([*above, *([node.module] if node.module else [])])
			found += [(f"{module}.{alias.name}", node.lineno) for alias in node.names]
	return found


# -- hooks and patches ------------------------------------------------------------


def resolve(dotted: str):
	module, name = dotted.rsplit(".", 1)
	try:
		return getattr(importlib.import_module(module), name)
	except ImportError:
		return importlib.import_module(dotted)


def hook_targets():
	hooks = importlib.import_module("kyodo_frappe.hooks")

	def walk(name, value):
		if isinstance(value, dict):
			for key, part in value.items():
				yield from walk(f"{name}[{key!r}]", part)
		elif isinstance(value, list | tuple):
			for part in value:
				yield from walk(name, part)
		elif isinstance(value, str) and re.fullmatch(r"kyodo_frappe(\.\w+)+", value):
			yield name, value

	for name in vars(hooks):
		if not name.startswith("_") and name not in ("app_name", "app_email"):
			yield from walk(name, vars(hooks)[name])


# hooks whose target is not a function: {hook: whether its target is what readers of the hook expect}
HOOK_TARGETS = {
	"kyodo_pages": lambda found: all(callable(page.context) for page in found),
	"kyodo_resources": lambda found: all(callable(resource.content) for resource in found),
	"kyodo_papers": lambda found: all(paper.doctype in doctypes() and (paper.pdf or paper.context) for paper in found),
	"kyodo_search_kinds": lambda found: all(
		kind.doctype in doctypes() and {*kind.followers, *kind.looked_up} <= set(doctypes()) for kind in found
	),
	"kyodo_portal_fields": lambda found: all(_are_fields(doctype, *parts) for doctype, parts in found.items()),
}


def _are_fields(doctype: str, names: tuple, tables: set) -> bool:
	kinds = {field["fieldname"]: field["fieldtype"] for field in doctypes()[doctype]["fields"]}
	of_tables = ("Table", "Table MultiSelect")
	return all(kinds[name] not in of_tables for name in names) and all(kinds[name] in of_tables for name in tables)


def test_hook_targets_resolve():
	targets = list(hook_targets())
	assert targets
	wrong = []
	for name, target in targets:
		try:
			found = resolve(target)
			assert HOOK_TARGETS.get(name, callable)(found)
		except Exception as error:
			wrong.append(f"{name} -> {target}: {error!r}")
	assert not wrong, wrong


def test_hooks_define_no_functions():
	assert not [node.name for node in tree(PACKAGE / "hooks.py").body if isinstance(node, ast.FunctionDef)]


def test_hooks_name_doctypes_that_exist():
	hooks = importlib.import_module("kyodo_frappe.hooks")
	for name in ("doc_events", "has_permission", "permission_query_conditions"):
		assert (
			not set(getattr(hooks, name))
			- set(doctypes())
			- CORE_DOCTYPES
			- set(importlib.import_module("kyodo_frappe.permissions.attached_records").ATTACHED)
			- {"*"}
		), name


def test_assets_that_hooks_name_exist():
	text = (PACKAGE / "hooks.py").read_text(encoding="utf-8")
	named = re.findall(r"/assets/kyodo_frappe/([\w./-]+)", text)
	assert not [path for path in named if not (PACKAGE / "public" / path).exists()]


# -- scripts ----------------------------------------------------------------------------

PUBLIC = PACKAGE / "public"
LONGEST_SCRIPT = 250


def test_bundles_that_are_loaded_exist_and_each_is_loaded():
	"""Frappe knows bundles by their file names, over all apps of a bench."""
	# Frappe calls what it builds from *.bundle.scss *.bundle.css
	there = {path.name.replace(".scss", ".css") for path in own_files("*.bundle.*") if path.is_relative_to(PUBLIC)}
	loaded = set()
	for path in (PACKAGE / "hooks.py", *own_files("*.html", "*.js")):
		loaded |= set(re.findall(r"""["'](\w+\.bundle\.(?:js|css))["']""", path.read_text(encoding="utf-8")))
	assert loaded == there
	assert not [name for name in there if not name.startswith("kyodo_")]


def test_scripts_are_loaded_as_bundles_only():
	"""Plain addresses stay the same when their content changes, and bench has them kept for a year."""
	wrong = []
	for path in (PACKAGE / "hooks.py", *own_files("*.html", "*.js")):
		wrong += [(at(path), found) for found in re.findall(r"/assets/kyodo_frappe/[\w./-]+\.js\b", path.read_text(encoding="utf-8"))]
	assert not wrong, wrong


def test_scripts_are_modules_of_moderate_length():
	wrong = []
	for path in sorted((PUBLIC / "js").rglob("*.js")):
		text = path.read_text(encoding="utf-8")
		if len(text.splitlines()) >= LONGEST_SCRIPT:
			wrong.append(f"{at(path)}: {len(text.splitlines())} lines")
		if not re.search(r"^(import|export) ", text, re.M):
			wrong.append(f"{at(path)}: no module")
		for source in re.findall(r'(?:^import|\bfrom) "([^"]+)";$', text, re.M):
			if not source.startswith(".") or not (path.parent / source).is_file():
				wrong.append(f"{at(path)}: {source}")
		wrong += [f"{at(path)}: {found}" for found in re.findall(r"\bvar \w+|\bfunction\b[ (*]|\$\(", text)]
	assert not wrong, wrong


def test_patches_resolve():
	wrong = []
	for line in (PACKAGE / "patches.txt").read_text(encoding="utf-8").splitlines():
		line = line.split("#")[0].strip()
		if line and not line.startswith(("[", "execute:")):
			try:
				assert callable(importlib.import_module(line.split()[0]).execute)
			except Exception as error:
				wrong.append(f"{line}: {error!r}")
	assert not wrong, wrong


# -- records in files ---------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(declarations()), ids=lambda path: path.stem)
def test_record_names_itself_and_its_time(path):
	record = declarations()[path]
	assert record["doctype"]
	assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?", record["modified"])
	if MODULE in path.parents:
		assert record.get("module") == MODULE_NAME
		assert path.parent.name == path.stem == scrub(record["name"])
		assert path.parent.parent.name == scrub(record["doctype"])


def test_every_folder_of_a_record_has_its_package_file():
	"""Frappe imports controllers by path."""
	missing = [at(p.parent) for p in declarations() if MODULE in p.parents and not (p.parent / "__init__.py").exists()]
	assert not missing, missing


def test_doctypes_have_a_controller_of_their_name():
	wrong = []
	for path, record in declarations().items():
		if record["doctype"] == "DocType":
			controller = path.with_suffix(".py")
			wanted = record["name"].replace(" ", "")
			classes = [n.name for n in tree(controller).body if isinstance(n, ast.ClassDef)] if controller.exists() else []
			if wanted not in classes:
				wrong.append(at(controller))
	assert not wrong, wrong


@pytest.mark.parametrize("name", sorted(doctypes()))
def test_fields_are_consistent(name):
	record = doctypes()[name]
	names = [field["fieldname"] for field in record["fields"]]
	assert len(names) == len(set(names))
	for field in record["fields"]:
		assert re.fullmatch(r"[a-z][a-z0-9_]*", field["fieldname"]) and field["fieldtype"] in FIELDTYPES, field
		assert field["fieldtype"] in DISPLAY or field.get("label"), field
	assert record.get("field_order", names) == names or sorted(record["field_order"]) == sorted(names)
	known = set(names) | {"name", "owner", "creation", "modified", "idx"}
	for key in ("title_field", "search_fields", "sort_field", "image_field"):
		for field in re.split(r"[,\s]+", record.get(key) or ""):
			assert not field or field in known, (key, field)
	for field in re.findall(r"\{(\w+)\}", record.get("autoname") or ""):
		assert field in known
	if (record.get("autoname") or "").startswith("field:"):
		assert record["autoname"][6:] in known
	for field in record["fields"]:
		if field.get("fetch_from"):
			link, target = field["fetch_from"].split(".")
			assert link in known, field["fetch_from"]
			source = fields(name)[link].get("options")
			assert source in CORE_DOCTYPES or target in fields(source), field["fetch_from"]


def test_links_and_tables_point_at_something():
	wrong = []
	for name, record in doctypes().items():
		for field in record["fields"]:
			target = field.get("options")
			if (
				(field["fieldtype"] == "Link" and target not in doctypes() and target not in CORE_DOCTYPES)
				or (field["fieldtype"] in TABLES and not doctypes().get(target, {}).get("istable"))
				or (field["fieldtype"] == "Dynamic Link" and target not in fields(name))
			):
				wrong.append((name, field["fieldname"], target))
	assert not wrong, wrong


def test_select_defaults_are_options():
	wrong = []
	for name, record in doctypes().items():
		for field in record["fields"]:
			if field["fieldtype"] == "Select" and field.get("default"):
				if field["default"] not in (field.get("options") or "").split("\n"):
					wrong.append((name, field["fieldname"], field["default"]))
	assert not wrong, wrong


def test_child_tables_are_used():
	used = {f["options"] for r in doctypes().values() for f in r["fields"] if f["fieldtype"] in TABLES}
	assert {name for name, record in doctypes().items() if record.get("istable")} == used


def test_workspace_and_cards_name_what_exists():
	records = {(record["doctype"], record.get("name")) for record in declarations().values()}
	wrong = []
	for path, record in declarations().items():
		for row in _rows(record):
			for key, kind in (("number_card_name", "Number Card"), ("chart_name", "Dashboard Chart")):
				if record["doctype"] == "Workspace" and row.get(key) and (kind, row[key]) not in records:
					wrong.append((at(path), row[key]))
			kind = row.get("link_type") or row.get("type")
			if row.get("link_to") and kind in ("DocType", "Report", "Workspace", "Page", "Dashboard"):
				if (kind, row["link_to"]) not in records:
					wrong.append((at(path), row["link_to"]))
		for key in ("document_type", "ref_doctype", "doc_type"):
			if record.get(key) and record[key] not in doctypes():
				wrong.append((at(path), record[key]))
	assert not wrong, wrong


def _rows(record: dict):
	for value in record.values():
		if isinstance(value, list):
			yield from (row for row in value if isinstance(row, dict))


def test_filters_of_cards_and_shortcuts_name_fields_and_options():
	wrong = []
	for path, record in declarations().items():
		if record["doctype"] == "Number Card":
			for key in ("filters_json", "dynamic_filters_json"):
				for doctype, field, _operator, value, *_rest in json.loads(record.get(key) or "[]"):
					wrong += [(at(path), field, value)] if not _filter_fits(doctype, field, value) else []
		for row in record.get("shortcuts", []) if record["doctype"] == "Workspace" else []:
			for field, (_operator, value) in json.loads(row.get("stats_filter") or "{}").items():
				wrong += [(at(path), field, value)] if not _filter_fits(row["link_to"], field, value) else []
	assert not wrong, wrong


def _filter_fits(doctype: str, field: str, value) -> bool:
	if field == "workflow_state":
		spec = next((spec for spec in workflows().values() if spec["document_type"] == doctype), None)
		known = {state["state"] for state in spec["states"]} if spec else set()
		return set(value if isinstance(value, list) else [value]) <= known
	return field in fields(doctype)


def test_reports_call_the_functions_behind_them():
	for path, record in declarations().items():
		if record["doctype"] == "Report":
			assert callable(resolve(f"kyodo_frappe.kyodo_frappe.report.{path.parent.name}.{path.stem}.execute"))


def test_papers_fetch_nothing():
	formats = [path.with_suffix(".html") for path, record in declarations().items() if record["doctype"] == "Print Format"]
	for path in [*formats, *(PACKAGE / "templates" / "papers").iterdir()]:
		text = path.read_text(encoding="utf-8")
		assert text and not re.search(r"<link|<script|<img|url\(|@import", text), at(path)


# -- permissions -----------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(name for name in doctypes() if not doctypes()[name].get("istable")))
def test_permissions_equal_the_matrix(name):
	found = {}
	for row in doctypes()[name].get("permissions", []):
		who = f"{row['role']}@1" if row.get("permlevel") else row["role"]  # @1: what a form shows to few
		assert who not in found, f"{who} twice"
		found[who] = {key for key, value in row.items() if value == 1 and key != "permlevel"}
	assert found == {role: set(rights.split()) for role, rights in matrix()[name].items()}


def test_the_matrix_is_whole():
	assert set(matrix()) == {name for name, record in doctypes().items() if not record.get("istable")}
	assert {role.removesuffix("@1") for rights in matrix().values() for role in rights} <= ROLES | {"System Manager"}


def test_nothing_is_open_to_everybody():
	everybody = {"All", "Guest", "Desk User"}
	wrong = [n for n, r in doctypes().items() if everybody & {row["role"] for row in r.get("permissions", [])}]
	assert not wrong, wrong


def test_child_tables_have_no_permissions_of_their_own():
	assert not [name for name, record in doctypes().items() if record.get("istable") and record.get("permissions")]


def test_child_tables_of_guarded_doctypes_are_guarded():
	hooks = importlib.import_module("kyodo_frappe.permissions.hooks")
	rules = importlib.import_module("kyodo_frappe.permissions.record_rules").RECORD_RULES
	wanted = {}
	for parent in rules:
		for field in doctypes()[parent]["fields"]:
			if field["fieldtype"] in TABLES:
				wanted.setdefault(field["options"], set()).add(parent)
	assert {child: set(parents) for child, parents in hooks.child_doctypes().items()} == wanted
	# a DocType without record rules must not share a child table with one that has them
	for name, record in doctypes().items():
		shared = {f["options"] for f in record["fields"] if f["fieldtype"] in TABLES} & set(wanted)
		assert name in rules or not shared, (name, shared)


def test_rules_name_fields_and_roles():
	rules = importlib.import_module("kyodo_frappe.permissions.record_rules").RECORD_RULES
	for doctype, ways in rules.items():
		known = {*fields(doctype), "name", "owner", "docstatus"}
		for rule in ways:
			assert rule.role in ROLES
			assert rule.role in matrix()[doctype], (doctype, rule.role, "has a rule but no permission")
			for fieldname, operator, _value in (*rule.read, *(rule.write or ())):
				assert fieldname in known and operator in ("=", "!=", "in", "not in"), (doctype, fieldname, operator)
		assert {rule.role for rule in ways} == set(matrix()[doctype]) & ROLES, doctype


# -- workflows -------------------------------------------------------------------------


def open_states(spec: dict, part: dict) -> list[str]:
	"""The states in which a group of frozen fields may be changed."""
	return part.get("open_in", [state["state"] for state in spec["states"] if not state["frozen"]])


@pytest.mark.parametrize("name", sorted(workflows()))
def test_workflow_is_consistent(name):
	spec = workflows()[name]
	states = [state["state"] for state in spec["states"]]
	assert len(states) == len(set(states))
	assert scrub(spec["document_type"]) == f"kyodo_{name}"
	assert "workflow_state" in fields(spec["document_type"])
	submittable = bool(doctypes()[spec["document_type"]].get("is_submittable"))
	status = {state["state"]: state["doc_status"] for state in spec["states"]}
	assert status[states[0]] == 0 and (submittable or set(status.values()) == {0})
	seen = set()
	for transition in spec["transitions"]:
		assert {*transition["from"], transition["to"]} <= set(states), transition
		assert transition["to"] not in transition["from"], transition
		assert transition["roles"]
		for state in transition["from"]:
			assert status[transition["to"]] - status[state] in (0, 1), "docstatus goes 0, 1, 2"
			for role in transition["roles"]:
				key = (state, transition["action"], role)
				assert key not in seen, f"{key}: Frappe takes the last that matches"
				seen.add(key)
	for state in spec["states"]:
		assert state["category"] in ("Writing", "Waiting", "Examined", "Decided", "Over"), state
		assert {state["public"], state["frozen"]} <= {0, 1}, state
		assert state["style"] in ("", "Primary", "Info", "Success", "Warning", "Danger", "Inverse"), state


@pytest.mark.parametrize("name", sorted(workflows()))
def test_workflow_knows_its_roles_and_fields(name):
	spec = workflows()[name]
	known = set(fields(spec["document_type"]))
	roles = {role for state in spec["states"] for role in state["edit"]}
	roles |= {role for transition in spec["transitions"] for role in transition["roles"]}
	for part in ("open_fields", "reserved_fields"):
		roles |= {role for who in spec.get(part, {}).values() for role in who}
	assert roles <= ROLES
	named = {field for transition in spec["transitions"] for field in transition.get("needs", ())}
	named |= {field for stamps in spec.get("stamps", {}).values() for field in stamps}
	named |= (
		{field for part in spec.get("frozen", ()) for field in part["fields"]}
		| set(spec.get("open_fields", {}))
		| set(spec.get("written_by_programs", ()))
	)
	named |= set(spec.get("reserved_fields", {})) | set(spec.get("reserved_columns", {}))
	assert named <= known, named - known
	states = {state["state"] for state in spec["states"]}
	assert set(spec.get("stamps", {})) <= states
	assert {state for part in spec.get("frozen", ()) for state in open_states(spec, part)} <= states
	for stamps in spec.get("stamps", {}).values():
		assert set(stamps.values()) <= {"now", "today", "user"}
	known_keys = {"document_type", "states", "transitions", "stamps", "frozen", "open_fields", "reserved_fields"}
	known_keys |= {"reserved_columns", "written_by_programs"}
	assert set(spec) <= known_keys, set(spec) - known_keys
	for transition in spec["transitions"]:
		assert set(transition) <= {"from", "action", "to", "roles", "condition", "needs", "four_eyes"}, transition


@pytest.mark.parametrize("name", sorted(workflows()))
def test_every_state_can_be_reached(name):
	spec = workflows()[name]
	reached, growing = {spec["states"][0]["state"]}, True
	while growing:
		more = {t["to"] for t in spec["transitions"] if reached & set(t["from"])} - reached
		reached |= more
		growing = bool(more)
	assert reached == {state["state"] for state in spec["states"]}


@pytest.mark.parametrize("name", sorted(workflows()))
def test_who_moves_or_edits_may_write(name):
	"""A transition or an edit that DocPerm would refuse is an empty promise."""
	spec = workflows()[name]
	rights = {role: set(text.split()) for role, text in matrix()[spec["document_type"]].items()}
	status = {state["state"]: state["doc_status"] for state in spec["states"]}
	wrong = []
	for state in spec["states"]:
		wrong += [(state["state"], role) for role in state["edit"] if "write" not in rights.get(role, ())]
	for transition in spec["transitions"]:
		needed = {0: "write", 1: "submit", 2: "cancel"}[status[transition["to"]]]
		if all(status[state] == status[transition["to"]] for state in transition["from"]):
			needed = "write"
		wrong += [(transition["action"], role) for role in transition["roles"] if needed not in rights.get(role, ())]
	assert not wrong, wrong


@pytest.mark.parametrize("name", sorted(workflows()))
def test_what_a_step_needs_can_be_given_before_it(name):
	"""A field that a step needs is open in the state before it: not frozen there, and somebody may edit it."""
	spec = workflows()[name]
	editors = {state["state"]: state["edit"] for state in spec["states"]}
	wrong = []
	for transition in spec["transitions"]:
		for field in transition.get("needs", ()):
			for state in transition["from"]:
				by_hand = bool(editors[state]) or field in spec.get("open_fields", {})
				parts = [part for part in spec.get("frozen", ()) if field in part["fields"]]
				fixed = any(state not in open_states(spec, part) for part in parts)
				if not by_hand or (fixed and field not in spec.get("open_fields", {})):
					wrong.append((transition["action"], state, field))
	assert not wrong, wrong


# -- functions open to requests -------------------------------------------------------------------


def whitelisted():
	"""(file, function, {decorator: its keywords})"""
	for path in own_files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.FunctionDef):
				decorators = {}
				for decorator in node.decorator_list:
					call = decorator if isinstance(decorator, ast.Call) else None
					name = ast.unparse(call.func if call else decorator).split(".")[-1]
					decorators[name] = {k.arg: ast.literal_eval(k.value) for k in call.keywords if _plain(k.value)} if call else {}
				if "whitelist" in decorators:
					yield path, node, decorators


def _plain(node: ast.expr) -> bool:
	try:
		ast.literal_eval(node)
	except ValueError:
		return False
	return True


WRITES = re.compile(r"\.(save|insert|submit|cancel|delete|append|set_value|db_set|add_comment|logout|rename)\(|delete_doc|(?<!\w)move\(")


def test_whitelisted_functions_say_how_they_are_called():
	wrong = []
	for path, function, decorators in whitelisted():
		methods = decorators["whitelist"].get("methods")
		writes = WRITES.search(ast.unparse(function))
		if not methods or (writes and methods != ["POST"]):
			wrong.append(f"{at(path, function.lineno)} {function.name}: methods={methods}, writes: {writes and writes[0]}")
	assert not wrong, wrong


def test_whitelisted_functions_are_typed():
	wrong = []
	for path, function, _decorators in whitelisted():
		arguments = function.args
		for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.kwarg, arguments.vararg):
			if argument and argument.annotation is None:
				wrong.append(f"{at(path, function.lineno)} {function.name}({argument.arg})")
	assert not wrong, wrong


def test_old_addresses_lead_to_functions_that_may_be_called():
	known = {
		".".join(path.relative_to(CHECKOUT).with_suffix("").parts) + "." + function.name for path, function, _decorators in whitelisted()
	}
	assert len(OLD) > 200
	assert not set(OLD.values()) - known, "lead nowhere"
	assert not set(OLD) & known, "are taken again"


# the modules whose functions may be called without a login
FOR_GUESTS = [PACKAGE / name for name in ("accounts/actions.py", "learning/actions.py", "front/actions.py", "proposals/call_actions.py")]


def test_guests_call_limited_functions_of_few_modules():
	wrong = []
	for path, function, decorators in whitelisted():
		if decorators["whitelist"].get("allow_guest"):
			if path not in FOR_GUESTS or "limited" not in decorators:
				wrong.append(f"{at(path, function.lineno)} {function.name}")
	assert not wrong, wrong


def test_scripts_call_functions_that_are_whitelisted():
	known = {
		".".join(path.relative_to(CHECKOUT).with_suffix("").parts) + "." + function.name for path, function, _decorators in whitelisted()
	}
	wrong = []
	for path in own_files("*.js", "*.html"):
		text = path.read_text(encoding="utf-8")
		for match in re.finditer(r"kyodo_frappe(?:\.\w+)+", text):
			if text.startswith(".{{", match.end()):  # the template names one of a module's functions
				fits = any(name.startswith(match[0] + ".") for name in known)
			else:
				fits = match[0] in known
			if not fits:
				wrong.append((at(path, text.count("\n", 0, match.start()) + 1), match[0]))
	assert not wrong, wrong


# -- rules of the house ---------------------------------------------------------------------


def test_no_raw_sql():
	wrong = []
	for path in own_files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.Attribute) and node.attr in ("sql", "multisql", "sql_list", "sql_ddl", "mogrify"):
				if ast.unparse(node.value).endswith("db"):
					wrong.append(at(path, node.lineno))
	assert not wrong, wrong


def test_no_eval_and_no_templates_from_text():
	wrong = []
	for path in own_files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("eval", "exec", "safe_eval", "render_template"):
				wrong.append(at(path, node.lineno))
	assert not wrong, wrong


def test_every_refusal_has_a_class():
	"""So that callers and tests tell refusals apart without reading their sentences."""
	wrong = []
	for path in own_files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.Call) and ast.unparse(node.func) == "frappe.throw":
				if len(node.args) < 2 and not any(keyword.arg == "exc" for keyword in node.keywords):
					wrong.append(at(path, node.lineno))
	assert not wrong, wrong


def test_a_refusal_has_one_class():
	"""A client learns the name of the class only, so that two of one name could not be told apart."""
	places = defaultdict(list)
	for path in own_files("errors.py"):
		for node in nodes(path):
			if isinstance(node, ast.ClassDef):
				places[node.name].append(at(path, node.lineno))
	assert len(places) > 100 and not {name: found for name, found in places.items() if len(found) > 1}


def test_every_ignored_permission_has_its_reason():
	wrong = []
	for path in own_files("*.py"):
		lines = path.read_text(encoding="utf-8").splitlines()
		for node in nodes(path):
			if not _ignores_permissions(node):
				continue
			first, last = node.lineno, node.end_lineno or node.lineno
			beside = lines[max(first - 2, 0) : last]  # the statement's own lines and the one above
			if not any(re.search(r"#\s*\w+ \w+", line) for line in beside):
				wrong.append(at(path, last))
	assert not wrong, wrong


def _ignores_permissions(node: ast.AST) -> bool:
	"""A call with the flag, or an assignment that sets it."""
	if isinstance(node, ast.Call):
		return any(k.arg == "ignore_permissions" and not _is_false(k.value) for k in node.keywords)
	if isinstance(node, ast.Assign):
		return any(isinstance(t, ast.Attribute) and t.attr == "ignore_permissions" for t in node.targets)
	return False


def _is_false(node: ast.expr) -> bool:
	return isinstance(node, ast.Constant) and not node.value


def test_the_desk_is_not_addressed_by_hand():
	"""v15 has /app, v16 /desk: get_url_to_form knows."""
	wrong = []
	for path in own_files("*.py", "*.js", "*.html", "*.json"):
		if path.parent == PACKAGE / "desktop_icon":
			continue
		text = path.read_text(encoding="utf-8")
		for match in re.finditer(r"""["'`(](/|https?://[^"'`\s]*?/)?(app|desk)/""", text):
			line = text.count("\n", 0, match.start()) + 1
			whole = text.splitlines()[line - 1]
			if path == PACKAGE / "hooks.py" and "app_title" in whole:
				continue  # add_to_apps_screen
			wrong.append(at(path, line))
	assert not wrong, wrong


def test_nothing_is_loaded_from_outside():
	wrong = []
	for path in own_files("*.html", "*.css", "*.js", "*.svg"):
		text = path.read_text(encoding="utf-8")
		for match in re.finditer(r"(https?:)?//[\w.-]+\.\w{2,}[^\s\"')]*", text):
			line = text.count("\n", 0, match.start()) + 1
			before = text.splitlines()[line - 1][: match.start() - text.rfind("\n", 0, match.start()) - 1]
			if match[0].startswith("http://www.w3.org/") or re.search(r"<a [^>]*href=[\"']$", before):
				continue  # a namespace; a link that a person follows
			wrong.append(f"{at(path, line)} {match[0]}")
	assert not wrong, wrong


def test_rules_know_nothing_of_frappe():
	wrong = []
	for path in own_files("rules/**/*.py"):
		for module, line in imported(path):
			ours = module.startswith("kyodo_frappe.") and not module.startswith("kyodo_frappe.rules.")
			if module.split(".")[0] == "frappe" or ours:
				wrong.append(f"{at(path, line)} {module}")
	assert not wrong, wrong


def test_nothing_goes_through_the_signposts():
	assert (PACKAGE / "doctype").is_symlink() and (CHECKOUT / "fixtures").is_symlink()
	wrong = []
	for path in [*own_files("*.py"), *sorted((CHECKOUT / "tests").rglob("*.py"))]:
		text = path.read_text(encoding="utf-8")
		for match in re.finditer(r"kyodo_frappe\.doctype\b", text):
			if not text[: match.start()].endswith("kyodo_frappe.") and path != Path(__file__).resolve():
				wrong.append(at(path, text.count("\n", 0, match.start()) + 1))
	assert not wrong, wrong


def test_reads_of_many_rows_say_their_order():
	"""v16 changed the default order of lists (frappe-notes 14)."""
	wrong = []
	for path in own_files("*.py"):
		for node in nodes(path):
			if isinstance(node, ast.Call) and ast.unparse(node.func) in ("frappe.get_all", "frappe.get_list"):
				given = {keyword.arg: keyword.value for keyword in node.keywords}
				single = isinstance(given.get("limit"), ast.Constant) and given["limit"].value == 1
				if not single and not {"order_by", None} & set(given):
					wrong.append(at(path, node.lineno))
	assert not wrong, wrong


def test_a_notification_says_that_its_text_is_html_and_its_condition_python():
	"""v16 looks for a Markdown file where nothing else is said and rings without a text, and it passes over the condition."""
	for path in (PACKAGE / "kyodo_frappe" / "notification").glob("*/*.json"):
		declared = json.loads(path.read_text(encoding="utf-8"))
		assert (declared["message_type"], declared["condition_type"]) == ("HTML", "Python"), path.name
		assert not [*path.parent.glob("*.md"), *path.parent.glob("*.txt")]


def test_a_files_bytes_are_read_by_content_of():
	"""Frappe's get_content decodes what it can, on v16 PDFs too."""
	wrong = [
		at(path, node.lineno)
		for path in own_files("*.py")
		for node in nodes(path)
		if isinstance(node, ast.Attribute) and node.attr == "get_content"
	]
	assert [place.split(":")[0].rsplit("/", 1)[-1] for place in wrong] == ["file_types.py"], wrong


def test_no_commit_inside_a_request():
	"""Only commands and the demo, which are requests of their own, commit; and the import, a job of minutes."""
	wrong = []
	for path in own_files("*.py"):
		if path.name in ("commands.py", "import_list.py") or PACKAGE / "demo" in path.parents:
			continue
		for node in nodes(path):
			if isinstance(node, ast.Call) and ast.unparse(node.func) == "frappe.db.commit":
				wrong.append(at(path, node.lineno))
	assert not wrong, wrong


# -- presets and fixtures --------------------------------------------------------------------


def presets() -> list[Path]:
	return sorted((PACKAGE / "presets").glob("*.json"))


@pytest.mark.parametrize("path", presets(), ids=lambda path: path.stem)
def test_presets_fill_fields_that_exist(path):
	preset = read(path)
	wrong = _unknown("Kyodo Programme", preset["programme"])
	wrong += [item for row in preset.get("sections", []) for item in _unknown("Kyodo Section", row)]
	wrong += _unknown("Kyodo Committee", preset.get("committee") or {})
	assert not wrong, wrong


def _unknown(doctype: str, values: dict) -> list:
	known, wrong = fields(doctype), []
	for key, value in values.items():
		field = known.get(key)
		if field is None or field["fieldtype"] in DISPLAY:
			wrong.append((doctype, key))
		elif field["fieldtype"] in TABLES:
			wrong += [item for row in value for item in _unknown(field["options"], row)]
		elif field["fieldtype"] == "Select" and value and value not in (field.get("options") or "").split("\n"):
			wrong.append((doctype, key, value))
	return wrong


def test_fixtures_are_records_of_doctypes_that_hooks_name():
	hooks = importlib.import_module("kyodo_frappe.hooks")
	named = {entry if isinstance(entry, str) else entry["dt"] for entry in hooks.fixtures}
	for path in sorted((PACKAGE / "fixtures").glob("*.json")):
		for record in read(path):
			assert record["doctype"] in named
			assert not set(record) - set(fields(record["doctype"])) - {"doctype", "name", "docstatus", "modified"}, at(path)


# -- states ----------------------------------------------------------------------------------


def _texts(node: ast.AST) -> set[str]:
	"""The texts of a literal that lists some; nothing for one that holds anything else."""
	parts = [part for part in node.elts if not (isinstance(part, ast.Constant) and part.value in (None, ""))]
	if not all(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts):
		return set()
	return {part.value for part in parts}


def test_no_list_of_states_in_python():
	"""What a state means stands beside it in the Workflow, where a city may change it: workflows/states.py tells. A single
	step of ours may have its name: what is said or done on it (steps.py, news.py, outlook.py) stands in a dict by it."""
	workflows_of_ours = [{state["state"] for state in spec["states"]} for spec in workflows().values()]
	steps_of_a_committee = {"Step 1", "Step 2"}  # types of meetings, and what a member sits for
	found = []
	for path in own_files("*.py"):
		if path.parent.name == "workflows" or "patches" in path.parts:
			continue
		for node in nodes(path):
			if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
				texts = _texts(node)
				if len(texts) > 1 and texts != steps_of_a_committee and any(texts <= known for known in workflows_of_ours):
					found.append(f"{at(path, node.lineno)}: {sorted(texts)}")
	assert not found, "\n".join(found)
