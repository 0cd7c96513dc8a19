"""The commands of `./kyodo`, one function each."""

from __future__ import annotations

import argparse
import json
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from host import build, services, sites, sizes
from host.home import Home, is_free, read_json, write_json
from host.machine import ESSENTIAL, PRINTING, QUICKER, TESTING, check_can_install, install_packages, missing
from host.plan import Plan, Step
from host.report import Trouble, complain, plain, say
from host.shell import end_leftovers, environment, stop_children

CHECKOUT = Path(__file__).resolve().parent.parent


def main(argv: list[str] | None = None) -> int:
	"""Run a command and return the exit code."""
	arguments = _parser().parse_args(sys.argv[1:] if argv is None else argv)
	home = Home(CHECKOUT)
	try:
		return arguments.command(home, arguments) or 0
	except Trouble as trouble:
		complain(trouble)
		return 1
	except KeyboardInterrupt:
		stop_children()
		complain(Trouble("Stopped by you.", "run the same command again: finished steps are kept."))
		return 130


def _parser() -> argparse.ArgumentParser:
	parser = argparse.ArgumentParser(
		prog="./kyodo", description="Try, test and develop kyodo_frappe on a Frappe bench of its own (in .kyodo/)."
	)
	commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

	def add(name: str, function, text: str, **kwargs) -> argparse.ArgumentParser:
		command = commands.add_parser(name, help=text, description=text, **kwargs)
		command.set_defaults(command=function)
		return command

	demo = add("demo", demo_command, "a living city to look at: prints its address and logins")
	demo.add_argument("--port", type=int, help="port of the web server (default: 8000, or the next one that is free)")
	demo.add_argument("--size", type=int, help="size of the city (another size than before: made anew)")
	demo.add_argument("--fresh", action="store_true", help="make the city anew")
	start = add("start", start_command, "start database, Redis and, if there is a demo site, its web server and workers")
	start.add_argument("--port", type=int, help="port of the web server")
	add("stop", stop_command, "stop everything that was started for this checkout")
	for name, function, text in (
		("test", test_command, "run the tests on a fresh site; further arguments go to pytest"),
		("bench", bench_command, "run any bench command in the bench folder"),
	):
		add(name, function, text, add_help=False, prefix_chars="\0").add_argument("rest", nargs="*")
	measure = add("measure", measure_command, "measure, and write the figures")
	measure.add_argument("--json", metavar="FILE", type=Path, help="where to write the figures")
	measure.add_argument(
		"--size",
		metavar="N",
		type=int,
		nargs="?",
		const=sizes.LARGE,
		help=f"compare {sizes.SMALL} proposals with so many (default: {sizes.LARGE:,})",
	)
	measure.add_argument("--only", metavar="TEXT", default="", help="only what has this in its name")
	measure.add_argument("--rounds", metavar="N", type=int, default=sizes.ROUNDS, help="with --size: how often each place is asked")
	measure.add_argument(
		"--profile", action="store_true", help=f"with --size: say where the time of the {sizes.SLOWEST} slowest places goes"
	)
	measure.add_argument("--people", metavar="N", type=int, default=0, help="with --size: then so many people at once in the large city")
	measure.add_argument("--seconds", metavar="N", type=int, default=120, help="with --people: for so long")
	measure.add_argument(
		"--markdown", metavar="FILE", type=Path, help="with --size: where to write the figures as a table (docs/performance.md)"
	)
	measure.add_argument("--before", metavar="FILE", type=Path, help="with --markdown: the figures of an earlier run, to set beside them")
	reset = add("reset", reset_command, "stop everything and remove .kyodo")
	reset.add_argument("--yes", action="store_true", help="do not ask")
	add("help", lambda home, arguments: parser.print_help(), "show this")
	return parser


# --- prerequisites ----------------------------------------------------------------------------------------------


