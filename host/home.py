"""The folder `.kyodo` of a checkout: paths, settings, ports, secrets, and which steps are done."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from host.report import Trouble, say

INTERNAL_PORTS = ("db", "redis_cache", "redis_queue", "socketio")
NEEDED_BYTES = 4 * 1000**3
_memory = threading.RLock()  # parallel steps write to the same file


class Home:
	"""The `.kyodo` of one checkout."""

	def __init__(self, checkout: Path | str):
		self.checkout = Path(checkout).resolve()
		self.root = self.checkout / ".kyodo"
		self.bench = self.root / "bench"
		self.sites = self.bench / "sites"
		self.python = self.bench / "env" / "bin" / "python"
		self.tools = self.root / "tools"
		self.logs = self.root / "logs"
		self.run = self.root / "run"
		self.dumps = self.root / "dumps"
		self.downloads = self.root / "downloads"
		self.demo_file = self.root / "demo.json"

	@property
	def identity(self) -> str:
		"""A short name that differs between the checkouts of a machine."""
		return hashlib.sha256(str(self.root).encode()).hexdigest()[:10]

	@property
	def sockets(self) -> Path:
		"""The folder for sockets, outside of the checkout because their paths are limited to 107 characters."""
		return Path("/tmp") / f"kyodo-{self.identity}"

	def prepare(self) -> None:
		"""Make the folders. Raises Trouble if one belongs to another user or the checkout was moved."""
		owner = self.root if self.root.exists() else self.checkout
		if self.root.exists() and self.root.stat().st_uid != os.getuid():
			raise Trouble(
				f"{self.root} belongs to another user (uid {owner.stat().st_uid}).",
				"run ./kyodo as that user, or have that user run './kyodo reset' first.",
			)
		try:
			for folder in (self.root, self.logs, self.run, self.root / "done"):
				folder.mkdir(exist_ok=True)
		except PermissionError as error:
			raise Trouble(f"{error.filename} cannot be made.", "give your user the right to write in the checkout.") from None
		self._prepare_sockets()
		self._refuse_moved()

	def _refuse_moved(self) -> None:
		known = self.recall().get("root")
		if known is None:
			self.remember(root=str(self.root))
		elif known != str(self.root):
			raise Trouble(
				f"This .kyodo was built as {known}; the checkout was moved or copied since, and a bench cannot be moved.",
				"run './kyodo reset --yes' and then the same command again.",
			)

	def _prepare_sockets(self) -> None:
		try:
			self.sockets.mkdir(mode=0o700)
		except FileExistsError:
			state = self.sockets.lstat()
			if self.sockets.is_symlink() or not self.sockets.is_dir() or state.st_uid != os.getuid():
				raise Trouble(f"{self.sockets} belongs to someone else.", f"have it removed: rm -r {self.sockets}") from None
			self.sockets.chmod(0o700)

	def need_space(self) -> None:
		"""Raise Trouble if the disk has too little space for a build."""
		free = shutil.disk_usage(self.root).free
		if free < NEEDED_BYTES:
			raise Trouble(
				f"The disk of {self.root} has {free / 1000**3:.1f} GB free; a bench needs {NEEDED_BYTES / 1000**3:.0f} GB.",
				"free some space, then run the same command again.",
			)

	# --- settings -------------------------------------------------------------------------------------------

	def recall(self) -> dict:
		"""Return the content of host.json (ports, passwords, which Frappe)."""
		return read_json(self.root / "host.json") or {}

	def remember(self, **values) -> dict:
		"""Update host.json and return its content."""
		with _memory:
			memory = {**self.recall(), **values}
			write_json(self.root / "host.json", memory, mode=0o600)
			return memory

	def secret(self, name: str) -> str:
		"""Return a password, generated once."""
		with _memory:
			known = self.recall().get("secrets") or {}
			if name not in known:
				known[name] = secrets.token_hex(8)
				self.remember(secrets=known)
			return known[name]

	def done(self, step: str) -> str | None:
		"""Return the key with which a step was last finished, or None."""
		return (read_json(self.root / "done" / f"{step}.json") or {}).get("key")

	def record(self, step: str, key: str, seconds: float = 0) -> None:
		"""Record that a step is finished."""
		write_json(
			self.root / "done" / f"{step}.json",
			{"key": key, "seconds": round(seconds, 1), "at": time.strftime("%Y-%m-%d %H:%M:%S")},
		)

	def forget(self, step: str) -> None:
		"""Record that a step is not finished (any more)."""
		(self.root / "done" / f"{step}.json").unlink(missing_ok=True)

	# --- ports ----------------------------------------------------------------------------------------------

	@property
	def ports(self) -> dict[str, int]:
		"""The private ports, chosen once and kept."""
		with _memory:
			ports = self.recall().get("ports") or {}
			missing = [name for name in INTERNAL_PORTS if name not in ports]
			for name in missing:
				ports[name] = self.free_port(ports.values())
			if missing:
				self.remember(ports=ports)
			return ports

	def free_port(self, avoid=()) -> int:
		"""Return an unused port, below those that the system assigns; each checkout begins its search elsewhere."""
		start = int(self.identity, 16) % 10_000
		for offset in range(10_000):
			port = 20_000 + (start + offset) % 10_000
			if port not in avoid and is_free(port):
				return port
		raise Trouble("No port between 20000 and 30000 is free.", "stop some of the programs that listen there.")

	def move_port(self, name: str) -> int:
		"""Give a service another port because a foreign program uses its own."""
		ports = self.ports
		old = ports[name]
		ports[name] = self.free_port(ports.values())
		self.remember(ports=ports)
		say(f"port {old} ({name}) is taken by another program: moved to {ports[name]}")
		return ports[name]

	# --- locks ----------------------------------------------------------------------------------------------

	@contextmanager
	def lock(self, name: str, doing: str):
		"""Hold a lock of this checkout, after waiting for its holder. The system releases it when its holder dies."""
		path = self.root / f"{name}.lock"
		with open(path, "a+") as handle:
			try:
				fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
			except BlockingIOError:
				handle.seek(0)
				say(f"another ./kyodo is at work in this checkout ({handle.read().strip() or 'just started'}): waiting for it …")
				fcntl.flock(handle, fcntl.LOCK_EX)
			handle.truncate(0)
			handle.write(f"{doing}, process {os.getpid()}, since {time.strftime('%H:%M:%S')}")
			handle.flush()
			try:
				yield
			finally:
				handle.truncate(0)


def is_free(port: int) -> bool:
	"""Return whether no program listens on a port of this machine."""
	for address in ("127.0.0.1", "0.0.0.0"):
		with socket.socket() as probe:
			probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
			try:
				probe.bind((address, port))
			except OSError:
				return False
	return True


def read_json(path: Path):
	"""Return the content of a JSON file, or None if it is missing or incomplete."""
	try:
		return json.loads(path.read_text())
	except (FileNotFoundError, json.JSONDecodeError):
		return None


def write_json(path: Path, value, mode: int = 0o644) -> None:
	"""Write a JSON file atomically."""
	fresh = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(3)}")
	with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as handle:
		json.dump(value, handle, indent=1, ensure_ascii=False)
		handle.write("\n")
	os.replace(fresh, path)


def digest(*parts) -> str:
	"""Return a short hash of texts, bytes, and files and folders (names and contents)."""
	total = hashlib.sha256()
	for part in parts:
		if isinstance(part, Path):
			for file in sorted(_files(part)):
				total.update(f"\0{file.relative_to(part)}\0".encode() + file.read_bytes())
		else:
			total.update(b"\1" + (part if isinstance(part, bytes) else str(part).encode()))
	return total.hexdigest()[:16]


def _files(path: Path):
	if path.is_file():
		yield path
	elif path.is_dir():
		for entry in path.iterdir():
			if entry.name in ("__pycache__", "node_modules", "dist", ".DS_Store") or entry.name.endswith(".pyc"):
				continue
			if entry.is_dir():
				yield from _files(entry)
			elif entry.is_file():
				yield entry
