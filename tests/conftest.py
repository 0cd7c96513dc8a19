"""Fixtures for every test. How to run them: docs/host.md.

`tests/contract` needs no site. `tests/site` and `tests/browser` run against a real one: the site that
KYODO_SITES=<bench>/sites and KYODO_SITE=<site> name, or else the host's own test site, put back fresh.

    site          (session) Frappe is connected to the site, as Administrator; the value is the site's name
    committed     makes records that stay committed during a test, and deletes them at the end
    run_jobs      runs the site's background jobs
    messages_sent_at_once  messages reach the mail queue and the inbox within the act that sends them
    web           (session) a running web server of the site: web.base_url, web.guest(), web.as_user(user)
    browser, page Chromium on that web server; page_as(user) is a page already logged in

Every test in tests/site and tests/browser is rolled back at its end. Requests over HTTP are served by another process,
which sees committed records only: use `committed`.
"""

import copy
import gc
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import library_caches
import pytest
from places import Place, beginning_of

TESTS = Path(__file__).resolve().parent
CHECKOUT = TESTS.parent
# The longest files first, the shortest last: whichever of two processes is free takes the next one, and they end together. The very
# first one makes a site where test_upgrade makes one, too: whichever comes second waits for the other.
FIRST, ORDER = "test_install.py", ("browser", "site", "contract")
LONGEST = ("test_scope.py", "test_fuzz.py", "test_at_once.py")  # of those with a site: two minutes each
OF_FILE = {"rest_town", "busy_town", "access_records"}  # towns that are committed for the tests of one file
PASSWORD = "Kyodo-" + secrets.token_hex(8)

if str(CHECKOUT) not in sys.path:
	sys.path.append(str(CHECKOUT))  # for `host`; last, so that an installed app is not hidden
worker, shared = os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get("KYODO_TEST_SITES")
if worker and shared:  # each process of `./kyodo test` has a site of its own
	os.environ["KYODO_SITE"] = shared.split(",")[int(worker.removeprefix("gw"))]
# v16 opens a log in ../logs, seen from the sites folder, when test modules are imported from here
os.environ.setdefault("FRAPPE_STREAM_LOGGING", "1")


# --- collection -------------------------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
	"""Run the longest file first, then the tests with a browser, those with a site, the longest of them first, and the contract tests;
	within these as they come, or as `./kyodo test --random` has shuffled them. Of a file, those that begin at the same place follow each
	other, and those with a town that is committed for all of them come last: while it stands, its people belong to two organisations
	and sections."""
	files = {path: number for number, path in enumerate(dict.fromkeys(item.path for item in items))}
	first = {}  # of the tests that begin at the same place: its number
	together = [first.setdefault(beginning_of(item) or item, number) for number, item in enumerate(items)]
	together = dict(zip(items, together, strict=True))
	items.sort(
		key=lambda item: (
			item.path.name != FIRST,
			_room_number(item.path),
			item.path.name not in LONGEST,
			files[item.path],
			not OF_FILE.isdisjoint(item.fixturenames),
			together[item],
		)
	)


def _room(path):
	return next((part for part in Path(path).parts[len(TESTS.parts) :]), "")