def ensure_bench(home: Home, testing: bool = False, site: bool = True) -> None:
	"""Do the missing steps to a built bench and, if `site`, to the dumps from which sites are restored."""
	extra = (*PRINTING, *TESTING) if testing else PRINTING
	check_can_install((*ESSENTIAL, *extra) if testing else ESSENTIAL, extra)
	end_leftovers(home)
	if build.source_of(home).address == "" or home.python.exists():
		build.lay_out(home)
	plan = Plan(home)
	plan.add(_package_step(home, "packages", ESSENTIAL, demanded=True))
	plan.add(_package_step(home, "more-packages", extra, demanded=testing, after=("packages",)))
	if testing:
		plan.add(_package_step(home, "quicker-packages", QUICKER, demanded=False, after=("more-packages",)))
	build.add_build_steps(plan, "packages")
	plan.add(
		Step(
			"stores",
			"database and Redis",
			lambda: services.start(home, services.stores(home)),
			after=("database",),
			holds=lambda: all(services.running(home, name) for name in services.STORES),
		)
	)
	if site:
		sites.add_dump_steps(plan, after=("stores", "env"))
	plan.carry_out()


def _package_step(home: Home, name: str, needs, demanded: bool, after=()) -> Step:
	def work() -> None:
		try:
			install_packages(home, needs)
		except Trouble as trouble:
			if demanded:
				raise
			say(f"going on without {', '.join(need.what for need in missing(needs))}: {trouble}")

	return Step(
		name,
		f"system packages: {', '.join(need.what for need in needs)}",
		work,
		lambda: ", ".join(need.what for need in needs),
		after=after,
		holds=lambda: not demanded or not missing(needs),
		needless=lambda: not missing(needs),
	)


# --- commands ---------------------------------------------------------------------------------------------------


def demo_command(home: Home, arguments) -> int:
	"""`./kyodo demo`"""
	home.prepare()
	with home.lock("host", "demo"):
		ensure_bench(home)
		_start_stores(home)
		_web_port(home, arguments.port)  # refuse a port that is taken before the city is made
		logins = sites.demo_city(home, arguments.size, arguments.fresh)
		port = _web_port(home, arguments.port)  # making the city takes minutes
		_start_city(home, port)
		url = f"http://localhost:{port}"
		everyone = [sites.administrator(home), *logins]
		_try_login(url, everyone[0])
		write_json(
			home.demo_file,
			{
				"url": url,
				"site": sites.DEMO_SITE,
				"sites_path": str(home.sites),
				"python": str(home.python),
				"logins": everyone,
			},
			mode=0o600,
		)
	_print_demo(url, everyone)
	return 0


def _print_demo(url: str, logins: list[dict]) -> None:
	say("the city is open")
	plain(f"\n  {url}          log in: {url}/login\n")
	width = max(len(login["user"]) for login in logins)
	for login in logins:
		plain(f"  {login['user']:{width}}  {login['password']:18}  {login['role']} ({login['name']})")
	plain("\n  ./kyodo stop ends it, ./kyodo start brings it back. No mail leaves this machine: see Email Queue in the desk.")


def start_command(home: Home, arguments) -> int:
	"""`./kyodo start`"""
	home.prepare()
	with home.lock("host", "start"):
		ensure_bench(home, site=False)
		_start_stores(home)
		if (home.sites / sites.DEMO_SITE / "site_config.json").exists() and home.done("demo"):
			port = _web_port(home, arguments.port)
			sites.bring_up_to_date(home)
			_start_city(home, port)
			say(f"the demo city is at http://localhost:{port}")
			_update_demo_file(home, port)
		else:
			say("database and Redis run; there is no demo city yet ('./kyodo demo' makes one)")
	return 0


def _update_demo_file(home: Home, port: int) -> None:
	known = read_json(home.demo_file)
	if known:
		write_json(home.demo_file, {**known, "url": f"http://localhost:{port}"}, mode=0o600)


def _start_stores(home: Home) -> None:
	services.start(home, services.stores(home))
	build.write_common_config(home)
	sites.refresh_site_configs(home)


