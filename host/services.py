"""Services of the checkout: database, two Redis servers, web server, realtime, worker, scheduler.

They have their own data folders, ports on the loopback address and sockets, and neither read nor change the system's
configuration. They run detached. A pid file identifies the process of a service, and so does a mark in its environment when
the file is lost or outdated.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from host.bench_config import SERVER_HOST, write_common_config
from host.home import Home, digest, is_free, read_json, write_json
from host.machine import find_program
from host.report import Trouble, diagnose
from host.shell import SERVICE_MARK, STEP_MARK, end, environment, is_alive, marked, run, started_at

INSIDE = Path(__file__).resolve().parent / "inside"
STORES = ("database", "redis-cache", "redis-queue")


@dataclass(frozen=True)
class Service:
	"""A program that keeps running. `version` changes when it has to be restarted; `patience`: seconds to wait for it."""

	name: str
	title: str
	command: Callable[[], list]
	ready: Callable[[], bool]
	cwd: Path
	port: str = ""
	env: tuple[tuple[str, str], ...] = ()
	version: Callable[[], str] = lambda: ""
	patience: float = 60


# --- starting and stopping --------------------------------------------------------------------------------------


def start(home: Home, services: list[Service]) -> list[str]:
	"""Start services that do not run, or run old code, wait until they answer, and return their names."""
	begun = []
	for service in services:
		if running(home, service.name):
			if (read_json(_pid_file(home, service.name)) or {}).get("version") == service.version():
				continue
			stop(home, [service.name])
		begun.append(service)
	for service in begun:
		_launch(home, service)
	for service in begun:
		_wait(home, service)
	return [service.name for service in begun]


def _launch(home: Home, service: Service) -> None:
	end(_strays(home, service.name))
	if service.port and not _free_within(home.ports[service.port], 3):
		home.move_port(service.port)
		write_common_config(home)
	env = environment(home, **dict(service.env))
	env.pop(STEP_MARK)
	env[SERVICE_MARK] = f"{home.root}:{service.name}"
	log = home.logs / f"{service.name}.log"
	_keep_small(log)
	begin = log.stat().st_size if log.exists() else 0
	command = [str(part) for part in service.command()]
	with open(log, "ab") as output:
		output.write(f"\n$ {' '.join(command)}   [{time.strftime('%F %T')}]\n".encode())
		output.flush()
		try:
			child = subprocess.Popen(
				command, cwd=service.cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
			)
		except FileNotFoundError as error:
			raise Trouble(f"{service.title}: {error.filename} is missing.", "run './kyodo start' again.") from None
	write_json(
		_pid_file(home, service.name),
		{"pid": child.pid, "started": started_at(child.pid), "version": service.version(), "log_from": begin},
	)


def _free_within(port: int, seconds: float) -> bool:
	"""Return whether a port is free or becomes so: a killed server releases its port with a delay."""
	deadline = time.monotonic() + seconds
	while not is_free(port):
		if time.monotonic() > deadline:
			return False
		time.sleep(0.1)
	return True


def _wait(home: Home, service: Service) -> None:
	begin = time.monotonic()
	while not service.ready():
		if not running(home, service.name):
			raise _did_not_start(home, service, "ended at once")
		if time.monotonic() - begin > service.patience:
			stop(home, [service.name])
			raise _did_not_start(home, service, f"did not answer within {service.patience:.0f} seconds")
		time.sleep(0.05)


def _did_not_start(home: Home, service: Service, how: str) -> Trouble:
	log = home.logs / f"{service.name}.log"
	begin = (read_json(_pid_file(home, service.name)) or {}).get("log_from", 0)
	with open(log, "rb") as output:
		output.seek(begin)
		text = output.read().decode(errors="replace")
	known = diagnose(text)
	tail = "\n         | ".join(text.strip().splitlines()[-8:])
	what = f"{service.title} {how}.{' ' + known[0] if known else ''}\n         | {tail}\n       The whole log is {log}"
	return Trouble(what, known[1] if known else "read the lines above, then './kyodo start' again.")


def running(home: Home, name: str) -> bool:
	"""Return whether a service runs, as exactly the process of the pid file and not another with its number."""
	known = read_json(_pid_file(home, name)) or {}
	return "pid" in known and known.get("started") is not None and is_alive(known["pid"], known["started"])


def stop(home: Home, names: list[str] | None = None) -> list[str]:
	"""Stop services (all of them by default) with their child processes, and return the names of those that ran."""
	wanted = names if names is not None else sorted({*_known_names(home), *_strays(home, None).values()}, key=_stop_order)
	stopped = []
	for name in wanted:
		pids = set(_strays(home, name))
		known = read_json(_pid_file(home, name)) or {}
		if "pid" in known and is_alive(known["pid"], known.get("started")):
			pids.add(known["pid"])
		if pids:
			end(pids, patience=30 if name == "database" else 10)
			stopped.append(name)
		_pid_file(home, name).unlink(missing_ok=True)
	return stopped


def _stop_order(name: str) -> tuple[bool, str]:
	return (name in STORES, name)


def _known_names(home: Home) -> list[str]:
	return [file.stem for file in home.run.glob("*.json")]


def _strays(home: Home, name: str | None):
	"""Return {pid: service} of processes marked as a service of this checkout, all of them or those of one name."""
	mine = {}
	for pid, value in marked(SERVICE_MARK).items():
		root, _, service = value.rpartition(":")
		if root == str(home.root) and name in (None, service):
			mine[pid] = service
	return mine


def _pid_file(home: Home, name: str) -> Path:
	return home.run / f"{name}.json"


def _keep_small(log: Path, limit: int = 5_000_000) -> None:
	if log.exists() and log.stat().st_size > limit:
		log.replace(log.with_suffix(".log.1"))


# --- the services -----------------------------------------------------------------------------------------------


def stores(home: Home) -> list[Service]:
	"""Return the services that every site needs: database and Redis."""
	return [
		Service(
			"database",
			"The database server",
			lambda: _database_command(home),
			lambda: _database_answers(home),
			home.root,
			port="db",
		),
		*(
			Service(
				f"redis-{kind}",
				f"Redis ({kind})",
				lambda kind=kind: _redis_command(home, f"redis_{kind}"),
				lambda kind=kind: redis_call(home, f"redis_{kind}", "PING") == "PONG",
				home.root,
				port=f"redis_{kind}",
			)
			for kind in ("cache", "queue")
		),
	]


def city(home: Home, site: str, port: int) -> list[Service]:
	"""Return the services for using a site: web server, realtime, worker, scheduler."""
	code = lambda: code_version(home)
	helper = [home.python, "-m", "frappe.utils.bench_helper", "frappe"]
	# as in `bench start`: the browser connects to the realtime server on its own port
	development = (("DEV_SERVER", "1"),)
	return [
		Service(
			"realtime",
			"The realtime server",
			lambda: ["node", home.bench / "apps" / "frappe" / "socketio.js"],
			lambda: not is_free(home.ports["socketio"]),
			home.bench,
			port="socketio",
			version=lambda: digest(port, home.done("modules"), home.done("assets")),
		),
		Service(
			"web",
			"The web server",
			lambda: [home.python, INSIDE / "web.py", "--site", site, "--port", str(port)],
			lambda: _web_answers(port),
			home.sites,
			env=development,
			version=lambda: digest(code(), site, port, INSIDE),
			patience=120,
		),
		Service("worker", "The worker", lambda: [*helper, "worker"], lambda: True, home.sites, version=code),
		Service("scheduler", "The scheduler", lambda: [*helper, "schedule"], lambda: True, home.sites, version=code),
	]


def code_version(home: Home) -> str:
	"""Return a hash that changes with the app's code, so that services with old code are restarted."""
	built = [home.done(step) for step in ("env", "assets", "app-assets")]
	return digest(home.checkout / "kyodo_frappe", sorted(home.ports.items()), *built)


