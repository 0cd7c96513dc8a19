"""Run programs with a log, with a cause and remedy when they fail, and without orphans.

Each program has a mark in its environment that names the checkout and the purpose. By these marks a later run finds programs
that a killed one has left, without relying on files.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

from host.home import Home
from host.report import Trouble, diagnose, say

STEP_MARK = "KYODO_STEP_OF"  # value: the checkout's .kyodo, pid and start time of the ./kyodo that started the program
SERVICE_MARK = "KYODO_SERVICE_OF"  # value: the checkout's .kyodo, name of the service

# variables of the caller that programs must not see
_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "DEV_SERVER", "FRAPPE_SITE", "SITES_PATH")

_children: set[subprocess.Popen] = set()
_children_lock = threading.Lock()


def environment(home: Home, **extra: str) -> dict[str, str]:
	"""Return the environment for programs of this checkout, with `extra` variables (None removes one)."""
	env = {name: value for name, value in os.environ.items() if name not in (*_FOREIGN, SERVICE_MARK)}
	folders = [home.tools / "bin", home.root / "node" / "bin", home.bench / "env" / "bin"]
	path = [str(folder) for folder in folders] + env.get("PATH", "").split(":") + ["/usr/local/sbin", "/usr/sbin", "/sbin"]
	env.update(
		PATH=":".join(dict.fromkeys(filter(None, path))),
		LANG="C.UTF-8",
		LC_ALL="C.UTF-8",
		PIP_DISABLE_PIP_VERSION_CHECK="1",
		PIP_NO_INPUT="1",
		BENCH_DISABLE_UV="1",
		GIT_TERMINAL_PROMPT="0",
		GIT_PYTHON_REFRESH="quiet",
		NO_COLOR="1",
	)
	env[STEP_MARK] = f"{home.root}:{os.getpid()}:{started_at(os.getpid())}"
	env.update(extra)
	return {name: value for name, value in env.items() if value is not None}


def run(
	home: Home,
	argv: list,
	*,
	log: str,
	cwd: Path | None = None,
	env: dict | None = None,
	stdin=None,
	stdout=None,
	remedy: str = "",
	what: str = "",
	patient: bool = False,
) -> str:
	"""Run a program with its output in `.kyodo/logs/<log>.log`, and return what it printed.

	`patient`: do not end it when another step fails (a package manager, for example). Raises Trouble with `what`, `remedy` and
	the end of the output if the program fails.
	"""
	argv = [str(part) for part in argv]
	path = home.logs / f"{log}.log"
	path.parent.mkdir(parents=True, exist_ok=True)
	with open(path, "ab") as output:
		output.write(f"\n$ {' '.join(argv)}   [{time.strftime('%F %T')}]\n".encode())
		output.flush()
		begin = output.tell()
		try:
			child = _start(
				argv,
				register=not patient,
				cwd=cwd,
				env=env or environment(home),
				stdin=stdin or subprocess.DEVNULL,
				stdout=stdout or output,
				stderr=output,
			)
		except FileNotFoundError as error:
			raise Trouble(f"{error.filename} is missing.", remedy or "run './kyodo start' again: it puts back what is missing.") from None
		try:
			code = child.wait()
		finally:
			with _children_lock:
				_children.discard(child)
	with open(path, "rb") as output:
		output.seek(begin)
		text = output.read().decode(errors="replace")
	if code:
		raise _failure(argv, code, text, path, what, remedy)
	return text


def _start(argv: list[str], register: bool, **options) -> subprocess.Popen:
	with _children_lock:  # register it at once: another step may fail at this moment
		child = subprocess.Popen(argv, start_new_session=True, **options)
		if register:
			_children.add(child)
	return child


def _failure(argv: list[str], code: int, text: str, path: Path, what: str, remedy: str) -> Trouble:
	tail = "\n         | ".join(line[:300] for line in text.strip().splitlines()[-12:])
	what = what or f"'{Path(argv[0]).name} {' '.join(argv[1:3])}' failed (exit code {code})."
	known = diagnose(text)
	if known:
		what, remedy = f"{what} {known[0]}", known[1]
	return Trouble(
		f"{what}\n         | {tail}\n       The whole output is in {path}",
		remedy or "read the lines above; then run the same command again.",
	)


def stop_children() -> None:
	"""Kill every program that `run` is waiting for (after Ctrl-C, or when another step has failed)."""
	with _children_lock:
		children = list(_children)
	for child in children:
		_signal_group(child.pid, signal.SIGKILL)


def _signal_group(pid: int, number: int) -> None:
	with contextlib.suppress(ProcessLookupError, PermissionError):
		os.killpg(pid, number)


# --- processes by their marks -----------------------------------------------------------------------------------


def started_at(pid: int) -> str | None:
	"""Return the start time of a process in ticks, None if it does not exist or is a zombie.

	Together with the pid it identifies a process, although pids are reused.
	"""
	try:
		fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
	except OSError:
		return None
	return None if fields[0] in "ZX" else fields[19]


def is_alive(pid: int, started: str | None) -> bool:
	"""Return whether exactly this process still runs."""
	now = started_at(pid)
	return now is not None and now == started


def marked(mark: str) -> dict[int, str]:
	"""Return {pid: value} of all processes with a mark."""
	found = {}
	wanted = mark.encode() + b"="
	for entry in os.listdir("/proc"):
		if not entry.isdigit():
			continue
		try:
			settings = Path(f"/proc/{entry}/environ").read_bytes().split(b"\0")
		except OSError:
			continue
		for setting in settings:
			if setting.startswith(wanted) and started_at(int(entry)):
				found[int(entry)] = setting[len(wanted) :].decode(errors="replace")
	return found


def end(pids, patience: float = 10) -> None:
	"""Terminate processes, and kill them if they still run after `patience` seconds."""
	alive = {pid: started_at(pid) for pid in pids if pid != os.getpid()}
	for number, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 5)):
		alive = {pid: started for pid, started in alive.items() if is_alive(pid, started)}
		for pid in alive:
			with contextlib.suppress(ProcessLookupError, PermissionError):
				os.kill(pid, number)
		deadline = time.monotonic() + wait
		while time.monotonic() < deadline and any(is_alive(*process) for process in alive.items()):
			time.sleep(0.05)


def end_leftovers(home: Home) -> None:
	"""End the programs of an earlier ./kyodo of this checkout that was killed."""
	leftovers = []
	for pid, value in marked(STEP_MARK).items():
		root, owner_pid, owner_started = value.rsplit(":", 2)
		if root == str(home.root) and owner_pid.isdigit() and not is_alive(int(owner_pid), owner_started):
			leftovers.append(pid)
	if leftovers:
		say(f"an earlier run was cut short: ending {len(leftovers)} program(s) it left behind")
		end(leftovers, patience=2)