def _start_city(home: Home, port: int) -> None:
	sites.set_host_name(home, sites.DEMO_SITE, f"http://localhost:{port}")
	if home.recall().get("served_code") != services.code_version(home):
		sites.forget_cache(home, sites.DEMO_SITE)
		home.remember(served_code=services.code_version(home))
	begun = services.start(home, services.city(home, sites.DEMO_SITE, port))
	if begun:
		say(f"started: {', '.join(begun)}")


def _web_port(home: Home, asked: int | None) -> int:
	"""Return the web server's port: the one asked for, the previous one, or the first free one from 8000 on."""
	known = home.recall().get("web_port")
	mine = known if services.running(home, "web") else None
	if asked and asked != mine and not is_free(asked):
		raise Trouble(
			f"Port {asked} is taken by another program.", "choose another one: ./kyodo demo --port NUMBER (or stop that program)."
		)
	port = asked or known or 8000
	while port != mine and not is_free(port):
		port += 1
	if known and port != known and not asked:
		say(f"port {known} is taken by another program: the web server moves to {port}")
	if port != known:
		home.remember(web_port=port)
		build.write_common_config(home)
	return port


def _try_login(url: str, login: dict) -> None:
	data = json.dumps({"usr": login["user"], "pwd": login["password"]}).encode()
	request = urllib.request.Request(f"{url}/api/method/login", data, {"Content-Type": "application/json"})
	opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
	try:
		opener.open(request, timeout=60).read()
	except (urllib.error.URLError, OSError) as error:
		raise Trouble(
			f"The web server runs, but {login['user']} cannot log in ({error}).",
			"look at .kyodo/logs/web.log; './kyodo demo --fresh' makes the site anew (a changed Administrator password is reset).",
		) from None