def _room_number(path):
	room = _room(path)
	return ORDER.index(room) if room in ORDER else len(ORDER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
	report = yield
	if report.when == "call":
		item.failed = report.failed
	return report


PLACE = Place()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
	PLACE.before(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item, nextitem):
	PLACE.after(nextitem)


@pytest.fixture(scope="session")
def place():
	"""See places.Place."""
	return PLACE


# --- the site ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def site_place():
	"""(sites folder, site name) of the site under test."""
	sites, name = os.environ.get("KYODO_SITES"), os.environ.get("KYODO_SITE")
	if sites and name:
		sites = Path(sites).resolve()
		if not (sites / name / "site_config.json").exists():
			pytest.exit(f"There is no site {name} in {sites}. Remedy: set KYODO_SITES and KYODO_SITE to one that exists.", 3)
		yield sites, name
	elif sites or name:
		pytest.exit("KYODO_SITES and KYODO_SITE go together. Remedy: set both, or none.", 3)
	else:
		from host.cli import lent_test_site
		from host.home import Home
		from host.report import Trouble

		try:
			with lent_test_site(Home(CHECKOUT)) as place:
				yield place
		except Trouble as trouble:
			pytest.exit(str(trouble), 3)


@pytest.fixture(scope="session")
def site(site_place):
	"""Connect this process to the site."""
	sites, name = site_place
	try:
		import frappe
	except ImportError:
		pytest.exit(f"This Python has no Frappe. Remedy: run './kyodo test', or {sites.parent}/env/bin/python -m pytest.", 3)
	before = os.getcwd()
	os.chdir(sites)  # Frappe's logs are addressed from here
	frappe.init(name, sites_path=".")
	library_caches.remember()
	frappe.connect()
	if "kyodo_frappe" not in frappe.get_installed_apps():
		pytest.exit(f"The app is not on {name}. Remedy: bench --site {name} install-app kyodo_frappe", 3)
	_start_testing(frappe)
	yield name
	frappe.destroy()
	os.chdir(before)


def _start_testing(frappe):
	frappe.flags.in_test = True
	if hasattr(frappe, "in_test"):  # v16
		frappe.in_test = True
	frappe.flags.mute_emails = True
	frappe.flags.kyodo_turn = True  # requests in this process must not roll back a test's records (workflows/locking.py)
	frappe.set_user("Administrator")
	frappe.local.lang = "ja"
	gc.freeze()  # what is there by now stays to the end: nobody need look through it for garbage


@pytest.fixture(autouse=True)
def _isolation(request):
	"""Undo the changes of each test that has a site, in the database and in this process."""
	if _room(request.path) not in ("site", "browser"):
		yield
		return
	request.getfixturevalue("site")
	import frappe

	flags = copy.deepcopy(dict(frappe.local.flags))
	had_request = hasattr(frappe.local, "request")
	yield
	_undo(frappe, flags, had_request)


# what a site is configured with: a file of tests that leaves something here changes what the next one sees
_CONFIGURATION = (
	"Custom DocPerm", "Custom Field", "DocType", "Email Template", "Kanban Board", "Kyodo List Filter",
	"Kyodo Role Link", "Letter Head", "Notification", "Print Format",
	"Property Setter", "Role", "Workflow", "Workflow Action Master", "Workflow State",
)  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _configuration(request):
	"""Fail at the end of a file of tests that leaves configuration behind in the site."""
	if _room(request.path) not in ("site", "browser"):
		yield
		return
	request.getfixturevalue("site")
	import frappe

	def names():
		frappe.db.rollback()
		return {(kind, name) for kind in _CONFIGURATION for name in frappe.get_all(kind, pluck="name", order_by="name")}

	before = names()
	yield
	assert names() == before, f"left behind or missing: {sorted(names() ^ before)}"


# caches of Frappe about records that a test may have made and rolled back
_STALE = (
	"bootinfo", "defaults", "home_page", "lang", "portal_menu_items", "roles", "system_settings", "user_doc",
	"user_perm_can_read", "user_permissions", "website_page", "workflow",
)  # fmt: skip


# what our modules keep in Redis: counts that no commit has changed, figures, how often somebody has asked
_KEPT = ("kyodo-kept:", "kyodo-limit:", "kyodo-yearly-figures:")
# what our modules remember for the length of a request
_OF_REQUEST = ("kyodo_drafts", "kyodo_made", "kyodo_role_links", "kyodo_titles", "kyodo_until_written")


def _undo(frappe, flags, had_request):
	from frappe.core.doctype.translation.translation import clear_user_translation_cache

	if not PLACE.go_back():
		frappe.db.rollback()
	for name in _OF_REQUEST:
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)
	if frappe.cache.hget("lang_user_translations", "ja"):  # a city's own words, rolled back
		clear_user_translation_cache("ja")
	frappe.local.flags = frappe._dict(flags)
	frappe.local.message_log = []
	frappe.local.error_log = []
	frappe.local.response = frappe._dict({"docs": []})
	if hasattr(frappe.local, "request") and not had_request:
		del frappe.local.request
	for name in ("document_cache", *_KEPT):
		frappe.cache.delete_keys(name)
	frappe.cache.delete_value(list(_STALE))
	if isinstance(getattr(frappe.local, "document_cache", None), dict):
		frappe.local.document_cache.clear()
	frappe.set_user("Administrator")
	frappe.local.lang = "ja"


