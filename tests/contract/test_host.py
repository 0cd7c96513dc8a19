"""The host (docs/host.md): what may go wrong does so with a sentence, and the next run works.

Genuine parts: real processes, a real database server, a real Redis, in folders of the test's own.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from host import build, frappe_source, machine, services, shims
from host.build import Source, assets_exist, source_of
from host.home import Home, digest, is_free, read_json, write_json
from host.machine import Need, admits, find_program, find_python
from host.plan import Plan, Step
from host.report import Trouble, diagnose
from host.shell import STEP_MARK, end, end_leftovers, environment, is_alive, marked, run, started_at
from host.sites import installed_from

CHECKOUT = Path(__file__).resolve().parents[2]
needs_stores = pytest.mark.skipif(not find_program("mariadbd", "mysqld"), reason="no database server on this machine")


@pytest.fixture
def home(tmp_path):
	"""The home of a checkout of the test's own."""
	home = Home(tmp_path / "checkout")
	home.checkout.mkdir()
	home.prepare()
	yield home
	services.stop(home)
	end_leftovers(home)
	shutil.rmtree(home.sockets, ignore_errors=True)


def in_another_process(home, code, **kwargs):
	"""Start Python code that has `home`."""
	program = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r})\nfrom host.home import Home\nhome = Home({str(home.checkout)!r})\n"
	return subprocess.Popen([sys.executable, "-c", program + textwrap.dedent(code)], text=True, **kwargs)


def wait_until(condition, seconds=10):
	deadline = time.monotonic() + seconds
	while not condition():
		assert time.monotonic() < deadline, "it did not happen in time"
		time.sleep(0.02)


# --- steps ------------------------------------------------------------------------------------------------------


def carry_out(home, *steps):
	plan = Plan(home)
	for step in steps:
		plan.add(step)
	plan.carry_out()


def test_a_step_is_done_once_for_each_key(home):
	done = []
	for key in ("a", "a", "b", "b", "a"):
		carry_out(home, Step("s", "a step", lambda: done.append(key), lambda: key))
	assert done == ["a", "b", "a"]


def test_a_step_is_done_again_when_its_outcome_is_gone(home):
	file = home.root / "outcome"
	for _ in range(2):
		carry_out(home, Step("s", "a step", file.touch, holds=file.exists))
		assert file.exists()
		file.unlink()


def test_a_failed_step_is_not_noted_and_those_after_it_do_not_begin(home):
	begun = []

	def fail():
		raise Trouble("it went wrong", "mend it")

	with pytest.raises(Trouble, match="it went wrong"):
		carry_out(home, Step("first", "first", fail), Step("second", "second", lambda: begun.append(1), after=("first",)))
	assert home.done("first") is None and not begun


def test_a_failure_ends_the_programs_of_the_steps_beside_it(home):
	def fail():
		wait_until(lambda: [value for value in marked(STEP_MARK).values() if value.startswith(f"{home.root}:")])
		raise Trouble("it went wrong")

	begin = time.monotonic()
	with pytest.raises(Trouble, match="it went wrong"):
		carry_out(home, Step("slow", "slow", lambda: run(home, ["sleep", "60"], log="slow")), Step("bad", "bad", fail))
	assert time.monotonic() - begin < 20
	assert home.done("slow") is None


def test_kill_9_in_the_middle_of_a_step(home):
	"""What was begun is cleaned away, what it had started is ended, and the step is done from the start."""
	killed = in_another_process(
		home,
		"""
		from host.plan import Plan, Step
		from host.shell import run
		plan = Plan(home)
		def work():
			(home.root / "half").touch()
			run(home, ["sh", "-c", "sleep 300 & sleep 300"], log="s")
		plan.add(Step("s", "a step", work))
		plan.carry_out()
		""",
	)
	mine = lambda: [pid for pid, value in marked(STEP_MARK).items() if value.startswith(f"{home.root}:")]
	wait_until(lambda: len(mine()) >= 3)
	killed.kill()
	killed.wait()
	assert home.done("s") is None and mine()
	end_leftovers(home)
	assert not mine()
	seen = []
	half = home.root / "half"
	carry_out(home, Step("s", "a step", lambda: seen.append(half.exists()), clean=half.unlink))
	assert seen == [False] and home.done("s")


