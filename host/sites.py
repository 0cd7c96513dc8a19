"""Sites: made once, stored as a dump, and restored in seconds.

The dump `bare` is a Japanese Frappe site without the app, the dump `app` has the app installed. Each has a hash of its inputs,
so a change of the app costs an installation, not a new site.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from host.bench_config import SERVER_HOST, redis_url
from host.build import APP, frappe_key
from host.home import Home, digest, read_json, write_json
from host.machine import find_program
from host.plan import Plan, Step, carry_out
from host.report import Trouble
from host.services import redis_call, sql_client
from host.shell import environment, run

DEMO_SITE, TEST_SITE, SEED_SITE = "kyodo.localhost", "test.localhost", "seed.localhost"
SECOND_TEST_SITE = "test2.localhost"  # for the second of two processes that share the tests
SMALL_SITE, LARGE_SITE = "small.localhost", "large.localhost"  # that `./kyodo measure --size` compares
_DATABASES = {
	DEMO_SITE: "kyodo_demo",
	TEST_SITE: "kyodo_test",
	SEED_SITE: "kyodo_seed",
	SECOND_TEST_SITE: "kyodo_test2",
	SMALL_SITE: "kyodo_small",
	LARGE_SITE: "kyodo_large",
}
_REDIS_DATABASES = {DEMO_SITE: 0, TEST_SITE: 1, SEED_SITE: 2, SECOND_TEST_SITE: 3, SMALL_SITE: 4, LARGE_SITE: 5}
INSIDE = Path(__file__).resolve().parent / "inside"


def bench(home: Home, *words: str, log: str = "bench", what: str = "", **extra_environment: str) -> str:
	"""Run a bench command in the bench folder and return its output."""
	return run(
		home,
		[home.tools / "bin" / "bench", *words],
		log=log,
		cwd=home.bench,
		env=environment(home, **extra_environment),
		what=what or f"bench {' '.join(words[:5])} failed.",
	)


def installed_from(package: Path) -> list[Path]:
	"""Return the app's files that an installed site depends on.

	These are its declarations, and the Python code that runs while installing, with its imports. Other code needs no new site.
	"""
	declared = {file for file in package.rglob("*") if file.suffix in (".json", ".csv", ".txt") and not _is_built(file)}
	declared.add(package / "hooks.py")
	code = [package / "install.py", package / "uninstall.py", package / "common" / "indexes.py", *package.glob("patches/**/*.py")]
	code += [file for file in package.rglob("doctype/**/*.py") if "on_doctype_update" in file.read_text()]
	seen: set[Path] = set()
	while code:
		file = code.pop()
		if file in seen or not file.is_file():
			continue
		seen.add(file)
		code += [found for module in _imported(file) for found in _files_of(package, module)]
	return sorted(declared | seen)


def _is_built(file: Path) -> bool:
	return bool({"__pycache__", "node_modules", "dist"} & set(file.parts))


def _imported(file: Path):
	"""Yield the dotted names of the app that a file imports."""
	for module, names in re.findall(rf"from ({APP}[\w.]*) import \(?([\w, \n\t]+)", file.read_text()):
		yield from (f"{module}.{name}" for name in re.findall(r"\w+", names))
	yield from re.findall(rf"^\s*import ({APP}[\w.]*)", file.read_text(), re.M)


def _files_of(package: Path, dotted: str):
	path = package.joinpath(*dotted.split(".")[1:])
	for place in (path, path.parent):  # the last part may be a name inside a module
		yield from (place.with_suffix(".py"), place / "__init__.py")


def bare_key(home: Home) -> str:
	"""Return the hash of the inputs of a site without the app."""
	return digest(frappe_key(home), (INSIDE / "prepare_site.py").read_bytes())


def app_key(home: Home) -> str:
	"""Return the hash of the inputs of a site with the app."""
	files = installed_from(home.checkout / APP)
	parts = (part for file in files for part in (file.relative_to(home.checkout), file.read_bytes()))
	return digest(bare_key(home), (home.checkout / "pyproject.toml").read_bytes(), *parts)


def add_dump_steps(plan: Plan, after: tuple[str, ...]) -> None:
	"""Add the steps that make both dumps, after those for database, Redis and the Python environment."""
	home = plan.home
	made = {
		"bare": ("a new Frappe site", bare_key, _make_bare),
		"app": ("a site with the app", app_key, _make_with_app),
	}
	for kind, (title, key, make) in made.items():

		def work(kind=kind, make=make) -> None:
			make(home)
			_save(home, SEED_SITE, home.dumps / kind)

		plan.add(
			Step(
				f"site-{kind}",
				title,
				work,
				lambda key=key: key(home),
				after=after if kind == "bare" else ("site-bare",),
				holds=lambda kind=kind: (home.dumps / kind / "site.json").exists(),
			)
		)


def _make_bare(home: Home) -> None:
	_remove(home, SEED_SITE)
	bench(
		home,
		*("new-site", SEED_SITE, "--force", "--db-name", _DATABASES[SEED_SITE]),
		*("--admin-password", home.secret("admin"), "--db-root-username", "root", "--db-root-password", home.secret("db_root")),
		log="site",
		what="Making a new site failed.",
	)
	_write_site_config(home, SEED_SITE, read_json(home.sites / SEED_SITE / "site_config.json"))
	inside(home, "prepare_site.py", SEED_SITE, log="site")


def _make_with_app(home: Home) -> None:
	restore(home, home.dumps / "bare", SEED_SITE)
	bench(home, "--site", SEED_SITE, "install-app", APP, log="site", what="Installing the app failed.")
	listed = bench(home, "--site", SEED_SITE, "list-apps", log="site")
	if APP not in listed:
		raise Trouble(f"bench install-app ended well, but {APP} is not among the installed apps: {listed.strip()}")


def inside(home: Home, script: str, *words: str, log: str) -> str:
	"""Run a script of `inside/` with the bench's Python in the sites folder, and return its output."""
	return run(home, [home.python, INSIDE / script, *words], log=log, cwd=home.sites)