# --- committed records ------------------------------------------------------------------------------------------


class Committed:
	"""Records that a test commits; all of them are deleted at its end, the last one first."""

	def __init__(self, frappe):
		self._frappe = frappe
		self._added = []

	def insert(self, values, **kwargs):
		"""Insert and commit a document (or a dict of its fields), and return it."""
		doc = self._frappe.get_doc(values) if isinstance(values, dict) else values
		doc.insert(ignore_permissions=True, **kwargs)
		return self.add(doc)

	def add(self, doc, name=None):
		"""Commit a record made elsewhere (a document, or DocType and name), to be deleted at the end."""
		self._added.append((doc, name) if name else (doc.doctype, doc.name))
		self._frappe.db.commit()
		return doc

	def user(self, email, roles=(), **values):
		"""Insert a user with a known password and these roles."""
		given = {"first_name": email.split("@")[0], "send_welcome_email": 0, "new_password": PASSWORD, **values}
		return self.insert({"doctype": "User", "email": email, "roles": [{"role": role} for role in roles], **given})

	def delete_all(self):
		"""Delete all records, and commit."""
		frappe = self._frappe
		frappe.db.rollback()
		frappe.set_user("Administrator")
		for doctype, name in reversed(self._added):
			if frappe.db.exists(doctype, name):
				self._delete(doctype, name)
		frappe.db.commit()
		self._added.clear()

	def _delete(self, doctype, name):
		frappe = self._frappe
		try:
			if frappe.get_meta(doctype).is_submittable:
				frappe.db.set_value(doctype, name, "docstatus", 2, update_modified=False)
			frappe.delete_doc(doctype, name, force=True, ignore_permissions=True, delete_permanently=True)
			frappe.db.commit()
		except Exception:  # even a record that the app protects from deletion must go
			frappe.db.rollback()
			for table in frappe.get_meta(doctype).get_table_fields():
				frappe.db.delete(table.options, {"parent": name, "parenttype": doctype})
			frappe.db.delete(doctype, {"name": name})
			frappe.db.commit()


@pytest.fixture
def committed(site, _isolation):
	"""See `Committed`."""
	import frappe

	keeper = Committed(frappe)
	yield keeper
	keeper.delete_all()


@pytest.fixture
def run_jobs(site_place):
	"""A function that runs the site's queued jobs in another process and returns the output."""
	sites, name = site_place

	def work() -> str:
		command = [sys.executable, str(CHECKOUT / "host" / "inside" / "work_off.py"), name]
		done = subprocess.run(command, cwd=sites, capture_output=True, text=True, timeout=300)
		assert done.returncode == 0, done.stdout + done.stderr
		return done.stdout + done.stderr

	return work


@pytest.fixture
def messages_sent_at_once(monkeypatch, site):
	"""Messages are handed over within the act and not after its commit: for tests that look at what people are told."""
	from kyodo_frappe.messages import outbox

	monkeypatch.setattr(outbox, "put", outbox.at_once)


# --- over HTTP --------------------------------------------------------------------------------------------------