def test_leftovers_of_a_run_that_still_lives_are_left_alone(home):
	child = subprocess.Popen(["sleep", "60"], env=environment(home))
	try:
		wait_until(lambda: child.pid in marked(STEP_MARK))
		end_leftovers(home)
		assert child.poll() is None
	finally:
		child.kill()
		child.wait()


def test_two_at_once_the_second_waits_and_says_for_whom(home):
	first = in_another_process(
		home,
		"""
		import time
		with home.lock("host", "demo"):
			print("held", flush=True)
			time.sleep(1.5)
		""",
		stdout=subprocess.PIPE,
	)
	assert first.stdout.readline() == "held\n"
	second = in_another_process(home, "with home.lock('host', 'test'): print('mine')", stdout=subprocess.PIPE)
	output = second.communicate(timeout=20)[0]
	assert f"demo, process {first.pid}" in output and "waiting" in output and output.endswith("mine\n")
	assert first.wait() == 0


def test_a_killed_holder_lets_go_of_the_lock(home):
	holder = in_another_process(
		home, "import time\nwith home.lock('host', 'demo'):\n\tprint('held', flush=True)\n\ttime.sleep(60)", stdout=subprocess.PIPE
	)
	assert holder.stdout.readline() == "held\n"
	holder.kill()
	holder.wait()
	with open(home.root / "host.lock") as handle:
		fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


# --- what is remembered -----------------------------------------------------------------------------------------


def test_a_file_cut_short_counts_as_missing(home):
	(home.root / "done" / "s.json").write_text('{"key": "a')
	assert home.done("s") is None
	home.record("s", "a")
	assert home.done("s") == "a"


def test_passwords_and_ports_are_chosen_once_and_not_for_everyone_to_read(home):
	assert home.secret("admin") == Home(home.checkout).secret("admin")
	assert home.ports == Home(home.checkout).ports and len(set(home.ports.values())) == len(home.ports)
	assert (home.root / "host.json").stat().st_mode & 0o077 == 0


def test_two_checkouts_share_nothing(tmp_path):
	one, other = Home(tmp_path / "one"), Home(tmp_path / "other")
	assert one.identity != other.identity and one.sockets != other.sockets and one.root != other.root


def test_socket_paths_fit_however_long_the_checkout_path_is(tmp_path):
	deep = Home(tmp_path / ("a" * 100) / ("b" * 100))
	assert len(str(deep.sockets / "db.sock")) < 100


def test_a_socket_folder_of_someone_else_is_refused(home, tmp_path):
	shutil.rmtree(home.sockets)
	home.sockets.symlink_to(tmp_path)
	try:
		with pytest.raises(Trouble, match="belongs to someone else") as trouble:
			home.prepare()
		assert f"rm -r {home.sockets}" in trouble.value.remedy
	finally:
		home.sockets.unlink()


def test_a_moved_checkout_is_refused(home, tmp_path):
	moved = tmp_path / "moved"
	home.checkout.rename(moved)
	with pytest.raises(Trouble, match="moved or copied") as trouble:
		Home(moved).prepare()
	shutil.rmtree(Home(moved).sockets)
	assert "./kyodo reset" in trouble.value.remedy


