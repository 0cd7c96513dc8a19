"""Every page under /kyodo: which address shows what, and how it is rendered (hooks.py: page_renderer).

Frappe's own renderer is not used for these pages, for three reasons: its templates do not escape, it remembers
a "not found" for an address that may be published later, and its base page loads what a closed network lacks.
Here every template escapes, an unknown and an unpublished record give the same answer, and a guest who asks
for a page of the portal is sent to the login.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

import frappe
import jinja2
from frappe import _
from frappe.utils.jinja_globals import bundled_asset
from frappe.website.page_renderers.base_renderer import BaseRenderer
from werkzeug.wrappers import Response

from kyodo_frappe.common import branding
from kyodo_frappe.programme import public as programme_public
from kyodo_frappe.web import look, words
from kyodo_frappe.web.forms import take_notice

ROOT = "kyodo"
PORTAL = "kyodo/my"
# with keys in their addresses or somebody's session in their answer: kept by no cache
PRIVATE = (PORTAL, "kyodo/join", "kyodo/login", "kyodo/password", "kyodo/registration")
LANGUAGES = ("ja", "en")
# what pages load of a programme: ?programme=
LOADED = {look.STYLESHEET: look.stylesheet, look.PICTURE: look.picture}
LONGEST_PATH = 500
NOWHERE = f"{ROOT}/not-found"
HEADERS = {
	"Content-Security-Policy": (
		"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
		"form-action 'self'; frame-ancestors 'self'; base-uri 'none'"
	),
	"X-Content-Type-Options": "nosniff",
	"Referrer-Policy": "same-origin",
}


@dataclass(frozen=True)
class Page:
	"""A page below /kyodo.

	`address`: its segments, in which `<name>` matches any one segment and is passed to `context` as an argument;
	`template`: its path in templates/kyodo, without ending; `context`: returns the template's values;
	`menu`: the entry of the programme's menu that leads here (Kyodo Menu Entry), if any.
	"""

	address: str
	template: str
	context: Callable[..., dict]
	menu: str = ""


class KyodoPage(BaseRenderer):
	def can_render(self) -> bool:
		return self.path == ROOT or self.path.startswith(f"{ROOT}/")

	def render(self):
		_keep_language()
		if not self.path.isprintable() or len(self.path) > LONGEST_PATH:
			self.path = NOWHERE  # an answer names its page in a header
		if self.path in LOADED:
			return self._loaded()
		in_portal = self.path == PORTAL or self.path.startswith(f"{PORTAL}/")
		if in_portal and frappe.session.user == "Guest":
			target = f"/kyodo/login?to={quote(self._asked())}"
			return self.build_response("", 302, {**HEADERS, "Location": target, "Cache-Control": "no-store"})
		# a page read now must not be what the next reader of this machine sees from a cache
		headers = {**HEADERS, "Cache-Control": "no-store, private" if self._private() else "no-cache"}
		try:
			return self.build_response(self.html(), 200, headers)
		except (frappe.DoesNotExistError, frappe.PermissionError, frappe.PageDoesNotExistError):
			frappe.clear_messages()
			return self.build_response(self._not_found(), 404, headers)

	def _loaded(self):
		found = LOADED[self.path](str(frappe.form_dict.get("programme") or ""))
		if found is None:
			return self.build_response(
				self._not_found(), 404, {**HEADERS, "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-cache"}
			)
		content, kind = found
		# its address changes with it (web/look.py)
		return Response(content, mimetype=kind, headers={**HEADERS, "Cache-Control": "public, max-age=86400"})

	def _private(self) -> bool:
		return any(self.path == place or self.path.startswith(f"{place}/") for place in PRIVATE)

	def _asked(self) -> str:
		"""The address as it was asked for, with its query."""
		request = getattr(frappe.local, "request", None)
		query = request.query_string.decode("ascii", "ignore") if request else ""
		return f"/{self.path}?{query}" if query else f"/{self.path}"

	def html(self) -> str:
		"""The page as text. Raises PageDoesNotExistError for what is not there or not for this reader."""
		page, arguments = find(self.path)
		return render(page.template, self.path, page.context(**arguments))

	def _not_found(self) -> str:
		# one text for whatever is missing, with nothing of the address in it
		return render("web/not_found", ROOT, {"title": _("This page does not exist")})


def _keep_language():
	"""A guest's choice of a language (`?_lang=`) holds for the pages that follow, in a cookie that Frappe reads too."""
	asked = frappe.form_dict.get("_lang")
	if asked in LANGUAGES:
		frappe.local.lang = asked
		if frappe.session.user == "Guest" and hasattr(frappe.local, "cookie_manager"):
			frappe.local.cookie_manager.set_cookie("preferred_language", asked)


def pages() -> list[Page]:
	"""The pages of all rooms (hooks.py: kyodo_pages), and of another app that adds some."""
	return [page for path in frappe.get_hooks("kyodo_pages") for page in frappe.get_attr(path)]


def menu_addresses() -> dict[str, str]:
	"""Return {entry of a programme's menu: its address}, as the rooms declare it with their pages."""
	return {page.menu: f"/{ROOT}/{page.address}".rstrip("/") for page in pages() if page.menu}


def _menu(entries: list[tuple[str, str]]) -> list[tuple[str, str]]:
	addresses = menu_addresses()
	return [(addresses[entry], label) for entry, label in entries if entry in addresses]


def find(path: str) -> tuple[Page, dict[str, str]]:
	"""The page at an address and the arguments of its context. Raises PageDoesNotExistError."""
	asked = path.strip("/").split("/")[1:]
	for page in pages():
		wanted = page.address.split("/") if page.address else []
		pairs = list(zip(wanted, asked, strict=False))
		if len(wanted) == len(asked) and all(w.startswith("<") or w == a for w, a in pairs):
			return page, {w.strip("<>"): a for w, a in pairs if w.startswith("<")}
	raise frappe.PageDoesNotExistError


def render(template: str, path: str, values: dict) -> str:
	user = frappe.session.user
	guest = user == "Guest"
	active = programme_public.programmes()
	names = [row.name for row in active]
	whose = values.get("whose")
	appearance = look.of_programme(whose if whose in names else next(iter(names), None))
	frame = {
		"path": "/" + path,
		"section": "/".join(path.split("/")[:2]),
		"lang": "ja" if words.in_japanese() else "en",
		"programme": programme_public.programme(),
		# where there is more than one, each page and row says whose it is
		"several": {row.name: row.programme_name for row in active} if len(active) > 1 else {},
		"whose": None,
		"look": appearance,
		"menu": _menu(appearance["menu"]),
		"site": branding.of_site(),
		"guest": guest,
		"user": "" if guest else user,
		"user_name": "" if guest else frappe.utils.get_fullname(user),
		"csrf_token": "" if guest else frappe.sessions.get_csrf_token(),
		"notice": None if guest else values.get("notice") or take_notice(),
	}
	return environment().get_template(f"{template}.html").render({**frame, **values})


@lru_cache
def environment() -> jinja2.Environment:
	"""Our templates, escaping whatever they print; made once in a process."""
	env = jinja2.Environment(
		loader=jinja2.FileSystemLoader(frappe.get_app_path("kyodo_frappe", "templates", "kyodo")),
		autoescape=True,
		undefined=jinja2.StrictUndefined,
		trim_blocks=True,
		lstrip_blocks=True,
	)
	env.globals["bundled_asset"] = bundled_asset  # the address of what Frappe has built of a *.bundle.* file
	env.globals["_"] = lambda text: _(text) if text else ""
	env.globals.update(words.FUNCTIONS)
	env.filters.update(words.FILTERS)
	return env