class Web:
	"""A running web server of the site."""

	def __init__(self, base_url, site):
		self.base_url, self.site = base_url, site

	def guest(self):
		"""Return a requests.Session without a login, for addresses relative to the site's root."""
		import requests

		class Session(requests.Session):
			def request(session, method, url, **kwargs):
				return super().request(method, self.base_url + url if url.startswith("/") else url, **kwargs)

		session = Session()
		session.headers["Accept"] = "application/json, text/html;q=0.9"
		session.trust_env = False
		return session

	def login(self, user, password):
		"""Return a session of a user with the CSRF token that writing requests need."""
		session = self.guest()
		answer = session.post("/api/method/login", data={"usr": user, "pwd": password})
		assert answer.status_code == 200, f"{user} cannot log in: {answer.status_code} {answer.text[:500]}"
		for page in ("/me", "/app"):  # a session gets its token from the first page that contains one
			token = re.search(r'csrf_token\s*=\s*"([0-9a-f]{20,})"', session.get(page).text)
			if token:
				session.headers["X-Frappe-CSRF-Token"] = token.group(1)
				break
		return session

	def as_user(self, user):
		"""Return a session of a user, whose password is set to a known one (except for Administrator)."""
		return self.login(user, self.password_of(user))

	def password_of(self, user):
		"""Set a known password of a user and return it; Administrator's comes from KYODO_ADMIN_PASSWORD."""
		import frappe
		from frappe.utils.password import update_password

		if user == "Administrator":
			password = os.environ.get("KYODO_ADMIN_PASSWORD")
			assert password, "Set KYODO_ADMIN_PASSWORD: tests do not change Administrator's password."
			return password
		update_password(user, PASSWORD, logout_all_sessions=False)
		frappe.db.commit()
		return PASSWORD


@contextmanager
def serving(sites, site, log):
	"""Run a web server for a site on a free port while the block runs."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		port = probe.getsockname()[1]
	command = [sys.executable, str(TESTS / "serve.py"), "--site", site, "--port", str(port)]
	env = {name: value for name, value in os.environ.items() if name not in ("DEV_SERVER", "PYTHONPATH")}
	with open(log, "ab") as output:
		server = subprocess.Popen(command, cwd=sites, stdout=output, stderr=output, env=env)
	try:
		_wait_for(server, f"http://127.0.0.1:{port}", log)
		yield Web(f"http://127.0.0.1:{port}", site)
	finally:
		server.terminate()
		try:
			server.wait(15)
		except subprocess.TimeoutExpired:
			server.kill()
			server.wait()


def _wait_for(server, base_url, log):
	import requests

	deadline = time.monotonic() + 90
	while time.monotonic() < deadline and server.poll() is None:
		try:
			if requests.get(f"{base_url}/api/method/ping", timeout=60).status_code == 200:
				return
		except requests.RequestException:
			time.sleep(0.1)
	pytest.fail(f"The web server did not start. Its log, {log}, ends:\n{Path(log).read_text()[-2000:]}", pytrace=False)


@pytest.fixture(scope="session")
def password():
	"""The one password of all logins that tests make: a login that several fixtures use keeps it."""
	return PASSWORD


@pytest.fixture(scope="session")
def web(site, site_place, tmp_path_factory):
	"""See `Web`."""
	with serving(*site_place, tmp_path_factory.mktemp("web") / "web.log") as server:
		yield server


# --- in the browser ---------------------------------------------------------------------------------------------

CHROMIUM_FLAGS = (
	"--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
	"--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
	"--js-flags=--no-opt --no-maglev",  # optimising scripts of pages that are open for seconds takes longer than they run
)  # fmt: skip
PATIENCE = 20000  # ms in which what is expected must be there: a machine may be slow
# without motion, dialogs of the desk are there at once; what still moves may be clicked, but does not close
JAPANESE = {"locale": "ja-JP", "timezone_id": "Asia/Tokyo", "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def browser():
	"""The system's Chromium, driven by playwright."""
	from host.machine import CHROMIUM_NAMES, find_program

	chromium = os.environ.get("KYODO_CHROMIUM") or find_program(*CHROMIUM_NAMES)
	if not chromium:
		pytest.fail("There is no Chromium. Remedy: apt-get install chromium, or name one in KYODO_CHROMIUM.", pytrace=False)
	try:
		from playwright.sync_api import expect, sync_playwright
	except ImportError:
		pytest.fail("playwright is missing. Remedy: install the app with its [test] extra.", pytrace=False)
	expect.set_options(timeout=PATIENCE)
	with sync_playwright() as playwright:
		running = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
		yield running
		running.close()