def test_what_a_site_is_installed_from(tmp_path):
	"""Declarations, and code that runs while installing with what it imports; not code that is merely run."""
	app = tmp_path / "kyodo_frappe"
	contents = {
		"install.py": "from kyodo_frappe.a.roles import make\n",
		"a/__init__.py": "",
		"a/roles.py": "import frappe\nfrom kyodo_frappe.a import (\n\tdeep,\n)\n",
		"a/deep.py": "",
		"a/other.py": "",
		"hooks.py": "x = 'kyodo_frappe.a.other.y'",
		"patches.txt": "",
		"kyodo_frappe/doctype/x/x.json": "{}",
		"kyodo_frappe/doctype/x/x.py": "",
		"kyodo_frappe/doctype/y/y.py": "def on_doctype_update(): pass",
		"public/dist/built.json": "{}",
	}
	for name, text in contents.items():
		(app / name).parent.mkdir(parents=True, exist_ok=True)
		(app / name).write_text(text)
	found = {str(file.relative_to(app)) for file in installed_from(app)}
	merely_run = {"a/other.py", "kyodo_frappe/doctype/x/x.py", "public/dist/built.json"}
	assert found == set(contents) - merely_run


def test_assets_are_there_when_every_bundle_is_built(tmp_path):
	home = Home(tmp_path)
	public = home.bench / "apps" / "an_app" / "an_app" / "public"
	for name in ("js/one.bundle.js", "css/two.bundle.scss", "dist/js/old.bundle.ABC.js"):
		(public / name).parent.mkdir(parents=True, exist_ok=True)
		(public / name).touch()
	(home.sites / "assets").mkdir(parents=True)
	assert not assets_exist(home, "an_app")
	places = {"one.bundle.js": "/assets/an_app/1.js", "two.bundle.css": "/assets/an_app/2.css", "gone.bundle.js": "/assets/an_app/3.js"}
	for known in ({}, {"one.bundle.js": places["one.bundle.js"]}, places):
		write_json(home.sites / "assets" / "assets.json", known)
		assert not assets_exist(home, "an_app")
	(home.sites / "assets" / "an_app").mkdir()
	for name in ("1.js", "2.css"):  # what is built no longer is not asked for
		(home.sites / "assets" / "an_app" / name).touch()
	assert assets_exist(home, "an_app")


def test_digest_sees_content_and_names_not_times(tmp_path):
	(tmp_path / "a").write_text("1")
	first = digest(tmp_path)
	os.utime(tmp_path / "a", (1, 1))
	assert digest(tmp_path) == first
	(tmp_path / "__pycache__").mkdir()
	(tmp_path / "__pycache__" / "x.pyc").write_text("2")
	assert digest(tmp_path) == first
	(tmp_path / "a").rename(tmp_path / "b")
	assert digest(tmp_path) != first


def test_not_enough_disk_is_said_before_anything_is_built(home, monkeypatch):
	monkeypatch.setattr("host.home.NEEDED_BYTES", shutil.disk_usage(home.root).total * 2)
	with pytest.raises(Trouble, match="GB free") as trouble:
		home.need_space()
	assert "free some space" in trouble.value.remedy


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write to every disk it finds")
def test_a_disk_that_fills_up_in_a_step(home, tmp_path):
	"""A real full disk, where this machine lets a test have one."""
	disk = tmp_path / "disk"
	disk.mkdir()
	if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], capture_output=True).returncode:
		pytest.skip("this machine does not let a test mount a small disk")
	try:
		with pytest.raises(Trouble, match="disk is full") as trouble:
			carry_out(home, Step("s", "fill", lambda: run(home, ["dd", "if=/dev/zero", f"of={disk}/x", "bs=1M", "count=1"], log="s")))
		assert "free some space" in trouble.value.remedy and home.done("s") is None
	finally:
		subprocess.run(["umount", disk], check=True)


# --- messages ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"output, word",
	[
		("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk"),
		("npm error code ENOSPC", "disk"),
		("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "registry"),
		("npm error code ENOTFOUND", "registry"),
		("error: Failed to fetch: `…`\n Caused by: dns error", "registry"),
		("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one"),
		("E: Could not get lock /var/lib/dpkg/lock-frontend", "Another program"),
		("dpkg was interrupted, you must manually run", "cut short"),
	],
)
def test_causes_from_outside_are_recognised(output, word):
	what, remedy = diagnose(output)
	assert word in what and remedy