# --- dumps ------------------------------------------------------------------------------------------------------


def _save(home: Home, site: str, place: Path) -> None:
	"""Store a site as a dump: database, files, and the part of the configuration that belongs to its content."""
	home.dumps.mkdir(exist_ok=True)
	fresh = place.with_name(place.name + ".fresh")
	shutil.rmtree(fresh, ignore_errors=True)
	fresh.mkdir()
	program = find_program("mariadb-dump", "mysqldump")
	with open(fresh / "db.sql", "wb") as sql:
		run(
			home,
			[program, *sql_client(home)[1:], "--single-transaction", "--quick", "--skip-comments", _DATABASES[site]],
			log="site",
			env=environment(home, MYSQL_PWD=home.secret("db_root")),
			stdout=sql,
		)
	for folder in ("public", "private"):
		shutil.copytree(home.sites / site / folder, fresh / folder, ignore=shutil.ignore_patterns("backups"))
	config = read_json(home.sites / site / "site_config.json") or {}
	write_json(fresh / "site.json", {"encryption_key": config["encryption_key"]} if "encryption_key" in config else {}, mode=0o600)
	shutil.rmtree(place, ignore_errors=True)
	fresh.rename(place)


def restore(home: Home, dump: Path, site: str, **settings) -> None:
	"""Replace a site by a dump; `settings` go into its site_config.json."""
	_remove(home, site)
	name, password = _DATABASES[site], home.secret("db_site")
	statements = (
		f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
		f"CREATE OR REPLACE USER '{name}'@'{SERVER_HOST}' IDENTIFIED BY '{password}';"
		f"GRANT ALL PRIVILEGES ON `{name}`.* TO '{name}'@'{SERVER_HOST}';"
	)
	_sql(home, statements)
	with open(dump / "db.sql", "rb") as sql:
		run(
			home,
			[*sql_client(home), "--init-command", "SET foreign_key_checks=0, unique_checks=0", name],
			log="site",
			env=environment(home, MYSQL_PWD=home.secret("db_root")),
			stdin=sql,
			what=f"Putting back {dump} failed.",
			remedy=f"remove {home.dumps} and run the same command again.",
		)
	folder = home.sites / site
	for part in ("public", "private"):
		shutil.copytree(dump / part, folder / part, dirs_exist_ok=True)
	for part in ("logs", "locks", "private/backups"):
		(folder / part).mkdir(parents=True, exist_ok=True)
	_write_site_config(home, site, {**(read_json(dump / "site.json") or {}), **settings})


