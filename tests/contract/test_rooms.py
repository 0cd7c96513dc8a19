"""The order of the rooms (design.md §2): whoever imports, imports downwards, and nobody in a circle; imports inside functions
count as well."""

import ast
from collections import defaultdict
from functools import cache
from pathlib import Path

from trees import nodes

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "kyodo_frappe"
# from the ground up; rooms of one level may import each other's modules
ORDER = (
	("rules",),
	("common",),
	("messages", "permissions", "workflows"),
	("programme",),
	("web",),
	("accounts",),
	("organisations",),
	("letters",),
	("proposals",),
	("partnership",),
	("evaluation",),
	("committee",),
	("learning", "support", "screening"),
	("front",),
	("reports",),
	("state_effects", "reminders"),
)
LEVEL = {room: level for level, rooms in enumerate(ORDER) for room in rooms}
# what stands above all rooms and is imported by none of them
ABOVE = {"commands", "demo", "hooks", "install", "kyodo_frappe", "patches", "uninstall", "www"}
NOT_ROOMS = {"doctype", "fixtures", "presets", "public", "templates", "translations"}


@cache
def imports(folder: Path, package: str) -> dict[str, dict[str, int]]:
	"""{module: {module that it imports: line}} of a package, by dotted names below it."""
	paths = [path for path in folder.rglob("*.py") if not any(part.is_symlink() for part in path.parents)]
	modules = {".".join(path.relative_to(folder).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
	return {name: _imported(path, name, package, modules) for name, path in modules.items()}


def _imported(path: Path, name: str, package: str, modules: dict[str, Path]) -> dict[str, int]:
	found = {}
	for node in nodes(path):
		if isinstance(node, ast.Import):
			found |= {alias.name.removeprefix(f"{package}."): node.lineno for alias in node.names}
		elif isinstance(node, ast.ImportFrom):
			base = name.split(".")[: -node.level] if node.level else []
			module = ".".join([*base, *(node.module or "").split(".")]).removeprefix(package).strip(".")
			for alias in node.names:
				inner = f"{module}.{alias.name}".strip(".")
				found[inner if inner in modules else module] = node.lineno
	return {module: line for module, line in found.items() if module in modules and module != name}


def ours() -> dict[str, dict[str, int]]:
	return imports(PACKAGE, "kyodo_frappe")


def room_of(module: str) -> str:
	return module.partition(".")[0]


def test_every_folder_has_its_level():
	folders = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("*.py"))}
	modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
	assert not (folders | modules) - set(LEVEL) - ABOVE - NOT_ROOMS


def test_rooms_import_downwards():
	wrong = []
	for module, found in ours().items():
		for other, line in found.items():
			here, there = room_of(module), room_of(other)
			if here in LEVEL and here != there and (there in ABOVE or LEVEL.get(there, -1) > LEVEL[here]):
				wrong.append(f"{module}:{line} imports {other}")
	assert not wrong, wrong


def test_nobody_imports_in_a_circle():
	for folder, package in ((PACKAGE, "kyodo_frappe"), (CHECKOUT / "host", "host")):
		assert not circles(imports(folder, package))


def test_controllers_and_rooms_do_not_import_pages():
	"""What a browser sees or sends stands on top of a room: only other pages build on it."""
	wrong = []
	for module, found in ours().items():
		if _faces_a_browser(module) or room_of(module) in ABOVE - {"kyodo_frappe"}:
			continue
		wrong += [f"{module}:{line} imports {other}" for other, line in found.items() if _faces_a_browser(other)]
	assert not wrong, wrong


def _faces_a_browser(module: str) -> bool:
	room, *rest = module.split(".")
	return room == "front" or (room in LEVEL and any(part.endswith(("pages", "actions")) for part in rest))


def circles(graph: dict[str, dict[str, int]]) -> list[set[str]]:
	"""Groups of modules that reach each other."""
	reached: dict[str, set[str]] = defaultdict(set)
	for start in graph:
		waiting = list(graph[start])
		while waiting:
			module = waiting.pop()
			if module not in reached[start]:
				reached[start].add(module)
				waiting += graph.get(module, ())
	return [{start, *(m for m in reached[start] if start in reached[m])} for start in graph if start in reached[start]]