def test_a_program_that_fails_is_reported_with_its_last_lines_and_its_log(home):
	with pytest.raises(Trouble) as trouble:
		run(home, ["sh", "-c", "echo the reason; exit 3"], log="x")
	assert "the reason" in trouble.value.what and str(home.logs / "x.log") in trouble.value.what
	assert "exit code 3" in trouble.value.what


def test_no_network(home):
	"""pip itself, in a network namespace without a network: the sentence names the remedy."""
	probe = subprocess.run(["unshare", "--net", "true"], capture_output=True) if shutil.which("unshare") else None
	if probe is None or probe.returncode:
		pytest.skip("this machine does not let a test cut off a network")
	pip = [
		sys.executable,
		"-m",
		"pip",
		"download",
		"--no-deps",
		"--no-cache-dir",
		"--retries",
		"0",
		"--index-url",
		"https://pypi.invalid/simple",
	]
	with pytest.raises(Trouble, match="registry could not be reached") as trouble:
		run(
			home, ["unshare", "--net", *pip, "--dest", home.root, "six"], log="x", env={**environment(home), "PIP_CONFIG_FILE": "/dev/null"}
		)
	assert "run the same command again" in trouble.value.remedy


def test_a_wheel_with_another_content_is_refused_and_removed(home):
	wheel = home.root / frappe_source.WHEEL_FILE
	wheel.write_bytes(b"something else")
	with pytest.raises(Trouble, match="Nothing was unpacked") as trouble:
		frappe_source.recover(wheel, home.root / "frappe", CHECKOUT / "host" / "overlay")
	assert not wheel.exists() and not (home.root / "frappe").exists()
	assert "KYODO_FRAPPE" in trouble.value.remedy


def test_a_shim_that_does_not_fit_fails_the_build(tmp_path):
	for file, old, _new, _reason in shims.SOURCE:
		(tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
		with open(tmp_path / file, "a") as source:
			source.write(old)
	shims.apply(tmp_path)
	assert all(new in (tmp_path / file).read_text() for file, _old, new, _reason in shims.SOURCE)
	with pytest.raises(Trouble, match="does not hold once"):
		shims.apply(tmp_path)
	asked = [f"{name}==0" for name, _wanted, _reason in shims.REQUIREMENTS]
	assert shims.free_requirements(["rsa>=4.1", *asked])[0] == "rsa>=4.1"
	with pytest.raises(Trouble, match="do not name MarkupSafe once"):
		shims.free_requirements(asked[1:])


def test_who_cannot_install_hears_of_all_that_is_missing_at_once(monkeypatch):
	monkeypatch.setattr(machine, "_become_root", lambda: None)
	tool, font = Need("a tool", (("no-such-program",),), (("tool",),)), Need("a font", (), (("font",),), files="**/NoSuchFont*")
	machine.check_can_install((), (font,))
	with pytest.raises(Trouble, match="lacks: a tool, a font") as trouble:
		machine.check_can_install((tool,), (font,))
	assert trouble.value.remedy.endswith("tool font")


def test_a_missing_library_is_noticed():
	need = Need("PDF printing", (), (("libpango-1.0-0",),), libraries=("libnobody-has-this.so.0",))
	assert not need.met and Need("the C library", (), (), libraries=("libc.so.6",)).met


@needs_stores
def test_nothing_is_installed_where_no_python_fits(home, monkeypatch):
	"""Not even system packages: the refusal is the first thing that happens."""
	monkeypatch.setenv("KYODO_PYTHON", "/bin/true")
	monkeypatch.delenv("KYODO_FRAPPE", raising=False)  # set while the tests run on another Frappe
	plan = Plan(home)
	with pytest.raises(Trouble, match="is not a Python"):
		build.add_build_steps(plan, "packages")
	assert not home.bench.exists() and not list(home.root.glob("logs/*"))


def test_the_renaming_is_undone():
	assert frappe_source.original_text(b"import criscostack # Criscostack CRISCOSTACK Criscoerp Crisco") == (
		b"import frappe # Frappe FRAPPE ERPNext Frappe"
	)


# --- which Frappe, which Python ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"spec, address, branch",
	[
		("", "", ""),
		("https://example.org/frappe.git", "https://example.org/frappe.git", ""),
		("https://example.org/frappe.git@version-16", "https://example.org/frappe.git", "version-16"),
		("https://user@example.org/frappe", "https://user@example.org/frappe", ""),
		("https://user@example.org/frappe@fix/a-b", "https://user@example.org/frappe", "fix/a-b"),
		("git@example.org:frappe/frappe.git", "git@example.org:frappe/frappe.git", ""),
		("git@example.org:frappe/frappe.git@develop", "git@example.org:frappe/frappe.git", "develop"),
		("/srv/frappe@version-15", "/srv/frappe", "version-15"),
	],
)
def test_kyodo_frappe_is_read(spec, address, branch):
	assert Source.parse(spec) == Source(address, branch)


