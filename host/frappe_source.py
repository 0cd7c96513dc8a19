"""Genuine Frappe 15 from the Python package registry.

Frappe is published on a code host only. One wheel in the registry is Frappe 15.0.0-dev as of 5 August 2023 with
its name replaced throughout; undoing that gives the original back. The wheel is an abandoned upload: its hash is
checked, and the result is for trying and testing, never for production.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

from host import shims
from host.report import Trouble

WHEEL_NAME = "criscostack"
WHEEL_VERSION = "1.0.0"
WHEEL_SHA256 = "dc58aaf29c59b7666edc953596e5b31f77d7286b2ed6b14c6a205b217c210349"
WHEEL_FILE = f"{WHEEL_NAME}-{WHEEL_VERSION}-py3-none-any.whl"

# Longer names first: "Crisco" alone is what is left when all others are replaced.
_ORIGINAL_NAMES = (
	(b"criscostack", b"frappe"),
	(b"CRISCOSTACK", b"FRAPPE"),
	(b"Criscostack", b"Frappe"),
	(b"Criscoerp", b"ERPNext"),
	(b"criscoerp", b"erpnext"),
	(b"CRISCOERP", b"ERPNEXT"),
	(b"Crisco", b"Frappe"),
)
_MOVED = {"utils/brik_helper.py": "utils/bench_helper.py"}


def check_wheel(wheel: Path) -> None:
	"""Refuse a wheel that is not, byte for byte, the one that was examined; remove it, so the next run asks anew."""
	found = hashlib.sha256(wheel.read_bytes()).hexdigest()
	if found != WHEEL_SHA256:
		wheel.unlink()
		raise Trouble(
			f"The file {wheel.name} is not the one that was examined (sha256 {found[:16]}… instead of "
			f"{WHEEL_SHA256[:16]}…). Nothing was unpacked, the file was removed.",
			"run the same command again; if it stays so, look at the package mirror this machine uses, or build from "
			"another Frappe with KYODO_FRAPPE=<git address or folder>[@branch].",
		)


def recover(wheel: Path, app: Path, overlay: Path) -> None:
	"""Write Frappe's source tree to `app`: the package out of the wheel, and beside it what the wheel lacks."""
	check_wheel(wheel)
	fresh = app.with_name("frappe.fresh")
	shutil.rmtree(fresh, ignore_errors=True)
	dependencies = _unpack(wheel, fresh / "frappe")
	shutil.copytree(overlay, fresh, dirs_exist_ok=True)
	shims.apply(fresh)
	_write_project_file(fresh, shims.free_requirements(dependencies))
	_replace_keeping_node_modules(fresh, app)


def _unpack(wheel: Path, package: Path) -> list[str]:
	dependencies: list[str] = []
	with zipfile.ZipFile(wheel) as archive:
		for name in archive.namelist():
			top, _, inner = name.partition("/")
			if name.endswith(".dist-info/METADATA"):
				dependencies = re.findall(r"^Requires-Dist: (.*)$", archive.read(name).decode(), re.M)
			if top != WHEEL_NAME or name.endswith(("/", ".pyc", ".DS_Store")):
				continue
			inner = original_text(inner.encode()).decode()
			target = package / _MOVED.get(inner, inner)
			target.parent.mkdir(parents=True, exist_ok=True)
			content = archive.read(name)
			target.write_bytes(content if _is_binary(content) else original_text(content))
	return dependencies


def original_text(content: bytes) -> bytes:
	"""Text of the wheel with the original names put back."""
	for renamed, original in _ORIGINAL_NAMES:
		content = content.replace(renamed, original)
	return content


def _is_binary(content: bytes) -> bool:
	return b"\0" in content[:8192]


def _write_project_file(app: Path, dependencies: list[str]) -> None:
	(app / "README.md").write_text(f"Frappe 15.0.0-dev (5 August 2023), recovered from the {WHEEL_NAME} {WHEEL_VERSION} wheel\n")
	listed = "".join(f'    "{dependency}",\n' for dependency in dependencies)
	(app / "pyproject.toml").write_text(
		'[project]\nname = "frappe"\ndescription = "Metadata driven, full-stack low code web framework"\n'
		'requires-python = ">=3.10"\nreadme = "README.md"\ndynamic = ["version"]\n'
		f"dependencies = [\n{listed}]\n"
		'[build-system]\nrequires = ["flit_core >=3.4,<4"]\nbuild-backend = "flit_core.buildapi"\n'
	)


def _replace_keeping_node_modules(fresh: Path, app: Path) -> None:
	modules = app / "node_modules"
	if modules.exists():
		modules.rename(fresh / "node_modules")
	shutil.rmtree(app, ignore_errors=True)
	fresh.rename(app)