def _write_site_config(home: Home, site: str, config: dict) -> None:
	path = home.sites / site / "site_config.json"
	config = {
		**config,
		"db_name": _DATABASES[site],
		"db_password": config.get("db_password") or home.secret("db_site"),
		"db_type": "mariadb",
		"mute_emails": 1,
	}
	if site == SEED_SITE:
		config["pause_scheduler"] = 1
	if _REDIS_DATABASES[site]:
		# jobs and caches of tests are separate from the demo's, and have no worker unless a test starts one
		number = _REDIS_DATABASES[site]
		config["redis_cache"] = redis_url(home, "redis_cache", number)
		config["redis_queue"] = redis_url(home, "redis_queue", number)
	write_json(path, config, mode=0o600)


def refresh_site_configs(home: Home) -> None:
	"""Update the Redis addresses of all sites, since a port may have changed."""
	for site in _DATABASES:
		config = read_json(home.sites / site / "site_config.json")
		if config:
			_write_site_config(home, site, config)


def _remove(home: Home, site: str) -> None:
	_sql(home, f"DROP DATABASE IF EXISTS `{_DATABASES[site]}`; DROP USER IF EXISTS '{_DATABASES[site]}'@'{SERVER_HOST}';")
	shutil.rmtree(home.sites / site, ignore_errors=True)
	forget_cache(home, site)
	redis_call(home, "redis_queue", "FLUSHDB", database=_REDIS_DATABASES[site])


def forget_cache(home: Home, site: str) -> None:
	"""Empty a site's cache, which may depend on old code (translations, pages, permissions)."""
	redis_call(home, "redis_cache", "FLUSHDB", database=_REDIS_DATABASES[site])


def _sql(home: Home, statements: str) -> str:
	return run(
		home,
		[*sql_client(home), "--execute", statements],
		log="site",
		env=environment(home, MYSQL_PWD=home.secret("db_root")),
	)


# --- the test site ----------------------------------------------------------------------------------------------


def fresh_test_site(home: Home, site: str = TEST_SITE) -> None:
	"""Restore a test site to the state right after installing the app."""
	restore(home, home.dumps / "app", site, pause_scheduler=1)


# --- the demo city ----------------------------------------------------------------------------------------------


def demo_city(home: Home, size: int | None, fresh: bool = False) -> list[dict]:
	"""Make the demo site once, migrate it when the app has changed, and return [{role, user, password, name}, …]."""
	known = read_json(home.root / "done" / "demo.json")
	size_before = home.recall().get("demo_size")
	if fresh or known is None or (size is not None and size != size_before) or not _demo_logins(home).exists():
		key = app_key(home)
		carry_out(home, Step("demo", "the demo city", lambda: _make_demo(home, size), lambda: key))
		home.record("demo-app", key)
		home.remember(demo_size=size)
	bring_up_to_date(home)
	return read_json(_demo_logins(home))


def bring_up_to_date(home: Home) -> None:
	"""Migrate the demo site if the app has changed since."""
	key = app_key(home)
	if home.done("demo") and home.done("demo-app") != key:
		carry_out(home, Step("demo-app", "the demo site: migrating to the app as it is now", lambda: _migrate(home), lambda: key))