def stop_command(home: Home, arguments) -> int:
	"""`./kyodo stop`"""
	if not home.root.exists():
		plain("nothing runs: there is no .kyodo yet")
		return 0
	home.prepare()
	with home.lock("host", "stop"):
		end_leftovers(home)
		stopped = services.stop(home)
	say(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
	return 0


@contextmanager
def lent_test_site(home: Home, doing: str = "test", others: tuple[str, ...] = ()):
	"""Provide the restored test site with running services as (sites folder, name), to one process at a time.

	`others`: more test sites to put back at the same time. Afterwards, services that did not run before are stopped again.
	"""
	home.prepare()
	with home.lock("test", doing):
		before = [name for name in services.STORES if services.running(home, name)]
		try:
			with home.lock("host", f"{doing}: preparing"):
				ensure_bench(home, testing=True)
				_start_stores(home)
				say(f"putting back {' and '.join((sites.TEST_SITE, *others))} …")
				with ThreadPoolExecutor() as pool:  # a site is restored by waiting for the disk
					list(pool.map(lambda site: sites.fresh_test_site(home, site), (sites.TEST_SITE, *others)))
			yield home.sites, sites.TEST_SITE
		finally:
			# a demo started meanwhile needs the database
			if not services.running(home, "web"):
				services.stop(home, [name for name in services.STORES if name not in before])


def test_command(home: Home, arguments) -> int:
	"""`./kyodo test …`: the tests named, or all of them in two processes, each on its own site.

	pytest-xdist hands the next file to whichever process is free, so both end together. `--random [SEED]` shuffles the files and
	the tests of each: whatever a test leaves behind, another one meets sooner or later.
	"""
	words = _ordered(arguments.rest)
	chosen = [word for word in words if not word.startswith("-") and (CHECKOUT / word.split("::")[0]).exists()]
	others = () if chosen else (sites.SECOND_TEST_SITE,)
	with lent_test_site(home, others=others) as (folder, name):
		say("running the tests")
		if chosen:
			return _start_pytest(home, folder, name, words).wait()
		both = [name, *others]
		side_by_side = ["tests", "-n", str(len(both)), "--dist", "loadfile", "--no-loadscope-reorder", *words]
		return _start_pytest(home, folder, name, side_by_side, KYODO_TEST_SITES=",".join(both)).wait()


def _ordered(words: list[str]) -> list[str]:
	"""Return pytest's arguments with those of pytest-random-order in place of `--random [SEED]`; a seed that is not given is made."""
	if "--random" not in words:
		return words
	place = words.index("--random")
	before, after = words[:place], words[place + 1 :]
	seed = after.pop(0) if after and after[0].isdigit() else str(secrets.randbelow(1_000_000))
	say(f"in random order; to have the same once more: ./kyodo test --random {seed}")
	return [*before, f"--random-order-seed={seed}", *after]


def _start_pytest(home: Home, folder: Path, site: str, words: list[str], **more: str) -> subprocess.Popen:
	env = environment(home, KYODO_SITES=str(folder), KYODO_SITE=site, KYODO_ADMIN_PASSWORD=home.secret("admin"), **more)
	command = [home.python, "-m", "pytest", *words]
	return subprocess.Popen([str(word) for word in command], cwd=CHECKOUT, env=env)


def bench_command(home: Home, arguments) -> int:
	"""`./kyodo bench …`"""
	home.prepare()
	with home.lock("host", "bench"):
		ensure_bench(home, site=False)
		_start_stores(home)
	tool = str(home.tools / "bin" / "bench")
	return subprocess.run([tool, *arguments.rest], cwd=home.bench, env=environment(home)).returncode


def measure_command(home: Home, arguments) -> int:
	"""`./kyodo measure`"""
	if arguments.size:
		return _measure_sizes(home, arguments)
	target = arguments.json.resolve() if arguments.json else home.root / "measure.json"
	with lent_test_site(home, "measure") as (folder, name):
		env = environment(home, KYODO_ADMIN_PASSWORD=home.secret("admin"))
		command = [home.python, services.INSIDE / "measure.py", name, CHECKOUT / "tests" / "bench", target, arguments.only]
		return subprocess.run([str(word) for word in command], cwd=folder, env=env).returncode


def _measure_sizes(home: Home, arguments) -> int:
	"""`./kyodo measure --size`: on sites of their own, which stay for the next time."""
	home.prepare()
	with home.lock("test", "measure"):
		before = [name for name in services.STORES if services.running(home, name)]
		try:
			with home.lock("host", "measure: preparing"):
				ensure_bench(home)
				_start_stores(home)
				both = {"small": (sites.SMALL_SITE, sizes.SMALL), "large": (sites.LARGE_SITE, arguments.size)}
				for site in both.values():
					logins = sites.measured_site(home, *site)
			result = sizes.machine(home, arguments.size)
			of_size = {size: site for size, (site, _count) in both.items()}
			result |= sizes.compare(home, of_size, logins, arguments.rounds, arguments.only, arguments.profile)
			if arguments.people:
				result["people"] = sizes.people(home, sites.LARGE_SITE, arguments.people, arguments.seconds)
		finally:
			if not services.running(home, "web"):
				services.stop(home, [name for name in services.STORES if name not in before])
	write_json(arguments.json.resolve() if arguments.json else home.root / "measure-sizes.json", result)
	if arguments.markdown:
		sizes.write_table(arguments.markdown, result, read_json(arguments.before) if arguments.before else None)
	plain("\n" + sizes.table(result))
	return 0


def reset_command(home: Home, arguments) -> int:
	"""`./kyodo reset`"""
	if not home.root.exists():
		plain("there is no .kyodo")
		return 0
	if not arguments.yes:
		if not sys.stdin.isatty():
			raise Trouble(f"This would remove {home.root} with its sites and data.", "say so: ./kyodo reset --yes")
		if input(f"Remove {home.root} with its sites and data? [y/N] ").strip().lower() not in ("y", "yes"):
			return 1
	with home.lock("host", "reset"):
		end_leftovers(home)
		services.stop(home)
		shutil.rmtree(home.root, ignore_errors=True)
		shutil.rmtree(home.sockets, ignore_errors=True)
	if home.root.exists():
		raise Trouble(f"{home.root} could not be removed completely.", f"remove it by hand: rm -r {home.root}")
	say(f"removed {home.root}")
	return 0