def test_a_bench_keeps_its_frappe(home, monkeypatch):
	monkeypatch.setenv("KYODO_FRAPPE", "/srv/frappe@version-16")
	assert source_of(home).branch == "version-16"
	monkeypatch.delenv("KYODO_FRAPPE")
	assert source_of(home).branch == "version-16"
	(home.bench / "env").mkdir(parents=True)
	monkeypatch.setenv("KYODO_FRAPPE", "/srv/other")
	with pytest.raises(Trouble, match="asks for /srv/other") as trouble:
		source_of(home)
	assert "./kyodo reset" in trouble.value.remedy


@pytest.mark.parametrize(
	"supported, version, fits",
	[
		(">=3.10,<3.12", "3.11.7", True),
		(">=3.10,<3.12", "3.12.0", False),
		(">=3.10,<3.12", "3.9.18", False),
		(">=3.14,<3.15", "3.14.2", True),
		("~=3.10", "3.13.0", True),
		("==3.11", "3.11.9", True),
		("!=3.11", "3.11.9", False),
	],
)
def test_python_versions(supported, version, fits):
	assert admits(supported, version) == fits


def test_a_chosen_python_that_does_not_fit_is_refused(monkeypatch):
	monkeypatch.setenv("KYODO_PYTHON", "/bin/true")
	with pytest.raises(Trouble, match="KYODO_PYTHON=/bin/true is not a Python"):
		find_python()


# --- services ---------------------------------------------------------------------------------------------------


def test_a_stale_pid_file_is_not_believed(home):
	"""The number in it may long belong to another program."""
	stranger = subprocess.Popen(["sleep", "60"])
	try:
		write_json(home.run / "web.json", {"pid": stranger.pid, "started": "1", "version": ""})
		assert not services.running(home, "web")
		services.stop(home)
		assert stranger.poll() is None and not (home.run / "web.json").exists()
	finally:
		stranger.kill()
		stranger.wait()


@needs_stores
def test_database_and_redis_start_survive_a_kill_and_stop(home):
	services.initialise_database(home)
	assert services.start(home, services.stores(home)) == list(services.STORES)
	assert services.start(home, services.stores(home)) == []
	before = {name: read_json(home.run / f"{name}.json")["pid"] for name in services.STORES}
	assert set(services.stop(home, [])) == set()
	for pid in before.values():
		os.kill(pid, signal.SIGKILL)
	wait_until(lambda: not any(services.running(home, name) for name in services.STORES))
	assert services.start(home, services.stores(home)) == list(services.STORES)
	# the pid files are lost: the processes are found by their marks
	for file in home.run.glob("*.json"):
		file.unlink()
	assert sorted(services.stop(home)) == sorted(services.STORES)
	assert all(is_free(port) for port in home.ports.values())