def _migrate(home: Home) -> None:
	bench(home, "--site", DEMO_SITE, "migrate", log="demo", what="Migrating the demo site failed.")


def _make_demo(home: Home, size: int | None) -> None:
	logins = _demo_logins(home)
	logins.unlink(missing_ok=True)
	restore(home, home.dumps / "app", DEMO_SITE)
	amount = [] if size is None else ["--size", str(size)]
	bench(home, "--site", DEMO_SITE, "kyodo", "demo", *amount, log="demo", KYODO_LOGINS_FILE=str(logins))
	if not isinstance(read_json(logins), list):
		raise Trouble(
			"'bench kyodo demo' did not write its logins to the file named by KYODO_LOGINS_FILE.",
			f"look at {home.logs / 'demo.log'}; the command is in kyodo_frappe/commands.py.",
		)


def _demo_logins(home: Home) -> Path:
	return home.root / "demo-logins.json"


def set_host_name(home: Home, site: str, address: str) -> None:
	"""Set the address for links in mails."""
	path = home.sites / site / "site_config.json"
	config = read_json(path) or {}
	if config.get("host_name") != address:
		write_json(path, {**config, "host_name": address}, mode=0o600)


def administrator(home: Home) -> dict:
	"""Return the login of the Administrator, the same on all sites of this bench."""
	return {"role": "Administrator", "user": "Administrator", "password": home.secret("admin"), "name": "Administrator"}


# --- sites of two sizes -----------------------------------------------------------------------------------------


DATABASE_MEMORY = 1 << 30  # bytes, as a machine for a city of some size has


def measured_site(home: Home, site: str, proposals: int) -> list[dict]:
	"""Make a site with so many proposals, once for each size and schema, migrate it when the app has changed, and return its logins.

	It is the demo city multiplied. That takes no longer than putting a dump of it back, so the site itself is kept, not a dump.
	"""
	city = home.dumps / "city"
	key = city_key(home)
	if home.done("city") != key or not city.exists():
		carry_out(home, Step("city", "a demo city to multiply", lambda: _make_city(home), lambda: key))
	_sql(home, f"SET GLOBAL innodb_buffer_pool_size = {DATABASE_MEMORY};")
	step, made_of = f"measured-{site.split('.')[0]}", digest(key, proposals, (INSIDE / "multiply.py").read_bytes())
	if home.done(step) != made_of or not (home.sites / site).exists():

		def make() -> None:
			restore(home, city, site, pause_scheduler=1)
			inside(home, "multiply.py", site, str(proposals), log="measure-site")

		carry_out(home, Step(step, f"a city with {proposals:,} proposals", make, lambda: made_of))
	if home.done(f"{step}-app") != app_key(home):
		migrate = lambda: bench(home, "--site", site, "migrate", log="measure-site", what=f"Migrating {site} failed.")
		carry_out(home, Step(f"{step}-app", f"{site}: migrating to the app as it is now", migrate, lambda: app_key(home)))
	return read_json(city / "logins.json")


def city_key(home: Home) -> str:
	"""Return the hash of what the records of a measured city depend on: DocTypes, workflows, and how the demo city comes about."""
	package = home.checkout / APP
	files = sorted([*package.glob("kyodo_frappe/doctype/*/*.json"), *package.glob("workflows/*.json"), *package.glob("demo/*")])
	parts = (part for file in files if file.is_file() for part in (file.relative_to(home.checkout), file.read_bytes()))
	return digest(frappe_key(home), *parts)


def _make_city(home: Home) -> None:
	restore(home, home.dumps / "app", SEED_SITE)
	logins = home.root / "city-logins.json"
	bench(home, "--site", SEED_SITE, "kyodo", "demo", log="demo", KYODO_LOGINS_FILE=str(logins))
	_save(home, SEED_SITE, home.dumps / "city")
	write_json(home.dumps / "city" / "logins.json", read_json(logins), mode=0o600)