def _web_answers(port: int) -> bool:
	try:
		with socket.create_connection((SERVER_HOST, port), timeout=30) as connection:
			connection.sendall(b"GET /api/method/ping HTTP/1.0\r\nHost: localhost\r\n\r\n")
			return b" 200 " in connection.recv(100)
	except OSError:
		return False


# --- MariaDB ----------------------------------------------------------------------------------------------------


def initialise_database(home: Home) -> None:
	"""Make an empty data folder; it is moved to its place when complete."""
	fresh, target = home.root / "db.fresh", home.root / "db"
	if target.exists():
		return
	shutil.rmtree(fresh, ignore_errors=True)
	program = find_program("mariadb-install-db", "mysql_install_db")
	run(
		home,
		[program, "--no-defaults", f"--datadir={fresh}", "--auth-root-authentication-method=normal", "--skip-test-db", *_as_root()],
		log="database-init",
		what="The database's data folder could not be made.",
	)
	fresh.rename(target)


def _database_command(home: Home) -> list:
	"""Return the server's command: no system configuration, and data that survive a crash (but not a power loss)."""
	first_words = home.run / "first-words.sql"
	secret = home.secret("db_root")
	lines = [
		f"CREATE USER IF NOT EXISTS 'root'@'{SERVER_HOST}' IDENTIFIED BY '{secret}';",
		f"ALTER USER 'root'@'{SERVER_HOST}' IDENTIFIED BY '{secret}';",
		f"GRANT ALL PRIVILEGES ON *.* TO 'root'@'{SERVER_HOST}' WITH GRANT OPTION;",
		f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{secret}';",
		"DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host NOT IN ('localhost', '127.0.0.1'));",
		"FLUSH PRIVILEGES;",
	]
	# a folder of its own: at its start, a server deletes the temporary tables of any other server in it
	temporary = home.run / "db-tmp"
	temporary.mkdir(exist_ok=True)
	first_words.unlink(missing_ok=True)
	with open(os.open(first_words, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
		file.write("\n".join(lines) + "\n")
	return [
		find_program("mariadbd", "mysqld"),
		"--no-defaults",
		*_as_root(),
		f"--datadir={home.root / 'db'}",
		f"--tmpdir={temporary}",
		f"--socket={home.sockets / 'db.sock'}",
		f"--pid-file={home.sockets / 'db.pid'}",
		f"--port={home.ports['db']}",
		f"--bind-address={SERVER_HOST}",
		"--skip-name-resolve",
		"--skip-log-bin",
		"--character-set-server=utf8mb4",
		"--collation-server=utf8mb4_unicode_ci",
		"--max-allowed-packet=64M",
		"--innodb-buffer-pool-size=256M",
		"--innodb-flush-log-at-trx-commit=2",
		"--sync-frm=0",  # restoring a site of 370 tables takes 6 seconds in place of 8.5
		f"--init-file={first_words}",
	]


def _as_root() -> list[str]:
	return ["--user=root"] if os.geteuid() == 0 else []


def _database_answers(home: Home) -> bool:
	socket_path = home.sockets / "db.sock"
	if not socket_path.exists():
		return False
	asked = subprocess.run(
		[*sql_client(home), "--execute", "SELECT 1"], capture_output=True, env={**environment(home), "MYSQL_PWD": home.secret("db_root")}
	)
	return asked.returncode == 0


def sql_client(home: Home) -> list[str]:
	"""Return the command of the SQL client as root; the password goes into MYSQL_PWD."""
	client = find_program("mariadb", "mysql") or "mariadb"
	return [
		client,
		"--no-defaults",
		f"--host={SERVER_HOST}",
		f"--port={home.ports['db']}",
		"--user=root",
		"--default-character-set=utf8mb4",
	]


# --- Redis ------------------------------------------------------------------------------------------------------


def _redis_command(home: Home, name: str) -> list:
	# Debian's redis-tools contain the server in one program with the checker; its name decides
	program = find_program("redis-server")
	if not program:
		link = home.run / "redis-server"
		link.unlink(missing_ok=True)
		link.symlink_to(find_program("redis-check-rdb"))
		program = str(link)
	folder = home.root / "redis"
	folder.mkdir(exist_ok=True)
	settings = folder / f"{name}.conf"
	lines = [
		f"bind {SERVER_HOST}",
		f"port {home.ports[name]}",
		f"requirepass {home.secret('redis')}",
		f'dir "{folder}"',
		'save ""',
		"appendonly no",
		"daemonize no",
	]
	if redis_version(program) >= (6, 2):
		lines.append("set-proc-title no")  # the title would overwrite the mark in the environment
	if name == "redis_cache":
		lines += ["maxmemory 256mb", "maxmemory-policy allkeys-lru"]
	settings.unlink(missing_ok=True)
	with open(os.open(settings, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
		file.write("\n".join(lines) + "\n")
	return [program, settings]


def redis_version(program: str) -> tuple[int, ...]:
	"""Return (major, minor) of a Redis server, (0,) if unknown."""
	shown = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
	return tuple(int(number) for number in re.findall(r"v=(\d+)\.(\d+)", shown)[0]) if "v=" in shown else (0,)


def redis_call(home: Home, name: str, *words: str, database: int = 0) -> str | None:
	"""Send a command to a Redis server and return its one-line answer, or None if no server of this checkout answers."""

	def packed(*parts: str) -> bytes:
		return f"*{len(parts)}\r\n".encode() + b"".join(f"${len(p.encode())}\r\n{p}\r\n".encode() for p in parts)

	try:
		with socket.create_connection((SERVER_HOST, home.ports[name]), timeout=5) as connection:
			answers = connection.makefile("rb")
			for call in (("AUTH", home.secret("redis")), ("SELECT", str(database)), words):
				connection.sendall(packed(*call))
				answer = answers.readline().decode().strip()
				if not answer.startswith(("+", ":")):
					return None
			return answer[1:]
	except OSError:
		return None