@needs_stores
def test_a_taken_port_is_left_to_the_stranger(home, capsys):
	port = home.ports["redis_cache"]
	redis = [service for service in services.stores(home) if service.name == "redis-cache"]
	with socket.socket() as stranger:
		stranger.bind(("127.0.0.1", port))
		stranger.listen()
		home.bench.joinpath("sites").mkdir(parents=True)
		services.start(home, redis)
	assert home.ports["redis_cache"] != port
	assert f"port {port} (redis_cache) is taken by another program" in capsys.readouterr().out
	config = json.loads((home.sites / "common_site_config.json").read_text())
	assert config["redis_cache"].endswith(f":{home.ports['redis_cache']}")
	assert services.redis_call(home, "redis_cache", "PING") == "PONG"


@needs_stores
def test_redis_wants_the_password(home):
	services.start(home, [service for service in services.stores(home) if service.name == "redis-queue"])
	with socket.create_connection(("127.0.0.1", home.ports["redis_queue"])) as nobody:
		nobody.sendall(b"PING\r\n")
		assert nobody.recv(100).startswith(b"-NOAUTH")


@needs_stores
def test_a_half_made_database_folder_is_never_used(home):
	half = home.root / "db.fresh"
	half.mkdir()
	(half / "ibdata1").write_text("cut short")
	services.initialise_database(home)
	assert (home.root / "db" / "mysql").is_dir() and not half.exists()


def test_a_service_that_ends_at_once_is_reported_with_its_log(home):
	service = services.Service("web", "The web server", lambda: ["sh", "-c", "echo the reason; exit 1"], lambda: False, home.root)
	with pytest.raises(Trouble, match="The web server ended at once") as trouble:
		services.start(home, [service])
	assert "the reason" in trouble.value.what


def test_a_process_is_known_by_its_start_too():
	child = subprocess.Popen(["sleep", "60"])
	started = started_at(child.pid)
	assert is_alive(child.pid, started) and not is_alive(child.pid, "1")
	end([child.pid])
	assert not is_alive(child.pid, started)  # a zombie until we look
	child.wait()
	assert started_at(child.pid) is None


# --- the entry --------------------------------------------------------------------------------------------------


def test_every_command_is_in_the_help_and_in_the_docs():
	shown = subprocess.run([CHECKOUT / "kyodo", "help"], capture_output=True, text=True, check=True).stdout
	docs = (CHECKOUT / "docs" / "host.md").read_text()
	for command in ("demo", "start", "stop", "test", "bench", "measure", "reset"):
		assert f"\n    {command} " in shown and f"`./kyodo {command}" in docs


def test_every_variable_is_in_the_docs():
	import re

	docs = (CHECKOUT / "docs" / "host.md").read_text()
	of_tests = [
		CHECKOUT / "tests" / name
		for name in ("conftest.py", "at_once/stage.py", "browser/test_doc_pictures.py", "browser/test_every_page.py")
	]
	sources = [CHECKOUT / "kyodo", *of_tests, *(CHECKOUT / "host").rglob("*.py")]
	used = {name for file in sources for name in re.findall(r"\bKYODO_[A-Z_]+\b", file.read_text())}
	internal = {"KYODO_STEP_OF", "KYODO_SERVICE_OF"}
	assert used - internal == set(re.findall(r"KYODO_[A-Z_]+", docs)) - internal


def test_without_python_the_entry_says_what_to_install(tmp_path):
	"""A machine with a shell and nothing else on its PATH."""
	for program in ("readlink", "dirname", "id", "printf"):
		os.symlink(shutil.which(program), tmp_path / program)
	asked = subprocess.run(["/bin/sh", CHECKOUT / "kyodo", "help"], capture_output=True, text=True, env={"PATH": str(tmp_path)})
	assert asked.returncode == 1 and "Remedy:" in asked.stderr and "python3-venv" in asked.stderr
