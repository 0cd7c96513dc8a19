"""What the machine has to provide: system packages, a supported Python, Node."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from host.home import Home
from host.report import Trouble, say
from host.shell import STEP_MARK, environment, run

SYSTEM_PATH = ":".join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin", "/bin"))
# the first one draws no windows: it needs a quarter of the processor time
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_program(*names: str) -> str | None:
	"""Return the path of the first of these programs that is installed (sbin folders included), or None."""
	for name in names:
		found = shutil.which(name, path=SYSTEM_PATH)
		if found:
			return found
	return None


# --- system packages --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
	"""Something that the system provides: its programs, fonts (`files`) or shared libraries, and Debian packages for it.

	Programs and packages are tuples of alternative names.
	"""

	what: str
	programs: tuple[tuple[str, ...], ...]
	packages: tuple[tuple[str, ...], ...]
	files: str = ""
	libraries: tuple[str, ...] = ()

	@property
	def met(self) -> bool:
		"""Whether the machine has it."""
		if not all(find_program(*names) for names in self.programs) or not all(map(_can_be_loaded, self.libraries)):
			return False
		return not self.files or any(Path("/usr/share/fonts").glob(self.files))


def _can_be_loaded(library: str) -> bool:
	try:
		ctypes.CDLL(library)
	except OSError:
		return False
	return True


# the "core" package of the server and the tools of Redis contain the programs without a system service
ESSENTIAL = (
	Need("git", (("git",),), (("git",),)),
	Need(
		"MariaDB",
		(("mariadbd", "mysqld"), ("mariadb-install-db", "mysql_install_db"), ("mysql",), ("mysqldump",)),
		(("mariadb-server-core", "mariadb-server-core-10.6", "mariadb-server"), ("mariadb-client", "mariadb-client-10.6")),
	),
	Need("Redis", (("redis-server", "redis-check-rdb"),), (("redis-tools", "redis-server"),)),
)
PRINTING = (
	Need(
		"PDF printing",
		(),
		(("libpango-1.0-0",), ("libpangoft2-1.0-0",), ("libharfbuzz-subset0", "libharfbuzz0b")),
		libraries=("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0"),  # what WeasyPrint loads
	),
	Need("Japanese fonts", (), (("fonts-noto-cjk",),), files="**/NotoSansCJK*"),
)
TESTING = (
	Need("Chromium", (CHROMIUM_NAMES,), (("chromium-headless-shell", "chromium", "chromium-browser"),)),
	Need("reading PDFs", (("pdftotext",),), (("poppler-utils",),)),
)
# tests run without it, but longer
QUICKER = (Need("a Chromium without windows", ((CHROMIUM_NAMES[0],),), ((CHROMIUM_NAMES[0],),)),)


def missing(needs: tuple[Need, ...]) -> list[Need]:
	"""Return the needs that this machine does not meet."""
	return [need for need in needs if not need.met]


def check_can_install(demanded: tuple[Need, ...], wished: tuple[Need, ...] = ()) -> None:
	"""Raise Trouble that names everything missing, if something in `demanded` is and this user cannot install it."""
	if missing(demanded):
		_installer(missing(tuple(dict.fromkeys((*demanded, *wished)))))


def install_packages(home: Home, needs: tuple[Need, ...]) -> None:
	"""Install what is missing with apt-get. Raises Trouble with the command for an administrator if that fails."""
	wanted = missing(needs)
	if not wanted:
		return
	become_root = _installer(wanted)
	say(f"installing system packages for: {_names(wanted)} …")
	_apt_install(home, become_root, [choice for need in wanted for choice in need.packages])
	still = missing(needs)
	if still:
		raise Trouble(f"After installing, this machine still lacks: {_names(still)}.", _advice(still))


def _installer(wanted: list[Need]) -> list[str]:
	"""Return the words before apt-get that run it as root. Raises Trouble where that is impossible."""
	become_root = _become_root()
	if not shutil.which("apt-get", path=SYSTEM_PATH):
		packages = _packages(wanted)
		raise Trouble(f"This machine lacks: {_names(wanted)}.", f"install them with its package manager (on Debian: {packages}).")
	if become_root is None:
		raise Trouble(f"This machine lacks: {_names(wanted)}.", _advice(wanted))
	return become_root


def _names(needs: list[Need]) -> str:
	return ", ".join(need.what for need in needs)


def _packages(needs: list[Need]) -> str:
	return " ".join(choice[0] for need in needs for choice in need.packages)


def _advice(needs: list[Need]) -> str:
	return f"have an administrator run: apt-get install --no-install-recommends {_packages(needs)}"


def _apt_install(home: Home, become_root: list[str], choices: list[tuple[str, ...]]) -> None:
	apt = [*become_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=600"]
	# no mark: apt-get shall finish even if ./kyodo is killed, rather than leave a package half installed
	env = environment(home)
	env.pop(STEP_MARK)
	call = {"log": "packages", "env": env, "patient": True, "what": "Installing system packages failed."}
	if _package_lists_age() > 24 * 3600:
		run(home, [*apt, "update"], **call)
	try:
		run(home, [*apt, "install", "--no-install-recommends", *_chosen(choices)], **call)
	except Trouble:
		run(home, [*apt, "update"], **call)
		run(home, [*apt, "install", "--no-install-recommends", *_chosen(choices)], **call)


def _become_root() -> list[str] | None:
	if os.geteuid() == 0:
		return []
	sudo = shutil.which("sudo", path=SYSTEM_PATH)
	if sudo and subprocess.run([sudo, "-n", "true"], capture_output=True).returncode == 0:
		return [sudo, "-n"]
	return None


def _package_lists_age() -> float:
	"""Return the seconds since the package lists were fetched."""
	times = [file.stat().st_mtime for file in Path("/var/lib/apt/lists").glob("*Packages*")]
	return time.time() - max(times) if times else float("inf")


def _chosen(choices: list[tuple[str, ...]]) -> list[str]:
	return [next((name for name in choice if _has_candidate(name)), choice[0]) for choice in choices]


def _has_candidate(package: str) -> bool:
	shown = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
	return bool(re.search(r"Candidate: (?!\(none\))", shown.stdout))


# --- Python -----------------------------------------------------------------------------------------------------


def find_python(supported: str = ">=3.10,<3.14") -> Path | None:
	"""Return a Python with venv that `supported` admits, from KYODO_PYTHON, the PATH, or the folders of pyenv and uv."""
	chosen = os.environ.get("KYODO_PYTHON")
	if chosen:
		found = _look_at(chosen, supported)
		if not found:
			raise Trouble(f"KYODO_PYTHON={chosen} is not a Python {supported} with venv.", "name another one or unset KYODO_PYTHON.")
		return found
	names = ["python3", "python3.11", "python3.13", "python3.12", "python3.10", "python3.14"]
	places = [found for path in (SYSTEM_PATH, "/usr/bin") for name in names if (found := shutil.which(name, path=path))]
	folders = (
		(Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions", "*/bin/python3"),
		(Path.home() / ".local/share/uv/python", "cpython-*/bin/python3"),
		(Path("/opt"), "python*/bin/python3"),
	)
	for folder, pattern in folders:
		places += sorted((str(path) for path in folder.glob(pattern)), reverse=True)
	of_system = next((found for place in places if (found := _look_at(place, supported, _OF_SYSTEM))), None)
	return of_system or next((found for place in places if (found := _look_at(place, supported))), None)


# Distributions compile Python with profile-guided optimisation, which pyenv leaves out by default (15 % slower). The headers are
# for packages that come without a wheel.
_OF_SYSTEM = """import os, sys, sysconfig
assert sys.base_prefix == "/usr" and os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h"))
"""


def _look_at(python: str, supported: str, condition: str = "") -> Path | None:
	question = (
		f"{condition}import sys, venv, ensurepip; "
		"print('%d.%d.%d' % sys.version_info[:3], getattr(sys, '_base_executable', sys.executable))"
	)
	try:
		answer = subprocess.run([python, "-c", question], capture_output=True, text=True, timeout=30)
	except (OSError, subprocess.TimeoutExpired):
		return None
	if answer.returncode:
		return None
	version, _, path = answer.stdout.strip().partition(" ")
	return Path(path) if admits(supported, version) else None


def admits(supported: str, version: str) -> bool:
	"""Return whether a version specifier such as `>=3.10,<3.12` admits a version."""
	mine = _numbers(version)
	for part in filter(None, (part.strip() for part in supported.split(","))):
		operator, number = re.match(r"(>=|<=|==|!=|~=|<|>)\s*([\d.]+)", part).groups()
		other = _numbers(number.rstrip("."))
		length = len(other)
		fits = {
			">=": mine >= other,
			"<=": mine[:length] <= other,
			"==": mine[:length] == other,
			"!=": mine[:length] != other,
			"~=": mine >= other and mine[: length - 1] == other[:-1],
			"<": mine < other,
			">": mine[:length] > other,
		}
		if not fits[operator]:
			return False
	return True


def _numbers(version: str) -> tuple[int, ...]:
	return tuple(int(number) for number in re.findall(r"\d+", version))


def get_python(home: Home, supported: str) -> Path:
	"""Return a Python that `supported` admits, installed from Debian's packages or by uv if there is none."""
	found = find_python(supported)
	if found:
		return found
	candidate = next((v for v in ("3.11", "3.13", "3.12", "3.10", "3.14") if admits(supported, v + ".9")), None)
	advice = (
		f"install Python {supported} with venv (on Debian: apt-get install python{candidate} python{candidate}-venv; "
		f"or: uv python install {candidate}), or name one in KYODO_PYTHON."
	)
	say(f"no Python {supported} on this machine: installing {candidate} …")
	for way in (_python_from_packages, _python_from_uv):
		try:
			way(home, candidate)
		except Trouble:
			continue
		found = find_python(supported)
		if found:
			return found
	raise Trouble(f"This machine has no Python {supported}.", advice)


def _python_from_packages(home: Home, version: str) -> None:
	become_root = _become_root()
	if become_root is None or not find_program("apt-get"):
		raise Trouble("no right to install packages")
	_apt_install(home, become_root, [(f"python{version}",), (f"python{version}-venv",)])


def _python_from_uv(home: Home, version: str) -> None:
	run(home, [find_program("uv") or "uv", "python", "install", version], log="python")


# --- Node -------------------------------------------------------------------------------------------------------


def node_is_there(home: Home, at_least: int) -> bool:
	"""Return whether programs of this checkout can run npm and Node of this version or newer."""
	env = environment(home)
	node, npm = (shutil.which(name, path=env["PATH"]) for name in ("node", "npm"))
	if not node or not npm:
		return False
	answer = subprocess.run([node, "--version"], capture_output=True, text=True, env=env)
	return answer.returncode == 0 and _numbers(answer.stdout)[:1] >= (at_least,)