class Contexts:
	"""Contexts of the browser, which walks take in turns: each begins without logins and without anything that pages have stored in
	it, but what it has loaded of the desk stays in its cache."""

	def __init__(self, browser, base_url: str):
		self._browser, self._base_url, self._idle = browser, base_url, {}

	def take(self, clock: bool, **options) -> tuple:
		"""Return the kind of a context, under which it is given back, with a context that nobody uses and an empty page of it.

		clock: whether `page.clock` can put the time of its pages forward. options: of Browser.new_context.
		"""
		kind = json.dumps([clock, options], sort_keys=True)
		idle = self._idle.setdefault(kind, [])
		used = idle.pop() if idle else None
		context = used or self._browser.new_context(base_url=self._base_url, **JAPANESE, **options)
		if clock and not used:
			context.clock.install()
		page = context.new_page()
		if used:
			stored = {"origin": self._base_url, "storageTypes": "all"}
			context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
		return kind, context, page

	def give_back(self, kind: str, context):
		"""Let the next one take a context."""
		for page in context.pages:
			page.close()
		context.set_offline(False)
		context.clear_cookies()
		self._idle[kind].append(context)


@pytest.fixture(scope="session")
def contexts(browser, web):
	"""See `Contexts`."""
	return Contexts(browser, web.base_url)


@pytest.fixture
def new_page(request, contexts):
	"""A function that opens a page in a Japanese browser context of its own; `page.problems` collects script and server errors.

	clock: whether `page.clock.fast_forward` can put its time forward, to what the page does when nobody has typed for a while. If the
	test fails, a picture of every page is stored in .kyodo/pictures.
	"""
	taken, pages = [], []

	def open_page(viewport=None, clock=False, **options):
		kind, context, page = contexts.take(clock, **options)
		taken.append((kind, context))
		if viewport:
			page.set_viewport_size(viewport)
		page.problems = []
		# Frappe's xcall rejects without a reason where leaving the page cuts a request off; a request that failed is told by its status
		page.on("pageerror", lambda error: page.problems.append(str(error)) if str(error) != "undefined" else None)
		page.on("response", lambda answer: page.problems.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
		pages.append(page)
		return page

	yield open_page
	failed = getattr(request.node, "failed", False)
	if failed:
		_keep_pictures(request.node.name, pages)
	for kind, context in reversed(taken):  # the first one is the first to be taken again
		context.close() if failed else contexts.give_back(kind, context)


def _keep_pictures(name, pages):
	folder = CHECKOUT / ".kyodo" / "pictures"
	folder.mkdir(parents=True, exist_ok=True)
	for number, page in enumerate(pages):
		try:
			page.screenshot(path=folder / f"{re.sub(r'[^A-Za-z0-9_-]+', '_', name)}-{number}.png", full_page=True)
		except Exception as error:
			print(f"no picture of page {number}: {error}")


@pytest.fixture
def page(new_page):
	"""A page without a login."""
	return new_page()


@pytest.fixture
def page_as(new_page, web):
	"""A function that opens a page as a logged-in user."""

	def open_as(user, **options):
		page = new_page(**options)
		answer = page.context.request.post("/api/method/login", form={"usr": user, "pwd": web.password_of(user)})
		assert answer.ok, f"{user} cannot log in: {answer.status} {answer.text()[:500]}"
		return page

	return open_as
